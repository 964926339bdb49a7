#include "json/event_fact.h"

#include <string.h>

#include "json/event_data.h"
#include "json/event_type.h"
#include "json/parse.h"

static enum err copy_text(json_t *data, const char *name, struct arena *arena,
                          const char **ret_text)
{
    const char *text = data_text(data, name);
    *ret_text = text == NULL ? NULL : arena_copy(arena, text, strlen(text));
    return text != NULL && *ret_text == NULL ? ERR_NOMEM : ERR_OK;
}

static bool read_flag(json_t *data, const char *name)
{
    return json_is_true(member(data, name));
}

static int64_t read_number(json_t *data, const char *name, int64_t absent)
{
    json_t *value = member(data, name);
    int64_t number;
    return value != NULL && whole_number(value, &number) ? number : absent;
}

static int64_t read_units(json_t *data)
{
    json_t *lines = member(data, "lines");
    size_t count = json_array_size(lines); /* 0 also without lines */
    int64_t units = 0;
    for (size_t i = 0; i < count; i++)
        units += read_number(json_array_get(lines, i), "quantity", 1);
    return count == 0 ? 1 : units;
}

static enum err read_placed(json_t *data, struct instant received_at, struct arena *arena,
                            struct fact *fact)
{
    fact->payment = (enum payment)data_choice(data, "payment", payment_names, PAYMENT_PREPAID);
    fact->fulfilment =
        (enum fulfilment)data_choice(data, "fulfilment", fulfilment_names, FULFILMENT_MERCHANT);
    fact->test = read_flag(data, "test");
    fact->parcels = (uint32_t)read_number(data, "parcels", 1);
    fact->units = read_units(data);
    struct instant paid_at = data_instant(data, "paid_at");
    if (!instant_is_never(paid_at))
        fact->paid_at = instant_min(paid_at, received_at);
    fact->presale_until = data_instant(data, "presale_until");
    fact->promised_at = data_instant(data, "promised_at");
    fact->deliver_by = data_instant(data, "deliver_by");
    return copy_text(data, "buyer", arena, &fact->buyer);
}

static bool is_stated(json_t *data, const char *name)
{
    const char *text = data_text(data, name);
    return text != NULL && text[0] != '\0';
}

static enum err read_carried(json_t *data, struct arena *arena, struct fact *fact)
{
    fact->waybill = is_stated(data, "carrier") && is_stated(data, "waybill");
    return copy_text(data, "parcel", arena, &fact->parcel);
}

static enum err read_buyer_and_order(json_t *data, struct arena *arena, struct fact *fact)
{
    enum err err = copy_text(data, "buyer", arena, &fact->buyer);
    if (err == ERR_OK)
        err = copy_text(data, "order", arena, &fact->order);
    return err;
}

static enum err read_opened(json_t *data, struct arena *arena, struct fact *fact)
{
    fact->value = data_word(data, "kind", fact->kind);
    fact->left_message = read_flag(data, "left_message");
    const char *reason = data_text(data, "reason");
    fact->urge = reason != NULL && strcmp(reason, "urge") == 0;
    return read_buyer_and_order(data, arena, fact);
}

static enum err read_reviewed(json_t *data, struct arena *arena, struct fact *fact)
{
    json_t *stars = member(data, "stars");
    for (int i = 0; i < ASPECTS; i++)
        fact->stars[i] = (uint8_t)read_number(stars, aspect_name((enum aspect)i), 0);
    fact->by_default = read_flag(data, "default");
    return read_buyer_and_order(data, arena, fact);
}

/* What the kind says beside that it happened. */
static enum err read_statement(json_t *data, struct instant received_at, struct arena *arena,
                               struct fact *fact)
{
    switch (fact->kind) {
    case FACT_PLACED:
        return read_placed(data, received_at, arena, fact);
    case FACT_PROMISED:
        fact->promised_at = data_instant(data, "promised_at");
        return ERR_OK;
    case FACT_SHIPPED:
    case FACT_COLLECTED:
        return read_carried(data, arena, fact);
    case FACT_DELIVERED:
        return copy_text(data, "parcel", arena, &fact->parcel);
    case FACT_OPENED:
        return read_opened(data, arena, fact);
    case FACT_REVIEWED:
        return read_reviewed(data, arena, fact);
    case FACT_CANCELLED:
    case FACT_REPLIED:
        fact->value = data_word(data, "by", fact->kind);
        return ERR_OK;
    case FACT_AUDITED:
    case FACT_PROCESSED:
    case FACT_CLOSED:
        fact->value = data_word(data, "outcome", fact->kind);
        return ERR_OK;
    case FACT_RULED:
        fact->value = data_word(data, "liability", fact->kind);
        return ERR_OK;
    case FACT_TIMED_OUT:
        fact->value = data_word(data, "phase", fact->kind);
        return ERR_OK;
    case FACT_APPEALED:
        fact->value = read_flag(data, "won") ? APPEAL_WON : APPEAL_LOST;
        return ERR_OK;
    case FACT_RATED:
        fact->value = (int32_t)read_number(data, "stars", 0);
        return ERR_OK;
    case FACT_EXEMPTED:
        fact->ship_by = data_instant(data, "promised_ship_by");
        return copy_text(data, "report", arena, &fact->report);
    case FACT_EXEMPTION_ENDED:
    case FACT_EXCUSED:
    case FACT_EXCUSE_ENDED:
        return copy_text(data, "report", arena, &fact->report);
    case FACT_FILED:
        fact->value = data_word(data, "scope", fact->kind);
        fact->ship_by = data_instant(data, "promised_ship_by");
        fact->period_from = data_instant(data, "from");
        fact->period_to = data_instant(data, "to");
        return ERR_OK;
    case FACT_PAID:
    case FACT_ASKED:
    case FACT_BUYER_SHIPPED:
    case FACT_RECEIVED:
    case FACT_ESCALATED:
    case FACT_REOPENED:
    case FACT_EXCLUDED:
    case FACT_APPROVED:
    case FACT_REJECTED:
    case FACT_WITHDRAWN:
    case FACT_REVOKED:
        return ERR_OK;
    }
    return ERR_INTERNAL;
}

enum err event_fact_read(enum fact_kind kind, json_t *data, struct instant received_at,
                         struct arena *arena, struct event *event)
{
    /* Each type names its entity's id by the entity's name. */
    enum err err = copy_text(data, entity_name(fact_entity(kind)), arena, &event->subject);
    if (err != ERR_OK)
        return err;
    event->fact = (struct fact){
        .kind = kind,
        .at = event->at,
        .retracted_at = INSTANT_NEVER,
        .source = event->source,
        .id = event->id,
        .paid_at = INSTANT_NEVER,
        .presale_until = INSTANT_NEVER,
        .promised_at = INSTANT_NEVER,
        .deliver_by = INSTANT_NEVER,
        .ship_by = INSTANT_NEVER,
        .period_from = INSTANT_NEVER,
        .period_to = INSTANT_NEVER,
    };
    return read_statement(data, received_at, arena, &event->fact);
}
