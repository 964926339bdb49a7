/* A growing byte buffer with a maximum. The first failure (no memory, or over the maximum)
 * sticks: later appends do nothing and buf_failed tells, so that a writer checks once at its
 * end. The content is always NUL-terminated. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
    char *data; /* NULL until something is appended */
    size_t len;
    size_t cap;
    size_t max;    /* content bytes at most */
    bool too_long; /* went over max */
    bool no_memory;
};

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);  /* frees; NULL and zeroed are fine */
void buf_clear(struct buf *buf); /* empties and keeps the memory */
void buf_append(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *buf, const char *format, ...);
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void buf_put_int(struct buf *buf, int64_t value);
/* Removes the first `len` bytes. */
void buf_consume(struct buf *buf, size_t len);
/* Hands the memory over to the caller (free() it); the buffer is empty after. NULL when nothing
 * was appended. */
char *buf_take(struct buf *buf, size_t *ret_len);
const char *buf_text(const struct buf *buf); /* "" when empty */

static inline bool buf_failed(const struct buf *buf)
{
    return buf->too_long || buf->no_memory;
}
/* ERR_OK, ERR_TOO_LARGE or ERR_NOMEM. */
MUST_CHECK enum err buf_status(const struct buf *buf);

#endif
