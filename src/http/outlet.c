#include "http/outlet.h"

#include <string.h>

void outlet_init(struct outlet *outlet, outlet_wake_fn *wake, void *wake_arg)
{
    *outlet = (struct outlet){.wake = wake, .wake_arg = wake_arg};
    pthread_mutex_init(&outlet->lock, NULL);
    pthread_cond_init(&outlet->room, NULL);
}

void outlet_done(struct outlet *outlet)
{
    buf_done(&outlet->piece);
    pthread_cond_destroy(&outlet->room);
    pthread_mutex_destroy(&outlet->lock);
}

/* --- the worker --- */

enum err outlet_put(struct outlet *outlet, struct buf *body)
{
    pthread_mutex_lock(&outlet->lock);
    while (outlet->piece.len > 0 && !outlet->broken && !outlet->left)
        pthread_cond_wait(&outlet->room, &outlet->lock);
    bool open = !outlet->broken && !outlet->left;
    if (open) {
        /* The two buffers change places, so that nothing is copied and both keep their memory. */
        struct buf spent = outlet->piece;
        spent.max = body->max;
        outlet->piece = *body;
        *body = spent;
        outlet->begun = true;
        outlet->wake(outlet->wake_arg);
    }
    pthread_mutex_unlock(&outlet->lock);
    return open ? ERR_OK : ERR_UNAVAILABLE;
}

bool outlet_end(struct outlet *outlet, enum err end)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->ended = true;
    outlet->end = end;
    bool last = outlet->left;
    if (!last)
        outlet->wake(outlet->wake_arg);
    pthread_mutex_unlock(&outlet->lock);
    return last;
}

/* --- the connection --- */

ssize_t outlet_read(struct outlet *outlet, char *data, size_t max)
{
    ssize_t got = OUTLET_WAIT;
    pthread_mutex_lock(&outlet->lock);
    size_t rest = outlet->piece.len - outlet->taken;
    if (outlet->broken || (outlet->ended && outlet->end != ERR_OK)) {
        got = OUTLET_FAILED;
    } else if (rest > 0) {
        size_t len = rest < max ? rest : max;
        memcpy(data, outlet->piece.data + outlet->taken, len);
        outlet->taken += len;
        got = (ssize_t)len;
        if (len == rest) {
            buf_clear(&outlet->piece);
            outlet->taken = 0;
            pthread_cond_signal(&outlet->room);
        }
    } else if (outlet->ended) {
        got = OUTLET_END;
    }
    pthread_mutex_unlock(&outlet->lock);
    return got;
}

enum err outlet_error(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->lock);
    enum err end = outlet->end;
    pthread_mutex_unlock(&outlet->lock);
    return end;
}

bool outlet_leave(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->left = true;
    bool last = outlet->ended || !outlet->begun;
    pthread_cond_signal(&outlet->room);
    pthread_mutex_unlock(&outlet->lock);
    return last;
}

/* --- anybody --- */

void outlet_break(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->broken = true;
    pthread_cond_signal(&outlet->room);
    pthread_mutex_unlock(&outlet->lock);
}
