/* The facts of an order, a ticket or a review as their table keeps them: one line a fact,
 * ascending, members separated by tabs, only what is stated. Equal sets have equal text. */
#ifndef DB_FACTS_H
#define DB_FACTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "domain/fact.h"

void facts_encode(const struct facts *facts, struct buf *out);

/* The facts and their strings live in the arena; on an error there are none. ERR_INTERNAL when the
 * text is not of this form. */
MUST_CHECK enum err facts_decode(const char *text, size_t len, struct arena *arena,
                                 struct facts *ret_facts);

#endif
