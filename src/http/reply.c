#include "http/reply.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "api/api.h"
#include "base/cleanup.h"

#define HEAD_MAX 8192
#define STREAM_BLOCK (32 * 1024) /* read at once where the body goes out without chunks */

static bool has_header(const struct api_response *res, const char *name)
{
    for (size_t i = 0; i < res->header_count; i++) {
        if (strcasecmp(res->headers[i].name, name) == 0)
            return true;
    }
    return false;
}

static const char *cache_control(const struct api_response *res,
                                 const struct reply_options *options)
{
    return options->no_store || res->status >= 400 ? "no-store" : "private, no-cache";
}

/* The body's memory passes on to libmicrohttpd, which frees it when it is sent. */
static struct MHD_Response *body_take(struct api_response *res)
{
    size_t len = 0;
    char *data = buf_take(&res->body, &len);
    if (data == NULL)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(data);
    return response;
}

/* Adds the headers, queues and lets go of the response. */
static enum MHD_Result queue(struct MHD_Connection *connection, struct MHD_Response *response,
                             const struct api_response *res, const struct reply_options *options,
                             bool has_body)
{
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result ok = MHD_YES;
    for (size_t i = 0; i < res->header_count; i++)
        ok &= MHD_add_response_header(response, res->headers[i].name, res->headers[i].value);
    if (has_body && res->content_type != NULL)
        ok &= MHD_add_response_header(response, "Content-Type", res->content_type);
    if (!has_header(res, "Cache-Control"))
        ok &= MHD_add_response_header(response, "Cache-Control", cache_control(res, options));
    ok &= MHD_add_response_header(response, "X-Request-Id", options->request_id);
    if (options->close)
        ok &= MHD_add_response_header(response, "Connection", "close");
    if (ok == MHD_YES)
        ok = MHD_queue_response(connection, (unsigned)res->status, response);
    MHD_destroy_response(response); /* queueing holds its own reference */
    return ok;
}

enum MHD_Result reply_queue(struct MHD_Connection *connection, struct api_response *res,
                            const struct reply_options *options)
{
    bool has_body = res->body.len > 0;
    return queue(connection, body_take(res), res, options, has_body);
}

enum MHD_Result reply_queue_stream(struct MHD_Connection *connection,
                                   const struct api_response *res,
                                   const struct reply_options *options,
                                   MHD_ContentReaderCallback read, void *arg)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read, arg, NULL);
    return queue(connection, response, res, options, true);
}

/* libmicrohttpd reads nothing for HEAD. */
static ssize_t read_nothing(void *arg, uint64_t position, char *data, size_t max)
{
    (void)arg;
    (void)position;
    (void)data;
    (void)max;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

/* It would send the last chunk of a chunked answer even so, which the client takes for the next
 * answer; and an empty answer would say Content-Length: 0. As to HTTP/1.0 there are no chunks, and
 * the connection ends. */
enum MHD_Result reply_queue_stream_head(struct MHD_Connection *connection,
                                        const struct api_response *res,
                                        const struct reply_options *options)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, read_nothing, NULL, NULL);
    if (response != NULL)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return queue(connection, response, res, options, true);
}

void reply_send_now(int fd, const struct api_response *res, const char *request_id)
{
    AUTO_BUF struct buf out;
    buf_init(&out, HEAD_MAX + res->body.len);
    buf_printf(&out, "HTTP/1.1 %d %s\r\n", res->status,
               MHD_get_reason_phrase_for((unsigned)res->status));
    for (size_t i = 0; i < res->header_count; i++)
        buf_printf(&out, "%s: %s\r\n", res->headers[i].name, res->headers[i].value);
    if (res->content_type != NULL)
        buf_printf(&out, "Content-Type: %s\r\n", res->content_type);
    buf_printf(&out, "Content-Length: %zu\r\n", res->body.len);
    buf_printf(&out, "Cache-Control: no-store\r\nX-Request-Id: %s\r\nConnection: close\r\n\r\n",
               request_id);
    buf_append(&out, buf_text(&res->body), res->body.len);
    if (!buf_failed(&out))
        (void)!send(fd, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
}
