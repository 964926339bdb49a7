#include "written.h"

#include "domain/ledger.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define HOUR US_PER_HOUR

static struct zone shanghai;
static struct policy policy;

#define KIND(name) (1U << TICKET_##name)

#define WITHIN(milestone_, limit_, n_)                                                             \
    {                                                                                              \
        .kind = MEASURE_WITHIN, .milestone = (milestone_), .limit = (limit_), .n = (n_)            \
    }
static const struct measure within_24h = WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 24);
static const struct measure within_228h = WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 228);
static const struct measure same_day = WITHIN(MILESTONE_COLLECTED, LIMIT_DAYS, 0);
static const struct measure next_day = WITHIN(MILESTONE_DELIVERED, LIMIT_DAYS, 1);
static const struct measure on_the_ninth_day = WITHIN(MILESTONE_DELIVERED, LIMIT_DAYS, 9);
static const struct measure as_promised = WITHIN(MILESTONE_COLLECTED, LIMIT_PROMISE, 0);
static const struct measure shipped_as_promised = WITHIN(MILESTONE_SHIPPED, LIMIT_PROMISE, 0);
static const struct measure delivered_by = WITHIN(MILESTONE_DELIVERED, LIMIT_DELIVER_BY, 0);
static const struct measure delivery_time = {.kind = MEASURE_DURATION,
                                             .milestone = MILESTONE_DELIVERED};
static const struct measure units = {.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED};
static const struct measure returns = {.kind = MEASURE_TICKETS,
                                       .of = ENTITY_TICKET,
                                       .milestone = MILESTONE_OPENED,
                                       .tickets = KIND(RETURN)};
static const struct measure lost_disputes = {.kind = MEASURE_TICKETS,
                                             .of = ENTITY_TICKET,
                                             .milestone = MILESTONE_RULED,
                                             .tickets = KIND(DISPUTE)};
static const struct measure reply_30s = {.kind = MEASURE_WITHIN,
                                         .of = ENTITY_TICKET,
                                         .milestone = MILESTONE_REPLIED,
                                         .limit = LIMIT_SECONDS,
                                         .n = 30,
                                         .tickets = KIND(CHAT),
                                         .night_from = 23 * 60,
                                         .night_to = 9 * 60,
                                         .no_left_message = true,
                                         .no_recontact = true};
static const struct measure audit_24h = {.kind = MEASURE_WITHIN,
                                         .of = ENTITY_TICKET,
                                         .milestone = MILESTONE_AUDITED,
                                         .limit = LIMIT_HOURS,
                                         .n = 24,
                                         .tickets = KIND(RETURN) | KIND(REFUND)};

static struct measure suspending(struct measure measure)
{
    measure.suspends = true;
    return measure;
}

/* One metric of a window of seven days, and, when `hours` is not 0, one mark. */
static struct question ask(const char *t, struct measure measure, int32_t hours)
{
    policy = (struct policy){.novice_days = 7, .metric_count = 1};
    policy.metrics[0].measure = measure;
    policy.metrics[0].window_days = 7;
    shanghai.calendar.suspended_count = 0;
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
    struct open_ticket tickets[16];
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
    kept->ledger.tickets = kept->tickets;
}

static size_t measure_of(const struct kept *kept, const struct measure *measure)
{
    for (size_t m = 0; m < kept->ledger.measure_count; m++)
        if (measure_equal(&kept->ledger.measures[m], measure))
            return m;
    fail_msg("no such measure");
    return 0;
}

static struct tally *tally_of(struct kept *kept, int32_t day, const struct measure *measure)
{
    size_t row = (size_t)(day - kept->ledger.first_day);
    return &kept->tallies[row * kept->ledger.measure_count + measure_of(kept, measure)];
}

static void add_waiting(struct kept *kept, enum series series, int32_t day, const char *hour,
                        int64_t open)
{
    assert_in_range(kept->ledger.waiting_count, 0, LENGTH(kept->waiting) - 1);
    kept->waiting[kept->ledger.waiting_count++] =
        (struct waiting_row){series, false, day, instant_hour(at(hour)), open};
}

static void add_suspended(struct kept *kept, enum series series, int32_t day, const char *hour,
                          int64_t open)
{
    add_waiting(kept, series, day, hour, open);
    kept->waiting[kept->ledger.waiting_count - 1].suspended = true;
}

static void add_open(struct kept *kept, enum series series, const char *t0, const char *mark)
{
    assert_in_range(kept->ledger.open_count, 0, LENGTH(kept->open) - 1);
    kept->open[kept->ledger.open_count++] = (struct open_order){
        series, calendar_day(&shanghai.calendar, at(t0)), at(t0), at(mark != NULL ? mark : t0)};
}

static struct open_ticket *add_ticket(struct kept *kept, const struct measure *measure,
                                      enum ticket_kind kind, const char *opened)
{
    assert_in_range(kept->ledger.ticket_count, 0, LENGTH(kept->tickets) - 1);
    struct open_ticket *ticket = &kept->tickets[kept->ledger.ticket_count++];
    *ticket = (struct open_ticket){
        .measure = measure_of(kept, measure), .kind = kind, .opened = at(opened)};
    return ticket;
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
        {WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 24), 0, {{SERIES_COLLECTED, "09T12:00"}}, 1},
        {WITHIN(MILESTONE_DELIVERED, LIMIT_HOURS, 36), 0, {{SERIES_DELIVERED, "09T00:00"}}, 1},
        {WITHIN(MILESTONE_SHIPPED, LIMIT_HOURS, 24), 0, {{SERIES_SHIPPED, "09T12:00"}}, 1},
        {WITHIN(MILESTONE_COLLECTED, LIMIT_DAYS, 0), 0, {{0, NULL}}, 0},
        {WITHIN(MILESTONE_COLLECTED, LIMIT_PROMISE, 0),
         0,
         {{SERIES_COLLECTED_PROMISE, "10T12:00"}},
         1},
        {WITHIN(MILESTONE_SHIPPED, LIMIT_PROMISE, 0), 0, {{SERIES_SHIPPED_PROMISE, "10T12:00"}}, 1},
        {WITHIN(MILESTONE_DELIVERED, LIMIT_DELIVER_BY, 0),
         0,
         {{SERIES_DELIVERED_DELIVER_BY, "10T12:00"}},
         1},
        {WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 24),
         48,
         {{SERIES_COLLECTED, "09T12:00"}, {SERIES_COLLECTED, "08T12:00"}},
         2},
        {WITHIN(MILESTONE_DELIVERED, LIMIT_HOURS, 48),
         48,
         {{SERIES_DELIVERED, "08T12:00"}, {SERIES_COLLECTED, "08T12:00"}},
         2},
        {WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 48), 48, {{SERIES_COLLECTED, "08T12:00"}}, 1},
        /* one that leaves out suspended ones needs the same hour */
        {{.kind = MEASURE_WITHIN,
          .milestone = MILESTONE_COLLECTED,
          .limit = LIMIT_HOURS,
          .n = 48,
          .suspends = true},
         48,
         {{SERIES_COLLECTED, "08T12:00"}},
         1},
        /* tickets have no hours */
        {{.kind = MEASURE_WITHIN,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_REPLIED,
          .limit = LIMIT_HOURS,
          .n = 3,
          .tickets = KIND(WORK_ORDER)},
         0,
         {{0, NULL}},
         0},
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

/* Exactly at its limit a ticket may still make it, so the range begins there. */
static void test_ledger_ticket_ranges__shares_of_tickets__reach_back_by_their_limit(void **state)
{
    (void)state;
    struct question q = ask("10T12:00", reply_30s, 48);
    policy.metric_count = 4;
    policy.metrics[1].measure = audit_24h;
    policy.metrics[2].measure = reply_30s; /* over another window, say */
    policy.metrics[3].measure = within_24h;
    struct measure measures[POLICY_MEASURES_MAX];
    struct ticket_range ranges[POLICY_METRICS_MAX];
    policy_measures(&policy, measures);
    assert_int_equal(ledger_ticket_ranges(&q, ranges), 2);

    assert_true(measure_equal(&measures[ranges[0].measure], &reply_30s));
    assert_int_equal(ranges[0].kinds, KIND(CHAT));
    assert_int_equal(ranges[0].milestone, MILESTONE_REPLIED);
    assert_instant(ranges[0].from, at("10T11:59:30"));

    assert_true(measure_equal(&measures[ranges[1].measure], &audit_24h));
    assert_int_equal(ranges[1].kinds, KIND(RETURN) | KIND(REFUND));
    assert_int_equal(ranges[1].milestone, MILESTONE_AUDITED);
    assert_instant(ranges[1].from, at("09T12:00"));
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
    q = ask("20T12:00", within_228h, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(11)); /* exactly its midnight */
    q = ask("20T11:59:59.999999", within_228h, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(10));
    q = ask("20T12:00", on_the_ninth_day, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(11));
    q = ask("20T12:00", shipped_as_promised, 48); /* by the hour of t and after it */
    assert_int_equal(ledger_waiting_from(&q), JANUARY(14));
    q = ask("20T12:00", audit_24h, 48);
    assert_int_equal(ledger_waiting_from(&q), JANUARY(14));
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
        *tally_of(&kept, JANUARY(day), &delivery_time) = (struct tally){1, day * 100};
        *tally_of(&kept, JANUARY(day), &measure_count_orders) = (struct tally){day, 0};
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
                               .shipped = INSTANT_NEVER,
                               .cancelled = INSTANT_NEVER,
                               .promise = at(promise),
                               .deliver_by = INSTANT_NEVER,
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
    *tally_of(&kept, JANUARY(19), &within_24h) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(20), &within_24h) = (struct tally){51, 20};
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
    *tally_of(&kept, JANUARY(19), &same_day) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(20), &same_day) = (struct tally){51, 20};
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
    *tally_of(&kept, JANUARY(18), &next_day) = (struct tally){100, 40};
    *tally_of(&kept, JANUARY(19), &next_day) = (struct tally){50, 20};
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
    *tally_of(&kept, JANUARY(15), &as_promised) = (struct tally){100, 40};
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

/* A mark of its own other than the promised hand-over: the delivery date, the promised shipping. */
static void test_ledger_read_score__other_marks__count_from_their_own_series(void **state)
{
    (void)state;
    static const struct {
        const struct measure *measure;
        enum series series;
    } cases[] = {
        {&delivered_by, SERIES_DELIVERED_DELIVER_BY},
        {&shipped_as_promised, SERIES_SHIPPED_PROMISE},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = ask("20T12:30", *cases[i].measure, 0);
        struct kept kept;
        keep(&kept, &q);
        *tally_of(&kept, JANUARY(15), cases[i].measure) = (struct tally){100, 40};
        for (enum series series = 0; series < SERIES_COUNT; series++) {
            int64_t open = series == cases[i].series ? 2 : 1000;
            add_waiting(&kept, series, JANUARY(15), "20T13:00", open);
        }
        add_waiting(&kept, cases[i].series, JANUARY(15), "20T12:00", 1000);
        add_open(&kept, cases[i].series, "15T10:00", "20T12:29:59.999999");
        add_open(&kept, cases[i].series, "15T10:00", "20T12:30");
        assert_reading(read_metric(&kept, &q), 100 - 3, 40, 3);
    }
}

/* --- suspended orders --- */

/* Suspended: 19 January, 12:40 to 13:00, and the 20th, 12:00 to 12:45. */
static void suspend(void)
{
    static struct interval suspended[2];
    suspended[0] = (struct interval){at("19T12:40").us, at("19T13:00").us};
    suspended[1] = (struct interval){at("20T12:00").us, at("20T12:45").us};
    shanghai.calendar.suspended = suspended;
    shanghai.calendar.suspended_count = 2;
}

/* Within 24 h at 20 January, 12:30. The tally leaves the suspended ones out by itself. */
static void test_ledger_read_score__suspended__are_not_pending_where_they_do_not_count(void **state)
{
    (void)state;
    for (int suspends = 0; suspends <= 1; suspends++) {
        struct measure measure = suspends ? suspending(within_24h) : within_24h;
        struct question q = ask("20T12:30", measure, 0);
        suspend();
        struct kept kept;
        keep(&kept, &q);
        *tally_of(&kept, JANUARY(19), &measure) = (struct tally){100, 40};
        add_waiting(&kept, SERIES_COLLECTED, JANUARY(19), "19T15:00", 1);
        add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T12:00", 1); /* ahead */
        add_suspended(&kept, SERIES_COLLECTED, JANUARY(20), "20T12:00", 10 + 2);
        add_open(&kept, SERIES_COLLECTED, "19T12:30", NULL);
        add_open(&kept, SERIES_COLLECTED, "19T12:40", NULL);
        add_open(&kept, SERIES_COLLECTED, "19T12:59:59.999999", NULL);
        /* not begun: two suspended ones and one that is not, all of t's hour */
        const struct order_view early[] = {open_view("20T12:31", "22T12:31"),
                                           open_view("20T12:44:59.999999", "22T12:44"),
                                           open_view("20T12:45", "22T12:45")};
        for (size_t i = 0; i < LENGTH(early); i++) {
            struct wait wait = order_wait(SERIES_COLLECTED, q.calendar, &early[i]);
            *tally_of(&kept, JANUARY(20), &measure) =
                (struct tally){!suspends || !wait.suspended, 0};
            ledger_exclude(&kept.ledger, &q, &early[i]);
            assert_int_equal(tally_of(&kept, JANUARY(20), &measure)->valid, 0);
        }
        int64_t pending = suspends ? 1 + 1 : 1 + 10 + 3;
        assert_reading(read_metric(&kept, &q), 100 - pending, 40, pending);
    }
}

/* --- tickets --- */

static struct instant next_change_of(const struct kept *kept, const struct question *q)
{
    struct score_reading reading;
    ledger_read_score(&kept->ledger, q, &reading);
    return reading.next_change;
}

static void test_ledger_read_score__tickets__are_pending_up_to_their_limit(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", reply_30s, 0);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(20), &reply_30s) = (struct tally){100, 40};
    assert_instant(next_change_of(&kept, &q), INSTANT_NEVER);
    add_ticket(&kept, &reply_30s, TICKET_CHAT, "20T11:59:50");
    add_ticket(&kept, &reply_30s, TICKET_CHAT, "20T12:00");
    assert_reading(read_metric(&kept, &q), 100 - 2, 40, 2);
    assert_instant(next_change_of(&kept, &q), at("20T12:00:20.000001"));
    add_ticket(&kept, &reply_30s, TICKET_CHAT, "20T11:59:30"); /* its limit is t */
    assert_reading(read_metric(&kept, &q), 100 - 3, 40, 3);
    assert_instant(next_change_of(&kept, &q), at("20T12:00:00.000001"));
    /* what the measure leaves out */
    add_ticket(&kept, &reply_30s, TICKET_CHAT, "20T11:59:40")->left_message = true;
    add_ticket(&kept, &reply_30s, TICKET_CHAT, "20T11:59:40")->recontact = true;
    assert_reading(read_metric(&kept, &q), 100 - 3, 40, 3);
    /* past days only */
    q.basis = BASIS_OFFICIAL;
    assert_reading(read_metric(&kept, &q), 0, 0, 0);
    assert_instant(next_change_of(&kept, &q), INSTANT_NEVER);
}

static void test_ledger_read_score__tickets_of_the_night__are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *t, *opened;
        int64_t pending;
    } cases[] = {
        {"20T08:59:59", "20T08:59:59", 0}, {"20T09:00:29", "20T08:59:59.999999", 0},
        {"20T09:00:30", "20T09:00", 1},    {"20T23:00", "20T22:59:59.999999", 1},
        {"20T23:00", "20T23:00", 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = ask(cases[i].t, reply_30s, 0);
        struct kept kept;
        keep(&kept, &q);
        *tally_of(&kept, JANUARY(20), &reply_30s) = (struct tally){10, 4};
        add_ticket(&kept, &reply_30s, TICKET_CHAT, cases[i].opened);
        assert_reading(read_metric(&kept, &q), 10 - cases[i].pending, 4, cases[i].pending);
    }
}

/* The window is of the opening's day; two shares do not take each other's tickets. */
static void test_ledger_read_score__tickets__belong_to_their_measure_and_window(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", audit_24h, 0);
    policy.metric_count = 2;
    policy.metrics[0].window_days = 1;
    policy.metrics[1].measure = suspending(audit_24h);
    policy.metrics[1].window_days = 2;
    suspend();
    struct kept kept;
    keep(&kept, &q);
    for (size_t m = 0; m < 2; m++) {
        const struct measure *measure = &policy.metrics[m].measure;
        *tally_of(&kept, JANUARY(19), measure) = (struct tally){50, 20};
        *tally_of(&kept, JANUARY(20), measure) = (struct tally){50, 20};
        add_ticket(&kept, measure, TICKET_RETURN, "19T12:00");
        add_ticket(&kept, measure, TICKET_RETURN, "19T12:50"); /* suspended */
        add_ticket(&kept, measure, TICKET_REFUND, "20T11:00");
        add_ticket(&kept, measure, TICKET_REFUND, "20T12:00"); /* suspended */
    }
    struct score_reading reading;
    ledger_read_score(&kept.ledger, &q, &reading);
    assert_reading(reading.metrics[0], 50 - 2, 20, 2);
    assert_reading(reading.metrics[1], 100 - 2, 40, 2);
}

/* --- ratios and complements --- */

static void test_ledger_read_score__ratio__is_of_two_populations(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", returns, 0);
    policy.metrics[0].has_per = true;
    policy.metrics[0].per = units;
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(13), &returns) = (struct tally){1000, 0}; /* before the window */
    *tally_of(&kept, JANUARY(13), &units) = (struct tally){1000, 1000};
    *tally_of(&kept, JANUARY(14), &returns) = (struct tally){2, 0};
    *tally_of(&kept, JANUARY(20), &returns) = (struct tally){3, 0};
    *tally_of(&kept, JANUARY(20), &units) = (struct tally){4, 9}; /* 4 orders of 9 units */
    assert_reading(read_metric(&kept, &q), 9, 5, 0);

    q = ask("20T12:00", lost_disputes, 0);
    policy.metrics[0].has_per = true;
    policy.metrics[0].per = measure_count_orders;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(20), &lost_disputes) = (struct tally){3, 0};
    *tally_of(&kept, JANUARY(20), &measure_count_orders) = (struct tally){200, 0};
    assert_reading(read_metric(&kept, &q), 200, 3, 0);
}

static void test_reading_of__metric__names_what_is_good_and_what_is_valid(void **state)
{
    (void)state;
    const struct tally tally = {.valid = 100, .sum = 70}, per = {.valid = 40, .sum = 55};
    struct metric metric = {.measure = within_24h};
    assert_reading(reading_of(&metric, tally, per, 0), 100, 70, 0);
    assert_reading(reading_of(&metric, tally, per, 10), 90, 70, 10);
    metric.complement = true; /* 30 not good, 10 of them pending */
    assert_reading(reading_of(&metric, tally, per, 0), 100, 30, 0);
    assert_reading(reading_of(&metric, tally, per, 10), 90, 20, 10);

    metric = (struct metric){.measure = delivery_time};
    assert_reading(reading_of(&metric, tally, per, 0), 100, 70, 0);

    metric = (struct metric){.measure = returns, .has_per = true, .per = units};
    assert_reading(reading_of(&metric, tally, per, 0), 55, 100, 0);
    metric = (struct metric){.measure = units, .has_per = true, .per = measure_count_orders};
    assert_reading(reading_of(&metric, tally, per, 0), 40, 70, 0);
}

/* --- orders that have not begun --- */

static void test_ledger_exclude__early_order__leaves_tallies_and_the_promised_ones(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", as_promised, 48);
    struct kept kept;
    keep(&kept, &q);
    const struct order_view early = open_view("20T20:00", "22T20:00");
    const struct measure within_48h = WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 48);
    const struct measure still_open = {
        .kind = MEASURE_LEFT_OPEN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_HOURS, .n = 48};
    *tally_of(&kept, JANUARY(20), &measure_count_orders) = (struct tally){3, 0};
    *tally_of(&kept, JANUARY(20), &as_promised) = (struct tally){3, 1};
    *tally_of(&kept, JANUARY(20), &within_48h) = (struct tally){3, 1};
    *tally_of(&kept, JANUARY(20), &still_open) = (struct tally){2, 0};
    add_waiting(&kept, SERIES_COLLECTED_PROMISE, JANUARY(20), "22T20:00", 2);
    ledger_exclude(&kept.ledger, &q, &early);
    assert_int_equal(tally_of(&kept, JANUARY(20), &measure_count_orders)->valid, 2);
    assert_int_equal(tally_of(&kept, JANUARY(20), &within_48h)->valid, 2);
    assert_int_equal(tally_of(&kept, JANUARY(20), &within_48h)->sum, 1);
    assert_int_equal(tally_of(&kept, JANUARY(20), &still_open)->valid, 1);
    assert_reading(read_metric(&kept, &q), 1, 1, 1);

    /* promised for t's own hour: those are read one by one, and it is not among them */
    *tally_of(&kept, JANUARY(20), &as_promised) = (struct tally){3, 1};
    const struct order_view soon = open_view("20T12:40", "20T12:50");
    ledger_exclude(&kept.ledger, &q, &soon);
    assert_reading(read_metric(&kept, &q), 1, 1, 1);
    *tally_of(&kept, JANUARY(20), &as_promised) = (struct tally){2, 1};

    /* collected before its t0: good, and waiting for nothing */
    struct order_view collected = early;
    collected.collected = at("20T20:00");
    ledger_exclude(&kept.ledger, &q, &collected);
    assert_reading(read_metric(&kept, &q), 0, 0, 1);
    /* which was never added here */
    assert_int_equal(tally_of(&kept, JANUARY(20), &measure_collections)->valid, -1);
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
        const struct measure in_time = mark_measure(&policy.backlog.marks[0]);
        const struct measure left_open = mark_left_open(&policy.backlog.marks[0]);
        *tally_of(&kept, JANUARY(17), &measure_count_orders) = (struct tally){110, 0};
        *tally_of(&kept, JANUARY(17), &in_time) = (struct tally){100, 40};
        *tally_of(&kept, JANUARY(17), &left_open) = (struct tally){11, 0};
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

/* The backlog rule knows no suspension. */
static void test_ledger_read_backlog__suspended__are_counted(void **state)
{
    (void)state;
    struct question q = ask("20T12:30", suspending(within_24h), 48);
    suspend();
    const struct measure in_time = mark_measure(&policy.backlog.marks[0]);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(20), &measure_count_orders) = (struct tally){21, 0};
    *tally_of(&kept, JANUARY(20), &in_time) = (struct tally){21, 5};
    add_waiting(&kept, SERIES_COLLECTED, JANUARY(20), "20T11:00", 8);
    add_suspended(&kept, SERIES_COLLECTED, JANUARY(20), "20T12:00", 8);
    const struct order_view early = open_view("20T12:44", "22T12:44"); /* suspended, not begun */
    ledger_exclude(&kept.ledger, &q, &early);
    struct cohort cohorts[LEDGER_DAYS];
    struct backlog_reading reading;
    ledger_read_backlog(&kept.ledger, &q, cohorts, &reading);
    const struct cohort *today = &cohorts[LEDGER_DAYS - 1];
    assert_int_equal(reading.placed_today, 20);
    assert_int_equal(today->orders, 20);
    assert_int_equal(today->marks[0].eligible, 20);
    assert_int_equal(today->marks[0].at_risk, 15);
    assert_int_equal(today->marks[0].overdue, 0);
    assert_int_equal(today->marks[0].still_open, 0);
}

static void test_ledger_read_backlog__today__is_the_tallies_of_today(void **state)
{
    (void)state;
    struct question q = ask("20T12:00", delivery_time, 48);
    struct kept kept;
    keep(&kept, &q);
    *tally_of(&kept, JANUARY(19), &measure_count_orders) = (struct tally){7, 0};
    *tally_of(&kept, JANUARY(20), &measure_count_orders) = (struct tally){5, 0};
    *tally_of(&kept, JANUARY(20), &measure_collections) = (struct tally){3, 12345};
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
        unit(test_ledger_ticket_ranges__shares_of_tickets__reach_back_by_their_limit),
        unit(test_ledger_from__windows_and_limits__are_covered),
        unit(test_ledger_read_score__window__sums_its_days),
        unit(test_ledger_read_score__hours__whole_ones_by_count_the_cut_one_by_order),
        unit(test_ledger_read_score__days__open_ones_of_the_last_days_are_pending),
        unit(test_ledger_read_score__promise__marks_at_or_after_t_are_pending),
        unit(test_ledger_read_score__other_marks__count_from_their_own_series),
        unit(test_ledger_read_score__suspended__are_not_pending_where_they_do_not_count),
        unit(test_ledger_read_score__tickets__are_pending_up_to_their_limit),
        unit(test_ledger_read_score__tickets_of_the_night__are_left_out),
        unit(test_ledger_read_score__tickets__belong_to_their_measure_and_window),
        unit(test_ledger_read_score__ratio__is_of_two_populations),
        unit(test_reading_of__metric__names_what_is_good_and_what_is_valid),
        unit(test_ledger_exclude__early_order__leaves_tallies_and_the_promised_ones),
        unit(test_ledger_read_backlog__checkpoint__open_ones_before_left_open_after),
        unit(test_ledger_read_backlog__suspended__are_counted),
        unit(test_ledger_read_backlog__today__is_the_tallies_of_today),
    };
    return cmocka_run_group_tests_name("domain/ledger", tests, set_up, NULL);
}
