#include "json/calendar.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "domain/limits.h"
#include "json/canonical.h"
#include "json/parse.h"
#include "json/section.h"

#define NAME_MAX_BYTES 200

/* The years of events. */
#define FIRST_YEAR 2000
#define LAST_YEAR 2100
#define DAYS_MAX ((LAST_YEAR - FIRST_YEAR + 1) * 366)

/* --- members --- */

static void check_name(const struct section *section)
{
    json_t *name = member(section->object, "name");
    if (name != NULL && (!json_is_string(name) || json_string_length(name) > NAME_MAX_BYTES))
        section_fault(section, "name", "must be a string of at most %d bytes", NAME_MAX_BYTES);
}

static bool read_instant(const struct section *section, const char *name, struct instant *ret_t)
{
    json_t *value = member(section->object, name);
    const char *text = json_string_value(value), *why = "must be an RFC 3339 instant";
    if (value == NULL)
        section_fault(section, name, "is required");
    else if (text == NULL || instant_parse(text, json_string_length(value), ret_t, &why) != ERR_OK)
        section_fault(section, name, "%s", why);
    else
        return true;
    return false;
}

static bool read_date(const struct section *section, const char *name, int32_t *ret_day)
{
    json_t *value = member(section->object, name);
    const char *text = json_string_value(value);
    if (value == NULL)
        section_fault(section, name, "is required");
    else if (text == NULL || date_parse(text, json_string_length(value), ret_day) != ERR_OK ||
             *ret_day < date_from_civil(FIRST_YEAR, 1, 1) ||
             *ret_day > date_from_civil(LAST_YEAR, 12, 31))
        section_fault(section, name, "must be a date YYYY-MM-DD of the years %d to %d", FIRST_YEAR,
                      LAST_YEAR);
    else
        return true;
    return false;
}

/* --- suspended --- */

static void read_suspended(const struct section *root, struct suspended *suspended)
{
    static const char *const known[] = {"from", "to", "name", NULL};
    size_t count = section_array(root, "suspended", 0, CALENDAR_SUSPENDED_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        struct instant from, to;
        if (!section_element(root, "suspended", i, &element))
            continue;
        section_check_members(&element, known);
        check_name(&element);
        bool has_from = read_instant(&element, "from", &from);
        bool has_to = read_instant(&element, "to", &to);
        if (!has_from || !has_to)
            continue;
        if (from.us < to.us)
            suspended->intervals[suspended->count++] = (struct interval){from.us, to.us};
        else
            section_fault(&element, "to", "must be later than from");
    }
}

static int by_from(const void *a, const void *b)
{
    int64_t x = ((const struct interval *)a)->from, y = ((const struct interval *)b)->from;
    return (x > y) - (x < y);
}

/* One interval for those that overlap or touch. */
static void unite(struct suspended *suspended)
{
    struct interval *intervals = suspended->intervals;
    size_t count = 0;
    qsort(intervals, suspended->count, sizeof *intervals, by_from);
    for (size_t i = 0; i < suspended->count; i++) {
        if (count == 0 || intervals[count - 1].to < intervals[i].from)
            intervals[count++] = intervals[i];
        else if (intervals[count - 1].to < intervals[i].to)
            intervals[count - 1].to = intervals[i].to;
    }
    suspended->count = count;
}

/* --- holidays --- */

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void read_holidays(const struct section *root, struct holidays *holidays)
{
    static const char *const known[] = {"date", "name", NULL};
    uint8_t taken[DAYS_MAX / CHAR_BIT + 1] = {0};
    int32_t first_day = date_from_civil(FIRST_YEAR, 1, 1);
    size_t count = section_array(root, "holidays", 0, CALENDAR_HOLIDAYS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        int32_t day;
        if (!section_element(root, "holidays", i, &element))
            continue;
        section_check_members(&element, known);
        check_name(&element);
        if (!read_date(&element, "date", &day))
            continue;
        unsigned place = (unsigned)(day - first_day), bit = 1U << place % CHAR_BIT;
        if ((taken[place / CHAR_BIT] & bit) != 0)
            section_fault(&element, "date", "stands there twice");
        taken[place / CHAR_BIT] |= (uint8_t)bit;
        holidays->days[holidays->count++] = day;
    }
    qsort(holidays->days, holidays->count, sizeof *holidays->days, by_day);
}

/* --- the document --- */

enum err calendar_decode(const char *text, size_t len, struct calendar_document *ret_document,
                         struct faults *reterr_faults)
{
    static const char *const known[] = {"suspended", "holidays", "version", "tallied", NULL};
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_document(text, len, CALENDAR_MAX_BYTES, &json, &reterr_faults->items[0]);
    reterr_faults->count = err == ERR_OK ? 0 : 1;
    if (err != ERR_OK)
        return err;
    struct section root = {.faults = reterr_faults, .object = json};
    ret_document->suspended.count = 0;
    ret_document->holidays.count = 0;
    section_check_members(&root, known);
    read_suspended(&root, &ret_document->suspended);
    read_holidays(&root, &ret_document->holidays);
    unite(&ret_document->suspended);
    return reterr_faults->count > 0 ? ERR_INVALID : ERR_OK;
}

/* An absent list is an empty one. */
static enum err fill_in(json_t *json, const char *name)
{
    if (member(json, name) != NULL)
        return ERR_OK;
    return json_object_set_new(json, name, json_array()) == 0 ? ERR_OK : ERR_NOMEM;
}

enum err calendar_canonical(const char *text, size_t len, struct buf *ret_canonical)
{
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    enum err err = parse_document(text, len, CALENDAR_MAX_BYTES, &json, &fault);
    if (err != ERR_OK)
        return err;
    (void)json_object_del(json, "version");
    (void)json_object_del(json, "tallied");
    err = fill_in(json, "suspended");
    if (err == ERR_OK)
        err = fill_in(json, "holidays");
    return err == ERR_OK ? canonical_put_members(ret_canonical, json) : err;
}
