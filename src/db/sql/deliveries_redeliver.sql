-- what was given up of subscription $1 at $2 or later is due again at $3; how many
with again as (
    update deliveries set state = 'pending', attempts = 0, next_at = $3, done_at = null
    where subscription_id = $1 and state = 'dead' and done_at >= $2
    returning 1)
select count(*) from again;
