/* From bytes to submissions: the attributes of binary mode, NDJSON line by line, whole bodies. */
#include "events.h"

#include <string.h>

#include "base/percent.h"
#include "base/utf8.h"

#define PIECE_EVENTS 256
#define PIECE_BYTES (1024 * 1024)       /* of decoded memory, more or less a line */
#define LONG_LINE_MAX (8 * 1024 * 1024) /* what a line that is too long may go on for */
#define LINE_KEPT 256                   /* of a line that is too long, for quarantine */

/* A line may grow by its CR, or by one byte over its limit: that shows that it is too long. */
#define LINE_ROOM (EVENT_MAX_BYTES + 1)

size_t body_limit(enum form form)
{
    if (form == FORM_NDJSON)
        return LINE_ROOM;
    return form == FORM_BATCH ? BATCH_MAX_BYTES : EVENT_MAX_BYTES;
}

/* --- binary mode --- */

/* CloudEvents' HTTP binding: header values are percent-encoded UTF-8, decoded once. A value that
 * is not is a fault of the attribute. */
static const char *attribute(struct api_stream *stream, const char *value, const char *pointer)
{
    if (value == NULL)
        return NULL;
    size_t len = strlen(value);
    bool quoted = len >= 2 && value[0] == '"' && value[len - 1] == '"';
    char *text = arena_copy(&stream->head, value, len);
    if (text == NULL) {
        stream->err = ERR_NOMEM;
        return NULL;
    }
    char *to = text;
    bool ok = true;
    const char *end = value + len - quoted;
    for (const char *from = value + quoted; from < end;) {
        if (quoted && *from == '\\' && from + 1 < end)
            from++;
        size_t used = percent_decode(from, to++);
        ok = ok && used > 0;
        from += used == 0 ? 1 : used;
    }
    *to = '\0';
    if ((!ok || !utf8_valid(text, (size_t)(to - text))) && stream->err == ERR_OK) {
        stream->err = ERR_INVALID;
        fault_set(&stream->fault, pointer, "must be percent-encoded UTF-8");
    }
    return text;
}

void read_attributes(struct api_stream *stream, const char *(*header)(void *arg, const char *name),
                     void *header_arg)
{
    stream->attributes = (struct event_attributes){
        .specversion = attribute(stream, header(header_arg, "ce-specversion"), "/specversion"),
        .id = attribute(stream, header(header_arg, "ce-id"), "/id"),
        .source = attribute(stream, header(header_arg, "ce-source"), "/source"),
        .type = attribute(stream, header(header_arg, "ce-type"), "/type"),
        .time = attribute(stream, header(header_arg, "ce-time"), "/time"),
    };
}

/* A store outside the key does not exist for it. */
static void check_scope(const struct api_stream *stream, struct entry *entry)
{
    if (entry->outcome == OUTCOME_REJECTED)
        return;
    struct api_request req = {.principal = &stream->principal};
    struct call call = {.req = &req};
    if (call_may(&call, entry->event.store))
        return;
    entry->outcome = OUTCOME_REJECTED;
    fault_set(&entry->fault, "/data/store", "no such store");
}

/* --- NDJSON --- */

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

static struct entry *next_entry(struct api_stream *stream)
{
    if (stream->piece == NULL)
        stream->piece = stream_new_piece(stream, PIECE_EVENTS);
    if (stream->piece == NULL)
        return NULL;
    return &stream->piece->entries[stream->piece->count++];
}

/* A line that is no event; what came of it goes to quarantine. */
static void reject_line(struct api_stream *stream, struct entry *entry, const char *line,
                        size_t len)
{
    entry->outcome = OUTCOME_REJECTED;
    entry->body = arena_copy(&stream->piece->arena, line, len);
    entry->body_len = entry->body == NULL ? 0 : len;
}

static void too_long(struct fault *ret_fault)
{
    fault_set(ret_fault, "", "a line may have %d bytes", EVENT_MAX_BYTES);
}

static void reject_long_line(struct api_stream *stream)
{
    struct entry *entry = next_entry(stream);
    if (entry == NULL)
        return;
    too_long(&entry->fault);
    reject_line(stream, entry, buf_text(&stream->body), LINE_KEPT);
}

static void take_line(struct api_stream *stream, const char *line, size_t len)
{
    struct entry *entry = next_entry(stream);
    if (entry == NULL)
        return;
    entry->outcome = OUTCOME_ACCEPTED;
    enum err err = event_decode(line, len, stream->piece->received_at, &stream->piece->arena,
                                &entry->event, &entry->fault);
    if (err == ERR_NOMEM)
        stream_fail(stream, err, NULL);
    if (err != ERR_OK)
        reject_line(stream, entry, line, len);
    check_scope(stream, entry);
}

static bool is_full(const struct submission *piece)
{
    return piece != NULL && (piece->count == PIECE_EVENTS || piece->arena.used >= PIECE_BYTES);
}

/* The line in the making grows by `len` bytes; what goes over the limit is dropped until the
 * line ends. */
static void grow_line(struct api_stream *stream, const char *data, size_t len)
{
    size_t room = LINE_ROOM - stream->body.len;
    size_t kept = len < room ? len : room;
    buf_append(&stream->body, data, kept);
    if (buf_failed(&stream->body))
        stream_fail(stream, ERR_NOMEM, NULL);
    stream->skipped += len - kept;
    if (stream->skipped > LONG_LINE_MAX) {
        struct fault fault;
        too_long(&fault);
        stream_fail(stream, ERR_TOO_LARGE, &fault);
    }
}

static void end_line(struct api_stream *stream)
{
    const char *line = buf_text(&stream->body);
    size_t len = stream->body.len;
    if (stream->skipped == 0 && len > 0 && line[len - 1] == '\r')
        len--;
    if (stream->skipped > 0 || len > EVENT_MAX_BYTES)
        reject_long_line(stream);
    else if (!is_blank(line, len))
        take_line(stream, line, len);
    stream->skipped = 0;
    buf_clear(&stream->body);
}

size_t feed_lines(struct api_stream *stream, const char *data, size_t len)
{
    size_t taken = 0;
    while (taken < len) {
        if (stream_has_failed(stream))
            return len; /* the rest is read and dropped; the answer says how far it came */
        if (is_full(stream->piece) && !stream_flush(stream))
            return taken;
        const char *newline = memchr(data + taken, '\n', len - taken);
        size_t part = newline == NULL ? len - taken : (size_t)(newline - (data + taken));
        grow_line(stream, data + taken, part);
        taken += part;
        if (newline != NULL) {
            end_line(stream);
            taken++;
        }
    }
    if (stream_is_idle(stream)) /* the writer has nothing of ours: give it what there is */
        (void)stream_flush(stream);
    return len;
}

bool end_lines(struct api_stream *stream)
{
    if (is_full(stream->piece) && !stream_flush(stream))
        return false;
    if (stream->body.len > 0)
        end_line(stream);
    return stream_flush(stream);
}

/* --- whole bodies --- */

static struct submission *decode_one(struct api_stream *stream)
{
    struct submission *piece = stream_new_piece(stream, 1);
    if (piece == NULL)
        return NULL;
    struct entry *entry = &piece->entries[piece->count++];
    const char *body = buf_text(&stream->body);
    size_t len = stream->body.len;
    enum err err =
        stream->form == FORM_BINARY
            ? event_decode_binary(&stream->attributes, body, len, stream->now, &piece->arena,
                                  &entry->event, &entry->fault)
            : event_decode(body, len, stream->now, &piece->arena, &entry->event, &entry->fault);
    if (err == ERR_OK) {
        check_scope(stream, entry);
        if (entry->outcome == OUTCOME_REJECTED)
            err = ERR_INVALID;
    }
    if (err == ERR_OK)
        return piece;
    stream_fail(stream, err, &entry->fault);
    submission_free(piece);
    return NULL;
}

static struct submission *decode_batch(struct api_stream *stream)
{
    struct submission *piece = stream_new_piece(stream, BATCH_MAX_EVENTS);
    if (piece == NULL)
        return NULL;
    struct batch_element *elements;
    size_t count;
    struct fault fault = {.pointer = ""};
    enum err err = event_decode_batch(buf_text(&stream->body), stream->body.len, stream->now,
                                      &piece->arena, &elements, &count, &fault);
    if (err != ERR_OK) {
        stream_fail(stream, err, &fault);
        submission_free(piece);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &piece->entries[piece->count++];
        entry->event = elements[i].event;
        if (elements[i].err != ERR_OK) {
            entry->outcome = OUTCOME_REJECTED;
            entry->fault = elements[i].fault;
            entry->body = elements[i].text;
            entry->body_len = elements[i].text_len;
        }
        check_scope(stream, entry);
    }
    return piece;
}

void decode_whole(struct api_stream *stream)
{
    if (stream_has_failed(stream))
        return;
    struct submission *piece =
        stream->form == FORM_BATCH ? decode_batch(stream) : decode_one(stream);
    if (piece == NULL)
        return;
    if (piece->count == 0) { /* an empty batch is valid */
        submission_free(piece);
        return;
    }
    if (!stream_submit(stream, piece, NULL)) {
        submission_free(piece);
        stream_fail(stream, ERR_UNAVAILABLE, NULL);
    }
}
