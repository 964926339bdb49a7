#include "books/standings.h"

#include "books/census.h"

struct taking {
    const struct question *q;
    const struct metric *metric;
    struct instant from; /* of the window */
    const struct census_item *item;
    standings_fn *take;
    void *arg;
    enum err err; /* of `take` */
};

/* Whether something is known of it, at q->t, since the window began. That is decided by nothing
 * later than q->t, so that a past answer stays what it is, and only of what every census has. */
static bool is_heard_of(const struct taking *taking)
{
    const struct view *view = &taking->item->view;
    if (view->entity == ENTITY_ORDER) {
        if (!view->order.counts || view->order.early)
            return false;
        if (view->order.t0.us >= taking->from.us)
            return true;
    }
    const struct facts *facts = taking->item->facts;
    for (size_t i = facts->count; i > 0 && facts->items[i - 1].at.us >= taking->from.us; i--)
        if (fact_visible(&facts->items[i - 1], taking->q->t))
            return true;
    return false;
}

static void pass_on(void *arg, const struct standing *standing)
{
    struct taking *taking = arg;
    if (taking->err == ERR_OK && (standing->counts != COUNTS_OUT || is_heard_of(taking)))
        taking->err =
            taking->take(taking->arg, taking->item->view.entity, taking->item->id, standing);
}

static enum err take_item(void *arg, const struct census_item *item)
{
    struct taking *taking = arg;
    taking->item = item;
    standing_of(taking->q, taking->metric, &item->view, pass_on, taking);
    return taking->err;
}

enum err standings_take(struct db *db, const char *store, const struct question *q,
                        const struct metric *metric, standings_fn *take, void *arg)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct window window = window_of(q->basis, today, metric->window_days);
    struct taking taking = {
        .q = q,
        .metric = metric,
        .from = calendar_start(q->calendar, window.first_day),
        .take = take,
        .arg = arg,
        .err = ERR_OK,
    };
    struct census census = {
        .store = store,
        .t = q->t,
        .from = taking.from,
        .day_end = calendar_end(q->calendar, today),
    };
    census_for(&metric->measure, 1, &census);
    if (metric->has_per)
        census_for(&metric->per, 1, &census);
    return census_take(db, &census, take_item, &taking);
}

void standing_count(const struct metric *metric, const struct standing *standing,
                    struct reading *reading)
{
    switch (standing->counts) {
    case COUNTS_GOOD:
    case COUNTS_NOT_GOOD:
        if (standing->per)
            reading->valid += standing->amount;
        else
            reading->sum += standing->amount;
        reading->valid += !metric->has_per;
        break;
    case COUNTS_PENDING:
        reading->pending++;
        break;
    case COUNTS_OUT:
        break;
    }
}
