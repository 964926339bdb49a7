/* What the parts of a group share: group.c decides, group_fold.c folds, group_log.c writes the log.
 */
#ifndef INGEST_GROUP_WORK_H
#define INGEST_GROUP_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "books/plan.h"
#include "books/sums.h"
#include "books/verdict_changes.h"
#include "ingest/submission.h"

struct db;
struct rules;

/* An item while it is worked on. */
struct work {
    struct entry *entry;
    struct submission *submission;
    size_t arrival;
    const struct plan *plan;
    /* what the database knows of the identity */
    const uint8_t *known_digest; /* NULL: nothing */
    struct instant retracted_at;
    /* EVENT_RETRACTION: the entity that its target is a fact of; NULL when that is not known */
    const char *target;
    enum entity target_entity;
};

struct group {
    struct rules *rules;
    struct db *db;
    struct arena arena;
    struct work *works; /* in order of arrival */
    size_t count;
    struct plan *plans;
    size_t plan_count;
    struct sums sums;
    struct verdict_changes changes;
};

static inline bool is_accepted(const struct work *work, enum event_class class)
{
    return work->entry->outcome == OUTCOME_ACCEPTED && work->entry->event.class == class;
}

/* Folds the accepted facts and retractions into their entities: adds to the sums, and queues the
 * rows. */
MUST_CHECK enum err group_fold(struct group *group);

/* Queues what the log keeps of the group: keys and events of the stored items, retractions,
 * quarantine. */
MUST_CHECK enum err group_write_log(struct group *group, struct work **stored, size_t count);

#endif
