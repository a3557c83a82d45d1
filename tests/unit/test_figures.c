/* What a case is in the figures, and what becomes of that when it is corrected. */
#include "views_ground.h"

#include "daemon/views/figures.h"
#include "daemon/views/spread.h"

#define DAY STAMP_DAY
#define TODAY figures_day(ENTRIES_AT)

/* A count in the rows of an SKPD from one day to another. */
static uint64_t sum(enum figures_dimension d, const char *skpd, const char *value, uint8_t figure,
                    uint32_t from, uint32_t until)
{
    struct txn t;
    struct walk w;
    struct figures_row row;
    uint64_t n = 0;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (bool more = figures_from(&w, &t, d, from, until, &row); more;
         more = figures_next_row(&w, d, until, &row)) {
        struct figures_count c = {0};
        while (slice_is(row.skpd, skpd) && slice_is(row.value, value) &&
               figures_next(&row.counts, &c))
            n += c.number == figure ? c.count : 0;
    }
    txn_abort(&t);
    return n;
}

static uint64_t figure(const char *skpd, uint8_t figure)
{
    return sum(FIGURES_WHOLE, skpd, "", figure, 0, UINT32_MAX - 1);
}

static uint64_t rows_of(enum figures_dimension d)
{
    struct txn t;
    struct walk w;
    struct rowkey k = rowkey_new();
    uint64_t n = 0;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    rowkey_u8(&k, (uint8_t)d);
    bool more = walk_from(&w, &t, TABLE_FIGURES, &k);
    for (; more && (uint8_t)*w.key.p == d; more = walk_next(&w))
        n++;
    if (more)
        walk_close(&w);
    txn_abort(&t);
    return n;
}

static uint64_t fire(int64_t at_us)
{
    return done(an_event(&a, .at_us = at_us, .owner = "damkar", .kecamatan = "utara",
                         .category = "fire.building", .resolve_due = at_us + 900 * STAMP_SECOND,
                         .judge = MILESTONE_ON_SCENE))
        .facts.case_seq;
}

static void act(uint64_t of, uint8_t act, int64_t at_us)
{
    done(a_move(&a, .of = of, .act = act, .at_us = at_us, .outcome = OUTCOME_FIXED,
                .choices = CHOICE_PROOF, .until_us = at_us + 10 * DAY, .role = ROLE_HANDLER,
                .own = "damkar"));
}

static void brought_to_its_end(uint64_t of, int64_t at_us)
{
    act(of, ACT_ACK, at_us + 20 * STAMP_SECOND);
    act(of, ACT_START, at_us + 30 * STAMP_SECOND);
    done(a_move(&a, .of = of, .act = ACT_MILESTONE, .milestone = MILESTONE_ON_SCENE,
                .at_us = at_us + 890 * STAMP_SECOND, .claimed_us = at_us + 880 * STAMP_SECOND));
    act(of, ACT_RESOLVE, at_us + 60 * STAMP_MINUTE);
}

static void a_fire_that_went_well(void **state)
{
    (void)state;
    brought_to_its_end(fire(ENTRIES_AT), ENTRIES_AT);
    static const uint8_t once[] = {FIGURE_IN,   FIGURE_REPORTS, FIGURE_DONE,
                                   FIGURE_KEPT, FIGURE_ACKED,   FIGURE_HELD};
    for (size_t i = 0; i < sizeof once; i++) {
        assert_int_equal(figure("damkar", once[i]), 1);
        assert_int_equal(sum(FIGURES_CATEGORY, "damkar", "fire.building", once[i], TODAY, TODAY),
                         1);
        assert_int_equal(sum(FIGURES_KECAMATAN, "damkar", "utara", once[i], TODAY, TODAY), 1);
    }
    assert_int_equal(figure("damkar", FIGURE_HELD_S), 3600);
    assert_int_equal(figure("damkar", FIGURE_BROKEN) + figure("damkar", FIGURE_LATE_ACK), 0);
    const char response[] = {KIND_EMERGENCY, FIGURES_RESPONSE, '\0'};
    struct txn t;
    struct walk w;
    struct figures_row row;
    bool found = false;
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (bool more = figures_from(&w, &t, FIGURES_SPREAD, TODAY, TODAY, &row); more;
         more = figures_next_row(&w, FIGURES_SPREAD, TODAY, &row)) {
        struct figures_count c = {0};
        if (!slice_same(row.value, (struct slice){response, 2}))
            continue;
        assert_true(figures_next(&row.counts, &c));
        assert_int_equal(c.number, spread_bucket(880000));
        assert_int_equal(c.count, 1);
        found = true;
    }
    txn_abort(&t);
    assert_true(found);
}

static void a_drill_and_a_prank_are_in_no_figure(void **state)
{
    (void)state;
    done(an_event(&a, .mode = MODE_EXERCISE));
    done(an_event(&a, .mode = MODE_TEST));
    assert_int_equal(scratch_rows(s.store, TABLE_FIGURES), 0);
    uint64_t prank = done(an_event(&a, .call_class = CALL_CLASS_PRANK)).facts.case_seq;
    assert_int_equal(figure("poc", FIGURE_NOISE), 1);
    assert_int_equal(figure("poc", FIGURE_IN) + figure("damkar", FIGURE_IN), 0);
    assert_int_equal(rows_of(FIGURES_OPEN), 0);
    /* true after all: as if it had been so from the start */
    done(a_reclass(&a, .of = prank, .call_class = CALL_CLASS_REAL, .at_us = ENTRIES_AT + 3 * DAY));
    assert_int_equal(figure("poc", FIGURE_NOISE), 0);
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_IN, TODAY, TODAY), 1);
    assert_int_equal(rows_of(FIGURES_OPEN), 1);
    /* and back: nothing is left of it */
    done(a_reclass(&a, .of = prank, .call_class = CALL_CLASS_GHOST, .at_us = ENTRIES_AT + 4 * DAY));
    assert_int_equal(figure("damkar", FIGURE_IN) + figure("damkar", FIGURE_DROPPED), 0);
    assert_int_equal(rows_of(FIGURES_OPEN) + rows_of(FIGURES_OWED) + rows_of(FIGURES_STATE), 0);
}

static void reports_and_incidents_are_counted_apart(void **state)
{
    (void)state;
    struct outcome one = done(an_event(&a, .owner = "damkar"));
    struct ticket into = ticket_of(&one.facts);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t of = done(an_event(&a, .owner = "damkar")).facts.case_seq;
        assert_int_equal(figure("damkar", FIGURE_IN), 2);
        done(a_move(&a, .of = of, .act = ACT_MERGE, .into = into, .at_us = ENTRIES_AT + DAY));
        assert_int_equal(figure("damkar", FIGURE_IN), 1);
    }
    assert_int_equal(figure("damkar", FIGURE_REPORTS), 7);
    assert_int_equal(figure("damkar", FIGURE_DONE) + figure("damkar", FIGURE_DROPPED), 0);
}

static void what_is_given_away_is_counted_with_both(void **state)
{
    (void)state;
    uint64_t of = fire(ENTRIES_AT);
    int64_t later = ENTRIES_AT + 2 * DAY;
    done(a_move(&a, .of = of, .act = ACT_FORWARD, .target = "pupr", .reason = "x", .at_us = later));
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_IN, TODAY, TODAY), 1);
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_FORWARDED, TODAY + 2, TODAY + 2), 1);
    assert_int_equal(sum(FIGURES_WHOLE, "pupr", "", FIGURE_GIVEN, TODAY + 2, TODAY + 2), 1);
    assert_int_equal(figure("pupr", FIGURE_IN), 0);
    assert_int_equal(figure("damkar", FIGURE_HELD_S), 2 * 86400);
    /* merged later: all of it goes, but that it was reported */
    struct outcome one = done(an_event(&a, .owner = "bpbd", .at_us = later));
    struct ticket into = ticket_of(&one.facts);
    done(a_move(&a, .of = of, .act = ACT_MERGE, .into = into, .at_us = later));
    assert_int_equal(figure("damkar", FIGURE_REPORTS), 1);
    static const uint8_t none[] = {FIGURE_IN, FIGURE_FORWARDED, FIGURE_GIVEN, FIGURE_HELD_S};
    for (size_t i = 0; i < sizeof none; i++)
        assert_int_equal(figure("damkar", none[i]) + figure("pupr", none[i]), 0);
}

static void not_done_opens_it_again(void **state)
{
    (void)state;
    uint64_t of = fire(ENTRIES_AT);
    brought_to_its_end(of, ENTRIES_AT);
    done(a_move(&a, .of = of, .act = ACT_RATE, .stars = 1, .at_us = ENTRIES_AT + DAY));
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_DONE, TODAY, TODAY), 1);
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_REOPENED, TODAY + 1, TODAY + 1), 1);
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_RATED_NOT_DONE, TODAY + 1, TODAY + 1),
                     1);
    assert_int_equal(figure("damkar", FIGURE_STARS_1), 1);
    assert_int_equal(figure("damkar", FIGURE_IN), 1);
    assert_int_equal(figure("damkar", FIGURE_KEPT), 1); /* the first target stays kept */
}

static void a_missed_target_is_missed_on_the_day_it_was_due(void **state)
{
    (void)state;
    int64_t due = ENTRIES_AT + DAY;
    uint64_t of = done(an_event(&a, .owner = "damkar", .resolve_due = due)).facts.case_seq;
    assert_int_equal(figure("damkar", FIGURE_BROKEN), 0);
    done(an_alarm(&a, .of = of, .act = ALARM_OVERDUE, .task = "damkar", .timer = TIMER_OVERDUE,
                  .timer_at = due, .at_us = due + 3 * DAY, .role = ROLE_SYSTEM));
    assert_int_equal(sum(FIGURES_WHOLE, "damkar", "", FIGURE_BROKEN, TODAY + 1, TODAY + 1), 1);
    assert_int_equal(rows_of(FIGURES_LATE), 1);
    /* a new due time takes it back */
    done(a_move(&a, .of = of, .act = ACT_FORWARD, .target = "pupr", .reason = "x",
                .at_us = due + 3 * DAY));
    assert_int_equal(figure("damkar", FIGURE_BROKEN), 1);
    assert_int_equal(figure("pupr", FIGURE_BROKEN), 0);
}

static void the_ladder_is_counted_by_how_far_it_went(void **state)
{
    (void)state;
    int64_t at = ENTRIES_AT + STAMP_MINUTE;
    uint64_t of = done(an_event(&a, .owner = "damkar")).facts.case_seq;
    for (uint8_t level = LEVEL_OPERATOR; level <= LEVEL_SECRETARY; level++, at += STAMP_MINUTE)
        done(an_alarm(&a, .of = of, .act = ALARM_UNACKNOWLEDGED, .task = "damkar",
                      .timer = TIMER_ALARM, .timer_at = at, .at_us = at, .level = level,
                      .until_us = at + STAMP_MINUTE, .role = ROLE_SYSTEM));
    assert_int_equal(figure("damkar", FIGURE_ESCALATED), 1);
    assert_int_equal(figure("damkar", FIGURE_TO_SKPD_HEAD), 1);
    assert_int_equal(figure("damkar", FIGURE_TO_SECRETARY), 1);
    assert_int_equal(figure("damkar", FIGURE_TO_MAYOR), 0);
    assert_int_equal(figure("damkar", FIGURE_LATE_ACK), 1);
}

static void erasing_changes_no_figure(void **state)
{
    (void)state;
    struct txn t, u;
    struct walk w, v;
    struct rowkey k = rowkey_new();
    uint64_t of = fire(ENTRIES_AT);
    brought_to_its_end(of, ENTRIES_AT);
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    done(entries_change(&a, &(struct wish){.of = of, .act = ERASURE_TEXTS, .reason = "x"},
                        ENTRY_ERASE));
    scratch_commit(&s);
    txn_begin(&u, s.store, STORE_VIEWS, false);
    bool one = walk_from(&w, &t, TABLE_FIGURES, &k), two = walk_from(&v, &u, TABLE_FIGURES, &k);
    for (; one && two; one = walk_next(&w), two = walk_next(&v))
        assert_true(slice_same(w.key, v.key) && slice_same(w.value, v.value));
    assert_false(one || two);
    txn_abort(&u);
    txn_abort(&t);
}

static void what_was_not_committed_is_in_no_figure(void **state)
{
    (void)state;
    fire(ENTRIES_AT);
    scratch_commit(&s);
    fire(ENTRIES_AT);
    scratch_abandon(&s);
    fire(ENTRIES_AT);
    assert_int_equal(figure("damkar", FIGURE_IN), 2);
    fire(ENTRIES_AT);
    scratch_reopen(&s);
    assert_int_equal(figure("damkar", FIGURE_IN), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(a_fire_that_went_well),
        with_views(a_drill_and_a_prank_are_in_no_figure),
        with_views(reports_and_incidents_are_counted_apart),
        with_views(what_is_given_away_is_counted_with_both),
        with_views(not_done_opens_it_again),
        with_views(a_missed_target_is_missed_on_the_day_it_was_due),
        with_views(the_ladder_is_counted_by_how_far_it_went),
        with_views(erasing_changes_no_figure),
        with_views(what_was_not_committed_is_in_no_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
