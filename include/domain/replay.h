/* The slow path: readings from the entities themselves, one by one, for any instant. It shares
 * nothing with the fast path above observe(). */
#ifndef DOMAIN_REPLAY_H
#define DOMAIN_REPLAY_H

#include "domain/reading.h"

/* Starts a reading at zero. backlog: `cohorts` has room for `cohort_count` days ending with
 * today. */
void replay_score_begin(struct score_reading *reading);
void replay_backlog_begin(const struct question *q, struct cohort *cohorts, size_t cohort_count,
                          struct backlog_reading *reading);

/* Adds one entity as it is at q->t (view read at q->t, neighbours' members set). Every one that
 * could matter has to be added exactly once; others do no harm. */
void replay_score_add(const struct question *q, const struct view *view,
                      struct score_reading *reading);
/* The same, but windows begin as if today were `first_today` (they end as ever): without what has
 * left them by that day. */
void replay_score_add_since(const struct question *q, int32_t first_today, const struct view *view,
                            struct score_reading *reading);
void replay_backlog_add(const struct question *q, const struct order_view *view,
                        struct backlog_reading *reading);
/* Makes an order of the reading that was not exempt exempt: what an approval would do. */
void replay_backlog_excuse(const struct question *q, const struct order_view *view,
                           struct backlog_reading *reading);

#endif
