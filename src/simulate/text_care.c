#include "simulate/text_care.h"

#include <string.h>

#include "simulate/goods.h"
#include "simulate/ticket.h"

static const char *const agents[AGENTS] = {"chen", "gao", "lin", "ma", "wu", "zhao"};
static const char *const aspects[SIM_ASPECTS] = {
    [SIM_PRODUCT] = "product", [SIM_DESCRIPTION] = "description", [SIM_SERVICE] = "service",
    [SIM_COURIER] = "courier", [SIM_LOGISTICS] = "logistics",
};

/* What follows it in the id of the review or ticket. */
static void text_care_name(struct buf *out, const struct sim_event *event)
{
    if (event->kind != SIM_TICKET) {
        PUT(out, "-R");
        return;
    }
    buf_putc(out, '-');
    buf_putc(out, event->step.desk);
    buf_put_int(out, event->step.session);
}

void text_care_suffix(struct buf *out, const struct sim_event *event)
{
    text_care_name(out, event);
    if (event->kind == SIM_REVIEWED) {
        PUT(out, ".reviewed.");
        buf_put_int(out, event->review.edition);
    } else if (event->kind == SIM_EXCLUDED) {
        PUT(out, ".excluded");
    } else {
        buf_putc(out, '.');
        buf_put_int(out, event->step.number);
        buf_putc(out, '.');
        buf_puts(out, event->step.type);
    }
}

static void put_order_and_buyer(struct buf *out, const struct world *world, struct order_ref ref,
                                const char *order)
{
    PUT(out, ",\"order\":\"");
    buf_puts(out, order);
    PUT(out, "\",\"buyer\":\"b");
    buf_put_int(out, buyer_of(world, ref));
    buf_putc(out, '"');
}

static void put_stars(struct buf *out, const struct sim_review *review)
{
    char separator = '{';

    PUT(out, ",\"stars\":");
    for (int i = 0; i < SIM_ASPECTS; i++) {
        if (review->stars[i] == 0)
            continue;
        buf_putc(out, separator);
        buf_putc(out, '"');
        buf_puts(out, aspects[i]);
        PUT(out, "\":");
        buf_put_int(out, review->stars[i]);
        separator = ',';
    }
    buf_putc(out, '}'); /* the stars of the product are never left out */
}

void text_review(struct buf *out, const struct world *world, const struct sim_event *event,
                 const char *order)
{
    PUT(out, ",\"review\":\"");
    buf_puts(out, order);
    text_care_name(out, event);
    buf_putc(out, '"');
    if (event->kind == SIM_EXCLUDED) {
        PUT(out, ",\"reason\":\"returned_with_full_refund\"");
        return;
    }
    put_order_and_buyer(out, world, event->ref, order);
    if (event->review.by_default)
        PUT(out, ",\"default\":true");
    put_stars(out, &event->review);
}

static void put_opening(struct buf *out, const struct world *world, const struct sim_event *event,
                        const char *order)
{
    if (!event->step.visitor)
        put_order_and_buyer(out, world, event->ref, order);
    PUT(out, ",\"sku\":\"K");
    buf_put_int(out, goods_of(world, event->ref).lines[0].sku);
    buf_putc(out, '"');
}

void text_step(struct buf *out, const struct world *world, const struct sim_event *event,
               const char *order)
{
    const struct sim_step *step = &event->step;

    PUT(out, ",\"ticket\":\"");
    buf_puts(out, order);
    text_care_name(out, event);
    buf_putc(out, '"');
    if (strcmp(step->type, "opened") == 0)
        put_opening(out, world, event, order);
    buf_puts(out, step->data);
    if (step->cost_fen != 0) {
        PUT(out, ",\"cost\":{\"amount\":");
        buf_put_int(out, step->cost_fen);
        PUT(out, ",\"currency\":\"CNY\"}");
    }
    if (step->agent != 0) {
        PUT(out, ",\"agent\":\"");
        buf_puts(out, agents[step->agent - 1]);
        buf_putc(out, '"');
    }
}
