/* What the two halves of folding share: group_fold.c folds what is touched, group_near.c loads the
 * neighbours. */
#ifndef INGEST_FOLD_H
#define INGEST_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "books/plan.h"
#include "domain/measure.h"
#include "group_work.h"

/* One item of the group that changes an entity. */
struct touch {
    const struct work *work; /* an accepted fact, or an accepted retraction */
    enum entity entity;
    const char *id;
};

/* An entity before and after the group. */
struct subject {
    const struct plan *plan;
    enum entity entity;
    const char *id;
    const struct touch *touches; /* touch_count 0: a neighbour */
    size_t touch_count;
    bool exists;
    struct facts before, after;
    struct view was, is;
};

struct fold {
    struct group *group;
    struct touch *touches;
    size_t touch_count;
    struct subject *subjects; /* the touched ones first, sorted; behind them neighbours */
    size_t touched_count;
    size_t count;
    size_t room;
};

/* Orders subjects by store, entity and id: for qsort and bsearch. */
int subjects_compare(const void *a, const void *b);

/* Sets what the subject was by its stored facts and, by its touches, is. */
MUST_CHECK enum err subject_fold(struct fold *fold, struct subject *subject, const char *stored,
                                 size_t stored_len);

/* Loads those that the touched subjects may say something else of now, behind them in subjects[],
 * and sets in all views what the entities say of one another. */
MUST_CHECK enum err fold_meet_neighbours(struct fold *fold);

#endif
