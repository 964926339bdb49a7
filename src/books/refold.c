#include "books/refold.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/query.h"
#include "sql.h"
#include "json/event.h"

/* Columns of refold_events. */
enum {
    COLUMN_ORDER,
    COLUMN_SOURCE,
    COLUMN_ID,
    COLUMN_TYPE,
    COLUMN_OCCURRED,
    COLUMN_RECEIVED,
    COLUMN_DATA,
    COLUMN_RETRACTED,
    COLUMN_KEY_DIGEST,
    COLUMN_KEY_OCCURRED,
    COLUMN_KEY_ORDER,
    COLUMN_FACTS,
    COLUMN_T0,
    COLUMN_PROMISE,
    COLUMN_LAST,
    COLUMN_WAIT_COLLECTED,
    COLUMN_WAIT_DELIVERED,
    COLUMN_HAS_RETRACTED,
};

/* The order in the making; its memory is the arena's, so it goes when the next one begins. */
struct fold {
    const struct refold_calls *calls;
    struct arena arena;
    const char *order; /* NULL: none */
    struct fact *facts;
    size_t count;
    size_t room;
    struct stored_order stored;
};

static int compare_facts(const void *a, const void *b)
{
    return fact_compare(a, b);
}

static enum err finish_order(struct fold *fold)
{
    enum err err = ERR_OK;
    if (fold->order != NULL && fold->count > 0) {
        qsort(fold->facts, fold->count, sizeof *fold->facts, compare_facts);
        err = fold->calls->order(fold->calls->arg, fold->order,
                                 &(struct order){fold->facts, fold->count}, &fold->stored);
    }
    arena_clear(&fold->arena);
    fold->order = NULL;
    fold->facts = NULL;
    fold->count = fold->room = 0;
    return err;
}

static enum err begin_order(struct fold *fold, const struct db_result *row)
{
    fold->order =
        arena_copy(&fold->arena, db_text(row, 0, COLUMN_ORDER), db_len(row, 0, COLUMN_ORDER));
    fold->stored = (struct stored_order){.exists = !db_is_null(row, 0, COLUMN_FACTS)};
    if (fold->stored.exists) {
        fold->stored.facts_len = db_len(row, 0, COLUMN_FACTS);
        fold->stored.facts =
            arena_copy(&fold->arena, db_text(row, 0, COLUMN_FACTS), fold->stored.facts_len);
        fold->stored.row = (struct order_row){
            .t0 = db_instant(row, 0, COLUMN_T0),
            .promise_at = db_instant(row, 0, COLUMN_PROMISE),
            .last_at = db_instant(row, 0, COLUMN_LAST),
            .wait_collected = db_bool(row, 0, COLUMN_WAIT_COLLECTED),
            .wait_delivered = db_bool(row, 0, COLUMN_WAIT_DELIVERED),
            .retracted = db_bool(row, 0, COLUMN_HAS_RETRACTED),
        };
        if (fold->stored.facts == NULL)
            return ERR_NOMEM;
    }
    return fold->order == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err add_fact(struct fold *fold, const struct fact *fact)
{
    if (fold->count == fold->room) {
        size_t room = fold->room == 0 ? 16 : 2 * fold->room;
        struct fact *more = arena_alloc(&fold->arena, room * sizeof *more);
        if (more == NULL)
            return ERR_NOMEM;
        if (fold->count > 0)
            memcpy(more, fold->facts, fold->count * sizeof *more);
        fold->facts = more;
        fold->room = room;
    }
    fold->facts[fold->count++] = *fact;
    return ERR_OK;
}

static struct stored_key key_of(const struct db_result *row)
{
    struct stored_key key = {.exists = !db_is_null(row, 0, COLUMN_KEY_DIGEST)};
    if (!key.exists)
        return key;
    if (db_len(row, 0, COLUMN_KEY_DIGEST) == EVENT_DIGEST_SIZE)
        memcpy(key.digest, db_text(row, 0, COLUMN_KEY_DIGEST), EVENT_DIGEST_SIZE);
    key.occurred_at = db_instant(row, 0, COLUMN_KEY_OCCURRED);
    key.order = db_text(row, 0, COLUMN_KEY_ORDER);
    return key;
}

static enum err take_row(void *arg, const struct db_result *row)
{
    struct fold *fold = arg;
    const char *order = db_text(row, 0, COLUMN_ORDER);
    enum err err = ERR_OK;
    if (fold->order == NULL || order == NULL || strcmp(order, fold->order) != 0) {
        err = finish_order(fold);
        if (err == ERR_OK && order != NULL)
            err = begin_order(fold, row);
    }
    if (err != ERR_OK)
        return err;

    struct event_record record = {
        .source = db_text(row, 0, COLUMN_SOURCE),
        .id = db_text(row, 0, COLUMN_ID),
        .type = db_text(row, 0, COLUMN_TYPE),
        .time = db_instant(row, 0, COLUMN_OCCURRED),
        .received_at = db_instant(row, 0, COLUMN_RECEIVED),
        .data = db_text(row, 0, COLUMN_DATA),
        .data_len = db_len(row, 0, COLUMN_DATA),
    };
    struct event event;
    struct fault fault;
    err = event_restore(&record, &fold->arena, &event, &fault);
    if (err != ERR_OK)
        return err == ERR_NOMEM ? err : ERR_INTERNAL;
    struct stored_key key = key_of(row);
    err = fold->calls->event(fold->calls->arg, &event, &key);
    if (err == ERR_OK && event.class == EVENT_ORDER && order != NULL) {
        event.fact.retracted_at = db_instant(row, 0, COLUMN_RETRACTED);
        err = add_fact(fold, &event.fact);
    }
    return err;
}

enum err refold(struct db *db, const char *store, const struct refold_calls *calls)
{
    struct fold fold = {.calls = calls};
    arena_init(&fold.arena);
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    enum err err = db_stream(db, &sql_refold_events, args, take_row, &fold);
    if (err == ERR_OK)
        err = finish_order(&fold);
    arena_done(&fold.arena);
    return err;
}
