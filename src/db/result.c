/* Reads values out of results. A column of another type than the reader's is a mistake in a
 * statement and stops the program at its first run; what can differ from row to row is null,
 * which every reader has an answer for. */
#include "db/result.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "db/types.h"

enum err result_new(PGresult *pg, struct db_result **ret_result)
{
    struct db_result *result = malloc(sizeof *result);
    if (result == NULL) {
        PQclear(pg);
        return ERR_NOMEM;
    }
    result->pg = pg;
    *ret_result = result;
    return ERR_OK;
}

void db_result_free(struct db_result *result)
{
    if (result == NULL)
        return;
    PQclear(result->pg);
    free(result);
}

int db_rows(const struct db_result *result)
{
    return PQntuples(result->pg);
}

bool db_is_null(const struct db_result *result, int row, int column)
{
    return PQgetisnull(result->pg, row, column) != 0;
}

size_t db_len(const struct db_result *result, int row, int column)
{
    return (size_t)PQgetlength(result->pg, row, column);
}

/* The value of a column of the given type; NULL for null. */
static const char *value_of(const struct db_result *result, int row, int column, Oid type)
{
    assert(row >= 0 && row < PQntuples(result->pg) && column >= 0 &&
           column < PQnfields(result->pg));
    assert(PQftype(result->pg, column) == type);
    return db_is_null(result, row, column) ? NULL : PQgetvalue(result->pg, row, column);
}

const char *db_text(const struct db_result *result, int row, int column)
{
    /* Their binary form is the text itself; bytea is not text, but is read the same way. */
    Oid type = PQftype(result->pg, column);
    assert(type == TYPE_TEXT || type == TYPE_VARCHAR || type == TYPE_BPCHAR || type == TYPE_NAME ||
           type == TYPE_CHAR || type == TYPE_JSON || type == TYPE_BYTEA);
    return value_of(result, row, column, type);
}

static int16_t read_int16(const char *wire)
{
    uint16_t value;
    memcpy(&value, wire, sizeof value);
    return (int16_t)be16toh(value);
}

static int32_t read_int32(const char *wire)
{
    uint32_t value;
    memcpy(&value, wire, sizeof value);
    return (int32_t)be32toh(value);
}

static int64_t read_int64(const char *wire)
{
    uint64_t value;
    memcpy(&value, wire, sizeof value);
    return (int64_t)be64toh(value);
}

int64_t db_int(const struct db_result *result, int row, int column)
{
    Oid type = PQftype(result->pg, column);
    assert(type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8);
    const char *value = value_of(result, row, column, type);
    if (value == NULL)
        return 0;
    if (type == TYPE_INT2)
        return read_int16(value);
    return type == TYPE_INT4 ? read_int32(value) : read_int64(value);
}

bool db_bool(const struct db_result *result, int row, int column)
{
    const char *value = value_of(result, row, column, TYPE_BOOL);
    return value != NULL && value[0] != 0;
}

int32_t db_date(const struct db_result *result, int row, int column)
{
    const char *value = value_of(result, row, column, TYPE_DATE);
    return value != NULL ? read_int32(value) + PG_EPOCH_DAYS : 0;
}

struct instant db_instant(const struct db_result *result, int row, int column)
{
    const char *value = value_of(result, row, column, TYPE_TIMESTAMPTZ);
    if (value == NULL)
        return INSTANT_NEVER;
    int64_t us = read_int64(value);
    /* infinity and -infinity are the extremes on both sides */
    return (struct instant){us == INT64_MAX || us == INT64_MIN ? us : us + PG_EPOCH_US};
}

/* Number of elements; *ret_elements is where the first one's length stands. */
static size_t array_of(const struct db_result *result, int row, int column, Oid type,
                       const char **ret_elements)
{
    const char *value = value_of(result, row, column, type);
    if (value == NULL || read_int32(value + ARRAY_DIMENSIONS_AT) == 0)
        return 0;
    assert(read_int32(value + ARRAY_DIMENSIONS_AT) == 1);
    *ret_elements = value + ARRAY_HEADER_SIZE;
    return (size_t)read_int32(value + ARRAY_COUNT_AT);
}

size_t db_ints(const struct db_result *result, int row, int column, int64_t *values, size_t max)
{
    const char *element = NULL;
    size_t count = array_of(result, row, column, TYPE_INT8_ARRAY, &element);
    for (size_t i = 0; i < count && i < max; i++) {
        assert(read_int32(element) == sizeof *values); /* not null */
        values[i] = read_int64(element + sizeof(int32_t));
        element += sizeof(int32_t) + sizeof *values;
    }
    return count;
}

bool db_texts_at(const struct db_result *result, int row, int column, size_t i,
                 const char **ret_text, size_t *ret_len)
{
    const char *element = NULL;
    size_t count = array_of(result, row, column, TYPE_TEXT_ARRAY, &element);
    if (i >= count)
        return false;
    for (; i > 0; i--) {
        int32_t len = read_int32(element);
        element += sizeof len + (len > 0 ? (size_t)len : 0);
    }
    int32_t len = read_int32(element);
    *ret_text = len < 0 ? NULL : element + sizeof len;
    *ret_len = len < 0 ? 0 : (size_t)len;
    return true;
}
