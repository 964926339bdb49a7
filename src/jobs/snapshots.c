#include "jobs/snapshots.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "books/peers.h"
#include "books/snapshots.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

#define TICK_MS 1000       /* how often the clock is looked at */
#define ASK_MS (30 * 1000) /* how often the database is asked, midnight or not */
/* Every zone's midnight is a full quarter of an hour in UTC. */
#define QUARTER_US (US_PER_HOUR / 4)
#define LOG_MS (60 * 1000) /* a failure is told at most so often */
#define WORKERS 2          /* that share what is due, each with a connection */
/* A day's end is a checkpoint, too, and a sanction is not to be learned late: while so many stores
 * are to be judged, snapshots give way, for so long at most. */
#define CROWD 200
#define GIVE_WAY_MS (60 * 1000)

struct snapshot_job {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stop_asked;
    atomic_bool stop;
    struct rules *rules;
    struct db *dbs[WORKERS];
    int64_t quarter;        /* of the clock, at the last question */
    int64_t ask_ms;         /* monotonic time of the next question at the latest */
    int64_t give_way_ms;    /* and until which it gives way; 0: it does not */
    _Atomic int64_t log_ms; /* and of the next line in the log at the earliest */
};

/* --- failures --- */

static void tell(struct snapshot_job *job, const char *message, const char *what, enum err err,
                 struct db *db)
{
    int64_t now_ms = clock_monotonic_ms(), not_before_ms = atomic_load(&job->log_ms);
    if (atomic_load(&job->stop) || now_ms < not_before_ms ||
        !atomic_compare_exchange_strong(&job->log_ms, &not_before_ms, now_ms + LOG_MS))
        return;
    log_line(LOG_ERROR, message, "%s: %s %s", what, err_name(err), db_error(db));
}

/* --- a round --- */

/* The stores that are behind, each with one day; the workers take them in turn. */
struct round {
    struct snapshot_job *job;
    const struct db_result *due;
    atomic_int next;
    atomic_int taken;
};

struct worker {
    struct round *round;
    struct db *db;
};

/* A store that fails does not stop the others; a database that is gone does. */
static void *work(void *arg)
{
    struct worker *worker = arg;
    struct round *round = worker->round;
    struct snapshot_job *job = round->job;
    int row;
    while (!atomic_load(&job->stop) &&
           (row = atomic_fetch_add(&round->next, 1)) < db_rows(round->due)) {
        const char *store = db_text(round->due, row, 0);
        bool taken = false;
        enum err err = db_reconnect(worker->db);
        bool connected = err == ERR_OK;
        if (connected)
            err = snapshot_take(job->rules, worker->db, store, db_date(round->due, row, 1), &taken);
        if (err != ERR_OK)
            tell(job, "a daily snapshot failed", store, err, worker->db);
        if (taken)
            atomic_fetch_add(&round->taken, 1);
        if (!connected)
            break;
    }
    return NULL;
}

/* This thread is the first worker. */
static int run_round(struct snapshot_job *job, const struct db_result *due)
{
    struct round round = {.job = job, .due = due};
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    int started = 1;
    for (int i = 0; i < WORKERS; i++)
        workers[i] = (struct worker){&round, job->dbs[i]};
    while (started < WORKERS && started < db_rows(due) &&
           pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
        started++;
    work(&workers[0]);
    for (int i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    return atomic_load(&round.taken);
}

/* --- what is due --- */

static enum err ask_due(struct db *db, struct instant now, struct db_result **ret_due)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, now);
    return db_query(db, &sql_snapshots_due, args, ret_due);
}

/* One day of every store that is behind, and what can be published then. */
static enum err catch_up_a_day(struct snapshot_job *job, struct instant now, int *ret_taken)
{
    struct db_result *due = NULL;
    enum err err = ask_due(job->dbs[0], now, &due);
    if (err != ERR_OK)
        return err;
    *ret_taken = db_rows(due) > 0 ? run_round(job, due) : 0;
    db_result_free(due);
    err = db_reconnect(job->dbs[0]);
    if (err == ERR_OK)
        err = peers_publish(job->rules, job->dbs[0]);
    if (err != ERR_OK) /* snapshots go on */
        tell(job, "benchmarks were not published", "the next round tries again", err, job->dbs[0]);
    return ERR_OK;
}

static void catch_up(struct snapshot_job *job, struct instant now)
{
    int taken = 1;
    enum err err = db_reconnect(job->dbs[0]);
    while (err == ERR_OK && taken > 0 && !atomic_load(&job->stop))
        err = catch_up_a_day(job, now, &taken);
    if (err != ERR_OK)
        tell(job, "daily snapshots failed", "the database", err, job->dbs[0]);
}

/* --- the thread --- */

static bool is_crowded(struct db *db, struct instant now)
{
    if (db_reconnect(db) != ERR_OK)
        return false;
    struct db_args *args = db_args_new();
    db_arg_instant(args, now);
    db_arg_int(args, CROWD);
    struct db_result *result = NULL;
    bool crowded =
        db_query(db, &sql_watch_crowded, args, &result) == ERR_OK && db_bool(result, 0, 0);
    db_result_free(result);
    return crowded;
}

static bool gives_way(struct snapshot_job *job, struct instant now)
{
    int64_t now_ms = clock_monotonic_ms();
    if (job->give_way_ms == 0)
        job->give_way_ms = now_ms + GIVE_WAY_MS;
    return now_ms < job->give_way_ms && is_crowded(job->dbs[0], now);
}

static void look(struct snapshot_job *job)
{
    struct instant now = clock_now();
    int64_t quarter = now.us / QUARTER_US;
    if ((quarter == job->quarter && clock_monotonic_ms() < job->ask_ms) || gives_way(job, now))
        return;
    catch_up(job, now);
    job->quarter = quarter;
    job->ask_ms = clock_monotonic_ms() + ASK_MS;
    job->give_way_ms = 0;
}

static void *run(void *arg)
{
    struct snapshot_job *job = arg;
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

static void job_free(struct snapshot_job *job)
{
    for (int i = 0; i < WORKERS; i++)
        db_close(job->dbs[i]);
    rules_free(job->rules);
    pthread_cond_destroy(&job->stop_asked);
    pthread_mutex_destroy(&job->mutex);
    free(job);
}

enum err snapshot_job_start(const char *database_url, struct snapshot_job **ret_job)
{
    struct snapshot_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    cond_init_monotonic(&job->stop_asked);
    pthread_mutex_init(&job->mutex, NULL);
    job->rules = rules_new();
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    for (int i = 0; err == ERR_OK && i < WORKERS; i++)
        err = db_connect(database_url, "windvane snapshots", &job->dbs[i]);
    if (err == ERR_OK && pthread_create(&job->thread, NULL, run, job) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        job_free(job);
        return err;
    }
    *ret_job = job;
    return ERR_OK;
}

void snapshot_job_stop(struct snapshot_job *job)
{
    if (job == NULL)
        return;
    pthread_mutex_lock(&job->mutex);
    atomic_store(&job->stop, true);
    pthread_cond_signal(&job->stop_asked);
    pthread_mutex_unlock(&job->mutex);
    for (int i = 0; i < WORKERS; i++)
        db_end(job->dbs[i]);
    pthread_join(job->thread, NULL);
    job_free(job);
}
