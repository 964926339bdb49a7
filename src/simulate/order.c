#include "simulate/order.h"

#include "simulate/warehouse.h"

#define MINUTE INT64_C(60)
#define HOUR SECONDS_PER_HOUR

/* All chances are in thousandths. */
#define CHANCE_TEST 3
#define CHANCE_PLATFORM 25
#define CHANCE_PICKUP 15
#define CHANCE_VIRTUAL 10
#define CHANCE_COD 80
#define CHANCE_PRESALE 20
#define CHANCE_TWO_PARCELS 45
#define CHANCE_THREE_PARCELS 15
#define CHANCE_NEVER_PAID 10
#define CHANCE_PAID_LATER 300
#define CHANCE_PROMISE 150
#define CHANCE_LATER_PROMISE 30
#define CHANCE_CANCELLED 25
#define CHANCE_MISTAKE 2
#define CHANCE_MISSING 12
#define CHANCE_DELIVER_BY 400

static void draw_fulfilment(struct terms *terms, struct random *random)
{
    int64_t draw = random_below(random, 1000);

    if (draw < CHANCE_PLATFORM)
        terms->fulfilment = SIM_PLATFORM;
    else if (draw < CHANCE_PLATFORM + CHANCE_PICKUP)
        terms->fulfilment = SIM_PICKUP;
    else if (draw < CHANCE_PLATFORM + CHANCE_PICKUP + CHANCE_VIRTUAL)
        terms->fulfilment = SIM_VIRTUAL;
    else
        terms->fulfilment = SIM_MERCHANT;
}

static void draw_parcels(struct terms *terms, struct random *random)
{
    int64_t draw = random_below(random, 1000);

    terms->parcels = 1;
    if (terms->fulfilment == SIM_PICKUP || terms->fulfilment == SIM_VIRTUAL)
        return;
    if (draw < CHANCE_THREE_PARCELS)
        terms->parcels = 3;
    else if (draw < CHANCE_THREE_PARCELS + CHANCE_TWO_PARCELS)
        terms->parcels = 2;
}

static void draw_payment(struct terms *terms, struct random *random, int64_t placed)
{
    bool never = random_chance(random, CHANCE_NEVER_PAID);
    bool later = random_chance(random, CHANCE_PAID_LATER);
    int64_t after =
        later ? random_between(random, MINUTE, 30 * MINUTE) : random_between(random, 3, 90);

    terms->cod = terms->fulfilment == SIM_MERCHANT && random_chance(random, CHANCE_COD);
    if (terms->cod || never)
        return;
    if (later)
        terms->paid_later_at = placed + after;
    else
        terms->paid_at = placed + after;
}

struct terms terms_of(const struct world *world, struct order_ref ref, int64_t placed)
{
    struct random random = world_random(world, ref, FOR_TERMS);
    struct terms terms = {0};

    draw_fulfilment(&terms, &random);
    draw_parcels(&terms, &random);
    draw_payment(&terms, &random, placed);
    terms.test = random_chance(&random, CHANCE_TEST);
    if (ref.lane == LANE_ORDINARY && terms.fulfilment == SIM_MERCHANT &&
        random_chance(&random, CHANCE_PRESALE)) {
        int32_t last = ref.day + (int32_t)random_between(&random, 3, 6);
        terms.presale_until = day_start(last) + 20 * HOUR;
    }
    if (terms.presale_until == 0 && random_chance(&random, CHANCE_PROMISE))
        terms.promised_at = placed + 24 * HOUR * random_between(&random, 1, 3);
    if (terms.presale_until == 0 && random_chance(&random, CHANCE_DELIVER_BY))
        terms.deliver_by = day_start(ref.day + 4);
    return terms;
}

/* The order clock; 0 if it never starts. */
static int64_t clock_of(const struct terms *terms, int64_t placed)
{
    int64_t paid = terms->cod ? placed : terms->paid_at + terms->paid_later_at;

    if (paid == 0)
        return 0;
    return paid > terms->presale_until ? paid : terms->presale_until;
}

static void happen(struct teller *teller, enum sim_kind kind, uint8_t parcel, int64_t time)
{
    life_happen(teller, (struct sim_event){.time = time, .kind = (uint8_t)kind, .parcel = parcel});
}

static void place(struct teller *teller, const struct terms *terms, int64_t placed)
{
    struct sim_event event = {.arrives = placed, .time = placed, .kind = SIM_PLACED};

    /* The order system sends an order when the payment that it carries is there. */
    if (terms->paid_at > event.arrives)
        event.arrives = terms->paid_at;
    life_add(teller, event);
    life_repeat(teller, event);
    if (terms->paid_later_at != 0)
        happen(teller, SIM_PAID, 0, terms->paid_later_at);
}

static void promise_later(struct teller *teller, int64_t clock)
{
    int64_t time = clock + random_between(&teller->random, MINUTE, HOUR);

    life_add(teller,
             (struct sim_event){.time = time, .promise = clock + 36 * HOUR, .kind = SIM_PROMISED});
}

/* One to three days on the way, handed over between nine and seven. */
static int64_t delivery_of(struct random *random, int64_t collected)
{
    int64_t draw = random_below(random, 100);
    int32_t days = draw < 62 ? 1 : draw < 90 ? 2 : 3;

    return day_start(day_of(collected) + days) + random_between(random, 9 * HOUR, 19 * HOUR);
}

/* The parcels of a split order are packed one after the other. Gives when the last one is
 * delivered; 0 if one never is. */
static int64_t ship(struct teller *teller, const struct world *world, const struct terms *terms,
                    int64_t packed, int64_t cancelled)
{
    int64_t last = 0;
    bool whole = true;

    for (uint8_t parcel = 1; parcel <= terms->parcels; parcel++) {
        int64_t ready =
            packed + (parcel - 1) * random_between(&teller->random, 10 * MINUTE, 4 * HOUR);
        int64_t collected;
        int64_t delivered;

        /* Out of stock after all: the parcel waits for the next delivery. */
        if (random_chance(&teller->random, CHANCE_MISSING))
            ready += random_between(&teller->random, 1, 4) * SECONDS_PER_DAY;
        collected = courier_collects(world, ready, &teller->random);
        delivered = delivery_of(&teller->random, collected);
        /* A cancellation stops what the courier has not got yet. */
        if (cancelled != 0 && cancelled <= collected) {
            whole = false;
            continue;
        }
        happen(teller, SIM_SHIPPED, parcel, ready);
        happen(teller, SIM_COLLECTED, parcel, collected);
        happen(teller, SIM_DELIVERED, parcel, delivered);
        last = delivered > last ? delivered : last;
    }
    return whole ? last : 0;
}

/* 0 for an order that its buyer keeps. */
static int64_t cancellation_of(struct random *random, int64_t clock)
{
    int64_t after = random_between(random, 10 * MINUTE, 20 * HOUR);

    return random_chance(random, CHANCE_CANCELLED) ? clock + after : 0;
}

static void mistake(struct teller *teller, int64_t clock)
{
    int64_t typed = clock + random_between(&teller->random, HOUR, 3 * HOUR);

    life_add(teller, (struct sim_event){.time = typed, .kind = SIM_MISTAKE});
    typed += 20 * MINUTE;
    life_add(teller, (struct sim_event){.time = typed, .kind = SIM_RETRACTED});
}

/* When the goods are handed over at the counter, or the code is sent. */
static int64_t hand_over(struct teller *teller, const struct terms *terms, int64_t clock)
{
    int64_t after =
        terms->fulfilment == SIM_VIRTUAL ? 1 : random_between(&teller->random, HOUR, 72 * HOUR);

    happen(teller, SIM_DELIVERED, 1, clock + after);
    return clock + after;
}

struct course order_tell(struct life *life, const struct world *world, struct order_ref ref,
                         int64_t placed, int64_t packed)
{
    struct terms terms = terms_of(world, ref, placed);
    int64_t clock = clock_of(&terms, placed);
    struct course course = {.placed = placed, .clock = clock, .test = terms.test};
    struct teller teller = teller_of(life, world, ref, FOR_LIFE);

    place(&teller, &terms, placed);
    if (clock == 0) {
        happen(&teller, SIM_UNPAID, 0, placed + 24 * HOUR);
        return course;
    }
    if (terms.fulfilment == SIM_PICKUP || terms.fulfilment == SIM_VIRTUAL) {
        course.delivered = hand_over(&teller, &terms, clock);
        return course;
    }
    /* Goods of a presale lie packed when it ends; and nothing is packed before it is paid. */
    if (terms.presale_until != 0)
        packed = clock + random_between(&teller.random, HOUR, 12 * HOUR);
    if (packed < clock)
        packed = clock;
    if (terms.promised_at == 0 && random_chance(&teller.random, CHANCE_LATER_PROMISE))
        promise_later(&teller, clock);
    if (random_chance(&teller.random, CHANCE_MISTAKE))
        mistake(&teller, clock);
    course.cancelled = cancellation_of(&teller.random, clock);
    if (course.cancelled != 0)
        happen(&teller, SIM_CANCELLED, 0, course.cancelled);
    course.delivered = ship(&teller, world, &terms, packed, course.cancelled);
    return course;
}
