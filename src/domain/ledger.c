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

static bool is_share_of(const struct measure *measure, enum entity entity)
{
    return measure->kind == MEASURE_WITHIN && measure->of == entity;
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
        if (!is_share_of(&measures[i], ENTITY_ORDER))
            continue;
        enum series series = measure_series(&measures[i]);
        if (series_by_mark(series))
            count = add_cut(ret_cuts, count, series, instant_hour(q->t));
        else if (measures[i].limit == LIMIT_HOURS)
            count =
                add_cut(ret_cuts, count, series, instant_hour(hours_before(q->t, measures[i].n)));
    }
    return count;
}

size_t ledger_ticket_ranges(const struct question *q,
                            struct ticket_range ret_ranges[static POLICY_METRICS_MAX])
{
    struct measure measures[POLICY_MEASURES_MAX];
    size_t measure_count = policy_measures(q->policy, measures);
    size_t count = 0;
    for (size_t i = 0; i < measure_count; i++) {
        const struct measure *measure = &measures[i];
        if (!is_share_of(measure, ENTITY_TICKET))
            continue;
        int64_t unit = measure->limit == LIMIT_SECONDS ? US_PER_SECOND : US_PER_HOUR;
        ret_ranges[count++] = (struct ticket_range){
            .measure = i,
            .kinds = measure->tickets,
            .milestone = measure->milestone,
            .from = {q->t.us - measure->n * unit},
        };
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
        if (!is_share_of(&measures[i], ENTITY_ORDER))
            continue;
        if (measures[i].limit == LIMIT_HOURS)
            from = least(from, calendar_day(q->calendar, hours_before(q->t, measures[i].n)));
        else if (measures[i].limit == LIMIT_DAYS)
            from = least(from, today - measures[i].n);
    }
    return from;
}

/* --- tallies --- */

static size_t measure_index(const struct ledger *ledger, const struct measure *measure)
{
    size_t i = 0;
    while (i < ledger->measure_count && !measure_equal(&ledger->measures[i], measure))
        i++;
    assert(i < ledger->measure_count);
    return i;
}

/* NULL for a day that the ledger does not have. */
static struct tally *tally_at(const struct ledger *ledger, size_t measure, int32_t day)
{
    if (day < ledger->first_day || day - ledger->first_day >= (int32_t)ledger->day_count)
        return NULL;
    return &ledger->tallies[(size_t)(day - ledger->first_day) * ledger->measure_count + measure];
}

static struct tally tally_of_day(const struct ledger *ledger, size_t measure, int32_t day)
{
    const struct tally *tally = tally_at(ledger, measure, day);
    return tally == NULL ? (struct tally){0, 0} : *tally;
}

static struct tally tally_sum(const struct ledger *ledger, size_t measure, struct window window)
{
    struct tally sum = {0, 0};
    for (int32_t day = window.first_day; day <= window.last_day; day++) {
        struct tally tally = tally_of_day(ledger, measure, day);
        sum.valid += tally.valid;
        sum.sum += tally.sum;
    }
    return sum;
}

/* --- orders that have not begun --- */

struct column {
    const struct ledger *ledger;
    size_t measure;
};

static void take_out(void *arg, const struct observation *seen)
{
    const struct column *column = arg;
    struct tally *tally = tally_at(column->ledger, column->measure, seen->day);
    if (tally == NULL)
        return;
    tally->valid -= seen->valid;
    tally->sum -= seen->sum;
}

void ledger_exclude(struct ledger *ledger, const struct question *q, const struct order_view *view)
{
    for (size_t m = 0; m < ledger->measure_count; m++)
        observe_order(&ledger->measures[m], q->calendar, view, take_out,
                      &(struct column){ledger, m});
    int64_t this_hour = instant_hour(q->t);
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        struct wait wait = order_wait(series, q->calendar, view);
        if (wait.open && (series_by_mark(series) ? wait.hour > this_hour : wait.hour == this_hour))
            ledger->early_open[series][wait.suspended]++;
    }
}

/* --- waiting orders --- */

/* The open orders that a count is about. */
struct crowd {
    enum series series;
    struct window window; /* of t0's day */
    bool suspends;        /* leaves out the suspended ones */
};

static bool row_belongs(const struct crowd *crowd, const struct waiting_row *row)
{
    return row->series == crowd->series && in_window(row->day, crowd->window) &&
           !(crowd->suspends && row->suspended);
}

static bool order_belongs(const struct crowd *crowd, const struct question *q,
                          const struct open_order *order)
{
    return order->series == crowd->series && in_window(order->day, crowd->window) &&
           !(crowd->suspends && calendar_is_suspended(q->calendar, order->t0));
}

/* Those that the rows hold though they have not begun. */
static int64_t early_in(const struct ledger *ledger, const struct question *q,
                        const struct crowd *crowd)
{
    if (!in_window(calendar_day(q->calendar, q->t), crowd->window))
        return 0;
    const int64_t *early = ledger->early_open[crowd->series];
    return crowd->suspends ? early[0] : early[0] + early[1];
}

/* Those of the hours after `after`, up to `last`. */
static int64_t open_in_hours(const struct ledger *ledger, const struct question *q,
                             const struct crowd *crowd, int64_t after, int64_t last)
{
    int64_t open = -early_in(ledger, q, crowd);
    for (size_t i = 0; i < ledger->waiting_count; i++) {
        const struct waiting_row *row = &ledger->waiting[i];
        if (row_belongs(crowd, row) && row->hour > after && row->hour <= last)
            open += row->open;
    }
    return open;
}

/* Those with t0 <= t, whenever their wait began. */
static int64_t open_all(const struct ledger *ledger, const struct question *q,
                        const struct crowd *crowd)
{
    return open_in_hours(ledger, q, crowd, INT64_MIN, instant_hour(q->t));
}

/* Those whose instant, t0 or by mark that mark, is not before `from`: whole hours after it from the
 * counts, the cut one order by order. */
static int64_t open_since(const struct ledger *ledger, const struct question *q,
                          const struct crowd *crowd, struct instant from)
{
    int64_t cut_hour = instant_hour(from);
    int64_t last = series_by_mark(crowd->series) ? INT64_MAX : instant_hour(q->t);
    int64_t open = open_in_hours(ledger, q, crowd, cut_hour, last);
    for (size_t i = 0; i < ledger->open_count; i++) {
        const struct open_order *order = &ledger->open[i];
        if (order_belongs(crowd, q, order) && instant_hour(order->mark) == cut_hour &&
            order->mark.us >= from.us && order->t0.us <= q->t.us)
            open++;
    }
    return open;
}

/* Orders of the window that may still make it: waiting, and their mark is not behind t. */
static int64_t pending_orders(const struct ledger *ledger, const struct question *q,
                              const struct measure *measure, struct window window)
{
    struct crowd crowd = {measure_series(measure), window, measure->suspends};
    if (series_by_mark(crowd.series))
        return open_since(ledger, q, &crowd, q->t);
    if (measure->limit == LIMIT_HOURS)
        return open_since(ledger, q, &crowd, hours_before(q->t, measure->n));
    int32_t first_day = calendar_day(q->calendar, q->t) - measure->n;
    if (crowd.window.first_day < first_day)
        crowd.window.first_day = first_day;
    return open_all(ledger, q, &crowd);
}

/* --- waiting tickets --- */

static void keep(void *arg, const struct observation *seen)
{
    *(struct observation *)arg = *seen;
}

/* Whether the ticket is of the measure and the window, and may still make it by *ret_deadline. */
static bool ticket_is_pending(const struct open_ticket *ticket, const struct question *q,
                              const struct measure *measure, struct window window,
                              struct instant *ret_deadline)
{
    /* To a limit that it waits for, a ticket is its opening and nothing else. */
    const struct fact opening = {.kind = FACT_OPENED,
                                 .at = ticket->opened,
                                 .retracted_at = INSTANT_NEVER,
                                 .value = (int32_t)ticket->kind,
                                 .left_message = ticket->left_message};
    const struct facts facts = {&opening, 1};
    struct view view = {.entity = ENTITY_TICKET, .ticket = ticket_at(&facts, INSTANT_NEVER)};
    view.ticket.recontact = ticket->recontact;

    struct observation seen = {.valid = 0};
    observe(measure, q->calendar, &view, keep, &seen);
    if (seen.valid == 0 || !in_window(seen.day, window) ||
        !measure_is_pending(measure, q->calendar, &view, q->t))
        return false;
    *ret_deadline = measure_deadline(measure, q->calendar, &view);
    return true;
}

/* Tickets of the window that may still make it; the first limit among them is a change to come. */
static int64_t pending_tickets(const struct ledger *ledger, const struct question *q, size_t m,
                               struct window window, struct instant *next_change)
{
    int64_t pending = 0;
    for (size_t i = 0; i < ledger->ticket_count; i++) {
        const struct open_ticket *ticket = &ledger->tickets[i];
        struct instant deadline;
        if (ticket->measure != m ||
            !ticket_is_pending(ticket, q, &ledger->measures[m], window, &deadline))
            continue;
        pending++;
        *next_change = instant_min(*next_change, (struct instant){deadline.us + 1});
    }
    return pending;
}

/* --- readings --- */

static struct reading read_metric(const struct ledger *ledger, const struct question *q,
                                  const struct metric *metric, struct instant *next_change)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct window window = window_of(q->basis, today, metric->window_days);
    size_t m = measure_index(ledger, &metric->measure);
    struct tally per = {0, 0};
    int64_t pending = 0;
    if (metric->has_per)
        per = tally_sum(ledger, measure_index(ledger, &metric->per), window);
    if (is_share_of(&metric->measure, ENTITY_ORDER))
        pending = pending_orders(ledger, q, &metric->measure, window);
    else if (is_share_of(&metric->measure, ENTITY_TICKET))
        pending = pending_tickets(ledger, q, m, window, next_change);
    return reading_of(metric, tally_sum(ledger, m, window), per, pending);
}

void ledger_read_score(const struct ledger *ledger, const struct question *q,
                       struct score_reading *ret_reading)
{
    *ret_reading = (struct score_reading){.next_change = INSTANT_NEVER};
    for (size_t i = 0; i < q->policy->metric_count; i++)
        ret_reading->metrics[i] =
            read_metric(ledger, q, &q->policy->metrics[i], &ret_reading->next_change);
    int32_t today = calendar_day(q->calendar, q->t);
    struct window novice = window_of(q->basis, today, q->policy->novice_days);
    ret_reading->recent_orders =
        tally_sum(ledger, measure_index(ledger, &measure_count_orders), novice).valid;
}

/* Fills one mark of every cohort. */
static void read_mark(const struct ledger *ledger, const struct question *q, size_t mark_index,
                      struct cohort *cohorts)
{
    const struct mark *mark = &q->policy->backlog.marks[mark_index];
    struct measure in_time = mark_measure(mark), left_open = mark_left_open(mark);
    size_t in_time_index = measure_index(ledger, &in_time);
    size_t left_open_index = measure_index(ledger, &left_open);
    for (size_t i = 0; i < ledger->day_count; i++) {
        int32_t day = cohorts[i].day;
        struct tally tally = tally_of_day(ledger, in_time_index, day);
        int64_t at_risk = 0, still_open;
        if (instant_before(q->t, mark_checkpoint(q->calendar, day, mark->hours))) {
            struct crowd crowd = {SERIES_COLLECTED, {day, day}, in_time.suspends};
            at_risk = pending_orders(ledger, q, &in_time, crowd.window);
            still_open = open_all(ledger, q, &crowd) - at_risk;
        } else { /* every order of the day is past its mark */
            still_open = tally_of_day(ledger, left_open_index, day).valid;
        }
        cohorts[i].marks[mark_index] = (struct cohort_mark){
            .eligible = tally.valid,
            .overdue = tally.valid - tally.sum - at_risk,
            .still_open = still_open,
            .at_risk = at_risk,
        };
    }
}

void ledger_read_backlog(const struct ledger *ledger, const struct question *q,
                         struct cohort *cohorts, struct backlog_reading *ret_reading)
{
    size_t orders = measure_index(ledger, &measure_count_orders);
    size_t collections = measure_index(ledger, &measure_collections);
    size_t exempt = measure_index(ledger, &measure_exempt);
    int32_t today = calendar_day(q->calendar, q->t);
    *ret_reading = (struct backlog_reading){
        .placed_today = tally_of_day(ledger, orders, today).valid,
        .collected_today = tally_of_day(ledger, collections, today).valid,
        .cohorts = cohorts,
        .cohort_count = ledger->day_count,
        .next_change = INSTANT_NEVER,
    };
    for (size_t i = 0; i < ledger->day_count; i++) {
        int32_t day = ledger->first_day + (int32_t)i;
        cohorts[i] = (struct cohort){
            .day = day,
            .orders = tally_of_day(ledger, orders, day).valid,
            .exempt = tally_of_day(ledger, exempt, day).valid,
        };
    }
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
        read_mark(ledger, q, m, cohorts);
}
