/* expect: json may not include include/api/api.h
 * Planted by scripts/layers.sh, never built into windvane. */
#include "api/api.h"

extern int planted(const struct api_response *res);

int planted(const struct api_response *res)
{
    return res->status;
}
