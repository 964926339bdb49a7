#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void test_arena_alloc__many_sizes__are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    unsigned char *pieces[300];
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < i; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i & 0xff), i);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_equal(pieces[i][j], i & 0xff);
    }
    arena_done(&arena);
}

static void test_arena_alloc__larger_than_a_block__is_served(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *large = arena_alloc(&arena, 1000000);
    assert_non_null(large);
    memset(large, 1, 1000000);
    assert_non_null(arena_alloc(&arena, 10));
    arena_done(&arena);
}

static void test_arena_alloc__impossible_size__is_null(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, PTRDIFF_MAX));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    arena_done(&arena);
}

static void test_arena_clear__used_memory__is_zeroed_when_used_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_clear(&arena);
    char *first = arena_alloc(&arena, 64);
    assert_non_null(first);
    memset(first, 1, 64);
    arena_clear(&arena);
    assert_int_equal(arena.used, 0);
    char *again = arena_alloc(&arena, 64);
    assert_ptr_equal(again, first);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    arena_done(&arena);
}

static void test_arena_clear__after_a_huge_request__keeps_no_huge_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_non_null(arena_alloc(&arena, 1000000));
    arena_clear(&arena);
    assert_null(arena.blocks);
    arena_done(&arena);
}

static void test_arena_copy__part_of_a_text__is_terminated(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_done(&arena);
    arena_done(&arena);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_arena_alloc__many_sizes__are_aligned_zeroed_and_apart),
        unit(test_arena_alloc__larger_than_a_block__is_served),
        unit(test_arena_alloc__impossible_size__is_null),
        unit(test_arena_clear__used_memory__is_zeroed_when_used_again),
        unit(test_arena_clear__after_a_huge_request__keeps_no_huge_block),
        unit(test_arena_copy__part_of_a_text__is_terminated),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
