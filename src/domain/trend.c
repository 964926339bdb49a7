#include "domain/trend.h"

#include "wide.h"

#define WHOLE 100000 /* a hundred percent, in thousandths of a percent */
#define MILLION INT64_C(1000000)

int64_t mark_decisive(const struct policy *policy, const struct cohort_mark *counts)
{
    return policy->backlog.lenient ? counts->still_open : counts->overdue;
}

bool trend_baseline(const struct question *q, size_t mark, const struct backlog_reading *reading,
                    const struct cohort *cohort, struct share *ret_baseline)
{
    const struct trend_rule *rule = &q->policy->backlog.marks[mark].trend;
    struct share pooled = {0, 0};
    int32_t before = cohort->day - reading->cohorts[0].day; /* so many days of the reading */
    for (int32_t back = 1; back <= rule->days && back <= before; back++) {
        const struct cohort_mark *counts = &reading->cohorts[before - back].marks[mark];
        pooled.overdue += mark_decisive(q->policy, counts);
        pooled.eligible += counts->eligible;
    }
    if (pooled.eligible < rule->min_eligible || pooled.eligible == 0)
        return false;
    *ret_baseline = pooled;
    return true;
}

/* a x b as 256 bits. */
struct product {
    uint128 high, low;
};

static struct product multiply(uint128 a, uint128 b)
{
    const uint128 half = UINT64_MAX;
    uint128 a0 = a & half, a1 = a >> 64, b0 = b & half, b1 = b >> 64;
    uint128 low = a0 * b0, cross = a1 * b0 + (low >> 64); /* neither can overflow */
    uint128 other = a0 * b1 + (cross & half);
    return (struct product){a1 * b1 + (cross >> 64) + (other >> 64), other << 64 | (low & half)};
}

static bool reaches(struct product a, struct product b)
{
    return a.high != b.high ? a.high > b.high : a.low >= b.low;
}

/* With o of e and O of E, s = o + O of n = e + E:
 *   z = (o/e - O/E) / sqrt(s/n (1 - s/n) (1/e + 1/E)), and so, for oE > Oe,
 *   z >= Z  is  (oE - Oe)^2 n  >=  Z^2 s (n - s) e E. */
bool trend_is_worse(const struct trend_rule *rule, struct share share, struct share baseline)
{
    int64_t e = share.eligible, o = share.overdue;
    int128 both = (int128)e * baseline.eligible;
    int128 above = (int128)o * baseline.eligible - (int128)baseline.overdue * e;
    if (both == 0 || above <= 0 || o < rule->min_overdue || above * WHOLE < both * rule->points)
        return false;
    int64_t n = e + baseline.eligible, s = o + baseline.overdue;
    struct product have = multiply((uint128)above * (uint128)above, (uint128)n * MILLION);
    struct product need =
        multiply((uint128)s * (uint128)(n - s), (uint128)both * (uint128)(rule->z * rule->z));
    return reaches(have, need);
}
