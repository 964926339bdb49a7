#include "domain/changes.h"

#include <string.h>

const char *cause_name(enum cause cause)
{
    static const char *const names[CAUSES] = {"late",    "retraction", "exemption", "left",
                                              "entered", "policy",     "rounding"};
    return names[cause];
}

/* --- which metrics there are --- */

#define BESIDE SIZE_MAX /* instead of a factor: beside the composite */

static size_t find_factor(const struct policy *policy, const char *id)
{
    for (size_t f = 0; f < policy->factor_count; f++)
        if (strcmp(policy->factors[f].id, id) == 0)
            return f;
    return CHANGE_ABSENT;
}

struct range {
    size_t first, end;
};

/* The metrics of a factor, or those beside the composite. */
static struct range metrics_of(const struct policy *policy, size_t f)
{
    if (f == BESIDE)
        return (struct range){policy->scored_metric_count, policy->metric_count};
    const struct factor *factor = &policy->factors[f];
    return (struct range){factor->metric_first, factor->metric_first + factor->metric_count};
}

static size_t find_metric(const struct policy *policy, struct range range,
                          const struct metric *metric)
{
    for (size_t i = range.first; i < range.end; i++)
        if (strcmp(policy->metrics[i].id, metric->id) == 0 &&
            policy->metrics[i].unit == metric->unit)
            return i;
    return CHANGE_ABSENT;
}

static void add_metric(struct changes *changes, size_t from, size_t to)
{
    changes->metrics[changes->metric_count++] = (struct metric_change){.from = from, .to = to};
}

/* Those of `to` in its order, then those that only `from` has. */
static void add_metrics(const struct policy *from, struct range of_from, const struct policy *to,
                        struct range of_to, struct changes *changes)
{
    for (size_t i = of_to.first; i < of_to.end; i++)
        add_metric(changes, find_metric(from, of_from, &to->metrics[i]), i);
    for (size_t i = of_from.first; i < of_from.end; i++)
        if (find_metric(to, of_to, &from->metrics[i]) == CHANGE_ABSENT)
            add_metric(changes, i, CHANGE_ABSENT);
}

static void add_factor(const struct policy *from, size_t f_from, const struct policy *to,
                       size_t f_to, struct changes *changes)
{
    static const struct range none = {0, 0};
    struct factor_change *factor = &changes->factors[changes->factor_count++];
    *factor =
        (struct factor_change){.from = f_from, .to = f_to, .metric_first = changes->metric_count};
    add_metrics(from, f_from == CHANGE_ABSENT ? none : metrics_of(from, f_from), to,
                f_to == CHANGE_ABSENT ? none : metrics_of(to, f_to), changes);
    factor->metric_count = changes->metric_count - factor->metric_first;
}

static void list_metrics(const struct policy *from, const struct policy *to,
                         struct changes *changes)
{
    for (size_t f = 0; f < to->factor_count; f++)
        add_factor(from, find_factor(from, to->factors[f].id), to, f, changes);
    for (size_t f = 0; f < from->factor_count; f++)
        if (find_factor(to, from->factors[f].id) == CHANGE_ABSENT)
            add_factor(from, f, to, CHANGE_ABSENT, changes);
    changes->scored_metric_count = changes->metric_count;
    add_metrics(from, metrics_of(from, BESIDE), to, metrics_of(to, BESIDE), changes);
}

/* --- one cause --- */

struct step {
    enum cause cause;
    const struct change_reading *before, *after;
    bool same_terms; /* nothing but readings of metrics can have changed a contribution */
};

static struct change_part part_at(const struct change_reading *reading, size_t metric)
{
    if (metric == CHANGE_ABSENT)
        return (struct change_part){0};
    bool contributes =
        metric < reading->policy->scored_metric_count && reading->score.metrics[metric].has_points;
    return (struct change_part){
        .points = contributes ? reading->score.metrics[metric].contribution : 0,
        .counts = reading->reading.metrics[metric],
    };
}

/* The same weights, and the same metrics and factors that share them. */
static bool has_same_terms(const struct change_reading *a, const struct change_reading *b)
{
    if (a->policy != b->policy)
        return false;
    for (size_t i = 0; i < a->policy->metric_count; i++)
        if (a->score.metrics[i].has_points != b->score.metrics[i].has_points)
            return false;
    for (size_t f = 0; f < a->policy->factor_count; f++)
        if (a->score.factors[f].has_points != b->score.factors[f].has_points)
            return false;
    return true;
}

/* A metric that reads as before, on the same terms, earned nothing else: what it has more or less
 * is where a remainder fell. */
static void take_metric(const struct step *step, size_t before, size_t after,
                        struct metric_change *metric)
{
    struct change_part a = part_at(step->before, before), b = part_at(step->after, after);
    struct change_part *part = &metric->parts[step->cause];
    part->counts = (struct reading){
        .valid = b.counts.valid - a.counts.valid,
        .sum = b.counts.sum - a.counts.sum,
        .pending = b.counts.pending - a.counts.pending,
    };
    bool reads_alike = part->counts.valid == 0 && part->counts.sum == 0;
    enum cause cause = step->same_terms && reads_alike ? CAUSE_ROUNDING : step->cause;
    metric->parts[cause].points += b.points - a.points;
}

static int64_t bonus_at(const struct change_reading *reading)
{
    return reading->score.has_points ? reading->score.bonus : 0;
}

void changes_compute(const struct change_reading *const readings[static CHANGE_READINGS],
                     struct changes *ret_changes)
{
    struct changes *changes = ret_changes;
    const struct change_reading *first = readings[0], *last = readings[CHANGE_READINGS - 1];
    *changes = (struct changes){.scored = first->score.has_points && last->score.has_points};
    list_metrics(first->policy, last->policy, changes);
    for (enum cause cause = 0; cause < CAUSE_ROUNDING; cause++) {
        struct step step = {
            .cause = cause, .before = readings[cause], .after = readings[cause + 1]};
        step.same_terms = has_same_terms(step.before, step.after);
        for (size_t i = 0; i < changes->metric_count; i++) {
            struct metric_change *metric = &changes->metrics[i];
            bool last_step = cause == CAUSE_POLICY;
            take_metric(&step, metric->from, last_step ? metric->to : metric->from, metric);
        }
        if (changes->scored)
            changes->bonus[cause] = bonus_at(step.after) - bonus_at(step.before);
    }
    for (enum cause cause = 0; cause < CAUSES; cause++) {
        changes->causes[cause] = changes->bonus[cause];
        for (size_t i = 0; i < changes->metric_count; i++)
            changes->causes[cause] += changes->metrics[i].parts[cause].points;
    }
}

/* --- sums --- */

int64_t metric_change_points(const struct metric_change *metric)
{
    int64_t points = 0;
    for (enum cause cause = 0; cause < CAUSES; cause++)
        points += metric->parts[cause].points;
    return points;
}

int64_t factor_change_points(const struct changes *changes, const struct factor_change *factor)
{
    int64_t points = 0;
    for (size_t i = 0; i < factor->metric_count; i++)
        points += metric_change_points(&changes->metrics[factor->metric_first + i]);
    return points;
}
