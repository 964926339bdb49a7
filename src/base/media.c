#include "base/media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool media_type_is(const char *content_type, const char *type)
{
    if (content_type == NULL)
        return false;
    size_t len = strcspn(content_type, "; \t");
    return len == strlen(type) && strncasecmp(content_type, type, len) == 0;
}
