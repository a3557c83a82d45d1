/* pipeline: moves, limits, lanes, stopping. */
#include "pipeline_ground.h"

static void moves_are_judged_after_what_came_before_them(void **state)
{
    (void)state;
    rig_emergency(&r, &peer, 1, "k1");
    rig_change(&r, &peer, 2, "damkar-1",
               &(struct rig_change){.key = "m1", .of = 1, .to = STATE_ACKNOWLEDGED, .version = 1});
    rig_change(&r, &peer, 3, "meja-1",
               &(struct rig_change){.key = "m2", .of = 1, .to = STATE_ACKNOWLEDGED, .version = 1});
    rig_finish(&r);
    answer(1, ANSWER_DONE);
    answer(2, ANSWER_DONE);
    assert_int_equal(rig_number(&a, "version"), 2);
    assert_true(slice_is(rig_text(&a, "state"), "acknowledged"));
    refused_with(3, E_STALE);
    assert_true(slice_is(rig_text(&a, "state"), "acknowledged"));
    assert_int_equal(rig_number(&a, "version"), 2);
    assert_true(slice_is(rig_text(&a, "changed_by"), "damkar-1"));
    assert_true(slice_is(rig_text(&a, "changed_do"), "ack"));
    assert_true(slice_is(rig_text(&a, "changed_from"), "assigned"));
    assert_int_equal(rig_count(&a, "allowed"), 8);
    assert_true(slice_is(rig_text(&a, "allowed.0"), "start"));
    assert_true(slice_is(rig_text(&a, "allowed.7"), "note"));
    all_accounted_for();
}

static void a_move_without_what_it_needs_is_refused(void **state)
{
    (void)state;
    rig_change(&r, &peer, 1, "meja-1",
               &(struct rig_change){.key = "m1", .of = 1, .to = STATE_CANCELLED});
    refused_with(1, E_FIELD);
    assert_true(slice_is(rig_text(&a, "faults.0.field"), "reason"));
    rig_change(&r, &peer, 2, "meja-1",
               &(struct rig_change){.key = "m2", .of = 1, .to = STATE_RESOLVED});
    refused_with(2, E_FIELD);
    assert_true(slice_is(rig_text(&a, "faults.0.field"), "outcome"));
}

/* An event is never without an owner: what is not real is the POC's. */
static void a_reclassed_call_belongs_to_the_poc(void **state)
{
    (void)state;
    rig_emergency(&r, &peer, 1, "k1");
    rig_finish(&r);
    answer(1, ANSWER_DONE);
    rig_change(&r, &peer, 2, "meja-1",
               &(struct rig_change){
                   .key = "c1", .of = 1, .what = ENTRY_RECLASS, .call_class = CALL_CLASS_PRANK});
    rig_finish(&r);
    answer(2, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "owner"), "poc"));
    assert_true(slice_is(rig_text(&a, "state"), "closed"));
    rig_change(&r, &peer, 3, "meja-1",
               &(struct rig_change){
                   .key = "c2", .of = 1, .what = ENTRY_RECLASS, .call_class = CALL_CLASS_REAL});
    rig_finish(&r);
    answer(3, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "owner"), "damkar"));
}

/* ---- limits ---- */

static void who_sends_too_fast_waits_but_for_emergencies(void **state)
{
    (void)state;
    uint64_t rid = 0;
    char key[16];
    for (; rid < 100; rid++) {
        snprintf(key, sizeof key, "k%u", (unsigned)rid);
        rig_complaint(&r, &peer, rid, key);
    }
    rig_finish(&r);
    for (uint64_t i = 0; i < rid; i++)
        answer(i, ANSWER_DONE);
    rig_complaint(&r, &peer, rid, "one-more");
    refused_with(rid, E_RATE);
    assert_int_equal(rig_number(&a, "wait_s"), 1);
    const struct rig_event e = {.key = "e1",
                                .kind = "emergency",
                                .category = "fire.land",
                                .title = "Api",
                                .kecamatan = "utara"};
    rig_submit(&r, &peer, 200, "petugas-7", LANE_URGENT, 1, &e); /* the same source */
    rig_finish(&r);
    answer(200, ANSWER_DONE);
    assert_true(slice_is(rig_text(&a, "results.0.flags.0"), "no_place") ||
                slice_is(rig_text(&a, "results.0.flags.0"), "over_rate"));
    r.mono_us += 1000000;
    rig_complaint(&r, &peer, 201, "one-more");
    rig_finish(&r);
    answer(201, ANSWER_DONE);
    all_accounted_for();
}

static const struct small_city_file narrow[] = {
    {"siagad.yaml", "listen: [ipc:///tmp/siagad.sock]\n"
                    "store: /tmp/store\n"
                    "node: kota-1\n"
                    "open_role: operator\n"
                    "limits: {per_minute: 6000, waiting: 256, reserve_percent: 10}\n"},
    {NULL, NULL}};

static void fill_the_queue(uint64_t n)
{
    char key[16];
    for (uint64_t rid = 0; rid < n; rid++) {
        snprintf(key, sizeof key, "k%u", (unsigned)rid);
        rig_complaint(&r, &peer, rid, key);
    }
}

static void more_than_may_wait_is_busy_but_for_emergencies(void **state)
{
    (void)state;
    plan()->delay = 3;
    fill_the_queue(256);
    rig_complaint(&r, &peer, 1000, "too-many");
    refused_with(1000, E_BUSY);
    assert_int_equal(rig_number(&a, "wait_s"), 1);
    rig_emergency(&r, &peer, 1001, "e1");
    assert_true(rig_silent(&r, &peer));
    rig_finish(&r);
    answer(1001, ANSWER_DONE);
    for (uint64_t i = 0; i < 256; i++)
        answer(i, ANSWER_DONE);
    plan()->delay = 0;
    rig_complaint(&r, &peer, 1002, "too-many");
    rig_finish(&r);
    answer(1002, ANSWER_DONE);
    all_accounted_for();
}

static void the_reserve_is_for_emergencies(void **state)
{
    (void)state;
    plan()->used_percent = 89;
    rig_complaint(&r, &peer, 1, "k1");
    rig_finish(&r);
    answer(1, ANSWER_DONE);
    plan()->used_percent = 90; /* ten are kept */
    rig_complaint(&r, &peer, 2, "k2");
    rig_finish(&r);
    answer(2, ANSWER_DONE); /* how full it is was not known yet */
    rig_complaint(&r, &peer, 3, "k3");
    refused_with(3, E_FULL);
    assert_int_equal(rig_number(&a, "wait_s"), 60);
    rig_emergency(&r, &peer, 4, "e1");
    rig_finish(&r);
    answer(4, ANSWER_DONE);
    rig_change(&r, &peer, 5, "meja-1",
               &(struct rig_change){.key = "m1", .of = 3, .to = STATE_ACKNOWLEDGED});
    rig_finish(&r);
    answer(5, ANSWER_DONE); /* work goes on */
    plan()->used_percent = 50;
    rig_emergency(&r, &peer, 6, "e2");
    rig_finish(&r);
    answer(6, ANSWER_DONE);
    rig_complaint(&r, &peer, 7, "k3");
    rig_finish(&r);
    answer(7, ANSWER_DONE);
    all_accounted_for();
}

static void stopping_finishes_what_is_in_flight_and_takes_nothing_new(void **state)
{
    (void)state;
    char ticket[32];
    plan()->delay = 2;
    rig_emergency(&r, &peer, 1, "k1");
    rig_turn(&r);
    assert_false(pipeline_idle(r.pipeline));
    pipeline_stop(r.pipeline);
    rig_emergency(&r, &peer, 2, "k2");
    refused_with(2, E_STOPPING);
    assert_true(rig_number(&a, "wait_s") > 0);
    rig_finish(&r);
    receipt(1, false, ticket);
    all_accounted_for();
}

/* ---- lanes ---- */

static void emergencies_do_not_wait_for_gathered_complaints(void **state)
{
    (void)state;
    char key[16];
    uint64_t urgent_seq, last_seq = 0;
    plan()->delay = 1;
    for (uint64_t rid = 0; rid < 90; rid++) {
        snprintf(key, sizeof key, "k%u", (unsigned)rid);
        rig_complaint(&r, &peer, rid, key);
    }
    rig_emergency(&r, &peer, 500, "e1");
    rig_finish(&r);
    answer(500, ANSWER_DONE);
    urgent_seq = rig_number(&a, "results.0.seq");
    for (uint64_t i = 0; i < 90; i++) {
        answer(i, ANSWER_DONE);
        assert_true(rig_number(&a, "results.0.seq") > last_seq);
        last_seq = rig_number(&a, "results.0.seq");
    }
    assert_int_equal(urgent_seq, 1);
    assert_int_equal(last_seq, 91);
}

/* One batch a lane is in flight; what comes meanwhile gathers and goes as one. */
static void what_comes_meanwhile_goes_as_one_batch(void **state)
{
    (void)state;
    char key[16];
    plan()->delay = 3;
    rig_complaint(&r, &peer, 0, "k0");
    rig_turn(&r);
    for (uint64_t rid = 1; rid <= 20; rid++) {
        snprintf(key, sizeof key, "k%u", (unsigned)rid);
        rig_complaint(&r, &peer, rid, key);
        pipeline_launch(r.pipeline);
    }
    assert_int_equal(journal_fake_seen(r.journal)->waiting, 1);
    rig_finish(&r);
    assert_int_equal(journal_fake_seen(r.journal)->appends, 2);
    for (uint64_t i = 0; i <= 20; i++) {
        answer(i, ANSWER_DONE);
        assert_int_equal(rig_number(&a, "results.0.seq"), i + 1);
    }
    all_accounted_for();
}

/* While emergencies come, bulk batches keep their distance; alone they never wait. */
static void bulk_keeps_its_distance_while_emergencies_come(void **state)
{
    (void)state;
    for (uint64_t rid = 1; rid <= 2; rid++) { /* no emergency anywhere */
        rig_complaint(&r, &peer, rid, rid == 1 ? "k1" : "k2");
        assert_false(pipeline_launch(r.pipeline));
        rig_finish(&r);
        answer(rid, ANSWER_DONE);
    }
    rig_emergency(&r, &peer, 3, "e1");
    rig_finish(&r);
    answer(3, ANSWER_DONE);

    unsigned appends = journal_fake_seen(r.journal)->appends;
    rig_complaint(&r, &peer, 4, "k3");
    assert_true(pipeline_launch(r.pipeline));
    r.mono_us += 19000;
    assert_true(pipeline_launch(r.pipeline));
    assert_int_equal(journal_fake_seen(r.journal)->appends, appends);
    rig_emergency(&r, &peer, 5, "e2"); /* passes */
    assert_int_equal(journal_fake_seen(r.journal)->appends, appends + 1);
    r.mono_us += 1000;
    assert_false(pipeline_launch(r.pipeline));
    rig_finish(&r);
    answer(5, ANSWER_DONE);
    answer(4, ANSWER_DONE);

    r.mono_us += 60000000; /* the last emergency is long ago */
    for (uint64_t rid = 6; rid <= 7; rid++) {
        rig_complaint(&r, &peer, rid, rid == 6 ? "k4" : "k5");
        assert_false(pipeline_launch(r.pipeline));
        rig_finish(&r);
        answer(rid, ANSWER_DONE);
    }
    all_accounted_for();
}

static void views_are_hurried_once_and_told(void **state)
{
    (void)state;
    rig_emergency(&r, &peer, 1, "k1");
    rig_finish(&r);
    answer(1, ANSWER_DONE);
    unsigned before = journal_fake_seen(r.journal)->appends;
    pipeline_hurry_views(r.pipeline);
    pipeline_hurry_views(r.pipeline);
    assert_int_equal(journal_fake_seen(r.journal)->appends, before + 1);
    assert_false(pipeline_idle(r.pipeline));
    rig_finish(&r);
    assert_int_equal(r.views_at, 1);
    assert_int_equal(pipeline_views_at(r.pipeline), 1);
    assert_int_equal(pipeline_head(r.pipeline), 1);
}

/* The asker may be gone: counted, and the next one is served. */
static void an_answer_to_nobody_is_counted(void **state)
{
    (void)state;
    struct rig_peer gone = peer;
    gone.address.id[gone.address.n - 1] ^= 0x55;
    rig_emergency(&r, &gone, 1, "k1");
    rig_emergency(&r, &peer, 2, "k2");
    rig_finish(&r);
    answer(2, ANSWER_DONE);
    assert_int_equal(r.counters.at[COUNT_UNSENT], 1);
    assert_int_equal(r.counters.at[COUNT_STORED], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_rig(moves_are_judged_after_what_came_before_them),
        with_rig(a_move_without_what_it_needs_is_refused),
        with_rig(a_reclassed_call_belongs_to_the_poc),
        with_rig(who_sends_too_fast_waits_but_for_emergencies),
        with(more_than_may_wait_is_busy_but_for_emergencies, narrow),
        with_rig(the_reserve_is_for_emergencies),
        with_rig(stopping_finishes_what_is_in_flight_and_takes_nothing_new),
        with_rig(emergencies_do_not_wait_for_gathered_complaints),
        with_rig(what_comes_meanwhile_goes_as_one_batch),
        with_rig(bulk_keeps_its_distance_while_emergencies_come),
        with_rig(views_are_hurried_once_and_told),
        with_rig(an_answer_to_nobody_is_counted),
    };
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
