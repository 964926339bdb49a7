/* An order as a row of the orders table: its facts, and what the indexes need read off them. */
#ifndef BOOKS_ORDER_ROW_H
#define BOOKS_ORDER_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/instant.h"
#include "domain/order.h"

struct db_args;

struct order_row {
    struct instant t0;         /* INSTANT_NEVER: unknown, or the order is out of all counts */
    struct instant promise_at; /* INSTANT_NEVER with t0 */
    struct instant last_at;    /* latest effective time of a fact or a retraction */
    bool wait_collected;
    bool wait_delivered;
    bool retracted;
};

/* The columns of an order; view = order_at(order, INSTANT_NEVER). */
struct order_row order_row_of(const struct order *order, const struct order_view *view);

/* Parameters of orders_add and orders_set: nine parallel arrays. */
struct order_put {
    const char *store;
    const char *order;
    struct order_row row;
    const char *facts;
    size_t facts_len;
};
struct db_args *order_rows_args(const struct order_put *puts, size_t count);

#endif
