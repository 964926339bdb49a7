#include "jobs/snapshots.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "books/peers.h"
#include "books/snapshots.h"
#include "crew.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"
#include "ticker.h"

#define TICK_MS 1000       /* how often the clock is looked at */
#define ASK_MS (30 * 1000) /* how often the database is asked, midnight or not */
/* Every zone's midnight is a full quarter of an hour in UTC. */
#define QUARTER_US (US_PER_HOUR / 4)
#define WORKERS 2 /* that share what is due, each with a connection */
/* A day's end is a checkpoint, too, and a sanction is not to be learned late: while so many stores
 * are to be judged, snapshots give way, for so long at most. */
#define CROWD 200
#define GIVE_WAY_MS (60 * 1000)

struct snapshot_job {
    struct ticker ticker;
    struct log_limit log_limit;
    struct rules *rules;
    struct db *dbs[WORKERS];
    int64_t quarter;     /* of the clock, at the last question */
    int64_t ask_ms;      /* monotonic time of the next question at the latest */
    int64_t give_way_ms; /* and until which it gives way; 0: it does not */
};

/* --- failures --- */

static void tell(struct snapshot_job *job, const char *message, const char *what, enum err err,
                 struct db *db)
{
    if (!ticker_stops(&job->ticker) && log_limit_allows(&job->log_limit))
        log_line(LOG_ERROR, message, "%s: %s %s", what, err_name(err), db_error(db));
}

/* --- a round --- */

/* The stores that are behind, each with one day. */
struct round {
    struct snapshot_job *job;
    const struct db_result *due;
    atomic_int taken;
};

/* A store that fails does not stop the others; a database that is gone does. */
static bool take(void *arg, struct db *db, size_t i)
{
    struct round *round = arg;
    struct snapshot_job *job = round->job;
    const char *store = db_text(round->due, (int)i, 0);
    bool taken = false;
    enum err err = db_reconnect(db);
    bool connected = err == ERR_OK;
    if (connected)
        err = snapshot_take(job->rules, db, store, db_date(round->due, (int)i, 1), &taken);
    if (err != ERR_OK)
        tell(job, "a daily snapshot failed", store, err, db);
    if (taken)
        atomic_fetch_add(&round->taken, 1);
    return connected && !ticker_stops(&job->ticker);
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
    struct round round = {.job = job, .due = due};
    crew_run(job->dbs, WORKERS, (size_t)db_rows(due), take, &round);
    *ret_taken = atomic_load(&round.taken);
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
    while (err == ERR_OK && taken > 0 && !ticker_stops(&job->ticker))
        err = catch_up_a_day(job, now, &taken);
    if (err != ERR_OK)
        tell(job, "daily snapshots failed", "the database", err, job->dbs[0]);
}

/* --- a look at the clock --- */

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

static void look(void *arg, bool woken)
{
    (void)woken;
    struct snapshot_job *job = arg;
    struct instant now = clock_now();
    int64_t quarter = now.us / QUARTER_US;
    if ((quarter == job->quarter && clock_monotonic_ms() < job->ask_ms) || gives_way(job, now))
        return;
    catch_up(job, now);
    job->quarter = quarter;
    job->ask_ms = clock_monotonic_ms() + ASK_MS;
    job->give_way_ms = 0;
}

/* --- the job --- */

static void end(struct snapshot_job *job)
{
    ticker_done(&job->ticker);
    for (size_t i = 0; i < WORKERS; i++)
        db_close(job->dbs[i]);
    rules_free(job->rules);
    free(job);
}

enum err snapshot_job_start(const char *database_url, struct snapshot_job **ret_job)
{
    struct snapshot_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    ticker_init(&job->ticker);
    job->rules = rules_new();
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < WORKERS; i++)
        err = db_connect(database_url, "windvane snapshots", &job->dbs[i]);
    if (err == ERR_OK)
        err = ticker_start(&job->ticker, TICK_MS, look, job);
    if (err == ERR_OK)
        *ret_job = job;
    else
        end(job);
    return err;
}

void snapshot_job_stop(struct snapshot_job *job)
{
    if (job == NULL)
        return;
    ticker_stop(&job->ticker);
    for (size_t i = 0; i < WORKERS; i++)
        db_end(job->dbs[i]);
    end(job);
}
