#include "api/app.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "books/settings.h"
#include "call.h"
#include "db/migrate.h"
#include "db/pool.h"
#include "ingest/queue.h"
#include "ingest/writer.h"
#include "listeners.h"
#include "rules/rules.h"

void api_store_moved(void *arg, const char *store)
{
    struct api *api = arg;
    snapshots_drop(api->snapshots, store);
    if (api->store_changed != NULL)
        api->store_changed(api->store_changed_arg, store);
}

static enum err start(struct api *api, const struct api_config *config)
{
    api->rules = rules_new();
    api->snapshots = snapshots_new();
    api->keys = key_cache_new();
    api->queue = queue_new(config->queue_events, config->queue_bytes);
    api->openapi = strdup(config->openapi);
    if (api->rules == NULL || api->snapshots == NULL || api->keys == NULL || api->queue == NULL ||
        api->openapi == NULL)
        return ERR_NOMEM;
    api->private_webhooks = config->private_webhooks;
    api->streams_max = config->streams;
    api->ready_checked_ms = clock_monotonic_ms() - 1000000;
    if (config->admin_key != NULL) {
        struct digest_part part = {config->admin_key, strlen(config->admin_key)};
        sha256(&part, 1, api->admin_key_hash);
        api->has_admin_key = true;
    }
    enum err err = db_pool_new(config->database_url, "windvane", config->connections, &api->pool);
    if (err == ERR_OK)
        err = writer_start(config->database_url, api->queue, api->rules, api_store_moved, api,
                           &api->writer);
    const struct listeners_config listeners_config = {
        .database_url = config->database_url,
        .max = config->listeners,
        .max_of_key = config->listeners_of_key,
        .keepalive_ms = config->keepalive_ms,
    };
    if (err == ERR_OK)
        err = listeners_start(&listeners_config, &api->listeners);
    return err;
}

#define LEASE_WAIT_MS 5000

/* The schema has to be this program's. Stores that a process left behind when it died go on, as far
 * as that is quickly done; what is left goes on answering by what it is counted by. */
static enum err catch_up(struct api *api)
{
    struct db *db = NULL;
    enum err err = db_pool_lease(api->pool, LEASE_WAIT_MS, &db);
    if (err != ERR_OK)
        return err;
    err = db_migrate_check(db);
    if (err == ERR_OK)
        api_follow(api, db, NULL);
    db_pool_return(api->pool, db);
    return err;
}

enum err api_new(const struct api_config *config, struct api **ret_api)
{
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return ERR_NOMEM;
    enum err err = start(api, config);
    if (err == ERR_OK)
        err = catch_up(api);
    if (err != ERR_OK) {
        api_free(api);
        return err;
    }
    *ret_api = api;
    return ERR_OK;
}

void api_on_stores_left(struct api *api, void (*stores_left)(void *arg), void *arg)
{
    api->stores_left = stores_left;
    api->stores_left_arg = arg;
}

void api_on_store_changed(struct api *api, void (*store_changed)(void *arg, const char *store),
                          void *arg)
{
    api->store_changed_arg = arg;
    api->store_changed = store_changed;
}

#define FOLLOW_MS 2000

void api_follow(struct api *api, struct db *db, const char *policy_id)
{
    const struct follow follow = {.policy_id = policy_id,
                                  .until_ms = clock_monotonic_ms() + FOLLOW_MS,
                                  .moved = api_store_moved,
                                  .arg = api};
    int left = 0;
    enum err err = settings_follow_all(api->rules, db, &follow, &left);
    if ((err != ERR_OK || left > 0) && api->stores_left != NULL)
        api->stores_left(api->stores_left_arg);
}

void api_end(struct api *api)
{
    db_pool_end(api->pool);
}

void api_set_draining(struct api *api)
{
    atomic_store(&api->draining, true);
    listeners_end_all(api->listeners);
}

void api_free(struct api *api)
{
    if (api == NULL)
        return;
    listeners_stop(api->listeners);
    writer_stop(api->writer);
    db_pool_free(api->pool);
    queue_free(api->queue);
    key_cache_free(api->keys);
    snapshots_free(api->snapshots);
    rules_free(api->rules);
    free(api->openapi);
    free(api);
}
