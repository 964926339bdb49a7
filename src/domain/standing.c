#include "domain/standing.h"

#include "standing_reason.h"

const char *counts_name(enum counts counts)
{
    static const char *const names[] = {"good", "not_good", "pending", "out"};
    return names[counts];
}

/* One entity, looked at through one of a metric's measures. */
struct looking {
    const struct question *q;
    const struct metric *metric;
    const struct measure *measure; /* the metric's own, or its per */
    bool per;
    const struct view *view;
    struct window window;
    standing_fn *take;
    void *arg;
    bool counted;
};

/* Its t0 lies after T: in no count yet, whatever a measure, which knows no T, makes of it. */
static bool is_early(const struct view *view)
{
    return view->entity == ENTITY_ORDER && view->order.counts && view->order.early;
}

/* --- what is in it --- */

/* Of the measure itself. What is no share has neither good nor bad ones: all are in it. */
static enum counts outcome_of(const struct looking *looking, const struct observation *seen)
{
    const struct measure *measure = looking->measure;
    if (!measure_is_share(measure))
        return COUNTS_GOOD;
    if (measure->kind == MEASURE_WITHIN &&
        measure_is_pending(measure, looking->q->calendar, looking->view, looking->q->t))
        return COUNTS_PENDING;
    return seen->sum > 0 ? COUNTS_GOOD : COUNTS_NOT_GOOD;
}

static enum counts swapped(enum counts outcome)
{
    if (outcome == COUNTS_GOOD)
        return COUNTS_NOT_GOOD;
    return outcome == COUNTS_NOT_GOOD ? COUNTS_GOOD : outcome;
}

static int64_t amount_of(const struct looking *looking, const struct observation *seen,
                         enum counts counts)
{
    if (measure_is_share(looking->measure))
        return counts == COUNTS_GOOD;
    if (looking->metric->has_per && looking->measure->kind != MEASURE_UNITS)
        return seen->valid;
    return seen->sum;
}

static void count(void *arg, const struct observation *seen)
{
    struct looking *looking = arg;
    if (!in_window(seen->day, looking->window))
        return;
    enum counts outcome = outcome_of(looking, seen);
    enum counts counts = looking->metric->complement ? swapped(outcome) : outcome;
    struct standing standing = {
        .counts = counts,
        .reason = reason_in(looking->measure, looking->view, outcome),
        .per = looking->per,
        .has_at = true,
        .at = seen->at,
        .day = seen->day,
        .amount = amount_of(looking, seen, counts),
        .deadline = INSTANT_NEVER,
    };
    if (counts == COUNTS_PENDING)
        standing.deadline = measure_deadline(looking->measure, looking->q->calendar, looking->view);
    looking->counted = true;
    looking->take(looking->arg, &standing);
}

/* --- what is out --- */

/* The observation that says most about why none counts: one in the window, else the last. */
struct missed {
    struct window window;
    bool any;
    struct observation seen;
};

static void miss(void *arg, const struct observation *seen)
{
    struct missed *missed = arg;
    if (missed->any && in_window(missed->seen.day, missed->window))
        return;
    missed->any = true;
    missed->seen = *seen;
}

/* Suspensions aside, either the window leaves the entity out, or the measure does. */
static void say_why(const struct looking *looking, struct standing *standing)
{
    const struct calendar *calendar = looking->q->calendar;
    struct measure unsuspended = *looking->measure;
    unsuspended.suspends = false;
    struct missed missed = {.window = looking->window};
    observe(&unsuspended, calendar, looking->view, miss, &missed);
    if (!missed.any) {
        standing->reason = reason_out(looking->measure, calendar, looking->view);
        return;
    }
    standing->has_at = true;
    standing->at = missed.seen.at;
    standing->day = missed.seen.day;
    standing->reason = in_window(missed.seen.day, missed.window) ? "in a suspended interval"
                                                                 : "outside the window";
}

static void leave_out(const struct looking *looking)
{
    struct standing standing = {
        .counts = COUNTS_OUT, .per = looking->per, .deadline = INSTANT_NEVER};
    if (is_early(looking->view))
        standing.reason = "its clock has not started";
    else
        say_why(looking, &standing);
    looking->take(looking->arg, &standing);
}

/* --- both --- */

/* Whether the entity counts in the measure. */
static bool look(struct looking *looking)
{
    if (!is_early(looking->view))
        observe(looking->measure, looking->q->calendar, looking->view, count, looking);
    return looking->counted;
}

void standing_of(const struct question *q, const struct metric *metric, const struct view *view,
                 standing_fn *take, void *arg)
{
    struct looking first = {
        .q = q,
        .metric = metric,
        .measure = &metric->measure,
        .view = view,
        .window = window_of(q->basis, calendar_day(q->calendar, q->t), metric->window_days),
        .take = take,
        .arg = arg,
    };
    struct looking second = first;
    second.measure = &metric->per;
    second.per = true;

    bool is_of_first = metric->measure.of == view->entity;
    bool is_of_second = metric->has_per && metric->per.of == view->entity;
    bool counted = is_of_first && look(&first);
    if (is_of_second && look(&second))
        counted = true;
    if (counted)
        return;
    if (is_of_first)
        leave_out(&first);
    else if (is_of_second)
        leave_out(&second);
}
