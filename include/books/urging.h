/* Contacts of buyers who urge the shipping of an order (tickets of reason `urge`). */
#ifndef BOOKS_URGING_H
#define BOOKS_URGING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"

struct db;

struct urged_day {
    int32_t day;
    struct instant t;
    int64_t contacts; /* set */
};

/* For each of the days: how many contacts about orders whose clock began on it were opened at or
 * before its t; those of the 60 days before t. */
MUST_CHECK enum err urging_count(struct db *db, const char *store, const struct calendar *calendar,
                                 struct urged_day *days, size_t count);

#endif
