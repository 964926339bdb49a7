/* Answers in memory. Changes are numbered; an answer is for those who asked after the latest change
 * that was known when its making began, and before the next: so those that wait for an answer still
 * take it when a change comes meanwhile, and whoever asks after the change makes another. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "call.h"

#define BUCKETS 1024
#define FRESH_MS 1000
#define ENTRIES_MAX 8192
#define BYTES_MAX (16u * 1024 * 1024)

struct entry {
    struct entry *next;
    char *store;
    char *variant;
    char *body; /* NULL: nothing to serve */
    size_t len;
    char tag[TAG_SIZE];
    int64_t made_ms;
    uint64_t begun;   /* the latest change when the making of the body began */
    uint64_t changed; /* the latest change of the store */
    bool loading;
    uint64_t loading_from; /* `begun` of what is being made */
};

struct snapshots {
    pthread_mutex_t mutex;
    pthread_cond_t loaded;
    /* By store, so that a change finds all of a store's answers in one. */
    struct entry *buckets[BUCKETS];
    uint64_t changes;
    size_t entries;
    size_t bytes;
};

struct snapshots *snapshots_new(void)
{
    struct snapshots *snapshots = calloc(1, sizeof *snapshots);
    if (snapshots == NULL)
        return NULL;
    pthread_mutex_init(&snapshots->mutex, NULL);
    pthread_cond_init(&snapshots->loaded, NULL);
    return snapshots;
}

static void entry_free(struct entry *entry)
{
    free(entry->store);
    free(entry->variant);
    free(entry->body);
    free(entry);
}

void snapshots_free(struct snapshots *snapshots)
{
    if (snapshots == NULL)
        return;
    for (size_t b = 0; b < BUCKETS; b++)
        while (snapshots->buckets[b] != NULL) {
            struct entry *entry = snapshots->buckets[b];
            snapshots->buckets[b] = entry->next;
            entry_free(entry);
        }
    pthread_cond_destroy(&snapshots->loaded);
    pthread_mutex_destroy(&snapshots->mutex);
    free(snapshots);
}

static struct entry **bucket_of(struct snapshots *snapshots, const char *store)
{
    return &snapshots->buckets[hash_text(store) % BUCKETS];
}

static struct entry *find(struct snapshots *snapshots, const char *store, const char *variant)
{
    for (struct entry *entry = *bucket_of(snapshots, store); entry != NULL; entry = entry->next)
        if (strcmp(entry->store, store) == 0 && strcmp(entry->variant, variant) == 0)
            return entry;
    return NULL;
}

static void forget_body(struct snapshots *snapshots, struct entry *entry)
{
    if (entry->body != NULL)
        snapshots->bytes -= entry->len;
    free(entry->body);
    entry->body = NULL;
}

/* Whether the body is new enough for who asked when `asked` was the store's latest change. */
static bool is_fresh(const struct entry *entry, uint64_t asked)
{
    return entry->body != NULL && entry->begun >= asked &&
           clock_monotonic_ms() - entry->made_ms < FRESH_MS;
}

static bool serve(const struct entry *entry, uint64_t asked, const struct api_request *req,
                  struct api_response *res)
{
    if (entry == NULL || !is_fresh(entry, asked))
        return false;
    buf_append(&res->body, entry->body, entry->len);
    response_tag(req, res, entry->tag);
    return true;
}

bool snapshots_get(struct snapshots *snapshots, const char *store, const char *variant,
                   const struct api_request *req, struct api_response *res)
{
    pthread_mutex_lock(&snapshots->mutex);
    const struct entry *entry = find(snapshots, store, variant);
    bool served = entry != NULL && serve(entry, entry->changed, req, res);
    pthread_mutex_unlock(&snapshots->mutex);
    return served;
}

/* Removes what is no longer fresh. */
static void sweep(struct snapshots *snapshots)
{
    for (size_t b = 0; b < BUCKETS; b++)
        for (struct entry **at = &snapshots->buckets[b]; *at != NULL;) {
            struct entry *entry = *at;
            if (entry->loading || is_fresh(entry, entry->changed)) {
                at = &entry->next;
                continue;
            }
            *at = entry->next;
            forget_body(snapshots, entry);
            entry_free(entry);
            snapshots->entries--;
        }
}

static struct entry *add(struct snapshots *snapshots, const char *store, const char *variant)
{
    if (snapshots->entries >= ENTRIES_MAX)
        sweep(snapshots);
    if (snapshots->entries >= ENTRIES_MAX)
        return NULL; /* not kept: each caller makes its own answer */
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->store = strdup(store);
    entry->variant = strdup(variant);
    if (entry->store == NULL || entry->variant == NULL) {
        entry_free(entry);
        return NULL;
    }
    struct entry **bucket = bucket_of(snapshots, store);
    entry->next = *bucket;
    *bucket = entry;
    snapshots->entries++;
    return entry;
}

bool snapshots_get_or_lead(struct snapshots *snapshots, const char *store, const char *variant,
                           const struct api_request *req, struct api_response *res)
{
    pthread_mutex_lock(&snapshots->mutex);
    struct entry *entry = find(snapshots, store, variant);
    uint64_t asked = entry == NULL ? 0 : entry->changed;
    bool served = serve(entry, asked, req, res);
    while (!served && entry != NULL && entry->loading) {
        pthread_cond_wait(&snapshots->loaded, &snapshots->mutex);
        entry = find(snapshots, store, variant); /* it may have been swept meanwhile */
        served = serve(entry, asked, req, res);
    }
    if (!served && entry == NULL)
        entry = add(snapshots, store, variant);
    if (!served && entry != NULL) {
        entry->loading = true;
        entry->loading_from = snapshots->changes;
    }
    pthread_mutex_unlock(&snapshots->mutex);
    return served;
}

void snapshots_put(struct snapshots *snapshots, const char *store, const char *variant,
                   const char *body, size_t len, const char *tag)
{
    char *copy = body == NULL ? NULL : malloc(len + 1);
    if (copy != NULL)
        memcpy(copy, body, len);
    pthread_mutex_lock(&snapshots->mutex);
    struct entry *entry = find(snapshots, store, variant);
    if (entry != NULL) {
        forget_body(snapshots, entry);
        if (snapshots->bytes + len > BYTES_MAX)
            sweep(snapshots); /* keeps what is loading */
        entry->loading = false;
        if (copy != NULL && snapshots->bytes + len <= BYTES_MAX) {
            entry->body = copy;
            entry->len = len;
            entry->made_ms = clock_monotonic_ms();
            entry->begun = entry->loading_from;
            snprintf(entry->tag, sizeof entry->tag, "%s", tag);
            snapshots->bytes += len;
            copy = NULL;
        }
        pthread_cond_broadcast(&snapshots->loaded);
    }
    pthread_mutex_unlock(&snapshots->mutex);
    free(copy);
}

void snapshots_drop(struct snapshots *snapshots, const char *store)
{
    pthread_mutex_lock(&snapshots->mutex);
    snapshots->changes++;
    for (struct entry *entry = *bucket_of(snapshots, store); entry != NULL; entry = entry->next)
        if (strcmp(entry->store, store) == 0)
            entry->changed = snapshots->changes;
    pthread_mutex_unlock(&snapshots->mutex);
}

void snapshots_drop_all(struct snapshots *snapshots)
{
    pthread_mutex_lock(&snapshots->mutex);
    snapshots->changes++;
    for (size_t b = 0; b < BUCKETS; b++)
        for (struct entry *entry = snapshots->buckets[b]; entry != NULL; entry = entry->next)
            entry->changed = snapshots->changes;
    pthread_mutex_unlock(&snapshots->mutex);
}
