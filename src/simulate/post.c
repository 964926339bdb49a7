#include "simulate/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client/service.h"
#include "simulate/text.h"

#define REPLY_MAX_BYTES (4 * 1024 * 1024)
#define ORDER_TEXT_MAX 64
/* A service that is overloaded says 503; what it has committed is a duplicate the next time. */
#define ATTEMPTS 5
#define PAUSE_S 1
#define OVERLOADED 503
/* Sales further back have ended, whenever the store was filled. */
#define KNOWN_SALES_DAYS 35

static bool more_text(void *context, char *data, size_t size, size_t *ret_len)
{
    return stream_read(context, data, size, ret_len) == ERR_OK;
}

/* The number that follows `member` in the answer; -1 when it has no such member. Its counts
 * stand at its top, so no JSON parser is needed for them. */
static long count_of(const struct buf *reply, const char *member)
{
    const char *at = strstr(buf_text(reply), member);

    return at == NULL ? -1 : strtol(at + strlen(member), NULL, 10);
}

static bool all_taken(long status, const struct buf *reply)
{
    return status == 200 && count_of(reply, "\"conflict\":") == 0 &&
           count_of(reply, "\"rejected\":") == 0;
}

/* The status of the answer; 0 when there was none. */
static long post_once(struct client *client, const struct stream_options *options,
                      struct buf *reply)
{
    struct stream stream;
    long status = 0;

    if (stream_init(&stream, options) == ERR_OK)
        status = client_post_events(client, more_text, &stream, reply);
    stream_done(&stream);
    return status;
}

/* Another run may have shown another sale. Its orders are in the store, so they have to be seen
 * to their end, or they would look abandoned. */
static void add_known_sales(struct client *client, struct stream_options *options)
{
    struct world world = world_of(options->seed, options->orders_per_day);
    int32_t today = day_of(options->until.us / US_PER_SECOND);
    int32_t latest = sale_latest(today);

    for (int32_t day = latest; day > today - KNOWN_SALES_DAYS; day -= SALE_EVERY) {
        struct order_ref first = {.day = day, .number = 1, .lane = LANE_SALE};
        AUTO_BUF struct buf order = {0};
        long status;

        buf_init(&order, ORDER_TEXT_MAX);
        text_order_id(&order, &world, first);
        status = client_order_status(client, options->store, buf_text(&order));
        if (status == 200)
            sales_add(&options->sales, day);
        if (status == 0)
            return; /* nobody is there; posting will say so */
    }
}

bool post_stream(const struct stream_options *options, const char *url, const char *key)
{
    struct stream_options all = *options;
    AUTO_BUF struct buf reply = {0};
    struct client client;
    long status = 0;
    bool done;

    buf_init(&reply, REPLY_MAX_BYTES);
    if (client_init(&client, url, key)) {
        add_known_sales(&client, &all);
        status = post_once(&client, &all, &reply);
        for (int i = 1; i < ATTEMPTS && status == OVERLOADED; i++) {
            sleep(PAUSE_S);
            buf_clear(&reply);
            status = post_once(&client, &all, &reply);
        }
    }
    client_done(&client);
    done = all_taken(status, &reply);
    if (done)
        fprintf(stderr, "simulate: %ld events accepted, %ld known already\n",
                count_of(&reply, "\"accepted\":"), count_of(&reply, "\"duplicate\":"));
    else if (status != 0)
        fprintf(stderr, "simulate: the service answered %ld: %.1000s\n", status, buf_text(&reply));
    return done;
}
