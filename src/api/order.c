/* GET …/orders/{order}: everything known of one order, and what counts it. */
#include "books/neighbours.h"
#include "books/row.h"
#include "call.h"
#include "db/facts.h"
#include "delay_report.h"
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
    jsonw_string(json, "report", fact->report);
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
        bool exempt = order_is_exempt(view, q->calendar);
        enum order_mark_state state = order_mark_state(view, exempt, deadline, q->t);
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

/* What excuses the order at T. */
struct exemption {
    const char *report; /* NULL: nothing */
    struct instant since;
    struct report_filed filed;
};

static void write_exemption(struct jsonw *json, const struct order_view *order,
                            const struct exemption *exemption)
{
    if (exemption->report == NULL) {
        jsonw_null(json, "exemption");
        return;
    }
    const struct report_request *request = &exemption->filed.request;
    jsonw_object(json, "exemption");
    jsonw_string(json, "report", exemption->report);
    jsonw_string(json, "scope", report_scope_name(request->terms.scope));
    jsonw_string(json, "kind", report_kind_name(request->terms.kind));
    jsonw_string(json, "reason", request->reason);
    jsonw_instant(json, "since", exemption->since);
    jsonw_instant(json, "original_deadline", order->promise);
    jsonw_instant(json, "effective_deadline", request->terms.ship_by);
    jsonw_end_object(json);
}

static void write_order(struct jsonw *json, const struct asked *asked,
                        const struct in_force *in_force, const char *id, const struct facts *facts,
                        const struct view *view, const struct exemption *exemption)
{
    const struct question *q = &in_force->q;
    const struct order_view *order = &view->order;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_string(json, "order", id);
    jsonw_instant(json, "as_of", q->t);
    write_policy_ref(json, q->policy);
    jsonw_bool(json, "placed", order->placed);
    jsonw_bool(json, "counts", order->counts && !order->early);
    jsonw_instant(json, "t0", order->t0);
    if (instant_is_never(order->t0))
        jsonw_null(json, "day");
    else
        jsonw_date(json, "day", calendar_day(q->calendar, order->t0));
    jsonw_string(json, "payment", order->placed ? payment_name(order->payment) : NULL);
    jsonw_string(json, "fulfilment", order->placed ? fulfilment_name(order->fulfilment) : NULL);
    jsonw_bool(json, "test", order->test);
    jsonw_int(json, "parcels", order->parcels);
    jsonw_int(json, "units", order->units);
    jsonw_string(json, "buyer", order->buyer);
    jsonw_instant(json, "collected_at", order->collected);
    jsonw_instant(json, "delivered_at", order->delivered);
    jsonw_instant(json, "shipped_at", order->shipped);
    jsonw_instant(json, "deliver_by", order->deliver_by);
    jsonw_instant(json, "cancelled_at", order->cancelled);
    jsonw_object(json, "promise");
    jsonw_instant(json, "at", order->promise);
    jsonw_bool(json, "stated", order->promise_stated);
    jsonw_end_object(json);
    write_exemption(json, order, exemption);
    jsonw_int(json, "conflicting_placed", order->conflicting_placed);
    jsonw_array(json, "facts");
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].at.us <= q->t.us)
            write_fact(json, &facts->items[i], q->t);
    jsonw_end_array(json);
    write_marks(json, q, order);
    write_metrics(json, q, view);
    jsonw_end_object(json);
}

/* --- load --- */

struct loading {
    struct instant t;
    struct arena arena; /* the order's facts */
    struct facts facts; /* count 0: there is no order */
    struct neighbours neighbours;
};

static enum err take_row(const struct db_result *result, int row, struct loading *loading)
{
    enum entity entity = (enum entity)db_int(result, row, 0);
    struct facts facts;
    enum err err =
        facts_decode(db_text(result, row, 2), db_len(result, row, 2), &loading->arena, &facts);
    if (err != ERR_OK)
        return err;
    if (entity == ENTITY_ORDER) {
        loading->facts = facts;
    } else {
        struct view view = view_of(entity, &facts, loading->t);
        neighbours_add(&loading->neighbours, db_text(result, row, 1), &view);
    }
    return ERR_OK;
}

static enum err load_order(struct call *call, const char *store, const char *order,
                           struct loading *loading)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_text(args, order);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_order_get, args, &result);
    if (err != ERR_OK)
        return err;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++)
        err = take_row(result, row, loading);
    db_result_free(result);
    if (err == ERR_OK)
        err = neighbours_seal(&loading->neighbours);
    if (err == ERR_OK &&
        (loading->facts.count == 0 || loading->facts.items[0].at.us > loading->t.us))
        err = ERR_NOT_FOUND; /* nothing was known of it then */
    return err;
}

static enum err load_exemption(struct call *call, const char *store, const struct question *q,
                               struct loading *loading, const struct order_view *order,
                               struct exemption *ret_exemption)
{
    struct exemption exemption = {.report = NULL};
    struct periods periods;
    enum err err = ERR_OK;
    if (order->counts && order->exemption != NULL) {
        exemption.report = order->exemption->report;
    } else if (order->counts && order_is_exempt(order, q->calendar)) {
        err = periods_load(call, store, REPORT_STORE, q->t, &loading->arena, &periods);
        if (err == ERR_OK)
            exemption.report = periods_find(&periods, order->t0);
    }
    if (err == ERR_OK && exemption.report != NULL)
        err = filed_load(call, store, exemption.report, &loading->arena, &exemption.filed,
                         &exemption.since);
    if (err == ERR_OK)
        *ret_exemption = exemption;
    return err == ERR_NOT_FOUND ? ERR_INTERNAL : err;
}

static enum err answer_order(struct call *call, const struct asked *asked,
                             const struct in_force *in_force, const char *order,
                             struct loading *loading)
{
    struct exemption exemption;
    enum err err = load_order(call, asked->store, order, loading);
    if (err != ERR_OK)
        return err;
    struct view view = view_of(ENTITY_ORDER, &loading->facts, loading->t);
    neighbours_tell(&loading->neighbours, order, &view);
    err = load_exemption(call, asked->store, &in_force->q, loading, &view.order, &exemption);
    if (err == ERR_OK)
        write_order(&call->json, asked, in_force, order, &loading->facts, &view, &exemption);
    return err;
}

enum err order_get(struct call *call)
{
    const char *store, *order = call->req->params[1];
    struct asked asked;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err != ERR_OK)
        return err;
    struct in_force in_force;
    struct loading loading = {.facts = {NULL, 0}};
    arena_init(&loading.arena);
    neighbours_init(&loading.neighbours);
    err = call_in_force(call, &asked, &in_force);
    loading.t = in_force.q.t;
    if (err == ERR_OK)
        err = answer_order(call, &asked, &in_force, order, &loading);
    db_rollback(call->db); /* it only read */
    neighbours_done(&loading.neighbours);
    arena_done(&loading.arena);
    return err;
}
