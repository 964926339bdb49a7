/* GET …/restrictions: what the standing verdicts impose, as united intervals, and what revoked ones
 * imposed until then. */
#include <stdlib.h>
#include <string.h>

#include "books/verdict_row.h"
#include "call.h"
#include "days.h"
#include "domain/verdict.h"
#include "page.h"
#include "sql.h"

/* One item of the list. */
struct spell {
    const char *kind;
    int32_t percent;
    struct instant from, to;
    bool revoked;
    enum verdict_cause cause;
    const struct hit *hits;
    size_t hit_count;
};

struct listing {
    const char *store;
    struct day_range days;
    struct instant t; /* known_at, or now */
    struct page page;
    struct arena arena;
    struct spell *spells;
    size_t count;
};

/* --- load --- */

static void add_united(struct listing *listing, const struct hit *hits, const struct united *united)
{
    listing->spells[listing->count++] = (struct spell){
        .kind = hits[united->first].kind,
        .percent = united->percent,
        .from = united->from,
        .to = united->to,
        .hits = &hits[united->first],
        .hit_count = united->count,
    };
}

/* A revoked hit stands for itself, and ended with its verdict unless time was faster. */
static void add_revoked(struct listing *listing, const struct db_result *result, int row,
                        struct hit *hit)
{
    *hit = hit_of_row(result, row);
    listing->spells[listing->count++] = (struct spell){
        .kind = hit->kind,
        .percent = hit->percent,
        .from = hit->from,
        .to = instant_min(hit->to, db_instant(result, row, 5)),
        .revoked = true,
        .cause = (enum verdict_cause)db_int(result, row, 6),
        .hits = hit,
        .hit_count = 1,
    };
}

static enum err take_spells(struct listing *listing, const struct db_result *result)
{
    size_t rows = (size_t)db_rows(result), standing = 0;
    struct hit *hits = arena_alloc(&listing->arena, (rows + 1) * sizeof *hits);
    struct hit *revoked = arena_alloc(&listing->arena, (rows + 1) * sizeof *revoked);
    struct united *united = arena_alloc(&listing->arena, (rows + 1) * sizeof *united);
    listing->spells = arena_alloc(&listing->arena, (rows + 1) * sizeof *listing->spells);
    if (hits == NULL || revoked == NULL || united == NULL || listing->spells == NULL)
        return ERR_NOMEM;
    for (int row = 0; row < (int)rows; row++)
        if (db_is_null(result, row, 5))
            hits[standing++] = hit_of_row(result, row);
        else
            add_revoked(listing, result, row, &revoked[listing->count]);
    size_t united_count = hits_unite(hits, standing, united);
    for (size_t i = 0; i < united_count; i++)
        add_united(listing, hits, &united[i]);
    return ERR_OK;
}

static enum err load(struct call *call, struct listing *listing)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, listing->store);
    db_arg_instant(args, listing->t);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_verdicts_restrictions, args, &result);
    if (err == ERR_OK)
        err = take_spells(listing, result);
    db_result_free(result);
    return err;
}

/* --- decide --- */

/* Newest first. */
static int compare_spells(const void *a, const void *b)
{
    const struct spell *x = a, *y = b;
    if (x->from.us != y->from.us)
        return x->from.us > y->from.us ? -1 : 1;
    int order = strcmp(x->kind, y->kind);
    if (order != 0)
        return order;
    if (x->revoked != y->revoked)
        return x->revoked ? 1 : -1;
    return x->hits[0].day < y->hits[0].day ? -1 : x->hits[0].day > y->hits[0].day;
}

/* Of one that has a cohort among the days. */
static bool is_wanted(const struct listing *listing, const struct spell *spell)
{
    for (size_t i = 0; i < spell->hit_count; i++)
        if (spell->hits[i].day >= listing->days.from && spell->hits[i].day <= listing->days.to)
            return true;
    return false;
}

/* The cursor is the last item that was shown. */
static enum err read_cursor(struct call *call, const struct listing *listing,
                            struct spell *ret_spell, struct hit *ret_hit)
{
    const char *const *after = listing->page.after;
    enum err err = page_instant(call, &listing->page, 0, &ret_spell->from);
    if (err != ERR_OK || after[0] == NULL)
        return err;
    if (date_parse(after[3], strlen(after[3]), &ret_hit->day) != ERR_OK)
        return call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
    ret_spell->kind = after[1];
    ret_spell->revoked = strcmp(after[2], "revoked") == 0;
    ret_spell->hits = ret_hit;
    return ERR_OK;
}

/* Leaves those of the page and one more, in their order. */
static enum err select_page(struct call *call, struct listing *listing)
{
    struct hit hit = {.day = 0};
    struct spell last = {.kind = NULL};
    enum err err = read_cursor(call, listing, &last, &hit);
    if (err != ERR_OK)
        return err;
    size_t kept = 0;
    if (listing->count > 0)
        qsort(listing->spells, listing->count, sizeof *listing->spells, compare_spells);
    for (size_t i = 0; i < listing->count && kept <= (size_t)listing->page.limit; i++) {
        const struct spell *spell = &listing->spells[i];
        if (is_wanted(listing, spell) && (last.kind == NULL || compare_spells(spell, &last) > 0))
            listing->spells[kept++] = *spell;
    }
    listing->count = kept;
    return ERR_OK;
}

/* --- encode --- */

static void write_spell(struct jsonw *json, const struct spell *spell, struct instant t)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "kind", spell->kind);
    if (spell->percent > 0)
        jsonw_int(json, "percent", spell->percent);
    jsonw_instant(json, "from", spell->from);
    jsonw_instant(json, "to", spell->to);
    jsonw_array(json, "cohorts");
    for (size_t i = 0; i < spell->hit_count; i++)
        if (i == 0 || spell->hits[i].day != spell->hits[i - 1].day) /* two marks may have one day */
            jsonw_date(json, NULL, spell->hits[i].day);
    jsonw_end_array(json);
    jsonw_bool(json, "in_force", spell->from.us <= t.us && t.us < spell->to.us);
    jsonw_bool(json, "revoked", spell->revoked);
    jsonw_string(json, "cause", spell->revoked ? verdict_cause_name(spell->cause) : NULL);
    jsonw_end_object(json);
}

static void write_listing(struct call *call, const struct listing *listing)
{
    struct jsonw *json = &call->json;
    size_t limit = (size_t)listing->page.limit;
    size_t shown = listing->count > limit ? limit : listing->count;
    jsonw_object(json, NULL);
    jsonw_array(json, "items");
    for (size_t i = 0; i < shown; i++)
        write_spell(json, &listing->spells[i], listing->t);
    jsonw_end_array(json);
    if (listing->count > shown) {
        const struct spell *last = &listing->spells[shown - 1];
        char from[PAGE_INSTANT_SIZE], day[DATE_TEXT_SIZE];
        page_instant_text(last->from, from);
        date_format(last->hits[0].day, day);
        call_next_cursor(
            call,
            (const char *const[]){from, last->kind, last->revoked ? "revoked" : "standing", day},
            4);
    } else {
        call_next_cursor(call, NULL, 0);
    }
    jsonw_end_object(json);
}

/* --- handler --- */

static enum err decode(struct call *call, struct listing *listing)
{
    enum err err = call_store(call, &listing->store);
    if (err == ERR_OK)
        err = call_days(call, &listing->days);
    if (err == ERR_OK)
        err = call_known_at(call, &listing->t);
    if (err == ERR_OK)
        err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 4, &listing->page);
    if (instant_is_never(listing->t))
        listing->t = call->req->now;
    return err;
}

enum err restrictions_get(struct call *call)
{
    struct listing listing = {.count = 0};
    enum err err = decode(call, &listing);
    if (err != ERR_OK)
        return err;
    arena_init(&listing.arena);
    err = load(call, &listing);
    if (err == ERR_OK && listing.count == 0)
        err = call_store_exists(call, listing.store);
    if (err == ERR_OK)
        err = select_page(call, &listing);
    if (err == ERR_OK)
        write_listing(call, &listing);
    arena_done(&listing.arena);
    return err;
}
