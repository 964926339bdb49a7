/* Workers that take the items of a list in turn, each with a connection of its own. */
#ifndef JOBS_CREW_H
#define JOBS_CREW_H

#include <stdbool.h>
#include <stddef.h>

#define CREW_MAX 8

struct db;

/* Does item i; false: this worker takes no more. */
typedef bool crew_fn(void *arg, struct db *db, size_t i);

/* Returns when all have ended. The caller's thread is the first worker; where threads are short it
 * may be the only one. At most CREW_MAX connections. */
void crew_run(struct db *const *dbs, size_t worker_count, size_t item_count, crew_fn *work,
              void *arg);

#endif
