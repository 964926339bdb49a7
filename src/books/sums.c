#include "books/sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "db/query.h"
#include "sql.h"

void sums_init(struct sums *sums)
{
    *sums = (struct sums){0};
    arena_init(&sums->arena);
}

void sums_done(struct sums *sums)
{
    arena_done(&sums->arena);
    free(sums->tallies);
    free(sums->waits);
    free(sums->tally_index.slots);
    free(sums->wait_index.slots);
    *sums = (struct sums){0};
}

/* --- finding rows --- */

static size_t mix(const struct plan *plan, int32_t day, int32_t series, int64_t hour)
{
    uint64_t hash = (uint64_t)(uintptr_t)plan / 64;
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)(uint32_t)day;
    hash = hash * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)hour * 16 + (uint64_t)series;
    hash ^= hash >> 29;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(hash ^ hash >> 32);
}

static size_t tally_hash(const struct sums *sums, size_t row)
{
    return mix(sums->tallies[row].plan, sums->tallies[row].day, 0, 0);
}

static size_t wait_hash(const struct sums *sums, size_t row)
{
    const struct wait_row *wait = &sums->waits[row];
    return mix(wait->plan, wait->day, wait->series, wait->hour);
}

/* Makes room for one more row: index at most half full, rows as many as half the index. */
static bool grow(struct sums *sums, struct sums_index *index, void **rows, size_t row_size,
                 size_t (*hash)(const struct sums *, size_t))
{
    if (index->slots != NULL && index->count < (index->mask + 1) / 2)
        return true;
    size_t size = index->slots == NULL ? 256 : 2 * (index->mask + 1);
    uint32_t *slots = calloc(size, sizeof *slots);
    void *more = realloc(*rows, size / 2 * row_size);
    if (more != NULL)
        *rows = more;
    if (slots == NULL || more == NULL) {
        free(slots);
        sums->no_memory = true;
        return false;
    }
    for (size_t row = 0; row < index->count; row++) {
        size_t at = hash(sums, row) & (size - 1);
        while (slots[at] != 0)
            at = (at + 1) & (size - 1);
        slots[at] = (uint32_t)row + 1;
    }
    free(index->slots);
    index->slots = slots;
    index->mask = size - 1;
    return true;
}

struct tally_row *sums_tally(struct sums *sums, const struct plan *plan, int32_t day)
{
    struct sums_index *index = &sums->tally_index;
    if (!grow(sums, index, (void **)&sums->tallies, sizeof *sums->tallies, tally_hash))
        return NULL;
    size_t at = mix(plan, day, 0, 0) & index->mask;
    for (; index->slots[at] != 0; at = (at + 1) & index->mask) {
        struct tally_row *row = &sums->tallies[index->slots[at] - 1];
        if (row->plan == plan && row->day == day)
            return row;
    }
    int64_t *counts = arena_alloc(&sums->arena, plan->counts_len * sizeof *counts);
    if (counts == NULL) {
        sums->no_memory = true;
        return NULL;
    }
    sums->tallies[index->count] = (struct tally_row){plan, day, counts};
    index->slots[at] = (uint32_t)++index->count;
    return &sums->tallies[index->count - 1];
}

struct wait_row *sums_wait(struct sums *sums, const struct plan *plan, int32_t series, int32_t day,
                           int64_t hour)
{
    struct sums_index *index = &sums->wait_index;
    if (!grow(sums, index, (void **)&sums->waits, sizeof *sums->waits, wait_hash))
        return NULL;
    size_t at = mix(plan, day, series, hour) & index->mask;
    for (; index->slots[at] != 0; at = (at + 1) & index->mask) {
        struct wait_row *row = &sums->waits[index->slots[at] - 1];
        if (row->plan == plan && row->day == day && row->series == series && row->hour == hour)
            return row;
    }
    sums->waits[index->count] = (struct wait_row){plan, day, series, hour, 0};
    index->slots[at] = (uint32_t)++index->count;
    return &sums->waits[index->count - 1];
}

/* --- adding --- */

/* One measure's observations on their way into the tallies. */
struct adding {
    struct sums *sums;
    const struct plan *plan;
    size_t slot;
    int sign;
};

static void add_observation(void *arg, const struct observation *seen)
{
    const struct adding *adding = arg;
    struct tally_row *row = sums_tally(adding->sums, adding->plan, seen->day);
    if (row == NULL)
        return;
    row->counts[2 * adding->slot] += adding->sign * seen->valid;
    row->counts[2 * adding->slot + 1] += adding->sign * seen->sum;
}

static void add_waits(struct sums *sums, const struct plan *plan, const struct order_view *view,
                      int sign)
{
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        if (!plan->series[series])
            continue;
        struct wait wait = order_wait(series, plan->calendar, view);
        int32_t kept = (int32_t)series + (wait.suspended ? SERIES_COUNT : 0);
        struct wait_row *row = wait.open ? sums_wait(sums, plan, kept, wait.day, wait.hour) : NULL;
        if (row != NULL)
            row->open += sign;
    }
}

void sums_add(struct sums *sums, const struct plan *plan, const struct view *view, int sign)
{
    for (size_t i = 0; i < plan->measure_count; i++) {
        if (plan->measures[i].of != view->entity)
            continue;
        struct adding adding = {sums, plan, (size_t)plan->slots[i], sign};
        observe(&plan->measures[i], plan->calendar, view, add_observation, &adding);
    }
    if (view->entity == ENTITY_ORDER)
        add_waits(sums, plan, &view->order, sign);
}

/* --- writing --- */

static bool all_zero(const struct tally_row *row)
{
    for (size_t i = 0; i < row->plan->counts_len; i++)
        if (row->counts[i] != 0)
            return false;
    return true;
}

/* Adds what the database holds to each row; a row keeps slots of measures that its plan does not
 * know. */
static enum err add_stored(struct sums *sums, struct tally_row **rows, size_t *lens, size_t count,
                           const struct db_result *result)
{
    for (int r = 0; r < db_rows(result); r++) {
        size_t i = (size_t)db_int(result, r, 0) - 1;
        size_t stored_len = db_ints(result, r, 1, NULL, 0);
        if (i >= count)
            return ERR_INTERNAL;
        if (stored_len > lens[i]) {
            int64_t *longer = arena_alloc(&sums->arena, stored_len * sizeof *longer);
            if (longer == NULL)
                return ERR_NOMEM;
            memcpy(longer, rows[i]->counts, lens[i] * sizeof *longer);
            rows[i]->counts = longer;
            lens[i] = stored_len;
        }
        int64_t *stored = arena_alloc(&sums->arena, (stored_len + 1) * sizeof *stored);
        if (stored == NULL)
            return ERR_NOMEM;
        db_ints(result, r, 1, stored, stored_len);
        for (size_t k = 0; k < stored_len; k++)
            rows[i]->counts[k] += stored[k];
    }
    return ERR_OK;
}

static enum err write_tallies(struct sums *sums, struct db *db)
{
    size_t count = 0;
    struct tally_row **rows =
        arena_alloc(&sums->arena, (sums->tally_index.count + 1) * sizeof *rows);
    size_t *lens = arena_alloc(&sums->arena, (sums->tally_index.count + 1) * sizeof *lens);
    if (rows == NULL || lens == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < sums->tally_index.count; i++) {
        if (all_zero(&sums->tallies[i]))
            continue;
        lens[count] = sums->tallies[i].plan->counts_len;
        rows[count++] = &sums->tallies[i];
    }
    if (count == 0)
        return ERR_OK;

    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, rows[i]->plan->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < count; i++)
        db_add_date(args, rows[i]->day);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_tallies_get, args, &result);
    if (err == ERR_OK)
        err = add_stored(sums, rows, lens, count, result);
    db_result_free(result);
    if (err != ERR_OK)
        return err;

    args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, rows[i]->plan->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < count; i++)
        db_add_date(args, rows[i]->day);
    db_arg_array(args, DB_TEXTS);
    AUTO_BUF struct buf literal;
    buf_init(&literal, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&literal);
        for (size_t k = 0; k < lens[i]; k++) {
            buf_putc(&literal, k == 0 ? '{' : ',');
            buf_put_int(&literal, rows[i]->counts[k]);
        }
        buf_putc(&literal, '}');
        db_add_text_len(args, buf_text(&literal), literal.len);
    }
    if (buf_failed(&literal)) {
        db_args_free(args);
        return ERR_NOMEM;
    }
    return db_pipeline_add(db, &sql_tallies_put, args);
}

static enum err write_waits(struct sums *sums, struct db *db)
{
    size_t count = 0;
    for (size_t i = 0; i < sums->wait_index.count; i++)
        if (sums->waits[i].open != 0)
            sums->waits[count++] = sums->waits[i];
    sums->wait_index.count = 0; /* the index no longer fits the rows; the sums are spent */
    if (count == 0)
        return ERR_OK;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, sums->waits[i].plan->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < count; i++)
        db_add_date(args, sums->waits[i].day);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, sums->waits[i].series);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)sums->waits[i].hour);
    db_arg_array(args, DB_INTS);
    for (size_t i = 0; i < count; i++)
        db_add_int(args, sums->waits[i].open);
    return db_pipeline_add(db, &sql_waiting_add, args);
}

enum err sums_write(struct sums *sums, struct db *db)
{
    if (sums->no_memory)
        return ERR_NOMEM;
    enum err err = write_tallies(sums, db);
    return err == ERR_OK ? write_waits(sums, db) : err;
}
