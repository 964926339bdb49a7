-- A recount walks through every order of a store; until the transaction ends.
select set_config('statement_timeout', '0', true);
