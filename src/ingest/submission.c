#include "ingest/submission.h"

#include <stdlib.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {"accepted", "duplicate", "conflict", "ignored",
                                                "rejected"};
    return names[outcome];
}

struct submission *submission_new(size_t capacity)
{
    struct submission *submission = calloc(1, sizeof *submission);
    if (submission == NULL)
        return NULL;
    arena_init(&submission->arena);
    submission->entries = calloc(capacity, sizeof *submission->entries);
    if (submission->entries == NULL) {
        free(submission);
        return NULL;
    }
    submission->capacity = capacity;
    return submission;
}

void submission_free(struct submission *submission)
{
    if (submission == NULL)
        return;
    arena_done(&submission->arena);
    free(submission->entries);
    free(submission);
}
