#include "jobs/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "books/plan.h"
#include "books/refold.h"
#include "books/sums.h"
#include "db/facts.h"
#include "db/query.h"
#include "sql.h"

struct check {
    struct rules *rules;
    struct db *db;
    const char *store;
    struct plan plan;
    struct sums sums; /* what the log says */
    struct buf facts; /* scratch */
    verify_report_fn *report;
    void *report_arg;
    struct verify_totals *totals;
};

__attribute__((format(printf, 2, 3))) static void differ(struct check *check, const char *format,
                                                         ...)
{
    char what[1024], line[1400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(line, sizeof line, "store %s: %s", check->store, what);
    check->report(check->report_arg, line);
    check->totals->differences++;
}

/* --- events, keys, orders --- */

static enum err check_event(void *arg, const struct event *event, const struct stored_key *key)
{
    struct check *check = arg;
    check->totals->events++;
    const char *order = event->class == EVENT_ORDER ? event->order : NULL;
    if (!key->exists)
        differ(check, "event key %s %s is missing", event->source, event->id);
    else if (memcmp(key->digest, event->digest, sizeof key->digest) != 0)
        differ(check, "event key %s %s: digest is not that of its event", event->source, event->id);
    else if (key->occurred_at.us != event->time.us)
        differ(check, "event key %s %s: occurred_at is not that of its event", event->source,
               event->id);
    else if ((key->order == NULL) != (order == NULL) ||
             (order != NULL && strcmp(order, key->order) != 0))
        differ(check, "event key %s %s: order_id is not that of its event", event->source,
               event->id);
    return ERR_OK;
}

static const char *column_that_differs(const struct order_row *a, const struct order_row *b)
{
    if (a->t0.us != b->t0.us)
        return "t0";
    if (a->promise_at.us != b->promise_at.us)
        return "promise_at";
    if (a->last_at.us != b->last_at.us)
        return "last_at";
    if (a->wait_collected != b->wait_collected)
        return "wait_collected";
    if (a->wait_delivered != b->wait_delivered)
        return "wait_delivered";
    return a->retracted != b->retracted ? "retracted" : NULL;
}

static enum err check_order(void *arg, const char *id, const struct order *order,
                            const struct stored_order *stored)
{
    struct check *check = arg;
    check->totals->orders++;
    struct order_view view = order_at(order, INSTANT_NEVER);
    if (check->plan.exists)
        sums_add(&check->sums, &check->plan, &view, 1);
    if (!stored->exists) {
        differ(check, "order %s is missing", id);
        return ERR_OK;
    }
    struct order_row row = order_row_of(order, &view);
    const char *column = column_that_differs(&row, &stored->row);
    if (column != NULL)
        differ(check, "order %s: %s is not what its events say", id, column);
    buf_clear(&check->facts);
    facts_encode(order, &check->facts);
    if (buf_failed(&check->facts))
        return ERR_NOMEM;
    if (check->facts.len != stored->facts_len ||
        memcmp(buf_text(&check->facts), stored->facts, stored->facts_len) != 0)
        differ(check, "order %s: facts are not what its events say", id);
    return ERR_OK;
}

/* --- tallies, waiting counts --- */

static enum err check_tally(struct check *check, int32_t day, const int64_t *stored, size_t len)
{
    struct tally_row *row = sums_tally(&check->sums, &check->plan, day);
    bool *known = calloc(len + check->plan.counts_len + 1, sizeof *known);
    if (row == NULL || known == NULL) {
        free(known);
        return ERR_NOMEM;
    }
    char date[DATE_TEXT_SIZE];
    date_format(day, date);
    for (size_t m = 0; m < check->plan.measure_count; m++) {
        size_t at = 2 * (size_t)check->plan.slots[m];
        int64_t valid = at < len ? stored[at] : 0, sum = at + 1 < len ? stored[at + 1] : 0;
        char name[MEASURE_TEXT_SIZE];
        measure_format(check->plan.measures[m], name);
        known[at] = known[at + 1] = true;
        if (valid != row->counts[at])
            differ(check, "tally %s \"%s\": valid is %" PRId64 ", should be %" PRId64, date, name,
                   valid, row->counts[at]);
        if (sum != row->counts[at + 1])
            differ(check, "tally %s \"%s\": sum is %" PRId64 ", should be %" PRId64, date, name,
                   sum, row->counts[at + 1]);
        row->counts[at] = row->counts[at + 1] = 0; /* seen: what is left over has no row */
    }
    for (size_t at = 0; at < len; at++)
        if (!known[at] && stored[at] != 0)
            differ(check, "tally %s: element %zu is of no measure of the store", date, at + 1);
    free(known);
    return ERR_OK;
}

static enum err check_tallies(struct check *check)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, check->store);
    struct db_result *result = NULL;
    enum err err = db_query(check->db, &sql_verify_tallies, args, &result);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        size_t len = db_ints(result, row, 1, NULL, 0);
        int64_t *stored = calloc(len + 1, sizeof *stored);
        if (stored == NULL) {
            err = ERR_NOMEM;
            break;
        }
        db_ints(result, row, 1, stored, len);
        err = check_tally(check, db_date(result, row, 0), stored, len);
        check->totals->tallies++;
        free(stored);
    }
    db_result_free(result);
    for (size_t i = 0; err == ERR_OK && i < check->sums.tally_index.count; i++) {
        const struct tally_row *row = &check->sums.tallies[i];
        bool left = false;
        for (size_t at = 0; at < check->plan.counts_len; at++)
            left = left || row->counts[at] != 0;
        char date[DATE_TEXT_SIZE];
        date_format(row->day, date);
        if (left)
            differ(check, "tally %s is missing", date);
    }
    return err;
}

static const char *series_name(enum series series)
{
    static const char *const names[SERIES_COUNT] = {"collected", "delivered",
                                                    "collected by promise"};
    return series < SERIES_COUNT ? names[series] : "unknown";
}

static void differ_waiting(struct check *check, const struct wait_row *row, int64_t stored)
{
    char date[DATE_TEXT_SIZE], hour[INSTANT_TEXT_SIZE];
    date_format(row->day, date);
    instant_format((struct instant){row->hour * US_PER_HOUR}, hour);
    differ(check, "waiting %s %s hour %s: open is %" PRId64 ", should be %" PRId64, date,
           series_name(row->series), hour, stored, row->open);
}

static enum err check_waiting(struct check *check)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, check->store);
    struct db_result *result = NULL;
    enum err err = db_query(check->db, &sql_verify_waiting, args, &result);
    for (int r = 0; err == ERR_OK && r < db_rows(result); r++) {
        struct wait_row *row =
            sums_wait(&check->sums, &check->plan, (enum series)db_int(result, r, 1),
                      db_date(result, r, 0), db_int(result, r, 2));
        if (row == NULL) {
            err = ERR_NOMEM;
            break;
        }
        if (row->open != db_int(result, r, 3))
            differ_waiting(check, row, db_int(result, r, 3));
        row->open = 0;
        check->totals->waiting++;
    }
    db_result_free(result);
    for (size_t i = 0; err == ERR_OK && i < check->sums.wait_index.count; i++)
        if (check->sums.waits[i].open != 0)
            differ_waiting(check, &check->sums.waits[i], 0);
    return err;
}

/* --- rows that nothing stands behind --- */

static enum err check_orphans(struct check *check, const struct db_sql *sql, const char *what)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, check->store);
    struct db_result *result = NULL;
    enum err err = db_query(check->db, sql, args, &result);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        bool is_order = sql == &sql_verify_orders;
        differ(check, "%s %s %s", what, db_text(result, row, 0),
               is_order ? "has no event" : db_text(result, row, 1));
    }
    db_result_free(result);
    return err;
}

static enum err check_store(struct check *check)
{
    enum err err = plans_load(check->rules, check->db, &check->store, 1, &check->plan);
    if (err != ERR_OK)
        return err;
    sums_init(&check->sums);
    struct refold_calls calls = {check, check_event, check_order};
    err = refold(check->db, check->store, &calls);
    if (err == ERR_OK && !check->plan.exists)
        differ(check, "has rows, but no settings");
    else if (err == ERR_OK)
        err = check_tallies(check);
    if (err == ERR_OK && check->plan.exists)
        err = check_waiting(check);
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_keys, "event key without its event:");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_orders, "order");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_retractions, "retraction is not what the log says:");
    if (err == ERR_OK && check->sums.no_memory)
        err = ERR_NOMEM;
    sums_done(&check->sums);
    check->totals->stores++;
    return err;
}

/* --- the whole --- */

static enum err check_all(struct check *check, const char *store)
{
    struct db_result *stores = NULL;
    enum err err = db_query(check->db, &sql_refold_stores, NULL, &stores);
    for (int row = 0; err == ERR_OK && row < db_rows(stores); row++) {
        check->store = db_text(stores, row, 0);
        if (store == NULL || strcmp(store, check->store) == 0)
            err = check_store(check);
    }
    db_result_free(stores);
    return err;
}

enum err verify(struct rules *rules, struct db *db, const char *store, verify_report_fn *report,
                void *arg, struct verify_totals *ret_totals)
{
    *ret_totals = (struct verify_totals){0};
    struct check check = {
        .rules = rules, .db = db, .report = report, .report_arg = arg, .totals = ret_totals};
    buf_init(&check.facts, SIZE_MAX / 2);
    enum err err = db_begin(db, DB_SNAPSHOT);
    if (err == ERR_OK)
        err = check_all(&check, store);
    db_rollback(db);
    buf_done(&check.facts);
    return err;
}
