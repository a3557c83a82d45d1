/* The same journal gives the same views: whatever the size of the commits, whatever table of duties
 * is in force, in this process or another. And what two tables make of the same submissions differs
 * in what is written into the entries, nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <spawn.h>
#include <sys/wait.h>

#include "daemon/views/rows.h"
#include "tests/support/entries.h"
#include "tests/support/rig.h"
#include "tests/support/rounds.h"

#define SETTINGS                                                                             \
    {                                                                                        \
        "siagad.yaml", "listen: [ipc:///tmp/siagad.sock]\nstore: /tmp/store\nnode: kota-1\n" \
                       "open_role: operator\nlimits: {per_minute: 60000, waiting: 16384}\n"  \
    }

/* Table A is the small city's. In table B roads and fires have changed hands, and the promises too.
 */
static const struct small_city_file TABLE_A[] = {SETTINGS, {NULL, NULL}};
static const struct small_city_file TABLE_B[] = {
    SETTINGS,
    {"skpd.d/pupr.yaml",
     "id: pupr\n"
     "name: {id: Dinas Pekerjaan Umum, en: Public Works}\n"
     "short: PUPR\n"
     "categories:\n"
     "  - {id: road.pothole, title: {id: Jalan berlubang}, cap: Infra,"
     " kinds: [complaint, report], severity: minor}\n"
     "  - {id: road.blocked, title: {id: Jalan tertutup}, cap: Transport,"
     " kinds: [emergency, report]}\n"
     "routes:\n"
     "  - {kind: any, category: \"road.*\", kecamatan: any, primary: damkar, supporting: "
     "[polres]}\n"
     "  - {kind: any, category: \"road.*\", kecamatan: utara, primary: dinkes}\n"
     "targets:\n"
     "  - {kind: any, category: \"*\", ack: 3m}\n"},
    {NULL, NULL}};

static struct rig_peer peer;
static uint64_t seed, rid;

/* ---- submissions; the same seed gives the same ones ---- */

static const char *pick(const char *const *words, uint32_t n)
{
    return words[entries_below(&seed, n)];
}

static void submit_some(struct rig *r)
{
    static const char *const kinds[] = {"emergency", "complaint", "report"};
    static const char *const categories[] = {"fire.building", "road.pothole", "road.blocked",
                                             "health.violence", "no.such"};
    static const char *const places[] = {"utara", "selatan", NULL, "nowhere"};
    static const char *const classes[] = {NULL, NULL, NULL, "prank", "ghost"};
    static const char *const titles[] = {"Api di pasar", "Jalan berlubang", "Air naik"};
    static const char *const sources[] = {"meja-1", "petugas-7", "meja-9"};
    struct rig_event events[5];
    char keys[5][16];
    unsigned n = 1 + entries_below(&seed, 5);
    bool urgent = true;
    for (unsigned i = 0; i < n; i++) {
        snprintf(keys[i], sizeof keys[i], "k%u", entries_below(&seed, 400)); /* some come again */
        events[i] = (struct rig_event){.key = keys[i],
                                       .kind = pick(kinds, 3),
                                       .category = pick(categories, 5),
                                       .title = pick(titles, 3),
                                       .kecamatan = pick(places, 4),
                                       .call_class = pick(classes, 5)};
        urgent = urgent && events[i].kind[0] == 'e';
    }
    rig_submit(r, &peer, rid++, pick(sources, 3), urgent ? LANE_URGENT : LANE_BULK, n, events);
}

/* Of any state; or, when the owners need not be the same elsewhere, any act with any target. */
static void change_some(struct rig *r, bool acts)
{
    static const char *const skpd[] = {"poc", "damkar", "dinkes", "pupr", "polres", "nobody"};
    static const char *const sources[] = {"meja-1", "meja-1", "damkar-1", "petugas-7"};
    char key[16];
    snprintf(key, sizeof key, "m%u", entries_below(&seed, 100000));
    struct rig_change c = {.key = key,
                           .of = 1 + entries_below(&seed, 60), /* few cases, so that many move */
                           .what = entries_below(&seed, 6) == 0 ? ENTRY_RECLASS : ENTRY_MOVE,
                           .to = (uint8_t)(1 + entries_below(&seed, STATE_COUNT - 1)),
                           .call_class = (uint8_t)(1 + entries_below(&seed, 5)),
                           .outcome = OUTCOME_FIXED,
                           .reason = "alasan"};
    const char *source = acts ? pick(sources, 4) : "meja-1";
    if (acts && c.what == ENTRY_MOVE && entries_below(&seed, 2) == 0) {
        c.act = (uint8_t)(1 + entries_below(&seed, ACT_COUNT - 1));
        c.target = pick(skpd, 6);
        c.to = 0;
    }
    rig_change(r, &peer, rid++, source, &c);
}

/* A journal made by the real stages and the real thread. Whether what came is settled alone or
 * with others is the dice's, too, and the lanes may swap: so one group at a time when two journals
 * are to be compared number by number. */
static void make_journal(struct rig *r, const struct small_city_file *table, bool one_by_one)
{
    rid = 1;
    rig_open(r, true, table);
    peer = rig_connect(r);
    for (uint32_t i = rounds_of(500); i > 0; i--) {
        r->wall_us += entries_below(&seed, 600) * 1000000ll;
        r->mono_us += 60000000;
        if (entries_below(&seed, 2) > 0)
            submit_some(r);
        else
            change_some(r, !one_by_one);
        if (one_by_one || entries_below(&seed, 8) == 0)
            rig_finish(r);
    }
    rig_finish(r);
    pipeline_hurry_views(r->pipeline);
    rig_finish(r);
}

static void unmake_journal(struct rig *r)
{
    rig_disconnect(&peer);
    rig_close(r);
}

/* ---- the log in a file, for another process ---- */

static void write_log(struct store *from, const char *path)
{
    struct txn t;
    struct slice row;
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    txn_begin(&t, from, STORE_JOURNAL, false);
    for (uint64_t seq = 1; rows_at(&t, seq, &row); seq++)
        assert_true(fwrite(&row.n, sizeof row.n, 1, out) == 1 && fwrite(row.p, row.n, 1, out) == 1);
    txn_abort(&t);
    assert_int_equal(fclose(out), 0);
}

static int apply_file(const char *log, const char *dir, unsigned commit_every)
{
    struct store *store = NULL;
    struct views *views = NULL;
    struct store_conf conf = {.dir = dir, .bytes = {1 << 20, 32 << 20}};
    struct err err = {""};
    FILE *in = fopen(log, "r");
    uint32_t n;
    if (in == NULL || store_open(&store, &conf, &err) != 0 || views_open(&views, store, &err) != 0)
        return 1;
    for (uint64_t seq = 1; fread(&n, sizeof n, 1, in) == 1; seq++) {
        char row[ENTRY_MAX_BYTES];
        struct facts f;
        struct entry e;
        struct outcome o;
        views_begin(views);
        if (n > sizeof row || fread(row, n, 1, in) != 1 ||
            entry_row_read(seq, (struct slice){row, n}, &f, &e) != ENTRY_FINE ||
            views_apply(views, &e, &o) != 0 || o.facts.seq != seq)
            return 2;
        if (seq % commit_every == 0 && views_commit(views, &err) != 0)
            return 3;
    }
    if (views_commit(views, &err) != 0)
        return 3;
    views_close(&views);
    store_close(&store);
    fclose(in);
    return 0;
}

/* This program again, with another environment and other addresses. */
static void apply_elsewhere(const char *log, const char *dir, unsigned commit_every)
{
    char every[16];
    snprintf(every, sizeof every, "%u", commit_every);
    char *const argv[] = {"replay_same", "--apply", (char *)log, (char *)dir, every, NULL};
    char *const environment[] = {"TZ=Asia/Jakarta", "LC_ALL=C", "MALLOC_PERTURB_=90",
                                 "ASAN_OPTIONS=detect_leaks=0", NULL};
    pid_t pid;
    int status;
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environment), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void same_elsewhere(struct store *store, unsigned commit_every)
{
    struct folder dir;
    struct store *other = NULL;
    struct err err;
    char log[96], made[96], why[128];
    folder_make(&dir);
    snprintf(log, sizeof log, "%s/log", dir.path);
    snprintf(made, sizeof made, "%s/store", dir.path);
    write_log(store, log);
    apply_elsewhere(log, made, commit_every);
    struct store_conf conf = {.dir = made, .bytes = {1 << 20, 32 << 20}};
    assert_int_equal(store_open(&other, &conf, &err), 0);
    if (!scratch_same_views(store, other, why))
        fail_msg("%s differs in another process", why);
    store_close(&other);
    folder_drop(&dir);
}

/* ---- the tests ---- */

static void same_here(struct store *store, unsigned commit_every)
{
    struct scratch again;
    char why[128];
    scratch_open(&again);
    assert_true(scratch_replay(store, &again, commit_every));
    if (!scratch_same_views(store, again.store, why))
        fail_msg("%s differs with commits of %u", why, commit_every);
    scratch_close(&again);
}

static void one_journal_gives_the_same_views_everywhere(void **state)
{
    (void)state;
    static struct rig r;
    seed = rounds_seed();
    make_journal(&r, TABLE_A, false);
    assert_true(scratch_rows(r.s.store, TABLE_LOG) > 300);
    assert_true(scratch_rows(r.s.store, TABLE_HISTORY) > 5);
    rig_change_city(&r, TABLE_B); /* another table is in force from now on */
    static const unsigned sizes[] = {1, 7, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        same_here(r.s.store, sizes[i]);
        same_elsewhere(r.s.store, sizes[i]);
    }
    unmake_journal(&r);
}

/* A control: two stores that do differ are seen to. */
static void a_difference_would_be_seen(void **state)
{
    (void)state;
    struct scratch one, two;
    struct arena a = {0};
    char why[128];
    scratch_open(&one);
    scratch_open(&two);
    scratch_store(&one, an_event(&a, .key = "k", .owner = "damkar"));
    scratch_store(&two, an_event(&a, .key = "k", .owner = "pupr"));
    scratch_commit(&one);
    scratch_commit(&two);
    assert_false(scratch_same_views(one.store, two.store, why));
    assert_true(why[0] != '\0');
    scratch_close(&one);
    scratch_close(&two);
    arena_drop(&a);
}

struct kept {
    struct facts f; /* names in it are gone */
    char owner[32], key[72];
};

static unsigned keep_rows(struct store *store, struct kept *ret, unsigned most)
{
    struct txn t;
    struct slice row;
    unsigned n = 0;
    txn_begin(&t, store, STORE_JOURNAL, false);
    for (; n < most && rows_at(&t, n + 1, &row); n++) {
        struct entry e;
        assert_int_equal(entry_row_read(n + 1, row, &ret[n].f, &e), ENTRY_FINE);
        snprintf(ret[n].owner, sizeof ret[n].owner, SLICE_FMT, SLICE_ARG(ret[n].f.owner));
        snprintf(ret[n].key, sizeof ret[n].key, SLICE_FMT, SLICE_ARG(e.key));
    }
    txn_abort(&t);
    return n;
}

static void same_but_for_the_owner(const struct kept *a, const struct kept *b)
{
    const struct facts *x = &a->f, *y = &b->f;
    assert_string_equal(a->key, b->key);
    assert_int_equal(x->seq, y->seq);
    assert_int_equal(x->case_seq, y->case_seq);
    assert_int_equal(x->at_us, y->at_us);
    assert_int_equal(x->version, y->version);
    assert_int_equal(x->day, y->day);
    assert_int_equal(x->counter, y->counter);
    assert_int_equal(x->what, y->what);
    assert_int_equal(x->kind, y->kind);
    assert_int_equal(x->severity, y->severity);
    assert_int_equal(x->state, y->state);
    assert_int_equal(x->from, y->from);
    assert_int_equal(x->mode, y->mode);
    assert_int_equal(x->call_class, y->call_class);
}

static void two_tables_differ_in_the_entries_alone(void **state)
{
    (void)state;
    enum { MOST = 20000 };
    static struct rig a, b;
    struct kept *ka = calloc(MOST, sizeof *ka), *kb = calloc(MOST, sizeof *kb);
    uint64_t start = seed = rounds_seed();
    make_journal(&a, TABLE_A, true);
    unsigned n = keep_rows(a.s.store, ka, MOST), owners = 0;
    unmake_journal(&a);
    seed = start;
    make_journal(&b, TABLE_B, true);
    assert_int_equal(keep_rows(b.s.store, kb, MOST), n);
    for (unsigned i = 0; i < n; i++) {
        same_but_for_the_owner(&ka[i], &kb[i]);
        owners += strcmp(ka[i].owner, kb[i].owner) != 0;
    }
    assert_true(owners > n / 20); /* the tables do differ */
    rig_change_city(&b, TABLE_A);
    same_here(b.s.store, 7);
    same_elsewhere(b.s.store, 7);
    unmake_journal(&b);
    free(ka);
    free(kb);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_journal_gives_the_same_views_everywhere),
        cmocka_unit_test(a_difference_would_be_seen),
        cmocka_unit_test(two_tables_differ_in_the_entries_alone),
    };
    if (argc == 5 && strcmp(argv[1], "--apply") == 0)
        return apply_file(argv[2], argv[3], (unsigned)strtoul(argv[4], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
