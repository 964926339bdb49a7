#include "books/scores.h"

#include <string.h>

#include "books/peers.h"
#include "books/snapshots.h"

enum err score_beside(struct rules *rules, struct db *db, const struct asked *asked,
                      const struct in_force *in_force, const struct backlog *backlog,
                      struct scored *ret_scored)
{
    bool looks = score_needs_restrictions(in_force->q.policy);
    struct surroundings around = {
        .feeds = &in_force->feeds,
        .peers = &ret_scored->peers,
        .services = in_force->services,
        .restricted = looks && backlog->restriction_count > 0,
    };
    enum err err =
        peers_at(db, asked->store, in_force->q.policy, in_force->q.t, &ret_scored->peers);
    if (err == ERR_OK)
        err = read_score(rules, db, asked, in_force, &ret_scored->reading);
    if (err != ERR_OK)
        return err;
    score_compute(&in_force->q, &ret_scored->reading, &around, &ret_scored->score);
    ret_scored->next_change =
        score_next_change(&in_force->q, &ret_scored->reading, &in_force->feeds,
                          looks ? backlog->next_restriction_change : INSTANT_NEVER);
    return ERR_OK;
}

enum err score_at(struct rules *rules, struct db *db, const struct asked *asked,
                  const struct in_force *in_force, struct scored *ret_scored)
{
    struct arena arena;
    struct backlog_reading reading;
    struct backlog backlog;
    arena_init(&arena);
    enum err err = ERR_OK;
    if (score_needs_restrictions(in_force->q.policy))
        err = read_backlog(rules, db, asked, in_force, &arena, &reading, &backlog);
    if (err == ERR_OK)
        err = score_beside(rules, db, asked, in_force, &backlog, ret_scored);
    arena_done(&arena);
    return err;
}

#define WEEK_DAYS 7

enum err week_changes_at(struct db *db, const char *store, const struct question *q,
                         const struct score *score, struct week_changes *ret_changes)
{
    const struct policy *policy = q->policy;
    int32_t last_day = window_of(q->basis, calendar_day(q->calendar, q->t), 1).last_day;
    struct snapshot before;
    bool found;
    *ret_changes = (struct week_changes){0};
    enum err err = snapshot_get(db, store, last_day - WEEK_DAYS, q->t, &found, &before);
    if (err != ERR_OK || !found || before.policy_version != policy->version ||
        strcmp(before.policy_id, policy->id) != 0)
        return err;
    for (size_t m = 0; m < policy->metric_count; m++) {
        int64_t value = peer_value(policy, m, &before.metrics[m]);
        ret_changes->known[m] = score->metrics[m].has_value && value != PEER_NONE;
        if (ret_changes->known[m])
            ret_changes->values[m] = score->metrics[m].value - value;
    }
    return ERR_OK;
}
