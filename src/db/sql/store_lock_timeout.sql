-- $1 milliseconds to wait for a lock until the transaction ends
select set_config('lock_timeout', $1::int::text, true);
