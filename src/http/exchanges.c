#include "http/exchanges.h"

#include "base/clock.h"
#include "base/cond.h"
#include "http/deadline.h"
#include "http/exchange_state.h"

void exchanges_init(struct exchanges *all, struct api *api)
{
    *all = (struct exchanges){.api = api};
    pthread_mutex_init(&all->lock, NULL);
    cond_init_monotonic(&all->none_left);
}

void exchanges_done(struct exchanges *all)
{
    pthread_cond_destroy(&all->none_left);
    pthread_mutex_destroy(&all->lock);
}

void exchanges_add(struct exchange *x)
{
    struct exchanges *all = x->all;
    pthread_mutex_lock(&all->lock);
    x->next = all->first;
    if (all->first != NULL)
        all->first->prev = x;
    all->first = x;
    pthread_mutex_unlock(&all->lock);
}

void exchanges_remove(struct exchange *x)
{
    struct exchanges *all = x->all;
    pthread_mutex_lock(&all->lock);
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        all->first = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    if (all->first == NULL)
        pthread_cond_broadcast(&all->none_left);
    pthread_mutex_unlock(&all->lock);
}

bool exchanges_wait_none(struct exchanges *all, int timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    pthread_mutex_lock(&all->lock);
    bool in_time = true;
    while (all->first != NULL && in_time)
        in_time = cond_wait_until_ms(&all->none_left, &all->lock, until_ms);
    bool none = all->first == NULL;
    pthread_mutex_unlock(&all->lock);
    return none;
}

void exchanges_break_all(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    for (struct exchange *x = all->first; x != NULL; x = x->next) {
        outlet_break(&x->outlet);
        if (atomic_load(&x->streaming))
            deadline_cut(x->deadline);
    }
    pthread_mutex_unlock(&all->lock);
}

void exchanges_wake_all(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    for (struct exchange *x = all->first; x != NULL; x = x->next)
        gate_wake(&x->gate);
    pthread_mutex_unlock(&all->lock);
}
