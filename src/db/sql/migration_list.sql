-- The applied migrations.
select number, checksum from schema_migrations order by number;
