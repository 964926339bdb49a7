#include "domain/replay.h"

static void sooner(struct instant *next, struct instant candidate)
{
    *next = instant_min(*next, candidate);
}

static struct instant just_after(struct instant t)
{
    return instant_is_never(t) ? t : (struct instant){t.us + 1};
}

/* --- scores --- */

void replay_score_begin(struct score_reading *reading)
{
    *reading = (struct score_reading){.next_change = INSTANT_NEVER};
}

/* One entity on its way into one metric. */
struct adding {
    const struct question *q;
    const struct view *view;
    const struct metric *metric;
    struct window window;
    struct reading *counts;
    struct instant *next_change;
};

static void add_pending(const struct adding *adding)
{
    const struct measure *measure = &adding->metric->measure;
    adding->counts->pending++;
    /* A day ends at midnight, which is a change for everybody. */
    if (measure->limit != LIMIT_DAYS)
        sooner(adding->next_change,
               just_after(measure_deadline(measure, adding->q->calendar, adding->view)));
}

/* An observation of the metric's measure. */
static void add_measured(void *arg, const struct observation *seen)
{
    const struct adding *adding = arg;
    const struct metric *metric = adding->metric;
    if (!in_window(seen->day, adding->window))
        return;
    if (metric->has_per)
        adding->counts->sum += metric->measure.kind == MEASURE_UNITS ? seen->sum : seen->valid;
    else if (metric->measure.kind == MEASURE_WITHIN &&
             measure_is_pending(&metric->measure, adding->q->calendar, adding->view, adding->q->t))
        add_pending(adding);
    else {
        adding->counts->valid += seen->valid;
        adding->counts->sum += metric->complement ? seen->valid - seen->sum : seen->sum;
    }
}

/* An observation of what the metric is measured per. */
static void add_per(void *arg, const struct observation *seen)
{
    const struct adding *adding = arg;
    if (in_window(seen->day, adding->window))
        adding->counts->valid +=
            adding->metric->per.kind == MEASURE_UNITS ? seen->sum : seen->valid;
}

/* From where a window begins on `first_today` to where it ends today; may be empty. */
static struct window window_since(enum basis basis, int32_t first_today, int32_t today,
                                  int32_t days)
{
    return (struct window){window_of(basis, first_today, days).first_day,
                           window_of(basis, today, days).last_day};
}

void replay_score_add_since(const struct question *q, int32_t first_today, const struct view *view,
                            struct score_reading *reading)
{
    int32_t today = calendar_day(q->calendar, q->t);
    if (view->entity == ENTITY_ORDER) {
        const struct order_view *order = &view->order;
        if (!order->counts)
            return;
        if (order->early) {
            sooner(&reading->next_change, order->t0);
            return;
        }
        if (in_window(calendar_day(q->calendar, order->t0),
                      window_since(q->basis, first_today, today, q->policy->novice_days)))
            reading->recent_orders++;
    }
    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        struct adding adding = {
            .q = q,
            .view = view,
            .metric = metric,
            .window = window_since(q->basis, first_today, today, metric->window_days),
            .counts = &reading->metrics[i],
            .next_change = &reading->next_change,
        };
        observe(&metric->measure, q->calendar, view, add_measured, &adding);
        if (metric->has_per)
            observe(&metric->per, q->calendar, view, add_per, &adding);
    }
}

void replay_score_add(const struct question *q, const struct view *view,
                      struct score_reading *reading)
{
    replay_score_add_since(q, calendar_day(q->calendar, q->t), view, reading);
}

/* --- backlog --- */

void replay_backlog_begin(const struct question *q, struct cohort *cohorts, size_t cohort_count,
                          struct backlog_reading *reading)
{
    int32_t first_day = calendar_day(q->calendar, q->t) - (int32_t)cohort_count + 1;
    for (size_t i = 0; i < cohort_count; i++)
        cohorts[i] = (struct cohort){.day = first_day + (int32_t)i};
    *reading = (struct backlog_reading){
        .cohorts = cohorts, .cohort_count = cohort_count, .next_change = INSTANT_NEVER};
}

/* Adds (1) or takes away (-1) one that is not exempt. */
static void count_in_mark(const struct question *q, const struct order_view *view, int32_t day,
                          const struct mark *mark, int64_t sign, struct cohort_mark *counts)
{
    struct instant deadline = instant_add_hours(view->t0, mark->hours);
    bool cancelled = view->cancelled.us <= deadline.us && view->collected.us >= view->cancelled.us;
    if (cancelled)
        return;
    counts->eligible += sign;
    if (view->collected.us <= deadline.us)
        return;
    if (deadline.us >= q->t.us) {
        counts->at_risk += sign;
        return;
    }
    counts->overdue += sign;
    struct instant checkpoint = instant_add_hours(calendar_end(q->calendar, day), mark->hours);
    struct instant looked_at = instant_min(q->t, checkpoint);
    if (view->collected.us > looked_at.us && view->cancelled.us > looked_at.us)
        counts->still_open += sign;
}

void replay_backlog_add(const struct question *q, const struct order_view *view,
                        struct backlog_reading *reading)
{
    if (!view->counts)
        return;
    if (view->early) {
        sooner(&reading->next_change, view->t0);
        return;
    }
    int32_t today = calendar_day(q->calendar, q->t);
    int32_t day = calendar_day(q->calendar, view->t0);
    if (day == today)
        reading->placed_today++;
    if (!instant_is_never(view->collected) && view->collected.us < view->cancelled.us &&
        calendar_day(q->calendar, view->collected) == today)
        reading->collected_today++;

    int32_t first_day = today - (int32_t)reading->cohort_count + 1;
    if (day < first_day)
        return;
    struct cohort *cohort = &reading->cohorts[day - first_day];
    cohort->orders++;
    if (order_is_exempt(view, q->calendar)) {
        cohort->exempt++;
        return;
    }
    bool open = instant_is_never(view->collected) && instant_is_never(view->cancelled);
    for (size_t i = 0; i < q->policy->backlog.mark_count; i++) {
        const struct mark *mark = &q->policy->backlog.marks[i];
        count_in_mark(q, view, day, mark, 1, &cohort->marks[i]);
        struct instant deadline = instant_add_hours(view->t0, mark->hours);
        if (open && deadline.us >= q->t.us && day > today - COHORTS_LISTED)
            sooner(&reading->next_change, just_after(deadline));
    }
}

void replay_backlog_excuse(const struct question *q, const struct order_view *view,
                           struct backlog_reading *reading)
{
    int32_t first_day = calendar_day(q->calendar, q->t) - (int32_t)reading->cohort_count + 1;
    if (!view->counts || view->early || order_is_exempt(view, q->calendar))
        return;
    int32_t day = calendar_day(q->calendar, view->t0);
    if (day < first_day)
        return;
    struct cohort *cohort = &reading->cohorts[day - first_day];
    cohort->exempt++;
    for (size_t i = 0; i < q->policy->backlog.mark_count; i++)
        count_in_mark(q, view, day, &q->policy->backlog.marks[i], -1, &cohort->marks[i]);
}
