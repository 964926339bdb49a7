-- $1 store: the events of its delay reports, report by report, with the earliest retraction of each event, its key, and the row of its report
select e.subject_id, e.source, e.event_id, e.type, e.occurred_at, e.received_at, e.data, r.retracted_at,
    k.digest, k.occurred_at, k.entity, k.subject_id,
    d.facts, d.status, d.scope, d.submitted_at, d.period_from, d.period_to, d.approved_at, d.revoked_at, d.last_at
from events e
left join (
    select data::json ->> 'source' as source, data::json ->> 'id' as event_id, min(least(occurred_at, received_at)) as retracted_at
    from events where store_id = $1 and type = 'event.retracted' group by 1, 2) r
    on r.source = e.source and r.event_id = e.event_id
left join event_keys k on k.store_id = e.store_id and k.source = e.source and k.event_id = e.event_id
left join delay_reports d on d.store_id = e.store_id and d.report_id = e.subject_id
where e.store_id = $1 and e.entity = 3
order by e.subject_id collate "C";
