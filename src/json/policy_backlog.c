#include "json/parse.h"
#include "json/policy_parts.h"

#define PERCENT_DECIMALS 3
#define PERCENT_MAX 100000 /* 100.000 */
#define Z_MAX 10000        /* 10.000 */

static const char *const basis_names[] = {"strict", "lenient", NULL};
static const char *const level_names[] = {"warning", "mild", "severe", NULL};

static void read_restriction(const struct section *mark, struct restriction_rule *restriction)
{
    static const char *const known[] = {"kind", "percent", "hours", NULL};
    struct section section;
    if (!section_object(mark, "restriction", &section))
        return;
    section_check_members(&section, known);
    field_name(&section, "kind", REQUIRED, restriction->kind);
    int64_t percent = 0;
    restriction->has_percent = field_int(&section, "percent", OPTIONAL, 1, 100, &percent);
    restriction->percent = (int32_t)percent;
    int64_t hours = 0;
    field_int(&section, "hours", REQUIRED, 1, 8760, &hours);
    restriction->hours = (int32_t)hours;
}

/* A warning mark has a trend unless it says false; each member has its own default. */
static void read_trend(const struct section *mark, enum backlog_level level,
                       struct trend_rule *trend)
{
    static const char *const known[] = {"days", "min_eligible", "min_overdue", "points", "z", NULL};
    json_t *given = member(mark->object, "trend");
    if (level != LEVEL_WARNING) {
        if (given != NULL)
            section_fault(mark, "trend", "only a mark of level warning has one");
        return;
    }
    if (json_is_false(given))
        return;
    *trend = trend_default;
    if (given != NULL && !json_is_object(given)) {
        section_fault(mark, "trend", "must be an object, or false");
        return;
    }
    struct section section;
    if (!section_object(mark, "trend", &section))
        return;
    section_check_members(&section, known);
    int64_t days = trend->days;
    field_int(&section, "days", OPTIONAL, 1, TREND_DAYS_MAX, &days);
    trend->days = (int32_t)days;
    field_int(&section, "min_eligible", OPTIONAL, 1, 1000000000, &trend->min_eligible);
    field_int(&section, "min_overdue", OPTIONAL, 0, 1000000000, &trend->min_overdue);
    field_decimal(&section, "points", OPTIONAL, PERCENT_DECIMALS, 1, PERCENT_MAX, &trend->points);
    field_decimal(&section, "z", OPTIONAL, PERCENT_DECIMALS, 0, Z_MAX, &trend->z);
}

/* `after`: the hours of the mark before it, 0 for the first. */
static void read_mark(const struct section *section, int32_t after, struct mark *mark)
{
    static const char *const known[] = {
        "hours", "level", "over_percent", "inclusive", "trend", "restriction", NULL};
    section_check_members(section, known);
    int64_t hours = 0;
    if (field_int(section, "hours", REQUIRED, 1, 720, &hours) && hours <= after)
        section_fault(section, "hours", "must be more than the hours of the mark before it");
    mark->hours = (int32_t)hours;
    int level = 0;
    field_choice(section, "level", REQUIRED, level_names, &level);
    mark->level = (enum backlog_level)(LEVEL_WARNING + level);
    field_decimal(section, "over_percent", REQUIRED, PERCENT_DECIMALS, 0, PERCENT_MAX,
                  &mark->over_percent);
    field_bool(section, "inclusive", &mark->inclusive);
    read_trend(section, mark->level, &mark->trend);
    read_restriction(section, &mark->restriction);
}

void policy_read_backlog(const struct section *section, struct backlog_policy *backlog)
{
    static const char *const known[] = {"min_orders", "overdue_basis", "watch_hours", "marks",
                                        NULL};
    section_check_members(section, known);
    field_int(section, "min_orders", OPTIONAL, 0, 1000000000, &backlog->min_orders);
    int basis = 0;
    field_choice(section, "overdue_basis", OPTIONAL, basis_names, &basis);
    backlog->lenient = basis == 1;
    int64_t watch_hours = 24;
    field_int(section, "watch_hours", OPTIONAL, 0, 720, &watch_hours);
    backlog->watch_hours = (int32_t)watch_hours;

    if (member(section->object, "marks") == NULL)
        section_fault(section, "marks", "is required");
    size_t count = section_array(section, "marks", 0, POLICY_MARKS_MAX);
    int32_t after = 0;
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (!section_element(section, "marks", i, &element))
            continue;
        struct mark *mark = &backlog->marks[backlog->mark_count++];
        *mark = (struct mark){0};
        read_mark(&element, after, mark);
        after = mark->hours;
    }
}
