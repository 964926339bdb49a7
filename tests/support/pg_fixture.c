#include "pg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/migrate.h"
#include "db/pool.h"

/* The server's URL with another database: postgresql://user@host/NAME?parameters */
static bool url_of(const char *server, const char *name, char *url, size_t size)
{
    const char *authority = strstr(server, "://");
    if (authority == NULL)
        return false;
    authority += strlen("://");
    size_t head = strcspn(authority, "/?") + (size_t)(authority - server);
    const char *parameters = strchr(server + head, '?');
    int len = snprintf(url, size, "%.*s/%s%s", (int)head, server, name,
                       parameters != NULL ? parameters : "");
    return len > 0 && (size_t)len < size;
}

/* Each under a name of its own: the same one would be prepared already. */
static enum err run_text(struct db *db, const char *text, struct db_result **ret_result)
{
    static unsigned runs;
    char name[32];
    snprintf(name, sizeof name, "test %u", ++runs);
    return db_query(db, &(struct db_sql){.name = name, .text = text}, NULL, ret_result);
}

/* On the server's own database: `command` and the name of the fixture's. */
static enum err run_on_server(const char *command, const char *name, const char *option)
{
    struct db *server = NULL;
    enum err err = db_connect(getenv("WINDVANE_TEST_PG"), "windvane test", &server);
    if (err != ERR_OK) {
        fprintf(stderr, "cannot connect to WINDVANE_TEST_PG\n");
        return err;
    }
    char text[160];
    snprintf(text, sizeof text, "%s %s %s", command, name, option);
    err = run_text(server, text, NULL);
    if (err != ERR_OK)
        fprintf(stderr, "%s\n", db_error(server));
    db_close(server);
    return err;
}

static int set_up(void **state, bool migrated)
{
    const char *server = getenv("WINDVANE_TEST_PG");
    if (server == NULL || server[0] == '\0') {
        fprintf(stderr, "WINDVANE_TEST_PG is not set: see tests/run.sh\n");
        return -1;
    }
    struct pg_fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    *state = fixture;
    snprintf(fixture->name, sizeof fixture->name, "windvane_test_%ld", (long)getpid());
    if (!url_of(server, fixture->name, fixture->url, sizeof fixture->url)) {
        fprintf(stderr, "WINDVANE_TEST_PG is not a URI\n");
        return -1;
    }
    if (run_on_server("drop database if exists", fixture->name, "with (force)") != ERR_OK ||
        run_on_server("create database", fixture->name, "") != ERR_OK ||
        db_connect(fixture->url, "windvane test", &fixture->db) != ERR_OK) {
        fprintf(stderr, "cannot make the database %s\n", fixture->name);
        return -1;
    }
    int applied = 0;
    int failed = 0;
    if (migrated && db_migrate_up(fixture->db, &applied, &failed) != ERR_OK) {
        fprintf(stderr, "migration %d: %s\n", failed, db_error(fixture->db));
        return -1;
    }
    return 0;
}

int pg_fixture_setup(void **state)
{
    return set_up(state, true);
}

int pg_fixture_setup_empty(void **state)
{
    return set_up(state, false);
}

int pg_fixture_teardown(void **state)
{
    struct pg_fixture *fixture = *state;
    if (fixture == NULL)
        return 0;
    db_close(fixture->db);
    enum err err = run_on_server("drop database if exists", fixture->name, "with (force)");
    free(fixture);
    *state = NULL;
    return err == ERR_OK ? 0 : -1;
}

void pg_run(struct db *db, const char *text)
{
    if (run_text(db, text, NULL) != ERR_OK)
        fail_msg("%s: %s", text, db_error(db));
}

int64_t pg_int(struct db *db, const char *text)
{
    struct db_result *result = NULL;
    if (run_text(db, text, &result) != ERR_OK)
        fail_msg("%s: %s", text, db_error(db));
    if (db_rows(result) != 1 || db_is_null(result, 0, 0))
        fail_msg("%s: no value", text);
    int64_t value = db_int(result, 0, 0);
    db_result_free(result);
    return value;
}
