/* The parts of a document that are a handful of numbers each. */
#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

#define SECONDS_PER_HOUR 3600
#define COUNT_MAX 1000000000

static void read_feeds(const struct section *root, struct policy *policy)
{
    static const char *const known[] = {"silent_after", NULL};
    int64_t hours = 24;
    struct section section;
    if (section_object(root, "feeds", &section)) {
        section_check_members(&section, known);
        field_int(&section, "silent_after", OPTIONAL, 0, 8760, &hours);
    }
    policy->silent_after_s = hours * SECONDS_PER_HOUR;
}

static void read_novice(const struct section *root, struct policy *policy)
{
    static const char *const known[] = {"orders", "days", "star", NULL};
    int64_t days = 90;
    policy->novice_orders = 15;
    struct section section;
    if (section_object(root, "novice", &section)) {
        section_check_members(&section, known);
        field_int(&section, "orders", OPTIONAL, 0, COUNT_MAX, &policy->novice_orders);
        field_int(&section, "days", OPTIONAL, 1, 366, &days);
        policy->has_novice_star = field_decimal(&section, "star", OPTIONAL, STAR_DECIMALS, 0,
                                                STAR_MAX, &policy->novice_star);
    }
    policy->novice_days = (int32_t)days;
}

static void read_composite(const struct section *root, struct policy *policy)
{
    static const char *const known[] = {"min_factors", NULL};
    int64_t min_factors = 1;
    struct section section;
    if (section_object(root, "composite", &section)) {
        section_check_members(&section, known);
        field_int(&section, "min_factors", OPTIONAL, 1, POLICY_FACTORS_MAX, &min_factors);
    }
    policy->min_factors = (int32_t)min_factors;
}

static void read_small_sample(const struct section *root, struct policy *policy)
{
    static const char *const known[] = {"full", "points", NULL};
    struct section section;
    if (!section_object(root, "small_sample", &section))
        return;
    section_check_members(&section, known);
    field_int(&section, "full", REQUIRED, 1, 1000000, &policy->sample_full);
    field_decimal(&section, "points", REQUIRED, POINTS_DECIMALS, 0, POINTS_MAX,
                  &policy->sample_points);
}

static bool service_is_taken(const struct bonus *bonus, const char *service)
{
    for (size_t i = 0; i < bonus->service_count; i++) {
        if (strcmp(bonus->services[i], service) == 0)
            return true;
    }
    return false;
}

static void read_services(const struct section *section, struct bonus *bonus)
{
    size_t count = section_array(section, "services", 1, POLICY_SERVICES_MAX);
    struct section array = section_place(section, "services");
    for (size_t i = 0; i < count; i++) {
        struct section place = section_place_at(&array, i);
        char service[POLICY_NAME_MAX + 1];
        if (!name_value(&place, json_array_get(member(section->object, "services"), i), service))
            continue;
        if (service_is_taken(bonus, service))
            section_fault(&place, NULL, "stands there twice");
        else
            memcpy(bonus->services[bonus->service_count++], service, sizeof service);
    }
}

static void read_bonus(const struct section *root, struct bonus *bonus)
{
    static const char *const known[] = {"each", "cap", "services", NULL};
    struct section section;
    if (!section_object(root, "bonus", &section))
        return;
    section_check_members(&section, known);
    field_decimal(&section, "each", REQUIRED, POINTS_DECIMALS, 1, POINTS_MAX, &bonus->each);
    field_decimal(&section, "cap", REQUIRED, POINTS_DECIMALS, 1, POINTS_MAX, &bonus->cap);
    read_services(&section, bonus);
}

static void read_peers(const struct section *root, struct policy *policy)
{
    static const char *const known[] = {"min", "band", NULL};
    policy->peers_min = 20;
    policy->band = 100;
    struct section section;
    if (!section_object(root, "peers", &section))
        return;
    section_check_members(&section, known);
    field_int(&section, "min", OPTIONAL, 1, COUNT_MAX, &policy->peers_min);
    field_decimal(&section, "band", OPTIONAL, POINTS_DECIMALS, 0, POINTS_MAX, &policy->band);
}

static void read_reports(const struct section *root, struct report_limits *limits)
{
    static const char *const known[] = {"reach_days", "ahead_days", "review_hours",
                                        "review_hours_peak", NULL};
    int64_t reach = 6, ahead = 7, review = 24, peak = 48;
    struct section section;
    if (section_object(root, "delay_reports", &section)) {
        section_check_members(&section, known);
        field_int(&section, "reach_days", OPTIONAL, 0, 30, &reach);
        field_int(&section, "ahead_days", OPTIONAL, 0, 366, &ahead);
        field_int(&section, "review_hours", OPTIONAL, 0, 720, &review);
        field_int(&section, "review_hours_peak", OPTIONAL, 0, 720, &peak);
    }
    *limits =
        (struct report_limits){(int32_t)reach, (int32_t)ahead, (int32_t)review, (int32_t)peak};
}

void policy_read_settings(const struct section *root, struct policy *policy)
{
    read_feeds(root, policy);
    read_novice(root, policy);
    read_composite(root, policy);
    read_small_sample(root, policy);
    read_bonus(root, &policy->bonus);
    read_peers(root, policy);
    read_reports(root, &policy->reports);
}
