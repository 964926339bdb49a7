#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/digest.h"

/* FIPS 180-2, appendix B.1 and B.2. */
static void test_sha256__published_examples__match(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    sha256(&(struct digest_part){"abc", 3}, 1, digest);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    const char *second = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const struct digest_part parts[] = {{second, 10}, {"", 0}, {second + 10, strlen(second) - 10}};
    sha256(parts, 3, digest);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_sha256__nothing__is_the_empty_digest(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    sha256(NULL, 0, digest);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, test cases 1, 2 and 6. */
static void test_hmac_sha256__published_examples__match(void **state)
{
    (void)state;
    uint8_t key[131], digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    memset(key, 0x0b, 20);
    assert_int_equal(hmac_sha256(key, 20, &(struct digest_part){"Hi There", 8}, 1, digest), ERR_OK);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

    const struct digest_part parts[] = {{"what do ya want ", 16}, {"", 0}, {"for nothing?", 12}};
    assert_int_equal(hmac_sha256("Jefe", 4, parts, 3, digest), ERR_OK);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

    static const char long_key[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    memset(key, 0xaa, sizeof key);
    const struct digest_part part = {long_key, sizeof long_key - 1};
    assert_int_equal(hmac_sha256(key, sizeof key, &part, 1, digest), ERR_OK);
    hex_encode(digest, sizeof digest, text);
    assert_string_equal(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 4648, section 10, and the two characters that base64url has others for. */
static void test_base64_encode__rfc_vectors__match(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *coded;
    } examples[] = {{"", ""},
                    {"f", "Zg=="},
                    {"fo", "Zm8="},
                    {"foo", "Zm9v"},
                    {"foob", "Zm9vYg=="},
                    {"fooba", "Zm9vYmE="},
                    {"foobar", "Zm9vYmFy"},
                    {"\xfb\xff\xbf", "+/+/"}};
    char text[16];
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        base64_encode((const uint8_t *)examples[i].plain, strlen(examples[i].plain), text);
        assert_string_equal(text, examples[i].coded);
    }
}

static void test_random_bytes__two_draws__differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    assert_int_equal(random_bytes(a, sizeof a), ERR_OK);
    assert_int_equal(random_bytes(b, sizeof b), ERR_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

static void test_equal_constant_time__texts__are_compared_whole(void **state)
{
    (void)state;
    assert_true(equal_constant_time("secret", "secret", 6));
    assert_false(equal_constant_time("secret", "secreT", 6));
    assert_false(equal_constant_time("secret", "Secret", 6));
    assert_true(equal_constant_time("a", "b", 0));
}

/* RFC 4648, section 10, without the padding. */
static const struct {
    const char *plain;
    const char *encoded;
} vectors[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
};

static void test_base64url_encode__rfc_vectors__match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[16];
        base64url_encode((const uint8_t *)vectors[i].plain, strlen(vectors[i].plain), text);
        assert_string_equal(text, vectors[i].encoded);
    }
}

static void test_base64url_decode__rfc_vectors__come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t data[8];
        size_t len = 99;
        const char *encoded = vectors[i].encoded;
        assert_int_equal(base64url_decode(encoded, strlen(encoded), data, sizeof data, &len),
                         ERR_OK);
        assert_int_equal(len, strlen(vectors[i].plain));
        assert_memory_equal(data, vectors[i].plain, len);
    }
}

static void test_base64url_decode__invalid_texts__are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "Z", "Zg==", "Zm+v", "Zm/v", "Zm v", "Zh" /* stray bits */, "Zm9vYmFyYg" /* too long */};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t data[6];
        size_t len = 99;
        print_message("'%s'\n", cases[i]);
        assert_int_equal(base64url_decode(cases[i], strlen(cases[i]), data, sizeof data, &len),
                         ERR_INVALID);
        assert_int_equal(len, 99);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_sha256__published_examples__match),
        unit(test_sha256__nothing__is_the_empty_digest),
        unit(test_hmac_sha256__published_examples__match),
        unit(test_base64_encode__rfc_vectors__match),
        unit(test_random_bytes__two_draws__differ),
        unit(test_equal_constant_time__texts__are_compared_whole),
        unit(test_base64url_encode__rfc_vectors__match),
        unit(test_base64url_decode__rfc_vectors__come_back),
        unit(test_base64url_decode__invalid_texts__are_refused),
    };
    return cmocka_run_group_tests_name("base/digest", tests, NULL, NULL);
}
