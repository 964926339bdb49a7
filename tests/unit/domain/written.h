/* Instants, calendars and orders written down as text, so that a table of cases reads like the rule
 * that it tests.
 *
 * An instant is "02T10:00", "02T10:00:30" or "02T10:00:30.000001": January 2024 at +08:00. An order
 * is a list of its events, "02T10:00 placed paid_at=02T10:05 parcels=2", in any order. */
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
#include "domain/order.h"

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
struct zone {
    int64_t starts[WRITTEN_DAYS];
    struct calendar calendar;
};

/* A zone at a fixed offset, from 2023-01-01 on. */
static inline void zone_fixed(struct zone *zone, int minutes_east)
{
    zone->calendar = (struct calendar){JANUARY(1) - 365, WRITTEN_DAYS, zone->starts};
    for (int32_t i = 0; i < WRITTEN_DAYS; i++)
        zone->starts[i] = (int64_t)(zone->calendar.first_day + i) * 24 * US_PER_HOUR -
                          (int64_t)minutes_east * 60 * US_PER_SECOND;
}

/* The clock is put forward (or back, when negative) on that day: it and only it is that much
 * shorter. */
static inline void zone_shift(struct zone *zone, int32_t day, int64_t forward_us)
{
    for (int32_t i = day + 1 - zone->calendar.first_day; i < WRITTEN_DAYS; i++)
        zone->starts[i] -= forward_us;
}

#define WRITTEN_FACTS 8
struct written_order {
    char text[WRITTEN_FACTS][160];
    char id[WRITTEN_FACTS][2];
    struct fact facts[WRITTEN_FACTS];
    struct order order;
};

static inline int written_compare(const void *a, const void *b)
{
    return fact_compare(a, b);
}

static inline bool written_member(struct fact *fact, const char *name, const char *value)
{
    if (strcmp(name, "paid_at") == 0)
        fact->paid_at = at(value);
    else if (strcmp(name, "presale_until") == 0)
        fact->presale_until = at(value);
    else if (strcmp(name, "promised_at") == 0)
        fact->promised_at = at(value);
    else if (strcmp(name, "retracted") == 0)
        fact->retracted_at = at(value);
    else if (strcmp(name, "parcels") == 0)
        fact->parcels = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "parcel") == 0)
        fact->parcel = value;
    else if (strcmp(name, "source") == 0)
        fact->source = value;
    else if (strcmp(name, "id") == 0)
        fact->id = value;
    else
        return false;
    return true;
}

static inline bool written_word(struct fact *fact, const char *word)
{
    for (int kind = 0; kind < FACT_KINDS; kind++)
        if (strcmp(word, fact_kind_name((enum fact_kind)kind)) == 0) {
            fact->kind = (enum fact_kind)kind;
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
    else
        return false;
    return true;
}

/* Reads events until the first NULL. Their ids are "a", "b", … as they are written. */
static inline void write_order(struct written_order *written,
                               const char *const events[WRITTEN_FACTS])
{
    memset(written, 0, sizeof *written);
    size_t count = 0;
    for (; count < WRITTEN_FACTS && events[count] != NULL; count++) {
        struct fact *fact = &written->facts[count];
        written->id[count][0] = (char)('a' + (int)count);
        *fact = (struct fact){.retracted_at = INSTANT_NEVER,
                              .source = "oms",
                              .id = written->id[count],
                              .parcels = 1,
                              .paid_at = INSTANT_NEVER,
                              .presale_until = INSTANT_NEVER,
                              .promised_at = INSTANT_NEVER};
        snprintf(written->text[count], sizeof written->text[count], "%s", events[count]);
        char *rest = NULL;
        fact->at = at(strtok_r(written->text[count], " ", &rest));
        for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
            char *value = strchr(word, '=');
            if (value != NULL)
                *value++ = '\0';
            if (value != NULL ? !written_member(fact, word, value) : !written_word(fact, word))
                fail_msg("no such word: %s in %s", word, events[count]);
        }
    }
    qsort(written->facts, count, sizeof written->facts[0], written_compare);
    written->order = (struct order){written->facts, count};
}

#endif
