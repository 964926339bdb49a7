/* GET …/backlog/orders: the orders behind a cohort's number, each with its own deadline. */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "call.h"
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
#define ELIGIBLE (PENDING | OVERDUE | COLLECTED)

struct filter {
    const char *name;
    unsigned states;
    bool still_open;
};

static const struct filter filters[] = {
    {"all", ELIGIBLE | CANCELLED, false}, {"eligible", ELIGIBLE, false},
    {"overdue", OVERDUE, false},          {"overdue_still_open", OVERDUE, true},
    {"at_risk", PENDING, false},          {"collected", COLLECTED, false},
    {"cancelled", CANCELLED, false},      {"exempt", 0, false}, /* nothing excuses an order yet */
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
    const struct question *q;
    int32_t day;
    int32_t hours;
    const struct filter *filter;
    struct instant after_t0;
    const char *after_order; /* NULL: from the beginning */
    struct item *items;      /* room for `max` and one more */
    size_t count;
    size_t max;
    struct arena arena;
};

static bool is_wanted(const struct listing *listing, const struct order_view *view,
                      enum order_mark_state state)
{
    if ((listing->filter->states & 1u << state) == 0)
        return false;
    if (!listing->filter->still_open)
        return true;
    struct instant checkpoint = mark_checkpoint(listing->q->calendar, listing->day, listing->hours);
    return order_left_open(view, instant_min(listing->q->t, checkpoint));
}

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

static enum err take_order(void *arg, const struct db_result *result)
{
    struct listing *listing = arg;
    struct fact *facts;
    size_t count;
    arena_clear(&listing->arena);
    enum err err = facts_decode(db_text(result, 0, 1), db_len(result, 0, 1), 0, &listing->arena,
                                &facts, &count);
    if (err != ERR_OK)
        return err;
    struct order_view view = order_at(&(struct facts){facts, count}, listing->q->t);
    if (!view.counts || view.early || calendar_day(listing->q->calendar, view.t0) != listing->day)
        return ERR_OK;
    struct instant deadline = instant_add_hours(view.t0, listing->hours);
    enum order_mark_state state = order_mark_state(&view, deadline, listing->q->t);
    const char *order = db_text(result, 0, 0);
    if (!is_wanted(listing, &view, state) ||
        (listing->after_order != NULL &&
         compare_position(view.t0, order, listing->after_t0, listing->after_order) <= 0))
        return ERR_OK;
    struct item item = {.t0 = view.t0,
                        .deadline = deadline,
                        .collected = view.collected,
                        .cancelled = view.cancelled,
                        .state = state};
    memcpy(item.order, order, strlen(order) + 1);
    insert_item(listing, &item);
    return ERR_OK;
}

/* --- decode --- */

static enum err decode_filter(struct call *call, struct listing *listing)
{
    const char *cohort = api_query(call->req, "cohort"), *mark = api_query(call->req, "mark");
    const char *state = api_query(call->req, "state");
    int64_t hours;
    if (cohort == NULL || date_parse(cohort, strlen(cohort), &listing->day) != ERR_OK)
        return call_invalid(call, "",
                            "query parameter cohort: a date such as 2024-01-31 is needed");
    if (mark == NULL || int_parse(mark, strlen(mark), 1, 8760, &hours) != ERR_OK)
        return call_invalid(call, "", "query parameter mark: hours such as 72 are needed");
    listing->hours = (int32_t)hours;
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (strcmp(state == NULL ? "all" : state, filters[i].name) == 0)
            listing->filter = &filters[i];
    if (listing->filter == NULL)
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

static enum err load(struct call *call, const char *store, struct listing *listing)
{
    const struct calendar *calendar = listing->q->calendar;
    if (listing->day <= calendar->first_day ||
        listing->day >= calendar->first_day + (int32_t)calendar->count - 2)
        return ERR_OK; /* a day without orders */
    listing->items = calloc(listing->max + 1, sizeof *listing->items);
    if (listing->items == NULL)
        return ERR_NOMEM;
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, calendar_start(calendar, listing->day));
    db_arg_instant(args, calendar_end(calendar, listing->day));
    arena_init(&listing->arena);
    enum err err = db_stream(call->db, &sql_cohort_orders, args, take_order, listing);
    arena_done(&listing->arena);
    return err;
}

static void write_item(struct jsonw *json, const struct listing *listing, const struct item *item)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "order", item->order);
    jsonw_date(json, "day", listing->day);
    jsonw_instant(json, "t0", item->t0);
    jsonw_instant(json, "deadline", item->deadline);
    jsonw_string(json, "state", order_mark_state_name(item->state));
    jsonw_instant(json, "collected_at", item->collected);
    jsonw_instant(json, "cancelled_at", item->cancelled);
    if (item->state == ORDER_OVERDUE) {
        struct instant end = instant_min(listing->q->t, item->collected);
        end = instant_min(end, item->cancelled);
        jsonw_int(json, "late_by_s", (end.us - item->deadline.us) / US_PER_SECOND);
    } else {
        jsonw_null(json, "late_by_s");
    }
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
        write_item(json, listing, &listing->items[i]);
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

enum err backlog_orders_get(struct call *call)
{
    const char *store;
    struct asked asked;
    struct page page;
    struct listing listing = {.filter = NULL};
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err == ERR_OK)
        err = decode_filter(call, &listing);
    if (err == ERR_OK)
        err = decode_page(call, &page, &listing);
    if (err != ERR_OK)
        return err;
    struct in_force in_force;
    err = call_in_force(call, &asked, &in_force);
    listing.q = &in_force.q;
    if (err == ERR_OK)
        err = load(call, store, &listing);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        write_listing(call, &asked, &in_force, &listing);
    free(listing.items);
    return err;
}
