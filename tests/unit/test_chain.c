/* chain: what is said of a log that was altered. */
#include "chain_ground.h"

/* ---- the chain ---- */

static void a_log_as_it_was_written_is_fine(void **state)
{
    (void)state;
    fine();
    assert_int_equal(chain.heads, 1);
    assert_int_equal(chain.erased, 1);
    assert_string_equal(chain.head.sign, kept.sign);
    assert_memory_equal(chain.hash, views_hash(s.views), ENTRY_HASH_BYTES);
    assert_int_equal(walked(1, 0, kept.public_key, ROWS), CHAIN_FINE);
    for (uint64_t from = 1; from <= ROWS + 1; from++) {
        assert_int_equal(walked(from, 0, NULL, ROWS), CHAIN_FINE);
        assert_int_equal(chain.next, ROWS + 1);
        assert_memory_equal(chain.hash, views_hash(s.views), ENTRY_HASH_BYTES);
        assert_int_equal(walked(1, from, NULL, 0), from <= ROWS ? CHAIN_FINE : CHAIN_MISSING);
        assert_int_equal(chain.next, from <= ROWS ? from + 1 : ROWS + 1);
    }
}

static void slices_join(void **state)
{
    (void)state;
    for (unsigned most = 1; most <= ROWS; most++) {
        unsigned slices = 1;
        assert_int_equal(chain_begin(&chain, &t, 1), CHAIN_FINE);
        for (; chain_walk(&chain, &t, 0, most) == CHAIN_MORE; slices++) {
            struct chain next;
            assert_int_equal(chain_begin(&next, &t, chain.next), CHAIN_FINE);
            assert_memory_equal(next.hash, chain.hash, ENTRY_HASH_BYTES);
        }
        assert_int_equal(chain.next, ROWS + 1);
        assert_int_equal(slices, (ROWS + most - 1) / most);
    }
}

static void an_empty_log_is_fine(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq <= ROWS; seq++)
        del(seq);
    is(CHAIN_FINE, 1);
    assert_int_equal(walked(1, 0, NULL, ROWS), CHAIN_MISSING); /* but there was something */
    assert_int_equal(chain.next, 1);
    assert_int_equal(walked(2, 0, NULL, 0), CHAIN_MISSING);
    assert_int_equal(chain.next, 1);
}

/* The salt of an entry that says nothing salts nothing: it is in no hash, and has no meaning. */
static uint32_t meant_bytes(uint64_t seq, uint32_t n)
{
    struct facts f;
    struct entry e;
    read_at(seq, &f, &e);
    struct reader r = reader_over(e.texts.p, e.texts.n);
    return reader_map(&r) == 1 && slice_is(reader_str(&r), "salt") ? n - ENTRY_DIGEST_BYTES : n;
}

static void changed(uint64_t seq, struct slice row, uint32_t at)
{
    static const uint8_t changes[] = {0x01, 0x20, 0x80, 0xff};
    for (unsigned i = 0; i < sizeof changes; i++) {
        bytes_of(row)[at] ^= changes[i];
        put(seq, row);
        enum chain_state said = walked(seq, 0, NULL, 0);
        if (said != CHAIN_ALTERED || chain.next != seq)
            fail_msg("entry %u, byte %u of %u changed by %02x: %s at %u", (unsigned)seq, at, row.n,
                     changes[i], chain_word(said, true), (unsigned)chain.next);
        bytes_of(row)[at] ^= changes[i];
    }
}

static void every_changed_byte_is_found(void **state)
{
    (void)state;
    unsigned tried = 0, idle = 0;
    for (uint64_t seq = 1; seq <= ROWS; seq++) {
        struct slice row = row_at(seq);
        uint32_t meant = meant_bytes(seq, row.n);
        for (uint32_t at = ROW_VERSION; at < meant; at++, tried++)
            changed(seq, row, at);
        put(seq, row);
        idle += row.n - meant;
    }
    fine();
    print_message("%u bytes, every change found\n", tried);
    assert_int_equal(idle, ENTRY_DIGEST_BYTES); /* the head alone has no texts */
    assert_true(tried > 3000);
}

static void every_cut_or_lengthened_row_is_found(void **state)
{
    (void)state;
    struct slice row = row_at(5), sound = row_at(5);
    for (uint32_t n = ROW_HEAD_BYTES; n < sound.n; n++) {
        row.n = n;
        put(5, row);
        is(CHAIN_ALTERED, 5);
    }
    uint8_t longer[4096];
    memcpy(longer, sound.p, sound.n);
    longer[sound.n] = 0xc0;
    put(5, (struct slice){(const char *)longer, sound.n + 1});
    is(CHAIN_ALTERED, 5);
    put(5, sound);
    fine();
}

static void a_wrong_checksum_is_found(void **state)
{
    (void)state;
    struct slice row = row_at(5);
    struct rowkey k = rowkey_seq(5);
    bytes_of(row)[ROW_CRC] ^= 1;
    txn_put(&t, TABLE_LOG, &k, row.p, row.n);
    is(CHAIN_ALTERED, 5);
}

static void what_is_gone_is_missing(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq < ROWS; seq++) {
        struct slice row = row_at(seq);
        del(seq);
        is(CHAIN_MISSING, seq);
        assert_int_equal(walked(seq + 1, 0, NULL, 0), CHAIN_MISSING); /* it goes on from there */
        assert_int_equal(chain.next, seq);
        put(seq, row);
    }
    fine();
}

static void an_end_that_is_gone_is_missed_by_who_has_seen_it(void **state)
{
    (void)state;
    del(ROWS);
    del(ROWS - 1);
    fine(); /* nothing in the log itself speaks of it */
    assert_int_equal(walked(1, 0, NULL, ROWS), CHAIN_MISSING);
    assert_int_equal(chain.next, ROWS - 1);
    assert_int_equal(walked(1, ROWS, NULL, 0), CHAIN_MISSING);
    assert_int_equal(chain.next, ROWS - 1);
    assert_int_equal(walked(1, ROWS - 2, NULL, ROWS), CHAIN_FINE);
}

static void what_was_moved_is_named_with_its_place(void **state)
{
    (void)state;
    for (uint64_t one = 1; one < ROWS; one++)
        for (uint64_t other = one + 1; other <= ROWS; other++) {
            swap(one, other);
            is(CHAIN_REORDERED, one);
            assert_int_equal(chain.elsewhere, other);
            swap(one, other);
        }
    fine();
}

static void an_entry_pushed_in_between_moves_the_rest(void **state)
{
    (void)state;
    for (uint64_t seq = ROWS; seq >= 5; seq--)
        put(seq + 1, row_at(seq));
    put(5, row_at(3));
    is(CHAIN_REORDERED, 5);
    assert_int_equal(chain.elsewhere, 6);
}

static void an_entry_told_twice_is_altered(void **state)
{
    (void)state;
    put(6, row_at(5));
    is(CHAIN_ALTERED, 6);
}

static void it_is_looked_for_not_too_far_away(void **state)
{
    (void)state;
    txn_abort(&t);
    while (scratch_store(&s, an_event(&a, .title = "Jalan")) < 4200)
        ;
    scratch_commit(&s);
    begin(true);
    swap(10, 4105);
    is(CHAIN_REORDERED, 10);
    assert_int_equal(chain.elsewhere, 4105);
    swap(10, 4105);
    swap(10, 4106);
    is(CHAIN_ALTERED, 10);
}

static void what_it_begins_with_must_be_there(void **state)
{
    (void)state;
    struct slice row = row_at(6);
    bytes_of(row)[ROW_WHAT] = 0;
    put(6, row);
    assert_int_equal(walked(7, 0, NULL, 0), CHAIN_ALTERED);
    assert_int_equal(chain.next, 6);
    assert_int_equal(walked(8, 0, NULL, 0), CHAIN_FINE);
    assert_int_equal(walked(ROWS + 2, 0, NULL, 0), CHAIN_MISSING);
    assert_int_equal(chain.next, ROWS + 1);
    assert_int_equal(walked(UINT64_MAX, 0, NULL, 0), CHAIN_MISSING);
    assert_int_equal(chain.next, ROWS + 1);
}

/* ---- texts that were destroyed ---- */

static void texts_may_be_gone_but_not_replaced(void **state)
{
    (void)state;
    struct facts f;
    struct entry e;
    for (uint64_t seq = 1; seq <= ROWS; seq++)
        erase(seq);
    fine();
    assert_int_equal(chain.erased, ROWS - 1); /* the head says nothing that could be erased */
    read_at(5, &f, &e);
    struct slice row = row_at(5);
    for (uint32_t i = row.n - e.texts.n; i < row.n; i++) {
        bytes_of(row)[i] ^= 1;
        put(5, row);
        is(CHAIN_ALTERED, 5);
        bytes_of(row)[i] ^= 1;
    }
}

/* Behind the digest nothing can be hidden, and none of it can be left out. */
static void what_is_left_of_a_text_has_its_length(void **state)
{
    (void)state;
    uint8_t left[ENTRY_HASH_BYTES + 4] = {0}, texts[256];
    struct facts f, other;
    struct entry e;
    for (uint32_t n = ENTRY_HASH_BYTES - 1; n <= ENTRY_HASH_BYTES + 1; n++) {
        struct writer w;
        read_at(ROWS, &f, &e);
        read_at(ROWS - 1, &other, NULL);
        writer_init(&w, texts, sizeof texts);
        size_t at = writer_open_map(&w);
        writer_text(&w, "title");
        writer_bin(&w, left, n);
        writer_close_map(&w, at, 1);
        e.texts = (struct slice){(const char *)texts, (uint32_t)w.n};
        entry_chain(other.hash, &e, &f); /* who wrote it made the hash fit */
        put_entry(ROWS, &e, &f);
        if (n == ENTRY_HASH_BYTES)
            fine();
        else
            is(CHAIN_ALTERED, ROWS);
    }
}

static void a_control_sees_nothing(void **state)
{
    (void)state;
    rewrite(5, NULL);
    del(6);
    swap(2, 3);
    is(CHAIN_REORDERED, 2);
    assert_int_equal(chain_begin(&chain, &t, 1), CHAIN_FINE);
    chain.none = true;
    chain.least = ROWS + 1;
    assert_int_equal(chain_walk(&chain, &t, 0, 1000), CHAIN_FINE);
    assert_int_equal(chain.next, ROWS + 1);
}

static void every_state_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < CHAIN_STATES; i++)
        assert_string_not_equal(chain_word((enum chain_state)i, true),
                                chain_word((enum chain_state)i, false));
}

#define with_log(test) cmocka_unit_test_setup_teardown(test, fresh, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_log(a_log_as_it_was_written_is_fine),
        with_log(slices_join),
        with_log(an_empty_log_is_fine),
        with_log(every_changed_byte_is_found),
        with_log(every_cut_or_lengthened_row_is_found),
        with_log(a_wrong_checksum_is_found),
        with_log(what_is_gone_is_missing),
        with_log(an_end_that_is_gone_is_missed_by_who_has_seen_it),
        with_log(what_was_moved_is_named_with_its_place),
        with_log(an_entry_pushed_in_between_moves_the_rest),
        with_log(an_entry_told_twice_is_altered),
        with_log(it_is_looked_for_not_too_far_away),
        with_log(what_it_begins_with_must_be_there),
        with_log(texts_may_be_gone_but_not_replaced),
        with_log(what_is_left_of_a_text_has_its_length),
        with_log(a_control_sees_nothing),
        with_log(every_state_has_its_words),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
