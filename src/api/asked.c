/* The query parameters that every reading takes: as_of, basis, policy. */
#include <string.h>

#include "call.h"

enum err call_any_instant(struct call *call, const char *name, struct instant *ret_instant)
{
    const char *given = api_query(call->req, name), *why = NULL;
    if (given == NULL)
        return ERR_NOT_FOUND;
    char text[64];
    size_t len = strlen(given);
    if (len >= sizeof text)
        return call_invalid(call, "", "query parameter %s: not an RFC 3339 instant", name);
    memcpy(text, given, len + 1);
    if (len > 6 && text[len - 6] == ' ')
        text[len - 6] = '+'; /* a "+" that was not escaped means a blank in a query */
    struct instant instant;
    if (instant_parse(text, len, &instant, &why) != ERR_OK)
        return call_invalid(call, "", "query parameter %s: %s", name, why);
    *ret_instant = instant;
    return ERR_OK;
}

enum err call_instant(struct call *call, const char *name, struct instant *ret_instant)
{
    struct instant instant;
    enum err err = call_any_instant(call, name, &instant);
    if (err != ERR_OK)
        return err;
    if (instant_before(call->req->now, instant))
        return call_invalid(call, "", "query parameter %s: lies in the future", name);
    *ret_instant = instant;
    return ERR_OK;
}

enum err call_flag(struct call *call, const char *name, bool *ret_flag)
{
    const char *text = api_query(call->req, name);
    if (text == NULL)
        return ERR_OK;
    bool flag = strcmp(text, "true") == 0;
    if (!flag && strcmp(text, "false") != 0)
        return call_invalid(call, "", "query parameter %s: true or false", name);
    *ret_flag = flag;
    return ERR_OK;
}

enum err call_basis(struct call *call, enum basis *ret_basis)
{
    const char *basis = api_query(call->req, "basis");
    bool official = basis != NULL && strcmp(basis, "official") == 0;
    if (basis != NULL && !official && strcmp(basis, "live") != 0)
        return call_invalid(call, "", "query parameter basis: live or official");
    *ret_basis = official ? BASIS_OFFICIAL : BASIS_LIVE;
    return ERR_OK;
}

enum err call_asked(struct call *call, const char *store, struct asked *ret_asked)
{
    struct asked asked = {.store = store, .t = call->req->now, .live = true};
    enum err err = call_instant(call, "as_of", &asked.t);
    if (err == ERR_OK)
        asked.live = false;
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        err = call_basis(call, &asked.basis);
    if (err != ERR_OK)
        return err;
    asked.policy = api_query(call->req, "policy");
    *ret_asked = asked;
    return ERR_OK;
}
