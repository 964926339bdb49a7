/* Waiting orders: which ones, and by which hour they are counted. */
#include "domain/measure.h"

bool series_by_mark(enum series series)
{
    switch (series) {
    case SERIES_COLLECTED_PROMISE:
    case SERIES_SHIPPED_PROMISE:
    case SERIES_DELIVERED_DELIVER_BY:
        return true;
    case SERIES_COLLECTED:
    case SERIES_DELIVERED:
    case SERIES_SHIPPED:
        break;
    }
    return false;
}

enum milestone series_milestone(enum series series)
{
    switch (series) {
    case SERIES_DELIVERED:
    case SERIES_DELIVERED_DELIVER_BY:
        return MILESTONE_DELIVERED;
    case SERIES_SHIPPED:
    case SERIES_SHIPPED_PROMISE:
        return MILESTONE_SHIPPED;
    case SERIES_COLLECTED:
    case SERIES_COLLECTED_PROMISE:
        break;
    }
    return MILESTONE_COLLECTED;
}

static struct instant series_mark(enum series series, const struct order_view *view)
{
    if (series == SERIES_DELIVERED_DELIVER_BY)
        return view->deliver_by;
    return series_by_mark(series) ? view->promise : view->t0;
}

static struct instant awaited(enum series series, const struct order_view *view)
{
    enum milestone milestone = series_milestone(series);
    if (milestone == MILESTONE_DELIVERED)
        return view->delivered;
    return milestone == MILESTONE_SHIPPED ? view->shipped : view->collected;
}

struct wait order_wait(enum series series, const struct calendar *calendar,
                       const struct order_view *view)
{
    if (!view->counts || order_is_exempt(view, calendar) ||
        !instant_is_never(awaited(series, view)) || !instant_is_never(view->cancelled))
        return (struct wait){.open = false};
    struct instant mark = series_mark(series, view);
    if (instant_is_never(mark)) /* no delivery date was promised */
        return (struct wait){.open = false};
    return (struct wait){
        .open = true,
        .suspended = calendar_is_suspended(calendar, view->t0),
        .day = calendar_day(calendar, view->t0),
        .hour = instant_hour(mark),
        .mark = mark,
    };
}

enum series measure_series(const struct measure *measure)
{
    if (measure->limit == LIMIT_DELIVER_BY)
        return SERIES_DELIVERED_DELIVER_BY;
    if (measure->milestone == MILESTONE_DELIVERED)
        return SERIES_DELIVERED;
    bool promise = measure->limit == LIMIT_PROMISE;
    if (measure->milestone == MILESTONE_SHIPPED)
        return promise ? SERIES_SHIPPED_PROMISE : SERIES_SHIPPED;
    return promise ? SERIES_COLLECTED_PROMISE : SERIES_COLLECTED;
}
