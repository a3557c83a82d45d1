#include "where.h"

#include <math.h>

#define WHERE(NAME, name, field, form, group, changes, id, en) \
    [WHERE_##NAME] = {name, RIGHTS_##field, WHERE_AS_##form, WORDS_##group, changes},
#define CHANGES true
#define STAYS false
static const struct {
    const char *name;
    enum rights_field field;
    enum where_form form;
    enum word_group group;
    bool changes;
} LEAVES[WHERE_LEAF_KINDS] = {
#include "where.def"
};
#undef CHANGES
#undef STAYS

#define EARTH_M 6371008.8
#define RADIAN (M_PI / 180)
#define E7 1e7

const char *where_name(enum where_what leaf)
{
    return LEAVES[leaf].name;
}

enum rights_field where_field(enum where_what leaf)
{
    return LEAVES[leaf].field;
}

bool where_changes(enum where_what leaf)
{
    return LEAVES[leaf].changes;
}

double where_metres(double lat_a, double lon_a, double lat_b, double lon_b)
{
    double up = sin((lat_b - lat_a) * RADIAN / 2), across = sin((lon_b - lon_a) * RADIAN / 2);
    double h = up * up + cos(lat_a * RADIAN) * cos(lat_b * RADIAN) * across * across;
    return 2 * EARTH_M * asin(fmin(1, sqrt(h)));
}

/* ---- reading ---- */

struct taking {
    struct reader *r;
    struct arena *arena;
    struct faults *faults;
};

static void wrong(struct taking *t, int verdict, int64_t limit, struct slice seen)
{
    faults_add(t->faults, verdict, "where", limit, seen);
}

static struct slice take_str(struct taking *t)
{
    struct slice s = {0};
    if (reader_peek(t->r) == PACK_STR)
        s = reader_str(t->r);
    else
        reader_skip(t->r);
    return s;
}

static void take_word(struct taking *t, struct where *w)
{
    struct slice word = take_str(t);
    uint8_t number = words_find(LEAVES[w->what].group, word);
    if (number == 0)
        wrong(t, E_FIELD, 0, word);
    else
        w->mask |= 1u << number;
}

static void take_code(struct taking *t, struct where *w)
{
    struct slice code = take_str(t);
    bool fine = w->what == WHERE_REPORTER ? key_source_valid(code) : key_code_valid(code);
    if (!fine)
        wrong(t, E_FIELD, CODE_MAX_BYTES, code);
    w->values[w->n++] = code;
}

static void take_key(struct taking *t, struct where *w)
{
    struct slice value = take_str(t), rest = value;
    struct slice source = slice_cut(&rest, '/');
    if (!key_source_valid(source) || !key_valid(rest))
        wrong(t, E_FIELD, 0, value);
    w->values[w->n++] = value;
}

static void take_ticket(struct taking *t, struct where *w)
{
    struct slice text = take_str(t);
    if (ticket_read(text, &w->tickets[w->n++]) != TICKET_FINE)
        wrong(t, E_FIELD, 0, text);
}

static struct where and_of(struct arena *arena, unsigned most)
{
    return (struct where){.what = WHERE_AND,
                          .parts = arena_alloc(arena, (most + 1) * sizeof(struct where))};
}

/* The words of one text must all be there. */
static void take_text(struct taking *t, struct where *either)
{
    struct slice text = take_str(t), rest = text;
    struct where all = and_of(t->arena, WHERE_LEAVES_MAX + 1); /* one more is told */
    struct fold_word word;
    while (all.n <= WHERE_LEAVES_MAX && fold_next(&rest, &word)) {
        struct where *leaf = &all.parts[all.n++];
        *leaf = (struct where){.what = WHERE_WORDS,
                               .n = 1,
                               .prefix = rest.p[-1] == '*',
                               .values = arena_alloc(t->arena, sizeof *leaf->values)};
        leaf->values[0] = arena_copy(t->arena, word.text, word.n);
    }
    if (all.n == 0)
        wrong(t, E_FIELD, 0, text);
    either->parts[either->n++] = all;
}

static double take_number(struct taking *t, double least, double most)
{
    enum pack_type type = reader_peek(t->r);
    bool number = type == PACK_UINT || type == PACK_INT || type == PACK_FLOAT;
    double value = number ? reader_double(t->r) : NAN;
    if (!number)
        reader_skip(t->r);
    if (!(value >= least && value <= most))
        wrong(t, E_RANGE, (int64_t)most, (struct slice){0});
    return value;
}

static int32_t e7(double degree)
{
    return isfinite(degree) ? (int32_t)lround(fmax(-180, fmin(180, degree)) * E7) : 0;
}

static void take_box(struct taking *t, struct where *w)
{
    w->south = e7(take_number(t, -90, 90));
    w->west = e7(take_number(t, -180, 180));
    w->north = e7(take_number(t, -90, 90));
    w->east = e7(take_number(t, -180, 180));
    if (w->south > w->north || w->west > w->east)
        wrong(t, E_RANGE, 0, SLICE_LIT("south, west, north, east"));
}

/* The box around the circle; beyond the poles and the date line it is cut. */
static void take_near(struct taking *t, struct where *w)
{
    w->lat = take_number(t, -90, 90);
    w->lon = take_number(t, -180, 180);
    w->radius_m = take_number(t, 1, WHERE_RADIUS_MAX_M);
    double up = w->radius_m / EARTH_M / RADIAN;
    double across = up / fmax(0.01, cos(w->lat * RADIAN));
    w->south = e7(fmax(-90, w->lat - up));
    w->north = e7(fmin(90, w->lat + up));
    w->west = e7(w->lon - across);
    w->east = e7(w->lon + across);
}

static void take_values(struct taking *t, struct where *w, uint32_t n)
{
    typedef void take_fn(struct taking *, struct where *);
    static take_fn *const TAKE[] = {
        [WHERE_AS_WORD] = take_word, [WHERE_AS_CODE] = take_code,     [WHERE_AS_TEXT] = take_text,
        [WHERE_AS_KEY] = take_key,   [WHERE_AS_TICKET] = take_ticket, [WHERE_AS_BOX] = take_box,
        [WHERE_AS_NEAR] = take_near};
    static const uint8_t NUMBERS[] = {[WHERE_AS_BOX] = 4, [WHERE_AS_NEAR] = 3};
    enum where_form form = LEAVES[w->what].form;
    uint8_t numbers = form == WHERE_AS_BOX || form == WHERE_AS_NEAR ? NUMBERS[form] : 0;
    if (form == WHERE_AS_FLAG ? n != 0
        : numbers != 0        ? n != numbers
                              : n == 0 || n > WHERE_VALUES_MAX) {
        wrong(t, E_LIMIT, numbers != 0 ? numbers : WHERE_VALUES_MAX,
              slice_from(LEAVES[w->what].name));
        for (; n > 0 && t->r->err == 0; n--)
            reader_skip(t->r);
        return;
    }
    if (form == WHERE_AS_FLAG)
        return;
    w->values = arena_alloc(t->arena, (n + 1) * sizeof *w->values);
    w->tickets = arena_alloc(t->arena, (n + 1) * sizeof *w->tickets);
    if (form == WHERE_AS_TEXT)
        *w = (struct where){.what = WHERE_OR,
                            .parts = arena_alloc(t->arena, (n + 1) * sizeof *w->parts)};
    for (uint32_t i = 0; i < (numbers != 0 ? 1 : n) && t->r->err == 0; i++)
        TAKE[form](t, w);
}

static bool find_leaf(struct slice name, uint8_t *ret_what)
{
    for (uint8_t i = WHERE_ALL + 1; i < WHERE_LEAF_KINDS; i++)
        if (slice_is(name, LEAVES[i].name)) {
            *ret_what = i;
            return true;
        }
    return false;
}

static void take(struct taking *t, struct where *w);

static void take_parts(struct taking *t, struct where *w, uint32_t n)
{
    if (n == 0 || n > WHERE_LEAVES_MAX || (w->what == WHERE_NOT && n != 1)) {
        wrong(t, E_LIMIT, w->what == WHERE_NOT ? 1 : WHERE_LEAVES_MAX, SLICE_LIT("and, or, not"));
        for (; n > 0 && t->r->err == 0; n--)
            reader_skip(t->r);
        return;
    }
    w->parts = arena_alloc(t->arena, n * sizeof *w->parts);
    for (; w->n < n && t->r->err == 0; w->n++)
        take(t, &w->parts[w->n]);
}

/* As deep as pack_scan() lets a message be, and no deeper. */
static void take(struct taking *t, struct where *w)
{
    *w = (struct where){.what = WHERE_ALL};
    if (reader_peek(t->r) != PACK_ARRAY) {
        reader_skip(t->r);
        wrong(t, E_FIELD, 0, (struct slice){0});
        return;
    }
    uint32_t n = reader_array(t->r);
    struct slice name = n > 0 ? take_str(t) : (struct slice){0};
    n -= n > 0;
    if (slice_is(name, "and") || slice_is(name, "or") || slice_is(name, "not")) {
        w->what = slice_is(name, "and") ? WHERE_AND : slice_is(name, "or") ? WHERE_OR : WHERE_NOT;
        take_parts(t, w, n);
    } else if (find_leaf(name, &w->what)) {
        take_values(t, w, n);
    } else {
        wrong(t, E_FIELD, 0, name);
        for (; n > 0 && t->r->err == 0; n--)
            reader_skip(t->r);
    }
}

void where_take(struct where *ret_where, struct reader *r, struct arena *arena,
                struct faults *faults)
{
    struct taking t = {r, arena, faults};
    take(&t, ret_where);
}

/* ---- a filter is an expression, too ---- */

static void add_mask(struct where *all, enum where_what what, uint32_t mask)
{
    if (mask != 0)
        all->parts[all->n++] = (struct where){.what = (uint8_t)what, .mask = mask};
}

static void add_names(struct where *all, enum where_what what, struct slice *names, uint8_t n)
{
    if (n != 0)
        all->parts[all->n++] = (struct where){.what = (uint8_t)what, .n = n, .values = names};
}

struct where where_with_filter(const struct where *w, const struct filter *f, bool open,
                               struct arena *arena)
{
    struct where all = and_of(arena, WHERE_LEAF_KINDS);
    if (w != NULL)
        all.parts[all.n++] = *w;
    add_mask(&all, WHERE_KIND, f->kinds);
    add_mask(&all, WHERE_SEVERITY, f->severities);
    add_mask(&all, WHERE_STATE, f->states);
    add_names(&all, WHERE_SKPD, f->skpd, f->skpd_n);
    add_names(&all, WHERE_KECAMATAN, f->kecamatan, f->kecamatan_n);
    if (open)
        all.parts[all.n++] = (struct where){.what = WHERE_OPEN};
    if (all.n == 0)
        all.what = WHERE_ALL;
    return all;
}

/* ---- walking an expression ---- */

static void number(struct where *w, unsigned *n)
{
    if (where_is_leaf(w))
        w->leaf = (uint8_t)(*n > WHERE_LEAVES_MAX ? WHERE_LEAVES_MAX : *n);
    *n += where_is_leaf(w);
    for (unsigned i = 0; !where_is_leaf(w) && i < w->n; i++)
        number(&w->parts[i], n);
}

unsigned where_number(struct where *w)
{
    unsigned n = 0;
    number(w, &n);
    return n > WHERE_LEAVES_MAX ? WHERE_LEAVES_MAX + 1 : n;
}

struct where where_copy(const struct where *w, struct arena *arena)
{
    struct where c = *w;
    if (w->values != NULL) {
        c.values = arena_alloc(arena, (w->n + 1u) * sizeof *c.values);
        for (unsigned i = 0; i < w->n; i++)
            c.values[i] = arena_copy(arena, w->values[i].p, w->values[i].n);
    }
    if (w->tickets != NULL) {
        c.tickets = arena_alloc(arena, (w->n + 1u) * sizeof *c.tickets);
        memcpy(c.tickets, w->tickets, w->n * sizeof *c.tickets);
    }
    if (!where_is_leaf(w) && w->n > 0) {
        c.parts = arena_alloc(arena, w->n * sizeof *c.parts);
        for (unsigned i = 0; i < w->n; i++)
            c.parts[i] = where_copy(&w->parts[i], arena);
    }
    return c;
}

const struct where *where_denied(const struct where *w, uint8_t role)
{
    if (where_is_leaf(w))
        return rights_sees(role, LEAVES[w->what].field, false) ? NULL : w;
    for (unsigned i = 0; i < w->n; i++) {
        const struct where *denied = where_denied(&w->parts[i], role);
        if (denied != NULL)
            return denied;
    }
    return NULL;
}

void where_each(const struct where *w, enum where_what leaf,
                void (*each)(void *self, struct slice value), void *self)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (!where_is_leaf(w))
            where_each(&w->parts[i], leaf, each, self);
        else if (w->what == leaf && w->values != NULL)
            each(self, w->values[i]);
    }
}
