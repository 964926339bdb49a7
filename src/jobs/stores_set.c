#include "stores_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

bool stores_set_init(struct stores_set *set, size_t max)
{
    size_t size = 2;
    while (size < 2 * max)
        size *= 2;
    *set = (struct stores_set){.mask = size - 1, .slots = calloc(size, sizeof *set->slots)};
    return set->slots != NULL;
}

void stores_set_clear(struct stores_set *set)
{
    for (size_t i = 0; set->count > 0 && i <= set->mask; i++) {
        free(set->slots[i]);
        set->slots[i] = NULL;
    }
    set->count = 0;
}

void stores_set_done(struct stores_set *set)
{
    stores_set_clear(set);
    free(set->slots);
    set->slots = NULL;
}

void stores_set_add(struct stores_set *set, const char *store)
{
    uint64_t hash = hash_text(store);
    size_t at = (size_t)(hash ^ hash >> 32) & set->mask;
    for (; set->slots[at] != NULL; at = (at + 1) & set->mask)
        if (strcmp(set->slots[at], store) == 0)
            return;
    if (set->count >= (set->mask + 1) / 2)
        return;
    set->slots[at] = strdup(store);
    set->count += set->slots[at] != NULL;
}

void stores_set_swap(struct stores_set *a, struct stores_set *b)
{
    struct stores_set kept = *a;
    *a = *b;
    *b = kept;
}
