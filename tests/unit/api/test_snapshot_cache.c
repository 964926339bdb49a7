/* Answers kept for a second: fresh ones served, changed ones dropped, each made by one thread at a
 * time. The clock is this program's own, so that a second passes when a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/call.h"

/* Stands in for the C library's, which base/clock.c would call. */
static _Atomic int64_t now_ms = 5000;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    int64_t ms = atomic_load(&now_ms);
    *now = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

/* Counts who begins to wait, and then waits as the C library's would: until told. */
static _Atomic int waits;

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    static const struct timespec far = {.tv_sec = INT64_C(1) << 33};
    atomic_fetch_add(&waits, 1);
    return pthread_cond_timedwait(cond, mutex, &far);
}

#define TAG "W/\"0123456789abcdef\""

static const struct api_request plain_request;

/* What snapshots_get serves, or "" when nothing. */
struct served {
    bool any;
    int status;
    char body[64];
    char tag[TAG_SIZE];
};

static struct served take(struct api_response *res, bool any)
{
    struct served served = {.any = any, .status = res->status};
    snprintf(served.body, sizeof served.body, "%.*s", (int)res->body.len, buf_text(&res->body));
    for (size_t i = 0; i < res->header_count; i++)
        if (strcmp(res->headers[i].name, "ETag") == 0)
            snprintf(served.tag, sizeof served.tag, "%.*s", TAG_SIZE - 1, res->headers[i].value);
    api_response_done(res);
    return served;
}

static struct served get_as(struct snapshots *snapshots, const char *store, const char *variant,
                            const struct api_request *req)
{
    struct api_response res;
    api_response_init(&res);
    return take(&res, snapshots_get(snapshots, store, variant, req, &res));
}

static struct served get(struct snapshots *snapshots, const char *store, const char *variant)
{
    return get_as(snapshots, store, variant, &plain_request);
}

static struct served get_or_lead(struct snapshots *snapshots, const char *store,
                                 const char *variant)
{
    struct api_response res;
    api_response_init(&res);
    return take(&res, snapshots_get_or_lead(snapshots, store, variant, &plain_request, &res));
}

static void put(struct snapshots *snapshots, const char *store, const char *variant,
                const char *body)
{
    snapshots_put(snapshots, store, variant, body, strlen(body), TAG);
}

/* Leads and keeps the body, as a handler would. */
static void make(struct snapshots *snapshots, const char *store, const char *variant,
                 const char *body)
{
    assert_false(get_or_lead(snapshots, store, variant).any);
    put(snapshots, store, variant, body);
}

static void assert_served(struct served served, const char *body)
{
    assert_true(served.any);
    assert_string_equal(served.body, body);
    assert_string_equal(served.tag, TAG);
}

static void test_snapshots_get__nothing_kept__is_not_answered(void **state)
{
    struct snapshots *snapshots = *state;
    assert_false(get(snapshots, "s1", "score").any);
    assert_string_equal(get(snapshots, "s1", "score").body, "");
}

static void test_snapshots_get__kept__is_served_for_less_than_a_second(void **state)
{
    struct snapshots *snapshots = *state;
    make(snapshots, "s1", "score", "{\"a\":1}");
    assert_served(get(snapshots, "s1", "score"), "{\"a\":1}");
    atomic_fetch_add(&now_ms, 999);
    assert_served(get(snapshots, "s1", "score"), "{\"a\":1}");
    assert_served(get_or_lead(snapshots, "s1", "score"), "{\"a\":1}");
    atomic_fetch_add(&now_ms, 1);
    assert_false(get(snapshots, "s1", "score").any);
    make(snapshots, "s1", "score", "{\"a\":2}");
    assert_served(get(snapshots, "s1", "score"), "{\"a\":2}");
}

static void test_snapshots_get__stores_and_variants__are_apart(void **state)
{
    struct snapshots *snapshots = *state;
    make(snapshots, "s1", "score", "one");
    make(snapshots, "s1", "backlog", "two");
    make(snapshots, "s2", "score", "three");
    assert_served(get(snapshots, "s1", "score"), "one");
    assert_served(get(snapshots, "s1", "backlog"), "two");
    assert_served(get(snapshots, "s2", "score"), "three");
    assert_false(get(snapshots, "s2", "backlog").any);
    assert_false(get(snapshots, "s", "1score").any);
}

static void test_snapshots_get__if_none_match__is_304_without_a_body(void **state)
{
    struct snapshots *snapshots = *state;
    make(snapshots, "s1", "score", "{\"a\":1}");
    struct served first = get(snapshots, "s1", "score");
    struct api_request req = {.if_none_match = first.tag};
    struct served again = get_as(snapshots, "s1", "score", &req);
    assert_true(again.any);
    assert_int_equal(again.status, 304);
    assert_string_equal(again.body, "");
    req.if_none_match = "W/\"another\"";
    assert_served(get_as(snapshots, "s1", "score", &req), "{\"a\":1}");
}

static void test_snapshots_drop__store__drops_all_of_it_and_nothing_else(void **state)
{
    struct snapshots *snapshots = *state;
    make(snapshots, "s1", "score", "one");
    make(snapshots, "s1", "backlog", "two");
    make(snapshots, "s2", "score", "three");
    snapshots_drop(snapshots, "s1");
    snapshots_drop(snapshots, "never heard of");
    assert_false(get(snapshots, "s1", "score").any);
    assert_false(get(snapshots, "s1", "backlog").any);
    assert_served(get(snapshots, "s2", "score"), "three");
    make(snapshots, "s1", "score", "four");
    assert_served(get(snapshots, "s1", "score"), "four");
    snapshots_drop_all(snapshots);
    assert_false(get(snapshots, "s1", "score").any);
    assert_false(get(snapshots, "s2", "score").any);
}

/* What was begun before a change must not be served after it. */
static void test_snapshots_put__dropped_while_it_was_made__is_not_served(void **state)
{
    struct snapshots *snapshots = *state;
    assert_false(get_or_lead(snapshots, "s1", "score").any);
    snapshots_drop(snapshots, "s1");
    put(snapshots, "s1", "score", "old");
    assert_false(get(snapshots, "s1", "score").any);

    assert_false(get_or_lead(snapshots, "s1", "score").any);
    snapshots_drop_all(snapshots);
    put(snapshots, "s1", "score", "old");
    assert_false(get(snapshots, "s1", "score").any);

    assert_false(get_or_lead(snapshots, "s1", "score").any);
    snapshots_drop(snapshots, "s2");
    put(snapshots, "s1", "score", "new");
    assert_served(get(snapshots, "s1", "score"), "new");
}

struct waiter {
    struct snapshots *snapshots;
    pthread_t thread;
    struct served served;
};

static void *wait_for_answer(void *arg)
{
    struct waiter *waiter = arg;
    waiter->served = get_or_lead(waiter->snapshots, "s1", "score");
    return NULL;
}

/* Returns when the thread waits for the answer that is being made. */
static void start_waiting(struct snapshots *snapshots, struct waiter *waiter)
{
    int before = atomic_load(&waits);
    waiter->snapshots = snapshots;
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_for_answer, waiter), 0);
    while (atomic_load(&waits) == before)
        sched_yield();
}

/* Nothing newer had been told to those that waited before the change. Whoever asks after it makes
 * another answer. */
static void test_snapshots_put__dropped_while_it_was_made__serves_who_waited_before(void **state)
{
    struct snapshots *snapshots = *state;
    struct waiter early, late;
    assert_false(get_or_lead(snapshots, "s1", "score").any);
    start_waiting(snapshots, &early);
    snapshots_drop(snapshots, "s1");
    start_waiting(snapshots, &late);
    put(snapshots, "s1", "score", "old");
    pthread_join(early.thread, NULL);
    if (!early.served.any) /* it leads: without this the late one would wait for ever */
        snapshots_put(snapshots, "s1", "score", NULL, 0, "");
    pthread_join(late.thread, NULL);
    assert_served(early.served, "old");
    assert_false(late.served.any); /* it leads */
    assert_false(get(snapshots, "s1", "score").any);
    put(snapshots, "s1", "score", "new");
    assert_served(get(snapshots, "s1", "score"), "new");
}

/* The old answer is stale the moment somebody has to make a new one; it does not come back. */
static void test_snapshots_put__could_not_be_made__leaves_nothing(void **state)
{
    struct snapshots *snapshots = *state;
    make(snapshots, "s1", "score", "one");
    atomic_fetch_add(&now_ms, 1000);
    assert_false(get_or_lead(snapshots, "s1", "score").any);
    snapshots_put(snapshots, "s1", "score", NULL, 0, "");
    assert_false(get(snapshots, "s1", "score").any);
    make(snapshots, "s1", "score", "two"); /* the next one may lead */
    assert_served(get(snapshots, "s1", "score"), "two");
}

static void test_snapshots_put__more_than_memory_is_set_aside_for__is_not_kept(void **state)
{
    struct snapshots *snapshots = *state;
    size_t len = 6 * 1024 * 1024;
    char *body = malloc(len);
    assert_non_null(body);
    memset(body, 'x', len);
    size_t kept = 0;
    for (int i = 0; i < 8; i++) {
        char store[8];
        snprintf(store, sizeof store, "s%d", i);
        assert_false(get_or_lead(snapshots, store, "score").any);
        snapshots_put(snapshots, store, "score", body, len, TAG);
        kept += get(snapshots, store, "score").any;
    }
    assert_in_range(kept, 1, 7);
    atomic_fetch_add(&now_ms, 1000); /* what is stale makes room */
    assert_false(get_or_lead(snapshots, "s9", "score").any);
    snapshots_put(snapshots, "s9", "score", body, len, TAG);
    assert_true(get(snapshots, "s9", "score").any);
    free(body);
}

static void test_snapshots__very_many_stores__go_on_being_served(void **state)
{
    struct snapshots *snapshots = *state;
    for (int i = 0; i < 20000; i++) {
        char store[16];
        snprintf(store, sizeof store, "s%d", i);
        make(snapshots, store, "score", "body");
        assert_served(get(snapshots, store, "score"), "body");
        if (i % 5000 == 4999)
            atomic_fetch_add(&now_ms, 1000);
    }
}

/* --- many threads --- */

#define THREADS 8
#define ROUNDS 2000
#define KEYS 3

static const char *const keys[KEYS][2] = {{"s1", "score"}, {"s1", "backlog"}, {"s2", "score"}};

/* A value that changes, as rows do, and the part of it whose change was told to the snapshots. */
struct shared {
    struct snapshots *snapshots;
    _Atomic long value;
    _Atomic long told;
    _Atomic int making[KEYS];
    _Atomic long made;
    _Atomic int wrong_leaders;
    _Atomic int too_old;
    _Atomic int running;
};

static void read_one(struct shared *shared, size_t key)
{
    long told = atomic_load(&shared->told);
    const char *store = keys[key][0], *variant = keys[key][1];
    struct served served = get_or_lead(shared->snapshots, store, variant);
    if (served.any) {
        if (strtol(served.body, NULL, 10) < told)
            atomic_fetch_add(&shared->too_old, 1);
        return;
    }
    if (atomic_fetch_add(&shared->making[key], 1) != 0)
        atomic_fetch_add(&shared->wrong_leaders, 1);
    char body[24];
    int len = snprintf(body, sizeof body, "%ld", atomic_load(&shared->value));
    sched_yield();
    atomic_fetch_add(&shared->made, 1);
    atomic_fetch_sub(&shared->making[key], 1);
    snapshots_put(shared->snapshots, store, variant, body, (size_t)len, TAG);
}

static void *read_all(void *arg)
{
    struct shared *shared = arg;
    for (size_t i = 0; i < ROUNDS; i++)
        read_one(shared, i % KEYS);
    atomic_fetch_sub(&shared->running, 1);
    return NULL;
}

static void run_readers(struct shared *shared, pthread_t threads[THREADS])
{
    atomic_store(&shared->running, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, shared), 0);
}

static void join_readers(pthread_t threads[THREADS])
{
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void test_snapshots__many_readers_and_no_change__each_answer_is_made_once(void **state)
{
    struct shared shared = {.snapshots = *state};
    pthread_t threads[THREADS];
    run_readers(&shared, threads);
    join_readers(threads);
    assert_int_equal(shared.made, KEYS);
    assert_int_equal(shared.wrong_leaders, 0);
}

/* A reader that asks after a change was told never gets an answer from before it. */
static void test_snapshots__many_readers_and_changes__nobody_reads_the_past(void **state)
{
    struct shared shared = {.snapshots = *state};
    pthread_t threads[THREADS];
    run_readers(&shared, threads);
    for (long value = 1; atomic_load(&shared.running) > 0; value++) {
        atomic_store(&shared.value, value);
        snapshots_drop(shared.snapshots, "s1");
        if (value % 2 == 0)
            snapshots_drop(shared.snapshots, "s2");
        else
            snapshots_drop_all(shared.snapshots);
        atomic_store(&shared.told, value);
        sched_yield();
    }
    join_readers(threads);
    assert_int_equal(shared.too_old, 0);
    assert_int_equal(shared.wrong_leaders, 0);
    assert_in_range(shared.made, KEYS, THREADS * ROUNDS);
}

/* Leaders that fail let the next one lead: nobody waits for ever. */
static void *fail_to_make(void *arg)
{
    struct shared *shared = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (get_or_lead(shared->snapshots, "s1", "score").any)
            continue;
        atomic_fetch_add(&shared->made, 1);
        snapshots_put(shared->snapshots, "s1", "score", NULL, 0, "");
    }
    return NULL;
}

static void test_snapshots__leaders_that_fail__are_followed_by_others(void **state)
{
    struct shared shared = {.snapshots = *state};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fail_to_make, &shared), 0);
    join_readers(threads);
    assert_int_equal(shared.made, THREADS * ROUNDS);
}

static int set_up(void **state)
{
    *state = snapshots_new();
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    snapshots_free(*state);
    return 0;
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_snapshots_get__nothing_kept__is_not_answered),
        unit(test_snapshots_get__kept__is_served_for_less_than_a_second),
        unit(test_snapshots_get__stores_and_variants__are_apart),
        unit(test_snapshots_get__if_none_match__is_304_without_a_body),
        unit(test_snapshots_drop__store__drops_all_of_it_and_nothing_else),
        unit(test_snapshots_put__dropped_while_it_was_made__is_not_served),
        unit(test_snapshots_put__dropped_while_it_was_made__serves_who_waited_before),
        unit(test_snapshots_put__could_not_be_made__leaves_nothing),
        unit(test_snapshots_put__more_than_memory_is_set_aside_for__is_not_kept),
        unit(test_snapshots__very_many_stores__go_on_being_served),
        unit(test_snapshots__many_readers_and_no_change__each_answer_is_made_once),
        unit(test_snapshots__many_readers_and_changes__nobody_reads_the_past),
        unit(test_snapshots__leaders_that_fail__are_followed_by_others),
    };
    return cmocka_run_group_tests_name("api/snapshot_cache", tests, NULL, NULL);
}
