/* Folds an order's facts into what the order is at an instant. The facts are a sorted set, so
 * the first visible fact of a kind is the one that a set-once field takes. */
#include "domain/order.h"

#include <string.h>

int fact_compare(const struct fact *a, const struct fact *b)
{
    if (a->at.us != b->at.us)
        return a->at.us < b->at.us ? -1 : 1;
    int by_source = strcmp(a->source, b->source);
    return by_source != 0 ? by_source : strcmp(a->id, b->id);
}

static bool visible(const struct fact *fact, struct instant t)
{
    if (instant_is_never(t))
        return instant_is_never(fact->retracted_at);
    return fact->at.us <= t.us && fact->retracted_at.us > t.us;
}

static const struct fact *first_of(const struct order *order, enum fact_kind kind, struct instant t)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->facts[i].kind == kind && visible(&order->facts[i], t))
            return &order->facts[i];
    return NULL;
}

/* Whether the parcel of facts[at] was named by an earlier visible fact of the same kind. */
static bool parcel_seen_before(const struct order *order, size_t at, struct instant t)
{
    const struct fact *fact = &order->facts[at];
    for (size_t i = 0; i < at; i++) {
        const struct fact *other = &order->facts[i];
        if (other->kind == fact->kind && other->parcel != NULL && visible(other, t) &&
            strcmp(other->parcel, fact->parcel) == 0)
            return true;
    }
    return false;
}

/* When the `parcels`-th distinct parcel had its first scan of that kind; a scan that names no
 * parcel is one of all. */
static struct instant all_parcels(const struct order *order, enum fact_kind kind, uint32_t parcels,
                                  struct instant t)
{
    uint32_t distinct = 0;
    for (size_t i = 0; i < order->count; i++) {
        const struct fact *fact = &order->facts[i];
        if (fact->kind != kind || !visible(fact, t))
            continue;
        if (fact->parcel == NULL)
            return fact->at;
        if (!parcel_seen_before(order, i, t) && ++distinct == parcels)
            return fact->at;
    }
    return INSTANT_NEVER;
}

static struct instant payment_time(const struct order *order, const struct fact *placed,
                                   struct instant t)
{
    if (placed->payment == PAYMENT_COD)
        return placed->at;
    struct instant paid = INSTANT_NEVER;
    if (placed->paid_at.us <= t.us)
        paid = placed->paid_at;
    const struct fact *fact = first_of(order, FACT_PAID, t);
    return fact == NULL ? paid : instant_min(paid, fact->at);
}

/* The promise with the earliest effective time; of order.placed events only the one that holds
 * can promise. */
static struct instant stated_promise(const struct order *order, const struct fact *placed,
                                     struct instant t)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct fact *fact = &order->facts[i];
        if (instant_is_never(fact->promised_at) || !visible(fact, t))
            continue;
        if (fact->kind == FACT_PROMISED || fact == placed)
            return fact->promised_at;
    }
    return INSTANT_NEVER;
}

static struct instant not_before(struct instant event, struct instant t0)
{
    return instant_is_never(t0) ? event : instant_max(event, t0);
}

/* Whether two order.placed events agree in what an order takes from them. */
static bool says_the_same(const struct fact *a, const struct fact *b)
{
    return a->at.us == b->at.us && a->payment == b->payment && a->fulfilment == b->fulfilment &&
           a->test == b->test && a->parcels == b->parcels && a->paid_at.us == b->paid_at.us &&
           a->presale_until.us == b->presale_until.us && a->promised_at.us == b->promised_at.us;
}

struct order_view order_at(const struct order *order, struct instant t)
{
    struct order_view view = {.t0 = INSTANT_NEVER, .promise = INSTANT_NEVER, .parcels = 1};

    const struct fact *placed = first_of(order, FACT_PLACED, t);
    if (placed != NULL) {
        view.placed = true;
        view.payment = placed->payment;
        view.fulfilment = placed->fulfilment;
        view.test = placed->test;
        view.parcels = placed->parcels;
        for (const struct fact *fact = placed + 1; fact < order->facts + order->count; fact++)
            if (fact->kind == FACT_PLACED && visible(fact, t) && !says_the_same(placed, fact))
                view.conflicting_placed++;

        view.t0 = payment_time(order, placed, t);
        if (!instant_is_never(view.t0) && !instant_is_never(placed->presale_until))
            view.t0 = instant_max(view.t0, placed->presale_until);
    }

    const struct fact *cancelled = first_of(order, FACT_CANCELLED, t);
    view.cancelled = cancelled == NULL ? INSTANT_NEVER : not_before(cancelled->at, view.t0);
    view.collected = not_before(all_parcels(order, FACT_COLLECTED, view.parcels, t), view.t0);
    view.delivered = not_before(all_parcels(order, FACT_DELIVERED, view.parcels, t), view.t0);

    struct instant stated = stated_promise(order, placed, t);
    view.promise_stated = !instant_is_never(stated);
    if (!instant_is_never(view.t0))
        view.promise =
            view.promise_stated ? instant_max(stated, view.t0) : instant_add_hours(view.t0, 48);

    view.counts =
        !instant_is_never(view.t0) && view.fulfilment == FULFILMENT_MERCHANT && !view.test;
    view.early = !instant_is_never(t) && !instant_is_never(view.t0) && view.t0.us > t.us;
    return view;
}

bool order_has_retraction(const struct order *order)
{
    for (size_t i = 0; i < order->count; i++)
        if (!instant_is_never(order->facts[i].retracted_at))
            return true;
    return false;
}

const char *fact_kind_name(enum fact_kind kind)
{
    static const char *const names[FACT_KINDS] = {"placed",    "paid",      "promised", "shipped",
                                                  "collected", "delivered", "cancelled"};
    return names[kind];
}

const char *payment_name(enum payment payment)
{
    return payment == PAYMENT_COD ? "cod" : "prepaid";
}

const char *fulfilment_name(enum fulfilment fulfilment)
{
    static const char *const names[] = {"merchant", "platform", "pickup", "virtual"};
    return names[fulfilment];
}

const char *actor_name(enum actor actor)
{
    static const char *const names[] = {NULL, "buyer", "merchant", "platform"};
    return names[actor];
}
