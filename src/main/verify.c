/* windvane verify and windvane rebuild. */
#include "jobs/verify.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "db/migrate.h"
#include "db/pool.h"
#include "db/query.h"
#include "jobs/rebuild.h"
#include "rules/rules.h"

static const char verify_help[] = "usage: windvane verify [--store ID]\n"
                                  "\n"
                                  "Folds the log of events again and compares: event keys, orders, "
                                  "tallies, waiting counts. Reads one snapshot of the\n"
                                  "database and may run beside the service. Exit status: 0 clean, "
                                  "1 with each difference printed, 2 could not run.\n"
                                  "Needs WINDVANE_DATABASE_URL.\n";

static const char rebuild_help[] =
    "usage: windvane rebuild [--store ID]\n"
    "\n"
    "Makes event keys, orders, tallies and waiting counts anew from the log of events, store by "
    "store, each in one\n"
    "transaction under its lock; the service may run. Needs WINDVANE_DATABASE_URL.\n";

/* --store ID or nothing. */
static bool parse(int argc, char **argv, const char **ret_store)
{
    *ret_store = argc == 3 && strcmp(argv[1], "--store") == 0 ? argv[2] : NULL;
    return argc == 1 || *ret_store != NULL;
}

static void print_line(void *arg, const char *line)
{
    (void)arg;
    puts(line);
}

/* A connection for long statements. */
static bool connect_to(const struct config *config, const char *name, struct db **ret_db)
{
    if (db_connect(config->database_url, name, ret_db) != ERR_OK) {
        fprintf(stderr, "windvane: cannot connect to the database\n");
        return false;
    }
    if (db_for_bulk(*ret_db) != ERR_OK || db_migrate_check(*ret_db) != ERR_OK) {
        fprintf(stderr, "windvane: the database is not at this program's schema\n");
        return false;
    }
    return true;
}

static int no_such_store(void)
{
    fprintf(stderr, "windvane: no such store\n");
    return 2;
}

static int run_verify(struct db *db, struct rules *rules, const char *store)
{
    struct verify_totals totals;
    if (verify(rules, db, store, print_line, NULL, &totals) != ERR_OK) {
        fprintf(stderr, "windvane: could not verify: %s\n", db_error(db));
        return 2;
    }
    if (store != NULL && totals.stores == 0)
        return no_such_store();
    printf(
        "%zu stores, %zu events, %zu orders, %zu tickets, %zu reviews, %zu tally rows, %zu waiting "
        "rows: %zu differences\n",
        totals.stores, totals.events, totals.entities[ENTITY_ORDER], totals.entities[ENTITY_TICKET],
        totals.entities[ENTITY_REVIEW], totals.tallies, totals.waiting, totals.differences);
    return totals.differences == 0 ? 0 : 1;
}

int verify_command(int argc, char **argv)
{
    const char *store;
    if (asks_for_help(argc, argv, verify_help))
        return 0;
    if (!parse(argc, argv, &store)) {
        fputs(verify_help, stderr);
        return 2;
    }
    struct config config;
    if (!config_load(NEED_DATABASE, &config))
        return 2;
    struct db *db = NULL;
    struct rules *rules = rules_new();
    int status = 2;
    if (rules != NULL && connect_to(&config, "windvane verify", &db))
        status = run_verify(db, rules, store);
    db_close(db);
    rules_free(rules);
    config_done(&config);
    return status;
}

static int run_rebuild(struct db *reader, struct db *writer, struct rules *rules, const char *store)
{
    struct rebuild_totals totals;
    if (rebuild(rules, reader, writer, store, &totals) != ERR_OK) {
        fprintf(stderr, "windvane: could not rebuild: %s %s\n", db_error(writer), db_error(reader));
        return 1;
    }
    if (store != NULL && totals.stores == 0)
        return no_such_store();
    printf("%zu stores, %zu events, %zu orders, %zu tickets, %zu reviews rebuilt\n", totals.stores,
           totals.events, totals.entities[ENTITY_ORDER], totals.entities[ENTITY_TICKET],
           totals.entities[ENTITY_REVIEW]);
    return 0;
}

int rebuild_command(int argc, char **argv)
{
    const char *store;
    if (asks_for_help(argc, argv, rebuild_help))
        return 0;
    if (!parse(argc, argv, &store)) {
        fputs(rebuild_help, stderr);
        return 2;
    }
    struct config config;
    if (!config_load(NEED_DATABASE, &config))
        return 2;
    struct db *reader = NULL, *writer = NULL;
    struct rules *rules = rules_new();
    int status = 2;
    if (rules != NULL && connect_to(&config, "windvane rebuild", &reader) &&
        connect_to(&config, "windvane rebuild", &writer))
        status = run_rebuild(reader, writer, rules, store);
    db_close(writer);
    db_close(reader);
    rules_free(rules);
    config_done(&config);
    return status;
}
