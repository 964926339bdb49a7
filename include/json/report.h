/* Delay reports as JSON: the request that files one, and what the log keeps of one (events of
 * source windvane; domain/report.h). Strings live in the arena. */
#ifndef JSON_REPORT_H
#define JSON_REPORT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "domain/report.h"
#include "json/policy.h"

struct jsonw;

#define REPORT_LINES_MAX 100000
#define REPORT_EVIDENCE_MAX 20
#define REPORT_URL_MAX 2000
#define REPORT_NOTE_MAX 2000
#define REPORT_REASON_MAX 64
/* Lines of one event of the log: its data has to stay below 1 MiB when every byte of every id is
 * escaped. */
#define REPORT_LINES_A_PART 800

/* What is filed. */
struct report_request {
    struct report_terms terms;
    const char *reason;
    const char *note; /* or NULL */
    size_t evidence_count;
    const char *evidence[REPORT_EVIDENCE_MAX]; /* URLs */
    size_t subject_count;                      /* orders or tickets, by the scope */
    const char **subjects;
};

/* Decodes and checks the body of a request; every fault is reported. ERR_INVALID, ERR_UNPARSABLE
 * (fault pointer ""), ERR_NOMEM. Whether it may be filed now is report_fault's. */
MUST_CHECK enum err report_request_decode(const char *text, size_t len, struct arena *arena,
                                          struct report_request *ret_request,
                                          struct faults *reterr_faults);

/* The same for members that come one by one, as query parameters do; NULL: not given. `pointer` of
 * the faults: the parameter's name. */
struct report_parameters {
    const char *scope, *kind, *reason, *note, *evidence, *promised_ship_by;
};
MUST_CHECK enum err report_request_of(const struct report_parameters *parameters,
                                      struct arena *arena, struct report_request *ret_request,
                                      struct faults *reterr_faults);

/* The body {"note": …} of a decision, which may be empty; NULL: no note. */
MUST_CHECK enum err report_note_decode(const char *text, size_t len, struct arena *arena,
                                       const char **ret_note, struct faults *reterr_faults);

/* --- the log --- */

/* Writes an event's data: store and report, what was filed, by whom (a key's id). */
struct report_line {
    const char *subject;
    enum line_result result;
};
void report_write_filed(struct jsonw *json, const char *store, const char *report,
                        const struct report_request *request, const char *by);
void report_write_decision(struct jsonw *json, const char *store, const char *report,
                           const char *by, const char *note);
void report_write_lines(struct jsonw *json, const char *store, const char *report,
                        const struct report_line *lines, size_t count);

/* And reads it. ERR_INTERNAL: that is no such data. */
struct report_filed {
    struct report_request request; /* without subjects */
    const char *by;
};
MUST_CHECK enum err report_read_filed(const char *text, size_t len, struct arena *arena,
                                      struct report_filed *ret_filed);
struct report_decided {
    const char *by;
    const char *note; /* or NULL */
};
MUST_CHECK enum err report_read_decision(const char *text, size_t len, struct arena *arena,
                                         struct report_decided *ret_decided);
/* Appends up to REPORT_LINES_A_PART lines; ret_lines has room. */
MUST_CHECK enum err report_read_lines(const char *text, size_t len, struct arena *arena,
                                      struct report_line *ret_lines, size_t *ret_count);

#endif
