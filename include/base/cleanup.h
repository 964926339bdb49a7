/* Owning locals: declared with AUTO_FREE they are freed when their scope ends, on every path. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>

#include "base/buf.h"

static inline void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void cleanup_buf(struct buf *buf)
{
    buf_done(buf);
}

#define AUTO_FREE __attribute__((cleanup(cleanup_free)))
#define AUTO_BUF __attribute__((cleanup(cleanup_buf)))

#endif
