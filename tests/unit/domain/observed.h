/* What a measure makes of an entity, collected, so that a test can look at it. */
#ifndef DOMAIN_OBSERVED_H
#define DOMAIN_OBSERVED_H

#include "written.h"

#include "domain/measure.h"

#define OBSERVED_MAX 8
struct observed {
    size_t count;
    struct observation items[OBSERVED_MAX];
};

static inline void observed_take(void *arg, const struct observation *observation)
{
    struct observed *observed = arg;
    assert_true(observed->count < OBSERVED_MAX);
    observed->items[observed->count++] = *observation;
}

static inline struct observed observed_of(const struct measure *measure,
                                          const struct calendar *calendar, const struct view *view)
{
    struct observed observed = {.count = 0};
    observe(measure, calendar, view, observed_take, &observed);
    return observed;
}

static inline struct observed observed_order(const struct measure *measure,
                                             const struct calendar *calendar,
                                             const struct order_view *order)
{
    const struct view view = {.entity = ENTITY_ORDER, .order = *order};
    return observed_of(measure, calendar, &view);
}

static inline struct observed observed_ticket(const struct measure *measure,
                                              const struct calendar *calendar,
                                              const struct ticket_view *ticket)
{
    const struct view view = {.entity = ENTITY_TICKET, .ticket = *ticket};
    return observed_of(measure, calendar, &view);
}

static inline struct observed observed_review(const struct measure *measure,
                                              const struct calendar *calendar,
                                              const struct review_view *review)
{
    const struct view view = {.entity = ENTITY_REVIEW, .review = *review};
    return observed_of(measure, calendar, &view);
}

/* Exactly one observation: of that instant and the store-day that it lies in, with that sum. */
static inline void assert_observed(const struct observed *observed, struct instant when,
                                   int32_t day, int64_t sum)
{
    assert_int_equal(observed->count, 1);
    assert_instant(observed->items[0].at, when);
    assert_int_equal(observed->items[0].day, day);
    assert_int_equal(observed->items[0].valid, 1);
    assert_int_equal(observed->items[0].sum, sum);
}

/* An order of 1 parcel and 1 unit to which nothing happened yet. */
static inline struct order_view order_of(const char *t0)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = INSTANT_NEVER,
                               .delivered = INSTANT_NEVER,
                               .shipped = INSTANT_NEVER,
                               .cancelled = INSTANT_NEVER,
                               .promise = at("03T18:00"),
                               .deliver_by = INSTANT_NEVER,
                               .parcels = 1,
                               .units = 1};
}

/* A ticket to which nothing happened yet. */
static inline struct ticket_view ticket_of(enum ticket_kind kind, const char *opened)
{
    return (struct ticket_view){.opened_known = true,
                                .kind = kind,
                                .opened = at(opened),
                                .replied = INSTANT_NEVER,
                                .audited = INSTANT_NEVER,
                                .approved = INSTANT_NEVER,
                                .buyer_shipped = INSTANT_NEVER,
                                .received = INSTANT_NEVER,
                                .processed = INSTANT_NEVER,
                                .escalated = INSTANT_NEVER,
                                .ruled = INSTANT_NEVER,
                                .timed_out = INSTANT_NEVER,
                                .closed = INSTANT_NEVER,
                                .rated = INSTANT_NEVER,
                                .t = INSTANT_NEVER};
}

#endif
