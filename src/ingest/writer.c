/* One thread that turns the queue into transactions. A group is whatever is queued when the last
 * commit has been answered: groups form by themselves under load, and nothing lingers to fill
 * one. */
#include "ingest/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "books/plan.h"
#include "db/pool.h"
#include "db/query.h"
#include "group.h"
#include "ingest/queue.h"
#include "ingest/submission.h"
#include "sql.h"

#define GROUP_EVENTS 1024
#define LOCK_WAIT_MS 2000 /* for a store that a recount holds; then the others go on without it */
#define STOP_WAIT_MS 8000 /* for what is queued when the service ends */

struct writer {
    pthread_t thread;
    struct db *db;
    struct queue *queue;
    struct rules *rules;
    writer_changed_fn *changed;
    void *changed_arg;
};

/* A group's items, and the stores that they name. */
struct batch {
    struct group_item *items;
    size_t count;
    const char **stores;
    size_t store_count;
};

static enum err batch_of(struct submission *first, struct submission *end, struct batch *ret_batch)
{
    struct batch batch = {0};
    size_t count = 0;
    for (struct submission *s = first; s != end; s = s->next)
        count += s->count;
    batch.items = calloc(count + 1, sizeof *batch.items);
    batch.stores = calloc(count + 1, sizeof *batch.stores);
    if (batch.items == NULL || batch.stores == NULL) {
        free(batch.items);
        free(batch.stores);
        return ERR_NOMEM;
    }
    for (struct submission *s = first; s != end; s = s->next)
        for (size_t i = 0; i < s->count; i++) {
            struct entry *entry = &s->entries[i];
            batch.items[batch.count++] = (struct group_item){entry, s};
            if (entry->outcome != OUTCOME_REJECTED)
                batch.stores[batch.store_count++] = entry->event.store;
        }
    *ret_batch = batch;
    return ERR_OK;
}

static void batch_done(struct batch *batch)
{
    free(batch->items);
    free(batch->stores);
}

/* What a smaller group may be spared. */
static bool can_halve(enum err err)
{
    return err == ERR_REFUSED || err == ERR_TOO_LARGE;
}

/* --- one transaction --- */

/* Applies the items under a savepoint; what PostgreSQL refuses is halved until the culprit
 * stands alone, and its neighbours stay. */
static enum err apply_halving(struct writer *writer, const struct group_item *items, size_t count)
{
    enum err err = db_query(writer->db, &sql_savepoint, NULL, NULL);
    if (err != ERR_OK)
        return err;
    err = group_apply(writer->rules, writer->db, GROUP_CONTINUES, items, count);
    if (err == ERR_OK)
        return db_query(writer->db, &sql_savepoint_release, NULL, NULL);
    if (!can_halve(err))
        return err;
    log_line(LOG_WARN, "events refused by the database", "%zu events: %s", count,
             db_error(writer->db));
    err = db_query(writer->db, &sql_savepoint_undo, NULL, NULL);
    if (err != ERR_OK)
        return err;
    if (count == 1) {
        if (items[0].entry->outcome == OUTCOME_REJECTED)
            return ERR_OK; /* even its quarantine row is refused: it stays rejected */
        items[0].entry->outcome = OUTCOME_REJECTED;
        fault_set(&items[0].entry->fault, "", "the database refuses this event");
        return apply_halving(writer, items, 1);
    }
    err = apply_halving(writer, items, count / 2);
    return err == ERR_OK ? apply_halving(writer, items + count / 2, count - count / 2) : err;
}

/* Everything up to the commit; the transaction is open after ERR_OK. */
static enum err apply_once(struct writer *writer, const struct batch *batch)
{
    enum err err = db_reconnect(writer->db);
    if (err != ERR_OK)
        return err;
    err = group_apply(writer->rules, writer->db, GROUP_BEGINS, batch->items, batch->count);
    if (can_halve(err)) {
        db_rollback(writer->db);
        err = db_begin(writer->db, DB_READ_COMMITTED);
        if (err == ERR_OK)
            err = stores_lock(writer->db, batch->stores, batch->store_count);
        if (err == ERR_OK)
            err = apply_halving(writer, batch->items, batch->count);
    }
    if (err != ERR_OK)
        db_rollback(writer->db);
    return err;
}

static enum err commit_batch(struct writer *writer, const struct batch *batch, bool keep)
{
    enum err err = apply_once(writer, batch);
    if (err == ERR_TRANSIENT || (err == ERR_UNAVAILABLE && !db_is_connected(writer->db)))
        err = apply_once(writer, batch);
    if (err == ERR_OK && keep)
        return db_commit(writer->db); /* not once more: a lost answer may mean that it happened */
    db_rollback(writer->db);
    return err;
}

static void answer(struct submission *first, struct submission *end, enum err err)
{
    while (first != end) {
        struct submission *next = first->next; /* done() takes the submission away */
        first->err = err;
        first->done(first);
        first = next;
    }
}

/* Commits (or, for a dry run, tries) the submissions from first up to end. What fails together is
 * tried alone, so that neither one submission's fault nor one store's long lock spreads. */
static void commit_group(struct writer *writer, struct submission *first, struct submission *end,
                         bool keep)
{
    struct batch batch = {0};
    enum err err = batch_of(first, end, &batch);
    if (err == ERR_OK)
        err = commit_batch(writer, &batch, keep);
    if (err != ERR_OK)
        log_line(LOG_ERROR, "group not committed", "%zu events, error %d: %s", batch.count,
                 (int)err, db_error(writer->db));
    for (size_t i = 0; err == ERR_OK && keep && i < batch.store_count; i++)
        if (i == 0 || strcmp(batch.stores[i], batch.stores[i - 1]) != 0)
            writer->changed(writer->changed_arg, batch.stores[i]);
    batch_done(&batch);
    if (err == ERR_OK || first->next == end || !db_is_connected(writer->db)) {
        answer(first, end, err);
        return;
    }
    while (first != end) {
        struct submission *next = first->next;
        commit_group(writer, first, next, keep);
        first = next;
    }
}

/* Dry runs stand alone: they end in a rollback. */
static void commit_all(struct writer *writer, struct submission *taken)
{
    while (taken != NULL) {
        struct submission *end = taken->next;
        while (!taken->dry_run && end != NULL && !end->dry_run)
            end = end->next;
        struct submission *first = taken;
        bool keep = !first->dry_run;
        taken = end;
        commit_group(writer, first, end, keep);
    }
}

static void *run(void *arg)
{
    struct writer *writer = arg;
    struct submission *taken;
    while ((taken = queue_take(writer->queue, GROUP_EVENTS)) != NULL)
        commit_all(writer, taken);
    return NULL;
}

/* --- life --- */

enum err writer_start(const char *database_url, struct queue *queue, struct rules *rules,
                      writer_changed_fn *changed, void *changed_arg, struct writer **ret_writer)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return ERR_NOMEM;
    writer->queue = queue;
    writer->rules = rules;
    writer->changed = changed;
    writer->changed_arg = changed_arg;
    enum err err = db_connect(database_url, "windvane writer", &writer->db);
    if (err == ERR_OK)
        err = db_lock_timeout(writer->db, LOCK_WAIT_MS);
    if (err == ERR_OK && pthread_create(&writer->thread, NULL, run, writer) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        db_close(writer->db);
        free(writer);
        return err;
    }
    *ret_writer = writer;
    return ERR_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL)
        return;
    queue_close(writer->queue);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_WAIT_MS / 1000;
    if (pthread_timedjoin_np(writer->thread, NULL, &until) != 0) {
        log_line(LOG_WARN, "writer ended early", "what it had not committed is answered 503");
        db_end(writer->db);
        pthread_join(writer->thread, NULL);
    }
    db_close(writer->db);
    free(writer);
}
