#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/log.h"
#include "db/pool.h"

#define ADMIN_KEY_MIN 24
#define SECRET_MAX 4096

static void complain(bool *ok, const char *name, const char *why)
{
    fprintf(stderr, "windvane: %s: %s\n", name, why);
    *ok = false;
}

/* An unset variable and an empty one are the same. */
static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static unsigned read_number(bool *ok, const char *name, int64_t min, int64_t max, int64_t unset)
{
    const char *text = setting(name);
    int64_t value = unset;
    char why[64];
    if (text != NULL && int_parse(text, strlen(text), min, max, &value) != ERR_OK) {
        snprintf(why, sizeof why, "a whole number from %lld to %lld is needed", (long long)min,
                 (long long)max);
        complain(ok, name, why);
        value = unset;
    }
    return (unsigned)value;
}

static void read_database(bool *ok, struct config *config)
{
    const char *url = setting("WINDVANE_DATABASE_URL"), *why = NULL;
    if (url == NULL) {
        complain(ok, "WINDVANE_DATABASE_URL",
                 "is needed: a libpq URI such as postgresql:///windvane");
        return;
    }
    if (db_url_check(url, &why) != ERR_OK)
        complain(ok, "WINDVANE_DATABASE_URL", why);
    config->database_url = strdup(url);
}

/* host:port with a numeric host; IPv6 in brackets. */
static void read_listen(bool *ok, struct config *config)
{
    const char *text = setting("WINDVANE_LISTEN");
    if (text == NULL)
        text = "127.0.0.1:8080";
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    unsigned char address[sizeof(struct in6_addr)];
    if (colon != NULL && len > 0 && len < sizeof config->host) {
        memcpy(config->host, text, len);
        config->host[len] = '\0';
    }
    if (config->host[0] == '\0' ||
        int_parse(colon + 1, strlen(colon + 1), 0, 65535, &port) != ERR_OK ||
        (inet_pton(AF_INET, config->host, address) != 1 &&
         inet_pton(AF_INET6, config->host, address) != 1))
        complain(ok, "WINDVANE_LISTEN",
                 "host:port is needed, the host as a number: 127.0.0.1:8080 or [::1]:8080");
    config->port = (int)port;
}

static char *read_secret_file(bool *ok, const char *name, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        complain(ok, name, strerror(errno));
        return NULL;
    }
    char text[SECRET_MAX];
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    text[len] = '\0';
    return strdup(text);
}

static void read_admin_key(bool *ok, struct config *config)
{
    const char *key = setting("WINDVANE_ADMIN_KEY"), *path = setting("WINDVANE_ADMIN_KEY_FILE");
    if (key != NULL && path != NULL)
        complain(ok, "WINDVANE_ADMIN_KEY",
                 "is set beside WINDVANE_ADMIN_KEY_FILE: set one of them");
    if (path != NULL)
        config->admin_key = read_secret_file(ok, "WINDVANE_ADMIN_KEY_FILE", path);
    else if (key != NULL)
        config->admin_key = strdup(key);
    if (config->admin_key != NULL && strlen(config->admin_key) < ADMIN_KEY_MIN)
        complain(ok, path != NULL ? "WINDVANE_ADMIN_KEY_FILE" : "WINDVANE_ADMIN_KEY",
                 "at least 24 characters are needed");
}

static void read_clock(bool *ok, struct config *config)
{
    const char *text = setting("WINDVANE_CLOCK_START"), *why = NULL;
    if (text == NULL)
        return;
    if (instant_parse(text, strlen(text), &config->clock_start, &why) != ERR_OK)
        complain(ok, "WINDVANE_CLOCK_START", why);
    else
        config->has_clock_start = true;
}

static void read_webhook_private(bool *ok, struct config *config)
{
    const char *text = setting("WINDVANE_WEBHOOK_PRIVATE");
    if (text == NULL || strcmp(text, "refuse") == 0)
        return;
    if (strcmp(text, "allow") == 0)
        config->private_webhooks = true;
    else
        complain(ok, "WINDVANE_WEBHOOK_PRIVATE", "refuse or allow");
}

static void read_log_level(bool *ok)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    const char *text = setting("WINDVANE_LOG_LEVEL");
    if (text == NULL)
        return;
    for (int i = 0; i < 4; i++)
        if (strcmp(text, names[i]) == 0) {
            log_set_level((enum log_level)i);
            return;
        }
    complain(ok, "WINDVANE_LOG_LEVEL", "debug, info, warn or error");
}

bool config_load(unsigned needs, struct config *ret_config)
{
    bool ok = true;
    struct config config = {.database_url = NULL};
    read_log_level(&ok);
    read_clock(&ok, &config);
    if (needs & NEED_DATABASE)
        read_database(&ok, &config);
    if (needs & NEED_SERVER) {
        read_listen(&ok, &config);
        read_admin_key(&ok, &config);
        config.http_threads = read_number(&ok, "WINDVANE_HTTP_THREADS", 1, 64, 2);
        config.workers = read_number(&ok, "WINDVANE_WORKERS", 1, 128, 6);
        config.slow_workers = read_number(&ok, "WINDVANE_SLOW_WORKERS", 1, 32, 2);
        config.queue_max = read_number(&ok, "WINDVANE_QUEUE_MAX", 1, 65536, 1024);
        config.max_connections = read_number(&ok, "WINDVANE_MAX_CONNECTIONS", 8, 65536, 1024);
        config.request_timeout_s = read_number(&ok, "WINDVANE_REQUEST_TIMEOUT_S", 1, 3600, 30);
        config.sse_max = read_number(&ok, "WINDVANE_SSE_MAX", 1, 65536, 512);
        config.sse_per_key = read_number(&ok, "WINDVANE_SSE_PER_KEY", 1, 65536, 128);
        config.sse_keepalive_s = read_number(&ok, "WINDVANE_SSE_KEEPALIVE_S", 1, 3600, 15);
        read_webhook_private(&ok, &config);
        config.backoff_divisor =
            read_number(&ok, "WINDVANE_WEBHOOK_BACKOFF_DIVISOR", 1, 1000000, 1);
    }
    if (config.has_clock_start)
        clock_start_at(config.clock_start);
    if (!ok)
        config_done(&config);
    else
        *ret_config = config;
    return ok;
}

void config_done(struct config *config)
{
    free(config->database_url);
    if (config->admin_key != NULL)
        explicit_bzero(config->admin_key, strlen(config->admin_key));
    free(config->admin_key);
    *config = (struct config){.database_url = NULL};
}
