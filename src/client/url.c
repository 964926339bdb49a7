#include "client/url.h"

#include <string.h>

#include <curl/curl.h>

#include "base/address.h"

#define NO_URL "must be a URL such as https://example.com/hook"

/* A part of the URL, NULL when it has none; curl_free it. */
static char *part(CURLU *parsed, CURLUPart what)
{
    char *text = NULL;
    return curl_url_get(parsed, what, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool has(CURLU *parsed, CURLUPart what)
{
    char *text = part(parsed, what);
    bool is_there = text != NULL;
    curl_free(text);
    return is_there;
}

static bool is_web(CURLU *parsed)
{
    char *scheme = part(parsed, CURLUPART_SCHEME);
    bool web = scheme != NULL && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    return web;
}

/* libcurl has written an IPv4 address in its usual form by now, whatever form it was given in. */
static bool may_be_public(CURLU *parsed)
{
    char *host = part(parsed, CURLUPART_HOST);
    size_t len = host == NULL ? 0 : strlen(host);
    bool open = false;
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        open = address_text_may_be_public(host + 1);
    } else if (len > 0) {
        open = address_text_may_be_public(host);
    }
    curl_free(host);
    return open;
}

/* Exactly two slashes after the scheme, and something after them: libcurl takes one or three for
 * two. */
static bool has_authority(const char *url)
{
    const char *colon = strchr(url, ':');
    return colon == NULL || (strncmp(colon, "://", 3) == 0 && colon[3] != '/');
}

/* Nobody listens at port 0. */
static bool has_port_zero(CURLU *parsed)
{
    char *port = part(parsed, CURLUPART_PORT);
    bool zero = port != NULL && strspn(port, "0") == strlen(port);
    curl_free(port);
    return zero;
}

static const char *fault_of(CURLU *parsed, const char *url, bool private_allowed)
{
    if (!has_authority(url))
        return NO_URL;
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
        return NO_URL;
    if (!is_web(parsed))
        return "must begin with https:// or http://";
    if (has(parsed, CURLUPART_USER) || has(parsed, CURLUPART_PASSWORD))
        return "must not hold a user or a password";
    if (strchr(url, '#') != NULL) /* libcurl drops an empty one */
        return "must not have a fragment";
    if (has_port_zero(parsed))
        return "must not have the port 0";
    if (!private_allowed && !may_be_public(parsed))
        return "must not name an address that is not public";
    return NULL;
}

enum err url_check(const char *url, bool private_allowed, const char **reterr_why)
{
    for (const char *c = url; *c != '\0'; c++)
        if ((unsigned char)(*c - 0x21) > 0x7e - 0x21) {
            *reterr_why = "must be of printable ASCII characters without blanks";
            return ERR_INVALID;
        }
    CURLU *parsed = curl_url();
    if (parsed == NULL)
        return ERR_NOMEM;
    const char *why = fault_of(parsed, url, private_allowed);
    curl_url_cleanup(parsed);
    if (why == NULL)
        return ERR_OK;
    *reterr_why = why;
    return ERR_INVALID;
}
