/* A stack of idle connections under a mutex; connecting happens outside it. The connection that
 * was used last goes out first, so that a quiet service keeps few of them warm. */
#include "db/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cond.h"
#include "db/conn.h"
#include "db/query.h"

struct db_pool {
    char *url;
    char *application_name;
    pthread_mutex_t mutex;
    pthread_cond_t returned;
    unsigned size;
    unsigned leased;
    unsigned idle_count; /* leased + idle_count <= size */
    bool ended;
    struct db **out; /* the leased ones, in any order; room for size */
    unsigned out_count;
    struct db *idle[];
};

enum err db_pool_new(const char *url, const char *application_name, unsigned size,
                     struct db_pool **ret_pool)
{
    assert(size > 0);
    struct db_pool *pool = calloc(1, sizeof *pool + size * sizeof pool->idle[0]);
    if (pool == NULL)
        return ERR_NOMEM;
    pool->size = size;
    pool->out = calloc(size, sizeof *pool->out);
    pool->url = strdup(url);
    pool->application_name = strdup(application_name);
    cond_init_monotonic(&pool->returned);
    pthread_mutex_init(&pool->mutex, NULL);
    if (pool->url == NULL || pool->application_name == NULL || pool->out == NULL) {
        db_pool_free(pool);
        return ERR_NOMEM;
    }
    *ret_pool = pool;
    return ERR_OK;
}

void db_pool_free(struct db_pool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->leased == 0);
    for (unsigned i = 0; i < pool->idle_count; i++)
        db_close(pool->idle[i]);
    pthread_cond_destroy(&pool->returned);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->url);
    free(pool->application_name);
    free(pool->out);
    free(pool);
}

/* Takes a place among the leased ones, and an idle connection when there is one (else NULL). */
static enum err take_place(struct db_pool *pool, int wait_ms, struct db **ret_idle)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    bool in_time = true;
    pthread_mutex_lock(&pool->mutex);
    while (pool->leased == pool->size && in_time)
        in_time = cond_wait_until_ms(&pool->returned, &pool->mutex, until_ms);
    bool taken = pool->leased < pool->size && !pool->ended;
    if (taken) {
        pool->leased++;
        *ret_idle = pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
    }
    pthread_mutex_unlock(&pool->mutex);
    return taken ? ERR_OK : ERR_UNAVAILABLE;
}

/* Gives a place back, with a connection that can be used or NULL. */
static void give_place(struct db_pool *pool, struct db *idle)
{
    pthread_mutex_lock(&pool->mutex);
    assert(pool->leased > 0);
    pool->leased--;
    if (idle != NULL)
        pool->idle[pool->idle_count++] = idle;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->mutex);
}

static void note_out(struct db_pool *pool, struct db *db)
{
    pthread_mutex_lock(&pool->mutex);
    pool->out[pool->out_count++] = db;
    if (pool->ended)
        db_end(db);
    pthread_mutex_unlock(&pool->mutex);
}

static void note_back(struct db_pool *pool, const struct db *db)
{
    pthread_mutex_lock(&pool->mutex);
    unsigned i = 0;
    while (pool->out[i] != db)
        i++;
    pool->out[i] = pool->out[--pool->out_count];
    pthread_mutex_unlock(&pool->mutex);
}

void db_pool_end(struct db_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->ended = true;
    for (unsigned i = 0; i < pool->out_count; i++)
        db_end(pool->out[i]);
    pthread_mutex_unlock(&pool->mutex);
}

enum err db_pool_lease(struct db_pool *pool, int wait_ms, struct db **ret_db)
{
    struct db *db = NULL;
    enum err err = take_place(pool, wait_ms, &db);
    if (err != ERR_OK)
        return err;
    if (db != NULL)
        err = db_reconnect(db);
    else
        err = db_connect(pool->url, pool->application_name, &db);
    if (err != ERR_OK) {
        db_close(db);
        give_place(pool, NULL);
        return err;
    }
    note_out(pool, db);
    *ret_db = db;
    return ERR_OK;
}

void db_pool_return(struct db_pool *pool, struct db *db)
{
    note_back(pool, db);
    db_rollback(db);
    if (db->statement_timeout_ms != STATEMENT_TIMEOUT_MS &&
        db_statement_timeout(db, STATEMENT_TIMEOUT_MS) != ERR_OK)
        db->broken = true;
    if (!conn_is_usable(db)) {
        db_close(db);
        db = NULL;
    }
    give_place(pool, db);
}
