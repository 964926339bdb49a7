/* Points in time: microseconds since 1970-01-01T00:00:00Z, as PostgreSQL's timestamptz keeps
 * them. A struct, so that the compiler refuses a duration where an instant is meant. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct instant {
    int64_t us;
};

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_HOUR (INT64_C(3600) * US_PER_SECOND)

/* "Has not happened": later than every instant, so that min() and comparisons need no special
 * case. */
#define INSTANT_NEVER ((struct instant){INT64_MAX})
/* Accepted range: [2000-01-01T00:00:00Z, 2101-01-01T00:00:00Z). */
#define INSTANT_MIN ((struct instant){INT64_C(946684800) * US_PER_SECOND})
#define INSTANT_END ((struct instant){INT64_C(4133980800) * US_PER_SECOND})

#define INSTANT_TEXT_SIZE 32 /* "2024-01-31T16:00:00.123456Z" and a NUL */

static inline bool instant_is_never(struct instant t)
{
    return t.us == INT64_MAX;
}

static inline bool instant_before(struct instant a, struct instant b)
{
    return a.us < b.us;
}

static inline struct instant instant_min(struct instant a, struct instant b)
{
    return a.us < b.us ? a : b;
}

static inline struct instant instant_max(struct instant a, struct instant b)
{
    return a.us > b.us ? a : b;
}

/* t + hours; INSTANT_NEVER stays never. */
static inline struct instant instant_add_hours(struct instant t, int64_t hours)
{
    return instant_is_never(t) ? t : (struct instant){t.us + hours * US_PER_HOUR};
}

/* Number of the elapsed hour that t lies in, counted from the epoch (floor). */
static inline int64_t instant_hour(struct instant t)
{
    int64_t hour = t.us / US_PER_HOUR;
    return t.us % US_PER_HOUR < 0 ? hour - 1 : hour;
}

/* Reads an RFC 3339 date-time with an offset ("Z" or +hh:mm). Fraction digits beyond
 * microseconds are cut. A leap second (:60), a time without an offset, years outside 2000-2100
 * (of the instant in UTC) and anything trailing are ERR_INVALID; `reterr_why` (may be NULL) then
 * borrows a static sentence. */
MUST_CHECK enum err instant_parse(const char *text, size_t len, struct instant *ret_instant,
                                  const char **reterr_why);

/* Writes UTC with Z; fraction digits (three or six) only where they are not zero. Returns the
 * length. */
size_t instant_format(struct instant t, char text[static INSTANT_TEXT_SIZE]);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t date, int *ret_year, int *ret_month, int *ret_day);

#define DATE_TEXT_SIZE 11 /* "2024-01-31" and a NUL */
void date_format(int32_t date, char text[static DATE_TEXT_SIZE]);
MUST_CHECK enum err date_parse(const char *text, size_t len, int32_t *ret_date);

#endif
