#include "books/order_row.h"

#include "db/query.h"

static bool waits(const struct order_view *view, struct instant event)
{
    return view->counts && instant_is_never(event) && instant_is_never(view->cancelled);
}

struct order_row order_row_of(const struct order *order, const struct order_view *view)
{
    struct order_row row = {
        .t0 = view->counts ? view->t0 : INSTANT_NEVER,
        .promise_at = view->counts ? view->promise : INSTANT_NEVER,
        .last_at = order->facts[0].at,
        .wait_collected = waits(view, view->collected),
        .wait_delivered = waits(view, view->delivered),
        .retracted = order_has_retraction(order),
    };
    for (size_t i = 0; i < order->count; i++) {
        row.last_at = instant_max(row.last_at, order->facts[i].at);
        if (!instant_is_never(order->facts[i].retracted_at))
            row.last_at = instant_max(row.last_at, order->facts[i].retracted_at);
    }
    return row;
}

struct db_args *order_rows_args(const struct order_put *puts, size_t count)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, puts[i].store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, puts[i].order);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, puts[i].row.t0);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, puts[i].row.promise_at);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, puts[i].row.last_at);
    db_arg_array(args, DB_BOOLS);
    for (size_t i = 0; i < count; i++)
        db_add_bool(args, puts[i].row.wait_collected);
    db_arg_array(args, DB_BOOLS);
    for (size_t i = 0; i < count; i++)
        db_add_bool(args, puts[i].row.wait_delivered);
    db_arg_array(args, DB_BOOLS);
    for (size_t i = 0; i < count; i++)
        db_add_bool(args, puts[i].row.retracted);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text_len(args, puts[i].facts, puts[i].facts_len);
    return args;
}
