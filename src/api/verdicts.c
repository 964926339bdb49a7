/* GET …/verdicts: what was said of each cohort at its checkpoints, with what has become of it; and
 * POST …/verdicts/recompute. */
#include "books/verdicts.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "body.h"
#include "books/urging.h"
#include "books/verdict_row.h"
#include "call.h"
#include "csv.h"
#include "days.h"
#include "domain/limits.h"
#include "page.h"
#include "sql.h"

struct wanted {
    const char *store;
    struct day_range days;
    struct instant known_at; /* INSTANT_NEVER: now */
    bool standing, revoked;
    struct page page;
};

/* --- decode --- */

static enum err read_status(struct call *call, struct wanted *wanted)
{
    const char *status = api_query(call->req, "status");
    bool all = status == NULL || strcmp(status, "all") == 0;
    wanted->standing = all || strcmp(status, "standing") == 0;
    wanted->revoked = all || strcmp(status, "revoked") == 0;
    if (!wanted->standing && !wanted->revoked)
        return call_invalid(call, "", "query parameter status: standing, revoked or all");
    return ERR_OK;
}

static enum err decode(struct call *call, struct wanted *ret_wanted, bool *ret_csv)
{
    enum err err = call_store(call, &ret_wanted->store);
    if (err == ERR_OK)
        err = csv_wanted(call, ret_csv);
    if (err == ERR_OK)
        err = call_days(call, &ret_wanted->days);
    if (err == ERR_OK)
        err = call_known_at(call, &ret_wanted->known_at);
    if (err == ERR_OK)
        err = read_status(call, ret_wanted);
    return err;
}

/* --- load --- */

#define CURSOR_DAY 0
#define CURSOR_HOURS 1
#define CURSOR_SEQ 2

static void arg_position(struct db_args *args, bool goes_on, int32_t day, int64_t hours,
                         int64_t seq)
{
    db_arg_bool(args, goes_on);
    db_arg_date(args, day);
    db_arg_int32(args, (int32_t)hours);
    db_arg_int32(args, (int32_t)seq);
}

/* `page` NULL: all of them. */
static enum err page_args(struct call *call, const struct wanted *wanted, const struct page *page,
                          struct db_args **ret_args)
{
    bool goes_on = page != NULL && page->after[0] != NULL;
    int32_t day = 0;
    int64_t hours = 0, seq = 0;
    if (goes_on) {
        const char *const *after = page->after;
        if (date_parse(after[CURSOR_DAY], strlen(after[CURSOR_DAY]), &day) != ERR_OK ||
            int_parse(after[CURSOR_HOURS], strlen(after[CURSOR_HOURS]), 1, INT32_MAX, &hours) !=
                ERR_OK ||
            int_parse(after[CURSOR_SEQ], strlen(after[CURSOR_SEQ]), 1, INT32_MAX, &seq) != ERR_OK)
            return call_invalid(call, "",
                                "query parameter cursor: is not a next_cursor of this list");
    }
    struct db_args *args = db_args_new();
    db_arg_text(args, wanted->store);
    db_arg_date(args, wanted->days.from);
    db_arg_date(args, wanted->days.to);
    db_arg_instant(args, wanted->known_at);
    db_arg_bool(args, wanted->standing);
    db_arg_bool(args, wanted->revoked);
    arg_position(args, goes_on, day, hours, seq);
    db_arg_int32(args, page == NULL ? INT32_MAX : page->limit + 1);
    *ret_args = args;
    return ERR_OK;
}

/* --- encode --- */

enum { SEQ = 19, RECORDED_AT, CAUSE, ENDED_AT, ENDED_CAUSE };

static const char *cause_at(const struct db_result *result, int row, int column)
{
    return verdict_cause_name((enum verdict_cause)db_int(result, row, column));
}

static void write_restriction(struct jsonw *json, const struct verdict *verdict)
{
    if (!verdict_restricts(verdict)) {
        jsonw_null(json, "restriction");
        return;
    }
    jsonw_object(json, "restriction");
    jsonw_string(json, "kind", verdict->restriction.kind);
    if (verdict->restriction.has_percent)
        jsonw_int(json, "percent", verdict->restriction.percent);
    jsonw_instant(json, "from", verdict->checkpoint);
    jsonw_instant(json, "to", verdict_lifts_at(verdict));
    jsonw_end_object(json);
}

static void write_verdict(struct jsonw *json, const struct db_result *result, int row,
                          int64_t urging)
{
    struct verdict verdict = verdict_of_row(result, row);
    bool ended = !db_is_null(result, row, ENDED_AT);
    jsonw_object(json, NULL);
    jsonw_date(json, "day", verdict.day);
    jsonw_int(json, "hours", verdict.hours);
    jsonw_instant(json, "checkpoint", verdict.checkpoint);
    jsonw_string(json, "level", backlog_level_name(verdict.level));
    jsonw_string(json, "state", mark_state_name(verdict.state));
    write_reasons(json, verdict.by_ratio, verdict.by_trend);
    jsonw_int(json, "orders", verdict.orders);
    jsonw_int(json, "eligible", verdict.eligible);
    jsonw_int(json, "exempt", verdict.exempt);
    jsonw_int(json, "cancelled", verdict.orders - verdict.exempt - verdict.eligible);
    jsonw_int(json, "overdue", verdict.overdue);
    jsonw_int(json, "overdue_still_open", verdict.still_open);
    write_ratio(json, "ratio", verdict.overdue, verdict.eligible);
    write_ratio(json, "baseline", verdict.baseline.overdue, verdict.baseline.eligible);
    jsonw_string(json, "confidence", verdict.stale ? "stale" : "full");
    jsonw_int(json, "urging", urging);
    write_restriction(json, &verdict);
    jsonw_object(json, "policy");
    jsonw_string(json, "id", verdict.policy_id);
    jsonw_int(json, "version", verdict.policy_version);
    jsonw_end_object(json);
    jsonw_string(json, "status", ended ? "revoked" : "standing");
    jsonw_instant(json, "recorded_at", db_instant(result, row, RECORDED_AT));
    jsonw_string(json, "cause", cause_at(result, row, CAUSE));
    jsonw_instant(json, "ended_at", db_instant(result, row, ENDED_AT));
    jsonw_string(json, "ended_cause", ended ? cause_at(result, row, ENDED_CAUSE) : NULL);
    jsonw_end_object(json);
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    struct verdict last = verdict_of_row(result, shown - 1);
    char day[DATE_TEXT_SIZE], hours[16], seq[16];
    date_format(last.day, day);
    snprintf(hours, sizeof hours, "%d", (int)last.hours);
    snprintf(seq, sizeof seq, "%lld", (long long)db_int(result, shown - 1, SEQ));
    call_next_cursor(call, (const char *const[]){day, hours, seq}, 3);
}

/* Of each row's cohort, at its checkpoint. */
static enum err count_urging(struct call *call, const char *store, const struct db_result *result,
                             int rows, struct urged_day *ret_urging)
{
    struct asked asked = {.store = store, .t = call->req->now, .live = true};
    struct in_force in_force;
    enum err err = call_in_force(call, &asked, &in_force);
    for (int row = 0; err == ERR_OK && row < rows; row++) {
        struct verdict verdict = verdict_of_row(result, row);
        ret_urging[row] = (struct urged_day){.day = verdict.day, .t = verdict.checkpoint};
    }
    if (err == ERR_OK)
        err = urging_count(call->db, store, in_force.q.calendar, ret_urging, (size_t)rows);
    db_rollback(call->db); /* it only read */
    return err;
}

static enum err answer_page(struct call *call, struct wanted *wanted)
{
    struct db_args *args;
    struct db_result *result = NULL;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 3, &wanted->page);
    if (err == ERR_OK)
        err = page_args(call, wanted, &wanted->page, &args);
    if (err == ERR_OK)
        err = db_query(call->db, &sql_verdicts_page, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = call_store_exists(call, wanted->store);
    int shown = err == ERR_OK ? page_shown(&wanted->page, result) : 0;
    AUTO_FREE struct urged_day *urging = calloc((size_t)shown + 1, sizeof *urging);
    if (err == ERR_OK && urging == NULL)
        err = ERR_NOMEM;
    if (err == ERR_OK)
        err = count_urging(call, wanted->store, result, shown, urging);
    if (err == ERR_OK) {
        jsonw_object(&call->json, NULL);
        jsonw_array(&call->json, "items");
        for (int row = 0; row < shown; row++)
            write_verdict(&call->json, result, row, urging[row].contacts);
        jsonw_end_array(&call->json);
        write_next(call, result, shown);
        jsonw_end_object(&call->json);
    }
    db_result_free(result);
    return err;
}

/* --- a table --- */

static void csv_ratio(struct csv *csv, struct share share)
{
    if (share.eligible == 0)
        csv_text(csv, NULL);
    else
        csv_decimal(csv, decimal_ratio(share.overdue, share.eligible, 4), 4);
}

static enum err take_for_table(void *arg, const struct db_result *result)
{
    struct csv *csv = arg;
    struct verdict verdict = verdict_of_row(result, 0);
    bool ended = !db_is_null(result, 0, ENDED_AT);
    csv_date(csv, verdict.day);
    csv_int(csv, verdict.hours);
    csv_instant(csv, verdict.checkpoint);
    csv_text(csv, mark_state_name(verdict.state));
    csv_bool(csv, verdict.by_ratio);
    csv_bool(csv, verdict.by_trend);
    csv_int(csv, verdict.orders);
    csv_int(csv, verdict.eligible);
    csv_int(csv, verdict.exempt);
    csv_int(csv, verdict.overdue);
    csv_int(csv, verdict.still_open);
    csv_ratio(csv, (struct share){verdict.overdue, verdict.eligible});
    csv_ratio(csv, verdict.baseline);
    csv_text(csv, verdict.stale ? "stale" : "full");
    csv_text(csv, ended ? "revoked" : "standing");
    csv_instant(csv, db_instant(result, 0, RECORDED_AT));
    csv_text(csv, cause_at(result, 0, CAUSE));
    csv_instant(csv, db_instant(result, 0, ENDED_AT));
    csv_text(csv, ended ? cause_at(result, 0, ENDED_CAUSE) : NULL);
    return csv_end_row(csv);
}

static enum err answer_table(struct call *call, const struct wanted *wanted)
{
    static const char *const names[] = {"day",
                                        "hours",
                                        "checkpoint",
                                        "state",
                                        "by_ratio",
                                        "by_trend",
                                        "orders",
                                        "eligible",
                                        "exempt",
                                        "overdue",
                                        "overdue_still_open",
                                        "ratio",
                                        "baseline",
                                        "confidence",
                                        "status",
                                        "recorded_at",
                                        "cause",
                                        "ended_at",
                                        "ended_cause"};
    struct csv csv;
    struct db_args *args;
    char file[ID_MAX_BYTES + 16];
    enum err err = csv_prepare(call);
    if (err == ERR_OK)
        err = call_store_exists(call, wanted->store);
    if (err == ERR_OK)
        err = page_args(call, wanted, NULL, &args);
    if (err != ERR_OK)
        return err;
    snprintf(file, sizeof file, "verdicts-%s", wanted->store);
    csv_begin(&csv, call, file, names, sizeof names / sizeof names[0]);
    return db_stream(call->db, &sql_verdicts_page, args, take_for_table, &csv);
}

enum err verdicts_get(struct call *call)
{
    struct wanted wanted;
    bool csv;
    enum err err = decode(call, &wanted, &csv);
    if (err == ERR_OK)
        err = csv ? answer_table(call, &wanted) : answer_page(call, &wanted);
    return err;
}

/* --- recompute --- */

#define RECOMPUTE_DAYS 400

static int32_t read_day(struct reader *reader, const char *name)
{
    const char *text = reader_text(reader, name, DATE_TEXT_SIZE - 1);
    int32_t day = 0;
    if (text != NULL && (date_parse(text, strlen(text), &day) != ERR_OK ||
                         day < date_from_civil(2000, 1, 1) || day > date_from_civil(2099, 12, 31)))
        reader_fault(reader, name, "must be a date YYYY-MM-DD of the years 2000 to 2099");
    return day;
}

static enum err decode_days(struct call *call, struct day_range *ret_days)
{
    struct doc doc;
    struct reader reader;
    enum err err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    call_reader(call, &doc, &reader);
    ret_days->from = read_day(&reader, "from");
    ret_days->to = read_day(&reader, "to");
    if (ret_days->to < ret_days->from)
        reader_fault(&reader, "to", "must not be before from");
    else if (ret_days->to - ret_days->from >= RECOMPUTE_DAYS)
        reader_fault(&reader, "to", "at most %d days at once", RECOMPUTE_DAYS);
    err = call_finish(call, &reader);
    doc_done(&doc);
    return err;
}

enum err verdicts_recompute(struct call *call)
{
    const char *store;
    struct day_range days;
    struct judged_totals totals = {.mine = false};
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = decode_days(call, &days);
    if (err == ERR_OK)
        err = store_rejudge(call->api->rules, call->db, store, days, &totals);
    if (err != ERR_OK)
        return err;
    jsonw_object(&call->json, NULL);
    jsonw_int(&call->json, "judged", totals.judged);
    jsonw_int(&call->json, "added", totals.added);
    jsonw_int(&call->json, "revoked", totals.ended);
    jsonw_end_object(&call->json);
    return ERR_OK;
}
