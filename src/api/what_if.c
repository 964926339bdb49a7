/* POST …/backlog/simulate: the backlog before and after some orders are collected or excused. */
#include "books/what_ifs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "body.h"
#include "call.h"
#include "domain/limits.h"

#define ORDERS_MAX 1000
#define COUNT_MAX 1000000

/* The request; texts are borrowed from the document. */
struct request {
    const char *orders[2][ORDERS_MAX]; /* by remedy */
    enum help_result results[2][ORDERS_MAX];
    struct what_if what_if;
    struct instant by; /* INSTANT_NEVER: now */
    bool has_cohort;
    int32_t cohort;
};

/* --- decode --- */

static bool decode_part(struct reader *reader, enum remedy remedy, struct request *request)
{
    struct what_if_part *part = &request->what_if.parts[remedy];
    const char *name = remedy_name(remedy);
    if (!reader_has(reader, name))
        return false;
    part->orders = request->orders[remedy];
    part->results = request->results[remedy];
    if (!reader_number(reader, name, COUNT_MAX, &part->count))
        part->order_count =
            reader_texts(reader, name, ORDERS_MAX, ID_MAX_BYTES, request->orders[remedy]);
    return true;
}

static void decode_by(struct reader *reader, struct request *request)
{
    const char *why, *text = reader_optional_text(reader, "by", INSTANT_TEXT_SIZE + 32);
    request->by = INSTANT_NEVER;
    if (text != NULL && instant_parse(text, strlen(text), &request->by, &why) != ERR_OK)
        reader_fault(reader, "by", "%s", why);
}

static void decode_cohort(struct reader *reader, struct request *request)
{
    const char *text = reader_optional_text(reader, "cohort", 32);
    request->has_cohort = text != NULL;
    if (text != NULL && date_parse(text, strlen(text), &request->cohort) != ERR_OK)
        reader_fault(reader, "cohort", "must be a date such as 2024-01-31");
}

static enum err decode(struct call *call, const struct doc *doc, struct request *request)
{
    struct reader reader;
    call_reader(call, doc, &reader);
    bool collect = decode_part(&reader, REMEDY_COLLECT, request);
    bool exempt = decode_part(&reader, REMEDY_EXEMPT, request);
    decode_by(&reader, request);
    decode_cohort(&reader, request);
    enum err err = call_finish(call, &reader);
    if (err == ERR_OK && !collect && !exempt)
        return call_invalid(call, "", "collect or exempt is needed: order ids, or how many");
    return err;
}

struct place {
    const char *order;
    enum remedy remedy;
    size_t index;
};

static int by_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->order, y->order);
    if (order != 0)
        return order;
    if (x->remedy != y->remedy)
        return x->remedy < y->remedy ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* An order can be helped once. */
static enum err check_once(struct call *call, const struct request *request)
{
    const struct what_if_part *parts = request->what_if.parts;
    AUTO_FREE struct place *places = calloc(2 * ORDERS_MAX, sizeof *places);
    size_t count = 0;
    if (places == NULL)
        return ERR_NOMEM;
    for (enum remedy remedy = REMEDY_COLLECT; remedy <= REMEDY_EXEMPT; remedy++)
        for (size_t i = 0; i < parts[remedy].order_count; i++)
            places[count++] = (struct place){parts[remedy].orders[i], remedy, i};
    qsort(places, count, sizeof *places, by_order);
    for (size_t i = 1; i < count; i++)
        if (strcmp(places[i].order, places[i - 1].order) == 0) {
            char pointer[64];
            snprintf(pointer, sizeof pointer, "/%s/%zu", remedy_name(places[i].remedy),
                     places[i].index);
            return call_invalid(call, pointer, "the order stands there twice");
        }
    return ERR_OK;
}

/* What only the store's day and clock can tell. */
static enum err settle(struct call *call, const struct question *q, struct request *request)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct help help = {.first_day = today - COHORTS_LISTED + 1, .last_day = today};
    if (instant_is_never(request->by))
        request->by = q->t;
    if (instant_before(request->by, q->t))
        return call_invalid(call, "/by", "lies before now");
    if (request->has_cohort && (request->cohort < help.first_day || request->cohort > today))
        return call_invalid(call, "/cohort", "is none of the seven cohorts that are listed");
    if (request->has_cohort)
        help.first_day = help.last_day = request->cohort;
    help.by = request->by;
    for (enum remedy remedy = REMEDY_COLLECT; remedy <= REMEDY_EXEMPT; remedy++) {
        help.remedy = remedy;
        request->what_if.parts[remedy].help = help;
    }
    return ERR_OK;
}

/* --- encode --- */

static void write_part(struct jsonw *json, const struct what_if_part *part)
{
    int64_t asked = part->order_count > 0 ? (int64_t)part->order_count : part->count;
    jsonw_object(json, remedy_name(part->help.remedy));
    jsonw_int(json, "asked", asked);
    jsonw_int(json, "applied", part->applied);
    jsonw_end_object(json);
}

static void write_results(struct jsonw *json, const struct request *request)
{
    jsonw_array(json, "results");
    for (size_t p = 0; p < 2; p++) {
        const struct what_if_part *part = &request->what_if.parts[p];
        for (size_t i = 0; i < part->order_count; i++) {
            jsonw_object(json, NULL);
            jsonw_string(json, "order", part->orders[i]);
            jsonw_string(json, "action", remedy_name(part->help.remedy));
            jsonw_string(json, "result", help_result_name(part->results[i]));
            jsonw_end_object(json);
        }
    }
    jsonw_end_array(json);
}

static void write_levels(struct jsonw *json, const char *name, enum backlog_level before,
                         enum backlog_level after)
{
    jsonw_object(json, name);
    jsonw_string(json, "before", backlog_level_name(before));
    jsonw_string(json, "after", backlog_level_name(after));
    jsonw_end_object(json);
}

static void write_side(struct jsonw *json, const char *name, const struct question *q,
                       const struct what_if_side *side, size_t c, size_t m)
{
    const struct cohort *cohort = &reading_listed(&side->reading)[c];
    const struct mark_verdict *verdict = &side->backlog.cohorts[c].marks[m];
    jsonw_object(json, name);
    write_mark_state(json, cohort, &cohort->marks[m], verdict);
    jsonw_string(json, "worst_state",
                 mark_state_name(worst_state(q, m, &side->reading, cohort, verdict)));
    jsonw_end_object(json);
}

static void write_cohorts(struct jsonw *json, const struct question *q,
                          const struct what_if_side *before, const struct what_if_side *after)
{
    jsonw_array(json, "cohorts");
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        jsonw_object(json, NULL);
        const struct cohort *cohort = &reading_listed(&before->reading)[c];
        jsonw_date(json, "day", cohort->day);
        jsonw_int(json, "orders", cohort->orders);
        jsonw_bool(json, "assessed", before->backlog.cohorts[c].assessed);
        jsonw_array(json, "marks");
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            jsonw_object(json, NULL);
            jsonw_int(json, "hours", q->policy->backlog.marks[m].hours);
            jsonw_instant(json, "checkpoint", before->backlog.cohorts[c].marks[m].checkpoint);
            write_side(json, "before", q, before, c, m);
            write_side(json, "after", q, after, c, m);
            jsonw_end_object(json);
        }
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_what_if(struct jsonw *json, const struct asked *asked, const struct question *q,
                          const struct request *request, const struct what_if_side *before,
                          const struct what_if_side *after)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    write_policy_ref(json, q->policy);
    jsonw_instant(json, "by", request->by);
    write_levels(json, "level", before->backlog.level, after->backlog.level);
    write_levels(json, "worst_level", worst_level(q, &before->reading, &before->backlog),
                 worst_level(q, &after->reading, &after->backlog));
    for (size_t p = 0; p < 2; p++)
        write_part(json, &request->what_if.parts[p]);
    write_results(json, request);
    write_cohorts(json, q, before, after);
    jsonw_end_object(json);
}

static enum err answer(struct call *call, struct asked *asked, struct request *request)
{
    struct arena arena;
    struct in_force in_force;
    struct what_if_side before, after;
    arena_init(&arena);
    enum err err = call_in_force(call, asked, &in_force);
    if (err == ERR_OK)
        err = settle(call, &in_force.q, request);
    if (err == ERR_OK)
        err = what_if_read(call->api->rules, call->db, asked, &in_force, &arena, &request->what_if,
                           &before, &after);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        write_what_if(&call->json, asked, &in_force.q, request, &before, &after);
    arena_done(&arena);
    return err;
}

enum err backlog_simulate(struct call *call)
{
    const char *store;
    struct asked asked;
    AUTO_FREE struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return ERR_NOMEM;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    struct doc doc = {.root = NULL};
    if (err == ERR_OK)
        err = call_doc(call, &doc);
    if (err == ERR_OK)
        err = decode(call, &doc, request);
    if (err == ERR_OK)
        err = check_once(call, request);
    if (err == ERR_OK)
        err = answer(call, &asked, request);
    doc_done(&doc);
    return err;
}
