/* Sends many POST requests to strangers at once, from one thread. Follows no redirect, uses no
 * proxy, talks http and https only, connects to no address that is not public unless that is
 * allowed, and keeps no more of an answer than a line. */
#ifndef CLIENT_SENDER_H
#define CLIENT_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sender;

struct sender_config {
    bool private_allowed;
    const char *user_agent;
    long connect_ms; /* for the name and the connection */
    long total_ms;   /* for all of a request, its answer included */
};

MUST_CHECK enum err sender_new(const struct sender_config *config, struct sender **ret_sender);
/* Breaks off what is under way; nobody is told. NULL is fine. */
void sender_free(struct sender *sender);

#define POST_HEADERS_MAX 4

struct post {
    const char *url;
    const char *headers[POST_HEADERS_MAX]; /* "name: value"; NULL where there is none */
    const char *body;
    size_t body_len;
};

#define REPLY_TEXT_SIZE 256

struct reply {
    int status;                 /* 0: there was no answer with a whole head; its body may be cut */
    int64_t retry_after_s;      /* -1: the answer says nothing of it */
    char text[REPLY_TEXT_SIZE]; /* UTF-8 without controls: how the body begins, or why there was no
                                   answer */
};

/* Begins to send; everything is copied. `tag` comes back with the reply. */
MUST_CHECK enum err sender_post(struct sender *sender, const struct post *post, void *tag);

typedef void sender_done_fn(void *arg, void *tag, const struct reply *reply);

/* Goes on with what is under way, tells of what is done, and waits for at most `wait_ms` until
 * there is something to do or sender_wake is called. */
void sender_run(struct sender *sender, int wait_ms, sender_done_fn *done, void *arg);
/* From any thread. */
void sender_wake(struct sender *sender);

#endif
