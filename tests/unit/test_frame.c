/* frame: twelve bytes, written and read; everything else is no frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/frame.h"

static void has_the_bytes_of_the_spec(void **state)
{
    (void)state;
    static const uint8_t want[FRAME_BYTES] = {'S',  'G',  1,    2,    0x01, 0x02,
                                              0x03, 0x04, 0x05, 0x06, 0x07, 0xFF};
    uint8_t out[FRAME_BYTES];
    frame_write(out, VERB_SUBMIT, 0x01020304050607FFull);
    assert_memory_equal(out, want, FRAME_BYTES);

    struct frame f;
    assert_true(frame_read(out, sizeof(out), &f));
    assert_int_equal(f.version, FRAME_VERSION);
    assert_int_equal(f.code, VERB_SUBMIT);
    assert_true(f.rid == 0x01020304050607FFull);
}

static void refuses_what_is_short_or_foreign(void **state)
{
    (void)state;
    struct frame f = {.code = 77};
    for (size_t n = 0; n < FRAME_BYTES; n++)
        assert_false(frame_read("SG\1\2\0\0\0\0\0\0\0\1", n, &f));
    assert_false(frame_read("SX\1\2\0\0\0\0\0\0\0\1", FRAME_BYTES, &f));
    assert_false(frame_read("XG\1\2\0\0\0\0\0\0\0\1", FRAME_BYTES, &f));
    assert_int_equal(f.code, 77);
    /* Another version is readable: the answer names it. */
    assert_true(frame_read("SG\7\2\0\0\0\0\0\0\0\1", FRAME_BYTES, &f));
    assert_int_equal(f.version, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_bytes_of_the_spec),
        cmocka_unit_test(refuses_what_is_short_or_foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
