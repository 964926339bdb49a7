/* Writes JSON text into a buf: commas and escapes are set here, and there are no floating-point
 * numbers on purpose (answers carry integers and decimal strings). Nesting is the caller's duty;
 * at most 64 levels. `name` is NULL inside arrays. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/instant.h"

struct jsonw {
    struct buf *out;
    uint64_t filled; /* bit per level: an element has been written */
    unsigned level;
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_object(struct jsonw *w, const char *name);
void jsonw_end_object(struct jsonw *w);
void jsonw_array(struct jsonw *w, const char *name);
void jsonw_end_array(struct jsonw *w);
void jsonw_string(struct jsonw *w, const char *name, const char *text); /* NULL text writes null */
void jsonw_string_len(struct jsonw *w, const char *name, const char *text, size_t len);
void jsonw_int(struct jsonw *w, const char *name, int64_t value);
void jsonw_bool(struct jsonw *w, const char *name, bool value);
void jsonw_null(struct jsonw *w, const char *name);
/* Text that is JSON already. */
void jsonw_json(struct jsonw *w, const char *name, const char *text, size_t len);
/* INSTANT_NEVER writes null. */
void jsonw_instant(struct jsonw *w, const char *name, struct instant t);
void jsonw_date(struct jsonw *w, const char *name, int32_t date);
/* A fixed-point number as a decimal string: 9200 with 3 decimals is "9.200". */
void jsonw_decimal(struct jsonw *w, const char *name, int64_t scaled, int decimals);

/* Appends `text` as a JSON string, quotes included; invalid UTF-8 is the caller's fault. */
void json_quote(struct buf *out, const char *text, size_t len);

#endif
