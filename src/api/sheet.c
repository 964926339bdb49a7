#include "sheet.h"

#include <ctype.h>
#include <iconv.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "domain/limits.h"

/* --- the encoding --- */

static bool begins_with(const char *text, size_t len, const char *start, size_t start_len)
{
    return len >= start_len && memcmp(text, start, start_len) == 0;
}

static enum err convert(const char *encoding, const char *text, size_t len, struct arena *arena,
                        char **ret_text, size_t *ret_len)
{
    size_t room = 3 * len + 4; /* no character of these encodings grows by more */
    char *copy = arena_copy(arena, text, len), *out = arena_alloc(arena, room);
    if (copy == NULL || out == NULL)
        return ERR_NOMEM;
    iconv_t converter = iconv_open("UTF-8", encoding);
    if (converter == (iconv_t)-1)
        return ERR_INTERNAL;
    char *from = copy, *to = out;
    size_t left = len, free_bytes = room - 1;
    size_t failed = iconv(converter, &from, &left, &to, &free_bytes);
    iconv_close(converter);
    if (failed == (size_t)-1 || left > 0)
        return ERR_UNPARSABLE;
    *ret_text = out;
    *ret_len = (size_t)(to - out);
    return ERR_OK;
}

/* The text as UTF-8, terminated, without a byte order mark. */
static enum err to_utf8(const char *text, size_t len, struct arena *arena, char **ret_text,
                        size_t *ret_len)
{
    if (begins_with(text, len, "\xff\xfe", 2))
        return convert("UTF-16LE", text + 2, len - 2, arena, ret_text, ret_len);
    if (begins_with(text, len, "\xfe\xff", 2))
        return convert("UTF-16BE", text + 2, len - 2, arena, ret_text, ret_len);
    if (begins_with(text, len, "\xef\xbb\xbf", 3)) {
        text += 3;
        len -= 3;
    }
    if (!utf8_valid(text, len)) /* a Chinese export of before UTF-8 */
        return convert("GB18030", text, len, arena, ret_text, ret_len);
    *ret_text = arena_copy(arena, text, len);
    *ret_len = len;
    return *ret_text == NULL ? ERR_NOMEM : ERR_OK;
}

/* --- records --- */

struct reading {
    char *at, *end; /* cells are cut out of the text in place */
    char separator;
    size_t line;
    size_t open_line; /* where a quote begins that is never closed; 0: none does */
};

/* LF, CR LF, or the CR alone that old spreadsheets write. */
static bool ends_line(const char *c, const char *end)
{
    return *c == '\n' || (*c == '\r' && (c + 1 == end || c[1] != '\n'));
}

/* Counts separators of the first line outside of quotes; in doubt it is a comma. */
static char find_separator(const struct reading *reading)
{
    static const char candidates[] = ",;\t";
    size_t counts[sizeof candidates - 1] = {0};
    bool quoted = false;
    for (const char *c = reading->at; c < reading->end; c++) {
        if (!quoted && ends_line(c, reading->end))
            break;
        const char *candidate = *c == '\0' ? NULL : strchr(candidates, *c);
        if (*c == '"')
            quoted = !quoted;
        else if (candidate != NULL && !quoted)
            counts[candidate - candidates]++;
    }
    size_t most = 0;
    for (size_t i = 1; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] > counts[most])
            most = i;
    return candidates[most];
}

/* A first line "sep=;" names the separator and is no record. */
static void read_separator(struct reading *reading)
{
    if (begins_with(reading->at, (size_t)(reading->end - reading->at), "sep=", 4) &&
        reading->end - reading->at >= 5) {
        reading->separator = reading->at[4];
        while (reading->at < reading->end && !ends_line(reading->at, reading->end))
            reading->at++;
        reading->at += reading->at < reading->end;
        reading->line++;
        return;
    }
    reading->separator = find_separator(reading);
}

/* The next cell of the record, terminated in place; *ret_last: it was the record's last. */
static char *next_cell(struct reading *reading, bool *ret_last)
{
    char *start = reading->at, *to = start;
    bool quoted = false;
    size_t quote_line = 0;
    char *c = start;
    for (; c < reading->end; c++) {
        if (quoted && ends_line(c, reading->end))
            reading->line++;
        if (*c == '"' && quoted && c + 1 < reading->end && c[1] == '"') {
            *to++ = *c++; /* a doubled quote is one */
        } else if (*c == '"' && (quoted || to == start)) {
            quoted = !quoted;
            quote_line = reading->line;
        } else if (!quoted && (*c == reading->separator || ends_line(c, reading->end))) {
            break;
        } else {
            *to++ = *c;
        }
    }
    if (quoted)
        reading->open_line = quote_line;
    *ret_last = c == reading->end || ends_line(c, reading->end);
    if (*ret_last)
        reading->line++;
    reading->at = c == reading->end ? c : c + 1;
    if (to > start && to[-1] == '\r')
        to--;
    *to = '\0';
    return start;
}

/* --- cells --- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#define NO_BREAK_SPACE "\xc2\xa0"

static char *trim(char *cell)
{
    size_t len = strlen(cell);
    for (;;) {
        if (is_blank(*cell)) {
            cell++;
            len--;
        } else if (strncmp(cell, NO_BREAK_SPACE, 2) == 0) {
            cell += 2;
            len -= 2;
        } else if (len > 0 && is_blank(cell[len - 1])) {
            cell[--len] = '\0';
        } else if (len >= 2 && strcmp(cell + len - 2, NO_BREAK_SPACE) == 0) {
            len -= 2;
            cell[len] = '\0';
        } else {
            return cell;
        }
    }
}

/* What keeps a spreadsheet from taking the number for one: ="123", '123, `123. */
static char *unwrap(char *cell)
{
    size_t len = strlen(cell);
    if (len >= 3 && cell[0] == '=' && cell[1] == '"' && cell[len - 1] == '"') {
        cell[len - 1] = '\0';
        return trim(cell + 2);
    }
    return cell[0] == '\'' || cell[0] == '`' ? trim(cell + 1) : cell;
}

/* 1.23457E+11: a spreadsheet has made a float of it, and the digits are gone. They all write one
 * digit in front and the sign behind: 2024E001 is an order number. */
static bool is_float(const char *cell)
{
    const char *c = cell;
    if (!isdigit((unsigned char)*c))
        return false;
    c++;
    if (*c == '.' || *c == ',')
        do
            c++;
        while (isdigit((unsigned char)*c));
    if ((*c != 'e' && *c != 'E') || c[1] != '+' || c[2] == '\0')
        return false;
    c += 2;
    while (isdigit((unsigned char)*c))
        c++;
    return *c == '\0';
}

static bool is_name(const char *cell)
{
    static const char *const names[] = {
        "order",    "orderid", "ordernumber", "orderno",    "orderno.",   "ordersn",  "订单号",
        "订单编号", "订单id",  "京东订单号",  "主订单编号", "子订单编号", "交易编号", "平台订单号",
        "原始单号", "ticket",  "ticketid",    "服务单号",   "工单号",     "售后单号", "退款编号"};
    char plain[64];
    size_t len = 0;
    for (const char *c = cell; *c != '\0' && len < sizeof plain - 1; c++)
        if (*c != ' ' && *c != '_' && *c != '-' && *c != '#')
            plain[len++] = (char)tolower((unsigned char)*c);
    plain[len] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(plain, names[i]) == 0)
            return true;
    return false;
}

/* --- the table --- */

struct record {
    size_t line;
    char *cell; /* of the column; NULL: the record is shorter */
    bool empty;
    bool named;   /* some cell is a name of the column */
    size_t where; /* which one */
};

static struct record next_record(struct reading *reading, size_t column)
{
    struct record record = {.line = reading->line, .empty = true};
    bool last = false;
    for (size_t i = 0; !last; i++) {
        char *cell = unwrap(trim(next_cell(reading, &last)));
        record.empty = record.empty && *cell == '\0';
        if (i == column)
            record.cell = cell;
        if (!record.named && is_name(cell)) {
            record.named = true;
            record.where = i;
        }
    }
    return record;
}

static struct sheet_row row_of(const struct record *record)
{
    static const char none[] = "";
    char *text = record->cell;
    size_t len = text == NULL ? 0 : strlen(text);
    bool readable = len >= 1 && len <= ID_MAX_BYTES && !is_float(text);
    if (len > ID_MAX_BYTES)
        text[utf8_cut(text, len, ID_MAX_BYTES)] = '\0';
    return (struct sheet_row){record->line, text == NULL ? none : text, readable};
}

enum err sheet_read(const char *text, size_t len, size_t max, struct arena *arena,
                    struct sheet *ret_sheet, struct fault *reterr_fault)
{
    char *utf8;
    size_t utf8_len;
    enum err err = to_utf8(text, len, arena, &utf8, &utf8_len);
    if (err == ERR_UNPARSABLE || (err == ERR_OK && strlen(utf8) != utf8_len)) {
        fault_set(reterr_fault, "", "is no text in UTF-8, UTF-16 or GB18030");
        return ERR_UNPARSABLE;
    }
    if (err != ERR_OK)
        return err;
    struct reading reading = {utf8, utf8 + utf8_len, ',', 1, 0};
    read_separator(&reading);
    size_t lines = 1, column = 0;
    for (const char *c = utf8; *c != '\0'; c++)
        lines += *c == '\n' || *c == '\r';
    if (lines > max + 2)
        lines = max + 2;
    struct sheet sheet = {0, arena_alloc(arena, lines * sizeof *sheet.rows)};
    if (sheet.rows == NULL)
        return ERR_NOMEM;
    bool first = true;
    while (reading.at < reading.end) {
        struct record record = next_record(&reading, column);
        if (first && record.named) {
            column = record.where;
        } else if (!record.empty && sheet.count == max) {
            fault_set(reterr_fault, "", "has more than %zu rows", max);
            return ERR_TOO_LARGE;
        } else if (!record.empty) {
            sheet.rows[sheet.count++] = row_of(&record);
        }
        first = first && record.empty;
    }
    if (reading.open_line != 0) { /* cut off, perhaps: the rows behind it were taken for a cell */
        fault_set(reterr_fault, "", "line %zu opens a quote that is never closed",
                  reading.open_line);
        return ERR_UNPARSABLE;
    }
    *ret_sheet = sheet;
    return ERR_OK;
}
