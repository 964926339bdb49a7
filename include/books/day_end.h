/* When a store's day was over. */
#ifndef BOOKS_DAY_END_H
#define BOOKS_DAY_END_H

#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

struct db;
struct rules;

/* The instant at which the day was over, or will be, by the zone in force then. A change of the
 * zone may itself end a day, or find it over already. ERR_NOT_FOUND: no such store. */
MUST_CHECK enum err store_day_end(struct rules *rules, struct db *db, const char *store,
                                  int32_t day, struct instant *ret_end);

#endif
