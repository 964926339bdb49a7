/* The command line of `windvane simulate`. */
#include "simulate/simulate.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/utf8.h"
#include "simulate/post.h"
#include "simulate/sales.h"
#include "simulate/stream.h"
#include "simulate/world.h"

#define EXIT_USAGE 2
#define STORE_MAX_BYTES 200
#define DAYS_MAX 3660
#define CHUNK_BYTES ((size_t)64 * 1024)

static const char help[] =
    "Usage: windvane simulate [OPTION...]\n"
    "Writes the events of a believable store in Asia/Shanghai as NDJSON, or posts them: orders,\n"
    "reviews, chats, after-sales tickets, disputes. The same options make the same bytes; a later\n"
    "--until repeats the same orders and goes on from there.\n"
    "\n"
    "  --store ID            store that the events name (demo)\n"
    "  --seed N              which world (1)\n"
    "  --until INSTANT       nothing later, RFC 3339 (now)\n"
    "  --days N              store-days, the one of --until included (35)\n"
    "  --orders-per-day N    mean of ordinary days (420)\n"
    "  --profile NAME        demo: a sale that is a backlog at the end, mild and warned from\n"
    "                        200 orders a day on; calm: none (demo)\n"
    "  --output FILE         file to write, - is standard output (-)\n"
    "  --post URL            post to URL/v1/events instead\n"
    "  --key KEY             key for --post (WINDVANE_ADMIN_KEY, or the content of\n"
    "                        WINDVANE_ADMIN_KEY_FILE)\n"
    "  --help                this text\n";

struct command {
    struct stream_options stream;
    const char *output;
    const char *url;
    const char *key;
    bool calm; /* no sales */
    bool help;
};

enum option_code {
    OPTION_STORE = 256, /* beyond every character */
    OPTION_SEED,
    OPTION_UNTIL,
    OPTION_DAYS,
    OPTION_ORDERS,
    OPTION_PROFILE,
    OPTION_OUTPUT,
    OPTION_POST,
    OPTION_KEY,
    OPTION_HELP,
};

static const struct option options[] = {
    {"store", required_argument, NULL, OPTION_STORE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"days", required_argument, NULL, OPTION_DAYS},
    {"orders-per-day", required_argument, NULL, OPTION_ORDERS},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"post", required_argument, NULL, OPTION_POST},
    {"key", required_argument, NULL, OPTION_KEY},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    return int_parse(text, strlen(text), min, max, ret_value) == ERR_OK;
}

static bool read_store(const char *text, const char **ret_store)
{
    size_t len = strlen(text);

    if (len == 0 || len > STORE_MAX_BYTES || !utf8_valid(text, len))
        return false;
    *ret_store = text;
    return true;
}

static bool read_profile(const char *text, bool *ret_calm)
{
    if (strcmp(text, "demo") == 0)
        *ret_calm = false;
    else if (strcmp(text, "calm") == 0)
        *ret_calm = true;
    else
        return false;
    return true;
}

static bool read_option(struct command *command, int code, const char *text)
{
    struct stream_options *stream = &command->stream;
    int64_t number = 0;
    bool good = true;

    switch (code) {
    case OPTION_STORE:
        return read_store(text, &stream->store);
    case OPTION_SEED:
        good = read_number(text, 0, INT64_MAX, &number);
        stream->seed = (uint64_t)number;
        return good;
    case OPTION_UNTIL:
        return instant_parse(text, strlen(text), &stream->until, NULL) == ERR_OK;
    case OPTION_DAYS:
        good = read_number(text, 1, DAYS_MAX, &number);
        stream->days = (int32_t)number;
        return good;
    case OPTION_ORDERS:
        return read_number(text, 1, ORDERS_PER_DAY_MAX, &stream->orders_per_day);
    case OPTION_PROFILE:
        return read_profile(text, &command->calm);
    case OPTION_OUTPUT:
        command->output = text;
        return true;
    case OPTION_POST:
        command->url = text;
        return true;
    case OPTION_KEY:
        command->key = text;
        return true;
    case OPTION_HELP:
        command->help = true;
        return true;
    default:
        return false;
    }
}

/* False after saying what is wrong. */
static bool read_command_line(struct command *command, int argc, char **argv)
{
    int index = 0;
    int code;

    optind = 1;
    while ((code = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (code == '?')
            return false;
        if (!read_option(command, code, optarg)) {
            fprintf(stderr, "simulate: --%s cannot be '%s'\n", options[index].name, optarg);
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "simulate: '%s' is no option\n", argv[optind]);
        return false;
    }
    if (command->url != NULL && strcmp(command->output, "-") != 0) {
        fputs("simulate: --post and --output exclude each other\n", stderr);
        return false;
    }
    return true;
}

static bool write_all(struct stream *stream, FILE *file)
{
    static char chunk[CHUNK_BYTES];
    size_t len = 0;

    do {
        if (stream_read(stream, chunk, sizeof chunk, &len) != ERR_OK) {
            fputs("simulate: out of memory\n", stderr);
            return false;
        }
        if (fwrite(chunk, 1, len, file) != len)
            break;
    } while (len == sizeof chunk);
    return true;
}

static bool write_file(const struct command *command)
{
    bool to_stdout = strcmp(command->output, "-") == 0;
    FILE *file = to_stdout ? stdout : fopen(command->output, "w");
    struct stream stream;
    bool good;

    if (file == NULL) {
        fprintf(stderr, "simulate: %s: %s\n", command->output, strerror(errno));
        return false;
    }
    good = stream_init(&stream, &command->stream) == ERR_OK && write_all(&stream, file);
    stream_done(&stream);
    if (fflush(file) != 0 || ferror(file) || (!to_stdout && fclose(file) != 0)) {
        fprintf(stderr, "simulate: %s: cannot be written\n", command->output);
        return false;
    }
    return good;
}

/* The first line of WINDVANE_ADMIN_KEY_FILE; NULL if there is none. */
static const char *key_of_file(char *line, size_t size)
{
    const char *path = getenv("WINDVANE_ADMIN_KEY_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    char *got;

    if (file == NULL)
        return NULL;
    got = fgets(line, (int)size, file);
    fclose(file);
    if (got == NULL)
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static bool post(const struct command *command)
{
    char line[512];
    const char *key = command->key;

    if (key == NULL)
        key = getenv("WINDVANE_ADMIN_KEY");
    if (key == NULL)
        key = key_of_file(line, sizeof line);
    if (key == NULL) {
        fputs("simulate: --post needs --key, WINDVANE_ADMIN_KEY or WINDVANE_ADMIN_KEY_FILE\n",
              stderr);
        return false;
    }
    return post_stream(&command->stream, command->url, key);
}

int simulate_command(int argc, char **argv)
{
    struct command command = {
        .stream =
            {.store = "demo", .seed = 1, .until = clock_now(), .days = 35, .orders_per_day = 420},
        .output = "-",
    };

    if (!read_command_line(&command, argc, argv)) {
        fputs("Try 'windvane simulate --help'.\n", stderr);
        return EXIT_USAGE;
    }
    if (command.help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (!command.calm)
        command.stream.sales = sales_shown(day_of(command.stream.until.us / US_PER_SECOND));
    return (command.url != NULL ? post(&command) : write_file(&command)) ? EXIT_SUCCESS
                                                                         : EXIT_FAILURE;
}
