/* Reading → points → factor → composite → star (CONTRACT section 5, D-doc 6.1). Integers
 * throughout: points in thousandths, values in ten-thousandths of their unit. */
#ifndef DOMAIN_SCORE_H
#define DOMAIN_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"

enum score_status { STATUS_UNKNOWN, STATUS_NOVICE, STATUS_INSUFFICIENT, STATUS_SCORED };
const char *score_status_name(enum score_status status);

enum sample { SAMPLE_NONE, SAMPLE_VERY_LOW, SAMPLE_LOW, SAMPLE_FULL };
const char *sample_name(enum sample sample);
enum sample sample_of(int64_t valid); /* none 0, very_low 1-9, low 10-29, full from 30 */

struct metric_score {
    struct window window;
    bool has_value; /* valid > 0 */
    int64_t value;
    bool has_worst; /* shares with valid + pending > 0 */
    int64_t worst;
    bool has_points; /* a value, and anchors to read it by */
    int64_t points;
    int64_t contribution;
    enum sample sample;
};

struct factor_score {
    bool has_points;
    int64_t points;
    int64_t contribution;
};

struct score {
    enum score_status status;
    bool has_points; /* the composite */
    int64_t base;
    int64_t bonus;
    int64_t points; /* base + bonus */
    bool has_star;
    int64_t star; /* tenths */
    struct metric_score metrics[POLICY_METRICS_MAX];
    struct factor_score factors[POLICY_FACTORS_MAX];
};

/* When each feed last gave a sign of life at or before t; INSTANT_NEVER when it never did. */
struct feeds {
    struct instant through[FEEDS];
};

/* Whether the feed's silence is longer than the policy allows at t. A feed that never spoke is
 * stale, but for tickets: no ticket system is connected then. */
bool feed_is_stale(const struct policy *policy, const struct feeds *feeds, enum feed feed,
                   struct instant t);
/* The first instant after t at which one of the feeds up to `last` turns stale; INSTANT_NEVER. */
struct instant feeds_next_change(const struct policy *policy, const struct feeds *feeds,
                                 enum feed last, struct instant t);

void score_compute(const struct question *q, const struct score_reading *reading,
                   const struct feeds *feeds, struct score *ret_score);

/* When the answer can next differ without an event. */
struct instant score_next_change(const struct question *q, const struct score_reading *reading,
                                 const struct feeds *feeds);

/* Points of the value num/den (in the metric's unit) by the anchors: linear between them,
 * clamped outside, rounded half up once. */
int64_t anchor_points(const struct anchor *anchors, size_t count, int64_t num, int64_t den);

/* Splits `total` in proportion to parts[] (none negative) by largest remainder, ties to the
 * earlier; the shares sum to total. All zero parts: zeros. */
void share_out(int64_t total, const int64_t *parts, size_t count, int64_t *ret_shares);

#endif
