/* One POST /v1/events in the making, shared by the three files that serve it: events.c is the seam
 * to the HTTP layer and to the writer, events_decode.c makes submissions of what comes in,
 * events_answer.c keeps the outcomes and writes the answer. */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "call.h"
#include "domain/limits.h"
#include "ingest/queue.h"
#include "ingest/submission.h"
#include "json/event.h"

enum form { FORM_STRUCTURED, FORM_BATCH, FORM_BINARY, FORM_NDJSON };

struct result;

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
    size_t skipped;  /* NDJSON: bytes of a line that is too long, beyond those in `body` */
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
    int64_t committed;  /* events of committed pieces, all of them before the first failure */
    int64_t counts[OUTCOMES];
    struct result *results;
    struct result **results_end;
    size_t result_count;
};

/* --- events.c --- */

/* Keeps the first failure; fault may be NULL. */
void stream_fail(struct api_stream *stream, enum err err, const struct fault *fault);
bool stream_has_failed(struct api_stream *stream);
/* Whether the writer has nothing of the stream. */
bool stream_is_idle(struct api_stream *stream);

/* An empty piece; NULL when memory is out, which is then the stream's failure. */
struct submission *stream_new_piece(struct api_stream *stream, size_t capacity);
/* The piece goes to the writer. false: the queue is full, the piece stays; `waiter`, when given, is
 * woken when there is room. */
bool stream_submit(struct api_stream *stream, struct submission *piece,
                   struct queue_waiter *waiter);
/* Sends the piece in the making. false: wait, the stream will be woken. */
bool stream_flush(struct api_stream *stream);

/* --- events_decode.c --- */

size_t body_limit(enum form form);

/* Binary mode: the ce- headers. */
void read_attributes(struct api_stream *stream, const char *(*header)(void *arg, const char *name),
                     void *header_arg);

/* NDJSON: takes bytes as they come. Less than `len`: go on with the rest when woken. */
size_t feed_lines(struct api_stream *stream, const char *data, size_t len);
/* NDJSON: the last line, which may lack its newline. false: wait, and ask again. */
bool end_lines(struct api_stream *stream);

/* The other forms: the whole body, once it is there. */
void decode_whole(struct api_stream *stream);

/* --- events_answer.c --- */

/* The outcomes of a piece that came back. Under the mutex. */
void keep_results(struct api_stream *stream, const struct submission *piece);
void free_results(struct api_stream *stream);

#endif
