/* The fast path and the slow path agree: random orders, read by replay.h one by one, and by
 * ledger.h from the tallies, waiting counts and single orders that the database would hold. The
 * orders crowd where paths could part: marks, day ends, hours, T itself.
 *
 * WINDVANE_TEST_SEED=n runs one case and nothing else. */
#include "written.h"

#include "domain/ledger.h"
#include "domain/replay.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define HOUR US_PER_HOUR
#define DAY (24 * US_PER_HOUR)

#define CASES 6000
#define ORDERS_MAX 40
#define FACTS_MAX 20
#define DAYS_MAX 120
#define WAITING_MAX (SERIES_COUNT * ORDERS_MAX)
#define OPEN_MAX (LEDGER_CUTS_MAX * ORDERS_MAX)

struct random_order {
    struct fact facts[FACTS_MAX];
    char ids[FACTS_MAX][12];
    struct order order;
};

/* One case: everything follows from the seed. */
struct random_case {
    uint64_t seed;
    uint64_t state;
    struct zone zone;
    struct policy policy;
    struct question q;
    struct random_order orders[ORDERS_MAX];
    size_t order_count;
};

struct filled_ledger {
    struct ledger ledger;
    struct tally tallies[DAYS_MAX * POLICY_MEASURES_MAX];
    struct waiting_row waiting[WAITING_MAX];
    struct open_order open[OPEN_MAX];
    size_t early;
};

/* What the cases came across: a property that meets nothing proves nothing. */
static struct {
    int64_t good, late, pending, early, overdue, still_open, at_risk, left_open_late, retracted;
} met;

static uint64_t below(struct random_case *c, uint64_t bound)
{
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return c->state % bound;
}

static bool one_in(struct random_case *c, uint64_t n)
{
    return below(c, n) == 0;
}

static struct instant nudged(struct random_case *c, struct instant t)
{
    return shifted(t, (int64_t)below(c, 3) - 1);
}

/* --- a random question --- */

static void random_zone(struct random_case *c)
{
    zone_fixed(&c->zone, one_in(c, 2) ? 8 * 60 : 5 * 60 + 30);
    if (one_in(c, 2)) { /* a clock change not long before, on or after T's day */
        int32_t day = JANUARY(8) + (int32_t)below(c, 9);
        zone_shift(&c->zone, day, one_in(c, 2) ? HOUR : -HOUR);
    }
}

static void add_metric(struct random_case *c, enum measure_kind kind, enum milestone milestone,
                       enum limit_kind limit, int32_t n)
{
    static const int32_t windows[] = {1, 2, 7, 30};
    struct metric *metric = &c->policy.metrics[c->policy.metric_count++];
    metric->measure = (struct measure){kind, milestone, limit, n};
    metric->window_days = windows[below(c, LENGTH(windows))];
}

static void random_policy(struct random_case *c)
{
    c->policy = (struct policy){.novice_days = one_in(c, 2) ? 90 : 3};
    add_metric(c, MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24);
    add_metric(c, MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 36);
    add_metric(c, MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0);
    add_metric(c, MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 1);
    add_metric(c, MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_PROMISE, 0);
    add_metric(c, MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_HOURS, 36);
    add_metric(c, MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_DAYS, 1);
    add_metric(c, MEASURE_DURATION, MILESTONE_DELIVERED, LIMIT_NONE, 0);
    add_metric(c, MEASURE_DURATION, MILESTONE_COLLECTED, LIMIT_NONE, 0);
    add_metric(c, MEASURE_ORDERS, MILESTONE_COLLECTED, LIMIT_NONE, 0);
    c->policy.backlog = (struct backlog_policy){
        .mark_count = 4, .marks = {{.hours = 48}, {.hours = 72}, {.hours = 120}, {.hours = 240}}};
}

/* T lies at or beside a midnight, a checkpoint's hour, a whole hour, or anywhere. */
static struct instant random_t(struct random_case *c)
{
    struct instant midnight = calendar_start(&c->zone.calendar, JANUARY(10) + (int32_t)below(c, 6));
    switch (below(c, 4)) {
    case 0:
        return nudged(c, midnight);
    case 1:
        return nudged(c, shifted(midnight, (int64_t)below(c, 24) * HOUR));
    case 2: /* a whole hour of UTC, which in a half-hour zone is another one */
        return nudged(c, (struct instant){(instant_hour(midnight) + (int64_t)below(c, 24)) * HOUR});
    default:
        return shifted(midnight, (int64_t)below(c, (uint64_t)DAY));
    }
}

/* --- random orders --- */

static const int64_t limits[] = {0, 24, 36, 48, 72, 120, 240};

static struct instant random_t0(struct random_case *c)
{
    struct instant t = c->q.t;
    int32_t today = calendar_day(c->q.calendar, t);
    switch (below(c, 6)) {
    case 0: /* at or beside a mark */
    case 1:
        return nudged(c, shifted(t, -limits[below(c, LENGTH(limits))] * HOUR));
    case 2: /* at or beside a midnight, tomorrow's included */
        return nudged(c, calendar_start(c->q.calendar, today + 1 - (int32_t)below(c, 13)));
    case 3: /* in an hour that a limit cuts */
        return (struct instant){instant_hour(shifted(t, -limits[below(c, LENGTH(limits))] * HOUR)) *
                                    HOUR +
                                (int64_t)below(c, (uint64_t)HOUR)};
    case 4: /* later today, or tomorrow */
        return shifted(t, (int64_t)below(c, (uint64_t)(30 * HOUR)));
    default:
        return shifted(t, -(int64_t)below(c, (uint64_t)(14 * DAY)));
    }
}

/* When something may have happened to an order of t0. */
static struct instant random_event(struct random_case *c, struct instant t0)
{
    int32_t day = calendar_day(c->q.calendar, t0);
    switch (below(c, 6)) {
    case 0:
        return nudged(c, shifted(t0, limits[below(c, LENGTH(limits))] * HOUR));
    case 1: /* a midnight after, or a checkpoint */
        return nudged(c, calendar_end(c->q.calendar, day + (int32_t)below(c, 12)));
    case 2:
        return nudged(c,
                      instant_add_hours(calendar_end(c->q.calendar, day), limits[3 + below(c, 4)]));
    case 3:
        return nudged(c, c->q.t);
    case 4: /* before t0, or not long after */
        return shifted(t0, (int64_t)below(c, (uint64_t)(4 * HOUR)) - HOUR);
    default:
        return shifted(t0, (int64_t)below(c, (uint64_t)(12 * DAY)));
    }
}

/* A fact that lies behind T is not known at T, and so not stored. NULL then. */
static struct fact *add_fact(struct random_case *c, struct random_order *order, enum fact_kind kind,
                             struct instant t)
{
    if (t.us > c->q.t.us || order->order.count == FACTS_MAX)
        return NULL;
    size_t i = order->order.count++;
    snprintf(order->ids[i], sizeof order->ids[i], "%llu",
             (unsigned long long)below(c, 1000) * 100 + i);
    order->facts[i] = (struct fact){.kind = kind,
                                    .at = t,
                                    .retracted_at = INSTANT_NEVER,
                                    .source = one_in(c, 4) ? "wms" : "oms",
                                    .id = order->ids[i],
                                    .parcels = 1,
                                    .paid_at = INSTANT_NEVER,
                                    .presale_until = INSTANT_NEVER,
                                    .promised_at = INSTANT_NEVER};
    if (one_in(c, 12)) {
        struct instant retracted = random_event(c, t);
        if (retracted.us <= c->q.t.us) {
            order->facts[i].retracted_at = retracted;
            met.retracted++;
        }
    }
    return &order->facts[i];
}

static struct instant random_promise(struct random_case *c, struct instant t0)
{
    switch (below(c, 4)) {
    case 0:
        return nudged(c, c->q.t);
    case 1: /* in T's hour */
        return (struct instant){instant_hour(c->q.t) * HOUR + (int64_t)below(c, (uint64_t)HOUR)};
    case 2:
        return shifted(t0, (int64_t)below(c, (uint64_t)(6 * DAY)) - DAY);
    default:
        return random_event(c, t0);
    }
}

/* The order.placed, and the payment, that give the wanted t0; a t0 behind T can only be a presale.
 */
static void add_placed(struct random_case *c, struct random_order *order, struct instant t0)
{
    bool ahead = t0.us > c->q.t.us;
    struct instant begun = ahead ? shifted(c->q.t, -(int64_t)below(c, (uint64_t)DAY)) : t0;
    bool cod = one_in(c, 4);
    struct instant placed_at = cod ? begun : shifted(begun, (int64_t)below(c, 3) * HOUR - 2 * HOUR);
    struct fact *placed = add_fact(c, order, FACT_PLACED, placed_at);
    if (placed == NULL)
        return;
    static const enum fulfilment others[] = {FULFILMENT_PLATFORM, FULFILMENT_PICKUP,
                                             FULFILMENT_VIRTUAL};
    placed->payment = cod ? PAYMENT_COD : PAYMENT_PREPAID;
    placed->parcels = one_in(c, 3) ? 2 + (uint32_t)below(c, 2) : 1;
    placed->fulfilment = one_in(c, 25) ? others[below(c, LENGTH(others))] : FULFILMENT_MERCHANT;
    placed->test = one_in(c, 25);
    if (ahead || one_in(c, 8))
        placed->presale_until = ahead ? t0 : shifted(t0, -(int64_t)below(c, (uint64_t)DAY));
    if (one_in(c, 4))
        placed->promised_at = random_promise(c, t0);
    if (cod)
        return;
    if (one_in(c, 2))
        placed->paid_at = begun;
    if (instant_is_never(placed->paid_at) || one_in(c, 6))
        add_fact(c, order, FACT_PAID, one_in(c, 8) ? random_event(c, begun) : begun);
}

static void add_scans(struct random_case *c, struct random_order *order, enum fact_kind kind,
                      struct instant t0)
{
    static const char *const parcels[] = {NULL, "P1", "P2", "P3"};
    for (uint64_t scans = below(c, 4); scans > 0; scans--) {
        struct fact *fact = add_fact(c, order, kind, random_event(c, t0));
        if (fact != NULL)
            fact->parcel = parcels[below(c, LENGTH(parcels))];
    }
}

static void add_cancellation(struct random_case *c, struct random_order *order, struct instant t0)
{
    struct instant t = random_event(c, t0);
    if (one_in(c, 3) && order->order.count > 0) /* a tie with anything */
        t = order->facts[below(c, order->order.count)].at;
    add_fact(c, order, FACT_CANCELLED, t);
}

static void random_order(struct random_case *c, struct random_order *order)
{
    order->order = (struct order){order->facts, 0};
    struct instant t0 = random_t0(c);
    if (!one_in(c, 20))
        add_placed(c, order, t0);
    if (one_in(c, 20))
        add_placed(c, order, random_t0(c));
    for (uint64_t promises = below(c, 3) / 2 + one_in(c, 4); promises > 0; promises--) {
        struct fact *fact = add_fact(c, order, FACT_PROMISED, random_event(c, t0));
        if (fact != NULL)
            fact->promised_at = random_promise(c, t0);
    }
    if (!one_in(c, 3))
        add_scans(c, order, FACT_COLLECTED, t0);
    if (one_in(c, 2))
        add_scans(c, order, FACT_DELIVERED, t0);
    if (one_in(c, 10))
        add_fact(c, order, FACT_SHIPPED, random_event(c, t0));
    if (one_in(c, 4))
        add_cancellation(c, order, t0);
    qsort(order->facts, order->order.count, sizeof order->facts[0], written_compare);
}

static void random_case_begin(struct random_case *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->seed = seed;
    c->state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    random_zone(c);
    random_policy(c);
    c->q = (struct question){&c->policy, &c->zone.calendar, random_t(c),
                             one_in(c, 2) ? BASIS_LIVE : BASIS_OFFICIAL};
    c->order_count = below(c, ORDERS_MAX + 1);
    for (size_t i = 0; i < c->order_count; i++)
        random_order(c, &c->orders[i]);
}

/* --- what the database would hold --- */

static void fill_tallies(struct filled_ledger *filled, const struct question *q,
                         const struct order_view *view)
{
    struct ledger *ledger = &filled->ledger;
    for (size_t m = 0; m < ledger->measure_count; m++) {
        struct observation seen = observe(ledger->measures[m], q->calendar, view);
        if (!seen.any || seen.day < ledger->first_day ||
            seen.day >= ledger->first_day + (int32_t)ledger->day_count)
            continue;
        struct tally *tally =
            &filled->tallies[(size_t)(seen.day - ledger->first_day) * ledger->measure_count + m];
        tally->valid += seen.valid;
        tally->sum += seen.sum;
    }
}

/* Waiting rows from the first hour of ledger_waiting_from() on, those by promise from T's hour on.
 */
static void fill_waiting(struct filled_ledger *filled, const struct question *q,
                         const struct order_view *view)
{
    int64_t first_hour = instant_hour(calendar_start(q->calendar, ledger_waiting_from(q)));
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        struct wait wait = order_wait(series, q->calendar, view);
        if (!wait.open ||
            wait.hour < (series == SERIES_COLLECTED_PROMISE ? instant_hour(q->t) : first_hour))
            continue;
        size_t i = 0;
        for (; i < filled->ledger.waiting_count; i++)
            if (filled->waiting[i].series == series && filled->waiting[i].day == wait.day &&
                filled->waiting[i].hour == wait.hour)
                break;
        if (i == filled->ledger.waiting_count)
            filled->waiting[filled->ledger.waiting_count++] =
                (struct waiting_row){series, wait.day, wait.hour, 0};
        filled->waiting[i].open++;
    }
}

static void fill_cuts(struct filled_ledger *filled, const struct question *q,
                      const struct order_view *view)
{
    struct cut cuts[LEDGER_CUTS_MAX];
    size_t cut_count = ledger_cuts(q, cuts);
    for (size_t i = 0; i < cut_count; i++) {
        struct wait wait = order_wait(cuts[i].series, q->calendar, view);
        if (!wait.open || wait.hour != cuts[i].hour)
            continue;
        filled->open[filled->ledger.open_count++] = (struct open_order){
            .series = cuts[i].series,
            .day = calendar_day(q->calendar, view->t0),
            .t0 = view->t0,
            .mark = cuts[i].series == SERIES_COLLECTED_PROMISE ? view->promise : view->t0,
        };
    }
}

static void fill_ledger(struct filled_ledger *filled, const struct random_case *c,
                        int32_t first_day)
{
    const struct question *q = &c->q;
    int32_t today = calendar_day(q->calendar, q->t);
    memset(filled, 0, sizeof *filled);
    filled->ledger.measure_count = policy_measures(q->policy, filled->ledger.measures);
    filled->ledger.first_day = first_day;
    filled->ledger.day_count = (size_t)(today - first_day + 1);
    assert_in_range(filled->ledger.day_count, 1, DAYS_MAX);
    filled->ledger.tallies = filled->tallies;
    filled->ledger.waiting = filled->waiting;
    filled->ledger.open = filled->open;

    for (size_t i = 0; i < c->order_count; i++) {
        struct order_view view = order_at(&c->orders[i].order, INSTANT_NEVER);
        fill_tallies(filled, q, &view);
        fill_waiting(filled, q, &view);
        fill_cuts(filled, q, &view);
    }
    for (size_t i = 0; i < c->order_count; i++) {
        struct order_view view = order_at(&c->orders[i].order, INSTANT_NEVER);
        if (view.t0.us > q->t.us && view.t0.us < calendar_end(q->calendar, today).us) {
            ledger_exclude(&filled->ledger, q, &view);
            filled->early++;
        }
    }
}

/* --- comparing --- */

static void differ(const struct random_case *c, const char *what, int index, int64_t fast,
                   int64_t slow)
{
    char t[INSTANT_TEXT_SIZE];
    instant_format(c->q.t, t);
    fail_msg("seed %llu, T %s, %s, %zu orders: %s %d is %lld by the ledger, %lld by replay",
             (unsigned long long)c->seed, t, c->q.basis == BASIS_LIVE ? "live" : "official",
             c->order_count, what, index, (long long)fast, (long long)slow);
}

#define same(what, index, fast, slow)                                                              \
    do {                                                                                           \
        if ((fast) != (slow))                                                                      \
            differ(c, what, (int)(index), (int64_t)(fast), (int64_t)(slow));                       \
    } while (0)

static void compare_scores(const struct random_case *c)
{
    static struct filled_ledger filled;
    fill_ledger(&filled, c, ledger_score_from(&c->q));
    struct score_reading fast, slow;
    ledger_read_score(&filled.ledger, &c->q, &fast);
    replay_score_begin(&slow);
    for (size_t i = 0; i < c->order_count; i++)
        replay_score_add(&c->q, &c->orders[i].order, &slow);

    for (size_t m = 0; m < c->policy.metric_count; m++) {
        same("valid of metric", m, fast.metrics[m].valid, slow.metrics[m].valid);
        same("sum of metric", m, fast.metrics[m].sum, slow.metrics[m].sum);
        same("pending of metric", m, fast.metrics[m].pending, slow.metrics[m].pending);
        if (c->policy.metrics[m].measure.kind == MEASURE_WITHIN) {
            met.good += slow.metrics[m].sum;
            met.late += slow.metrics[m].valid - slow.metrics[m].sum;
            met.pending += slow.metrics[m].pending;
        }
    }
    same("recent orders, days", c->policy.novice_days, fast.recent_orders, slow.recent_orders);
}

static void compare_backlogs(const struct random_case *c)
{
    static struct filled_ledger filled;
    fill_ledger(&filled, c, ledger_backlog_from(&c->q));
    met.early += (int64_t)filled.early;
    static struct cohort fast_cohorts[DAYS_MAX], slow_cohorts[DAYS_MAX];
    struct backlog_reading fast, slow;
    ledger_read_backlog(&filled.ledger, &c->q, fast_cohorts, &fast);
    replay_backlog_begin(&c->q, slow_cohorts, filled.ledger.day_count, &slow);
    for (size_t i = 0; i < c->order_count; i++)
        replay_backlog_add(&c->q, &c->orders[i].order, &slow);

    same("placed today", 0, fast.placed_today, slow.placed_today);
    same("collected today", 0, fast.collected_today, slow.collected_today);
    same("cohorts", 0, fast.cohort_count, slow.cohort_count);
    for (size_t i = 0; i < slow.cohort_count; i++) {
        const struct cohort *a = &fast_cohorts[i], *b = &slow_cohorts[i];
        int back = (int)(slow.cohort_count - 1 - i); /* days before today */
        same("day of cohort", back, a->day, b->day);
        same("orders of cohort", back, a->orders, b->orders);
        same("exempt of cohort", back, a->exempt, b->exempt);
        for (size_t m = 0; m < c->policy.backlog.mark_count; m++) {
            int at_mark =
                back * 1000 + c->policy.backlog.marks[m].hours; /* days before today, hours */
            same("eligible of cohort and mark", at_mark, a->marks[m].eligible,
                 b->marks[m].eligible);
            same("overdue of cohort and mark", at_mark, a->marks[m].overdue, b->marks[m].overdue);
            same("still open of cohort and mark", at_mark, a->marks[m].still_open,
                 b->marks[m].still_open);
            same("at risk of cohort and mark", at_mark, a->marks[m].at_risk, b->marks[m].at_risk);
            met.overdue += b->marks[m].overdue;
            met.still_open += b->marks[m].still_open;
            met.at_risk += b->marks[m].at_risk;
            met.left_open_late += b->marks[m].overdue - b->marks[m].still_open;
        }
    }
}

static void test_ledger_and_replay__random_orders__agree_in_every_count(void **state)
{
    (void)state;
    static struct random_case c;
    const char *only = getenv("WINDVANE_TEST_SEED");
    uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
    uint64_t last = only != NULL ? first : CASES;
    for (uint64_t seed = first; seed <= last; seed++) {
        random_case_begin(&c, seed);
        compare_scores(&c);
        compare_backlogs(&c);
    }
    if (only != NULL)
        return;
    print_message("good %d, late %d, pending %d, early %d, retracted %d; overdue %d, still open "
                  "%d, closed late %d, at risk %d\n",
                  (int)met.good, (int)met.late, (int)met.pending, (int)met.early,
                  (int)met.retracted, (int)met.overdue, (int)met.still_open,
                  (int)met.left_open_late, (int)met.at_risk);
    const int64_t all[] = {met.good,       met.late,           met.pending,
                           met.early,      met.retracted,      met.overdue,
                           met.still_open, met.left_open_late, met.at_risk};
    for (size_t i = 0; i < LENGTH(all); i++)
        assert_in_range(all[i], CASES / 10, INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_and_replay__random_orders__agree_in_every_count),
    };
    return cmocka_run_group_tests_name("domain/paths", tests, NULL, NULL);
}
