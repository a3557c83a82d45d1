/* crc32c: the vectors of RFC 3720 B.4, and both ways of computing agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/crc32c.h"

static void both(const void *p, size_t n, uint32_t want)
{
    assert_int_equal(crc32c(p, n), want);
    assert_int_equal(crc32c_plain(p, n), want);
}

static void gives_the_values_of_rfc_3720(void **state)
{
    (void)state;
    static const uint8_t scsi_read[48] = {0x01, 0xc0, 0, 0,    0,    0, 0, 0,    0,    0, 0,    0,
                                          0,    0,    0, 0,    0x14, 0, 0, 0,    0,    0, 0x04, 0,
                                          0,    0,    0, 0x14, 0,    0, 0, 0x18, 0x28, 0, 0,    0,
                                          0,    0,    0, 0,    0x02, 0, 0, 0,    0,    0, 0,    0};
    uint8_t bytes[32];
    memset(bytes, 0, sizeof bytes);
    both(bytes, sizeof bytes, 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    both(bytes, sizeof bytes, 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    both(bytes, sizeof bytes, 0x46dd794e);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    both(bytes, sizeof bytes, 0x113fdb5c);
    both(scsi_read, sizeof scsi_read, 0xd9963a56);
    both("123456789", 9, 0xe3069283);
    both("", 0, 0);
}

/* Every length and start, so that no tail of the instruction's eight bytes is missed, and no length
 * of its three lanes: the longest begin again behind 1,536 bytes. */
static void both_ways_agree_on_every_length_and_place(void **state)
{
    (void)state;
    static uint8_t bytes[2000];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + i / 256 + 11);
    for (size_t from = 0; from < 16; from++)
        for (size_t n = 0; from + n <= sizeof bytes; n++)
            assert_int_equal(crc32c(bytes + from, n), crc32c_plain(bytes + from, n));
}

static void one_bit_changes_it(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    uint32_t before = crc32c(bytes, sizeof bytes);
    for (unsigned bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(crc32c(bytes, sizeof bytes), before);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_values_of_rfc_3720),
        cmocka_unit_test(both_ways_agree_on_every_length_and_place),
        cmocka_unit_test(one_bit_changes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
