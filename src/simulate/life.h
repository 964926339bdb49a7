/* The events of one order and of all that hangs on it, its review and its tickets. Each part of the
 * story is told by a module of its own, which adds to the same list. */
#ifndef SIMULATE_LIFE_H
#define SIMULATE_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "simulate/world.h"

enum sim_kind {
    SIM_PLACED,
    SIM_PAID,
    SIM_PROMISED,
    SIM_SHIPPED,
    SIM_COLLECTED,
    SIM_DELIVERED,
    SIM_CANCELLED, /* by the buyer */
    SIM_UNPAID,    /* by the platform, a day after an order that nobody pays */
    SIM_MISTAKE,   /* a cancellation typed in for the wrong order ... */
    SIM_RETRACTED, /* ... and taken back */
    SIM_REVIEWED,
    SIM_EXCLUDED, /* the platform takes the review out */
    SIM_TICKET    /* whatever happens to a ticket; `step` says what */
};

/* The aspects of a review, in the order of the contract. */
enum sim_aspect { SIM_PRODUCT, SIM_DESCRIPTION, SIM_SERVICE, SIM_COURIER, SIM_LOGISTICS };
#define SIM_ASPECTS 5

struct sim_review {
    uint8_t stars[SIM_ASPECTS]; /* 0: left out */
    uint8_t edition;            /* from 1: a buyer can change his mind */
    bool by_default;
};

/* One step of a ticket. What its event says stands as text where the step is told, so that each
 * module shows its own vocabulary. */
struct sim_step {
    const char *type; /* "opened": the type of the event after "ticket." */
    const char *data; /* further members of `data`, each after a comma; "" for none */
    int32_t cost_fen; /* 0: none is stated */
    uint8_t number;   /* from 1, in the order of telling */
    char desk;        /* with `session` names the ticket within its order */
    uint8_t session;
    uint8_t agent; /* who of the store did it, from 1; 0: nobody is named */
    bool visitor;  /* opened by somebody who has not logged in: names no buyer and no order */
};

/* An event before it is written. Small, because many wait at once for their turn. */
struct sim_event {
    int64_t arrives; /* when it reaches the feed; never before `time` */
    int64_t time;    /* when it happened */
    uint64_t serial; /* order of making, so that the order of equal arrivals is certain */
    union {
        int64_t promise;          /* SIM_PROMISED */
        struct sim_review review; /* SIM_REVIEWED */
        struct sim_step step;     /* SIM_TICKET */
    };
    struct order_ref ref;
    uint8_t kind;   /* enum sim_kind */
    uint8_t parcel; /* from 1; SIM_SHIPPED, SIM_COLLECTED, SIM_DELIVERED */
};

/* Room for every part of the story at its longest. */
#define LIFE_EVENTS_MAX 192

struct life {
    struct sim_event events[LIFE_EVENTS_MAX];
    int count;
};

/* Tells a part of an order's life with random numbers of its own. */
struct teller {
    struct life *life;
    struct order_ref ref;
    struct random random;
};

struct teller teller_of(struct life *life, const struct world *world, struct order_ref ref,
                        enum purpose purpose);

/* Adds an event as it stands; it arrives no earlier than it happens. */
void life_add(struct teller *teller, struct sim_event event);

/* Adds the same event once more in a few cases: feeds repeat themselves. */
void life_repeat(struct teller *teller, struct sim_event event);

/* Adds an event as a feed brings it: mostly at once, sometimes hours late, sometimes twice. */
void life_happen(struct teller *teller, struct sim_event event);

#endif
