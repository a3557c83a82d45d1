#include "measures.h"

#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "daemon/base/histogram.h"
#include "health.h"
#include "proto/pairs.h"

#define LOOK_US 3000000ll /* between two looks into the views */

/* The POC hears of it when siagad itself is slow; of each kind once in ten minutes. */
#define COMMIT_SLOW_US 500000ll
#define LATE_US 5000000ll
#define COMMITS_FOR_P99 100u /* of fewer the median is judged: one slow one is no news */
#define COMMITS_LEAST 5u
#define QUIET_US 600000000ll

struct measures {
    struct door *door;
    struct measures_second second;
    struct histogram seconds; /* that came late, to have their window */
    struct window recent;
    int64_t told_us[HEALTH_LATE + 1]; /* monotonic; 0: never */
    bool asking;
    int64_t next_us; /* monotonic; when to look again */

    struct measures_found sum, known; /* of the slices so far; of the last look that was whole */
    int64_t known_us;                 /* wall time of it; 0: none yet */
};

struct measures *measures_new(struct door *d)
{
    struct measures *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    f->door = d;
    return f;
}

void measures_free(struct measures **f)
{
    free(*f);
    *f = NULL;
}

/* ---- looking into the views ---- */

static void look(struct measures *f, uint64_t chunk);

static void add(struct measures_found *sum, const struct measures_found *more)
{
    uint64_t unacknowledged = sum->unacknowledged + more->unacknowledged;
    int64_t since_us = sum->unacknowledged_since_us;
    if (since_us == 0 ||
        (more->unacknowledged_since_us != 0 && more->unacknowledged_since_us < since_us))
        since_us = more->unacknowledged_since_us;
    *sum = *more; /* the queues come with the last slice */
    sum->unacknowledged = unacknowledged;
    sum->unacknowledged_since_us = since_us;
}

static void answered(void *self, struct question *q)
{
    struct measures *f = self;
    uint64_t next = q->next;
    bool fine = q->verdict == V_DONE;
    f->asking = false;
    if (fine)
        add(&f->sum, q->measures);
    question_free(&q);
    if (fine && next != 0) {
        look(f, next);
    } else if (fine) {
        f->known = f->sum;
        f->known_us = clock_now(f->door->clock);
    }
}

static void look(struct measures *f, uint64_t chunk)
{
    struct question *q = question_new(QUESTION_MEASURES);
    if (chunk == 0)
        f->sum = (struct measures_found){0};
    q->seq = chunk;
    q->self = f;
    q->answered = answered;
    f->asking = true;
    f->next_us = clock_mono(f->door->clock) + LOOK_US;
    ask_put(f->door->ask, q, false); /* a moment old is good enough */
}

/* ---- own faults ---- */

static void tell_pace(struct measures *f, uint8_t act, int64_t took_us, int64_t limit_us)
{
    int64_t now = clock_mono(f->door->clock);
    if (took_us <= limit_us || (f->told_us[act] != 0 && now - f->told_us[act] < QUIET_US))
        return;
    f->told_us[act] = now;
    health_pace(f->door->health, act, took_us);
}

static void judge_pace(struct measures *f)
{
    struct histogram all, recent;
    int64_t longest_us = pipeline_commits(f->door->pipeline, &all, &recent);
    unsigned percent = recent.count >= COMMITS_FOR_P99 ? 99 : 50;
    if (recent.count >= COMMITS_LEAST)
        tell_pace(f, HEALTH_SLOW, histogram_percentile(&recent, percent, longest_us),
                  COMMIT_SLOW_US);
    tell_pace(f, HEALTH_LATE, f->second.late_us, LATE_US);
}

void measures_tick(struct measures *f, const struct measures_second *second)
{
    int64_t now = clock_mono(f->door->clock);
    f->second = *second;
    window_note(&f->recent, &f->seconds, second->late_us, now);
    judge_pace(f);
    if (!f->asking && now >= f->next_us)
        look(f, 0);
}

/* ---- telling ---- */

static uint64_t since(const struct measures *f, int64_t us)
{
    int64_t now = clock_now(f->door->clock);
    return us != 0 && us < now ? (uint64_t)(now - us) : 0;
}

static void fill_traffic(const struct measures *f, uint64_t *at)
{
    struct door *d = f->door;
    struct jstate j;
    uint64_t lag;
    pipeline_state(d->pipeline, &j);
    at[GAUGE_HEAD] = j.head;
    at[GAUGE_OPEN_CASES] = j.open_cases;
    at[GAUGE_VIEWS_BEHIND] = j.head > j.views_at ? j.head - j.views_at : 0;
    at[GAUGE_WAITING] = pipeline_waiting(d->pipeline);
    at[GAUGE_CONNECTIONS] = f->second.connections;
    at[GAUGE_QUESTIONS_OPEN] = d->asked;
    at[GAUGE_WATCHES] = feed_watches(d->feed);
    at[GAUGE_WATCHES_BEHIND] = feed_behind(d->feed, &lag);
    at[GAUGE_WATCH_LAG] = lag;
    at[GAUGE_DESKS] = desks_count(d->desks);
}

static void fill_times(const struct measures *f, uint64_t *at)
{
    struct histogram all, recent, none;
    int64_t longest_us = pipeline_commits(f->door->pipeline, &all, &recent);
    at[GAUGE_COMMIT_P50] = (uint64_t)histogram_percentile(&recent, 50, longest_us);
    at[GAUGE_COMMIT_P99] = (uint64_t)histogram_percentile(&recent, 99, longest_us);
    at[GAUGE_COMMIT_MAX] = (uint64_t)longest_us;
    at[GAUGE_COMMIT_SILENT] = (uint64_t)pipeline_silent_us(f->door->pipeline);
    at[GAUGE_TICK_LATE] = (uint64_t)window_read(&f->recent, &f->seconds, &none);
    at[GAUGE_UPTIME] = since(f, f->door->started_us);
}

static void fill_work(const struct measures *f, uint64_t *at)
{
    int64_t oldest_us = 0;
    at[GAUGE_EMERGENCIES_UNACKNOWLEDGED] = f->known.unacknowledged;
    at[GAUGE_EMERGENCY_OLDEST] = since(f, f->known.unacknowledged_since_us);
    for (unsigned i = 0; i < f->known.queues_n; i++) {
        const struct measures_queue *q = &f->known.queues[i];
        at[GAUGE_QUEUED] += q->items;
        if (oldest_us == 0 || (q->since_us != 0 && q->since_us < oldest_us))
            oldest_us = q->since_us;
    }
    at[GAUGE_QUEUED_OLDEST] = since(f, oldest_us);
    at[GAUGE_DEAD] = f->known.dead;
    at[GAUGE_LOOKED_AT] = since(f, f->known_us != 0 ? f->known_us : f->door->started_us);
}

static void fill_room(const struct measures *f, uint64_t *at)
{
    static const enum gauge used_at[] = {GAUGE_JOURNAL_USED, GAUGE_VIEWS_USED, GAUGE_PERSONS_USED};
    static const enum gauge size_at[] = {GAUGE_JOURNAL_SIZE, GAUGE_VIEWS_SIZE, GAUGE_PERSONS_SIZE};
    uint64_t used[STORE_ENVS], size[STORE_ENVS];
    f->door->room(f->door->self, used, size);
    for (int e = 0; e < STORE_ENVS; e++) {
        at[used_at[e]] = used[e];
        at[size_at[e]] = size[e];
    }
    at[GAUGE_DISK_FREE] = f->second.disk_free;
    at[GAUGE_DISK_SIZE] = f->second.disk_size;
}

static void fill(const struct measures *f, uint64_t *at)
{
    const struct door *d = f->door;
    fill_traffic(f, at);
    fill_times(f, at);
    fill_work(f, at);
    fill_room(f, at);
    at[GAUGE_BOOT] = d->identity->boot;
    at[GAUGE_CONFIG_WRONG] = d->config_error[0] != '\0' || city_people_error(d->city)[0] != '\0';
    at[GAUGE_SECURE] = d->secure;
}

static uint32_t pack_gauges(const struct measures *f, struct writer *w)
{
    struct gauges g = {{0}};
    fill(f, g.at);
    writer_text(w, "figures");
    writer_map(w, GAUGES);
    for (int i = 0; i < GAUGES; i++)
        pair_uint(w, gauges_name((enum gauge)i), g.at[i]);
    return 1;
}

/* As Prometheus has it: how many took no longer than each bound, and all of them. */
static uint32_t pack_commits(const struct measures *f, struct writer *w)
{
    struct histogram all, recent;
    uint64_t sum = 0;
    pipeline_commits(f->door->pipeline, &all, &recent);
    writer_text(w, "commits");
    writer_map(w, 3);
    pair_uint(w, "count", all.count);
    pair_uint(w, "sum_us", all.sum_us);
    writer_text(w, "within");
    writer_array(w, HISTOGRAM_BUCKETS - 1);
    for (unsigned i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        sum += all.at[i];
        writer_map(w, 2);
        pair_uint(w, "us", (uint64_t)histogram_bound_us(i));
        pair_uint(w, "count", sum);
    }
    return 1;
}

static uint32_t pack_queues(const struct measures *f, struct writer *w)
{
    writer_text(w, "queues");
    writer_array(w, f->known.queues_n);
    for (unsigned i = 0; i < f->known.queues_n; i++) {
        const struct measures_queue *q = &f->known.queues[i];
        writer_map(w, 3);
        pair_text(w, "skpd", q->skpd);
        pair_uint(w, "items", q->items);
        pair_uint(w, "oldest_us", since(f, q->since_us));
    }
    return 1;
}

static uint32_t pack_chain(const struct measures *f, struct writer *w)
{
    char hex[2 * ENTRY_HASH_BYTES + 1];
    for (unsigned i = 0; i < ENTRY_HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", f->door->chain_hash[i]);
    writer_text(w, "chain");
    writer_map(w, 2);
    pair_uint(w, "seq", *f->door->chain_seq);
    pair_text(w, "hash", hex);
    return 1;
}

uint32_t measures_pack(const struct measures *f, struct writer *w)
{
    return pack_gauges(f, w) + pack_commits(f, w) + pack_queues(f, w) + pack_chain(f, w);
}

uint32_t measures_sentences(struct writer *w)
{
    writer_text(w, "sentences");
    writer_map(w, COUNTERS + GAUGES);
    for (int i = 0; i < COUNTERS; i++)
        pair_text(w, counters_name((enum counter)i), counters_sentence((enum counter)i));
    for (int i = 0; i < GAUGES; i++)
        pair_text(w, gauges_name((enum gauge)i), gauges_sentence((enum gauge)i));
    return 1;
}
