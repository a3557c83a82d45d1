#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SORTS_MAX 4
#define CODES_MAX 32 /* refusals counted apart; the last place takes what is beyond */

struct latencies {
    const char *sort;
    uint32_t *us;
    size_t n, room;
};

struct tool_tally {
    struct latencies took[SORTS_MAX];
    uint64_t stored, duplicate, refused, unknown;
    struct {
        char code[24];
        uint64_t n;
    } codes[CODES_MAX];
};

struct tool_tally *tool_tally_new(void)
{
    struct tool_tally *tally = calloc(1, sizeof(*tally));
    if (!tally)
        abort();
    return tally;
}

void tool_tally_free(struct tool_tally *tally)
{
    if (!tally)
        return;
    for (int i = 0; i < SORTS_MAX; i++)
        free(tally->took[i].us);
    free(tally);
}

uint64_t tool_tally_stored(const struct tool_tally *tally)
{
    return tally->stored;
}

uint64_t tool_tally_failed(const struct tool_tally *tally)
{
    return tally->refused + tally->unknown;
}

/* ---- counting ---- */

static void keep(struct tool_tally *tally, const char *sort, int64_t us)
{
    struct latencies *l = tally->took;
    while (l < &tally->took[SORTS_MAX - 1] && l->sort && l->sort != sort)
        l++;
    l->sort = sort;
    if (l->n == l->room) {
        l->room = l->room ? l->room * 2 : 65536;
        l->us = realloc(l->us, l->room * sizeof(*l->us));
        if (!l->us)
            abort();
    }
    l->us[l->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void count_refusal(struct tool_tally *tally, const char *code)
{
    size_t i = 0;
    while (i < CODES_MAX - 1 && *tally->codes[i].code && strcmp(tally->codes[i].code, code) != 0)
        i++;
    snprintf(tally->codes[i].code, sizeof(tally->codes[i].code), "%s", code);
    tally->codes[i].n++;
    tally->refused++;
}

void tool_tally_add(struct tool_tally *tally, const char *sort, const siaga_result *result,
                    const siaga_error *err, int64_t took_us)
{
    const char *code = result->doc ? siaga_text(result->doc, "code") : err->verdict;
    if (result->stored) {
        tally->stored++;
        tally->duplicate += result->duplicate;
        keep(tally, sort, took_us);
    } else if (*code) {
        count_refusal(tally, code);
    } else {
        tally->unknown++;
    }
}

/* ---- figures ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_all(struct tool_tally *tally)
{
    for (int i = 0; i < SORTS_MAX; i++)
        if (tally->took[i].n)
            qsort(tally->took[i].us, tally->took[i].n, sizeof(uint32_t), by_size);
}

/* Of sorted latencies the least that so many in 10,000 do not exceed, in milliseconds. */
static double percentile(const struct latencies *l, unsigned per_10000)
{
    size_t rank = (l->n * per_10000 + 9999) / 10000;
    return l->us[rank ? rank - 1 : 0] / 1000.0;
}

static void print_counts(const struct tool *t, const struct tool_tally *tally)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        {tool_text(t, "stored"), tally->stored},
        {tool_text(t, "duplicate"), tally->duplicate},
        {tool_text(t, "refused"), tally->refused},
        {tool_text(t, "unknown"), tally->unknown},
    };
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        printf("%s%s %llu", i ? ", " : "", counts[i].name, (unsigned long long)counts[i].n);
    for (size_t i = 0; i < CODES_MAX && *tally->codes[i].code; i++) {
        fputs("; ", stdout);
        tool_print(stdout, tally->codes[i].code);
        printf(" %llu", (unsigned long long)tally->codes[i].n);
    }
    putchar('\n');
}

void tool_tally_print(const struct tool *t, struct tool_tally *tally)
{
    sort_all(tally);
    print_counts(t, tally);
    for (int i = 0; i < SORTS_MAX; i++) {
        const struct latencies *l = &tally->took[i];
        if (l->n)
            printf("  %-10s p50 %.2f  p99 %.2f  %s %.2f  %s %.2f ms  (%zu)\n",
                   siaga_label("kind", l->sort, t->english), percentile(l, 5000),
                   percentile(l, 9900), tool_text(t, "p99.9"), percentile(l, 9990),
                   tool_text(t, "max"), percentile(l, 10000), l->n);
    }
}

static double milliseconds(const struct latencies *l, unsigned rank)
{
    return round(percentile(l, rank) * 1000) / 1000;
}

static void put_latencies(siaga_map *m, const struct latencies *l)
{
    siaga_map *one = siaga_map_new();
    siaga_map_int(one, "n", (int64_t)l->n);
    siaga_map_double(one, "p50_ms", milliseconds(l, 5000));
    siaga_map_double(one, "p99_ms", milliseconds(l, 9900));
    siaga_map_double(one, "p99_9_ms", milliseconds(l, 9990));
    siaga_map_double(one, "max_ms", milliseconds(l, 10000));
    tool_set_map(m, l->sort, one);
    siaga_map_free(one);
}

void tool_tally_map(siaga_map *m, struct tool_tally *tally)
{
    siaga_map *codes = siaga_map_new(), *took = siaga_map_new();
    sort_all(tally);
    siaga_map_int(m, "stored", (int64_t)tally->stored);
    siaga_map_int(m, "duplicate", (int64_t)tally->duplicate);
    siaga_map_int(m, "refused", (int64_t)tally->refused);
    siaga_map_int(m, "unknown", (int64_t)tally->unknown);
    for (size_t i = 0; i < CODES_MAX && *tally->codes[i].code; i++)
        siaga_map_int(codes, tally->codes[i].code, (int64_t)tally->codes[i].n);
    tool_set_map(m, "refused_by", codes);
    for (int i = 0; i < SORTS_MAX; i++)
        if (tally->took[i].n)
            put_latencies(took, &tally->took[i]);
    tool_set_map(m, "ack", took);
    siaga_map_free(codes);
    siaga_map_free(took);
}
