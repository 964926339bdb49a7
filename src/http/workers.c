#include "http/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
    job_fn *run;
    void *arg;
};

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work; /* a job waits, or the pool stops */
    bool stopping;
    unsigned first; /* ring of waiting jobs */
    unsigned waiting;
    unsigned queue_max;
    struct job *queue;
    unsigned thread_count;
    pthread_t *threads;
};

/* Takes the oldest job; the lock is held. */
static struct job take_job(struct workers *workers)
{
    struct job job = workers->queue[workers->first];
    workers->first = (workers->first + 1) % workers->queue_max;
    workers->waiting--;
    return job;
}

static void *worker_main(void *arg)
{
    struct workers *workers = arg;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (workers->waiting == 0 && !workers->stopping)
            pthread_cond_wait(&workers->work, &workers->lock);
        if (workers->stopping)
            break; /* workers_stop cancels what waits */
        struct job job = take_job(workers);
        pthread_mutex_unlock(&workers->lock);
        job.run(job.arg, false);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

enum err workers_start(unsigned threads, unsigned queue_max, struct workers **ret_workers)
{
    struct workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work, NULL);
    workers->queue_max = queue_max;
    workers->queue = calloc(queue_max, sizeof *workers->queue);
    workers->threads = calloc(threads, sizeof *workers->threads);
    if (workers->queue == NULL || workers->threads == NULL) {
        workers_free(workers);
        return ERR_NOMEM;
    }
    while (workers->thread_count < threads) {
        pthread_t *thread = &workers->threads[workers->thread_count];
        if (pthread_create(thread, NULL, worker_main, workers) != 0) {
            workers_stop(workers);
            workers_free(workers);
            return ERR_UNAVAILABLE;
        }
        workers->thread_count++;
    }
    *ret_workers = workers;
    return ERR_OK;
}

bool workers_submit(struct workers *workers, job_fn *run, void *arg)
{
    pthread_mutex_lock(&workers->lock);
    bool taken = !workers->stopping && workers->waiting < workers->queue_max;
    if (taken) {
        unsigned last = (workers->first + workers->waiting) % workers->queue_max;
        workers->queue[last] = (struct job){run, arg};
        workers->waiting++;
        pthread_cond_signal(&workers->work);
    }
    pthread_mutex_unlock(&workers->lock);
    return taken;
}

void workers_stop(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->work);
    while (workers->waiting > 0) {
        struct job job = take_job(workers);
        pthread_mutex_unlock(&workers->lock);
        job.run(job.arg, true);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->thread_count; i++)
        pthread_join(workers->threads[i], NULL);
    workers->thread_count = 0;
}

void workers_free(struct workers *workers)
{
    if (workers == NULL)
        return;
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    free(workers->queue);
    free(workers->threads);
    free(workers);
}
