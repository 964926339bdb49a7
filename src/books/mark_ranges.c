#include "mark_ranges.h"

struct left_out {
    size_t count;
    const struct interval *intervals; /* ascending, apart */
};

/* Adds the parts of a range that lie outside all intervals of the lists. */
static void add_outside(struct mark_ranges *ranges, struct mark_range range,
                        const struct left_out *lists, size_t list_count)
{
    if (list_count == 0) {
        ranges->items[ranges->count++] = range;
        return;
    }
    for (size_t i = 0; i < lists->count; i++) {
        struct interval interval = lists->intervals[i];
        if (interval.to <= range.from.us || interval.from > range.to.us)
            continue;
        if (interval.from > range.from.us) {
            struct mark_range before = range;
            before.to = (struct instant){interval.from - 1};
            add_outside(ranges, before, lists + 1, list_count - 1);
        }
        range.from = (struct instant){interval.to};
    }
    if (range.from.us <= range.to.us)
        add_outside(ranges, range, lists + 1, list_count - 1);
}

/* Without what the store's reports excuse, and without the suspended intervals when the measure
 * leaves those out. */
static void add_range(struct mark_ranges *ranges, const struct question *q,
                      const struct measure *measure, struct window window)
{
    const struct calendar *calendar = q->calendar;
    const struct left_out lists[] = {
        {calendar->excused_count[EXCUSED_ORDERS], calendar->excused[EXCUSED_ORDERS]},
        {calendar->suspended_count, calendar->suspended},
    };
    struct mark_range range = {
        .series = measure_series(measure),
        .hours = measure->limit == LIMIT_HOURS ? measure->n : 0,
        .from = calendar_start(calendar, window.first_day),
        .to = instant_min(q->t, (struct instant){calendar_end(calendar, window.last_day).us - 1}),
    };
    if (measure->limit == LIMIT_HOURS)
        range.from = instant_max(range.from, instant_add_hours(q->t, -(int64_t)measure->n));
    add_outside(ranges, range, lists, measure->suspends ? 2 : 1);
}

static bool has_mark(const struct measure *measure)
{
    return measure->kind == MEASURE_WITHIN && measure->of == ENTITY_ORDER &&
           measure->limit != LIMIT_DAYS;
}

/* Room for every metric, or every mark, cut by every interval that is left out. */
static enum err ranges_init(struct mark_ranges *ranges, const struct question *q,
                            struct arena *arena)
{
    size_t cuts = q->calendar->suspended_count + q->calendar->excused_count[EXCUSED_ORDERS];
    size_t most = (POLICY_METRICS_MAX + POLICY_MARKS_MAX) * (cuts + 1);
    ranges->count = 0;
    ranges->items = arena_alloc(arena, most * sizeof *ranges->items);
    return ranges->items == NULL ? ERR_NOMEM : ERR_OK;
}

enum err mark_ranges_of_score(const struct question *q, struct arena *arena,
                              struct mark_ranges *ret_ranges)
{
    enum err err = ranges_init(ret_ranges, q, arena);
    int32_t today = calendar_day(q->calendar, q->t);
    for (size_t i = 0; err == ERR_OK && i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        if (has_mark(&metric->measure))
            add_range(ret_ranges, q, &metric->measure,
                      window_of(q->basis, today, metric->window_days));
    }
    return err;
}

enum err mark_ranges_of_backlog(const struct question *q, struct arena *arena,
                                struct mark_ranges *ret_ranges)
{
    enum err err = ranges_init(ret_ranges, q, arena);
    int32_t today = calendar_day(q->calendar, q->t);
    struct window listed = {today - COHORTS_LISTED + 1, today};
    for (size_t i = 0; err == ERR_OK && i < q->policy->backlog.mark_count; i++) {
        struct measure measure = mark_measure(&q->policy->backlog.marks[i]);
        add_range(ret_ranges, q, &measure, listed);
    }
    return err;
}
