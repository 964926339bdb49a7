/* What a store has to reach: stars, and what else the platform grants. */
#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

#define RANK_DECIMALS 2
#define RANK_MAX 10000 /* 100.00 */

static void read_gates(const struct section *section, struct gates *gates)
{
    gates->has_points =
        field_decimal(section, "points", OPTIONAL, POINTS_DECIMALS, 0, POINTS_MAX, &gates->points);
    gates->has_rank =
        field_decimal(section, "rank", OPTIONAL, RANK_DECIMALS, 0, RANK_MAX, &gates->rank);
    gates->has_factor_rank = field_decimal(section, "factor_rank", OPTIONAL, RANK_DECIMALS, 0,
                                           RANK_MAX, &gates->factor_rank);
    field_bool(section, "unrestricted", &gates->unrestricted);
}

/* --- stars --- */

/* The least that the cuts so far ask for. Who reaches a cut reaches the points and the rank of
 * those below it: they never rise. */
struct least {
    int64_t star, points, rank;
};

static void read_cut(const struct section *section, struct least *least, struct star_cut *cut)
{
    static const char *const known[] = {"star",        "points",       "rank",
                                        "factor_rank", "unrestricted", NULL};
    section_check_members(section, known);
    if (field_decimal(section, "star", REQUIRED, STAR_DECIMALS, 0, STAR_MAX, &cut->star)) {
        if (cut->star >= least->star)
            section_fault(section, "star", "must be less than the star before it");
        least->star = cut->star;
    }
    struct gates *gates = &cut->gates;
    read_gates(section, gates);
    if (member(section->object, "points") == NULL && member(section->object, "rank") == NULL)
        section_fault(section, NULL, "must have points or rank");
    if (gates->has_points) {
        if (gates->points > least->points)
            section_fault(section, "points", "must not be more than the points before it");
        least->points = gates->points;
    }
    if (gates->has_rank) {
        if (gates->rank > least->rank)
            section_fault(section, "rank", "must not be more than the rank before it");
        least->rank = gates->rank;
    }
}

void policy_read_stars(const struct section *root, struct policy *policy)
{
    struct least least = {.star = STAR_MAX + 1, .points = POINTS_MAX, .rank = RANK_MAX};
    size_t count = section_array(root, "stars", 0, POLICY_STARS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (section_element(root, "stars", i, &element))
            read_cut(&element, &least, &policy->stars[policy->star_count++]);
    }
}

/* --- eligibility --- */

static void read_eligibility(const struct section *section, const struct policy *policy,
                             struct eligibility *eligibility)
{
    static const char *const known[] = {"id",   "points",       "rank", "factor_rank",
                                        "star", "unrestricted", NULL};
    section_check_members(section, known);
    if (field_name(section, "id", REQUIRED, eligibility->id)) {
        for (const struct eligibility *other = policy->eligibilities; other < eligibility;
             other++) {
            if (strcmp(other->id, eligibility->id) == 0)
                section_fault(section, "id", "is the id of another eligibility too");
        }
    }
    size_t faults_before = section->faults->count;
    struct gates *gates = &eligibility->gates;
    read_gates(section, gates);
    gates->has_star =
        field_decimal(section, "star", OPTIONAL, STAR_DECIMALS, 0, STAR_MAX, &gates->star);
    bool any = gates->has_points || gates->has_rank || gates->has_factor_rank || gates->has_star ||
               gates->unrestricted;
    if (!any && section->faults->count == faults_before)
        section_fault(section, NULL,
                      "must have one of points, rank, factor_rank, star and unrestricted");
}

void policy_read_eligibilities(const struct section *root, struct policy *policy)
{
    size_t count = section_array(root, "eligibility", 0, POLICY_ELIGIBILITIES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (section_element(root, "eligibility", i, &element))
            read_eligibility(&element, policy, &policy->eligibilities[policy->eligibility_count++]);
    }
}
