/* The query parameters that every reading takes: as_of, basis, policy. */
#include <string.h>

#include "call.h"

enum err call_asked(struct call *call, const char *store, struct asked *ret_asked)
{
    const struct api_request *req = call->req;
    struct asked asked = {.store = store, .t = req->now, .live = true, .basis = BASIS_LIVE};
    const char *as_of = api_query(req, "as_of"), *basis = api_query(req, "basis"), *why = NULL;
    if (as_of != NULL) {
        asked.live = false;
        char text[64];
        size_t len = strlen(as_of);
        if (len >= sizeof text)
            return call_invalid(call, "", "query parameter as_of: not an RFC 3339 instant");
        memcpy(text, as_of, len + 1);
        if (len > 6 && text[len - 6] == ' ')
            text[len - 6] = '+'; /* a "+" that was not escaped means a blank in a query */
        if (instant_parse(text, len, &asked.t, &why) != ERR_OK)
            return call_invalid(call, "", "query parameter as_of: %s", why);
        if (asked.t.us > req->now.us)
            return call_invalid(call, "", "query parameter as_of: lies in the future");
    }
    if (basis != NULL && strcmp(basis, "official") == 0)
        asked.basis = BASIS_OFFICIAL;
    else if (basis != NULL && strcmp(basis, "live") != 0)
        return call_invalid(call, "", "query parameter basis: live or official");
    asked.policy = api_query(req, "policy");
    *ret_asked = asked;
    return ERR_OK;
}
