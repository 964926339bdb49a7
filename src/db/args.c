/* Encodes parameters in PostgreSQL's binary form, one behind the other into one buffer, so that
 * a statement with any number of them costs a few allocations. A failure sticks in the buffer
 * and is reported when the statement runs. */
#include "db/args.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/types.h"

/* PostgreSQL's own limit for a message is 1 GiB. */
#define ARGS_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct db_args {
    int count;
    Oid types[DB_ARGS_MAX];
    size_t starts[DB_ARGS_MAX]; /* a value ends where the next one starts */
    bool is_null[DB_ARGS_MAX];
    int32_t elements; /* of the last parameter, when it is an array */
    struct buf values;
};

struct db_args *db_args_new(void)
{
    struct db_args *args = calloc(1, sizeof *args);
    if (args != NULL)
        buf_init(&args->values, ARGS_MAX_BYTES);
    return args;
}

void db_args_free(struct db_args *args)
{
    if (args == NULL)
        return;
    buf_done(&args->values);
    free(args);
}

enum err args_view(const struct db_args *args, const char *text, struct args_view *ret_view)
{
    if (args == NULL && strstr(text, "$1") != NULL)
        return ERR_NOMEM;
    if (args != NULL && buf_failed(&args->values))
        return buf_status(&args->values);

    ret_view->count = args != NULL ? args->count : 0;
    for (int i = 0; i < ret_view->count; i++) {
        size_t end = i + 1 < args->count ? args->starts[i + 1] : args->values.len;
        const char *value = buf_text(&args->values) + args->starts[i];
        ret_view->types[i] = args->types[i];
        ret_view->values[i] = args->is_null[i] ? NULL : value;
        ret_view->lengths[i] = (int)(end - args->starts[i]);
        ret_view->formats[i] = 1; /* binary */
    }
    return ERR_OK;
}

static void put_int64(struct buf *buf, int64_t value)
{
    uint64_t wire = htobe64((uint64_t)value);
    buf_append(buf, &wire, sizeof wire);
}

static void put_int32(struct buf *buf, int32_t value)
{
    uint32_t wire = htobe32((uint32_t)value);
    buf_append(buf, &wire, sizeof wire);
}

static void put_bool(struct buf *buf, bool value)
{
    buf_putc(buf, value ? 1 : 0);
}

static void begin(struct db_args *args, Oid type, bool is_null)
{
    assert(args->count < DB_ARGS_MAX);
    args->types[args->count] = type;
    args->starts[args->count] = args->values.len;
    args->is_null[args->count] = is_null;
    args->count++;
}

void db_arg_text_len(struct db_args *args, const char *text, size_t len)
{
    if (args == NULL)
        return;
    begin(args, TYPE_TEXT, text == NULL);
    if (text != NULL)
        buf_append(&args->values, text, len);
}

void db_arg_text(struct db_args *args, const char *text)
{
    db_arg_text_len(args, text, text != NULL ? strlen(text) : 0);
}

void db_arg_int(struct db_args *args, int64_t value)
{
    if (args == NULL)
        return;
    begin(args, TYPE_INT8, false);
    put_int64(&args->values, value);
}

void db_arg_int32(struct db_args *args, int32_t value)
{
    if (args == NULL)
        return;
    begin(args, TYPE_INT4, false);
    put_int32(&args->values, value);
}

void db_arg_bool(struct db_args *args, bool value)
{
    if (args == NULL)
        return;
    begin(args, TYPE_BOOL, false);
    put_bool(&args->values, value);
}

void db_arg_date(struct db_args *args, int32_t date)
{
    if (args == NULL)
        return;
    begin(args, TYPE_DATE, false);
    put_int32(&args->values, date - PG_EPOCH_DAYS);
}

void db_arg_instant(struct db_args *args, struct instant t)
{
    if (args == NULL)
        return;
    begin(args, TYPE_TIMESTAMPTZ, instant_is_never(t));
    if (!instant_is_never(t))
        put_int64(&args->values, t.us - PG_EPOCH_US);
}

void db_arg_bytes(struct db_args *args, const void *data, size_t len)
{
    if (args == NULL)
        return;
    begin(args, TYPE_BYTEA, data == NULL);
    if (data != NULL)
        buf_append(&args->values, data, len);
}

struct array_type {
    Oid array;
    Oid element;
};

static const struct array_type array_types[] = {
    [DB_TEXTS] = {TYPE_TEXT_ARRAY, TYPE_TEXT},
    [DB_INTS] = {TYPE_INT8_ARRAY, TYPE_INT8},
    [DB_INT32S] = {TYPE_INT4_ARRAY, TYPE_INT4},
    [DB_BOOLS] = {TYPE_BOOL_ARRAY, TYPE_BOOL},
    [DB_DATES] = {TYPE_DATE_ARRAY, TYPE_DATE},
    [DB_INSTANTS] = {TYPE_TIMESTAMPTZ_ARRAY, TYPE_TIMESTAMPTZ},
    [DB_BYTEAS] = {TYPE_BYTEA_ARRAY, TYPE_BYTEA},
};

void db_arg_array(struct db_args *args, enum db_array type)
{
    if (args == NULL)
        return;
    begin(args, array_types[type].array, false);
    args->elements = 0;
    put_int32(&args->values, 1); /* dimensions */
    put_int32(&args->values, 0); /* has no null, until one comes */
    put_int32(&args->values, (int32_t)array_types[type].element);
    put_int32(&args->values, 0); /* elements, counted up as they come */
    put_int32(&args->values, 1); /* lower bound */
}

static void patch_int32(struct db_args *args, size_t at, int32_t value)
{
    uint32_t wire = htobe32((uint32_t)value);
    if (!buf_failed(&args->values))
        memcpy(args->values.data + args->starts[args->count - 1] + at, &wire, sizeof wire);
}

/* Begins an element of `len` bytes, -1 for null. */
static void add(struct db_args *args, enum db_array type, int32_t len)
{
    assert(args->count > 0 && args->types[args->count - 1] == array_types[type].array);
    args->elements++;
    patch_int32(args, ARRAY_COUNT_AT, args->elements);
    if (len < 0)
        patch_int32(args, ARRAY_HAS_NULL_AT, 1);
    put_int32(&args->values, len);
}

static void add_data(struct db_args *args, enum db_array type, const void *data, size_t len)
{
    if (data == NULL) {
        add(args, type, -1);
        return;
    }
    /* Longer than any buffer: buf_append refuses it, whatever length is written here. */
    add(args, type, len <= ARGS_MAX_BYTES ? (int32_t)len : 0);
    buf_append(&args->values, data, len);
}

void db_add_text_len(struct db_args *args, const char *text, size_t len)
{
    if (args != NULL)
        add_data(args, DB_TEXTS, text, len);
}

void db_add_text(struct db_args *args, const char *text)
{
    db_add_text_len(args, text, text != NULL ? strlen(text) : 0);
}

void db_add_int(struct db_args *args, int64_t value)
{
    if (args == NULL)
        return;
    add(args, DB_INTS, sizeof value);
    put_int64(&args->values, value);
}

void db_add_int32(struct db_args *args, int32_t value)
{
    if (args == NULL)
        return;
    add(args, DB_INT32S, sizeof value);
    put_int32(&args->values, value);
}

void db_add_int32_or_null(struct db_args *args, bool known, int32_t value)
{
    if (known)
        db_add_int32(args, value);
    else if (args != NULL)
        add(args, DB_INT32S, -1);
}

void db_add_bool(struct db_args *args, bool value)
{
    if (args == NULL)
        return;
    add(args, DB_BOOLS, 1);
    put_bool(&args->values, value);
}

void db_add_date(struct db_args *args, int32_t date)
{
    if (args == NULL)
        return;
    add(args, DB_DATES, sizeof date);
    put_int32(&args->values, date - PG_EPOCH_DAYS);
}

void db_add_instant(struct db_args *args, struct instant t)
{
    if (args == NULL)
        return;
    if (instant_is_never(t)) {
        add(args, DB_INSTANTS, -1);
        return;
    }
    add(args, DB_INSTANTS, sizeof t.us);
    put_int64(&args->values, t.us - PG_EPOCH_US);
}

void db_add_bytes(struct db_args *args, const void *data, size_t len)
{
    if (args != NULL)
        add_data(args, DB_BYTEAS, data, len);
}
