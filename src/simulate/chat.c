/* By day a bot or an agent answers within seconds, mostly; by night the bot answers and notes a
 * message, or one agent who is slow. Some buyers come back a few minutes after the session was
 * closed. */
#include "simulate/chat.h"

#include "simulate/ticket.h"

#define MINUTE INT64_C(60)
#define HOUR SECONDS_PER_HOUR
#define DAY SECONDS_PER_DAY
#define SESSIONS_MAX 3
#define ROUNDS_MAX 4

/* Chances are in thousandths. */
#define CHANCE_CHAT 230
#define CHANCE_SOON 600
#define CHANCE_VISITOR 80
#define CHANCE_BOT 350
#define CHANCE_BUSY 15
#define CHANCE_NIGHT_AGENT 350
#define CHANCE_ANSWERED_NEXT_DAY 6
#define CHANCE_SLOW 35
#define CHANCE_BACK 110
#define CHANCE_BACK_SOON 650
#define CHANCE_RATED 330
#define CHANCE_HAPPY 920

#define BY_BOT ",\"by\":\"bot\""
#define BY_HUMAN ",\"by\":\"human\",\"group\":\"chat\""

static int64_t first_wait(struct random *random)
{
    int64_t draw = random_below(random, 1000);

    if (draw < 870)
        return random_between(random, 4, 30);
    if (draw < 970)
        return random_between(random, 31, 175);
    return random_between(random, 181, 900);
}

static int64_t next_wait(struct random *random)
{
    if (random_chance(random, CHANCE_SLOW))
        return random_between(random, 90, 400);
    return random_between(random, 4, 55);
}

/* Question and answer until the buyer has what he came for. Gives the time of the last word. */
static int64_t converse(struct ticket *ticket, int64_t first_answer)
{
    struct random *random = &ticket->teller->random;
    int64_t rounds = random_between(random, 1, ROUNDS_MAX);
    int64_t time = first_answer;

    ticket_work(ticket, "replied", BY_HUMAN, time);
    for (int64_t i = 1; i < rounds; i++) {
        time += random_between(random, 8, 90);
        ticket_step(ticket, "asked", "", time);
        time += next_wait(random);
        ticket_work(ticket, "replied", BY_HUMAN, time);
    }
    return time;
}

static void begin(struct ticket *ticket, bool left_message, int64_t time)
{
    ticket_step(ticket, "opened",
                left_message ? ",\"kind\":\"chat\",\"channel\":\"im\",\"left_message\":true"
                             : ",\"kind\":\"chat\",\"channel\":\"im\"",
                time);
}

/* Nobody is there: the bot notes a message. It is mostly dealt with by the order itself. */
static int64_t leave_message(struct ticket *ticket, int64_t opened)
{
    struct random *random = &ticket->teller->random;
    int64_t time = opened + random_between(random, 1, 3);

    begin(ticket, true, opened);
    ticket_step(ticket, "replied", BY_BOT, time);
    if (random_chance(random, CHANCE_ANSWERED_NEXT_DAY)) {
        time = desk_hours(opened + 10 * MINUTE, random);
        ticket_work(ticket, "replied", BY_HUMAN, time);
    }
    return time;
}

static int64_t talk(struct ticket *ticket, int64_t opened)
{
    struct random *random = &ticket->teller->random;
    bool staffed = desk_is_staffed(opened);
    bool nobody = random_chance(random, staffed ? CHANCE_BUSY : 1000 - CHANCE_NIGHT_AGENT);
    bool bot = random_chance(random, CHANCE_BOT);
    int64_t wait = staffed ? first_wait(random) : random_between(random, 20, 5 * MINUTE);

    if (nobody)
        return leave_message(ticket, opened);
    begin(ticket, false, opened);
    if (bot) {
        ticket_step(ticket, "replied", BY_BOT, opened + 1);
        ticket_step(ticket, "asked", "", opened + 3);
    }
    return converse(ticket, opened + wait);
}

/* Gives when the session was closed. */
static int64_t session(struct ticket *ticket, int64_t opened)
{
    struct random *random = &ticket->teller->random;
    bool happy = random_chance(random, CHANCE_HAPPY);
    int64_t closed = talk(ticket, opened) + random_between(random, MINUTE, 10 * MINUTE);

    ticket_step(ticket, "closed", ",\"outcome\":\"done\"", closed);
    if (random_chance(random, CHANCE_RATED))
        ticket_rate(ticket, happy, closed + random_between(random, 5, 2 * HOUR));
    return closed;
}

/* Buyers ask where their order is; visitors, who need not have bought, ask about the goods. */
void chat_tell(struct life *life, const struct world *world, struct order_ref ref,
               const struct course *course)
{
    struct teller teller = teller_of(life, world, ref, FOR_CHAT);
    struct random *random = &teller.random;
    int64_t opened = course->placed;

    if (course->test || !random_chance(random, CHANCE_CHAT))
        return;
    opened += random_chance(random, CHANCE_SOON) ? random_between(random, MINUTE, 2 * HOUR)
                                                 : random_between(random, 2 * HOUR, 3 * DAY);
    for (uint8_t i = 1; i <= SESSIONS_MAX; i++) {
        struct ticket ticket = ticket_of(&teller, 'C', i);
        int64_t closed;

        ticket.visitor = random_chance(random, CHANCE_VISITOR);
        closed = session(&ticket, opened);
        if (!random_chance(random, CHANCE_BACK))
            return;
        opened = closed + (random_chance(random, CHANCE_BACK_SOON)
                               ? random_between(random, 20, 10 * MINUTE)
                               : random_between(random, HOUR, 20 * HOUR));
    }
}
