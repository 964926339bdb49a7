/* POST …/delay-reports/{id}/approve|reject|withdraw|revoke. */
#include "api/app.h"
#include "body.h"
#include "books/plan.h"
#include "delay_report.h"
#include "ingest/reports.h"

/* The key of the settings belongs to who may do everything anyway. */
static bool may_decide_own(const struct api_principal *principal)
{
    return principal->is_bootstrap;
}

static enum err decide_locked(struct call *call, const char *store, const char *report,
                              struct decision *decision, bool *ret_changed)
{
    enum err err = stores_lock(call->db, &store, 1);
    if (err == ERR_OK)
        err = report_decide(call->api->rules, call->db, store, report, decision,
                            may_decide_own(call->req->principal), ret_changed);
    if (err == ERR_OK && *ret_changed)
        err = report_notice(call->db, store, report, report_decided(decision->what), NULL,
                            decision->by, decision->at);
    return err;
}

static enum err save(struct call *call, const char *store, const char *report,
                     struct decision *decision)
{
    bool changed = false;
    enum err err = db_begin(call->db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = decide_locked(call, store, report, decision, &changed);
    if (err == ERR_OK && changed)
        err = db_commit(call->db);
    if (err != ERR_OK || !changed)
        db_rollback(call->db);
    if (err == ERR_OK && changed)
        api_store_moved(call->api, store);
    return err;
}

/* Says why not. */
static enum err refused(struct call *call, const struct decision *decision, enum err err)
{
    if (err == ERR_CONFLICT)
        (void)call_invalid(call, "", "the report is %s", report_status_name(decision->found));
    else if (err == ERR_FORBIDDEN)
        (void)call_invalid(call, "", "who filed a report can only withdraw it");
    return err;
}

static enum err decide(struct call *call, enum report_decision what)
{
    const char *store, *report = call->req->params[1];
    struct decision decision = {
        .what = what, .by = call->req->principal->key_id, .at = call->req->now};
    struct arena arena;
    arena_init(&arena);
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_json(call);
    if (err == ERR_OK)
        err = report_note_decode(call->req->body == NULL ? "" : call->req->body,
                                 call->req->body_len, &arena, &decision.note, &call->faults);
    if (err == ERR_OK)
        err = refused(call, &decision, save(call, store, report, &decision));
    if (err == ERR_OK)
        err = write_report_by_id(call, store, report);
    arena_done(&arena);
    return err;
}

enum err delay_report_approve(struct call *call)
{
    return decide(call, DECIDE_APPROVE);
}

enum err delay_report_reject(struct call *call)
{
    return decide(call, DECIDE_REJECT);
}

enum err delay_report_withdraw(struct call *call)
{
    return decide(call, DECIDE_WITHDRAW);
}

enum err delay_report_revoke(struct call *call)
{
    return decide(call, DECIDE_REVOKE);
}
