#include "client/service.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define SERVICE_URL_MAX 4096
#define KEY_MAX_BYTES 4096
#define CONNECT_TIMEOUT_S 10L
#define GET_TIMEOUT_S 30L

struct body {
    client_more *more;
    void *context;
};

bool client_init(struct client *client, const char *url, const char *key)
{
    size_t len = strlen(url);

    *client = (struct client){0};
    buf_init(&client->base, SERVICE_URL_MAX);
    buf_init(&client->authorization, KEY_MAX_BYTES);
    while (len > 0 && url[len - 1] == '/')
        len--;
    buf_append(&client->base, url, len);
    buf_printf(&client->authorization, "Authorization: Bearer %s", key);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        client->curl = curl_easy_init();
    if (client->curl == NULL || buf_failed(&client->base) || buf_failed(&client->authorization)) {
        fputs("simulate: the URL or the key cannot be used\n", stderr);
        return false;
    }
    return true;
}

void client_done(struct client *client)
{
    curl_easy_cleanup(client->curl);
    curl_global_cleanup();
    buf_done(&client->base);
    buf_done(&client->authorization);
    *client = (struct client){0};
}

static void free_headers(struct curl_slist **headers)
{
    curl_slist_free_all(*headers);
}

/* The list with one header more; NULL, and everything freed, when memory is out. */
static struct curl_slist *with_header(struct curl_slist *headers, const char *header)
{
    struct curl_slist *longer = curl_slist_append(headers, header);

    if (longer == NULL)
        curl_slist_free_all(headers);
    return longer;
}

static size_t ignore_reply(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static size_t keep_reply(char *data, size_t size, size_t count, void *context)
{
    struct buf *reply = context;

    buf_append(reply, data, size * count);
    return buf_failed(reply) ? 0 : size * count;
}

static size_t send_more(char *data, size_t size, size_t count, void *context)
{
    struct body *body = context;
    size_t len = 0;

    return body->more(body->context, data, size * count, &len) ? len : CURL_READFUNC_ABORT;
}

/* Performs what has been set up; the options are gone after it, the connection stays. */
static long perform(struct client *client, const char *url, struct curl_slist *headers)
{
    CURL *curl = client->curl;
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        fprintf(stderr, "simulate: %s: %s\n", url,
                error[0] != '\0' ? error : curl_easy_strerror(code));
    curl_easy_reset(curl);
    return status;
}

static void put_segment(struct client *client, struct buf *url, const char *text)
{
    char *escaped = curl_easy_escape(client->curl, text, 0);

    if (escaped != NULL)
        buf_puts(url, escaped);
    else
        url->no_memory = true;
    curl_free(escaped);
}

static long out_of_memory(void)
{
    fputs("simulate: out of memory\n", stderr);
    return 0;
}

long client_order_status(struct client *client, const char *store, const char *order)
{
    struct curl_slist *headers __attribute__((cleanup(free_headers))) =
        with_header(NULL, buf_text(&client->authorization));
    AUTO_BUF struct buf url = {0};

    buf_init(&url, SERVICE_URL_MAX);
    buf_puts(&url, buf_text(&client->base));
    buf_puts(&url, "/v1/stores/");
    put_segment(client, &url, store);
    buf_puts(&url, "/orders/");
    put_segment(client, &url, order);
    if (headers == NULL || buf_failed(&url))
        return out_of_memory();
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, GET_TIMEOUT_S);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, ignore_reply);
    return perform(client, buf_text(&url), headers);
}

static struct curl_slist *post_headers(const struct client *client)
{
    /* The length is not known; and a body that is streamed needs no question beforehand. */
    const char *const lines[] = {
        "Content-Type: application/x-ndjson",
        "Transfer-Encoding: chunked",
        "Expect:",
        buf_text(&client->authorization),
    };
    struct curl_slist *headers = NULL;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        headers = with_header(headers, lines[i]);
        if (headers == NULL)
            return NULL;
    }
    return headers;
}

long client_post_events(struct client *client, client_more *more, void *context, struct buf *reply)
{
    struct curl_slist *headers __attribute__((cleanup(free_headers))) = post_headers(client);
    struct body body = {more, context};
    AUTO_BUF struct buf url = {0};

    buf_init(&url, SERVICE_URL_MAX);
    buf_puts(&url, buf_text(&client->base));
    buf_puts(&url, "/v1/events");
    if (headers == NULL || buf_failed(&url))
        return out_of_memory();
    curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(client->curl, CURLOPT_READFUNCTION, send_more);
    curl_easy_setopt(client->curl, CURLOPT_READDATA, &body);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, keep_reply);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, reply);
    return perform(client, buf_text(&url), headers);
}
