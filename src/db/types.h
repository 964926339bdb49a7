/* The PostgreSQL types that parameters and results have, and their binary forms. */
#ifndef DB_TYPES_H
#define DB_TYPES_H

#include <stdint.h>

/* From PostgreSQL's catalog/pg_type_d.h, which is a server header; the numbers are part of its
 * protocol. */
enum type_oid {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_CHAR = 18,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_JSON = 114,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_DATE = 1082,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_JSONB = 3802,
    TYPE_BOOL_ARRAY = 1000,
    TYPE_BYTEA_ARRAY = 1001,
    TYPE_INT4_ARRAY = 1007,
    TYPE_TEXT_ARRAY = 1009,
    TYPE_INT8_ARRAY = 1016,
    TYPE_DATE_ARRAY = 1182,
    TYPE_TIMESTAMPTZ_ARRAY = 1185,
};

/* PostgreSQL counts from 2000-01-01. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_US (INT64_C(946684800) * 1000000)

/* An array on the wire: this header, then (length, bytes) an element; length -1 is null. An
 * empty one may have zero dimensions, and then ends after the element type. All integers are
 * big-endian. */
#define ARRAY_DIMENSIONS_AT 0
#define ARRAY_HAS_NULL_AT 4
#define ARRAY_COUNT_AT 12
#define ARRAY_HEADER_SIZE 20 /* with the size and the lower bound of one dimension */

#endif
