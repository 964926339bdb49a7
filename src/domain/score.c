#include "domain/score.h"

#include <string.h>

#include "gates.h"
#include "points.h"
#include "wide.h"

#define POINTS_WHOLE 10000 /* 10.000 */

const char *score_status_name(enum score_status status)
{
    static const char *const names[] = {"unknown", "novice", "insufficient", "scored"};
    return names[status];
}

const char *band_name(enum band band)
{
    static const char *const names[] = {NULL, "low", "mid", "high"};
    return names[band];
}

/* --- weighted means --- */

/* Of those that have points: the weights of the others fall away. */
struct mean {
    int64_t weights;
    int64_t points; /* each times its weight */
};

static void mean_add(struct mean *mean, int64_t weight, bool has_points, int64_t points)
{
    if (!has_points)
        return;
    mean->weights += weight;
    mean->points += weight * points;
}

/* False when nothing of any weight has points. */
static bool mean_of(const struct mean *mean, int64_t *ret_points)
{
    if (mean->weights == 0)
        return false;
    *ret_points = round_half_up(mean->points, mean->weights);
    return true;
}

/* --- sharing out --- */

void share_out(int64_t total, const int64_t *parts, size_t count, int64_t *ret_shares)
{
    int128 sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += parts[i];
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        ret_shares[i] = sum == 0 ? 0 : (int64_t)((int128)total * parts[i] / sum);
        left -= ret_shares[i];
    }
    /* Fewer than `count` units are left; each goes to the largest remainder that has not had
     * one. */
    uint64_t served = 0;
    while (sum != 0 && left > 0) {
        size_t best = 0;
        int128 best_rest = -1;
        for (size_t i = 0; i < count; i++) {
            int128 rest = (int128)total * parts[i] % sum;
            if ((served >> i & 1) == 0 && rest > best_rest) {
                best = i;
                best_rest = rest;
            }
        }
        served |= UINT64_C(1) << best;
        ret_shares[best]++;
        left--;
    }
}

/* --- factors --- */

static void compute_factor(const struct policy *policy, size_t f, struct score *score)
{
    const struct factor *factor = &policy->factors[f];
    struct mean mean = {0};
    for (size_t i = factor->metric_first; i < factor->metric_first + factor->metric_count; i++)
        mean_add(&mean, policy->metrics[i].weight, score->metrics[i].has_points,
                 score->metrics[i].points);
    score->factors[f].has_points = mean_of(&mean, &score->factors[f].points);
}

/* The factor's contribution by metric. */
static void share_factor(const struct policy *policy, size_t f, struct score *score)
{
    const struct factor *factor = &policy->factors[f];
    struct metric_score *metrics = &score->metrics[factor->metric_first];
    int64_t parts[POLICY_METRICS_MAX] = {0}, shares[POLICY_METRICS_MAX];
    for (size_t i = 0; i < factor->metric_count; i++)
        if (metrics[i].has_points)
            parts[i] = policy->metrics[factor->metric_first + i].weight * metrics[i].points;
    share_out(score->factors[f].contribution, parts, factor->metric_count, shares);
    for (size_t i = 0; i < factor->metric_count; i++)
        metrics[i].contribution = shares[i];
}

/* --- the composite --- */

static bool has_composite(const struct policy *policy, const struct score *score)
{
    int32_t with_points = 0;
    for (size_t f = 0; f < policy->factor_count; f++) {
        if (score->factors[f].has_points)
            with_points++;
        else if (policy->factors[f].required)
            return false;
    }
    return with_points > 0 && with_points >= policy->min_factors;
}

/* The base, and what each factor contributes to it, so that every level adds up. Without a
 * composite a factor's contribution is weight times points, so that the parts can still be read. */
static void compute_base(const struct policy *policy, struct score *score)
{
    int64_t parts[POLICY_FACTORS_MAX] = {0}, shares[POLICY_FACTORS_MAX];
    struct mean mean = {0};
    for (size_t f = 0; f < policy->factor_count; f++) {
        struct factor_score *factor = &score->factors[f];
        mean_add(&mean, policy->factors[f].weight, factor->has_points, factor->points);
        if (factor->has_points)
            parts[f] = policy->factors[f].weight * factor->points;
        factor->contribution = round_half_up(parts[f], 1000);
    }
    score->has_points = has_composite(policy, score);
    if (score->has_points && mean_of(&mean, &score->base)) {
        share_out(score->base, parts, policy->factor_count, shares);
        for (size_t f = 0; f < policy->factor_count; f++)
            score->factors[f].contribution = shares[f];
    }
    for (size_t f = 0; f < policy->factor_count; f++)
        share_factor(policy, f, score);
}

/* --- bonus --- */

static bool service_counts(const struct bonus *bonus, const char *service)
{
    for (size_t i = 0; i < bonus->service_count; i++)
        if (strcmp(bonus->services[i], service) == 0)
            return true;
    return bonus->service_count == 0;
}

size_t bonus_services(const struct bonus *bonus, const char *const *services, size_t count)
{
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        bool repeated = false;
        for (size_t k = 0; k < i && !repeated; k++)
            repeated = strcmp(services[k], services[i]) == 0;
        counted += !repeated && service_counts(bonus, services[i]);
    }
    return counted;
}

static int64_t bonus_of(const struct bonus *bonus, size_t services, int64_t base)
{
    int128 points = (int128)bonus->each * services;
    int64_t most = POINTS_WHOLE - base < bonus->cap ? POINTS_WHOLE - base : bonus->cap;
    return points < most ? (int64_t)points : most;
}

/* --- composites of parts --- */

static void compute_composite(const struct composite *composite, const struct score *score,
                              struct composite_score *ret_composite)
{
    int64_t parts[POLICY_PARTS_MAX] = {0};
    struct mean mean = {0};
    for (size_t i = 0; i < composite->part_count; i++) {
        const struct metric_score *metric = &score->metrics[composite->parts[i].metric];
        mean_add(&mean, composite->parts[i].weight, metric->has_points, metric->points);
        if (metric->has_points)
            parts[i] = composite->parts[i].weight * metric->points;
    }
    ret_composite->has_points = mean_of(&mean, &ret_composite->points);
    share_out(ret_composite->points, parts, composite->part_count, ret_composite->contributions);
}

/* --- bands --- */

static enum band band_of(int64_t width, bool has_points, int64_t points, bool has_mean,
                         int64_t mean)
{
    if (!has_points || !has_mean)
        return BAND_UNKNOWN;
    if (points > mean + width)
        return BAND_HIGH;
    return points < mean - width ? BAND_LOW : BAND_MID;
}

static void compute_bands(const struct policy *policy, const struct peers *peers,
                          struct score *score)
{
    for (size_t f = 0; f < policy->factor_count; f++) {
        struct factor_score *factor = &score->factors[f];
        factor->band = band_of(policy->band, factor->has_points, factor->points,
                               peers->factor_has_mean[f], peers->factor_mean[f]);
    }
    for (size_t c = 0; c < policy->composite_count; c++) {
        struct composite_score *composite = &score->composites[c];
        composite->band = band_of(policy->band, composite->has_points, composite->points,
                                  peers->composite_has_mean[c], peers->composite_mean[c]);
    }
}

/* --- status and star --- */

static enum score_status status_of(const struct question *q, const struct score_reading *reading,
                                   const struct feeds *feeds, const struct score *score)
{
    if (q->basis == BASIS_LIVE && (feed_is_stale(q->policy, feeds, FEED_ORDERS, q->t) ||
                                   feed_is_stale(q->policy, feeds, FEED_COLLECTIONS, q->t)))
        return STATUS_UNKNOWN;
    if (reading->recent_orders < q->policy->novice_orders)
        return STATUS_NOVICE;
    return score->has_points ? STATUS_SCORED : STATUS_INSUFFICIENT;
}

/* A novice has too little to be measured by: its star is given, not earned, where the policy has
 * one to give; also while its feeds are silent. */
static void compute_star(const struct policy *policy, const struct score_reading *reading,
                         const struct surroundings *around, struct score *score)
{
    if (policy->has_novice_star && reading->recent_orders < policy->novice_orders) {
        score->has_star = true;
        score->star = policy->novice_star;
    } else if (score->has_points) {
        pick_star(policy, around, score);
    }
}

/* --- all of it --- */

void score_compute(const struct question *q, const struct score_reading *reading,
                   const struct surroundings *around, struct score *ret_score)
{
    const struct policy *policy = q->policy;
    int32_t today = calendar_day(q->calendar, q->t);
    struct score score = {0};
    for (size_t i = 0; i < policy->metric_count; i++) {
        metric_compute(policy, &policy->metrics[i], &reading->metrics[i], &score.metrics[i]);
        score.metrics[i].window = window_of(q->basis, today, policy->metrics[i].window_days);
    }
    for (size_t f = 0; f < policy->factor_count; f++)
        compute_factor(policy, f, &score);
    compute_base(policy, &score);
    if (score.has_points)
        score.bonus = bonus_of(&policy->bonus, around->services, score.base);
    score.points = score.base + score.bonus;
    for (size_t c = 0; c < policy->composite_count; c++)
        compute_composite(&policy->composites[c], &score, &score.composites[c]);
    compute_bands(policy, around->peers, &score);
    score.status = status_of(q, reading, around->feeds, &score);
    compute_star(policy, reading, around, &score);
    for (size_t e = 0; e < policy->eligibility_count; e++)
        score.eligibilities[e] =
            check_eligibility(policy, &policy->eligibilities[e].gates, around, &score);
    *ret_score = score;
}

struct instant score_next_change(const struct question *q, const struct score_reading *reading,
                                 const struct feeds *feeds, struct instant next_restriction_change)
{
    struct instant next = calendar_end(q->calendar, calendar_day(q->calendar, q->t));
    next = instant_min(next, reading->next_change);
    next = instant_min(next, next_restriction_change);
    if (q->basis == BASIS_LIVE)
        next = instant_min(next, feeds_next_change(q->policy, feeds, FEED_COLLECTIONS, q->t));
    return next;
}
