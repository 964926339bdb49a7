/* The embedded migrations. */
#include "db/migrate.h"

#include "assets.h"
#include "db/migration.h"

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
    return migration_check(db, assets, asset_count);
}
