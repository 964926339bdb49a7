/* Which marks are judged when, over changes of a store's zone and policy. */
#include "domain/mark.h"
#include "domain/verdict.h"

static bool find_mark(const struct policy *policy, int32_t hours, size_t *ret_mark)
{
    for (size_t m = 0; m < policy->backlog.mark_count; m++)
        if (policy->backlog.marks[m].hours == hours) {
            *ret_mark = m;
            return true;
        }
    return false;
}

bool eras_due(const struct era *eras, size_t count, int32_t day, int32_t hours, struct due *ret_due)
{
    bool pending = false; /* the era before had it ahead */
    for (size_t i = 0; i < count; i++) {
        size_t mark;
        if (!find_mark(eras[i].policy, hours, &mark)) {
            pending = false;
            continue;
        }
        struct instant at = mark_checkpoint(eras[i].calendar, day, hours);
        if (i > 0 && instant_before(at, eras[i].from)) {
            if (!pending)
                return false;
            at = eras[i].from;
        }
        if (i + 1 == count || instant_before(at, eras[i + 1].from)) {
            *ret_due = (struct due){day, i, mark, at};
            return true;
        }
        pending = true;
    }
    return false;
}

/* Whether an era before this one has the mark, too: then it was walked with that. */
static bool had_mark(const struct era *eras, size_t era, int32_t hours)
{
    size_t mark;
    for (size_t i = 0; i < era; i++)
        if (find_mark(eras[i].policy, hours, &mark))
            return true;
    return false;
}

/* Zones move a checkpoint by a day and a bit at most. */
#define ZONE_DAYS 2

static int32_t clamp(const struct calendar *calendar, int32_t day)
{
    int32_t last = calendar->first_day + (int32_t)calendar->count - 2;
    return day < calendar->first_day ? calendar->first_day : day > last ? last : day;
}

void eras_walk(const struct era *eras, size_t count, struct instant after, struct instant until,
               due_fn *take, void *arg)
{
    for (size_t i = 0; i < count; i++) {
        const struct calendar *calendar = eras[i].calendar;
        for (size_t m = 0; m < eras[i].policy->backlog.mark_count; m++) {
            int32_t hours = eras[i].policy->backlog.marks[m].hours;
            if (had_mark(eras, i, hours))
                continue;
            int32_t first = calendar_day(calendar, instant_add_hours(after, -(int64_t)hours));
            int32_t last = calendar_day(calendar, instant_add_hours(until, -(int64_t)hours));
            first = clamp(calendar, first - ZONE_DAYS);
            last = clamp(calendar, last + ZONE_DAYS);
            for (int32_t day = first; day <= last; day++) {
                struct due due;
                if (eras_due(eras, count, day, hours, &due) && after.us < due.at.us &&
                    due.at.us <= until.us)
                    take(arg, &due);
            }
        }
    }
}

void eras_walk_day(const struct era *eras, size_t count, int32_t day, due_fn *take, void *arg)
{
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < eras[i].policy->backlog.mark_count; m++) {
            int32_t hours = eras[i].policy->backlog.marks[m].hours;
            struct due due;
            if (!had_mark(eras, i, hours) && eras_due(eras, count, day, hours, &due))
                take(arg, &due);
        }
}
