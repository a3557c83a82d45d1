/* The chain and its heads, asked of a siagad that runs. */
#include "chain_ground.h"

#include "daemon/query/query.h"
#include "proto/verdict.h"
#include "tests/support/asker.h"

static struct query *query;

static struct reader asked(struct question *q)
{
    asker_ask(query, q);
    assert_int_equal(q->verdict, V_DONE);
    return reader_over(q->body.p, q->body.n);
}

static void open_query(void)
{
    struct err err = {""};
    txn_abort(&t);
    assert_int_equal(query_open(&query, s.store, &err), 0);
}

static void close_query(void)
{
    query_close(&query);
    begin(false);
}

static struct question *about(uint64_t from, uint64_t upto)
{
    struct question *q = question_new(QUESTION_VERIFY);
    q->seq = from;
    q->upto = upto;
    return q;
}

static bool truth(struct reader map, const char *name)
{
    struct reader r;
    return asker_find(&map, name, &r) && reader_bool(&r);
}

static void a_question_is_answered_in_slices_that_join(void **state)
{
    (void)state;
    uint8_t before[ENTRY_HASH_BYTES];
    uint64_t next = 1, heads = 0, erased = 0;
    unsigned slices = 0;
    txn_abort(&t);
    while (scratch_store(&s, an_event(&a, .title = "Jalan")) < 2500)
        ;
    scratch_commit(&s);
    begin(false);
    open_query();
    for (bool more = true; more; slices++) {
        struct question *q = about(next, 0);
        struct reader r;
        if (next > 1)
            q->value = (struct slice){(const char *)before, sizeof before};
        struct reader told = asked(q);
        assert_int_equal(asker_text(told, "found").n, 0);
        more = truth(told, "more");
        next = asker_number(told, "next");
        heads += asker_number(told, "heads");
        erased += asker_number(told, "erased");
        struct reader map = told;
        assert_true(asker_find(&map, "before", &r));
        memcpy(before, reader_bin(&r).p, sizeof before);
        question_free(&q);
    }
    assert_int_equal(slices, 3);
    assert_int_equal(next, 2501);
    assert_int_equal(heads, 1);
    assert_int_equal(erased, 1);
    assert_memory_equal(before, views_hash(s.views), sizeof before);
    struct question *q = about(100, 0); /* another hash before it: it does not join */
    before[0] ^= 1;
    q->value = (struct slice){(const char *)before, sizeof before};
    assert_true(slice_is(asker_text(asked(q), "found"), "altered"));
    question_free(&q);
    close_query();
}

static void an_answer_names_what_is_wrong(void **state)
{
    (void)state;
    swap(5, 7);
    del(ROWS);
    commit();
    begin(false);
    open_query();
    struct question *q = about(1, 0);
    struct reader told = asked(q);
    assert_true(slice_is(asker_text(told, "found"), "reordered"));
    assert_int_equal(asker_number(told, "number"), 5);
    assert_int_equal(asker_number(told, "elsewhere"), 7);
    question_free(&q);
    q = about(HEAD_AT + 1, 0); /* the views have seen one more than the log has */
    told = asked(q);
    assert_true(slice_is(asker_text(told, "found"), "missing"));
    assert_int_equal(asker_number(told, "number"), ROWS);
    question_free(&q);
    close_query();
}

static const char *about_kept(const struct head *h, const char *signer)
{
    static char found[16];
    struct question *q = question_new(QUESTION_VERIFY);
    q->kept = slice_from(file_of(h));
    q->signer = signer;
    struct reader told = asked(q);
    struct slice text = asker_text(told, "found");
    snprintf(found, sizeof found, SLICE_FMT, SLICE_ARG(text));
    assert_int_equal(truth(told, "believed"), signer == NULL);
    assert_int_equal(asker_number(told, "next"), head_upto(h) + 1);
    question_free(&q);
    return found;
}

static void a_head_kept_elsewhere_is_checked(void **state)
{
    (void)state;
    struct head wrong = kept, other;
    wrong.hash[0] = wrong.hash[0] == '0' ? '1' : '0';
    sign_at(UPTO, OTHER_SEED, &other);
    open_query();
    assert_string_equal(about_kept(&kept, NULL), "");
    assert_string_equal(about_kept(&kept, kept.public_key), "");
    assert_string_equal(about_kept(&kept, other.public_key), "head");
    assert_string_equal(about_kept(&wrong, NULL), "head");
    assert_string_equal(about_kept(&other, NULL), "");
    assert_string_equal(about_kept(&other, kept.public_key), "head");
    struct question *q = question_new(QUESTION_VERIFY);
    q->kept = SLICE_LIT("upto: 8\n");
    asker_ask(query, q);
    assert_int_equal(q->verdict, E_FIELD);
    question_free(&q);
    close_query();
}

/* Among keys of siagad's own and of others, some of which come close. */
static void the_newest_head_is_found(void **state)
{
    (void)state;
    struct head h;
    static const struct {
        const char *source, *key;
    } near[] = {{"siagad", "head"},     {"siagad", "head."},          {"siagad", "time.1"},
                {"siagad-2", "head.9"}, {"siaga", "head.2027-01-01"}, {"zzz", "a"},
                {"siagad", "a"}};
    txn_abort(&t);
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        scratch_store(&s, an_event(&a, .source = near[i].source, .key = near[i].key));
    scratch_commit(&s);
    begin(false);
    uint64_t upto = rows_newest(&t);
    struct facts f;
    read_at(upto, &f, NULL);
    head_sign(SEED, "node-1", "2026-11-25", upto, f.hash, &h);
    txn_abort(&t);
    for (unsigned again = 0; again < 2; again++) {
        begin(false);
        open_query();
        struct question *q = question_new(QUESTION_HEAD);
        struct reader told = asked(q);
        const struct head *wanted = again ? &h : &kept;
        assert_int_equal(asker_number(told, "seq"), again ? upto + 1 : HEAD_AT);
        assert_int_equal(asker_number(told, "now"), upto + again);
        const char *const names[] = {"node", "day", "upto", "hash", "public", "sign"};
        const char *const values[] = {wanted->node, wanted->day,        wanted->upto,
                                      wanted->hash, wanted->public_key, wanted->sign};
        for (unsigned i = 0; i < 6; i++)
            assert_true(slice_is(asker_text(told, names[i]), values[i]));
        question_free(&q);
        close_query();
        txn_abort(&t);
        if (!again)
            store_head(&h);
    }
    begin(false);
}

static void a_log_without_heads_says_so(void **state)
{
    (void)state;
    txn_abort(&t);
    scratch_close(&s);
    scratch_open(&s);
    for (unsigned n = 0; n < 2; n++) {
        begin(false);
        open_query();
        struct question *q = question_new(QUESTION_HEAD);
        struct reader told = asked(q);
        assert_int_equal(asker_number(told, "now"), n);
        assert_int_equal(asker_text(told, "now_hash").n, 64 * n);
        assert_int_equal(asker_text(told, "sign").n, 0);
        question_free(&q);
        close_query();
        txn_abort(&t);
        scratch_store(&s, an_event(&a, .title = "Jalan"));
        scratch_commit(&s);
    }
    begin(false);
}

#define with_log(test) cmocka_unit_test_setup_teardown(test, fresh, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_log(a_question_is_answered_in_slices_that_join),
        with_log(an_answer_names_what_is_wrong),
        with_log(a_head_kept_elsewhere_is_checked),
        with_log(the_newest_head_is_found),
        with_log(a_log_without_heads_says_so),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
