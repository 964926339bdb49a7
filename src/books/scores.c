#include "books/scores.h"

#include <string.h>

#include "books/peers.h"
#include "books/snapshots.h"

/* Whether a restriction is in force, and when that can next change; looked at only where the policy
 * asks. */
static enum err read_restrictions(struct rules *rules, struct db *db, const struct asked *asked,
                                  const struct in_force *in_force, bool *ret_restricted,
                                  struct instant *ret_next_change)
{
    *ret_restricted = false;
    *ret_next_change = INSTANT_NEVER;
    if (!score_needs_restrictions(in_force->q.policy))
        return ERR_OK;
    struct arena arena;
    arena_init(&arena);
    struct backlog_reading reading;
    struct backlog backlog;
    enum err err = read_backlog(rules, db, asked, in_force, &arena, &reading, &backlog);
    if (err == ERR_OK) {
        *ret_restricted = backlog.restriction_count > 0;
        *ret_next_change = backlog.next_restriction_change;
    }
    arena_done(&arena);
    return err;
}

enum err score_at(struct rules *rules, struct db *db, const struct asked *asked,
                  const struct in_force *in_force, struct scored *ret_scored)
{
    struct instant next_restriction_change;
    struct surroundings around = {
        .feeds = &in_force->feeds,
        .peers = &ret_scored->peers,
        .services = in_force->services,
    };
    enum err err =
        peers_at(db, asked->store, in_force->q.policy, in_force->q.t, &ret_scored->peers);
    if (err == ERR_OK)
        err = read_score(rules, db, asked, in_force, &ret_scored->reading);
    if (err == ERR_OK)
        err = read_restrictions(rules, db, asked, in_force, &around.restricted,
                                &next_restriction_change);
    if (err != ERR_OK)
        return err;
    score_compute(&in_force->q, &ret_scored->reading, &around, &ret_scored->score);
    ret_scored->next_change = score_next_change(&in_force->q, &ret_scored->reading,
                                                &in_force->feeds, next_restriction_change);
    return ERR_OK;
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
