/* What approved delay reports of a store's periods excuse: a calendar that knows it (domain/
 * calendar.h). */
#ifndef BOOKS_EXCUSED_H
#define BOOKS_EXCUSED_H

#include "base/err.h"
#include "domain/calendar.h"

struct db_result;
struct rules;

/* The calendar `base`, which rules_calendar gave, with the periods that stand in a column `excused`
 * of the statements stores_latest and store_in_force. */
MUST_CHECK enum err excused_take(struct rules *rules, const struct db_result *result, int row,
                                 int column, const struct calendar *base,
                                 const struct calendar **ret_calendar);

#endif
