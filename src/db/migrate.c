/* The embedded migrations. */
#include "db/migrate.h"

#include "assets.h"
#include "db/migration.h"
#include "db/query.h"
#include "sql.h"

enum err db_migrate_up(struct db *db, int *ret_applied, int *reterr_failed)
{
    return migration_up(db, assets, asset_count, ret_applied, reterr_failed);
}

enum err db_migrate_down(struct db *db, int count, int *ret_reverted)
{
    return migration_down(db, assets, asset_count, count, ret_reverted);
}

enum err db_migrate_check(struct db *db)
{
    enum err err = migration_check(db, assets, asset_count);
    struct db_result *tasks = NULL;
    if (err == ERR_OK)
        err = db_query(db, &sql_upgrades_all, NULL, &tasks);
    if (err == ERR_OK && db_rows(tasks) > 0)
        err = ERR_CONFLICT;
    db_result_free(tasks);
    return err;
}
