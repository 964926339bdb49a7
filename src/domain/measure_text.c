/* What a measure is called, and which ones are the same. */
#include <assert.h>
#include <stdio.h>

#include "domain/measure.h"

static const char *const kind_names[] = {"orders",    "units",       "within",    "duration",
                                         "left_open", "orders_that", "tickets",   "rated",
                                         "stars",     "closed_that", "responses", "exempt"};
static const char *const milestone_names[] = {"collected", "delivered", "shipped", "opened",
                                              "replied",   "audited",   "handled", "ruled"};
static const char *const limit_names[] = {"none", "hours",   "seconds",
                                          "days", "promise", "deliver_by"};
static const char *const test_names[] = {"none",    "defect",        "cancelled",
                                         "tracked", "not_escalated", "not_timed_out"};
static const char *const defect_names[] = {"negative_review", "dispute"}; /* by bit */
#define DEFECTS (sizeof defect_names / sizeof defect_names[0])

bool measure_is_share(const struct measure *measure)
{
    switch (measure->kind) {
    case MEASURE_WITHIN:
    case MEASURE_ORDERS_THAT:
    case MEASURE_RATED:
    case MEASURE_CLOSED_THAT:
        return true;
    case MEASURE_ORDERS:
    case MEASURE_UNITS:
    case MEASURE_DURATION:
    case MEASURE_LEFT_OPEN:
    case MEASURE_TICKETS:
    case MEASURE_STARS:
    case MEASURE_RESPONSES:
    case MEASURE_EXEMPT:
        break;
    }
    return false;
}

/* --- what matters --- */

static bool limit_has_number(enum limit_kind limit)
{
    return limit == LIMIT_HOURS || limit == LIMIT_SECONDS || limit == LIMIT_DAYS;
}

/* The measure without the members that do not matter to one of its kind: equal measures are equal
 * member by member, and it is what the text is written from. */
static struct measure canonical(const struct measure *measure)
{
    struct measure c = {.kind = measure->kind, .of = measure->of, .suspends = measure->suspends};
    switch (measure->kind) {
    case MEASURE_WITHIN:
        c.milestone = measure->milestone;
        c.limit = measure->limit;
        c.n = limit_has_number(measure->limit) ? measure->n : 0;
        break;
    case MEASURE_DURATION:
        c.milestone = measure->milestone;
        c.n = measure->of == ENTITY_TICKET ? measure->n : 0;
        c.limit = c.n > 0 ? LIMIT_DAYS : LIMIT_NONE;
        break;
    case MEASURE_LEFT_OPEN:
        c.milestone = measure->milestone;
        c.limit = LIMIT_HOURS;
        c.n = measure->n;
        break;
    case MEASURE_UNITS:
    case MEASURE_TICKETS:
        c.milestone = measure->milestone;
        break;
    case MEASURE_ORDERS_THAT:
        c.test = measure->test;
        if (measure->test == TEST_DEFECT)
            c.defects = measure->defects & ((1U << DEFECTS) - 1);
        break;
    case MEASURE_CLOSED_THAT:
        c.test = measure->test;
        break;
    case MEASURE_RATED:
        c.low = measure->low;
        c.high = measure->high;
        break;
    case MEASURE_ORDERS:
    case MEASURE_STARS:
    case MEASURE_RESPONSES:
    case MEASURE_EXEMPT:
        break;
    }
    if (measure->of == ENTITY_TICKET) {
        c.tickets = measure->tickets & ((1U << TICKET_KINDS) - 1) & ~(1U << TICKET_NONE);
        if (measure->night_from != measure->night_to) {
            c.night_from = measure->night_from;
            c.night_to = measure->night_to;
        }
        c.no_left_message = measure->no_left_message;
        c.no_recontact = measure->no_recontact;
    } else if (measure->of == ENTITY_REVIEW) {
        c.aspect = measure->aspect;
    }
    return c;
}

bool measure_equal(const struct measure *a, const struct measure *b)
{
    if (a->kind != b->kind || a->of != b->of)
        return false;
    struct measure x = canonical(a), y = canonical(b);
    return x.milestone == y.milestone && x.limit == y.limit && x.n == y.n && x.test == y.test &&
           x.defects == y.defects && x.tickets == y.tickets && x.aspect == y.aspect &&
           x.low == y.low && x.high == y.high && x.night_from == y.night_from &&
           x.night_to == y.night_to && x.no_left_message == y.no_left_message &&
           x.no_recontact == y.no_recontact && x.suspends == y.suspends;
}

/* --- text --- */

struct line {
    char *text; /* MEASURE_TEXT_SIZE */
    size_t length;
};

static void add_word(struct line *line, const char *word)
{
    int written = snprintf(line->text + line->length, MEASURE_TEXT_SIZE - line->length, "%s%s",
                           line->length > 0 ? " " : "", word);
    line->length += (size_t)written;
    assert(line->length < MEASURE_TEXT_SIZE);
}

static void add_number(struct line *line, int32_t number)
{
    char digits[12];
    snprintf(digits, sizeof digits, "%d", (int)number);
    add_word(line, digits);
}

static void add_limit(struct line *line, const struct measure *measure)
{
    add_word(line, limit_names[measure->limit]);
    if (limit_has_number(measure->limit))
        add_number(line, measure->n);
}

static void add_what(struct line *line, const struct measure *measure)
{
    add_word(line, kind_names[measure->kind]);
    switch (measure->kind) {
    case MEASURE_WITHIN:
    case MEASURE_LEFT_OPEN:
        add_word(line, milestone_names[measure->milestone]);
        add_limit(line, measure);
        break;
    case MEASURE_DURATION:
        add_word(line, milestone_names[measure->milestone]);
        if (measure->limit != LIMIT_NONE)
            add_limit(line, measure);
        break;
    case MEASURE_UNITS:
    case MEASURE_TICKETS:
        add_word(line, milestone_names[measure->milestone]);
        break;
    case MEASURE_ORDERS_THAT:
    case MEASURE_CLOSED_THAT:
        add_word(line, test_names[measure->test]);
        for (size_t bit = 0; bit < DEFECTS; bit++)
            if ((measure->defects & 1U << bit) != 0)
                add_word(line, defect_names[bit]);
        break;
    case MEASURE_RATED:
        add_number(line, measure->low);
        add_number(line, measure->high);
        break;
    case MEASURE_ORDERS:
    case MEASURE_STARS:
    case MEASURE_RESPONSES:
    case MEASURE_EXEMPT:
        break;
    }
}

static void add_tickets(struct line *line, const struct measure *measure)
{
    add_word(line, "of");
    for (int kind = TICKET_NONE + 1; kind < TICKET_KINDS; kind++)
        if ((measure->tickets & 1U << kind) != 0)
            add_word(line, ticket_kind_name((enum ticket_kind)kind));
    if (measure->night_from != measure->night_to) {
        add_word(line, "no_night");
        add_number(line, measure->night_from);
        add_number(line, measure->night_to);
    }
    if (measure->no_left_message)
        add_word(line, "no_left_message");
    if (measure->no_recontact)
        add_word(line, "no_recontact");
}

void measure_format(const struct measure *measure, char text[static MEASURE_TEXT_SIZE])
{
    struct line line = {.text = text};
    struct measure c = canonical(measure);
    add_what(&line, &c);
    if (c.of == ENTITY_TICKET) {
        add_tickets(&line, &c);
    } else if (c.of == ENTITY_REVIEW) {
        add_word(&line, "of");
        add_word(&line, aspect_name(c.aspect));
    }
    if (c.suspends)
        add_word(&line, "suspends");
}
