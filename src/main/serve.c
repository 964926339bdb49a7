/* windvane serve: starts everything in order, waits for SIGTERM or SIGINT, stops everything in
 * reverse. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "api/app.h"
#include "assets.h"
#include "base/log.h"
#include "commands.h"
#include "config.h"
#include "http/server.h"
#include "jobs/deliver.h"
#include "jobs/follow.h"
#include "jobs/housekeeping.h"
#include "jobs/snapshots.h"
#include "jobs/verdicts.h"

static const char help[] =
    "usage: windvane serve\n"
    "\n"
    "Serves the HTTP API until SIGTERM or SIGINT. Settings come from the environment:\n"
    "  WINDVANE_DATABASE_URL        libpq URI (needed)\n"
    "  WINDVANE_LISTEN              host:port, default 127.0.0.1:8080\n"
    "  WINDVANE_ADMIN_KEY           bootstrap key with role admin, at least 24 characters\n"
    "  WINDVANE_ADMIN_KEY_FILE      file that holds it\n"
    "  WINDVANE_CLOCK_START         RFC 3339: the clock starts there (tests and demos)\n"
    "  WINDVANE_HTTP_THREADS        default 2\n"
    "  WINDVANE_WORKERS             threads for readings and settings, default 6\n"
    "  WINDVANE_SLOW_WORKERS        threads for readings of past instants, default 2\n"
    "  WINDVANE_QUEUE_MAX           requests that may wait for a worker, default 1024\n"
    "  WINDVANE_MAX_CONNECTIONS     default 1024\n"
    "  WINDVANE_REQUEST_TIMEOUT_S   for a request to arrive, default 30\n"
    "  WINDVANE_SSE_MAX             streams of notifications at once, default 512\n"
    "  WINDVANE_SSE_PER_KEY         of these for one key, default 128\n"
    "  WINDVANE_SSE_KEEPALIVE_S     silence after which a stream gets a comment, default 15\n"
    "  WINDVANE_WEBHOOK_PRIVATE     allow: webhooks may go to private addresses; default refuse\n"
    "  WINDVANE_WEBHOOK_BACKOFF_DIVISOR\n"
    "                               shortens the waits between attempts (tests), default 1\n"
    "  WINDVANE_LOG_LEVEL           debug, info, warn or error; default info\n";

#define QUEUE_EVENTS 8192
#define QUEUE_BYTES (64 * 1024 * 1024)
#define STREAMS 16
#define GRACE_MS 8000 /* for requests that run when the end is asked for */
#define END_S 10      /* then what they wait for is ended */

static const char *asset(const char *name)
{
    for (size_t i = 0; i < asset_count; i++)
        if (strcmp(assets[i].name, name) == 0)
            return assets[i].text;
    return "";
}

/* Everything that runs; what is NULL has not started. */
struct running {
    struct api *api;
    struct http_server *server;
    struct housekeeping *housekeeping;
    struct snapshot_job *snapshots;
    struct follow_job *follow;
    struct deliver_job *deliver;
    struct verdict_job *verdicts;
};

static enum err start_api(const struct config *config, struct running *running)
{
    struct api_config api_config = {
        .database_url = config->database_url,
        .admin_key = config->admin_key,
        .connections = config->workers + config->slow_workers,
        .queue_bytes = QUEUE_BYTES,
        .queue_events = QUEUE_EVENTS,
        .streams = STREAMS,
        .listeners = config->sse_max,
        .listeners_of_key = config->sse_per_key,
        .keepalive_ms = (int)config->sse_keepalive_s * 1000,
        .private_webhooks = config->private_webhooks,
        .openapi = asset("openapi.yaml"),
    };
    enum err err = api_new(&api_config, &running->api);
    if (err == ERR_OK)
        err = housekeeping_start(config->database_url, &running->housekeeping);
    if (err == ERR_OK)
        err = snapshot_job_start(config->database_url, &running->snapshots);
    if (err == ERR_OK)
        err = verdict_job_start(config->database_url, &running->verdicts);
    if (err == ERR_OK)
        api_on_store_changed(running->api, verdict_job_changed, running->verdicts);
    if (err == ERR_OK)
        err =
            follow_job_start(config->database_url, api_store_moved, running->api, &running->follow);
    const struct deliver_config deliver_config = {
        .database_url = config->database_url,
        .private_allowed = config->private_webhooks,
        .backoff_divisor = config->backoff_divisor,
    };
    if (err == ERR_OK)
        err = deliver_job_start(&deliver_config, &running->deliver);
    if (err == ERR_OK)
        api_on_stores_left(running->api, follow_job_wake, running->follow);
    if (err != ERR_OK)
        fprintf(stderr, "windvane: cannot work with the database: is it there, and migrated?\n");
    return err;
}

static enum err start_server(const struct config *config, struct running *running)
{
    struct http_config http_config = {
        .host = config->host,
        .port = config->port,
        .threads = config->http_threads,
        .workers = config->workers,
        .slow_workers = config->slow_workers,
        .queue_max = config->queue_max,
        .max_connections = config->max_connections,
        .request_timeout_s = config->request_timeout_s,
    };
    enum err err = http_server_start(&http_config, running->api, &running->server);
    if (err != ERR_OK)
        fprintf(stderr, "windvane: cannot listen on %s:%d\n", config->host, config->port);
    return err;
}

/* Ends what hangs when stopping takes too long; cancelled when it does not. */
static void *end_late(void *arg)
{
    sleep(END_S);
    log_line(LOG_WARN, "ending statements", "requests run on after %d s", END_S);
    api_end(arg);
    return NULL;
}

/* In reverse; the server first, so that nobody waits for what is gone. */
static void stop(struct running *running)
{
    if (running->server != NULL) {
        pthread_t late;
        bool watched = pthread_create(&late, NULL, end_late, running->api) == 0;
        api_set_draining(running->api);
        http_server_stop(running->server, GRACE_MS);
        if (watched) {
            pthread_cancel(late);
            pthread_join(late, NULL);
        }
    }
    deliver_job_stop(running->deliver);
    follow_job_stop(running->follow);
    snapshot_job_stop(running->snapshots);
    housekeeping_stop(running->housekeeping);
    api_free(running->api);
    verdict_job_stop(running->verdicts); /* the writer tells it of stores to the last */
}

int serve_command(int argc, char **argv)
{
    if (asks_for_help(argc, argv, help))
        return 0;
    struct config config;
    if (!config_load(NEED_DATABASE | NEED_SERVER, &config))
        return 2;
    sigset_t signals; /* blocked in every thread, taken here */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    struct running running = {.api = NULL};
    enum err err = start_api(&config, &running);
    if (err == ERR_OK)
        err = start_server(&config, &running);
    if (err == ERR_OK) {
        log_line(LOG_INFO, "listening", "%s:%d", config.host, http_server_port(running.server));
        int got = 0;
        sigwait(&signals, &got);
        log_line(LOG_INFO, "stopping", "signal %d", got);
    }
    stop(&running);
    if (err == ERR_OK)
        log_line(LOG_INFO, "stopped", NULL);
    config_done(&config);
    return err == ERR_OK ? 0 : 1;
}
