/* Media types as Content-Type carries them (RFC 9110, 8.3.1). */
#ifndef BASE_MEDIA_H
#define BASE_MEDIA_H

#include <stdbool.h>

/* Whether a content type names `type`, in any case and with any parameters; NULL names none. */
bool media_type_is(const char *content_type, const char *type);

#endif
