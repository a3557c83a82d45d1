#include "top_model.h"

#include <stdlib.h>
#include <string.h>

struct top_model {
    struct top_case *cases; /* by number */
    size_t *order;          /* places in `cases`, as shown; made when asked for */
    size_t n, room;
    bool ordered;
    uint64_t round;
    struct top_line lines[TOP_LINES];
    size_t lines_n; /* ever */
    struct top_desk desks[TOP_DESKS];
    size_t desks_n;
    /* the link */
    bool reading, lost; /* lost: the watch said so */
    bool behind;        /* what was missed is still being told */
    bool beat;          /* `lag` is known */
    int64_t heard_mono, heard_wall;
    int64_t lag; /* this clock ahead of siagad's: the least of what was seen */
    uint64_t head, next, left;
    struct top_missed missed;
};

static void *enough(void *p)
{
    if (!p)
        abort();
    return p;
}

struct top_model *top_model_new(struct top_time now)
{
    struct top_model *m = enough(calloc(1, sizeof(*m)));
    m->reading = true;
    m->heard_mono = now.mono;
    m->heard_wall = now.wall;
    return m;
}

void top_model_free(struct top_model *m)
{
    if (!m)
        return;
    free(m->cases);
    free(m->order);
    free(m);
}

/* ---- the cases ---- */

static size_t place(const struct top_model *m, uint64_t number)
{
    size_t low = 0, high = m->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->cases[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct top_case *find(const struct top_model *m, uint64_t number)
{
    size_t at = place(m, number);
    return at < m->n && m->cases[at].number == number ? &m->cases[at] : NULL;
}

const struct top_case *top_model_find(const struct top_model *m, uint64_t number)
{
    return find(m, number);
}

static struct top_case *add(struct top_model *m, uint64_t number)
{
    size_t at = place(m, number);
    if (m->n == m->room) {
        m->room = m->room ? m->room * 2 : 64;
        m->cases = enough(realloc(m->cases, m->room * sizeof(*m->cases)));
        m->order = enough(realloc(m->order, m->room * sizeof(*m->order)));
    }
    memmove(m->cases + at + 1, m->cases + at, (m->n - at) * sizeof(*m->cases));
    m->n++;
    m->cases[at] = (struct top_case){.number = number, .severity = TOP_SEVERITIES - 1};
    return &m->cases[at];
}

static void drop(struct top_model *m, struct top_case *c)
{
    size_t at = (size_t)(c - m->cases);
    m->n--;
    memmove(c, c + 1, (m->n - at) * sizeof(*c));
    m->ordered = false;
}

static void take_row(struct top_model *m, const siaga_doc *row, bool feed)
{
    uint64_t number = (uint64_t)siaga_int(row, "case", 0);
    const char *entry = siaga_text(row, "entry");
    struct top_case *c = find(m, number);
    if (!number || !*siaga_text(row, "state"))
        return;
    if (!siaga_state_open(siaga_text(row, "state"))) {
        if (c)
            drop(m, c);
        return;
    }
    c = c ? c : add(m, number);
    c->round = m->round;
    c->seq = feed ? (uint64_t)siaga_int(row, "seq", 0) : m->next;
    top_case_work(c, row);
    if (strcmp(entry, "event") == 0)
        top_case_event(c, row);
    else if (strcmp(entry, "clock") == 0)
        top_case_clock(c, row);
    else if (strcmp(entry, "move") == 0)
        top_case_move(c, row);
    m->ordered = false;
}

void top_model_now(struct top_model *m, const siaga_doc *row, uint64_t as_of)
{
    struct top_case *c = find(m, (uint64_t)siaga_int(row, "case", 0));
    if (!c || c->seq > as_of)
        return;
    top_case_work(c, row);
    top_case_event(c, row);
    m->ordered = false;
}

/* A snapshot has ended: what it did not tell is not open any more. */
static void sweep(struct top_model *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++)
        if (m->cases[i].round == m->round)
            m->cases[kept++] = m->cases[i];
    m->n = kept;
    m->ordered = false;
}

/* ---- desks: who took what, who is done with it ---- */

static struct top_desk *desk_of(struct top_model *m, const char *skpd, const char *source)
{
    for (size_t i = 0; i < m->desks_n; i++)
        if (strcmp(m->desks[i].skpd, skpd) == 0 && strcmp(m->desks[i].source, source) == 0)
            return &m->desks[i];
    if (m->desks_n == TOP_DESKS) { /* the one heard of first makes room */
        memmove(m->desks, m->desks + 1, (TOP_DESKS - 1) * sizeof(*m->desks));
        m->desks_n--;
    }
    struct top_desk *d = &m->desks[m->desks_n++];
    *d = (struct top_desk){0};
    siaga_clean(skpd, d->skpd, sizeof(d->skpd));
    siaga_clean(source, d->source, sizeof(d->source));
    return d;
}

static void take_desk(struct top_model *m, const siaga_doc *row)
{
    static const char *const holds[] = {"take", "extend", NULL};
    const char *source = siaga_text(row, "source"), *ticket = siaga_text(row, "ticket");
    if (strcmp(siaga_text(row, "entry"), "work") != 0)
        return;
    if (top_one_of(siaga_text(row, "act"), holds)) {
        struct top_desk *d = desk_of(m, siaga_text(row, "task"), source);
        siaga_clean(ticket, d->ticket, sizeof(d->ticket));
        d->until = siaga_time(row, "lease_until");
        return;
    }
    for (size_t i = 0; i < m->desks_n; i++) /* a lease that ran out is told by siagad */
        if (strcmp(m->desks[i].ticket, ticket) == 0 &&
            strcmp(m->desks[i].skpd, siaga_text(row, "task")) == 0)
            m->desks[i].until = 0;
}

size_t top_model_desks(const struct top_model *m)
{
    return m->desks_n;
}

const struct top_desk *top_model_desk(const struct top_model *m, size_t i)
{
    return i < m->desks_n ? &m->desks[m->desks_n - 1 - i] : NULL;
}

/* ---- the link ---- */

/* A beat counts from when siagad sent it, not from when it was read: one that lay in a queue while
 * this program stood still is old. How far both clocks are apart is the least ever seen, and gives
 * way slowly, since either may be set. */
static void hear_beat(struct top_model *m, const siaga_item *item, struct top_time now)
{
    int64_t sent = siaga_time(item->doc, "now"), lag = now.wall - sent;
    if (!m->beat || lag < m->lag)
        m->lag = lag;
    m->lag += (lag - m->lag) / 32;
    m->beat = true;
    int64_t age = lag - m->lag;
    if (now.mono - age > m->heard_mono) {
        m->heard_mono = now.mono - age;
        m->heard_wall = now.wall - age;
    }
    m->lost = false;
    if (m->behind && item->next > item->head) {
        m->behind = false;
        m->missed.known = true;
        m->missed.until = now.wall;
    }
}

static void lose(struct top_model *m)
{
    m->lost = true;
    if (m->behind)
        return; /* lost again before all was told: it is the same break */
    m->behind = true;
    m->missed = (struct top_missed){.from = m->next, .since = m->heard_wall};
}

/* With `next` 0 the list starts anew: what was told of it before does not count. */
static void found(struct top_model *m, const siaga_item *item)
{
    m->beat = false; /* siagad's clock may be another now */
    if (item->next)
        return;
    m->missed.anew = true;
    m->reading = true;
    m->round++;
}

static void gap(struct top_model *m, const siaga_item *item, struct top_time now)
{
    if (!m->behind)
        m->missed = (struct top_missed){.since = now.wall};
    m->missed.gap = m->behind = true;
    m->missed.from = (uint64_t)siaga_int(item->doc, "from", 0);
    m->missed.to = (uint64_t)siaga_int(item->doc, "to", 0);
    m->missed.damaged = strcmp(siaga_text(item->doc, "reason"), "damaged") == 0;
    m->round += !m->missed.damaged; /* else a snapshot follows */
}

void top_model_item(struct top_model *m, const siaga_item *item, struct top_time now)
{
    m->next = item->next ? item->next : m->next;
    m->head = item->head > m->head ? item->head : m->head;
    m->left = item->left;
    if (item->kind == SIAGA_ITEM_ROW || item->kind == SIAGA_ITEM_SNAPSHOT_ROW) {
        m->missed.rows += item->kind == SIAGA_ITEM_ROW && m->behind;
        take_row(m, item->doc, item->kind == SIAGA_ITEM_ROW);
        take_desk(m, item->doc);
    } else if (item->kind == SIAGA_ITEM_SNAPSHOT_END) {
        m->reading = false;
        sweep(m);
    } else if (item->kind == SIAGA_ITEM_BEAT) {
        hear_beat(m, item, now);
    } else if (item->kind == SIAGA_ITEM_LOST) {
        lose(m);
    } else if (item->kind == SIAGA_ITEM_RECONNECTED) {
        found(m, item);
    } else if (item->kind == SIAGA_ITEM_GAP) {
        gap(m, item, now);
    }
}

enum top_link top_model_link(const struct top_model *m, struct top_time now)
{
    if (m->lost || now.mono - m->heard_mono > TOP_SILENCE_US)
        return TOP_STALE;
    return m->behind ? TOP_CATCHING : m->reading ? TOP_READING : TOP_LIVE;
}

int64_t top_model_heard(const struct top_model *m)
{
    return m->heard_wall;
}

uint64_t top_model_head(const struct top_model *m)
{
    return m->head;
}

uint64_t top_model_left(const struct top_model *m)
{
    return m->left;
}

bool top_model_missed(struct top_model *m, struct top_missed *ret_missed)
{
    if (!m->missed.known)
        return false;
    *ret_missed = m->missed;
    m->missed = (struct top_missed){0};
    return true;
}

int64_t top_model_clock(const struct top_model *m, struct top_time now)
{
    return now.wall - m->lag;
}

/* ---- the order ---- */

static int judge(const void *a, const void *b, void *cases)
{
    const struct top_case *x = (struct top_case *)cases + *(const size_t *)a;
    const struct top_case *y = (struct top_case *)cases + *(const size_t *)b;
    bool xw = top_case_waiting(x), yw = top_case_waiting(y);
    if (!*x->mode != !*y->mode)
        return *x->mode ? 1 : -1;
    if (xw != yw)
        return xw ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity < y->severity ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void put_in_order(struct top_model *m)
{
    if (m->ordered)
        return;
    for (size_t i = 0; i < m->n; i++)
        m->order[i] = i;
    if (m->n)
        qsort_r(m->order, m->n, sizeof(*m->order), judge, m->cases);
    m->ordered = true;
}

size_t top_model_cases(struct top_model *m)
{
    return m->n;
}

const struct top_case *top_model_at(struct top_model *m, size_t i)
{
    put_in_order(m);
    return i < m->n ? &m->cases[m->order[i]] : NULL;
}

size_t top_model_place(struct top_model *m, uint64_t number)
{
    put_in_order(m);
    for (size_t i = 0; i < m->n; i++)
        if (m->cases[m->order[i]].number == number)
            return i;
    return SIZE_MAX;
}

/* ---- figures ---- */

size_t top_model_open(const struct top_model *m, unsigned severity)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += m->cases[i].severity == severity && !*m->cases[i].mode;
    return n;
}

size_t top_model_waiting(const struct top_model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += top_case_waiting(&m->cases[i]) && !*m->cases[i].mode;
    return n;
}

size_t top_model_drills(const struct top_model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        n += *m->cases[i].mode != '\0';
    return n;
}

const struct top_case *top_model_untold(const struct top_model *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (!m->cases[i].told)
            return &m->cases[i];
    return NULL;
}

/* ---- the feed ---- */

void top_model_line(struct top_model *m, const char *text, unsigned severity, bool remark)
{
    struct top_line *line = &m->lines[m->lines_n++ % TOP_LINES];
    siaga_clean(text, line->text, sizeof(line->text));
    line->severity = severity;
    line->remark = remark;
}

const struct top_line *top_model_feed(const struct top_model *m, size_t i)
{
    if (i >= m->lines_n || i >= TOP_LINES)
        return NULL;
    return &m->lines[(m->lines_n - 1 - i) % TOP_LINES];
}
