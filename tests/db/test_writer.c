/* Submissions through the queue and the writer into a real database. A group is what is queued when
 * the writer starts: so each test queues first, and then knows what was committed together. After
 * every test the books are proved against the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/policies.h"
#include "assets.h"
#include "books/plan.h"
#include "db/pool.h"
#include "ingest/group.h"
#include "ingest/queue.h"
#include "ingest/submission.h"
#include "ingest/writer.h"
#include "jobs/verify.h"
#include "pg_fixture.h"
#include "rules/rules.h"
#include "json/event.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

struct bench {
    void *fixture; /* struct pg_fixture */
    struct db *db;
    const char *url;
    struct rules *rules;
    /* what the writer has answered */
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t answers;
    size_t changes;       /* stores reported as changed since the bench was set up */
    size_t changes_first; /* of them, before the first answer */
};

static struct bench bench = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                             .answered = PTHREAD_COND_INITIALIZER};

static struct instant received_at(void)
{
    return (struct instant){INT64_C(1706745600) * US_PER_SECOND}; /* 2024-02-01T00:00:00Z */
}

/* --- submissions --- */

static void on_done(struct submission *submission)
{
    (void)submission;
    pthread_mutex_lock(&bench.mutex);
    bench.answers++;
    pthread_cond_broadcast(&bench.answered);
    pthread_mutex_unlock(&bench.mutex);
}

static void on_changed(void *arg, const char *store)
{
    (void)arg;
    (void)store;
    pthread_mutex_lock(&bench.mutex);
    bench.changes++;
    if (bench.answers == 0)
        bench.changes_first++;
    pthread_mutex_unlock(&bench.mutex);
}

static void wait_for_answers(size_t answers)
{
    pthread_mutex_lock(&bench.mutex);
    while (bench.answers < answers)
        pthread_cond_wait(&bench.answered, &bench.mutex);
    pthread_mutex_unlock(&bench.mutex);
}

static size_t answers(void)
{
    pthread_mutex_lock(&bench.mutex);
    size_t count = bench.answers;
    pthread_mutex_unlock(&bench.mutex);
    return count;
}

static struct submission *submission_of(size_t capacity)
{
    struct submission *submission = submission_new(capacity);
    assert_non_null(submission);
    submission->received_at = received_at();
    submission->quarantine = true;
    submission->done = on_done;
    return submission;
}

/* Adds an event: `data` without its braces and store. */
static void add_event(struct submission *submission, const char *store, const char *id,
                      const char *type, const char *time, const char *data)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"oms\",\"type\":\"%s\","
             "\"time\":\"%s\",\"data\":{\"store\":\"%s\"%s%s}}",
             id, type, time, store, data[0] == '\0' ? "" : ",", data);
    assert_true(submission->count < submission->capacity);
    struct entry *entry = &submission->entries[submission->count++];
    if (event_decode(text, strlen(text), submission->received_at, &submission->arena, &entry->event,
                     &entry->fault) != ERR_OK)
        fail_msg("%s: %s %s", text, entry->fault.pointer, entry->fault.detail);
}

static struct submission *one_event(const char *store, const char *id, const char *type,
                                    const char *time, const char *data)
{
    struct submission *submission = submission_of(1);
    add_event(submission, store, id, type, time, data);
    return submission;
}

static struct submission *placed(const char *store, const char *id, const char *order)
{
    char data[256];
    snprintf(data, sizeof data, "\"order\":\"%s\",\"paid_at\":\"2024-01-01T10:05:00Z\"", order);
    return one_event(store, id, "order.placed", "2024-01-01T10:00:00Z", data);
}

static struct submission *collected(const char *store, const char *id, const char *order)
{
    char data[256];
    snprintf(data, sizeof data, "\"order\":\"%s\"", order);
    return one_event(store, id, "order.collected", "2024-01-01T20:00:00Z", data);
}

static struct submission *retracted(const char *store, const char *id, const char *target)
{
    char data[256];
    snprintf(data, sizeof data, "\"source\":\"oms\",\"id\":\"%s\"", target);
    return one_event(store, id, "event.retracted", "2024-01-02T00:00:00Z", data);
}

static struct writer *start_writer(struct queue *queue)
{
    struct writer *writer = NULL;
    assert_int_equal(writer_start(bench.url, queue, bench.rules, on_changed, NULL, &writer),
                     ERR_OK);
    return writer;
}

/* Commits submissions as one group, waits, and expects that all went well. */
static void commit_together(struct submission *const *submissions, size_t count)
{
    struct queue *queue = queue_new(100000, SIZE_MAX);
    assert_non_null(queue);
    for (size_t i = 0; i < count; i++)
        assert_true(queue_push(queue, submissions[i], NULL));
    writer_stop(start_writer(queue)); /* commits what it holds */
    queue_free(queue);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(submissions[i]->err, ERR_OK);
}

static void commit_one(struct submission *submission)
{
    commit_together(&submission, 1);
    submission_free(submission);
}

static void free_all(struct submission *const *submissions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        submission_free(submissions[i]);
}

static void assert_outcome(const struct submission *submission, size_t i, enum outcome expected)
{
    assert_string_equal(outcome_name(submission->entries[i].outcome), outcome_name(expected));
}

/* --- the database --- */

static void add_store(const char *store)
{
    char text[512];
    snprintf(text, sizeof text,
             "insert into store_versions (store_id, version, valid_from, name, category, "
             "time_zone, services, policy_id, policy_version) values ('%s', 1, '2020-01-01Z', "
             "'', '', 'Asia/Shanghai', '{}', 'jd', 1)",
             store);
    pg_run(bench.db, text);
}

__attribute__((format(printf, 1, 2))) static int64_t count_of(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(len, 1, sizeof text - 1);
    return pg_int(bench.db, text);
}

static int64_t rows(const char *table, const char *store)
{
    return count_of("select count(*) from %s where store_id = '%s'", table, store);
}

/* Sum over the days of a measure's tally: how many are valid, how many good. */
static int64_t tally(const char *store, const char *measure, bool good)
{
    return count_of("select coalesce(sum(counts[2 * slot + %d]), 0)::bigint from tallies, measures "
                    "where definition = '%s' and store_id = '%s'",
                    good ? 2 : 1, measure, store);
}

static void print_difference(void *arg, const char *line)
{
    (void)arg;
    print_message("%s\n", line);
}

static struct verify_totals verified(void)
{
    struct verify_totals totals = {0};
    assert_int_equal(verify(bench.rules, bench.db, NULL, print_difference, NULL, &totals), ERR_OK);
    return totals;
}

/* --- groups --- */

static void test_writer__many_submissions__are_one_transaction(void **state)
{
    (void)state;
    add_store("many");
    struct submission *submissions[602];
    for (size_t i = 0; i < 300; i++) {
        char id[16], order[16];
        snprintf(id, sizeof id, "p%zu", i);
        snprintf(order, sizeof order, "A%zu", i);
        submissions[i] = placed("many", id, order);
        snprintf(id, sizeof id, "c%zu", i);
        submissions[599 - i] =
            i % 3 == 0 ? collected("many", id, order)
                       : one_event("many", id, "feed.alive", "2024-01-01T10:00:00Z",
                                   "\"feed\":\"orders\",\"through\":\"2024-01-01T10:00:00Z\"");
    }
    submissions[600] = placed("many", "p7", "A7");
    submissions[601] = placed("many", "p8", "another");
    commit_together(submissions, LENGTH(submissions));
    for (size_t i = 0; i < 600; i++)
        assert_outcome(submissions[i], 0, OUTCOME_ACCEPTED);
    assert_outcome(submissions[600], 0, OUTCOME_DUPLICATE);
    assert_outcome(submissions[601], 0, OUTCOME_CONFLICT);
    free_all(submissions, LENGTH(submissions));
    assert_int_equal(rows("events", "many"), 600);
    assert_int_equal(rows("event_keys", "many"), 600);
    assert_int_equal(rows("orders", "many"), 300);
    assert_int_equal(
        count_of("select count(distinct xmin::text) from events where store_id = 'many'"), 1);
    assert_int_equal(tally("many", "orders", false), 300);
    assert_int_equal(tally("many", "within collected hours 48", false), 300);
    assert_int_equal(tally("many", "within collected hours 48", true), 100);
    assert_int_equal(
        count_of("select sum(open)::bigint from waiting where store_id = 'many' and series = 0"),
        200);
}

/* More than a group holds: several transactions, nothing lost between them. */
static void test_writer__more_than_a_group__all_of_it_is_committed(void **state)
{
    (void)state;
    add_store("long");
    struct submission *submissions[3];
    for (size_t s = 0; s < LENGTH(submissions); s++) {
        submissions[s] = submission_of(1000);
        for (size_t i = 0; i < 1000; i++) {
            char id[24], data[64];
            snprintf(id, sizeof id, "%zu-%zu", s, i);
            snprintf(data, sizeof data, "\"order\":\"A%zu\",\"payment\":\"cod\"", s * 1000 + i);
            add_event(submissions[s], "long", id, "order.placed", "2024-01-01T10:00:00Z", data);
        }
    }
    commit_together(submissions, LENGTH(submissions));
    free_all(submissions, LENGTH(submissions));
    assert_int_equal(rows("orders", "long"), 3000);
    assert_int_equal(tally("long", "orders", false), 3000);
}

static void test_writer__commit__is_told_before_the_answer(void **state)
{
    (void)state;
    add_store("told");
    size_t before = bench.changes;
    bench.answers = bench.changes_first = 0;
    commit_one(placed("told", "e1", "A1"));
    assert_true(bench.changes > before);
    assert_int_equal(bench.changes_first, bench.changes - before);
}

/* --- identities --- */

static void test_writer__one_identity_several_times__the_first_body_holds(void **state)
{
    (void)state;
    add_store("same");
    static const struct {
        const char *time, *data;
        enum outcome outcome;
    } bodies[] = {
        {"2024-01-01T10:00:00Z", "\"order\":\"A1\",\"payment\":\"cod\"", OUTCOME_ACCEPTED},
        {"2024-01-01T18:00:00+08:00", "\"payment\":\"cod\",\"order\":\"A1\"", OUTCOME_DUPLICATE},
        {"2024-01-01T10:00:00Z", "\"order\":\"A2\",\"payment\":\"cod\"", OUTCOME_CONFLICT},
        {"2024-01-01T10:00:01Z", "\"order\":\"A1\",\"payment\":\"cod\"", OUTCOME_CONFLICT},
        {"2024-01-01T10:00:00.000Z", "\"order\":\"A1\",\"payment\":\"cod\",\"buyer\":null",
         OUTCOME_DUPLICATE},
    };
    /* once in one group, once more when the first is in the database */
    for (int round = 0; round < 2; round++) {
        struct submission *submissions[LENGTH(bodies)];
        for (size_t i = 0; i < LENGTH(bodies); i++)
            submissions[i] =
                one_event("same", "e1", "order.placed", bodies[i].time, bodies[i].data);
        commit_together(submissions, LENGTH(bodies));
        for (size_t i = 0; i < LENGTH(bodies); i++)
            assert_outcome(submissions[i], 0,
                           round == 1 && i == 0 ? OUTCOME_DUPLICATE : bodies[i].outcome);
        free_all(submissions, LENGTH(bodies));
        assert_int_equal(rows("events", "same"), 1);
        assert_int_equal(rows("orders", "same"), 1);
        assert_int_equal(rows("quarantine", "same"), 2);
        assert_int_equal(tally("same", "orders", false), 1);
    }
    assert_int_equal(
        count_of("select count(*) from quarantine where store_id = 'same' and reason = 'conflict' "
                 "and source = 'oms' and event_id = 'e1'"),
        2);
    assert_int_equal(
        count_of("select count(*) from orders where store_id = 'same' and order_id = 'A1'"), 1);
}

/* Within one submission as between several; and one id of another source or store is another. */
static void test_writer__identity__is_store_source_and_id(void **state)
{
    (void)state;
    add_store("id1");
    add_store("id2");
    struct submission *submission = submission_of(4);
    add_event(submission, "id1", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    add_event(submission, "id2", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    add_event(submission, "id1", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    add_event(submission, "id1", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    submission->entries[3].event.source = "wms";
    submission->entries[3].event.fact.source = "wms";
    commit_together(&submission, 1);
    assert_outcome(submission, 0, OUTCOME_ACCEPTED);
    assert_outcome(submission, 1, OUTCOME_ACCEPTED);
    assert_outcome(submission, 2, OUTCOME_DUPLICATE);
    assert_outcome(submission, 3, OUTCOME_ACCEPTED);
    submission_free(submission);
    assert_int_equal(rows("events", "id1"), 2);
    assert_int_equal(rows("events", "id2"), 1);
}

static void test_writer__types__accepted_ignored_and_kept(void **state)
{
    (void)state;
    add_store("types");
    struct submission *submission = submission_of(4);
    add_event(submission, "types", "e1", "order.teleported", "2024-01-01T10:00:00Z",
              "\"order\":\"A1\"");
    add_event(submission, "types", "e2", "ticket.opened", "2024-01-01T10:00:00Z",
              "\"ticket\":\"T1\",\"kind\":\"return\"");
    add_event(submission, "types", "e3", "feed.alive", "2024-01-01T10:00:00Z",
              "\"feed\":\"tickets\",\"through\":\"2024-01-01T09:00:00Z\"");
    add_event(submission, "types", "e1", "order.teleported", "2024-01-01T10:00:00Z",
              "\"order\":\"A1\"");
    commit_together(&submission, 1);
    assert_outcome(submission, 0, OUTCOME_IGNORED);
    assert_outcome(submission, 1, OUTCOME_ACCEPTED);
    assert_outcome(submission, 2, OUTCOME_ACCEPTED);
    assert_outcome(submission, 3, OUTCOME_DUPLICATE);
    submission_free(submission);
    assert_int_equal(rows("events", "types"), 3);
    assert_int_equal(rows("orders", "types"), 0);
    assert_int_equal(
        count_of("select count(*) from events where store_id = 'types' and abs(feed) = 3"), 2);
}

/* --- retractions --- */

/* An order that was placed, and collected by an event that is taken back: whatever the order of
 * arrival, it waits again. */
static void test_writer__retraction_and_target__any_order_gives_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *store;
        bool retraction_first, together;
    } cases[] = {{"take1", false, true},
                 {"take2", true, true},
                 {"take3", false, false},
                 {"take4", true, false}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *store = cases[i].store;
        print_message("%s\n", store);
        add_store(store);
        struct submission *target = collected(store, "c1", "A1"),
                          *retraction = retracted(store, "r1", "c1");
        struct submission *submissions[] = {placed(store, "p1", "A1"),
                                            cases[i].retraction_first ? retraction : target,
                                            cases[i].retraction_first ? target : retraction};
        if (cases[i].together) {
            commit_together(submissions, 3);
        } else {
            for (size_t k = 0; k < 3; k++)
                commit_together(&submissions[k], 1);
        }
        for (size_t k = 0; k < 3; k++)
            assert_outcome(submissions[k], 0, OUTCOME_ACCEPTED);
        free_all(submissions, 3);
        assert_int_equal(rows("retractions", store), 1);
        assert_int_equal(count_of("select count(*) from orders where store_id = '%s' and retracted "
                                  "and wait_collected",
                                  store),
                         1);
        assert_int_equal(tally(store, "within collected hours 48", true), 0);
        assert_int_equal(tally(store, "within collected hours 48", false), 1);
        assert_int_equal(count_of("select count(distinct facts) from orders where order_id = 'A1' "
                                  "and store_id in ('take1', '%s')",
                                  store),
                         1);
    }
}

/* The order itself is taken back: it is in no count, and the same body does not come back in. */
static void test_writer__retracted_order__leaves_every_count(void **state)
{
    (void)state;
    add_store("undone");
    commit_one(placed("undone", "p1", "A1"));
    assert_int_equal(tally("undone", "orders", false), 1);
    commit_one(retracted("undone", "r1", "p1"));
    assert_int_equal(tally("undone", "orders", false), 0);
    assert_int_equal(
        count_of("select coalesce(sum(open), 0)::bigint from waiting where store_id = 'undone'"),
        0);
    struct submission *again = placed("undone", "p1", "A1"), *other = placed("undone", "p1", "A2");
    struct submission *submissions[] = {again, other};
    commit_together(submissions, 2);
    assert_outcome(again, 0, OUTCOME_DUPLICATE);
    assert_outcome(other, 0, OUTCOME_CONFLICT); /* a retraction lets no second body in */
    free_all(submissions, 2);
    assert_int_equal(tally("undone", "orders", false), 0);
}

/* Of several retractions of one event the earliest counts; one of a retraction does nothing. */
static void test_writer__several_retractions__the_earliest_counts(void **state)
{
    (void)state;
    add_store("thrice");
    struct submission *submissions[] = {
        placed("thrice", "p1", "A1"),
        one_event("thrice", "r1", "event.retracted", "2024-01-05T00:00:00Z",
                  "\"source\":\"oms\",\"id\":\"p1\""),
        one_event("thrice", "r2", "event.retracted", "2024-01-03T00:00:00Z",
                  "\"source\":\"oms\",\"id\":\"p1\""),
        one_event("thrice", "r3", "event.retracted", "2024-01-04T00:00:00Z",
                  "\"source\":\"oms\",\"id\":\"p1\""),
        retracted("thrice", "r4", "r2"),
    };
    commit_together(submissions, LENGTH(submissions));
    free_all(submissions, LENGTH(submissions));
    commit_one(one_event("thrice", "r5", "event.retracted", "2024-01-06T00:00:00Z",
                         "\"source\":\"oms\",\"id\":\"p1\""));
    assert_int_equal(
        count_of("select count(*) from retractions where store_id = 'thrice' and event_id = 'p1' "
                 "and retracted_at = '2024-01-03Z'"),
        1);
    assert_int_equal(tally("thrice", "orders", false), 0);
}

/* --- what is refused --- */

static void test_writer__unknown_store__is_rejected_beside_good_ones(void **state)
{
    (void)state;
    add_store("known");
    struct submission *submission = submission_of(3);
    add_event(submission, "known", "e1", "order.placed", "2024-01-01T10:00:00Z",
              "\"order\":\"A1\"");
    add_event(submission, "nowhere", "e2", "order.placed", "2024-01-01T10:00:00Z",
              "\"order\":\"A1\"");
    add_event(submission, "known", "e3", "order.paid", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    struct submission *single = placed("nowhere", "e4", "A1");
    single->quarantine = false;
    struct submission *submissions[] = {submission, single};
    commit_together(submissions, 2);
    assert_outcome(submission, 0, OUTCOME_ACCEPTED);
    assert_outcome(submission, 1, OUTCOME_REJECTED);
    assert_outcome(submission, 2, OUTCOME_ACCEPTED);
    assert_outcome(single, 0, OUTCOME_REJECTED);
    assert_string_equal(submission->entries[1].fault.pointer, "/data/store");
    assert_string_equal(single->entries[0].fault.pointer, "/data/store");
    free_all(submissions, 2);
    assert_int_equal(rows("events", "nowhere"), 0);
    assert_int_equal(rows("event_keys", "nowhere"), 0);
    assert_int_equal(rows("quarantine", "nowhere"), 1); /* that of the batch */
    assert_int_equal(tally("known", "orders", false), 1);

    /* it took no identity: once the store is there, the event comes in */
    add_store("nowhere");
    struct submission *later = placed("nowhere", "e4", "A1");
    commit_together(&later, 1);
    assert_outcome(later, 0, OUTCOME_ACCEPTED);
    submission_free(later);
}

static void test_writer__rejected_by_the_decoder__is_kept_in_quarantine(void **state)
{
    (void)state;
    add_store("odd");
    struct submission *submission = submission_of(2);
    add_event(submission, "odd", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A1\"");
    static const char body[] = "{\"id\": \"\xff\"}";
    submission->entries[submission->count++] = (struct entry){.outcome = OUTCOME_REJECTED,
                                                              .fault = {"/id", "is not UTF-8"},
                                                              .body = body,
                                                              .body_len = sizeof body - 1};
    commit_together(&submission, 1);
    assert_outcome(submission, 0, OUTCOME_ACCEPTED);
    assert_outcome(submission, 1, OUTCOME_REJECTED);
    submission_free(submission);
    assert_int_equal(
        count_of("select count(*) from quarantine where store_id = '' and reason = 'rejected' "
                 "and pointer = '/id' and detail = 'is not UTF-8'"),
        1);
}

static void refuse(const char *table, const char *condition)
{
    char text[256];
    snprintf(text, sizeof text, "alter table %s add constraint refuse_test check (%s) not valid",
             table, condition);
    pg_run(bench.db, text);
}

static void refuse_no_more(const char *table)
{
    char text[128];
    snprintf(text, sizeof text, "alter table %s drop constraint refuse_test", table);
    pg_run(bench.db, text);
}

/* What PostgreSQL refuses stands alone at the end: its neighbours are committed, in one transaction
 * with it. */
static void test_writer__refused_by_the_database__its_neighbours_stay(void **state)
{
    (void)state;
    add_store("bad");
    refuse("events", "event_id not like 'poison%'");
    enum { COUNT = 41 };
    struct submission *submissions[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        char id[24], order[16];
        bool poison = i == 0 || i == 17 || i == 18 || i == COUNT - 1;
        snprintf(id, sizeof id, "%s%zu", poison ? "poison" : "good", i);
        snprintf(order, sizeof order, "A%zu",
                 i / 2); /* two events an order, of which one may be refused */
        submissions[i] = i % 2 == 0 ? placed("bad", id, order) : collected("bad", id, order);
    }
    commit_together(submissions, COUNT);
    refuse_no_more("events");
    for (size_t i = 0; i < COUNT; i++) {
        const struct entry *entry = &submissions[i]->entries[0];
        bool poison = strncmp(entry->event.id, "poison", 6) == 0;
        assert_outcome(submissions[i], 0, poison ? OUTCOME_REJECTED : OUTCOME_ACCEPTED);
        assert_int_equal(entry->fault.detail[0] != '\0', poison);
    }
    free_all(submissions, COUNT);
    assert_int_equal(rows("events", "bad"), COUNT - 4);
    assert_int_equal(rows("event_keys", "bad"), COUNT - 4);
    assert_int_equal(rows("quarantine", "bad"), 4);
    assert_int_equal(tally("bad", "orders", false), 18); /* of 21, 0, 9 and 20 were never placed */

    struct submission *later = placed("bad", "poison0", "A0"); /* it took no identity */
    commit_together(&later, 1);
    assert_outcome(later, 0, OUTCOME_ACCEPTED);
    submission_free(later);
}

/* Refused together with what belongs to it: its repeat, its second body, its retraction. */
static void test_writer__refused_event__with_its_repeat_and_its_retraction(void **state)
{
    (void)state;
    add_store("worse");
    refuse("events", "event_id <> 'poison'");
    struct submission *submissions[] = {
        placed("worse", "poison", "A1"), placed("worse", "poison", "A1"),
        placed("worse", "poison", "A2"), retracted("worse", "r1", "poison"),
        collected("worse", "c1", "A1"),  placed("worse", "p1", "A1"),
    };
    static const enum outcome outcomes[] = {OUTCOME_REJECTED, OUTCOME_REJECTED, OUTCOME_REJECTED,
                                            OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED};
    commit_together(submissions, LENGTH(submissions));
    refuse_no_more("events");
    for (size_t i = 0; i < LENGTH(submissions); i++)
        assert_outcome(submissions[i], 0, outcomes[i]);
    free_all(submissions, LENGTH(submissions));
    assert_int_equal(rows("events", "worse"), 3);
    assert_int_equal(tally("worse", "orders", false), 1);
}

/* Even the quarantine can refuse what is refused: it stays rejected, the rest is committed. */
static void test_writer__refused_by_the_quarantine_too__stays_rejected(void **state)
{
    (void)state;
    add_store("worst");
    refuse("events", "event_id <> 'poison'");
    pg_run(
        bench.db,
        "alter table quarantine add constraint refuse_too check (event_id <> 'poison') not valid");
    struct submission *submissions[] = {
        placed("worst", "e1", "A1"), placed("worst", "poison", "A2"), placed("worst", "e2", "A3")};
    commit_together(submissions, 3);
    refuse_no_more("events");
    pg_run(bench.db, "alter table quarantine drop constraint refuse_too");
    assert_outcome(submissions[0], 0, OUTCOME_ACCEPTED);
    assert_outcome(submissions[1], 0, OUTCOME_REJECTED);
    assert_outcome(submissions[2], 0, OUTCOME_ACCEPTED);
    free_all(submissions, 3);
    assert_int_equal(rows("orders", "worst"), 2);
    assert_int_equal(rows("quarantine", "worst"), 0);
}

/* --- dry runs --- */

static void test_writer__dry_run__has_outcomes_and_stores_nothing(void **state)
{
    (void)state;
    add_store("dry");
    struct submission *before = placed("dry", "e1", "A1"), *after = placed("dry", "e3", "A3");
    struct submission *dry = submission_of(5);
    dry->dry_run = true;
    add_event(dry, "dry", "e1", "order.placed", "2024-01-01T10:00:00Z",
              "\"order\":\"A1\",\"paid_at\":\"2024-01-01T10:05:00Z\"");
    add_event(dry, "dry", "e2", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A2\"");
    add_event(dry, "dry", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A9\"");
    add_event(dry, "nobodys", "e1", "order.placed", "2024-01-01T10:00:00Z", "\"order\":\"A9\"");
    add_event(dry, "dry", "e4", "order.dreamt", "2024-01-01T10:00:00Z", "");
    struct submission *submissions[] = {before, dry, after};
    commit_together(submissions, 3);
    assert_outcome(before, 0, OUTCOME_ACCEPTED);
    assert_outcome(after, 0, OUTCOME_ACCEPTED);
    assert_outcome(dry, 0, OUTCOME_DUPLICATE);
    assert_outcome(dry, 1, OUTCOME_ACCEPTED);
    assert_outcome(dry, 2, OUTCOME_CONFLICT);
    assert_outcome(dry, 3, OUTCOME_REJECTED);
    assert_outcome(dry, 4, OUTCOME_IGNORED);
    free_all(submissions, 3);
    assert_int_equal(rows("events", "dry"), 2);
    assert_int_equal(rows("event_keys", "dry"), 2);
    assert_int_equal(rows("orders", "dry"), 2);
    assert_int_equal(rows("quarantine", "dry"), 0);
    assert_int_equal(tally("dry", "orders", false), 2);

    struct submission *real = placed("dry", "e2", "A2"); /* the dry run took no identity */
    commit_together(&real, 1);
    assert_outcome(real, 0, OUTCOME_ACCEPTED);
    submission_free(real);
}

/* --- lost connections --------------------------------------------------------------------------
 */

/* Ends the writer's connection and waits until it is gone. */
static void end_connection(void)
{
    assert_int_equal(
        count_of("select count(*) from (select pg_terminate_backend(pid, 10000) as gone from "
                 "pg_stat_activity where application_name = 'windvane writer' and datname = "
                 "current_database()) ended where gone"),
        1);
}

static void test_writer__connection_lost_between_groups__goes_on(void **state)
{
    (void)state;
    add_store("lost");
    struct queue *queue = queue_new(100, SIZE_MAX);
    struct writer *writer = start_writer(queue);
    struct submission *submissions[3];
    bench.answers = 0;
    for (size_t i = 0; i < 3; i++) {
        char id[8], order[8];
        snprintf(id, sizeof id, "e%zu", i);
        snprintf(order, sizeof order, "A%zu", i);
        submissions[i] = placed("lost", id, order);
        assert_true(queue_push(queue, submissions[i], NULL));
        wait_for_answers(i + 1);
        assert_int_equal(submissions[i]->err, ERR_OK);
        assert_outcome(submissions[i], 0, OUTCOME_ACCEPTED);
        end_connection();
    }
    writer_stop(writer);
    queue_free(queue);
    free_all(submissions, 3);
    assert_int_equal(rows("orders", "lost"), 3);
    assert_int_equal(tally("lost", "orders", false), 3);
}

/* For a lock of PostgreSQL's. */
static void wait_until_writer_waits(void)
{
    while (count_of("select count(*) from pg_stat_activity where application_name = 'windvane "
                    "writer' and datname = current_database() and wait_event_type = 'Lock'") == 0) {
        assert_int_equal(answers(), 0); /* once it has answered it would never wait */
        sched_yield();
    }
}

/* The connection dies in the middle of a group: nothing of the first try stays, the second commits
 * all of it. */
static void test_writer__connection_lost_within_a_group__is_committed_once(void **state)
{
    (void)state;
    add_store("cut");
    struct queue *queue = queue_new(100, SIZE_MAX);
    struct submission *submissions[] = {placed("cut", "e1", "A1"), collected("cut", "e2", "A1")};
    assert_true(queue_push(queue, submissions[0], NULL));
    assert_true(queue_push(queue, submissions[1], NULL));
    struct db *other = NULL;
    assert_int_equal(db_connect(bench.url, "other", &other), ERR_OK);
    assert_int_equal(db_begin(other, DB_READ_COMMITTED), ERR_OK);
    pg_run(other, "lock table events in share row exclusive mode"); /* which an insert waits for */
    bench.answers = 0;
    struct writer *writer = start_writer(queue);
    wait_until_writer_waits();
    end_connection();
    db_close(other);
    writer_stop(writer);
    queue_free(queue);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(submissions[i]->err, ERR_OK);
        assert_outcome(submissions[i], 0, OUTCOME_ACCEPTED);
    }
    free_all(submissions, 2);
    assert_int_equal(rows("events", "cut"), 2);
    assert_int_equal(tally("cut", "orders", false), 1);
}

static void test_writer_start__no_database__is_an_error(void **state)
{
    (void)state;
    struct queue *queue = queue_new(1, SIZE_MAX);
    struct writer *writer = NULL;
    assert_int_not_equal(writer_start("postgresql://nobody@/none?host=/nonexistent", queue,
                                      bench.rules, on_changed, NULL, &writer),
                         ERR_OK);
    assert_null(writer);
    queue_free(queue);
}

/* --- order of arrival ---------------------------------------------------------------------------
 */

#define SHUFFLED 240

/* One event of a fixed set: few orders, every kind, ties, repeats of parcels, retractions of any.
 */
static struct submission *event_of_set(const char *store, size_t i)
{
    static const char *const types[] = {"order.placed",    "order.paid",      "order.promised",
                                        "order.collected", "order.delivered", "order.cancelled",
                                        "event.retracted", "order.collected"};
    size_t kind = i % LENGTH(types), order = i * 7 % 20, hour = i * 11 % 90;
    char id[16], time[40], data[256];
    snprintf(id, sizeof id, "e%zu", i);
    snprintf(time, sizeof time, "2024-01-%02zuT%02zu:00:00Z", 1 + hour / 24, hour % 24);
    if (kind == 0)
        snprintf(data, sizeof data, "\"order\":\"A%zu\",\"parcels\":%zu,\"payment\":\"%s\"", order,
                 1 + i % 2, i % 3 == 0 ? "cod" : "prepaid");
    else if (kind == 2)
        snprintf(data, sizeof data,
                 "\"order\":\"A%zu\",\"promised_at\":\"2024-01-%02zuT12:00:00Z\"", order,
                 2 + i % 5);
    else if (kind == 6)
        snprintf(data, sizeof data, "\"source\":\"oms\",\"id\":\"e%zu\"", i * 13 % SHUFFLED);
    else if (kind == 3 || kind == 7)
        snprintf(data, sizeof data, "\"order\":\"A%zu\",\"parcel\":\"P%zu\"", order, i % 3);
    else
        snprintf(data, sizeof data, "\"order\":\"A%zu\"", order);
    return one_event(store, id, types[kind], time, data);
}

/* Rows of a table that only one of the two stores has. */
static int64_t differing(const char *table, const char *columns, const char *a, const char *b)
{
    return count_of("with a as (select %s from %s where store_id = '%s'),"
                    " b as (select %s from %s where store_id = '%s')"
                    " select count(*) from"
                    " ((select * from a except all select * from b) union all"
                    " (select * from b except all select * from a)) d",
                    columns, table, a, columns, table, b);
}

static void assert_same_books(const char *a, const char *b)
{
    assert_true(rows("orders", a) > 0);
    assert_int_equal(
        differing("orders",
                  "order_id, t0, promise_at, deliver_by, last_at, wait_collected, wait_delivered, "
                  "wait_shipped, retracted, facts",
                  a, b),
        0);
    assert_int_equal(differing("retractions", "source, event_id, retracted_at", a, b), 0);
    assert_int_equal(
        differing("event_keys", "source, event_id, occurred_at, entity, subject_id", a, b), 0);
    /* a row of zeros is as good as none */
    assert_int_equal(
        differing("(select * from waiting where open <> 0) w", "day, series, hour, open", a, b), 0);
    assert_int_equal(
        differing("(select * from tallies where 0 <> any (counts)) t", "day, counts", a, b), 0);
}

/* The same set, in another order each time, in groups of another size, some of it twice: the same
 * books. */
static void test_writer__any_order_of_arrival__gives_the_same_books(void **state)
{
    (void)state;
    add_store("order0");
    struct submission *submissions[SHUFFLED];
    for (size_t i = 0; i < SHUFFLED; i++)
        submissions[i] = event_of_set("order0", i);
    commit_together(submissions, SHUFFLED);
    free_all(submissions, SHUFFLED);
    assert_true(rows("retractions", "order0") > 0);
    assert_true(tally("order0", "orders", false) > 0);

    uint64_t random = 88172645463325252u;
    for (int round = 1; round <= 6; round++) {
        char store[16];
        snprintf(store, sizeof store, "order%d", round);
        add_store(store);
        size_t at[SHUFFLED];
        for (size_t i = 0; i < SHUFFLED; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            size_t k = (size_t)(random >> 33) % (i + 1);
            at[i] = at[k];
            at[k] = i;
        }
        size_t group = (size_t)1 << (2 * round % 9);
        if (group < 16)
            group = 16 + (size_t)round;
        for (size_t i = 0; i < SHUFFLED; i += group) {
            size_t count = 0;
            for (; count < group && i + count < SHUFFLED; count++)
                submissions[count] = event_of_set(store, at[i + count]);
            commit_together(submissions, count);
            free_all(submissions, count);
            if (round % 2 == 0)
                commit_one(event_of_set(store, at[i])); /* a repeat */
        }
        print_message("%s, groups of %zu\n", store, group);
        assert_same_books("order0", store);
    }
}

/* Two writers as two processes would be, with one store's events between them. */
static void test_writer__two_at_once__share_a_store_without_loss(void **state)
{
    (void)state;
    add_store("shared");
    struct queue *queues[2] = {queue_new(10000, SIZE_MAX), queue_new(10000, SIZE_MAX)};
    struct writer *writers[2] = {start_writer(queues[0]), start_writer(queues[1])};
    struct submission *submissions[2 * SHUFFLED];
    bench.answers = 0;
    for (size_t i = 0; i < SHUFFLED;
         i++) { /* everything to one, every third to the other as well */
        submissions[i] = event_of_set("shared", i);
        assert_true(queue_push(queues[i % 2], submissions[i], NULL));
        submissions[SHUFFLED + i] = i % 3 == 0 ? event_of_set("shared", i) : NULL;
        if (submissions[SHUFFLED + i] != NULL)
            assert_true(queue_push(queues[(i + 1) % 2], submissions[SHUFFLED + i], NULL));
    }
    writer_stop(writers[0]);
    writer_stop(writers[1]);
    size_t accepted = 0;
    for (size_t i = 0; i < 2 * SHUFFLED; i++) {
        if (submissions[i] == NULL)
            continue;
        assert_int_equal(submissions[i]->err, ERR_OK);
        accepted += submissions[i]->entries[0].outcome == OUTCOME_ACCEPTED;
    }
    assert_int_equal(accepted, SHUFFLED); /* the others were duplicates */
    free_all(submissions, 2 * SHUFFLED);
    queue_free(queues[0]);
    queue_free(queues[1]);
    assert_same_books("order0", "shared");
}

/* Another process holds the store's lock and changes its order: the writer waits for the lock
 * first, and reads the order only then. */
static void test_writer__store_locked_elsewhere__waits_and_then_reads(void **state)
{
    (void)state;
    add_store("held");
    struct queue *queue = queue_new(100, SIZE_MAX);
    struct submission *mine = collected("held", "c1", "A1"), *theirs = placed("held", "p1", "A1");
    struct group_item item = {&theirs->entries[0], theirs};
    const char *stores[] = {"held"};
    struct db *other = NULL;
    assert_int_equal(db_connect(bench.url, "other", &other), ERR_OK);
    assert_int_equal(db_begin(other, DB_READ_COMMITTED), ERR_OK);
    assert_int_equal(stores_lock(other, stores, 1), ERR_OK);
    assert_true(queue_push(queue, mine, NULL));
    bench.answers = 0;
    struct writer *writer = start_writer(queue);
    wait_until_writer_waits();
    assert_int_equal(group_apply(bench.rules, other, GROUP_CONTINUES, &item, 1), ERR_OK);
    assert_int_equal(db_commit(other), ERR_OK);
    db_close(other);
    writer_stop(writer);
    queue_free(queue);
    assert_int_equal(mine->err, ERR_OK);
    submission_free(mine);
    submission_free(theirs);
    assert_int_equal(rows("orders", "held"), 1);
    assert_int_equal(tally("held", "within collected hours 48", true), 1);
}

/* --- the proof itself ---------------------------------------------------------------------------
 */

/* That verify is clean after each test says something only if it sees what is wrong. */
static void test_verify__changed_books__are_seen(void **state)
{
    (void)state;
    add_store("wrong");
    commit_one(placed("wrong", "e1", "A1"));
    static const char *const changes[][2] = {
        {"update tallies set counts[1] = counts[1] + 1 where store_id = 'wrong'",
         "update tallies set counts[1] = counts[1] - 1 where store_id = 'wrong'"},
        {"update waiting set open = open + 1 where store_id = 'wrong' and series = 0",
         "update waiting set open = open - 1 where store_id = 'wrong' and series = 0"},
        {"update orders set wait_collected = false where store_id = 'wrong'",
         "update orders set wait_collected = true where store_id = 'wrong'"},
        {"update event_keys set subject_id = 'A2' where store_id = 'wrong'",
         "update event_keys set subject_id = 'A1' where store_id = 'wrong'"},
    };
    for (size_t i = 0; i < LENGTH(changes); i++) {
        pg_run(bench.db, changes[i][0]);
        assert_true(verified().differences > 0);
        pg_run(bench.db, changes[i][1]);
        assert_int_equal(verified().differences, 0);
    }
}

/* --- set-up --------------------------------------------------------------------------------------
 */

static int set_up(void **state)
{
    if (pg_fixture_setup(&bench.fixture) != 0)
        return -1;
    const struct pg_fixture *fixture = bench.fixture;
    bench.db = fixture->db;
    bench.url = fixture->url;
    bench.rules = rules_new();
    *state = &bench;
    for (size_t i = 0; bench.rules != NULL && i < asset_count; i++) {
        struct faults faults = {.count = 0};
        int32_t version = 0;
        bool is_new = false;
        if (strcmp(assets[i].name, "policies/jd.json") == 0 &&
            policy_store(bench.db, "jd", assets[i].text, strlen(assets[i].text), true,
                         received_at(), &version, &is_new, &faults) == ERR_OK)
            return 0;
    }
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    rules_free(bench.rules);
    return pg_fixture_teardown(&bench.fixture);
}

static int prove(void **state)
{
    (void)state;
    struct verify_totals totals = verified();
    return totals.differences == 0 ? 0 : -1;
}

#define unit(test) cmocka_unit_test_teardown(test, prove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_writer__many_submissions__are_one_transaction),
        unit(test_writer__more_than_a_group__all_of_it_is_committed),
        unit(test_writer__commit__is_told_before_the_answer),
        unit(test_writer__one_identity_several_times__the_first_body_holds),
        unit(test_writer__identity__is_store_source_and_id),
        unit(test_writer__types__accepted_ignored_and_kept),
        unit(test_writer__retraction_and_target__any_order_gives_the_same),
        unit(test_writer__retracted_order__leaves_every_count),
        unit(test_writer__several_retractions__the_earliest_counts),
        unit(test_writer__unknown_store__is_rejected_beside_good_ones),
        unit(test_writer__rejected_by_the_decoder__is_kept_in_quarantine),
        unit(test_writer__refused_by_the_database__its_neighbours_stay),
        unit(test_writer__refused_event__with_its_repeat_and_its_retraction),
        unit(test_writer__refused_by_the_quarantine_too__stays_rejected),
        unit(test_writer__dry_run__has_outcomes_and_stores_nothing),
        unit(test_writer__connection_lost_between_groups__goes_on),
        unit(test_writer__connection_lost_within_a_group__is_committed_once),
        unit(test_writer_start__no_database__is_an_error),
        unit(test_writer__any_order_of_arrival__gives_the_same_books),
        unit(test_writer__two_at_once__share_a_store_without_loss),
        unit(test_writer__store_locked_elsewhere__waits_and_then_reads),
        unit(test_verify__changed_books__are_seen),
    };
    return cmocka_run_group_tests_name("ingest/writer", tests, set_up, tear_down);
}
