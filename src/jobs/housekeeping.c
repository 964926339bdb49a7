#include "jobs/housekeeping.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cond.h"
#include "base/log.h"
#include "db/pool.h"
#include "db/query.h"
#include "sql.h"

#define EVERY_MS (3600 * 1000)
#define STATEMENT_MS 5000         /* stopping waits for a statement that runs */
#define KEEP_HOURS 48             /* rows that are still likely to be needed again */
#define DELIVERED_HOURS (30 * 24) /* for who asks what was delivered */

struct housekeeping {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t stop_asked;
    bool stop;
    struct db *db;
};

static enum err clean_waiting(struct db *db, struct instant now)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, (int32_t)(instant_hour(now) - KEEP_HOURS));
    return db_query(db, &sql_waiting_clean, args, NULL);
}

static enum err clean_deliveries(struct db *db, struct instant now)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, instant_add_hours(now, -DELIVERED_HOURS));
    return db_query(db, &sql_deliveries_clean, args, NULL);
}

static void clean(struct housekeeping *housekeeping)
{
    struct instant now = clock_now();
    enum err err = db_reconnect(housekeeping->db);
    if (err == ERR_OK)
        err = clean_waiting(housekeeping->db, now);
    if (err == ERR_OK)
        err = clean_deliveries(housekeeping->db, now);
    if (err != ERR_OK)
        log_line(LOG_WARN, "housekeeping failed", "%s", db_error(housekeeping->db));
}

static void *run(void *arg)
{
    struct housekeeping *housekeeping = arg;
    pthread_mutex_lock(&housekeeping->mutex);
    while (!housekeeping->stop) {
        pthread_mutex_unlock(&housekeeping->mutex);
        clean(housekeeping);
        pthread_mutex_lock(&housekeeping->mutex);
        int64_t until_ms = clock_monotonic_ms() + EVERY_MS;
        bool in_time = true;
        while (!housekeeping->stop && in_time)
            in_time = cond_wait_until_ms(&housekeeping->stop_asked, &housekeeping->mutex, until_ms);
    }
    pthread_mutex_unlock(&housekeeping->mutex);
    return NULL;
}

enum err housekeeping_start(const char *database_url, struct housekeeping **ret_housekeeping)
{
    struct housekeeping *housekeeping = calloc(1, sizeof *housekeeping);
    if (housekeeping == NULL)
        return ERR_NOMEM;
    cond_init_monotonic(&housekeeping->stop_asked);
    pthread_mutex_init(&housekeeping->mutex, NULL);
    enum err err = db_connect(database_url, "windvane jobs", &housekeeping->db);
    if (err == ERR_OK)
        err = db_statement_timeout(housekeeping->db, STATEMENT_MS);
    if (err == ERR_OK && pthread_create(&housekeeping->thread, NULL, run, housekeeping) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        db_close(housekeeping->db);
        pthread_cond_destroy(&housekeeping->stop_asked);
        pthread_mutex_destroy(&housekeeping->mutex);
        free(housekeeping);
        return err;
    }
    *ret_housekeeping = housekeeping;
    return ERR_OK;
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
    if (housekeeping == NULL)
        return;
    pthread_mutex_lock(&housekeeping->mutex);
    housekeeping->stop = true;
    pthread_cond_signal(&housekeeping->stop_asked);
    pthread_mutex_unlock(&housekeeping->mutex);
    pthread_join(housekeeping->thread, NULL);
    db_close(housekeeping->db);
    pthread_cond_destroy(&housekeeping->stop_asked);
    pthread_mutex_destroy(&housekeeping->mutex);
    free(housekeeping);
}
