/* Which rules a store has at an instant, and what is known of its feeds then. */
#include <string.h>

#include "base/decimal.h"
#include "books/excused.h"
#include "books/readings.h"
#include "db/query.h"
#include "domain/limits.h"
#include "rules/rules.h"
#include "sql.h"

/* "id" means the version in force at t, "id@version" that one. */
static enum err named_policy(struct rules *rules, struct db *db, const struct asked *asked,
                             const struct policy **ret_policy)
{
    const char *at = strrchr(asked->policy, '@');
    char id[POLICY_ID_MAX + 1];
    size_t id_len = at == NULL ? strlen(asked->policy) : (size_t)(at - asked->policy);
    if (id_len > POLICY_ID_MAX)
        return ERR_INVALID;
    memcpy(id, asked->policy, id_len);
    id[id_len] = '\0';

    int64_t version = 0;
    if (at != NULL) {
        if (int_parse(at + 1, strlen(at + 1), 1, INT32_MAX, &version) != ERR_OK)
            return ERR_INVALID;
    } else {
        struct db_args *args = db_args_new();
        db_arg_text(args, id);
        db_arg_instant(args, asked->t);
        struct db_result *result = NULL;
        enum err err = db_query(db, &sql_policy_in_force, args, &result);
        if (err == ERR_OK && db_rows(result) == 1)
            version = db_int(result, 0, 0);
        db_result_free(result);
        if (err != ERR_OK)
            return err;
    }
    enum err err = rules_policy(rules, db, id, (int32_t)version, ret_policy);
    return err == ERR_NOT_FOUND ? ERR_INVALID : err;
}

static enum err load_feeds(struct db *db, const char *store, struct instant t,
                           struct feeds *ret_feeds, bool *ret_later)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_feeds_at, args, &result);
    if (err != ERR_OK)
        return err;
    *ret_later = false;
    for (int row = 0; row < db_rows(result); row++) {
        ret_feeds->through[db_int(result, row, 0)] = db_instant(result, row, 1);
        *ret_later = *ret_later || db_bool(result, row, 2);
    }
    db_result_free(result);
    return ERR_OK;
}

enum err feeds_at(struct db *db, const char *store, struct instant t, struct feeds *ret_feeds)
{
    bool later;
    return load_feeds(db, store, t, ret_feeds, &later);
}

/* How many of the services in a result the policy gives a bonus for. */
static enum err count_services(const struct policy *policy, const struct db_result *result,
                               int column, size_t *ret_count)
{
    struct arena arena;
    const char *services[SERVICES_MAX], *text;
    size_t count = 0, len;
    arena_init(&arena);
    enum err err = ERR_OK;
    while (err == ERR_OK && count < SERVICES_MAX &&
           db_texts_at(result, 0, column, count, &text, &len)) {
        services[count] = arena_copy(&arena, text, len);
        if (services[count++] == NULL)
            err = ERR_NOMEM;
    }
    if (err == ERR_OK)
        *ret_count = bonus_services(&policy->bonus, services, count);
    arena_done(&arena);
    return err;
}

enum err in_force_at(struct rules *rules, struct db *db, const struct asked *asked,
                     struct in_force *ret_in_force)
{
    struct in_force in_force = {.q = {.t = asked->t, .basis = asked->basis}};
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_instant(args, asked->t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_store_in_force, args, &result);
    if (err != ERR_OK)
        return err;
    if (db_rows(result) == 0) {
        db_result_free(result);
        return ERR_NOT_FOUND;
    }
    const struct policy *own = NULL;
    /* The zone of that instant; but what is suspended is what the store is counted by now: what is
     * known of the past today. */
    err = rules_calendar(rules, db, db_text(result, 0, 0), (int32_t)db_int(result, 0, 5),
                         &in_force.q.calendar);
    if (err == ERR_OK)
        err = excused_take(rules, result, 0, 6, in_force.q.calendar, &in_force.q.calendar);
    if (err == ERR_OK)
        err = rules_policy(rules, db, db_text(result, 0, 1), (int32_t)db_int(result, 0, 2), &own);
    if (err == ERR_NOT_FOUND)
        err = ERR_INTERNAL; /* the store's own zone and policy were checked when they were set */
    bool latest = db_bool(result, 0, 3);
    in_force.q.policy = own;
    if (asked->draft != NULL)
        in_force.q.policy = asked->draft;
    else if (err == ERR_OK && asked->policy != NULL)
        err = named_policy(rules, db, asked, &in_force.q.policy);
    if (err == ERR_OK)
        err = count_services(in_force.q.policy, result, 4, &in_force.services);
    db_result_free(result);
    bool later = false;
    if (err == ERR_OK)
        err = load_feeds(db, asked->store, asked->t, &in_force.feeds, &later);
    in_force.tallied =
        (asked->live || asked->may_tally) && latest && !later && in_force.q.policy == own;
    if (err == ERR_OK)
        *ret_in_force = in_force;
    return err;
}
