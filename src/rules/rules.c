#include "rules/rules.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendars.h"
#include "db/query.h"
#include "sql.h"
#include "json/policy.h"

struct policy_entry {
    struct policy_entry *next;
    struct policy_slots *slots; /* NULL: not asked for yet */
    struct policy policy;
};

struct rules {
    pthread_mutex_t mutex;
    struct policy_entry *policies;
    struct calendars calendars;
    size_t slot_count; /* slots are dense: the n-th definition has slot n */
    char (*definitions)[MEASURE_TEXT_SIZE];
};

struct rules *rules_new(void)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL)
        return NULL;
    pthread_mutex_init(&rules->mutex, NULL);
    calendars_init(&rules->calendars);
    return rules;
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    while (rules->policies != NULL) {
        struct policy_entry *entry = rules->policies;
        rules->policies = entry->next;
        free(entry->slots);
        free(entry);
    }
    calendars_done(&rules->calendars);
    free(rules->definitions);
    pthread_mutex_destroy(&rules->mutex);
    free(rules);
}

/* --- policies --- */

static const struct policy *known_policy(struct rules *rules, const char *id, int32_t version)
{
    for (struct policy_entry *entry = rules->policies; entry != NULL; entry = entry->next)
        if (entry->policy.version == version && strcmp(entry->policy.id, id) == 0)
            return &entry->policy;
    return NULL;
}

static enum err load_policy(struct db *db, const char *id, int32_t version,
                            struct policy_entry **ret_entry)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    db_arg_int32(args, version);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_policy_get, args, &result);
    if (err != ERR_OK)
        return err;
    struct policy_entry *entry = NULL;
    if (db_rows(result) == 0) {
        err = ERR_NOT_FOUND;
        goto out;
    }
    entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        err = ERR_NOMEM;
        goto out;
    }
    struct faults faults;
    err = policy_decode(db_text(result, 0, 0), db_len(result, 0, 0), id, &entry->policy, &faults);
    if (err != ERR_OK) { /* it was checked when it was stored */
        err = ERR_INTERNAL;
        goto out;
    }
    snprintf(entry->policy.id, sizeof entry->policy.id, "%s", id);
    entry->policy.version = version;
    *ret_entry = entry;
    entry = NULL;
out:
    free(entry);
    db_result_free(result);
    return err;
}

enum err rules_policy(struct rules *rules, struct db *db, const char *id, int32_t version,
                      const struct policy **ret_policy)
{
    pthread_mutex_lock(&rules->mutex);
    const struct policy *policy = known_policy(rules, id, version);
    pthread_mutex_unlock(&rules->mutex);
    if (policy == NULL) {
        struct policy_entry *entry;
        enum err err = load_policy(db, id, version, &entry);
        if (err != ERR_OK)
            return err;
        pthread_mutex_lock(&rules->mutex);
        policy = known_policy(rules, id, version); /* another thread may have been faster */
        if (policy == NULL) {
            entry->next = rules->policies;
            rules->policies = entry;
            policy = &entry->policy;
        } else {
            free(entry);
        }
        pthread_mutex_unlock(&rules->mutex);
    }
    *ret_policy = policy;
    return ERR_OK;
}

/* --- calendars --- */

enum err rules_calendar(struct rules *rules, struct db *db, const char *time_zone,
                        int32_t calendar_version, const struct calendar **ret_calendar)
{
    return calendars_get(&rules->calendars, db, time_zone, calendar_version, ret_calendar);
}

enum err rules_excusing(struct rules *rules, const struct calendar *base,
                        const struct excused excused[static CALENDAR_EXCUSES],
                        const struct calendar **ret_calendar)
{
    return calendars_excusing(&rules->calendars, base, excused, ret_calendar);
}

/* --- slots --- */

static enum err reload_slots(struct rules *rules, struct db *db)
{
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_measures_all, NULL, &result);
    if (err != ERR_OK)
        return err;
    size_t count = (size_t)db_rows(result);
    char(*definitions)[MEASURE_TEXT_SIZE] = calloc(count + 1, sizeof *definitions);
    if (definitions == NULL) {
        db_result_free(result);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++)
        snprintf(definitions[i], sizeof definitions[i], "%s", db_text(result, (int)i, 1));
    db_result_free(result);

    pthread_mutex_lock(&rules->mutex);
    if (count >= rules->slot_count) {
        free(rules->definitions);
        rules->definitions = definitions;
        rules->slot_count = count;
    } else {
        free(definitions);
    }
    pthread_mutex_unlock(&rules->mutex);
    return ERR_OK;
}

static bool find_slots(struct rules *rules, const struct measure *measures, size_t count,
                       int32_t *ret_slots)
{
    bool all = true;
    pthread_mutex_lock(&rules->mutex);
    for (size_t i = 0; i < count && all; i++) {
        char definition[MEASURE_TEXT_SIZE];
        measure_format(&measures[i], definition);
        size_t slot = 0;
        while (slot < rules->slot_count && strcmp(rules->definitions[slot], definition) != 0)
            slot++;
        all = slot < rules->slot_count;
        ret_slots[i] = (int32_t)slot;
    }
    pthread_mutex_unlock(&rules->mutex);
    return all;
}

enum err rules_slots(struct rules *rules, struct db *db, const struct measure *measures,
                     size_t count, int32_t *ret_slots)
{
    if (find_slots(rules, measures, count, ret_slots))
        return ERR_OK;
    enum err err = reload_slots(rules, db);
    if (err != ERR_OK)
        return err;
    return find_slots(rules, measures, count, ret_slots) ? ERR_OK : ERR_NOT_FOUND;
}

/* The kept ones; else keeps `made`, when that is not NULL. */
static const struct policy_slots *kept_slots(struct rules *rules, const struct policy *policy,
                                             struct policy_slots *made)
{
    const struct policy_slots *kept = NULL;
    pthread_mutex_lock(&rules->mutex);
    for (struct policy_entry *entry = rules->policies; entry != NULL; entry = entry->next) {
        if (&entry->policy != policy)
            continue;
        if (entry->slots == NULL)
            entry->slots = made;
        kept = entry->slots;
    }
    pthread_mutex_unlock(&rules->mutex);
    return kept;
}

enum err rules_policy_slots(struct rules *rules, struct db *db, const struct policy *policy,
                            const struct policy_slots **ret_slots)
{
    *ret_slots = kept_slots(rules, policy, NULL);
    if (*ret_slots != NULL)
        return ERR_OK;
    struct policy_slots *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ERR_NOMEM;
    made->count = policy_measures(policy, made->measures);
    enum err err = rules_slots(rules, db, made->measures, made->count, made->slots);
    if (err == ERR_OK)
        *ret_slots = kept_slots(rules, policy, made);
    if (err != ERR_OK || *ret_slots != made) /* another thread was faster */
        free(made);
    return err == ERR_OK && *ret_slots == NULL ? ERR_INTERNAL : err;
}

static enum err add_measures(struct db *db, const struct measure *measures, size_t count)
{
    enum err err = db_query(db, &sql_measures_lock, NULL, NULL);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++) {
        char definition[MEASURE_TEXT_SIZE];
        measure_format(&measures[i], definition);
        db_add_text(args, definition);
    }
    return db_query(db, &sql_measures_add, args, NULL);
}

enum err rules_register(struct db *db, const struct measure *measures, size_t count)
{
    enum err err = db_begin(db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = add_measures(db, measures, count);
    if (err == ERR_OK)
        err = db_commit(db);
    if (err != ERR_OK)
        db_rollback(db);
    return err;
}
