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
    bool blended; /* points are its own and the policy's sample_points: valid < sample_full */
    int64_t contribution;
    enum sample sample;
};

/* Against the peers' mean; unknown without enough peers. */
enum band { BAND_UNKNOWN, BAND_LOW, BAND_MID, BAND_HIGH };
const char *band_name(enum band band); /* "low", …; NULL for BAND_UNKNOWN */

struct factor_score {
    bool has_points;
    int64_t points;
    int64_t contribution;
    enum band band;
};

struct composite_score {
    bool has_points;
    int64_t points;
    int64_t contributions[POLICY_PARTS_MAX]; /* of the parts, summing to points */
    enum band band;
};

enum gate {
    GATE_STATUS, /* the store is scored */
    GATE_POINTS,
    GATE_RANK,
    GATE_FACTOR_RANK,
    GATE_STAR,
    GATE_UNRESTRICTED,
};
#define GATES 6
/* "status", "points", "rank_rate", "factor_rank_rate", "star", "unrestricted" */
const char *gate_name(enum gate gate);

/* One gate of an eligibility. Numbers in the gate's own unit; GATE_STATUS, which is asked of every
 * eligibility, and GATE_UNRESTRICTED have none. */
struct gate_result {
    enum gate gate;
    bool passed;
    int64_t needed;
    bool has_value; /* false: it is not known, and so not passed */
    int64_t value;
    size_t factor; /* GATE_FACTOR_RANK: the one that is lowest, or first without a rank */
};

struct eligibility_result {
    bool eligible;
    size_t gate_count;
    struct gate_result gates[GATES];
};

struct score {
    enum score_status status;
    bool has_points; /* the composite */
    int64_t base;
    int64_t bonus;
    int64_t points; /* base + bonus, at most 10.000 */
    bool has_star;
    int64_t star; /* tenths */
    struct metric_score metrics[POLICY_METRICS_MAX];
    struct factor_score factors[POLICY_FACTORS_MAX];
    struct composite_score composites[POLICY_COMPOSITES_MAX];
    struct eligibility_result eligibilities[POLICY_ELIGIBILITIES_MAX];
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

/* What the other stores of the category are like, from the snapshots of one day and one policy
 * version (jobs/snapshots.h). A rank is the share of them that the store is ahead of, ties half,
 * in hundredths of a percent. */
struct peers {
    int64_t
        count; /* others; everything below is unset when they are fewer than policy->peers_min */
    bool has_rank;
    int64_t rank;
    bool factor_has_rank[POLICY_FACTORS_MAX];
    int64_t factor_rank[POLICY_FACTORS_MAX];
    bool factor_has_mean[POLICY_FACTORS_MAX];
    int64_t factor_mean[POLICY_FACTORS_MAX]; /* points */
    bool composite_has_mean[POLICY_COMPOSITES_MAX];
    int64_t composite_mean[POLICY_COMPOSITES_MAX]; /* points */
    bool metric_has_mean[POLICY_METRICS_MAX];
    int64_t metric_mean[POLICY_METRICS_MAX]; /* values */
};

/* What a score depends on beside the counts. */
struct surroundings {
    const struct feeds *feeds;
    const struct peers *peers;
    size_t services; /* declared ones that the policy gives a bonus for: bonus_services() */
    bool restricted; /* a backlog restriction is in force at t */
};

/* How many of the declared services count for the bonus; a repeated one counts once. */
size_t bonus_services(const struct bonus *bonus, const char *const *services, size_t count);

/* Whether any star or eligibility of the policy asks for no restriction in force. */
bool score_needs_restrictions(const struct policy *policy);

void score_compute(const struct question *q, const struct score_reading *reading,
                   const struct surroundings *around, struct score *ret_score);

/* When the answer can next differ without an event. `next_restriction_change` is that of the
 * backlog (domain/backlog.h), INSTANT_NEVER when the policy does not look at restrictions
 * (score_needs_restrictions). */
struct instant score_next_change(const struct question *q, const struct score_reading *reading,
                                 const struct feeds *feeds, struct instant next_restriction_change);

/* Points of the value num/den (in the metric's unit) by the anchors: linear between them,
 * clamped outside, rounded half up once. */
int64_t anchor_points(const struct anchor *anchors, size_t count, int64_t num, int64_t den);

/* Splits `total` in proportion to parts[] (none negative) by largest remainder, ties to the
 * earlier; the shares sum to total. All zero parts: zeros. */
void share_out(int64_t total, const int64_t *parts, size_t count, int64_t *ret_shares);

#endif
