/* The life of one request: head checks, route, key, body, answer. Whatever may block runs on
 * workers while the connection is suspended. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stddef.h>

#include <microhttpd.h>

struct deadline;
struct exchange;
struct exchanges;

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
