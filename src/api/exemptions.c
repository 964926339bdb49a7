/* GET …/exemptions: what is excused now, why and until when, with the deadline that it had and the
 * one that it has. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "books/row.h"
#include "db/facts.h"
#include "delay_report.h"
#include "page.h"
#include "sql.h"

struct item {
    const char *id;
    struct view view;
    const char *report;
    struct instant since; /* the report's submission */
    struct report_filed filed;
};

struct listing {
    struct arena arena;
    const char *store;
    bool tickets;
    bool broken_only;
    struct instant now;
    struct page page;
    struct instant after;
    struct periods periods;
    size_t count;
    struct item *items;
    struct instant last_at; /* of the last row that was read, wanted or not */
    const char *last_id;
    bool more;
};

/* --- decode --- */

static enum err decode(struct call *call, struct listing *listing)
{
    const char *of = api_query(call->req, "of");
    enum err err = call_store(call, &listing->store);
    if (err == ERR_OK)
        err = call_flag(call, "broken", &listing->broken_only);
    if (err != ERR_OK)
        return err;
    listing->tickets = of != NULL && strcmp(of, "tickets") == 0;
    if (of != NULL && !listing->tickets && strcmp(of, "orders") != 0)
        return call_invalid(call, "", "query parameter of: orders or tickets");
    err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 2, &listing->page);
    return err == ERR_OK ? page_instant(call, &listing->page, 0, &listing->after) : err;
}

/* --- load --- */

/* The report that excuses it; NULL: none, whatever the row says. */
static const char *report_of(const struct listing *listing, const struct view *view)
{
    if (view->entity == ENTITY_TICKET) {
        if (view->ticket.excuse != NULL)
            return view->ticket.excuse->report;
        bool may = view->ticket.opened_known && ticket_may_be_excused(view->ticket.kind);
        return may ? periods_find(&listing->periods, view->ticket.opened) : NULL;
    }
    if (!view->order.counts)
        return NULL;
    return view->order.exemption != NULL ? view->order.exemption->report
                                         : periods_find(&listing->periods, view->order.t0);
}

static enum err take_row(struct listing *listing, const struct db_result *result, int row)
{
    struct facts facts;
    struct item item = {
        .id = arena_copy(&listing->arena, db_text(result, row, 0), db_len(result, row, 0))};
    enum err err =
        facts_decode(db_text(result, row, 2), db_len(result, row, 2), &listing->arena, &facts);
    if (err != ERR_OK || item.id == NULL)
        return err == ERR_OK ? ERR_NOMEM : err;
    item.view = view_of(listing->tickets ? ENTITY_TICKET : ENTITY_ORDER, &facts, INSTANT_NEVER);
    item.report = report_of(listing, &item.view);
    if (item.report != NULL)
        listing->items[listing->count++] = item;
    listing->last_at = db_instant(result, row, 1);
    listing->last_id = item.id;
    return ERR_OK;
}

static enum err load_rows(struct call *call, struct listing *listing)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, listing->store);
    db_arg_instant(args, listing->after);
    db_arg_text(args, listing->page.after[1]);
    db_arg_text(args, api_query(call->req, listing->tickets ? "ticket" : "order"));
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < listing->periods.count; i++)
        db_add_instant(args, listing->periods.items[i].from);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < listing->periods.count; i++)
        db_add_instant(args, listing->periods.items[i].to);
    db_arg_int32(args, listing->page.limit + 1);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, listing->tickets ? &sql_exempt_tickets : &sql_exempt_orders,
                            args, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&listing->page, result);
    listing->more = db_rows(result) > shown;
    listing->items = arena_alloc(&listing->arena, ((size_t)shown + 1) * sizeof *listing->items);
    if (listing->items == NULL)
        err = ERR_NOMEM;
    for (int row = 0; err == ERR_OK && row < shown; row++)
        err = take_row(listing, result, row);
    db_result_free(result);
    return err;
}

static enum err load_reports(struct call *call, struct listing *listing)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, listing->store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < listing->count; i++)
        db_add_text(args, listing->items[i].report);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_reports_filed, args, &result);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct item *item = &listing->items[db_int(result, row, 0) - 1];
        item->since = db_instant(result, row, 1);
        err = report_read_filed(db_text(result, row, 2), db_len(result, row, 2), &listing->arena,
                                &item->filed);
    }
    db_result_free(result);
    return err;
}

static enum err check_store(struct call *call, struct listing *listing)
{
    struct asked asked = {.store = listing->store, .t = call->req->now, .live = true};
    struct in_force in_force;
    enum err err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        listing->now = in_force.q.t;
    return err;
}

static enum err load(struct call *call, struct listing *listing)
{
    enum err err = check_store(call, listing);
    if (err == ERR_OK)
        err = periods_load(call, listing->store,
                           listing->tickets ? REPORT_STORE_TICKETS : REPORT_STORE, listing->now,
                           &listing->arena, &listing->periods);
    if (err == ERR_OK)
        err = load_rows(call, listing);
    if (err == ERR_OK)
        err = load_reports(call, listing);
    db_rollback(call->db); /* it only read */
    return err;
}

/* --- decide, encode --- */

/* It was to go out by then and did not. */
static bool is_broken(const struct listing *listing, const struct item *item)
{
    struct instant ship_by = item->filed.request.terms.ship_by;
    if (listing->tickets || instant_is_never(ship_by))
        return false;
    const struct order_view *order = &item->view.order;
    return ship_by.us < listing->now.us && order->collected.us > ship_by.us &&
           order->cancelled.us > ship_by.us;
}

static void write_deadlines(struct jsonw *json, const struct listing *listing,
                            const struct item *item)
{
    const struct order_view *order = &item->view.order;
    jsonw_instant(json, "t0", order->t0);
    jsonw_instant(json, "original_deadline", order->promise);
    jsonw_instant(json, "effective_deadline", item->filed.request.terms.ship_by);
    jsonw_instant(json, "collected_at", order->collected);
    jsonw_bool(json, "broken_promise", is_broken(listing, item));
}

static void write_item(struct jsonw *json, const struct listing *listing, const struct item *item)
{
    const struct report_request *request = &item->filed.request;
    jsonw_object(json, NULL);
    jsonw_string(json, listing->tickets ? "ticket" : "order", item->id);
    jsonw_string(json, "report", item->report);
    jsonw_string(json, "scope", report_scope_name(request->terms.scope));
    jsonw_string(json, "kind", report_kind_name(request->terms.kind));
    jsonw_string(json, "reason", request->reason);
    jsonw_instant(json, "since", item->since);
    jsonw_instant(json, "until", request->terms.ship_by);
    if (listing->tickets)
        jsonw_instant(json, "opened_at", item->view.ticket.opened);
    else
        write_deadlines(json, listing, item);
    jsonw_end_object(json);
}

static void encode(struct call *call, const struct listing *listing)
{
    struct jsonw *json = &call->json;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", listing->store);
    jsonw_instant(json, "as_of", listing->now);
    jsonw_array(json, "items");
    for (size_t i = 0; i < listing->count; i++)
        if (!listing->broken_only || is_broken(listing, &listing->items[i]))
            write_item(json, listing, &listing->items[i]);
    jsonw_end_array(json);
    char at[PAGE_INSTANT_SIZE] = "";
    if (listing->more)
        page_instant_text(listing->last_at, at);
    call_next_cursor(call, listing->more ? (const char *const[]){at, listing->last_id} : NULL,
                     listing->more ? 2 : 0);
    jsonw_end_object(json);
}

enum err exemptions_get(struct call *call)
{
    AUTO_FREE struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return ERR_NOMEM;
    arena_init(&listing->arena);
    enum err err = decode(call, listing);
    if (err == ERR_OK)
        err = load(call, listing);
    if (err == ERR_OK)
        encode(call, listing);
    arena_done(&listing->arena);
    return err;
}
