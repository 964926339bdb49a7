/* A fake of include/api/api.h for the tests of src/http, put in its place by the linker. Routes:
 *   GET /livez                public, answered inline
 *   GET /v1/work, /v1/slow    answered by a worker (the slow pool's for the second); block while
 * fake_api.hold is set PUT /v1/items/{id}        takes FAKE_BODY_MAX bytes; answers "<id> <number
 * of bytes>" DELETE /v1/items/{id}     takes no body POST /v1/events           a stream; answers
 * the number of bytes Keys: "Bearer known" is cached, "Bearer asked" is known after asking, "Bearer
 * wrong" is refused after asking, any other at once. */
#ifndef FAKE_API_H
#define FAKE_API_H

#include <stdatomic.h>
#include <stdbool.h>

#include "api/api.h"

#define FAKE_BODY_MAX 1000

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
};

extern struct fake_api fake_api;

void fake_api_reset(void);

#endif
