/* The words for a standing. They only name what observe() has decided. */
#ifndef SRC_DOMAIN_STANDING_REASON_H
#define SRC_DOMAIN_STANDING_REASON_H

#include "domain/standing.h"

/* Why an observed entity counts as it does; `outcome` is that of the measure itself, before a
 * metric takes the complement. */
const char *reason_in(const struct measure *measure, const struct view *view, enum counts outcome);

/* Why the measure does not observe the entity, its own kind of entity, at all. */
const char *reason_out(const struct measure *measure, const struct calendar *calendar,
                       const struct view *view);

#endif
