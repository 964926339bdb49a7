/* What a store has to pass for a star, a badge, a campaign. */
#ifndef SRC_DOMAIN_GATES_H
#define SRC_DOMAIN_GATES_H

#include "domain/score.h"

/* The first star whose gates hold; the score has its points, and its factors theirs. */
void pick_star(const struct policy *policy, const struct surroundings *around, struct score *score);

/* Every gate of an eligibility, passed or not; the score has its status and its star. */
struct eligibility_result check_eligibility(const struct policy *policy, const struct gates *gates,
                                            const struct surroundings *around,
                                            const struct score *score);

#endif
