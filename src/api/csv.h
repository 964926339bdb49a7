/* Tables as CSV (RFC 4180: CRLF, quotes where needed), for programs and for spreadsheets. Rows go
 * out as they are written, so that a table may be of any length:
 *
 *     csv_prepare(call) → db_begin … → csv_begin(…) → per row: csv_text(…), csv_int(…), …,
 *     csv_end_row(…)
 *
 * A cell of text that a spreadsheet would run as a formula gets an apostrophe in front of it. */
#ifndef API_CSV_H
#define API_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

struct api_request;
struct api_response;
struct call;

struct csv {
    struct api_response *res;
    bool row_begun;
};

/* Whether the caller wants CSV: `?format=csv`, or an Accept header that prefers text/csv to JSON;
 * JSON when neither says so. ERR_INVALID with a fault: an unknown format, or a `bom` that is not
 * true or false. Either answer then varies by Accept. */
MUST_CHECK enum err csv_wanted(struct call *call, bool *ret_csv);
/* The same in short, for who only has to choose a thread: false in doubt. */
bool csv_is_asked(const struct api_request *req);

/* Before a transaction is begun: gives the statements of this call the time that a download takes.
 */
MUST_CHECK enum err csv_prepare(struct call *call);

/* Begins the table: media type, name of the file (without .csv; what does not belong into a file
 * name is replaced), with `?bom=true` a byte order mark, and the row of names. */
void csv_begin(struct csv *csv, struct call *call, const char *file, const char *const *names,
               size_t count);

/* A cell each. NULL and INSTANT_NEVER leave it empty; an empty text is "". */
void csv_text(struct csv *csv, const char *text);
void csv_int(struct csv *csv, int64_t value);
void csv_decimal(struct csv *csv, int64_t scaled, int decimals);
void csv_bool(struct csv *csv, bool value);
void csv_date(struct csv *csv, int32_t date);
void csv_instant(struct csv *csv, struct instant t);

/* Ends the row. Blocks when the client is slower than we are; ERR_UNAVAILABLE when it has gone, or
 * the service stops: the handler gives up and returns the error. */
MUST_CHECK enum err csv_end_row(struct csv *csv);

#endif
