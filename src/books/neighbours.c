#include "books/neighbours.h"

#include <stdlib.h>
#include <string.h>

struct spell {
    const char *buyer;
    struct instant opened;
    struct instant closed;
    struct instant until; /* INSTANT_NEVER: it stayed closed */
};

struct rival {
    const char *buyer;
    const char *review;
    struct instant at;
};

struct blame {
    const char *order;
    unsigned defect;
};

void neighbours_init(struct neighbours *neighbours)
{
    *neighbours = (struct neighbours){0};
    arena_init(&neighbours->arena);
}

void neighbours_done(struct neighbours *neighbours)
{
    arena_done(&neighbours->arena);
    free(neighbours->spells);
    free(neighbours->rivals);
    free(neighbours->blames);
    *neighbours = (struct neighbours){0};
}

/* --- gathering --- */

/* Room for one more element; NULL: memory is out. */
static void *push(struct neighbours *neighbours, void **items, size_t *count, size_t *room,
                  size_t size)
{
    if (*count == *room) {
        size_t more = *room == 0 ? 64 : 2 * *room;
        void *moved = realloc(*items, more * size);
        if (moved == NULL) {
            neighbours->no_memory = true;
            return NULL;
        }
        *items = moved;
        *room = more;
    }
    return (char *)*items + (*count)++ * size;
}

static const char *keep(struct neighbours *neighbours, const char *text)
{
    const char *copy = arena_copy(&neighbours->arena, text, strlen(text));
    if (copy == NULL)
        neighbours->no_memory = true;
    return copy == NULL ? "" : copy;
}

static void blame(struct neighbours *neighbours, const char *order, enum defect defect)
{
    struct blame *item = push(neighbours, (void **)&neighbours->blames, &neighbours->blame_count,
                              &neighbours->blame_room, sizeof *item);
    if (item != NULL)
        *item = (struct blame){keep(neighbours, order), defect};
}

struct gathering {
    struct neighbours *neighbours;
    const char *buyer; /* kept once for all spells of a session */
    struct instant opened;
};

static void add_spell(void *arg, struct instant closed, struct instant until)
{
    struct gathering *gathering = arg;
    struct neighbours *neighbours = gathering->neighbours;
    struct spell *item = push(neighbours, (void **)&neighbours->spells, &neighbours->spell_count,
                              &neighbours->spell_room, sizeof *item);
    if (item != NULL)
        *item = (struct spell){gathering->buyer, gathering->opened, closed, until};
}

static void add_ticket(struct neighbours *neighbours, const struct ticket_view *ticket)
{
    if (ticket->order != NULL && ticket_is_defect(ticket))
        blame(neighbours, ticket->order, DEFECT_DISPUTE);
    if (!ticket->opened_known || ticket->kind != TICKET_CHAT || ticket->buyer == NULL)
        return;
    struct gathering gathering = {neighbours, keep(neighbours, ticket->buyer), ticket->opened};
    ticket_closed_spells(ticket, add_spell, &gathering);
}

static void add_review(struct neighbours *neighbours, const char *id,
                       const struct review_view *review)
{
    if (review->order != NULL && review_is_negative(review))
        blame(neighbours, review->order, DEFECT_NEGATIVE_REVIEW);
    if (!review->active || review->buyer == NULL)
        return;
    struct rival *item = push(neighbours, (void **)&neighbours->rivals, &neighbours->rival_count,
                              &neighbours->rival_room, sizeof *item);
    if (item != NULL)
        *item = (struct rival){keep(neighbours, review->buyer), keep(neighbours, id), review->at};
}

void neighbours_add(struct neighbours *neighbours, const char *id, const struct view *view)
{
    if (view->entity == ENTITY_TICKET)
        add_ticket(neighbours, &view->ticket);
    else if (view->entity == ENTITY_REVIEW)
        add_review(neighbours, id, &view->review);
}

/* --- order --- */

static int compare_spells(const void *a, const void *b)
{
    const struct spell *x = a, *y = b;
    int order = strcmp(x->buyer, y->buyer);
    if (order != 0)
        return order;
    if (x->closed.us != y->closed.us)
        return x->closed.us < y->closed.us ? -1 : 1;
    if (x->until.us != y->until.us)
        return x->until.us > y->until.us ? -1 : 1;
    return x->opened.us < y->opened.us ? -1 : x->opened.us > y->opened.us;
}

/* Of spells that are alike the one of the session that was opened first says it all: very many
 * sessions may begin and end at one instant where a feed knows only days. */
static void drop_repeated_spells(struct neighbours *neighbours)
{
    size_t kept = 0;
    for (size_t i = 0; i < neighbours->spell_count; i++) {
        const struct spell *spell = &neighbours->spells[i];
        const struct spell *last = kept > 0 ? &neighbours->spells[kept - 1] : NULL;
        if (last == NULL || last->closed.us != spell->closed.us ||
            last->until.us != spell->until.us || strcmp(last->buyer, spell->buyer) != 0)
            neighbours->spells[kept++] = *spell;
    }
    neighbours->spell_count = kept;
}

/* A buyer's latest review first. */
static int compare_rivals(const void *a, const void *b)
{
    const struct rival *x = a, *y = b;
    int order = strcmp(x->buyer, y->buyer);
    return order != 0 ? order : review_compare(y->at, y->review, x->at, x->review);
}

static int compare_blames(const void *a, const void *b)
{
    return strcmp(((const struct blame *)a)->order, ((const struct blame *)b)->order);
}

static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 0)
        qsort(items, count, size, compare);
}

enum err neighbours_seal(struct neighbours *neighbours)
{
    sort(neighbours->spells, neighbours->spell_count, sizeof *neighbours->spells, compare_spells);
    drop_repeated_spells(neighbours);
    sort(neighbours->rivals, neighbours->rival_count, sizeof *neighbours->rivals, compare_rivals);
    sort(neighbours->blames, neighbours->blame_count, sizeof *neighbours->blames, compare_blames);
    return neighbours->no_memory ? ERR_NOMEM : ERR_OK;
}

/* --- looking up --- */

/* The first of the sorted items that is not before the key. */
static size_t lower_bound(const void *items, size_t count, size_t size, const void *key,
                          int (*compare)(const void *, const void *))
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare((const char *)items + middle * size, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_recontact(const struct neighbours *neighbours, const struct ticket_view *session)
{
    struct spell key = {.buyer = session->buyer,
                        .closed = {session->opened.us - RECONTACT_US},
                        .until = INSTANT_NEVER,
                        .opened = {INT64_MIN}};
    size_t i =
        lower_bound(neighbours->spells, neighbours->spell_count, sizeof key, &key, compare_spells);
    for (; i < neighbours->spell_count; i++) {
        const struct spell *spell = &neighbours->spells[i];
        if (strcmp(spell->buyer, session->buyer) != 0 || spell->closed.us > session->opened.us)
            return false;
        if (spell->until.us > session->opened.us && spell->opened.us < session->opened.us)
            return true;
    }
    return false;
}

static bool is_crowded_out(const struct neighbours *neighbours, const char *id,
                           const struct review_view *review)
{
    struct rival key = {review->buyer, id, review->at};
    size_t i =
        lower_bound(neighbours->rivals, neighbours->rival_count, sizeof key, &key, compare_rivals);
    return i >= REVIEWS_PER_BUYER &&
           strcmp(neighbours->rivals[i - REVIEWS_PER_BUYER].buyer, review->buyer) == 0;
}

static unsigned defects_of(const struct neighbours *neighbours, const char *order)
{
    struct blame key = {.order = order};
    size_t i =
        lower_bound(neighbours->blames, neighbours->blame_count, sizeof key, &key, compare_blames);
    unsigned defects = 0;
    for (; i < neighbours->blame_count && strcmp(neighbours->blames[i].order, order) == 0; i++)
        defects |= neighbours->blames[i].defect;
    return defects;
}

void neighbours_tell(const struct neighbours *neighbours, const char *id, struct view *view)
{
    switch (view->entity) {
    case ENTITY_ORDER:
        view->order.defects = defects_of(neighbours, id);
        break;
    case ENTITY_TICKET:
        view->ticket.recontact = view->ticket.opened_known && view->ticket.kind == TICKET_CHAT &&
                                 view->ticket.buyer != NULL &&
                                 is_recontact(neighbours, &view->ticket);
        break;
    case ENTITY_REVIEW:
        view->review.crowded_out = view->review.active && view->review.buyer != NULL &&
                                   is_crowded_out(neighbours, id, &view->review);
        break;
    case ENTITY_REPORT:
        break;
    }
}
