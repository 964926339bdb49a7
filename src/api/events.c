/* POST /v1/events: bodies in, submissions to the writer, outcomes out.
 * A structured event, a batch or a binary event is collected, decoded and submitted as one.
 * NDJSON is decoded line by line as it arrives and submitted in pieces, of which at most
 * STREAM_PIECES are on their way at once: a full writer slows the reading. */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "call.h"
#include "domain/limits.h"
#include "ingest/queue.h"
#include "ingest/submission.h"
#include "json/event.h"

#define PIECE_EVENTS 256
#define PIECE_BYTES (1024 * 1024) /* of decoded memory, more or less a line */
#define STREAM_PIECES 2
#define RESULTS_MAX 1000
#define LONG_LINE_MAX (8 * 1024 * 1024) /* what a line that is too long may go on for */

enum form { FORM_STRUCTURED, FORM_BATCH, FORM_BINARY, FORM_NDJSON };

struct result {
    struct result *next;
    int64_t index;
    char *id; /* NULL when it could not be read */
    enum outcome outcome;
    struct fault fault;
};

struct api_stream {
    struct api *api;
    enum form form;
    bool dry_run;
    struct instant now;
    char request_id[33];
    struct api_principal principal;
    api_wake_fn *wake;
    void *wake_arg;
    struct event_attributes attributes; /* binary mode: memory in `head` */
    struct arena head;
    struct buf body; /* what is not decoded yet: the whole body, or the line in the making */
    bool skipping;   /* NDJSON: within a line that is too long */
    size_t skipped;
    struct submission *piece; /* NDJSON: being filled */
    bool decoded;             /* the end of the body has been handled */

    struct queue_waiter waiter; /* for room in the queue */

    /* Shared with the writer's thread. */
    pthread_mutex_t mutex;
    unsigned under_way; /* pieces that the writer has */
    bool closed;        /* the connection is gone: the last piece frees the stream */
    bool waiting;       /* somebody waits for wake() */
    enum err err;       /* the first failure: what follows is not submitted */
    struct fault fault; /* of ERR_INVALID, ERR_UNPARSABLE, ERR_TOO_LARGE */
    int64_t
        committed; /* events of pieces that were committed, all of them before the first failure */
    int64_t counts[OUTCOMES];
    struct result *results;
    struct result **results_end;
    size_t result_count;
};

/* --- life --- */

static void stream_free(struct api_stream *stream)
{
    while (stream->results != NULL) {
        struct result *result = stream->results;
        stream->results = result->next;
        free(result->id);
        free(result);
    }
    submission_free(stream->piece);
    arena_done(&stream->head);
    buf_done(&stream->body);
    if (stream->form == FORM_NDJSON)
        atomic_fetch_sub(&stream->api->streams, 1);
    pthread_mutex_destroy(&stream->mutex);
    free(stream);
}

/* The media type without its parameters. */
static bool is_type(const char *content_type, const char *type)
{
    size_t len = strlen(type);
    if (content_type == NULL || strncasecmp(content_type, type, len) != 0)
        return false;
    return content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ';
}

static bool find_form(const char *content_type, bool has_attributes, enum form *ret_form)
{
    if (is_type(content_type, "application/cloudevents-batch+json"))
        *ret_form = FORM_BATCH;
    else if (is_type(content_type, "application/cloudevents+json"))
        *ret_form = FORM_STRUCTURED;
    else if (is_type(content_type, "application/x-ndjson"))
        *ret_form = FORM_NDJSON;
    else if (has_attributes && is_type(content_type, "application/json"))
        *ret_form = FORM_BINARY;
    else
        return false;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* CloudEvents' HTTP binding: header values are percent-encoded UTF-8, decoded once. A value that
 * is not is a fault of the attribute. */
static const char *attribute(struct api_stream *stream, const char *value, const char *pointer)
{
    if (value == NULL)
        return NULL;
    size_t len = strlen(value);
    bool quoted = len >= 2 && value[0] == '"' && value[len - 1] == '"';
    char *text = arena_copy(&stream->head, value, len);
    if (text == NULL) {
        stream->err = ERR_NOMEM;
        return NULL;
    }
    char *to = text;
    bool ok = true;
    const char *end = value + len - quoted;
    for (const char *from = value + quoted; from < end; from++) {
        if (quoted && *from == '\\' && from + 1 < end)
            from++;
        int high = *from == '%' ? hex_digit(from[1]) : -1;
        int low = high >= 0 ? hex_digit(from[2]) : -1;
        ok = ok && (*from != '%' || low >= 0);
        *to++ = low >= 0 ? (char)(high * 16 + low) : *from;
        from += low >= 0 ? 2 : 0;
    }
    *to = '\0';
    if ((!ok || !utf8_valid(text, (size_t)(to - text))) && stream->err == ERR_OK) {
        stream->err = ERR_INVALID;
        fault_set(&stream->fault, pointer, "must be percent-encoded UTF-8");
    }
    return text;
}

static size_t body_limit(enum form form)
{
    return form == FORM_BATCH ? BATCH_MAX_BYTES : EVENT_MAX_BYTES;
}

/* A line may grow by one byte over its limit: that shows that it is too long. */
#define LINE_ROOM (EVENT_MAX_BYTES + 1)

/* On the thread that made room in the queue. */
static void room_made(struct queue_waiter *waiter)
{
    struct api_stream *stream =
        (struct api_stream *)((char *)waiter - offsetof(struct api_stream, waiter));
    pthread_mutex_lock(&stream->mutex);
    if (stream->waiting && !stream->closed) {
        stream->waiting = false;
        stream->wake(stream->wake_arg);
    }
    pthread_mutex_unlock(&stream->mutex);
}

struct api_stream *api_stream_open(struct api *api, const struct api_request *req,
                                   const char *(*header)(void *arg, const char *name),
                                   void *header_arg, api_wake_fn *wake, void *wake_arg,
                                   struct api_response *res)
{
    enum form form;
    const char *dry_run = api_query(req, "dry_run");
    if ((req->route->roles & (unsigned)req->principal->role) == 0) {
        api_problem(res, req, ERR_FORBIDDEN, NULL, NULL);
        return NULL;
    }
    if (!find_form(req->content_type,
                   header(header_arg, "ce-id") != NULL ||
                       header(header_arg, "ce-specversion") != NULL,
                   &form)) {
        api_problem(res, req, ERR_MEDIA_TYPE, NULL,
                    "application/cloudevents+json, application/cloudevents-batch+json, "
                    "application/x-ndjson, or ce- headers with application/json");
        return NULL;
    }
    if (dry_run != NULL && strcmp(dry_run, "true") != 0 && strcmp(dry_run, "false") != 0) {
        api_problem(res, req, ERR_INVALID, "", "query parameter dry_run: true or false");
        return NULL;
    }
    struct api_stream *stream = calloc(1, sizeof *stream);
    bool room = form != FORM_NDJSON || atomic_fetch_add(&api->streams, 1) < api->streams_max;
    if (stream == NULL || !room) {
        if (form == FORM_NDJSON)
            atomic_fetch_sub(&api->streams, 1);
        free(stream);
        api_problem(res, req, ERR_UNAVAILABLE, NULL, "too many streams at once");
        return NULL;
    }
    stream->api = api;
    stream->form = form;
    stream->dry_run = dry_run != NULL && strcmp(dry_run, "true") == 0;
    stream->now = req->now;
    memcpy(stream->request_id, req->id, sizeof stream->request_id);
    stream->principal = *req->principal;
    stream->wake = wake;
    stream->wake_arg = wake_arg;
    stream->results_end = &stream->results;
    stream->waiter.wake = room_made;
    pthread_mutex_init(&stream->mutex, NULL);
    arena_init(&stream->head);
    buf_init(&stream->body, form == FORM_NDJSON ? LINE_ROOM : body_limit(form));
    if (form == FORM_BINARY)
        stream->attributes = (struct event_attributes){
            .specversion = attribute(stream, header(header_arg, "ce-specversion"), "/specversion"),
            .id = attribute(stream, header(header_arg, "ce-id"), "/id"),
            .source = attribute(stream, header(header_arg, "ce-source"), "/source"),
            .type = attribute(stream, header(header_arg, "ce-type"), "/type"),
            .time = attribute(stream, header(header_arg, "ce-time"), "/time"),
        };
    return stream;
}

/* --- what comes back --- */

/* Under the mutex. */
static void keep_result(struct api_stream *stream, int64_t index, const struct entry *entry)
{
    bool is_plain = entry->outcome == OUTCOME_ACCEPTED || entry->outcome == OUTCOME_DUPLICATE;
    if (stream->form == FORM_NDJSON && (is_plain || stream->result_count >= RESULTS_MAX))
        return;
    struct result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        stream->err = ERR_NOMEM; /* 503: the repeat is a duplicate */
        return;
    }
    result->index = index;
    result->outcome = entry->outcome;
    result->fault = entry->fault;
    if (entry->event.id != NULL)
        result->id = strdup(entry->event.id);
    *stream->results_end = result;
    stream->results_end = &result->next;
    stream->result_count++;
}

/* On the writer's thread. Pieces come back in the order in which they went. */
static void piece_done(struct submission *piece)
{
    struct api_stream *stream = piece->owner;
    pthread_mutex_lock(&stream->mutex);
    if (piece->err != ERR_OK && stream->err == ERR_OK)
        stream->err = ERR_UNAVAILABLE;
    if (stream->err == ERR_OK) {
        for (size_t i = 0; i < piece->count; i++) {
            stream->counts[piece->entries[i].outcome]++;
            keep_result(stream, stream->committed + (int64_t)i, &piece->entries[i]);
        }
        stream->committed += (int64_t)piece->count;
    }
    stream->under_way--;
    bool free_it = stream->closed && stream->under_way == 0;
    if (stream->waiting && !stream->closed) {
        stream->waiting = false;
        stream->wake(stream->wake_arg); /* under the mutex: close cannot come in between */
    }
    pthread_mutex_unlock(&stream->mutex);
    submission_free(piece);
    if (free_it)
        stream_free(stream);
}

/* --- submitting --- */

static void fail(struct api_stream *stream, enum err err, const struct fault *fault)
{
    pthread_mutex_lock(&stream->mutex);
    if (stream->err == ERR_OK) {
        stream->err = err;
        if (fault != NULL)
            stream->fault = *fault;
    }
    pthread_mutex_unlock(&stream->mutex);
}

static bool has_failed(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool failed = stream->err != ERR_OK;
    pthread_mutex_unlock(&stream->mutex);
    return failed;
}

static struct submission *new_piece(struct api_stream *stream, size_t capacity)
{
    struct submission *piece = submission_new(capacity);
    if (piece == NULL) {
        fail(stream, ERR_NOMEM, NULL);
        return NULL;
    }
    piece->dry_run = stream->dry_run;
    piece->quarantine = stream->form == FORM_BATCH || stream->form == FORM_NDJSON;
    piece->received_at =
        stream->form == FORM_NDJSON ? clock_now() : stream->now; /* a stream may last */
    piece->done = piece_done;
    piece->owner = stream;
    return piece;
}

/* A store outside the key does not exist for it. */
static void check_scope(const struct api_stream *stream, struct entry *entry)
{
    if (entry->outcome == OUTCOME_REJECTED)
        return;
    struct api_request req = {.principal = &stream->principal};
    struct call call = {.req = &req};
    if (call_may(&call, entry->event.store))
        return;
    entry->outcome = OUTCOME_REJECTED;
    fault_set(&entry->fault, "/data/store", "no such store");
}

/* The piece goes to the writer. false: the queue is full, the piece stays; `waiter`, when given, is
 * woken when there is room. */
static bool submit(struct api_stream *stream, struct submission *piece, struct queue_waiter *waiter)
{
    pthread_mutex_lock(&stream->mutex);
    stream->under_way++;
    stream->waiting = waiter != NULL; /* before the push: room can come at once */
    pthread_mutex_unlock(&stream->mutex);
    bool pushed = queue_push(stream->api->queue, piece, waiter);
    pthread_mutex_lock(&stream->mutex);
    if (!pushed)
        stream->under_way--;
    else
        stream->waiting = false;
    pthread_mutex_unlock(&stream->mutex);
    return pushed;
}

/* --- NDJSON --- */

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

static struct entry *next_entry(struct api_stream *stream)
{
    if (stream->piece == NULL)
        stream->piece = new_piece(stream, PIECE_EVENTS);
    if (stream->piece == NULL)
        return NULL;
    return &stream->piece->entries[stream->piece->count++];
}

static void reject_line(struct api_stream *stream, struct entry *entry, const char *line,
                        size_t len)
{
    entry->outcome = OUTCOME_REJECTED;
    entry->body = arena_copy(&stream->piece->arena, line, len);
    entry->body_len = entry->body == NULL ? 0 : len;
}

static void take_line(struct api_stream *stream, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (is_blank(line, len))
        return;
    struct entry *entry = next_entry(stream);
    if (entry == NULL)
        return;
    entry->outcome = OUTCOME_ACCEPTED;
    if (len > EVENT_MAX_BYTES) {
        fault_set(&entry->fault, "", "a line may have %d bytes", EVENT_MAX_BYTES);
        reject_line(stream, entry, line, 256);
        return;
    }
    enum err err = event_decode(line, len, stream->piece->received_at, &stream->piece->arena,
                                &entry->event, &entry->fault);
    if (err == ERR_NOMEM)
        fail(stream, err, NULL);
    if (err != ERR_OK)
        reject_line(stream, entry, line, len);
    check_scope(stream, entry);
}

/* Whether another piece may be begun; if not, the writer's next answer wakes the connection. */
static bool may_go_on(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool may = stream->under_way < STREAM_PIECES || stream->err != ERR_OK;
    stream->waiting = !may;
    pthread_mutex_unlock(&stream->mutex);
    return may;
}

static bool is_idle(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool idle = stream->under_way == 0;
    pthread_mutex_unlock(&stream->mutex);
    return idle;
}

/* Sends the piece in the making. false: wait, the stream will be woken. */
static bool flush(struct api_stream *stream)
{
    if (stream->piece == NULL)
        return true;
    if (has_failed(stream)) {
        submission_free(stream->piece);
        stream->piece = NULL;
        return true;
    }
    if (!may_go_on(stream) || !submit(stream, stream->piece, &stream->waiter))
        return false;
    stream->piece = NULL;
    return true;
}

static bool is_full(const struct submission *piece)
{
    return piece != NULL && (piece->count == PIECE_EVENTS || piece->arena.used >= PIECE_BYTES);
}

/* The line in the making grows by `len` bytes; what goes over the limit is dropped until the
 * line ends. */
static void grow_line(struct api_stream *stream, const char *data, size_t len)
{
    if (stream->skipping || len > LINE_ROOM - stream->body.len) {
        stream->skipping = true;
        stream->skipped += len;
        if (stream->skipped > LONG_LINE_MAX) {
            struct fault fault;
            fault_set(&fault, "", "a line may have %d bytes", EVENT_MAX_BYTES);
            fail(stream, ERR_TOO_LARGE, &fault);
        }
        return;
    }
    buf_append(&stream->body, data, len);
    if (buf_failed(&stream->body))
        fail(stream, ERR_NOMEM, NULL);
}

static void end_line(struct api_stream *stream)
{
    if (stream->skipping) {
        struct entry *entry = next_entry(stream);
        if (entry != NULL) {
            fault_set(&entry->fault, "", "a line may have %d bytes", EVENT_MAX_BYTES);
            reject_line(stream, entry, buf_text(&stream->body),
                        stream->body.len < 256 ? stream->body.len : 256);
        }
    } else {
        take_line(stream, buf_text(&stream->body), stream->body.len);
    }
    stream->skipping = false;
    stream->skipped = 0;
    buf_clear(&stream->body);
}

static size_t feed_lines(struct api_stream *stream, const char *data, size_t len)
{
    size_t taken = 0;
    while (taken < len) {
        if (has_failed(stream))
            return len; /* the rest is read and dropped; the answer says how far it came */
        if (is_full(stream->piece) && !flush(stream))
            return taken;
        const char *newline = memchr(data + taken, '\n', len - taken);
        size_t part = newline == NULL ? len - taken : (size_t)(newline - (data + taken));
        grow_line(stream, data + taken, part);
        taken += part;
        if (newline != NULL) {
            end_line(stream);
            taken++;
        }
    }
    if (is_idle(stream)) /* the writer has nothing of ours: give it what there is */
        (void)flush(stream);
    return len;
}

/* --- whole bodies --- */

static struct submission *decode_one(struct api_stream *stream)
{
    struct submission *piece = new_piece(stream, 1);
    if (piece == NULL)
        return NULL;
    struct entry *entry = &piece->entries[piece->count++];
    const char *body = buf_text(&stream->body);
    size_t len = stream->body.len;
    enum err err =
        stream->form == FORM_BINARY
            ? event_decode_binary(&stream->attributes, body, len, stream->now, &piece->arena,
                                  &entry->event, &entry->fault)
            : event_decode(body, len, stream->now, &piece->arena, &entry->event, &entry->fault);
    if (err == ERR_OK) {
        check_scope(stream, entry);
        if (entry->outcome == OUTCOME_REJECTED)
            err = ERR_INVALID;
    }
    if (err == ERR_OK)
        return piece;
    fail(stream, err, &entry->fault);
    submission_free(piece);
    return NULL;
}

static struct submission *decode_batch(struct api_stream *stream)
{
    struct submission *piece = new_piece(stream, BATCH_MAX_EVENTS);
    if (piece == NULL)
        return NULL;
    struct batch_element *elements;
    size_t count;
    struct fault fault = {.pointer = ""};
    enum err err = event_decode_batch(buf_text(&stream->body), stream->body.len, stream->now,
                                      &piece->arena, &elements, &count, &fault);
    if (err != ERR_OK) {
        fail(stream, err, &fault);
        submission_free(piece);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &piece->entries[piece->count++];
        entry->event = elements[i].event;
        if (elements[i].err != ERR_OK) {
            entry->outcome = OUTCOME_REJECTED;
            entry->fault = elements[i].fault;
            entry->body = elements[i].text;
            entry->body_len = elements[i].text_len;
        }
        check_scope(stream, entry);
    }
    return piece;
}

static void decode_whole(struct api_stream *stream)
{
    if (has_failed(stream))
        return;
    struct submission *piece =
        stream->form == FORM_BATCH ? decode_batch(stream) : decode_one(stream);
    if (piece == NULL)
        return;
    if (piece->count == 0) { /* an empty batch is valid */
        submission_free(piece);
        return;
    }
    if (!submit(stream, piece, NULL)) {
        submission_free(piece);
        fail(stream, ERR_UNAVAILABLE, NULL);
    }
}

/* --- the seam --- */

size_t api_stream_feed(struct api_stream *stream, const char *data, size_t len)
{
    if (stream->form == FORM_NDJSON)
        return feed_lines(stream, data, len);
    buf_append(&stream->body, data, len);
    if (buf_failed(&stream->body)) {
        struct fault fault;
        fault_set(&fault, "", "a body of this form may have %zu bytes", body_limit(stream->form));
        fail(stream, stream->body.too_long ? ERR_TOO_LARGE : ERR_NOMEM, &fault);
    }
    return len;
}

bool api_stream_failed(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool failed = stream->err != ERR_OK && stream->under_way == 0;
    pthread_mutex_unlock(&stream->mutex);
    return failed;
}

bool api_stream_end(struct api_stream *stream)
{
    if (!stream->decoded) {
        if (stream->form == FORM_NDJSON) {
            if (is_full(stream->piece) && !flush(stream))
                return false;
            if (stream->body.len > 0 || stream->skipping)
                end_line(stream); /* the last line may lack its newline */
            if (!flush(stream))
                return false;
        } else {
            decode_whole(stream);
        }
        stream->decoded = true;
    }
    pthread_mutex_lock(&stream->mutex);
    bool done = stream->under_way == 0;
    stream->waiting = !done;
    pthread_mutex_unlock(&stream->mutex);
    return done;
}

static void write_results(struct api_stream *stream, struct jsonw *json)
{
    jsonw_array(json, "results");
    for (const struct result *result = stream->results; result != NULL; result = result->next) {
        jsonw_object(json, NULL);
        jsonw_int(json, "index", result->index);
        jsonw_string(json, "id", result->id);
        jsonw_string(json, "status", outcome_name(result->outcome));
        if (result->outcome == OUTCOME_REJECTED) {
            jsonw_array(json, "errors");
            jsonw_object(json, NULL);
            jsonw_string(json, "pointer", result->fault.pointer);
            jsonw_string(json, "detail", result->fault.detail);
            jsonw_end_object(json);
            jsonw_end_array(json);
        }
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_outcomes(struct api_stream *stream, struct api_response *res)
{
    struct jsonw json;
    jsonw_init(&json, &res->body);
    jsonw_object(&json, NULL);
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        jsonw_int(&json, outcome_name(outcome), stream->counts[outcome]);
    write_results(stream, &json);
    jsonw_end_object(&json);
}

void api_stream_answer(struct api_stream *stream, struct api_response *res)
{
    struct api_request req = {.now = stream->now};
    memcpy(req.id, stream->request_id, sizeof req.id);
    pthread_mutex_lock(&stream->mutex);
    bool alone = stream->form == FORM_STRUCTURED || stream->form == FORM_BINARY;
    bool is_fault =
        stream->err == ERR_INVALID || stream->err == ERR_UNPARSABLE || stream->err == ERR_TOO_LARGE;
    if (stream->err == ERR_OK && alone && stream->counts[OUTCOME_REJECTED] > 0) {
        api_problem(res, &req, ERR_INVALID, stream->results->fault.pointer,
                    stream->results->fault.detail);
    } else if (stream->err == ERR_OK) {
        write_outcomes(stream, res);
    } else if (is_fault) {
        api_problem(res, &req, stream->err, stream->fault.pointer, stream->fault.detail);
    } else {
        api_problem(res, &req, ERR_UNAVAILABLE, NULL, NULL);
        if (stream->form == FORM_NDJSON) { /* the problem document, with one member more */
            res->body.len--;
            buf_printf(&res->body, ",\"lines_committed\":%lld}", (long long)stream->committed);
        }
    }
    pthread_mutex_unlock(&stream->mutex);
}

void api_stream_close(struct api_stream *stream)
{
    if (stream == NULL)
        return;
    queue_forget(stream->api->queue, &stream->waiter);
    pthread_mutex_lock(&stream->mutex);
    stream->closed = true; /* from here on the last piece may free the stream */
    stream->waiting = false;
    bool free_it = stream->under_way == 0;
    pthread_mutex_unlock(&stream->mutex);
    if (free_it)
        stream_free(stream);
}
