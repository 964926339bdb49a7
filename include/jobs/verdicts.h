/* Judges stores (books/verdicts.h): at each checkpoint, after downtime for each that was missed,
 * when the past has changed, and soon after a store's events. Any number of processes may run the
 * job on one database. */
#ifndef JOBS_VERDICTS_H
#define JOBS_VERDICTS_H

#include "base/err.h"

struct verdict_job;

MUST_CHECK enum err verdict_job_start(const char *database_url, struct verdict_job **ret_job);
/* Something of the store changed: look at it soon. From any thread, never blocks for long; `job` is
 * a struct verdict_job. */
void verdict_job_changed(void *job, const char *store);
/* Gives up the stores that are under way: the next process judges them. */
void verdict_job_stop(struct verdict_job *job);

#endif
