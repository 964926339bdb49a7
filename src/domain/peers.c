#include "domain/peers.h"

#include <stdlib.h>

#include "points.h"
#include "wide.h"

const int quantile_percents[QUANTILES] = {10, 25, 50, 75, 90};

int64_t peer_value(const struct policy *policy, size_t metric, const struct reading *reading)
{
    struct metric_score score = {0};
    metric_compute(policy, &policy->metrics[metric], reading, &score);
    return score.has_value ? score.value : PEER_NONE;
}

/* --- statistics --- */

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* How many of the ascending values are below `limit`. */
static size_t count_below(const int64_t *sorted, size_t count, int64_t limit)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct statistics statistics_of(int64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    size_t absent = count_below(values, count, 0);
    const int64_t *known = values + absent;
    size_t n = count - absent;

    struct statistics statistics = {.count = (int64_t)n, .mean = PEER_NONE};
    for (size_t i = 0; i < QUANTILES; i++)
        statistics.quantiles[i] = PEER_NONE;
    if (n == 0)
        return statistics;
    int128 sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += known[i];
    statistics.mean = round_half_up(sum, (int128)n);
    for (size_t i = 0; i < QUANTILES; i++) {
        size_t rank = ((size_t)quantile_percents[i] * n + 99) / 100; /* rounded up, from 1 */
        statistics.quantiles[i] = known[rank - 1];
    }
    return statistics;
}

int64_t rank_rate(const int64_t *sorted, size_t count, int64_t value)
{
    if (value < 0)
        return PEER_NONE;
    size_t absent = count_below(sorted, count, 0);
    size_t below = count_below(sorted, count, value) - absent;
    size_t ties = count_below(sorted, count, value + 1) - absent - below - 1;
    size_t others = count - absent - 1;
    if (others == 0)
        return PEER_NONE;
    return round_half_up((int128)10000 * (2 * below + ties), (int128)2 * others);
}
