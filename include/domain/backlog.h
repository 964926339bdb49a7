/* The backlog rule (D-doc sections 2 and 3, CONTRACT section 6): verdicts of cohorts,
 * restrictions in force, the store's level, and the least action that gets it out. */
#ifndef DOMAIN_BACKLOG_H
#define DOMAIN_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"
#include "domain/score.h"
#include "domain/trend.h"

enum mark_state {
    MARK_PENDING,
    MARK_CLEAR,
    MARK_WARNED,
    MARK_MILD,
    MARK_SEVERE,
    MARK_NOT_ASSESSED,
};
const char *mark_state_name(enum mark_state state);
bool mark_is_hit(enum mark_state state); /* warned, mild or severe */
/* What the mark comes to when it is hit. */
enum mark_state mark_hit_state(const struct mark *mark);

struct mark_verdict {
    struct instant checkpoint;
    enum mark_state state;
    bool by_ratio, by_trend; /* why it is a hit: one of them, or both */
    bool has_baseline;       /* of a judged warning mark whose days before are enough */
    struct share baseline;
    bool inevitable;
    bool can_collect;         /* false: no number of pick-ups is enough any more */
    int64_t collect_to_clear; /* when can_collect */
    int64_t exempt_to_clear;
    bool readings_disagree;
};

struct cohort_verdict {
    bool assessed;
    struct mark_verdict marks[POLICY_MARKS_MAX];
};

/* One kind of restriction in force: the united interval that covers t. */
struct restriction {
    const struct restriction_rule *rule; /* of the mark with the largest percentage in force */
    struct instant from;
    struct instant to;
};

struct backlog {
    enum backlog_level level;
    bool advisory;
    /* Of the last COHORTS_LISTED days of the reading. */
    struct cohort_verdict cohorts[COHORTS_LISTED];
    size_t restriction_count;
    struct restriction restrictions[POLICY_MARKS_MAX];
    /* The first instant after t at which a restriction can begin (the checkpoint of a mark that has
     * one, of any cohort) or one in force can end; INSTANT_NEVER for a policy without any. */
    struct instant next_restriction_change;
    struct instant next_change;
};

/* Whether `count` of `eligible` orders reach the mark's percentage; false when nothing is
 * eligible. */
bool mark_holds(const struct mark *mark, int64_t count, int64_t eligible);

/* The least number of pick-ups, of exemptions, that make the mark impossible for `overdue` of
 * `eligible`. */
int64_t collect_to_clear(const struct mark *mark, int64_t overdue, int64_t eligible);
int64_t exempt_to_clear(const struct mark *mark, int64_t overdue, int64_t eligible);

/* `cohort` is one of the reading's, behind its lead. */
struct mark_verdict mark_assess(const struct question *q, size_t mark,
                                const struct backlog_reading *reading, const struct cohort *cohort);

/* Assesses everything. Returns false when a united restriction reaches back to the first day of
 * the reading, so that an earlier day could belong to it: read more days and ask again
 * (`first_is_all`: there are no earlier orders, so that the reading is complete as it is). */
bool backlog_assess(const struct question *q, const struct backlog_reading *reading,
                    const struct feeds *feeds, bool first_is_all, struct backlog *ret_backlog);

/* Whether the cohort was hit by a mark of that restriction's kind within the united interval. */
bool restriction_has_cohort(const struct question *q, const struct backlog_reading *reading,
                            const struct restriction *restriction, const struct cohort *cohort);

/* Whether the cohort, behind the reading's lead, is one that the level of `backlog` comes from. */
bool backlog_has_cause(const struct question *q, const struct backlog_reading *reading,
                       const struct backlog *backlog, const struct cohort *cohort);

/* The first checkpoint of any mark after t, of whatever cohort; INSTANT_NEVER without marks. */
struct instant backlog_next_checkpoint(const struct question *q);

#endif
