/* What is told of a look at a store: verdicts, what is revoked, restrictions that begin, grow or
 * end, and the level. Marks from before the store's time are told to nobody, nor what they
 * impose. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/jsonw.h"
#include "books/notices.h"
#include "books/verdict_row.h"
#include "db/query.h"
#include "judging.h"
#include "sql.h"

#define DATA_MAX (64 * 1024)

struct telling {
    struct judging *judging;
    struct notice *notices;
    size_t count, room;
    struct buf data; /* of the notice that is being written */
    struct jsonw json;
    enum err err;
};

/* --- writing one --- */

static struct jsonw *begin(struct telling *telling)
{
    buf_clear(&telling->data);
    jsonw_init(&telling->json, &telling->data);
    jsonw_object(&telling->json, NULL);
    return &telling->json;
}

static void finish(struct telling *telling, const char *type, struct instant at)
{
    struct arena *arena = &telling->judging->arena;
    jsonw_end_object(&telling->json);
    if (telling->err == ERR_OK)
        telling->err = buf_status(&telling->data);
    if (telling->err != ERR_OK)
        return;
    if (telling->count == telling->room) {
        size_t room = 2 * telling->room + 16;
        struct notice *more = arena_alloc(arena, room * sizeof *more);
        if (more != NULL && telling->count > 0)
            memcpy(more, telling->notices, telling->count * sizeof *more);
        telling->notices = more;
        telling->room = room;
    }
    const char *copy = arena_copy(arena, buf_text(&telling->data), telling->data.len);
    if (telling->notices == NULL || copy == NULL) {
        telling->err = ERR_NOMEM;
        return;
    }
    telling->notices[telling->count++] = (struct notice){type, at, copy, telling->data.len};
}

static void write_ratio(struct jsonw *json, const char *name, struct share share)
{
    if (share.eligible == 0)
        jsonw_null(json, name);
    else
        jsonw_decimal(json, name, decimal_ratio(share.overdue, share.eligible, 4), 4);
}

static void write_mark(struct jsonw *json, const struct verdict *verdict)
{
    jsonw_date(json, "day", verdict->day);
    jsonw_int(json, "hours", verdict->hours);
    jsonw_instant(json, "checkpoint", verdict->checkpoint);
    jsonw_string(json, "state", mark_state_name(verdict->state));
}

static void tell_verdict(struct telling *telling, const struct verdict *verdict, struct instant at)
{
    struct jsonw *json = begin(telling);
    write_mark(json, verdict);
    jsonw_array(json, "reasons");
    if (verdict->by_ratio)
        jsonw_string(json, NULL, "ratio");
    if (verdict->by_trend)
        jsonw_string(json, NULL, "trend");
    jsonw_end_array(json);
    jsonw_int(json, "orders", verdict->orders);
    jsonw_int(json, "eligible", verdict->eligible);
    jsonw_int(json, "overdue", verdict->overdue);
    write_ratio(json, "ratio", (struct share){verdict->overdue, verdict->eligible});
    write_ratio(json, "baseline", verdict->baseline);
    jsonw_string(json, "confidence", verdict->stale ? "stale" : "full");
    finish(telling, NOTICE_VERDICT, at);
}

static void tell_revoked(struct telling *telling, const struct verdict *verdict,
                         enum verdict_cause cause)
{
    struct jsonw *json = begin(telling);
    write_mark(json, verdict);
    jsonw_string(json, "cause", verdict_cause_name(cause));
    finish(telling, NOTICE_REVOKED, telling->judging->now);
}

/* --- verdicts --- */

static bool says_the_same(const struct verdict *a, const struct verdict *b)
{
    return a->state == b->state && a->by_ratio == b->by_ratio && a->by_trend == b->by_trend;
}

/* From one row to the next; either may be NULL. Other counts alone are no news. */
static void tell_change(struct telling *telling, const struct verdict *old,
                        const struct verdict *new, enum verdict_cause cause)
{
    struct instant at =
        old == NULL && cause == VERDICT_BY_CHECKPOINT ? new->checkpoint : telling->judging->now;
    if (old != NULL && mark_is_hit(old->state) && (new == NULL || new->state != old->state))
        tell_revoked(telling, old, cause);
    if (new != NULL &&new->state != MARK_NOT_ASSESSED && (old == NULL || !says_the_same(old, new)))
        tell_verdict(telling, new, at);
}

static void tell_mark(struct telling *telling, const struct judged *mark)
{
    const struct verdict *old = mark->ends ? &mark->stored : NULL;
    for (size_t r = 0; r < mark->row_count; r++) {
        tell_change(telling, old, &mark->rows[r].verdict, mark->rows[r].cause);
        old = mark->rows[r].ended ? &mark->rows[r].verdict : NULL;
    }
    if (old != NULL)
        tell_change(telling, old, NULL, mark->change);
}

/* --- restrictions --- */

struct hits {
    struct hit *items;
    size_t count;
    struct united *united;
    size_t united_count;
};

static enum err hits_room(struct arena *arena, size_t most, struct hits *ret_hits)
{
    *ret_hits = (struct hits){
        .items = arena_alloc(arena, (most + 1) * sizeof *ret_hits->items),
        .united = arena_alloc(arena, (most + 1) * sizeof *ret_hits->united),
    };
    return ret_hits->items == NULL || ret_hits->united == NULL ? ERR_NOMEM : ERR_OK;
}

static void unite(struct hits *hits)
{
    hits->united_count = hits_unite(hits->items, hits->count, hits->united);
}

static struct hit hit_of(const struct verdict *verdict)
{
    struct hit hit = {
        .percent = verdict->restriction.percent,
        .day = verdict->day,
        .from = verdict->checkpoint,
        .to = verdict_lifts_at(verdict),
    };
    memcpy(hit.kind, verdict->restriction.kind, sizeof hit.kind);
    return hit;
}

/* What stands, after the rows have been written. */
static enum err load_hits(struct judging *judging, struct hits *ret_hits)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_instant(args, judging->judged_from);
    struct db_result *result = NULL;
    enum err err = db_query(judging->db, &sql_verdicts_hits, args, &result);
    if (err == ERR_OK)
        err = hits_room(&judging->arena, (size_t)db_rows(result), ret_hits);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++)
        ret_hits->items[ret_hits->count++] = hit_of_row(result, row);
    db_result_free(result);
    return err;
}

static const struct verdict *standing_after(const struct judged *mark)
{
    const struct verdict_row *last = mark->row_count > 0 ? &mark->rows[mark->row_count - 1] : NULL;
    return last == NULL || last->ended ? NULL : &last->verdict;
}

static bool same_hit(const struct hit *a, const struct hit *b)
{
    return strcmp(a->kind, b->kind) == 0 && a->day == b->day && a->from.us == b->from.us &&
           a->to.us == b->to.us;
}

static bool has_hit(const struct hits *hits, const struct hit *hit)
{
    for (size_t i = 0; i < hits->count; i++)
        if (same_hit(&hits->items[i], hit))
            return true;
    return false;
}

/* What stood before: what stands now without what is new, and with what was ended. */
static enum err hits_before(struct judging *judging, const struct hits *after,
                            struct hits *ret_before)
{
    enum err err = hits_room(&judging->arena, after->count + judging->count, ret_before);
    struct hits added = {.count = 0};
    if (err == ERR_OK)
        err = hits_room(&judging->arena, judging->count, &added);
    for (size_t i = 0; err == ERR_OK && i < judging->count; i++) {
        const struct judged *mark = &judging->marks[i];
        const struct verdict *now = standing_after(mark);
        if (!judged_is_told(judging, mark))
            continue;
        if (now != NULL && verdict_restricts(now))
            added.items[added.count++] = hit_of(now);
        if (mark->ends && verdict_restricts(&mark->stored))
            ret_before->items[ret_before->count++] = hit_of(&mark->stored);
    }
    for (size_t i = 0; err == ERR_OK && i < after->count; i++)
        if (!has_hit(&added, &after->items[i]))
            ret_before->items[ret_before->count++] = after->items[i];
    return err;
}

/* The united interval of the kind that covers t, with its beginning or without. */
static const struct united *covering(const struct hits *hits, const char *kind, struct instant t)
{
    for (size_t i = 0; i < hits->united_count; i++) {
        const struct united *united = &hits->united[i];
        if (strcmp(hits->items[united->first].kind, kind) == 0 && united->from.us <= t.us &&
            t.us < united->to.us)
            return united;
    }
    return NULL;
}

static void write_united(struct jsonw *json, const struct hits *hits, const struct united *united)
{
    jsonw_string(json, "kind", hits->items[united->first].kind);
    if (united->percent > 0)
        jsonw_int(json, "percent", united->percent);
    jsonw_instant(json, "from", united->from);
    jsonw_instant(json, "to", united->to);
    jsonw_array(json, "cohorts");
    for (size_t i = 0; i < united->count; i++) {
        const struct hit *hit = &hits->items[united->first + i];
        if (i == 0 || hit->day != (hit - 1)->day) /* two marks may have one day */
            jsonw_date(json, NULL, hit->day);
    }
    jsonw_end_array(json);
}

static int compare_from(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->from.us != y->from.us)
        return x->from.us < y->from.us ? -1 : 1;
    return strcmp(x->kind, y->kind);
}

/* New hits in their order: each is told that begins a restriction or makes one longer, with the
 * whole of it as it is by then. */
static enum err tell_begun(struct telling *telling, const struct hits *before,
                           const struct hits *after)
{
    struct arena *arena = &telling->judging->arena;
    struct hits fresh, known;
    enum err err = hits_room(arena, after->count, &fresh);
    if (err == ERR_OK)
        err = hits_room(arena, after->count, &known);
    for (size_t i = 0; err == ERR_OK && i < after->count; i++) {
        struct hits *to = has_hit(before, &after->items[i]) ? &known : &fresh;
        to->items[to->count++] = after->items[i];
    }
    if (err != ERR_OK || fresh.count == 0)
        return err;
    qsort(fresh.items, fresh.count, sizeof *fresh.items, compare_from);
    for (size_t i = 0; i < fresh.count; i++) {
        const struct hit hit = fresh.items[i];
        unite(&known);
        const struct united *of = covering(&known, hit.kind, hit.from);
        bool covered = of != NULL && hit.to.us <= of->to.us;
        known.items[known.count++] = hit;
        unite(&known);
        if (covered)
            continue;
        write_united(begin(telling), &known, covering(&known, hit.kind, hit.from));
        finish(telling, NOTICE_RESTRICTED, hit.from);
    }
    return ERR_OK;
}

static void tell_ended(struct telling *telling, const struct hits *hits,
                       const struct united *united, struct instant at, const char *lifted)
{
    struct jsonw *json = begin(telling);
    write_united(json, hits, united);
    jsonw_string(json, "lifted", lifted);
    finish(telling, NOTICE_UNRESTRICTED, at);
}

static bool has_end(const struct hits *hits, const char *kind, struct instant to)
{
    for (size_t i = 0; i < hits->united_count; i++)
        if (hits->united[i].to.us == to.us &&
            strcmp(hits->items[hits->united[i].first].kind, kind) == 0)
            return true;
    return false;
}

/* Those that time has lifted since the store was last judged, or long ago where a late hit makes
 * another end of it; and those that were in force then, and are not, because a verdict was revoked.
 */
static void tell_lifted(struct telling *telling, const struct hits *before,
                        const struct hits *after)
{
    const struct judging *judging = telling->judging;
    for (size_t i = 0; i < after->united_count; i++) {
        const struct united *united = &after->united[i];
        bool known = united->to.us <= judging->judged_through.us &&
                     has_end(before, after->items[united->first].kind, united->to);
        if (united->to.us <= judging->now.us && !known)
            tell_ended(telling, after, united, united->to, "time");
    }
    for (size_t i = 0; i < before->united_count; i++) {
        const struct united *united = &before->united[i];
        const char *kind = before->items[united->first].kind;
        bool was = united->from.us <= judging->judged_through.us &&
                   judging->judged_through.us < united->to.us;
        bool is = covering(after, kind, judging->now) != NULL;
        for (size_t k = 0; !is && k < after->united_count; k++) /* time has lifted it */
            is = strcmp(after->items[after->united[k].first].kind, kind) == 0 &&
                 judging->judged_through.us < after->united[k].to.us &&
                 after->united[k].to.us <= judging->now.us;
        if (was && !is)
            tell_ended(telling, before, united, judging->now, "revoked");
    }
}

static enum err tell_restrictions(struct telling *telling)
{
    struct hits before, after;
    enum err err = load_hits(telling->judging, &after);
    if (err == ERR_OK)
        err = hits_before(telling->judging, &after, &before);
    if (err != ERR_OK || before.count + after.count == 0)
        return err;
    unite(&before);
    unite(&after);
    err = tell_begun(telling, &before, &after);
    if (err == ERR_OK)
        tell_lifted(telling, &before, &after);
    return err;
}

/* --- the level --- */

static void tell_level(struct telling *telling, const struct question *q,
                       const struct backlog_reading *reading, const struct backlog *backlog)
{
    const struct judging *judging = telling->judging;
    if (backlog->level == judging->level && backlog->advisory == judging->advisory)
        return;
    struct jsonw *json = begin(telling);
    jsonw_string(json, "from", backlog_level_name(judging->level));
    jsonw_string(json, "to", backlog_level_name(backlog->level));
    jsonw_bool(json, "resolved", backlog->level == LEVEL_NONE);
    jsonw_bool(json, "advisory", backlog->advisory);
    jsonw_array(json, "cohorts");
    for (size_t c = reading->lead; c < reading->cohort_count; c++)
        if (backlog_has_cause(q, reading, backlog, &reading->cohorts[c]))
            jsonw_date(json, NULL, reading->cohorts[c].day);
    jsonw_end_array(json);
    finish(telling, NOTICE_LEVEL, judging->now);
}

/* --- the whole --- */

/* By what they are about; else as they were written. */
static void sort_notices(struct notice *notices, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct notice notice = notices[i];
        size_t at = i;
        for (; at > 0 && notice.at.us < notices[at - 1].at.us; at--)
            notices[at] = notices[at - 1];
        notices[at] = notice;
    }
}

enum err judge_tell(struct judging *judging, const struct question *q,
                    const struct backlog_reading *reading, const struct backlog *backlog,
                    bool *ret_told)
{
    struct telling telling = {.judging = judging};
    buf_init(&telling.data, DATA_MAX);
    for (size_t i = 0; i < judging->count; i++)
        if (judged_is_told(judging, &judging->marks[i]))
            tell_mark(&telling, &judging->marks[i]);
    enum err err = tell_restrictions(&telling);
    tell_level(&telling, q, reading, backlog);
    buf_done(&telling.data);
    if (err == ERR_OK)
        err = telling.err;
    if (err != ERR_OK)
        return err;
    sort_notices(telling.notices, telling.count);
    *ret_told = telling.count > 0;
    return notices_add(judging->db, judging->store, judging->now, telling.notices, telling.count);
}
