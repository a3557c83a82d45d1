/* DIGEST: the figures of a span of days, added up from rows that stand beside the cases. What a
 * digest costs depends on the days and the SKPD, not on how many cases there are. */
#include "digest.h"

#include "daemon/views/views.h"
#include "proto/pairs.h"
#include "proto/stamp.h"
#include "proto/verdict.h"

#define SLOTS 512u
#define RUN_DAYS 365u

struct sums { /* under names, in the order they were met */
    struct digest_sum *slot[SLOTS], *all[2048];
    unsigned n;
};

struct digest {
    struct reading *r;
    struct question *q;
    const struct digest_wish *wish;
    struct sums skpd, category, place, class, kind;
    struct digest_sum city;
    struct writer w;
};

/* ---- sums ---- */

static struct digest_sum *sum_of(struct digest *d, struct sums *s, struct slice name)
{
    struct digest_sum **slot = &s->slot[slice_hash(name) % SLOTS];
    for (struct digest_sum *sum = *slot; sum != NULL; sum = sum->next)
        if (slice_same(sum->name, name))
            return sum;
    if (s->n == sizeof s->all / sizeof *s->all)
        return s->all[s->n - 1];
    struct digest_sum *sum = arena_alloc(&d->q->arena, sizeof *sum);
    sum->name = arena_copy(&d->q->arena, name.p, name.n);
    sum->next = *slot;
    *slot = sum;
    s->all[s->n++] = sum;
    return sum;
}

static bool wanted(const struct digest *d, struct slice skpd)
{
    return d->wish->skpd.n == 0 || slice_same(d->wish->skpd, skpd);
}

static void add_figures(struct digest_sum *sum, struct slice counts)
{
    struct figures_count c = {0};
    while (figures_next(&counts, &c))
        if (c.number < FIGURE_COUNT)
            sum->figure[c.number] += c.count;
}

static void note_run(struct digest_sum *sum, const struct figures_row *row)
{
    struct slice counts = row->counts;
    struct figures_count c = {0};
    if (sum->first_day == 0)
        sum->first_day = row->day;
    while (figures_next(&counts, &c))
        if (c.number == FIGURE_BROKEN)
            sum->broken_day = row->day;
}

typedef void take_fn(struct digest *d, const struct figures_row *row);

static void walk(struct digest *d, enum figures_dimension dim, uint32_t from, uint32_t until,
                 take_fn *take)
{
    struct walk w;
    struct figures_row row;
    for (bool more = figures_from(&w, &d->r->views, dim, from, until, &row); more;
         more = figures_next_row(&w, dim, until, &row))
        if (wanted(d, row.skpd))
            take(d, &row);
}

static void take_whole(struct digest *d, const struct figures_row *row)
{
    struct digest_sum *sum = sum_of(d, &d->skpd, row->skpd);
    if (d->wish->with & DIGEST_RUNS)
        note_run(sum, row);
    if (row->day < d->wish->from)
        return;
    add_figures(sum, row->counts);
    add_figures(&d->city, row->counts);
}

static void take_category(struct digest *d, const struct figures_row *row)
{
    add_figures(sum_of(d, &d->category, row->value), row->counts);
}

static void take_place(struct digest *d, const struct figures_row *row)
{
    add_figures(sum_of(d, &d->place, row->value), row->counts);
}

static void take_class(struct digest *d, const struct figures_row *row)
{
    const char kind = row->value.n == 1 ? (char)((uint8_t)*row->value.p >> 4) : 0;
    add_figures(sum_of(d, &d->kind, (struct slice){&kind, 1}), row->counts);
    if (d->wish->with & DIGEST_CLASSES)
        add_figures(sum_of(d, &d->class, row->value), row->counts);
}

static void add_state(struct digest_sum *sum, struct slice counts)
{
    struct figures_count c = {0};
    while (figures_next(&counts, &c))
        if (c.number < STATE_COUNT)
            sum->state[c.number] += c.count;
}

static void take_state(struct digest *d, const struct figures_row *row)
{
    add_state(sum_of(d, &d->skpd, row->skpd), row->counts);
    add_state(&d->city, row->counts);
}

static void add_spread(struct digest *d, struct digest_sum *sum, uint8_t time, struct slice counts)
{
    struct figures_count c = {0};
    if (sum->time[time] == NULL)
        sum->time[time] = arena_alloc(&d->q->arena, sizeof **sum->time);
    while (figures_next(&counts, &c))
        spread_add(sum->time[time], c.number, c.count);
}

static void take_spread(struct digest *d, const struct figures_row *row)
{
    if (row->value.n != 2 || (uint8_t)row->value.p[1] >= FIGURES_TIMES)
        return;
    uint8_t time = (uint8_t)row->value.p[1];
    struct slice kind = {row->value.p, 1};
    add_spread(d, sum_of(d, &d->skpd, row->skpd), time, row->counts);
    add_spread(d, sum_of(d, &d->kind, kind), time, row->counts);
    add_spread(d, &d->city, time, row->counts);
}

static void take_hour(struct digest *d, const struct figures_row *row)
{
    struct digest_sum *sum = sum_of(d, &d->skpd, row->skpd);
    struct slice counts = row->counts;
    struct figures_count c = {0};
    unsigned monday = (stamp_weekday(row->day) + 6u) % 7u * 24u;
    while (figures_next(&counts, &c)) {
        unsigned hour = monday + c.number / 2;
        if (hour >= DIGEST_HOURS_WEEK)
            return;
        *(c.number % 2 != 0 ? &sum->late[hour] : &sum->came[hour]) += c.count;
        *(c.number % 2 != 0 ? &d->city.late[hour] : &d->city.came[hour]) += c.count;
    }
}

/* ---- what stands at the end of the last day ---- */

static uint64_t only_count(struct slice counts)
{
    struct figures_count c = {0};
    return figures_next(&counts, &c) ? c.count : 0;
}

static void older(struct digest_sum *sum, uint32_t day)
{
    if (sum->oldest == 0 || day < sum->oldest)
        sum->oldest = day;
}

static void take_open(struct digest *d, const struct figures_row *row)
{
    if (row->value.n != 8 || rowkey_read_u32(row->value.p + 4) > d->wish->until)
        return;
    struct digest_sum *sum = sum_of(d, &d->skpd, row->skpd);
    uint64_t count = only_count(row->counts);
    uint32_t received = rowkey_read_u32(row->value.p);
    sum->figure[FIGURE_OPEN] += count;
    d->city.figure[FIGURE_OPEN] += count;
    older(sum, received);
    older(&d->city, received);
}

static void take_owed(struct digest *d, const struct figures_row *row)
{
    if (row->value.n != 8 || rowkey_read_u32(row->value.p + 4) > d->wish->until ||
        rowkey_read_u32(row->value.p) != d->wish->until + 1)
        return;
    uint64_t count = only_count(row->counts);
    sum_of(d, &d->skpd, row->skpd)->figure[FIGURE_DUE_TOMORROW] += count;
    d->city.figure[FIGURE_DUE_TOMORROW] += count;
}

static void take_late(struct digest *d, const struct figures_row *row)
{
    if (row->value.n != 4 || rowkey_read_u32(row->value.p) > d->wish->until)
        return;
    uint64_t count = only_count(row->counts);
    sum_of(d, &d->skpd, row->skpd)->figure[FIGURE_OVERDUE] += count;
    d->city.figure[FIGURE_OVERDUE] += count;
}

static void add_up(struct digest *d)
{
    const struct digest_wish *w = d->wish;
    uint32_t early = w->until > RUN_DAYS ? w->until - RUN_DAYS : 0;
    walk(d, FIGURES_WHOLE, (w->with & DIGEST_RUNS) && early < w->from ? early : w->from, w->until,
         take_whole);
    walk(d, FIGURES_SPREAD, w->from, w->until, take_spread);
    walk(d, FIGURES_CLASS, w->from, w->until, take_class);
    walk(d, FIGURES_OPEN, w->until + 1, FIGURES_LASTS, take_open);
    walk(d, FIGURES_OWED, w->until + 1, FIGURES_LASTS, take_owed);
    walk(d, FIGURES_LATE, w->until + 1, FIGURES_LASTS, take_late);
    if (w->with & DIGEST_CATEGORIES)
        walk(d, FIGURES_CATEGORY, w->from, w->until, take_category);
    if (w->with & DIGEST_PLACES)
        walk(d, FIGURES_KECAMATAN, w->from, w->until, take_place);
    if (w->with & DIGEST_STATES)
        walk(d, FIGURES_STATE, w->from, w->until, take_state);
    if (w->with & DIGEST_HOURS)
        walk(d, FIGURES_HOUR, w->from, w->until, take_hour);
}

/* ---- the answer ---- */

static uint32_t pair_day(struct writer *w, const char *name, uint32_t day)
{
    char text[STAMP_BYTES];
    if (day == 0)
        return 0;
    stamp_date(day, text);
    return pair_text(w, name, text);
}

static uint32_t pair_counts(struct writer *w, const char *name, enum word_group g,
                            const uint64_t *counts, unsigned n)
{
    writer_text(w, name);
    size_t at = writer_open_map(w);
    uint32_t pairs = 0;
    for (uint8_t i = 1; i < n; i++)
        if (counts[i] != 0)
            pairs += pair_uint(w, words_wire(g, i), counts[i]);
    writer_close_map(w, at, pairs);
    return 1;
}

static uint32_t pair_spread(struct writer *w, const char *name, const struct spread *s)
{
    uint64_t half, most;
    if (s == NULL || !spread_percentile(s, 50, &half) || !spread_percentile(s, 90, &most))
        return 0;
    writer_text(w, name);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "n", s->n) + pair_uint(w, "p50_ms", half);
    writer_close_map(w, at, pairs + pair_uint(w, "p90_ms", most));
    return 1;
}

static uint32_t pair_times(struct writer *w, const struct digest_sum *sum)
{
    static const char *const names[FIGURES_TIMES] = {[FIGURES_ACK] = "ack",
                                                     [FIGURES_RESPONSE] = "response",
                                                     [FIGURES_RESOLVE] = "resolve",
                                                     [FIGURES_HOLD] = "hold"};
    writer_text(w, "times");
    size_t at = writer_open_map(w);
    uint32_t pairs = 0;
    for (unsigned i = 0; i < FIGURES_TIMES; i++)
        pairs += pair_spread(w, names[i], sum->time[i]);
    writer_close_map(w, at, pairs);
    return 1;
}

static uint32_t pair_hours(struct writer *w, const char *name, const uint64_t *hours)
{
    writer_text(w, name);
    writer_array(w, DIGEST_HOURS_WEEK);
    for (unsigned i = 0; i < DIGEST_HOURS_WEEK; i++)
        writer_uint(w, hours[i]);
    return 1;
}

/* Days up to the end without a missed target, as far as a year goes back. */
static uint32_t pair_run(struct digest *d, const struct digest_sum *sum)
{
    if (!(d->wish->with & DIGEST_RUNS) || sum->first_day == 0)
        return 0;
    uint32_t since = sum->broken_day != 0 ? sum->broken_day + 1 : sum->first_day;
    return pair_uint(&d->w, "clean_days", d->wish->until + 1 - since);
}

static uint32_t put_sum(struct digest *d, const struct digest_sum *sum)
{
    struct writer *w = &d->w;
    uint32_t pairs = pair_counts(w, "figures", WORDS_FIGURE, sum->figure, FIGURE_COUNT);
    pairs += pair_times(w, sum) + pair_day(w, "oldest", sum->oldest) + pair_run(d, sum);
    if (d->wish->with & DIGEST_STATES)
        pairs += pair_counts(w, "states", WORDS_STATE, sum->state, STATE_COUNT);
    if (d->wish->with & DIGEST_HOURS)
        pairs += pair_hours(w, "came", sum->came) + pair_hours(w, "late", sum->late);
    return pairs;
}

static bool before(struct slice a, struct slice b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
    return order != 0 ? order < 0 : a.n < b.n;
}

/* By name, whatever order they were met in. */
static void sort(struct sums *s)
{
    for (unsigned i = 1; i < s->n; i++)
        for (unsigned k = i; k > 0 && before(s->all[k]->name, s->all[k - 1]->name); k--) {
            struct digest_sum *swap = s->all[k];
            s->all[k] = s->all[k - 1];
            s->all[k - 1] = swap;
        }
}

static uint32_t put_skpd(struct digest *d)
{
    writer_text(&d->w, "skpd");
    size_t list = writer_open_array(&d->w);
    sort(&d->skpd);
    for (unsigned i = 0; i < d->skpd.n; i++) {
        size_t at = writer_open_map(&d->w);
        uint32_t pairs = pair_str(&d->w, "skpd", d->skpd.all[i]->name);
        writer_close_map(&d->w, at, pairs + put_sum(d, d->skpd.all[i]));
    }
    writer_close_array(&d->w, list, d->skpd.n);
    return 1;
}

/* Sums under a name alone. */
static uint32_t put_names(struct digest *d, struct sums *s, const char *list, const char *name)
{
    writer_text(&d->w, list);
    size_t all = writer_open_array(&d->w);
    sort(s);
    for (unsigned i = 0; i < s->n; i++) {
        size_t at = writer_open_map(&d->w);
        uint32_t pairs = pair_str(&d->w, name, s->all[i]->name);
        pairs += pair_counts(&d->w, "figures", WORDS_FIGURE, s->all[i]->figure, FIGURE_COUNT);
        writer_close_map(&d->w, at, pairs);
    }
    writer_close_array(&d->w, all, s->n);
    return 1;
}

static uint32_t put_kinds(struct digest *d)
{
    writer_text(&d->w, "kinds");
    size_t list = writer_open_array(&d->w);
    sort(&d->kind);
    for (unsigned i = 0; i < d->kind.n; i++) {
        const struct digest_sum *sum = d->kind.all[i];
        size_t at = writer_open_map(&d->w);
        uint32_t pairs = pair_word(&d->w, "kind", WORDS_KIND, (uint8_t)*sum->name.p);
        pairs += pair_counts(&d->w, "figures", WORDS_FIGURE, sum->figure, FIGURE_COUNT);
        writer_close_map(&d->w, at, pairs + pair_times(&d->w, sum));
    }
    writer_close_array(&d->w, list, d->kind.n);
    return 1;
}

static uint32_t put_classes(struct digest *d)
{
    writer_text(&d->w, "classes");
    size_t list = writer_open_array(&d->w);
    sort(&d->class);
    for (unsigned i = 0; i < d->class.n; i++) {
        const struct digest_sum *sum = d->class.all[i];
        uint8_t class = (uint8_t)*sum->name.p;
        size_t at = writer_open_map(&d->w);
        uint32_t pairs = pair_word(&d->w, "kind", WORDS_KIND, class >> 4);
        pairs += pair_word(&d->w, "severity", WORDS_SEVERITY, class & 15);
        pairs += pair_counts(&d->w, "figures", WORDS_FIGURE, sum->figure, FIGURE_COUNT);
        writer_close_map(&d->w, at, pairs);
    }
    writer_close_array(&d->w, list, d->class.n);
    return 1;
}

static uint32_t put_city(struct digest *d)
{
    writer_text(&d->w, "city");
    size_t at = writer_open_map(&d->w);
    writer_close_map(&d->w, at, put_sum(d, &d->city));
    return 1;
}

static uint32_t put_all(struct digest *d)
{
    const struct digest_wish *wish = d->wish;
    uint32_t pairs = pair_day(&d->w, "from", wish->from) + pair_day(&d->w, "until", wish->until);
    pairs += pair_uint(&d->w, "as_of", reading_views_at(d->r));
    pairs += pair_str(&d->w, "only", wish->skpd);
    pairs += put_city(d) + put_skpd(d) + put_kinds(d);
    if (wish->with & DIGEST_CATEGORIES)
        pairs += put_names(d, &d->category, "categories", "category");
    if (wish->with & DIGEST_PLACES)
        pairs += put_names(d, &d->place, "places", "kecamatan");
    if (wish->with & DIGEST_CLASSES)
        pairs += put_classes(d);
    if (wish->with & DIGEST_CASES)
        pairs += digest_cases(d->r, d->q, &d->w);
    if (wish->names.n > 0) {
        writer_text(&d->w, "names");
        writer_raw(&d->w, wish->names.p, wish->names.n);
        pairs++;
    }
    return pairs;
}

int digest_answer(struct reading *r, struct question *q)
{
    struct digest *d = arena_alloc(&q->arena, sizeof *d);
    d->r = r;
    d->q = q;
    d->wish = &q->digest;
    add_up(d);
    writer_init(&d->w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&d->w);
    writer_close_map(&d->w, at, put_all(d));
    q->body = reading_keep(q, &d->w);
    return d->w.err == 0 ? V_DONE : E_BUG;
}
