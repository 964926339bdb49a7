#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "jobs/crew.h"

#define ITEMS 1000
#define WORKERS 4

/* Connections are told apart by their addresses alone. */
static char places[WORKERS];
#define DB(i) ((struct db *)&places[i])
static struct db *const dbs[WORKERS] = {DB(0), DB(1), DB(2), DB(3)};

struct work {
    atomic_int done[ITEMS];
    atomic_int busy[WORKERS];
    atomic_bool shared; /* a connection was used by two at once */
    pthread_barrier_t *together;
    size_t leaves_at; /* the worker that takes this item takes no more */
};

static bool take(void *arg, struct db *db, size_t i)
{
    struct work *work = arg;
    size_t worker = (size_t)((char *)db - places);
    if (atomic_fetch_add(&work->busy[worker], 1) != 0)
        atomic_store(&work->shared, true);
    if (work->together != NULL)
        pthread_barrier_wait(work->together);
    atomic_fetch_add(&work->done[i], 1);
    atomic_fetch_sub(&work->busy[worker], 1);
    return i != work->leaves_at;
}

static void test_crew__more_items_than_workers__each_is_done_once(void **state)
{
    (void)state;
    static struct work work = {.leaves_at = ITEMS};
    crew_run(dbs, WORKERS, ITEMS, take, &work);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(work.done[i], 1);
    assert_false(work.shared);
}

/* Each waits for all the others: they would never end one after the other. */
static void test_crew__workers__work_side_by_side(void **state)
{
    (void)state;
    static struct work work = {.leaves_at = ITEMS};
    pthread_barrier_t together;
    pthread_barrier_init(&together, NULL, WORKERS);
    work.together = &together;
    crew_run(dbs, WORKERS, WORKERS, take, &work);
    pthread_barrier_destroy(&together);
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(work.done[i], 1);
    assert_false(work.shared);
}

static void test_crew__only_worker_leaves__the_rest_stays(void **state)
{
    (void)state;
    static struct work work = {.leaves_at = 2};
    crew_run(dbs, 1, 5, take, &work);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(work.done[i], i <= 2);
}

static void test_crew__one_of_two_leaves__the_other_does_the_rest(void **state)
{
    (void)state;
    static struct work work = {.leaves_at = 0};
    crew_run(dbs, 2, ITEMS, take, &work);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(work.done[i], 1);
}

static void test_crew__no_items__nothing_is_done(void **state)
{
    (void)state;
    static struct work work = {.leaves_at = ITEMS};
    crew_run(dbs, WORKERS, 0, take, &work);
    assert_int_equal(work.done[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crew__more_items_than_workers__each_is_done_once),
        cmocka_unit_test(test_crew__workers__work_side_by_side),
        cmocka_unit_test(test_crew__only_worker_leaves__the_rest_stays),
        cmocka_unit_test(test_crew__one_of_two_leaves__the_other_does_the_rest),
        cmocka_unit_test(test_crew__no_items__nothing_is_done),
    };
    return cmocka_run_group_tests_name("jobs/crew", tests, NULL, NULL);
}
