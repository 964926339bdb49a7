#include "jobs/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "books/order_row.h"
#include "books/plan.h"
#include "books/refold.h"
#include "books/sums.h"
#include "db/facts.h"
#include "db/query.h"
#include "sql.h"

#define BATCH 1000

struct key_put {
    const char *source;
    const char *id;
    const char *order;
    struct instant time;
    uint8_t digest[EVENT_DIGEST_SIZE];
};

struct remake {
    struct db *writer;
    const char *store;
    struct plan plan;
    struct sums sums;
    struct arena keys_arena;
    struct key_put keys[BATCH];
    size_t key_count;
    struct arena orders_arena;
    struct order_put orders[BATCH];
    size_t order_count;
    struct rebuild_totals *totals;
};

static enum err flush_keys(struct remake *remake)
{
    if (remake->key_count == 0)
        return ERR_OK;
    size_t count = remake->key_count;
    const struct key_put *keys = remake->keys;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, remake->store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, keys[i].source);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, keys[i].id);
    db_arg_array(args, DB_BYTEAS);
    for (size_t i = 0; i < count; i++)
        db_add_bytes(args, keys[i].digest, EVENT_DIGEST_SIZE);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, keys[i].time);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, keys[i].order);
    enum err err = db_query(remake->writer, &sql_event_keys_add, args, NULL);
    remake->key_count = 0;
    arena_clear(&remake->keys_arena);
    return err;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

static enum err take_event(void *arg, const struct event *event, const struct stored_key *key)
{
    (void)key;
    struct remake *remake = arg;
    remake->totals->events++;
    enum err err = remake->key_count == BATCH ? flush_keys(remake) : ERR_OK;
    if (err != ERR_OK)
        return err;
    struct key_put *put = &remake->keys[remake->key_count++];
    *put = (struct key_put){
        .source = copy_text(&remake->keys_arena, event->source),
        .id = copy_text(&remake->keys_arena, event->id),
        .order = copy_text(&remake->keys_arena, event->class == EVENT_ORDER ? event->order : NULL),
        .time = event->time,
    };
    memcpy(put->digest, event->digest, EVENT_DIGEST_SIZE);
    return put->source == NULL || put->id == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err flush_orders(struct remake *remake)
{
    if (remake->order_count == 0)
        return ERR_OK;
    enum err err = db_query(remake->writer, &sql_orders_add,
                            order_rows_args(remake->orders, remake->order_count), NULL);
    remake->order_count = 0;
    arena_clear(&remake->orders_arena);
    return err;
}

static enum err take_order(void *arg, const char *id, const struct order *order,
                           const struct stored_order *stored)
{
    (void)stored;
    struct remake *remake = arg;
    remake->totals->orders++;
    enum err err = remake->order_count == BATCH ? flush_orders(remake) : ERR_OK;
    if (err != ERR_OK)
        return err;
    struct order_view view = order_at(order, INSTANT_NEVER);
    sums_add(&remake->sums, &remake->plan, &view, 1);
    struct buf facts;
    buf_init(&facts, SIZE_MAX / 2);
    facts_encode(order, &facts);
    err = buf_status(&facts);
    if (err == ERR_OK)
        remake->orders[remake->order_count++] = (struct order_put){
            .store = remake->store,
            .order = copy_text(&remake->orders_arena, id),
            .row = order_row_of(order, &view),
            .facts = arena_copy(&remake->orders_arena, buf_text(&facts), facts.len),
            .facts_len = facts.len,
        };
    buf_done(&facts);
    return err;
}

static struct db_args *of_store(const char *store)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    return args;
}

static enum err remake_store(struct rules *rules, struct db *reader, struct remake *remake)
{
    enum err err = stores_lock(remake->writer, &remake->store, 1);
    if (err == ERR_OK)
        err = plans_load(rules, remake->writer, &remake->store, 1, &remake->plan);
    if (err != ERR_OK || !remake->plan.exists)
        return err;
    struct refold_calls calls = {remake, take_event, take_order};
    err = db_query(remake->writer, &sql_rebuild_clear, of_store(remake->store), NULL);
    if (err == ERR_OK)
        err = db_query(remake->writer, &sql_rebuild_retractions, of_store(remake->store), NULL);
    if (err == ERR_OK)
        err = refold(reader, remake->store, &calls);
    if (err == ERR_OK)
        err = flush_keys(remake);
    if (err == ERR_OK)
        err = flush_orders(remake);
    if (err == ERR_OK)
        err = sums_write(&remake->sums, remake->writer);
    return err == ERR_OK ? db_pipeline_run(remake->writer, NULL) : err;
}

static enum err rebuild_store(struct rules *rules, struct db *reader, struct db *writer,
                              const char *store, struct rebuild_totals *totals)
{
    struct remake *remake = calloc(1, sizeof *remake);
    if (remake == NULL)
        return ERR_NOMEM;
    remake->writer = writer;
    remake->store = store;
    remake->totals = totals;
    arena_init(&remake->keys_arena);
    arena_init(&remake->orders_arena);
    sums_init(&remake->sums);
    enum err err = db_begin(writer, DB_READ_COMMITTED);
    if (err == ERR_OK)
        err = remake_store(rules, reader, remake);
    if (err == ERR_OK)
        err = db_commit(writer);
    else
        db_rollback(writer);
    sums_done(&remake->sums);
    arena_done(&remake->orders_arena);
    arena_done(&remake->keys_arena);
    free(remake);
    totals->stores++;
    return err;
}

enum err rebuild(struct rules *rules, struct db *reader, struct db *writer, const char *store,
                 struct rebuild_totals *ret_totals)
{
    *ret_totals = (struct rebuild_totals){0};
    struct db_result *stores = NULL;
    enum err err = db_query(reader, &sql_refold_stores, NULL, &stores);
    for (int row = 0; err == ERR_OK && row < db_rows(stores); row++)
        if (store == NULL || strcmp(store, db_text(stores, row, 0)) == 0)
            err = rebuild_store(rules, reader, writer, db_text(stores, row, 0), ret_totals);
    db_result_free(stores);
    return err;
}
