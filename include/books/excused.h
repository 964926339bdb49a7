/* What approved delay reports of a store's periods excuse: a calendar that knows it (domain/
 * calendar.h). */
#ifndef BOOKS_EXCUSED_H
#define BOOKS_EXCUSED_H

#include "base/err.h"
#include "domain/calendar.h"

struct db;
struct db_result;
struct rules;

/* The calendar `base`, which rules gave, with the periods (instead of those that it may have) that
 * stand in a column `excused` of the statements stores_latest, store_in_force, store_eras and
 * reports_known. */
MUST_CHECK enum err excused_take(struct rules *rules, const struct db_result *result, int row,
                                 int column, const struct calendar *base,
                                 const struct calendar **ret_calendar);

/* The same for the store at an instant. */
MUST_CHECK enum err excused_at(struct rules *rules, struct db *db, const char *store,
                               struct instant t, const struct calendar *base,
                               const struct calendar **ret_calendar);

#endif
