#include "domain/event.h"

const char *feed_name(enum feed feed)
{
    static const char *const names[FEEDS] = {NULL, "orders", "collections", "tickets"};
    return names[feed];
}
