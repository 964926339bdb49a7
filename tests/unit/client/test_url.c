#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/url.h"

enum verdict { FINE, PRIVATE, NEVER };

static const struct {
    const char *url;
    enum verdict verdict;
} table[] = {
    {"https://example.com/hook?a=1", FINE},
    {"http://example.com", FINE},
    {"HTTPS://EXAMPLE.COM:8443/", FINE},
    {"http://8.8.8.8/", FINE},
    {"http://example.com/a:b//c?d=://", FINE},
    {"http://example.com:65535/", FINE},
    {"http://[2606:4700::1111]:80/", FINE},
    {"http://localhost/", FINE}, /* a name: seen when something is sent */
    {"http://10.0.0.1/", PRIVATE},
    {"http://2130706433/", PRIVATE},
    {"http://0x7f000001/", PRIVATE},
    {"http://0177.0.0.1/", PRIVATE},
    {"http://127.1/", PRIVATE},
    {"http://[::1]/", PRIVATE},
    {"http://[::]/", PRIVATE},
    {"http://[::ffff:169.254.169.254]/", PRIVATE},
    {"", NEVER},
    {"example.com/hook", NEVER},
    {"//example.com/hook", NEVER},
    {"ftp://example.com/", NEVER},
    {"file:///etc/passwd", NEVER},
    {"gopher://example.com/", NEVER},
    {"https://", NEVER},
    {"https://:80/", NEVER},
    {"https://user@example.com/", NEVER},
    {"https://user:password@example.com/", NEVER},
    {"https://:password@example.com/", NEVER},
    {"https://example.com/#top", NEVER},
    {"https://example.com/#", NEVER},
    {"https://example.com#", NEVER},
    {"https://example.com/?a#", NEVER},
    {"https:example.com/", NEVER},
    {"https:/example.com/", NEVER},
    {"https:///example.com/", NEVER},
    {"https:////example.com/", NEVER},
    {"https://example.com:0/", NEVER},
    {"https://example.com:00/", NEVER},
    {"https://example.com:99999/", NEVER},
    {"https://example.com/a b", NEVER},
    {"https://example.com/\t", NEVER},
    {"https://example.com/\x7f", NEVER},
    {"https://ex\xc3\xa4mple.com/", NEVER},
};

static void test_url__check__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (int private_allowed = 0; private_allowed < 2; private_allowed++) {
            const char *why = NULL;
            enum err expected =
                table[i].verdict == FINE || (table[i].verdict == PRIVATE && private_allowed)
                    ? ERR_OK
                    : ERR_INVALID;
            if (url_check(table[i].url, private_allowed != 0, &why) != expected)
                fail_msg("%s, %d: %s", table[i].url, private_allowed, why == NULL ? "-" : why);
            assert_true((why != NULL) == (expected != ERR_OK));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url__check__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
