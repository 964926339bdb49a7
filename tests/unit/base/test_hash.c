#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* The test vectors of the hash's authors. */
static void test_hash__published_vectors__match(void **state)
{
    (void)state;
    assert_int_equal(hash_text(""), UINT64_C(0xcbf29ce484222325));
    assert_int_equal(hash_text("a"), UINT64_C(0xaf63dc4c8601ec8c));
    assert_int_equal(hash_text("foobar"), UINT64_C(0x85944171f73967e8));
}

static void test_hash__in_parts__is_that_of_the_whole(void **state)
{
    (void)state;
    uint64_t hash = hash_bytes(HASH_START, "foo", 3);
    assert_int_equal(hash_bytes(hash, "bar", 3), hash_text("foobar"));
    assert_int_equal(hash_bytes(HASH_START, "a\0b", 3),
                     hash_bytes(hash_bytes(HASH_START, "a\0", 2), "b", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__published_vectors__match),
        cmocka_unit_test(test_hash__in_parts__is_that_of_the_whole),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
