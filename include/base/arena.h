/* Memory that lives and dies together: a request's decoded events, an order's facts. Blocks are
 * freed all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes handed out */
};

void arena_init(struct arena *arena);
void arena_done(struct arena *arena);  /* frees everything; zeroed is fine */
void arena_clear(struct arena *arena); /* frees everything but one block, for reuse */
/* Aligned for any type, zeroed; NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);
/* Copies and terminates; NULL when memory is out. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

#endif
