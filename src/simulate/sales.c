#include "simulate/sales.h"

/* The first day of the sale that the demo shows lies 4 to 6 days back: so its 72 h check (day +
 * 4) is done and it is still among the seven store-days, at every hour of the last day; likewise
 * its second day and the 48 h check (day + 3). */
#define SALE_DAYS_BACK 4
/* The sale before it. A multiple of SALE_EVERY, and long enough for its backlog to be gone. */
#define SALE_BEFORE 21

enum sale_day sale_day_of(int32_t day)
{
    switch (day % SALE_EVERY) {
    case 0:
        return SALE_FIRST;
    case 1:
        return SALE_SECOND;
    default:
        return SALE_NONE;
    }
}

int32_t sale_latest(int32_t today)
{
    int32_t latest = today - SALE_DAYS_BACK;

    return latest - latest % SALE_EVERY;
}

struct sales sales_shown(int32_t today)
{
    struct sales sales = {0};

    sales_add(&sales, sale_latest(today));
    sales_add(&sales, sale_latest(today) - SALE_BEFORE);
    return sales;
}

void sales_add(struct sales *sales, int32_t first_day)
{
    if (!sales_include(sales, first_day) && sales->count < SALES_MAX)
        sales->first_days[sales->count++] = first_day;
}

bool sales_include(const struct sales *sales, int32_t day)
{
    int32_t first_day = sale_day_of(day) == SALE_SECOND ? day - 1 : day;

    for (size_t i = 0; i < sales->count; i++) {
        if (sales->first_days[i] == first_day)
            return true;
    }
    return false;
}
