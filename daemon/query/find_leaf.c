/* The leaves of an expression: what the index says of a chunk, and what one case says for itself.
 */
#include "daemon/views/grid.h"
#include "daemon/views/terms.h"
#include "find.h"

/* ---- what is known of a chunk, read when it is wanted ---- */

static void look_up(struct find *f, enum index_dimension d, struct slice value,
                    struct index_set *set)
{
    index_or(&f->r->views, f->chunk, d, value, set);
    f->cost++;
}

static const struct index_set *once(struct find *f, enum index_dimension d, bool *have,
                                    struct index_set *set)
{
    if (!*have) {
        index_set_clear(set);
        look_up(f, d, (struct slice){0}, set);
        *have = true;
    }
    return set;
}

const struct index_set *find_all(struct find *f)
{
    return once(f, INDEX_CASE, &f->have_all, &f->all);
}

/* ---- leaves ---- */

typedef void leaf_fn(struct find *f, const struct where *w, struct index_set *set);

static void leaf_class(struct find *f, const struct where *w, struct index_set *set)
{
    bool by_kind = w->what == WHERE_KIND;
    for (uint8_t kind = 1; kind < KIND_COUNT; kind++)
        for (uint8_t severity = 1; severity < SEVERITY_COUNT; severity++) {
            const char value = (char)(kind << 4 | severity);
            if (w->mask >> (by_kind ? kind : severity) & 1)
                look_up(f, INDEX_CLASS, (struct slice){&value, 1}, set);
        }
}

static void leaf_word(struct find *f, const struct where *w, struct index_set *set)
{
    for (uint8_t n = 1; n < 32; n++) {
        const char value = (char)n;
        if (w->mask >> n & 1)
            look_up(f, w->what == WHERE_STATE ? INDEX_STATE : INDEX_MODE, (struct slice){&value, 1},
                    set);
    }
}

static void leaf_open(struct find *f, const struct where *w, struct index_set *set)
{
    (void)w;
    look_up(f, INDEX_OPEN, (struct slice){0}, set);
}

static void leaf_name(struct find *f, const struct where *w, struct index_set *set)
{
    static const enum index_dimension BY[WHERE_LEAF_KINDS] = {
        [WHERE_SKPD] = INDEX_OWNER,          [WHERE_HELPER] = INDEX_HELPER,
        [WHERE_CATEGORY] = INDEX_CATEGORY,   [WHERE_KECAMATAN] = INDEX_KECAMATAN,
        [WHERE_KELURAHAN] = INDEX_KELURAHAN, [WHERE_REPORTER] = INDEX_REPORTER};
    for (unsigned i = 0; i < w->n; i++)
        look_up(f, BY[w->what], w->values[i], set);
}

static void leaf_words(struct find *f, const struct where *w, struct index_set *set)
{
    struct slice word = w->values[0];
    struct index_walk walk;
    if (!w->prefix) {
        look_up(f, INDEX_WORD, word, set);
        return;
    }
    bool more = index_first(&walk, &f->r->views, f->chunk, INDEX_WORD, word);
    for (; more && walk.value.n >= word.n && memcmp(walk.value.p, word.p, word.n) == 0;
         more = index_next(&walk), f->cost++)
        index_or_here(&walk, set);
    if (more)
        index_close(&walk);
    f->cost++;
}

static uint16_t half(struct slice cell, unsigned at)
{
    return (uint16_t)((uint8_t)cell.p[at] << 8 | (uint8_t)cell.p[at + 1]);
}

/* The squares the box touches: row by row of the grid. */
static void leaf_cells(struct find *f, const struct where *w, struct index_set *set)
{
    uint16_t west = grid_column(w->west), east = grid_column(w->east), north = grid_row(w->north);
    uint16_t row = grid_row(w->south);
    const char from[] = {(char)(row >> 8), (char)row, (char)(west >> 8), (char)west};
    struct index_walk walk;
    bool more =
        index_first(&walk, &f->r->views, f->chunk, INDEX_CELL, (struct slice){from, sizeof from});
    for (; more && half(walk.value, 0) <= north; more = index_next(&walk), f->cost++)
        if (half(walk.value, 2) >= west && half(walk.value, 2) <= east)
            index_or_here(&walk, set);
    if (more)
        index_close(&walk);
    f->cost++;
}

static void add_number(const struct find *f, uint64_t seq, struct index_set *set)
{
    uint32_t place = (uint32_t)(seq % INDEX_CHUNK);
    if (seq != 0 && seq / INDEX_CHUNK == f->chunk)
        set->word[place / 64] |= 1ull << (place % 64);
}

uint64_t find_number(struct find *f, const struct where *w, unsigned i)
{
    if (w->what == WHERE_TICKET)
        return cases_by_ticket(&f->r->views, w->tickets[i]);
    struct slice rest = w->values[i], source = slice_cut(&rest, '/'), value;
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, source.p, source.n);
    rowkey_bytes(rowkey_u8(&k, 0), rest.p, rest.n);
    return txn_get(&f->r->views, TABLE_KEYS, &k, &value) ? rowkey_read_u64(value.p) : 0;
}

static void leaf_numbers(struct find *f, const struct where *w, struct index_set *set)
{
    for (unsigned i = 0; i < w->n; i++)
        add_number(f, find_number(f, w, i), set);
    index_set_and(set, find_all(f)); /* a key may be that of another entry */
}

static leaf_fn *const LEAF[WHERE_LEAF_KINDS] = {
    [WHERE_KIND] = leaf_class,    [WHERE_SEVERITY] = leaf_class, [WHERE_STATE] = leaf_word,
    [WHERE_OPEN] = leaf_open,     [WHERE_SKPD] = leaf_name,      [WHERE_HELPER] = leaf_name,
    [WHERE_CATEGORY] = leaf_name, [WHERE_KECAMATAN] = leaf_name, [WHERE_KELURAHAN] = leaf_name,
    [WHERE_MODE] = leaf_word,     [WHERE_REPORTER] = leaf_name,  [WHERE_WORDS] = leaf_words,
    [WHERE_BOX] = leaf_cells,     [WHERE_NEAR] = leaf_cells,     [WHERE_TICKET] = leaf_numbers,
    [WHERE_KEY] = leaf_numbers};

/* By what a role is not told of a secret case, or of an anonymous one's sender, it finds none. */
static void hide(struct find *f, const struct where *w, struct index_set *set)
{
    enum rights_field field = where_field((enum where_what)w->what);
    if (!rights_sees(f->q->role, field, true))
        index_set_without(set, once(f, INDEX_SECRET, &f->have_secret, &f->secret));
    if ((w->what == WHERE_REPORTER || w->what == WHERE_KEY) && !rights_sees_sender(f->q->role))
        index_set_without(set, once(f, INDEX_ANONYMOUS, &f->have_anonymous, &f->anonymous));
}

bool find_between(const struct find *f, const struct where *w)
{
    return w->what == WHERE_BOX || w->what == WHERE_NEAR ||
           (f->older && where_changes((enum where_what)w->what));
}

const struct find_leaf *find_leaf(struct find *f, const struct where *w)
{
    struct find_leaf *leaf = &f->leaf[w->leaf];
    index_set_clear(&leaf->now);
    LEAF[w->what](f, w, &leaf->now);
    hide(f, w, &leaf->now);
    leaf->sure = leaf->may = leaf->now;
    if (find_between(f, w)) {
        index_set_clear(&leaf->sure);
        if (w->what != WHERE_BOX && w->what != WHERE_NEAR) {
            leaf->may = *find_all(f);
            hide(f, w, &leaf->may);
        }
    }
    return leaf;
}

/* ---- one case ---- */

static bool near(struct find *f, const struct where *w)
{
    if (f->event.seq != f->seq) {
        f->read = reading_row(f->r, f->q, f->seq, &f->event, &f->entry);
        f->event.seq = f->seq;
        f->rows++;
        f->cost++; /* a row of the journal is read, checked and walked */
    }
    struct terms t = {.has_point = false};
    if (f->read)
        terms_read(&f->entry, &t);
    if (!t.has_point)
        return false;
    if (w->what == WHERE_BOX)
        return t.lat_e7 >= w->south && t.lat_e7 <= w->north && t.lon_e7 >= w->west &&
               t.lon_e7 <= w->east;
    return where_metres(w->lat, w->lon, t.lat_e7 / 1e7, t.lon_e7 / 1e7) <= w->radius_m;
}

static bool named(const struct where *w, struct slice joined)
{
    while (joined.n > 0) {
        struct slice one = slice_cut(&joined, ',');
        for (unsigned i = 0; i < w->n; i++)
            if (slice_same(w->values[i], one))
                return true;
    }
    return false;
}

static bool was(const struct facts *at, const struct where *w)
{
    switch (w->what) {
    case WHERE_SEVERITY:
        return w->mask >> at->severity & 1;
    case WHERE_STATE:
        return w->mask >> at->state & 1;
    case WHERE_OPEN:
        return words_state_open(at->state);
    case WHERE_SKPD:
        return named(w, at->owner);
    default: /* WHERE_HELPER */
        return named(w, at->helpers);
    }
}

bool find_leaf_is(struct find *f, const struct where *w)
{
    const struct find_leaf *leaf = &f->leaf[w->leaf];
    uint32_t place = (uint32_t)(f->seq % INDEX_CHUNK);
    if (index_set_has(&leaf->sure, place))
        return true;
    if (!index_set_has(&leaf->may, place))
        return false;
    if (w->what == WHERE_BOX || w->what == WHERE_NEAR)
        return near(f, w);
    return f->changed ? was(&f->facts, w) : index_set_has(&leaf->now, place);
}
