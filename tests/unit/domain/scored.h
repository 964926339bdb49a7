/* A small policy, a reading and the surroundings of a score, for tests to change one thing of. */
#ifndef DOMAIN_SCORED_H
#define DOMAIN_SCORED_H

#include "written.h"

#include "domain/score.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* A small generator of one's own, so that a seed gives the same cases everywhere. */
static uint64_t random_state;

static inline void random_seed(uint64_t seed)
{
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t random_below(uint64_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % bound;
}

/* A reading of 15 January, noon, with feeds that spoke just then and without peers. */
struct scene {
    struct zone zone;
    struct policy policy;
    struct question q;
    struct score_reading reading;
    struct feeds feeds;
    struct peers peers;
    struct surroundings around;
};

/* Points are the value times 10: 0.8 of a share is 8 points. */
static inline struct metric share_metric(size_t factor, int64_t weight)
{
    return (struct metric){.measure = {.kind = MEASURE_WITHIN,
                                       .milestone = MILESTONE_COLLECTED,
                                       .limit = LIMIT_HOURS,
                                       .n = 24},
                           .unit = UNIT_RATIO,
                           .window_days = 30,
                           .factor = factor,
                           .weight = weight,
                           .anchor_count = 2,
                           .anchors = {{0, 0}, {10000, 10000}}};
}

static inline struct star_cut points_cut(int64_t star, int64_t points)
{
    return (struct star_cut){.star = star, .gates = {.has_points = true, .points = points}};
}

/* Two factors: the first of two metrics and required, the second of one. */
static inline void scene_begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    zone_fixed(&scene->zone, 8 * 60);
    scene->policy = (struct policy){
        .silent_after_s = 24 * 3600,
        .novice_orders = 15,
        .novice_days = 90,
        .min_factors = 1,
        .factor_count = 2,
        .factors = {{.weight = 600, .required = true, .metric_first = 0, .metric_count = 2},
                    {.weight = 400, .metric_first = 2, .metric_count = 1}},
        .metric_count = 3,
        .metrics = {share_metric(0, 500), share_metric(0, 500), share_metric(1, 1000)},
        .scored_metric_count = 3,
        .star_count = 3,
        .stars = {points_cut(50, 9500), points_cut(45, 8000), points_cut(40, 7000)},
    };
    scene->q = (struct question){&scene->policy, &scene->zone.calendar, at("15T12:00"), BASIS_LIVE};
    scene->reading = (struct score_reading){
        .metrics = {{100, 90, 0}, {100, 80, 0}, {100, 70, 0}},
        .recent_orders = 100,
        .next_change = INSTANT_NEVER,
    };
    for (int feed = 0; feed < FEEDS; feed++)
        scene->feeds.through[feed] = scene->q.t;
    scene->around = (struct surroundings){.feeds = &scene->feeds, .peers = &scene->peers};
}

/* Every metric gets these points, so that factors and composite have them, too. */
static inline void scene_points(struct scene *scene, int64_t points)
{
    for (size_t i = 0; i < scene->policy.metric_count; i++)
        scene->reading.metrics[i] = (struct reading){10000, points, 0};
}

static inline struct score scene_score(const struct scene *scene)
{
    struct score score;
    score_compute(&scene->q, &scene->reading, &scene->around, &score);
    return score;
}

#endif
