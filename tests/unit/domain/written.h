/* Instants, calendars, orders, tickets and reviews written down as text, so that a table of cases
 * reads like the rule that it tests.
 *
 * An instant is "02T10:00", "02T10:00:30" or "02T10:00:30.000001": January 2024 at +08:00. An
 * order, a ticket or a review is a list of its events, in any order, each an instant, a kind, and
 * what else is said:
 *   "02T10:00 placed paid_at=02T10:05 parcels=2 units=3 buyer=B1", "02T12:00 cancelled merchant",
 *   "02T11:00 shipped parcel=P1 waybill", "03T09:00 exempted report=R1 ship_by=05T18:00";
 *   "02T10:00 opened return order=A1 buyer=B1", "02T11:00 audited approved", "02T12:00 replied
 * bot", "02T13:00 closed settled", "02T13:00 appealed won", "02T14:00 rated stars=5"; "02T10:00
 * reviewed product=5 logistics=1 buyer=B1", "02T10:00 reviewed default product=5". */
#ifndef DOMAIN_WRITTEN_H
#define DOMAIN_WRITTEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/calendar.h"
#include "domain/fact.h"

/* NULL reads as "never". */
static inline struct instant at(const char *text)
{
    if (text == NULL)
        return INSTANT_NEVER;
    char whole[64];
    snprintf(whole, sizeof whole, "2024-01-%s%s+08:00", text, strlen(text) == 8 ? ":00" : "");
    struct instant t = {0};
    if (instant_parse(whole, strlen(whole), &t, NULL) != ERR_OK)
        fail_msg("not an instant: %s", text);
    return t;
}

static inline struct instant shifted(struct instant t, int64_t us)
{
    return (struct instant){t.us + us};
}

static inline void assert_instant(struct instant actual, struct instant expected)
{
    if (actual.us == expected.us)
        return;
    char is[INSTANT_TEXT_SIZE] = "never", should_be[INSTANT_TEXT_SIZE] = "never";
    if (!instant_is_never(actual))
        instant_format(actual, is);
    if (!instant_is_never(expected))
        instant_format(expected, should_be);
    fail_msg("%s instead of %s", is, should_be);
}

/* Days since 1970-01-01 of a day of January 2024. */
#define JANUARY(day) (19722 + (day))

#define WRITTEN_DAYS 800
#define WRITTEN_SHIFTS 8
struct zone {
    int64_t starts[WRITTEN_DAYS];
    struct shift shifts[WRITTEN_SHIFTS];
    struct calendar calendar;
};

/* A zone at a fixed offset, from 2023-01-01 on. */
static inline void zone_fixed(struct zone *zone, int minutes_east)
{
    zone->calendar = (struct calendar){.first_day = JANUARY(1) - 365,
                                       .count = WRITTEN_DAYS,
                                       .starts = zone->starts,
                                       .shift_count = 1,
                                       .shifts = zone->shifts};
    zone->shifts[0] = (struct shift){.from = INT64_MIN, .offset_s = minutes_east * 60};
    for (int32_t i = 0; i < WRITTEN_DAYS; i++)
        zone->starts[i] = (int64_t)(zone->calendar.first_day + i) * 24 * US_PER_HOUR -
                          (int64_t)minutes_east * 60 * US_PER_SECOND;
}

/* The clock is put forward (or back, when negative) on that day, two hours after its start: it and
 * only it is that much shorter. Days of several calls ascend. */
static inline void zone_shift(struct zone *zone, int32_t day, int64_t forward_us)
{
    int32_t i = day - zone->calendar.first_day;
    size_t last = zone->calendar.shift_count - 1;
    assert_true(last + 1 < WRITTEN_SHIFTS);
    zone->shifts[last + 1] = (struct shift){.from = zone->starts[i] + 2 * US_PER_HOUR,
                                            .offset_s = zone->shifts[last].offset_s +
                                                        (int32_t)(forward_us / US_PER_SECOND)};
    assert_true(zone->shifts[last].from < zone->shifts[last + 1].from);
    zone->calendar.shift_count++;
    for (i++; i < WRITTEN_DAYS; i++)
        zone->starts[i] -= forward_us;
}

#define WRITTEN_FACTS 12
struct written {
    char text[WRITTEN_FACTS][160];
    char id[WRITTEN_FACTS][2];
    struct fact items[WRITTEN_FACTS];
    struct facts facts;
};

static inline int written_compare(const void *a, const void *b)
{
    return fact_compare(a, b);
}

static inline uint8_t written_stars(const char *value)
{
    return (uint8_t)strtoul(value, NULL, 10);
}

static inline bool written_member(struct fact *fact, const char *name, const char *value)
{
    for (int i = 0; i < ASPECTS; i++)
        if (strcmp(name, aspect_name((enum aspect)i)) == 0) {
            fact->stars[i] = written_stars(value);
            return true;
        }
    if (strcmp(name, "paid_at") == 0)
        fact->paid_at = at(value);
    else if (strcmp(name, "presale_until") == 0)
        fact->presale_until = at(value);
    else if (strcmp(name, "promised_at") == 0)
        fact->promised_at = at(value);
    else if (strcmp(name, "deliver_by") == 0)
        fact->deliver_by = at(value);
    else if (strcmp(name, "retracted") == 0)
        fact->retracted_at = at(value);
    else if (strcmp(name, "parcels") == 0)
        fact->parcels = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "units") == 0)
        fact->units = strtoll(value, NULL, 10);
    else if (strcmp(name, "stars") == 0)
        fact->value = written_stars(value);
    else if (strcmp(name, "parcel") == 0)
        fact->parcel = value;
    else if (strcmp(name, "order") == 0)
        fact->order = value;
    else if (strcmp(name, "buyer") == 0)
        fact->buyer = value;
    else if (strcmp(name, "report") == 0)
        fact->report = value;
    else if (strcmp(name, "ship_by") == 0)
        fact->ship_by = at(value);
    else if (strcmp(name, "from") == 0)
        fact->period_from = at(value);
    else if (strcmp(name, "to") == 0)
        fact->period_to = at(value);
    else if (strcmp(name, "source") == 0)
        fact->source = value;
    else if (strcmp(name, "id") == 0)
        fact->id = value;
    else
        return false;
    return true;
}

static inline bool written_kind(struct fact *fact, const char *word)
{
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (strcmp(word, fact_kind_name((enum fact_kind)kind)) == 0) {
            fact->kind = (enum fact_kind)kind;
            return true;
        }
    return false;
}

static inline bool written_word(struct fact *fact, const char *word)
{
    const char *meaning;
    for (int32_t value = 1; (meaning = fact_word(fact->kind, value)) != NULL; value++)
        if (strcmp(word, meaning) == 0) {
            fact->value = value;
            return true;
        }
    if (strcmp(word, "cod") == 0)
        fact->payment = PAYMENT_COD;
    else if (strcmp(word, "platform") == 0)
        fact->fulfilment = FULFILMENT_PLATFORM;
    else if (strcmp(word, "pickup") == 0)
        fact->fulfilment = FULFILMENT_PICKUP;
    else if (strcmp(word, "virtual") == 0)
        fact->fulfilment = FULFILMENT_VIRTUAL;
    else if (strcmp(word, "test") == 0)
        fact->test = true;
    else if (strcmp(word, "waybill") == 0)
        fact->waybill = true;
    else if (strcmp(word, "won") == 0)
        fact->value = APPEAL_WON;
    else if (strcmp(word, "lost") == 0)
        fact->value = APPEAL_LOST;
    else if (strcmp(word, "left_message") == 0)
        fact->left_message = true;
    else if (strcmp(word, "default") == 0)
        fact->by_default = true;
    else
        return false;
    return true;
}

/* Reads events until the first NULL. Their ids are "a", "b", … as they are written. */
static inline void write_facts(struct written *written, const char *const events[WRITTEN_FACTS])
{
    memset(written, 0, sizeof *written);
    size_t count = 0;
    for (; count < WRITTEN_FACTS && events[count] != NULL; count++) {
        struct fact *fact = &written->items[count];
        written->id[count][0] = (char)('a' + (int)count);
        *fact = (struct fact){.retracted_at = INSTANT_NEVER,
                              .source = "oms",
                              .id = written->id[count],
                              .parcels = 1,
                              .units = 1,
                              .paid_at = INSTANT_NEVER,
                              .presale_until = INSTANT_NEVER,
                              .promised_at = INSTANT_NEVER,
                              .deliver_by = INSTANT_NEVER,
                              .ship_by = INSTANT_NEVER,
                              .period_from = INSTANT_NEVER,
                              .period_to = INSTANT_NEVER};
        snprintf(written->text[count], sizeof written->text[count], "%s", events[count]);
        char *rest = NULL;
        fact->at = at(strtok_r(written->text[count], " ", &rest));
        const char *kind = strtok_r(NULL, " ", &rest);
        if (kind == NULL || !written_kind(fact, kind))
            fail_msg("no such kind: %s", events[count]);
        for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
            char *value = strchr(word, '=');
            if (value != NULL)
                *value++ = '\0';
            if (value != NULL ? !written_member(fact, word, value) : !written_word(fact, word))
                fail_msg("no such word: %s in %s", word, events[count]);
        }
    }
    qsort(written->items, count, sizeof written->items[0], written_compare);
    written->facts = (struct facts){written->items, count};
}

/* The same with the entity's name, for those that hold several. */
struct written_order {
    struct written written;
    struct facts order;
};
static inline void write_order(struct written_order *order, const char *const events[WRITTEN_FACTS])
{
    write_facts(&order->written, events);
    order->order = order->written.facts;
}

struct written_ticket {
    struct written written;
    struct facts ticket;
};
static inline void write_ticket(struct written_ticket *ticket,
                                const char *const events[WRITTEN_FACTS])
{
    write_facts(&ticket->written, events);
    ticket->ticket = ticket->written.facts;
}

struct written_review {
    struct written written;
    struct facts review;
};
static inline void write_review(struct written_review *review,
                                const char *const events[WRITTEN_FACTS])
{
    write_facts(&review->written, events);
    review->review = review->written.facts;
}

/* Lets the facts arrive in another order: shuffles them, and puts each where it belongs. */
static inline void written_rearrive(struct written *written, uint64_t *state)
{
    struct fact arrived[WRITTEN_FACTS];
    size_t count = written->facts.count;
    memcpy(arrived, written->items, sizeof arrived);
    for (size_t i = count; i > 1; i--) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t k = (size_t)(*state >> 33) % i;
        struct fact swapped = arrived[i - 1];
        arrived[i - 1] = arrived[k];
        arrived[k] = swapped;
    }
    for (size_t i = 0; i < count; i++) {
        size_t place = i;
        for (; place > 0 && fact_compare(&written->items[place - 1], &arrived[i]) > 0; place--)
            written->items[place] = written->items[place - 1];
        written->items[place] = arrived[i];
    }
}

#endif
