/* What was seen of a store, hour by hour. */
#ifndef DOMAIN_SIGHTINGS_H
#define DOMAIN_SIGHTINGS_H

#include <stdbool.h>

#include "domain/curve.h"

struct seen_hour {
    size_t day; /* of the span */
    size_t week_hour;
    bool in_window;
    double exposure[AGE_BANDS];
    double events[AGE_BANDS];
    int64_t left; /* open at its end */
};
typedef void seen_hour_fn(void *arg, const struct seen_hour *hour);

/* Every hour of the span, ascending. */
void sightings_walk(const struct sightings *sightings, seen_hour_fn *take, void *arg);

size_t age_band(int64_t hours);

#endif
