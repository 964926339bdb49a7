#include "simulate/timeline.h"

#include <stdbool.h>
#include <stdlib.h>

#include "simulate/after_sales.h"
#include "simulate/chat.h"
#include "simulate/demand.h"
#include "simulate/dispute.h"
#include "simulate/review.h"
#include "simulate/warehouse.h"
#include "simulate/work_order.h"

void timeline_init(struct timeline *timeline, struct world world, const struct sales *sales,
                   int64_t until, int32_t days)
{
    int32_t last = day_of(until);

    *timeline = (struct timeline){
        .world = world,
        .sales = *sales,
        .until = until,
        .next_day = last - days + 1,
        .last_day = last,
    };
}

void timeline_done(struct timeline *timeline)
{
    free(timeline->heap);
    *timeline = (struct timeline){0};
}

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
    if (a->arrives != b->arrives)
        return a->arrives < b->arrives;
    return a->serial < b->serial;
}

static enum err grow(struct timeline *timeline)
{
    size_t cap = timeline->cap == 0 ? 1024 : 2 * timeline->cap;
    struct sim_event *heap = reallocarray(timeline->heap, cap, sizeof *heap);

    if (heap == NULL)
        return ERR_NOMEM;
    timeline->heap = heap;
    timeline->cap = cap;
    return ERR_OK;
}

static enum err push(struct timeline *timeline, struct sim_event event)
{
    size_t at = timeline->count;

    if (event.arrives > timeline->until)
        return ERR_OK;
    if (timeline->count == timeline->cap) {
        enum err err = grow(timeline);
        if (err != ERR_OK)
            return err;
    }
    event.serial = timeline->serial++;
    timeline->count++;
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!earlier(&event, &timeline->heap[parent]))
            break;
        timeline->heap[at] = timeline->heap[parent];
        at = parent;
    }
    timeline->heap[at] = event;
    return ERR_OK;
}

static struct sim_event pop(struct timeline *timeline)
{
    struct sim_event *heap = timeline->heap;
    struct sim_event top = heap[0];
    size_t count = --timeline->count;
    struct sim_event moved = heap[count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && earlier(&heap[child + 1], &heap[child]))
            child++;
        if (!earlier(&heap[child], &moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
    return top;
}

/* Everything that happens to an order, to its review and to its tickets. */
static void tell_life(struct life *life, const struct world *world, struct order_ref ref,
                      int64_t placed, int64_t packed)
{
    struct course course = order_tell(life, world, ref, placed, packed);

    review_tell(life, world, ref, &course);
    after_sales_tell(life, world, ref, &course);
    chat_tell(life, world, ref, &course);
    work_order_tell(life, world, ref, &course);
    dispute_tell(life, world, ref, &course);
}

static enum err make_order(struct timeline *timeline, struct order_ref ref, int64_t placed,
                           struct shift *shift)
{
    int64_t packed = shift_pack(shift, placed);
    struct life life;

    life.count = 0;
    tell_life(&life, &timeline->world, ref, placed, packed);
    for (int i = 0; i < life.count; i++) {
        enum err err = push(timeline, life.events[i]);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err make_lane(struct timeline *timeline, int32_t day, enum lane lane)
{
    struct demand demand = demand_of_day(&timeline->world, day, lane);
    struct shift shift = shift_of_day(&timeline->world, day, lane, demand.total);
    struct random placing = random_of(timeline->world.seed, (uint64_t)day, lane, FOR_PLACING);
    struct order_ref ref = {.day = day, .lane = lane};

    for (int hour = 0; hour < 24; hour++) {
        int64_t orders = demand.hours[hour];
        for (int64_t i = 0; i < orders; i++) {
            /* One order in each equal part of the hour: sorted as it is made. */
            int64_t part = i * SECONDS_PER_HOUR + random_below(&placing, SECONDS_PER_HOUR);
            int64_t placed = day_start(day) + hour * SECONDS_PER_HOUR + part / orders;
            enum err err;

            ref.number++;
            err = make_order(timeline, ref, placed, &shift);
            if (err != ERR_OK)
                return err;
        }
    }
    return ERR_OK;
}

static enum err make_day(struct timeline *timeline, int32_t day)
{
    enum err err = make_lane(timeline, day, LANE_ORDINARY);

    if (err == ERR_OK && sales_include(&timeline->sales, day))
        err = make_lane(timeline, day, LANE_SALE);
    return err;
}

enum err timeline_next(struct timeline *timeline, struct sim_event *ret_event)
{
    /* What is waiting may go out only if no day that is still to be made can bring something
     * earlier. */
    while (timeline->next_day <= timeline->last_day &&
           (timeline->count == 0 || timeline->heap[0].arrives >= day_start(timeline->next_day))) {
        enum err err = make_day(timeline, timeline->next_day);
        if (err != ERR_OK)
            return err;
        timeline->next_day++;
    }
    if (timeline->count == 0)
        return ERR_NOT_FOUND;
    *ret_event = pop(timeline);
    return ERR_OK;
}
