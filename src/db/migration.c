/* Applies and reverts migrations. What a database has applied must be the beginning of what is
 * known here, by number and checksum: a gap, another text or a number from the future is
 * refused. */
#include "db/migration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "assets.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "db/conn.h"
#include "db/query.h"
#include "sql.h"

#define FOLDER "migrations/"
#define NUMBER_DIGITS 4
#define CHECKSUM_SIZE (2 * SHA256_SIZE + 1)
/* "windvane" in ASCII; the program's other locks are small numbers. */
#define MIGRATION_LOCK INT64_C(0x77696e6476616e65)

struct migration {
    int number;
    const char *name; /* behind the number: "spine", not terminated */
    size_t name_len;
    const char *up;
    const char *down;
    char checksum[CHECKSUM_SIZE]; /* of up */
};

struct migration_list {
    struct migration *items;
    size_t count;
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Other files may lie in the folder (schema.sql): a migration's name begins with its number. */
static bool is_migration(const char *name)
{
    return strncmp(name, FOLDER, strlen(FOLDER)) == 0 &&
           isdigit((unsigned char)name[strlen(FOLDER)]);
}

static enum err read_pair(const struct asset *down, const struct asset *up, int number,
                          struct migration *ret_migration)
{
    static const char up_end[] = ".up.sql";
    static const char down_end[] = ".down.sql";
    if (!ends_with(up->name, up_end) || !ends_with(down->name, down_end))
        return ERR_INTERNAL;
    size_t stem = strlen(up->name) - strlen(up_end);
    if (stem != strlen(down->name) - strlen(down_end) || strncmp(up->name, down->name, stem) != 0)
        return ERR_INTERNAL;

    char *end;
    const char *digits = up->name + strlen(FOLDER);
    if (strtol(digits, &end, 10) != number || end != digits + NUMBER_DIGITS || *end != '_')
        return ERR_INTERNAL;

    *ret_migration = (struct migration){
        .number = number,
        .name = end + 1,
        .name_len = (size_t)(up->name + stem - (end + 1)),
        .up = up->text,
        .down = down->text,
    };
    uint8_t digest[SHA256_SIZE];
    sha256(&(struct digest_part){up->text, strlen(up->text)}, 1, digest);
    hex_encode(digest, sizeof digest, ret_migration->checksum);
    return ERR_OK;
}

/* The list's items are the caller's to free, also after a failure. */
static enum err read_list(const struct asset *texts, size_t count, struct migration_list *list)
{
    list->count = 0;
    list->items = calloc(count + 1, sizeof *list->items);
    if (list->items == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        if (!is_migration(texts[i].name))
            continue;
        if (i + 1 == count)
            return ERR_INTERNAL;
        /* Ascending by name: the down of a pair stands before its up. */
        enum err err =
            read_pair(&texts[i], &texts[i + 1], (int)list->count + 1, &list->items[list->count]);
        if (err != ERR_OK)
            return err;
        list->count++;
        i++;
    }
    return ERR_OK;
}

static enum err make_table(struct db *db)
{
    return conn_exec(db, "migration table",
                     "create table if not exists schema_migrations ("
                     " number integer constraint schema_migrations_pkey primary key,"
                     " name text not null,"
                     " checksum text not null,"
                     " applied_at timestamptz not null default now())");
}

/* How many of the list are applied. ERR_CONFLICT, with the number, when the database has
 * something else. */
static enum err count_applied(struct db *db, const struct migration_list *list, size_t *ret_count,
                              int *reterr_failed)
{
    struct db_result *rows = NULL;
    enum err err = db_query(db, &sql_migration_list, NULL, &rows);
    if (err != ERR_OK)
        return err;
    size_t count = (size_t)db_rows(rows);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        int row = (int)i;
        if (i < list->count && db_int(rows, row, 0) == list->items[i].number &&
            strcmp(db_text(rows, row, 1), list->items[i].checksum) == 0)
            continue;
        conn_note(db, "migrate", "an applied migration is not the one known here");
        *reterr_failed = (int)db_int(rows, row, 0);
        err = ERR_CONFLICT;
    }
    db_result_free(rows);
    if (err == ERR_OK)
        *ret_count = count;
    return err;
}

static enum err record(struct db *db, const struct migration *migration)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, migration->number);
    db_arg_text_len(args, migration->name, migration->name_len);
    db_arg_text(args, migration->checksum);
    return db_query(db, &sql_migration_insert, args, NULL);
}

static enum err forget(struct db *db, const struct migration *migration)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, migration->number);
    return db_query(db, &sql_migration_delete, args, NULL);
}

enum direction { APPLY, REVERT };

static enum err run_one(struct db *db, const struct migration *migration, enum direction direction)
{
    enum err err = db_begin(db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = conn_exec(db, "migration", direction == APPLY ? migration->up : migration->down);
    if (err == ERR_OK)
        err = direction == APPLY ? record(db, migration) : forget(db, migration);
    if (err == ERR_OK)
        err = db_commit(db);
    if (err != ERR_OK)
        db_rollback(db);
    return err;
}

static enum err apply_missing(struct db *db, const struct migration_list *list, int *ret_applied,
                              int *reterr_failed)
{
    size_t applied = 0;
    enum err err = make_table(db);
    if (err == ERR_OK)
        err = count_applied(db, list, &applied, reterr_failed);
    if (err != ERR_OK)
        return err;
    for (size_t i = applied; i < list->count; i++) {
        err = run_one(db, &list->items[i], APPLY);
        if (err != ERR_OK) {
            *reterr_failed = list->items[i].number;
            return err;
        }
    }
    *ret_applied = (int)(list->count - applied);
    return ERR_OK;
}

static enum err revert_newest(struct db *db, const struct migration_list *list, int steps,
                              int *ret_reverted)
{
    size_t applied = 0;
    int conflict = 0;
    enum err err = make_table(db);
    if (err == ERR_OK)
        err = count_applied(db, list, &applied, &conflict);
    if (err != ERR_OK)
        return err;
    int reverted = 0;
    for (; reverted < steps && applied > 0; reverted++) {
        err = run_one(db, &list->items[--applied], REVERT);
        if (err != ERR_OK)
            return err;
    }
    *ret_reverted = reverted;
    return ERR_OK;
}

/* Waits as long as another runner takes; a migration may take its time too. A session lock,
 * which a lost connection gives up by itself. */
static enum err lock(struct db *db)
{
    enum err err = db_statement_timeout(db, 0);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_int(args, MIGRATION_LOCK);
    return db_query(db, &sql_migration_lock, args, NULL);
}

static enum err unlock(struct db *db)
{
    struct db_args *args = db_args_new();
    db_arg_int(args, MIGRATION_LOCK);
    enum err err = db_query(db, &sql_migration_unlock, args, NULL);
    if (err != ERR_OK)
        return err;
    return db_statement_timeout(db, STATEMENT_TIMEOUT_MS);
}

/* Keeps the text of what failed before. */
static void unlock_after_failure(struct db *db)
{
    char error[ERROR_TEXT_SIZE];
    memcpy(error, db->error, sizeof error);
    if (unlock(db) != ERR_OK) {
        db->broken = true;
        db->statement_timeout_ms = STATEMENT_TIMEOUT_MS;
    }
    memcpy(db->error, error, sizeof error);
}

enum err migration_up(struct db *db, const struct asset *texts, size_t count, int *ret_applied,
                      int *reterr_failed)
{
    struct migration_list list;
    enum err err = read_list(texts, count, &list);
    AUTO_FREE struct migration *items = list.items;
    if (err == ERR_OK)
        err = lock(db);
    if (err != ERR_OK)
        return err;
    int applied = 0;
    err = apply_missing(db, &list, &applied, reterr_failed);
    if (err != ERR_OK) {
        unlock_after_failure(db);
        return err;
    }
    err = unlock(db);
    if (err == ERR_OK)
        *ret_applied = applied;
    return err;
}

enum err migration_down(struct db *db, const struct asset *texts, size_t count, int steps,
                        int *ret_reverted)
{
    struct migration_list list;
    enum err err = read_list(texts, count, &list);
    AUTO_FREE struct migration *items = list.items;
    if (err == ERR_OK)
        err = lock(db);
    if (err != ERR_OK)
        return err;
    int reverted = 0;
    err = revert_newest(db, &list, steps, &reverted);
    if (err != ERR_OK) {
        unlock_after_failure(db);
        return err;
    }
    err = unlock(db);
    if (err == ERR_OK)
        *ret_reverted = reverted;
    return err;
}

static enum err check_list(struct db *db, const struct migration_list *list)
{
    struct db_result *exists = NULL;
    enum err err = db_query(db, &sql_migration_table, NULL, &exists);
    if (err != ERR_OK)
        return err;
    bool found = db_bool(exists, 0, 0);
    db_result_free(exists);

    size_t applied = 0;
    int failed = 0;
    if (found)
        err = count_applied(db, list, &applied, &failed);
    if (err != ERR_OK)
        return err;
    if (applied == list->count)
        return ERR_OK;
    conn_note(db, "migrate", "migrations are missing");
    return ERR_CONFLICT;
}

enum err migration_check(struct db *db, const struct asset *texts, size_t count)
{
    struct migration_list list;
    enum err err = read_list(texts, count, &list);
    AUTO_FREE struct migration *items = list.items;
    return err == ERR_OK ? check_list(db, &list) : err;
}
