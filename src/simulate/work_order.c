/* A buyer turns to the platform, the platform asks the store, which has three hours to reply. */
#include "simulate/work_order.h"

#include "simulate/ticket.h"

#define MINUTE INT64_C(60)
#define HOUR SECONDS_PER_HOUR
#define DAY SECONDS_PER_DAY

/* Chances are in thousandths. */
#define CHANCE_WORK_ORDER 18
#define CHANCE_CANCELLED 40
#define CHANCE_LATE 18
#define CHANCE_ASKED_AGAIN 300

#define BY_HUMAN ",\"by\":\"human\",\"group\":\"work_orders\""

static void answer(struct ticket *ticket, int64_t opened)
{
    struct random *random = &ticket->teller->random;
    bool late = random_chance(random, CHANCE_LATE);
    int64_t time = opened + (late ? random_between(random, 3 * HOUR + 1, 30 * HOUR)
                                  : random_between(random, 5 * MINUTE, 3 * HOUR));

    ticket_work(ticket, "replied", BY_HUMAN, time);
    if (random_chance(random, CHANCE_ASKED_AGAIN)) {
        time += random_between(random, HOUR, DAY);
        ticket_step(ticket, "asked", "", time);
        time += random_between(random, 5 * MINUTE, 4 * HOUR);
        ticket_work(ticket, "replied", BY_HUMAN, time);
    }
    ticket_step(ticket, "closed", ",\"outcome\":\"done\"",
                time + random_between(random, HOUR, 2 * DAY));
}

void work_order_tell(struct life *life, const struct world *world, struct order_ref ref,
                     const struct course *course)
{
    struct teller teller = teller_of(life, world, ref, FOR_WORK_ORDER);
    struct random *random = &teller.random;
    struct ticket ticket = ticket_of(&teller, 'W', 1);
    int64_t opened = course->placed + random_between(random, HOUR, 4 * DAY);

    if (course->test || !random_chance(random, CHANCE_WORK_ORDER))
        return;
    ticket_step(
        &ticket, "opened",
        ",\"kind\":\"work_order\",\"reason\":\"where_is_my_order\",\"channel\":\"platform\"",
        opened);
    if (random_chance(random, CHANCE_CANCELLED))
        ticket_step(&ticket, "closed", ",\"outcome\":\"cancelled\"",
                    opened + random_between(random, 5 * MINUTE, 2 * HOUR));
    else
        answer(&ticket, opened);
}
