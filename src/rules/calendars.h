/* The part of the rules that tells days and what is suspended. Zones, and versions of the calendar,
 * are read and kept apart; a calendar borrows one of each. */
#ifndef RULES_CALENDARS_H
#define RULES_CALENDARS_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"

struct db;

#define EXCUSING_BUCKETS 1024

struct calendars {
    pthread_mutex_t mutex;
    struct zone *zones;
    struct suspension *suspensions;
    struct calendar_entry *entries;
    struct excusing_entry *excusing[EXCUSING_BUCKETS];
};

void calendars_init(struct calendars *calendars);
void calendars_done(struct calendars *calendars);

/* As rules_calendar (rules/rules.h). */
MUST_CHECK enum err calendars_get(struct calendars *calendars, struct db *db, const char *time_zone,
                                  int32_t version, const struct calendar **ret_calendar);

/* As rules_excusing (rules/rules.h). */
MUST_CHECK enum err calendars_excusing(struct calendars *calendars, const struct calendar *base,
                                       const struct excused excused[static CALENDAR_EXCUSES],
                                       const struct calendar **ret_calendar);

#endif
