/* opened → audited → (buyer_shipped → received →) processed → closed → rated, and the ways off it.
 */
#include "simulate/after_sales.h"

#include <stddef.h>

#include "simulate/ticket.h"

#define MINUTE INT64_C(60)
#define HOUR SECONDS_PER_HOUR
#define DAY SECONDS_PER_DAY

/* Chances are in thousandths. */
#define CHANCE_TICKET 85
#define CHANCE_REFUND_OF_CANCELLED 400
#define CHANCE_CANCELLED_EARLY 35
#define CHANCE_CANCELLED_LATE 30
#define CHANCE_LATE_AUDIT 30
#define CHANCE_REJECTED 45
#define CHANCE_NEVER_SENT 35
#define CHANCE_SLOW 50
#define CHANCE_REOPENED 35
#define CHANCE_RATED 420
#define CHANCE_HAPPY 950

struct flow {
    int16_t chance; /* of this one among all */
    bool sent_back;
    const char *opened;
    const char *processed;
};

static const struct flow flows[] = {
    {460, true, ",\"kind\":\"return\",\"reason\":\"does_not_fit\",\"channel\":\"app\"",
     ",\"outcome\":\"refunded\",\"full_refund\":true"},
    {150, true, ",\"kind\":\"exchange\",\"reason\":\"wrong_size\",\"channel\":\"app\"",
     ",\"outcome\":\"exchanged\""},
    {60, true, ",\"kind\":\"repair\",\"reason\":\"defective\",\"channel\":\"phone\"",
     ",\"outcome\":\"repaired\""},
    {70, false, ",\"kind\":\"resend\",\"reason\":\"item_missing\",\"channel\":\"app\"",
     ",\"outcome\":\"resent\""},
    {140, false, ",\"kind\":\"refund\",\"reason\":\"price_protection\",\"channel\":\"app\"",
     ",\"outcome\":\"compensated\",\"full_refund\":false"},
    {120, false, ",\"kind\":\"refund\",\"reason\":\"damaged\",\"channel\":\"app\"",
     ",\"outcome\":\"refunded\",\"full_refund\":true"},
};
#define FLOWS (sizeof flows / sizeof flows[0])

static const struct flow refund_of_cancelled = {
    0, false, ",\"kind\":\"refund\",\"reason\":\"order_cancelled\",\"channel\":\"app\"",
    ",\"outcome\":\"refunded\",\"full_refund\":true"};

#define CLOSED_DONE ",\"outcome\":\"done\""
#define CLOSED_CANCELLED ",\"outcome\":\"cancelled\""
#define CLOSED_FORCED ",\"outcome\":\"forced\""

static const struct flow *draw_flow(struct random *random)
{
    int64_t draw = random_below(random, 1000);
    size_t i = 0;

    for (; i + 1 < FLOWS && draw >= flows[i].chance; i++)
        draw -= flows[i].chance;
    return &flows[i];
}

static void close_rated(struct ticket *ticket, bool happy, int64_t time)
{
    struct random *random = &ticket->teller->random;

    time += random_between(random, MINUTE, 12 * HOUR);
    ticket_step(ticket, "closed", CLOSED_DONE, time);
    if (random_chance(random, CHANCE_RATED))
        ticket_rate(ticket, happy, time + random_between(random, MINUTE, 3 * DAY));
}

/* The buyer sends the goods, and they arrive. Gives when; 0 if the buyer keeps them. */
static int64_t send_back(struct ticket *ticket, int64_t approved)
{
    struct random *random = &ticket->teller->random;
    int64_t time = approved;

    if (random_chance(random, CHANCE_NEVER_SENT)) {
        ticket_step(ticket, "closed", CLOSED_FORCED, approved + 7 * DAY);
        return 0;
    }
    time += random_between(random, 2 * HOUR, 3 * DAY);
    ticket_step(ticket, "buyer_shipped", "", time);
    time = desk_hours(time + random_between(random, 18 * HOUR, 50 * HOUR), random);
    ticket_step(ticket, "received", "", time);
    return time;
}

static void process(struct ticket *ticket, const struct flow *flow, int64_t ready)
{
    struct random *random = &ticket->teller->random;
    bool slow = random_chance(random, CHANCE_SLOW);
    bool happy = !slow && random_chance(random, CHANCE_HAPPY);
    int64_t after =
        slow ? random_between(random, DAY, 4 * DAY) : random_between(random, 20 * MINUTE, 8 * HOUR);
    int64_t time = desk_hours(ready + after, random);

    ticket_process(ticket, flow->processed, (int32_t)random_between(random, 500, 30000), time);
    if (random_chance(random, CHANCE_REOPENED)) {
        ticket_step(ticket, "closed", CLOSED_DONE, time + MINUTE);
        time += random_between(random, HOUR, 2 * DAY);
        ticket_step(ticket, "reopened", "", time);
        time = desk_hours(time + random_between(random, HOUR, 8 * HOUR), random);
        ticket_process(ticket, ",\"outcome\":\"compensated\"",
                       (int32_t)random_between(random, 300, 3000), time);
    }
    close_rated(ticket, happy, time);
}

static void handle(struct ticket *ticket, const struct flow *flow, int64_t opened)
{
    struct random *random = &ticket->teller->random;
    bool late = random_chance(random, CHANCE_LATE_AUDIT);
    int64_t after = late ? random_between(random, 25 * HOUR, 60 * HOUR)
                         : random_between(random, 5 * MINUTE, 5 * HOUR);
    int64_t audited = desk_hours(opened + after, random);

    ticket_step(ticket, "opened", flow->opened, opened);
    if (random_chance(random, CHANCE_CANCELLED_EARLY)) {
        ticket_step(ticket, "closed", CLOSED_CANCELLED, opened + random_between(random, 60, 250));
        return;
    }
    if (random_chance(random, CHANCE_REJECTED)) {
        ticket_work(ticket, "audited", ",\"outcome\":\"rejected\"", audited);
        close_rated(ticket, false, audited);
        return;
    }
    ticket_work(ticket, "audited", ",\"outcome\":\"approved\"", audited);
    if (random_chance(random, CHANCE_CANCELLED_LATE)) {
        ticket_step(ticket, "closed", CLOSED_CANCELLED,
                    audited + random_between(random, MINUTE, DAY));
        return;
    }
    if (flow->sent_back)
        audited = send_back(ticket, audited);
    if (audited != 0)
        process(ticket, flow, audited);
}

void after_sales_tell(struct life *life, const struct world *world, struct order_ref ref,
                      const struct course *course)
{
    struct teller teller = teller_of(life, world, ref, FOR_AFTER_SALES);
    struct random *random = &teller.random;
    struct ticket ticket = ticket_of(&teller, 'A', 1);

    if (course->test)
        return;
    if (course->delivered != 0 && random_chance(random, CHANCE_TICKET))
        handle(&ticket, draw_flow(random),
               course->delivered + random_between(random, HOUR, 6 * DAY));
    else if (course->cancelled != 0 && course->delivered == 0 &&
             random_chance(random, CHANCE_REFUND_OF_CANCELLED))
        handle(&ticket, &refund_of_cancelled, course->cancelled + MINUTE);
}
