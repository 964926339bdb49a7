#include "written.h"

#include "domain/ledger.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define HOUR US_PER_HOUR

static struct zone shanghai;
static struct policy policy;

static const struct measure within_24h = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24};
static const struct measure same_day = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0};
static const struct measure next_day = {MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_DAYS, 1};
static const struct measure as_promised = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_PROMISE, 0};
static const struct measure delivery_time = {.kind = MEASURE_DURATION,
                                             .milestone = MILESTONE_DELIVERED};

/* One metric of a window of seven days, and, when `hours` is not 0, one mark. */
static struct question ask(const char *t, struct measure measure, int32_t hours)
{
    policy = (struct policy){.novice_days = 7, .metric_count = 1};
    policy.metrics[0].measure = measure;
    policy.metrics[0].window_days = 7;
    if (hours != 0)
        policy.backlog = (struct backlog_policy){.mark_count = 1, .marks = {{.hours = hours}}};
    return (struct question){&policy, &shanghai.calendar, at(t), BASIS_LIVE};
}

#define LEDGER_DAYS 20
struct kept {
    struct ledger ledger;
    struct tally tallies[LEDGER_DAYS * POLICY_MEASURES_MAX];
    struct waiting_row waiting[16];
    struct open_order open[16];
};

/* An empty ledger of LEDGER_DAYS days ending with t's. */
static void keep(struct kept *kept, const struct question *q)
{
    memset(kept, 0, sizeof *kept);
    kept->ledger.measure_count = policy_measures(q->policy, kept->ledger.measures);
    kept->ledger.first_day = calendar_day(q->calendar, q->t) - LEDGER_DAYS + 1;
    kept->ledger.day_count = LEDGER_DAYS;
    kept->ledger.tallies = kept->tallies;
    kept->ledger.waiting = kept->waiting;
    kept->ledger.open = kept->open;
}

static struct tally *tally_of(struct kept *kept, int32_t day, struct measure measure)
{
    for (size_t m = 0; m < kept->ledger.measure_count; m++)
        if (measure_equal(kept->ledger.measures[m], measure))
            return &kept->tallies[(size_t)(day - kept->ledger.first_day) *
                                      kept->ledger.measure_count +
                                  m];
    fail_msg("no such measure");
    return NULL;
}

static void add_waiting(struct kept *kept, enum series series, int32_t day, const char *hour,
                        int64_t open)
{
    assert_in_range(kept->ledger.waiting_count, 0, LENGTH(kept->waiting) - 1);
    kept->waiting[kept->ledger.waiting_count++] =
        (struct waiting_row){series, day, instant_hour(at(hour)), open};
}

static void add_open(struct kept *kept, enum series series, const char *t0, const char *mark)
{
    assert_in_range(kept->ledger.open_count, 0, LENGTH(kept->open) - 1);
    kept->open[kept->ledger.open_count++] = (struct open_order){
        series, calendar_day(&shanghai.calendar, at(t0)), at(t0), at(mark != NULL ? mark : t0)};
}

/* --- what has to be loaded --- */

/* The hour of t needs no order but those by promise: what has not begun is excluded. */
static void test_ledger_cuts__limits__cut_the_hour_that_lies_on_the_limit(void **state)
{
    (void)state;
    static const struct {
        struct measure measure;
        int32_t mark_hours;
        struct {
            enum series series;
            const char *hour;
        } cuts[2];
        size_t count;
    } cases[] = {
        {{.kind = MEASURE_ORDERS}, 0, {{0, NULL}}, 0},
        {{.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED}, 0, {{0, NULL}}, 0},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24},
         0,
         {{SERIES_COLLECTED, "09T12:00"}},
         1},
        {{MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_HOURS, 36},
         0,
         {{SERIES_DELIVERED, "09T00:00"}},
         1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, 0, {{0, NULL}}, 0},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_PROMISE, 0},
         0,
         {{SERIES_COLLECTED_PROMISE, "10T12:00"}},
         1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24},
         48,
         {{SERIES_COLLECTED, "09T12:00"}, {SERIES_COLLECTED, "08T12:00"}},
         2},
        {{MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_HOURS, 48},
         48,
         {{SERIES_DELIVERED, "08T12:00"}, {SERIES_COLLECTED, "08T12:00"}},
         2},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 48},
         48,
         {{SERIES_COLLECTED, "08T12:00"}},
         1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = ask("10T12:34:56", cases[i].measure, cases[i].mark_hours);
        struct cut cuts[LEDGER_CUTS_MAX];
        size_t count = ledger_cuts(&q, cuts);
        assert_int_equal(count, cases[i].count);
        for (size_t k = 0; k < count; k++) {
            size_t found = 0;
            for (size_t c = 0; c < count; c++)
                found += cuts[c].series == cases[i].cuts[k].series &&
                         cuts[c].hour == instant_hour(at(cases[i].cuts[k].hour));
            assert_int_equal(found, 1);
        }
    }
}

static void test_ledger_from__windows_and_limits__are_covered(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", within_24h, 48);
    assert_int_equal(ledger_score_from(&q), JANUARY(14));
    assert_int_equal(ledger_waiting_from(&q), JANUARY(14));
    assert_int_equal(ledger_backlog_from(&q), JANUARY(14));
    q.basis = BASIS_OFFICIAL;
    assert_int_equal(ledger_score_from(&q), JANUARY(13));
    policy.metrics[0].window_days = 10;
    assert_int_equal(ledger_score_from(&q), JANUARY(10));
    policy.novice_days = 15;
    assert_int_equal(ledger_score_from(&q), JANUARY(5));

    q = ask("20T12:00", within_24h, 240); /* t - 240 h is on the 10th */
    assert_int_equal(ledger_waiting_from(&q), JANUARY(10));
    assert_int_equal(ledger_backlog_from(&q), JANUARY(10));
    q = ask("20T12:00", (struct measure){MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 228},
            48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(11)); /* exactly its midnight */
    q = ask("20T11:59:59.999999",
            (struct measure){MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 228}, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(10));
    q = ask("20T12:00", (struct measure){MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_DAYS, 9}, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(11));
}

/* --- scores --- */

static struct reading read_metric(const struct kept *kept, const struct question *q)
{
    struct score_reading reading;
    ledger_read_score(&kept->ledger, q, &reading);
    return reading.metrics[0];
}

static void assert_reading(struct reading reading, int64_t valid, int64_t sum, int64_t pending)
{
    assert_int_equal(reading.valid, valid);
    assert_int_equal(reading.sum, sum);
    assert_int_equal(reading.pending, pending);
}

static void test_ledger_read_score__window__sums_its_days(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", delivery_time, 0);
    struct kept kept;
    keep(&kept, &q);
    for (int32_t day = 1; day <= 20; day++) {
        *tally_of(&kept, JANUARY(day), delivery_time) = (struct tally){1, day * 100};
        *tally_of(&kept, JANUARY(day), MEASURE_COUNT_ORDERS) = (struct tally){day, 0};
    }
    assert_reading(read_metric(&kept, &q), 7, 11900, 0); /* 14 to 20 */
    struct score_reading reading;
    ledger_read_score(&kept.ledger, &q, &reading);
    assert_int_equal(reading.recent_orders, 119);
    q.basis = BASIS_OFFICIAL;
    assert_reading(read_metric(&kept, &q), 7, 11200, 0); /* 13 to 19 */
    ledger_read_score(&kept.ledger, &q, &reading);
    assert_int_equal(reading.recent_orders, 112);
    assert_instant(reading.next_change, INSTANT_NEVER);
}

/* An order of today at `t0`, open in every series. */
static struct order_view open_view(const char *t0, const char *promise)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = INSTANT_NEVER,
                               .delivered = INSTANT_NEVER,
                               .cancelled = INSTANT_NEVER,
                               .promise = at(promise),
                               .parcels = 1};
}

/* Within 24 h at 20 January, 12:30: whole hours from the 19th, 13:00, to t's; order by order in the
 * hour before, and without the one of t's hour that has not begun. */
static void test_ledger_read_score__hours__whole_ones_by_count_the_cut_one_by_order(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", within_24h, 0);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(19), within_24h) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(20), within_24h) = (struct tally){51, 20};
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T11:00", 1000); /* decided */
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T12:00", 1000); /* cut */
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T13:00", 1);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T11:00", 2);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T12:00", 3);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T13:00", 1000); /* ahead */
    add_waiting(&kept, SERIES_DELIVERED, JANUARY(20), "20T11:00", 1000); /* of another series */
    add_open(&kept, SERIES_COLLECTED, "19T12:29:59.999999", NULL);       /* its mark is behind */
    add_open(&kept, SERIES_COLLECTED, "19T12:30", NULL);                 /* its mark is t */
    add_open(&kept, SERIES_COLLECTED, "19T12:59:59.999999", NULL);
    add_open(&kept, SERIES_DELIVERED, "19T12:30", NULL);
    struct order_view early = open_view("20T12:30:00.000001", "22T12:30:00.000001");
    ledger_exclude(&kept.ledger, &q, &early);
    assert_reading(read_metric(&kept, &q), 150 - 7, 60, 7);
    q.basis = BASIS_OFFICIAL; /* of the 19th alone */
    assert_reading(read_metric(&kept, &q), 100 - 3, 40, 3);
}

/* On the day, at 20 January, 12:30: everything open of today is pending, nothing of yesterday. */
static void test_ledger_read_score__days__open_ones_of_the_last_days_are_pending(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", same_day, 0);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(19), same_day) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(20), same_day) = (struct tally){51, 20};
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T23:00", 1000);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T00:00", 1);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T11:00", 2);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T12:00", 2);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T13:00", 1000); /* ahead */
    struct order_view early = open_view("20T12:59:59.999999", "22T12:59:59.999999");
    ledger_exclude(&kept.ledger, &q, &early);
    assert_reading(read_metric(&kept, &q), 150 - 4, 60, 4);

    q = ask("20T12:30", next_day, 0); /* by the end of the next day: yesterday's are pending too */
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(18), next_day) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(19), next_day) = (struct tally){50, 20};
    add_waiting(&kept, SERIES_DELIVERED, JANUARY(18), "18T23:00", 1000);
    add_waiting(&kept, SERIES_DELIVERED, JANUARY(19), "19T00:00", 3);
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T00:00", 1000);
    assert_reading(read_metric(&kept, &q), 150 - 3, 60, 3);
}

static void test_ledger_read_score__promise__marks_at_or_after_t_are_pending(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", as_promised, 0);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(15), as_promised) = (struct tally){100, 40};
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(15), "20T11:00", 1000);
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(15), "20T12:00", 1000);
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(15), "20T13:00", 1);
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(15), "31T00:00", 2);
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(13), "31T00:00",
                1000); /* before the window */
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(21), "31T00:00", 1000); /* after it */
    add_open(&kept, SERIES_COLLECTED_PROMISE, "15T10:00", "20T12:29:59.999999");
    add_open(&kept, SERIES_COLLECTED_PROMISE, "15T10:00", "20T12:30");
    add_open(&kept, SERIES_COLLECTED_PROMISE, "15T10:00", "20T12:59:59.999999");
    add_open(&kept, SERIES_COLLECTED_PROMISE, "20T12:30:00.000001",
             "20T12:59:59.999999"); /* has not begun */
    assert_reading(read_metric(&kept, &q), 100 - 5, 40, 5);
}

/* --- orders that have not begun --- */

static void test_ledger_exclude__early_order__leaves_tallies_and_the_promised_ones(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", as_promised, 48);
    struct kept kept;
    keep(&kept, &q);
    const struct order_view early = open_view("20T20:00", "22T20:00");
    const struct measure within_48h = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 48};
    const struct measure still_open = {MEASURE_LEFT_OPEN, MILESTONE_COLLECTED, LIMIT_HOURS, 48};
    *tally_of(&kept, JANUARY(20), MEASURE_COUNT_ORDERS) = (struct tally){3, 0};
    *tally_of(&kept, JANUARY(20), as_promised) = (struct tally){3, 1};
    *tally_of(&kept, JANUARY(20), within_48h) = (struct tally){3, 1};
    *tally_of(&kept, JANUARY(20), still_open) = (struct tally){2, 0};
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(20), "22T20:00", 2);
    ledger_exclude(&kept.ledger, &q, &early);
    assert_int_equal(tally_of(&kept, JANUARY(20), MEASURE_COUNT_ORDERS)->valid, 2);
    assert_int_equal(tally_of(&kept, JANUARY(20), within_48h)->valid, 2);
    assert_int_equal(tally_of(&kept, JANUARY(20), within_48h)->sum, 1);
    assert_int_equal(tally_of(&kept, JANUARY(20), still_open)->valid, 1);
    assert_reading(read_metric(&kept, &q), 1, 1, 1);

    /* promised for t's own hour: those are read one by one, and it is not among them */
    *tally_of(&kept, JANUARY(20), as_promised) = (struct tally){3, 1};
    const struct order_view soon = open_view("20T12:40", "20T12:50");
    ledger_exclude(&kept.ledger, &q, &soon);
    assert_reading(read_metric(&kept, &q), 1, 1, 1);
    *tally_of(&kept, JANUARY(20), as_promised) = (struct tally){2, 1};

    /* collected before its t0: good, and waiting for nothing */
    struct order_view collected = early;
    collected.collected = at("20T20:00");
    ledger_exclude(&kept.ledger, &q, &collected);
    assert_reading(read_metric(&kept, &q), 0, 0, 1);
    /* which was never added here */
    assert_int_equal(tally_of(&kept, JANUARY(20), MEASURE_COLLECTIONS)->valid, -1);
}

/* --- backlog --- */

/* The cohort of 17 January at 48 h; its checkpoint is the 20th, 00:00. */
static void test_ledger_read_backlog__checkpoint__open_ones_before_left_open_after(void **state)
{
    (void)state;
    static const struct {
        const char *t;
        int64_t overdue, still_open, at_risk;
    } cases[] = {
        /* the 60 not in time: 3 of the 17th wait since 10:00, 2 since 20:00; the others were too
           late */
        {"19T10:00", 60 - 5, 0, 5}, {"19T11:00", 60 - 2, 3, 2}, {"19T23:59:59.999999", 60, 5, 0},
        {"20T00:00", 60, 11, 0},    {"20T12:00", 60, 11, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].t);
        struct question q = ask(cases[i].t, delivery_time, 48);
        struct kept kept;
        keep(&kept, &q);
        const struct mark *mark = &policy.backlog.marks[0];
        *tally_of(&kept, JANUARY(17), MEASURE_COUNT_ORDERS) = (struct tally){110, 0};
        *tally_of(&kept, JANUARY(17), mark_measure(mark)) = (struct tally){100, 40};
        *tally_of(&kept, JANUARY(17), mark_left_open(mark)) = (struct tally){11, 0};
        add_waiting(&kept, SERIES_COLLECTED, JANUARY(17), "17T10:00", 3);
        add_waiting(&kept, SERIES_COLLECTED, JANUARY(17), "17T20:00", 2);
        add_waiting(&kept, SERIES_COLLECTED, JANUARY(16), "16T23:00", 1000);
        struct cut cuts[LEDGER_CUTS_MAX];
        size_t cut_count = ledger_cuts(&q, cuts);
        for (size_t c = 0; c < cut_count; c++)
            for (size_t k = 0; cuts[c].hour == instant_hour(at("17T10:00")) && k < 3; k++)
                add_open(&kept, SERIES_COLLECTED, "17T10:00", NULL);
        struct cohort cohorts[LEDGER_DAYS];
        struct backlog_reading reading;
        ledger_read_backlog(&kept.ledger, &q, cohorts, &reading);
        assert_int_equal(reading.cohort_count, LEDGER_DAYS);
        const struct cohort *cohort = &cohorts[JANUARY(17) - kept.ledger.first_day];
        assert_int_equal(cohort->day, JANUARY(17));
        assert_int_equal(cohort->orders, 110);
        assert_int_equal(cohort->marks[0].eligible, 100);
        assert_int_equal(cohort->marks[0].overdue, cases[i].overdue);
        assert_int_equal(cohort->marks[0].still_open, cases[i].still_open);
        assert_int_equal(cohort->marks[0].at_risk, cases[i].at_risk);
    }
}

static void test_ledger_read_backlog__today__is_the_tallies_of_today(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", delivery_time, 48);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(19), MEASURE_COUNT_ORDERS) = (struct tally){7, 0};
    *tally_of(&kept, JANUARY(20), MEASURE_COUNT_ORDERS) = (struct tally){5, 0};
    *tally_of(&kept, JANUARY(20), MEASURE_COLLECTIONS) = (struct tally){3, 12345};
    struct cohort cohorts[LEDGER_DAYS];
    struct backlog_reading reading;
    ledger_read_backlog(&kept.ledger, &q, cohorts, &reading);
    assert_int_equal(reading.placed_today, 5);
    assert_int_equal(reading.collected_today, 3);
    assert_int_equal(cohorts[LEDGER_DAYS - 1].orders, 5);
    assert_int_equal(cohorts[LEDGER_DAYS - 2].orders, 7);
    assert_instant(reading.next_change, INSTANT_NEVER);
}

static int set_up(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    return 0;
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_ledger_cuts__limits__cut_the_hour_that_lies_on_the_limit),
        unit(test_ledger_from__windows_and_limits__are_covered),
        unit(test_ledger_read_score__window__sums_its_days),
        unit(test_ledger_read_score__hours__whole_ones_by_count_the_cut_one_by_order),
        unit(test_ledger_read_score__days__open_ones_of_the_last_days_are_pending),
        unit(test_ledger_read_score__promise__marks_at_or_after_t_are_pending),
        unit(test_ledger_exclude__early_order__leaves_tallies_and_the_promised_ones),
        unit(test_ledger_read_backlog__checkpoint__open_ones_before_left_open_after),
        unit(test_ledger_read_backlog__today__is_the_tallies_of_today),
    };
    return cmocka_run_group_tests_name("domain/ledger", tests, set_up, NULL);
}
