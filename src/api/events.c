/* POST /v1/events: bodies in, submissions to the writer, outcomes out.
 * A structured event, a batch or a binary event is collected, decoded and submitted as one.
 * NDJSON is decoded line by line as it arrives and submitted in pieces, of which at most
 * STREAM_PIECES are on their way at once: a full writer slows the reading. */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/media.h"

#define STREAM_PIECES 2

/* --- open --- */

static bool find_form(const char *content_type, bool has_attributes, enum form *ret_form)
{
    if (media_type_is(content_type, "application/cloudevents-batch+json"))
        *ret_form = FORM_BATCH;
    else if (media_type_is(content_type, "application/cloudevents+json"))
        *ret_form = FORM_STRUCTURED;
    else if (media_type_is(content_type, "application/x-ndjson"))
        *ret_form = FORM_NDJSON;
    else if (has_attributes && media_type_is(content_type, "application/json"))
        *ret_form = FORM_BINARY;
    else
        return false;
    return true;
}

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
    buf_init(&stream->body, body_limit(form));
    if (form == FORM_BINARY)
        read_attributes(stream, header, header_arg);
    return stream;
}

/* --- failures --- */

void stream_fail(struct api_stream *stream, enum err err, const struct fault *fault)
{
    pthread_mutex_lock(&stream->mutex);
    if (stream->err == ERR_OK) {
        stream->err = err;
        if (fault != NULL)
            stream->fault = *fault;
    }
    pthread_mutex_unlock(&stream->mutex);
}

bool stream_has_failed(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool failed = stream->err != ERR_OK;
    pthread_mutex_unlock(&stream->mutex);
    return failed;
}

/* --- pieces --- */

static void stream_free(struct api_stream *stream)
{
    free_results(stream);
    submission_free(stream->piece);
    arena_done(&stream->head);
    buf_done(&stream->body);
    if (stream->form == FORM_NDJSON)
        atomic_fetch_sub(&stream->api->streams, 1);
    pthread_mutex_destroy(&stream->mutex);
    free(stream);
}

/* On the writer's thread. Pieces come back in the order in which they went. */
static void piece_done(struct submission *piece)
{
    struct api_stream *stream = piece->owner;
    pthread_mutex_lock(&stream->mutex);
    if (piece->err != ERR_OK && stream->err == ERR_OK)
        stream->err = ERR_UNAVAILABLE;
    if (stream->err == ERR_OK)
        keep_results(stream, piece);
    stream->under_way--;
    bool free_it = stream->closed && stream->under_way == 0;
    if (stream->waiting && !stream->closed) {
        stream->waiting = false;
        stream->wake(stream->wake_arg); /* under the mutex: close cannot come between */
    }
    pthread_mutex_unlock(&stream->mutex);
    submission_free(piece);
    if (free_it)
        stream_free(stream);
}

struct submission *stream_new_piece(struct api_stream *stream, size_t capacity)
{
    struct submission *piece = submission_new(capacity);
    if (piece == NULL) {
        stream_fail(stream, ERR_NOMEM, NULL);
        return NULL;
    }
    piece->dry_run = stream->dry_run;
    piece->quarantine = stream->form == FORM_BATCH || stream->form == FORM_NDJSON;
    /* A stream may last. */
    piece->received_at = stream->form == FORM_NDJSON ? clock_now() : stream->now;
    piece->done = piece_done;
    piece->owner = stream;
    return piece;
}

bool stream_submit(struct api_stream *stream, struct submission *piece, struct queue_waiter *waiter)
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

/* Whether another piece may be begun; if not, the writer's next answer wakes the connection. */
static bool may_go_on(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool may = stream->under_way < STREAM_PIECES || stream->err != ERR_OK;
    stream->waiting = !may;
    pthread_mutex_unlock(&stream->mutex);
    return may;
}

bool stream_is_idle(struct api_stream *stream)
{
    pthread_mutex_lock(&stream->mutex);
    bool idle = stream->under_way == 0;
    pthread_mutex_unlock(&stream->mutex);
    return idle;
}

bool stream_flush(struct api_stream *stream)
{
    if (stream->piece == NULL)
        return true;
    if (stream_has_failed(stream)) {
        submission_free(stream->piece);
        stream->piece = NULL;
        return true;
    }
    if (!may_go_on(stream) || !stream_submit(stream, stream->piece, &stream->waiter))
        return false;
    stream->piece = NULL;
    return true;
}

/* --- feed, end, close --- */

size_t api_stream_feed(struct api_stream *stream, const char *data, size_t len)
{
    if (stream->form == FORM_NDJSON)
        return feed_lines(stream, data, len);
    buf_append(&stream->body, data, len);
    if (buf_failed(&stream->body)) {
        struct fault fault;
        fault_set(&fault, "", "a body of this form may have %zu bytes", body_limit(stream->form));
        stream_fail(stream, stream->body.too_long ? ERR_TOO_LARGE : ERR_NOMEM, &fault);
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
        if (stream->form != FORM_NDJSON)
            decode_whole(stream);
        else if (!end_lines(stream))
            return false;
        stream->decoded = true;
    }
    pthread_mutex_lock(&stream->mutex);
    bool done = stream->under_way == 0;
    stream->waiting = !done;
    pthread_mutex_unlock(&stream->mutex);
    return done;
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
