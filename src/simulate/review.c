/* A third of the buyers write a review within some days of the delivery; the platform gives five
 * stars in the name of many who do not. Who waited long says so in the stars for logistics. */
#include "simulate/review.h"

#include "simulate/goods.h"
#include "simulate/ticket.h"

#define HOUR SECONDS_PER_HOUR
#define DAY SECONDS_PER_DAY
#define DEFAULT_AFTER (15 * DAY)
#define LONG_WAIT (5 * DAY)

/* Chances are in thousandths. */
#define CHANCE_WRITTEN 330
#define CHANCE_DEFAULT 450
#define CHANCE_LEFT_OUT 150
#define CHANCE_EDITED 20
#define CHANCE_EXCLUDED 15

/* One to four stars, in thousandths. */
static const int16_t usual_stars[SIM_ASPECTS][4] = {
    [SIM_PRODUCT] = {14, 18, 60, 190},   [SIM_DESCRIPTION] = {14, 22, 70, 210},
    [SIM_SERVICE] = {13, 15, 40, 150},   [SIM_COURIER] = {8, 10, 30, 130},
    [SIM_LOGISTICS] = {10, 15, 50, 160},
};
static const int16_t stars_after_long_wait[4] = {170, 160, 250, 220};

static struct sim_review draw_review(struct random *random, bool waited_long)
{
    struct sim_review review = {.edition = 1};

    for (int aspect = 0; aspect < SIM_ASPECTS; aspect++) {
        bool annoyed = aspect == SIM_LOGISTICS && waited_long;

        review.stars[aspect] =
            draw_stars(random, annoyed ? stars_after_long_wait : usual_stars[aspect]);
        if (aspect != SIM_PRODUCT && random_chance(random, CHANCE_LEFT_OUT))
            review.stars[aspect] = 0;
    }
    return review;
}

static void happen(struct teller *teller, struct sim_review review, int64_t time)
{
    life_happen(teller, (struct sim_event){.time = time, .review = review, .kind = SIM_REVIEWED});
}

static void write_review(struct teller *teller, const struct course *course)
{
    struct random *random = &teller->random;
    struct sim_review review = draw_review(random, course->delivered - course->clock > LONG_WAIT);
    int64_t time = course->delivered + random_between(random, HOUR, 9 * DAY);

    happen(teller, review, time);
    if (random_chance(random, CHANCE_EDITED)) {
        time += random_between(random, HOUR, 3 * DAY);
        review.edition = 2;
        review.stars[SIM_PRODUCT] = (uint8_t)random_between(random, 1, 5);
        happen(teller, review, time);
    }
    if (random_chance(random, CHANCE_EXCLUDED)) {
        time += random_between(random, HOUR, 5 * DAY);
        life_happen(teller, (struct sim_event){.time = time, .kind = SIM_EXCLUDED});
    }
}

void review_tell(struct life *life, const struct world *world, struct order_ref ref,
                 const struct course *course)
{
    struct teller teller = teller_of(life, world, ref, FOR_REVIEW);
    struct sim_review by_default = {.stars = {5, 5, 5, 5, 5}, .edition = 1, .by_default = true};

    if (course->delivered == 0 || course->test)
        return;
    if (buyer_is_busy(buyer_of(world, ref)) || random_chance(&teller.random, CHANCE_WRITTEN))
        write_review(&teller, course);
    else if (random_chance(&teller.random, CHANCE_DEFAULT))
        happen(&teller, by_default, course->delivered + DEFAULT_AFTER);
}
