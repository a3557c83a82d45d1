/* histogram: how long something took, in fixed buckets, the same ones that are told to Prometheus;
 * and the last five minutes of it. Each is one thread's alone; the counts only grow, so that two of
 * them, subtracted, are what lies between. */
#ifndef SIAGA_BASE_HISTOGRAM_H
#define SIAGA_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 16u /* the last one holds what is above every bound */

struct histogram {
    uint64_t count, sum_us;
    uint64_t at[HISTOGRAM_BUCKETS];
};

int64_t histogram_bound_us(unsigned bucket); /* INT64_MAX of the last one */
void histogram_add(struct histogram *h, int64_t took_us);
/* The bound below which so many percent of them lie, as close as the buckets tell, and never above
 * the longest, which the caller knows. 0: there are none. */
int64_t histogram_percentile(const struct histogram *h, unsigned percent, int64_t longest_us);

#define WINDOW_SLOTS 30u
#define WINDOW_SLOT_US 10000000ll

struct window {                            /* begins zeroed */
    struct histogram before[WINDOW_SLOTS]; /* as it stood when the slot began */
    int64_t longest_us[WINDOW_SLOTS];      /* within the slot */
    int64_t began_us;                      /* monotonic; of the slot in use */
    unsigned slot, slots;                  /* which one; how many have been in use */
};

/* `all` is the histogram now, `longest_us` the longest since the last call. */
void window_note(struct window *w, const struct histogram *all, int64_t longest_us,
                 int64_t mono_us);
/* What came within the last five minutes; the longest of it. */
int64_t window_read(const struct window *w, const struct histogram *all, struct histogram *ret);

#endif
