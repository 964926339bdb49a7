#include "days.h"

#include <string.h>

#define DAY_MIN 0       /* 1970: before every event */
#define DAY_MAX 1000000 /* behind every one */

/* Leaves *day when the parameter is not there. */
static enum err read_date(struct call *call, const char *name, int32_t *day)
{
    const char *text = api_query(call->req, name);
    if (text != NULL && date_parse(text, strlen(text), day) != ERR_OK)
        return call_invalid(call, "", "query parameter %s: not a date", name);
    return ERR_OK;
}

enum err call_days(struct call *call, struct day_range *ret_days)
{
    *ret_days = (struct day_range){DAY_MIN, DAY_MAX};
    enum err err = read_date(call, "from", &ret_days->from);
    return err == ERR_OK ? read_date(call, "to", &ret_days->to) : err;
}

enum err call_known_at(struct call *call, struct instant *ret_known_at)
{
    *ret_known_at = INSTANT_NEVER;
    enum err err = call_instant(call, "known_at", ret_known_at);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
