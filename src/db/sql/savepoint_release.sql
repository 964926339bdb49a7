release savepoint part;
