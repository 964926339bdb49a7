#include "domain/measure.h"

#include "domain/mark.h"

#define HOURS_PER_DAY 24

/* --- limits --- */

/* What a limit looks at: the same for orders and tickets. */
struct course {
    struct instant start;
    struct instant milestone;
    struct instant cancelled;
    struct instant stated; /* the date that was promised */
};

static struct instant order_milestone(const struct order_view *view, enum milestone milestone)
{
    switch (milestone) {
    case MILESTONE_COLLECTED:
        return view->collected;
    case MILESTONE_DELIVERED:
        return view->delivered;
    case MILESTONE_SHIPPED:
        return view->shipped;
    case MILESTONE_OPENED:
    case MILESTONE_REPLIED:
    case MILESTONE_AUDITED:
    case MILESTONE_HANDLED:
    case MILESTONE_RULED:
        break;
    }
    return INSTANT_NEVER;
}

static struct course order_course(const struct measure *measure, const struct order_view *view)
{
    return (struct course){
        .start = view->t0,
        .milestone = order_milestone(view, measure->milestone),
        .cancelled = view->cancelled,
        .stated = measure->limit == LIMIT_DELIVER_BY ? view->deliver_by : view->promise,
    };
}

static struct course ticket_course(const struct measure *measure, const struct ticket_view *view)
{
    struct course course = {
        .start = view->opened,
        .milestone = INSTANT_NEVER,
        .cancelled = view->closing == CLOSE_CANCELLED ? view->closed : INSTANT_NEVER,
        .stated = INSTANT_NEVER,
    };
    if (measure->milestone == MILESTONE_REPLIED)
        course.milestone = view->replied;
    else if (measure->milestone == MILESTONE_AUDITED)
        course.milestone = view->audited;
    return course;
}

static struct course course_of(const struct measure *measure, const struct view *view)
{
    return view->entity == ENTITY_TICKET ? ticket_course(measure, &view->ticket)
                                         : order_course(measure, &view->order);
}

static struct instant deadline_of(const struct measure *measure, const struct calendar *calendar,
                                  const struct course *course)
{
    switch (measure->limit) {
    case LIMIT_HOURS:
        return instant_add_hours(course->start, measure->n);
    case LIMIT_SECONDS:
        return (struct instant){course->start.us + measure->n * US_PER_SECOND};
    case LIMIT_DAYS: {
        int32_t last_day = calendar_day(calendar, course->start) + measure->n;
        return (struct instant){calendar_end(calendar, last_day).us - 1};
    }
    case LIMIT_PROMISE:
    case LIMIT_DELIVER_BY:
        return course->stated;
    case LIMIT_NONE:
        break;
    }
    return INSTANT_NEVER;
}

struct instant measure_deadline(const struct measure *measure, const struct calendar *calendar,
                                const struct view *view)
{
    struct course course = course_of(measure, view);
    return deadline_of(measure, calendar, &course);
}

struct instant measure_event(const struct measure *measure, const struct view *view)
{
    return course_of(measure, view).milestone;
}

bool measure_is_pending(const struct measure *measure, const struct calendar *calendar,
                        const struct view *view, struct instant t)
{
    struct course course = course_of(measure, view);
    return instant_is_never(course.milestone) && instant_is_never(course.cancelled) &&
           t.us <= deadline_of(measure, calendar, &course).us;
}

/* --- giving observations --- */

struct sink {
    const struct measure *measure;
    const struct calendar *calendar;
    observe_fn *take;
    void *arg;
};

static void give(const struct sink *sink, struct instant at, int64_t sum)
{
    if (sink->measure->suspends && calendar_is_suspended(sink->calendar, at))
        return;
    const struct observation observation = {
        .at = at, .day = calendar_day(sink->calendar, at), .valid = 1, .sum = sum};
    sink->take(sink->arg, &observation);
}

static int64_t whole_seconds(struct instant from, struct instant to)
{
    return (to.us - from.us) / US_PER_SECOND;
}

/* In time: the milestone, unless a cancellation in time came first or with it; that takes the
 * entity out. */
static void give_within(const struct sink *sink, const struct course *course)
{
    struct instant deadline = deadline_of(sink->measure, sink->calendar, course);
    if (instant_is_never(deadline)) /* none was promised */
        return;
    if (course->cancelled.us <= deadline.us && course->cancelled.us <= course->milestone.us)
        return;
    give(sink, course->start, course->milestone.us <= deadline.us);
}

/* Whether it got there at all, and was not cancelled at or before that. */
static bool reached(const struct course *course)
{
    return !instant_is_never(course->milestone) && course->cancelled.us > course->milestone.us;
}

bool order_is_exempt(const struct order_view *view, const struct calendar *calendar)
{
    return view->exemption != NULL || calendar_is_excused(calendar, EXCUSED_ORDERS, view->t0);
}

bool ticket_is_excused(const struct ticket_view *view, const struct calendar *calendar)
{
    return view->excuse != NULL || (ticket_may_be_excused(view->kind) &&
                                    calendar_is_excused(calendar, EXCUSED_TICKETS, view->opened));
}

static bool has_stars(const struct measure *measure, int32_t stars)
{
    return stars >= measure->low && stars <= measure->high;
}

/* --- orders --- */

static void give_left_open(const struct sink *sink, const struct course *course)
{
    int32_t day = calendar_day(sink->calendar, course->start);
    struct instant checkpoint = mark_checkpoint(sink->calendar, day, sink->measure->n);
    if (course->milestone.us > checkpoint.us && course->cancelled.us > checkpoint.us)
        give(sink, course->start, 0);
}

/* Cancelled by the seller's side before it went out; at a tie the cancellation precedes. */
static bool let_down(const struct order_view *view)
{
    return !instant_is_never(view->cancelled) && view->cancelled_by != ACTOR_BUYER &&
           view->cancelled.us <= view->shipped.us && view->cancelled.us <= view->collected.us;
}

static void give_order_that(const struct sink *sink, const struct order_view *view)
{
    switch (sink->measure->test) {
    case TEST_DEFECT:
        give(sink, view->t0, (view->defects & sink->measure->defects) != 0);
        break;
    case TEST_CANCELLED:
        give(sink, view->t0, let_down(view));
        break;
    case TEST_TRACKED:
        if (!instant_is_never(view->shipped))
            give(sink, view->shipped, view->tracked && !instant_is_never(view->collected));
        break;
    case TEST_NONE:
    case TEST_NOT_ESCALATED:
    case TEST_NOT_TIMED_OUT:
        break;
    }
}

void observe_order(const struct measure *measure, const struct calendar *calendar,
                   const struct order_view *view, observe_fn *take, void *arg)
{
    if (measure->of != ENTITY_ORDER || !view->counts)
        return;
    const struct sink sink = {measure, calendar, take, arg};
    const struct course course = order_course(measure, view);
    switch (measure->kind) {
    case MEASURE_ORDERS:
        give(&sink, view->t0, 0);
        break;
    case MEASURE_UNITS:
        if (reached(&course))
            give(&sink, course.milestone, view->units);
        break;
    case MEASURE_WITHIN:
        if (!order_is_exempt(view, calendar))
            give_within(&sink, &course);
        break;
    case MEASURE_DURATION:
        if (reached(&course))
            give(&sink, course.milestone, whole_seconds(course.start, course.milestone));
        break;
    case MEASURE_LEFT_OPEN:
        if (!order_is_exempt(view, calendar))
            give_left_open(&sink, &course);
        break;
    case MEASURE_EXEMPT:
        if (order_is_exempt(view, calendar))
            give(&sink, view->t0, 0);
        break;
    case MEASURE_ORDERS_THAT:
        give_order_that(&sink, view);
        break;
    case MEASURE_TICKETS:
    case MEASURE_RATED:
    case MEASURE_STARS:
    case MEASURE_CLOSED_THAT:
    case MEASURE_RESPONSES:
        break;
    }
}

/* --- tickets --- */

static bool is_at_night(const struct measure *measure, int32_t minute)
{
    if (measure->night_from <= measure->night_to)
        return minute >= measure->night_from && minute < measure->night_to;
    return minute >= measure->night_from || minute < measure->night_to;
}

static bool looks_at(const struct measure *measure, const struct calendar *calendar,
                     const struct ticket_view *view)
{
    if (measure->of != ENTITY_TICKET || !view->opened_known)
        return false;
    if ((measure->tickets & 1U << view->kind) == 0)
        return false;
    if (measure->no_left_message && view->left_message)
        return false;
    if (measure->no_recontact && view->recontact)
        return false;
    return measure->night_from == measure->night_to ||
           !is_at_night(measure, calendar_minute(calendar, view->opened));
}

static void give_handled(const struct sink *sink, const struct ticket_view *view)
{
    struct instant end;
    int64_t us;
    if (!ticket_handled(view, &end, &us))
        return;
    int32_t days = sink->measure->n;
    if (days > 0 && end.us > instant_add_hours(view->opened, (int64_t)days * HOURS_PER_DAY).us)
        return;
    give(sink, end, us / US_PER_SECOND);
}

static void give_ticket(const struct sink *sink, const struct ticket_view *view)
{
    if (sink->measure->milestone == MILESTONE_OPENED)
        give(sink, view->opened, 0);
    else if (sink->measure->milestone == MILESTONE_RULED && ticket_is_lost_dispute(view))
        give(sink, view->ruled, 0);
}

static void give_closed_that(const struct sink *sink, const struct ticket_view *view)
{
    if (instant_is_never(view->closed))
        return;
    if (sink->measure->test == TEST_NOT_ESCALATED)
        give(sink, view->closed, instant_is_never(view->escalated));
    else if (sink->measure->test == TEST_NOT_TIMED_OUT)
        give(sink, view->closed, instant_is_never(view->timed_out));
}

static void give_response(void *arg, struct instant asked, struct instant replied)
{
    give(arg, replied, whole_seconds(asked, replied));
}

void observe_ticket(const struct measure *measure, const struct calendar *calendar,
                    const struct ticket_view *view, observe_fn *take, void *arg)
{
    if (!looks_at(measure, calendar, view))
        return;
    struct sink sink = {measure, calendar, take, arg};
    const struct course course = ticket_course(measure, view);
    switch (measure->kind) {
    case MEASURE_WITHIN:
        if (!ticket_is_excused(view, calendar))
            give_within(&sink, &course);
        break;
    case MEASURE_DURATION:
        if (!ticket_is_excused(view, calendar))
            give_handled(&sink, view);
        break;
    case MEASURE_TICKETS:
        give_ticket(&sink, view);
        break;
    case MEASURE_RATED:
        if (!instant_is_never(view->rated))
            give(&sink, view->rated, has_stars(measure, view->stars));
        break;
    case MEASURE_CLOSED_THAT:
        give_closed_that(&sink, view);
        break;
    case MEASURE_RESPONSES:
        ticket_responses(view, give_response, &sink);
        break;
    case MEASURE_ORDERS:
    case MEASURE_UNITS:
    case MEASURE_LEFT_OPEN:
    case MEASURE_ORDERS_THAT:
    case MEASURE_STARS:
    case MEASURE_EXEMPT:
        break;
    }
}

/* --- reviews --- */

void observe_review(const struct measure *measure, const struct calendar *calendar,
                    const struct review_view *view, observe_fn *take, void *arg)
{
    if (measure->of != ENTITY_REVIEW || !view->active || view->crowded_out)
        return;
    int32_t stars = view->stars[measure->aspect];
    if (stars == 0)
        return;
    const struct sink sink = {measure, calendar, take, arg};
    if (measure->kind == MEASURE_RATED)
        give(&sink, view->at, has_stars(measure, stars));
    else if (measure->kind == MEASURE_STARS)
        give(&sink, view->at, stars);
}

void observe(const struct measure *measure, const struct calendar *calendar,
             const struct view *view, observe_fn *take, void *arg)
{
    switch (view->entity) {
    case ENTITY_ORDER:
        observe_order(measure, calendar, &view->order, take, arg);
        break;
    case ENTITY_TICKET:
        observe_ticket(measure, calendar, &view->ticket, take, arg);
        break;
    case ENTITY_REVIEW:
        observe_review(measure, calendar, &view->review, take, arg);
        break;
    case ENTITY_REPORT:
        break;
    }
}
