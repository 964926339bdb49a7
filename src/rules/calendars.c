#include "calendars.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "db/query.h"
#include "sql.h"
#include "json/calendar.h"

/* Everything is added at the front of its list, under the mutex, and stays until the end. */

struct zone {
    struct zone *next;
    char *name;
    struct calendar days; /* nothing suspended */
    int64_t *starts;
    struct shift *shifts;
};

struct suspension {
    struct suspension *next;
    int32_t version;
    size_t count;
    struct interval *intervals;
    size_t holiday_count;
    int32_t *holidays;
};

struct calendar_entry {
    struct calendar_entry *next;
    const struct zone *zone;
    int32_t version;
    struct calendar calendar;
};

/* A calendar with what a store's reports excuse; the intervals stand behind it. */
struct excusing_entry {
    struct excusing_entry *next;
    const struct calendar *base;
    struct calendar calendar;
    struct interval intervals[];
};

static void zone_free(struct zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->name);
    free(zone->starts);
    free(zone->shifts);
    free(zone);
}

static void suspension_free(struct suspension *suspension)
{
    if (suspension == NULL)
        return;
    free(suspension->intervals);
    free(suspension->holidays);
    free(suspension);
}

void calendars_init(struct calendars *calendars)
{
    *calendars = (struct calendars){.zones = NULL};
    pthread_mutex_init(&calendars->mutex, NULL);
}

void calendars_done(struct calendars *calendars)
{
    for (size_t i = 0; i < EXCUSING_BUCKETS; i++)
        while (calendars->excusing[i] != NULL) {
            struct excusing_entry *entry = calendars->excusing[i];
            calendars->excusing[i] = entry->next;
            free(entry);
        }
    while (calendars->entries != NULL) {
        struct calendar_entry *entry = calendars->entries;
        calendars->entries = entry->next;
        free(entry);
    }
    while (calendars->suspensions != NULL) {
        struct suspension *suspension = calendars->suspensions;
        calendars->suspensions = suspension->next;
        suspension_free(suspension);
    }
    while (calendars->zones != NULL) {
        struct zone *zone = calendars->zones;
        calendars->zones = zone->next;
        zone_free(zone);
    }
    pthread_mutex_destroy(&calendars->mutex);
}

/* --- zones --- */

static const struct zone *known_zone(const struct calendars *calendars, const char *name)
{
    const struct zone *zone = calendars->zones;
    while (zone != NULL && strcmp(zone->name, name) != 0)
        zone = zone->next;
    return zone;
}

static enum err ask_zone(struct db *db, const struct db_sql *sql, const char *name,
                         struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, name);
    return db_query(db, sql, args, ret_result);
}

static enum err load_days(struct db *db, struct zone *zone)
{
    struct db_result *result = NULL;
    enum err err = ask_zone(db, &sql_calendar_days, zone->name, &result);
    if (err != ERR_OK)
        return err;
    size_t days = (size_t)db_rows(result);
    zone->starts = calloc(days + 1, sizeof *zone->starts);
    if (days == 0)
        err = ERR_NOT_FOUND;
    else if (zone->starts == NULL)
        err = ERR_NOMEM;
    for (size_t i = 0; err == ERR_OK && i < days; i++)
        zone->starts[i] = db_instant(result, (int)i, 1).us;
    if (err == ERR_OK) {
        zone->days.first_day = db_date(result, 0, 0);
        zone->days.count = days;
        zone->days.starts = zone->starts;
    }
    db_result_free(result);
    return err;
}

static enum err load_shifts(struct db *db, struct zone *zone)
{
    struct db_result *result = NULL;
    enum err err = ask_zone(db, &sql_calendar_shifts, zone->name, &result);
    if (err != ERR_OK)
        return err;
    size_t count = (size_t)db_rows(result);
    zone->shifts = calloc(count + 1, sizeof *zone->shifts);
    if (zone->shifts == NULL)
        err = ERR_NOMEM;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        zone->shifts[i] =
            (struct shift){db_instant(result, (int)i, 0).us, (int32_t)db_int(result, (int)i, 1)};
    zone->days.shift_count = err == ERR_OK ? count : 0;
    zone->days.shifts = zone->shifts;
    db_result_free(result);
    return err;
}

static enum err load_zone(struct db *db, const char *name, struct zone **ret_zone)
{
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        return ERR_NOMEM;
    zone->name = strdup(name);
    enum err err = zone->name == NULL ? ERR_NOMEM : load_days(db, zone);
    if (err == ERR_OK)
        err = load_shifts(db, zone);
    if (err == ERR_OK)
        *ret_zone = zone;
    else
        zone_free(zone);
    return err;
}

static enum err get_zone(struct calendars *calendars, struct db *db, const char *name,
                         const struct zone **ret_zone)
{
    pthread_mutex_lock(&calendars->mutex);
    const struct zone *zone = known_zone(calendars, name);
    pthread_mutex_unlock(&calendars->mutex);
    if (zone == NULL) {
        struct zone *loaded;
        enum err err = load_zone(db, name, &loaded);
        if (err != ERR_OK)
            return err;
        pthread_mutex_lock(&calendars->mutex);
        zone = known_zone(calendars, name); /* another thread may have been faster */
        if (zone == NULL) {
            loaded->next = calendars->zones;
            calendars->zones = loaded;
            zone = loaded;
        } else {
            zone_free(loaded);
        }
        pthread_mutex_unlock(&calendars->mutex);
    }
    *ret_zone = zone;
    return ERR_OK;
}

/* --- what is suspended, and holidays --- */

static const struct suspension *known_suspension(const struct calendars *calendars, int32_t version)
{
    const struct suspension *suspension = calendars->suspensions;
    while (suspension != NULL && suspension->version != version)
        suspension = suspension->next;
    return suspension;
}

static enum err decode_suspension(const char *text, size_t len, struct suspension *suspension)
{
    AUTO_FREE struct calendar_document *document = calloc(1, sizeof *document);
    if (document == NULL)
        return ERR_NOMEM;
    struct faults faults;
    if (calendar_decode(text, len, document, &faults) != ERR_OK)
        return ERR_INTERNAL; /* it was checked when it was stored */
    const struct suspended *suspended = &document->suspended;
    const struct holidays *holidays = &document->holidays;
    suspension->intervals = calloc(suspended->count + 1, sizeof *suspension->intervals);
    suspension->holidays = calloc(holidays->count + 1, sizeof *suspension->holidays);
    if (suspension->intervals == NULL || suspension->holidays == NULL)
        return ERR_NOMEM;
    memcpy(suspension->intervals, suspended->intervals,
           suspended->count * sizeof *suspension->intervals);
    memcpy(suspension->holidays, holidays->days, holidays->count * sizeof *suspension->holidays);
    suspension->count = suspended->count;
    suspension->holiday_count = holidays->count;
    return ERR_OK;
}

static enum err load_suspension(struct db *db, int32_t version, struct suspension **ret_suspension)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, version);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_calendar_get, args, &result);
    if (err != ERR_OK)
        return err;
    struct suspension *suspension = calloc(1, sizeof *suspension);
    if (suspension == NULL)
        err = ERR_NOMEM;
    else if (db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    else
        err = decode_suspension(db_text(result, 0, 0), db_len(result, 0, 0), suspension);
    db_result_free(result);
    if (err != ERR_OK) {
        suspension_free(suspension);
        return err;
    }
    suspension->version = version;
    *ret_suspension = suspension;
    return ERR_OK;
}

/* NULL for version 0: there is none: nothing is suspended, and no day is a holiday. */
static enum err get_suspension(struct calendars *calendars, struct db *db, int32_t version,
                               const struct suspension **ret_suspension)
{
    *ret_suspension = NULL;
    if (version == 0)
        return ERR_OK;
    pthread_mutex_lock(&calendars->mutex);
    const struct suspension *suspension = known_suspension(calendars, version);
    pthread_mutex_unlock(&calendars->mutex);
    if (suspension == NULL) {
        struct suspension *loaded;
        enum err err = load_suspension(db, version, &loaded);
        if (err != ERR_OK)
            return err;
        pthread_mutex_lock(&calendars->mutex);
        suspension = known_suspension(calendars, version);
        if (suspension == NULL) {
            loaded->next = calendars->suspensions;
            calendars->suspensions = loaded;
            suspension = loaded;
        } else {
            suspension_free(loaded);
        }
        pthread_mutex_unlock(&calendars->mutex);
    }
    *ret_suspension = suspension;
    return ERR_OK;
}

/* --- both --- */

/* Under the mutex. */
static const struct calendar *known_calendar(const struct calendars *calendars,
                                             const char *time_zone, int32_t version)
{
    const struct calendar_entry *entry = calendars->entries;
    while (entry != NULL &&
           (entry->version != version || strcmp(entry->zone->name, time_zone) != 0))
        entry = entry->next;
    return entry == NULL ? NULL : &entry->calendar;
}

static enum err add_calendar(struct calendars *calendars, const struct zone *zone, int32_t version,
                             const struct suspension *suspension,
                             const struct calendar **ret_calendar)
{
    enum err err = ERR_OK;
    pthread_mutex_lock(&calendars->mutex);
    const struct calendar *calendar = known_calendar(calendars, zone->name, version);
    if (calendar == NULL) {
        struct calendar_entry *entry = calloc(1, sizeof *entry);
        if (entry == NULL) {
            err = ERR_NOMEM;
        } else {
            *entry = (struct calendar_entry){calendars->entries, zone, version, zone->days};
            if (suspension != NULL) {
                entry->calendar.suspended_count = suspension->count;
                entry->calendar.suspended = suspension->intervals;
                entry->calendar.holiday_count = suspension->holiday_count;
                entry->calendar.holidays = suspension->holidays;
            }
            calendars->entries = entry;
            calendar = &entry->calendar;
        }
    }
    pthread_mutex_unlock(&calendars->mutex);
    if (err == ERR_OK)
        *ret_calendar = calendar;
    return err;
}

enum err calendars_get(struct calendars *calendars, struct db *db, const char *time_zone,
                       int32_t version, const struct calendar **ret_calendar)
{
    pthread_mutex_lock(&calendars->mutex);
    const struct calendar *calendar = known_calendar(calendars, time_zone, version);
    pthread_mutex_unlock(&calendars->mutex);
    if (calendar != NULL) {
        *ret_calendar = calendar;
        return ERR_OK;
    }
    const struct zone *zone;
    const struct suspension *suspension;
    enum err err = get_zone(calendars, db, time_zone, &zone);
    if (err == ERR_OK)
        err = get_suspension(calendars, db, version, &suspension);
    return err == ERR_OK ? add_calendar(calendars, zone, version, suspension, ret_calendar) : err;
}

/* --- what reports excuse --- */

static bool excuses_alike(const struct calendar *calendar, const struct excused *excused)
{
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++) {
        size_t count = excused[what].count;
        if (calendar->excused_count[what] != count)
            return false;
        if (count > 0 && memcmp(calendar->excused[what], excused[what].intervals,
                                count * sizeof(struct interval)) != 0)
            return false;
    }
    return true;
}

static struct excusing_entry *excusing_new(const struct calendar *base,
                                           const struct excused *excused)
{
    size_t total = 0;
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++)
        total += excused[what].count;
    struct excusing_entry *entry = calloc(1, sizeof *entry + total * sizeof(struct interval));
    if (entry == NULL)
        return NULL;
    entry->base = base;
    entry->calendar = *base;
    struct interval *to = entry->intervals;
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++) {
        entry->calendar.excused_count[what] = excused[what].count;
        entry->calendar.excused[what] = to;
        for (size_t i = 0; i < excused[what].count; i++)
            *to++ = excused[what].intervals[i];
    }
    return entry;
}

static struct excusing_entry **excusing_bucket(struct calendars *calendars,
                                               const struct excused *excused)
{
    uint64_t hash = HASH_START;
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++)
        hash = hash_bytes(hash, excused[what].intervals,
                          excused[what].count * sizeof(struct interval));
    return &calendars->excusing[hash % EXCUSING_BUCKETS];
}

/* Nothing is removed: what a store's reports excuse changes with a decision, and each decision
 * leaves some hundred bytes. */
enum err calendars_excusing(struct calendars *calendars, const struct calendar *base,
                            const struct excused excused[static CALENDAR_EXCUSES],
                            const struct calendar **ret_calendar)
{
    if (excuses_alike(base, excused)) {
        *ret_calendar = base; /* as a rule nothing is excused */
        return ERR_OK;
    }
    pthread_mutex_lock(&calendars->mutex);
    struct excusing_entry **bucket = excusing_bucket(calendars, excused), *entry = *bucket;
    while (entry != NULL && (entry->base != base || !excuses_alike(&entry->calendar, excused)))
        entry = entry->next;
    if (entry == NULL) {
        entry = excusing_new(base, excused);
        if (entry != NULL) {
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    pthread_mutex_unlock(&calendars->mutex);
    if (entry == NULL)
        return ERR_NOMEM;
    *ret_calendar = &entry->calendar;
    return ERR_OK;
}
