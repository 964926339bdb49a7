#include "jobs/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "books/census.h"
#include "books/plan.h"
#include "books/recount.h"
#include "books/refold.h"
#include "db/facts.h"
#include "db/query.h"
#include "sql.h"

struct check {
    struct rules *rules;
    struct db *db;
    const char *store;
    struct plan plan;
    struct sums sums; /* what the entities say */
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

/* --- events, keys, entities --- */

static enum err check_event(void *arg, const struct event *event, const struct stored_key *key)
{
    struct check *check = arg;
    check->totals->events++;
    bool is_fact = event->class == EVENT_FACT;
    if (!key->exists)
        differ(check, "event key %s %s is missing", event->source, event->id);
    else if (memcmp(key->digest, event->digest, sizeof key->digest) != 0)
        differ(check, "event key %s %s: digest is not that of its event", event->source, event->id);
    else if (key->occurred_at.us != event->time.us)
        differ(check, "event key %s %s: occurred_at is not that of its event", event->source,
               event->id);
    else if (key->has_subject != is_fact ||
             (is_fact && (key->entity != fact_entity(event->fact.kind) || key->subject == NULL ||
                          strcmp(event->subject, key->subject) != 0)))
        differ(check, "event key %s %s: entity or subject_id is not that of its event",
               event->source, event->id);
    return ERR_OK;
}

static enum err check_entity(void *arg, enum entity entity, const char *id,
                             const struct facts *facts, const struct stored_row *stored)
{
    struct check *check = arg;
    const char *name = entity_name(entity);
    check->totals->entities[entity]++;
    if (!stored->exists) {
        differ(check, "%s %s is missing", name, id);
        return ERR_OK;
    }
    struct view view = view_of(entity, facts, INSTANT_NEVER);
    struct row row = row_of(facts, &view);
    const char *column = row_difference(&row, &stored->row);
    if (column != NULL)
        differ(check, "%s %s: %s is not what its events say", name, id, column);
    buf_clear(&check->facts);
    facts_encode(facts, &check->facts);
    if (buf_failed(&check->facts))
        return ERR_NOMEM;
    if (check->facts.len != stored->facts_len ||
        memcmp(buf_text(&check->facts), stored->facts, stored->facts_len) != 0)
        differ(check, "%s %s: facts are not what its events say", name, id);
    return ERR_OK;
}

static enum err check_recontact(void *arg, const struct census_item *item)
{
    struct check *check = arg;
    if (item->view.ticket.recontact != item->stored_recontact)
        differ(check, "ticket %s: recontact is not what the buyer's sessions say", item->id);
    return ERR_OK;
}

static enum err check_recontacts(struct check *check)
{
    struct census census = {
        .store = check->store, .t = INSTANT_NEVER, .all = true, .tickets = true};
    return census_take(check->db, &census, check_recontact, check);
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
        measure_format(&check->plan.measures[m], name);
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

static const char *series_name(int32_t series)
{
    static const char *const names[2 * SERIES_COUNT] = {
        "collected",
        "delivered",
        "shipped",
        "collected by promise",
        "shipped by promise",
        "delivered by promise",
        "collected (suspended)",
        "delivered (suspended)",
        "shipped (suspended)",
        "collected by promise (suspended)",
        "shipped by promise (suspended)",
        "delivered by promise (suspended)",
    };
    return series >= 0 && series < 2 * SERIES_COUNT ? names[series] : "unknown";
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
        struct wait_row *row = sums_wait(&check->sums, &check->plan, (int32_t)db_int(result, r, 1),
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
        bool is_identity = sql == &sql_verify_keys || sql == &sql_verify_retractions;
        differ(check, "%s %s %s", what, db_text(result, row, 0),
               is_identity ? db_text(result, row, 1) : "has no event");
    }
    db_result_free(result);
    return err;
}

static enum err check_rows(struct check *check)
{
    struct refold_calls calls = {check, check_event, check_entity};
    enum err err = refold(check->db, check->store, &calls);
    if (err == ERR_OK)
        err = check_recontacts(check);
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_keys, "event key without its event:");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_orders, "order");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_tickets, "ticket");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_reviews, "review");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_reports, "report");
    if (err == ERR_OK)
        err = check_orphans(check, &sql_verify_retractions, "retraction is not what the log says:");
    return err;
}

static enum err check_counts(struct check *check)
{
    sums_init(&check->sums);
    enum err err = store_count(check->db, &check->plan, &check->sums);
    if (err == ERR_OK)
        err = check_tallies(check);
    if (err == ERR_OK)
        err = check_waiting(check);
    if (err == ERR_OK && check->sums.no_memory)
        err = ERR_NOMEM;
    sums_done(&check->sums);
    return err;
}

static enum err check_store(struct check *check)
{
    enum err err = plans_load(check->rules, check->db, &check->store, 1, &check->plan);
    if (err == ERR_OK)
        err = check_rows(check);
    if (err == ERR_OK && !check->plan.exists)
        differ(check, "has rows, but no settings");
    else if (err == ERR_OK)
        err = check_counts(check);
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
