/* Puts an api_response on the wire. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>

#include <microhttpd.h>

struct api_response;

struct reply_options {
    const char *request_id;
    bool close;    /* the connection ends with this answer */
    bool no_store; /* unless the response says how it may be cached */
};

/* Queues the response and takes the body's memory out of it. MHD_NO when there is no memory or
 * libmicrohttpd takes no answer now. */
enum MHD_Result reply_queue(struct MHD_Connection *connection, struct api_response *res,
                            const struct reply_options *options);

/* Queues the head, and reads the body through `read` until it says that it is over; it may suspend
 * the connection. */
enum MHD_Result reply_queue_stream(struct MHD_Connection *connection,
                                   const struct api_response *res,
                                   const struct reply_options *options,
                                   MHD_ContentReaderCallback read, void *arg);

/* Answers HEAD where the answer to GET is a stream: the head alone, and the end of the connection.
 */
enum MHD_Result reply_queue_stream_head(struct MHD_Connection *connection,
                                        const struct api_response *res,
                                        const struct reply_options *options);

/* Writes the response straight to the socket and ends our side of it: libmicrohttpd takes no answer
 * while a body is still coming. Best effort. */
void reply_send_now(int fd, const struct api_response *res, const char *request_id);

#endif
