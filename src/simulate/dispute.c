/* Most disputes are settled between buyer and store; the others are escalated, and the platform
 * rules. The store appeals against what it does not accept. */
#include "simulate/dispute.h"

#include "simulate/ticket.h"

#define HOUR SECONDS_PER_HOUR
#define DAY SECONDS_PER_DAY

/* Chances are in thousandths. */
#define CHANCE_DISPUTE 12
#define CHANCE_SETTLED 600
#define CHANCE_WITHDRAWN 240 /* the rest is escalated */
#define CHANCE_TIMED_OUT 30
#define CHANCE_MERCHANT 400 /* of the rulings */
#define CHANCE_BOTH 120
#define CHANCE_BUYER 350 /* the rest: nobody */
#define CHANCE_APPEALED 600
#define CHANCE_WON 500
#define CHANCE_SETTLED_LATE 150

static void time_out(struct ticket *ticket, int64_t time)
{
    static const char *const phases[] = {",\"phase\":\"reply\"", ",\"phase\":\"evidence\"",
                                         ",\"phase\":\"execution\""};
    struct random *random = &ticket->teller->random;

    if (random_chance(random, CHANCE_TIMED_OUT))
        ticket_step(ticket, "timed_out", phases[random_below(random, 3)], time);
}

/* Whether the store is found liable. */
static bool rule(struct ticket *ticket, int64_t time)
{
    int64_t draw = random_below(&ticket->teller->random, 1000);
    const char *liability = ",\"liability\":\"none\"";

    if (draw < CHANCE_MERCHANT)
        liability = ",\"liability\":\"merchant\"";
    else if (draw < CHANCE_MERCHANT + CHANCE_BOTH)
        liability = ",\"liability\":\"both\"";
    else if (draw < CHANCE_MERCHANT + CHANCE_BOTH + CHANCE_BUYER)
        liability = ",\"liability\":\"buyer\"";
    ticket_step(ticket, "ruled", liability, time);
    return draw < CHANCE_MERCHANT + CHANCE_BOTH;
}

static void escalate(struct ticket *ticket, int64_t time)
{
    struct random *random = &ticket->teller->random;

    ticket_step(ticket, "escalated", "", time);
    time += random_between(random, 6 * HOUR, 3 * DAY);
    if (rule(ticket, time) && random_chance(random, CHANCE_APPEALED)) {
        time += random_between(random, 2 * HOUR, 2 * DAY);
        ticket_step(ticket, "appealed",
                    random_chance(random, CHANCE_WON) ? ",\"won\":true" : ",\"won\":false", time);
    }
    ticket_step(ticket, "closed",
                random_chance(random, CHANCE_SETTLED_LATE) ? ",\"outcome\":\"settled\""
                                                           : ",\"outcome\":\"done\"",
                time + random_between(random, HOUR, DAY));
}

void dispute_tell(struct life *life, const struct world *world, struct order_ref ref,
                  const struct course *course)
{
    struct teller teller = teller_of(life, world, ref, FOR_DISPUTE);
    struct random *random = &teller.random;
    struct ticket ticket = ticket_of(&teller, 'D', 1);
    int64_t time = course->delivered + random_between(random, DAY, 8 * DAY);
    int64_t draw;

    if (course->delivered == 0 || course->test || !random_chance(random, CHANCE_DISPUTE))
        return;
    ticket_step(&ticket, "opened",
                ",\"kind\":\"dispute\",\"reason\":\"quality\",\"channel\":\"platform\"", time);
    time = desk_hours(time + random_between(random, HOUR, 10 * HOUR), random);
    ticket_work(&ticket, "replied", ",\"by\":\"human\",\"group\":\"disputes\"", time);
    time_out(&ticket, time + HOUR);
    time += random_between(random, 3 * HOUR, 3 * DAY);
    draw = random_below(random, 1000);
    if (draw < CHANCE_SETTLED)
        ticket_step(&ticket, "closed", ",\"outcome\":\"settled\"", time);
    else if (draw < CHANCE_SETTLED + CHANCE_WITHDRAWN)
        ticket_step(&ticket, "closed", ",\"outcome\":\"cancelled\"", time);
    else
        escalate(&ticket, time);
}
