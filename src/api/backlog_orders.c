/* GET …/backlog/orders: the orders behind a cohort's number, each with its own deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "call.h"
#include "csv.h"
#include "db/facts.h"
#include "domain/limits.h"
#include "domain/mark.h"
#include "page.h"
#include "sql.h"

/* Which orders are shown: a set of states. */
#define PENDING (1u << ORDER_PENDING)
#define OVERDUE (1u << ORDER_OVERDUE)
#define COLLECTED (1u << ORDER_COLLECTED)
#define CANCELLED (1u << ORDER_CANCELLED)
#define EXEMPT (1u << ORDER_EXEMPT)
#define ELIGIBLE (PENDING | OVERDUE | COLLECTED)

struct filter {
    const char *name;
    unsigned states;
    bool still_open;
};

static const struct filter filters[] = {
    {"all", ELIGIBLE | CANCELLED | EXEMPT, false},
    {"eligible", ELIGIBLE, false},
    {"overdue", OVERDUE, false},
    {"overdue_still_open", OVERDUE, true},
    {"at_risk", PENDING, false},
    {"collected", COLLECTED, false},
    {"cancelled", CANCELLED, false},
    {"exempt", EXEMPT, false},
};

/* What is asked of every order, and where those go that are wanted. */
struct selection {
    const struct question *q;
    int32_t day;
    int32_t hours;
    const struct filter *filter;
    struct arena arena;
};

struct item {
    char order[ID_MAX_BYTES + 1];
    struct instant t0;
    struct instant deadline;
    struct instant collected;
    struct instant cancelled;
    enum order_mark_state state;
};

/* A page in the making: the first items behind the cursor, ascending by (t0, order). */
struct listing {
    struct selection selection;
    struct instant after_t0;
    const char *after_order; /* NULL: from the beginning */
    struct item *items;      /* room for `max` and one more */
    size_t count;
    size_t max;
};

/* A table in the making: items go out as they come. */
struct table {
    struct selection selection;
    struct csv csv;
};

static bool is_wanted(const struct selection *selection, const struct order_view *view,
                      enum order_mark_state state)
{
    if ((selection->filter->states & 1u << state) == 0)
        return false;
    if (!selection->filter->still_open)
        return true;
    struct instant checkpoint =
        mark_checkpoint(selection->q->calendar, selection->day, selection->hours);
    return order_left_open(view, instant_min(selection->q->t, checkpoint));
}

/* Reads the row's order as it was at T; ret_wanted: whether it belongs to the selection. */
static enum err read_order(struct selection *selection, const struct db_result *result,
                           struct item *ret_item, bool *ret_wanted)
{
    struct facts facts;
    *ret_wanted = false;
    arena_clear(&selection->arena);
    enum err err =
        facts_decode(db_text(result, 0, 1), db_len(result, 0, 1), &selection->arena, &facts);
    if (err != ERR_OK)
        return err;
    struct order_view view = order_at(&facts, selection->q->t);
    if (!view.counts || view.early ||
        calendar_day(selection->q->calendar, view.t0) != selection->day)
        return ERR_OK;
    struct instant deadline = instant_add_hours(view.t0, selection->hours);
    bool exempt = order_is_exempt(&view, selection->q->calendar);
    enum order_mark_state state = order_mark_state(&view, exempt, deadline, selection->q->t);
    *ret_wanted = is_wanted(selection, &view, state);
    *ret_item = (struct item){.t0 = view.t0,
                              .deadline = deadline,
                              .collected = view.collected,
                              .cancelled = view.cancelled,
                              .state = state};
    const char *order = db_text(result, 0, 0);
    memcpy(ret_item->order, order, strlen(order) + 1);
    return ERR_OK;
}

/* Seconds by which an overdue order is, or was, late. */
static int64_t late_by_s(const struct selection *selection, const struct item *item)
{
    struct instant end = instant_min(selection->q->t, item->collected);
    end = instant_min(end, item->cancelled);
    return (end.us - item->deadline.us) / US_PER_SECOND;
}

/* --- a page --- */

static int compare_position(struct instant t0, const char *order, struct instant other_t0,
                            const char *other_order)
{
    if (t0.us != other_t0.us)
        return t0.us < other_t0.us ? -1 : 1;
    return strcmp(order, other_order);
}

static void insert_item(struct listing *listing, const struct item *item)
{
    size_t at = listing->count;
    while (at > 0 && compare_position(item->t0, item->order, listing->items[at - 1].t0,
                                      listing->items[at - 1].order) < 0)
        at--;
    if (at > listing->max)
        return;
    size_t moved = listing->count - at;
    if (listing->count > listing->max)
        moved--; /* the last one falls off */
    else
        listing->count++;
    memmove(&listing->items[at + 1], &listing->items[at], moved * sizeof *item);
    listing->items[at] = *item;
}

static enum err take_for_page(void *arg, const struct db_result *result)
{
    struct listing *listing = arg;
    struct item item;
    bool wanted;
    enum err err = read_order(&listing->selection, result, &item, &wanted);
    if (err != ERR_OK || !wanted ||
        (listing->after_order != NULL &&
         compare_position(item.t0, item.order, listing->after_t0, listing->after_order) <= 0))
        return err;
    insert_item(listing, &item);
    return ERR_OK;
}

/* --- decode --- */

static enum err decode_selection(struct call *call, struct selection *selection)
{
    const char *cohort = api_query(call->req, "cohort"), *mark = api_query(call->req, "mark");
    const char *state = api_query(call->req, "state");
    int64_t hours;
    if (cohort == NULL || date_parse(cohort, strlen(cohort), &selection->day) != ERR_OK)
        return call_invalid(call, "",
                            "query parameter cohort: a date such as 2024-01-31 is needed");
    if (mark == NULL || int_parse(mark, strlen(mark), 1, 8760, &hours) != ERR_OK)
        return call_invalid(call, "", "query parameter mark: hours such as 72 are needed");
    selection->hours = (int32_t)hours;
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (strcmp(state == NULL ? "all" : state, filters[i].name) == 0)
            selection->filter = &filters[i];
    if (selection->filter == NULL)
        return call_invalid(call, "",
                            "query parameter state: all, eligible, overdue, overdue_still_open, "
                            "at_risk, collected, cancelled or exempt");
    return ERR_OK;
}

static enum err decode_page(struct call *call, struct page *page, struct listing *listing)
{
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 2, page);
    if (err != ERR_OK)
        return err;
    listing->max = (size_t)page->limit;
    listing->after_order = page->after[1];
    return page_instant(call, page, 0, &listing->after_t0);
}

/* --- load, encode --- */

static enum err read_orders(struct call *call, const char *store, struct selection *selection,
                            const struct db_sql *sql, db_row_fn *take, void *arg)
{
    const struct calendar *calendar = selection->q->calendar;
    if (selection->day <= calendar->first_day ||
        selection->day >= calendar->first_day + (int32_t)calendar->count - 2)
        return ERR_OK; /* a day without orders */
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, calendar_start(calendar, selection->day));
    db_arg_instant(args, calendar_end(calendar, selection->day));
    arena_init(&selection->arena);
    enum err err = db_stream(call->db, sql, args, take, arg);
    arena_done(&selection->arena);
    return err;
}

static void write_item(struct jsonw *json, const struct selection *selection,
                       const struct item *item)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "order", item->order);
    jsonw_date(json, "day", selection->day);
    jsonw_instant(json, "t0", item->t0);
    jsonw_instant(json, "deadline", item->deadline);
    jsonw_string(json, "state", order_mark_state_name(item->state));
    jsonw_instant(json, "collected_at", item->collected);
    jsonw_instant(json, "cancelled_at", item->cancelled);
    if (item->state == ORDER_OVERDUE)
        jsonw_int(json, "late_by_s", late_by_s(selection, item));
    else
        jsonw_null(json, "late_by_s");
    jsonw_end_object(json);
}

static void write_listing(struct call *call, const struct asked *asked,
                          const struct in_force *in_force, const struct listing *listing)
{
    struct jsonw *json = &call->json;
    size_t shown = listing->count > listing->max ? listing->max : listing->count;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", in_force->q.t);
    write_policy_ref(json, in_force->q.policy);
    jsonw_array(json, "items");
    for (size_t i = 0; i < shown; i++)
        write_item(json, &listing->selection, &listing->items[i]);
    jsonw_end_array(json);
    if (listing->count > shown) {
        const struct item *last = &listing->items[shown - 1];
        char t0[PAGE_INSTANT_SIZE];
        page_instant_text(last->t0, t0);
        call_next_cursor(call, (const char *const[]){t0, last->order}, 2);
    } else {
        call_next_cursor(call, NULL, 0);
    }
    jsonw_end_object(json);
}

static enum err answer_page(struct call *call, struct asked *asked,
                            const struct selection *selection)
{
    struct page page;
    struct in_force in_force;
    struct listing listing = {.selection = *selection};
    enum err err = decode_page(call, &page, &listing);
    if (err == ERR_OK)
        err = call_in_force(call, asked, &in_force);
    if (err != ERR_OK)
        return err;
    listing.selection.q = &in_force.q;
    listing.items = calloc(listing.max + 1, sizeof *listing.items);
    if (listing.items == NULL)
        return ERR_NOMEM;
    err = read_orders(call, asked->store, &listing.selection, &sql_cohort_orders, take_for_page,
                      &listing);
    if (err == ERR_OK)
        write_listing(call, asked, &in_force, &listing);
    free(listing.items);
    return err;
}

/* --- a table --- */

static enum err take_for_table(void *arg, const struct db_result *result)
{
    struct table *table = arg;
    struct csv *csv = &table->csv;
    struct item item;
    bool wanted;
    enum err err = read_order(&table->selection, result, &item, &wanted);
    if (err != ERR_OK || !wanted)
        return err;
    csv_text(csv, item.order);
    csv_date(csv, table->selection.day);
    csv_instant(csv, item.t0);
    csv_instant(csv, item.deadline);
    csv_text(csv, order_mark_state_name(item.state));
    csv_instant(csv, item.collected);
    csv_instant(csv, item.cancelled);
    if (item.state == ORDER_OVERDUE)
        csv_int(csv, late_by_s(&table->selection, &item));
    else
        csv_text(csv, NULL);
    return csv_end_row(csv);
}

static enum err answer_table(struct call *call, struct asked *asked,
                             const struct selection *selection)
{
    static const char *const names[] = {"order", "day",          "t0",           "deadline",
                                        "state", "collected_at", "cancelled_at", "late_by_s"};
    struct in_force in_force;
    struct table table = {.selection = *selection};
    char file[ID_MAX_BYTES + 64];
    char day[DATE_TEXT_SIZE];
    enum err err = csv_prepare(call);
    if (err == ERR_OK)
        err = call_in_force(call, asked, &in_force);
    if (err != ERR_OK)
        return err;
    table.selection.q = &in_force.q;
    date_format(selection->day, day);
    snprintf(file, sizeof file, "backlog-orders-%s-%dh-%s", day, (int)selection->hours,
             asked->store);
    csv_begin(&table.csv, call, file, names, sizeof names / sizeof names[0]);
    return read_orders(call, asked->store, &table.selection, &sql_cohort_orders_sorted,
                       take_for_table, &table);
}

enum err backlog_orders_get(struct call *call)
{
    const char *store;
    struct asked asked;
    struct selection selection = {.filter = NULL};
    bool csv;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = csv_wanted(call, &csv);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err == ERR_OK)
        err = decode_selection(call, &selection);
    if (err != ERR_OK)
        return err;
    err = csv ? answer_table(call, &asked, &selection) : answer_page(call, &asked, &selection);
    db_rollback(call->db); /* it only read */
    return err;
}
