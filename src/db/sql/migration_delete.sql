-- Forgets a reverted migration, in its transaction.
delete from schema_migrations where number = $1;
