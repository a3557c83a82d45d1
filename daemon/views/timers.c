#include "timers.h"

static struct rowkey timer_key(const struct timer_row *r)
{
    struct rowkey k = rowkey_new();
    rowkey_u64(rowkey_u64(&k, (uint64_t)r->at_us), r->case_seq);
    rowkey_u8(rowkey_u8(&k, r->part), r->timer);
    return k;
}

static int64_t time_of(const struct case_row *c, unsigned part, unsigned timer)
{
    if (timer == TIMER_PUBLISH)
        return part == 0 && part < c->parts_n ? cases_publish_at(c) : 0;
    return part < c->parts_n ? c->parts[part].timer[timer] : 0;
}

typedef int64_t time_fn(const struct case_row *c, unsigned part, unsigned number);

/* Takes away the rows of `was`, puts those of `now`; the earliest new time, or 0. */
static int64_t follow(struct txn *t, enum store_table table, const struct case_row *was,
                      const struct case_row *now, unsigned numbers, time_fn *time_in)
{
    int64_t earliest = 0;
    unsigned parts = was->parts_n > now->parts_n ? was->parts_n : now->parts_n;
    for (unsigned part = 0; part < parts; part++)
        for (unsigned number = 1; number < numbers; number++) {
            int64_t before = time_in(was, part, number), after = time_in(now, part, number);
            if (before == after)
                continue;
            struct timer_row row = {before, now->seq, (uint8_t)part, (uint8_t)number};
            struct rowkey k = timer_key(&row);
            if (before != 0)
                txn_del(t, table, &k);
            if (after == 0)
                continue;
            row.at_us = after;
            k = timer_key(&row);
            txn_put(t, table, &k, "", 0);
            if (earliest == 0 || after < earliest)
                earliest = after;
        }
    return earliest;
}

int64_t timers_follow(struct txn *t, const struct case_row *was, const struct case_row *now)
{
    return follow(t, TABLE_TIMERS, was, now, CASE_TIMERS, time_of);
}

/* ---- what is late ---- */

int64_t timers_owed(const struct part *p, enum late_what what)
{
    if (!cases_part_open(p) || p->waiting_us != 0)
        return 0;
    if (what == LATE_ACK)
        return p->acked_us == 0 ? p->ack_due : 0;
    return p->judge == 0 || p->milestone[p->judge] == 0 ? p->resolve_due : 0;
}

static int64_t late_of(const struct case_row *c, unsigned part, unsigned what)
{
    if (part >= c->parts_n)
        return 0;
    const struct part *p = &c->parts[part];
    bool late = what == LATE_ACK ? p->ack_late : p->overdue;
    return late ? timers_owed(p, (enum late_what)what) : 0;
}

void timers_follow_late(struct txn *t, const struct case_row *was, const struct case_row *now)
{
    follow(t, TABLE_LATE, was, now, LATE_RESOLVE + 1, late_of);
}

static bool read_row(struct walk *w, bool found, struct timer_row *r)
{
    if (!found)
        return false;
    const uint8_t *p = (const uint8_t *)w->key.p;
    if (w->key.n != 18) {
        walk_close(w);
        return false;
    }
    *r = (struct timer_row){(int64_t)rowkey_read_u64(p), rowkey_read_u64(p + 8), p[16], p[17]};
    return true;
}

bool timers_from(struct walk *w, struct txn *t, enum store_table table,
                 const struct timer_row *from, struct timer_row *ret_row)
{
    struct rowkey k = rowkey_new();
    if (from != NULL)
        k = timer_key(from);
    return read_row(w, walk_from(w, t, table, &k), ret_row);
}

bool timers_next(struct walk *w, struct timer_row *ret_row)
{
    return read_row(w, walk_next(w), ret_row);
}
