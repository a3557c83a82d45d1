/* rig: the pipeline with everything around it, real but for the journal (fake, if wished) and the
 * clock: a store, the small city, a router on ipc, and peers that speak to it through libzmq. What
 * takes in messages is left out: a test makes its errands itself, as ingress does. */
#ifndef SIAGA_TESTS_RIG_H
#define SIAGA_TESTS_RIG_H

#include "daemon/pipeline/pipeline.h"
#include "daemon/query/query.h"
#include "journal_fake.h"
#include "proto/frame.h"
#include "scratch.h"
#include "small_city.h"

struct rig_peer {
    void *socket;
    struct address address;
};

struct rig {
    struct scratch s;
    struct folder city_dir;
    struct city *city;
    struct clock clock;
    int64_t wall_us, mono_us;
    struct counters counters;
    struct identity identity;
    struct router *router;
    void *context;
    struct ack *ack;
    struct refused *refused;
    struct feed *feed;
    struct query *query;
    struct pipeline *pipeline;
    struct journal *journal;
    bool local, broken;
    uint64_t views_at;
    unsigned asked; /* questions of the feed that are not answered yet */
    bool holding;   /* a question that is asked now waits in `held` for rig_let_go() */
    struct question *held;
};

/* `changed` files take the place of those of the small city, up to one without a name; NULL: none.
 */
void rig_open(struct rig *r, bool local, const struct small_city_file *changed);
void rig_close(struct rig *r);
void rig_change_city(struct rig *r, const struct small_city_file *changed);

struct rig_peer rig_connect(struct rig *r);
void rig_disconnect(struct rig_peer *p);

struct rig_event { /* wire words; NULL: left out */
    const char *key, *kind, *category, *title, *kecamatan, *severity, *call_class, *ref;
};
void rig_submit(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *source,
                enum lane lane, unsigned n, const struct rig_event *events);
void rig_emergency(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *key);
void rig_complaint(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *key);

struct rig_change {
    const char *key;
    uint64_t of;
    uint8_t what, act, to, call_class, outcome;
    uint32_t version;
    const char *reason, *target;
};
void rig_change(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *source,
                const struct rig_change *change);

void rig_turn(struct rig *r); /* launch, one call of the journal's work, settle */
void rig_let_go(struct rig *r);
void rig_finish(struct rig *r); /* turns until nothing gathers, flies or is asked */

void rig_drain(struct rig *r); /* until the feed has no question open */

struct rig_answer {
    uint8_t code;
    uint64_t rid;
    uint32_t n;
    uint8_t body[1 << 19];
};
void rig_read(const struct rig_peer *p, struct rig_answer *ret); /* fails after 20 s */
bool rig_silent(struct rig *r, const struct rig_peer *p);        /* nothing was sent to it */

/* By path: "results.0.ticket". Empty or 0 when it is not there. */
struct slice rig_text(const struct rig_answer *a, const char *path);
uint64_t rig_number(const struct rig_answer *a, const char *path);
bool rig_true(const struct rig_answer *a, const char *path);
uint32_t rig_count(const struct rig_answer *a, const char *path); /* items of a list */

#endif
