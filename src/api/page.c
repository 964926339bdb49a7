/* What list handlers share: the caller's stores, and pages with an opaque cursor. */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/decimal.h"
#include "base/utf8.h"
#include "sql.h"

#define NO_STORE "no such store"

enum err call_invalid(struct call *call, const char *pointer, const char *format, ...)
{
    if (call->faults.count == POLICY_FAULTS_MAX)
        return ERR_INVALID;
    char detail[sizeof call->faults.items[0].detail];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    fault_set(&call->faults.items[call->faults.count++], pointer, "%s", detail);
    return ERR_INVALID;
}

/* --- the caller's stores --- */

bool call_may(const struct call *call, const char *store)
{
    const struct api_principal *principal = call->req->principal;
    if (principal->all_stores)
        return true;
    for (size_t i = 0; i < principal->store_count; i++)
        if (strcmp(principal->stores[i], store) == 0)
            return true;
    return false;
}

enum err call_store(struct call *call, const char **ret_store)
{
    const char *store = call->req->params[0];
    if (!call_may(call, store))
        return ERR_NOT_FOUND;
    *ret_store = store;
    return ERR_OK;
}

/* The place of the first that does not exist, from 1; 0: all do. */
static enum err find_unknown(struct db *db, const char *const *stores, size_t count,
                             int64_t *ret_place)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, stores[i]);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_stores_unknown, args, &result);
    if (err == ERR_OK)
        *ret_place = db_rows(result) > 0 ? db_int(result, 0, 0) : 0;
    db_result_free(result);
    return err;
}

enum err call_stores(struct call *call, const char *const *stores, size_t count)
{
    int64_t place = 0;
    for (size_t i = 0; i < count && place == 0; i++)
        if (!call_may(call, stores[i]))
            place = (int64_t)i + 1;
    enum err err = ERR_OK;
    if (place == 0)
        err = find_unknown(call->db, stores, count, &place);
    if (err != ERR_OK || place == 0)
        return err;
    char pointer[32];
    snprintf(pointer, sizeof pointer, "/stores/%lld", (long long)place - 1);
    return call_invalid(call, pointer, NO_STORE);
}

enum err call_named_store(struct call *call, const char *pointer, const char *store)
{
    int64_t place = 1;
    enum err err = ERR_OK;
    if (call_may(call, store))
        err = find_unknown(call->db, &store, 1, &place);
    if (err != ERR_OK || place == 0)
        return err;
    return call_invalid(call, pointer, NO_STORE);
}

void arg_covered(struct db_args *args, const struct api_principal *principal)
{
    db_arg_bool(args, principal->all_stores);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; !principal->all_stores && i < principal->store_count; i++)
        db_add_text(args, principal->stores[i]);
}

/* --- cursors --- */

/* A token is base64url of a checksum and the parts, each ended by a NUL. The checksum covers the
 * route's pattern: it is no secret, it tells a cursor of this list from a typing error and from
 * a cursor of another list. */
#define CHECK_SIZE 4
#define POSITION_MAX sizeof(((struct page *)NULL)->memory)
#define TOKEN_SIZE (4 * (CHECK_SIZE + POSITION_MAX) / 3 + 4)

static void checksum(const struct call *call, const char *position, size_t len,
                     uint8_t ret_check[static CHECK_SIZE])
{
    const char *pattern = call->req->route->pattern;
    struct digest_part parts[2] = {{pattern, strlen(pattern)}, {position, len}};
    uint8_t digest[SHA256_SIZE];
    sha256(parts, 2, digest);
    memcpy(ret_check, digest, CHECK_SIZE);
}

/* Decodes the token into page->memory and points page->after at its parts; false: it is none of
 * this list. */
static bool read_cursor(const struct call *call, const char *token, size_t parts, struct page *page)
{
    uint8_t data[CHECK_SIZE + sizeof page->memory];
    uint8_t check[CHECK_SIZE];
    size_t len;
    if (base64url_decode(token, strlen(token), data, sizeof data, &len) != ERR_OK ||
        len <= CHECK_SIZE)
        return false;
    len -= CHECK_SIZE;
    memcpy(page->memory, data + CHECK_SIZE, len);
    checksum(call, page->memory, len, check);
    if (memcmp(check, data, CHECK_SIZE) != 0)
        return false;

    size_t at = 0;
    for (size_t part = 0; part < parts; part++) {
        const char *end = memchr(page->memory + at, '\0', len - at);
        if (end == NULL)
            return false;
        page->after[part] = page->memory + at;
        at = (size_t)(end - page->memory) + 1;
        if (!utf8_valid(page->after[part], strlen(page->after[part])))
            return false;
    }
    return at == len;
}

static enum err refuse_cursor(struct call *call)
{
    return call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
}

enum err call_page(struct call *call, int32_t default_limit, int32_t max_limit, size_t parts,
                   struct page *ret_page)
{
    ret_page->limit = default_limit;
    for (size_t i = 0; i < CURSOR_PARTS; i++)
        ret_page->after[i] = NULL;

    const char *limit = api_query(call->req, "limit");
    int64_t number = default_limit;
    if (limit != NULL && int_parse(limit, strlen(limit), 1, max_limit, &number) != ERR_OK)
        return call_invalid(call, "", "query parameter limit: must be a whole number from 1 to %d",
                            (int)max_limit);
    ret_page->limit = (int32_t)number;

    const char *cursor = api_query(call->req, "cursor");
    if (cursor != NULL && !read_cursor(call, cursor, parts, ret_page))
        return refuse_cursor(call);
    return ERR_OK;
}

enum err page_instant(struct call *call, const struct page *page, size_t part,
                      struct instant *ret_instant)
{
    const char *text = page->after[part];
    *ret_instant = INSTANT_NEVER;
    if (text == NULL)
        return ERR_OK;
    int64_t us;
    if (int_parse(text, strlen(text), INSTANT_MIN.us, INSTANT_END.us, &us) != ERR_OK)
        return refuse_cursor(call);
    ret_instant->us = us;
    return ERR_OK;
}

void page_instant_text(struct instant t, char text[static PAGE_INSTANT_SIZE])
{
    snprintf(text, PAGE_INSTANT_SIZE, "%lld", (long long)t.us);
}

int page_shown(const struct page *page, const struct db_result *result)
{
    int rows = db_rows(result);
    return rows > page->limit ? page->limit : rows;
}

void call_next_cursor(struct call *call, const char *const *parts, size_t count)
{
    if (parts == NULL) {
        jsonw_null(&call->json, "next_cursor");
        return;
    }
    AUTO_BUF struct buf position;
    buf_init(&position, POSITION_MAX);
    for (size_t i = 0; i < count; i++)
        buf_append(&position, parts[i], strlen(parts[i]) + 1);
    if (buf_failed(&position)) { /* the answer must not look like a last page */
        call->res->body.no_memory = true;
        return;
    }
    uint8_t data[CHECK_SIZE + POSITION_MAX];
    char token[TOKEN_SIZE];
    checksum(call, position.data, position.len, data);
    memcpy(data + CHECK_SIZE, position.data, position.len);
    base64url_encode(data, CHECK_SIZE + position.len, token);
    jsonw_string(&call->json, "next_cursor", token);
}

enum err call_store_exists(struct call *call, const char *store)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_store_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    db_result_free(result);
    return err;
}
