/* The rules in force: decoded policies, calendars and measure slots, read from the database once
 * and kept. Versions of policies and of the calendar never change, nor do zones, and slots are
 * append-only, so what is cached stays right. Thread-safe; what it returns is borrowed until
 * rules_free. */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"
#include "domain/policy.h"

struct db;
struct rules;

struct rules *rules_new(void); /* NULL when memory is out */
void rules_free(struct rules *rules);

/* ERR_NOT_FOUND: no such version. */
MUST_CHECK enum err rules_policy(struct rules *rules, struct db *db, const char *id,
                                 int32_t version, const struct policy **ret_policy);

/* The zone's days, and what the version of the calendar says (0: nothing). ERR_NOT_FOUND:
 * PostgreSQL does not know the zone, or there is no such version. */
MUST_CHECK enum err rules_calendar(struct rules *rules, struct db *db, const char *time_zone,
                                   int32_t calendar_version, const struct calendar **ret_calendar);

/* The calendar `base`, which one of these gave, with what reports of a store's periods excuse
 * (united: excused_unite), instead of what it may excuse itself. */
MUST_CHECK enum err rules_excusing(struct rules *rules, const struct calendar *base,
                                   const struct excused excused[static CALENDAR_EXCUSES],
                                   const struct calendar **ret_calendar);

/* What a policy counts, and where it stands in tallies.counts. */
struct policy_slots {
    size_t count;
    struct measure measures[POLICY_MEASURES_MAX]; /* policy_measures() */
    int32_t slots[POLICY_MEASURES_MAX];
};

/* Of a policy that rules_policy gave; found once and kept. ERR_NOT_FOUND when a measure is not
 * registered. */
MUST_CHECK enum err rules_policy_slots(struct rules *rules, struct db *db,
                                       const struct policy *policy,
                                       const struct policy_slots **ret_slots);

/* The slots of measures in tallies.counts: measure slot s stands at counts[2s] and counts[2s +
 * 1]. ERR_NOT_FOUND when one is not registered. */
MUST_CHECK enum err rules_slots(struct rules *rules, struct db *db, const struct measure *measures,
                                size_t count, int32_t *ret_slots);

/* Gives every measure a slot that has none, in a transaction of its own: a slot that was once
 * read stays taken. No transaction may be open. */
MUST_CHECK enum err rules_register(struct db *db, const struct measure *measures, size_t count);

#endif
