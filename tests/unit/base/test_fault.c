#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/fault.h"
#include "base/utf8.h"

static void test_fault_set__both_members__are_set(void **state)
{
    (void)state;
    struct fault fault;
    fault_set(&fault, "/data/paid_at", "must be %s", "an instant");
    assert_string_equal(fault.pointer, "/data/paid_at");
    assert_string_equal(fault.detail, "must be an instant");
}

static void test_fault_set__own_pointer__stays(void **state)
{
    (void)state;
    struct fault fault;
    fault_set(&fault, "/data", "one");
    fault_set(&fault, fault.pointer, "two");
    assert_string_equal(fault.pointer, "/data");
    assert_string_equal(fault.detail, "two");
}

static void test_fault_set__text_too_long__is_cut_at_a_character(void **state)
{
    (void)state;
    /* Three-byte characters from every offset, so that each way of cutting one occurs. */
    for (size_t offset = 0; offset < 3; offset++) {
        char text[400];
        memset(text, 'x', offset);
        size_t len = offset;
        for (; len + 3 < sizeof text; len += 3)
            memcpy(text + len, "\xe9\xa3\x8e", 3);
        text[len] = '\0';
        struct fault fault;
        fault_set(&fault, text, "%s", text);
        size_t detail_len = strlen(fault.detail);
        size_t pointer_len = strlen(fault.pointer);
        assert_true(utf8_valid(fault.detail, detail_len));
        assert_true(utf8_valid(fault.pointer, pointer_len));
        assert_in_range(detail_len, sizeof fault.detail - 3, sizeof fault.detail - 1);
        assert_in_range(pointer_len, sizeof fault.pointer - 3, sizeof fault.pointer - 1);
    }
}

static void test_pointer_push_name__special_characters__are_escaped(void **state)
{
    (void)state;
    char pointer[64] = "";
    pointer_push_name(pointer, sizeof pointer, "data");
    pointer_push_name(pointer, sizeof pointer, "a/b~c");
    pointer_push_index(pointer, sizeof pointer, 12);
    pointer_push_name(pointer, sizeof pointer, "");
    pointer_push_name(pointer, sizeof pointer, "\xe9\xa3\x8e");
    assert_string_equal(pointer, "/data/a~1b~0c/12//\xe9\xa3\x8e");
}

static void test_pointer_push_name__buffer_is_full__no_character_is_split(void **state)
{
    (void)state;
    char escaped[4] = "";
    pointer_push_name(escaped, sizeof escaped, "a~"); /* "~0" does not fit */
    assert_string_equal(escaped, "/a");
    char wide[6] = "";
    pointer_push_name(wide, sizeof wide, "\xe9\xa3\x8e\xe9\xa3\x8e");
    assert_string_equal(wide, "/\xe9\xa3\x8e");
    char full[3] = "/a";
    pointer_push_name(full, sizeof full, "b");
    assert_string_equal(full, "/a");
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_fault_set__both_members__are_set),
        unit(test_fault_set__own_pointer__stays),
        unit(test_fault_set__text_too_long__is_cut_at_a_character),
        unit(test_pointer_push_name__special_characters__are_escaped),
        unit(test_pointer_push_name__buffer_is_full__no_character_is_split),
    };
    return cmocka_run_group_tests_name("base/fault", tests, NULL, NULL);
}
