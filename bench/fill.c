/* A store of many events with the shapes of a city: few offices, villages and words have most of it
 * (Zipf), most cases are closed, one day is a flood.
 *
 *   fill STORE EVENTS SKPD,SKPD,... KECAMATAN,KECAMATAN,... [SEED]
 *
 * Writes journal and views as siagad does, entry by entry, in large commits; nothing is sealed
 * or judged on the way. Ten years of entries, the last one now. Prints how many entries, bytes and
 * seconds, as one JSON object. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/journal/identity.h"
#include "daemon/store/txn.h"
#include "daemon/views/views.h"
#include "proto/stamp.h"

#define COMMIT_EVERY 32768u
#define YEARS 10
#define NAMES_MOST 64u
#define VILLAGES 56u
#define CATEGORIES 80u
#define WORDS 20000u
#define TITLE_WORDS 4u
#define BODY_WORDS 12u
#define FLOOD_SHARE 500u /* one event in so many belongs to the flood day */
#define CLOSED_OF_100 97u
#define OPEN_MOST 4096u /* cases that wait for their end */

struct zipf {
    uint32_t n;
    double *upto; /* share of the first i + 1 */
};

struct names {
    struct slice at[NAMES_MOST];
    uint32_t n;
};

static struct {
    struct names skpds, kecamatans;
    struct store *store;
    struct views *views;
    struct txn log;
    bool open;
    struct arena arena;
    uint64_t seed, entries, events, bytes;
    struct zipf skpd, kecamatan, village, category, word;
    uint64_t waiting[OPEN_MOST];
    uint32_t waiting_n;
} f;

static void check(bool fine, const char *what, const struct err *err)
{
    if (fine)
        return;
    fprintf(stderr, "fill: %s: %s\n", what, err != NULL ? err->text : "failed");
    exit(70);
}

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = f.seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(draw() % n);
}

static struct zipf zipf_of(uint32_t n)
{
    struct zipf z = {n, calloc(n, sizeof *z.upto)};
    double sum = 0;
    check(z.upto != NULL, "no memory", NULL);
    for (uint32_t i = 0; i < n; i++)
        z.upto[i] = sum += 1.0 / (i + 1);
    for (uint32_t i = 0; i < n; i++)
        z.upto[i] /= sum;
    return z;
}

static uint32_t rank(const struct zipf *z)
{
    double at = (double)(draw() >> 11) / (double)(1ull << 53);
    uint32_t low = 0, high = z->n - 1;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (z->upto[mid] < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct slice named(const char *what, uint32_t n)
{
    return arena_printf(&f.arena, "%s-%u", what, n);
}

static struct names names_of(const char *joined)
{
    struct names names = {.n = 0};
    struct slice rest = slice_from(joined);
    while (rest.n > 0 && names.n < NAMES_MOST)
        names.at[names.n++] = slice_cut(&rest, ',');
    check(names.n > 0, "no names", NULL);
    return names;
}

/* Words of syllables: the n-th is always the same. */
static size_t add_word(char *out, uint32_t n)
{
    static const char *const SYLLABLES[] = {"ba", "ka", "ra",  "ta", "ja", "lan", "mi", "pu",
                                            "si", "du", "ngo", "we", "lu", "ber", "ti", "sa"};
    size_t at = 0;
    for (n += 16; n > 0; n /= 16)
        at += (size_t)sprintf(out + at, "%s", SYLLABLES[n % 16]);
    out[at++] = ' ';
    return at;
}

static struct slice text(unsigned words, bool flood)
{
    char out[1024];
    size_t n = flood ? (size_t)sprintf(out, "banjir ") : 0;
    for (unsigned i = 0; i < words; i++)
        n += add_word(out + n, rank(&f.word));
    return arena_copy(&f.arena, out, n);
}

static void commit(void)
{
    struct err err = {""};
    if (!f.open)
        return;
    check(txn_commit(&f.log, &err) == 0, "journal", &err);
    check(views_commit(f.views, &err) == 0, "views", &err);
    f.open = false;
}

static uint64_t put(struct entry *e)
{
    struct outcome o;
    if (!f.open) {
        check(views_begin(f.views), "views", NULL);
        txn_begin(&f.log, f.store, STORE_JOURNAL, true);
        f.open = true;
    }
    check(views_apply(f.views, e, &o) == 0 && o.verdict == 0, "an entry was refused", NULL);
    struct rowkey k = rowkey_seq(o.facts.seq);
    size_t n = entry_row_size(e, &o.facts);
    uint8_t *row = txn_reserve(&f.log, TABLE_LOG, &k, n, true);
    check(row != NULL, "the journal is full", NULL);
    entry_row_write(row, e, &o.facts);
    f.bytes += n;
    if (++f.entries % COMMIT_EVERY == 0)
        commit();
    return o.facts.seq;
}

static struct entry start(uint8_t what, int64_t at_us)
{
    struct entry e = {.what = what,
                      .role = ROLE_OPERATOR,
                      .boot = 1,
                      .at_us = at_us,
                      .node = SLICE_LIT("bench-1"),
                      .source = named("poc", 1 + below(8)),
                      .key = named("k", (uint32_t)f.entries),
                      .desk = SLICE_LIT("poc-112"),
                      .secretariat = SLICE_LIT("setda")};
    uint64_t digest = draw();
    memcpy(e.digest, &digest, sizeof digest);
    memcpy(e.salt, &digest, sizeof digest);
    return e;
}

static void one_event(int64_t at_us, bool flood)
{
    struct entry e = start(ENTRY_EVENT, at_us);
    struct entry_promise promise = {.target_date = SLICE_LIT("2026-01-01")};
    uint32_t kind = below(100);
    struct event event = {.kind = kind < 5    ? KIND_EMERGENCY
                                  : kind < 60 ? KIND_COMPLAINT
                                              : KIND_REPORT,
                          .severity = (uint8_t)(1 + below(SEVERITY_COUNT - 1)),
                          .call_class = CALL_CLASS_REAL,
                          .mode = MODE_ACTUAL,
                          .people_harmed = EVENT_PEOPLE_UNKNOWN,
                          .people_at_risk = EVENT_PEOPLE_UNKNOWN,
                          .source = e.source,
                          .key = e.key,
                          .category = named("category", flood ? 0 : rank(&f.category)),
                          .kelurahan = named("kelurahan", rank(&f.village)),
                          .title = text(TITLE_WORDS, flood),
                          .body = text(BODY_WORDS, false),
                          .has_point = below(10) < 8,
                          .lat = -64000000 + (int32_t)below(2400000),
                          .lon = 1069000000 + (int32_t)below(1700000)};
    event.title_shown = event.title.n;
    event.body_shown = event.body.n;
    e.kind = event.kind;
    e.severity = event.severity;
    e.call_class = event.call_class;
    e.mode = event.mode;
    e.day = stamp_day(at_us, 7 * 3600);
    e.owner = f.skpds.at[flood ? 0 : rank(&f.skpd)];
    e.kecamatan = f.kecamatans.at[rank(&f.kecamatan)];
    e.parts[e.parts_n++] = (struct entry_part){.skpd = e.owner,
                                               .ack_due = at_us + STAMP_DAY,
                                               .resolve_due = at_us + 14 * STAMP_DAY,
                                               .ack_target = SLICE_LIT("1d"),
                                               .resolve_target = SLICE_LIT("14d")};
    entry_seal_event(&e, &event, &promise, &f.arena);
    uint64_t seq = put(&e);
    f.events++;
    if (below(100) < CLOSED_OF_100 && f.waiting_n < OPEN_MOST)
        f.waiting[f.waiting_n++] = seq;
}

/* The end of one of those that wait. */
static void one_end(int64_t at_us)
{
    struct entry e = start(ENTRY_MOVE, at_us);
    struct entry_words words = {.reason = SLICE_LIT("selesai")};
    uint32_t at = below(f.waiting_n);
    e.act = ACT_CANCEL;
    e.case_seq = f.waiting[at];
    e.reason = words.reason;
    f.waiting[at] = f.waiting[--f.waiting_n];
    entry_seal_change(&e, &words, &f.arena);
    put(&e);
}

static void fill(uint64_t events)
{
    int64_t end = (int64_t)time(NULL) * STAMP_SECOND, begin = end - YEARS * 365 * STAMP_DAY;
    int64_t flood = begin + (end - begin) * 7 / 10;
    bool flooded = false;
    for (uint64_t i = 0; i < events;) {
        int64_t at = begin + (int64_t)((double)(end - begin) * (double)i / (double)events);
        if (!flooded && at >= flood) { /* all at once, within a day */
            flooded = true;
            for (uint64_t n = events / FLOOD_SHARE; n > 0 && i < events; n--, i++)
                one_event(flood, true);
            continue;
        }
        if (f.waiting_n > OPEN_MOST / 2) {
            one_end(at);
        } else {
            one_event(at, false);
            i++;
        }
        arena_reset(&f.arena);
    }
    commit();
}

int main(int argc, char **argv)
{
    struct err err = {""};
    struct identity identity;
    struct timespec began, ended;
    uint64_t events = argc > 4 ? strtoull(argv[2], NULL, 10) : 0;
    if (events == 0) {
        fprintf(stderr, "use: fill STORE EVENTS SKPD,... KECAMATAN,... [SEED]\n");
        return 64;
    }
    f.skpds = names_of(argv[3]);
    f.kecamatans = names_of(argv[4]);
    f.seed = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
    struct store_conf conf = {.dir = argv[1],
                              .bytes = {[STORE_JOURNAL] = events * 1500 + (64ull << 20),
                                        [STORE_VIEWS] = events * 1400 + (256ull << 20)}};
    check(store_open(&f.store, &conf, &err) == 0, "store", &err);
    check(identity_open(f.store, "bench-1", &identity, &err) == 0, "identity", &err);
    check(views_open(&f.views, f.store, &err) == 0, "views", &err);
    f.skpd = zipf_of(f.skpds.n);
    f.kecamatan = zipf_of(f.kecamatans.n);
    f.village = zipf_of(VILLAGES);
    f.category = zipf_of(CATEGORIES);
    f.word = zipf_of(WORDS);
    clock_gettime(CLOCK_MONOTONIC, &began);
    fill(events);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    uint64_t used[STORE_ENVS] = {0}, size;
    for (int e = 0; e < STORE_ENVS; e++)
        store_room(f.store, (enum store_env)e, &used[e], &size);
    printf("{\"events\":%llu,\"entries\":%llu,\"row_bytes\":%llu,\"journal_bytes\":%llu,"
           "\"views_bytes\":%llu,\"seconds\":%.1f}\n",
           (unsigned long long)f.events, (unsigned long long)f.entries, (unsigned long long)f.bytes,
           (unsigned long long)used[STORE_JOURNAL], (unsigned long long)used[STORE_VIEWS],
           (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    views_close(&f.views);
    store_close(&f.store);
    return 0;
}
