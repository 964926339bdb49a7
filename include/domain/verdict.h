/* Verdicts: what is said of a cohort at a checkpoint, and the restrictions that follow from hits.
 */
#ifndef DOMAIN_VERDICT_H
#define DOMAIN_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "domain/backlog.h"

/* What a verdict, or its end, comes from. Stored as these numbers. */
enum verdict_cause {
    VERDICT_BY_CHECKPOINT, /* the time had come */
    VERDICT_BY_LATE_EVENT,
    VERDICT_BY_RETRACTION,
    VERDICT_BY_EXEMPTION,
    VERDICT_BY_REVOCATION, /* of an exemption */
    VERDICT_BY_RECOMPUTE,  /* somebody asked */
};
const char *verdict_cause_name(enum verdict_cause cause);

struct verdict {
    int32_t day;
    int32_t hours;
    struct instant checkpoint;
    enum backlog_level level; /* of the mark */
    enum mark_state state;
    bool by_ratio, by_trend;
    bool stale; /* the courier feed was silent */
    int64_t orders, eligible, exempt, overdue, still_open;
    struct share baseline; /* eligible 0: there is none */
    char policy_id[POLICY_ID_MAX + 1];
    int32_t policy_version;
    struct restriction_rule restriction; /* of a hit; kind "": none */
};

/* Of one of the reading's cohorts, at a mark whose checkpoint is over at q->t. */
struct verdict verdict_of(const struct question *q, size_t mark,
                          const struct backlog_reading *reading, const struct cohort *cohort,
                          bool stale);
bool verdict_equal(const struct verdict *a, const struct verdict *b);
static inline bool verdict_restricts(const struct verdict *verdict)
{
    return verdict->restriction.kind[0] != '\0';
}
/* When the restriction of a hit is lifted by time. */
struct instant verdict_lifts_at(const struct verdict *verdict);

/* --- restrictions --- */

/* What one hit imposes, half-open. */
struct hit {
    char kind[POLICY_NAME_MAX + 1];
    int32_t percent; /* 0: none */
    int32_t day;
    struct instant from, to;
};

/* Hits of one kind that overlap or touch are one: hits[first] to hits[first + count - 1], by day.
 */
struct united {
    size_t first, count;
    int32_t percent; /* the largest */
    struct instant from, to;
};

/* Sorts the hits; ret_united: room for `count`. Returns how many; by kind, then ascending. */
size_t hits_unite(struct hit *hits, size_t count, struct united *ret_united);

/* --- when a mark is judged --- */

/* A time of a store's settings: from an instant until that of the next era. */
struct era {
    const struct policy *policy;
    const struct calendar *calendar;
    struct instant from; /* of the first era: unset, it has no beginning */
};

struct due {
    int32_t day;
    size_t era;
    size_t mark; /* of that era's policy */
    struct instant at;
};

/* The one instant at which the mark of so many hours of a day is judged: its checkpoint in the era
 * that has it. One that a change of the zone finds over already is judged at the change; a mark
 * that a policy adds is not judged for checkpoints before the policy. false: never. */
bool eras_due(const struct era *eras, size_t count, int32_t day, int32_t hours,
              struct due *ret_due);

/* Calls `take` for every mark that is judged after `after` and not after `until`. */
typedef void due_fn(void *arg, const struct due *due);
void eras_walk(const struct era *eras, size_t count, struct instant after, struct instant until,
               due_fn *take, void *arg);
/* The same for every mark of a day, whenever it is judged. */
void eras_walk_day(const struct era *eras, size_t count, int32_t day, due_fn *take, void *arg);

#endif
