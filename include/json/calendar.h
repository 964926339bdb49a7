/* The calendar document: intervals that metrics leave out, and holidays.
 *
 *     {"suspended":[{"from":"2024-02-09T00:00:00+08:00","to":"…","name":"typhoon"}],
 *      "holidays":[{"date":"2024-02-10","name":"Spring Festival"}]} */
#ifndef JSON_CALENDAR_H
#define JSON_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "domain/calendar.h"
#include "json/policy.h"

#define CALENDAR_SUSPENDED_MAX 1000
#define CALENDAR_HOLIDAYS_MAX 5000
#define CALENDAR_MAX_BYTES (2 * 1024 * 1024)

/* What the document suspends: ascending, neither overlapping nor touching, whatever stands there.
 */
struct suspended {
    size_t count;
    struct interval intervals[CALENDAR_SUSPENDED_MAX];
};

/* Ascending, each once. */
struct holidays {
    size_t count;
    int32_t days[CALENDAR_HOLIDAYS_MAX];
};

struct calendar_document {
    struct suspended suspended;
    struct holidays holidays;
};

/* Decodes and checks a document. Every fault is reported (at most POLICY_FAULTS_MAX) with the
 * pointer to the very member. Members "version" and "tallied" are accepted and ignored, as GET
 * writes them; "notes" may stand anywhere. ERR_UNPARSABLE and ERR_TOO_LARGE (over
 * CALENDAR_MAX_BYTES): one fault, pointer "". ret_document is fit for use on ERR_OK only. */
MUST_CHECK enum err calendar_decode(const char *text, size_t len,
                                    struct calendar_document *ret_document,
                                    struct faults *reterr_faults);

/* The document in canonical form, by which equal ones are known: sorted keys, both lists, without
 * what GET writes. */
MUST_CHECK enum err calendar_canonical(const char *text, size_t len, struct buf *ret_canonical);

#endif
