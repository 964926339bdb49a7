#include "simulate/stream.h"

#include <string.h>

#include "base/jsonw.h"
#include "simulate/text.h"

#define STORE_TEXT_MAX 4096 /* an id of 200 bytes, each of them escaped */
#define LINE_MAX_BYTES (8 * 1024)

enum err stream_init(struct stream *stream, const struct stream_options *options)
{
    struct world world = world_of(options->seed, options->orders_per_day);

    *stream = (struct stream){.until = options->until};
    buf_init(&stream->store, STORE_TEXT_MAX);
    json_quote(&stream->store, options->store, strlen(options->store));
    timeline_init(&stream->timeline, world, &options->sales, options->until.us / US_PER_SECOND,
                  options->days);
    return buf_status(&stream->store);
}

void stream_done(struct stream *stream)
{
    timeline_done(&stream->timeline);
    buf_done(&stream->store);
    buf_done(&stream->text);
}

/* Ends the feed: all sources say that they are alive, so that nothing reads as an outage. */
static void put_end(struct stream *stream)
{
    const char *store = buf_text(&stream->store);

    text_alive(&stream->text, store, "oms", "orders", stream->until);
    text_alive(&stream->text, store, "courier", "collections", stream->until);
    text_alive(&stream->text, store, "helpdesk", "tickets", stream->until);
    stream->lines += 3;
    stream->ended = true;
}

/* Makes whole lines until there are `size` bytes or no more. */
static enum err fill(struct stream *stream, size_t size)
{
    const char *store = buf_text(&stream->store);

    while (stream->text.len < size && !stream->ended) {
        struct sim_event event;
        enum err err = timeline_next(&stream->timeline, &event);

        if (err == ERR_NOT_FOUND) {
            put_end(stream);
            break;
        }
        if (err != ERR_OK)
            return err;
        text_event(&stream->text, &stream->timeline.world, store, &event);
        stream->lines++;
    }
    return buf_status(&stream->text);
}

enum err stream_read(struct stream *stream, char *data, size_t size, size_t *ret_len)
{
    size_t len;
    enum err err;

    stream->text.max = size + 2 * LINE_MAX_BYTES;
    err = fill(stream, size);
    if (err != ERR_OK)
        return err;
    len = stream->text.len < size ? stream->text.len : size;
    if (len > 0)
        memcpy(data, stream->text.data, len);
    buf_consume(&stream->text, len);
    *ret_len = len;
    return ERR_OK;
}
