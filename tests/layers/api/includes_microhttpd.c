/* expect: api may not include <microhttpd.h>
 * Planted by scripts/layers.sh, never built into windvane. */
#include <microhttpd.h>

extern const char *planted(void);

const char *planted(void)
{
    return MHD_get_version();
}
