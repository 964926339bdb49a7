#include "jobs/follow.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "books/settings.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"
#include "ticker.h"

#define TICK_MS 1000       /* how often it is asked whether something took effect */
#define ALL_MS (30 * 1000) /* how often all stores are looked at, whatever took effect */
#define RETRY_MIN_MS 1000  /* after a round in which a store could not be moved; doubled */
#define RETRY_MAX_MS (60 * 1000)

struct follow_job {
    struct ticker ticker;
    struct log_limit log_limit;
    struct rules *rules;
    struct db *db;
    void (*moved)(void *arg, const char *store);
    void *arg;
    int64_t mark;     /* grows when something takes effect; of the last round */
    int64_t round_ms; /* monotonic time of the next round at the latest */
    int64_t retry_ms; /* what the last failure put it off by; 0: there was none */
};

/* --- failures --- */

static void tell(struct follow_job *job, const char *what, enum err err)
{
    if (!ticker_stops(&job->ticker) && log_limit_allows(&job->log_limit))
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
    return ticker_stops(&job->ticker);
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

static void look(void *arg, bool woken)
{
    struct follow_job *job = arg;
    int64_t mark = 0;
    enum err err = db_reconnect(job->db);
    if (err == ERR_OK)
        err = ask_mark(job, &mark);
    if (err != ERR_OK)
        tell(job, "the database", err);
    else if (woken || mark != job->mark || clock_monotonic_ms() >= job->round_ms)
        run_round(job, mark);
}

/* --- the job --- */

static void end(struct follow_job *job)
{
    ticker_done(&job->ticker);
    db_close(job->db);
    rules_free(job->rules);
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
    ticker_init(&job->ticker);
    job->rules = rules_new();
    enum err err = job->rules == NULL ? ERR_NOMEM : ERR_OK;
    if (err == ERR_OK)
        err = db_connect(database_url, "windvane follow", &job->db);
    if (err == ERR_OK)
        err = ticker_start(&job->ticker, TICK_MS, look, job);
    if (err == ERR_OK)
        *ret_job = job;
    else
        end(job);
    return err;
}

void follow_job_wake(void *arg)
{
    struct follow_job *job = arg;
    ticker_wake(&job->ticker);
}

void follow_job_stop(struct follow_job *job)
{
    if (job == NULL)
        return;
    ticker_stop(&job->ticker);
    db_end(job->db);
    end(job);
}
