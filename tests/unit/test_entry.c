/* entry: a row is written and read back whole, a damaged byte is noticed, the chain outlives
 * erasure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdlib.h>

#include "daemon/views/row_layout.h"
#include "tests/support/entries.h"

static struct arena a;

static int fresh_arena(void **state)
{
    (void)state;
    a = (struct arena){0};
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_drop(&a);
    return 0;
}

static struct facts facts_of(const struct entry *e)
{
    struct facts f = {.seq = 77,
                      .case_seq = 77,
                      .at_us = e->at_us,
                      .version = 1,
                      .flags = 5,
                      .day = 20781,
                      .counter = 42,
                      .what = e->what,
                      .kind = KIND_EMERGENCY,
                      .severity = SEVERITY_SEVERE,
                      .state = STATE_ASSIGNED,
                      .mode = MODE_ACTUAL,
                      .call_class = CALL_CLASS_REAL,
                      .from = 0,
                      .owner = slice_from("damkar"),
                      .kecamatan = slice_from("utara")};
    static const uint8_t before[ENTRY_HASH_BYTES] = {1, 2, 3};
    entry_chain(before, e, &f);
    return f;
}

static struct slice row_of(const struct entry *e, const struct facts *f)
{
    size_t n = entry_row_size(e, f);
    uint8_t *row = arena_alloc(&a, n);
    entry_row_write(row, e, f);
    return (struct slice){(const char *)row, (uint32_t)n};
}

static void same_facts(const struct facts *x, const struct facts *y)
{
    assert_int_equal(x->seq, y->seq);
    assert_int_equal(x->case_seq, y->case_seq);
    assert_int_equal(x->at_us, y->at_us);
    assert_int_equal(x->version, y->version);
    assert_int_equal(x->flags, y->flags);
    assert_int_equal(x->day, y->day);
    assert_int_equal(x->counter, y->counter);
    assert_int_equal(x->what, y->what);
    assert_int_equal(x->kind, y->kind);
    assert_int_equal(x->severity, y->severity);
    assert_int_equal(x->state, y->state);
    assert_int_equal(x->mode, y->mode);
    assert_int_equal(x->call_class, y->call_class);
    assert_int_equal(x->from, y->from);
    assert_int_equal(x->act, y->act);
    assert_int_equal(x->part, y->part);
    assert_int_equal(x->part_from, y->part_from);
    assert_int_equal(x->part_state, y->part_state);
    assert_int_equal(x->bits, y->bits);
    assert_true(slice_same(x->owner, y->owner));
    assert_true(slice_same(x->kecamatan, y->kecamatan));
    assert_true(slice_same(x->before, y->before));
    assert_true(slice_same(x->task, y->task));
    assert_true(slice_same(x->helpers, y->helpers));
    assert_memory_equal(x->hash, y->hash, ENTRY_HASH_BYTES);
}

static void same_askers(const struct entry *x, const struct entry *y)
{
    assert_int_equal(x->role, y->role);
    assert_int_equal(x->boot, y->boot);
    assert_int_equal(x->at_us, y->at_us);
    assert_true(slice_same(x->node, y->node));
    assert_true(slice_same(x->source, y->source));
    assert_true(slice_same(x->key, y->key));
    assert_true(slice_same(x->owner, y->owner));
    assert_true(slice_same(x->desk, y->desk));
    assert_memory_equal(x->digest, y->digest, ENTRY_DIGEST_BYTES);
    assert_memory_equal(x->salt, y->salt, ENTRY_DIGEST_BYTES);
    assert_int_equal(x->flags, y->flags);
    assert_int_equal(x->version, y->version);
}

static void same_parts(const struct entry *x, const struct entry *y)
{
    assert_int_equal(x->parts_n, y->parts_n);
    for (unsigned i = 0; i < x->parts_n; i++) {
        const struct entry_part *p = &x->parts[i], *q = &y->parts[i];
        assert_true(slice_same(p->skpd, q->skpd));
        assert_int_equal(p->ack_due, q->ack_due);
        assert_int_equal(p->resolve_due, q->resolve_due);
        assert_int_equal(p->silence_at, q->silence_at);
        assert_true(slice_same(p->ack_target, q->ack_target));
        assert_true(slice_same(p->resolve_target, q->resolve_target));
        assert_int_equal(p->judge, q->judge);
        assert_int_equal(p->working, q->working);
        assert_int_equal(p->outside, q->outside);
    }
}

static void same_change(const struct entry *x, const struct entry *y)
{
    assert_true(slice_same(x->own, y->own));
    assert_true(slice_same(x->task, y->task));
    assert_true(slice_same(x->secretariat, y->secretariat));
    assert_true(slice_same(x->reason, y->reason));
    assert_int_equal(x->into.kind, y->into.kind);
    assert_int_equal(x->into.day, y->into.day);
    assert_int_equal(x->into.counter, y->into.counter);
    assert_int_equal(x->timer, y->timer);
    assert_int_equal(x->timer_at, y->timer_at);
    assert_int_equal(x->until_us, y->until_us);
    assert_int_equal(x->claimed_us, y->claimed_us);
    assert_int_equal(x->attempt, y->attempt);
    assert_int_equal(x->attempts_max, y->attempts_max);
    assert_int_equal(x->level, y->level);
    assert_int_equal(x->milestone, y->milestone);
    assert_int_equal(x->outcome, y->outcome);
    assert_int_equal(x->stars, y->stars);
    assert_int_equal(x->choices, y->choices);
}

static void an_event_comes_back_as_it_went(void **state)
{
    (void)state;
    struct ticket ref = {KIND_REPORT, 20000, 9};
    struct entry *e = an_event(&a, .title = "Api", .body = "besar\nsekali", .kecamatan = "utara",
                               .flags = FLAG_LATE, .day = 20781, .ref = ref, .outside = true,
                               .judge = MILESTONE_ON_SCENE, .resolve_due = ENTRIES_AT + 5,
                               .silence_at = ENTRIES_AT + 7, .helpers = {"dinkes", "polres"}),
                 back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    assert_int_equal(entry_row_read(77, row, &f_back, &back), ENTRY_FINE);
    same_facts(&f, &f_back);
    same_askers(e, &back);
    assert_int_equal(back.what, ENTRY_EVENT);
    assert_int_equal(back.kind, e->kind);
    assert_int_equal(back.severity, e->severity);
    assert_int_equal(back.mode, e->mode);
    assert_int_equal(back.call_class, e->call_class);
    assert_int_equal(back.day, e->day);
    assert_int_equal(back.case_seq, 0);
    assert_true(slice_same(back.kecamatan, e->kecamatan));
    assert_int_equal(back.parts_n, 3);
    same_parts(e, &back);
    assert_int_equal(back.refs_n, 1);
    assert_int_equal(back.refs[0].counter, 9);
    assert_int_equal(back.refs[0].day, 20000);
    assert_true(slice_same(back.texts, e->texts));
    struct slice again = row_of(&back, &f_back);
    assert_true(slice_same(row, again));
}

/* It goes when the texts go. */
static bool is_text_alone(const struct entry *e, struct slice value)
{
    return memmem(e->texts.p, e->texts.n, value.p, value.n) != NULL &&
           memmem(e->shown.p, e->shown.n, value.p, value.n) == NULL;
}

/* The act, not the state wanted: a replay does what was done. */
static void a_move_comes_back_as_it_went(void **state)
{
    (void)state;
    struct entry *e = a_move(&a, .of = 12, .to = STATE_REJECTED, .version = 3, .role = ROLE_HANDLER,
                             .own = "damkar", .reason = "prank", .note = "iseng"),
                 back;
    struct facts f = facts_of(e), f_back;
    f.case_seq = 12;
    f.state = STATE_REJECTED;
    f.from = STATE_RECEIVED;
    f.act = ACT_REJECT;
    f.part = 2;
    f.part_from = STATE_ASSIGNED;
    f.part_state = STATE_REJECTED;
    f.bits = FACT_BY_RULE;
    f.before = slice_from("pupr");
    f.task = slice_from("dinkes");
    f.helpers = slice_from("polres,dinkes");
    struct slice row = row_of(e, &f);
    assert_int_equal(entry_row_read(77, row, &f_back, &back), ENTRY_FINE);
    same_facts(&f, &f_back);
    same_askers(e, &back);
    assert_true(is_text_alone(&back, SLICE_LIT("prank")) &&
                is_text_alone(&back, SLICE_LIT("iseng")));
    e->reason = (struct slice){0};
    same_change(e, &back);
    assert_int_equal(back.case_seq, 12);
    assert_int_equal(back.act, ACT_REJECT);
    assert_true(slice_same(row, row_of(&back, &f_back)));
}

/* Every number of a change set to something else. */
static void a_change_of_any_kind_comes_back_as_it_went(void **state)
{
    (void)state;
    const struct wish w = {.of = 12,
                           .role = ROLE_SYSTEM,
                           .act = 1,
                           .own = "damkar",
                           .task = "dinkes",
                           .target = "polres",
                           .outside = true,
                           .secretariat = "setda",
                           .reason = "alasan",
                           .into = {KIND_REPORT, 20000, 7},
                           .timer = 3,
                           .timer_at = ENTRIES_AT + 1,
                           .until_us = ENTRIES_AT + 2,
                           .claimed_us = ENTRIES_AT + 3,
                           .ack_due = ENTRIES_AT + 4,
                           .resolve_due = ENTRIES_AT + 5,
                           .attempt = 70000,
                           .attempts_max = 5,
                           .level = LEVEL_MAYOR,
                           .milestone = MILESTONE_CLEARED,
                           .outcome = OUTCOME_REFERRED,
                           .stars = 4,
                           .choices = CHOICE_DONE | CHOICE_PROOF};
    static const uint8_t kinds[] = {ENTRY_MOVE, ENTRY_WORK, ENTRY_ALARM, ENTRY_CLOCK};
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct entry *e = entries_change(&a, &w, kinds[i]), back;
        struct facts f = facts_of(e), f_back;
        f.case_seq = 12;
        f.act = e->act;
        if (kinds[i] != ENTRY_WORK)
            e->reason = (struct slice){0}; /* siagad gives none, and a person's is a text */
        assert_int_equal(entry_row_read(77, row_of(e, &f), &f_back, &back), ENTRY_FINE);
        assert_int_equal(back.what, kinds[i]);
        assert_int_equal(back.act, 1);
        same_facts(&f, &f_back);
        same_askers(e, &back);
        same_parts(e, &back);
        same_change(e, &back);
    }
}

static void a_reclass_comes_back_as_it_went(void **state)
{
    (void)state;
    struct entry *e = a_reclass(&a, .of = 12, .call_class = CALL_CLASS_PRANK, .version = 1), back;
    struct facts f = facts_of(e), f_back;
    f.case_seq = 12;
    f.call_class = CALL_CLASS_PRANK;
    assert_int_equal(entry_row_read(77, row_of(e, &f), &f_back, &back), ENTRY_FINE);
    assert_int_equal(back.call_class, CALL_CLASS_PRANK);
    same_askers(e, &back);
}

static void every_changed_byte_is_caught(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .title = "Api", .kecamatan = "utara"), back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    for (uint32_t i = 0; i < row.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct slice bad = arena_copy(&a, row.p, row.n);
            ((char *)bad.p)[i] ^= (char)(1u << bit);
            assert_int_not_equal(entry_row_read(77, bad, &f_back, &back), ENTRY_FINE);
            assert_int_not_equal(entry_row_read(77, bad, &f_back, NULL), ENTRY_FINE);
        }
}

/* A pointer or a key that a disk turned shows one row in another's place. */
static void a_row_is_of_one_number_alone(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .title = "Api"), back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    assert_int_equal(entry_row_read(77, row, &f_back, &back), ENTRY_FINE);
    assert_int_equal(entry_row_read(76, row, &f_back, &back), ENTRY_BAD_CRC);
    assert_int_equal(entry_row_read(77 + (1ull << 40), row, &f_back, NULL), ENTRY_BAD_CRC);
}

/* Copied to its very size, so that a sanitizer sees a step too far. */
static void every_cut_is_caught(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .title = "Api"), back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    for (uint32_t n = 0; n < row.n; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, row.p, n);
        char *exact = realloc(cut, n > 0 ? n : 1);
        assert_int_not_equal(entry_row_read(77, (struct slice){exact, n}, &f_back, &back),
                             ENTRY_FINE);
        free(exact);
    }
}

static enum entry_read read_with(uint32_t at, uint8_t value)
{
    struct entry *e = an_event(&a, .title = "Api"), back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    ((uint8_t *)row.p)[at] = value;
    entry_row_sum(77, (uint8_t *)row.p, row.n);
    return entry_row_read(77, row, &f_back, &back);
}

/* With a checksum that fits: written by another siagad, or by a hand. */
static void what_this_version_does_not_know_is_never_taken(void **state)
{
    (void)state;
    assert_int_equal(read_with(ROW_VERSION, ENTRY_VERSION), ENTRY_FINE);
    assert_int_equal(read_with(ROW_VERSION, ENTRY_VERSION + 1), ENTRY_OTHER_VERSION);
    assert_int_equal(read_with(ROW_VERSION, 0), ENTRY_OTHER_VERSION);
    assert_int_equal(read_with(ROW_SHARD, 1), ENTRY_OTHER_VERSION); /* not in the chain either */
    assert_int_equal(read_with(ROW_SHARD + 1, 1), ENTRY_OTHER_VERSION);
    assert_int_not_equal(read_with(ROW_WHAT, 0), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_WHAT, ENTRY_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_WHAT, 255), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_KIND, 0), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_KIND, KIND_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_STATE, STATE_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_SEVERITY, SEVERITY_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_ACT, ACT_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_PART, ENTRY_PARTS_MAX), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_PART_FROM, STATE_COUNT), ENTRY_FINE);
    assert_int_not_equal(read_with(ROW_PART_STATE, STATE_COUNT), ENTRY_FINE);
}

static enum entry_read read_change(uint8_t what, uint8_t act)
{
    struct entry *e = entries_change(&a, &(struct wish){.of = 12, .act = act}, what), back;
    struct facts f = facts_of(e), f_back;
    f.act = act;
    return entry_row_read(77, row_of(e, &f), &f_back, &back);
}

/* Tables are looked up by them when the row is applied. */
static void numbers_beyond_their_tables_are_never_taken(void **state)
{
    (void)state;
    assert_int_equal(read_change(ENTRY_WORK, WORK_COUNT - 1), ENTRY_FINE);
    assert_int_equal(read_change(ENTRY_WORK, WORK_COUNT), ENTRY_OTHER_VERSION);
    assert_int_equal(read_change(ENTRY_WORK, 0), ENTRY_OTHER_VERSION);
    assert_int_equal(read_change(ENTRY_ALARM, ALARM_COUNT - 1), ENTRY_FINE);
    assert_int_equal(read_change(ENTRY_ALARM, ALARM_COUNT), ENTRY_OTHER_VERSION);
    assert_int_equal(read_change(ENTRY_MOVE, ACT_COUNT - 1), ENTRY_FINE);
    struct entry *e = an_event(&a, .judge = MILESTONE_COUNT), back;
    struct facts f = facts_of(e), f_back;
    assert_int_equal(entry_row_read(77, row_of(e, &f), &f_back, &back), ENTRY_BAD_BODY);
}

/* The body is three msgpack values and nothing else. */
static void a_body_that_is_not_whole_is_refused(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .title = "Api"), back;
    struct facts f = facts_of(e), f_back;
    struct slice row = row_of(e, &f);
    struct slice longer = arena_copy(&a, row.p, row.n + 0);
    uint8_t *more = arena_alloc(&a, row.n + 1);
    memcpy(more, longer.p, longer.n);
    more[row.n] = 0xc0;
    longer = (struct slice){(const char *)more, row.n + 1};
    entry_row_sum(77, (uint8_t *)longer.p, longer.n);
    assert_int_equal(entry_row_read(77, longer, &f_back, &back), ENTRY_BAD_BODY);
    assert_int_equal(entry_row_read(77, longer, &f_back, NULL), ENTRY_FINE);
    struct slice shorter = {row.p, row.n - 1};
    entry_row_sum(77, (uint8_t *)shorter.p, shorter.n);
    assert_int_equal(entry_row_read(77, shorter, &f_back, &back), ENTRY_BAD_BODY);
}

/* ---- the chain ---- */

static void hash_of(const struct entry *e, uint8_t out[ENTRY_HASH_BYTES])
{
    struct facts f = facts_of(e);
    memcpy(out, f.hash, ENTRY_HASH_BYTES);
}

/* What erasure leaves: each text is its salted digest, and the salt is gone. */
static void erase(struct entry *e)
{
    struct writer w;
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint8_t *out = arena_alloc(&a, 1024);
    uint32_t pairs = 0;
    writer_init(&w, out, 1024);
    size_t at = writer_open_map(&w);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        uint8_t digest[ENTRY_HASH_BYTES];
        crypto_generichash_state s;
        if (slice_is(name, "salt"))
            continue;
        crypto_generichash_init(&s, NULL, 0, sizeof digest);
        crypto_generichash_update(&s, e->salt, sizeof e->salt);
        crypto_generichash_update(&s, (const uint8_t *)name.p, name.n);
        crypto_generichash_update(&s, (const uint8_t *)"", 1);
        crypto_generichash_update(&s, (const uint8_t *)value.p, value.n);
        crypto_generichash_final(&s, digest, sizeof digest);
        writer_str(&w, name);
        writer_bin(&w, digest, sizeof digest);
        pairs++;
    }
    writer_close_map(&w, at, pairs);
    assert_int_equal(w.err, 0);
    e->texts = (struct slice){(const char *)out, (uint32_t)w.n};
    memset(e->salt, 0, sizeof e->salt);
}

static void an_erased_text_keeps_the_hash(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .title = "Ibu Siti, Jl. Melati 4", .body = "jatuh"), back;
    struct facts f, f_back;
    uint8_t before[ENTRY_HASH_BYTES], after[ENTRY_HASH_BYTES];
    hash_of(e, before);
    erase(e);
    hash_of(e, after);
    assert_memory_equal(before, after, ENTRY_HASH_BYTES);
    f = facts_of(e);
    struct slice row = row_of(e, &f);
    assert_null(memmem(row.p, row.n, "Siti", 4));
    assert_int_equal(entry_row_read(77, row, &f_back, &back), ENTRY_FINE);
    hash_of(&back, after);
    assert_memory_equal(before, after, ENTRY_HASH_BYTES);
}

static void everything_said_is_in_the_chain(void **state)
{
    (void)state;
    uint8_t hash[8][ENTRY_HASH_BYTES];
    hash_of(an_event(&a, .key = "k", .title = "Api"), hash[0]);
    hash_of(an_event(&a, .key = "k", .title = "Apa"), hash[1]);
    hash_of(an_event(&a, .key = "k", .title = "Api", .body = "x"), hash[2]);
    hash_of(an_event(&a, .key = "l", .title = "Api"), hash[3]);
    hash_of(an_event(&a, .key = "k", .title = "Api", .owner = "pupr"), hash[4]);
    hash_of(an_event(&a, .key = "k", .title = "Api", .source = "meja-2"), hash[5]);
    hash_of(an_event(&a, .key = "k", .title = "Api", .flags = 1), hash[6]);
    hash_of(an_event(&a, .key = "k", .title = "Api", .at_us = ENTRIES_AT + 1), hash[7]);
    for (int i = 0; i < 8; i++)
        for (int other = 0; other < i; other++)
            assert_memory_not_equal(hash[i], hash[other], ENTRY_HASH_BYTES);
    hash_of(an_event(&a, .key = "k", .title = "Api"), hash[1]);
    assert_memory_equal(hash[0], hash[1], ENTRY_HASH_BYTES);
}

static void facts_number_and_what_came_before_are_in_the_chain(void **state)
{
    (void)state;
    struct entry *e = an_event(&a, .key = "k", .title = "Api");
    struct facts f = facts_of(e), other = f;
    uint8_t before[ENTRY_HASH_BYTES] = {1, 2, 3};
    entry_chain(before, e, &other);
    assert_memory_equal(f.hash, other.hash, ENTRY_HASH_BYTES);
    other.seq++;
    entry_chain(before, e, &other);
    assert_memory_not_equal(f.hash, other.hash, ENTRY_HASH_BYTES);
    other = f;
    other.state = STATE_CLOSED;
    entry_chain(before, e, &other);
    assert_memory_not_equal(f.hash, other.hash, ENTRY_HASH_BYTES);
    before[31] = 1;
    other = f;
    entry_chain(before, e, &other);
    assert_memory_not_equal(f.hash, other.hash, ENTRY_HASH_BYTES);
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, fresh_arena, drop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(an_event_comes_back_as_it_went),
        with_arena(a_move_comes_back_as_it_went),
        with_arena(a_change_of_any_kind_comes_back_as_it_went),
        with_arena(a_reclass_comes_back_as_it_went),
        with_arena(every_changed_byte_is_caught),
        with_arena(a_row_is_of_one_number_alone),
        with_arena(every_cut_is_caught),
        with_arena(what_this_version_does_not_know_is_never_taken),
        with_arena(numbers_beyond_their_tables_are_never_taken),
        with_arena(a_body_that_is_not_whole_is_refused),
        with_arena(an_erased_text_keeps_the_hash),
        with_arena(everything_said_is_in_the_chain),
        with_arena(facts_number_and_what_came_before_are_in_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
