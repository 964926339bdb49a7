-- $1 store: the same as verdict_turn, after whoever else looks at it
select w.judged_from, w.judged_through, w.look_at, w.level, w.advisory
from (select pg_advisory_xact_lock(1986359908, hashtext($1))) l, store_watch w where w.store_id = $1;
