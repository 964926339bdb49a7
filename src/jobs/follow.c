#include "jobs/follow.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "books/settings.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

#define TICK_MS 1000       /* how often it is asked whether something took effect */
#define ALL_MS (30 * 1000) /* how often all stores are looked at, whatever took effect */
#define RETRY_MIN_MS 1000  /* after a round in which a store could not be moved; doubled */
#define RETRY_MAX_MS (60 * 1000)
#define LOG_MS (60 * 1000) /* a failure is told at most so often */

struct follow_job {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken; /* under the mutex */
    atomic_bool stop;
    struct rules *rules;
    struct db *db;
    void (*moved)(void *arg, const char *store);
    void *arg;
    int64_t mark;     /* grows when something takes effect; of the last round */
    int64_t round_ms; /* monotonic time of the next round at the latest */
    int64_t retry_ms; /* what the last failure put it off by; 0: there was none */
    int64_t log_ms;   /* and of the next line in the log at the earliest */
};

/* --- failures --- */

static void tell(struct follow_job *job, const char *what, enum err err)
{
    int64_t now_ms = clock_monotonic_ms();
    if (atomic_load(&job->stop) || now_ms < job->log_ms)
        return;
    job->log_ms = now_ms + LOG_MS;
    log_line(LOG_WARN, "stores are left on older rules", "%s: %s %s", what, err_name(err),
             db_error(job->db));
}

/* --- a round --- */

static void store_moved(void *arg, const char *store)
{
    struct follow_job *job = arg;
    job->moved(job->arg, store);
}

static void store_failed(void *arg, const char *store, enum err err)
{
    tell(arg, store, err);
}

static bool is_stopped(void *arg)
{
    struct follow_job *job = arg;
    return atomic_load(&job->stop);
}

static enum err ask_mark(struct follow_job *job, int64_t *ret_mark)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, clock_now());
    struct db_result *result = NULL;
    enum err err = db_query(job->db, &sql_follow_mark, args, &result);
    if (err == ERR_OK)
        *ret_mark = db_int(result, 0, 0);
    db_result_free(result);
    return err;
}

/* The mark is read before the stores are, so that nothing that takes effect in between is missed.
 */
static void run_round(struct follow_job *job, int64_t mark)
{
    const struct follow follow = {.until_ms = FOLLOW_NO_LIMIT,
                                  .moved = store_moved,
                                  .failed = store_failed,
                                  .stop = is_stopped,
                                  .arg = job};
    int left = 0;
    enum err err = settings_follow_all(job->rules, job->db, &follow, &left);
    if (err != ERR_OK)
        tell(job, "the database", err);
    job->mark = mark;
    if (err == ERR_OK && left == 0)
        job->retry_ms = 0;
    else if (job->retry_ms == 0)
        job->retry_ms = RETRY_MIN_MS;
    else
        job->retry_ms = job->retry_ms < RETRY_MAX_MS / 2 ? 2 * job->retry_ms : RETRY_MAX_MS;
    job->round_ms = clock_monotonic_ms() + (job->retry_ms > 0 ? job->retry_ms : ALL_MS);
}

static void look(struct follow_job *job, bool woken)
{
    int64_t mark = 0;
    enum err err = db_reconnect(job->db);
    if (err == ERR_OK)
        err = ask_mark(job, &mark);
    if (err != ERR_OK)
        tell(job, "the database", err);
    else if (woken || mark != job->mark || clock_monotonic_ms() >= job->round_ms)
        run_round(job, mark);
}

/* --- the thread --- */

static void *run(void *arg)
{
    struct follow_job *job = arg;
    pthread_mutex_lock(&job->mutex);
    while (!atomic_load(&job->stop)) {
        bool woken = job->woken;
        job->woken = false;
        pthread_mutex_unlock(&job->mutex);
        look(job, woken);
        pthread_mutex_lock(&job->mutex);
        int64_t until_ms = clock_monotonic_ms() + TICK_MS;
        bool in_time = true;
        while (!atomic_load(&job->stop) && !job->woken && in_time)
            in_time = cond_wait_until_ms(&job->changed, &job->mutex, until_ms);
    }
    pthread_mutex_unlock(&job->mutex);
    return NULL;
}

static void job_free(struct follow_job *job)
{
    db_close(job->db);
    rules_free(job->rules);
    pthread_cond_destroy(&job->changed);
    pthread_mutex_destroy(&job->mutex);
    free(job);
}

enum err follow_job_start(const char *database_url, void (*moved)(void *arg, const char *store),
                          void *arg, struct follow_job **ret_job)
{
    struct follow_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    job->moved = moved;
    job->arg = arg;
    cond_init_monotonic(&job->changed);
    pthread_mutex_init(&job->mutex, NULL);
    job->rules = rules_new();
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    if (err == ERR_OK)
        err = db_connect(database_url, "windvane follow", &job->db);
    if (err == ERR_OK && pthread_create(&job->thread, NULL, run, job) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        job_free(job);
        return err;
    }
    *ret_job = job;
    return ERR_OK;
}

void follow_job_wake(void *arg)
{
    struct follow_job *job = arg;
    pthread_mutex_lock(&job->mutex);
    job->woken = true;
    pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->mutex);
}

void follow_job_stop(struct follow_job *job)
{
    if (job == NULL)
        return;
    pthread_mutex_lock(&job->mutex);
    atomic_store(&job->stop, true);
    pthread_cond_signal(&job->changed);
    pthread_mutex_unlock(&job->mutex);
    db_end(job->db);
    pthread_join(job->thread, NULL);
    job_free(job);
}
