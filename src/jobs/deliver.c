/* One thread: claims what is due, sends it, and writes down what became of it. A claim is a lease:
 * it moves the time of the next attempt on, in a transaction of its own, before anything is sent.
 * So nothing is locked while a receiver thinks, and what a process held when it died is due again
 * when the lease is over. */
#include "jobs/deliver.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cond.h"
#include "base/digest.h"
#include "base/log.h"
#include "client/sender.h"
#include "client/url.h"
#include "db/pool.h"
#include "db/query.h"
#include "domain/retry.h"
#include "jobs/outbox.h"
#include "jobs/webhook.h"

#define SLOTS 64 /* requests under way in this process */
#define EACH 4   /* of these to one subscription that answers; 1 to others */
/* Of the slots for subscriptions that do not answer: however many hang, those that answer have the
 * others to themselves. */
#define SILENT 32
#define CONNECT_MS 5000
#define TOTAL_MS 15000
#define LEASE_US (60 * US_PER_SECOND) /* longer than a request can take */
#define TICK_MS 1000                  /* how often it is asked what is due */
#define STOP_MS 2000                  /* for what is under way when the end is asked for */
#define END_MS 4000                   /* then its statement is ended */
#define BODY_MAX (128 * 1024)
#define ERROR_SIZE 320

struct slot {
    enum { FREE, SENDING, ANSWERED } state;
    struct delivery_key key;
    char url[URL_MAX_BYTES + 1];
    struct instant until; /* the lease's end */
    int64_t attempt;
    bool answers; /* the subscription did when this was claimed */
    struct reply reply;
};

struct deliver_job {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t finished_changed;
    bool finished; /* under the mutex */
    atomic_bool stop;
    struct db *db;
    struct sender *sender;
    unsigned backoff_divisor;
    struct slot slots[SLOTS];
    bool more;      /* the last question found something: ask again when there is room */
    int64_t ask_ms; /* monotonic time of the next question at the latest */
    struct log_limit log_limit;
};

static void tell(struct deliver_job *job, const char *what, enum err err)
{
    if (!atomic_load(&job->stop) && log_limit_allows(&job->log_limit))
        log_line(LOG_WARN, "deliveries are held up", "%s: %s %s", what, err_name(err),
                 db_error(job->db));
}

/* --- sending --- */

/* webhook-signature: with the secret, and with the one before while that is valid. */
static enum err put_signature(const struct attempt *attempt, int64_t timestamp_s,
                              const struct buf *body, struct buf *out)
{
    char text[WEBHOOK_SIGNATURE_SIZE];
    enum err err = webhook_sign(attempt->secret, attempt->secret_len, attempt->id, timestamp_s,
                                body->data, body->len, text);
    buf_printf(out, "webhook-signature: %s", err == ERR_OK ? text : "");
    if (err != ERR_OK || attempt->old_secret == NULL)
        return err;
    err = webhook_sign(attempt->old_secret, attempt->old_secret_len, attempt->id, timestamp_s,
                       body->data, body->len, text);
    buf_printf(out, " %s", err == ERR_OK ? text : "");
    return err;
}

static enum err send_attempt(struct deliver_job *job, const struct attempt *attempt,
                             struct instant now, struct slot *slot)
{
    AUTO_BUF struct buf body;
    AUTO_BUF struct buf signature;
    char id[64], timestamp[64];
    int64_t timestamp_s = now.us / US_PER_SECOND;
    buf_init(&body, BODY_MAX);
    buf_init(&signature, 4 * WEBHOOK_SIGNATURE_SIZE);
    webhook_body(slot->key.store, &attempt->notification, &body);
    snprintf(id, sizeof id, "webhook-id: %s", attempt->id);
    snprintf(timestamp, sizeof timestamp, "webhook-timestamp: %" PRId64, timestamp_s);
    enum err err = buf_status(&body);
    if (err == ERR_OK)
        err = put_signature(attempt, timestamp_s, &body, &signature);
    if (err == ERR_OK)
        err = buf_status(&signature);
    if (err != ERR_OK)
        return err;
    const struct post post = {
        .url = attempt->url,
        .headers = {id, timestamp, signature.data},
        .body = body.data,
        .body_len = body.len,
    };
    return sender_post(job->sender, &post, slot);
}

/* --- claiming --- */

static struct slot *free_slot(struct deliver_job *job)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (job->slots[i].state == FREE)
            return &job->slots[i];
    return NULL;
}

static size_t count_free(const struct deliver_job *job)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        count += job->slots[i].state == FREE;
    return count;
}

static int count_of(const struct deliver_job *job, const char *subscription)
{
    int count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        count += job->slots[i].state != FREE &&
                 strcmp(job->slots[i].key.subscription, subscription) == 0;
    return count;
}

static int32_t count_silent(const struct deliver_job *job)
{
    int32_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        count += job->slots[i].state != FREE && !job->slots[i].answers;
    return count;
}

static int most_of(bool answers)
{
    return answers ? EACH : 1;
}

/* The subscriptions that take no more now; the pointers stand in the slots. */
static size_t busy_ones(const struct deliver_job *job, const char *busy[static SLOTS])
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const char *subscription = job->slots[i].key.subscription;
        if (job->slots[i].state != FREE &&
            count_of(job, subscription) >= most_of(job->slots[i].answers))
            busy[count++] = subscription;
    }
    return count;
}

/* Claims in one round trip what there is room for; ret_rows[i]: the row of the i-th claim. */
static enum err claim(struct deliver_job *job, const struct db_result *due, struct instant now,
                      struct instant until, struct db_result **ret_claimed, int *ret_rows,
                      size_t *ret_count)
{
    size_t count = 0, room = count_free(job);
    for (int row = 0; row < db_rows(due) && count < room; row++) {
        const char *subscription = db_text(due, row, 2);
        int taken = count_of(job, subscription);
        for (size_t i = 0; i < count; i++)
            taken += strcmp(db_text(due, ret_rows[i], 2), subscription) == 0;
        if (taken >= most_of(db_bool(due, row, 4)))
            continue;
        enum err err = outbox_claim(job->db, due, row, now, until);
        if (err != ERR_OK) {
            db_pipeline_clear(job->db);
            return err;
        }
        ret_rows[count++] = row;
    }
    *ret_count = count;
    return db_pipeline_run(job->db, ret_claimed);
}

static void begin(struct deliver_job *job, const struct db_result *due, int row,
                  const struct db_result *claimed, struct instant now, struct instant until)
{
    struct attempt attempt;
    struct slot *slot = free_slot(job);
    if (slot == NULL || !outbox_attempt(claimed, &attempt))
        return;
    *slot = (struct slot){.state = SENDING,
                          .until = until,
                          .attempt = attempt.number,
                          .answers = db_bool(due, row, 4)};
    snprintf(slot->key.store, sizeof slot->key.store, "%s", db_text(due, row, 0));
    slot->key.seq = db_int(due, row, 1);
    snprintf(slot->key.subscription, sizeof slot->key.subscription, "%s", db_text(due, row, 2));
    snprintf(slot->url, sizeof slot->url, "%s", attempt.url);
    enum err err = send_attempt(job, &attempt, now, slot);
    if (err == ERR_OK)
        return;
    tell(job, "sending", err); /* due again when the lease is over */
    slot->state = FREE;
}

static enum err take_due(struct deliver_job *job)
{
    const char *busy[SLOTS];
    struct db_result *due = NULL, *claimed[SLOTS] = {NULL};
    int rows[SLOTS];
    size_t count = 0;
    struct instant now = clock_now(), until = {now.us + LEASE_US};
    const struct outbox_room room = {
        .each = EACH,
        .all = (int32_t)count_free(job),
        .silent = count_silent(job) < SILENT ? SILENT - count_silent(job) : 0,
        .busy = busy,
        .busy_count = busy_ones(job, busy),
    };
    enum err err = outbox_due(job->db, now, &room, &due);
    if (err == ERR_OK)
        err = claim(job, due, now, until, claimed, rows, &count);
    job->more = err == ERR_OK && count > 0;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        begin(job, due, rows[i], claimed[i], now, until);
        db_result_free(claimed[i]);
    }
    db_result_free(due);
    return err;
}

static void ask(struct deliver_job *job)
{
    job->ask_ms = clock_monotonic_ms() + TICK_MS;
    enum err err = db_reconnect(job->db);
    if (err == ERR_OK)
        err = take_due(job);
    if (err != ERR_OK && err != ERR_TRANSIENT)
        tell(job, "the database", err);
}

/* --- what became of it --- */

static void on_reply(void *arg, void *tag, const struct reply *reply)
{
    (void)arg;
    struct slot *slot = tag;
    slot->reply = *reply;
    slot->state = ANSWERED;
}

static uint32_t any_number(void)
{
    uint32_t number = 0;
    return random_bytes(&number, sizeof number) == ERR_OK ? number : 0;
}

static void describe(const struct reply *reply, char error[static ERROR_SIZE])
{
    if (reply->status == 0)
        snprintf(error, ERROR_SIZE, "%s", reply->text);
    else if (reply->status / 100 == 3)
        snprintf(error, ERROR_SIZE, "answered %d: redirects are not followed", reply->status);
    else
        snprintf(error, ERROR_SIZE, "answered %d%s%s", reply->status,
                 reply->text[0] == '\0' ? "" : ": ", reply->text);
}

/* What the receiver asks for, for all of its subscription. An address that the subscription has
 * left since asks for nothing: its answer is a failure like any other. */
static enum err heed(struct deliver_job *job, const struct slot *slot, struct instant now,
                     bool *ret_gone, int64_t *ret_after_s)
{
    const struct reply *reply = &slot->reply;
    const struct receiver receiver = {slot->key.subscription, slot->url};
    bool holds = false;
    enum err err = ERR_OK;
    *ret_gone = false;
    *ret_after_s = -1;
    if (reply->status == 410) {
        err = outbox_gone(job->db, &receiver, "The receiver answered 410 Gone.", &holds);
        *ret_gone = holds;
    } else if ((reply->status == 429 || reply->status == 503) && reply->retry_after_s > 0) {
        int64_t after_s = retry_after_capped_s(reply->retry_after_s);
        struct instant until = {now.us + after_s * US_PER_SECOND};
        err = outbox_rest(job->db, &receiver, until, &holds);
        *ret_after_s = holds ? after_s : -1;
    }
    return err;
}

static enum err write_failure(struct deliver_job *job, const struct slot *slot, struct instant now)
{
    char error[ERROR_SIZE];
    struct failure failure = {.status = slot->reply.status, .error = error, .next = INSTANT_NEVER};
    bool gone;
    int64_t after_s, delay_us;
    describe(&slot->reply, error);
    enum err err = heed(job, slot, now, &gone, &after_s);
    if (err != ERR_OK)
        return err;
    if (!gone &&
        retry_delay_after_us(slot->attempt, any_number(), job->backoff_divisor, after_s, &delay_us))
        failure.next = (struct instant){now.us + delay_us};
    bool given_up = instant_is_never(failure.next);
    log_line(given_up ? LOG_WARN : LOG_INFO,
             given_up ? "a delivery was given up" : "a delivery failed",
             "subscription=%s attempt=%lld status=%d", slot->key.subscription,
             (long long)slot->attempt, failure.status);
    return outbox_failed(job->db, &slot->key, slot->until, now, &failure);
}

static enum err write_outcome(struct deliver_job *job, const struct slot *slot)
{
    struct instant now = clock_now();
    const struct receiver receiver = {slot->key.subscription, slot->url};
    bool answered = slot->reply.status != 0;
    enum err err = ERR_OK;
    if (answered != slot->answers)
        err = outbox_answers(job->db, &receiver, answered);
    if (err != ERR_OK)
        return err;
    if (slot->reply.status / 100 == 2)
        return outbox_delivered(job->db, &slot->key, now, slot->reply.status);
    return write_failure(job, slot, now);
}

/* false: the database cannot be reached; what is answered is kept and written later. */
static bool write_outcomes(struct deliver_job *job)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &job->slots[i];
        if (slot->state != ANSWERED)
            continue;
        enum err err = db_reconnect(job->db);
        if (err == ERR_OK)
            err = write_outcome(job, slot);
        if (err != ERR_OK)
            tell(job, "an outcome", err);
        if (err == ERR_TRANSIENT || err == ERR_UNAVAILABLE || err == ERR_NOMEM)
            return false;
        slot->state = FREE; /* after a refusal it is due again when the lease is over */
    }
    return true;
}

/* --- the thread --- */

static bool is_sending(const struct deliver_job *job)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (job->slots[i].state == SENDING)
            return true;
    return false;
}

/* What could not be ended is given back, so that the next process need not wait for the lease. */
static void give_back(struct deliver_job *job)
{
    struct instant now = clock_now();
    const struct failure failure = {.error = "the service stopped", .next = now};
    for (size_t i = 0; i < SLOTS; i++) {
        const struct slot *slot = &job->slots[i];
        if (slot->state == SENDING &&
            outbox_failed(job->db, &slot->key, slot->until, now, &failure) != ERR_OK)
            return;
    }
}

static void drain(struct deliver_job *job)
{
    int64_t until_ms = clock_monotonic_ms() + STOP_MS;
    bool reached = write_outcomes(job);
    while (reached && is_sending(job) && clock_monotonic_ms() < until_ms) {
        sender_run(job->sender, 50, on_reply, job);
        reached = write_outcomes(job);
    }
    if (reached)
        give_back(job);
}

static void *run(void *arg)
{
    struct deliver_job *job = arg;
    while (!atomic_load(&job->stop)) {
        bool reached = write_outcomes(job);
        int64_t now_ms = clock_monotonic_ms();
        if (reached && (job->more || now_ms >= job->ask_ms) && count_free(job) > 0)
            ask(job);
        int64_t wait_ms = job->ask_ms - clock_monotonic_ms();
        if (wait_ms < 0) /* no room, or no database */
            wait_ms = TICK_MS;
        sender_run(job->sender, (int)wait_ms, on_reply, job);
    }
    drain(job);
    pthread_mutex_lock(&job->mutex);
    job->finished = true;
    pthread_cond_signal(&job->finished_changed);
    pthread_mutex_unlock(&job->mutex);
    return NULL;
}

static void job_free(struct deliver_job *job)
{
    sender_free(job->sender);
    db_close(job->db);
    pthread_cond_destroy(&job->finished_changed);
    pthread_mutex_destroy(&job->mutex);
    free(job);
}

enum err deliver_job_start(const struct deliver_config *config, struct deliver_job **ret_job)
{
    struct deliver_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    const struct sender_config sender_config = {
        .private_allowed = config->private_allowed,
        .user_agent = "windvane/" WINDVANE_VERSION,
        .connect_ms = CONNECT_MS,
        .total_ms = TOTAL_MS,
    };
    job->backoff_divisor = config->backoff_divisor;
    cond_init_monotonic(&job->finished_changed);
    pthread_mutex_init(&job->mutex, NULL);
    enum err err = sender_new(&sender_config, &job->sender);
    if (err == ERR_OK)
        err = db_connect(config->database_url, "windvane deliveries", &job->db);
    if (err == ERR_OK && pthread_create(&job->thread, NULL, run, job) != 0)
        err = ERR_INTERNAL;
    if (err != ERR_OK) {
        job_free(job);
        return err;
    }
    *ret_job = job;
    return ERR_OK;
}

void deliver_job_stop(struct deliver_job *job)
{
    if (job == NULL)
        return;
    atomic_store(&job->stop, true);
    sender_wake(job->sender);
    int64_t until_ms = clock_monotonic_ms() + END_MS;
    pthread_mutex_lock(&job->mutex);
    bool in_time = true;
    while (!job->finished && in_time)
        in_time = cond_wait_until_ms(&job->finished_changed, &job->mutex, until_ms);
    pthread_mutex_unlock(&job->mutex);
    db_end(job->db);
    pthread_join(job->thread, NULL);
    job_free(job);
}
