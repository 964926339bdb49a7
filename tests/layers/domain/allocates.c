/* expect: domain may not call malloc
 * Planted by scripts/layers.sh, never built into windvane. */
#include <stdlib.h>

extern void *planted(size_t size);

void *planted(size_t size)
{
    return malloc(size);
}
