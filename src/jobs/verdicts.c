#include "jobs/verdicts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "books/verdicts.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"
#include "stores_set.h"

#define TICK_MS 1000       /* how often it is asked what is due */
#define LOG_MS (60 * 1000) /* a failure is told at most so often */
#define TRIES 3            /* of a look that somebody else's changes got in the way of */
#define WORKERS 4          /* that share a round, each with a connection: commits wait together */
#define CHANGED_MAX 4096   /* stores that wait for a look; further ones are looked at in minutes */
/* Looks at changed stores take one part of the time in so many: after each round of them there is a
 * rest. What is due is not held up by it. */
#define CHANGED_PART 4

struct verdict_job {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stop_asked;
    struct stores_set changed; /* under the mutex */
    atomic_bool stop;
    struct rules *rules;
    struct db *dbs[WORKERS];
    struct stores_set looked_at; /* the changed ones of the round */
    int64_t rested_ms;           /* monotonic time when changed stores may be looked at again */
    _Atomic int64_t log_ms;      /* and of the next line in the log at the earliest */
};

/* --- failures --- */

static void tell(struct verdict_job *job, const char *what, enum err err, struct db *db)
{
    int64_t now_ms = clock_monotonic_ms(), not_before_ms = atomic_load(&job->log_ms);
    if (atomic_load(&job->stop) || now_ms < not_before_ms ||
        !atomic_compare_exchange_strong(&job->log_ms, &not_before_ms, now_ms + LOG_MS))
        return;
    log_line(LOG_ERROR, "judging a store failed", "%s: %s %s", what, err_name(err), db_error(db));
}

/* --- a round --- */

/* The stores that are looked at; the workers take them in turn. */
struct round {
    struct verdict_job *job;
    const char **stores;
    size_t count;
    atomic_size_t next;
};

struct worker {
    struct round *round;
    struct db *db;
};

/* Another process may have been faster: the next try, or round, sees what it left. A store that
 * fails does not stop the others; a database that is gone does. */
static void *work(void *arg)
{
    struct worker *worker = arg;
    struct round *round = worker->round;
    struct verdict_job *job = round->job;
    size_t i;
    while (!atomic_load(&job->stop) && (i = atomic_fetch_add(&round->next, 1)) < round->count) {
        struct judged_totals totals;
        enum err err = db_reconnect(worker->db);
        bool connected = err == ERR_OK;
        for (int tries = 0; connected && tries < TRIES && (tries == 0 || err == ERR_TRANSIENT);
             tries++)
            err = store_judge(job->rules, worker->db, round->stores[i], &totals);
        if (err == ERR_TRANSIENT && db_is_connected(worker->db))
            continue;
        if (err != ERR_OK)
            tell(job, round->stores[i], err, worker->db);
        if (!connected)
            break;
    }
    return NULL;
}

/* This thread is the first worker. */
static void run_round(struct verdict_job *job, const char **stores, size_t count)
{
    struct round round = {.job = job, .stores = stores, .count = count};
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    size_t started = 1;
    for (size_t i = 0; i < WORKERS; i++)
        workers[i] = (struct worker){&round, job->dbs[i]};
    while (started < WORKERS && started < count &&
           pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
        started++;
    work(&workers[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* --- what is due --- */

static void judge_due(struct verdict_job *job)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, clock_now());
    struct db_result *due = NULL;
    enum err err = db_query(job->dbs[0], &sql_watch_due, args, &due);
    size_t count = err == ERR_OK ? (size_t)db_rows(due) : 0;
    const char **stores = count == 0 ? NULL : calloc(count, sizeof *stores);
    if (count > 0 && stores == NULL)
        err = ERR_NOMEM;
    for (size_t i = 0; stores != NULL && i < count; i++)
        stores[i] = db_text(due, (int)i, 0);
    if (stores != NULL)
        run_round(job, stores, count);
    free(stores);
    db_result_free(due);
    if (err != ERR_OK)
        tell(job, "the database", err, job->dbs[0]);
}

static void take_changed(struct verdict_job *job)
{
    pthread_mutex_lock(&job->mutex);
    stores_set_swap(&job->changed, &job->looked_at);
    pthread_mutex_unlock(&job->mutex);
}

static void judge_changed(struct verdict_job *job)
{
    int64_t began_ms = clock_monotonic_ms();
    if (began_ms < job->rested_ms)
        return;
    take_changed(job);
    size_t count = 0, room = job->looked_at.count;
    const char **stores = room == 0 ? NULL : calloc(room, sizeof *stores);
    for (size_t i = 0; stores != NULL && i <= job->looked_at.mask; i++)
        if (job->looked_at.slots[i] != NULL)
            stores[count++] = job->looked_at.slots[i];
    if (stores != NULL)
        run_round(job, stores, count);
    free(stores);
    stores_set_clear(&job->looked_at);
    int64_t now_ms = clock_monotonic_ms();
    job->rested_ms = now_ms + (CHANGED_PART - 1) * (now_ms - began_ms);
}

static void look(struct verdict_job *job)
{
    enum err err = db_reconnect(job->dbs[0]);
    if (err != ERR_OK) {
        tell(job, "the database", err, job->dbs[0]);
        return;
    }
    judge_due(job);
    if (!atomic_load(&job->stop))
        judge_changed(job);
}

/* --- the thread --- */

static void *run(void *arg)
{
    struct verdict_job *job = arg;
    pthread_mutex_lock(&job->mutex);
    while (!atomic_load(&job->stop)) {
        pthread_mutex_unlock(&job->mutex);
        look(job);
        pthread_mutex_lock(&job->mutex);
        int64_t until_ms = clock_monotonic_ms() + TICK_MS;
        bool in_time = true;
        while (!atomic_load(&job->stop) && in_time)
            in_time = cond_wait_until_ms(&job->stop_asked, &job->mutex, until_ms);
    }
    pthread_mutex_unlock(&job->mutex);
    return NULL;
}

static void job_free(struct verdict_job *job)
{
    for (size_t i = 0; i < WORKERS; i++)
        db_close(job->dbs[i]);
    rules_free(job->rules);
    stores_set_done(&job->changed);
    stores_set_done(&job->looked_at);
    pthread_cond_destroy(&job->stop_asked);
    pthread_mutex_destroy(&job->mutex);
    free(job);
}

enum err verdict_job_start(const char *database_url, struct verdict_job **ret_job)
{
    struct verdict_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    cond_init_monotonic(&job->stop_asked);
    pthread_mutex_init(&job->mutex, NULL);
    bool room = stores_set_init(&job->changed, CHANGED_MAX) &&
                stores_set_init(&job->looked_at, CHANGED_MAX);
    job->rules = room ? rules_new() : NULL;
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < WORKERS; i++)
        err = db_connect(database_url, "windvane verdicts", &job->dbs[i]);
    if (err == ERR_OK && pthread_create(&job->thread, NULL, run, job) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        job_free(job);
        return err;
    }
    *ret_job = job;
    return ERR_OK;
}

void verdict_job_changed(void *arg, const char *store)
{
    struct verdict_job *job = arg;
    pthread_mutex_lock(&job->mutex);
    stores_set_add(&job->changed, store);
    pthread_mutex_unlock(&job->mutex);
}

void verdict_job_stop(struct verdict_job *job)
{
    if (job == NULL)
        return;
    pthread_mutex_lock(&job->mutex);
    atomic_store(&job->stop, true);
    pthread_cond_signal(&job->stop_asked);
    pthread_mutex_unlock(&job->mutex);
    for (size_t i = 0; i < WORKERS; i++)
        db_end(job->dbs[i]);
    pthread_join(job->thread, NULL);
    job_free(job);
}
