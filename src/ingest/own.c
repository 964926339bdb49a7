#include "ingest/own.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "group.h"
#include "ingest/submission.h"
#include "json/event.h"

static enum err restore(struct submission *submission, const struct own_event *own)
{
    struct entry *entry = &submission->entries[submission->count];
    const struct event_record record = {
        .source = EVENT_OWN_SOURCE,
        .id = own->id,
        .type = own->type,
        .time = own->time,
        .received_at = submission->received_at,
        .data = own->data,
        .data_len = own->data_len,
    };
    enum err err = event_restore(&record, &submission->arena, &entry->event, &entry->fault);
    if (err == ERR_OK)
        submission->count++;
    return err == ERR_INVALID || err == ERR_UNPARSABLE ? ERR_INTERNAL : err;
}

/* Whether each is in the log now: the first time, or known. */
static bool all_are_in(const struct submission *submission)
{
    for (size_t i = 0; i < submission->count; i++) {
        enum outcome outcome = submission->entries[i].outcome;
        if (outcome == OUTCOME_CONFLICT || outcome == OUTCOME_REJECTED)
            return false;
    }
    return true;
}

static enum err apply(struct rules *rules, struct db *db, struct submission *submission)
{
    AUTO_FREE struct group_item *items = calloc(submission->count + 1, sizeof *items);
    if (items == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < submission->count; i++)
        items[i] = (struct group_item){&submission->entries[i], submission};
    enum err err = group_apply(rules, db, GROUP_CONTINUES, items, submission->count);
    return err == ERR_OK && !all_are_in(submission) ? ERR_INTERNAL : err;
}

enum err own_events_apply(struct rules *rules, struct db *db, struct instant received_at,
                          const struct own_event *events, size_t count)
{
    if (count == 0)
        return ERR_OK;
    struct submission *submission = submission_new(count);
    if (submission == NULL)
        return ERR_NOMEM;
    submission->received_at = received_at;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = restore(submission, &events[i]);
    if (err == ERR_OK)
        err = apply(rules, db, submission);
    submission_free(submission);
    return err;
}
