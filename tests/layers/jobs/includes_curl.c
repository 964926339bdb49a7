/* expect: jobs may not include <curl/curl.h>
 * Planted by scripts/layers.sh, never built into windvane. */
#include <curl/curl.h>

extern const char *planted(void);

const char *planted(void)
{
    return curl_version();
}
