#include "json/event_order.h"

#include <string.h>

#include "json/event_data.h"
#include "json/parse.h"

static uint32_t read_parcels(json_t *data)
{
    json_t *value = member(data, "parcels");
    int64_t parcels;
    return value != NULL && whole_number(value, &parcels) ? (uint32_t)parcels : 1;
}

static void read_placed(json_t *data, struct instant received_at, struct fact *fact)
{
    fact->payment = (enum payment)data_choice(data, "payment", payment_names, PAYMENT_PREPAID);
    fact->fulfilment =
        (enum fulfilment)data_choice(data, "fulfilment", fulfilment_names, FULFILMENT_MERCHANT);
    fact->test = json_is_true(member(data, "test"));
    fact->parcels = read_parcels(data);
    struct instant paid_at = data_instant(data, "paid_at");
    if (!instant_is_never(paid_at))
        fact->paid_at = instant_min(paid_at, received_at);
    fact->presale_until = data_instant(data, "presale_until");
    fact->promised_at = data_instant(data, "promised_at");
}

static enum err copy_text(json_t *data, const char *name, struct arena *arena,
                          const char **ret_text)
{
    const char *text = data_text(data, name);
    *ret_text = text == NULL ? NULL : arena_copy(arena, text, strlen(text));
    return text != NULL && *ret_text == NULL ? ERR_NOMEM : ERR_OK;
}

enum err event_order_read(enum fact_kind kind, json_t *data, struct instant received_at,
                          struct arena *arena, struct event *event)
{
    enum err err = copy_text(data, "order", arena, &event->order);
    if (err != ERR_OK)
        return err;
    struct fact *fact = &event->fact;
    *fact = (struct fact){
        .kind = kind,
        .at = event->at,
        .retracted_at = INSTANT_NEVER,
        .source = event->source,
        .id = event->id,
        .paid_at = INSTANT_NEVER,
        .presale_until = INSTANT_NEVER,
        .promised_at = INSTANT_NEVER,
    };
    switch (kind) {
    case FACT_PLACED:
        read_placed(data, received_at, fact);
        break;
    case FACT_PAID:
        break;
    case FACT_PROMISED:
        fact->promised_at = data_instant(data, "promised_at");
        break;
    case FACT_SHIPPED:
    case FACT_COLLECTED:
    case FACT_DELIVERED:
        return copy_text(data, "parcel", arena, &fact->parcel);
    case FACT_CANCELLED:
        fact->by = (enum actor)(1 + data_choice(data, "by", actor_names, ACTOR_NONE - 1));
        break;
    }
    return ERR_OK;
}
