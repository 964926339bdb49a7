#include "crew.h"

#include <pthread.h>
#include <stdatomic.h>

struct list {
    crew_fn *work;
    void *arg;
    size_t count;
    atomic_size_t next;
};

struct worker {
    struct list *list;
    struct db *db;
};

static void *run(void *arg)
{
    const struct worker *worker = arg;
    struct list *list = worker->list;
    size_t i;
    while ((i = atomic_fetch_add(&list->next, 1)) < list->count &&
           list->work(list->arg, worker->db, i))
        ;
    return NULL;
}

void crew_run(struct db *const *dbs, size_t worker_count, size_t item_count, crew_fn *work,
              void *arg)
{
    struct list list = {.work = work, .arg = arg, .count = item_count};
    struct worker workers[CREW_MAX];
    pthread_t threads[CREW_MAX];
    size_t started = 1;
    for (size_t i = 0; i < worker_count; i++)
        workers[i] = (struct worker){&list, dbs[i]};
    while (started < worker_count && started < item_count &&
           pthread_create(&threads[started], NULL, run, &workers[started]) == 0)
        started++;
    run(&workers[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
}
