#include "simulate/ticket.h"

#define MINUTE INT64_C(60)
#define HOUR SECONDS_PER_HOUR
#define DESK_OPENS (9 * HOUR)
#define DESK_CLOSES (22 * HOUR)

/* One to four stars, in thousandths. */
static const int16_t happy_stars[4] = {10, 15, 45, 240};
static const int16_t unhappy_stars[4] = {400, 200, 200, 100};

struct ticket ticket_of(struct teller *teller, char desk, uint8_t session)
{
    return (struct ticket){
        .teller = teller,
        .desk = desk,
        .session = session,
        .agent = (uint8_t)random_between(&teller->random, 1, AGENTS),
    };
}

static void tell_step(struct ticket *ticket, struct sim_step step, int64_t time)
{
    step.number = ++ticket->steps;
    step.desk = ticket->desk;
    step.session = ticket->session;
    step.visitor = ticket->visitor;
    life_happen(ticket->teller, (struct sim_event){.time = time, .step = step, .kind = SIM_TICKET});
}

void ticket_step(struct ticket *ticket, const char *type, const char *data, int64_t time)
{
    tell_step(ticket, (struct sim_step){.type = type, .data = data}, time);
}

void ticket_work(struct ticket *ticket, const char *type, const char *data, int64_t time)
{
    tell_step(ticket, (struct sim_step){.type = type, .data = data, .agent = ticket->agent}, time);
}

void ticket_process(struct ticket *ticket, const char *data, int32_t cost_fen, int64_t time)
{
    struct sim_step step = {
        .type = "processed", .data = data, .cost_fen = cost_fen, .agent = ticket->agent};

    tell_step(ticket, step, time);
}

bool desk_is_staffed(int64_t time)
{
    int64_t in_day = time - day_start(day_of(time));

    return in_day >= DESK_OPENS && in_day < DESK_CLOSES;
}

int64_t desk_hours(int64_t time, struct random *random)
{
    int32_t day = day_of(time);
    int64_t in_day = time - day_start(day);

    if (desk_is_staffed(time))
        return time;
    return day_start(in_day < DESK_OPENS ? day : day + 1) + DESK_OPENS +
           random_between(random, MINUTE, 2 * HOUR);
}

uint8_t draw_stars(struct random *random, const int16_t below_five[4])
{
    int64_t draw = random_below(random, 1000);
    uint8_t stars = 1;

    for (; stars < 5 && draw >= below_five[stars - 1]; stars++)
        draw -= below_five[stars - 1];
    return stars;
}

void ticket_rate(struct ticket *ticket, bool happy, int64_t time)
{
    static const char *const ratings[] = {
        ",\"stars\":1,\"channel\":\"app\"", ",\"stars\":2,\"channel\":\"app\"",
        ",\"stars\":3,\"channel\":\"app\"", ",\"stars\":4,\"channel\":\"app\"",
        ",\"stars\":5,\"channel\":\"app\"",
    };
    uint8_t stars = draw_stars(&ticket->teller->random, happy ? happy_stars : unhappy_stars);

    ticket_step(ticket, "rated", ratings[stars - 1], time);
}
