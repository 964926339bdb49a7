#include "jobs/housekeeping.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/pool.h"
#include "db/query.h"
#include "sql.h"
#include "ticker.h"

#define EVERY_MS (3600 * 1000)
#define KEEP_HOURS 48             /* rows that are still likely to be needed again */
#define DELIVERED_HOURS (30 * 24) /* for who asks what was delivered */

struct housekeeping {
    struct ticker ticker;
    struct db *db;
};

static enum err clean_waiting(struct db *db, struct instant now)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, (int32_t)(instant_hour(now) - KEEP_HOURS));
    return db_query(db, &sql_waiting_clean, args, NULL);
}

static enum err clean_deliveries(struct db *db, struct instant now)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, instant_add_hours(now, -DELIVERED_HOURS));
    return db_query(db, &sql_deliveries_clean, args, NULL);
}

static void clean(void *arg, bool woken)
{
    (void)woken;
    struct housekeeping *housekeeping = arg;
    struct instant now = clock_now();
    enum err err = db_reconnect(housekeeping->db);
    if (err == ERR_OK)
        err = clean_waiting(housekeeping->db, now);
    if (err == ERR_OK)
        err = clean_deliveries(housekeeping->db, now);
    if (err != ERR_OK && !ticker_stops(&housekeeping->ticker))
        log_line(LOG_WARN, "housekeeping failed", "%s", db_error(housekeeping->db));
}

static void end(struct housekeeping *housekeeping)
{
    ticker_done(&housekeeping->ticker);
    db_close(housekeeping->db);
    free(housekeeping);
}

enum err housekeeping_start(const char *database_url, struct housekeeping **ret_housekeeping)
{
    struct housekeeping *housekeeping = calloc(1, sizeof *housekeeping);
    if (housekeeping == NULL)
        return ERR_NOMEM;
    ticker_init(&housekeeping->ticker);
    enum err err = db_connect(database_url, "windvane jobs", &housekeeping->db);
    if (err == ERR_OK)
        err = ticker_start(&housekeeping->ticker, EVERY_MS, clean, housekeeping);
    if (err == ERR_OK)
        *ret_housekeeping = housekeeping;
    else
        end(housekeeping);
    return err;
}

void housekeeping_stop(struct housekeeping *housekeeping)
{
    if (housekeeping == NULL)
        return;
    ticker_stop(&housekeeping->ticker);
    db_end(housekeeping->db);
    end(housekeeping);
}
