-- $1 store; for each range: $2 kind, $3 whether it waits for a reply (else for an audit), $4 opened from; up to $5: the tickets that wait
select u.n, t.kind, t.opened_at, t.left_message, t.recontact
from unnest($2::int[], $3::bool[], $4::timestamptz[]) with ordinality u(kind, reply, from_at, n)
cross join lateral (
    (select kind, opened_at, left_message, recontact from tickets
     where u.reply and store_id = $1 and wait_replied and kind = u.kind and opened_at >= u.from_at and opened_at <= $5)
    union all
    (select kind, opened_at, left_message, recontact from tickets
     where not u.reply and store_id = $1 and wait_audited and kind = u.kind and opened_at >= u.from_at and opened_at <= $5)) t;
