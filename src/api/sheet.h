/* A table of order numbers as merchants export it, read with every quirk that spreadsheets and shop
 * back ends have: a byte order mark, UTF-16, GB18030; commas, semicolons or tabs, named by "sep=;"
 * or not; quotes; a row of names or none; ="123", '123 and a tab behind the number, which keep a
 * spreadsheet from making a float of it. */
#ifndef API_SHEET_H
#define API_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"

struct sheet_row {
    size_t line;      /* of the file, where the row begins; from 1 */
    const char *text; /* the number; of a row that is none, what stands there */
    bool readable;
};

struct sheet {
    size_t count;
    struct sheet_row *rows;
};

/* The rows that are not empty, in the order of the file; the column is the one that is named like
 * an order number, else the first. Memory is the arena's. ERR_UNPARSABLE: that is no text,
 * or a quote is never closed. ERR_TOO_LARGE: more than `max` rows. ERR_NOMEM. */
MUST_CHECK enum err sheet_read(const char *text, size_t len, size_t max, struct arena *arena,
                               struct sheet *ret_sheet, struct fault *reterr_fault);

#endif
