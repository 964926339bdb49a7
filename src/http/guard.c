#include "http/guard.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_token_char(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* RFC 9110, 5.6.2. Catches "Content-Length : 4", which libmicrohttpd stores under a name with a
 * blank and so does not see. */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_token_char((unsigned char)text[i]))
            return false;
    }
    return len > 0;
}

/* RFC 9110, 5.5: no control character but the tab; a bare CR would end the line for other parsers.
 */
static bool is_field_value(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool equals(const char *text, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(text, name, len) == 0;
}

static const char *field_fault(struct guard *guard, const char *name, size_t name_len,
                               const char *value, size_t value_len)
{
    if (!is_token(name, name_len))
        return "A header field's name is malformed.";
    if (!is_field_value(value, value_len))
        return "A header field's value contains a control character.";
    if (equals(name, name_len, "Host"))
        guard->hosts++;
    if (equals(name, name_len, "Content-Length"))
        guard->content_lengths++;
    if (equals(name, name_len, "Transfer-Encoding")) {
        guard->transfer_encodings++;
        if (!equals(value, value_len, "chunked"))
            return "The only transfer coding taken is chunked.";
    }
    return NULL;
}

void guard_header(struct guard *guard, const char *name, size_t name_len, const char *value,
                  size_t value_len)
{
    const char *fault = field_fault(guard, name, name_len, value == NULL ? "" : value,
                                    value == NULL ? 0 : value_len);
    guard->bytes += name_len + value_len + 4;
    if (guard->fault == NULL)
        guard->fault = fault;
}

const char *guard_method(const char *method)
{
    static const char *const known[] = {"GET",     "HEAD",  "POST",  "PUT",    "DELETE",
                                        "OPTIONS", "PATCH", "TRACE", "CONNECT"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(method, known[i]) == 0)
            return known[i];
    }
    return NULL;
}

const char *guard_verdict(const struct guard *guard, const char *method, const char *version)
{
    bool http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    if (guard->fault != NULL)
        return guard->fault;
    if (guard_method(method) == NULL)
        return "Unknown method.";
    if (guard->content_lengths > 1)
        return "More than one Content-Length.";
    if (guard->transfer_encodings > 1)
        return "More than one Transfer-Encoding.";
    if (guard->transfer_encodings == 1 && guard->content_lengths == 1)
        return "Content-Length together with Transfer-Encoding.";
    if (guard->transfer_encodings == 1 && http_1_0)
        return "HTTP/1.0 has no Transfer-Encoding.";
    if (guard->hosts > 1 || (guard->hosts == 0 && !http_1_0))
        return "Exactly one Host is required.";
    return NULL;
}
