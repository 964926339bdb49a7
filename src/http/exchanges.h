/* The requests that run, and what those of a server share. */
#ifndef HTTP_EXCHANGES_H
#define HTTP_EXCHANGES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct api;
struct exchange;
struct workers;

struct exchanges {
    struct api *api;
    struct workers *normal;
    struct workers *slow;
    atomic_bool draining; /* answers close their connection */
    atomic_bool stopping; /* nothing is begun or waited for any more */
    pthread_mutex_t lock; /* over the list */
    pthread_cond_t none_left;
    struct exchange *first;
};

void exchanges_init(struct exchanges *all, struct api *api);
void exchanges_done(struct exchanges *all);

/* Into x->all and out of it. */
void exchanges_add(struct exchange *x);
void exchanges_remove(struct exchange *x);

/* Waits until no request runs; false when that took longer than `timeout_ms`. */
bool exchanges_wait_none(struct exchanges *all, int timeout_ms);
/* Breaks every streamed answer off, those that have not begun too: no worker waits for a client any
 * more. With `stopping` set none will begin. */
void exchanges_break_all(struct exchanges *all);
/* Wakes every request that waits; with `stopping` set none will wait again. */
void exchanges_wake_all(struct exchanges *all);

#endif
