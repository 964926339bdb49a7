/* Advice in words. They only name what was computed. */
#include <stdio.h>

#include "domain/advice.h"

#define PHRASE_SIZE 80

/* --- what is counted --- */

struct noun {
    const char *one;
    const char *many;
};

static struct noun ticket_noun(unsigned kinds)
{
    static const struct noun nouns[TICKET_KINDS] = {
        [TICKET_RETURN] = {"return", "returns"},
        [TICKET_EXCHANGE] = {"exchange", "exchanges"},
        [TICKET_REPAIR] = {"repair", "repairs"},
        [TICKET_REFUND] = {"refund", "refunds"},
        [TICKET_RESEND] = {"resend", "resends"},
        [TICKET_WORK_ORDER] = {"work order", "work orders"},
        [TICKET_CHAT] = {"chat", "chats"},
        [TICKET_DISPUTE] = {"dispute", "disputes"},
    };
    for (int kind = TICKET_NONE + 1; kind < TICKET_KINDS; kind++)
        if (kinds == 1U << kind)
            return nouns[kind];
    return (struct noun){"ticket", "tickets"};
}

static struct noun review_noun(enum aspect aspect)
{
    static const struct noun nouns[ASPECTS] = {
        [ASPECT_PRODUCT] = {"product review", "product reviews"},
        [ASPECT_DESCRIPTION] = {"description review", "description reviews"},
        [ASPECT_SERVICE] = {"service review", "service reviews"},
        [ASPECT_COURIER] = {"courier review", "courier reviews"},
        [ASPECT_LOGISTICS] = {"logistics review", "logistics reviews"},
    };
    return nouns[aspect];
}

static struct noun noun_of(const struct measure *measure)
{
    if (measure->of == ENTITY_TICKET)
        return ticket_noun(measure->tickets);
    if (measure->of == ENTITY_REVIEW)
        return review_noun(measure->aspect);
    if (measure->kind == MEASURE_UNITS)
        return (struct noun){"unit delivered", "units delivered"};
    return (struct noun){"order", "orders"};
}

/* --- what is wanted of it --- */

static void limit_phrase(const struct measure *measure, char text[static PHRASE_SIZE])
{
    static const char *const milestones[] = {
        [MILESTONE_COLLECTED] = "collected", [MILESTONE_DELIVERED] = "delivered",
        [MILESTONE_SHIPPED] = "shipped",     [MILESTONE_OPENED] = "opened",
        [MILESTONE_REPLIED] = "answered",    [MILESTONE_AUDITED] = "audited",
        [MILESTONE_HANDLED] = "handled",     [MILESTONE_RULED] = "ruled",
    };
    const char *done = milestones[measure->milestone];
    switch (measure->limit) {
    case LIMIT_HOURS:
        snprintf(text, PHRASE_SIZE, "%s within %d h", done, (int)measure->n);
        break;
    case LIMIT_SECONDS:
        snprintf(text, PHRASE_SIZE, "%s within %d s", done, (int)measure->n);
        break;
    case LIMIT_DAYS:
        if (measure->n == 0)
            snprintf(text, PHRASE_SIZE, "%s the same day", done);
        else if (measure->n == 1)
            snprintf(text, PHRASE_SIZE, "%s by the next day", done);
        else
            snprintf(text, PHRASE_SIZE, "%s within %d days", done, (int)measure->n);
        break;
    case LIMIT_PROMISE:
        snprintf(text, PHRASE_SIZE, "%s as promised", done);
        break;
    case LIMIT_DELIVER_BY:
        snprintf(text, PHRASE_SIZE, "%s by the promised date", done);
        break;
    case LIMIT_NONE:
        snprintf(text, PHRASE_SIZE, "%s", done);
        break;
    }
}

static void stars_phrase(const struct measure *measure, char text[static PHRASE_SIZE])
{
    if (measure->low == measure->high)
        snprintf(text, PHRASE_SIZE, "rated %d star%s", measure->low, measure->low == 1 ? "" : "s");
    else
        snprintf(text, PHRASE_SIZE, "rated %d to %d stars", measure->low, measure->high);
}

static const char *test_phrase(enum test test)
{
    static const char *const names[] = {
        [TEST_NONE] = "counted",
        [TEST_DEFECT] = "found with a defect",
        [TEST_CANCELLED] = "cancelled by the seller",
        [TEST_TRACKED] = "tracked and scanned",
        [TEST_NOT_ESCALATED] = "closed without an escalation",
        [TEST_NOT_TIMED_OUT] = "closed without a time-out",
    };
    return names[test];
}

/* What the share's measure counts as good. */
static void good_phrase(const struct measure *measure, char text[static PHRASE_SIZE])
{
    if (measure->kind == MEASURE_WITHIN)
        limit_phrase(measure, text);
    else if (measure->kind == MEASURE_RATED)
        stars_phrase(measure, text);
    else
        snprintf(text, PHRASE_SIZE, "%s", test_phrase(measure->test));
}

/* --- sentences --- */

static const char *pick(struct noun noun, int64_t count)
{
    return count == 1 ? noun.one : noun.many;
}

static void say_ratio(const struct metric *metric, int64_t events, char *text, size_t size)
{
    struct noun first = noun_of(&metric->measure), second = noun_of(&metric->per);
    if (metric->higher_is_better)
        snprintf(text, size, "%lld more %s", (long long)events, pick(first, events));
    else
        snprintf(text, size, "%lld more %s without another %s", (long long)events,
                 pick(second, events), first.one);
}

static void say_events(const struct metric *metric, int64_t events, char *text, size_t size)
{
    struct noun noun = noun_of(&metric->measure);
    if (metric->has_per) {
        say_ratio(metric, events, text, size);
    } else if (metric->measure.kind == MEASURE_STARS) {
        snprintf(text, size, "%lld more %s of 5 stars", (long long)events, pick(noun, events));
    } else {
        char good[PHRASE_SIZE];
        good_phrase(&metric->measure, good);
        bool wants_good = metric->higher_is_better != metric->complement;
        snprintf(text, size, "%lld more %s %s%s", (long long)events, pick(noun, events),
                 wants_good ? "" : "not ", good);
    }
}

static void say_what(const struct metric *metric, const struct advice *advice, char *text,
                     size_t size)
{
    if (advice->has_events)
        say_events(metric, advice->events, text, size);
    else if (advice->has_to_save)
        snprintf(text, size, "%lld seconds less in sum", (long long)advice->to_save);
    else
        snprintf(text, size, "when what fell short has left the window");
}

void advice_format(const struct policy *policy, const struct advice *advice,
                   char text[static ADVICE_TEXT_SIZE])
{
    char what[ADVICE_TEXT_SIZE - 64]; /* room for the gain */
    int64_t gain = advice->has_gain ? advice->gain : advice->factor_gain;
    say_what(&policy->metrics[advice->metric], advice, what, sizeof what);
    snprintf(text, ADVICE_TEXT_SIZE, "%s: +%lld.%03lld%s", what, (long long)(gain / 1000),
             (long long)(gain % 1000), advice->has_gain ? "" : " of the factor");
}
