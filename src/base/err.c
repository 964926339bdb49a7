#include "base/err.h"

const char *err_name(enum err err)
{
    switch (err) {
    case ERR_OK:
        return "-";
    case ERR_INVALID:
        return "invalid";
    case ERR_UNPARSABLE:
        return "unparsable";
    case ERR_UNAUTHORIZED:
        return "unauthorized";
    case ERR_FORBIDDEN:
        return "forbidden";
    case ERR_NOT_FOUND:
        return "not_found";
    case ERR_CONFLICT:
        return "conflict";
    case ERR_TOO_LARGE:
        return "too_large";
    case ERR_MEDIA_TYPE:
        return "media_type";
    case ERR_REFUSED:
        return "refused";
    case ERR_TRANSIENT:
        return "transient";
    case ERR_UNAVAILABLE:
        return "unavailable";
    case ERR_NOMEM:
        return "no_memory";
    case ERR_INTERNAL:
        return "internal";
    }
    return "-";
}
