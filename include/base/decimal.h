/* Exact decimal numbers: integers with a known number of decimals, no floating point. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* round-half-up(num / den * 10^decimals) for den > 0; half rounds away from zero for negative
 * numbers' magnitude as for positive ones' (-0.5 becomes -1). Saturates at the int64 range. */
int64_t decimal_ratio(int64_t num, int64_t den, int decimals);

/* Reads "12", "-0.5", "9.200" into an integer scaled by 10^decimals; more digits than `decimals`
 * (unless zeros), an exponent, or an overflow is ERR_INVALID. */
MUST_CHECK enum err decimal_parse(const char *text, size_t len, int decimals, int64_t *ret_scaled);

/* Appends "9.200" for 9200 with 3 decimals. */
void decimal_put(struct buf *out, int64_t scaled, int decimals);

/* Reads a whole decimal integer within [min, max]; anything else is ERR_INVALID. */
MUST_CHECK enum err int_parse(const char *text, size_t len, int64_t min, int64_t max,
                              int64_t *ret_value);

#endif
