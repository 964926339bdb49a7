/* The least that brings a metric to its target, and what the score gains by it. Integers
 * throughout; everything but that one metric stays as it is. */
#ifndef DOMAIN_ADVICE_H
#define DOMAIN_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"
#include "domain/score.h"

struct advice {
    size_t metric; /* index into the policy's */
    /* What the composite's points rise by when the metric stands exactly at its target; unknown
     * without a composite. */
    bool has_gain;
    int64_t gain;
    int64_t factor_gain; /* the same of its factor's points */
    /* The fewest further events that reach the target: good ones, or, where failures are counted,
     * ones that do not fail; of stars: reviews of five. None when no number of them does. */
    bool has_events;
    int64_t events;
    int64_t pending; /* of the events: as many as may come from what is pending */
    /* Of durations: the seconds that the present ones would have to be shorter in sum. */
    bool has_to_save;
    int64_t to_save;
};

/* Of every metric of weight that lies short of its target and gains by reaching it: the greatest
 * gain first (of the factor, without a composite), equal ones in the policy's order. `around` is
 * what `score` was computed with; nothing here looks at its restrictions. Returns how many. */
size_t advice_compute(const struct question *q, const struct score_reading *reading,
                      const struct surroundings *around, const struct score *score,
                      struct advice ret_advice[static POLICY_METRICS_MAX]);

/* "12 more orders collected the same day: +0.080". */
#define ADVICE_TEXT_SIZE 160
void advice_format(const struct policy *policy, const struct advice *advice,
                   char text[static ADVICE_TEXT_SIZE]);

#endif
