#include "http/deadline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/cond.h"

#define NEVER INT64_MAX

struct deadline {
    struct deadlines *all;
    struct deadline *prev;
    struct deadline *next;
    int fd;
    _Atomic int64_t at_ms; /* when the socket is shut down */
    atomic_bool reset;     /* not shut down but reset */
};

struct deadlines {
    int64_t timeout_ms;
    pthread_mutex_t lock; /* over the list: a descriptor in it is open */
    pthread_cond_t stop;
    bool stopping;
    struct deadline *first;
    pthread_t thread;
};

void deadline_cut(struct deadline *deadline)
{
    if (deadline == NULL)
        return;
    /* Its own thread sees the end and closes. */
    static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (atomic_load(&deadline->reset))
        (void)!connect(deadline->fd, &nobody, sizeof nobody); /* dissolves: the peer gets an RST */
    else
        shutdown(deadline->fd, SHUT_RDWR);
}

void deadlines_sweep(struct deadlines *deadlines, int64_t now_ms)
{
    pthread_mutex_lock(&deadlines->lock);
    for (struct deadline *d = deadlines->first; d != NULL; d = d->next) {
        int64_t at_ms = atomic_load(&d->at_ms);
        /* The exchange loses against a connection that has just begun its next step, and keeps us
         * from shutting down twice. */
        if (at_ms <= now_ms && atomic_compare_exchange_strong(&d->at_ms, &at_ms, NEVER))
            deadline_cut(d);
    }
    pthread_mutex_unlock(&deadlines->lock);
}

/* How often to look: a connection lives at most an eighth longer than its time. */
static int64_t sweep_interval_ms(int64_t timeout_ms)
{
    int64_t interval_ms = timeout_ms / 8;
    if (interval_ms > 1000)
        return 1000;
    return interval_ms < 10 ? 10 : interval_ms;
}

static void *sweeper_main(void *arg)
{
    struct deadlines *deadlines = arg;
    int64_t interval_ms = sweep_interval_ms(deadlines->timeout_ms);
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->stopping) {
        int64_t until_ms = clock_monotonic_ms() + interval_ms;
        (void)cond_wait_until_ms(&deadlines->stop, &deadlines->lock, until_ms);
        pthread_mutex_unlock(&deadlines->lock);
        deadlines_sweep(deadlines, clock_monotonic_ms());
        pthread_mutex_lock(&deadlines->lock);
    }
    pthread_mutex_unlock(&deadlines->lock);
    return NULL;
}

static void destroy(struct deadlines *deadlines)
{
    pthread_cond_destroy(&deadlines->stop);
    pthread_mutex_destroy(&deadlines->lock);
    free(deadlines);
}

enum err deadlines_start(int64_t timeout_ms, struct deadlines **ret_deadlines)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (deadlines == NULL)
        return ERR_NOMEM;
    deadlines->timeout_ms = timeout_ms;
    pthread_mutex_init(&deadlines->lock, NULL);
    cond_init_monotonic(&deadlines->stop);
    if (pthread_create(&deadlines->thread, NULL, sweeper_main, deadlines) != 0) {
        destroy(deadlines);
        return ERR_UNAVAILABLE;
    }
    *ret_deadlines = deadlines;
    return ERR_OK;
}

void deadlines_stop(struct deadlines *deadlines)
{
    if (deadlines == NULL)
        return;
    pthread_mutex_lock(&deadlines->lock);
    deadlines->stopping = true;
    pthread_cond_signal(&deadlines->stop);
    pthread_mutex_unlock(&deadlines->lock);
    pthread_join(deadlines->thread, NULL);
    destroy(deadlines);
}

struct deadline *deadline_new(struct deadlines *deadlines, int fd, int64_t now_ms)
{
    struct deadline *deadline = calloc(1, sizeof *deadline);
    if (deadline == NULL)
        return NULL;
    deadline->all = deadlines;
    deadline->fd = fd;
    atomic_init(&deadline->at_ms, now_ms + deadlines->timeout_ms);
    pthread_mutex_lock(&deadlines->lock);
    deadline->next = deadlines->first;
    if (deadlines->first != NULL)
        deadlines->first->prev = deadline;
    deadlines->first = deadline;
    pthread_mutex_unlock(&deadlines->lock);
    return deadline;
}

void deadline_free(struct deadline *deadline)
{
    if (deadline == NULL)
        return;
    pthread_mutex_lock(&deadline->all->lock);
    if (deadline->prev != NULL)
        deadline->prev->next = deadline->next;
    else
        deadline->all->first = deadline->next;
    if (deadline->next != NULL)
        deadline->next->prev = deadline->prev;
    pthread_mutex_unlock(&deadline->all->lock);
    free(deadline);
}

void deadline_restart(struct deadline *deadline, int64_t now_ms)
{
    if (deadline != NULL)
        atomic_store(&deadline->at_ms, now_ms + deadline->all->timeout_ms);
}

void deadline_set_reset(struct deadline *deadline, bool reset)
{
    if (deadline != NULL)
        atomic_store(&deadline->reset, reset);
}

void deadline_pause(struct deadline *deadline)
{
    if (deadline != NULL)
        atomic_store(&deadline->at_ms, NEVER);
}
