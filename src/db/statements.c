/* A connection knows some dozens of statements, each of them for good: a list that is searched
 * from its start does. */
#include "db/statements.h"

#include <stdlib.h>
#include <string.h>

#include "db/conn.h"

static const struct statement *find(const struct db *db, const char *name)
{
    for (size_t i = 0; i < db->statement_count; i++)
        if (strcmp(db->statements[i].name, name) == 0)
            return &db->statements[i];
    return NULL;
}

static bool fits(const struct statement *statement, const struct args_view *args)
{
    return statement->count == args->count &&
           (args->count == 0 || memcmp(statement->types, args->types,
                                       (size_t)args->count * sizeof args->types[0]) == 0);
}

static enum err reserve(struct db *db)
{
    if (db->statement_count < db->statement_cap)
        return ERR_OK;
    size_t cap = db->statement_cap == 0 ? 32 : 2 * db->statement_cap;
    struct statement *grown = reallocarray(db->statements, cap, sizeof *grown);
    if (grown == NULL)
        return ERR_NOMEM;
    db->statements = grown;
    db->statement_cap = cap;
    return ERR_OK;
}

static enum err prepare(struct db *db, const struct db_sql *sql, const struct args_view *args)
{
    const struct statement *known = find(db, sql->name);
    if (known != NULL && fits(known, args))
        return ERR_OK;
    if (known != NULL) {
        conn_note(db, sql->name, "called with parameters of other types than before");
        return ERR_INTERNAL;
    }

    /* Room first: what the server has prepared must be known here. */
    enum err err = reserve(db);
    if (err != ERR_OK)
        return err;
    struct statement statement = {.name = strdup(sql->name), .count = args->count};
    if (statement.name == NULL)
        return ERR_NOMEM;
    if (args->count > 0)
        memcpy(statement.types, args->types, (size_t)args->count * sizeof args->types[0]);

    PGresult *result = PQprepare(db->pg, sql->name, sql->text, args->count, args->types);
    err = conn_take_result(db, sql->name, result, NULL);
    if (err != ERR_OK) {
        free(statement.name);
        return err;
    }
    db->statements[db->statement_count++] = statement;
    return ERR_OK;
}

enum err statements_bind(struct db *db, const struct db_sql *sql, const struct db_args *args,
                         struct args_view *ret_view)
{
    enum err err = conn_check(db, sql->name);
    if (err != ERR_OK)
        return err;
    err = args_view(args, sql->text, ret_view);
    if (err != ERR_OK) {
        conn_note(db, sql->name, "parameters take too much memory");
        return err;
    }
    return prepare(db, sql, ret_view);
}

void statements_forget(struct db *db)
{
    for (size_t i = 0; i < db->statement_count; i++)
        free(db->statements[i].name);
    db->statement_count = 0;
}
