#include "points.h"

#include "base/decimal.h"
#include "wide.h"

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

/* --- anchors --- */

/* Points before they are rounded; neither part is negative. */
struct exact {
    int128 num;
    int128 den;
};

static struct exact exact_points(const struct anchor *anchors, size_t count, int64_t num,
                                 int64_t den)
{
    int128 value = (int128)num * 10000; /* ten-thousandths of the unit, times den */
    if (value <= (int128)anchors[0].value * den)
        return (struct exact){anchors[0].points, 1};
    for (size_t i = 1; i < count; i++) {
        const struct anchor *low = &anchors[i - 1], *high = &anchors[i];
        if (value > (int128)high->value * den)
            continue;
        int128 width = (int128)(high->value - low->value) * den;
        int128 along = value - (int128)low->value * den;
        return (struct exact){low->points * width + (high->points - low->points) * along, width};
    }
    return (struct exact){anchors[count - 1].points, 1};
}

int64_t anchor_points(const struct anchor *anchors, size_t count, int64_t num, int64_t den)
{
    struct exact points = exact_points(anchors, count, num, den);
    return round_half_up(points.num, points.den);
}

/* --- small samples --- */

/* The n that there are vote for their own points, those missing to a full sample for the policy's.
 */
static struct exact blend(const struct policy *policy, int64_t n, struct exact own)
{
    int64_t full = policy->sample_full;
    return (struct exact){n * own.num + (full - n) * policy->sample_points * own.den,
                          full * own.den};
}

/* --- a metric --- */

/* The value as a fraction in the metric's unit. */
struct value {
    int64_t num;
    int64_t den;
};

static struct value value_of(enum metric_unit unit, const struct reading *reading)
{
    switch (unit) {
    case UNIT_HOURS:
        return (struct value){reading->sum, reading->valid * 3600};
    case UNIT_RATING:
        return (struct value){2 * reading->sum, reading->valid};
    case UNIT_RATIO:
    case UNIT_SECONDS:
        break;
    }
    return (struct value){reading->sum, reading->valid};
}

/* What is pending turns out badly: not good, or, where failures are counted, a failure. */
static void compute_worst(const struct metric *metric, const struct reading *reading,
                          struct metric_score *score)
{
    int64_t all = reading->valid + reading->pending;
    score->has_worst = metric->unit == UNIT_RATIO && all > 0;
    if (score->has_worst)
        score->worst =
            decimal_ratio(reading->sum + (metric->complement ? reading->pending : 0), all, 4);
}

void metric_compute(const struct policy *policy, const struct metric *metric,
                    const struct reading *reading, struct metric_score *score)
{
    struct value value = value_of(metric->unit, reading);
    score->sample = sample_of(reading->valid);
    compute_worst(metric, reading, score);
    score->has_value = reading->valid > 0;
    if (!score->has_value)
        return;
    score->value = decimal_ratio(value.num, value.den, 4);
    score->has_points = metric->anchor_count > 0;
    if (!score->has_points)
        return;
    struct exact points = exact_points(metric->anchors, metric->anchor_count, value.num, value.den);
    score->blended = reading->valid < policy->sample_full;
    if (score->blended)
        points = blend(policy, reading->valid, points);
    score->points = round_half_up(points.num, points.den);
}
