#include "journal_fake.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/views/rows.h"
#include "entries.h"
#include "proto/verdict.h"
#include "scratch.h"

#define INSIDE_MOST 256

struct held { /* a group of the gatherer's */
    struct jgroup *group;
    unsigned wait;
};

struct echo { /* entries that come (again) later, kept apart from their group */
    struct entry **entries;
    uint32_t count;
    unsigned wait;
    bool again;
};

struct fake {
    struct journal base;
    struct store *store;
    struct views *views;
    struct jcalls calls;
    struct journal_fake_plan plan;
    struct journal_fake_seen seen;
    struct jstate known;
    int fd;
    struct arena arena;
    struct held held[LANES][INSIDE_MOST];
    unsigned held_n[LANES];
    struct echo echo[INSIDE_MOST];
    unsigned echo_n;
};

static struct fake *fake_of(struct journal *j)
{
    return (struct fake *)j;
}

struct journal_fake_plan *journal_fake_plan(struct journal *j)
{
    return &fake_of(j)->plan;
}

const struct journal_fake_seen *journal_fake_seen(struct journal *j)
{
    struct fake *f = fake_of(j);
    f->seen.waiting = f->held_n[LANE_URGENT] + f->held_n[LANE_BULK];
    return &f->seen;
}

static void ring(struct fake *f)
{
    uint64_t one = 1;
    if (write(f->fd, &one, sizeof one) != sizeof one)
        abort();
}

/* ---- storing: log and views are committed in every call of work ---- */

static void begin(struct fake *f, struct txn *log)
{
    txn_begin(log, f->store, STORE_JOURNAL, true);
    views_begin(f->views);
}

static void commit(struct fake *f, struct txn *log)
{
    struct err err = {""};
    if (txn_commit(log, &err) != 0 || views_commit(f->views, &err) != 0)
        abort();
    f->known.head = f->known.views_at = views_seq(f->views);
    f->known.time_us = views_time(f->views);
    f->known.oldest = f->known.head > 0;
    f->known.open_cases = views_open_cases(f->views);
    f->known.rounds++;
    f->known.view_commits++;
}

static void keep_echo(struct fake *f, const struct jgroup *g, unsigned wait, bool again)
{
    if (f->echo_n == INSIDE_MOST)
        abort();
    struct echo *e = &f->echo[f->echo_n++];
    *e = (struct echo){.count = g->count, .wait = wait, .again = again};
    e->entries = arena_alloc(&f->arena, (g->count + 1) * sizeof *e->entries);
    for (uint32_t i = 0; i < g->count; i++)
        e->entries[i] = entries_copy(&f->arena, g->entries[i]);
}

static void play_echo(struct fake *f, const struct echo *e)
{
    struct txn log;
    begin(f, &log);
    for (uint32_t i = 0; i < e->count; i++) {
        struct outcome o;
        if (scratch_put(f->views, &log, e->entries[i], &f->arena, &o) != 0)
            abort();
        bool fresh = o.verdict == V_DONE && !o.duplicate;
        f->seen.again += e->again;
        f->seen.again_new += e->again && fresh;
        f->seen.late += !e->again && fresh;
    }
    commit(f, &log);
}

/* ---- answering ---- */

static void store_entries(struct fake *f, struct jgroup *g, uint32_t upto)
{
    struct txn log;
    begin(f, &log);
    for (; g->done < upto; g->done++)
        if (scratch_put(f->views, &log, g->entries[g->done], g->arena, &g->outcomes[g->done]) != 0)
            abort();
    commit(f, &log);
    for (uint32_t i = 0; i < g->done; i++) { /* what lived in the views lives in the row now */
        struct facts again;
        struct outcome *o = &g->outcomes[i];
        bool stored = o->verdict == V_DONE && !o->duplicate;
        if (stored && entry_row_read(o->facts.seq, o->row, &again, NULL) != ENTRY_FINE)
            abort();
        o->facts.owner = stored ? again.owner : (struct slice){0};
        o->facts.kecamatan = stored ? again.kecamatan : (struct slice){0};
    }
}

static void answer(struct fake *f, struct jgroup *g)
{
    bool fault = f->plan.times > 0 && g->count > 0;
    g->rc = fault ? f->plan.rc : J_OK;
    f->plan.times -= fault;
    if (fault && f->plan.late)
        keep_echo(f, g, f->plan.late_after, false);
    uint32_t upto = !fault ? g->count : f->plan.first < g->count ? f->plan.first : g->count;
    store_entries(f, g, upto);
    if (!fault && f->plan.twice && g->count > 0)
        keep_echo(f, g, 1, true);
    if (g->rc != J_OK)
        err_set(&g->err, ERR_FATAL, "the fake journal says: %s", journal_rc_name(g->rc));
    g->head = f->known.head;
    g->views_at = f->known.views_at;
    g->open_cases = f->known.open_cases;
    f->calls.settled(f->calls.self, g);
}

static void work_lane(struct fake *f, enum lane lane)
{
    struct held *first = f->held[lane];
    unsigned now = f->held_n[lane]; /* what is appended meanwhile waits for the next call */
    while (now-- > 0) {
        if (first->wait > 0) {
            first->wait--;
            return;
        }
        struct jgroup *g = first->group;
        memmove(first, first + 1, --f->held_n[lane] * sizeof *first);
        answer(f, g);
    }
}

static void fake_work(struct journal *base)
{
    struct fake *f = fake_of(base);
    uint64_t rung;
    if (read(f->fd, &rung, sizeof rung) < 0 && f->held_n[LANE_URGENT] + f->held_n[LANE_BULK] > 0)
        abort();
    for (unsigned i = 0; i < f->echo_n;)
        if (f->echo[i].wait > 0) {
            f->echo[i++].wait--;
        } else {
            play_echo(f, &f->echo[i]);
            f->echo[i] = f->echo[--f->echo_n];
        }
    work_lane(f, LANE_URGENT);
    work_lane(f, LANE_BULK);
    if (f->held_n[LANE_URGENT] + f->held_n[LANE_BULK] + f->echo_n > 0)
        ring(f);
}

static enum jrc fake_append(struct journal *base, struct jgroup *g)
{
    struct fake *f = fake_of(base);
    if (f->plan.times > 0 && f->plan.rc == J_BUSY) {
        f->plan.times--;
        return J_BUSY;
    }
    if (f->held_n[g->lane] == INSIDE_MOST)
        abort();
    g->done = 0;
    g->rc = J_OK;
    f->held[g->lane][f->held_n[g->lane]++] = (struct held){g, f->plan.delay};
    f->seen.appends++;
    ring(f);
    return J_OK;
}

/* ---- following ---- */

static enum jrc look(struct txn *log, uint64_t after, const uint8_t *hash)
{
    struct slice row;
    struct facts facts;
    if (after + 1 < rows_oldest(log))
        return J_GONE;
    if (after == 0)
        return J_OK;
    if (after > rows_newest(log))
        return J_LOST;
    if (!rows_at(log, after, &row) || entry_row_read(after, row, &facts, NULL) != ENTRY_FINE ||
        memcmp(facts.hash, hash, ENTRY_HASH_BYTES) != 0)
        return J_DIVERGED;
    return J_OK;
}

static enum jrc bring_on(struct fake *f, struct txn *log, uint64_t after)
{
    struct slice row;
    for (uint64_t seq = after + 1; rows_at(log, seq, &row); seq++) {
        struct facts facts;
        struct entry e;
        struct outcome o;
        if (entry_row_read(seq, row, &facts, &e) != ENTRY_FINE)
            return J_BROKEN;
        if (views_apply(f->views, &e, &o) != 0)
            return J_BROKEN;
        if (o.verdict != V_DONE || o.duplicate ||
            memcmp(o.facts.hash, facts.hash, ENTRY_HASH_BYTES) != 0)
            return J_DIVERGED;
    }
    return J_OK;
}

static enum jrc fake_follow(struct journal *base, uint64_t after, const uint8_t *hash,
                            struct err *err)
{
    struct fake *f = fake_of(base);
    struct txn log;
    begin(f, &log);
    enum jrc rc = f->plan.follow != J_OK ? f->plan.follow : look(&log, after, hash);
    if (rc == J_OK)
        rc = bring_on(f, &log, after);
    if (rc == J_OK) {
        commit(f, &log);
    } else {
        txn_abort(&log);
        views_abandon(f->views);
        err_set(err, ERR_FATAL, "the fake journal says: %s", journal_rc_name(rc));
    }
    return rc;
}

static int fake_fd(struct journal *base)
{
    return fake_of(base)->fd;
}

static void fake_state(struct journal *base, struct jstate *ret)
{
    *ret = fake_of(base)->known;
    ret->used_percent = fake_of(base)->plan.used_percent;
}

/* What is inside is settled first. */
static void fake_close(struct journal *base)
{
    struct fake *f = fake_of(base);
    f->plan.twice = false;
    for (unsigned i = 0; i < 1000 && f->held_n[LANE_URGENT] + f->held_n[LANE_BULK] > 0; i++)
        fake_work(base);
    close(f->fd);
    arena_drop(&f->arena);
    free(f);
}

static const struct journal_ops OPS = {fake_fd,     fake_work,  fake_append,
                                       fake_follow, fake_state, fake_close};

void journal_fake_open(struct journal **ret_journal, struct store *store, struct views *views,
                       const struct jcalls *calls)
{
    struct fake *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    f->base.ops = &OPS;
    f->store = store;
    f->views = views;
    f->calls = *calls;
    f->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *ret_journal = &f->base;
}
