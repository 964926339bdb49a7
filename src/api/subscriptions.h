/* What the files about subscriptions share. */
#ifndef API_SUBSCRIPTIONS_H
#define API_SUBSCRIPTIONS_H

#include "call.h"

enum subscription_column {
    SUB_ID,
    SUB_NAME,
    SUB_URL,
    SUB_STORES,
    SUB_TYPES,
    SUB_ACTIVE,
    SUB_REASON,
    SUB_RESTS_UNTIL,
    SUB_OLD_UNTIL,
    SUB_CREATED_BY,
    SUB_CREATED_AT,
};

/* The path's {id}: one row of the columns above. ERR_NOT_FOUND: there is none that the caller may
 * see. A merchant sees what merchants made for no other stores than its own. */
MUST_CHECK enum err call_subscription(struct call *call, struct db_result **ret_row);

#endif
