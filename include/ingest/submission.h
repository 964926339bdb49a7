/* A submission: decoded events that are committed together, and what became of each. */
#ifndef INGEST_SUBMISSION_H
#define INGEST_SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/instant.h"
#include "domain/event.h"

enum outcome {
    OUTCOME_ACCEPTED,
    OUTCOME_DUPLICATE, /* same identity and digest */
    OUTCOME_CONFLICT,  /* same identity, other digest: kept in quarantine */
    OUTCOME_IGNORED,   /* unknown type: kept */
    OUTCOME_REJECTED,  /* invalid: `fault` says why */
};
#define OUTCOMES 5
const char *outcome_name(enum outcome outcome);

struct entry {
    struct event
        event; /* when rejected by the decoder: store, source and id where readable, else NULL */
    enum outcome
        outcome; /* in: OUTCOME_REJECTED when the decoder refused it; out: what became of it */
    struct fault fault;
    const char *body; /* rejected by the decoder: what came, for the quarantine */
    size_t body_len;
};

struct submission {
    struct submission *next;
    struct arena arena; /* owns every string of the entries */
    struct entry *entries;
    size_t count;
    size_t capacity;
    size_t bytes;    /* of memory, when it is queued */
    bool dry_run;    /* find the outcomes, store nothing */
    bool quarantine; /* rejected entries are kept (batch and NDJSON) */
    struct instant received_at;
    enum err err; /* out: ERR_OK: committed; else nothing of it was stored */
    /* Called once, on the writer's thread, when the outcome is known; takes the submission back.
     * Must not block. */
    void (*done)(struct submission *submission);
    void *owner;
};

struct submission *submission_new(size_t capacity); /* NULL when memory is out */
void submission_free(struct submission *submission);

#endif
