/* Responses and problem documents. One table turns an error into a status. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "call.h"

#define BODY_MAX (16u * 1024 * 1024)

void api_response_init(struct api_response *res)
{
    *res = (struct api_response){.status = 200, .content_type = "application/json"};
    buf_init(&res->body, BODY_MAX);
}

void api_response_done(struct api_response *res)
{
    buf_done(&res->body);
}

void api_response_header(struct api_response *res, const char *name, const char *format, ...)
{
    if (res->header_count == API_HEADERS_MAX)
        return;
    snprintf(res->headers[res->header_count].name, sizeof res->headers[0].name, "%s", name);
    va_list args;
    va_start(args, format);
    vsnprintf(res->headers[res->header_count].value, sizeof res->headers[0].value, format, args);
    va_end(args);
    res->header_count++;
}

enum err api_response_stream(struct api_response *res)
{
    enum err err = buf_status(&res->body);
    if (err != ERR_OK || res->pour == NULL || res->body.len < API_PIECE)
        return err;
    return res->pour(res->pour_arg, res);
}

const char *api_query(const struct api_request *req, const char *name)
{
    for (size_t i = 0; i < req->query_count; i++)
        if (strcmp(req->query[i].name, name) == 0)
            return req->query[i].value;
    return NULL;
}

/* --- problems --- */

struct problem_kind {
    int status;
    const char *type; /* stable: callers may compare it */
    const char *title;
};

static struct problem_kind kind_of(enum err err)
{
    switch (err) {
    case ERR_INVALID:
    case ERR_REFUSED:
        return (struct problem_kind){422, "invalid", "The request breaks a rule"};
    case ERR_UNPARSABLE:
        return (struct problem_kind){400, "unparsable", "The body is not in its format"};
    case ERR_UNAUTHORIZED:
        return (struct problem_kind){401, "unauthorized", "A valid key is needed"};
    case ERR_FORBIDDEN:
        return (struct problem_kind){403, "forbidden", "The key's role may not do this"};
    case ERR_NOT_FOUND:
        return (struct problem_kind){404, "not-found", "No such thing"};
    case ERR_CONFLICT:
        return (struct problem_kind){409, "conflict", "The state does not allow this"};
    case ERR_TOO_LARGE:
        return (struct problem_kind){413, "too-large", "Over a limit"};
    case ERR_MEDIA_TYPE:
        return (struct problem_kind){415, "media-type", "This media type is not read here"};
    case ERR_TRANSIENT:
    case ERR_UNAVAILABLE:
    case ERR_NOMEM:
        return (struct problem_kind){503, "unavailable", "Overloaded or without database"};
    case ERR_OK:
    case ERR_INTERNAL:
        break;
    }
    return (struct problem_kind){500, "internal", "A fault of the service"};
}

static struct problem_kind kind_of_status(int status)
{
    switch (status) {
    case 400:
        return (struct problem_kind){400, "bad-request", "The request is malformed"};
    case 401:
        return kind_of(ERR_UNAUTHORIZED);
    case 404:
        return kind_of(ERR_NOT_FOUND);
    case 405:
        return (struct problem_kind){405, "method-not-allowed", "The path takes other methods"};
    case 408:
        return (struct problem_kind){408, "timeout", "The request took too long"};
    case 413:
        return kind_of(ERR_TOO_LARGE);
    case 414:
        return (struct problem_kind){414, "target-too-long", "The target is too long"};
    case 415:
        return kind_of(ERR_MEDIA_TYPE);
    case 431:
        return (struct problem_kind){431, "head-too-large", "The head is too large"};
    case 503:
        return kind_of(ERR_UNAVAILABLE);
    default:
        return (struct problem_kind){status, "http", "The request cannot be served"};
    }
}

static void begin_problem(struct api_response *res, struct jsonw *json, struct problem_kind kind,
                          const char *detail, const char *request_id)
{
    res->status = kind.status;
    res->content_type = "application/problem+json";
    res->header_count = 0;
    buf_clear(&res->body);
    char type[80];
    snprintf(type, sizeof type, "urn:windvane:problem:%s", kind.type);
    jsonw_init(json, &res->body);
    jsonw_object(json, NULL);
    jsonw_string(json, "type", type);
    jsonw_string(json, "title", kind.title);
    jsonw_int(json, "status", kind.status);
    if (detail != NULL && detail[0] != '\0')
        jsonw_string(json, "detail", detail);
    else
        jsonw_string(json, "detail", kind.title);
    if (request_id != NULL)
        jsonw_string(json, "instance", request_id);
    if (kind.status == 503)
        api_response_header(res, "Retry-After", "5");
    if (kind.status == 401)
        api_response_header(res, "WWW-Authenticate", "Bearer");
}

void problem_of_faults(struct api_response *res, const char *request_id, enum err err,
                       const struct faults *faults)
{
    struct jsonw json;
    begin_problem(res, &json, kind_of(err), faults->count > 0 ? faults->items[0].detail : NULL,
                  request_id);
    res->err = err;
    if (faults->count > 0) {
        jsonw_array(&json, "errors");
        for (size_t i = 0; i < faults->count; i++) {
            jsonw_object(&json, NULL);
            jsonw_string(&json, "pointer", faults->items[i].pointer);
            jsonw_string(&json, "detail", faults->items[i].detail);
            jsonw_end_object(&json);
        }
        jsonw_end_array(&json);
    }
    jsonw_end_object(&json);
}

void api_problem(struct api_response *res, const struct api_request *req, enum err err,
                 const char *pointer, const char *detail)
{
    struct faults faults = {.count = 0};
    if (pointer != NULL) {
        fault_set(&faults.items[0], pointer, "%s", detail);
        faults.count = 1;
        problem_of_faults(res, req->id, err, &faults);
        return;
    }
    struct jsonw json;
    begin_problem(res, &json, kind_of(err), detail, req->id);
    res->err = err;
    jsonw_end_object(&json);
}

static enum err err_of_status(int status)
{
    switch (status) {
    case 401:
        return ERR_UNAUTHORIZED;
    case 404:
        return ERR_NOT_FOUND;
    case 413:
        return ERR_TOO_LARGE;
    case 415:
        return ERR_MEDIA_TYPE;
    case 503:
        return ERR_UNAVAILABLE;
    default:
        return ERR_UNPARSABLE;
    }
}

void api_problem_status(struct api_response *res, const char *request_id, const char *path,
                        int status, const char *detail)
{
    (void)path;
    struct jsonw json;
    begin_problem(res, &json, kind_of_status(status), detail, request_id);
    res->err = err_of_status(status);
    jsonw_end_object(&json);
}

/* --- entity tags --- */

/* Whether the If-None-Match list names the tag; weak comparison. */
static bool list_has(const char *list, const char *tag)
{
    if (strcmp(list, "*") == 0)
        return true;
    const char *opaque = tag + 2; /* without W/ */
    return strstr(list, opaque) != NULL;
}

void answer_tag(const char *body, size_t len, char tag[static TAG_SIZE])
{
    const char *as_of = memmem(body, len, "\"as_of\":\"", 9);
    const char *after =
        as_of == NULL ? body : memchr(as_of + 9, '"', len - (size_t)(as_of + 9 - body));
    struct digest_part parts[2] = {
        {body, as_of == NULL ? 0 : (size_t)(as_of - body)},
        {after, len - (size_t)(after - body)},
    };
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256(parts, 2, digest);
    hex_encode(digest, 16, hex);
    snprintf(tag, TAG_SIZE, "W/\"%.32s\"", hex);
}

void response_tag(const struct api_request *req, struct api_response *res, const char *tag)
{
    api_response_header(res, "ETag", "%s", tag);
    if (req->if_none_match != NULL && list_has(req->if_none_match, tag)) {
        res->status = 304;
        buf_clear(&res->body);
    }
}
