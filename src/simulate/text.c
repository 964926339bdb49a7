/* Appends plain text instead of using a JSON writer: only the store's id comes from outside, and
 * a million events are to take seconds. */
#include "simulate/text.h"

#include <string.h>

#include "simulate/goods.h"
#include "simulate/order.h"
#include "simulate/text_care.h"

struct kind_text {
    const char *type;
    const char *suffix; /* of the event's id: the order's id and what happened to it */
    const char *source;
};

static struct kind_text text_of_kind(enum sim_kind kind)
{
    static const struct kind_text texts[] = {
        [SIM_PLACED] = {"order.placed", ".placed", "oms"},
        [SIM_PAID] = {"order.paid", ".paid", "oms"},
        [SIM_PROMISED] = {"order.promised", ".promised", "oms"},
        [SIM_SHIPPED] = {"order.shipped", ".shipped.", "oms"},
        [SIM_COLLECTED] = {"order.collected", ".collected.", "courier"},
        [SIM_DELIVERED] = {"order.delivered", ".delivered.", "courier"},
        [SIM_CANCELLED] = {"order.cancelled", ".cancelled", "oms"},
        [SIM_UNPAID] = {"order.cancelled", ".cancelled", "oms"},
        [SIM_MISTAKE] = {"order.cancelled", ".mistake", "oms"},
        [SIM_RETRACTED] = {"event.retracted", ".retracted", "oms"},
        [SIM_REVIEWED] = {"order.reviewed", "", "platform"},
        [SIM_EXCLUDED] = {"review.excluded", "", "platform"},
        [SIM_TICKET] = {"ticket.", "", "helpdesk"},
    };

    return texts[kind];
}

static bool is_of_order(const struct sim_event *event)
{
    return event->kind <= SIM_RETRACTED;
}

static void digits(char *text, int64_t value, size_t width)
{
    for (size_t i = width; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

#define ORDER_ID_SIZE sizeof "yyyymmdd-N000000-ffff"

static void order_id(const struct world *world, struct order_ref ref,
                     char ret_text[static ORDER_ID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    int year, month, day;

    memcpy(ret_text, "yyyymmdd-N000000-ffff", ORDER_ID_SIZE);
    date_to_civil(ref.day, &year, &month, &day);
    digits(ret_text, year, 4);
    digits(ret_text + 4, month, 2);
    digits(ret_text + 6, day, 2);
    ret_text[9] = ref.lane == LANE_SALE ? 'S' : 'N';
    digits(ret_text + 10, ref.number, 6); /* ORDERS_PER_DAY_MAX keeps it below a million */
    for (size_t i = 0; i < 4; i++)
        ret_text[17 + i] = hex[world->tag >> (12 - 4 * i) & 15];
}

void text_order_id(struct buf *out, const struct world *world, struct order_ref ref)
{
    char text[ORDER_ID_SIZE];

    order_id(world, ref, text);
    buf_append(out, text, sizeof text - 1);
}

static void put_time(struct buf *out, int64_t second)
{
    char text[] = "\"yyyy-mm-ddThh:mm:ss+08:00\"";
    int32_t date = day_of(second);
    int64_t in_day = second - day_start(date);
    int year, month, day;

    date_to_civil(date, &year, &month, &day);
    digits(text + 1, year, 4);
    digits(text + 6, month, 2);
    digits(text + 9, day, 2);
    digits(text + 12, in_day / 3600, 2);
    digits(text + 15, in_day / 60 % 60, 2);
    digits(text + 18, in_day % 60, 2);
    buf_append(out, text, sizeof text - 1);
}

static void put_member_time(struct buf *out, const char *name, int64_t second)
{
    if (second == 0)
        return;
    PUT(out, ",\"");
    buf_puts(out, name);
    PUT(out, "\":");
    put_time(out, second);
}

static void put_goods(struct buf *out, const struct world *world, struct order_ref ref)
{
    struct goods goods = goods_of(world, ref);

    PUT(out, ",\"warehouse\":\"");
    buf_puts(out, goods.warehouse);
    PUT(out, "\",\"buyer\":\"b");
    buf_put_int(out, buyer_of(world, ref));
    PUT(out, "\",\"lines\":[");
    for (int i = 0; i < goods.count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        PUT(out, "{\"sku\":\"K");
        buf_put_int(out, goods.lines[i].sku);
        PUT(out, "\",\"quantity\":");
        buf_put_int(out, goods.lines[i].quantity);
        PUT(out, ",\"supplier\":\"s");
        buf_put_int(out, 1 + goods.lines[i].sku % 7);
        PUT(out, "\"}");
    }
    buf_putc(out, ']');
}

static void put_terms(struct buf *out, const struct world *world, const struct sim_event *event)
{
    struct terms terms = terms_of(world, event->ref, event->time);

    if (terms.cod)
        PUT(out, ",\"payment\":\"cod\"");
    put_member_time(out, "paid_at", terms.paid_at);
    put_member_time(out, "presale_until", terms.presale_until);
    put_member_time(out, "promised_at", terms.promised_at);
    put_member_time(out, "deliver_by", terms.deliver_by);
    switch (terms.fulfilment) {
    case SIM_MERCHANT:
        break;
    case SIM_PLATFORM:
        PUT(out, ",\"fulfilment\":\"platform\"");
        break;
    case SIM_PICKUP:
        PUT(out, ",\"fulfilment\":\"pickup\"");
        break;
    case SIM_VIRTUAL:
        PUT(out, ",\"fulfilment\":\"virtual\"");
        break;
    }
    if (terms.test)
        PUT(out, ",\"test\":true");
    if (terms.parcels > 1) {
        PUT(out, ",\"parcels\":");
        buf_put_int(out, terms.parcels);
    }
    put_goods(out, world, event->ref);
}

/* The carrier is the parcel's, so that its waybill and its scan name the same one. */
static void put_parcel(struct buf *out, const struct world *world, const struct sim_event *event)
{
    static const char *const carriers[] = {"jdl", "sf", "zto", "yto", "ems"};
    struct random random = world_random(world, event->ref, FOR_CARRIER);
    int64_t waybill = (int64_t)(random_next(&random) >> 24);

    PUT(out, ",\"parcel\":\"");
    buf_put_int(out, event->parcel);
    PUT(out, "\",\"carrier\":\"");
    buf_puts(out, carriers[random_below(&random, 5)]);
    PUT(out, "\",\"waybill\":\"");
    buf_put_int(out, waybill * 4 + event->parcel);
    PUT(out, "\"");
}

static void put_order(struct buf *out, const struct world *world, const struct sim_event *event,
                      const char *order)
{
    PUT(out, ",\"order\":\"");
    buf_puts(out, order);
    buf_putc(out, '"');
    switch ((enum sim_kind)event->kind) {
    case SIM_PLACED:
        put_terms(out, world, event);
        return;
    case SIM_PROMISED:
        put_member_time(out, "promised_at", event->promise);
        return;
    case SIM_SHIPPED:
    case SIM_COLLECTED:
        put_parcel(out, world, event);
        return;
    case SIM_DELIVERED:
        PUT(out, ",\"parcel\":\"");
        buf_put_int(out, event->parcel);
        buf_putc(out, '"');
        return;
    case SIM_CANCELLED:
        PUT(out, ",\"by\":\"buyer\",\"reason\":\"changed_mind\"");
        return;
    case SIM_UNPAID:
        PUT(out, ",\"by\":\"platform\",\"reason\":\"unpaid\"");
        return;
    case SIM_MISTAKE:
        PUT(out, ",\"by\":\"merchant\",\"reason\":\"out_of_stock\"");
        return;
    case SIM_PAID:
    case SIM_RETRACTED:
    case SIM_REVIEWED:
    case SIM_EXCLUDED:
    case SIM_TICKET:
        return;
    }
}

static void put_event_id(struct buf *out, const struct world *world, const struct sim_event *event,
                         const char *suffix)
{
    text_order_id(out, world, event->ref);
    buf_puts(out, suffix);
    if (!is_of_order(event))
        text_care_suffix(out, event);
    else if (event->parcel != 0)
        buf_put_int(out, event->parcel);
}

static void put_retraction(struct buf *out, const struct world *world,
                           const struct sim_event *event)
{
    PUT(out, ",\"source\":\"oms\",\"id\":\"");
    put_event_id(out, world, event, text_of_kind(SIM_MISTAKE).suffix);
    PUT(out, "\",\"reason\":\"wrong order\"");
}

static void put_data(struct buf *out, const struct world *world, const struct sim_event *event)
{
    char order[ORDER_ID_SIZE];

    order_id(world, event->ref, order);
    if (event->kind == SIM_RETRACTED)
        put_retraction(out, world, event);
    else if (event->kind == SIM_TICKET)
        text_step(out, world, event, order);
    else if (event->kind == SIM_REVIEWED || event->kind == SIM_EXCLUDED)
        text_review(out, world, event, order);
    else
        put_order(out, world, event, order);
}

void text_event(struct buf *out, const struct world *world, const char *store,
                const struct sim_event *event)
{
    struct kind_text kind = text_of_kind((enum sim_kind)event->kind);

    PUT(out, "{\"specversion\":\"1.0\",\"id\":\"");
    put_event_id(out, world, event, kind.suffix);
    PUT(out, "\",\"source\":\"");
    buf_puts(out, kind.source);
    PUT(out, "\",\"type\":\"");
    buf_puts(out, kind.type);
    if (event->kind == SIM_TICKET)
        buf_puts(out, event->step.type);
    PUT(out, "\",\"time\":");
    put_time(out, event->time);
    PUT(out, ",\"data\":{\"store\":");
    buf_puts(out, store);
    put_data(out, world, event);
    PUT(out, "}}\n");
}

void text_alive(struct buf *out, const char *store, const char *source, const char *feed,
                struct instant until)
{
    char now[INSTANT_TEXT_SIZE];
    char before[INSTANT_TEXT_SIZE];

    instant_format(until, now);
    instant_format((struct instant){until.us - 1}, before);
    buf_printf(out,
               "{\"specversion\":\"1.0\",\"id\":\"alive-%s-%s\",\"source\":\"%s\","
               "\"type\":\"feed.alive\",\"time\":\"%s\",\"data\":{\"store\":%s,\"feed\":\"%s\","
               "\"through\":\"%s\"}}\n",
               feed, now, source, now, store, feed, before);
}
