/* What a delay report would do to every listed cohort, and until when it is worth filing. */
#include "db/facts.h"
#include "delay_report.h"
#include "domain/replay.h"
#include "sql.h"

enum err effect_begin(struct call *call, struct arena *arena, struct report_effect *effect)
{
    enum err err = call_in_force(call, &effect->asked, &effect->in_force);
    if (err == ERR_OK)
        err = read_backlog(call->api->rules, call->db, &effect->asked, &effect->in_force, arena,
                           &effect->before_reading, &effect->before);
    if (err == ERR_OK)
        err = copy_backlog_reading(&effect->before_reading, arena, &effect->after_reading);
    return err;
}

/* --- a period --- */

struct covering {
    struct report_effect *effect;
    bool tickets;
    struct arena arena; /* of one entity at a time */
};

static enum err cover_row(void *arg, const struct db_result *result)
{
    struct covering *covering = arg;
    const struct question *q = &covering->effect->in_force.q;
    struct facts facts;
    arena_clear(&covering->arena);
    enum err err =
        facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), &covering->arena, &facts);
    if (err != ERR_OK)
        return err;
    if (covering->tickets) {
        struct ticket_view ticket = ticket_at(&facts, q->t);
        covering->effect->covered += ticket.opened_known && ticket_may_be_excused(ticket.kind) &&
                                     !ticket_is_excused(&ticket, q->calendar);
        return ERR_OK;
    }
    struct order_view order = order_at(&facts, q->t);
    covering->effect->covered += order.counts && !order_is_exempt(&order, q->calendar);
    replay_backlog_excuse(q, &order, &covering->effect->after_reading);
    return ERR_OK;
}

enum err effect_of_period(struct call *call, const struct report_terms *terms,
                          struct report_effect *effect)
{
    struct covering covering = {.effect = effect, .tickets = terms->scope == REPORT_STORE_TICKETS};
    struct db_args *args = db_args_new();
    db_arg_text(args, effect->asked.store);
    db_arg_instant(args, terms->period_from);
    db_arg_instant(args, terms->period_to);
    arena_init(&covering.arena);
    enum err err = db_stream(call->db, covering.tickets ? &sql_period_tickets : &sql_period_orders,
                             args, cover_row, &covering);
    arena_done(&covering.arena);
    return err;
}

/* --- both --- */

enum err effect_end(struct report_effect *effect)
{
    /* An exemption never adds a restriction, so the days that were enough before are enough. */
    bool whole = backlog_assess(&effect->in_force.q, &effect->after_reading,
                                &effect->in_force.feeds, true, &effect->after);
    return whole ? ERR_OK : ERR_INTERNAL;
}

static void write_side(struct jsonw *json, const char *name, const struct cohort *cohort,
                       const struct cohort_mark *counts, const struct mark_verdict *verdict)
{
    jsonw_object(json, name);
    write_mark_state(json, cohort, counts, verdict);
    jsonw_end_object(json);
}

/* A review takes its time: what is filed later is decided after the checkpoint, and then a hit is
 * revoked instead of avoided. */
static void write_file_by(struct jsonw *json, const struct report_limits *limits,
                          struct instant checkpoint)
{
    jsonw_instant(json, "file_by", instant_add_hours(checkpoint, -(int64_t)limits->review_hours));
    jsonw_instant(json, "file_by_peak",
                  instant_add_hours(checkpoint, -(int64_t)limits->review_hours_peak));
}

void effect_write(struct jsonw *json, const struct report_effect *effect)
{
    const struct policy *policy = effect->in_force.q.policy;
    jsonw_object(json, "level");
    jsonw_string(json, "before", backlog_level_name(effect->before.level));
    jsonw_string(json, "after", backlog_level_name(effect->after.level));
    jsonw_end_object(json);
    jsonw_array(json, "effect");
    for (size_t c = 0; c < COHORTS_LISTED; c++) {
        const struct cohort *before = &reading_listed(&effect->before_reading)[c];
        const struct cohort *after = &reading_listed(&effect->after_reading)[c];
        for (size_t m = 0; m < policy->backlog.mark_count; m++) {
            struct instant checkpoint = effect->before.cohorts[c].marks[m].checkpoint;
            jsonw_object(json, NULL);
            jsonw_date(json, "day", before->day);
            jsonw_int(json, "hours", policy->backlog.marks[m].hours);
            jsonw_instant(json, "checkpoint", checkpoint);
            write_file_by(json, &policy->reports, checkpoint);
            write_side(json, "before", before, &before->marks[m],
                       &effect->before.cohorts[c].marks[m]);
            write_side(json, "after", after, &after->marks[m], &effect->after.cohorts[c].marks[m]);
            jsonw_end_object(json);
        }
    }
    jsonw_end_array(json);
}
