-- $1 store: its newest number and how many are unread; no row: there is no such store
select coalesce((select seq from notification_heads h where h.store_id = $1), 0),
    (select count(*) from notifications n where n.store_id = $1 and n.read_at is null)
from store_versions v where v.store_id = $1 and v.version = 1;
