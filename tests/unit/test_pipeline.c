/* pipeline: the way of a change to the journal and back, with a journal that misbehaves on order.
 * No answer before the disk; whatever happened, the repeat of a key tells the truth. */
#include "pipeline_ground.h"

static const struct feed_asker screen = {
    .source = {"layar-1", 7}, .role = ROLE_OPERATOR, .watches = 32, .credit = FEED_CREDIT_MAX};

/* ---- no answer before the disk ---- */

static void nothing_is_answered_before_the_journal_has_settled(void **state)
{
    (void)state;
    char ticket[32];
    plan()->delay = 5;
    rig_emergency(&r, &peer, 1, "k1");
    rig_complaint(&r, &peer, 2, "k2");
    for (int i = 0; i < 5; i++) {
        rig_turn(&r);
        assert_true(rig_silent(&r, &peer));
        assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 0);
    }
    rig_turn(&r);
    receipt(1, false, ticket);
    assert_int_equal(ticket[0], 'E');
    assert_true(slice_is(rig_text(&a, "results.0.owner"), "damkar"));
    assert_true(slice_is(rig_text(&a, "results.0.state"), "assigned"));
    receipt(2, false, ticket);
    assert_int_equal(ticket[0], 'C');
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 2);
    all_accounted_for();
}

static void a_broken_journal_acknowledges_nothing(void **state)
{
    (void)state;
    *plan() = (struct journal_fake_plan){.rc = J_BROKEN, .times = 1};
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    assert_true(r.broken);
    assert_true(rig_silent(&r, &peer));
    assert_int_equal(r.counters.at[COUNT_STORED], 0);
}

/* ---- outcomes that are not known ---- */

static void unknown_then_stored_the_repeat_gets_the_one_receipt(void **state)
{
    (void)state;
    char first[32], second[32];
    *plan() = (struct journal_fake_plan){.rc = J_UNKNOWN, .times = 1, .late = true};
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    refused_with(1, E_UNKNOWN);
    rig_turn(&r); /* it is stored after all */
    assert_int_equal(journal_fake_seen(r.journal)->late, 1);
    rig_emergency(&r, &peer, 2, "k1");
    rig_turn(&r);
    receipt(2, true, first);
    assert_int_equal(rig_number(&a, "results.0.seq"), 1);
    rig_emergency(&r, &peer, 3, "k1");
    rig_turn(&r);
    receipt(3, true, second);
    assert_string_equal(first, second);
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 1);
    all_accounted_for();
}

static void unknown_and_never_stored_the_repeat_is_the_first(void **state)
{
    (void)state;
    char ticket[32];
    *plan() = (struct journal_fake_plan){.rc = J_UNKNOWN, .times = 2};
    for (uint64_t rid = 1; rid <= 2; rid++) {
        rig_emergency(&r, &peer, rid, "k1");
        rig_turn(&r);
        refused_with(rid, E_UNKNOWN);
    }
    rig_emergency(&r, &peer, 3, "k1");
    rig_turn(&r);
    receipt(3, false, ticket);
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 1);
}

/* The repeat overtakes the late store: still one entry. */
static void unknown_and_stored_behind_its_repeat_ends_as_one(void **state)
{
    (void)state;
    char ticket[32];
    *plan() =
        (struct journal_fake_plan){.rc = J_UNKNOWN, .times = 1, .late = true, .late_after = 4};
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    refused_with(1, E_UNKNOWN);
    rig_emergency(&r, &peer, 2, "k1");
    rig_turn(&r);
    receipt(2, false, ticket);
    for (int i = 0; i < 6; i++)
        rig_turn(&r);
    assert_int_equal(journal_fake_seen(r.journal)->late, 0);
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 1);
}

static void what_the_journal_delivers_twice_is_one(void **state)
{
    (void)state;
    char ticket[32];
    plan()->twice = true;
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    receipt(1, false, ticket);
    rig_change(&r, &peer, 2, "meja-1",
               &(struct rig_change){.key = "m1", .of = 1, .to = STATE_ACKNOWLEDGED});
    rig_turn(&r);
    answer(2, ANSWER_DONE);
    for (int i = 0; i < 4; i++)
        rig_turn(&r);
    assert_true(rig_silent(&r, &peer)); /* nobody is told a second time */
    assert_int_equal(journal_fake_seen(r.journal)->again, 2);
    assert_int_equal(journal_fake_seen(r.journal)->again_new, 0);
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 2);
}

static void a_group_stored_in_part_is_told_so(void **state)
{
    (void)state;
    const struct rig_event three[] = {
        {.key = "k1", .kind = "complaint", .category = "road.pothole", .title = "satu"},
        {.key = "k2", .kind = "complaint", .category = "road.pothole", .title = "dua"},
        {.key = "k3", .kind = "complaint", .category = "road.pothole", .title = "tiga"}};
    *plan() = (struct journal_fake_plan){.rc = J_FULL, .times = 1, .first = 2};
    rig_submit(&r, &peer, 1, "meja-1", LANE_BULK, 3, three);
    rig_turn(&r);
    answer(1, ANSWER_DONE);
    assert_int_equal(rig_number(&a, "results.0.seq"), 1);
    assert_int_equal(rig_number(&a, "results.1.seq"), 2);
    assert_true(slice_is(rig_text(&a, "results.2.code"), "E_FULL"));
    rig_submit(&r, &peer, 2, "meja-1", LANE_BULK, 3, three);
    rig_turn(&r);
    answer(2, ANSWER_DONE);
    assert_true(rig_true(&a, "results.1.duplicate"));
    assert_false(rig_true(&a, "results.2.duplicate"));
    assert_int_equal(rig_number(&a, "results.2.seq"), 3);
    all_accounted_for();
}

static void full_no_quorum_and_busy_are_reasons_of_the_moment(void **state)
{
    (void)state;
    static const struct {
        enum jrc rc;
        int verdict;
    } cases[] = {{J_FULL, E_FULL}, {J_NO_QUORUM, E_BUSY}, {J_UNKNOWN, E_UNKNOWN}};
    char ticket[32];
    for (uint64_t i = 0; i < 3; i++) {
        *plan() = (struct journal_fake_plan){.rc = cases[i].rc, .times = 1};
        rig_complaint(&r, &peer, i, "k1");
        rig_turn(&r);
        refused_with(i, cases[i].verdict);
    }
    /* a journal that takes nothing now is asked again, and nobody is told anything meanwhile */
    *plan() = (struct journal_fake_plan){.rc = J_BUSY, .times = 3};
    rig_complaint(&r, &peer, 9, "k1");
    for (int i = 0; i < 3; i++) {
        rig_turn(&r);
        assert_true(rig_silent(&r, &peer));
    }
    rig_turn(&r);
    receipt(9, false, ticket);
    all_accounted_for();
}

/* ---- what watchers hear ---- */

static void watch_all(uint64_t rid)
{
    static const struct filter everything;
    struct ack_to to = {peer.address, rid};
    struct feed_wish wish = {.filter = &everything, .credit = FEED_CREDIT};
    assert_int_equal(feed_open(r.feed, &to, &screen, &wish), V_DONE);
    answer(rid, ANSWER_DONE);
}

static void watchers_hear_of_what_is_stored_and_of_nothing_else(void **state)
{
    (void)state;
    char ticket[32];
    plan()->delay = 1;
    watch_all(77);
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    assert_true(rig_silent(&r, &peer));
    rig_turn(&r);
    receipt(1, false, ticket);
    answer(77, ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 1);
    assert_true(slice_is(rig_text(&a, "rows.0.ticket"), ticket));
    rig_emergency(&r, &peer, 2, "k1"); /* a repeat */
    rig_change(&r, &peer, 3, "meja-1",
               &(struct rig_change){.key = "m1", .of = 1, .to = STATE_RESOLVED, .outcome = 1});
    rig_finish(&r);
    rig_drain(&r);
    receipt(2, true, ticket);
    refused_with(3, E_STATE);
    assert_true(rig_silent(&r, &peer));
}

/* Stored behind an unknown outcome: nobody was told, but the number is taken, and a watcher gets
 * it. */
static void watchers_hear_of_what_was_stored_in_silence(void **state)
{
    (void)state;
    char ticket[32];
    watch_all(77);
    *plan() = (struct journal_fake_plan){.rc = J_UNKNOWN, .times = 1, .late = true};
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    refused_with(1, E_UNKNOWN);
    rig_turn(&r);
    rig_emergency(&r, &peer, 2, "k2");
    rig_turn(&r);
    rig_drain(&r);
    receipt(2, false, ticket);
    answer(77, ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 2);
    assert_int_equal(rig_number(&a, "rows.0.seq"), 1);
    assert_int_equal(rig_number(&a, "rows.1.seq"), 2);
}

/* ---- keys ---- */

static void the_same_again_gets_the_first_receipt_word_for_word(void **state)
{
    (void)state;
    static struct rig_answer first;
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    rig_read(&peer, &first);
    r.wall_us += 3600 * 1000000ll;
    rig_emergency(&r, &peer, 2, "k1");
    rig_turn(&r);
    answer(2, ANSWER_DONE);
    static const char *const same[] = {"ticket",      "owner",   "state",
                                       "received_at", "ack_due", "resolve_due"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char path[64];
        snprintf(path, sizeof path, "results.0.%s", same[i]);
        assert_true(rig_text(&first, path).n > 0);
        assert_true(slice_same(rig_text(&first, path), rig_text(&a, path)));
    }
    assert_int_equal(rig_number(&first, "results.0.seq"), rig_number(&a, "results.0.seq"));
    assert_int_equal(rig_count(&first, "results.0.helpers"), rig_count(&a, "results.0.helpers"));
    assert_true(rig_true(&a, "results.0.duplicate"));
    assert_false(rig_true(&first, "results.0.duplicate"));
    assert_int_equal(r.counters.at[COUNT_DUPLICATE], 1);
}

/* A key is the same content when the sender's content is, whatever the city made of it. */
static void a_repeat_is_known_under_another_table_of_duties(void **state)
{
    (void)state;
    static const struct small_city_file moved[] = {
        {"skpd.d/pupr.yaml",
         "id: pupr\n"
         "name: {id: Dinas Pekerjaan Umum, en: Public Works}\n"
         "short: PUPR\n"
         "categories:\n"
         "  - {id: road.blocked, title: {id: Jalan tertutup}, cap: Transport,"
         " kinds: [emergency, report]}\n"
         "routes:\n"
         "  - {kind: any, category: \"road.*\", kecamatan: any, primary: damkar}\n"},
        {NULL, NULL}};
    char first[32], second[32];
    rig_complaint(&r, &peer, 1, "k1");
    rig_turn(&r);
    receipt(1, false, first);
    assert_true(slice_is(rig_text(&a, "results.0.owner"), "pupr"));
    rig_change_city(&r, moved); /* road.pothole is gone */
    rig_complaint(&r, &peer, 2, "k1");
    rig_turn(&r);
    receipt(2, true, second);
    assert_string_equal(first, second);
    assert_true(slice_is(rig_text(&a, "results.0.owner"), "pupr"));
    rig_complaint(&r, &peer, 3, "k3");
    rig_turn(&r);
    answer(3, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "results.0.code"), "E_CATEGORY"));
    all_accounted_for();
}

static void the_same_key_with_other_content_names_the_first_ticket(void **state)
{
    (void)state;
    char first[32];
    const struct rig_event other = {
        .key = "k1", .kind = "emergency", .category = "fire.land", .title = "Api"};
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    receipt(1, false, first);
    rig_submit(&r, &peer, 2, "meja-1", LANE_URGENT, 1, &other);
    rig_turn(&r);
    answer(2, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "results.0.code"), "E_KEY_REUSED"));
    assert_true(slice_is(rig_text(&a, "results.0.ticket"), first));
    assert_int_equal(scratch_rows(r.s.store, TABLE_LOG), 1);
}

/* ---- one request, several answers ---- */

static void good_and_bad_in_one_request_are_told_one_by_one(void **state)
{
    (void)state;
    const struct rig_event five[] = {
        {.key = "k1", .kind = "complaint", .category = "road.pothole", .title = "satu"},
        {.key = "k2", .kind = "complaint", .category = "road.pothle", .title = "dua"},
        {.key = "k3",
         .kind = "complaint",
         .category = "road.pothole",
         .title = "tiga",
         .ref = "E-700101-0001-A"},
        {.key = "k1", .kind = "complaint", .category = "road.pothole", .title = "satu"},
        {.key = "k5", .kind = "emergency", .category = "naga", .title = "lima"}};
    rig_submit(&r, &peer, 1, "meja-1", LANE_BULK, 5, five);
    rig_turn(&r);
    answer(1, ANSWER_DONE);
    assert_int_equal(rig_count(&a, "results"), 5);
    assert_int_equal(rig_number(&a, "results.0.seq"), 1);
    assert_true(slice_is(rig_text(&a, "results.1.code"), "E_CATEGORY"));
    assert_true(slice_is(rig_text(&a, "results.1.nearest.0"), "road.pothole"));
    assert_true(slice_is(rig_text(&a, "results.2.code"), "E_REF"));
    assert_true(rig_true(&a, "results.3.duplicate"));
    assert_int_equal(rig_number(&a, "results.3.seq"), 1);
    assert_int_equal(rig_number(&a, "results.4.seq"), 2);
    assert_true(slice_is(rig_text(&a, "results.4.owner"), "poc"));
    assert_int_equal(rig_count(&a, "results.4.flags"), 3); /* no place, category, route */
    assert_int_equal(refused_count(r.refused, E_CATEGORY), 1);
    assert_int_equal(refused_count(r.refused, E_REF), 1);
    all_accounted_for();
}

static void a_request_refused_whole_is_answered_at_once(void **state)
{
    (void)state;
    const struct rig_event bad = {.kind = "complaint", .category = "road.pothole", .title = "x"};
    rig_submit(&r, &peer, 1, "meja-1", LANE_BULK, 1, &bad);
    answer(1, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "results.0.code"), "E_FIELD"));
    assert_true(slice_is(rig_text(&a, "results.0.faults.0.field"), "key"));
    all_accounted_for();
    char ticket[32];
    rig_complaint(&r, &peer, 2, "k2"); /* the batch it lay in goes on */
    rig_turn(&r);
    receipt(2, false, ticket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_rig(nothing_is_answered_before_the_journal_has_settled),
        with_rig(a_broken_journal_acknowledges_nothing),
        with_rig(unknown_then_stored_the_repeat_gets_the_one_receipt),
        with_rig(unknown_and_never_stored_the_repeat_is_the_first),
        with_rig(unknown_and_stored_behind_its_repeat_ends_as_one),
        with_rig(what_the_journal_delivers_twice_is_one),
        with_rig(a_group_stored_in_part_is_told_so),
        with_rig(full_no_quorum_and_busy_are_reasons_of_the_moment),
        with_rig(watchers_hear_of_what_is_stored_and_of_nothing_else),
        with_rig(watchers_hear_of_what_was_stored_in_silence),
        with_rig(the_same_again_gets_the_first_receipt_word_for_word),
        with_rig(a_repeat_is_known_under_another_table_of_duties),
        with_rig(the_same_key_with_other_content_names_the_first_ticket),
        with_rig(good_and_bad_in_one_request_are_told_one_by_one),
        with_rig(a_request_refused_whole_is_answered_at_once),
    };
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
