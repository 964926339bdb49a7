/* windvane migrate: the schema, and the shipped policies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/policies.h"
#include "assets.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "commands.h"
#include "config.h"
#include "db/migrate.h"
#include "db/pool.h"
#include "db/query.h"
#include "jobs/rebuild.h"
#include "rules/rules.h"
#include "sql.h"

static const char help[] =
    "usage: windvane migrate [--down N]\n"
    "\n"
    "Applies the migrations that are missing and loads the shipped policies; folds the log of\n"
    "events again where a migration asks for it.\n"
    "--down N   reverts the newest N migrations instead\n"
    "Needs WINDVANE_DATABASE_URL.\n";

/* "policies/jd.json" → "jd" */
static bool policy_name(const char *asset, char id[static 65])
{
    size_t len = strlen(asset);
    if (strncmp(asset, "policies/", 9) != 0 || len < 15 || len > 9 + 64 + 5)
        return false;
    memcpy(id, asset + 9, len - 14);
    id[len - 14] = '\0';
    return true;
}

static bool load_policy(struct db *db, const char *id, const char *text)
{
    struct faults faults = {.count = 0};
    int32_t version = 0;
    bool is_new = false;
    enum err err =
        policy_store(db, id, text, strlen(text), true, clock_now(), &version, &is_new, &faults);
    if (err != ERR_OK) {
        fprintf(stderr, "windvane: policy %s: %s %s\n", id,
                faults.count > 0 ? faults.items[0].pointer : "",
                faults.count > 0 ? faults.items[0].detail : db_error(db));
        return false;
    }
    if (is_new)
        printf("policy %s is at version %d\n", id, (int)version);
    return true;
}

/* The default one first: a row of tallies is as long as the greatest slot of its store's measures,
 * and most stores are of that policy. */
static bool load_policies(struct db *db)
{
    bool good = true;
    for (int others = 0; others <= 1; others++) {
        for (size_t i = 0; good && i < asset_count; i++) {
            char id[65];
            if (policy_name(assets[i].name, id) && (strcmp(id, DEFAULT_POLICY) != 0) == others)
                good = load_policy(db, id, assets[i].text);
        }
    }
    return good;
}

/* What a migration left to the program. */
static bool finish_upgrades(const struct config *config, struct db *db)
{
    struct db_result *tasks = NULL;
    if (db_query(db, &sql_upgrades_all, NULL, &tasks) != ERR_OK) {
        fprintf(stderr, "windvane: cannot read the upgrades: %s\n", db_error(db));
        return false;
    }
    bool rebuilds = db_rows(tasks) > 0;
    db_result_free(tasks);
    if (!rebuilds)
        return true;
    printf("folding the log of events again; this can take minutes\n");
    struct db *reader = NULL;
    struct rules *rules = rules_new();
    struct rebuild_totals totals;
    bool done = rules != NULL &&
                db_connect(config->database_url, "windvane migrate", &reader) == ERR_OK &&
                db_for_bulk(reader) == ERR_OK && db_for_bulk(db) == ERR_OK &&
                rebuild(rules, reader, db, NULL, &totals) == ERR_OK &&
                db_query(db, &sql_upgrades_done, NULL, NULL) == ERR_OK;
    if (!done)
        fprintf(stderr, "windvane: could not rebuild: %s\n", db_error(db));
    db_close(reader);
    rules_free(rules);
    return done;
}

static int up(const struct config *config, struct db *db)
{
    int applied = 0, failed = 0;
    enum err err = db_migrate_up(db, &applied, &failed);
    if (err == ERR_CONFLICT) {
        fprintf(stderr, "windvane: migration %04d in the database is not the one of this program\n",
                failed);
        return 1;
    }
    if (err != ERR_OK) {
        fprintf(stderr, "windvane: migration %04d failed: %s\n", failed, db_error(db));
        return 1;
    }
    printf("%d migrations applied\n", applied);
    return load_policies(db) && finish_upgrades(config, db) ? 0 : 1;
}

static int down(struct db *db, int count)
{
    int reverted = 0;
    enum err err = db_migrate_down(db, count, &reverted);
    if (err != ERR_OK) {
        fprintf(stderr, "windvane: cannot revert: %s\n", db_error(db));
        return 1;
    }
    printf("%d migrations reverted\n", reverted);
    return 0;
}

int migrate_command(int argc, char **argv)
{
    int64_t count = 0;
    if (asks_for_help(argc, argv, help))
        return 0;
    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--down") != 0 ||
                      int_parse(argv[2], strlen(argv[2]), 1, 9999, &count) != ERR_OK)) {
        fputs(help, stderr);
        return 2;
    }
    struct config config;
    if (!config_load(NEED_DATABASE, &config))
        return 2;
    struct db *db = NULL;
    int status = 2;
    if (db_connect(config.database_url, "windvane migrate", &db) != ERR_OK)
        fprintf(stderr, "windvane: cannot connect to the database\n");
    else
        status = count > 0 ? down(db, (int)count) : up(&config, db);
    db_close(db);
    config_done(&config);
    return status;
}
