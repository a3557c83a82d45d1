/* arena: what it gives is zeroed, aligned, kept until reset, and reused after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/arena.h"

static void gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena a = {0};
    for (size_t n = 0; n < 70000; n = n * 3 + 1) {
        unsigned char *p = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
    assert_true(a.used_bytes >= 70000 / 2);
    arena_reset(&a);
    assert_int_equal(a.used_bytes, 0);
    unsigned char *again = arena_alloc(&a, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(again[i], 0);
    arena_drop(&a);
    assert_null(a.chunks);
}

static void reset_keeps_the_first_chunk_only(void **state)
{
    (void)state;
    struct arena a = {0};
    void *first = arena_alloc(&a, 16);
    arena_alloc(&a, 1000000);
    arena_alloc(&a, 1000000);
    arena_reset(&a);
    assert_ptr_equal(arena_alloc(&a, 16), first);
    arena_drop(&a);
}

static void copies_and_prints(void **state)
{
    (void)state;
    struct arena a = {0};
    struct slice one = arena_copy(&a, "abc", 3);
    struct slice none = arena_copy(&a, NULL, 0);
    struct slice printed = arena_printf(&a, "%s-%d", "x", 42);
    assert_true(slice_is(one, "abc"));
    assert_int_equal(none.n, 0);
    assert_true(slice_is(printed, "x-42"));
    assert_string_equal(printed.p, "x-42");
    arena_drop(&a);
}

/* A sanitizer is told where a piece ends, and that a reset takes all of it back. */
static void what_was_not_given_out_is_watched(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    int __asan_address_is_poisoned(void const volatile *p);
    struct arena a = {0};
    char *p = arena_alloc(&a, 5), *open = arena_open(&a, 100);
    assert_false(__asan_address_is_poisoned(p + 4));
    assert_true(__asan_address_is_poisoned(p + 5));
    assert_false(__asan_address_is_poisoned(open + 99));
    assert_true(__asan_address_is_poisoned(open + 100));
    arena_close(&a, 20);
    assert_false(__asan_address_is_poisoned(open + 19));
    assert_true(__asan_address_is_poisoned(open + 20));
    arena_reset(&a);
    assert_true(__asan_address_is_poisoned(p));
    arena_drop(&a);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(reset_keeps_the_first_chunk_only),
        cmocka_unit_test(copies_and_prints),
        cmocka_unit_test(what_was_not_given_out_is_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
