/* figures_recount: the plain figures counted again from the journal's facts alone, one case after
 * another, without looking at case rows or at how the views keep figures. Inside model_figures.c
 * only. */
#ifndef SIAGA_TESTS_FIGURES_RECOUNT_H
#define SIAGA_TESTS_FIGURES_RECOUNT_H

#include "daemon/views/figures.h"
#include "daemon/views/rows.h"
#include "proto/stamp.h"
#include "tests/support/scratch.h"

#define RECOUNT_CASES 4096u
#define RECOUNT_HOLDERS 64u
#define RECOUNT_DAYS 1200u
#define RECOUNT_SKPD 16u

struct recount_holder {
    char skpd[25];
    uint8_t came, went; /* enum figure; went 0: still there */
    int64_t came_us, went_us;
};

struct recount_case {
    uint64_t seq;
    uint8_t mode, class;
    bool merged;
    char owner[25]; /* by the last entry */
    unsigned n;
    struct recount_holder at[RECOUNT_HOLDERS];
};

static struct recount_case recount_cases[RECOUNT_CASES];
static unsigned recount_n;
static uint32_t recounted[RECOUNT_DAYS][RECOUNT_SKPD][FIGURE_COUNT];
static char recount_names[RECOUNT_SKPD][25];
static uint32_t recount_first; /* day */

static inline struct recount_case *recount_of(uint64_t seq)
{
    for (unsigned i = recount_n; i > 0; i--)
        if (recount_cases[i - 1].seq == seq)
            return &recount_cases[i - 1];
    return NULL;
}

static inline void recount_comes(struct recount_case *c, struct slice skpd, uint8_t figure,
                                 int64_t us)
{
    assert_true(c->n < RECOUNT_HOLDERS);
    struct recount_holder *h = &c->at[c->n++];
    *h = (struct recount_holder){.came = figure, .came_us = us};
    snprintf(h->skpd, sizeof h->skpd, SLICE_FMT, SLICE_ARG(skpd));
}

static inline bool recount_open(uint8_t state)
{
    return state >= STATE_RECEIVED && state <= STATE_REOPENED;
}

static inline void recount_goes(struct recount_holder *h, const struct facts *f)
{
    h->went_us = f->at_us;
    h->went = f->state == STATE_RESOLVED || f->state == STATE_CLOSED ? FIGURE_DONE : FIGURE_DROPPED;
}

/* A call that turns out real goes on as if nothing had been said. */
static inline void recount_reclass(struct recount_case *c, const struct facts *f)
{
    struct recount_holder *h = &c->at[c->n - 1];
    bool real = f->call_class == CALL_CLASS_REAL;
    if (real && recount_open(f->state)) {
        h->went = 0;
        snprintf(h->skpd, sizeof h->skpd, SLICE_FMT, SLICE_ARG(f->owner));
    }
    if (!recount_open(f->state) && recount_open(f->from))
        recount_goes(h, f);
    c->class = f->call_class;
}

static inline void recount_entry(const struct facts *f)
{
    struct recount_case *c;
    if (f->what == ENTRY_EVENT) {
        c = &recount_cases[recount_n++];
        assert_true(recount_n < RECOUNT_CASES);
        *c = (struct recount_case){.seq = f->seq, .mode = f->mode, .class = f->call_class};
        recount_comes(c, f->owner, FIGURE_IN, f->at_us);
        snprintf(c->owner, sizeof c->owner, SLICE_FMT, SLICE_ARG(f->owner));
        return;
    }
    if ((c = recount_of(f->case_seq)) == NULL)
        return;
    snprintf(c->owner, sizeof c->owner, SLICE_FMT, SLICE_ARG(f->owner));
    struct recount_holder *h = &c->at[c->n - 1];
    if (f->what == ENTRY_RECLASS) {
        recount_reclass(c, f);
        return;
    }
    c->merged = c->merged || f->state == STATE_MERGED;
    if (recount_open(f->from) && !recount_open(f->state))
        recount_goes(h, f);
    else if (!recount_open(f->from) && recount_open(f->state))
        recount_comes(c, f->owner, FIGURE_REOPENED, f->at_us);
    else if (recount_open(f->state) && f->before.n > 0) {
        h->went = FIGURE_FORWARDED;
        h->went_us = f->at_us;
        recount_comes(c, f->owner, FIGURE_GIVEN, f->at_us);
    }
}

static inline uint32_t *recount_cell(uint32_t day, struct slice skpd)
{
    unsigned i = 0;
    while (recount_names[i][0] != '\0' && !slice_is(skpd, recount_names[i]))
        i++;
    assert_true(i < RECOUNT_SKPD && day >= recount_first && day - recount_first < RECOUNT_DAYS);
    snprintf(recount_names[i], sizeof recount_names[i], SLICE_FMT, SLICE_ARG(skpd));
    return recounted[day - recount_first][i];
}

static inline void recount_add(const char *skpd, uint8_t figure, int64_t us)
{
    recount_cell((uint32_t)((us / STAMP_SECOND + 7 * 3600) / 86400), slice_from(skpd))[figure]++;
}

/* What the views keep of a case that changed hands too often is less than the journal tells. */
static inline void recount_case_add(const struct recount_case *c)
{
    unsigned kept = c->n <= STINTS_MAX + 1 ? c->n - 1 : STINTS_MAX;
    if (c->mode != MODE_ACTUAL)
        return;
    if (c->class != CALL_CLASS_REAL) {
        recount_add(c->owner, FIGURE_NOISE, c->at[0].came_us);
        return;
    }
    recount_add(c->at[0].skpd, FIGURE_REPORTS, c->at[0].came_us);
    for (unsigned i = 0; !c->merged && i < c->n; i++) {
        const struct recount_holder *h = &c->at[i];
        if (i >= kept && i != c->n - 1)
            continue;
        recount_add(h->skpd, h->came, h->came_us);
        if (h->went != 0)
            recount_add(h->skpd, h->went, h->went_us);
    }
}

/* Every count of these figures in the rows of a dimension, against the recount. */
static inline void recount_compare(struct txn *t, enum figures_dimension d)
{
    static const uint8_t figures[] = {FIGURE_IN,      FIGURE_REPORTS,   FIGURE_NOISE,
                                      FIGURE_GIVEN,   FIGURE_FORWARDED, FIGURE_DONE,
                                      FIGURE_DROPPED, FIGURE_REOPENED};
    static uint32_t left[RECOUNT_DAYS][RECOUNT_SKPD][FIGURE_COUNT];
    struct figures_row row;
    struct walk w;
    memcpy(left, recounted, sizeof left);
    for (bool more = figures_from(&w, t, d, 0, UINT32_MAX, &row); more;
         more = figures_next_row(&w, d, UINT32_MAX, &row)) {
        struct figures_count c = {0};
        uint32_t *cell = &left[0][0][0] + (recount_cell(row.day, row.skpd) - &recounted[0][0][0]);
        while (figures_next(&row.counts, &c))
            cell[c.number] -= (uint32_t)c.count;
    }
    for (unsigned day = 0; day < RECOUNT_DAYS; day++)
        for (unsigned i = 0; i < RECOUNT_SKPD; i++)
            for (size_t k = 0; k < sizeof figures; k++)
                if (left[day][i][figures[k]] != 0)
                    fail_msg("%s of %s on day %u: dimension %u is off by %d",
                             words_wire(WORDS_FIGURE, figures[k]), recount_names[i], day, d,
                             (int)left[day][i][figures[k]]);
}

static inline void recount_all(struct store *s, uint32_t first_day)
{
    struct txn log, views;
    struct slice row;
    recount_n = 0;
    recount_first = first_day;
    memset(recounted, 0, sizeof recounted);
    memset(recount_names, 0, sizeof recount_names);
    txn_begin(&log, s, STORE_JOURNAL, false);
    for (uint64_t seq = 1; rows_at(&log, seq, &row); seq++) {
        struct facts f;
        assert_int_equal(entry_row_read(seq, row, &f, NULL), ENTRY_FINE);
        recount_entry(&f);
    }
    txn_abort(&log);
    for (unsigned i = 0; i < recount_n; i++)
        recount_case_add(&recount_cases[i]);
    txn_begin(&views, s, STORE_VIEWS, false);
    static const enum figures_dimension all[] = {FIGURES_WHOLE, FIGURES_CATEGORY, FIGURES_KECAMATAN,
                                                 FIGURES_CLASS};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        recount_compare(&views, all[i]);
    txn_abort(&views);
}

#endif
