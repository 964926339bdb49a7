/* expect: domain may not call clock_now
 * Planted by scripts/layers.sh, never built into windvane. */
#include "base/clock.h"

extern struct instant planted(void);

struct instant planted(void)
{
    return clock_now();
}
