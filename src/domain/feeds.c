/* Feeds and their silence: what has not been heard of for too long cannot be told from trouble. */
#include "domain/score.h"

bool feed_is_stale(const struct policy *policy, const struct feeds *feeds, enum feed feed,
                   struct instant t)
{
    if (policy->silent_after_s == 0)
        return false;
    struct instant through = feeds->through[feed];
    if (instant_is_never(through))
        return feed != FEED_TICKETS;
    return t.us - through.us > policy->silent_after_s * US_PER_SECOND;
}

struct instant feeds_next_change(const struct policy *policy, const struct feeds *feeds,
                                 enum feed last, struct instant t)
{
    struct instant next = INSTANT_NEVER;
    for (enum feed feed = FEED_ORDERS; feed <= last; feed++) {
        if (policy->silent_after_s == 0 || instant_is_never(feeds->through[feed]) ||
            feed_is_stale(policy, feeds, feed, t))
            continue;
        int64_t limit = feeds->through[feed].us + policy->silent_after_s * US_PER_SECOND;
        next = instant_min(next, (struct instant){limit + 1});
    }
    return next;
}
