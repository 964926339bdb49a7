#include "domain/mark.h"

struct instant mark_checkpoint(const struct calendar *calendar, int32_t day, int64_t hours)
{
    return instant_add_hours(calendar_end(calendar, day), hours);
}

const char *order_mark_state_name(enum order_mark_state state)
{
    static const char *const names[] = {"pending", "overdue", "collected", "cancelled", "exempt"};
    return names[state];
}

enum order_mark_state order_mark_state(const struct order_view *view, bool exempt,
                                       struct instant deadline, struct instant t)
{
    if (exempt)
        return ORDER_EXEMPT;
    /* At a tie the cancellation precedes. */
    if (view->cancelled.us <= deadline.us && view->cancelled.us <= view->collected.us)
        return ORDER_CANCELLED;
    if (view->collected.us <= deadline.us)
        return ORDER_COLLECTED;
    return deadline.us < t.us ? ORDER_OVERDUE : ORDER_PENDING;
}

bool order_left_open(const struct order_view *view, struct instant looked_at)
{
    return view->collected.us > looked_at.us && view->cancelled.us > looked_at.us;
}
