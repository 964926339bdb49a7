-- Whether any migration was ever applied.
select to_regclass('schema_migrations') is not null;
