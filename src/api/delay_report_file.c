/* POST …/delay-reports: files a report, as JSON or as the table that a merchant exported, and says
 * what becomes of each line and of every cohort. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/media.h"
#include "body.h"
#include "books/notices.h"
#include "books/plan.h"
#include "db/facts.h"
#include "delay_report.h"
#include "domain/limits.h"
#include "domain/replay.h"
#include "ingest/reports.h"
#include "sheet.h"
#include "sql.h"

struct filing {
    struct arena arena;
    const char *store;
    bool dry_run;
    struct report_request request;
    const struct sheet_row *rows; /* of a table; NULL: the lines come from JSON */
    struct report_line *lines;    /* one a subject */
    struct report_effect effect;
    char id[REPORT_ID_SIZE];
};

static bool lists_tickets(const struct filing *filing)
{
    return filing->request.terms.scope == REPORT_TICKETS;
}

/* --- decode --- */

static enum err decode_table(struct call *call, struct filing *filing)
{
    const struct api_request *req = call->req;
    const struct report_parameters parameters = {
        .scope = api_query(req, "scope"),
        .kind = api_query(req, "kind"),
        .reason = api_query(req, "reason"),
        .note = api_query(req, "note"),
        .evidence = api_query(req, "evidence"),
        .promised_ship_by = api_query(req, "promised_ship_by"),
    };
    struct sheet sheet;
    enum err err = report_request_of(&parameters, &filing->arena, &filing->request, &call->faults);
    if (err != ERR_OK)
        return err;
    err = sheet_read(req->body == NULL ? "" : req->body, req->body_len, REPORT_LINES_MAX,
                     &filing->arena, &sheet, &call->faults.items[0]);
    call->faults.count = err == ERR_UNPARSABLE || err == ERR_TOO_LARGE;
    if (err == ERR_OK && sheet.count == 0)
        err = call_invalid(call, "", "the table has no rows");
    if (err != ERR_OK)
        return err;
    filing->rows = sheet.rows;
    filing->request.subject_count = sheet.count;
    filing->request.subjects =
        arena_alloc(&filing->arena, sheet.count * sizeof *filing->request.subjects);
    if (filing->request.subjects == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < sheet.count; i++)
        filing->request.subjects[i] = sheet.rows[i].text;
    return ERR_OK;
}

static enum err decode(struct call *call, struct filing *filing)
{
    const struct api_request *req = call->req;
    enum err err = call_store(call, &filing->store);
    if (err == ERR_OK)
        err = call_flag(call, "dry_run", &filing->dry_run);
    if (err != ERR_OK)
        return err;
    if (req->content_type != NULL && media_type_is(req->content_type, "text/csv"))
        return decode_table(call, filing);
    err = call_json(call);
    if (err != ERR_OK)
        return err;
    return report_request_decode(req->body == NULL ? "" : req->body, req->body_len, &filing->arena,
                                 &filing->request, &call->faults);
}

/* --- load: what becomes of each line --- */

/* Lines by their subject, to find those that name one again. */
static int compare_lines(const void *a, const void *b, void *arg)
{
    const struct report_line *lines = arg;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = strcmp(lines[x].subject, lines[y].subject);
    return order != 0 ? order : x < y ? -1 : 1;
}

static enum err mark_duplicates(struct filing *filing)
{
    size_t count = filing->request.subject_count;
    AUTO_FREE size_t *sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL)
        return ERR_NOMEM;
    size_t readable = 0; /* of an unreadable one only what was left of it is known */
    for (size_t i = 0; i < count; i++)
        if (filing->lines[i].result != LINE_UNREADABLE)
            sorted[readable++] = i;
    qsort_r(sorted, readable, sizeof *sorted, compare_lines, filing->lines);
    for (size_t i = 1; i < readable; i++)
        if (strcmp(filing->lines[sorted[i]].subject, filing->lines[sorted[i - 1]].subject) == 0)
            filing->lines[sorted[i]].result = LINE_DUPLICATE;
    return ERR_OK;
}

/* Every line is unknown until its entity is found. */
static enum err make_lines(struct filing *filing)
{
    size_t count = filing->request.subject_count;
    filing->lines = arena_alloc(&filing->arena, (count + 1) * sizeof *filing->lines);
    if (filing->lines == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        filing->lines[i] = (struct report_line){
            filing->request.subjects[i],
            filing->rows == NULL || filing->rows[i].readable ? LINE_NOT_FOUND : LINE_UNREADABLE};
    return mark_duplicates(filing);
}

static void judge_line(struct filing *filing, struct report_line *line, const struct facts *facts)
{
    const struct question *q = &filing->effect.in_force.q;
    if (lists_tickets(filing)) {
        struct ticket_view ticket = ticket_at(facts, q->t);
        line->result = report_ticket_result(true, &ticket, q->calendar);
        return;
    }
    struct order_view order = order_at(facts, q->t);
    line->result = report_order_result(true, &order, &q->policy->reports, q->calendar, q->t);
    if (line->result == LINE_ACCEPTED)
        replay_backlog_excuse(q, &order, &filing->effect.after_reading);
}

static enum err judge_lines(struct call *call, struct filing *filing)
{
    size_t count = filing->request.subject_count;
    AUTO_FREE size_t *asked = calloc(count + 1, sizeof *asked);
    if (asked == NULL)
        return ERR_NOMEM;
    size_t asked_count = 0;
    for (size_t i = 0; i < count; i++)
        if (filing->lines[i].result == LINE_NOT_FOUND)
            asked[asked_count++] = i;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < asked_count; i++)
        db_add_text(args, filing->store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < asked_count; i++)
        db_add_text(args, filing->lines[asked[i]].subject);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, lists_tickets(filing) ? &sql_tickets_get : &sql_orders_get,
                            args, &result);
    struct arena arena; /* of one entity at a time */
    arena_init(&arena);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct facts facts;
        arena_clear(&arena);
        err = facts_decode(db_text(result, row, 1), db_len(result, row, 1), &arena, &facts);
        if (err == ERR_OK)
            judge_line(filing, &filing->lines[asked[db_int(result, row, 0) - 1]], &facts);
    }
    arena_done(&arena);
    db_result_free(result);
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        filing->effect.covered += filing->lines[i].result == LINE_ACCEPTED;
    return err;
}

static enum err check_terms(struct call *call, const struct filing *filing)
{
    const struct question *q = &filing->effect.in_force.q;
    const char *pointer;
    const char *why =
        report_fault(&filing->request.terms, &q->policy->reports, q->calendar, q->t, &pointer);
    if (why == NULL)
        return ERR_OK;
    if (filing->rows != NULL)
        return call_invalid(call, "", "query parameter %s: %s", pointer + 1, why);
    return call_invalid(call, pointer, "%s", why);
}

static enum err load(struct call *call, struct filing *filing)
{
    filing->effect.asked =
        (struct asked){.store = filing->store, .t = call->req->now, .live = true};
    enum err err = effect_begin(call, &filing->arena, &filing->effect);
    if (err == ERR_OK)
        err = check_terms(call, filing);
    if (err == ERR_OK && report_has_period(filing->request.terms.scope)) {
        err = effect_of_period(call, &filing->request.terms, &filing->effect);
    } else if (err == ERR_OK) {
        err = make_lines(filing);
        if (err == ERR_OK)
            err = judge_lines(call, filing);
    }
    if (err == ERR_OK)
        err = effect_end(&filing->effect);
    db_rollback(call->db); /* so far it only read */
    return err;
}

/* --- save --- */

static enum err save_report(struct call *call, struct filing *filing)
{
    struct instant now = filing->effect.in_force.q.t;
    const char *store = filing->store;
    enum err err = stores_lock(call->db, &store, 1);
    if (err == ERR_OK)
        err = report_file(call->api->rules, call->db, store, &filing->request, filing->lines,
                          filing->request.subject_count, call->req->principal->key_id, now,
                          filing->id);
    return err == ERR_OK ? report_notice(call->db, store, filing->id, REPORT_PENDING,
                                         &filing->request.terms, call->req->principal->key_id, now)
                         : err;
}

static enum err save(struct call *call, struct filing *filing)
{
    enum err err = db_begin(call->db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = save_report(call, filing);
    if (err == ERR_OK)
        err = db_commit(call->db);
    if (err != ERR_OK)
        db_rollback(call->db);
    return err;
}

/* --- encode --- */

static void write_line(struct jsonw *json, const struct filing *filing, size_t i)
{
    const struct report_line *line = &filing->lines[i];
    jsonw_object(json, NULL);
    if (filing->rows != NULL)
        jsonw_int(json, "line", (int64_t)filing->rows[i].line);
    jsonw_string(json, lists_tickets(filing) ? "ticket" : "order", line->subject);
    jsonw_string(json, "result", line_result_name(line->result));
    jsonw_end_object(json);
}

/* How many lines had each result. */
static void write_results(struct jsonw *json, const struct filing *filing)
{
    int64_t counts[LINE_RESULTS] = {0};
    for (size_t i = 0; i < filing->request.subject_count; i++)
        counts[filing->lines[i].result]++;
    jsonw_object(json, "results");
    for (int i = 0; i < LINE_RESULTS; i++)
        if (counts[i] > 0 || i == LINE_ACCEPTED)
            jsonw_int(json, line_result_name((enum line_result)i), counts[i]);
    jsonw_end_object(json);
}

static enum err encode(struct call *call, const struct filing *filing)
{
    struct jsonw *json = &call->json;
    call->res->status = filing->dry_run ? 200 : 201;
    jsonw_object(json, NULL);
    write_report(json, filing->dry_run ? NULL : filing->id, REPORT_PENDING,
                 filing->effect.in_force.q.t, &filing->request, call->req->principal->key_id);
    jsonw_bool(json, "dry_run", filing->dry_run);
    jsonw_int(json, "covers", filing->effect.covered);
    effect_write(json, &filing->effect);
    write_results(json, filing);
    enum err err = ERR_OK;
    jsonw_array(json, lists_tickets(filing) ? "tickets" : "orders");
    for (size_t i = 0; err == ERR_OK && i < filing->request.subject_count; i++) {
        write_line(json, filing, i);
        err = api_response_stream(call->res);
    }
    jsonw_end_array(json);
    jsonw_end_object(json);
    return err;
}

static enum err post(struct call *call, struct filing *filing)
{
    enum err err = decode(call, filing);
    if (err == ERR_OK)
        err = load(call, filing);
    if (err == ERR_OK && !filing->dry_run)
        err = save(call, filing);
    return err == ERR_OK ? encode(call, filing) : err;
}

enum err delay_report_post(struct call *call)
{
    AUTO_FREE struct filing *filing = calloc(1, sizeof *filing);
    if (filing == NULL)
        return ERR_NOMEM;
    arena_init(&filing->arena);
    enum err err = post(call, filing);
    arena_done(&filing->arena);
    return err;
}
