/* Folds an order's facts into what the order is at an instant. The facts are a sorted set, so
 * the first visible fact of a kind is the one that a set-once field takes. */
#include "domain/order.h"

#include <string.h>

/* Fact kinds as a set. */
#define KIND(kind) (1U << (kind))
#define ON_ITS_WAY (KIND(FACT_SHIPPED) | KIND(FACT_COLLECTED))

static bool is_one_of(const struct fact *fact, unsigned kinds, struct instant t)
{
    return (kinds & KIND(fact->kind)) != 0 && fact_visible(fact, t);
}

/* Whether the parcel of items[at] was named by an earlier visible fact of these kinds. */
static bool parcel_seen_before(const struct facts *facts, size_t at, unsigned kinds,
                               struct instant t)
{
    const char *parcel = facts->items[at].parcel;
    for (size_t i = 0; i < at; i++) {
        const struct fact *other = &facts->items[i];
        if (is_one_of(other, kinds, t) && other->parcel != NULL &&
            strcmp(other->parcel, parcel) == 0)
            return true;
    }
    return false;
}

/* The fact of these kinds that is the first of the `parcels`-th distinct parcel; one that names no
 * parcel speaks of all. NULL while some are missing. */
static const struct fact *all_parcels(const struct facts *facts, unsigned kinds, uint32_t parcels,
                                      struct instant t)
{
    uint32_t distinct = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (!is_one_of(fact, kinds, t))
            continue;
        if (fact->parcel == NULL)
            return fact;
        if (!parcel_seen_before(facts, i, kinds, t) && ++distinct == parcels)
            return fact;
    }
    return NULL;
}

/* Waybills count, or, where the merchant stated none, the courier's scans. */
static bool names_waybills(const struct facts *facts, struct instant t)
{
    enum fact_kind kind =
        facts_first(facts, FACT_SHIPPED, t) != NULL ? FACT_SHIPPED : FACT_COLLECTED;
    bool any = false;
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind != kind || !fact_visible(fact, t))
            continue;
        if (!fact->waybill)
            return false;
        any = true;
    }
    return any;
}

static struct instant payment_time(const struct facts *facts, const struct fact *placed,
                                   struct instant t)
{
    if (placed->payment == PAYMENT_COD)
        return placed->at;
    struct instant paid = placed->paid_at.us <= t.us ? placed->paid_at : INSTANT_NEVER;
    return instant_min(paid, fact_at(facts_first(facts, FACT_PAID, t), INSTANT_NEVER));
}

/* The promise with the earliest effective time; of order.placed events only the one that holds
 * can promise. */
static struct instant stated_promise(const struct facts *facts, const struct fact *placed,
                                     struct instant t)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (instant_is_never(fact->promised_at) || !fact_visible(fact, t))
            continue;
        if (fact->kind == FACT_PROMISED || fact == placed)
            return fact->promised_at;
    }
    return INSTANT_NEVER;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether two order.placed events agree in what an order takes from them. */
static bool says_the_same(const struct fact *a, const struct fact *b)
{
    return a->at.us == b->at.us && a->payment == b->payment && a->fulfilment == b->fulfilment &&
           a->test == b->test && a->parcels == b->parcels && a->units == b->units &&
           a->paid_at.us == b->paid_at.us && a->presale_until.us == b->presale_until.us &&
           a->promised_at.us == b->promised_at.us && a->deliver_by.us == b->deliver_by.us &&
           same_text(a->buyer, b->buyer);
}

static uint32_t count_conflicting(const struct facts *facts, const struct fact *placed,
                                  struct instant t)
{
    uint32_t conflicting = 0;
    for (const struct fact *fact = placed + 1; fact < facts->items + facts->count; fact++)
        if (is_one_of(fact, KIND(FACT_PLACED), t) && !says_the_same(placed, fact))
            conflicting++;
    return conflicting;
}

/* An instant that the order names for itself: not before its t0, and nothing while that is
 * unknown. */
static struct instant named_mark(struct instant mark, struct instant t0)
{
    return instant_is_never(t0) ? INSTANT_NEVER : instant_max(mark, t0);
}

struct order_view order_at(const struct facts *facts, struct instant t)
{
    struct order_view view = {
        .t0 = INSTANT_NEVER,
        .promise = INSTANT_NEVER,
        .deliver_by = INSTANT_NEVER,
        .parcels = 1,
        .units = 1,
    };

    const struct fact *placed = facts_first(facts, FACT_PLACED, t);
    if (placed != NULL) {
        view.placed = true;
        view.payment = placed->payment;
        view.fulfilment = placed->fulfilment;
        view.test = placed->test;
        view.parcels = placed->parcels;
        view.units = placed->units;
        view.buyer = placed->buyer;
        view.conflicting_placed = count_conflicting(facts, placed, t);

        view.t0 = payment_time(facts, placed, t);
        if (!instant_is_never(view.t0) && !instant_is_never(placed->presale_until))
            view.t0 = instant_max(view.t0, placed->presale_until);
        view.deliver_by = named_mark(placed->deliver_by, view.t0);
    }

    const struct fact *cancelled = facts_first(facts, FACT_CANCELLED, t);
    view.cancelled = fact_at(cancelled, view.t0);
    if (cancelled != NULL)
        view.cancelled_by = (enum actor)cancelled->value;
    view.collected = fact_at(all_parcels(facts, KIND(FACT_COLLECTED), view.parcels, t), view.t0);
    view.delivered = fact_at(all_parcels(facts, KIND(FACT_DELIVERED), view.parcels, t), view.t0);
    view.shipped = fact_at(all_parcels(facts, ON_ITS_WAY, view.parcels, t), view.t0);
    view.tracked = names_waybills(facts, t);

    struct instant stated = stated_promise(facts, placed, t);
    view.promise_stated = !instant_is_never(stated);
    view.promise =
        view.promise_stated ? named_mark(stated, view.t0) : instant_add_hours(view.t0, 48);

    view.exemption = facts_covered(facts, FACT_EXEMPTED, FACT_EXEMPTION_ENDED, t);
    view.counts =
        !instant_is_never(view.t0) && view.fulfilment == FULFILMENT_MERCHANT && !view.test;
    view.early = !instant_is_never(t) && !instant_is_never(view.t0) && view.t0.us > t.us;
    return view;
}
