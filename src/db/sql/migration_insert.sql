-- Records an applied migration, in its transaction.
insert into schema_migrations (number, name, checksum) values ($1, $2, $3);
