#include "domain/what_if.h"

#include "domain/mark.h"
#include "domain/measure.h"
#include "domain/replay.h"

const char *remedy_name(enum remedy remedy)
{
    return remedy == REMEDY_COLLECT ? "collect" : "exempt";
}

const char *help_result_name(enum help_result result)
{
    static const char *const names[] = {"applied",    "already_collected", "cancelled",
                                        "not_listed", "not_counted",       "too_late",
                                        "not_found",  "already_exempt"};
    return names[result];
}

/* --- one order and one mark --- */

/* A mark of an open order. */
struct standing_mark {
    struct instant deadline;
    struct instant checkpoint;
    bool overdue;
    bool pending; /* its checkpoint is ahead */
};

static struct standing_mark mark_at(const struct question *q, size_t mark, struct instant t0)
{
    int32_t hours = q->policy->backlog.marks[mark].hours;
    struct standing_mark standing = {
        .deadline = instant_add_hours(t0, hours),
        .checkpoint = mark_checkpoint(q->calendar, calendar_day(q->calendar, t0), hours),
    };
    standing.overdue = instant_before(standing.deadline, q->t);
    standing.pending = instant_before(q->t, standing.checkpoint);
    return standing;
}

/* Until when a collection helps, by what the policy calls overdue: at a checkpoint it still does.
 */
static struct instant last_help(const struct question *q, const struct standing_mark *mark)
{
    return q->policy->backlog.lenient ? mark->checkpoint : mark->deadline;
}

static struct instant first_deadline(const struct question *q, const struct help *help,
                                     struct instant t0)
{
    struct instant first = INSTANT_NEVER;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        struct standing_mark mark = mark_at(q, m, t0);
        struct instant last = last_help(q, &mark);
        if (last.us >= help->by.us)
            first = instant_min(first, last);
    }
    return first;
}

/* --- one order --- */

enum help_result help_try(const struct question *q, const struct help *help,
                          const struct order_view *view)
{
    if (!view->placed)
        return HELP_NOT_FOUND;
    if (!view->counts || view->early)
        return HELP_NOT_COUNTED;
    if (view->cancelled.us <= q->t.us && view->cancelled.us <= view->collected.us)
        return HELP_CANCELLED;
    if (view->collected.us <= q->t.us)
        return HELP_ALREADY_COLLECTED;
    if (order_is_exempt(view, q->calendar))
        return HELP_ALREADY_EXEMPT;
    int32_t day = calendar_day(q->calendar, view->t0);
    if (day < help->first_day || day > help->last_day)
        return HELP_NOT_LISTED;
    if (help->remedy == REMEDY_COLLECT && instant_is_never(first_deadline(q, help, view->t0)))
        return HELP_TOO_LATE;
    return HELP_APPLIED;
}

struct help_worth help_worth(const struct question *q, const struct help *help, struct instant t0)
{
    if (help->remedy == REMEDY_COLLECT)
        return (struct help_worth){0, first_deadline(q, help, t0).us};
    struct help_worth worth = {2, t0.us};
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        struct standing_mark mark = mark_at(q, m, t0);
        if (mark.overdue)
            worth.class = mark.pending ? 0 : 1; /* behind a pending mark all are pending */
    }
    return worth;
}

int help_worth_compare(const struct help_worth *a, const struct help_worth *b)
{
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void collect(const struct question *q, const struct standing_mark *mark, struct instant by,
                    struct cohort_mark *counts)
{
    if (!mark->overdue && by.us <= last_help(q, mark).us)
        counts->at_risk--;
    if (mark->overdue && by.us <= mark->checkpoint.us)
        counts->still_open--;
}

void help_apply(const struct question *q, const struct help *help, const struct order_view *view,
                struct backlog_reading *reading)
{
    if (help->remedy == REMEDY_EXEMPT) {
        replay_backlog_excuse(q, view, reading);
        return;
    }
    int32_t day = calendar_day(q->calendar, view->t0);
    struct cohort *cohort = &reading->cohorts[day - reading->cohorts[0].day];
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        struct standing_mark mark = mark_at(q, m, view->t0);
        collect(q, &mark, help->by, &cohort->marks[m]);
    }
}

/* --- if nothing more is collected --- */

/* The same orders, with all that is at risk overdue, seen from the mark's checkpoint. */
enum mark_state worst_state(const struct question *q, size_t mark,
                            const struct backlog_reading *reading, const struct cohort *cohort,
                            const struct mark_verdict *verdict)
{
    if (verdict->state != MARK_PENDING)
        return verdict->state;
    struct question then = *q;
    struct cohort worst = *cohort;
    struct cohort_mark *counts = &worst.marks[mark];
    then.t = verdict->checkpoint;
    counts->overdue += counts->at_risk;
    counts->still_open += counts->at_risk;
    counts->at_risk = 0;
    return mark_assess(&then, mark, reading, &worst).state;
}

enum backlog_level worst_level(const struct question *q, const struct backlog_reading *reading,
                               const struct backlog *backlog)
{
    const struct cohort *listed = reading_listed(reading);
    enum backlog_level level = backlog->level;
    for (size_t c = 0; c < COHORTS_LISTED; c++)
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            const struct mark_verdict *verdict = &backlog->cohorts[c].marks[m];
            const struct mark *mark = &q->policy->backlog.marks[m];
            if (verdict->state == MARK_PENDING && mark->level > level &&
                mark_is_hit(worst_state(q, m, reading, &listed[c], verdict)))
                level = mark->level;
        }
    return level;
}
