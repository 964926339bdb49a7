#include "domain/ledger.h"

#include <assert.h>

#include "domain/mark.h"

/* --- what has to be loaded --- */

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static struct instant hours_before(struct instant t, int32_t hours)
{
    return instant_add_hours(t, -(int64_t)hours);
}

static size_t add_cut(struct cut *cuts, size_t count, enum series series, int64_t hour)
{
    for (size_t i = 0; i < count; i++)
        if (cuts[i].series == series && cuts[i].hour == hour)
            return count;
    cuts[count] = (struct cut){series, hour};
    return count + 1;
}

size_t ledger_cuts(const struct question *q, struct cut ret_cuts[static LEDGER_CUTS_MAX])
{
    struct measure measures[POLICY_MEASURES_MAX];
    size_t measure_count = policy_measures(q->policy, measures);
    size_t count = 0;
    for (size_t i = 0; i < measure_count; i++) {
        if (measures[i].kind != MEASURE_WITHIN)
            continue;
        enum series series = measure_series(measures[i]);
        if (measures[i].limit == LIMIT_PROMISE)
            count = add_cut(ret_cuts, count, series, instant_hour(q->t));
        else if (measures[i].limit == LIMIT_HOURS)
            count =
                add_cut(ret_cuts, count, series, instant_hour(hours_before(q->t, measures[i].n)));
    }
    return count;
}

int32_t ledger_score_from(const struct question *q)
{
    int32_t today = calendar_day(q->calendar, q->t);
    int32_t from = window_of(q->basis, today, q->policy->novice_days).first_day;
    for (size_t i = 0; i < q->policy->metric_count; i++)
        from = least(from, window_of(q->basis, today, q->policy->metrics[i].window_days).first_day);
    return from;
}

int32_t ledger_backlog_from(const struct question *q)
{
    return least(calendar_day(q->calendar, q->t) - (COHORTS_LISTED - 1), ledger_waiting_from(q));
}

int32_t ledger_waiting_from(const struct question *q)
{
    int32_t today = calendar_day(q->calendar, q->t);
    int32_t from = today - (COHORTS_LISTED - 1);
    struct measure measures[POLICY_MEASURES_MAX];
    size_t measure_count = policy_measures(q->policy, measures);
    for (size_t i = 0; i < measure_count; i++) {
        if (measures[i].kind != MEASURE_WITHIN)
            continue;
        if (measures[i].limit == LIMIT_HOURS)
            from = least(from, calendar_day(q->calendar, hours_before(q->t, measures[i].n)));
        else if (measures[i].limit == LIMIT_DAYS)
            from = least(from, today - measures[i].n);
    }
    return from;
}

/* --- tallies --- */

static size_t measure_index(const struct ledger *ledger, struct measure measure)
{
    size_t i = 0;
    while (i < ledger->measure_count && !measure_equal(ledger->measures[i], measure))
        i++;
    assert(i < ledger->measure_count);
    return i;
}

static struct tally tally_sum(const struct ledger *ledger, struct measure measure,
                              struct window window)
{
    struct tally sum = {0, 0};
    size_t m = measure_index(ledger, measure);
    int32_t end_day = ledger->first_day + (int32_t)ledger->day_count;
    for (int32_t day = window.first_day; day <= window.last_day; day++) {
        if (day < ledger->first_day || day >= end_day)
            continue;
        size_t row = (size_t)(day - ledger->first_day);
        const struct tally *tally = &ledger->tallies[row * ledger->measure_count + m];
        sum.valid += tally->valid;
        sum.sum += tally->sum;
    }
    return sum;
}

void ledger_exclude(struct ledger *ledger, const struct question *q, const struct order_view *view)
{
    for (size_t m = 0; m < ledger->measure_count; m++) {
        struct observation seen = observe(ledger->measures[m], q->calendar, view);
        int32_t row = seen.day - ledger->first_day;
        if (!seen.any || row < 0 || (size_t)row >= ledger->day_count)
            continue;
        ledger->tallies[(size_t)row * ledger->measure_count + m].valid -= seen.valid;
        ledger->tallies[(size_t)row * ledger->measure_count + m].sum -= seen.sum;
    }
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        struct wait wait = order_wait(series, q->calendar, view);
        bool by_promise = series == SERIES_COLLECTED_PROMISE;
        int64_t this_hour = instant_hour(q->t);
        if (wait.open && (by_promise ? wait.hour > this_hour : wait.hour == this_hour))
            ledger->early_open[series]++;
    }
}

/* --- waiting --- */

/* The early ones among the rows of a window. */
static int64_t early_in(const struct ledger *ledger, const struct question *q, enum series series,
                        struct window window)
{
    return in_window(calendar_day(q->calendar, q->t), window) ? ledger->early_open[series] : 0;
}

/* Open orders of the window in the waiting hours after `hour` up to that of t. */
static int64_t open_after(const struct ledger *ledger, const struct question *q, enum series series,
                          int64_t hour, struct window window)
{
    int64_t open = -early_in(ledger, q, series, window);
    for (size_t i = 0; i < ledger->waiting_count; i++) {
        const struct waiting_row *row = &ledger->waiting[i];
        if (row->series == series && in_window(row->day, window) && row->hour > hour &&
            row->hour <= instant_hour(q->t))
            open += row->open;
    }
    return open;
}

/* Open orders with from <= t0 <= t: whole hours from the counts, the cut one from the orders. */
static int64_t open_since(const struct ledger *ledger, const struct question *q, enum series series,
                          struct instant from, struct window window)
{
    int64_t cut_hour = instant_hour(from);
    int64_t open = open_after(ledger, q, series, cut_hour, window);
    for (size_t i = 0; i < ledger->open_count; i++) {
        const struct open_order *order = &ledger->open[i];
        if (order->series == series && in_window(order->day, window) &&
            instant_hour(order->t0) == cut_hour && order->t0.us >= from.us)
            open++;
    }
    return open;
}

/* Open orders of the window with t0 <= t, whenever their wait began. */
static int64_t open_all(const struct ledger *ledger, const struct question *q, enum series series,
                        struct window window)
{
    return open_after(ledger, q, series, INT64_MIN, window);
}

/* Open orders of the window whose promise is at or after t, and whose t0 has come. */
static int64_t open_promised(const struct ledger *ledger, const struct question *q,
                             struct window window)
{
    enum series series = SERIES_COLLECTED_PROMISE;
    int64_t this_hour = instant_hour(q->t), open = -early_in(ledger, q, series, window);
    for (size_t i = 0; i < ledger->waiting_count; i++) {
        const struct waiting_row *row = &ledger->waiting[i];
        if (row->series == series && in_window(row->day, window) && row->hour > this_hour)
            open += row->open;
    }
    for (size_t i = 0; i < ledger->open_count; i++) {
        const struct open_order *order = &ledger->open[i];
        if (order->series == series && in_window(order->day, window) &&
            instant_hour(order->mark) == this_hour && order->mark.us >= q->t.us &&
            order->t0.us <= q->t.us)
            open++;
    }
    return open;
}

/* Orders of the window that may still make it: waiting, and their mark is not behind t. */
static int64_t pending(const struct ledger *ledger, const struct question *q,
                       struct measure measure, struct window window)
{
    enum series series = measure_series(measure);
    if (measure.limit == LIMIT_PROMISE)
        return open_promised(ledger, q, window);
    if (measure.limit == LIMIT_HOURS)
        return open_since(ledger, q, series, hours_before(q->t, measure.n), window);
    int32_t first_day = calendar_day(q->calendar, q->t) - measure.n;
    if (window.first_day < first_day)
        window.first_day = first_day;
    return open_all(ledger, q, series, window);
}

/* --- readings --- */

void ledger_read_score(const struct ledger *ledger, const struct question *q,
                       struct score_reading *ret_reading)
{
    int32_t today = calendar_day(q->calendar, q->t);
    *ret_reading = (struct score_reading){.next_change = INSTANT_NEVER};
    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        struct window window = window_of(q->basis, today, metric->window_days);
        struct tally tally = tally_sum(ledger, metric->measure, window);
        int64_t waiting = metric->measure.kind == MEASURE_WITHIN
                              ? pending(ledger, q, metric->measure, window)
                              : 0;
        ret_reading->metrics[i] =
            (struct reading){.valid = tally.valid - waiting, .sum = tally.sum, .pending = waiting};
    }
    struct window novice = window_of(q->basis, today, q->policy->novice_days);
    ret_reading->recent_orders = tally_sum(ledger, MEASURE_COUNT_ORDERS, novice).valid;
}

static struct cohort_mark read_mark(const struct ledger *ledger, const struct question *q,
                                    const struct mark *mark, int32_t day)
{
    struct window window = {day, day};
    struct tally within = tally_sum(ledger, mark_measure(mark), window);
    struct instant checkpoint = mark_checkpoint(q->calendar, day, mark->hours);
    int64_t at_risk = 0, still_open;
    if (instant_before(q->t, checkpoint)) {
        at_risk = pending(ledger, q, mark_measure(mark), window);
        still_open = open_all(ledger, q, SERIES_COLLECTED, window) - at_risk;
    } else { /* every order of the day is past its mark */
        still_open = tally_sum(ledger, mark_left_open(mark), window).valid;
    }
    return (struct cohort_mark){
        .eligible = within.valid,
        .overdue = within.valid - within.sum - at_risk,
        .still_open = still_open,
        .at_risk = at_risk,
    };
}

void ledger_read_backlog(const struct ledger *ledger, const struct question *q,
                         struct cohort *cohorts, struct backlog_reading *ret_reading)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct window window = {today, today};
    *ret_reading = (struct backlog_reading){
        .placed_today = tally_sum(ledger, MEASURE_COUNT_ORDERS, window).valid,
        .collected_today = tally_sum(ledger, MEASURE_COLLECTIONS, window).valid,
        .cohorts = cohorts,
        .cohort_count = ledger->day_count,
        .next_change = INSTANT_NEVER,
    };
    for (size_t i = 0; i < ledger->day_count; i++) {
        int32_t day = ledger->first_day + (int32_t)i;
        cohorts[i] = (struct cohort){
            .day = day,
            .orders = tally_sum(ledger, MEASURE_COUNT_ORDERS, (struct window){day, day}).valid,
        };
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
            cohorts[i].marks[m] = read_mark(ledger, q, &q->policy->backlog.marks[m], day);
    }
}
