#include "domain/advice.h"

#include "points.h"
#include "wide.h"

#define WHOLE 10000 /* 1.0000 */
#define STARS_MAX 5

/* --- how far it is --- */

/* What the target asks for less what there is: target x valid - value x valid, in units in which
 * both are whole. */
static int128 gap_of(const struct metric *metric, const struct reading *reading)
{
    int128 asked = (int128)metric->target * reading->valid;
    switch (metric->unit) {
    case UNIT_HOURS:
        return asked * 3600 - (int128)WHOLE * reading->sum;
    case UNIT_RATING: /* twice the mean of the stars */
        return asked - (int128)WHOLE * 2 * reading->sum;
    case UNIT_RATIO:
    case UNIT_SECONDS:
        break;
    }
    return asked - (int128)WHOLE * reading->sum;
}

static bool is_short(const struct metric *metric, const struct reading *reading)
{
    if (!metric->has_target || reading->valid == 0)
        return false;
    int128 gap = gap_of(metric, reading);
    return metric->higher_is_better ? gap > 0 : gap < 0;
}

/* --- what would be enough --- */

/* The least whole number that is not below gap / step, for gap > 0; false: no step leads there. */
static bool steps_to(int128 gap, int64_t step, int64_t *ret_steps)
{
    if (step <= 0)
        return false;
    *ret_steps = (int64_t)((gap + step - 1) / step);
    return true;
}

/* How far one further event leads towards the target; 0: no event does. */
static int64_t step_of(const struct metric *metric)
{
    if (metric->unit == UNIT_RATING)
        return metric->higher_is_better ? 2 * STARS_MAX * WHOLE - metric->target : 0;
    if (!metric->higher_is_better) /* one more to fail, and it does not */
        return metric->target;
    return metric->has_per ? WHOLE : WHOLE - metric->target;
}

static void find_events(const struct metric *metric, const struct reading *reading,
                        struct advice *advice)
{
    int128 gap = gap_of(metric, reading);
    if (metric->unit == UNIT_HOURS || metric->unit == UNIT_SECONDS) {
        if (!metric->higher_is_better)
            advice->has_to_save = steps_to(-gap, WHOLE, &advice->to_save);
        return;
    }
    advice->has_events = steps_to(gap < 0 ? -gap : gap, step_of(metric), &advice->events);
    if (advice->has_events)
        advice->pending = advice->events < reading->pending ? advice->events : reading->pending;
}

/* --- what it brings --- */

/* A reading whose value is the target exactly: of `n` entities, but each counted `*ret_grain`
 * times, so that the sum is whole. */
static struct reading reading_at_target(const struct metric *metric, int64_t n, int64_t *ret_grain)
{
    int64_t grain = WHOLE, sum = 1; /* for each target and entity */
    if (metric->unit == UNIT_HOURS) {
        grain = 25; /* 25 x 3600 / 10000 = 9 */
        sum = 9;
    } else if (metric->unit == UNIT_RATING) {
        grain = 2 * WHOLE;
    }
    *ret_grain = grain;
    return (struct reading){.valid = grain * n, .sum = sum * metric->target * n};
}

/* The metric's points at its target; a small sample stays as small. */
static int64_t points_at_target(const struct policy *policy, const struct metric *metric,
                                int64_t valid)
{
    int64_t full = policy->sample_full, grain;
    int64_t n = valid < full ? valid : full;
    struct reading reading = reading_at_target(metric, n > 0 ? n : 1, &grain);
    const struct policy fine = {.sample_full = full * grain,
                                .sample_points = policy->sample_points};
    struct metric_score score = {0};
    metric_compute(&fine, metric, &reading, &score);
    return score.points;
}

/* The whole score again, with a metric that has these points whatever is read. */
static struct score score_with(const struct question *q, const struct score_reading *reading,
                               const struct surroundings *around, size_t m, int64_t points)
{
    struct policy policy = *q->policy;
    struct question changed = *q;
    struct score_reading read = *reading;
    struct score score;
    policy.metrics[m].anchor_count = 1;
    policy.metrics[m].anchors[0] = (struct anchor){0, points};
    changed.policy = &policy;
    read.metrics[m] = (struct reading){.valid = policy.sample_full + 1}; /* nothing is blended in */
    score_compute(&changed, &read, around, &score);
    return score;
}

static void find_gain(const struct question *q, const struct score_reading *reading,
                      const struct surroundings *around, const struct score *score,
                      struct advice *advice)
{
    size_t m = advice->metric;
    const struct metric *metric = &q->policy->metrics[m];
    int64_t points = points_at_target(q->policy, metric, reading->metrics[m].valid);
    struct score then = score_with(q, reading, around, m, points);
    advice->has_gain = score->has_points;
    advice->gain = score->has_points ? then.points - score->points : 0;
    advice->factor_gain =
        then.factors[metric->factor].points - score->factors[metric->factor].points;
}

/* --- all of it --- */

static bool has_weight(const struct policy *policy, size_t m)
{
    const struct metric *metric = &policy->metrics[m];
    return m < policy->scored_metric_count && metric->weight > 0 &&
           policy->factors[metric->factor].weight > 0;
}

static int64_t rank_of(const struct advice *advice)
{
    return advice->has_gain ? advice->gain : advice->factor_gain;
}

size_t advice_compute(const struct question *q, const struct score_reading *reading,
                      const struct surroundings *around, const struct score *score,
                      struct advice ret_advice[static POLICY_METRICS_MAX])
{
    const struct policy *policy = q->policy;
    size_t count = 0;
    for (size_t m = 0; m < policy->metric_count; m++) {
        if (!has_weight(policy, m) || !is_short(&policy->metrics[m], &reading->metrics[m]))
            continue;
        struct advice advice = {.metric = m};
        find_gain(q, reading, around, score, &advice);
        if (rank_of(&advice) <= 0)
            continue;
        find_events(&policy->metrics[m], &reading->metrics[m], &advice);
        size_t at = count++;
        for (; at > 0 && rank_of(&ret_advice[at - 1]) < rank_of(&advice); at--)
            ret_advice[at] = ret_advice[at - 1];
        ret_advice[at] = advice;
    }
    return count;
}
