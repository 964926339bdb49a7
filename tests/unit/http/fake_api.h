/* A fake of include/api/api.h for the tests of src/http, put in its place by the linker. Routes:
 *
 * - GET /livez: public, answered inline
 * - GET /v1/work, /v1/slow: answered by a worker (the slow pool's for the second); block while
 *   fake_api.hold is set
 * - GET /v1/table: streams fake_api.table_bytes of numbered lines; then blocks while fake_api.hold
 *   is set, and fails if fake_api.table_fails is
 * - GET /v1/notes: a stream without a worker, which says what fake_notes_say is given and ends by
 *   fake_notes_end
 * - PUT /v1/items/{id}: takes FAKE_BODY_MAX bytes; answers "<id> <number of bytes>"
 * - DELETE /v1/items/{id}: takes no body
 * - POST /v1/events: a stream; answers the number of bytes
 *
 * Keys: "Bearer known" is cached, "Bearer asked" is known after asking, "Bearer wrong" is refused
 * after asking, any other at once. */
#ifndef FAKE_API_H
#define FAKE_API_H

#include <stdatomic.h>
#include <stdbool.h>

#include "api/api.h"

#define FAKE_BODY_MAX 1000
#define FAKE_LINE_SIZE 16 /* of a table: its number with 15 digits and a line feed */

enum fake_stream {
    FAKE_STREAM_FREE,      /* takes everything at once */
    FAKE_STREAM_WAKE_SOON, /* takes a piece; the wake-up comes before the connection can be
                              suspended */
    FAKE_STREAM_WAKE_LATE, /* takes a piece; another thread wakes */
    FAKE_STREAM_STUCK,     /* takes nothing and never wakes */
};

struct fake_api {
    atomic_int stream; /* enum fake_stream */
    atomic_bool hold;
    atomic_bool hold_inline;   /* api_answer_inline blocks: its thread serves nobody else */
    atomic_int inlining;       /* threads inside api_answer_inline */
    atomic_int asked;          /* calls of api_authenticate */
    atomic_int working;        /* workers inside api_answer */
    atomic_int answered;       /* calls of api_answer that are over */
    atomic_int streams_open;   /* opened and not closed */
    atomic_int fed_before_key; /* streams opened without a principal */
    atomic_size_t table_bytes; /* length of the table */
    atomic_bool table_fails;   /* its handler fails at its end */
    atomic_size_t poured;      /* bytes of it that the server has taken */
    atomic_int table_errors;   /* tables that ended with an error */
    atomic_int listening;      /* streams of notes that are open */
};

extern struct fake_api fake_api;

void fake_api_reset(void);

/* To every open stream of notes. */
void fake_notes_say(const char *text);
void fake_notes_end(void);

#endif
