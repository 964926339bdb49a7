/* A database of one's own for a group of tests, on the server that WINDVANE_TEST_PG names.
 * Without the variable the group fails. */
#ifndef SUPPORT_PG_FIXTURE_H
#define SUPPORT_PG_FIXTURE_H

#include "db/query.h"

struct pg_fixture {
    char name[64];
    char url[512];
    struct db *db; /* a connection to the database */
};

/* Group set-ups and tear-down for cmocka_run_group_tests: *state is a struct pg_fixture. */
int pg_fixture_setup(void **state);       /* migrated */
int pg_fixture_setup_empty(void **state); /* without any table */
int pg_fixture_teardown(void **state);

/* Runs statements, each given as text; fails the test when one fails. */
void pg_run(struct db *db, const char *text);
/* The first value of a statement as an integer (bigint); fails the test when there is none. */
int64_t pg_int(struct db *db, const char *text);

#endif
