#include "rig.h"

#include <poll.h>
#include <stdlib.h>
#include <zmq.h>

#include "daemon/base/log.h"
#include "entries.h"
#include "proto/stamp.h"

#define MARK UINT64_MAX
#define WAIT_MS 20000

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "rig: %s\n", what);
    abort();
}

/* ---- made and unmade ---- */

static int64_t wall(void *self)
{
    return ((struct rig *)self)->wall_us;
}

static int64_t mono(void *self)
{
    return ((struct rig *)self)->mono_us;
}

static void views_moved(void *self, uint64_t views_at)
{
    ((struct rig *)self)->views_at = views_at;
}

static void broken(void *self, const struct err *err)
{
    (void)err;
    ((struct rig *)self)->broken = true;
}

struct asked { /* whose question it really is */
    struct rig *rig;
    void (*answered)(void *self, struct question *q);
    void *self;
};

static void answered(void *self, struct question *q)
{
    struct asked asked = *(struct asked *)self;
    asked.rig->asked--;
    q->self = asked.self;
    q->answered = asked.answered;
    asked.answered(asked.self, q);
}

static void ask(void *self, struct question *q, bool views)
{
    struct rig *r = self;
    struct asked *asked = arena_alloc(&q->arena, sizeof *asked);
    (void)views;
    *asked = (struct asked){r, q->answered, q->self};
    q->answered = answered;
    q->self = asked;
    if (r->holding) {
        must(r->held == NULL, "two questions at once");
        r->held = q;
        return;
    }
    r->asked++;
    query_ask(r->query, q);
}

void rig_let_go(struct rig *r)
{
    must(r->held != NULL, "no question was asked");
    r->asked++;
    query_ask(r->query, r->held);
    r->holding = false;
    r->held = NULL;
}

void rig_change_city(struct rig *r, const struct small_city_file *changed)
{
    char path[128];
    struct conf_report report = {.out = stderr};
    small_city_write(&r->city_dir);
    for (; changed != NULL && changed->rel != NULL; changed++)
        folder_text(&r->city_dir, changed->rel, changed->text);
    snprintf(path, sizeof path, "%s/siagad.yaml", r->city_dir.path);
    city_unref(&r->city);
    r->city = city_load(path, SMALL_CITY_AT, NULL, &report);
    must(r->city != NULL, "the city cannot be read");
}

static void open_router(struct rig *r)
{
    char endpoint[1][128];
    struct err err = {""};
    snprintf(endpoint[0], sizeof endpoint[0], "ipc://%s/socket", r->s.dir.path);
    struct router_conf conf = {
        .endpoints = (const char(*)[128])endpoint, .n = 1, .table = zap_table_new(0, 0)};
    conf.table->claimed = true;
    must(router_open(&r->router, &conf, &err) == 0, err.text);
    r->context = zmq_ctx_new();
}

static void open_journal(struct rig *r)
{
    struct jcalls calls = {pipeline_settled, r->pipeline};
    struct err err = {""};
    if (!r->local)
        journal_fake_open(&r->journal, r->s.store, r->s.views, &calls);
    else
        must(journal_lmdb_open(&r->journal, r->s.store, r->s.views, &(struct journal_beside){0},
                               &r->clock, &calls, &err) == 0,
             err.text);
    must(journal_follow(r->journal, 0, views_hash(r->s.views), &err) == J_OK, err.text);
}

void rig_open(struct rig *r, bool local, const struct small_city_file *changed)
{
    struct err err = {""};
    *r = (struct rig){.local = local, .wall_us = ENTRIES_AT, .mono_us = STAMP_MINUTE};
    log_open(LOG_ERROR);
    scratch_open(&r->s);
    folder_make(&r->city_dir);
    rig_change_city(r, changed);
    r->clock = (struct clock){.wall = wall, .mono = mono, .self = r};
    snprintf(r->identity.node, sizeof r->identity.node, "kota-1");
    r->identity.boot = 1;
    open_router(r);
    must(query_open(&r->query, r->s.store, &err) == 0, err.text);
    r->ack = ack_new(r->router, &r->counters, &r->clock);
    r->refused = refused_new(NULL);
    struct feed_parts feed = {
        .ack = r->ack, .counters = &r->counters, .clock = &r->clock, .ask = ask, .self = r};
    r->feed = feed_new(&feed);
    struct pipeline_parts parts = {.clock = &r->clock,
                                   .counters = &r->counters,
                                   .ack = r->ack,
                                   .feed = r->feed,
                                   .refused = r->refused,
                                   .identity = &r->identity,
                                   .views_moved = views_moved,
                                   .broken = broken,
                                   .self = r};
    r->pipeline = pipeline_new(&parts);
    open_journal(r);
    pipeline_use(r->pipeline, r->journal, city_settings(r->city)->reserve_percent);
}

void rig_close(struct rig *r)
{
    journal_close(&r->journal);
    query_close(&r->query);
    pipeline_free(&r->pipeline);
    feed_free(&r->feed);
    refused_free(&r->refused);
    ack_free(&r->ack);
    router_close(&r->router);
    zmq_ctx_term(r->context);
    city_unref(&r->city);
    folder_drop(&r->city_dir);
    scratch_close(&r->s);
}

/* ---- peers ---- */

struct rig_peer rig_connect(struct rig *r)
{
    struct rig_peer p = {.socket = zmq_socket(r->context, ZMQ_DEALER)};
    struct parcel parcel;
    int none = 0;
    bool ready[1];
    zmq_setsockopt(p.socket, ZMQ_LINGER, &none, sizeof none);
    must(zmq_connect(p.socket, router_bound(r->router, 0)) == 0, "a peer cannot connect");
    must(zmq_send(p.socket, "?", 1, 0) == 1, "a peer cannot send");
    must(router_wait(r->router, NULL, 0, WAIT_MS, ready), "the router heard nothing");
    must(router_receive(r->router, &parcel), "the router received nothing");
    p.address = parcel.from;
    return p;
}

void rig_disconnect(struct rig_peer *p)
{
    zmq_close(p->socket);
    p->socket = NULL;
}

void rig_read(const struct rig_peer *p, struct rig_answer *ret)
{
    zmq_pollitem_t item = {p->socket, 0, ZMQ_POLLIN, 0};
    zmq_msg_t m;
    struct frame f;
    must(zmq_poll(&item, 1, WAIT_MS) == 1, "no answer came");
    zmq_msg_init(&m);
    must(zmq_msg_recv(&m, p->socket, 0) >= 0 && !zmq_msg_more(&m), "an answer of several frames");
    size_t n = zmq_msg_size(&m);
    must(frame_read(zmq_msg_data(&m), n, &f), "an answer without a frame");
    ret->code = f.code;
    ret->rid = f.rid;
    ret->n = (uint32_t)(n - FRAME_BYTES);
    memcpy(ret->body, (const uint8_t *)zmq_msg_data(&m) + FRAME_BYTES, ret->n);
    zmq_msg_close(&m);
}

/* A mark is sent behind whatever was sent before; messages to one peer keep their order. */
bool rig_silent(struct rig *r, const struct rig_peer *p)
{
    static struct rig_answer a;
    struct ack_to to = {p->address, MARK};
    writer_map(ack_open(r->ack), 0);
    ack_answer(r->ack, &to);
    rig_read(p, &a);
    return a.rid == MARK;
}

/* ---- errands, as ingress makes them ---- */

static void pack_event(struct writer *w, const struct rig_event *e)
{
    const char *const pairs[][2] = {{"key", e->key},
                                    {"kind", e->kind},
                                    {"category", e->category},
                                    {"title", e->title},
                                    {"kecamatan", e->kecamatan},
                                    {"severity", e->severity},
                                    {"call_class", e->call_class}};
    size_t at = writer_open_map(w);
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i][1] != NULL) {
            writer_text(w, pairs[i][0]);
            writer_text(w, pairs[i][1]);
            n++;
        }
    if (e->ref != NULL) {
        writer_text(w, "refs");
        writer_array(w, 1);
        writer_map(w, 2);
        writer_text(w, "type");
        writer_text(w, "follows");
        writer_text(w, "id");
        writer_text(w, e->ref);
        n++;
    }
    writer_close_map(w, at, n);
}

static void decode(struct rig *r, struct proposal *p, struct arena *arena,
                   const struct rig_event *wish)
{
    struct event_rules rules = {.now_us = clock_now(&r->clock), .registered = true};
    struct event *e = arena_alloc(arena, sizeof *e);
    struct faults *faults = arena_alloc(arena, sizeof *faults);
    uint8_t *bytes = arena_alloc(arena, 4096);
    struct writer w;
    writer_init(&w, bytes, 4096);
    pack_event(&w, wish);
    struct reader reader = reader_over(bytes, w.n);
    p->entry.what = ENTRY_EVENT;
    p->event = e;
    p->verdict = event_decode(&reader, &rules, arena, e, faults);
    p->faults = faults->count > 0 ? faults : NULL;
}

void rig_submit(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *source,
                enum lane lane, unsigned n, const struct rig_event *events)
{
    struct ack_to to = {p->address, rid};
    struct person_role who;
    struct arena *arena = pipeline_arena(r->pipeline, lane, n);
    struct slice from = arena_copy(arena, source, strlen(source));
    city_person(r->city, from, &who);
    struct errand *errand = pipeline_errand(r->pipeline, lane, &to, VERB_SUBMIT, n);
    for (unsigned i = 0; i < n; i++) {
        struct proposal *one = pipeline_proposal(r->pipeline, errand, i, r->city, &who, from);
        decode(r, one, arena, &events[i]);
        pipeline_run(r->pipeline, one);
    }
    pipeline_enter(r->pipeline, errand);
}

void rig_emergency(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *key)
{
    struct rig_event e = {.key = key,
                          .kind = "emergency",
                          .category = "fire.building",
                          .title = "Api",
                          .kecamatan = "utara"};
    rig_submit(r, p, rid, "meja-1", LANE_URGENT, 1, &e);
}

void rig_complaint(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *key)
{
    struct rig_event e = {
        .key = key, .kind = "complaint", .category = "road.pothole", .title = "Lubang"};
    rig_submit(r, p, rid, "petugas-7", LANE_BULK, 1, &e);
}

void rig_change(struct rig *r, const struct rig_peer *p, uint64_t rid, const char *source,
                const struct rig_change *c)
{
    struct ack_to to = {p->address, rid};
    struct person_role who;
    struct arena *arena = pipeline_arena(r->pipeline, LANE_URGENT, 1);
    struct slice from = arena_copy(arena, source, strlen(source));
    uint8_t what = c->what != 0 ? c->what : ENTRY_MOVE;
    city_person(r->city, from, &who);
    struct errand *errand = pipeline_errand(r->pipeline, LANE_URGENT, &to,
                                            what == ENTRY_MOVE ? VERB_MOVE : VERB_RECLASS, 1);
    struct proposal *one = pipeline_proposal(r->pipeline, errand, 0, r->city, &who, from);
    const char *reason = c->reason != NULL ? c->reason : "";
    one->entry.what = what;
    one->entry.to = c->to;
    one->entry.call_class = c->call_class;
    one->entry.key = arena_copy(arena, c->key, strlen(c->key));
    one->entry.case_seq = c->of;
    one->entry.version = c->version;
    one->entry.act = c->act;
    one->entry.outcome = c->outcome;
    if (c->target != NULL) {
        one->entry.parts[0].skpd = arena_copy(arena, c->target, strlen(c->target));
        one->entry.parts_n = 1;
    }
    one->words = (struct entry_words){.reason = arena_copy(arena, reason, strlen(reason))};
    pipeline_run(r->pipeline, one);
    pipeline_enter(r->pipeline, errand);
}

/* ---- the turn of the reactor ---- */

void rig_turn(struct rig *r)
{
    while (pipeline_launch(r->pipeline)) /* held back behind an emergency: time goes by */
        r->mono_us += 1000;
    journal_work(r->journal);
    while (pipeline_settle(r->pipeline))
        ;
    query_work(r->query);
    ack_withheld(r->ack, true);
}

void rig_finish(struct rig *r)
{
    for (rig_turn(r); !pipeline_idle(r->pipeline) && !r->broken; rig_turn(r)) {
        struct pollfd fds[] = {{journal_fd(r->journal), POLLIN, 0},
                               {query_fd(r->query), POLLIN, 0}};
        must(poll(fds, 2, WAIT_MS) > 0, "nothing settles");
    }
}

void rig_drain(struct rig *r)
{
    while (r->asked > 0) {
        struct pollfd fd = {query_fd(r->query), POLLIN, 0};
        must(poll(&fd, 1, WAIT_MS) == 1, "a question was not answered");
        query_work(r->query);
    }
    ack_withheld(r->ack, true);
}

/* ---- reading answers ---- */

static bool step(struct reader *r, const char *name, size_t n)
{
    if (reader_peek(r) == PACK_MAP) {
        for (uint32_t left = reader_map(r); left > 0 && r->err == 0; left--) {
            if (slice_same(reader_str(r), (struct slice){name, (uint32_t)n}))
                return true;
            reader_skip(r);
        }
        return false;
    }
    if (reader_peek(r) != PACK_ARRAY)
        return false;
    unsigned long at = strtoul(name, NULL, 10), count = reader_array(r);
    for (unsigned long i = 0; i < at && i < count; i++)
        reader_skip(r);
    return at < count && r->err == 0;
}

static bool find(const struct rig_answer *a, const char *path, struct reader *ret)
{
    *ret = reader_over(a->body, a->n);
    for (;;) {
        size_t n = strcspn(path, ".");
        if (!step(ret, path, n))
            return false;
        if (path[n] == '\0')
            return true;
        path += n + 1;
    }
}

struct slice rig_text(const struct rig_answer *a, const char *path)
{
    struct reader r;
    return find(a, path, &r) && reader_peek(&r) == PACK_STR ? reader_str(&r) : (struct slice){0};
}

uint64_t rig_number(const struct rig_answer *a, const char *path)
{
    struct reader r;
    return find(a, path, &r) && reader_peek(&r) == PACK_UINT ? reader_uint(&r) : 0;
}

bool rig_true(const struct rig_answer *a, const char *path)
{
    struct reader r;
    return find(a, path, &r) && reader_peek(&r) == PACK_BOOL && reader_bool(&r);
}

uint32_t rig_count(const struct rig_answer *a, const char *path)
{
    struct reader r;
    return find(a, path, &r) && reader_peek(&r) == PACK_ARRAY ? reader_array(&r) : 0;
}
