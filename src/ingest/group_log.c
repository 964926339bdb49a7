/* The log's part of a group: event keys, events, retractions and the quarantine. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "db/query.h"
#include "domain/limits.h"
#include "group_work.h"
#include "sql.h"

static void add_identities(struct db_args *args, struct work **works, size_t count)
{
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->event.store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->event.source);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->event.id);
}

/* The entity that each event is a fact of. */
static void add_subjects(struct db_args *args, struct work **works, size_t count)
{
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &works[i]->entry->event;
        db_add_int32_or_null(args, event->class == EVENT_FACT,
                             (int32_t)fact_entity(event->fact.kind));
    }
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &works[i]->entry->event;
        db_add_text(args, event->class == EVENT_FACT ? event->subject : NULL);
    }
}

static enum err write_keys(struct group *group, struct work **works, size_t count)
{
    struct db_args *args = db_args_new();
    add_identities(args, works, count);
    db_arg_array(args, DB_BYTEAS);
    for (size_t i = 0; i < count; i++)
        db_add_bytes(args, works[i]->entry->event.digest, EVENT_DIGEST_SIZE);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, works[i]->entry->event.time);
    add_subjects(args, works, count);
    return db_pipeline_add(group->db, &sql_event_keys_add, args);
}

static enum err write_events(struct group *group, struct work **works, size_t count)
{
    struct db_args *args = db_args_new();
    add_identities(args, works, count);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->event.type);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, works[i]->entry->event.time);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, works[i]->submission->received_at);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &works[i]->entry->event;
        int32_t feed = (int32_t)event->feed;
        db_add_int32(args, event->class == EVENT_ALIVE ? -feed : feed);
    }
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &works[i]->entry->event;
        db_add_instant(args, event->class == EVENT_ALIVE ? event->through : INSTANT_NEVER);
    }
    add_subjects(args, works, count);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text_len(args, works[i]->entry->event.data, works[i]->entry->event.data_len);
    return db_pipeline_add(group->db, &sql_events_add, args);
}

static int compare_retractions(const void *a, const void *b)
{
    const struct event *x = &(*(struct work *const *)a)->entry->event;
    const struct event *y = &(*(struct work *const *)b)->entry->event;
    int order = strcmp(x->target_id, y->target_id);
    if (order == 0)
        order = strcmp(x->target_source, y->target_source);
    if (order == 0)
        order = strcmp(x->store, y->store);
    if (order != 0)
        return order;
    return x->at.us < y->at.us ? -1 : x->at.us > y->at.us;
}

static bool same_target(const struct event *a, const struct event *b)
{
    return strcmp(a->target_id, b->target_id) == 0 &&
           strcmp(a->target_source, b->target_source) == 0 && strcmp(a->store, b->store) == 0;
}

/* One row a target: an upsert may not meet the same row twice. */
static enum err write_retractions(struct group *group)
{
    struct work **works = arena_alloc(&group->arena, (group->count + 1) * sizeof(struct work *));
    if (works == NULL)
        return ERR_NOMEM;
    size_t count = 0, distinct = 0;
    for (size_t i = 0; i < group->count; i++)
        if (is_accepted(&group->works[i], EVENT_RETRACTION))
            works[count++] = &group->works[i];
    if (count == 0)
        return ERR_OK;
    qsort(works, count, sizeof *works, compare_retractions);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !same_target(&works[i]->entry->event, &works[distinct - 1]->entry->event))
            works[distinct++] = works[i];

    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < distinct; i++)
        db_add_text(args, works[i]->entry->event.store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < distinct; i++)
        db_add_text(args, works[i]->entry->event.target_source);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < distinct; i++)
        db_add_text(args, works[i]->entry->event.target_id);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < distinct; i++)
        db_add_instant(args, works[i]->entry->event.at);
    return db_pipeline_add(group->db, &sql_retractions_put, args);
}

/* --- quarantine --- */

static bool is_quarantined(const struct work *work)
{
    return work->entry->outcome == OUTCOME_CONFLICT ||
           (work->entry->outcome == OUTCOME_REJECTED && work->submission->quarantine);
}

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* An identity as far as the quarantine's key can take it: it may be too long, that is why it was
 * rejected. */
static void add_cut(struct db_args *args, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);
    db_add_text_len(args, text_or_empty(text), utf8_cut(text_or_empty(text), len, ID_MAX_BYTES));
}

/* What came: the decoder's copy of a rejected event, else its data. */
static void body_of(const struct entry *entry, const char **ret_body, size_t *ret_len)
{
    bool raw = entry->body != NULL;
    *ret_body = raw ? entry->body : text_or_empty(entry->event.data);
    *ret_len = raw ? entry->body_len : entry->event.data_len;
}

/* PostgreSQL's text takes valid UTF-8 without NUL; a body that is not stays visible as far as it
 * can. */
static const char *storable(struct arena *arena, const char *body, size_t *len)
{
    if (utf8_valid(body, *len))
        return body;
    char *copy = arena_copy(arena, body, *len);
    for (size_t i = 0; copy != NULL && i < *len; i++)
        if (copy[i] == '\0' || (unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    return copy;
}

static enum err write_quarantine(struct group *group)
{
    struct work **works = arena_alloc(&group->arena, (group->count + 1) * sizeof(struct work *));
    if (works == NULL)
        return ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        if (is_quarantined(&group->works[i]))
            works[count++] = &group->works[i];
    if (count == 0)
        return ERR_OK;

    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        add_cut(args, works[i]->entry->event.store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        add_cut(args, works[i]->entry->event.source);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        add_cut(args, works[i]->entry->event.id);
    db_arg_array(args, DB_BYTEAS);
    for (size_t i = 0; i < count; i++) {
        struct digest_part part;
        uint8_t digest[SHA256_SIZE];
        const char *body;
        body_of(works[i]->entry, &body, &part.len);
        part.data = body;
        sha256(&part, 1, digest);
        db_add_bytes(args, digest, sizeof digest);
    }
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, works[i]->submission->received_at);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, outcome_name(works[i]->entry->outcome));
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->fault.pointer);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, works[i]->entry->outcome == OUTCOME_CONFLICT
                              ? "another body of this identity was accepted before"
                              : works[i]->entry->fault.detail);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++) {
        const char *body;
        size_t len;
        body_of(works[i]->entry, &body, &len);
        body = storable(&group->arena, body, &len);
        db_add_text_len(args, body == NULL ? "" : body, body == NULL ? 0 : len);
    }
    return db_pipeline_add(group->db, &sql_quarantine_add, args);
}

/* --- the whole --- */

enum err group_write_log(struct group *group, struct work **stored, size_t count)
{
    enum err err = ERR_OK;
    if (count > 0)
        err = write_keys(group, stored, count);
    if (err == ERR_OK && count > 0)
        err = write_events(group, stored, count);
    if (err == ERR_OK)
        err = write_retractions(group);
    return err == ERR_OK ? write_quarantine(group) : err;
}
