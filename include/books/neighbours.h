/* What an entity's neighbours say of it. Three rules look across things: a buyer's latest reviews,
 * a chat session that follows another one of the buyer, an order that counts once however many
 * defects its tickets and reviews are. Gather the neighbours of one store first, then look entities
 * up. */
#ifndef BOOKS_NEIGHBOURS_H
#define BOOKS_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "domain/measure.h"

struct neighbours {
    struct arena arena;
    struct spell *spells; /* when a buyer's chat sessions stood closed */
    size_t spell_count, spell_room;
    struct rival *rivals; /* a buyer's active reviews */
    size_t rival_count, rival_room;
    struct blame *blames; /* defects of an order */
    size_t blame_count, blame_room;
    bool no_memory;
};

void neighbours_init(struct neighbours *neighbours);
void neighbours_done(struct neighbours *neighbours);

/* Takes in what the entity says of others; each entity once. */
void neighbours_add(struct neighbours *neighbours, const char *id, const struct view *view);
/* When all have been added. ERR_NOMEM */
MUST_CHECK enum err neighbours_seal(struct neighbours *neighbours);
/* Sets recontact, crowded_out or defects of the entity. */
void neighbours_tell(const struct neighbours *neighbours, const char *id, struct view *view);

#endif
