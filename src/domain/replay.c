#include "domain/replay.h"

void replay_score_begin(struct score_reading *reading)
{
    *reading = (struct score_reading){.next_change = INSTANT_NEVER};
}

static void sooner(struct instant *next, struct instant candidate)
{
    *next = instant_min(*next, candidate);
}

static struct instant just_after(struct instant t)
{
    return instant_is_never(t) ? t : (struct instant){t.us + 1};
}

void replay_score_add(const struct question *q, const struct order *order,
                      struct score_reading *reading)
{
    struct order_view view = order_at(order, q->t);
    if (!view.counts)
        return;
    if (view.early) {
        sooner(&reading->next_change, view.t0);
        return;
    }
    int32_t today = calendar_day(q->calendar, q->t);
    if (in_window(calendar_day(q->calendar, view.t0),
                  window_of(q->basis, today, q->policy->novice_days)))
        reading->recent_orders++;

    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        struct observation seen = observe(metric->measure, q->calendar, &view);
        if (!seen.any || !in_window(seen.day, window_of(q->basis, today, metric->window_days)))
            continue;
        if (metric->measure.kind == MEASURE_WITHIN &&
            measure_is_pending(metric->measure, q->calendar, &view, q->t)) {
            reading->metrics[i].pending++;
            /* A day ends at midnight, which is a change for everybody. */
            if (metric->measure.limit != LIMIT_DAYS)
                sooner(&reading->next_change,
                       just_after(measure_deadline(metric->measure, q->calendar, &view)));
            continue;
        }
        reading->metrics[i].valid += seen.valid;
        reading->metrics[i].sum += seen.sum;
    }
}

void replay_backlog_begin(const struct question *q, struct cohort *cohorts, size_t cohort_count,
                          struct backlog_reading *reading)
{
    int32_t first_day = calendar_day(q->calendar, q->t) - (int32_t)cohort_count + 1;
    for (size_t i = 0; i < cohort_count; i++)
        cohorts[i] = (struct cohort){.day = first_day + (int32_t)i};
    *reading = (struct backlog_reading){
        .cohorts = cohorts, .cohort_count = cohort_count, .next_change = INSTANT_NEVER};
}

static void add_to_mark(const struct question *q, const struct order_view *view, int32_t day,
                        const struct mark *mark, struct cohort_mark *counts)
{
    struct instant deadline = instant_add_hours(view->t0, mark->hours);
    bool cancelled = view->cancelled.us <= deadline.us && view->collected.us >= view->cancelled.us;
    if (cancelled)
        return;
    counts->eligible++;
    if (view->collected.us <= deadline.us)
        return;
    if (deadline.us >= q->t.us) {
        counts->at_risk++;
        return;
    }
    counts->overdue++;
    struct instant checkpoint = instant_add_hours(calendar_end(q->calendar, day), mark->hours);
    struct instant looked_at = instant_min(q->t, checkpoint);
    if (view->collected.us > looked_at.us && view->cancelled.us > looked_at.us)
        counts->still_open++;
}

void replay_backlog_add(const struct question *q, const struct order *order,
                        struct backlog_reading *reading)
{
    struct order_view view = order_at(order, q->t);
    if (!view.counts)
        return;
    if (view.early) {
        sooner(&reading->next_change, view.t0);
        return;
    }
    int32_t today = calendar_day(q->calendar, q->t);
    int32_t day = calendar_day(q->calendar, view.t0);
    if (day == today)
        reading->placed_today++;
    if (!instant_is_never(view.collected) && view.collected.us < view.cancelled.us &&
        calendar_day(q->calendar, view.collected) == today)
        reading->collected_today++;

    int32_t first_day = today - (int32_t)reading->cohort_count + 1;
    if (day < first_day)
        return;
    struct cohort *cohort = &reading->cohorts[day - first_day];
    cohort->orders++;
    bool open = instant_is_never(view.collected) && instant_is_never(view.cancelled);
    for (size_t i = 0; i < q->policy->backlog.mark_count; i++) {
        const struct mark *mark = &q->policy->backlog.marks[i];
        add_to_mark(q, &view, day, mark, &cohort->marks[i]);
        struct instant deadline = instant_add_hours(view.t0, mark->hours);
        if (open && deadline.us >= q->t.us && day > today - COHORTS_LISTED)
            sooner(&reading->next_change, just_after(deadline));
    }
}
