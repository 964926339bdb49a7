/* GET …/stream: notifications as they come, as server-sent events. The handler only finds out where
 * to begin; listeners.c does the rest. */
#include "call.h"
#include "listeners.h"
#include "notifications.h"

/* Where the client left off; -1: it has nothing yet. The header first: a browser that connects
 * again goes on sending the query it began with. */
static enum err read_last(struct call *call, int64_t *ret_last)
{
    const char *header = call->req->last_event_id, *query = api_query(call->req, "last_event_id");
    *ret_last = -1;
    if (header != NULL && header[0] != '\0')
        return call_seq(call, "Last-Event-ID: ", "", header, ret_last);
    if (query != NULL && query[0] != '\0')
        return call_seq(call, "query parameter last_event_id: ", "", query, ret_last);
    return ERR_OK;
}

enum err stream_get(struct call *call)
{
    const char *store;
    int64_t last, head, unread;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = read_last(call, &last);
    if (err == ERR_OK)
        err = notifications_head(call->db, store, &head, &unread);
    if (err != ERR_OK)
        return err;
    /* What is said to be seen beyond the newest is of another database: it begins here. */
    int64_t from = last >= 0 && last < head ? last : head;
    err = listeners_open(call->api->listeners, call->req->principal->key_id, store, from,
                         from != last, &call->res->listener);
    if (err == ERR_UNAVAILABLE) {
        (void)call_invalid(call, "", "too many streams are open, or the service stops");
        return err;
    }
    if (err != ERR_OK)
        return err;
    call->res->content_type = "text/event-stream";
    api_response_header(call->res, "Cache-Control", "no-cache, no-transform");
    api_response_header(call->res, "X-Accel-Buffering", "no");
    return ERR_OK;
}
