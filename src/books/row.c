#include "books/row.h"

#include <string.h>

#include "db/query.h"
#include "sql.h"

struct view view_of(enum entity entity, const struct facts *facts, struct instant t)
{
    struct view view = {.entity = entity};
    switch (entity) {
    case ENTITY_ORDER:
        view.order = order_at(facts, t);
        break;
    case ENTITY_TICKET:
        view.ticket = ticket_at(facts, t);
        break;
    case ENTITY_REVIEW:
        view.review = review_at(facts, t);
        break;
    case ENTITY_REPORT:
        view.report = report_at(facts, t);
        break;
    }
    return view;
}

/* --- columns --- */

static bool waits(const struct order_view *view, struct instant event)
{
    return view->counts && view->exemption == NULL && instant_is_never(event) &&
           instant_is_never(view->cancelled);
}

static void order_columns(const struct order_view *view, struct row *row)
{
    row->t0 = view->counts ? view->t0 : INSTANT_NEVER;
    row->promise_at = view->counts ? view->promise : INSTANT_NEVER;
    row->deliver_by = view->counts ? view->deliver_by : INSTANT_NEVER;
    row->wait_collected = waits(view, view->collected);
    row->wait_delivered = waits(view, view->delivered);
    row->wait_shipped = waits(view, view->shipped);
    row->exempt = view->counts && view->exemption != NULL;
}

static void ticket_columns(const struct ticket_view *view, struct row *row)
{
    row->at = view->opened_known ? view->opened : INSTANT_NEVER;
    if (!view->opened_known)
        return;
    bool cancelled = !instant_is_never(view->closed) && view->closing == CLOSE_CANCELLED;
    row->kind = view->kind;
    row->buyer = view->buyer;
    row->order = view->order;
    row->left_message = view->left_message;
    bool open = !cancelled && view->excuse == NULL;
    row->wait_replied = open && instant_is_never(view->replied);
    row->wait_audited = open && instant_is_never(view->audited);
    row->recontact = view->recontact;
    row->urge = view->urge;
    row->excused = view->excuse != NULL;
}

static void review_columns(const struct review_view *view, struct row *row)
{
    row->at = view->known ? view->at : INSTANT_NEVER;
    row->buyer = view->buyer;
    row->order = view->order;
    row->active = view->active;
}

static void report_columns(const struct report_view *view, struct row *row)
{
    row->status = view->status;
    row->scope = view->scope;
    row->at = view->submitted;
    row->period_from = view->period_from;
    row->period_to = view->period_to;
    row->approved_at = view->approved;
    row->revoked_at = view->revoked;
}

struct row row_of(const struct facts *facts, const struct view *view)
{
    struct row row = {
        .entity = view->entity,
        .last_at = facts_last_at(facts),
        .retracted = facts_have_retraction(facts),
        .t0 = INSTANT_NEVER,
        .promise_at = INSTANT_NEVER,
        .deliver_by = INSTANT_NEVER,
        .at = INSTANT_NEVER,
        .period_from = INSTANT_NEVER,
        .period_to = INSTANT_NEVER,
        .approved_at = INSTANT_NEVER,
        .revoked_at = INSTANT_NEVER,
    };
    switch (view->entity) {
    case ENTITY_ORDER:
        order_columns(&view->order, &row);
        break;
    case ENTITY_TICKET:
        ticket_columns(&view->ticket, &row);
        break;
    case ENTITY_REVIEW:
        review_columns(&view->review, &row);
        break;
    case ENTITY_REPORT:
        report_columns(&view->report, &row);
        break;
    }
    return row;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *order_difference(const struct row *a, const struct row *b)
{
    if (a->t0.us != b->t0.us)
        return "t0";
    if (a->promise_at.us != b->promise_at.us)
        return "promise_at";
    if (a->deliver_by.us != b->deliver_by.us)
        return "deliver_by";
    if (a->wait_collected != b->wait_collected)
        return "wait_collected";
    if (a->wait_delivered != b->wait_delivered)
        return "wait_delivered";
    if (a->wait_shipped != b->wait_shipped)
        return "wait_shipped";
    if (a->exempt != b->exempt)
        return "exempt";
    return a->retracted != b->retracted ? "retracted" : NULL;
}

static const char *ticket_difference(const struct row *a, const struct row *b)
{
    if (a->kind != b->kind)
        return "kind";
    if (a->at.us != b->at.us)
        return "opened_at";
    if (a->left_message != b->left_message)
        return "left_message";
    if (a->wait_replied != b->wait_replied)
        return "wait_replied";
    if (a->urge != b->urge)
        return "urge";
    if (a->excused != b->excused)
        return "excused";
    return a->wait_audited != b->wait_audited ? "wait_audited" : NULL;
}

static const char *review_difference(const struct row *a, const struct row *b)
{
    if (a->at.us != b->at.us)
        return "at";
    return a->active != b->active ? "active" : NULL;
}

static const char *report_difference(const struct row *a, const struct row *b)
{
    if (a->status != b->status)
        return "status";
    if (a->scope != b->scope)
        return "scope";
    if (a->at.us != b->at.us)
        return "submitted_at";
    if (a->period_from.us != b->period_from.us)
        return "period_from";
    if (a->period_to.us != b->period_to.us)
        return "period_to";
    if (a->approved_at.us != b->approved_at.us)
        return "approved_at";
    return a->revoked_at.us != b->revoked_at.us ? "revoked_at" : NULL;
}

const char *row_difference(const struct row *a, const struct row *b)
{
    if (a->last_at.us != b->last_at.us)
        return "last_at";
    if (a->entity == ENTITY_ORDER)
        return order_difference(a, b);
    if (a->entity == ENTITY_REPORT)
        return report_difference(a, b);
    if (!same_text(a->buyer, b->buyer))
        return "buyer";
    if (!same_text(a->order, b->order))
        return "order_id";
    return a->entity == ENTITY_TICKET ? ticket_difference(a, b) : review_difference(a, b);
}

struct row row_take(enum entity entity, const struct db_result *result, int row, int column)
{
    struct row taken = {.entity = entity};
    switch (entity) {
    case ENTITY_ORDER:
        taken.t0 = db_instant(result, row, column++);
        taken.promise_at = db_instant(result, row, column++);
        taken.deliver_by = db_instant(result, row, column++);
        taken.last_at = db_instant(result, row, column++);
        taken.wait_collected = db_bool(result, row, column++);
        taken.wait_delivered = db_bool(result, row, column++);
        taken.wait_shipped = db_bool(result, row, column++);
        taken.exempt = db_bool(result, row, column++);
        taken.retracted = db_bool(result, row, column);
        break;
    case ENTITY_TICKET:
        taken.kind = (enum ticket_kind)db_int(result, row, column++);
        taken.at = db_instant(result, row, column++);
        taken.buyer = db_text(result, row, column++);
        taken.order = db_text(result, row, column++);
        taken.left_message = db_bool(result, row, column++);
        taken.wait_replied = db_bool(result, row, column++);
        taken.wait_audited = db_bool(result, row, column++);
        taken.urge = db_bool(result, row, column++);
        taken.excused = db_bool(result, row, column++);
        taken.last_at = db_instant(result, row, column);
        break;
    case ENTITY_REVIEW:
        taken.at = db_instant(result, row, column++);
        taken.buyer = db_text(result, row, column++);
        taken.order = db_text(result, row, column++);
        taken.active = db_bool(result, row, column++);
        taken.last_at = db_instant(result, row, column);
        break;
    case ENTITY_REPORT:
        taken.status = (enum report_status)db_int(result, row, column++);
        taken.scope = (enum report_scope)db_int(result, row, column++);
        taken.at = db_instant(result, row, column++);
        taken.period_from = db_instant(result, row, column++);
        taken.period_to = db_instant(result, row, column++);
        taken.approved_at = db_instant(result, row, column++);
        taken.revoked_at = db_instant(result, row, column++);
        taken.last_at = db_instant(result, row, column);
        break;
    }
    return taken;
}

/* --- writing --- */

/* Those rows of a table that one statement takes. */
struct selection {
    const struct row_put *puts;
    size_t count;
    enum entity entity;
    bool exists; /* looked at for orders only */
};

static bool is_selected(const struct selection *selection, size_t i)
{
    const struct row_put *put = &selection->puts[i];
    return put->row.entity == selection->entity &&
           (selection->entity != ENTITY_ORDER || put->exists == selection->exists);
}

/* The parallel arrays of a statement, one macro line a column. */
#define COLUMN(args, selection, type, add)                                                         \
    do {                                                                                           \
        db_arg_array(args, type);                                                                  \
        for (size_t i = 0; i < (selection)->count; i++) {                                          \
            const struct row_put *put = &(selection)->puts[i];                                     \
            if (is_selected(selection, i))                                                         \
                add;                                                                               \
        }                                                                                          \
    } while (0)
#define TEXTS(member) COLUMN(args, s, DB_TEXTS, db_add_text(args, put->member))
#define INSTANTS(member) COLUMN(args, s, DB_INSTANTS, db_add_instant(args, put->row.member))
#define BOOLS(member) COLUMN(args, s, DB_BOOLS, db_add_bool(args, put->row.member))
#define INT32S(member) COLUMN(args, s, DB_INT32S, db_add_int32(args, (int32_t)put->row.member))
#define FACTS() COLUMN(args, s, DB_TEXTS, db_add_text_len(args, put->facts, put->facts_len))

static void order_args(struct db_args *args, const struct selection *s)
{
    INSTANTS(t0);
    INSTANTS(promise_at);
    INSTANTS(deliver_by);
    INSTANTS(last_at);
    BOOLS(wait_collected);
    BOOLS(wait_delivered);
    BOOLS(wait_shipped);
    BOOLS(exempt);
    BOOLS(retracted);
    FACTS();
}

static void ticket_args(struct db_args *args, const struct selection *s)
{
    INT32S(kind);
    INSTANTS(at);
    TEXTS(row.buyer);
    TEXTS(row.order);
    BOOLS(left_message);
    BOOLS(recontact);
    BOOLS(wait_replied);
    BOOLS(wait_audited);
    BOOLS(urge);
    BOOLS(excused);
    INSTANTS(last_at);
    FACTS();
}

static void review_args(struct db_args *args, const struct selection *s)
{
    INSTANTS(at);
    TEXTS(row.buyer);
    TEXTS(row.order);
    BOOLS(active);
    INSTANTS(last_at);
    FACTS();
}

static void report_args(struct db_args *args, const struct selection *s)
{
    INT32S(status);
    INT32S(scope);
    INSTANTS(at);
    INSTANTS(period_from);
    INSTANTS(period_to);
    INSTANTS(approved_at);
    INSTANTS(revoked_at);
    INSTANTS(last_at);
    FACTS();
}

static enum err write_selected(struct db *db, const struct db_sql *sql, const struct selection *s)
{
    bool any = false;
    for (size_t i = 0; i < s->count && !any; i++)
        any = is_selected(s, i);
    if (!any)
        return ERR_OK;
    struct db_args *args = db_args_new();
    TEXTS(store);
    TEXTS(id);
    static void (*const columns[ENTITIES])(struct db_args *, const struct selection *) = {
        order_args, ticket_args, review_args, report_args};
    columns[s->entity](args, s);
    return db_pipeline_add(db, sql, args);
}

enum err rows_write(struct db *db, const struct row_put *puts, size_t count)
{
    const struct {
        const struct db_sql *sql;
        enum entity entity;
        bool exists;
    } statements[] = {
        {&sql_orders_add, ENTITY_ORDER, false},   {&sql_orders_set, ENTITY_ORDER, true},
        {&sql_tickets_put, ENTITY_TICKET, false}, {&sql_reviews_put, ENTITY_REVIEW, false},
        {&sql_reports_put, ENTITY_REPORT, false},
    };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < sizeof statements / sizeof statements[0]; i++)
        err = write_selected(
            db, statements[i].sql,
            &(struct selection){puts, count, statements[i].entity, statements[i].exists});
    return err;
}
