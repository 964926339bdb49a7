rollback to savepoint part;
