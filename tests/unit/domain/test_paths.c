/* The fast path and the slow path agree: random orders, tickets and reviews, read by replay.h one
 * by one, and by ledger.h from the tallies, waiting counts and single entities that the database
 * would hold. They crowd where paths could part: marks, day ends, hours, suspensions, T itself.
 *
 * WINDVANE_TEST_SEED=n runs one case and nothing else. */
#include "written.h"

#include "domain/ledger.h"
#include "domain/replay.h"

#include "sessions.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define MINUTE (60 * US_PER_SECOND)
#define HOUR US_PER_HOUR
#define DAY (24 * US_PER_HOUR)

#define CASES 3000
#define ORDERS_MAX 40
#define TICKETS_MAX 40
#define REVIEWS_MAX 60
#define THINGS_MAX (ORDERS_MAX + TICKETS_MAX + REVIEWS_MAX)
#define FACTS_MAX 32
#define DAYS_MAX 120
#define SUSPENDED_MAX 3
#define WAITING_MAX (SERIES_COUNT * ORDERS_MAX)
#define OPEN_MAX (LEDGER_CUTS_MAX * ORDERS_MAX)
#define OPEN_TICKETS_MAX (POLICY_METRICS_MAX * TICKETS_MAX)

/* An order, a ticket or a review. */
struct thing {
    enum entity entity;
    char id[12];
    struct fact facts[FACTS_MAX];
    char fact_ids[FACTS_MAX][12];
    size_t fact_count;
};

/* One case: everything follows from the seed. */
struct random_case {
    uint64_t seed;
    uint64_t state;
    struct zone zone;
    struct interval suspended[SUSPENDED_MAX];
    struct interval excused[CALENDAR_EXCUSES][SUSPENDED_MAX];
    struct policy policy;
    struct question q;
    struct thing things[THINGS_MAX];
    size_t thing_count;
    /* The things at T, and by everything that is known, with what neighbours say of each. */
    struct view at_t[THINGS_MAX];
    struct view known[THINGS_MAX];
};

struct filled_ledger {
    struct ledger ledger;
    struct tally tallies[DAYS_MAX * POLICY_MEASURES_MAX];
    struct waiting_row waiting[WAITING_MAX];
    struct open_order open[OPEN_MAX];
    struct open_ticket tickets[OPEN_TICKETS_MAX];
    size_t early;
};

/* What the cases came across: a property that meets nothing proves nothing. */
static struct {
    int64_t good, late, pending, early, overdue, still_open, at_risk, left_open_late, retracted;
    int64_t exempt, excused, recontact, crowded_out, negative, disputed, suspended_waiting,
        ticket_change;
    struct reading metrics[POLICY_METRICS_MAX];
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

#define one_of(c, array) ((array)[below((c), LENGTH(array))])

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

static struct metric *add_metric(struct random_case *c, struct measure measure)
{
    static const int32_t windows[] = {1, 2, 7, 30};
    struct metric *metric = &c->policy.metrics[c->policy.metric_count++];
    assert_in_range(c->policy.metric_count, 1, POLICY_METRICS_MAX);
    measure.suspends = one_in(c, 2);
    metric->measure = measure;
    metric->complement = measure_is_share(&measure) && one_in(c, 3);
    metric->window_days = one_of(c, windows);
    return metric;
}

static void add_ratio(struct random_case *c, struct measure measure, struct measure per)
{
    struct metric *metric = add_metric(c, measure);
    metric->has_per = true;
    metric->complement = false;
    metric->per = per;
    metric->per.suspends = one_in(c, 2);
}

static void add_order_share(struct random_case *c, enum milestone milestone, enum limit_kind limit,
                            int32_t n)
{
    add_metric(c, (struct measure){
                      .kind = MEASURE_WITHIN, .milestone = milestone, .limit = limit, .n = n});
}

static void add_ticket_share(struct random_case *c, unsigned kinds, enum milestone milestone,
                             enum limit_kind limit, int32_t n)
{
    struct measure measure = {.kind = MEASURE_WITHIN,
                              .of = ENTITY_TICKET,
                              .milestone = milestone,
                              .limit = limit,
                              .n = n,
                              .tickets = kinds};
    if (one_in(c, 2)) {
        measure.night_from = 23 * 60;
        measure.night_to = 9 * 60;
    }
    measure.no_left_message = one_in(c, 2);
    measure.no_recontact = one_in(c, 2);
    add_metric(c, measure);
}

#define KIND(name) (1U << TICKET_##name)
#define SENT_BACK (KIND(RETURN) | KIND(EXCHANGE) | KIND(REPAIR))
#define AFTER_SALES (SENT_BACK | KIND(REFUND) | KIND(RESEND))

static void add_order_metrics(struct random_case *c)
{
    add_order_share(c, MILESTONE_COLLECTED, LIMIT_HOURS, 24);
    add_order_share(c, MILESTONE_COLLECTED, LIMIT_HOURS, 36);
    add_order_share(c, MILESTONE_COLLECTED, LIMIT_DAYS, 0);
    add_order_share(c, MILESTONE_COLLECTED, LIMIT_DAYS, 1);
    add_order_share(c, MILESTONE_COLLECTED, LIMIT_PROMISE, 0);
    add_order_share(c, MILESTONE_DELIVERED, LIMIT_HOURS, 36);
    add_order_share(c, MILESTONE_DELIVERED, LIMIT_DAYS, 1);
    add_order_share(c, MILESTONE_DELIVERED, LIMIT_DELIVER_BY, 0);
    add_order_share(c, MILESTONE_SHIPPED, LIMIT_HOURS, 24);
    add_order_share(c, MILESTONE_SHIPPED, LIMIT_DAYS, 1);
    add_order_share(c, MILESTONE_SHIPPED, LIMIT_PROMISE, 0);
    add_metric(c, (struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED});
    add_metric(c, (struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED});
    add_metric(c, (struct measure){.kind = MEASURE_ORDERS});
    add_metric(c, (struct measure){.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED});
    add_metric(c, (struct measure){.kind = MEASURE_ORDERS_THAT,
                                   .test = TEST_DEFECT,
                                   .defects = 1 + (unsigned)below(c, 3)});
    add_metric(c, (struct measure){.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED});
    add_metric(c, (struct measure){.kind = MEASURE_ORDERS_THAT,
                                   .milestone = MILESTONE_SHIPPED,
                                   .test = TEST_TRACKED});
}

static void add_ticket_metrics(struct random_case *c)
{
    const unsigned any = (1U << TICKET_KINDS) - 2;
    add_ticket_share(c, KIND(CHAT), MILESTONE_REPLIED, LIMIT_SECONDS, 30);
    add_ticket_share(c, KIND(CHAT), MILESTONE_REPLIED, LIMIT_SECONDS, 180);
    add_ticket_share(c, KIND(CHAT) | KIND(WORK_ORDER), MILESTONE_REPLIED, LIMIT_HOURS, 3);
    add_ticket_share(c, AFTER_SALES, MILESTONE_AUDITED, LIMIT_HOURS, 24);
    const struct measure counted = {
        .kind = MEASURE_TICKETS, .of = ENTITY_TICKET, .milestone = MILESTONE_OPENED};
    struct measure measure = counted;
    measure.tickets = any;
    add_metric(c, measure);
    measure.tickets = SENT_BACK;
    add_ratio(c, measure,
              (struct measure){.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED});
    measure.tickets = KIND(DISPUTE);
    measure.milestone = MILESTONE_RULED;
    add_ratio(c, measure, (struct measure){.kind = MEASURE_ORDERS});
    measure = counted;
    measure.tickets = KIND(REFUND) | KIND(RESEND);
    add_ratio(c, (struct measure){.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED},
              measure);

    const struct measure others[] = {
        {.kind = MEASURE_DURATION, .milestone = MILESTONE_HANDLED, .n = 2, .tickets = AFTER_SALES},
        {.kind = MEASURE_DURATION, .milestone = MILESTONE_HANDLED, .tickets = AFTER_SALES},
        {.kind = MEASURE_RATED, .tickets = KIND(RETURN) | KIND(EXCHANGE), .low = 4, .high = 5},
        {.kind = MEASURE_RATED, .tickets = any, .low = 1, .high = 1},
        {.kind = MEASURE_CLOSED_THAT, .tickets = KIND(DISPUTE), .test = TEST_NOT_ESCALATED},
        {.kind = MEASURE_CLOSED_THAT, .tickets = any, .test = TEST_NOT_TIMED_OUT},
        {.kind = MEASURE_RESPONSES, .tickets = KIND(CHAT)},
    };
    for (size_t i = 0; i < LENGTH(others); i++) {
        measure = others[i];
        measure.of = ENTITY_TICKET;
        add_metric(c, measure);
    }
}

static void add_review_metrics(struct random_case *c)
{
    for (enum aspect aspect = 0; aspect < ASPECTS; aspect++)
        add_metric(c,
                   (struct measure){.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = aspect});
    for (enum aspect aspect = 0; aspect < ASPECTS; aspect++)
        add_metric(c, (struct measure){.kind = MEASURE_RATED,
                                       .of = ENTITY_REVIEW,
                                       .aspect = aspect,
                                       .low = 1,
                                       .high = 1 + (uint8_t)below(c, 2)});
}

static void random_policy(struct random_case *c)
{
    c->policy = (struct policy){.novice_days = one_in(c, 2) ? 90 : 3};
    add_order_metrics(c);
    add_ticket_metrics(c);
    add_review_metrics(c);
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

/* Up to three intervals, some with borders inside an hour, some in T's hour. */
static size_t random_intervals(struct random_case *c, struct interval *intervals)
{
    int64_t from = c->q.t.us - (int64_t)below(c, (uint64_t)(12 * DAY));
    size_t count = below(c, SUSPENDED_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        int64_t length = 1 + (int64_t)below(c, (uint64_t)(one_in(c, 2) ? 3 * HOUR : 3 * DAY));
        intervals[i] = (struct interval){from, from + length};
        from += length + 1 + (int64_t)below(c, (uint64_t)(2 * DAY));
    }
    return count;
}

static void random_suspensions(struct random_case *c)
{
    c->zone.calendar.suspended = c->suspended;
    c->zone.calendar.suspended_count = random_intervals(c, c->suspended);
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++) {
        c->zone.calendar.excused[what] = c->excused[what];
        if (one_in(c, 2))
            c->zone.calendar.excused_count[what] = random_intervals(c, c->excused[what]);
    }
}

/* --- facts --- */

/* At or beside the border of a suspension; without one, anywhere. */
static struct instant random_border(struct random_case *c)
{
    size_t count = c->q.calendar->suspended_count;
    if (count == 0)
        return shifted(c->q.t, -(int64_t)below(c, (uint64_t)(14 * DAY)));
    const struct interval *interval = &c->suspended[below(c, count)];
    return nudged(c, (struct instant){one_in(c, 2) ? interval->from : interval->to});
}

/* A fact that lies behind T is not known at T, and so not stored. NULL then. Its retraction lies at
 * or before T, too, and perhaps before the fact. */
static struct fact *add_fact(struct random_case *c, struct thing *thing, enum fact_kind kind,
                             struct instant t)
{
    if (t.us > c->q.t.us || thing->fact_count == FACTS_MAX)
        return NULL;
    size_t i = thing->fact_count++;
    snprintf(thing->fact_ids[i], sizeof thing->fact_ids[i], "%llu",
             (unsigned long long)below(c, 1000) * 100 + i);
    thing->facts[i] = (struct fact){.kind = kind,
                                    .at = t,
                                    .retracted_at = INSTANT_NEVER,
                                    .source = one_in(c, 4) ? "wms" : "oms",
                                    .id = thing->fact_ids[i],
                                    .parcels = 1,
                                    .units = 1,
                                    .paid_at = INSTANT_NEVER,
                                    .presale_until = INSTANT_NEVER,
                                    .promised_at = INSTANT_NEVER,
                                    .deliver_by = INSTANT_NEVER,
                                    .ship_by = INSTANT_NEVER,
                                    .period_from = INSTANT_NEVER,
                                    .period_to = INSTANT_NEVER};
    if (one_in(c, 12)) {
        int64_t after = (int64_t)below(c, (uint64_t)(2 * DAY)) - 6 * HOUR;
        struct instant retracted = one_in(c, 4) ? c->q.t : shifted(t, after);
        if (retracted.us <= c->q.t.us) {
            thing->facts[i].retracted_at = retracted;
            met.retracted++;
        }
    }
    return &thing->facts[i];
}

/* With a value from 0 to `values`. */
static void add_valued(struct random_case *c, struct thing *thing, enum fact_kind kind,
                       struct instant t, int32_t values)
{
    struct fact *fact = add_fact(c, thing, kind, t);
    if (fact != NULL)
        fact->value = (int32_t)below(c, (uint64_t)values + 1);
}

/* One of the orders; NULL seldom, and when there is none. The orders come first. */
static const char *random_order_id(struct random_case *c)
{
    if (c->thing_count == 0 || one_in(c, 8))
        return NULL;
    const struct thing *thing = &c->things[below(c, c->thing_count)];
    return thing->entity == ENTITY_ORDER ? thing->id : NULL;
}

static struct thing *begin_thing(struct random_case *c, enum entity entity)
{
    struct thing *thing = &c->things[c->thing_count];
    thing->entity = entity;
    thing->fact_count = 0;
    snprintf(thing->id, sizeof thing->id, "%02d", (int)c->thing_count);
    return thing;
}

static void end_thing(struct random_case *c, struct thing *thing)
{
    qsort(thing->facts, thing->fact_count, sizeof thing->facts[0], written_compare);
    c->thing_count++;
}

/* --- random orders --- */

static const int64_t limits[] = {0, 24, 36, 48, 72, 120, 240};

static struct instant random_t0(struct random_case *c)
{
    struct instant t = c->q.t;
    int32_t today = calendar_day(c->q.calendar, t);
    switch (below(c, 7)) {
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
    case 5:
        return random_border(c);
    default:
        return shifted(t, -(int64_t)below(c, (uint64_t)(14 * DAY)));
    }
}

/* When something may have happened to an order of t0. */
static struct instant random_event(struct random_case *c, struct instant t0)
{
    int32_t day = calendar_day(c->q.calendar, t0);
    switch (below(c, 7)) {
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
    case 5:
        return random_border(c);
    default:
        return shifted(t0, (int64_t)below(c, (uint64_t)(12 * DAY)));
    }
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
static void add_placed(struct random_case *c, struct thing *order, struct instant t0)
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
    if (one_in(c, 2))
        placed->deliver_by = random_promise(c, t0);
    placed->units = (int64_t)below(c, 4);
    if (cod)
        return;
    if (one_in(c, 2))
        placed->paid_at = begun;
    if (instant_is_never(placed->paid_at) || one_in(c, 6))
        add_fact(c, order, FACT_PAID, one_in(c, 8) ? random_event(c, begun) : begun);
}

static void add_scans(struct random_case *c, struct thing *order, enum fact_kind kind,
                      struct instant t0)
{
    static const char *const parcels[] = {NULL, "P1", "P2", "P3"};
    for (uint64_t scans = below(c, 4); scans > 0; scans--) {
        struct fact *fact = add_fact(c, order, kind, random_event(c, t0));
        if (fact == NULL)
            continue;
        fact->parcel = one_of(c, parcels);
        fact->waybill = !one_in(c, 4);
    }
}

static void add_cancellation(struct random_case *c, struct thing *order, struct instant t0)
{
    struct instant t = random_event(c, t0);
    if (one_in(c, 3) && order->fact_count > 0) /* a tie with anything */
        t = order->facts[below(c, order->fact_count)].at;
    add_valued(c, order, FACT_CANCELLED, t, ACTOR_PLATFORM);
}

/* Covered by one report or two, some of which are revoked. */
static void add_reports(struct random_case *c, struct thing *thing, enum fact_kind covered,
                        enum fact_kind ended, struct instant from)
{
    static const char *const reports[] = {"R1", "R2"};
    for (size_t i = 0; i < 2; i++) {
        struct instant t = random_event(c, from);
        struct fact *fact = one_in(c, 2) ? add_fact(c, thing, covered, t) : NULL;
        if (fact != NULL)
            fact->report = reports[i];
        fact = fact != NULL && one_in(c, 3)
                   ? add_fact(c, thing, ended, shifted(t, (int64_t)below(c, (uint64_t)DAY)))
                   : NULL;
        if (fact != NULL)
            fact->report = reports[i];
    }
}

static void random_order(struct random_case *c)
{
    struct thing *order = begin_thing(c, ENTITY_ORDER);
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
    if (one_in(c, 3))
        add_scans(c, order, FACT_SHIPPED, t0);
    if (one_in(c, 4))
        add_cancellation(c, order, t0);
    if (one_in(c, 4))
        add_reports(c, order, FACT_EXEMPTED, FACT_EXEMPTION_ENDED, t0);
    end_thing(c, order);
}

/* --- random tickets --- */

static const int64_t ticket_limits[] = {30 * US_PER_SECOND, 3 * MINUTE, 10 * MINUTE,
                                        3 * HOUR,           DAY,        2 * DAY};

/* Some time of a ticket before, its closing if it has one, so that sessions follow each other. */
static struct instant random_neighbour(struct random_case *c)
{
    size_t back = 1 + below(c, 4);
    const struct thing *other = &c->things[back > c->thing_count ? 0 : c->thing_count - back];
    if (other->entity != ENTITY_TICKET || other->fact_count == 0)
        return shifted(c->q.t, -(int64_t)below(c, (uint64_t)HOUR));
    for (size_t i = 0; i < other->fact_count; i++)
        if (other->facts[i].kind == FACT_CLOSED)
            return other->facts[i].at;
    return other->facts[below(c, other->fact_count)].at;
}

static struct instant random_opening(struct random_case *c)
{
    static const int64_t day_times[] = {0, 9 * HOUR, 23 * HOUR};
    struct instant t = c->q.t;
    int32_t today = calendar_day(c->q.calendar, t);
    switch (below(c, 8)) {
    case 0: /* at or beside a limit */
    case 1:
        return nudged(c, shifted(t, -one_of(c, ticket_limits)));
    case 2: /* at or beside a midnight, or the night's ends */
        return nudged(c, shifted(calendar_start(c->q.calendar, today - (int32_t)below(c, 8)),
                                 one_of(c, day_times)));
    case 3: /* within a limit */
        return shifted(t, -(int64_t)below(c, (uint64_t)one_of(c, ticket_limits)));
    case 4:
        return nudged(c, shifted(random_neighbour(c), 10 * MINUTE));
    case 5:
        return shifted(random_neighbour(c), (int64_t)below(c, (uint64_t)(11 * MINUTE)));
    case 6:
        return random_border(c);
    default:
        return shifted(t, -(int64_t)below(c, (uint64_t)(14 * DAY)));
    }
}

static struct instant random_ticket_event(struct random_case *c, struct instant opened)
{
    switch (below(c, 7)) {
    case 0:
        return nudged(c, shifted(opened, one_of(c, ticket_limits)));
    case 1: /* before the opening, or not long after */
        return shifted(opened, (int64_t)below(c, (uint64_t)(20 * MINUTE)) - 10 * MINUTE);
    case 2:
        return nudged(c, calendar_end(c->q.calendar,
                                      calendar_day(c->q.calendar, opened) + (int32_t)below(c, 4)));
    case 3:
        return nudged(c, c->q.t);
    case 4:
        return random_border(c);
    case 5:
        return opened;
    default:
        return shifted(opened, (int64_t)below(c, (uint64_t)(4 * DAY)));
    }
}

static void add_opened(struct random_case *c, struct thing *ticket, struct instant opened)
{
    static const char *const buyers[] = {NULL, "b1", "b1", "b1", "b2"};
    struct fact *fact = add_fact(c, ticket, FACT_OPENED, opened);
    if (fact == NULL)
        return;
    static const enum ticket_kind frequent[] = {TICKET_CHAT, TICKET_DISPUTE};
    fact->value = (int32_t)(one_in(c, 2) ? one_of(c, frequent)
                                         : 1 + (enum ticket_kind)below(c, TICKET_KINDS - 1));
    fact->order = random_order_id(c);
    fact->buyer = one_of(c, buyers);
    fact->left_message = one_in(c, 6);
}

static void random_ticket(struct random_case *c)
{
    static const struct {
        enum fact_kind kind;
        int32_t values;
        uint64_t most, one_in;
    } events[] = {
        {FACT_ASKED, 0, 3, 2},
        {FACT_REPLIED, REPLIER_BOT, 3, 2},
        {FACT_AUDITED, AUDIT_REJECTED, 2, 2},
        {FACT_BUYER_SHIPPED, 0, 1, 2},
        {FACT_RECEIVED, 0, 1, 4},
        {FACT_PROCESSED, PROCESS_COMPENSATED, 2, 2},
        {FACT_ESCALATED, 0, 1, 4},
        {FACT_RULED, LIABLE_NONE, 2, 2},
        {FACT_APPEALED, APPEAL_WON, 2, 4},
        {FACT_TIMED_OUT, PHASE_EXECUTION, 1, 4},
        {FACT_CLOSED, CLOSE_SETTLED, 3, 2},
        {FACT_REOPENED, 0, 2, 3},
        {FACT_RATED, 4, 2, 2},
    };
    struct thing *ticket = begin_thing(c, ENTITY_TICKET);
    struct instant opened = random_opening(c);
    if (!one_in(c, 20))
        add_opened(c, ticket, opened);
    if (one_in(c, 20))
        add_opened(c, ticket, random_opening(c));
    uint64_t quiet = one_in(c, 2) ? 4 : 1;
    for (size_t i = 0; i < LENGTH(events); i++) {
        if (!one_in(c, quiet * events[i].one_in))
            continue;
        for (uint64_t n = 1 + below(c, events[i].most); n > 0; n--)
            add_valued(c, ticket, events[i].kind, random_ticket_event(c, opened), events[i].values);
    }
    for (size_t i = 0; i < ticket->fact_count; i++)
        if (ticket->facts[i].kind == FACT_RATED) /* a rating has always stars */
            ticket->facts[i].value++;
    if (one_in(c, 4))
        add_reports(c, ticket, FACT_EXCUSED, FACT_EXCUSE_ENDED, opened);
    end_thing(c, ticket);
}

/* --- random reviews --- */

static struct instant random_review_time(struct random_case *c)
{
    int32_t today = calendar_day(c->q.calendar, c->q.t);
    switch (below(c, 4)) {
    case 0:
        return nudged(c, calendar_start(c->q.calendar, today - (int32_t)below(c, 8)));
    case 1:
        return random_border(c);
    default: /* coarse, so that some are at one instant */
        return shifted(c->q.t, -(int64_t)below(c, 14 * 24) * HOUR);
    }
}

static void random_review(struct random_case *c)
{
    static const char *const buyers[] = {NULL, "b1", "b1", "b1", "b1", "b2"};
    struct thing *review = begin_thing(c, ENTITY_REVIEW);
    const char *buyer = one_of(c, buyers), *order = random_order_id(c);
    for (uint64_t times = one_in(c, 20) ? 0 : 1 + one_in(c, 6); times > 0; times--) {
        struct fact *fact = add_fact(c, review, FACT_REVIEWED, random_review_time(c));
        if (fact == NULL)
            continue;
        fact->buyer = one_in(c, 10) ? "b2" : buyer;
        fact->order = order;
        fact->by_default = one_in(c, 10);
        for (enum aspect aspect = 0; aspect < ASPECTS; aspect++)
            fact->stars[aspect] = one_in(c, 3) ? 1 : (uint8_t)below(c, 6);
    }
    if (one_in(c, 8))
        add_fact(c, review, FACT_EXCLUDED, random_review_time(c));
    end_thing(c, review);
}

/* --- what is known --- */

static struct view read_thing(const struct thing *thing, struct instant t)
{
    const struct facts facts = {thing->facts, thing->fact_count};
    struct view view = {.entity = thing->entity};
    if (thing->entity == ENTITY_ORDER)
        view.order = order_at(&facts, t);
    else if (thing->entity == ENTITY_TICKET)
        view.ticket = ticket_at(&facts, t);
    else
        view.review = review_at(&facts, t);
    return view;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static unsigned defects_of(const struct random_case *c, const struct view *views, size_t order)
{
    unsigned defects = 0;
    for (size_t i = 0; i < c->thing_count; i++) {
        const struct view *view = &views[i];
        if (view->entity == ENTITY_REVIEW && review_is_negative(&view->review) &&
            same_text(view->review.order, c->things[order].id))
            defects |= DEFECT_NEGATIVE_REVIEW;
        if (view->entity == ENTITY_TICKET && ticket_is_defect(&view->ticket) &&
            same_text(view->ticket.order, c->things[order].id))
            defects |= DEFECT_DISPUTE;
    }
    return defects;
}

static bool is_recontact(const struct random_case *c, const struct view *views, size_t session)
{
    for (size_t i = 0; i < c->thing_count; i++)
        if (i != session && views[i].entity == ENTITY_TICKET &&
            session_follows(&views[session].ticket, &views[i].ticket))
            return true;
    return false;
}

static bool is_crowded_out(const struct random_case *c, const struct view *views, size_t review)
{
    int later = 0;
    for (size_t i = 0; i < c->thing_count; i++)
        later += views[i].entity == ENTITY_REVIEW && views[i].review.active &&
                 same_text(views[i].review.buyer, views[review].review.buyer) &&
                 review_compare(views[i].review.at, c->things[i].id, views[review].review.at,
                                c->things[review].id) > 0;
    return later >= REVIEWS_PER_BUYER;
}

/* Every thing as it is at t, with what its neighbours at t say of it. */
static void read_things(const struct random_case *c, struct instant t, struct view *views)
{
    for (size_t i = 0; i < c->thing_count; i++)
        views[i] = read_thing(&c->things[i], t);
    for (size_t i = 0; i < c->thing_count; i++) {
        if (views[i].entity == ENTITY_ORDER)
            views[i].order.defects = defects_of(c, views, i);
        else if (views[i].entity == ENTITY_TICKET)
            views[i].ticket.recontact = is_recontact(c, views, i);
        else if (views[i].entity == ENTITY_REVIEW && views[i].review.active)
            views[i].review.crowded_out = is_crowded_out(c, views, i);
    }
}

static void count_neighbours(const struct random_case *c)
{
    for (size_t i = 0; i < c->thing_count; i++) {
        const struct view *view = &c->at_t[i];
        if (view->entity == ENTITY_ORDER) {
            met.negative += (view->order.defects & DEFECT_NEGATIVE_REVIEW) != 0;
            met.disputed += (view->order.defects & DEFECT_DISPUTE) != 0;
            met.exempt += view->order.counts && order_is_exempt(&view->order, c->q.calendar);
        } else if (view->entity == ENTITY_TICKET) {
            met.recontact += view->ticket.recontact;
            met.excused +=
                view->ticket.opened_known && ticket_is_excused(&view->ticket, c->q.calendar);
        } else {
            met.crowded_out += view->review.crowded_out;
        }
    }
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
    random_suspensions(c);
    for (uint64_t n = below(c, ORDERS_MAX + 1); n > 0; n--)
        random_order(c);
    for (uint64_t n = below(c, TICKETS_MAX + 1); n > 0; n--)
        random_ticket(c);
    for (uint64_t n = below(c, one_in(c, 3) ? REVIEWS_MAX + 1 : 10); n > 0; n--)
        random_review(c);
    read_things(c, c->q.t, c->at_t);
    read_things(c, INSTANT_NEVER, c->known);
    count_neighbours(c);
}

/* --- what the database would hold --- */

struct column {
    struct filled_ledger *filled;
    size_t measure;
};

static void tally(void *arg, const struct observation *seen)
{
    const struct column *column = arg;
    const struct ledger *ledger = &column->filled->ledger;
    if (seen->day < ledger->first_day ||
        seen->day >= ledger->first_day + (int32_t)ledger->day_count)
        return;
    size_t row = (size_t)(seen->day - ledger->first_day);
    struct tally *tally = &column->filled->tallies[row * ledger->measure_count + column->measure];
    tally->valid += seen->valid;
    tally->sum += seen->sum;
}

static void fill_tallies(struct filled_ledger *filled, const struct question *q,
                         const struct view *view)
{
    for (size_t m = 0; m < filled->ledger.measure_count; m++)
        observe(&filled->ledger.measures[m], q->calendar, view, tally, &(struct column){filled, m});
}

/* Waiting rows from the first hour of ledger_waiting_from() on, those by mark from T's hour on. */
static void fill_waiting(struct filled_ledger *filled, const struct question *q,
                         const struct order_view *view)
{
    int64_t first_hour = instant_hour(calendar_start(q->calendar, ledger_waiting_from(q)));
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        struct wait wait = order_wait(series, q->calendar, view);
        if (!wait.open || wait.hour < (series_by_mark(series) ? instant_hour(q->t) : first_hour))
            continue;
        met.suspended_waiting += wait.suspended;
        size_t i = 0;
        for (; i < filled->ledger.waiting_count; i++)
            if (filled->waiting[i].series == series && filled->waiting[i].day == wait.day &&
                filled->waiting[i].suspended == wait.suspended &&
                filled->waiting[i].hour == wait.hour)
                break;
        if (i == filled->ledger.waiting_count)
            filled->waiting[filled->ledger.waiting_count++] =
                (struct waiting_row){series, wait.suspended, wait.day, wait.hour, 0};
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
        if (wait.open && wait.hour == cuts[i].hour)
            filled->open[filled->ledger.open_count++] =
                (struct open_order){.series = cuts[i].series,
                                    .day = calendar_day(q->calendar, view->t0),
                                    .t0 = view->t0,
                                    .mark = wait.mark};
    }
}

static void fill_tickets(struct filled_ledger *filled, const struct question *q,
                         const struct ticket_view *view)
{
    struct ticket_range ranges[POLICY_METRICS_MAX];
    size_t range_count = ledger_ticket_ranges(q, ranges);
    for (size_t i = 0; i < range_count; i++) {
        struct instant event =
            ranges[i].milestone == MILESTONE_REPLIED ? view->replied : view->audited;
        bool cancelled = !instant_is_never(view->closed) && view->closing == CLOSE_CANCELLED;
        if (view->opened_known && instant_is_never(event) && !cancelled && view->excuse == NULL &&
            (ranges[i].kinds & 1U << view->kind) != 0 && view->opened.us >= ranges[i].from.us)
            filled->tickets[filled->ledger.ticket_count++] =
                (struct open_ticket){.measure = ranges[i].measure,
                                     .kind = view->kind,
                                     .opened = view->opened,
                                     .left_message = view->left_message,
                                     .recontact = view->recontact};
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
    filled->ledger.tickets = filled->tickets;

    for (size_t i = 0; i < c->thing_count; i++) {
        const struct view *view = &c->known[i];
        fill_tallies(filled, q, view);
        if (view->entity == ENTITY_ORDER) {
            fill_waiting(filled, q, &view->order);
            fill_cuts(filled, q, &view->order);
        } else if (view->entity == ENTITY_TICKET) {
            fill_tickets(filled, q, &view->ticket);
        }
    }
    for (size_t i = 0; i < c->thing_count; i++) {
        const struct view *view = &c->known[i];
        if (view->entity == ENTITY_ORDER && view->order.t0.us > q->t.us &&
            view->order.t0.us < calendar_end(q->calendar, today).us) {
            ledger_exclude(&filled->ledger, q, &view->order);
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
    fail_msg("seed %llu, T %s, %s, %zu things: %s %d is %lld by the ledger, %lld by replay",
             (unsigned long long)c->seed, t, c->q.basis == BASIS_LIVE ? "live" : "official",
             c->thing_count, what, index, (long long)fast, (long long)slow);
}

#define same(what, index, fast, slow)                                                              \
    do {                                                                                           \
        if ((fast) != (slow))                                                                      \
            differ(c, what, (int)(index), (int64_t)(fast), (int64_t)(slow));                       \
    } while (0)

static void replay_score(const struct random_case *c, bool tickets_only,
                         struct score_reading *reading)
{
    replay_score_begin(reading);
    for (size_t i = 0; i < c->thing_count; i++)
        if (!tickets_only || c->at_t[i].entity == ENTITY_TICKET)
            replay_score_add(&c->q, &c->at_t[i], reading);
}

static void compare_scores(const struct random_case *c)
{
    static struct filled_ledger filled;
    fill_ledger(&filled, c, ledger_score_from(&c->q));
    struct score_reading fast, slow, tickets;
    ledger_read_score(&filled.ledger, &c->q, &fast);
    replay_score(c, false, &slow);

    for (size_t m = 0; m < c->policy.metric_count; m++) {
        const struct metric *metric = &c->policy.metrics[m];
        same("valid of metric", m, fast.metrics[m].valid, slow.metrics[m].valid);
        same("sum of metric", m, fast.metrics[m].sum, slow.metrics[m].sum);
        same("pending of metric", m, fast.metrics[m].pending, slow.metrics[m].pending);
        met.metrics[m].valid += slow.metrics[m].valid;
        met.metrics[m].sum += slow.metrics[m].sum;
        met.metrics[m].pending += slow.metrics[m].pending;
        if (metric->measure.kind == MEASURE_WITHIN && !metric->complement) {
            met.good += slow.metrics[m].sum;
            met.late += slow.metrics[m].valid - slow.metrics[m].sum;
            met.pending += slow.metrics[m].pending;
        }
    }
    same("recent orders, days", c->policy.novice_days, fast.recent_orders, slow.recent_orders);

    /* What orders bring to it, the ledger does not know. */
    replay_score(c, true, &tickets);
    same("next change by tickets", 0, fast.next_change.us, tickets.next_change.us);
    met.ticket_change += !instant_is_never(fast.next_change);
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
    for (size_t i = 0; i < c->thing_count; i++)
        if (c->at_t[i].entity == ENTITY_ORDER)
            replay_backlog_add(&c->q, &c->at_t[i].order, &slow);

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

/* Every metric, and each kind of neighbour, was met often enough. */
static void assert_met(const struct policy *policy)
{
    const int64_t enough = CASES / 20;
    const struct {
        const char *name;
        int64_t count;
    } all[] = {
        {"good", met.good},
        {"late", met.late},
        {"pending", met.pending},
        {"early", met.early},
        {"retracted", met.retracted},
        {"overdue", met.overdue},
        {"still open", met.still_open},
        {"closed late", met.left_open_late},
        {"at risk", met.at_risk},
        {"exempt orders", met.exempt},
        {"excused tickets", met.excused},
        {"re-contacts", met.recontact},
        {"crowded out", met.crowded_out},
        {"negative reviews", met.negative},
        {"disputed", met.disputed},
        {"suspended and waiting", met.suspended_waiting},
        {"changes by tickets", met.ticket_change},
    };
    for (size_t i = 0; i < LENGTH(all); i++) {
        print_message("%s %lld\n", all[i].name, (long long)all[i].count);
        assert_true(all[i].count >= enough);
    }
    for (size_t m = 0; m < policy->metric_count; m++) {
        const struct metric *metric = &policy->metrics[m];
        print_message("metric %zu: valid %lld, sum %lld, pending %lld\n", m,
                      (long long)met.metrics[m].valid, (long long)met.metrics[m].sum,
                      (long long)met.metrics[m].pending);
        bool is_bare_count = !metric->has_per && (metric->measure.kind == MEASURE_ORDERS ||
                                                  metric->measure.kind == MEASURE_TICKETS);
        assert_true(met.metrics[m].valid >= enough);
        assert_true(met.metrics[m].sum >= enough || is_bare_count);
        assert_true(met.metrics[m].pending >= enough || metric->measure.kind != MEASURE_WITHIN);
    }
}

static void test_ledger_and_replay__random_histories__agree_in_every_count(void **state)
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
    if (only == NULL)
        assert_met(&c.policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_and_replay__random_histories__agree_in_every_count),
    };
    return cmocka_run_group_tests_name("domain/paths", tests, NULL, NULL);
}
