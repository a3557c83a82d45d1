/* row: what lies in the journal. A row is damaged, or its checksum fits all the same: written by
 * another siagad, or by a hand. What is taken is written again, hashed, erased, shown to every
 * role, and applied to a store that forgets it. */
#include <stdlib.h>

#include "daemon/views/row_layout.h"
#include "daemon/views/show.h"
#include "fuzz.h"
#include "proto/frame.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"

enum { FITS = 1 }; /* the checksum is made to fit */

#define SEQ 77u

static struct arena arena;
static struct scratch store;
static uint8_t shown[FRAME_ANSWER_MAX_BYTES];

static void close_store(void)
{
    scratch_close(&store);
    arena_drop(&arena);
}

/* Some cases that rows may speak of: numbers 1 to 4. */
static void open_store(void)
{
    scratch_open(&store);
    scratch_store(&store, an_event(&arena, .key = "k1", .title = "Api", .kecamatan = "utara",
                                   .helpers = {"dinkes"}));
    scratch_store(&store, an_event(&arena, .key = "k2", .kind = KIND_COMPLAINT, .owner = "pupr",
                                   .resolve_due = ENTRIES_AT + 9));
    scratch_store(&store, a_move(&arena, .key = "k3", .of = 1, .act = ACT_ACK));
    scratch_store(&store, a_work(&arena, .key = "k4", .of = 1, .act = WORK_TAKE, .task = "dinkes",
                                 .role = ROLE_HANDLER, .own = "dinkes", .attempt = 1,
                                 .until_us = ENTRIES_AT + 5, .attempts_max = 3));
    scratch_commit(&store);
    arena_reset(&arena);
    atexit(close_store);
}

static void check_again(struct slice row, const struct entry *e, const struct facts *f)
{
    size_t n = entry_row_size(e, f);
    fuzz_must(n == row.n, "a row has the size it had");
    uint8_t *again = arena_alloc(&arena, n);
    entry_row_write(again, e, f);
    fuzz_must(memcmp(again, row.p, n) == 0, "a row is written as it was read");
}

static void check_chain(const struct entry *e, const struct facts *f)
{
    static const uint8_t before[ENTRY_HASH_BYTES] = {1, 2, 3};
    struct facts whole = *f, erased = *f;
    struct entry left = *e;
    entry_chain(before, e, &whole);
    left.texts = entry_erased_texts(e, &arena);
    entry_chain(before, &left, &erased);
    fuzz_must(memcmp(whole.hash, erased.hash, ENTRY_HASH_BYTES) == 0,
              "the chain is the same after an erasure");
}

static void check_shown(const struct entry *e, const struct facts *f)
{
    for (uint8_t role = 1; role < ROLE_COUNT; role++) {
        struct writer w;
        writer_init(&w, shown, sizeof shown);
        show_row(&w, role, f, e, NULL);
        fuzz_must(w.err == 0, "a row has room in an answer");
        show_full(&w, role, f, e);
    }
    show_subject(f);
}

static void check_applied(const struct entry *e)
{
    struct outcome o;
    fuzz_must(scratch_apply(&store, e, &o) == 0, "the store can say yes or no to any entry");
    scratch_abandon(&store);
}

static void check_row(struct slice row)
{
    struct facts f, alone;
    struct entry e;
    enum entry_read whole = entry_row_read(SEQ, row, &f, &e),
                    head = entry_row_read(SEQ, row, &alone, NULL);
    fuzz_must(entry_read_name(whole)[0] != '\0', "every end of a reading has a name");
    fuzz_must(whole == head || whole == ENTRY_BAD_BODY, "the head is read the same without a body");
    if (whole != ENTRY_FINE)
        return;
    check_again(row, &e, &f);
    check_chain(&e, &f);
    check_shown(&e, &f);
    check_applied(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (store.store == NULL)
        open_store();
    if (n < 1)
        return 0;
    uint8_t *row = malloc(n); /* one more than the row when it is empty, else its very size */
    size_t row_n = n - 1;
    if (row == NULL)
        abort();
    memcpy(row, data + 1, row_n);
    row = realloc(row, row_n > 0 ? row_n : 1);
    if ((data[0] & FITS) && row_n > ROW_VERSION)
        entry_row_sum(SEQ, row, row_n);
    check_row((struct slice){(char *)row, (uint32_t)fuzz_told(row_n)});
    free(row);
    arena_reset(&arena);
    return 0;
}

/* ---- seeds ---- */

static void give_row(fuzz_give_fn *give, void *self, const struct entry *e, uint64_t of)
{
    static const uint8_t before[ENTRY_HASH_BYTES] = {1, 2, 3};
    struct facts f = {.seq = SEQ,
                      .case_seq = of != 0 ? of : SEQ,
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
                      .act = e->act,
                      .owner = SLICE_LIT("damkar"),
                      .kecamatan = SLICE_LIT("utara"),
                      .helpers = SLICE_LIT("dinkes"),
                      .reporter = SLICE_LIT("meja-1")};
    entry_chain(before, e, &f);
    size_t n = entry_row_size(e, &f);
    uint8_t *row = arena_alloc(&arena, n);
    entry_row_write(row, e, &f);
    fuzz_give(give, self, FITS, row, n);
    if (e->what == ENTRY_EVENT)
        fuzz_give(give, self, 0, row, n);
}

static void seeds(fuzz_give_fn *give, void *self)
{
    struct wish w = {.of = 1,
                     .role = ROLE_OPERATOR,
                     .task = "dinkes",
                     .reason = "alasan",
                     .note = "catatan",
                     .target = "polres",
                     .until_us = ENTRIES_AT + 2,
                     .ack_due = ENTRIES_AT + 4,
                     .attempt = 1,
                     .attempts_max = 3,
                     .level = 1,
                     .milestone = MILESTONE_ON_SCENE,
                     .outcome = OUTCOME_REFERRED,
                     .stars = 4};
    give_row(give, self,
             an_event(&arena, .key = "e1", .title = "Api", .body = "besar\nsekali",
                      .kecamatan = "utara", .ref = {KIND_REPORT, 20000, 9}, .helpers = {"dinkes"}),
             0);
    give_row(give, self, an_event(&arena, .key = "e2", .title = ""), 0);
    for (uint8_t what = ENTRY_EVENT + 1; what < ENTRY_COUNT; what++)
        for (w.act = 1; w.act <= (what == ENTRY_MOVE ? ACT_COUNT - 1 : 2); w.act++) {
            char key[32];
            snprintf(key, sizeof key, "c%u-%u", what, w.act);
            w.key = key;
            give_row(give, self, entries_change(&arena, &w, what), 1);
        }
    arena_reset(&arena);
}

const struct fuzz_target fuzz_target = {"row", ENTRY_MAX_BYTES, 8000, seeds};
