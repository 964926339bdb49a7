/* Hits of one kind as united intervals (CONTRACT section 6). */
#include <stdlib.h>
#include <string.h>

#include "domain/verdict.h"

static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    int order = strcmp(x->kind, y->kind);
    if (order != 0)
        return order;
    if (x->from.us != y->from.us)
        return x->from.us < y->from.us ? -1 : 1;
    return x->day < y->day ? -1 : x->day > y->day;
}

static int compare_days(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    return x->day < y->day ? -1 : x->day > y->day;
}

size_t hits_unite(struct hit *hits, size_t count, struct united *ret_united)
{
    size_t united = 0;
    if (count > 0)
        qsort(hits, count, sizeof *hits, compare_hits);
    for (size_t i = 0; i < count; i++) {
        struct united *last = united > 0 ? &ret_united[united - 1] : NULL;
        if (last == NULL || strcmp(hits[last->first].kind, hits[i].kind) != 0 ||
            hits[i].from.us > last->to.us) {
            ret_united[united++] = (struct united){i, 1, hits[i].percent, hits[i].from, hits[i].to};
            continue;
        }
        last->count++;
        last->percent = hits[i].percent > last->percent ? hits[i].percent : last->percent;
        last->to = instant_max(last->to, hits[i].to);
    }
    for (size_t u = 0; u < united; u++)
        qsort(&hits[ret_united[u].first], ret_united[u].count, sizeof *hits, compare_days);
    return united;
}
