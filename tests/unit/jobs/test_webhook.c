#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/digest.h"
#include "books/notices.h"
#include "jobs/webhook.h"

/* The example that the libraries of Standard Webhooks share: the secret is
 * whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, here as the bytes that it encodes. */
static void test_sign__published_example__matches(void **state)
{
    (void)state;
    static const char secret[] = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; /* no + or /: base64url too */
    static const char body[] = "{\"test\": 2432232314}";
    uint8_t key[24];
    size_t key_len;
    char text[WEBHOOK_SIGNATURE_SIZE];
    assert_int_equal(base64url_decode(secret, strlen(secret), key, sizeof key, &key_len), ERR_OK);
    assert_int_equal(key_len, 24);
    assert_int_equal(webhook_sign(key, key_len, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
                                  strlen(body), text),
                     ERR_OK);
    assert_string_equal(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void test_body__notification__is_compact(void **state)
{
    (void)state;
    struct buf out;
    const char *data = "{\"from\":\"mild\",\"to\":\"none\",\"resolved\":true}";
    const struct notification notification = {
        .seq = 17,
        .type = NOTICE_LEVEL,
        .at = {INT64_C(1705291200) * US_PER_SECOND},
        .recorded_at = {INT64_C(1705291200) * US_PER_SECOND + 250000},
        .data = data,
        .data_len = strlen(data),
    };
    buf_init(&out, 4096);
    webhook_body("s\"1", &notification, &out);
    assert_string_equal(
        buf_text(&out),
        "{\"type\":\"backlog.level_changed\",\"timestamp\":\"2024-01-15T04:00:00Z\",\"data\":{"
        "\"store\":\"s\\\"1\",\"id\":\"17\",\"type\":\"backlog.level_changed\","
        "\"at\":\"2024-01-15T04:00:00Z\",\"recorded_at\":\"2024-01-15T04:00:00.250Z\","
        "\"data\":{\"from\":\"mild\",\"to\":\"none\",\"resolved\":true}}}");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign__published_example__matches),
        cmocka_unit_test(test_body__notification__is_compact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
