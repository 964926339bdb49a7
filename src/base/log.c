#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 8192
#define DETAIL_MAX_BYTES 1024
#define LIMIT_MS (60 * 1000)

static _Atomic int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARN:
        return "warn";
    case LOG_ERROR:
        return "error";
    }
    return "error";
}

/* A detail may quote what somebody else wrote, in whatever encoding. */
static void put_detail(struct jsonw *w, char *detail)
{
    size_t len = strlen(detail);
    if (!utf8_valid(detail, len)) {
        for (size_t i = 0; i < len; i++) {
            if ((unsigned char)detail[i] >= 0x80)
                detail[i] = '?';
        }
    }
    jsonw_string_len(w, "detail", detail, len);
}

void log_line(enum log_level level, const char *message, const char *format, ...)
{
    if ((int)level < atomic_load(&least_level))
        return;
    AUTO_BUF struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    struct jsonw w;
    jsonw_init(&w, &line);
    jsonw_object(&w, NULL);
    jsonw_instant(&w, "ts", clock_now());
    jsonw_string(&w, "level", level_name(level));
    jsonw_string(&w, "msg", message);
    if (format != NULL) {
        char detail[DETAIL_MAX_BYTES];
        va_list args;
        va_start(args, format);
        int len = vsnprintf(detail, sizeof detail, format, args);
        va_end(args);
        if (len >= 0)
            put_detail(&w, detail);
    }
    jsonw_end_object(&w);
    buf_putc(&line, '\n');
    if (buf_failed(&line))
        return;
    /* One write a line, so that the lines of several threads do not mix. A log that cannot be
     * written has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written;
}

bool log_limit_allows(struct log_limit *limit)
{
    int64_t now_ms = clock_monotonic_ms(), next_ms = atomic_load(&limit->next_ms);
    return now_ms >= next_ms &&
           atomic_compare_exchange_strong(&limit->next_ms, &next_ms, now_ms + LIMIT_MS);
}
