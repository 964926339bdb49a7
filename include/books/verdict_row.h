/* A verdict as a row of a result. */
#ifndef BOOKS_VERDICT_ROW_H
#define BOOKS_VERDICT_ROW_H

#include "domain/verdict.h"

struct db_result;

/* The first columns of the statements verdicts_newest and verdicts_page. */
struct verdict verdict_of_row(const struct db_result *result, int row);

/* The first columns of the statements verdicts_hits and verdicts_restrictions. */
struct hit hit_of_row(const struct db_result *result, int row);

#endif
