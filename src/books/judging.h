/* What the parts of judging a store share: judge_due.c finds what is to be judged, judge_count.c
 * counts, judge_rows.c reads and writes rows, judge_tell.c says what is new. */
#ifndef BOOKS_JUDGING_H
#define BOOKS_JUDGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "books/verdicts.h"
#include "domain/verdict.h"

struct db;
struct rules;

/* A row that is to be written. */
struct verdict_row {
    struct verdict verdict;
    int32_t seq;
    enum verdict_cause cause;
    bool ended; /* at once, by `ended_cause` */
    enum verdict_cause ended_cause;
};

/* A mark that is judged. */
struct judged {
    struct due due;
    int32_t hours;
    bool is_due;               /* its time has come since the store was last judged */
    bool asked;                /* whenever its time was */
    enum verdict_cause cause;  /* of its first row */
    enum verdict_cause change; /* of what differs from that */
    /* What is stored. */
    int32_t seq; /* 0: nothing */
    bool stands;
    struct verdict stored;
    /* What is found: by what is known, and for a first row that is late as of the checkpoint. */
    struct verdict now, then;
    bool has_then;
    /* What becomes of it. */
    bool ends; /* the stored one */
    size_t row_count;
    struct verdict_row rows[2];
};

struct judging {
    struct rules *rules;
    struct db *db;
    const char *store;
    struct instant now;
    struct arena arena;
    /* The store's row of store_watch. */
    struct instant judged_from, judged_through, look_at;
    enum backlog_level level;
    bool advisory;
    /* Its settings over time; the texts of the newest zone and policy. */
    size_t era_count;
    struct era *eras;
    const struct policy *newest; /* what the store is counted by now */
    size_t change_count;         /* days that were marked as changed */
    size_t count, room;
    struct judged *marks; /* by instant, day and hours */
    bool no_memory;
};

/* Whether anybody is told of the mark. */
static inline bool judged_is_told(const struct judging *judging, const struct judged *mark)
{
    return judging->judged_from.us < mark->due.at.us;
}

/* Takes the turn, what was marked as changed, and the clock's reading: ret_mine. `also`: days that
 * are judged in any case, or NULL; then it waits for the turn. Fills marks. */
MUST_CHECK enum err judge_find(struct judging *judging, const struct day_range *also,
                               bool *ret_mine);
/* Sets what is stored of the marks; drops those that are none of the store's business: before its
 * time, never judged, and not asked for. */
MUST_CHECK enum err judge_load(struct judging *judging);
/* Sets what is found. */
MUST_CHECK enum err judge_count(struct judging *judging);
/* Writes what becomes of the marks. */
MUST_CHECK enum err judge_write(struct judging *judging);

struct backlog;
struct backlog_reading;

/* Adds the notices. The level is the one of now. */
MUST_CHECK enum err judge_tell(struct judging *judging, const struct question *q,
                               const struct backlog_reading *reading, const struct backlog *backlog,
                               bool *ret_told);

#endif
