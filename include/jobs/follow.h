/* Stores go on to policy versions that take effect, and to new calendars (books/settings.h): within
 * a second of the clock, one store at a time. Any number of processes may run the job on one
 * database. */
#ifndef JOBS_FOLLOW_H
#define JOBS_FOLLOW_H

#include "base/err.h"

struct follow_job;

/* `moved` is told of each store from the job's thread. */
MUST_CHECK enum err follow_job_start(const char *database_url,
                                     void (*moved)(void *arg, const char *store), void *arg,
                                     struct follow_job **ret_job);
/* There are stores to be moved: look now. From any thread; `job` is a struct follow_job. */
void follow_job_wake(void *job);
/* Gives up the store that is under way: the next process moves it. */
void follow_job_stop(struct follow_job *job);

#endif
