/* Sends notifications to those who subscribed to them: at least once each, with the same webhook-id
 * every time, whatever dies in between. Any number of processes may run the job on one database. */
#ifndef JOBS_DELIVER_H
#define JOBS_DELIVER_H

#include <stdbool.h>

#include "base/err.h"

struct deliver_job;

struct deliver_config {
    const char *database_url;
    bool private_allowed;     /* receivers at addresses that are not public */
    unsigned backoff_divisor; /* 1; more shortens the waits between attempts, for tests */
};

MUST_CHECK enum err deliver_job_start(const struct deliver_config *config,
                                      struct deliver_job **ret_job);
/* Gives what is under way two seconds; what is not answered by then is sent again by the next
 * process. */
void deliver_job_stop(struct deliver_job *job);

#endif
