#include "ticker.h"

#include "base/clock.h"
#include "base/cond.h"

static void *run(void *arg)
{
    struct ticker *ticker = arg;
    pthread_mutex_lock(&ticker->mutex);
    while (!atomic_load(&ticker->stop)) {
        bool woken = ticker->woken;
        ticker->woken = false;
        pthread_mutex_unlock(&ticker->mutex);
        ticker->tick(ticker->arg, woken);
        int64_t until_ms = clock_monotonic_ms() + ticker->every_ms;
        pthread_mutex_lock(&ticker->mutex);
        bool in_time = true;
        while (!atomic_load(&ticker->stop) && !ticker->woken && in_time)
            in_time = cond_wait_until_ms(&ticker->changed, &ticker->mutex, until_ms);
    }
    pthread_mutex_unlock(&ticker->mutex);
    return NULL;
}

void ticker_init(struct ticker *ticker)
{
    *ticker = (struct ticker){.started = false};
    cond_init_monotonic(&ticker->changed);
    pthread_mutex_init(&ticker->mutex, NULL);
}

enum err ticker_start(struct ticker *ticker, int64_t every_ms, tick_fn *tick, void *arg)
{
    ticker->every_ms = every_ms;
    ticker->tick = tick;
    ticker->arg = arg;
    ticker->started = pthread_create(&ticker->thread, NULL, run, ticker) == 0;
    return ticker->started ? ERR_OK : ERR_INTERNAL;
}

void ticker_wake(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->mutex);
    ticker->woken = true;
    pthread_cond_signal(&ticker->changed);
    pthread_mutex_unlock(&ticker->mutex);
}

bool ticker_stops(struct ticker *ticker)
{
    return atomic_load(&ticker->stop);
}

void ticker_stop(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->mutex);
    atomic_store(&ticker->stop, true);
    pthread_cond_signal(&ticker->changed);
    pthread_mutex_unlock(&ticker->mutex);
}

void ticker_done(struct ticker *ticker)
{
    if (ticker->started)
        pthread_join(ticker->thread, NULL);
    pthread_cond_destroy(&ticker->changed);
    pthread_mutex_destroy(&ticker->mutex);
}
