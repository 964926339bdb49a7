/* What the demo promises: whenever it is started, one of the seven listed cohorts is a mild
 * backlog, one was warned, and every shipping metric has a full sample. Proven by a count of its
 * own over the events, for every hour of two weeks and for twenty seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "simulate/order.h"
#include "simulate/text.h"
#include "simulate/timeline.h"

#define HOUR SECONDS_PER_HOUR
#define NEVER INT64_MAX
#define LISTED 7
#define NUMBERS_MAX 2048
#define FULL_SAMPLE 30
#define SEEDS 20
#define LINE_ROOM 4096
/* 2026-11-09 00:00 in Shanghai, a Monday. */
#define MONDAY INT64_C(1794153600)

/* One order as its events tell it. */
struct tale {
    bool placed;
    bool counts;
    int parcels;
    int64_t clock; /* t0 */
    int64_t promise;
    int64_t cancelled;
    int64_t mistaken;
    int64_t collected[3];
    int64_t delivered[3];
};

struct tales {
    struct tale orders[LISTED][2][NUMBERS_MAX];
    int64_t until;
    int32_t today;
    size_t events;
    bool sorted;
};

struct share {
    int64_t orders, eligible, overdue;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t last_of(const int64_t *scans, int parcels)
{
    int64_t last = 0;

    for (int i = 0; i < parcels; i++)
        last = scans[i] > last ? scans[i] : last;
    return last;
}

static void tell_placed(struct tale *tale, const struct world *world, const struct sim_event *event)
{
    struct terms terms = terms_of(world, event->ref, event->time);
    int64_t paid = terms.cod ? event->time : terms.paid_at != 0 ? terms.paid_at : NEVER;

    tale->placed = true;
    tale->counts = terms.fulfilment == SIM_MERCHANT && !terms.test;
    tale->parcels = terms.parcels;
    tale->clock = least(tale->clock, paid);
    if (tale->clock != NEVER && tale->clock < terms.presale_until)
        tale->clock = terms.presale_until;
    if (terms.promised_at != 0)
        tale->promise = terms.promised_at;
}

static void tell(struct tale *tale, const struct world *world, const struct sim_event *event)
{
    switch ((enum sim_kind)event->kind) {
    case SIM_PLACED:
        tell_placed(tale, world, event);
        return;
    case SIM_PAID:
        tale->clock = least(tale->clock, event->time);
        if (tale->clock < terms_of(world, event->ref, 1).presale_until)
            tale->clock = terms_of(world, event->ref, 1).presale_until;
        return;
    case SIM_PROMISED:
        tale->promise = least(tale->promise, event->promise);
        return;
    case SIM_SHIPPED:
    case SIM_REVIEWED:
    case SIM_EXCLUDED:
    case SIM_TICKET:
        return;
    case SIM_COLLECTED:
        tale->collected[event->parcel - 1] = event->time;
        return;
    case SIM_DELIVERED:
        tale->delivered[event->parcel - 1] = event->time;
        return;
    case SIM_CANCELLED:
    case SIM_UNPAID:
        tale->cancelled = event->time;
        return;
    case SIM_MISTAKE:
        tale->mistaken = event->time;
        return;
    case SIM_RETRACTED:
        tale->mistaken = NEVER;
        return;
    }
}

static void forget(struct tales *tales)
{
    for (int day = 0; day < LISTED; day++)
        for (int lane = 0; lane < 2; lane++)
            for (int i = 0; i < NUMBERS_MAX; i++)
                tales->orders[day][lane][i] = (struct tale){
                    .clock = NEVER,
                    .promise = NEVER,
                    .cancelled = NEVER,
                    .mistaken = NEVER,
                    .collected = {NEVER, NEVER, NEVER},
                    .delivered = {NEVER, NEVER, NEVER},
                };
}

static struct tales *tell_all(uint64_t seed, int64_t orders_per_day, bool demo, int64_t until)
{
    static struct tales tales;
    struct world world = world_of(seed, orders_per_day);
    struct timeline timeline;
    struct sim_event event;
    struct sales sales;
    int64_t before = 0;

    forget(&tales);
    sales = demo ? sales_shown(day_of(until)) : (struct sales){0};
    tales.until = until;
    tales.today = day_of(until);
    tales.events = 0;
    tales.sorted = true;
    timeline_init(&timeline, world, &sales, until, LISTED);
    while (timeline_next(&timeline, &event) == ERR_OK) {
        int32_t day = event.ref.day - (tales.today - LISTED + 1);

        assert_in_range(day, 0, LISTED - 1);
        assert_in_range(event.ref.number, 1, NUMBERS_MAX - 1);
        tell(&tales.orders[day][event.ref.lane][event.ref.number], &world, &event);
        tales.events++;
        if (event.arrives < before || event.arrives < event.time || event.arrives > until)
            tales.sorted = false;
        before = event.arrives;
    }
    timeline_done(&timeline);
    return &tales;
}

/* The contract's mark of `hours` of one cohort, as it stands at the end of the run. */
static struct share mark_of(const struct tales *tales, int32_t cohort, int64_t hours)
{
    struct share share = {0};

    for (size_t i = 0; i < sizeof tales->orders / sizeof(struct tale); i++) {
        const struct tale *tale = &tales->orders[0][0][0] + i;
        int64_t mark = tale->clock == NEVER ? NEVER : tale->clock + hours * HOUR;
        int64_t collected;
        int64_t cancelled;

        if (!tale->placed || !tale->counts || tale->clock > tales->until ||
            day_of(tale->clock) != cohort)
            continue;
        collected = last_of(tale->collected, tale->parcels);
        cancelled = least(tale->cancelled, tale->mistaken);
        share.orders++;
        if (cancelled <= mark && cancelled <= collected)
            continue;
        share.eligible++;
        share.overdue += mark < tales->until && collected > mark;
    }
    return share;
}

static bool check_is_due(const struct tales *tales, int32_t cohort, int64_t hours)
{
    return day_start(cohort + 1) + hours * HOUR <= tales->until;
}

static int mild_cohorts(const struct tales *tales, int64_t hours)
{
    int count = 0;

    for (int32_t day = tales->today - LISTED + 1; day <= tales->today; day++) {
        struct share share = mark_of(tales, day, hours);
        count += check_is_due(tales, day, hours) && share.orders > 300 &&
                 10 * share.overdue >= share.eligible;
    }
    return count;
}

static int warned_cohorts(const struct tales *tales)
{
    int count = 0;

    for (int32_t day = tales->today - LISTED + 1; day <= tales->today; day++) {
        struct share share = mark_of(tales, day, 48);
        count += check_is_due(tales, day, 48) && share.orders > 300 &&
                 100 * share.overdue > 15 * share.eligible;
    }
    return count;
}

/* A cohort that got a warning and then, its 72 h check done, no more. */
static int only_warned_cohorts(const struct tales *tales)
{
    int count = 0;

    for (int32_t day = tales->today - LISTED + 1; day <= tales->today; day++) {
        struct share at_48 = mark_of(tales, day, 48);
        struct share at_72 = mark_of(tales, day, 72);
        count += check_is_due(tales, day, 48) && at_48.orders > 300 &&
                 100 * at_48.overdue > 15 * at_48.eligible && 10 * at_72.overdue < at_72.eligible;
    }
    return count;
}

/* The least number of orders that the metrics L1 to L5 have decided. */
static int64_t smallest_sample(const struct tales *tales)
{
    int64_t valid[5] = {0};
    int64_t smallest = NEVER;

    for (size_t i = 0; i < sizeof tales->orders / sizeof(struct tale); i++) {
        const struct tale *tale = &tales->orders[0][0][0] + i;
        int64_t now = tales->until;
        int32_t day;
        int64_t promise;

        if (!tale->placed || !tale->counts || tale->clock > now ||
            least(tale->cancelled, tale->mistaken) != NEVER)
            continue;
        day = day_of(tale->clock);
        promise = tale->promise != NEVER ? tale->promise : tale->clock + 48 * HOUR;
        valid[0] += now >= day_start(day + 1);
        valid[1] += now > tale->clock + 24 * HOUR;
        valid[2] += now > promise;
        valid[3] += now >= day_start(day + 2);
        valid[4] += last_of(tale->delivered, tale->parcels) != NEVER;
    }
    for (size_t i = 0; i < 5; i++)
        smallest = least(smallest, valid[i]);
    return smallest;
}

static void assert_demo(uint64_t seed, int64_t orders_per_day, int64_t until)
{
    const struct tales *tales = tell_all(seed, orders_per_day, true, until);
    bool good = tales->sorted && mild_cohorts(tales, 72) > 0 && warned_cohorts(tales) > 0 &&
                only_warned_cohorts(tales) > 0 && mild_cohorts(tales, 120) == 0 &&
                smallest_sample(tales) >= FULL_SAMPLE;

    if (!good)
        fail_msg("seed %llu until %lld: sorted %d, mild %d, warned %d, only warned %d, severe %d, "
                 "smallest sample %lld",
                 (unsigned long long)seed, (long long)until, tales->sorted, mild_cohorts(tales, 72),
                 warned_cohorts(tales), only_warned_cohorts(tales), mild_cohorts(tales, 120),
                 (long long)smallest_sample(tales));
}

static void test_demo__every_hour_of_two_weeks__mild_and_warned_and_full(void **state)
{
    (void)state;
    for (int hour = 0; hour < 14 * 24; hour++)
        assert_demo(1, 420, MONDAY + hour * HOUR);
}

/* Every seed meets every day of two weeks, each at another hour; the first and the last second of a
 * day among them. */
static void test_demo__twenty_seeds__mild_and_warned_and_full(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int day = 0; day < 14; day++) {
            int64_t hour = (int64_t)(seed * 5 + (uint64_t)day * 7) % 24;
            int64_t last_second = (seed + (uint64_t)day) % 2 == 0 ? HOUR - 1 : 0;
            assert_demo(seed, 420, MONDAY + day * SECONDS_PER_DAY + hour * HOUR + last_second);
        }
}

static void test_demo__other_sizes__mild_and_warned_and_full(void **state)
{
    static const int64_t sizes[] = {200, 700};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int day = 0; day < 14; day++)
            assert_demo(1, sizes[i], MONDAY + day * SECONDS_PER_DAY + day * HOUR);
}

static void test_calm__every_day_of_two_weeks__neither_mild_nor_warned(void **state)
{
    (void)state;
    for (int day = 0; day < 14; day++) {
        const struct tales *tales = tell_all(1, 420, false, MONDAY + day * SECONDS_PER_DAY);

        assert_int_equal(mild_cohorts(tales, 72), 0);
        assert_int_equal(warned_cohorts(tales), 0);
        assert_true(smallest_sample(tales) >= FULL_SAMPLE);
    }
}

/* Collects the events of a run that are of orders of one day. */
static size_t events_of_day(int64_t until, int32_t days, int32_t day, struct sim_event *ret_events,
                            size_t room)
{
    struct timeline timeline;
    struct sim_event event;
    struct sales sales = {.first_days = {day - day % SALE_EVERY}, .count = 1};
    size_t count = 0;

    timeline_init(&timeline, world_of(3, 420), &sales, until, days);
    while (timeline_next(&timeline, &event) == ERR_OK) {
        if (event.ref.day != day)
            continue;
        assert_true(count < room);
        ret_events[count++] = event;
    }
    timeline_done(&timeline);
    return count;
}

static void assert_same(const struct sim_event *a, const struct sim_event *b)
{
    struct world world = world_of(3, 420);
    struct buf one, two;

    buf_init(&one, LINE_ROOM);
    buf_init(&two, LINE_ROOM);
    text_event(&one, &world, "\"s\"", a);
    text_event(&two, &world, "\"s\"", b);
    assert_true(a->arrives == b->arrives);
    assert_string_equal(buf_text(&one), buf_text(&two));
    buf_done(&one);
    buf_done(&two);
}

/* A later run with another number of days tells the same of a day, and goes on: what makes filling
 * a store twice safe. */
static void test_timeline__later_run__repeats_the_earlier_one_and_goes_on(void **state)
{
    enum { ROOM = 65536 };
    struct sim_event *first = calloc(ROOM, sizeof *first);
    struct sim_event *second = calloc(ROOM, sizeof *second);
    int64_t until = MONDAY + 11 * HOUR;
    int32_t day = day_of(until) - 1;
    size_t count, longer;

    (void)state;
    assert_non_null(first);
    assert_non_null(second);
    count = events_of_day(until, 5, day, first, ROOM);
    longer = events_of_day(until + SECONDS_PER_DAY, 9, day, second, ROOM);
    assert_true(count > 300);
    assert_true(longer > count);
    for (size_t i = 0; i < count; i++)
        assert_same(&first[i], &second[i]);
    free(first);
    free(second);
}

static void test_timeline__other_seed__other_events(void **state)
{
    int64_t until = MONDAY + 3 * SECONDS_PER_DAY;

    (void)state;
    assert_int_not_equal(tell_all(1, 420, true, until)->events,
                         tell_all(2, 420, true, until)->events);
}

/* Two hundred days need no more room than forty: orders leave when their last ticket ends. */
static void test_timeline__many_days__room_of_few(void **state)
{
    struct timeline timeline;
    struct sim_event event;
    struct sales none = {0};
    size_t most[2] = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        timeline_init(&timeline, world_of(1, 100), &none, MONDAY, i == 0 ? 40 : 200);
        while (timeline_next(&timeline, &event) == ERR_OK)
            most[i] = timeline.count > most[i] ? timeline.count : most[i];
        timeline_done(&timeline);
    }
    assert_true(most[0] > 100);
    assert_true(most[1] < most[0] + most[0] / 2);
}

static void test_timeline__smallest_store__ends(void **state)
{
    struct timeline timeline;
    struct sim_event event;
    struct sales sales = sales_shown(day_of(MONDAY));
    enum err err;

    (void)state;
    timeline_init(&timeline, world_of(1, 1), &sales, MONDAY, 35);
    do {
        err = timeline_next(&timeline, &event);
    } while (err == ERR_OK);
    assert_int_equal(err, ERR_NOT_FOUND);
    timeline_done(&timeline);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo__every_hour_of_two_weeks__mild_and_warned_and_full),
        cmocka_unit_test(test_demo__twenty_seeds__mild_and_warned_and_full),
        cmocka_unit_test(test_demo__other_sizes__mild_and_warned_and_full),
        cmocka_unit_test(test_calm__every_day_of_two_weeks__neither_mild_nor_warned),
        cmocka_unit_test(test_timeline__later_run__repeats_the_earlier_one_and_goes_on),
        cmocka_unit_test(test_timeline__other_seed__other_events),
        cmocka_unit_test(test_timeline__many_days__room_of_few),
        cmocka_unit_test(test_timeline__smallest_store__ends),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("simulate/timeline", tests, NULL, NULL);
}
