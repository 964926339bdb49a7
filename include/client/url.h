/* Addresses that strangers give us to send something to. */
#ifndef CLIENT_URL_H
#define CLIENT_URL_H

#include <stdbool.h>

#include "base/err.h"

#define URL_MAX_BYTES 2048

/* Whether something can be sent there: http or https with a host, no user, no fragment, and no
 * address that is not public unless `private_allowed`. ERR_INVALID: the reason (static). A host's
 * name is looked up only when something is sent, and its addresses are checked then. */
MUST_CHECK enum err url_check(const char *url, bool private_allowed, const char **reterr_why);

#endif
