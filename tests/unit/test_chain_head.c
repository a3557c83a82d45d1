/* head: the end of the chain, signed: in the log, in a file, in the hands of others. */
#include "chain_ground.h"

#include <ctype.h>

/* ---- in the log ---- */

static void a_log_hashed_anew_does_not_fit_its_head(void **state)
{
    (void)state;
    assert_int_equal(told_of_kept(), CHAIN_FINE);
    rewrite(5, NULL);
    is(CHAIN_HEAD, HEAD_AT);
    assert_int_equal(walked(1, UPTO, NULL, 0), CHAIN_FINE); /* the chain alone believes it */
    assert_int_equal(walked(HEAD_AT + 1, 0, NULL, 0), CHAIN_FINE);
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
}

static void what_comes_behind_the_head_can_still_be_rewritten(void **state)
{
    (void)state;
    rewrite(HEAD_AT + 1, NULL);
    fine();
    assert_int_equal(told_of_kept(), CHAIN_FINE);
}

static void heads_signed_anew_need_the_key(void **state)
{
    (void)state;
    rewrite(5, OTHER_SEED);
    fine(); /* who names no key believes them */
    assert_int_equal(walked(1, 0, kept.public_key, 0), CHAIN_SIGNER);
    assert_int_equal(chain.next, HEAD_AT);
    assert_string_not_equal(chain.head.public_key, kept.public_key);
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
}

static void who_has_the_key_is_caught_by_a_head_kept_elsewhere(void **state)
{
    (void)state;
    rewrite(5, SEED);
    assert_int_equal(walked(1, 0, kept.public_key, 0), CHAIN_FINE);
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
    del(UPTO);
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
}

static void a_head_kept_elsewhere_misses_an_end_that_is_gone(void **state)
{
    (void)state;
    for (uint64_t seq = UPTO; seq <= ROWS; seq++)
        del(seq);
    fine();
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
}

/* The entry that was kept must itself be whole, whatever hash stands in it. */
static void a_head_looks_into_its_entry(void **state)
{
    (void)state;
    struct slice row = row_at(UPTO);
    bytes_of(row)[row.n - 1] ^= 1;
    put(UPTO, row);
    assert_int_equal(told_of_kept(), CHAIN_HEAD);
}

static void heads_that_are_none(void **state)
{
    (void)state;
    txn_abort(&t);
    for (unsigned i = 0; i < 5; i++) {
        struct head h;
        begin(false);
        uint64_t newest = rows_newest(&t);
        sign_at(UPTO, SEED, &h);
        txn_abort(&t);
        snprintf(h.day, sizeof h.day, "2026-12-%02u", i);
        char *const fields[] = {h.day, h.upto, h.hash, h.public_key, h.sign};
        if (i == 1)
            snprintf(h.upto, sizeof h.upto, "%llu", (unsigned long long)newest + 1); /* itself */
        else if (i > 0)
            fields[i][0] = '\0';
        store_head(&h);
        begin(false);
        is(CHAIN_HEAD, ROWS + 1); /* the first of them: another day */
        assert_int_equal(walked(newest + 1, 0, NULL, 0), CHAIN_HEAD);
        assert_int_equal(chain.next, newest + 1);
        txn_abort(&t);
    }
    begin(false);
}

/* ---- heads as texts ---- */

static void a_signature_is_about_every_field(void **state)
{
    (void)state;
    struct head h = kept;
    char *const fields[] = {h.node, h.day, h.upto, h.hash, h.public_key, h.sign};
    assert_true(head_verify(&h));
    for (unsigned i = 0; i < 6; i++)
        for (char *p = fields[i]; *p != '\0'; p++) {
            *p ^= 1;
            assert_false(head_verify(&h));
            *p ^= 1;
        }
    assert_true(head_verify(&h));
    uint64_t big = UINT64_MAX;
    head_sign(SEED, "node-1", "2026-11-24", big, (const uint8_t *)kept.hash, &h);
    assert_true(head_verify(&h));
    assert_true(head_upto(&h) == big);
}

/* The text is part of the protocol: an auditor's own tool checks it the same way. */
static void the_signed_text_is_as_written_down(void **state)
{
    (void)state;
    char text[512];
    uint8_t sign[crypto_sign_BYTES], key[crypto_sign_PUBLICKEYBYTES];
    int n = snprintf(text, sizeof text, "siaga-head-1\nnode-1\n2026-11-24\n8\n%s\n", kept.hash);
    sodium_hex2bin(sign, sizeof sign, kept.sign, 128, NULL, NULL, NULL);
    sodium_hex2bin(key, sizeof key, kept.public_key, 64, NULL, NULL, NULL);
    assert_int_equal(
        crypto_sign_verify_detached(sign, (const uint8_t *)text, (unsigned long long)n, key), 0);
}

static void who_signed_is_found_in_a_list(void **state)
{
    (void)state;
    char list[256], upper[65];
    struct head other;
    sign_at(UPTO, OTHER_SEED, &other);
    for (size_t i = 0; i < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)kept.public_key[i]);
    snprintf(list, sizeof list, "%s,%s", other.public_key, upper);
    assert_true(head_signers_fine(list));
    assert_true(head_signed_by(&kept, list));
    assert_true(head_signed_by(&other, list));
    assert_true(head_signed_by(&kept, upper));
    assert_true(head_signed_by(&kept, NULL));
    assert_false(head_signed_by(&kept, other.public_key));
    assert_int_equal(chain_head(&t, &other, kept.public_key), CHAIN_SIGNER);
    assert_int_equal(chain_head(&t, &other, list), CHAIN_FINE);
}

static void a_list_of_keys_has_its_form(void **state)
{
    (void)state;
    char text[256];
    const char *const bad[] = {"", ",", "0", "zz"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(head_signers_fine(bad[i]));
    snprintf(text, sizeof text, "%s,", kept.public_key);
    assert_false(head_signers_fine(text));
    snprintf(text, sizeof text, "%s;%s", kept.public_key, kept.public_key);
    assert_false(head_signers_fine(text));
    snprintf(text, sizeof text, "%.63sg", kept.public_key);
    assert_false(head_signers_fine(text));
    assert_true(head_signers_fine(kept.public_key));
}

static void a_file_comes_back_as_it_went(void **state)
{
    (void)state;
    struct head back;
    const char *text = file_of(&kept);
    assert_true(head_read(text, strlen(text), &back));
    assert_memory_equal(&back, &kept, sizeof back);
}

static void a_file_that_went_by_mail_is_still_one(void **state)
{
    (void)state;
    char text[2 * HEAD_TEXT_BYTES];
    struct head back;
    int n = snprintf(text, sizeof text,
                     "# kepala rantai\r\n\r\nnode:%s\r\n  day: %s  \r\nupto:\t%s\r\nhash: %s\r\n"
                     "public: %s\r\nnote: disimpan di brankas\r\nsign: %s",
                     kept.node, kept.day, kept.upto, kept.hash, kept.public_key, kept.sign);
    assert_true(head_read(text, (size_t)n, &back));
    assert_memory_equal(&back, &kept, sizeof back);
}

static void an_entry_is_one_only_when_whole(void **state)
{
    (void)state;
    struct head h = kept, back;
    char *const fields[] = {h.day, h.upto, h.hash, h.public_key, h.sign};
    assert_true(head_of_entry(head_entry(&kept), &back));
    assert_memory_equal(&back, &kept, sizeof back);
    for (unsigned i = 0; i < 5; i++) {
        h = kept;
        fields[i][0] = '\0';
        assert_false(head_of_entry(head_entry(&h), &back));
    }
}

static void what_is_no_head_is_refused(void **state)
{
    (void)state;
    struct head back, h;
    const char *const bad[] = {"", "\n\n", "siaga", "node\nday\n", "upto: 8\n", ":", "\0\0\0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(head_read(bad[i], i == 6 ? 3 : strlen(bad[i]), &back));
    const char *const uptos[] = {"", "0", "-8", "08", "8a", "8 8", "0x8"};
    for (size_t i = 0; i < sizeof uptos / sizeof *uptos; i++) {
        h = kept;
        snprintf(h.upto, sizeof h.upto, "%s", uptos[i]);
        assert_false(head_read(file_of(&h), strlen(file_of(&h)), &back));
    }
    for (unsigned line = 0; line < 6; line++) { /* each field is needed */
        char text[HEAD_TEXT_BYTES];
        snprintf(text, sizeof text, "%s", file_of(&kept));
        char *at = text;
        for (unsigned i = 0; i < line; i++)
            at = strchr(at, '\n') + 1;
        *at = '#';
        assert_false(head_read(text, strlen(text), &back));
    }
    char longer[2 * HEAD_TEXT_BYTES];
    snprintf(longer, sizeof longer, "%ssign: %s0\n", file_of(&kept), kept.sign);
    assert_false(head_read(longer, strlen(longer), &back));
}

#define with_log(test) cmocka_unit_test_setup_teardown(test, fresh, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_log(a_log_hashed_anew_does_not_fit_its_head),
        with_log(what_comes_behind_the_head_can_still_be_rewritten),
        with_log(heads_signed_anew_need_the_key),
        with_log(who_has_the_key_is_caught_by_a_head_kept_elsewhere),
        with_log(a_head_kept_elsewhere_misses_an_end_that_is_gone),
        with_log(a_head_looks_into_its_entry),
        with_log(heads_that_are_none),
        with_log(a_signature_is_about_every_field),
        with_log(the_signed_text_is_as_written_down),
        with_log(who_signed_is_found_in_a_list),
        with_log(a_list_of_keys_has_its_form),
        with_log(a_file_comes_back_as_it_went),
        with_log(a_file_that_went_by_mail_is_still_one),
        with_log(an_entry_is_one_only_when_whole),
        with_log(what_is_no_head_is_refused),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
