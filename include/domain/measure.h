/* Measures: what one entity contributes to a count, as data. A policy's metrics and backlog marks
 * name measures; observe_…() is the whole meaning of one. It knows no "now": an entity that may
 * still make it is observed as not good, and the reading takes out what is pending. */
#ifndef DOMAIN_MEASURE_H
#define DOMAIN_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"
#include "domain/order.h"
#include "domain/report.h"
#include "domain/review.h"
#include "domain/ticket.h"

/* Each kind: what is observed; which instant assigns it to a day. */
enum measure_kind {
    /* Orders, cancelled ones included; t0. */
    MEASURE_ORDERS,
    /* Units of orders whose milestone (delivered) was reached and that were not cancelled at or
     * before it; the milestone. The amount is the units. */
    MEASURE_UNITS,
    /* Share whose milestone comes within a limit; t0 or the ticket's opening. What an approved
     * delay report excuses is out of it, of the duration of tickets and of what is left open.
     * Orders: collected, delivered, shipped; tickets: replied, audited. A cancellation at or before
     * the limit, and at or before the milestone, takes it out (tickets: closed cancelled). */
    MEASURE_WITHIN,
    /* Start to milestone in whole seconds, of those that reached it; the milestone. Orders:
     * collected, delivered; tickets: handled (ticket_handled, at most `n` days from opening to
     * end). */
    MEASURE_DURATION,
    /* Orders with neither milestone nor cancellation by the cohort's checkpoint (end of t0's day +
     * n hours); t0. */
    MEASURE_LEFT_OPEN,
    /* Share of orders that satisfy `test`; t0, for TEST_TRACKED the shipping. */
    MEASURE_ORDERS_THAT,
    /* Tickets; the milestone opened, or ruled: lost disputes only. */
    MEASURE_TICKETS,
    /* Share of ratings of low to high stars; the rating. Tickets, or reviews of an aspect. */
    MEASURE_RATED,
    /* Mean of a review's stars for an aspect; the review. The amount is the stars. */
    MEASURE_STARS,
    /* Share of closed tickets that satisfy `test`; the closing. */
    MEASURE_CLOSED_THAT,
    /* Human replies and how long the buyer waited for each; the reply. The amount is seconds. */
    MEASURE_RESPONSES,
    /* Orders that an approved delay report excuses; t0. */
    MEASURE_EXEMPT,
};

enum milestone {
    MILESTONE_COLLECTED,
    MILESTONE_DELIVERED,
    MILESTONE_SHIPPED,
    MILESTONE_OPENED,
    MILESTONE_REPLIED,
    MILESTONE_AUDITED,
    MILESTONE_HANDLED,
    MILESTONE_RULED,
};

enum limit_kind {
    LIMIT_NONE,
    /* Elapsed from the start; exactly at the mark is in time. */
    LIMIT_HOURS,
    LIMIT_SECONDS,
    /* Before the end of the n-th day after the start's day; 0 = the same day. */
    LIMIT_DAYS,
    /* The promised hand-over; exactly at it is in time; milestones collected and shipped. */
    LIMIT_PROMISE,
    /* The delivery date promised to the buyer; exactly at it is in time; milestone delivered.
     * Orders without one are out. */
    LIMIT_DELIVER_BY,
};

enum test {
    TEST_NONE,
    TEST_DEFECT,        /* order has any defect of `defects` */
    TEST_CANCELLED,     /* order cancelled, not by the buyer, before it was shipped or collected */
    TEST_TRACKED,       /* shipped order is tracked and was scanned */
    TEST_NOT_ESCALATED, /* closed ticket was never escalated */
    TEST_NOT_TIMED_OUT, /* closed ticket never timed out */
};

struct measure {
    enum measure_kind kind;
    enum entity of;
    enum milestone milestone;
    enum limit_kind limit;
    int32_t n; /* of the limit; days of a duration, 0: any */
    enum test test;
    unsigned defects; /* TEST_DEFECT */
    unsigned tickets; /* of tickets: set of 1 << ticket_kind */
    enum aspect aspect;
    uint8_t low, high; /* MEASURE_RATED */
    /* Tickets that are left out: those opened at a time of day in [night_from, night_to) (minutes
     * after local midnight, may wrap; equal: none), left messages, re-contacts. */
    int16_t night_from, night_to;
    bool no_left_message;
    bool no_recontact;
    /* Whether what is assigned to an instant in a suspended interval is left out. So for metrics;
     * the backlog rule knows no suspension. */
    bool suspends;
};

bool measure_equal(const struct measure *a, const struct measure *b);
bool measure_is_share(const struct measure *measure); /* sum counts good ones; else an amount */

/* The canonical definition: one line of text, equal exactly for equal measures ("within collected
 * hours 24"). It identifies the measure in the database. */
#define MEASURE_TEXT_SIZE 192
void measure_format(const struct measure *measure, char text[static MEASURE_TEXT_SIZE]);

/* One entity's contribution to one day. `sum` is the good ones (0 or 1) or the amount. */
struct observation {
    struct instant at; /* what assigns it to the day */
    int32_t day;
    int64_t valid;
    int64_t sum;
};

/* Gives every observation of the entity under the measure; at most one for each entity, but one for
 * each reply with MEASURE_RESPONSES. Nothing when the entity is not of the measure's kind. */
typedef void observe_fn(void *arg, const struct observation *observation);
void observe_order(const struct measure *measure, const struct calendar *calendar,
                   const struct order_view *view, observe_fn *take, void *arg);
void observe_ticket(const struct measure *measure, const struct calendar *calendar,
                    const struct ticket_view *view, observe_fn *take, void *arg);
void observe_review(const struct measure *measure, const struct calendar *calendar,
                    const struct review_view *view, observe_fn *take, void *arg);

/* Whether an approved delay report excuses it: one that names it, or one of the store's period. */
bool order_is_exempt(const struct order_view *view, const struct calendar *calendar);
bool ticket_is_excused(const struct ticket_view *view, const struct calendar *calendar);

/* An entity as it is at an instant, whatever it is. */
struct view {
    enum entity entity;
    union {
        struct order_view order;
        struct ticket_view ticket;
        struct review_view review;
        struct report_view report;
    };
};
void observe(const struct measure *measure, const struct calendar *calendar,
             const struct view *view, observe_fn *take, void *arg);

/* The last instant at which the entity can still make it: start + limit, the promise, or the day's
 * end less one microsecond (a day's end itself is too late). Only for MEASURE_WITHIN, and an entity
 * that it observes. */
struct instant measure_deadline(const struct measure *measure, const struct calendar *calendar,
                                const struct view *view);

/* The event that the measure waits for; INSTANT_NEVER. Only for MEASURE_WITHIN. */
struct instant measure_event(const struct measure *measure, const struct view *view);

/* Whether the entity, as it is at t and observed by the measure, can still make it: neither event
 * nor cancellation, and the deadline is not behind t. Only for MEASURE_WITHIN. */
bool measure_is_pending(const struct measure *measure, const struct calendar *calendar,
                        const struct view *view, struct instant t);

/* Waiting: orders whose milestone is still to come, counted by the store-day of t0 and the elapsed
 * hour (UTC) in which their wait began, or, for a promise, in which its mark lies. One series
 * serves every limit whose mark is a monotone function of the start. Tickets have none: their
 * limits are short, and those within one are read one by one. */
enum series {
    SERIES_COLLECTED,            /* by the hour of t0 */
    SERIES_DELIVERED,            /* by the hour of t0 */
    SERIES_SHIPPED,              /* by the hour of t0 */
    SERIES_COLLECTED_PROMISE,    /* by the hour of the promise */
    SERIES_SHIPPED_PROMISE,      /* by the hour of the promise */
    SERIES_DELIVERED_DELIVER_BY, /* by the hour of deliver_by */
};
#define SERIES_COUNT 6
/* Orders whose t0 is suspended are counted apart, in the series plus SERIES_COUNT: metrics leave
 * them out, the backlog rule does not. */
bool series_by_mark(enum series series); /* by the hour of a mark of its own, not of t0 */
enum milestone series_milestone(enum series series);

struct wait {
    bool open;
    bool suspended;
    int32_t day;
    int64_t hour;
    struct instant mark; /* what the hour is taken from */
};
struct wait order_wait(enum series series, const struct calendar *calendar,
                       const struct order_view *view);

/* The series that a share of orders counts its pending ones from. */
enum series measure_series(const struct measure *measure);

#endif
