#include "body.h"

#include "base/media.h"

enum err call_json(const struct call *call)
{
    const char *type = call->req->content_type;
    return type == NULL || media_type_is(type, "application/json") ? ERR_OK : ERR_MEDIA_TYPE;
}

enum err call_doc(struct call *call, struct doc *ret_doc)
{
    enum err err = call_json(call);
    if (err != ERR_OK)
        return err;
    const char *body = call->req->body == NULL ? "" : call->req->body;
    err = doc_parse(body, call->req->body_len, ret_doc, &call->faults.items[0]);
    if (err == ERR_INVALID || err == ERR_UNPARSABLE)
        call->faults.count = 1;
    return err;
}

void call_reader(struct call *call, const struct doc *doc, struct reader *ret_reader)
{
    reader_init(ret_reader, doc, &call->faults.items[0]);
}

enum err call_finish(struct call *call, struct reader *reader)
{
    enum err err = reader_finish(reader);
    call->faults.count = err == ERR_OK ? 0 : 1;
    return err;
}

const char *reader_label(struct reader *reader, const struct doc *doc, const char *name,
                         size_t max_bytes, const char *absent)
{
    static const char *const empty[] = {"", NULL};
    struct fault ignored;
    struct reader probe;
    reader_init(&probe, doc, &ignored);
    if (reader_choice(&probe, name, empty, -1) == 0) {
        (void)reader_has(reader, name); /* counts as asked */
        return "";
    }
    const char *text = reader_optional_text(reader, name, max_bytes);
    return text == NULL ? absent : text;
}
