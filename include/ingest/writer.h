/* The writer: takes everything queued, commits it in one transaction, then answers (group
 * commit). */
#ifndef INGEST_WRITER_H
#define INGEST_WRITER_H

#include "base/err.h"

struct queue;
struct rules;
struct writer;

/* After a commit: the stores that changed, so that their snapshots can be dropped. Called before
 * the submissions' done. */
typedef void writer_changed_fn(void *arg, const char *store);

/* Starts the writer's thread; it connects by itself and reconnects when it has to. */
MUST_CHECK enum err writer_start(const char *database_url, struct queue *queue, struct rules *rules,
                                 writer_changed_fn *changed, void *changed_arg,
                                 struct writer **ret_writer);
/* Closes the queue, commits what it holds, ends the thread, frees. */
void writer_stop(struct writer *writer);

#endif
