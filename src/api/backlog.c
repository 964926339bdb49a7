/* GET …/backlog: cohorts, verdicts, restrictions in force, ways out (CONTRACT section 6). */
#include "domain/backlog.h"

#include "books/urging.h"
#include "call.h"

void write_reasons(struct jsonw *json, bool by_ratio, bool by_trend)
{
    jsonw_array(json, "reasons");
    if (by_ratio)
        jsonw_string(json, NULL, "ratio");
    if (by_trend)
        jsonw_string(json, NULL, "trend");
    jsonw_end_array(json);
}

void write_mark_state(struct jsonw *json, const struct cohort *cohort,
                      const struct cohort_mark *counts, const struct mark_verdict *verdict)
{
    jsonw_string(json, "state", mark_state_name(verdict->state));
    jsonw_int(json, "eligible", counts->eligible);
    jsonw_int(json, "exempt", cohort->exempt);
    jsonw_int(json, "cancelled", cohort->orders - cohort->exempt - counts->eligible);
    jsonw_int(json, "overdue", counts->overdue);
    jsonw_int(json, "overdue_still_open", counts->still_open);
    jsonw_int(json, "at_risk", counts->at_risk);
    write_ratio(json, "ratio", counts->overdue, counts->eligible);
    write_ratio(json, "ratio_worst", counts->overdue + counts->at_risk, counts->eligible);
    jsonw_bool(json, "inevitable", verdict->inevitable);
    if (verdict->can_collect)
        jsonw_int(json, "collect_to_clear", verdict->collect_to_clear);
    else
        jsonw_null(json, "collect_to_clear");
    jsonw_int(json, "exempt_to_clear", verdict->exempt_to_clear);
}

static void write_mark(struct jsonw *json, const struct mark *mark, const struct cohort *cohort,
                       const struct cohort_mark *counts, const struct mark_verdict *verdict)
{
    jsonw_object(json, NULL);
    jsonw_int(json, "hours", mark->hours);
    jsonw_instant(json, "checkpoint", verdict->checkpoint);
    write_mark_state(json, cohort, counts, verdict);
    write_reasons(json, verdict->by_ratio, verdict->by_trend);
    write_ratio(json, "baseline", verdict->baseline.overdue, verdict->baseline.eligible);
    jsonw_bool(json, "readings_disagree", verdict->readings_disagree);
    jsonw_end_object(json);
}

static void write_cohorts(struct jsonw *json, const struct question *q,
                          const struct backlog_reading *reading, const struct backlog *backlog,
                          const struct urged_day *urging)
{
    const struct cohort *listed = reading_listed(reading);
    jsonw_array(json, "cohorts");
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        jsonw_object(json, NULL);
        jsonw_date(json, "day", listed[c].day);
        jsonw_int(json, "orders", listed[c].orders);
        jsonw_bool(json, "assessed", backlog->cohorts[c].assessed);
        jsonw_int(json, "urging", urging[c].contacts);
        jsonw_array(json, "marks");
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
            write_mark(json, &q->policy->backlog.marks[m], &listed[c], &listed[c].marks[m],
                       &backlog->cohorts[c].marks[m]);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_restrictions(struct jsonw *json, const struct question *q,
                               const struct backlog_reading *reading, const struct backlog *backlog)
{
    jsonw_array(json, "restrictions");
    for (size_t i = 0; i < backlog->restriction_count; i++) {
        const struct restriction *restriction = &backlog->restrictions[i];
        jsonw_object(json, NULL);
        jsonw_string(json, "kind", restriction->rule->kind);
        if (restriction->rule->has_percent)
            jsonw_int(json, "percent", restriction->rule->percent);
        jsonw_instant(json, "from", restriction->from);
        jsonw_instant(json, "to", restriction->to);
        jsonw_array(json, "cohorts");
        for (size_t c = 0; c < reading->cohort_count; c++)
            if (restriction_has_cohort(q, reading, restriction, &reading->cohorts[c]))
                jsonw_date(json, NULL, reading->cohorts[c].day);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_backlog(struct jsonw *json, const struct asked *asked,
                          const struct in_force *in_force, const struct backlog_reading *reading,
                          const struct backlog *backlog, const struct urged_day *urging)
{
    const struct question *q = &in_force->q;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    write_policy_ref(json, q->policy);
    write_feeds(json, &in_force->feeds);
    jsonw_array(json, "stale");
    for (enum feed feed = FEED_ORDERS; feed < FEEDS; feed++)
        if (feed_is_stale(q->policy, &in_force->feeds, feed, q->t))
            jsonw_string(json, NULL, feed_name(feed));
    jsonw_end_array(json);
    jsonw_string(json, "level", backlog_level_name(backlog->level));
    jsonw_bool(json, "advisory", backlog->advisory);
    jsonw_instant(json, "next_change_at", backlog->next_change);
    jsonw_object(json, "today");
    jsonw_int(json, "placed", reading->placed_today);
    jsonw_int(json, "collected", reading->collected_today);
    jsonw_end_object(json);
    write_cohorts(json, q, reading, backlog, urging);
    write_restrictions(json, q, reading, backlog);
    jsonw_end_object(json);
}

/* Of the listed cohorts. */
static enum err count_urging(struct call *call, const char *store, const struct question *q,
                             struct urged_day ret_urging[static COHORTS_LISTED])
{
    int32_t first = calendar_day(q->calendar, q->t) - COHORTS_LISTED + 1;
    for (int32_t c = 0; c < COHORTS_LISTED; c++)
        ret_urging[c] = (struct urged_day){.day = first + c, .t = q->t};
    return urging_count(call->db, store, q->calendar, ret_urging, COHORTS_LISTED);
}

enum err backlog_get(struct call *call)
{
    const char *store;
    struct asked asked;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err != ERR_OK)
        return err;
    struct arena arena;
    arena_init(&arena);
    struct in_force in_force;
    struct backlog_reading reading;
    struct backlog backlog;
    err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        err =
            read_backlog(call->api->rules, call->db, &asked, &in_force, &arena, &reading, &backlog);
    struct urged_day urging[COHORTS_LISTED];
    if (err == ERR_OK)
        err = count_urging(call, store, &in_force.q, urging);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        write_backlog(&call->json, &asked, &in_force, &reading, &backlog, urging);
    arena_done(&arena);
    return err;
}
