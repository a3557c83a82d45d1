#include "histogram.h"

static const int64_t BOUNDS_US[HISTOGRAM_BUCKETS] = {
    500,    1000,   2500,    5000,    10000,   25000,    50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, INT64_MAX};

int64_t histogram_bound_us(unsigned bucket)
{
    return BOUNDS_US[bucket];
}

void histogram_add(struct histogram *h, int64_t took_us)
{
    unsigned i = 0;
    int64_t took = took_us > 0 ? took_us : 0;
    while (took > BOUNDS_US[i])
        i++;
    h->at[i]++;
    h->count++;
    h->sum_us += (uint64_t)took;
}

int64_t histogram_percentile(const struct histogram *h, unsigned percent, int64_t longest_us)
{
    uint64_t wanted = (h->count * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS && wanted > 0; i++) {
        seen += h->at[i];
        if (seen >= wanted)
            return BOUNDS_US[i] < longest_us ? BOUNDS_US[i] : longest_us;
    }
    return 0;
}

/* ---- the last minutes ---- */

static void begin_slot(struct window *w, const struct histogram *all, int64_t mono_us)
{
    w->slot = w->slots == 0 ? 0 : (w->slot + 1) % WINDOW_SLOTS;
    if (w->slots < WINDOW_SLOTS)
        w->slots++;
    w->before[w->slot] = *all;
    w->longest_us[w->slot] = 0;
    w->began_us = mono_us;
}

void window_note(struct window *w, const struct histogram *all, int64_t longest_us, int64_t mono_us)
{
    if (w->slots == 0) { /* what came before the first look belongs to it */
        begin_slot(w, &(struct histogram){0}, mono_us);
    } else if (mono_us - w->began_us >= (int64_t)WINDOW_SLOTS * WINDOW_SLOT_US) {
        w->slots = 0; /* nobody looked for so long that all of it is over */
        begin_slot(w, all, mono_us);
    } else {
        for (; mono_us - w->began_us >= WINDOW_SLOT_US;)
            begin_slot(w, all, w->began_us + WINDOW_SLOT_US);
    }
    if (longest_us > w->longest_us[w->slot])
        w->longest_us[w->slot] = longest_us;
}

int64_t window_read(const struct window *w, const struct histogram *all, struct histogram *ret)
{
    int64_t longest_us = 0;
    *ret = *all;
    if (w->slots == 0)
        return 0;
    const struct histogram *oldest =
        &w->before[w->slots < WINDOW_SLOTS ? 0 : (w->slot + 1) % WINDOW_SLOTS];
    ret->count -= oldest->count;
    ret->sum_us -= oldest->sum_us;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        ret->at[i] -= oldest->at[i];
    for (unsigned i = 0; i < w->slots; i++)
        if (w->longest_us[i] > longest_us)
            longest_us = w->longest_us[i];
    return longest_us;
}
