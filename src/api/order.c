/* GET …/orders/{order}: everything known of one order, and what counts it. */
#include <stdio.h>

#include "call.h"
#include "db/facts.h"
#include "domain/mark.h"
#include "domain/reading.h"
#include "sql.h"

static struct instant known_at(struct instant t, struct instant value)
{
    return value.us <= t.us ? value : INSTANT_NEVER;
}

static void write_fact(struct jsonw *json, const struct fact *fact, struct instant t)
{
    jsonw_object(json, NULL);
    char type[32];
    snprintf(type, sizeof type, "order.%s", fact_kind_name(fact->kind));
    jsonw_string(json, "type", type);
    jsonw_instant(json, "at", fact->at);
    jsonw_string(json, "source", fact->source);
    jsonw_string(json, "id", fact->id);
    jsonw_string(json, "parcel", fact->parcel);
    jsonw_string(json, "by", actor_name(fact->by));
    jsonw_instant(json, "paid_at", known_at(t, fact->paid_at));
    jsonw_instant(json, "presale_until", fact->presale_until);
    jsonw_instant(json, "promised_at", fact->promised_at);
    jsonw_instant(json, "retracted_at", known_at(t, fact->retracted_at));
    jsonw_end_object(json);
}

static void write_marks(struct jsonw *json, const struct question *q, const struct order_view *view)
{
    jsonw_array(json, "marks");
    for (size_t m = 0; view->counts && !view->early && m < q->policy->backlog.mark_count; m++) {
        int32_t hours = q->policy->backlog.marks[m].hours;
        int32_t day = calendar_day(q->calendar, view->t0);
        struct instant deadline = instant_add_hours(view->t0, hours);
        enum order_mark_state state = order_mark_state(view, deadline, q->t);
        jsonw_object(json, NULL);
        jsonw_int(json, "hours", hours);
        jsonw_instant(json, "deadline", deadline);
        jsonw_instant(json, "checkpoint", mark_checkpoint(q->calendar, day, hours));
        jsonw_string(json, "state", order_mark_state_name(state));
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

/* Why an order is in no count at all; NULL when it is in some. */
static const char *outside(const struct order_view *view)
{
    if (!view->placed)
        return "no order.placed is known";
    if (view->test)
        return "a test order";
    if (view->fulfilment != FULFILMENT_MERCHANT)
        return "not fulfilled by the merchant";
    if (!view->counts)
        return "not paid";
    return view->early ? "its clock has not started" : NULL;
}

struct standing {
    const char *counts; /* good | not_good | pending | out */
    const char *reason;
    bool has_day;
    int32_t day;
};

static struct standing standing_within(const struct question *q, struct measure measure,
                                       const struct order_view *view)
{
    struct observation seen = observe(measure, q->calendar, view);
    if (!seen.any)
        return (struct standing){.counts = "out", .reason = "cancelled in time"};
    struct standing standing = {.has_day = true, .day = seen.day};
    if (seen.sum > 0) {
        standing.counts = "good";
        standing.reason = "in time";
    } else if (measure_is_pending(measure, q->calendar, view, q->t)) {
        standing.counts = "pending";
        standing.reason = "can still make it";
    } else {
        standing.counts = "not_good";
        standing.reason =
            instant_is_never(measure_event(measure, view)) ? "did not happen in time" : "too late";
    }
    return standing;
}

static struct standing standing_duration(const struct question *q, struct measure measure,
                                         const struct order_view *view)
{
    if (instant_is_never(measure_event(measure, view)))
        return (struct standing){.counts = "out", .reason = "has not happened"};
    struct observation seen = observe(measure, q->calendar, view);
    if (!seen.any)
        return (struct standing){.counts = "out", .reason = "cancelled before"};
    return (struct standing){"good", "counts towards the mean", true, seen.day};
}

static void write_metrics(struct jsonw *json, const struct question *q,
                          const struct order_view *view)
{
    int32_t today = calendar_day(q->calendar, q->t);
    jsonw_array(json, "metrics");
    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        struct standing standing = {.counts = "out", .reason = outside(view)};
        if (standing.reason == NULL)
            standing = metric->measure.kind == MEASURE_WITHIN
                           ? standing_within(q, metric->measure, view)
                           : standing_duration(q, metric->measure, view);
        struct window window = window_of(q->basis, today, metric->window_days);
        if (standing.has_day && !in_window(standing.day, window)) {
            standing.counts = "out";
            standing.reason = "outside the window";
        }
        jsonw_object(json, NULL);
        jsonw_string(json, "id", metric->id);
        if (standing.has_day)
            jsonw_date(json, "day", standing.day);
        else
            jsonw_null(json, "day");
        jsonw_string(json, "counts", standing.counts);
        jsonw_string(json, "reason", standing.reason);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_order(struct jsonw *json, const struct asked *asked,
                        const struct in_force *in_force, const char *id, const struct order *order)
{
    const struct question *q = &in_force->q;
    struct order_view view = order_at(order, q->t);
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_string(json, "order", id);
    jsonw_instant(json, "as_of", q->t);
    write_policy_ref(json, q->policy);
    jsonw_bool(json, "placed", view.placed);
    jsonw_bool(json, "counts", view.counts && !view.early);
    jsonw_instant(json, "t0", view.t0);
    if (instant_is_never(view.t0))
        jsonw_null(json, "day");
    else
        jsonw_date(json, "day", calendar_day(q->calendar, view.t0));
    jsonw_string(json, "payment", view.placed ? payment_name(view.payment) : NULL);
    jsonw_string(json, "fulfilment", view.placed ? fulfilment_name(view.fulfilment) : NULL);
    jsonw_bool(json, "test", view.test);
    jsonw_int(json, "parcels", view.parcels);
    jsonw_instant(json, "collected_at", view.collected);
    jsonw_instant(json, "delivered_at", view.delivered);
    jsonw_instant(json, "cancelled_at", view.cancelled);
    jsonw_object(json, "promise");
    jsonw_instant(json, "at", view.promise);
    jsonw_bool(json, "stated", view.promise_stated);
    jsonw_end_object(json);
    jsonw_null(json, "exemption");
    jsonw_int(json, "conflicting_placed", view.conflicting_placed);
    jsonw_array(json, "facts");
    for (size_t i = 0; i < order->count; i++)
        if (order->facts[i].at.us <= q->t.us)
            write_fact(json, &order->facts[i], q->t);
    jsonw_end_array(json);
    write_marks(json, q, &view);
    write_metrics(json, q, &view);
    jsonw_end_object(json);
}

enum err order_get(struct call *call)
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
    struct db_result *result = NULL;
    err = call_in_force(call, &asked, &in_force);
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_text(args, call->req->params[1]);
    if (err == ERR_OK)
        err = db_query(call->db, &sql_order_get, args, &result);
    else
        db_args_free(args);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    struct fact *facts = NULL;
    size_t count = 0;
    if (err == ERR_OK)
        err = facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), 0, &arena, &facts, &count);
    if (err == ERR_OK && facts[0].at.us > asked.t.us)
        err = ERR_NOT_FOUND; /* nothing was known of it then */
    if (err == ERR_OK)
        write_order(&call->json, &asked, &in_force, call->req->params[1],
                    &(struct order){facts, count});
    db_result_free(result);
    arena_done(&arena);
    return err;
}
