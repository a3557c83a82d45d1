/* pack: the reader against damage and against msgpack-c, the writer against full buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/pack.h"

#define BYTES(text) text, sizeof(text) - 1

/* --- a message with a bit of everything --- */

static size_t write_sample(uint8_t *buf, size_t cap, int *ret_err)
{
    struct writer w;
    writer_init(&w, buf, cap);
    writer_map(&w, 8);
    writer_text(&w, "text");
    writer_str(&w, SLICE_LIT("kebakaran di Jatiasih"));
    writer_text(&w, "bin");
    writer_bin(&w, "\0\1\2", 3);
    writer_text(&w, "list");
    writer_array(&w, 3);
    writer_uint(&w, UINT64_MAX);
    writer_int(&w, INT64_MIN);
    writer_int(&w, -1);
    writer_text(&w, "double");
    writer_double(&w, -6.2382699);
    writer_text(&w, "yes");
    writer_bool(&w, true);
    writer_text(&w, "no");
    writer_bool(&w, false);
    writer_text(&w, "nil");
    writer_text(&w, NULL);
    writer_text(&w, "open");
    size_t map = writer_open_map(&w);
    writer_text(&w, "items");
    size_t array = writer_open_array(&w);
    writer_uint(&w, 7);
    writer_raw(&w, "\xa1z", 2);
    writer_close_array(&w, array, 2);
    writer_close_map(&w, map, 1);
    *ret_err = w.err;
    return w.n;
}

static void reader_reads_what_the_writer_wrote(void **state)
{
    (void)state;
    uint8_t m[256];
    int err;
    size_t n = write_sample(m, sizeof(m), &err);
    assert_int_equal(err, 0);
    assert_int_equal(pack_scan(m, n), PACK_FINE);

    struct reader r = reader_over(m, n);
    assert_int_equal(reader_map(&r), 8);
    assert_true(slice_is(reader_str(&r), "text"));
    assert_true(slice_is(reader_str(&r), "kebakaran di Jatiasih"));
    reader_str(&r);
    assert_true(slice_same(reader_bin(&r), SLICE_LIT("\0\1\2")));
    reader_str(&r);
    assert_int_equal(reader_array(&r), 3);
    assert_true(reader_uint(&r) == UINT64_MAX);
    assert_true(reader_int(&r) == INT64_MIN);
    assert_int_equal(reader_peek(&r), PACK_INT);
    assert_int_equal(reader_int(&r), -1);
    reader_str(&r);
    assert_true(reader_double(&r) == -6.2382699);
    reader_str(&r);
    assert_true(reader_bool(&r));
    reader_str(&r);
    assert_false(reader_bool(&r));
    reader_str(&r);
    assert_int_equal(reader_peek(&r), PACK_NIL);
    reader_nil(&r);
    reader_str(&r);
    struct slice rest = reader_skip(&r);
    assert_int_equal(r.err, 0);
    assert_ptr_equal(r.p, r.end);
    assert_int_equal(reader_peek(&r), PACK_NONE);

    r = reader_over(rest.p, rest.n);
    assert_int_equal(reader_map(&r), 1);
    assert_true(slice_is(reader_str(&r), "items"));
    assert_int_equal(reader_array(&r), 2);
    assert_int_equal(reader_uint(&r), 7);
    assert_true(slice_is(reader_str(&r), "z"));
    assert_int_equal(r.err, 0);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    uint8_t m[256];
    int err;
    size_t n = write_sample(m, sizeof(m), &err);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *copy = malloc(cut + (cut == 0));
        memcpy(copy, m, cut);
        assert_int_equal(pack_scan(copy, cut), cut ? PACK_CUT : PACK_EMPTY);
        struct reader r = reader_over(copy, cut);
        struct slice all = reader_skip(&r);
        assert_int_equal(r.err, 1);
        assert_int_equal(all.n, 0);
        free(copy);
    }
}

static void every_small_buffer_is_noticed(void **state)
{
    (void)state;
    uint8_t whole[256], part[256];
    int err;
    size_t n = write_sample(whole, sizeof(whole), &err);
    for (size_t cap = 0; cap < n; cap++) {
        memset(part, 0xEE, sizeof(part));
        size_t got = write_sample(part, cap, &err);
        assert_int_equal(err, 1);
        assert_true(got <= cap);
        assert_int_equal(part[cap], 0xEE);
    }
    assert_int_equal(write_sample(part, n, &err), n);
    assert_int_equal(err, 0);
    assert_memory_equal(whole, part, n);
}

static void a_full_writer_keeps_its_last_whole_value(void **state)
{
    (void)state;
    uint8_t m[8];
    struct writer w;
    writer_init(&w, m, sizeof(m));
    writer_uint(&w, 1);
    writer_str(&w, SLICE_LIT("too long for it"));
    assert_int_equal(w.err, 1);
    assert_int_equal(w.n, 1);
    writer_uint(&w, 2); /* would fit, but the error stays */
    assert_int_equal(w.n, 1);
}

/* --- the reader's own rules --- */

static void reader_keeps_its_first_error(void **state)
{
    (void)state;
    struct reader r = reader_over("\x01\x02", 2);
    assert_true(reader_str(&r).n == 0);
    assert_int_equal(r.err, 1);
    assert_int_equal(reader_uint(&r), 0);
    assert_int_equal(reader_peek(&r), PACK_NONE);
    assert_int_equal(reader_map(&r), 0);
    assert_int_equal(reader_skip(&r).n, 0);
}

static void integers_in_every_width(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        enum pack_type type;
        int64_t value;
    } rows[] = {
        {BYTES("\x7f"), PACK_UINT, 127},
        {BYTES("\xe0"), PACK_INT, -32},
        {BYTES("\xcc\xff"), PACK_UINT, 255},
        {BYTES("\xcd\xff\xff"), PACK_UINT, 65535},
        {BYTES("\xce\xff\xff\xff\xff"), PACK_UINT, 4294967295ll},
        {BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), PACK_UINT, INT64_MAX},
        {BYTES("\xd0\x80"), PACK_INT, -128},
        {BYTES("\xd0\x05"), PACK_UINT, 5}, /* signed without need */
        {BYTES("\xd1\x80\x00"), PACK_INT, -32768},
        {BYTES("\xd2\x80\x00\x00\x00"), PACK_INT, -2147483648ll},
        {BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), PACK_INT, INT64_MIN},
        {BYTES("\xd3\x00\x00\x00\x00\x00\x00\x00\x09"), PACK_UINT, 9},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reader r = reader_over(rows[i].bytes, rows[i].n);
        assert_int_equal(reader_peek(&r), rows[i].type);
        assert_true(reader_int(&r) == rows[i].value);
        assert_int_equal(r.err, 0);
        r = reader_over(rows[i].bytes, rows[i].n);
        assert_true(reader_double(&r) == (double)rows[i].value);
        r = reader_over(rows[i].bytes, rows[i].n);
        reader_uint(&r);
        assert_int_equal(r.err, rows[i].type == PACK_INT);
    }
    struct reader r = reader_over("\xcf\x80\0\0\0\0\0\0\0", 9);
    reader_int(&r);
    assert_int_equal(r.err, 1); /* does not fit */
}

/* --- against msgpack-c ----------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t dice(uint32_t sides) /* splitmix64 */
{
    uint64_t z = (seed += 0x9E3779B97F4A7C15ull);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return (uint32_t)((z ^ z >> 31) >> 33) % sides;
}

static void write_random(struct writer *w, unsigned depth);

static void write_random_map(struct writer *w, unsigned depth)
{
    uint32_t n = dice(20);
    writer_map(w, n);
    for (uint32_t i = 0; i < n; i++) {
        char key[32];
        snprintf(key, sizeof(key), "%.*s%u", (int)dice(20), "kunci-yang-panjang-sekali", i + 1000);
        writer_text(w, key);
        write_random(w, depth + 1);
    }
}

static void write_random(struct writer *w, unsigned depth)
{
    static char text[70000];
    switch (dice(depth >= 8 ? 8 : 10)) {
    case 0:
        writer_uint(w, (uint64_t)dice(UINT32_MAX) << dice(33));
        break;
    case 1:
        writer_int(w, (int64_t)((uint64_t)dice(UINT32_MAX) << dice(33)) * -1);
        break;
    case 2:
        writer_double(w, (double)dice(1000000) / 7 - 1000);
        break;
    case 3:
        writer_bool(w, dice(2));
        break;
    case 4:
        writer_nil(w);
        break;
    case 5:
        writer_str(w, (struct slice){text, dice(dice(10) ? 40 : 400)});
        break;
    case 6:
        writer_bin(w, text, dice(300));
        break;
    case 7: { /* float32, which the writer never makes */
        float f = (float)dice(1000) / 3;
        uint32_t bits;
        memcpy(&bits, &f, sizeof(bits));
        const uint8_t raw[5] = {0xca, (uint8_t)(bits >> 24), (uint8_t)(bits >> 16),
                                (uint8_t)(bits >> 8), (uint8_t)bits};
        writer_raw(w, raw, sizeof(raw));
        break;
    }
    case 8:
        write_random_map(w, depth);
        break;
    default: {
        uint32_t n = dice(20);
        writer_array(w, n);
        for (uint32_t i = 0; i < n; i++)
            write_random(w, depth + 1);
    }
    }
}

static void compare(struct reader *r, const msgpack_object *o)
{
    switch (o->type) {
    case MSGPACK_OBJECT_NIL:
        reader_nil(r);
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        assert_int_equal(reader_bool(r), o->via.boolean);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        assert_int_equal(reader_peek(r), PACK_UINT);
        assert_true(reader_uint(r) == o->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        assert_int_equal(reader_peek(r), PACK_INT);
        assert_true(reader_int(r) == o->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        assert_true(reader_double(r) == o->via.f64);
        break;
    case MSGPACK_OBJECT_STR:
        assert_true(slice_same(reader_str(r), (struct slice){o->via.str.ptr, o->via.str.size}));
        break;
    case MSGPACK_OBJECT_BIN:
        assert_true(slice_same(reader_bin(r), (struct slice){o->via.bin.ptr, o->via.bin.size}));
        break;
    case MSGPACK_OBJECT_ARRAY:
        assert_int_equal(reader_array(r), o->via.array.size);
        for (uint32_t i = 0; i < o->via.array.size; i++)
            compare(r, &o->via.array.ptr[i]);
        break;
    case MSGPACK_OBJECT_MAP:
        assert_int_equal(reader_map(r), o->via.map.size);
        for (uint32_t i = 0; i < o->via.map.size; i++) {
            compare(r, &o->via.map.ptr[i].key);
            compare(r, &o->via.map.ptr[i].val);
        }
        break;
    default:
        fail_msg("a type nobody wrote: %d", (int)o->type);
    }
    assert_int_equal(r->err, 0);
}

static void agrees_with_msgpack_c(void **state)
{
    (void)state;
    static uint8_t m[PACK_MAX_BYTES];
    unsigned compared = 0;
    seed = 20261124;
    for (unsigned round = 0; round < 2000; round++) {
        struct writer w;
        writer_init(&w, m, sizeof(m));
        write_random_map(&w, 1);
        if (w.err)
            continue; /* grew past the bound */
        assert_int_equal(pack_scan(m, w.n), PACK_FINE);

        msgpack_unpacked u;
        msgpack_unpacked_init(&u);
        size_t off = 0;
        assert_int_equal(msgpack_unpack_next(&u, (const char *)m, w.n, &off),
                         MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(off, w.n);
        struct reader r = reader_over(m, w.n), skip = r;
        compare(&r, &u.data);
        assert_ptr_equal(r.p, r.end);
        assert_int_equal(reader_skip(&skip).n, w.n);
        msgpack_unpacked_destroy(&u);
        compared++;
    }
    assert_true(compared > 1000);
}

/* Random damage: whatever the scan lets through, the reader walks to the end. */
static void damage_never_gets_past_both(void **state)
{
    (void)state;
    uint8_t m[256];
    int err;
    size_t n = write_sample(m, sizeof(m), &err);
    seed = 7;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t copy[256];
        memcpy(copy, m, n);
        for (uint32_t hits = 1 + dice(4); hits > 0; hits--)
            copy[dice((uint32_t)n)] = (uint8_t)dice(256);
        enum pack_scan found = pack_scan(copy, n);
        struct reader r = reader_over(copy, n);
        struct slice all = reader_skip(&r);
        if (found == PACK_FINE)
            assert_int_equal(all.n, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_reads_what_the_writer_wrote),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(every_small_buffer_is_noticed),
        cmocka_unit_test(a_full_writer_keeps_its_last_whole_value),
        cmocka_unit_test(reader_keeps_its_first_error),
        cmocka_unit_test(integers_in_every_width),
        cmocka_unit_test(agrees_with_msgpack_c),
        cmocka_unit_test(damage_never_gets_past_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
