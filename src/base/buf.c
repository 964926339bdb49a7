#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void buf_init(struct buf *buf, size_t max)
{
    /* No object is larger, and len + extra + 1 can then never overflow. */
    *buf = (struct buf){.max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1};
}

void buf_done(struct buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->too_long = false;
    buf->no_memory = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Makes room for `extra` more bytes and the NUL; false, with the reason kept, when there is none.
 */
static bool reserve(struct buf *buf, size_t extra)
{
    if (buf_failed(buf))
        return false;
    if (extra > buf->max - buf->len) {
        buf->too_long = true;
        return false;
    }
    size_t needed = buf->len + extra + 1;
    if (needed <= buf->cap)
        return true;
    size_t cap = buf->cap * 2;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    if (cap < needed)
        cap = needed;
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->no_memory = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
    if (!reserve(buf, 1))
        return;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0) {
        buf->no_memory = true;
    } else if (reserve(buf, (size_t)len)) {
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_put_int(struct buf *buf, int64_t value)
{
    char text[20]; /* "-9223372036854775808" */
    char *end = text + sizeof text;
    char *at = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    buf_append(buf, at, (size_t)(end - at));
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len == 0)
        return;
    if (len > buf->len)
        len = buf->len;
    buf->len -= len;
    if (buf->data != NULL) {
        memmove(buf->data, buf->data + len, buf->len);
        buf->data[buf->len] = '\0';
    }
}

char *buf_take(struct buf *buf, size_t *ret_len)
{
    char *data = buf->data;
    if (ret_len != NULL)
        *ret_len = buf->len;
    buf_init(buf, buf->max);
    return data;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

enum err buf_status(const struct buf *buf)
{
    if (buf->no_memory)
        return ERR_NOMEM;
    return buf->too_long ? ERR_TOO_LARGE : ERR_OK;
}
