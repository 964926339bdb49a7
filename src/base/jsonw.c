#include "base/jsonw.h"

#include <assert.h>
#include <string.h>

#include "base/decimal.h"

void jsonw_init(struct jsonw *w, struct buf *out)
{
    *w = (struct jsonw){.out = out};
}

static void put_name(struct jsonw *w, const char *name)
{
    uint64_t bit = UINT64_C(1) << w->level;
    if ((w->filled & bit) != 0)
        buf_putc(w->out, ',');
    w->filled |= bit;
    if (name != NULL) {
        json_quote(w->out, name, strlen(name));
        buf_putc(w->out, ':');
    }
}

static void open_level(struct jsonw *w, const char *name, char bracket)
{
    put_name(w, name);
    buf_putc(w->out, bracket);
    assert(w->level < 63);
    w->level++;
    w->filled &= ~(UINT64_C(1) << w->level);
}

static void close_level(struct jsonw *w, char bracket)
{
    assert(w->level > 0);
    w->level--;
    buf_putc(w->out, bracket);
}

void jsonw_object(struct jsonw *w, const char *name)
{
    open_level(w, name, '{');
}

void jsonw_end_object(struct jsonw *w)
{
    close_level(w, '}');
}

void jsonw_array(struct jsonw *w, const char *name)
{
    open_level(w, name, '[');
}

void jsonw_end_array(struct jsonw *w)
{
    close_level(w, ']');
}

void jsonw_string(struct jsonw *w, const char *name, const char *text)
{
    if (text == NULL)
        jsonw_null(w, name);
    else
        jsonw_string_len(w, name, text, strlen(text));
}

void jsonw_string_len(struct jsonw *w, const char *name, const char *text, size_t len)
{
    put_name(w, name);
    json_quote(w->out, text, len);
}

void jsonw_int(struct jsonw *w, const char *name, int64_t value)
{
    put_name(w, name);
    buf_put_int(w->out, value);
}

void jsonw_bool(struct jsonw *w, const char *name, bool value)
{
    put_name(w, name);
    buf_puts(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *name)
{
    put_name(w, name);
    buf_append(w->out, "null", 4);
}

void jsonw_json(struct jsonw *w, const char *name, const char *text, size_t len)
{
    put_name(w, name);
    buf_append(w->out, text, len);
}

void jsonw_instant(struct jsonw *w, const char *name, struct instant t)
{
    if (instant_is_never(t)) {
        jsonw_null(w, name);
        return;
    }
    char text[INSTANT_TEXT_SIZE];
    size_t len = instant_format(t, text);
    jsonw_string_len(w, name, text, len);
}

void jsonw_date(struct jsonw *w, const char *name, int32_t date)
{
    char text[DATE_TEXT_SIZE];
    date_format(date, text);
    jsonw_string(w, name, text);
}

void jsonw_decimal(struct jsonw *w, const char *name, int64_t scaled, int decimals)
{
    put_name(w, name);
    buf_putc(w->out, '"');
    decimal_put(w->out, scaled, decimals);
    buf_putc(w->out, '"');
}

/* The letter of a short escape, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

void json_quote(struct buf *out, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    buf_putc(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_append(out, text + from, i - from);
        from = i + 1;
        char letter = short_escape(c);
        if (letter != 0) {
            char escape[2] = {'\\', letter};
            buf_append(out, escape, sizeof escape);
        } else {
            char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buf_append(out, escape, sizeof escape);
        }
    }
    buf_append(out, text + from, len - from);
    buf_putc(out, '"');
}
