#include "domain/reading.h"

struct window window_of(enum basis basis, int32_t today, int32_t days)
{
    int32_t last_day = basis == BASIS_LIVE ? today : today - 1;
    return (struct window){last_day - days + 1, last_day};
}
