#include "domain/measure.h"

#include <stdio.h>

#include "domain/mark.h"

static const char *const kind_names[] = {"orders", "within", "duration", "left_open"};
static const char *const milestone_names[] = {"collected", "delivered"};
static const char *const limit_names[] = {"", "hours", "days", "promise"};

bool measure_equal(struct measure a, struct measure b)
{
    return a.kind == b.kind && a.milestone == b.milestone && a.limit == b.limit && a.n == b.n;
}

void measure_format(struct measure measure, char text[static MEASURE_TEXT_SIZE])
{
    switch (measure.kind) {
    case MEASURE_ORDERS:
        snprintf(text, MEASURE_TEXT_SIZE, "orders");
        break;
    case MEASURE_DURATION:
        snprintf(text, MEASURE_TEXT_SIZE, "duration %s", milestone_names[measure.milestone]);
        break;
    case MEASURE_WITHIN:
    case MEASURE_LEFT_OPEN:
        snprintf(text, MEASURE_TEXT_SIZE, "%s %s %s %d", kind_names[measure.kind],
                 milestone_names[measure.milestone], limit_names[measure.limit], (int)measure.n);
        break;
    }
}

struct instant measure_event(struct measure measure, const struct order_view *view)
{
    return measure.milestone == MILESTONE_COLLECTED ? view->collected : view->delivered;
}

struct instant measure_deadline(struct measure measure, const struct calendar *calendar,
                                const struct order_view *view)
{
    switch (measure.limit) {
    case LIMIT_HOURS:
        return instant_add_hours(view->t0, measure.n);
    case LIMIT_PROMISE:
        return view->promise;
    case LIMIT_DAYS:
    case LIMIT_NONE:
        break;
    }
    int32_t last_day = calendar_day(calendar, view->t0) + measure.n;
    return (struct instant){calendar_end(calendar, last_day).us - 1};
}

bool measure_is_pending(struct measure measure, const struct calendar *calendar,
                        const struct order_view *view, struct instant t)
{
    return instant_is_never(measure_event(measure, view)) && instant_is_never(view->cancelled) &&
           t.us <= measure_deadline(measure, calendar, view).us;
}

/* In time: the good event, unless a cancellation in time came first or with it; that takes the
 * order out. */
static struct observation observe_within(struct measure measure, const struct calendar *calendar,
                                         const struct order_view *view)
{
    struct instant deadline = measure_deadline(measure, calendar, view);
    struct instant event = measure_event(measure, view);
    if (view->cancelled.us <= deadline.us && view->cancelled.us <= event.us)
        return (struct observation){.any = false};
    return (struct observation){
        .any = true,
        .day = calendar_day(calendar, view->t0),
        .valid = 1,
        .sum = event.us <= deadline.us,
    };
}

static struct observation observe_duration(struct measure measure, const struct calendar *calendar,
                                           const struct order_view *view)
{
    struct instant event = measure_event(measure, view);
    if (instant_is_never(event) || view->cancelled.us <= event.us)
        return (struct observation){.any = false};
    return (struct observation){
        .any = true,
        .day = calendar_day(calendar, event),
        .valid = 1,
        .sum = (event.us - view->t0.us) / US_PER_SECOND,
    };
}

static struct observation observe_left_open(struct measure measure, const struct calendar *calendar,
                                            const struct order_view *view)
{
    int32_t day = calendar_day(calendar, view->t0);
    struct instant checkpoint = mark_checkpoint(calendar, day, measure.n);
    bool open =
        measure_event(measure, view).us > checkpoint.us && view->cancelled.us > checkpoint.us;
    return (struct observation){.any = open, .day = day, .valid = 1};
}

struct observation observe(struct measure measure, const struct calendar *calendar,
                           const struct order_view *view)
{
    if (!view->counts)
        return (struct observation){.any = false};
    switch (measure.kind) {
    case MEASURE_WITHIN:
        return observe_within(measure, calendar, view);
    case MEASURE_DURATION:
        return observe_duration(measure, calendar, view);
    case MEASURE_LEFT_OPEN:
        return observe_left_open(measure, calendar, view);
    case MEASURE_ORDERS:
        break;
    }
    return (struct observation){.any = true, .day = calendar_day(calendar, view->t0), .valid = 1};
}

struct wait order_wait(enum series series, const struct calendar *calendar,
                       const struct order_view *view)
{
    struct instant event = series == SERIES_DELIVERED ? view->delivered : view->collected;
    if (!view->counts || !instant_is_never(event) || !instant_is_never(view->cancelled))
        return (struct wait){.open = false};
    struct instant start = series == SERIES_COLLECTED_PROMISE ? view->promise : view->t0;
    return (struct wait){
        .open = true, .day = calendar_day(calendar, view->t0), .hour = instant_hour(start)};
}

enum series measure_series(struct measure measure)
{
    if (measure.milestone == MILESTONE_DELIVERED)
        return SERIES_DELIVERED;
    return measure.limit == LIMIT_PROMISE ? SERIES_COLLECTED_PROMISE : SERIES_COLLECTED;
}
