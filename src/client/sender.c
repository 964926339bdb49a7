#include "client/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/utf8.h"

#define ANSWER_MAX (64 * 1024) /* bytes of an answer that are read to its end */
#define INT64_DIGITS 18        /* that fit whatever they are */

struct sender {
    CURLM *multi;
    struct sending *first; /* all that is under way */
    struct sender_config config;
};

/* One request. */
struct sending {
    struct sender *sender;
    struct sending *prev;
    struct sending *next;
    CURL *curl;
    struct curl_slist *headers;
    void *tag;
    size_t answered;    /* bytes of the answer's body */
    bool refused;       /* an address was not public */
    struct reply reply; /* its status is set when the head has come */
};

/* --- one request's callbacks --- */

static bool is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return address_v4_is_public((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return address_v6_is_public(v6.sin6_addr.s6_addr);
    }
    return false;
}

/* Called with the very address that will be connected to, after the name was looked up: a name
 * whose address changes in between gets nothing past it. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct sending *sending = arg;
    if (!sending->sender->config.private_allowed && !is_public(&address->addr)) {
        sending->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Called with each line of a head. Its end makes the answer, whatever becomes of the body after it;
 * what comes before the answer (1xx) is none. */
static size_t take_head(char *data, size_t size, size_t count, void *arg)
{
    struct sending *sending = arg;
    size_t len = size * count;
    long status = 0;
    if (len > 0 && len <= 2 && (data[0] == '\r' || data[0] == '\n') &&
        curl_easy_getinfo(sending->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
        status >= 200)
        sending->reply.status = (int)status;
    return len;
}

/* Keeps how the body begins. Of an endless one the rest is not waited for: its status is known. */
static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct sending *sending = arg;
    size_t len = size * count, kept = strlen(sending->reply.text);
    for (size_t i = 0; i < len && kept < REPLY_TEXT_SIZE - 1; i++)
        sending->reply.text[kept++] = data[i] == '\0' ? ' ' : data[i];
    sending->answered += len;
    return sending->answered <= ANSWER_MAX ? len : 0;
}

/* --- a request's life --- */

static void sending_free(struct sending *sending)
{
    if (sending->curl != NULL)
        curl_multi_remove_handle(sending->sender->multi, sending->curl);
    curl_easy_cleanup(sending->curl);
    curl_slist_free_all(sending->headers);
    free(sending);
}

static void link_sending(struct sending *sending)
{
    struct sender *sender = sending->sender;
    sending->next = sender->first;
    if (sender->first != NULL)
        sender->first->prev = sending;
    sender->first = sending;
}

static void unlink_sending(struct sending *sending)
{
    if (sending->prev != NULL)
        sending->prev->next = sending->next;
    else
        sending->sender->first = sending->next;
    if (sending->next != NULL)
        sending->next->prev = sending->prev;
}

static enum err add_header(struct sending *sending, const char *line)
{
    struct curl_slist *longer = curl_slist_append(sending->headers, line);
    if (longer == NULL)
        return ERR_NOMEM;
    sending->headers = longer;
    return ERR_OK;
}

static enum err set_headers(struct sending *sending, const struct post *post)
{
    enum err err = add_header(sending, "Content-Type: application/json");
    if (err == ERR_OK) /* no question before a small body */
        err = add_header(sending, "Expect:");
    for (size_t i = 0; err == ERR_OK && i < POST_HEADERS_MAX && post->headers[i] != NULL; i++)
        err = add_header(sending, post->headers[i]);
    return err;
}

static bool set_options(struct sending *sending, const struct post *post)
{
    CURL *curl = sending->curl;
    const struct sender_config *config = &sending->sender->config;
    CURLcode failed = CURLE_OK;
    failed |= curl_easy_setopt(curl, CURLOPT_URL, post->url);
    failed |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    failed |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    failed |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* A name that is being looked up is given up at the timeout, and not waited for. */
    failed |= curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    failed |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    failed |= curl_easy_setopt(curl, CURLOPT_USERAGENT, config->user_agent);
    failed |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, config->connect_ms);
    failed |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, config->total_ms);
    failed |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    failed |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, sending);
    failed |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
    failed |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, sending);
    failed |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    failed |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, sending);
    failed |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sending->headers);
    failed |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body_len);
    failed |= curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, post->body);
    failed |= curl_easy_setopt(curl, CURLOPT_PRIVATE, sending);
    return failed == CURLE_OK;
}

enum err sender_post(struct sender *sender, const struct post *post, void *tag)
{
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending == NULL)
        return ERR_NOMEM;
    sending->sender = sender;
    sending->tag = tag;
    sending->curl = curl_easy_init();
    enum err err = sending->curl == NULL ? ERR_NOMEM : set_headers(sending, post);
    if (err == ERR_OK && (!set_options(sending, post) ||
                          curl_multi_add_handle(sender->multi, sending->curl) != CURLM_OK))
        err = ERR_NOMEM;
    if (err != ERR_OK) {
        sending_free(sending);
        return err;
    }
    link_sending(sending);
    return ERR_OK;
}

/* --- what became of them --- */

static const char *why_no_answer(const struct sending *sending, CURLcode code)
{
    if (sending->refused)
        return "The address is not public.";
    return code == CURLE_OK ? "The head of the answer is not complete." : curl_easy_strerror(code);
}

/* libcurl reads seconds and dates, but gives nothing for more seconds than it can hold. */
static int64_t read_retry_after(CURL *curl)
{
    curl_off_t after = 0;
    struct curl_header *header = NULL;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after);
    if (after > 0)
        return (int64_t)after;
    if (curl_easy_header(curl, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    const char *number = header->value + strspn(header->value, "0");
    size_t digits = strspn(number, "0123456789");
    return digits > INT64_DIGITS && number[digits] == '\0' ? INT64_MAX : -1;
}

/* Bytes of the character that begins the text, which is not empty; 0 when it is no UTF-8. */
static size_t character_len(const char *text, size_t len)
{
    for (size_t n = 1; n <= 4 && n <= len; n++)
        if (utf8_valid(text, n))
            return n;
    return 0;
}

/* What is no UTF-8, or a control character, becomes a blank. */
static void clean_text(char *text)
{
    size_t len = strlen(text), i = 0;
    while (i < len) {
        size_t n = character_len(text + i, len - i);
        if (n == 0 || (n == 1 && (text[i] < ' ' || text[i] > '~')))
            text[i] = ' ';
        i += n == 0 ? 1 : n;
    }
}

static void read_reply(struct sending *sending, CURLcode code)
{
    struct reply *reply = &sending->reply;
    reply->retry_after_s = read_retry_after(sending->curl);
    clean_text(reply->text);
    if (reply->status == 0)
        snprintf(reply->text, sizeof reply->text, "%s", why_no_answer(sending, code));
}

static void finish(struct sending *sending, CURLcode code, sender_done_fn *done, void *arg)
{
    read_reply(sending, code);
    unlink_sending(sending);
    done(arg, sending->tag, &sending->reply);
    sending_free(sending);
}

void sender_run(struct sender *sender, int wait_ms, sender_done_fn *done, void *arg)
{
    int left = 0;
    curl_multi_perform(sender->multi, &left);
    CURLMsg *message = curl_multi_info_read(sender->multi, &left);
    bool any = message != NULL;
    for (; message != NULL; message = curl_multi_info_read(sender->multi, &left)) {
        char *sending = NULL;
        CURLcode code = message->data.result; /* gone with the handle */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &sending);
        finish((struct sending *)(void *)sending, code, done, arg);
    }
    if (!any && curl_multi_poll(sender->multi, NULL, 0, wait_ms, NULL) == CURLM_OK)
        curl_multi_perform(sender->multi, &left);
}

void sender_wake(struct sender *sender)
{
    curl_multi_wakeup(sender->multi);
}

/* --- life --- */

enum err sender_new(const struct sender_config *config, struct sender **ret_sender)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ERR_INTERNAL;
    struct sender *sender = calloc(1, sizeof *sender);
    if (sender != NULL)
        sender->multi = curl_multi_init();
    if (sender == NULL || sender->multi == NULL) {
        free(sender);
        curl_global_cleanup();
        return ERR_NOMEM;
    }
    sender->config = *config;
    *ret_sender = sender;
    return ERR_OK;
}

void sender_free(struct sender *sender)
{
    if (sender == NULL)
        return;
    while (sender->first != NULL) {
        struct sending *sending = sender->first;
        unlink_sending(sending);
        sending_free(sending);
    }
    curl_multi_cleanup(sender->multi);
    free(sender);
    curl_global_cleanup();
}
