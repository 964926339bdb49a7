/* What the service desks share: how a ticket's steps are told, when somebody is there, and how
 * buyers rate. */
#ifndef SIMULATE_TICKET_H
#define SIMULATE_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "simulate/life.h"

#define AGENTS 6

struct ticket {
    struct teller *teller;
    char desk;       /* A after-sales, C chat, D dispute, W work order */
    uint8_t session; /* from 1, within the order and the desk */
    uint8_t steps;
    uint8_t agent; /* who looks after it, from 1 */
    bool visitor;  /* see struct sim_step */
};

struct ticket ticket_of(struct teller *teller, char desk, uint8_t session);

/* `data`: further members, each after a comma. Both texts are literals. */
void ticket_step(struct ticket *ticket, const char *type, const char *data, int64_t time);

/* As ticket_step, for what the ticket's agent does. */
void ticket_work(struct ticket *ticket, const char *type, const char *data, int64_t time);

/* ticket.processed by the ticket's agent; a cost of 0 is not stated. */
void ticket_process(struct ticket *ticket, const char *data, int32_t cost_fen, int64_t time);

/* The same moment, or the next morning if nobody is at the desk then. */
int64_t desk_hours(int64_t time, struct random *random);
bool desk_is_staffed(int64_t time);

/* Draws stars: `below_five` has the thousandths of one to four stars, the rest gives five. */
uint8_t draw_stars(struct random *random, const int16_t below_five[4]);

/* A buyer rates; `happy` tells how the matter went. */
void ticket_rate(struct ticket *ticket, bool happy, int64_t time);

#endif
