#include "domain/backlog.h"

#include <string.h>

#include "domain/mark.h"
#include "wide.h"

const char *mark_state_name(enum mark_state state)
{
    static const char *const names[] = {"pending", "clear",  "warned",
                                        "mild",    "severe", "not_assessed"};
    return names[state];
}

bool mark_is_hit(enum mark_state state)
{
    return state == MARK_WARNED || state == MARK_MILD || state == MARK_SEVERE;
}

enum mark_state mark_hit_state(const struct mark *mark)
{
    if (mark->level == LEVEL_SEVERE)
        return MARK_SEVERE;
    return mark->level == LEVEL_MILD ? MARK_MILD : MARK_WARNED;
}

/* --- one mark --- */

bool mark_holds(const struct mark *mark, int64_t count, int64_t eligible)
{
    if (eligible == 0)
        return false;
    int128 have = (int128)count * MARK_WHOLE, limit = (int128)eligible * mark->over_percent;
    return mark->inclusive ? have >= limit : have > limit;
}

int64_t collect_to_clear(const struct mark *mark, int64_t overdue, int64_t eligible)
{
    if (!mark_holds(mark, overdue, eligible))
        return 0;
    /* The most overdue orders with which the mark does not hold; below zero when it holds with
     * none. */
    int128 limit = (int128)eligible * mark->over_percent;
    int128 allowed =
        mark->inclusive ? (limit + MARK_WHOLE - 1) / MARK_WHOLE - 1 : limit / MARK_WHOLE;
    return overdue - (int64_t)allowed;
}

int64_t exempt_to_clear(const struct mark *mark, int64_t overdue, int64_t eligible)
{
    if (!mark_holds(mark, overdue, eligible))
        return 0;
    /* k exemptions leave (overdue - k) of (eligible - k). */
    int128 excess = (int128)overdue * MARK_WHOLE - (int128)eligible * mark->over_percent;
    int128 each = MARK_WHOLE - mark->over_percent;
    if (each == 0)
        return overdue;
    if (mark->over_percent == 0 && mark->inclusive)
        return eligible; /* zero percent are reached as long as anything is eligible */
    int128 least = mark->inclusive ? excess / each + 1 : (excess + each - 1) / each;
    return least < overdue ? (int64_t)least : overdue;
}

static bool is_assessed(const struct question *q, const struct cohort *cohort)
{
    return cohort->orders > q->policy->backlog.min_orders;
}

static int64_t decisive(const struct question *q, const struct cohort_mark *counts)
{
    return mark_decisive(q->policy, counts);
}

static struct instant checkpoint_of(const struct question *q, size_t mark,
                                    const struct cohort *cohort)
{
    return mark_checkpoint(q->calendar, cohort->day, q->policy->backlog.marks[mark].hours);
}

/* Fills the state, and what it comes from. */
static void judge(const struct question *q, size_t index, const struct backlog_reading *reading,
                  const struct cohort *cohort, struct mark_verdict *verdict)
{
    const struct mark *mark = &q->policy->backlog.marks[index];
    const struct cohort_mark *counts = &cohort->marks[index];
    verdict->state = MARK_PENDING;
    verdict->checkpoint = checkpoint_of(q, index, cohort);
    if (instant_before(q->t, verdict->checkpoint))
        return;
    verdict->state = MARK_NOT_ASSESSED;
    if (!is_assessed(q, cohort) || counts->eligible == 0)
        return;
    struct share share = {decisive(q, counts), counts->eligible};
    verdict->by_ratio = mark_holds(mark, share.overdue, share.eligible);
    verdict->has_baseline = trend_baseline(q, index, reading, cohort, &verdict->baseline);
    verdict->by_trend =
        verdict->has_baseline && trend_is_worse(&mark->trend, share, verdict->baseline);
    verdict->state = verdict->by_ratio || verdict->by_trend ? mark_hit_state(mark) : MARK_CLEAR;
}

struct mark_verdict mark_assess(const struct question *q, size_t index,
                                const struct backlog_reading *reading, const struct cohort *cohort)
{
    const struct mark *mark = &q->policy->backlog.marks[index];
    const struct cohort_mark *counts = &cohort->marks[index];
    int64_t overdue = decisive(q, counts);
    int64_t worst = overdue + counts->at_risk;
    struct mark_verdict verdict = {
        .inevitable = mark_holds(mark, overdue, counts->eligible),
        .collect_to_clear = collect_to_clear(mark, worst, counts->eligible),
        .exempt_to_clear = exempt_to_clear(mark, worst, counts->eligible),
        .readings_disagree = mark_holds(mark, counts->overdue, counts->eligible) !=
                             mark_holds(mark, counts->still_open, counts->eligible),
    };
    judge(q, index, reading, cohort, &verdict);
    int64_t collectable = counts->at_risk;
    if (q->policy->backlog.lenient && verdict.state == MARK_PENDING) {
        /* What is still open can still be collected; only at least zero percent are for certain. */
        verdict.inevitable = mark_holds(mark, 0, counts->eligible);
        collectable = worst;
    }
    verdict.can_collect = verdict.collect_to_clear <= collectable;
    return verdict;
}

/* --- restrictions --- */

/* The interval that a cohort's mark imposes, when it does: one that has begun by q->t. */
static bool hit_interval(const struct question *q, size_t mark,
                         const struct backlog_reading *reading, const struct cohort *cohort,
                         struct instant *ret_from, struct instant *ret_to)
{
    const struct restriction_rule *rule = &q->policy->backlog.marks[mark].restriction;
    struct mark_verdict verdict = {.state = MARK_PENDING};
    if (rule->kind[0] != '\0')
        judge(q, mark, reading, cohort, &verdict);
    if (!mark_is_hit(verdict.state))
        return false;
    *ret_from = verdict.checkpoint;
    *ret_to = instant_add_hours(*ret_from, rule->hours);
    return true;
}

/* Walks the hits of one kind, over all cohorts and marks, until no further one overlaps or
 * touches [from, to). */
static void unite(const struct question *q, const struct backlog_reading *reading,
                  struct restriction *united)
{
    bool grown = true;
    while (grown) {
        grown = false;
        for (size_t c = reading->lead; c < reading->cohort_count; c++) {
            const struct cohort *cohort = &reading->cohorts[c];
            for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
                struct instant from, to;
                if (strcmp(q->policy->backlog.marks[m].restriction.kind, united->rule->kind) != 0 ||
                    !hit_interval(q, m, reading, cohort, &from, &to) || from.us > united->to.us ||
                    to.us < united->from.us)
                    continue;
                grown = grown || from.us < united->from.us || to.us > united->to.us;
                united->from = instant_min(united->from, from);
                united->to = instant_max(united->to, to);
            }
        }
    }
}

static int32_t percent_of(const struct restriction_rule *rule)
{
    return rule->has_percent ? rule->percent : -1;
}

static struct restriction *restriction_of_kind(struct backlog *backlog, const char *kind)
{
    for (size_t i = 0; i < backlog->restriction_count; i++)
        if (strcmp(backlog->restrictions[i].rule->kind, kind) == 0)
            return &backlog->restrictions[i];
    return NULL;
}

/* Finds what is in force at t, one per kind, and the level that it means. */
static void find_restrictions(const struct question *q, const struct backlog_reading *reading,
                              struct backlog *backlog)
{
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        const struct mark *mark = &q->policy->backlog.marks[m];
        struct instant last = q->t; /* until when the mark's hits of now are in force */
        for (size_t c = reading->lead; c < reading->cohort_count; c++) {
            struct instant from, to;
            const struct cohort *cohort = &reading->cohorts[c];
            if (!hit_interval(q, m, reading, cohort, &from, &to) || q->t.us >= to.us)
                continue;
            last = instant_max(last, to);
            if (mark->level >= LEVEL_MILD && mark->level > backlog->level)
                backlog->level = mark->level;
            struct restriction *known = restriction_of_kind(backlog, mark->restriction.kind);
            if (known == NULL)
                backlog->restrictions[backlog->restriction_count++] =
                    (struct restriction){&mark->restriction, from, to};
            else if (percent_of(&mark->restriction) > percent_of(known->rule))
                known->rule = &mark->restriction;
        }
        if (instant_before(q->t, last))
            backlog->next_change = instant_min(backlog->next_change, last);
    }
    for (size_t i = 0; i < backlog->restriction_count; i++)
        unite(q, reading, &backlog->restrictions[i]);
}

bool restriction_has_cohort(const struct question *q, const struct backlog_reading *reading,
                            const struct restriction *restriction, const struct cohort *cohort)
{
    if (cohort < reading->cohorts + reading->lead)
        return false;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        struct instant from, to;
        if (strcmp(q->policy->backlog.marks[m].restriction.kind, restriction->rule->kind) == 0 &&
            hit_interval(q, m, reading, cohort, &from, &to) && from.us <= restriction->to.us &&
            to.us >= restriction->from.us)
            return true;
    }
    return false;
}

/* Whether a day before the first could still touch a united interval: the latest that its
 * intervals can end is the latest end on the first day. */
static bool reaches_back(const struct question *q, const struct backlog_reading *reading,
                         const struct backlog *backlog)
{
    for (size_t i = 0; i < backlog->restriction_count; i++) {
        const struct restriction *restriction = &backlog->restrictions[i];
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            const struct mark *mark = &q->policy->backlog.marks[m];
            struct instant latest_end =
                instant_add_hours(calendar_start(q->calendar, reading->cohorts[reading->lead].day),
                                  mark->hours + mark->restriction.hours);
            if (strcmp(mark->restriction.kind, restriction->rule->kind) == 0 &&
                latest_end.us >= restriction->from.us)
                return true;
        }
    }
    return false;
}

/* --- level --- */

static bool causes_watch(const struct question *q, size_t m, const struct cohort *cohort,
                         const struct mark_verdict *verdict)
{
    const struct mark *mark = &q->policy->backlog.marks[m];
    if (verdict->state != MARK_PENDING || mark->restriction.kind[0] == '\0')
        return false;
    if (verdict->inevitable)
        return true;
    int64_t watch_us = q->policy->backlog.watch_hours * US_PER_HOUR;
    int64_t worst = decisive(q, &cohort->marks[m]) + cohort->marks[m].at_risk;
    return verdict->checkpoint.us - q->t.us <= watch_us &&
           mark_holds(mark, worst, cohort->marks[m].eligible);
}

/* A warned cohort warns until the checkpoint of its next mark. */
static bool causes_warning(const struct question *q, size_t m, const struct cohort_verdict *verdict)
{
    return verdict->marks[m].state == MARK_WARNED && m + 1 < q->policy->backlog.mark_count &&
           instant_before(q->t, verdict->marks[m + 1].checkpoint);
}

static void find_level(const struct question *q, const struct cohort *listed,
                       struct backlog *backlog)
{
    bool warning = false, watch = false, watch_of_assessed = false;
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        const struct cohort_verdict *verdict = &backlog->cohorts[c];
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            warning = warning || causes_warning(q, m, verdict);
            if (causes_watch(q, m, &listed[c], &verdict->marks[m])) {
                watch = true;
                watch_of_assessed = watch_of_assessed || verdict->assessed;
            }
        }
    }
    if (backlog->level >= LEVEL_MILD)
        return; /* a restriction is in force */
    if (warning) {
        backlog->level = LEVEL_WARNING;
    } else if (watch) {
        backlog->level = LEVEL_WATCH;
        backlog->advisory = !watch_of_assessed;
    }
}

static bool is_of_level(const struct question *q, enum backlog_level level,
                        const struct cohort *cohort, const struct cohort_verdict *verdict)
{
    bool causes = false;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
        causes =
            causes || (level == LEVEL_WARNING ? causes_warning(q, m, verdict)
                                              : causes_watch(q, m, cohort, &verdict->marks[m]));
    return causes;
}

bool backlog_has_cause(const struct question *q, const struct backlog_reading *reading,
                       const struct backlog *backlog, const struct cohort *cohort)
{
    const struct cohort *listed = reading_listed(reading);
    if (backlog->level == LEVEL_WARNING || backlog->level == LEVEL_WATCH)
        return cohort >= listed &&
               is_of_level(q, backlog->level, cohort, &backlog->cohorts[cohort - listed]);
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        struct instant from, to;
        if (q->policy->backlog.marks[m].level == backlog->level &&
            hit_interval(q, m, reading, cohort, &from, &to) && q->t.us < to.us)
            return true;
    }
    return false;
}

/* --- what changes next --- */

/* The first checkpoint of the mark after t: that of the first day whose end lies after t - H. */
static struct instant next_checkpoint(const struct question *q, const struct mark *mark)
{
    int32_t day = calendar_day(q->calendar, instant_add_hours(q->t, -(int64_t)mark->hours));
    return mark_checkpoint(q->calendar, day, mark->hours);
}

struct instant backlog_next_checkpoint(const struct question *q)
{
    struct instant next = INSTANT_NEVER;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
        next = instant_min(next, next_checkpoint(q, &q->policy->backlog.marks[m]));
    return next;
}

/* `ends`: when something that is in force ends. */
static struct instant next_restriction_change(const struct question *q, struct instant ends)
{
    struct instant next = ends;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
        if (q->policy->backlog.marks[m].restriction.kind[0] != '\0')
            next = instant_min(next, next_checkpoint(q, &q->policy->backlog.marks[m]));
    return next;
}

static struct instant next_change(const struct question *q, const struct backlog_reading *reading,
                                  const struct feeds *feeds, const struct backlog *backlog)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct instant next = calendar_end(q->calendar, today);
    next = instant_min(next, reading->next_change);
    next = instant_min(next, feeds_next_change(q->policy, feeds, FEED_TICKETS, q->t));
    next = instant_min(next, backlog->next_change); /* the end of what is in force */

    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        const struct mark *mark = &q->policy->backlog.marks[m];
        next = instant_min(next, next_checkpoint(q, mark));
        if (mark->restriction.kind[0] == '\0')
            continue;
        for (int32_t d = today - COHORTS_LISTED + 1; d <= today; d++) {
            struct instant watch =
                mark_checkpoint(q->calendar, d, mark->hours - q->policy->backlog.watch_hours);
            if (instant_before(q->t, watch))
                next = instant_min(next, watch);
        }
    }
    return next;
}

bool backlog_assess(const struct question *q, const struct backlog_reading *reading,
                    const struct feeds *feeds, bool first_is_all, struct backlog *ret_backlog)
{
    struct backlog backlog = {.level = LEVEL_NONE, .next_change = INSTANT_NEVER};
    const struct cohort *listed = reading_listed(reading);
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        backlog.cohorts[c].assessed = is_assessed(q, &listed[c]);
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
            backlog.cohorts[c].marks[m] = mark_assess(q, m, reading, &listed[c]);
    }
    find_restrictions(q, reading, &backlog);
    if (!first_is_all && reaches_back(q, reading, &backlog))
        return false;
    find_level(q, listed, &backlog);
    /* So far next_change is the end of what is in force. */
    backlog.next_restriction_change = next_restriction_change(q, backlog.next_change);
    backlog.next_change = next_change(q, reading, feeds, &backlog);
    *ret_backlog = backlog;
    return true;
}
