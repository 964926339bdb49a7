#include "ingest/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/jsonw.h"
#include "books/notices.h"
#include "books/plan.h"
#include "books/row.h"
#include "books/sums.h"
#include "books/verdict_changes.h"
#include "db/facts.h"
#include "db/query.h"
#include "domain/limits.h"
#include "ingest/own.h"
#include "sql.h"

#define DATA_MAX (1024 * 1024)

/* --- the events of a report --- */

/* <report>: filed. <report>/d/<decision>. <report>/l/<part>: what it lists. <report>/x/<line> and
 * <report>/e/<line>: what the approval, the revocation does to that line. Parts and lines count
 * from 000000. (Migration 0007 names other ids, and cannot be changed.) */
enum part { PART_DECISION = 'd', PART_LINES = 'l', PART_EXCUSE = 'x', PART_END = 'e' };

void report_decision_id(char ret_id[static REPORT_EVENT_ID_SIZE], const char *report,
                        enum report_decision decision)
{
    snprintf(ret_id, REPORT_EVENT_ID_SIZE, "%s/%c/%s", report, PART_DECISION,
             report_status_name(report_decided(decision)));
}

static void numbered_id(char id[static REPORT_EVENT_ID_SIZE], const char *report, enum part part,
                        size_t number)
{
    snprintf(id, REPORT_EVENT_ID_SIZE, "%s/%c/%06zu", report, part, number);
}

/* Events in the making: their ids and data stay where they are until they are applied. */
struct events {
    struct arena arena;
    struct own_event items[REPORT_LINES_A_PART];
    size_t count;
    struct buf text; /* of the one in the making */
    struct jsonw json;
    enum err err;
};

static void events_init(struct events *events)
{
    arena_init(&events->arena);
    buf_init(&events->text, DATA_MAX);
    events->count = 0;
    events->err = ERR_OK;
}

static void events_done(struct events *events)
{
    arena_done(&events->arena);
    buf_done(&events->text);
}

static struct jsonw *begin_event(struct events *events)
{
    buf_clear(&events->text);
    jsonw_init(&events->json, &events->text);
    return &events->json;
}

static void end_event(struct events *events, const char *id, const char *type, struct instant time)
{
    const char *data = arena_copy(&events->arena, buf_text(&events->text), events->text.len);
    const char *kept = arena_copy(&events->arena, id, strlen(id));
    if (events->err == ERR_OK)
        events->err = buf_status(&events->text);
    if (events->err == ERR_OK && (data == NULL || kept == NULL))
        events->err = ERR_NOMEM;
    events->items[events->count++] = (struct own_event){kept, type, time, data, events->text.len};
}

static enum err apply_events(struct events *events, struct rules *rules, struct db *db,
                             struct instant now)
{
    enum err err = events->err;
    if (err == ERR_OK)
        err = own_events_apply(rules, db, now, events->items, events->count);
    events->count = 0;
    arena_clear(&events->arena);
    return err;
}

/* --- filing --- */

static enum err file_lines(struct events *events, struct rules *rules, struct db *db,
                           const char *store, const char *report, const struct report_line *lines,
                           size_t count, struct instant now)
{
    enum err err = ERR_OK;
    for (size_t part = 0; err == ERR_OK && part * REPORT_LINES_A_PART < count; part++) {
        size_t first = part * REPORT_LINES_A_PART, left = count - first;
        char id[REPORT_EVENT_ID_SIZE];
        numbered_id(id, report, PART_LINES, part);
        report_write_lines(begin_event(events), store, report, lines + first,
                           left < REPORT_LINES_A_PART ? left : REPORT_LINES_A_PART);
        end_event(events, id, "report.listed", now);
        err = apply_events(events, rules, db, now);
    }
    return err;
}

static enum err make_id(char ret_id[static REPORT_ID_SIZE])
{
    uint8_t bytes[16];
    enum err err = random_bytes(bytes, sizeof bytes);
    if (err == ERR_OK) {
        memcpy(ret_id, "dr_", 3);
        base64url_encode(bytes, sizeof bytes, ret_id + 3);
    }
    return err;
}

enum err report_file(struct rules *rules, struct db *db, const char *store,
                     const struct report_request *request, const struct report_line *lines,
                     size_t line_count, const char *by, struct instant now,
                     char ret_id[static REPORT_ID_SIZE])
{
    AUTO_FREE struct events *events = malloc(sizeof *events);
    if (events == NULL)
        return ERR_NOMEM;
    events_init(events);
    enum err err = make_id(ret_id);
    if (err == ERR_OK) {
        report_write_filed(begin_event(events), store, ret_id, request, by);
        end_event(events, ret_id, fact_type(FACT_FILED), now);
        err = apply_events(events, rules, db, now);
    }
    if (err == ERR_OK)
        err = file_lines(events, rules, db, store, ret_id, lines, line_count, now);
    events_done(events);
    return err;
}

/* --- what a report lists --- */

static enum err load_own(struct db *db, const char *store, const char *id,
                         struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_text(args, id);
    return db_query(db, &sql_own_event, args, ret_result);
}

enum err report_load_lines(struct db *db, const char *store, const char *report, size_t part,
                           struct arena *arena, struct report_line *ret_lines, size_t *ret_count)
{
    char id[REPORT_EVENT_ID_SIZE];
    struct db_result *result = NULL;
    numbered_id(id, report, PART_LINES, part);
    *ret_count = 0;
    enum err err = load_own(db, store, id, &result);
    if (err == ERR_OK && db_rows(result) > 0)
        err = report_read_lines(db_text(result, 0, 1), db_len(result, 0, 1), arena, ret_lines,
                                ret_count);
    db_result_free(result);
    return err;
}

/* --- what a decision does to what is listed --- */

struct deciding {
    struct rules *rules;
    struct db *db;
    const char *store;
    const char *report;
    const struct decision *decision;
    struct report_view view; /* before it */
};

/* The event of one line: an approval counts from the submission, a revocation from now on. */
static void add_line(struct events *events, const struct deciding *deciding, size_t number,
                     const char *subject)
{
    bool approves = deciding->decision->what == DECIDE_APPROVE;
    bool tickets = deciding->view.scope == REPORT_TICKETS;
    enum fact_kind kind = tickets ? (approves ? FACT_EXCUSED : FACT_EXCUSE_ENDED)
                                  : (approves ? FACT_EXEMPTED : FACT_EXEMPTION_ENDED);
    char id[REPORT_EVENT_ID_SIZE];
    numbered_id(id, deciding->report, approves ? PART_EXCUSE : PART_END, number);
    struct jsonw *json = begin_event(events);
    jsonw_object(json, NULL);
    jsonw_string(json, "store", deciding->store);
    jsonw_string(json, entity_name(fact_entity(kind)), subject);
    jsonw_string(json, "report", deciding->report);
    if (kind == FACT_EXEMPTED && !instant_is_never(deciding->view.ship_by))
        jsonw_instant(json, "promised_ship_by", deciding->view.ship_by);
    jsonw_end_object(json);
    end_event(events, id, fact_type(kind),
              approves ? deciding->view.submitted : deciding->decision->at);
}

static enum err decide_lines(const struct deciding *deciding, struct events *events)
{
    struct arena arena;
    AUTO_FREE struct report_line *lines = calloc(REPORT_LINES_A_PART, sizeof *lines);
    if (lines == NULL)
        return ERR_NOMEM;
    arena_init(&arena);
    enum err err = ERR_OK;
    size_t count = 1;
    for (size_t part = 0; err == ERR_OK && count > 0; part++) {
        arena_clear(&arena);
        err = report_load_lines(deciding->db, deciding->store, deciding->report, part, &arena,
                                lines, &count);
        for (size_t i = 0; err == ERR_OK && i < count; i++)
            if (lines[i].result == LINE_ACCEPTED)
                add_line(events, deciding, part * REPORT_LINES_A_PART + i, lines[i].subject);
        if (err == ERR_OK)
            err = apply_events(events, deciding->rules, deciding->db, deciding->decision->at);
    }
    arena_done(&arena);
    return err;
}

/* --- what a decision does to a store's period --- */

/* The counts of what lies in the period, by the calendar before and by the one after. */
struct moving {
    enum entity entity;
    const struct plan *before, *after;
    struct sums minus, plus;
    struct arena arena; /* of one entity at a time */
};

static enum err move_row(void *arg, const struct db_result *result)
{
    struct moving *moving = arg;
    struct facts facts;
    arena_clear(&moving->arena);
    enum err err =
        facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), &moving->arena, &facts);
    if (err != ERR_OK)
        return err;
    /* What neighbours say is counted alike before and after. */
    struct view view = view_of(moving->entity, &facts, INSTANT_NEVER);
    sums_add(&moving->minus, moving->before, &view, -1);
    sums_add(&moving->plus, moving->after, &view, 1);
    return moving->minus.no_memory || moving->plus.no_memory ? ERR_NOMEM : ERR_OK;
}

static enum err write_sums(struct sums *sums, struct db *db)
{
    enum err err = sums_write(sums, db);
    return err == ERR_OK ? db_pipeline_run(db, NULL) : err;
}

static enum err move_period(const struct deciding *deciding, const struct plan *before,
                            const struct plan *after)
{
    bool tickets = deciding->view.scope == REPORT_STORE_TICKETS;
    struct moving moving = {
        .entity = tickets ? ENTITY_TICKET : ENTITY_ORDER, .before = before, .after = after};
    sums_init(&moving.minus);
    sums_init(&moving.plus);
    arena_init(&moving.arena);
    struct db_args *args = db_args_new();
    db_arg_text(args, deciding->store);
    db_arg_instant(args, deciding->view.period_from);
    db_arg_instant(args, deciding->view.period_to);
    enum err err = db_stream(deciding->db, tickets ? &sql_period_tickets : &sql_period_orders, args,
                             move_row, &moving);
    if (err == ERR_OK)
        err = write_sums(&moving.minus, deciding->db);
    if (err == ERR_OK)
        err = write_sums(&moving.plus, deciding->db);
    arena_done(&moving.arena);
    sums_done(&moving.plus);
    sums_done(&moving.minus);
    return err;
}

/* Verdicts over the days of the period are judged again. */
static enum err change_verdicts(const struct deciding *deciding, const struct plan *plan)
{
    if (deciding->view.scope != REPORT_STORE)
        return ERR_OK;
    bool approves = deciding->decision->what == DECIDE_APPROVE;
    enum verdict_cause cause = approves ? VERDICT_BY_EXEMPTION : VERDICT_BY_REVOCATION;
    struct instant last = {deciding->view.period_to.us - 1};
    struct verdict_changes changes;
    verdict_changes_init(&changes, deciding->decision->at);
    for (int32_t day = calendar_day(plan->calendar, deciding->view.period_from);
         day <= calendar_day(plan->calendar, last); day++)
        verdict_changes_day(&changes, plan, day, cause);
    enum err err = verdict_changes_write(&changes, deciding->db);
    if (err == ERR_OK)
        err = db_pipeline_run(deciding->db, NULL);
    verdict_changes_done(&changes);
    return err;
}

/* --- deciding --- */

static enum err load_report(struct db *db, const char *store, const char *report,
                            struct report_view *ret_view)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    db_add_text(args, store);
    db_arg_array(args, DB_TEXTS);
    db_add_text(args, report);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_reports_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    struct arena arena;
    arena_init(&arena);
    struct facts facts;
    if (err == ERR_OK)
        err = facts_decode(db_text(result, 0, 1), db_len(result, 0, 1), &arena, &facts);
    if (err == ERR_OK) {
        *ret_view = report_at(&facts, INSTANT_NEVER);
        err = ret_view->known ? ERR_OK : ERR_NOT_FOUND;
    }
    arena_done(&arena);
    db_result_free(result);
    return err;
}

/* A reviewer's key is never the filer's. */
static enum err check_filer(const struct deciding *deciding)
{
    struct db_result *result = NULL;
    struct report_filed filed;
    struct arena arena;
    arena_init(&arena);
    enum err err = load_own(deciding->db, deciding->store, deciding->report, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_INTERNAL;
    if (err == ERR_OK)
        err = report_read_filed(db_text(result, 0, 1), db_len(result, 0, 1), &arena, &filed);
    if (err == ERR_OK && filed.by != NULL && strcmp(filed.by, deciding->decision->by) == 0)
        err = ERR_FORBIDDEN;
    arena_done(&arena);
    db_result_free(result);
    return err;
}

static enum err add_decision(const struct deciding *deciding, struct events *events)
{
    const struct decision *decision = deciding->decision;
    char id[REPORT_EVENT_ID_SIZE];
    report_decision_id(id, deciding->report, decision->what);
    report_write_decision(begin_event(events), deciding->store, deciding->report, decision->by,
                          decision->note);
    end_event(events, id, fact_type(report_decision_fact(decision->what)), decision->at);
    return apply_events(events, deciding->rules, deciding->db, decision->at);
}

/* The decision changes the store's calendar, so its plan is another one behind it. */
static enum err decide_period(const struct deciding *deciding, struct events *events)
{
    struct plan before, after;
    enum err err = plans_load(deciding->rules, deciding->db, &deciding->store, 1, &before);
    if (err == ERR_OK)
        err = add_decision(deciding, events);
    if (err == ERR_OK)
        err = plans_load(deciding->rules, deciding->db, &deciding->store, 1, &after);
    if (err == ERR_OK)
        err = move_period(deciding, &before, &after);
    return err == ERR_OK ? change_verdicts(deciding, &after) : err;
}

/* Only approvals and revocations change what is excused. */
static enum err carry_out(const struct deciding *deciding, struct events *events)
{
    enum report_decision what = deciding->decision->what;
    bool excuses = what == DECIDE_APPROVE || what == DECIDE_REVOKE;
    if (excuses && report_has_period(deciding->view.scope))
        return decide_period(deciding, events);
    enum err err = add_decision(deciding, events);
    return err == ERR_OK && excuses ? decide_lines(deciding, events) : err;
}

enum err report_decide(struct rules *rules, struct db *db, const char *store, const char *report,
                       struct decision *decision, bool may_decide_own, bool *ret_changed)
{
    struct deciding deciding = {rules, db, store, report, decision, {.known = false}};
    *ret_changed = false;
    if (strlen(report) >= REPORT_ID_SIZE)
        return ERR_NOT_FOUND;
    enum err err = load_report(db, store, report, &deciding.view);
    if (err == ERR_OK)
        decision->found = deciding.view.status;
    if (err == ERR_OK && decision->what != DECIDE_WITHDRAW && !may_decide_own)
        err = check_filer(&deciding);
    if (err != ERR_OK || deciding.view.status == report_decided(decision->what))
        return err;
    if (!report_may(deciding.view.status, decision->what))
        return ERR_CONFLICT;
    decision->at = report_decision_at(&deciding.view, decision->at);
    AUTO_FREE struct events *events = malloc(sizeof *events);
    if (events == NULL)
        return ERR_NOMEM;
    events_init(events);
    err = carry_out(&deciding, events);
    events_done(events);
    *ret_changed = err == ERR_OK;
    return err;
}

enum err report_exists(struct db *db, const char *store, const char *report)
{
    struct report_view view;
    return strlen(report) < REPORT_ID_SIZE ? load_report(db, store, report, &view) : ERR_NOT_FOUND;
}

enum err report_notice(struct db *db, const char *store, const char *report,
                       enum report_status status, const struct report_terms *terms, const char *by,
                       struct instant at)
{
    AUTO_BUF struct buf text;
    struct jsonw json;
    buf_init(&text, DATA_MAX);
    jsonw_init(&json, &text);
    jsonw_object(&json, NULL);
    jsonw_string(&json, "report", report);
    jsonw_string(&json, "status", report_status_name(status));
    if (terms != NULL) {
        jsonw_string(&json, "scope", report_scope_name(terms->scope));
        jsonw_string(&json, "kind", report_kind_name(terms->kind));
    }
    jsonw_string(&json, "by", by);
    jsonw_end_object(&json);
    enum err err = buf_status(&text);
    const struct notice notice = {NOTICE_REPORT, at, buf_text(&text), text.len};
    return err == ERR_OK ? notices_add(db, store, at, &notice, 1) : err;
}
