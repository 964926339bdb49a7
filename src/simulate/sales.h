/* Which sales there are. A sale lasts two days, the first a multiple of SALE_EVERY: so which day
 * of a sale a day would be is a property of the day. Whether a sale takes place is up to the
 * run: the one that the demo shows is the one that lies right for its end. */
#ifndef SIMULATE_SALES_H
#define SIMULATE_SALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SALE_EVERY 3
#define SALES_MAX 32

enum sale_day { SALE_NONE, SALE_FIRST, SALE_SECOND };
enum sale_day sale_day_of(int32_t day);

struct sales {
    int32_t first_days[SALES_MAX];
    size_t count;
};

/* The sales of a demo that ends on `today`: one that is a backlog then, and one three weeks
 * before. */
struct sales sales_shown(int32_t today);

/* The latest sale that a demo could have shown on or before `today`. */
int32_t sale_latest(int32_t today);

/* Adds a sale if it is not there and there is room. */
void sales_add(struct sales *sales, int32_t first_day);

/* Whether one of the two days of a sale. */
bool sales_include(const struct sales *sales, int32_t day);

#endif
