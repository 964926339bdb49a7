#include "books/refold.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/query.h"
#include "sql.h"
#include "json/event.h"

/* Columns of the refold statements; behind them those of the entity's row, as row_take reads them.
 */
enum {
    COLUMN_SUBJECT,
    COLUMN_SOURCE,
    COLUMN_ID,
    COLUMN_TYPE,
    COLUMN_OCCURRED,
    COLUMN_RECEIVED,
    COLUMN_DATA,
    COLUMN_RETRACTED,
    COLUMN_KEY_DIGEST,
    COLUMN_KEY_OCCURRED,
    COLUMN_KEY_ENTITY,
    COLUMN_KEY_SUBJECT,
    COLUMN_FACTS,
    COLUMN_ROW,
};

/* The entity in the making; its memory is the arena's, so it goes when the next one begins. */
struct fold {
    const struct refold_calls *calls;
    enum entity entity;
    struct arena arena;
    const char *subject; /* NULL: none */
    struct fact *facts;
    size_t count;
    size_t room;
    struct stored_row stored;
};

static int compare_facts(const void *a, const void *b)
{
    return fact_compare(a, b);
}

static enum err finish(struct fold *fold)
{
    enum err err = ERR_OK;
    if (fold->subject != NULL && fold->count > 0) {
        qsort(fold->facts, fold->count, sizeof *fold->facts, compare_facts);
        err = fold->calls->entity(fold->calls->arg, fold->entity, fold->subject,
                                  &(struct facts){fold->facts, fold->count}, &fold->stored);
    }
    arena_clear(&fold->arena);
    fold->subject = NULL;
    fold->facts = NULL;
    fold->count = fold->room = 0;
    return err;
}

static enum err keep(struct arena *arena, const char *text, size_t len, const char **ret_copy)
{
    *ret_copy = text == NULL ? NULL : arena_copy(arena, text, len);
    return text != NULL && *ret_copy == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err begin(struct fold *fold, const struct db_result *row)
{
    struct stored_row *stored = &fold->stored;
    *stored = (struct stored_row){.exists = !db_is_null(row, 0, COLUMN_FACTS)};
    enum err err = keep(&fold->arena, db_text(row, 0, COLUMN_SUBJECT),
                        db_len(row, 0, COLUMN_SUBJECT), &fold->subject);
    if (err != ERR_OK || !stored->exists)
        return err;
    stored->facts_len = db_len(row, 0, COLUMN_FACTS);
    err = keep(&fold->arena, db_text(row, 0, COLUMN_FACTS), stored->facts_len, &stored->facts);
    stored->row = row_take(fold->entity, row, 0, COLUMN_ROW);
    const char *buyer = stored->row.buyer, *order = stored->row.order;
    if (err == ERR_OK && buyer != NULL)
        err = keep(&fold->arena, buyer, strlen(buyer), &stored->row.buyer);
    if (err == ERR_OK && order != NULL)
        err = keep(&fold->arena, order, strlen(order), &stored->row.order);
    return err;
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
    key.has_subject = !db_is_null(row, 0, COLUMN_KEY_ENTITY);
    key.entity = (enum entity)db_int(row, 0, COLUMN_KEY_ENTITY);
    key.subject = db_text(row, 0, COLUMN_KEY_SUBJECT);
    return key;
}

static enum err take_row(void *arg, const struct db_result *row)
{
    struct fold *fold = arg;
    const char *subject = db_text(row, 0, COLUMN_SUBJECT);
    enum err err = ERR_OK;
    if (fold->subject == NULL || subject == NULL || strcmp(subject, fold->subject) != 0) {
        err = finish(fold);
        if (err == ERR_OK && subject != NULL)
            err = begin(fold, row);
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
    if (err == ERR_OK && event.class == EVENT_FACT && subject != NULL) {
        event.fact.retracted_at = db_instant(row, 0, COLUMN_RETRACTED);
        err = add_fact(fold, &event.fact);
    }
    return err;
}

static enum err refold_one(struct db *db, const char *store, const struct db_sql *sql,
                           struct fold *fold)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    enum err err = db_stream(db, sql, args, take_row, fold);
    return err == ERR_OK ? finish(fold) : err;
}

enum err refold(struct db *db, const char *store, const struct refold_calls *calls)
{
    static const struct db_sql *const statements[ENTITIES] = {
        [ENTITY_ORDER] = &sql_refold_orders,
        [ENTITY_TICKET] = &sql_refold_tickets,
        [ENTITY_REVIEW] = &sql_refold_reviews,
        [ENTITY_REPORT] = &sql_refold_reports,
    };
    struct fold fold = {.calls = calls};
    arena_init(&fold.arena);
    enum err err = refold_one(db, store, &sql_refold_others, &fold);
    for (enum entity entity = 0; err == ERR_OK && entity < ENTITIES; entity++) {
        fold.entity = entity;
        err = refold_one(db, store, statements[entity], &fold);
    }
    arena_done(&fold.arena);
    return err;
}
