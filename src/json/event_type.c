#include "json/event_type.h"

#include <string.h>

#include "domain/limits.h"

const char *const payment_names[] = {"prepaid", "cod", NULL};
const char *const fulfilment_names[] = {"merchant", "platform", "pickup", "virtual", NULL};
const char *const feed_names[] = {"orders", "collections", "tickets", NULL};

#define RULES static const struct member_rule
#define ID(member)                                                                                 \
    {                                                                                              \
        .name = (member), .kind = MEMBER_ID                                                        \
    }
#define REQUIRED_ID(member)                                                                        \
    {                                                                                              \
        .name = (member), .kind = MEMBER_ID, .required = true                                      \
    }
#define TEXT(member)                                                                               \
    {                                                                                              \
        .name = (member), .kind = MEMBER_TEXT                                                      \
    }
#define BOOL(member)                                                                               \
    {                                                                                              \
        .name = (member), .kind = MEMBER_BOOL                                                      \
    }
#define CHOICE(member, list)                                                                       \
    {                                                                                              \
        .name = (member), .kind = MEMBER_CHOICE, .names = (list)                                   \
    }
#define WORD(member)                                                                               \
    {                                                                                              \
        .name = (member), .kind = MEMBER_WORD                                                      \
    }
#define INSTANT(member)                                                                            \
    {                                                                                              \
        .name = (member), .kind = MEMBER_INSTANT                                                   \
    }
#define REQUIRED(member, how)                                                                      \
    {                                                                                              \
        .name = (member), .kind = (how), .required = true                                          \
    }
#define STORE REQUIRED_ID("store")
#define ORDER STORE, REQUIRED_ID("order")
#define TICKET STORE, REQUIRED_ID("ticket")
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

RULES store_only[] = {STORE, END};
RULES order_only[] = {ORDER, END};
RULES ticket_only[] = {TICKET, END};

RULES order_placed[] = {
    ORDER,
    CHOICE("payment", payment_names),
    {.name = "paid_at", .kind = MEMBER_PAST},
    INSTANT("presale_until"),
    INSTANT("promised_at"),
    INSTANT("deliver_by"),
    CHOICE("fulfilment", fulfilment_names),
    BOOL("test"),
    ID("warehouse"),
    ID("buyer"),
    {.name = "parcels", .kind = MEMBER_COUNT, .max = PARCELS_MAX},
    {.name = "lines", .kind = MEMBER_LINES},
    END,
};
RULES order_promised[] = {ORDER, REQUIRED("promised_at", MEMBER_INSTANT), END};
RULES order_carried[] = {ORDER, ID("parcel"), TEXT("carrier"), TEXT("waybill"), END};
RULES order_delivered[] = {ORDER, ID("parcel"), END};
RULES order_cancelled[] = {ORDER, WORD("by"), TEXT("reason"), END};
RULES order_reviewed[] = {
    STORE,       REQUIRED_ID("review"), ID("order"),
    ID("buyer"), BOOL("default"),       REQUIRED("stars", MEMBER_REVIEW_STARS),
    END,
};
RULES review_excluded[] = {STORE, REQUIRED_ID("review"), TEXT("reason"), END};

RULES ticket_opened[] = {
    TICKET,
    REQUIRED("kind", MEMBER_WORD),
    ID("order"),
    ID("buyer"),
    ID("sku"),
    TEXT("reason"),
    TEXT("channel"),
    BOOL("left_message"),
    END,
};
RULES ticket_replied[] = {TICKET, WORD("by"), TEXT("agent"), TEXT("group"), END};
RULES ticket_audited[] = {TICKET, WORD("outcome"), END};
RULES ticket_processed[] = {
    TICKET,
    WORD("outcome"),
    BOOL("full_refund"),
    {.name = "cost", .kind = MEMBER_COST},
    TEXT("agent"),
    TEXT("group"),
    END,
};
RULES ticket_ruled[] = {TICKET, REQUIRED("liability", MEMBER_WORD), END};
RULES ticket_appealed[] = {TICKET, REQUIRED("won", MEMBER_BOOL), END};
RULES ticket_timed_out[] = {TICKET, WORD("phase"), END};
RULES ticket_closed[] = {TICKET, WORD("outcome"), END};
RULES ticket_rated[] = {TICKET,
                        {.name = "stars", .kind = MEMBER_COUNT, .required = true, .max = STARS_MAX},
                        TEXT("channel"),
                        END};

/* windvane's own: checked before they are written (json/report.h), and read from the log. */
RULES order_exempted[] = {ORDER, REQUIRED_ID("report"), INSTANT("promised_ship_by"), END};
RULES order_exemption_ended[] = {ORDER, REQUIRED_ID("report"), END};
RULES ticket_excused[] = {TICKET, REQUIRED_ID("report"), END};
RULES report_filed[] = {
    STORE,
    REQUIRED_ID("report"),
    REQUIRED("scope", MEMBER_WORD),
    INSTANT("promised_ship_by"),
    INSTANT("from"),
    INSTANT("to"),
    END,
};
RULES report_only[] = {STORE, REQUIRED_ID("report"), END};

RULES event_retracted[] = {STORE, REQUIRED_ID("source"), REQUIRED_ID("id"), TEXT("reason"), END};
RULES feed_alive[] = {
    STORE,
    {.name = "feed", .kind = MEMBER_CHOICE, .required = true, .names = feed_names},
    REQUIRED("through", MEMBER_INSTANT),
    END,
};

#define FACT(type_name, of_feed, kind, rules)                                                      \
    {                                                                                              \
        .name = (type_name), .class = EVENT_FACT, .feed = (of_feed), .fact = (kind),               \
        .members = (rules)                                                                         \
    }
#define TICKET_FACT(type_name, kind, rules) FACT(type_name, FEED_TICKETS, kind, rules)

#define OWN_FACT(type_name, kind, rules) FACT(type_name, FEED_NONE, kind, rules)

/* The most frequent types first. */
static const struct event_type types[] = {
    FACT("order.placed", FEED_ORDERS, FACT_PLACED, order_placed),
    FACT("order.paid", FEED_ORDERS, FACT_PAID, order_only),
    FACT("order.collected", FEED_COLLECTIONS, FACT_COLLECTED, order_carried),
    FACT("order.delivered", FEED_COLLECTIONS, FACT_DELIVERED, order_delivered),
    FACT("order.shipped", FEED_ORDERS, FACT_SHIPPED, order_carried),
    FACT("order.promised", FEED_ORDERS, FACT_PROMISED, order_promised),
    FACT("order.cancelled", FEED_ORDERS, FACT_CANCELLED, order_cancelled),
    FACT("order.reviewed", FEED_ORDERS, FACT_REVIEWED, order_reviewed),
    FACT("review.excluded", FEED_ORDERS, FACT_EXCLUDED, review_excluded),
    TICKET_FACT("ticket.opened", FACT_OPENED, ticket_opened),
    TICKET_FACT("ticket.asked", FACT_ASKED, ticket_only),
    TICKET_FACT("ticket.replied", FACT_REPLIED, ticket_replied),
    TICKET_FACT("ticket.audited", FACT_AUDITED, ticket_audited),
    TICKET_FACT("ticket.buyer_shipped", FACT_BUYER_SHIPPED, ticket_only),
    TICKET_FACT("ticket.received", FACT_RECEIVED, ticket_only),
    TICKET_FACT("ticket.processed", FACT_PROCESSED, ticket_processed),
    TICKET_FACT("ticket.escalated", FACT_ESCALATED, ticket_only),
    TICKET_FACT("ticket.ruled", FACT_RULED, ticket_ruled),
    TICKET_FACT("ticket.appealed", FACT_APPEALED, ticket_appealed),
    TICKET_FACT("ticket.timed_out", FACT_TIMED_OUT, ticket_timed_out),
    TICKET_FACT("ticket.closed", FACT_CLOSED, ticket_closed),
    TICKET_FACT("ticket.reopened", FACT_REOPENED, ticket_only),
    TICKET_FACT("ticket.rated", FACT_RATED, ticket_rated),
    OWN_FACT("order.exempted", FACT_EXEMPTED, order_exempted),
    OWN_FACT("order.exemption_ended", FACT_EXEMPTION_ENDED, order_exemption_ended),
    OWN_FACT("ticket.excused", FACT_EXCUSED, ticket_excused),
    OWN_FACT("ticket.excuse_ended", FACT_EXCUSE_ENDED, ticket_excused),
    OWN_FACT("report.filed", FACT_FILED, report_filed),
    OWN_FACT("report.approved", FACT_APPROVED, report_only),
    OWN_FACT("report.rejected", FACT_REJECTED, report_only),
    OWN_FACT("report.withdrawn", FACT_WITHDRAWN, report_only),
    OWN_FACT("report.revoked", FACT_REVOKED, report_only),
    {.name = "event.retracted", .class = EVENT_RETRACTION, .members = event_retracted},
    {.name = "feed.alive", .class = EVENT_ALIVE, .members = feed_alive},
};

const struct event_type event_type_unknown = {.class = EVENT_UNKNOWN, .members = store_only};

const struct event_type *event_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}
