#include "jobs/verdicts.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "books/verdicts.h"
#include "crew.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"
#include "stores_set.h"
#include "ticker.h"

#define TICK_MS 1000     /* how often it is asked what is due */
#define TRIES 3          /* of a look that somebody else's changes got in the way of */
#define WORKERS 4        /* that share a round, each with a connection: commits wait together */
#define CHANGED_MAX 4096 /* stores that wait for a look; further ones are looked at in minutes */
/* Looks at changed stores take one part of the time in so many: after each round of them there is a
 * rest. What is due is not held up by it. */
#define CHANGED_PART 4

struct verdict_job {
    struct ticker ticker;
    struct log_limit log_limit;
    pthread_mutex_t mutex;
    struct stores_set changed; /* under the mutex */
    struct rules *rules;
    struct db *dbs[WORKERS];
    struct stores_set looked_at; /* the changed ones of the round */
    int64_t rested_ms;           /* monotonic time when changed stores may be looked at again */
};

/* --- failures --- */

static void tell(struct verdict_job *job, const char *what, enum err err, struct db *db)
{
    if (!ticker_stops(&job->ticker) && log_limit_allows(&job->log_limit))
        log_line(LOG_ERROR, "judging a store failed", "%s: %s %s", what, err_name(err),
                 db_error(db));
}

/* --- a round --- */

struct round {
    struct verdict_job *job;
    const char **stores;
};

/* Another process may have been faster: the next try, or round, sees what it left. A store that
 * fails does not stop the others; a database that is gone does. */
static bool judge(void *arg, struct db *db, size_t i)
{
    const struct round *round = arg;
    struct verdict_job *job = round->job;
    struct judged_totals totals;
    enum err err = db_reconnect(db);
    bool connected = err == ERR_OK;
    for (int tries = 0; connected && tries < TRIES && (tries == 0 || err == ERR_TRANSIENT); tries++)
        err = store_judge(job->rules, db, round->stores[i], &totals);
    bool overtaken = err == ERR_TRANSIENT && db_is_connected(db);
    if (err != ERR_OK && !overtaken)
        tell(job, round->stores[i], err, db);
    return connected && !ticker_stops(&job->ticker);
}

static void judge_all(struct verdict_job *job, const char **stores, size_t count)
{
    struct round round = {job, stores};
    crew_run(job->dbs, WORKERS, count, judge, &round);
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
        judge_all(job, stores, count);
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
        judge_all(job, stores, count);
    free(stores);
    stores_set_clear(&job->looked_at);
    int64_t now_ms = clock_monotonic_ms();
    job->rested_ms = now_ms + (CHANGED_PART - 1) * (now_ms - began_ms);
}

static void look(void *arg, bool woken)
{
    (void)woken;
    struct verdict_job *job = arg;
    enum err err = db_reconnect(job->dbs[0]);
    if (err != ERR_OK) {
        tell(job, "the database", err, job->dbs[0]);
        return;
    }
    judge_due(job);
    if (!ticker_stops(&job->ticker))
        judge_changed(job);
}

/* --- the job --- */

static void end(struct verdict_job *job)
{
    ticker_done(&job->ticker);
    for (size_t i = 0; i < WORKERS; i++)
        db_close(job->dbs[i]);
    rules_free(job->rules);
    stores_set_done(&job->changed);
    stores_set_done(&job->looked_at);
    pthread_mutex_destroy(&job->mutex);
    free(job);
}

enum err verdict_job_start(const char *database_url, struct verdict_job **ret_job)
{
    struct verdict_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    ticker_init(&job->ticker);
    pthread_mutex_init(&job->mutex, NULL);
    bool room = stores_set_init(&job->changed, CHANGED_MAX) &&
                stores_set_init(&job->looked_at, CHANGED_MAX);
    job->rules = room ? rules_new() : NULL;
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < WORKERS; i++)
        err = db_connect(database_url, "windvane verdicts", &job->dbs[i]);
    if (err == ERR_OK)
        err = ticker_start(&job->ticker, TICK_MS, look, job);
    if (err == ERR_OK)
        *ret_job = job;
    else
        end(job);
    return err;
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
    ticker_stop(&job->ticker);
    for (size_t i = 0; i < WORKERS; i++)
        db_end(job->dbs[i]);
    end(job);
}
