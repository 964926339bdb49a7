/* Work that only time calls for: once an hour, waiting rows that have come down to zero are
 * removed, and so is what was delivered 30 days ago. */
#ifndef JOBS_HOUSEKEEPING_H
#define JOBS_HOUSEKEEPING_H

#include "base/err.h"

struct housekeeping;

MUST_CHECK enum err housekeeping_start(const char *database_url,
                                       struct housekeeping **ret_housekeeping);
void housekeeping_stop(struct housekeeping *housekeeping);

#endif
