#include "listeners.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/cond.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "books/notices.h"
#include "db/pool.h"
#include "db/query.h"
#include "domain/limits.h"
#include "sql.h"

#define TICK_MS 1000
#define ROWS 100                  /* of a store in one answer of the database */
#define TEXT_MAX (256 * 1024)     /* that waits for a client */
#define TEXT_FULL (64 * 1024)     /* then nothing is added: it stays in the database */
#define BOOTSTRAP_KEY "bootstrap" /* of the settings, in no table */
#define RETRY "retry: 3000\n"     /* how long a client waits before it connects again */
#define KEEPALIVE ": alive\n\n"

struct api_listener {
    struct listeners *listeners;
    struct api_listener *prev;
    struct api_listener *next;
    char store[ID_MAX_BYTES + 1];
    char key_id[sizeof((struct api_principal *)NULL)->key_id];
    int64_t seq;        /* up to which everything stands in the text or was read */
    bool asked;         /* the question that is under way is for this one too */
    bool ended;         /* after the text that is left */
    struct buf text;    /* to be read */
    size_t taken;       /* bytes of it */
    int64_t written_ms; /* monotonic time of the last text */
    api_wake_fn *wake;
    void *wake_arg;
};

struct listeners {
    struct listeners_config config;
    pthread_t thread;
    struct db *db;
    pthread_mutex_t mutex; /* over the rest */
    pthread_cond_t changed;
    bool stop;
    bool closed; /* none begins any more */
    bool hurry;  /* one began behind what there is */
    unsigned count;
    struct api_listener *first;
    struct log_limit log_limit;
};

/* --- one stream, under the mutex --- */

static void wake(struct api_listener *listener)
{
    if (listener->wake != NULL)
        listener->wake(listener->wake_arg);
}

static void end(struct api_listener *listener)
{
    listener->ended = true;
    wake(listener);
}

static bool is_full(const struct api_listener *listener)
{
    return listener->text.len - listener->taken >= TEXT_FULL;
}

/* A stream that cannot hold its text has lost something: it ends, and its client asks for the rest.
 */
static void written(struct api_listener *listener, int64_t now_ms)
{
    listener->written_ms = now_ms;
    if (buf_failed(&listener->text))
        listener->ended = true;
    wake(listener);
}

/* Line ends between the tokens of JSON are blanks; in an event they would be the end of its line.
 */
static void flatten(struct buf *text, size_t from)
{
    for (size_t i = from; i < text->len; i++)
        if (text->data[i] == '\n' || text->data[i] == '\r')
            text->data[i] = ' ';
}

static void put_event(struct api_listener *listener, const struct notification *notification)
{
    struct buf *text = &listener->text;
    struct jsonw json;
    buf_printf(text, "id: %" PRId64 "\nevent: %s\ndata: ", notification->seq, notification->type);
    size_t from = text->len;
    jsonw_init(&json, text);
    jsonw_object(&json, NULL);
    jsonw_string(&json, "store", listener->store);
    notification_write(&json, notification);
    jsonw_end_object(&json);
    flatten(text, from);
    buf_puts(text, "\n\n");
    listener->seq = notification->seq;
}

/* --- the seam --- */

void api_listener_attach(struct api_listener *listener, api_wake_fn *wake_fn, void *wake_arg)
{
    pthread_mutex_lock(&listener->listeners->mutex);
    listener->wake = wake_fn;
    listener->wake_arg = wake_arg;
    wake(listener); /* for what came before */
    pthread_mutex_unlock(&listener->listeners->mutex);
}

ssize_t api_listener_read(struct api_listener *listener, char *data, size_t max)
{
    ssize_t got = API_LISTENER_WAIT;
    struct listeners *listeners = listener->listeners;
    pthread_mutex_lock(&listeners->mutex);
    size_t rest = listener->text.len - listener->taken, len = rest < max ? rest : max;
    if (len > 0) {
        memcpy(data, listener->text.data + listener->taken, len);
        listener->taken += len;
        got = (ssize_t)len;
    } else if (listener->ended) {
        got = API_LISTENER_END;
    }
    if (len == rest) { /* a stream that is silent keeps no memory */
        buf_done(&listener->text);
        buf_init(&listener->text, TEXT_MAX);
        listener->taken = 0;
    }
    pthread_mutex_unlock(&listeners->mutex);
    return got;
}

void api_listener_close(struct api_listener *listener)
{
    struct listeners *listeners = listener->listeners;
    pthread_mutex_lock(&listeners->mutex);
    if (listener->prev != NULL)
        listener->prev->next = listener->next;
    else
        listeners->first = listener->next;
    if (listener->next != NULL)
        listener->next->prev = listener->prev;
    listeners->count--;
    pthread_mutex_unlock(&listeners->mutex);
    buf_done(&listener->text);
    free(listener);
}

/* --- opening --- */

static unsigned count_of(const struct listeners *listeners, const char *key_id)
{
    unsigned count = 0;
    for (const struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        count += strcmp(listener->key_id, key_id) == 0;
    return count;
}

/* An id in a block without data is no event; a client keeps it and sends it back, so that one that
 * has had no event yet misses nothing either. */
static void put_beginning(struct api_listener *listener, bool tell_seq)
{
    buf_puts(&listener->text, RETRY);
    if (tell_seq)
        buf_printf(&listener->text, "id: %" PRId64 "\n", listener->seq);
    buf_puts(&listener->text, "\n");
    listener->written_ms = clock_monotonic_ms();
}

enum err listeners_open(struct listeners *listeners, const char *key_id, const char *store,
                        int64_t seq, bool tell_seq, struct api_listener **ret_listener)
{
    struct api_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return ERR_NOMEM;
    listener->listeners = listeners;
    snprintf(listener->store, sizeof listener->store, "%s", store);
    snprintf(listener->key_id, sizeof listener->key_id, "%s", key_id);
    listener->seq = seq;
    buf_init(&listener->text, TEXT_MAX);
    put_beginning(listener, tell_seq);

    pthread_mutex_lock(&listeners->mutex);
    bool room = !listeners->closed && listeners->count < listeners->config.max &&
                count_of(listeners, key_id) < listeners->config.max_of_key;
    if (room) {
        listener->next = listeners->first;
        if (listeners->first != NULL)
            listeners->first->prev = listener;
        listeners->first = listener;
        listeners->count++;
        listeners->hurry = true;
        pthread_cond_signal(&listeners->changed);
    }
    pthread_mutex_unlock(&listeners->mutex);
    if (!room) {
        buf_done(&listener->text);
        free(listener);
        return ERR_UNAVAILABLE;
    }
    *ret_listener = listener;
    return ERR_OK;
}

void listeners_end_all(struct listeners *listeners)
{
    pthread_mutex_lock(&listeners->mutex);
    listeners->closed = true;
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        end(listener);
    pthread_mutex_unlock(&listeners->mutex);
}

/* --- what is new --- */

/* The question, for all that can take something; NULL args: nobody can. */
static struct db_args *ask_new(struct listeners *listeners)
{
    struct db_args *args = db_args_new();
    bool any = false;
    pthread_mutex_lock(&listeners->mutex);
    db_arg_array(args, DB_TEXTS);
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next) {
        listener->asked = !listener->ended && !is_full(listener);
        any = any || listener->asked;
        if (listener->asked)
            db_add_text(args, listener->store);
    }
    db_arg_array(args, DB_INTS);
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        if (listener->asked)
            db_add_int(args, listener->seq);
    pthread_mutex_unlock(&listeners->mutex);
    db_arg_int32(args, ROWS);
    if (any)
        return args;
    db_args_free(args);
    return NULL;
}

static void hand_out(struct listeners *listeners, const struct db_result *result, int row,
                     int64_t now_ms)
{
    enum { STORE, SEQ, TYPE, AT, RECORDED_AT, DATA };
    const char *store = db_text(result, row, STORE);
    const struct notification notification = {
        .seq = db_int(result, row, SEQ),
        .type = db_text(result, row, TYPE),
        .at = db_instant(result, row, AT),
        .recorded_at = db_instant(result, row, RECORDED_AT),
        .data = db_text(result, row, DATA),
        .data_len = db_len(result, row, DATA),
    };
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next) {
        if (!listener->asked || listener->seq >= notification.seq ||
            strcmp(listener->store, store) != 0)
            continue;
        if (is_full(listener)) {
            listener->asked = false; /* nor what comes after this one */
            continue;
        }
        put_event(listener, &notification);
        written(listener, now_ms);
    }
}

/* ret_more: there may be more already. */
static enum err look(struct listeners *listeners, bool *ret_more)
{
    *ret_more = false;
    struct db_args *args = ask_new(listeners);
    if (args == NULL)
        return ERR_OK;
    struct db_result *result = NULL;
    enum err err = db_query(listeners->db, &sql_listeners_new, args, &result);
    if (err != ERR_OK)
        return err;
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&listeners->mutex);
    for (int row = 0; row < db_rows(result); row++)
        hand_out(listeners, result, row, now_ms);
    pthread_mutex_unlock(&listeners->mutex);
    *ret_more = db_rows(result) >= ROWS;
    db_result_free(result);
    return ERR_OK;
}

/* --- keys and silence --- */

static bool has(const struct db_result *result, const char *key_id)
{
    for (int row = 0; row < db_rows(result); row++)
        if (strcmp(db_text(result, row, 0), key_id) == 0)
            return true;
    return strcmp(key_id, BOOTSTRAP_KEY) == 0;
}

/* A stream ends with its key; one that began after the question is for the next. */
static enum err check_keys(struct listeners *listeners)
{
    struct db_args *args = db_args_new();
    pthread_mutex_lock(&listeners->mutex);
    db_arg_array(args, DB_TEXTS);
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next) {
        listener->asked = true;
        db_add_text(args, listener->key_id);
    }
    pthread_mutex_unlock(&listeners->mutex);
    struct db_result *result = NULL;
    enum err err = db_query(listeners->db, &sql_listeners_keys, args, &result);
    if (err != ERR_OK)
        return err;
    pthread_mutex_lock(&listeners->mutex);
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        if (listener->asked && !listener->ended && !has(result, listener->key_id))
            end(listener);
    pthread_mutex_unlock(&listeners->mutex);
    db_result_free(result);
    return ERR_OK;
}

static void break_silence(struct listeners *listeners)
{
    int64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&listeners->mutex);
    for (struct api_listener *listener = listeners->first; listener != NULL;
         listener = listener->next) {
        if (listener->ended || listener->text.len > 0 ||
            now_ms - listener->written_ms < listeners->config.keepalive_ms)
            continue;
        buf_puts(&listener->text, KEEPALIVE);
        written(listener, now_ms);
    }
    pthread_mutex_unlock(&listeners->mutex);
}

/* --- the thread --- */

static void tell(struct listeners *listeners, enum err err)
{
    if (log_limit_allows(&listeners->log_limit))
        log_line(LOG_WARN, "streams stand still", "%s %s", err_name(err), db_error(listeners->db));
}

static void serve_all(struct listeners *listeners)
{
    bool more = true;
    enum err err = db_reconnect(listeners->db);
    if (err == ERR_OK)
        err = check_keys(listeners);
    while (err == ERR_OK && more)
        err = look(listeners, &more);
    if (err != ERR_OK)
        tell(listeners, err);
    break_silence(listeners);
}

static void *run(void *arg)
{
    struct listeners *listeners = arg;
    pthread_mutex_lock(&listeners->mutex);
    while (!listeners->stop) {
        if (listeners->first == NULL) {
            pthread_cond_wait(&listeners->changed, &listeners->mutex);
            continue;
        }
        listeners->hurry = false;
        pthread_mutex_unlock(&listeners->mutex);
        serve_all(listeners);
        pthread_mutex_lock(&listeners->mutex);
        int64_t until_ms = clock_monotonic_ms() + TICK_MS;
        bool in_time = true;
        while (!listeners->stop && !listeners->hurry && in_time)
            in_time = cond_wait_until_ms(&listeners->changed, &listeners->mutex, until_ms);
    }
    pthread_mutex_unlock(&listeners->mutex);
    return NULL;
}

static void listeners_free(struct listeners *listeners)
{
    db_close(listeners->db);
    pthread_cond_destroy(&listeners->changed);
    pthread_mutex_destroy(&listeners->mutex);
    free(listeners);
}

enum err listeners_start(const struct listeners_config *config, struct listeners **ret_listeners)
{
    struct listeners *listeners = calloc(1, sizeof *listeners);
    if (listeners == NULL)
        return ERR_NOMEM;
    listeners->config = *config;
    cond_init_monotonic(&listeners->changed);
    pthread_mutex_init(&listeners->mutex, NULL);
    enum err err = db_connect(config->database_url, "windvane streams", &listeners->db);
    if (err == ERR_OK && pthread_create(&listeners->thread, NULL, run, listeners) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        listeners_free(listeners);
        return err;
    }
    *ret_listeners = listeners;
    return ERR_OK;
}

void listeners_stop(struct listeners *listeners)
{
    if (listeners == NULL)
        return;
    pthread_mutex_lock(&listeners->mutex);
    listeners->stop = true;
    pthread_cond_signal(&listeners->changed);
    pthread_mutex_unlock(&listeners->mutex);
    db_end(listeners->db);
    pthread_join(listeners->thread, NULL);
    listeners_free(listeners);
}
