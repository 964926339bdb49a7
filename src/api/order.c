/* GET …/orders/{order}: everything known of one order, and what counts it. */
#include "call.h"
#include "db/facts.h"
#include "domain/mark.h"
#include "domain/standing.h"
#include "sql.h"

static struct instant known_at(struct instant t, struct instant value)
{
    return value.us <= t.us ? value : INSTANT_NEVER;
}

static void write_fact(struct jsonw *json, const struct fact *fact, struct instant t)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "type", fact_type(fact->kind));
    jsonw_instant(json, "at", fact->at);
    jsonw_string(json, "source", fact->source);
    jsonw_string(json, "id", fact->id);
    jsonw_string(json, "parcel", fact->parcel);
    jsonw_string(json, "by", fact_word(fact->kind, fact->value));
    jsonw_instant(json, "paid_at", known_at(t, fact->paid_at));
    jsonw_instant(json, "presale_until", fact->presale_until);
    jsonw_instant(json, "promised_at", fact->promised_at);
    jsonw_instant(json, "deliver_by", fact->deliver_by);
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

/* --- metrics --- */

static void write_standing(void *arg, const struct standing *standing)
{
    struct jsonw *json = arg;
    if (standing->has_at)
        jsonw_date(json, "day", standing->day);
    else
        jsonw_null(json, "day");
    jsonw_string(json, "counts", counts_name(standing->counts));
    jsonw_string(json, "reason", standing->reason);
}

static void write_metrics(struct jsonw *json, const struct question *q, const struct view *view)
{
    jsonw_array(json, "metrics");
    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        if (metric->has_per || metric->measure.of != ENTITY_ORDER)
            continue; /* an order is a matter of shares and means of orders */
        jsonw_object(json, NULL);
        jsonw_string(json, "id", metric->id);
        standing_of(q, metric, view, write_standing, json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_order(struct jsonw *json, const struct asked *asked,
                        const struct in_force *in_force, const char *id, const struct facts *facts)
{
    const struct question *q = &in_force->q;
    struct order_view view = order_at(facts, q->t);
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
    jsonw_int(json, "units", view.units);
    jsonw_string(json, "buyer", view.buyer);
    jsonw_instant(json, "collected_at", view.collected);
    jsonw_instant(json, "delivered_at", view.delivered);
    jsonw_instant(json, "shipped_at", view.shipped);
    jsonw_instant(json, "cancelled_at", view.cancelled);
    jsonw_object(json, "promise");
    jsonw_instant(json, "at", view.promise);
    jsonw_bool(json, "stated", view.promise_stated);
    jsonw_end_object(json);
    jsonw_null(json, "exemption");
    jsonw_int(json, "conflicting_placed", view.conflicting_placed);
    jsonw_array(json, "facts");
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].at.us <= q->t.us)
            write_fact(json, &facts->items[i], q->t);
    jsonw_end_array(json);
    write_marks(json, q, &view);
    write_metrics(json, q, &(struct view){.entity = ENTITY_ORDER, .order = view});
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
                    &(struct facts){facts, count});
    db_result_free(result);
    arena_done(&arena);
    return err;
}
