/* The life of one request: head checks, route, key, body, answer. Whatever may block runs on
 * workers while the connection is suspended. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct api;
struct deadline;
struct exchange;
struct workers;

/* What the exchanges of a server share. */
struct exchanges {
    struct api *api;
    struct workers *normal;
    struct workers *slow;
    atomic_bool draining; /* answers close their connection */
    atomic_bool stopping; /* nothing is begun or waited for any more */
    pthread_mutex_t lock; /* over the list */
    pthread_cond_t none_left;
    struct exchange *first;
};

void exchanges_init(struct exchanges *all, struct api *api);
void exchanges_done(struct exchanges *all);
/* Waits until no request runs; false when that took longer than `timeout_ms`. */
bool exchanges_wait_none(struct exchanges *all, int timeout_ms);
/* Wakes every request that waits; with `stopping` set none will wait again. */
void exchanges_wake_all(struct exchanges *all);

/* A request line has come in. `deadline` is the connection's, may be NULL. NULL: no memory. */
struct exchange *exchange_new(struct exchanges *all, struct MHD_Connection *connection,
                              struct deadline *deadline, const char *raw_target);
/* libmicrohttpd's access handler for this request, with its arguments; called as often as it likes.
 */
enum MHD_Result exchange_run(struct exchange *x, const char *method, const char *version,
                             const char *data, size_t *data_len);
/* The request is over, one way or another: logs and frees. */
void exchange_end(struct exchange *x, enum MHD_RequestTerminationCode how);

#endif
