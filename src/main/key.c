/* windvane key: API keys without the API, for the first key and for emergencies. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "api/keys.h"
#include "base/clock.h"
#include "commands.h"
#include "config.h"
#include "db/pool.h"
#include "db/query.h"
#include "sql.h"

static const char help[] = "usage: windvane key create --role ROLE [--store ID]... [--name NAME]\n"
                           "       windvane key list\n"
                           "       windvane key delete ID\n"
                           "\n"
                           "create  prints the key, once; ROLE is admin, ingest, merchant or "
                           "reviewer; without --store all stores (a merchant\n"
                           "        needs one)\n"
                           "delete  the key stops working within a second\n"
                           "Needs WINDVANE_DATABASE_URL.\n";

static bool find_role(const char *name, enum api_role *ret_role)
{
    for (unsigned bit = 0; role_names[bit] != NULL; bit++)
        if (strcmp(role_names[bit], name) == 0) {
            *ret_role = (enum api_role)(1u << bit);
            return true;
        }
    return false;
}

static int create(struct db *db, int argc, char **argv)
{
    static const struct option options[] = {{"role", required_argument, NULL, 'r'},
                                            {"store", required_argument, NULL, 's'},
                                            {"name", required_argument, NULL, 'n'},
                                            {NULL, 0, NULL, 0}};
    const char *stores[API_STORES_MAX];
    struct key_grant grant = {.stores = stores, .name = ""};
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r' && find_role(optarg, &grant.role))
            continue;
        if (option == 's' && grant.store_count < API_STORES_MAX) {
            stores[grant.store_count++] = optarg;
            continue;
        }
        if (option == 'n') {
            grant.name = optarg;
            continue;
        }
        fputs(help, stderr);
        return 2;
    }
    if (optind != argc || grant.role == 0 ||
        (grant.role == ROLE_MERCHANT && grant.store_count == 0)) {
        fputs(help, stderr);
        return 2;
    }
    char id[KEY_ID_SIZE], secret[KEY_SECRET_SIZE];
    enum err err = key_add(db, &grant, clock_now(), id, secret);
    if (err == ERR_OK)
        printf("%s %s\n", id, secret);
    else
        fprintf(stderr, "windvane: %s\n", db_error(db));
    return err == ERR_OK ? 0 : 1;
}

static int delete (struct db *db, const char *id)
{
    enum err err = key_remove(db, id);
    if (err != ERR_OK)
        fprintf(stderr, "windvane: %s: %s\n", id,
                err == ERR_NOT_FOUND ? "no such key" : db_error(db));
    return err == ERR_OK ? 0 : 1;
}

static int list(struct db *db)
{
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_keys_all, NULL, &result);
    if (err != ERR_OK)
        fprintf(stderr, "windvane: %s\n", db_error(db));
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++)
        printf("%s %s %s %s\n", db_text(result, row, 0), db_text(result, row, 1),
               db_text(result, row, 2), db_text(result, row, 3));
    db_result_free(result);
    return err == ERR_OK ? 0 : 1;
}

int key_command(int argc, char **argv)
{
    if (asks_for_help(argc, argv, help))
        return 0;
    const char *verb = argc >= 2 ? argv[1] : "";
    bool is_create = strcmp(verb, "create") == 0, is_list = strcmp(verb, "list") == 0 && argc == 2;
    bool is_delete = strcmp(verb, "delete") == 0 && argc == 3;
    if (!is_create && !is_list && !is_delete) {
        fputs(help, stderr);
        return 2;
    }
    struct config config;
    if (!config_load(NEED_DATABASE, &config))
        return 2;
    struct db *db = NULL;
    int status = 2;
    if (db_connect(config.database_url, "windvane key", &db) != ERR_OK)
        fprintf(stderr, "windvane: cannot connect to the database\n");
    else if (is_create)
        status = create(db, argc - 1, argv + 1);
    else
        status = is_list ? list(db) : delete (db, argv[2]);
    db_close(db);
    config_done(&config);
    return status;
}
