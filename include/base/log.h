/* One JSON object a line on standard error. Only main, http, api (at start), ingest and jobs log;
 * domain, db, json and base return errors. Never bodies, secrets or customer data. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);

/* `message` is a fixed text; the format gives the detail member (may be NULL for none). */
__attribute__((format(printf, 3, 4))) void log_line(enum log_level level, const char *message,
                                                    const char *format, ...);

/* For what may fail many times a second: a line a minute at most. Zero at first. */
struct log_limit {
    _Atomic int64_t next_ms; /* monotonic time of the next line at the earliest */
};

/* Whether a line may be written now; then the minute begins. From any thread: one of them may. */
bool log_limit_allows(struct log_limit *limit);

#endif
