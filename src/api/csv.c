#include "csv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "base/decimal.h"
#include "call.h"

/* For a statement whose rows go out as the client takes them; also bounds for how long a client may
 * keep a worker. */
#define DOWNLOAD_MS (10 * 60 * 1000)
#define FILE_NAME_MAX 100
#define BOM "\xef\xbb\xbf"

/* --- what the caller wants --- */

/* How much an Accept header wants a media type: weight in thousandths, and how precisely it named
 * it. */
struct wish {
    int weight;
    int precision; /* 0: not at all, 1: anything, 2: its top-level type, 3: itself */
};

/* The weight among a range's parameters (RFC 9110, 12.4.2); 1000 when there is none. */
static int range_weight(const char *range, size_t len)
{
    for (size_t i = 0; i + 2 < len; i++) {
        if (range[i] != ';')
            continue;
        size_t at = i + 1 + strspn(range + i + 1, " \t");
        if (at + 2 > len || strncasecmp(range + at, "q=", 2) != 0)
            continue;
        at += 2;
        size_t end = at;
        while (end < len && (isdigit((unsigned char)range[end]) || range[end] == '.'))
            end++;
        int64_t weight;
        if (decimal_parse(range + at, end - at, 3, &weight) != ERR_OK || weight > 1000)
            return 1000;
        return (int)weight;
    }
    return 1000;
}

/* How precisely a range without its parameters names `type`. */
static int range_precision(const char *range, size_t len, const char *type)
{
    size_t top = strcspn(type, "/") + 1;
    if (len == strlen(type) && strncasecmp(range, type, len) == 0)
        return 3;
    if (len == top + 1 && strncasecmp(range, type, top) == 0 && range[top] == '*')
        return 2;
    return len == 3 && strncmp(range, "*/*", 3) == 0 ? 1 : 0;
}

static struct wish wish_for(const char *accept, const char *type)
{
    struct wish wish = {0, 0};
    while (*accept != '\0') {
        accept += strspn(accept, " \t,");
        size_t len = strcspn(accept, ",");
        int precision = range_precision(accept, strcspn(accept, " \t;,"), type);
        if (precision > wish.precision)
            wish = (struct wish){range_weight(accept, len), precision};
        accept += len;
    }
    return wish;
}

static bool accept_prefers_csv(const char *accept)
{
    if (accept == NULL)
        return false;
    struct wish csv = wish_for(accept, "text/csv"), json = wish_for(accept, "application/json");
    if (csv.weight != json.weight)
        return csv.weight > json.weight;
    return csv.weight > 0 && csv.precision > json.precision;
}

bool csv_is_asked(const struct api_request *req)
{
    const char *format = api_query(req, "format");
    return format == NULL ? accept_prefers_csv(req->accept) : strcmp(format, "csv") == 0;
}

enum err csv_wanted(struct call *call, bool *ret_csv)
{
    const char *format = api_query(call->req, "format");
    bool bom = false;
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        return call_invalid(call, "", "query parameter format: json or csv");
    enum err err = call_flag(call, "bom", &bom); /* csv_begin takes it */
    if (err != ERR_OK)
        return err;
    api_response_header(call->res, "Vary", "Accept");
    *ret_csv = csv_is_asked(call->req);
    return ERR_OK;
}

enum err csv_prepare(struct call *call)
{
    return db_statement_timeout(call->db, DOWNLOAD_MS);
}

/* --- cells --- */

static struct buf *begin_cell(struct csv *csv)
{
    if (csv->row_begun)
        buf_putc(&csv->res->body, ',');
    csv->row_begun = true;
    return &csv->res->body;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* -3 or -0.5: what a formula could begin with, and is none. */
static bool is_plain_number(const char *text)
{
    static const char digits[] = "0123456789";
    if (*text == '-')
        text++;
    size_t whole = strspn(text, digits);
    text += whole;
    if (whole == 0 || *text == '\0')
        return whole > 0;
    size_t fraction = *text == '.' ? strspn(text + 1, digits) : 0;
    return fraction > 0 && text[1 + fraction] == '\0';
}

/* What a spreadsheet takes for a formula; East Asian ones read the full-width signs alike. */
static bool is_formula(const char *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                       "\xef\xbc\xa0"}; /* = + - @ */
    const char *start = text + strspn(text, " '\"");
    if (*start == '\0')
        return false;
    if (strchr("=+-@\t\r\n", *start) != NULL)
        return !is_plain_number(text);
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (starts_with(start, wide[i]))
            return true;
    return false;
}

/* Semicolons and tabs as well: some spreadsheets separate by them. */
static bool needs_quotes(const char *text)
{
    size_t len = strlen(text);
    return len == 0 || text[strcspn(text, ",;\"\t\r\n")] != '\0' || text[0] == ' ' ||
           text[len - 1] == ' ';
}

void csv_text(struct csv *csv, const char *text)
{
    struct buf *out = begin_cell(csv);
    if (text == NULL)
        return;
    const char *defusing = is_formula(text) ? "'" : "";
    if (!needs_quotes(text)) {
        buf_puts(out, defusing);
        buf_puts(out, text);
        return;
    }
    buf_putc(out, '"');
    buf_puts(out, defusing);
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        buf_append(out, text, (size_t)(quote - text));
        buf_puts(out, "\"\"");
    }
    buf_puts(out, text);
    buf_putc(out, '"');
}

void csv_int(struct csv *csv, int64_t value)
{
    buf_put_int(begin_cell(csv), value);
}

void csv_decimal(struct csv *csv, int64_t scaled, int decimals)
{
    decimal_put(begin_cell(csv), scaled, decimals);
}

void csv_bool(struct csv *csv, bool value)
{
    buf_puts(begin_cell(csv), value ? "true" : "false");
}

void csv_date(struct csv *csv, int32_t date)
{
    char text[DATE_TEXT_SIZE];
    date_format(date, text);
    buf_puts(begin_cell(csv), text);
}

void csv_instant(struct csv *csv, struct instant t)
{
    char text[INSTANT_TEXT_SIZE] = "";
    if (!instant_is_never(t))
        instant_format(t, text);
    buf_puts(begin_cell(csv), text);
}

enum err csv_end_row(struct csv *csv)
{
    buf_puts(&csv->res->body, "\r\n");
    csv->row_begun = false;
    return api_response_stream(csv->res);
}

/* --- the table --- */

/* A name that every file system takes, and that needs no quoting in a header. */
static void file_name(const char *text, char name[static FILE_NAME_MAX + 1])
{
    size_t len = 0;
    for (; *text != '\0' && len < FILE_NAME_MAX; text++) {
        bool fits = (isascii(*text) && isalnum((unsigned char)*text)) || *text == '-';
        name[len++] = fits ? *text : '_';
    }
    name[len] = '\0';
}

void csv_begin(struct csv *csv, struct call *call, const char *file, const char *const *names,
               size_t count)
{
    char name[FILE_NAME_MAX + 1];
    const char *bom = api_query(call->req, "bom");
    file_name(file, name);
    *csv = (struct csv){.res = call->res};
    csv->res->content_type = "text/csv; charset=utf-8; header=present";
    api_response_header(csv->res, "Content-Disposition", "attachment; filename=\"%s.csv\"", name);
    if (bom != NULL && strcmp(bom, "true") == 0)
        buf_puts(&csv->res->body, BOM);
    for (size_t i = 0; i < count; i++)
        csv_text(csv, names[i]);
    buf_puts(&csv->res->body, "\r\n");
    csv->row_begun = false;
}
