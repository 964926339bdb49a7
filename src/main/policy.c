/* windvane policy: looks at policy documents, in files and in the database. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/decimal.h"
#include "commands.h"
#include "config.h"
#include "db/pool.h"
#include "db/query.h"
#include "domain/limits.h"
#include "sql.h"
#include "json/policy.h"

static const char help[] =
    "usage: windvane policy check FILE\n"
    "       windvane policy list\n"
    "       windvane policy show ID[@VERSION]\n"
    "\n"
    "check   tells every fault of a policy document with its place; exit status 1 when there is "
    "one\n"
    "list    the policies in the database and their newest versions (needs WINDVANE_DATABASE_URL)\n"
    "show    a policy's document (needs WINDVANE_DATABASE_URL)\n";

/* --- check --- */

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "windvane: %s: %s\n", path, strerror(errno));
        return false;
    }
    char chunk[4096];
    size_t len;
    while ((len = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_append(out, chunk, len);
    if (file != stdin)
        fclose(file);
    if (buf_failed(out))
        fprintf(stderr, "windvane: %s: more than %d bytes\n", path, POLICY_MAX_BYTES);
    return !buf_failed(out);
}

static int check(const char *path)
{
    AUTO_BUF struct buf text;
    buf_init(&text, POLICY_MAX_BYTES);
    if (!read_file(path, &text))
        return 2;
    struct policy *policy = calloc(1, sizeof *policy);
    struct faults faults = {.count = 0};
    enum err err = policy == NULL ? ERR_NOMEM
                                  : policy_decode(buf_text(&text), text.len, NULL, policy, &faults);
    for (size_t i = 0; i < faults.count; i++)
        printf("%s: %s: %s\n", path,
               faults.items[i].pointer[0] == '\0' ? "/" : faults.items[i].pointer,
               faults.items[i].detail);
    if (err == ERR_OK)
        printf("%s: %zu factors, %zu metrics, %zu backlog marks: no faults\n", path,
               policy->factor_count, policy->metric_count, policy->backlog.mark_count);
    free(policy);
    return err == ERR_OK ? 0 : 1;
}

/* --- list, show --- */

static int list(struct db *db)
{
    struct db_result *result = NULL;
    if (db_query(db, &sql_policies_newest, NULL, &result) != ERR_OK) {
        fprintf(stderr, "windvane: %s\n", db_error(db));
        return 2;
    }
    for (int row = 0; row < db_rows(result); row++)
        printf("%s %lld\n", db_text(result, row, 0), (long long)db_int(result, row, 1));
    db_result_free(result);
    return 0;
}

static int show(struct db *db, const char *name)
{
    const char *at = strchr(name, '@');
    int64_t version = 0;
    if (at != NULL && int_parse(at + 1, strlen(at + 1), 1, INT32_MAX, &version) != ERR_OK) {
        fputs(help, stderr);
        return 2;
    }
    struct db_args *args = db_args_new();
    db_arg_text_len(args, name, at == NULL ? strlen(name) : (size_t)(at - name));
    db_arg_int32(args, (int32_t)version);
    struct db_result *result = NULL;
    AUTO_BUF struct buf document;
    buf_init(&document, 2 * POLICY_MAX_BYTES);
    enum err err = db_query(db, &sql_policy_show, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = policy_document(db_text(result, 0, 2), db_len(result, 0, 2), db_text(result, 0, 0),
                              (int32_t)db_int(result, 0, 1), &document);
    db_result_free(result);
    if (err == ERR_OK)
        puts(buf_text(&document));
    else
        fprintf(stderr, "windvane: %s: %s\n", name,
                err == ERR_NOT_FOUND ? "no such policy" : db_error(db));
    return err == ERR_OK ? 0 : 1;
}

static int with_database(int argc, char **argv)
{
    struct config config;
    if (!config_load(NEED_DATABASE, &config))
        return 2;
    struct db *db = NULL;
    int status = 2;
    if (db_connect(config.database_url, "windvane policy", &db) != ERR_OK)
        fprintf(stderr, "windvane: cannot connect to the database\n");
    else
        status = argc == 2 ? list(db) : show(db, argv[2]);
    db_close(db);
    config_done(&config);
    return status;
}

int policy_command(int argc, char **argv)
{
    if (asks_for_help(argc, argv, help))
        return 0;
    if (argc == 3 && strcmp(argv[1], "check") == 0)
        return check(argv[2]);
    if ((argc == 2 && strcmp(argv[1], "list") == 0) || (argc == 3 && strcmp(argv[1], "show") == 0))
        return with_database(argc, argv);
    fputs(help, stderr);
    return 2;
}
