/* A bounded set of stores. */
#ifndef JOBS_STORES_SET_H
#define JOBS_STORES_SET_H

#include <stdbool.h>
#include <stddef.h>

struct stores_set {
    size_t count;
    size_t mask;
    char **slots; /* by hash, half full at most */
};

/* false: no memory. */
bool stores_set_init(struct stores_set *set, size_t max);
void stores_set_done(struct stores_set *set);
/* One that has no room any more is left out. */
void stores_set_add(struct stores_set *set, const char *store);
/* Moves everything from one set to another that was emptied, of the same size. */
void stores_set_swap(struct stores_set *a, struct stores_set *b);
void stores_set_clear(struct stores_set *set);

#endif
