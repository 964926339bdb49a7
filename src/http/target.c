#include "http/target.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/percent.h"
#include "base/utf8.h"

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

/* Decodes `len` bytes, which a '&', a '=', a '?' or a NUL follows, into `out`, which takes len + 1.
 * Returns NULL or what is wrong. */
static const char *decode(const char *in, size_t len, bool plus_is_blank, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (is_control((unsigned char)in[i]) || in[i] == ' ')
            return "The request target contains a blank or a control character.";
        char c;
        size_t used = percent_decode(in + i, &c);
        if (used == 0)
            return "The request target contains a broken percent-encoding.";
        if (is_control((unsigned char)c))
            return "The request target contains an encoded control character.";
        out[n++] = plus_is_blank && in[i] == '+' ? ' ' : c;
        i += used;
    }
    out[n] = '\0';
    return utf8_valid(out, n) ? NULL : "The request target is not well-formed UTF-8.";
}

/* The path of "http://authority/path", which servers must take from any client; the authority is
 * not looked at. */
static const char *skip_authority(const char *raw)
{
    const char *path = raw;
    if (strncasecmp(raw, "http://", 7) == 0)
        path = raw + 7 + strcspn(raw + 7, "/?");
    else if (strncasecmp(raw, "https://", 8) == 0)
        path = raw + 8 + strcspn(raw + 8, "/?");
    return path;
}

static const char *parse_pair(struct target *target, const char *text, size_t len, char *out)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - text);
    char *value = out + name_len + 1;
    if (target->query_count == API_QUERY_MAX)
        return "The query has too many parameters.";
    const char *why = decode(text, name_len, true, out);
    if (why == NULL && equals != NULL)
        why = decode(equals + 1, len - name_len - 1, true, value);
    if (why != NULL)
        return why;
    target->query[target->query_count].name = out;
    target->query[target->query_count].value = equals == NULL ? "" : value;
    target->query_count++;
    return NULL;
}

static const char *parse_query(struct target *target, const char *query, char *out)
{
    const char *why = NULL;
    while (*query != '\0' && why == NULL) {
        size_t len = strcspn(query, "&");
        if (len > 0) {
            why = parse_pair(target, query, len, out);
            out += len + 1;
        }
        query += len;
        if (*query == '&')
            query++;
    }
    return why;
}

enum err target_parse(const char *raw, struct target *ret_target, const char **reterr_why)
{
    const char *start = skip_authority(raw);
    size_t path_len = strcspn(start, "?");
    const char *query = start[path_len] == '?' ? start + path_len + 1 : "";
    bool root = start != raw && path_len == 0; /* "http://host" means "/" */
    size_t path_size = (root ? 1 : path_len) + 1;
    struct target target = {0};

    /* Path, scratch, decoded query: a pair needs its text and one NUL, for which its '&' or the end
     * makes room. */
    target.memory = malloc(2 * path_size + strlen(query) + 1);
    if (target.memory == NULL)
        return ERR_NOMEM;
    memcpy(target.memory, root ? "/" : start, path_size - 1);
    target.memory[path_size - 1] = '\0';
    target.path = target.memory;
    target.scratch = target.memory + path_size;

    const char *why = "The request target is not a path.";
    if (target.path[0] == '/')
        why = decode(target.path, path_size - 1, false, target.scratch);
    if (why == NULL)
        why = parse_query(&target, query, target.scratch + path_size);
    if (why != NULL) {
        free(target.memory);
        *reterr_why = why;
        return ERR_INVALID;
    }
    *ret_target = target;
    return ERR_OK;
}

void target_done(struct target *target)
{
    free(target->memory);
    *target = (struct target){0};
}
