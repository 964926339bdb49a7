/* Daily snapshots and what is published from them (books/snapshots.h, books/peers.h): soon after a
 * store's midnight, when most of what is due then has been judged (jobs/verdicts.h) or a minute has
 * passed, and after downtime for every day that was missed, the oldest first. Any number of
 * processes may run the job on one database. */
#ifndef JOBS_SNAPSHOTS_H
#define JOBS_SNAPSHOTS_H

#include "base/err.h"

struct snapshot_job;

MUST_CHECK enum err snapshot_job_start(const char *database_url, struct snapshot_job **ret_job);
/* Ends what is under way: a day that was not finished is taken when the job runs again. */
void snapshot_job_stop(struct snapshot_job *job);

#endif
