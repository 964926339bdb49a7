/* Query parameters that lists by day share. */
#ifndef API_DAYS_H
#define API_DAYS_H

#include "books/verdicts.h"
#include "call.h"

/* from and to: store-days, both included; all where they are missing. */
MUST_CHECK enum err call_days(struct call *call, struct day_range *ret_days);
/* known_at: an instant that is not in the future; INSTANT_NEVER where it is missing. */
MUST_CHECK enum err call_known_at(struct call *call, struct instant *ret_known_at);

#endif
