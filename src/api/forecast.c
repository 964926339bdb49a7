/* GET …/backlog/forecast: what is likely to become of the cohorts, and how much a day can bring. */
#include "books/forecasts.h"

#include "base/decimal.h"
#include "call.h"

static void write_share(struct jsonw *json, const char *name, bool known, int64_t share)
{
    write_decimal_or_null(json, name, known, share, 4);
}

static bool is_stale(const struct in_force *in_force)
{
    const struct question *q = &in_force->q;
    return feed_is_stale(q->policy, &in_force->feeds, FEED_ORDERS, q->t) ||
           feed_is_stale(q->policy, &in_force->feeds, FEED_COLLECTIONS, q->t);
}

static const char *confidence(const struct in_force *in_force, const struct forecasted *all)
{
    if (is_stale(in_force))
        return "stale";
    if (!all->forecast.known)
        return "none";
    return all->basis.pooled_stores > 0 ? "pooled" : "own";
}

static void write_basis(struct jsonw *json, const struct forecast_basis *basis)
{
    jsonw_object(json, "basis");
    jsonw_date(json, "from", basis->first_day);
    jsonw_date(json, "to", basis->last_day);
    jsonw_int(json, "days", basis->last_day - basis->first_day + 1);
    jsonw_int(json, "orders", basis->orders);
    jsonw_int(json, "collected", basis->collected);
    jsonw_bool(json, "pooled", basis->pooled_stores > 0);
    jsonw_int(json, "pooled_stores", basis->pooled_stores);
    jsonw_decimal(json, "weight", basis->weight, 4);
    jsonw_end_object(json);
}

static void write_outlook(struct jsonw *json, const struct question *q,
                          const struct forecasted *all)
{
    const struct outlook *outlook = &all->forecast.outlook;
    jsonw_object(json, "outlook");
    jsonw_string(json, "level", backlog_level_name(outlook->level));
    jsonw_bool(json, "advisory", outlook->advisory);
    jsonw_array(json, "causes");
    for (size_t c = 0; c < COHORTS_LISTED; c++)
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            if (!outlook->causes[c][m])
                continue;
            jsonw_object(json, NULL);
            jsonw_date(json, "day", all->listed[c].day);
            jsonw_int(json, "hours", q->policy->backlog.marks[m].hours);
            jsonw_end_object(json);
        }
    jsonw_end_array(json);
    jsonw_end_object(json);
}

static void write_probabilities(struct jsonw *json, const struct mark *mark,
                                const struct projection *projection)
{
    int64_t reached = 0;
    bool known = projected_probability(projection, mark, &reached);
    jsonw_object(json, "probabilities");
    write_share(json, "clear", known, FORECAST_WHOLE - reached);
    write_share(json, mark_state_name(mark_hit_state(mark)), known, reached);
    jsonw_end_object(json);
}

static void write_mark(struct jsonw *json, const struct mark *mark,
                       const struct mark_verdict *verdict, const struct cohort_mark *counts,
                       const struct projection *projection)
{
    int64_t ratio = 0, worst = projection->sure + projection->chance.count;
    bool any = counts->eligible > 0, known = projected_ratio(projection, &ratio);
    jsonw_object(json, NULL);
    jsonw_int(json, "hours", mark->hours);
    jsonw_instant(json, "checkpoint", verdict->checkpoint);
    jsonw_int(json, "eligible", counts->eligible);
    jsonw_int(json, "overdue", counts->overdue);
    jsonw_int(json, "overdue_still_open", counts->still_open);
    jsonw_int(json, "at_risk", counts->at_risk);
    write_share(json, "projected", known, ratio);
    jsonw_object(json, "interval");
    write_share(json, "low", any,
                any ? decimal_ratio(projected_low(projection), counts->eligible, 4) : 0);
    write_share(json, "high", any,
                any ? decimal_ratio(projected_high(projection), counts->eligible, 4) : 0);
    jsonw_end_object(json);
    write_probabilities(json, mark, projection);
    jsonw_bool(json, "inevitable", mark_holds(mark, projection->sure, counts->eligible));
    jsonw_bool(json, "safe", !mark_holds(mark, worst, counts->eligible));
    jsonw_instant(json, "likely_at", projection->reached_at);
    jsonw_end_object(json);
}

static bool has_pending(const struct question *q, const struct cohort_verdict *verdict)
{
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
        if (verdict->marks[m].state == MARK_PENDING)
            return true;
    return false;
}

static void write_cohorts(struct jsonw *json, const struct question *q,
                          const struct forecasted *all)
{
    jsonw_array(json, "cohorts");
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        const struct cohort *cohort = &all->listed[c];
        const struct cohort_verdict *verdict = &all->backlog.cohorts[c];
        if (!has_pending(q, verdict))
            continue;
        jsonw_object(json, NULL);
        jsonw_date(json, "day", cohort->day);
        jsonw_int(json, "orders", cohort->orders);
        jsonw_bool(json, "assessed", verdict->assessed);
        jsonw_bool(json, "complete", calendar_end(q->calendar, cohort->day).us <= q->t.us);
        jsonw_array(json, "marks");
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
            if (verdict->marks[m].state == MARK_PENDING)
                write_mark(json, &q->policy->backlog.marks[m], &verdict->marks[m],
                           &cohort->marks[m], &all->forecast.marks[c][m]);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

/* Thousandths of a percent, with no more decimals than there are. */
static void write_percent(struct jsonw *json, const char *name, int64_t thousandths)
{
    int decimals = 3;
    while (decimals > 0 && thousandths % 10 == 0) {
        thousandths /= 10;
        decimals--;
    }
    jsonw_decimal(json, name, thousandths, decimals);
}

static void write_safe_intake(struct jsonw *json, const struct forecasted *all)
{
    static const char *const weekdays[WEEKDAYS] = {"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};
    const struct capacity *capacity = &all->capacity;
    if (!capacity->known) {
        jsonw_null(json, "safe_intake");
        return;
    }
    jsonw_object(json, "safe_intake");
    jsonw_int(json, "orders_per_day", all->safe_intake);
    write_percent(json, "limit_percent", all->intake_mark.over_percent);
    jsonw_int(json, "hours", all->intake_mark.hours);
    jsonw_object(json, "basis");
    jsonw_int(json, "busy_days", capacity->busy_days);
    jsonw_int(json, "least_hours", capacity->least_hours);
    jsonw_array(json, "capacity");
    for (size_t weekday = 0; weekday < WEEKDAYS; weekday++) {
        jsonw_object(json, NULL);
        jsonw_string(json, "weekday", weekdays[weekday]);
        jsonw_int(json, "orders", capacity->orders[weekday]);
        jsonw_bool(json, "at_least", !capacity->shown[weekday]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
    jsonw_end_object(json);
    jsonw_end_object(json);
}

static void write_forecast(struct jsonw *json, const struct asked *asked,
                           const struct in_force *in_force, const struct forecasted *all)
{
    const struct question *q = &in_force->q;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    write_policy_ref(json, q->policy);
    write_feeds(json, &in_force->feeds);
    jsonw_string(json, "confidence", confidence(in_force, all));
    write_basis(json, &all->basis);
    jsonw_string(json, "level", backlog_level_name(all->backlog.level));
    write_outlook(json, q, all);
    write_cohorts(json, q, all);
    write_safe_intake(json, all);
    jsonw_end_object(json);
}

enum err forecast_get(struct call *call)
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
    struct forecasted all;
    err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        err = forecast_read(call->api->rules, call->db, &asked, &in_force, &arena, &all);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        write_forecast(&call->json, &asked, &in_force, &all);
    arena_done(&arena);
    return err;
}
