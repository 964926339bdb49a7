#include "jobs/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "books/census.h"
#include "books/plan.h"
#include "books/recount.h"
#include "books/refold.h"
#include "db/facts.h"
#include "db/query.h"
#include "sql.h"

#define BATCH 1000

struct key_put {
    const char *source;
    const char *id;
    const char *subject; /* NULL: the event is a fact of nothing */
    enum entity entity;
    struct instant time;
    uint8_t digest[EVENT_DIGEST_SIZE];
};

struct remake {
    struct db *writer;
    const char *store;
    struct arena keys_arena;
    struct key_put keys[BATCH];
    size_t key_count;
    struct arena rows_arena;
    struct row_put rows[BATCH];
    size_t row_count;
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
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32_or_null(args, keys[i].subject != NULL, (int32_t)keys[i].entity);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, keys[i].subject);
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
        .subject =
            copy_text(&remake->keys_arena, event->class == EVENT_FACT ? event->subject : NULL),
        .entity = event->class == EVENT_FACT ? fact_entity(event->fact.kind) : ENTITY_ORDER,
        .time = event->time,
    };
    memcpy(put->digest, event->digest, EVENT_DIGEST_SIZE);
    return put->source == NULL || put->id == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err flush_rows(struct remake *remake)
{
    enum err err = rows_write(remake->writer, remake->rows, remake->row_count);
    if (err == ERR_OK && remake->row_count > 0)
        err = db_pipeline_run(remake->writer, NULL);
    remake->row_count = 0;
    arena_clear(&remake->rows_arena);
    return err;
}

static enum err take_entity(void *arg, enum entity entity, const char *id,
                            const struct facts *facts, const struct stored_row *stored)
{
    (void)stored;
    struct remake *remake = arg;
    remake->totals->entities[entity]++;
    enum err err = remake->row_count == BATCH ? flush_rows(remake) : ERR_OK;
    if (err != ERR_OK)
        return err;
    struct view view = view_of(entity, facts, INSTANT_NEVER);
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    facts_encode(facts, &text);
    err = buf_status(&text);
    if (err == ERR_OK) {
        struct row_put put = {
            .store = remake->store,
            .id = copy_text(&remake->rows_arena, id),
            .row = row_of(facts, &view),
            .facts = arena_copy(&remake->rows_arena, buf_text(&text), text.len),
            .facts_len = text.len,
        };
        put.row.buyer = copy_text(&remake->rows_arena, put.row.buyer);
        put.row.order = copy_text(&remake->rows_arena, put.row.order);
        if (put.id == NULL || put.facts == NULL)
            err = ERR_NOMEM;
        remake->rows[remake->row_count++] = put;
    }
    buf_done(&text);
    return err;
}

/* --- sessions --- */

static enum err take_session(void *arg, const struct census_item *item)
{
    if (item->view.ticket.recontact)
        db_add_text(arg, item->id);
    return ERR_OK;
}

/* When all tickets have their rows: which sessions follow another one. */
static enum err mark_recontacts(struct db *db, const char *store)
{
    struct census census = {.store = store, .t = INSTANT_NEVER, .all = true, .tickets = true};
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_array(args, DB_TEXTS);
    enum err err = census_take(db, &census, take_session, args);
    if (err != ERR_OK) {
        db_args_free(args);
        return err;
    }
    return db_query(db, &sql_tickets_recontact, args, NULL);
}

static struct db_args *of_store(const char *store)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    return args;
}

static enum err remake_store(struct rules *rules, struct db *reader, struct remake *remake)
{
    struct db *writer = remake->writer;
    struct plan plan;
    enum err err = stores_lock(writer, &remake->store, 1);
    if (err == ERR_OK)
        err = plans_load(rules, writer, &remake->store, 1, &plan);
    if (err != ERR_OK || !plan.exists)
        return err;
    struct refold_calls calls = {remake, take_event, take_entity};
    err = db_query(writer, &sql_rebuild_clear, of_store(remake->store), NULL);
    if (err == ERR_OK)
        err = db_query(writer, &sql_rebuild_retractions, of_store(remake->store), NULL);
    if (err == ERR_OK)
        err = refold(reader, remake->store, &calls);
    if (err == ERR_OK)
        err = flush_keys(remake);
    if (err == ERR_OK)
        err = flush_rows(remake);
    if (err == ERR_OK)
        err = mark_recontacts(writer, remake->store);
    /* Once more: what is excused stands in the reports, which have just been made anew. */
    if (err == ERR_OK)
        err = plans_load(rules, writer, &remake->store, 1, &plan);
    return err == ERR_OK ? store_recount(writer, &plan) : err;
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
    arena_init(&remake->rows_arena);
    enum err err = db_begin(writer, DB_READ_COMMITTED);
    if (err == ERR_OK)
        err = remake_store(rules, reader, remake);
    if (err == ERR_OK)
        err = db_commit(writer);
    else
        db_rollback(writer);
    arena_done(&remake->rows_arena);
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
