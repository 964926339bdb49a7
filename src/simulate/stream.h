/* The simulated feed as bytes, to be pulled at the reader's pace. */
#ifndef SIMULATE_STREAM_H
#define SIMULATE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "simulate/timeline.h"

struct stream_options {
    const char *store;
    uint64_t seed;
    struct instant until;
    int32_t days;
    int64_t orders_per_day;
    struct sales sales;
};

struct stream {
    struct timeline timeline;
    struct buf text;  /* made and not yet read */
    struct buf store; /* as JSON */
    struct instant until;
    uint64_t lines;
    bool ended;
};

MUST_CHECK enum err stream_init(struct stream *stream, const struct stream_options *options);
void stream_done(struct stream *stream);

/* At most `size` bytes into `data`; fewer only at the end, 0 after it. */
MUST_CHECK enum err stream_read(struct stream *stream, char *data, size_t size, size_t *ret_len);

#endif
