/* GET …/delay-reports, …/delay-reports/{id}: reports with who filed and decided them. */
#include "delay_report.h"

#include <string.h>

#include "ingest/reports.h"
#include "page.h"
#include "sql.h"

enum column { ID, STATUS, SUBMITTED, FILED };

void write_report(struct jsonw *json, const char *id, enum report_status status,
                  struct instant submitted, const struct report_request *request, const char *by)
{
    const struct report_terms *terms = &request->terms;
    jsonw_string(json, "id", id);
    jsonw_string(json, "status", report_status_name(status));
    jsonw_instant(json, "submitted_at", submitted);
    jsonw_string(json, "submitted_by", by);
    jsonw_string(json, "scope", report_scope_name(terms->scope));
    jsonw_string(json, "kind", report_kind_name(terms->kind));
    jsonw_string(json, "reason", request->reason);
    if (report_has_period(terms->scope)) {
        jsonw_object(json, "period");
        jsonw_instant(json, "from", terms->period_from);
        jsonw_instant(json, "to", terms->period_to);
        jsonw_end_object(json);
    } else {
        jsonw_null(json, "period");
    }
    jsonw_instant(json, "promised_ship_by", terms->ship_by);
    jsonw_array(json, "evidence");
    for (size_t i = 0; i < request->evidence_count; i++) {
        jsonw_object(json, NULL);
        jsonw_string(json, "url", request->evidence[i]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
    jsonw_string(json, "note", request->note);
}

/* --- history --- */

static enum err load_decisions(struct call *call, const char *store, const char *id,
                               struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_array(args, DB_TEXTS);
    for (int i = 0; i < REPORT_DECISIONS; i++) {
        char event[REPORT_EVENT_ID_SIZE];
        report_decision_id(event, id, (enum report_decision)i);
        db_add_text(args, event);
    }
    return db_query(call->db, &sql_report_decisions, args, ret_result);
}

static void write_step(struct jsonw *json, enum report_status status, struct instant at,
                       const char *by, const char *note)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "status", report_status_name(status));
    jsonw_instant(json, "at", at);
    jsonw_string(json, "by", by);
    jsonw_string(json, "note", note);
    jsonw_end_object(json);
}

static enum err write_history(struct call *call, const char *store, const char *id,
                              struct instant submitted, const struct report_filed *filed,
                              struct arena *arena)
{
    struct db_result *result = NULL;
    enum err err = load_decisions(call, store, id, &result);
    jsonw_array(&call->json, "history");
    write_step(&call->json, REPORT_PENDING, submitted, filed->by, filed->request.note);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        enum report_decision what = (enum report_decision)(db_int(result, row, 0) - 1);
        struct report_decided decision;
        err =
            report_read_decision(db_text(result, row, 2), db_len(result, row, 2), arena, &decision);
        if (err == ERR_OK)
            write_step(&call->json, report_decided(what), db_instant(result, row, 1), decision.by,
                       decision.note);
    }
    jsonw_end_array(&call->json);
    db_result_free(result);
    return err;
}

static enum err write_row(struct call *call, const char *store, const struct db_result *result,
                          int row)
{
    struct arena arena;
    struct report_filed filed;
    struct instant submitted = db_instant(result, row, SUBMITTED);
    arena_init(&arena);
    enum err err =
        report_read_filed(db_text(result, row, FILED), db_len(result, row, FILED), &arena, &filed);
    if (err == ERR_OK) {
        jsonw_object(&call->json, NULL);
        write_report(&call->json, db_text(result, row, ID),
                     (enum report_status)db_int(result, row, STATUS), submitted, &filed.request,
                     filed.by);
        err = write_history(call, store, db_text(result, row, ID), submitted, &filed, &arena);
        jsonw_end_object(&call->json);
    }
    arena_done(&arena);
    return err;
}

/* --- load --- */

static enum err load(struct call *call, const char *store, struct instant before,
                     const char *before_id, int status, const char *id, int32_t limit,
                     struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, before);
    db_arg_text(args, before_id);
    db_arg_array(args, DB_INT32S); /* at most one */
    if (status >= 0)
        db_add_int32(args, status);
    db_arg_text(args, id);
    db_arg_int32(args, limit);
    return db_query(call->db, &sql_reports_page, args, ret_result);
}

/* A report and its history are read at one instant: they must agree. */
enum err write_report_by_id(struct call *call, const char *store, const char *id)
{
    struct db_result *result = NULL;
    enum err err = db_begin(call->db, DB_SNAPSHOT);
    if (err != ERR_OK)
        return err;
    err = load(call, store, INSTANT_NEVER, NULL, -1, id, 1, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = write_row(call, store, result, 0);
    db_result_free(result);
    db_rollback(call->db); /* it only read */
    return err;
}

enum err delay_report_get(struct call *call)
{
    const char *store;
    enum err err = call_store(call, &store);
    return err == ERR_OK ? write_report_by_id(call, store, call->req->params[1]) : err;
}

/* --- for those who ask what excuses an entity --- */

enum err filed_load(struct call *call, const char *store, const char *report, struct arena *arena,
                    struct report_filed *ret_filed, struct instant *ret_submitted)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_text(args, report);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_own_event, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = report_read_filed(db_text(result, 0, 1), db_len(result, 0, 1), arena, ret_filed);
    if (err == ERR_OK)
        *ret_submitted = db_instant(result, 0, 0);
    db_result_free(result);
    return err;
}

enum err periods_load(struct call *call, const char *store, enum report_scope scope,
                      struct instant t, struct arena *arena, struct periods *ret_periods)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_int32(args, (int32_t)scope);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_reports_periods, args, &result);
    if (err != ERR_OK)
        return err;
    size_t count = (size_t)db_rows(result);
    struct periods periods = {count, arena_alloc(arena, (count + 1) * sizeof *periods.items)};
    if (periods.items == NULL)
        err = ERR_NOMEM;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        periods.items[row] =
            (struct period){arena_copy(arena, db_text(result, row, 0), db_len(result, row, 0)),
                            db_instant(result, row, 1), db_instant(result, row, 2)};
        if (periods.items[row].report == NULL)
            err = ERR_NOMEM;
    }
    db_result_free(result);
    if (err == ERR_OK)
        *ret_periods = periods;
    return err;
}

const char *periods_find(const struct periods *periods, struct instant t)
{
    for (size_t i = 0; i < periods->count; i++)
        if (periods->items[i].from.us <= t.us && t.us < periods->items[i].to.us)
            return periods->items[i].report;
    return NULL;
}

/* --- the list --- */

static enum err decode_status(struct call *call, int *ret_status)
{
    const char *status = api_query(call->req, "status");
    *ret_status = -1;
    for (int i = 0; status != NULL && i < REPORT_STATUSES; i++)
        if (strcmp(status, report_status_name((enum report_status)i)) == 0)
            *ret_status = i;
    if (status != NULL && *ret_status < 0)
        return call_invalid(call, "",
                            "query parameter status: pending, approved, rejected, withdrawn or "
                            "revoked");
    return ERR_OK;
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    char at[PAGE_INSTANT_SIZE];
    page_instant_text(db_instant(result, shown - 1, SUBMITTED), at);
    call_next_cursor(call, (const char *const[]){at, db_text(result, shown - 1, ID)}, 2);
}

enum err delay_reports_list(struct call *call)
{
    const char *store;
    struct page page;
    struct instant before = INSTANT_NEVER;
    int status;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = decode_status(call, &status);
    if (err == ERR_OK)
        err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 2, &page);
    if (err == ERR_OK)
        err = page_instant(call, &page, 0, &before);
    if (err == ERR_OK)
        err = db_begin(call->db, DB_SNAPSHOT);
    if (err != ERR_OK)
        return err;
    struct db_result *result = NULL;
    err = load(call, store, before, page.after[1], status, NULL, page.limit + 1, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = call_store_exists(call, store);
    int shown = err == ERR_OK ? page_shown(&page, result) : 0;
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; err == ERR_OK && row < shown; row++)
        err = write_row(call, store, result, row);
    jsonw_end_array(&call->json);
    if (err == ERR_OK)
        write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    db_rollback(call->db);
    return err;
}
