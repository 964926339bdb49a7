#include "gates.h"

const char *gate_name(enum gate gate)
{
    static const char *const names[GATES] = {"status",           "points", "rank_rate",
                                             "factor_rank_rate", "star",   "unrestricted"};
    return names[gate];
}

bool score_needs_restrictions(const struct policy *policy)
{
    for (size_t i = 0; i < policy->star_count; i++)
        if (policy->stars[i].gates.unrestricted)
            return true;
    for (size_t i = 0; i < policy->eligibility_count; i++)
        if (policy->eligibilities[i].gates.unrestricted)
            return true;
    return false;
}

/* --- one gate --- */

static struct gate_result at_least(enum gate gate, int64_t needed, bool has_value, int64_t value)
{
    return (struct gate_result){
        .gate = gate,
        .passed = has_value && value >= needed,
        .needed = needed,
        .has_value = has_value,
        .value = has_value ? value : 0,
    };
}

static struct gate_result yes_or_no(enum gate gate, bool passed)
{
    return (struct gate_result){.gate = gate, .passed = passed};
}

/* Every factor with points has to reach the rank, so the lowest one answers for all; one without a
 * rank is lower than any. */
static struct gate_result factor_rank_gate(const struct policy *policy, int64_t needed,
                                           const struct peers *peers, const struct score *score)
{
    struct gate_result lowest = at_least(GATE_FACTOR_RANK, needed, false, 0);
    bool first = true;
    for (size_t f = 0; f < policy->factor_count; f++) {
        if (!score->factors[f].has_points)
            continue;
        struct gate_result gate =
            at_least(GATE_FACTOR_RANK, needed, peers->factor_has_rank[f], peers->factor_rank[f]);
        gate.factor = f;
        if (!gate.has_value)
            return gate;
        if (first || gate.value < lowest.value)
            lowest = gate;
        first = false;
    }
    return lowest;
}

/* --- stars --- */

/* With a rank rate a cut's rank decides instead of its points; a cut that names no rank keeps to
 * the points, or it would hold for everybody. */
static bool star_holds(const struct policy *policy, const struct gates *gates,
                       const struct surroundings *around, const struct score *score)
{
    const struct peers *peers = around->peers;
    if (gates->unrestricted && around->restricted)
        return false;
    if (peers->has_rank && gates->has_factor_rank &&
        !factor_rank_gate(policy, gates->factor_rank, peers, score).passed)
        return false;
    if (peers->has_rank && gates->has_rank)
        return peers->rank >= gates->rank;
    return gates->has_points && score->points >= gates->points;
}

void pick_star(const struct policy *policy, const struct surroundings *around, struct score *score)
{
    for (size_t i = 0; i < policy->star_count; i++) {
        if (!star_holds(policy, &policy->stars[i].gates, around, score))
            continue;
        score->has_star = true;
        score->star = policy->stars[i].star;
        return;
    }
}

/* --- eligibilities --- */

static void take_gate(struct eligibility_result *result, struct gate_result gate)
{
    result->gates[result->gate_count++] = gate;
    result->eligible = result->eligible && gate.passed;
}

struct eligibility_result check_eligibility(const struct policy *policy, const struct gates *gates,
                                            const struct surroundings *around,
                                            const struct score *score)
{
    const struct peers *peers = around->peers;
    struct eligibility_result result = {.eligible = true};
    take_gate(&result, yes_or_no(GATE_STATUS, score->status == STATUS_SCORED));
    if (gates->has_points)
        take_gate(&result, at_least(GATE_POINTS, gates->points, score->has_points, score->points));
    if (gates->has_rank)
        take_gate(&result, at_least(GATE_RANK, gates->rank, peers->has_rank, peers->rank));
    if (gates->has_factor_rank)
        take_gate(&result, factor_rank_gate(policy, gates->factor_rank, peers, score));
    if (gates->has_star)
        take_gate(&result, at_least(GATE_STAR, gates->star, score->has_star, score->star));
    if (gates->unrestricted)
        take_gate(&result, yes_or_no(GATE_UNRESTRICTED, !around->restricted));
    return result;
}
