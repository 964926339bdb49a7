/* Filing and deciding delay reports: which events of the service's own they are, and what they
 * move. All of it runs in the caller's transaction, which holds the store's lock. */
#ifndef INGEST_REPORTS_H
#define INGEST_REPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"
#include "domain/report.h"
#include "json/report.h"

struct db;
struct rules;

#define REPORT_ID_SIZE 32
#define REPORT_EVENT_ID_SIZE 64

/* Makes a report of what is requested, with what became of its lines. `by`: the key's id. */
MUST_CHECK enum err report_file(struct rules *rules, struct db *db, const char *store,
                                const struct report_request *request,
                                const struct report_line *lines, size_t line_count, const char *by,
                                struct instant now, char ret_id[static REPORT_ID_SIZE]);

struct decision {
    enum report_decision what;
    const char *by;
    const char *note; /* or NULL */
    struct instant at;
    enum report_status found; /* set: the report's status before */
};

/* Decides: an approval excuses what the report is about from its submission on, a revocation ends
 * that now. ret_changed is false when it was decided so before. ERR_NOT_FOUND; ERR_CONFLICT: it is
 * in a status that refuses this; ERR_FORBIDDEN: who filed it may not approve, reject or revoke it,
 * unless `may_decide_own`. decision->at is moved behind the report's earlier steps if need be. */
MUST_CHECK enum err report_decide(struct rules *rules, struct db *db, const char *store,
                                  const char *report, struct decision *decision,
                                  bool may_decide_own, bool *ret_changed);

/* The id of the event that such a decision of the report is. */
void report_decision_id(char ret_id[static REPORT_EVENT_ID_SIZE], const char *report,
                        enum report_decision decision);

/* The n-th part of what the report lists, up to REPORT_LINES_A_PART lines; 0 behind the last. */
MUST_CHECK enum err report_load_lines(struct db *db, const char *store, const char *report,
                                      size_t part, struct arena *arena,
                                      struct report_line *ret_lines, size_t *ret_count);

/* ERR_NOT_FOUND */
MUST_CHECK enum err report_exists(struct db *db, const char *store, const char *report);

/* Adds the notice that the report is in that status now. terms: NULL when they are not at hand. */
MUST_CHECK enum err report_notice(struct db *db, const char *store, const char *report,
                                  enum report_status status, const struct report_terms *terms,
                                  const char *by, struct instant at);

#endif
