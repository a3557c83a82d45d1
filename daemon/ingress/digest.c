/* DIGEST: figures for a span of days, or the cases behind one of them. */
#include "door.h"

#include "proto/pairs.h"
#include "proto/rights.h"
#include "proto/stamp.h"

#define DAY_BYTES 10u
#define NAME_BYTES 32u
#define SPAN_MOST 400u /* days */
#define NAMES_BYTES (256u << 10)

static const struct {
    const char *word;
    uint32_t bit;
} WITH[] = {{"categories", DIGEST_CATEGORIES},
            {"places", DIGEST_PLACES},
            {"classes", DIGEST_CLASSES},
            {"states", DIGEST_STATES},
            {"hours", DIGEST_HOURS},
            {"runs", DIGEST_RUNS},
            {"cases", DIGEST_CASES}};

struct digest_asked {
    struct question *q;
    struct slice figure, skpd;
    bool names;
};

/* "2026-11-24", a day there is. */
static bool read_day(struct slice text, uint32_t *ret_day)
{
    int part[3] = {0};
    unsigned at = 0;
    if (text.n != DAY_BYTES || text.p[4] != '-' || text.p[7] != '-')
        return false;
    for (uint32_t i = 0; i < text.n; i++) {
        if (i == 4 || i == 7)
            at++;
        else if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        else
            part[at] = 10 * part[at] + (text.p[i] - '0');
    }
    if (part[0] < 1970 || part[0] > 2200 || part[1] < 1 || part[1] > 12 || part[2] < 1)
        return false;
    int y, m, d;
    *ret_day = stamp_day_of(part[0], part[1], part[2]);
    stamp_day_parts(*ret_day, &y, &m, &d);
    return m == part[1] && d == part[2];
}

static void take_day(struct pairs_walk *w, const char *field, uint32_t *ret_day,
                     struct faults *faults)
{
    struct slice text = {0};
    if (door_text(w, &text, faults, 2 * DAY_BYTES) && !read_day(text, ret_day))
        faults_add(faults, E_FIELD, field, 0, text);
}

static void take_with(struct pairs_walk *w, struct digest_asked *a, struct faults *faults)
{
    for (uint32_t n = reader_array(&w->r); n > 0 && w->r.err == 0; n--) {
        struct slice word = reader_str(&w->r);
        bool known = slice_is(word, "names");
        a->names = a->names || known;
        for (size_t i = 0; i < sizeof WITH / sizeof *WITH; i++)
            if (slice_is(word, WITH[i].word)) {
                a->q->digest.with |= WITH[i].bit;
                known = true;
            }
        if (!known)
            faults_add(faults, E_FIELD, "with", 0, word);
    }
    if (w->r.err != 0)
        faults_add(faults, E_FIELD, "with", 0, (struct slice){0});
}

static void take_pairs(const struct request *r, struct digest_asked *a, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "from"))
            take_day(&w, "from", &a->q->digest.from, faults);
        else if (slice_is(w.name, "until"))
            take_day(&w, "until", &a->q->digest.until, faults);
        else if (slice_is(w.name, "skpd"))
            door_text(&w, &a->skpd, faults, NAME_BYTES);
        else if (slice_is(w.name, "figure"))
            door_text(&w, &a->figure, faults, NAME_BYTES);
        else if (slice_is(w.name, "after"))
            door_uint(&w, &a->q->seq, faults);
        else if (slice_is(w.name, "with"))
            take_with(&w, a, faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
}

static void check_span(const struct digest_wish *wish, struct faults *faults)
{
    if (wish->from == 0 && faults->count == 0)
        faults_add(faults, E_FIELD, "from", 0, (struct slice){0});
    if (wish->until == 0 && faults->count == 0)
        faults_add(faults, E_FIELD, "until", 0, (struct slice){0});
    if (faults->count == 0 && (wish->until < wish->from || wish->until - wish->from >= SPAN_MOST))
        faults_add(faults, E_RANGE, "until", SPAN_MOST, (struct slice){0});
}

/* A handler's is that of its own SKPD, whatever it asks for. */
static void check_skpd(struct door *d, const struct request *r, struct digest_asked *a,
                       struct faults *faults)
{
    struct slice own = slice_from(r->who.skpd);
    if (a->skpd.n > 0 && city_skpd(d->city, a->skpd) == NULL)
        faults_add(faults, E_CATEGORY, "skpd", 0, a->skpd);
    if (rights_own_only(r->who.role) && a->skpd.n > 0 && !slice_same(a->skpd, own))
        faults_add(faults, E_ROLE, "skpd", 0, a->skpd);
    if (rights_own_only(r->who.role))
        a->skpd = own;
    a->q->digest.skpd = arena_copy(&a->q->arena, a->skpd.p, a->skpd.n);
}

/* Tickets are for those who may see every case of theirs: else the cases told would be fewer than
 * the figure says. */
static void check_figure(const struct request *r, struct digest_asked *a, struct faults *faults)
{
    if (a->figure.n == 0)
        return;
    a->q->kind = QUESTION_EXPLAIN;
    a->q->digest.figure = words_find(WORDS_FIGURE, a->figure);
    if (a->q->digest.figure == 0)
        faults_add(faults, E_FIELD, "figure", 0, a->figure);
    if (r->who.role == ROLE_ADMIN || rights_public_only(r->who.role))
        faults_add(faults, E_ROLE, "figure", 0, a->figure);
}

static uint32_t pack_name(struct writer *w, const char *name, const char *id, const char *en,
                          const char *short_name)
{
    writer_text(w, name);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "id", id) + pair_text(w, "en", en);
    writer_close_map(w, at, pairs + pair_text(w, "short", short_name));
    return 1;
}

static uint32_t pack_places(struct writer *w, const struct city *c)
{
    const char *id, *name;
    writer_text(w, "kecamatan");
    size_t map = writer_open_map(w);
    uint32_t n = 0;
    for (unsigned i = 0; (id = city_kecamatan_at(c, i, &name)) != NULL; i++)
        n += pack_name(w, id, name, NULL, NULL);
    writer_close_map(w, map, n);
    return 1;
}

/* How the city calls its SKPD, categories and kecamatan: the answer carries them, for who writes a
 * report. */
static struct slice pack_names(const struct city *c, struct arena *arena)
{
    struct writer w;
    const struct skpd *s;
    const struct category *k;
    writer_init(&w, arena_open(arena, NAMES_BYTES), NAMES_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_both(&w, "city", city_name(c, false), city_name(c, true));
    writer_text(&w, "skpd");
    size_t map = writer_open_map(&w);
    uint32_t n = 0;
    for (unsigned i = 0; (s = city_skpd_at(c, i)) != NULL; i++)
        n += pack_name(&w, s->id, s->name_id, s->name_en, s->short_name);
    writer_close_map(&w, map, n);
    writer_text(&w, "category");
    map = writer_open_map(&w);
    n = 0;
    for (unsigned i = 0; (k = city_category_at(c, i)) != NULL; i++)
        n += pack_name(&w, k->id, k->title_id, k->title_en, NULL);
    writer_close_map(&w, map, n);
    pairs += 2 + pack_places(&w, c);
    writer_close_map(&w, at, pairs);
    return arena_close(arena, w.err == 0 ? w.n : 0);
}

void digest_serve(struct door *d, const struct request *r)
{
    struct digest_asked a = {.q = question_new(QUESTION_DIGEST)};
    struct faults faults = {0};
    take_pairs(r, &a, &faults);
    check_span(&a.q->digest, &faults);
    check_skpd(d, r, &a, &faults);
    check_figure(r, &a, &faults);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&a.q);
        return;
    }
    if (a.names)
        a.q->digest.names = pack_names(d->city, &a.q->arena);
    door_sight(r, &a.q->filter, &a.q->arena);
    door_ask(d, r, a.q);
}
