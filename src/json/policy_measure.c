/* Measure objects. Which members one has depends on its kind and on what it is of: a table of
 * kinds names a reader for each. */
#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- limits --- */

struct limit {
    const char *member;
    enum limit_kind kind;
    int64_t min, max; /* max 0: the member is no number but true */
};

static const struct limit order_limits[] = {
    {"hours", LIMIT_HOURS, 1, 8760},
    {"days", LIMIT_DAYS, 0, 366},
    {"promise", LIMIT_PROMISE, 0, 0},
    {"deliver_by", LIMIT_DELIVER_BY, 0, 0},
};

/* Tickets that may still make it are read one by one, so that their limits are short. */
static const struct limit ticket_limits[] = {
    {"seconds", LIMIT_SECONDS, 1, 86400},
    {"hours", LIMIT_HOURS, 1, 720},
};

/* `those`: the names of the limits, for people. */
static void read_limit(const struct section *section, const struct limit *limits, size_t count,
                       const char *those, struct measure *measure)
{
    const struct limit *limit = NULL;
    size_t given = 0;
    for (size_t i = 0; i < count; i++) {
        if (member(section->object, limits[i].member) == NULL)
            continue;
        limit = &limits[i];
        given++;
    }
    if (given != 1) {
        section_fault(section, NULL, "must have exactly one of %s", those);
        return;
    }
    measure->limit = limit->kind;
    int64_t n = 0;
    if (limit->max > 0)
        field_int(section, limit->member, REQUIRED, limit->min, limit->max, &n);
    else
        field_true(section, limit->member);
    measure->n = (int32_t)n;
}

/* --- tickets, aspects, stars --- */

static void read_tickets(const struct section *section, struct measure *measure)
{
    const char *names[TICKET_KINDS] = {NULL};
    for (int kind = TICKET_RETURN; kind < TICKET_KINDS; kind++)
        names[kind - TICKET_RETURN] = ticket_kind_name((enum ticket_kind)kind);
    unsigned set = 0;
    field_set(section, "tickets", REQUIRED, names, &set);
    measure->tickets = set << TICKET_RETURN;
}

static void read_aspect(const struct section *section, struct measure *measure)
{
    const char *names[ASPECTS + 1] = {NULL};
    for (int aspect = 0; aspect < ASPECTS; aspect++)
        names[aspect] = aspect_name((enum aspect)aspect);
    int choice = 0;
    field_choice(section, "aspect", REQUIRED, names, &choice);
    measure->aspect = (enum aspect)choice;
}

/* [low, high], both included. */
static void read_star_range(const struct section *section, struct measure *measure)
{
    json_t *range = member(section->object, "stars");
    int64_t low = 0, high = 0;
    if (!json_is_array(range) || json_array_size(range) != 2 ||
        !whole_number(json_array_get(range, 0), &low) ||
        !whole_number(json_array_get(range, 1), &high) || low < 1 || high > 5 || low > high) {
        section_fault(section, "stars", "must be a pair of the fewest and the most stars, 1 to 5");
        return;
    }
    measure->low = (uint8_t)low;
    measure->high = (uint8_t)high;
}

/* --- tickets that are left out --- */

/* Two digits, at most max; -1: they are none. */
static int two_digits(const char *text, int max)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    int number = (text[0] - '0') * 10 + (text[1] - '0');
    return number <= max ? number : -1;
}

/* "HH:MM" in minutes after midnight. */
static bool read_clock(json_t *json, int16_t *ret_minute)
{
    const char *text = json_string_value(json);
    if (text == NULL || strlen(text) != 5 || text[2] != ':')
        return false;
    int hour = two_digits(text, 23), minute = two_digits(text + 3, 59);
    *ret_minute = (int16_t)(hour * 60 + minute);
    return hour >= 0 && minute >= 0;
}

static void read_opened_between(const struct section *section, struct measure *measure)
{
    json_t *range = member(section->object, "opened_between");
    if (range == NULL)
        return;
    int16_t from = 0, to = 0;
    if (!json_is_array(range) || json_array_size(range) != 2 ||
        !read_clock(json_array_get(range, 0), &from) ||
        !read_clock(json_array_get(range, 1), &to) || from == to) {
        section_fault(section, "opened_between",
                      "must be a pair of two times of day, 00:00 to 23:59");
        return;
    }
    measure->night_from = from;
    measure->night_to = to;
}

static void read_except(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"opened_between", "left_message", "recontact", NULL};
    struct section except;
    if (!section_object(section, "except", &except))
        return;
    section_check_members(&except, known);
    read_opened_between(&except, measure);
    measure->no_left_message = field_true(&except, "left_message");
    measure->no_recontact = field_true(&except, "recontact");
}

/* --- the kinds --- */

static void read_within_orders(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of",      "milestone",  "hours",
                                        "days", "promise", "deliver_by", NULL};
    static const char *const milestones[] = {"collected", "delivered", "shipped", NULL};
    section_check_members(section, known);
    int milestone = MILESTONE_COLLECTED;
    bool has_milestone = field_choice(section, "milestone", REQUIRED, milestones, &milestone);
    measure->milestone = (enum milestone)milestone;
    read_limit(section, order_limits, COUNT(order_limits), "hours, days, promise and deliver_by",
               measure);
    if (!has_milestone)
        return;
    bool delivery = measure->milestone == MILESTONE_DELIVERED;
    if (measure->limit == LIMIT_PROMISE && delivery)
        section_fault(section, "promise", "is a promise of the hand-over, not of the delivery");
    if (measure->limit == LIMIT_DELIVER_BY && !delivery)
        section_fault(section, "deliver_by", "is for the milestone delivered");
}

static void read_within_tickets(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind",    "of",    "tickets", "milestone",
                                        "seconds", "hours", "except",  NULL};
    static const char *const milestones[] = {"replied", "audited", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
    int milestone = 0;
    field_choice(section, "milestone", REQUIRED, milestones, &milestone);
    measure->milestone = milestone == 0 ? MILESTONE_REPLIED : MILESTONE_AUDITED;
    read_limit(section, ticket_limits, COUNT(ticket_limits), "seconds and hours", measure);
    read_except(section, measure);
}

static void read_duration_orders(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "milestone", NULL};
    static const char *const milestones[] = {"collected", "delivered", NULL};
    section_check_members(section, known);
    int milestone = 0;
    field_choice(section, "milestone", REQUIRED, milestones, &milestone);
    measure->milestone = milestone == 0 ? MILESTONE_COLLECTED : MILESTONE_DELIVERED;
}

static void read_duration_tickets(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "tickets", "milestone", "max_days", NULL};
    static const char *const milestones[] = {"handled", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
    int milestone = 0;
    field_choice(section, "milestone", REQUIRED, milestones, &milestone);
    measure->milestone = MILESTONE_HANDLED;
    int64_t days = 0;
    field_int(section, "max_days", OPTIONAL, 1, 366, &days);
    measure->n = (int32_t)days;
}

static void read_responses(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "tickets", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
}

static void read_rated_tickets(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "tickets", "stars", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
    read_star_range(section, measure);
}

static void read_rated_reviews(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "aspect", "stars", NULL};
    section_check_members(section, known);
    read_aspect(section, measure);
    read_star_range(section, measure);
}

static void read_stars(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "aspect", NULL};
    section_check_members(section, known);
    read_aspect(section, measure);
}

static void read_closed(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "tickets", "without", NULL};
    static const char *const withouts[] = {"escalation", "time_out", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
    int without = 0;
    field_choice(section, "without", REQUIRED, withouts, &without);
    measure->test = without == 0 ? TEST_NOT_ESCALATED : TEST_NOT_TIMED_OUT;
}

/* All orders, or the share of those that satisfy a test. */
static void read_orders(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "that", NULL};
    static const char *const known_of_defect[] = {"kind", "of", "that", "defects", NULL};
    static const char *const thats[] = {"defect", "cancelled_by_seller", "tracked", NULL};
    static const enum test tests[] = {TEST_DEFECT, TEST_CANCELLED, TEST_TRACKED};
    static const char *const defects[] = {"negative_review", "dispute", NULL};
    _Static_assert(DEFECT_NEGATIVE_REVIEW == 1 && DEFECT_DISPUTE == 2, "bits follow the names");
    int that = 0;
    if (field_choice(section, "that", OPTIONAL, thats, &that)) {
        measure->kind = MEASURE_ORDERS_THAT;
        measure->test = tests[that];
    } else if (member(section->object, "that") != NULL) {
        measure->kind = MEASURE_ORDERS_THAT;
        return;
    }
    bool defect = measure->test == TEST_DEFECT;
    section_check_members(section, defect ? known_of_defect : known);
    if (defect)
        field_set(section, "defects", REQUIRED, defects, &measure->defects);
}

static void read_units(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", NULL};
    section_check_members(section, known);
    measure->milestone = MILESTONE_DELIVERED;
}

static void read_ticket_count(const struct section *section, struct measure *measure)
{
    static const char *const known[] = {"kind", "of", "tickets", "by", NULL};
    static const char *const bys[] = {"opened", "ruled", NULL};
    section_check_members(section, known);
    read_tickets(section, measure);
    int by = 0;
    field_choice(section, "by", REQUIRED, bys, &by);
    measure->milestone = by == 0 ? MILESTONE_OPENED : MILESTONE_RULED;
    if (by == 1 && measure->tickets != 0 && measure->tickets != 1U << TICKET_DISPUTE)
        section_fault(section, "tickets", "must be dispute alone: nothing else is ruled");
}

typedef void read_fn(const struct section *section, struct measure *measure);

static const struct kind {
    const char *name;
    enum measure_kind kind;
    read_fn *read[ENTITIES]; /* NULL: there is none of these */
} kinds[] = {
    {"within", MEASURE_WITHIN, {read_within_orders, read_within_tickets, NULL}},
    {"duration", MEASURE_DURATION, {read_duration_orders, read_duration_tickets, NULL}},
    {"responses", MEASURE_RESPONSES, {NULL, read_responses, NULL}},
    {"rated", MEASURE_RATED, {NULL, read_rated_tickets, read_rated_reviews}},
    {"stars", MEASURE_STARS, {NULL, NULL, read_stars}},
    {"closed", MEASURE_CLOSED_THAT, {NULL, read_closed, NULL}},
    {"orders", MEASURE_ORDERS, {read_orders, NULL, NULL}},
    {"units", MEASURE_UNITS, {read_units, NULL, NULL}},
    {"tickets", MEASURE_TICKETS, {NULL, read_ticket_count, NULL}},
};

static const struct kind *read_kind(const struct section *section)
{
    const char *names[COUNT(kinds) + 1] = {NULL};
    for (size_t i = 0; i < COUNT(kinds); i++)
        names[i] = kinds[i].name;
    int choice = 0;
    return field_choice(section, "kind", REQUIRED, names, &choice) ? &kinds[choice] : NULL;
}

/* May be omitted where the kind is of one entity only, or of orders too. */
static bool read_of(const struct section *section, const struct kind *kind, enum entity *ret_of)
{
    static const char *const plurals[ENTITIES] = {"orders", "tickets", "reviews"};
    const char *names[ENTITIES + 1] = {NULL};
    enum entity entities[ENTITIES] = {ENTITY_ORDER};
    size_t count = 0;
    for (int entity = ENTITY_ORDER; entity < ENTITIES; entity++) {
        if (kind->read[entity] == NULL)
            continue;
        names[count] = plurals[entity];
        entities[count++] = (enum entity)entity;
    }
    bool may_be_omitted = count == 1 || entities[0] == ENTITY_ORDER;
    int choice = 0;
    bool chosen = field_choice(section, "of", may_be_omitted ? OPTIONAL : REQUIRED, names, &choice);
    *ret_of = entities[choice];
    return chosen || (may_be_omitted && member(section->object, "of") == NULL);
}

bool policy_read_measure(const struct section *metric, const char *name, struct measure *measure)
{
    if (member(metric->object, name) == NULL) {
        section_fault(metric, name, "is required");
        return false;
    }
    struct section section;
    if (!section_object(metric, name, &section))
        return false;
    const struct kind *kind = read_kind(&section);
    if (kind == NULL)
        return false;
    *measure = (struct measure){.kind = kind->kind, .suspends = true};
    /* Without it nobody can tell which members belong there. The kind is known all the same. */
    if (read_of(&section, kind, &measure->of))
        kind->read[measure->of](&section, measure);
    return true;
}
