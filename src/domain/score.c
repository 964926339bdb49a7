#include "domain/score.h"

#include "base/decimal.h"
#include "wide.h"

const char *score_status_name(enum score_status status)
{
    static const char *const names[] = {"unknown", "novice", "insufficient", "scored"};
    return names[status];
}

const char *sample_name(enum sample sample)
{
    static const char *const names[] = {"none", "very_low", "low", "full"};
    return names[sample];
}

enum sample sample_of(int64_t valid)
{
    if (valid >= 30)
        return SAMPLE_FULL;
    if (valid >= 10)
        return SAMPLE_LOW;
    return valid >= 1 ? SAMPLE_VERY_LOW : SAMPLE_NONE;
}

int64_t anchor_points(const struct anchor *anchors, size_t count, int64_t num, int64_t den)
{
    int128 value = (int128)num * 10000; /* ten-thousandths of the unit, times den */
    if (value <= (int128)anchors[0].value * den)
        return anchors[0].points;
    for (size_t i = 1; i < count; i++) {
        const struct anchor *low = &anchors[i - 1], *high = &anchors[i];
        if (value > (int128)high->value * den)
            continue;
        int128 width = (int128)(high->value - low->value) * den;
        int128 along = value - (int128)low->value * den;
        int128 points = low->points * width + (high->points - low->points) * along;
        return round_half_up(points, width);
    }
    return anchors[count - 1].points;
}

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
        size_t best = count;
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

/* --- feeds --- */

bool feed_is_stale(const struct policy *policy, const struct feeds *feeds, enum feed feed,
                   struct instant t)
{
    if (policy->silent_after_s == 0)
        return false;
    struct instant through = feeds->through[feed];
    if (instant_is_never(through))
        return feed != FEED_TICKETS;
    return t.us - through.us > policy->silent_after_s * US_PER_SECOND;
}

struct instant feeds_next_change(const struct policy *policy, const struct feeds *feeds,
                                 enum feed last, struct instant t)
{
    struct instant next = INSTANT_NEVER;
    for (enum feed feed = FEED_ORDERS; feed <= last; feed++) {
        if (policy->silent_after_s == 0 || instant_is_never(feeds->through[feed]) ||
            feed_is_stale(policy, feeds, feed, t))
            continue;
        int64_t limit = feeds->through[feed].us + policy->silent_after_s * US_PER_SECOND;
        next = instant_min(next, (struct instant){limit + 1});
    }
    return next;
}

/* --- points --- */

static void score_metric(const struct metric *metric, const struct reading *reading,
                         struct metric_score *score)
{
    int64_t num = reading->sum, den = reading->valid;
    bool is_share = metric->measure.kind == MEASURE_WITHIN;
    if (metric->unit == UNIT_HOURS)
        den *= 3600;
    score->sample = sample_of(reading->valid);
    score->has_value = den > 0;
    if (score->has_value)
        score->value = decimal_ratio(num, den, 4);
    score->has_worst = is_share && den + reading->pending > 0;
    if (score->has_worst)
        score->worst = decimal_ratio(num, den + reading->pending, 4);
    score->has_points = score->has_value && metric->anchor_count > 0;
    if (score->has_points)
        score->points = anchor_points(metric->anchors, metric->anchor_count, num, den);
}

/* Mean of the factor's metrics that have points, by their weights; null when none has. */
static void score_factor(const struct policy *policy, size_t f, struct score *score)
{
    const struct factor *factor = &policy->factors[f];
    int64_t weights = 0, points = 0;
    for (size_t i = factor->metric_first; i < factor->metric_first + factor->metric_count; i++) {
        if (!score->metrics[i].has_points)
            continue;
        weights += policy->metrics[i].weight;
        points += policy->metrics[i].weight * score->metrics[i].points;
    }
    score->factors[f].has_points = weights > 0;
    if (weights > 0)
        score->factors[f].points = round_half_up(points, weights);
}

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

/* The parts of the base by factor, then of each factor's part by metric, so that every level
 * adds up. */
static void share_contributions(const struct policy *policy, struct score *score)
{
    int64_t parts[POLICY_METRICS_MAX] = {0}, shares[POLICY_METRICS_MAX];
    int64_t weights = 0, points = 0;
    for (size_t f = 0; f < policy->factor_count; f++) {
        if (!score->factors[f].has_points)
            continue;
        parts[f] = policy->factors[f].weight * score->factors[f].points;
        weights += policy->factors[f].weight;
        points += parts[f];
        score->factors[f].contribution = round_half_up(parts[f], 1000);
    }
    if (score->has_points && weights > 0) {
        score->base = round_half_up(points, weights);
        share_out(score->base, parts, policy->factor_count, shares);
        for (size_t f = 0; f < policy->factor_count; f++)
            score->factors[f].contribution = shares[f];
    }
    for (size_t f = 0; f < policy->factor_count; f++) {
        const struct factor *factor = &policy->factors[f];
        struct metric_score *metrics = &score->metrics[factor->metric_first];
        for (size_t i = 0; i < factor->metric_count; i++)
            parts[i] = metrics[i].has_points
                           ? policy->metrics[factor->metric_first + i].weight * metrics[i].points
                           : 0;
        share_out(score->factors[f].contribution, parts, factor->metric_count, shares);
        for (size_t i = 0; i < factor->metric_count; i++)
            metrics[i].contribution = shares[i];
    }
}

static void pick_star(const struct policy *policy, struct score *score)
{
    for (size_t i = 0; i < policy->star_count && !score->has_star; i++) {
        score->has_star = score->points >= policy->stars[i].points;
        score->star = policy->stars[i].star;
    }
}

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

void score_compute(const struct question *q, const struct score_reading *reading,
                   const struct feeds *feeds, struct score *ret_score)
{
    const struct policy *policy = q->policy;
    int32_t today = calendar_day(q->calendar, q->t);
    struct score score = {0};
    for (size_t i = 0; i < policy->metric_count; i++) {
        score_metric(&policy->metrics[i], &reading->metrics[i], &score.metrics[i]);
        score.metrics[i].window = window_of(q->basis, today, policy->metrics[i].window_days);
    }
    for (size_t f = 0; f < policy->factor_count; f++)
        score_factor(policy, f, &score);
    score.has_points = has_composite(policy, &score);
    share_contributions(policy, &score);
    score.points = score.base + score.bonus;
    if (score.has_points)
        pick_star(policy, &score);
    score.status = status_of(q, reading, feeds, &score);
    *ret_score = score;
}

struct instant score_next_change(const struct question *q, const struct score_reading *reading,
                                 const struct feeds *feeds)
{
    struct instant next = calendar_end(q->calendar, calendar_day(q->calendar, q->t));
    next = instant_min(next, reading->next_change);
    if (q->basis == BASIS_LIVE)
        next = instant_min(next, feeds_next_change(q->policy, feeds, FEED_COLLECTIONS, q->t));
    return next;
}
