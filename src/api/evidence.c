/* GET …/metrics/{metric}/evidence: the very orders, tickets and reviews behind a number, and why
 * each counts as it does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "books/standings.h"
#include "csv.h"
#include "domain/limits.h"
#include "metric.h"
#include "page.h"

#define COUNTED (1u << COUNTS_GOOD | 1u << COUNTS_NOT_GOOD | 1u << COUNTS_PENDING)
#define ALL (COUNTED | 1u << COUNTS_OUT)

struct filter {
    unsigned counts; /* set of 1 << enum counts */
    bool by_day;
    int32_t day;
    bool populations[2]; /* [standing.per] */
};

/* Of one entity, which may stand in a metric several times. */
struct item {
    enum entity entity;
    char id[ID_MAX_BYTES + 1];
    struct standing standing;
};

/* What is asked for, on its way out. A table takes the items as they come. A page in the making has
 * of the items behind the cursor the first ones, as many as are wanted; more are gathered before
 * the surplus is sorted out, so that an item costs no walk through the page. */
struct listing {
    const struct metric *metric;
    struct filter filter;
    bool is_table;
    struct csv table;
    bool continued; /* there is a cursor */
    struct item after;
    struct item *items; /* room for twice `wanted` */
    size_t count;
    size_t wanted;        /* a page and one more */
    bool bounded;         /* nothing behind items[wanted - 1] is wanted any more */
    struct reading total; /* of the day, or of the window */
};

static struct instant place_of(const struct standing *standing)
{
    return standing->has_at ? standing->at : INSTANT_NEVER;
}

static const char *population_name(bool per)
{
    return per ? "per" : "measure";
}

/* --- order --- */

/* By the instant that assigns it, those without one last; an entity has one standing of each
 * population at an instant. */
static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    struct instant a_at = place_of(&a->standing), b_at = place_of(&b->standing);
    if (a_at.us != b_at.us)
        return a_at.us < b_at.us ? -1 : 1;
    if (a->entity != b->entity)
        return a->entity < b->entity ? -1 : 1;
    int by_id = strcmp(a->id, b->id);
    return by_id != 0 ? by_id : (int)a->standing.per - (int)b->standing.per;
}

static void drop_surplus(struct listing *listing)
{
    qsort(listing->items, listing->count, sizeof *listing->items, compare_items);
    if (listing->count < listing->wanted)
        return;
    listing->count = listing->wanted;
    listing->bounded = true;
}

static void keep(struct listing *listing, const struct item *item)
{
    if (listing->continued && compare_items(item, &listing->after) <= 0)
        return;
    if (listing->bounded && compare_items(item, &listing->items[listing->wanted - 1]) > 0)
        return;
    if (listing->count == 2 * listing->wanted)
        drop_surplus(listing);
    listing->items[listing->count++] = *item;
}

/* --- a table --- */

static void begin_table(struct call *call, const char *store, struct listing *listing)
{
    static const char *const names[] = {"entity", "id",     "day",      "at",        "counts",
                                        "reason", "amount", "deadline", "population"};
    char file[ID_MAX_BYTES + POLICY_NAME_MAX + 16];
    snprintf(file, sizeof file, "evidence-%s-%s", store, listing->metric->id);
    csv_begin(&listing->table, call, file, names, sizeof names / sizeof names[0]);
}

static enum err write_row(struct csv *csv, const struct item *item)
{
    const struct standing *standing = &item->standing;
    csv_text(csv, entity_name(item->entity));
    csv_text(csv, item->id);
    if (standing->has_at)
        csv_date(csv, standing->day);
    else
        csv_text(csv, NULL);
    csv_instant(csv, place_of(standing));
    csv_text(csv, counts_name(standing->counts));
    csv_text(csv, standing->reason);
    csv_int(csv, standing->amount);
    csv_instant(csv, standing->deadline);
    csv_text(csv, population_name(standing->per));
    return csv_end_row(csv);
}

/* --- select --- */

static enum err take(void *arg, enum entity entity, const char *id, const struct standing *standing)
{
    struct listing *listing = arg;
    const struct filter *filter = &listing->filter;
    if (filter->by_day && (!standing->has_at || standing->day != filter->day))
        return ERR_OK;
    standing_count(listing->metric, standing, &listing->total);
    if ((filter->counts & 1u << standing->counts) == 0 || !filter->populations[standing->per])
        return ERR_OK;
    struct item item = {.entity = entity, .standing = *standing};
    memcpy(item.id, id, strlen(id) + 1);
    if (listing->is_table)
        return write_row(&listing->table, &item);
    keep(listing, &item);
    return ERR_OK;
}

/* --- decode --- */

static unsigned counts_of(const char *word, size_t len)
{
    for (enum counts counts = COUNTS_GOOD; counts <= COUNTS_OUT; counts++)
        if (strlen(counts_name(counts)) == len && memcmp(counts_name(counts), word, len) == 0)
            return 1u << counts;
    return len == 3 && memcmp(word, "all", 3) == 0 ? ALL : 0;
}

static enum err decode_filter(struct call *call, struct filter *ret_filter)
{
    const char *counts = api_query(call->req, "counts"), *day = api_query(call->req, "day");
    *ret_filter = (struct filter){.counts = counts == NULL ? COUNTED : 0, .by_day = day != NULL};
    while (counts != NULL) {
        size_t len = strcspn(counts, ",");
        unsigned named = counts_of(counts, len);
        if (named == 0)
            return call_invalid(call, "",
                                "query parameter counts: good, not_good, pending, out, several of "
                                "them with commas between, or all");
        ret_filter->counts |= named;
        counts = counts[len] == ',' ? counts + len + 1 : NULL;
    }
    const char *population = api_query(call->req, "population");
    for (int per = 0; per <= 1; per++)
        ret_filter->populations[per] =
            population == NULL || strcmp(population, population_name(per)) == 0;
    if (!ret_filter->populations[0] && !ret_filter->populations[1])
        return call_invalid(call, "", "query parameter population: measure or per");
    if (day != NULL && date_parse(day, strlen(day), &ret_filter->day) != ERR_OK)
        return call_invalid(call, "", "query parameter day: a date such as 2024-01-31 is needed");
    return ERR_OK;
}

/* An item without an instant has an empty one in the cursor. */
enum cursor_part { CURSOR_AT, CURSOR_ENTITY, CURSOR_ID, CURSOR_PER, CURSOR_LENGTH };

static enum err decode_position(struct call *call, const struct page *page, struct item *after)
{
    const char *const *parts = page->after;
    struct instant at = INSTANT_NEVER;
    int64_t entity, per;
    enum err err = parts[CURSOR_AT][0] == '\0' ? ERR_OK : page_instant(call, page, CURSOR_AT, &at);
    if (err != ERR_OK)
        return err;
    if (int_parse(parts[CURSOR_ENTITY], strlen(parts[CURSOR_ENTITY]), 0, ENTITIES - 1, &entity) !=
            ERR_OK ||
        int_parse(parts[CURSOR_PER], strlen(parts[CURSOR_PER]), 0, 1, &per) != ERR_OK ||
        strlen(parts[CURSOR_ID]) > ID_MAX_BYTES)
        return call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
    *after = (struct item){
        .entity = (enum entity)entity,
        .standing = {.has_at = true, .at = at, .per = per == 1},
    };
    memcpy(after->id, parts[CURSOR_ID], strlen(parts[CURSOR_ID]) + 1);
    return ERR_OK;
}

static enum err decode_page(struct call *call, struct listing *listing)
{
    struct page page;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, CURSOR_LENGTH, &page);
    if (err != ERR_OK)
        return err;
    listing->wanted = (size_t)page.limit + 1;
    listing->continued = page.after[CURSOR_AT] != NULL;
    return listing->continued ? decode_position(call, &page, &listing->after) : ERR_OK;
}

/* --- load --- */

static enum err begin_page(struct listing *listing)
{
    listing->items = calloc(2 * listing->wanted, sizeof *listing->items);
    return listing->items == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err read_standings(struct call *call, struct asked *asked, struct in_force *in_force,
                               struct listing *listing)
{
    size_t metric = 0;
    enum err err = call_in_force(call, asked, in_force);
    if (err == ERR_OK)
        err = call_metric(call, in_force->q.policy, &metric);
    if (err != ERR_OK)
        return err;
    listing->metric = &in_force->q.policy->metrics[metric];
    if (listing->is_table)
        begin_table(call, asked->store, listing);
    else
        err = begin_page(listing);
    if (err == ERR_OK)
        err = standings_take(call->db, asked->store, &in_force->q, listing->metric, take, listing);
    return err;
}

static enum err load(struct call *call, struct asked *asked, struct in_force *in_force,
                     struct listing *listing)
{
    enum err err = listing->is_table ? csv_prepare(call) : ERR_OK;
    if (err == ERR_OK)
        err = read_standings(call, asked, in_force, listing);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK && !listing->is_table)
        drop_surplus(listing);
    return err;
}

/* --- encode --- */

static void write_item(struct jsonw *json, const struct item *item)
{
    const struct standing *standing = &item->standing;
    jsonw_object(json, NULL);
    jsonw_string(json, "entity", entity_name(item->entity));
    jsonw_string(json, "id", item->id);
    if (standing->has_at)
        jsonw_date(json, "day", standing->day);
    else
        jsonw_null(json, "day");
    jsonw_instant(json, "at", place_of(standing));
    jsonw_string(json, "counts", counts_name(standing->counts));
    jsonw_string(json, "reason", standing->reason);
    jsonw_int(json, "amount", standing->amount);
    jsonw_instant(json, "deadline", standing->deadline);
    jsonw_string(json, "population", population_name(standing->per));
    jsonw_end_object(json);
}

static void write_cursor(struct call *call, const struct item *last)
{
    char at[PAGE_INSTANT_SIZE] = "";
    if (last->standing.has_at)
        page_instant_text(last->standing.at, at);
    const char entity[] = {(char)('0' + last->entity), '\0'};
    const char *const parts[CURSOR_LENGTH] = {
        [CURSOR_AT] = at,
        [CURSOR_ENTITY] = entity,
        [CURSOR_ID] = last->id,
        [CURSOR_PER] = last->standing.per ? "1" : "0",
    };
    call_next_cursor(call, parts, CURSOR_LENGTH);
}

static void write_listing(struct call *call, const struct asked *asked,
                          const struct in_force *in_force, const struct listing *listing)
{
    struct jsonw *json = &call->json;
    const struct question *q = &in_force->q;
    bool more = listing->count == listing->wanted;
    size_t shown = more ? listing->wanted - 1 : listing->count;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    jsonw_string(json, "basis", q->basis == BASIS_LIVE ? "live" : "official");
    write_policy_ref(json, q->policy);
    jsonw_string(json, "metric", listing->metric->id);
    jsonw_object(json, "total");
    write_reading(json, listing->metric, &listing->total);
    jsonw_end_object(json);
    jsonw_array(json, "items");
    for (size_t i = 0; i < shown; i++)
        write_item(json, &listing->items[i]);
    jsonw_end_array(json);
    if (more)
        write_cursor(call, &listing->items[shown - 1]);
    else
        call_next_cursor(call, NULL, 0);
    jsonw_end_object(json);
}

enum err evidence_get(struct call *call)
{
    const char *store;
    struct asked asked;
    struct listing listing = {.items = NULL};
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err == ERR_OK)
        err = decode_filter(call, &listing.filter);
    if (err == ERR_OK)
        err = csv_wanted(call, &listing.is_table);
    if (err == ERR_OK && !listing.is_table)
        err = decode_page(call, &listing);
    if (err != ERR_OK)
        return err;
    struct in_force in_force;
    err = load(call, &asked, &in_force, &listing);
    if (err == ERR_OK && !listing.is_table)
        write_listing(call, &asked, &in_force, &listing);
    free(listing.items);
    return err;
}
