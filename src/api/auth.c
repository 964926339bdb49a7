/* Who asks: the Authorization header becomes a principal.
 * What was looked up in the database is kept for a second, denials too, in a cache of fixed size
 * whose memory never holds a key, only SHA-256. A text that cannot be a key of ours is denied
 * without asking anybody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/keys.h"
#include "call.h"
#include "db/pool.h"
#include "sql.h"

#define FRESH_US US_PER_SECOND
#define LEASE_WAIT_MS 5000

#define CACHE_SETS 256
#define CACHE_WAYS 4

struct cached_key {
    bool used;
    uint8_t hash[SHA256_SIZE];
    struct instant checked;          /* when the database was asked */
    struct api_principal *principal; /* NULL: no such key */
};

struct key_cache {
    pthread_mutex_t mutex;
    uint64_t generation; /* counts clearings: what was looked up before one is not put after it */
    struct cached_key keys[CACHE_SETS][CACHE_WAYS];
};

/* --- principals --- */

/* Most keys name few stores: only that part of the value is kept and copied. */
static size_t principal_size(const struct api_principal *principal)
{
    return offsetof(struct api_principal, stores) +
           principal->store_count * sizeof principal->stores[0];
}

static void principal_copy(struct api_principal *to, const struct api_principal *from)
{
    memcpy(to, from, principal_size(from));
}

/* The key of the settings: it opens an empty database. */
static void principal_bootstrap(struct api_principal *ret_principal)
{
    snprintf(ret_principal->key_id, sizeof ret_principal->key_id, "bootstrap");
    ret_principal->role = ROLE_ADMIN;
    ret_principal->is_bootstrap = true;
    ret_principal->all_stores = true;
    ret_principal->store_count = 0;
}

/* --- the cache --- */

struct key_cache *key_cache_new(void)
{
    struct key_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL)
        pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

static void forget(struct cached_key *key)
{
    free(key->principal);
    *key = (struct cached_key){0};
}

static void forget_all(struct key_cache *cache)
{
    for (size_t set = 0; set < CACHE_SETS; set++)
        for (size_t way = 0; way < CACHE_WAYS; way++)
            forget(&cache->keys[set][way]);
}

void key_cache_free(struct key_cache *cache)
{
    if (cache == NULL)
        return;
    forget_all(cache);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

void key_cache_clear(struct key_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    forget_all(cache);
    cache->generation++;
    pthread_mutex_unlock(&cache->mutex);
}

static struct cached_key *set_of(struct key_cache *cache, const uint8_t *hash)
{
    return cache->keys[hash[0] % CACHE_SETS];
}

static bool is_fresh(const struct cached_key *key, struct instant now)
{
    return key->used && now.us - key->checked.us < FRESH_US;
}

static enum api_auth cache_get(struct key_cache *cache, const uint8_t *hash, struct instant now,
                               struct api_principal *ret_principal)
{
    enum api_auth auth = AUTH_ASK;
    pthread_mutex_lock(&cache->mutex);
    struct cached_key *keys = set_of(cache, hash);
    for (size_t way = 0; way < CACHE_WAYS; way++) {
        const struct cached_key *key = &keys[way];
        if (!is_fresh(key, now) || memcmp(key->hash, hash, SHA256_SIZE) != 0)
            continue;
        auth = key->principal == NULL ? AUTH_DENIED : AUTH_OK;
        if (auth == AUTH_OK)
            principal_copy(ret_principal, key->principal);
    }
    pthread_mutex_unlock(&cache->mutex);
    return auth;
}

static uint64_t cache_generation(struct key_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    uint64_t generation = cache->generation;
    pthread_mutex_unlock(&cache->mutex);
    return generation;
}

/* How little is lost with an entry; a denial never drives a good key out, so that a flood of
 * wrong ones leaves the others fast. */
static int worth(const struct cached_key *key, const uint8_t *hash, struct instant now)
{
    if (key->used && memcmp(key->hash, hash, SHA256_SIZE) == 0)
        return 0;
    if (!is_fresh(key, now))
        return 1;
    return key->principal == NULL ? 2 : 3;
}

/* principal NULL: there is no such key. */
static void cache_put(struct key_cache *cache, uint64_t generation, const uint8_t *hash,
                      struct instant now, const struct api_principal *principal)
{
    struct api_principal *copy = NULL;
    if (principal != NULL) {
        copy = malloc(principal_size(principal));
        if (copy == NULL)
            return;
        principal_copy(copy, principal);
    }
    pthread_mutex_lock(&cache->mutex);
    struct cached_key *keys = set_of(cache, hash), *victim = &keys[0];
    for (size_t way = 1; way < CACHE_WAYS; way++)
        if (worth(&keys[way], hash, now) < worth(victim, hash, now))
            victim = &keys[way];
    if (cache->generation == generation && (copy != NULL || worth(victim, hash, now) < 3)) {
        forget(victim);
        *victim = (struct cached_key){.used = true, .checked = now, .principal = copy};
        memcpy(victim->hash, hash, SHA256_SIZE);
        copy = NULL;
    }
    pthread_mutex_unlock(&cache->mutex);
    free(copy);
}

/* --- keys --- */

/* The token of "Bearer <token>", whose scheme has no case; NULL when it is something else. */
static const char *bearer_token(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *token = authorization + sizeof scheme - 1;
    token += strspn(token, " ");
    return *token == '\0' ? NULL : token;
}

/* Whether the text has the form that key_add gives. */
static bool is_key(const char *token)
{
    uint8_t secret[SHA256_SIZE];
    size_t len;
    return strncmp(token, "wv_", 3) == 0 &&
           base64url_decode(token + 3, strlen(token + 3), secret, sizeof secret, &len) == ERR_OK &&
           len == sizeof secret;
}

/* Decides what can be decided in memory; AUTH_ASK: ret_hash is what the database has to be asked
 * for. */
static enum api_auth decide(struct api *api, const char *authorization, struct instant now,
                            uint8_t ret_hash[static SHA256_SIZE],
                            struct api_principal *ret_principal)
{
    const char *token = bearer_token(authorization);
    if (token == NULL)
        return AUTH_DENIED;
    struct digest_part part = {token, strlen(token)};
    sha256(&part, 1, ret_hash);
    if (api->has_admin_key && equal_constant_time(ret_hash, api->admin_key_hash, SHA256_SIZE)) {
        principal_bootstrap(ret_principal);
        return AUTH_OK;
    }
    return is_key(token) ? cache_get(api->keys, ret_hash, now, ret_principal) : AUTH_DENIED;
}

enum api_auth api_authenticate_cached(struct api *api, const char *authorization,
                                      struct instant now, struct api_principal *ret_principal)
{
    uint8_t hash[SHA256_SIZE];
    return decide(api, authorization, now, hash, ret_principal);
}

/* --- the database --- */

const char *const role_names[] = {"admin", "ingest", "merchant", "reviewer", NULL};

const char *role_name(enum api_role role)
{
    size_t bit = 0;
    while ((1u << bit) != (unsigned)role)
        bit++;
    return role_names[bit];
}

static enum api_role role_of(const char *name)
{
    size_t bit = 0;
    while (strcmp(role_names[bit], name) != 0) /* the table's check knows the same names */
        bit++;
    return (enum api_role)(1u << bit);
}

/* Columns: key_id, role, stores. */
static void read_principal(const struct db_result *result, struct api_principal *ret_principal)
{
    const char *store;
    size_t len, count = 0;
    snprintf(ret_principal->key_id, sizeof ret_principal->key_id, "%s", db_text(result, 0, 0));
    ret_principal->role = role_of(db_text(result, 0, 1));
    ret_principal->is_bootstrap = false;
    ret_principal->all_stores = db_is_null(result, 0, 2);
    for (; count < API_STORES_MAX && db_texts_at(result, 0, 2, count, &store, &len); count++)
        snprintf(ret_principal->stores[count], sizeof ret_principal->stores[0], "%.*s", (int)len,
                 store);
    ret_principal->store_count = count;
}

static enum err find_key(struct db *db, const uint8_t *hash, struct api_principal *ret_principal)
{
    struct db_args *args = db_args_new();
    db_arg_bytes(args, hash, SHA256_SIZE);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_api_key_by_hash, args, &result);
    if (err != ERR_OK)
        return err;
    if (db_rows(result) == 0)
        err = ERR_UNAUTHORIZED;
    else
        read_principal(result, ret_principal);
    db_result_free(result);
    return err;
}

static enum err ask(struct db_pool *pool, const uint8_t *hash, struct api_principal *ret_principal)
{
    struct db *db;
    enum err err = db_pool_lease(pool, LEASE_WAIT_MS, &db);
    if (err != ERR_OK)
        return err;
    err = find_key(db, hash, ret_principal);
    db_pool_return(pool, db);
    return err;
}

enum err api_authenticate(struct api *api, const char *authorization, struct instant now,
                          struct api_principal *ret_principal)
{
    uint8_t hash[SHA256_SIZE];
    enum api_auth auth = decide(api, authorization, now, hash, ret_principal);
    if (auth != AUTH_ASK)
        return auth == AUTH_OK ? ERR_OK : ERR_UNAUTHORIZED;

    uint64_t generation = cache_generation(api->keys);
    enum err err = ask(api->pool, hash, ret_principal);
    if (err == ERR_TRANSIENT) /* the connection was lost while it lay idle */
        err = ask(api->pool, hash, ret_principal);
    if (err == ERR_OK || err == ERR_UNAUTHORIZED) {
        cache_put(api->keys, generation, hash, now, err == ERR_OK ? ret_principal : NULL);
        return err;
    }
    return ERR_UNAVAILABLE;
}
