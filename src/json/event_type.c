#include "json/event_type.h"

#include <string.h>

#include "domain/limits.h"

const char *const payment_names[] = {"prepaid", "cod", NULL};
const char *const fulfilment_names[] = {"merchant", "platform", "pickup", "virtual", NULL};
const char *const actor_names[] = {"buyer", "merchant", "platform", NULL};
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
#define INSTANT(member)                                                                            \
    {                                                                                              \
        .name = (member), .kind = MEMBER_INSTANT                                                   \
    }
#define REQUIRED(member, how)                                                                      \
    {                                                                                              \
        .name = (member), .kind = (how), .required = true                                          \
    }
#define REQUIRED_CHOICE(member, list)                                                              \
    {                                                                                              \
        .name = (member), .kind = MEMBER_CHOICE, .required = true, .names = (list)                 \
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
RULES order_cancelled[] = {ORDER, CHOICE("by", actor_names), TEXT("reason"), END};
RULES order_reviewed[] = {
    STORE,       REQUIRED_ID("review"), ID("order"),
    ID("buyer"), BOOL("default"),       REQUIRED("stars", MEMBER_REVIEW_STARS),
    END,
};
RULES review_excluded[] = {STORE, REQUIRED_ID("review"), TEXT("reason"), END};

static const char *const ticket_kinds[] = {"return",     "exchange", "repair",  "refund", "resend",
                                           "work_order", "chat",     "dispute", NULL};
static const char *const repliers[] = {"human", "bot", NULL};
static const char *const audit_outcomes[] = {"approved", "rejected", NULL};
static const char *const process_outcomes[] = {"refunded", "exchanged",   "repaired",
                                               "resent",   "compensated", NULL};
static const char *const liabilities[] = {"merchant", "buyer", "both", "none", NULL};
static const char *const phases[] = {"reply", "evidence", "execution", NULL};
static const char *const close_outcomes[] = {"done", "cancelled", "forced", "settled", NULL};

RULES ticket_opened[] = {
    TICKET,
    REQUIRED_CHOICE("kind", ticket_kinds),
    ID("order"),
    ID("buyer"),
    ID("sku"),
    TEXT("reason"),
    TEXT("channel"),
    BOOL("left_message"),
    END,
};
RULES ticket_replied[] = {TICKET, CHOICE("by", repliers), TEXT("agent"), TEXT("group"), END};
RULES ticket_audited[] = {TICKET, CHOICE("outcome", audit_outcomes), END};
RULES ticket_processed[] = {
    TICKET,
    CHOICE("outcome", process_outcomes),
    BOOL("full_refund"),
    {.name = "cost", .kind = MEMBER_COST},
    TEXT("agent"),
    TEXT("group"),
    END,
};
RULES ticket_ruled[] = {TICKET, REQUIRED_CHOICE("liability", liabilities), END};
RULES ticket_appealed[] = {TICKET, REQUIRED("won", MEMBER_BOOL), END};
RULES ticket_timed_out[] = {TICKET, CHOICE("phase", phases), END};
RULES ticket_closed[] = {TICKET, CHOICE("outcome", close_outcomes), END};
RULES ticket_rated[] = {TICKET,
                        {.name = "stars", .kind = MEMBER_COUNT, .required = true, .max = STARS_MAX},
                        TEXT("channel"),
                        END};

RULES event_retracted[] = {STORE, REQUIRED_ID("source"), REQUIRED_ID("id"), TEXT("reason"), END};
RULES feed_alive[] = {
    STORE,
    REQUIRED_CHOICE("feed", feed_names),
    REQUIRED("through", MEMBER_INSTANT),
    END,
};

#define ORDER_FACT(type_name, of_feed, kind, rules)                                                \
    {                                                                                              \
        .name = (type_name), .class = EVENT_ORDER, .feed = (of_feed), .fact = (kind),              \
        .members = (rules)                                                                         \
    }
#define KEPT(type_name, of_feed, rules)                                                            \
    {                                                                                              \
        .name = (type_name), .class = EVENT_KEPT, .feed = (of_feed), .members = (rules)            \
    }
#define TICKET_TYPE(type_name, rules) KEPT(type_name, FEED_TICKETS, rules)

/* The most frequent types first. */
static const struct event_type types[] = {
    ORDER_FACT("order.placed", FEED_ORDERS, FACT_PLACED, order_placed),
    ORDER_FACT("order.paid", FEED_ORDERS, FACT_PAID, order_only),
    ORDER_FACT("order.collected", FEED_COLLECTIONS, FACT_COLLECTED, order_carried),
    ORDER_FACT("order.delivered", FEED_COLLECTIONS, FACT_DELIVERED, order_delivered),
    ORDER_FACT("order.shipped", FEED_ORDERS, FACT_SHIPPED, order_carried),
    ORDER_FACT("order.promised", FEED_ORDERS, FACT_PROMISED, order_promised),
    ORDER_FACT("order.cancelled", FEED_ORDERS, FACT_CANCELLED, order_cancelled),
    KEPT("order.reviewed", FEED_ORDERS, order_reviewed),
    KEPT("review.excluded", FEED_ORDERS, review_excluded),
    TICKET_TYPE("ticket.opened", ticket_opened),
    TICKET_TYPE("ticket.asked", ticket_only),
    TICKET_TYPE("ticket.replied", ticket_replied),
    TICKET_TYPE("ticket.audited", ticket_audited),
    TICKET_TYPE("ticket.buyer_shipped", ticket_only),
    TICKET_TYPE("ticket.received", ticket_only),
    TICKET_TYPE("ticket.processed", ticket_processed),
    TICKET_TYPE("ticket.escalated", ticket_only),
    TICKET_TYPE("ticket.ruled", ticket_ruled),
    TICKET_TYPE("ticket.appealed", ticket_appealed),
    TICKET_TYPE("ticket.timed_out", ticket_timed_out),
    TICKET_TYPE("ticket.closed", ticket_closed),
    TICKET_TYPE("ticket.reopened", ticket_only),
    TICKET_TYPE("ticket.rated", ticket_rated),
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
