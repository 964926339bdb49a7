-- A recount walks through every order of a store: $1 milliseconds for each statement until the transaction ends, 0 for no limit.
select set_config('statement_timeout', $1::int::text, true);
