/* door: a message from its bytes to its answer, through the rooms of siagad: frame, role, verb,
 * pipeline, views, query, feeds and desks. The socket and the disk are not there: answers are
 * parsed as a client would, and what was applied is forgotten with the input. */
#include <poll.h>
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/ingress/ask.h"
#include "daemon/ingress/backlog.h"
#include "daemon/ingress/door.h"
#include "daemon/ingress/gate.h"
#include "daemon/ingress/measures.h"
#include "daemon/ingress/health.h"
#include "daemon/ingress/links.h"
#include "daemon/ingress/notice.h"
#include "daemon/ingress/work.h"
#include "fuzz.h"
#include "proto/frame.h"
#include "proto/stamp.h"
#include "siaga.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"
#include "tests/support/small_city.h"
#include "tests/unit/pack_json.h"

#define GROUPS 64u
#define TURNS 256 /* far more than any message needs */
#define PEOPLE 9u
#define KEY "000000000000000000000000000000000000000"

static const char *const people[PEOPLE] = {"operator", "field", "handler", "leader",  "humas",
                                           "media",    "admin", "auditor", "importer"};

static struct house {
    struct scratch s;
    struct folder dir;
    struct clock clock;
    int64_t mono_us;
    struct counters counters;
    struct identity identity;
    struct query *query;
    struct journal journal;
    struct jgroup *groups[GROUPS]; /* appended, not yet applied */
    unsigned groups_n, asked, answers;
    uint64_t rid; /* of the message at hand */
    bool cut;
    struct door door;
    struct backlog *backlog;
} h;

/* ---- in the place of net/router.c ---- */

enum router_sent router_send(struct router *r, const struct address *to, const void *bytes,
                             size_t n)
{
    struct frame f;
    (void)r;
    (void)to;
    fuzz_must(frame_read(bytes, n, &f) && f.version == FRAME_VERSION && f.code >= ANSWER_DONE,
              "an answer has a frame");
    siaga_doc *d = siaga_doc_parse((const uint8_t *)bytes + FRAME_BYTES, n - FRAME_BYTES);
    fuzz_must(d != NULL, "a client can read the answer");
    fuzz_must(f.code != ANSWER_REFUSED || verdict_find(slice_from(siaga_text(d, "code"))) != 0,
              "a refusal has a verdict");
    fuzz_must(strcmp(siaga_text(d, "code"), "E_BUG") != 0, "nothing is a bug of siagad");
    h.answers += f.rid == h.rid && (f.code == ANSWER_DONE || f.code == ANSWER_REFUSED);
    siaga_doc_free(d);
    return ROUTER_SENT;
}

/* ---- a journal that applies, and forgets at the end of the input ---- */

static int journal_none(struct journal *j)
{
    (void)j;
    return -1;
}

static void tell(struct jgroup *g)
{
    for (g->done = 0; g->done < g->count; g->done++) {
        struct outcome *o = &g->outcomes[g->done];
        struct facts again;
        fuzz_must(scratch_apply(&h.s, g->entries[g->done], o) == 0, "views say yes or no");
        o->row = arena_copy(g->arena, o->row.p, o->row.n); /* the views forget it */
        bool stored = o->verdict == V_DONE && !o->duplicate;
        fuzz_must(!stored || entry_row_read(o->facts.seq, o->row, &again, NULL) == ENTRY_FINE,
                  "what is stored can be read");
        if (stored)
            entry_facts_into(&o->facts, o->row);
        else
            o->facts.owner = o->facts.kecamatan = (struct slice){0};
    }
    g->rc = J_OK;
    pipeline_settled(h.door.pipeline, g);
}

static void apply_groups(struct journal *j)
{
    (void)j;
    while (h.groups_n > 0) {
        struct jgroup *g = h.groups[0];
        memmove(h.groups, h.groups + 1, --h.groups_n * sizeof *h.groups);
        tell(g);
    }
}

static enum jrc append(struct journal *j, struct jgroup *g)
{
    (void)j;
    if (h.groups_n == GROUPS)
        return J_BUSY;
    h.groups[h.groups_n++] = g;
    g->head = g->views_at = views_seq(h.s.views);
    return J_OK;
}

static enum jrc follow(struct journal *j, uint64_t after, const uint8_t *hash, struct err *err)
{
    (void)j;
    (void)after;
    (void)hash;
    (void)err;
    return J_OK;
}

static void state(struct journal *j, struct jstate *ret)
{
    (void)j;
    uint64_t head = views_seq(h.s.views);
    *ret = (struct jstate){.oldest = 1,
                           .head = head,
                           .views_at = head,
                           .time_us = views_time(h.s.views),
                           .open_cases = views_open_cases(h.s.views)};
}

static const struct journal_ops OPS = {journal_none, apply_groups, append, follow, state, NULL};

/* ---- the house ---- */

static int64_t wall(void *self)
{
    (void)self;
    return ENTRIES_AT;
}

static int64_t mono(void *self)
{
    (void)self;
    return h.mono_us;
}

static void views_moved(void *self, uint64_t at)
{
    (void)self;
    if (h.door.ask != NULL)
        ask_views_moved(h.door.ask, at);
}

static void answered(void *self, const struct errand *e)
{
    (void)self;
    gate_release(h.door.gate, e->proposals[0]->entry.source, e->charged);
}

static void stored(void *self, const struct proposal *p)
{
    (void)self;
    desk_poke(h.door.desks, p->outcome->facts.owner);
}

static void broken(void *self, const struct err *err)
{
    (void)self;
    fuzz_must(false, err->text);
}

struct asked { /* whose question it really is */
    void (*answered)(void *self, struct question *q);
    void *self;
};

static void pass_on(void *self, struct question *q)
{
    struct asked asked = *(struct asked *)self;
    h.asked--;
    q->self = asked.self;
    q->answered = asked.answered;
    asked.answered(asked.self, q);
}

static void asks(void *self, struct question *q, bool views)
{
    struct asked *asked = arena_alloc(&q->arena, sizeof *asked);
    (void)self;
    *asked = (struct asked){q->answered, q->self};
    q->answered = pass_on;
    q->self = asked;
    h.asked++;
    ask_put(h.door.ask, q, views);
}

static void desk_wants(void *self, const struct desk_take *take)
{
    (void)self;
    work_take(&h.door, take);
}

static uint64_t head(void *self)
{
    (void)self;
    return pipeline_head(h.door.pipeline);
}

static void cut(void *self, const struct address *to)
{
    (void)self;
    (void)to;
    h.cut = true;
}

static void condemn(void *self)
{
    (void)self;
}

static void room(void *self, uint64_t used[STORE_ENVS], uint64_t size[STORE_ENVS])
{
    (void)self;
    for (int e = 0; e < STORE_ENVS; e++)
        used[e] = size[e] = 1u << 20;
}

static void open_city(void)
{
    char path[128], text[4096] = "people:\n";
    struct conf_report report = {.out = stderr};
    folder_make(&h.dir);
    small_city_write(&h.dir);
    for (unsigned i = 0; i < PEOPLE; i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "  - {id: %s-9, role: %s, public: \"" KEY "%u\"%s}\n",
                 people[i], people[i], i, i == 2 ? ", skpd: damkar" : "");
    }
    folder_text(&h.dir, "people.d/fuzz.yaml", text);
    snprintf(path, sizeof path, "%s/siagad.yaml", h.dir.path);
    h.door.city = city_load(path, SMALL_CITY_AT, NULL, &report);
    fuzz_must(h.door.city != NULL, "the small city can be read");
}

/* Numbers 1 to 5: two cases and what became of them. */
static void open_store(void)
{
    struct arena a = {0};
    scratch_open(&h.s);
    scratch_store(&h.s, an_event(&a, .key = "k1", .title = "Api", .kecamatan = "utara",
                                 .helpers = {"dinkes"}));
    scratch_store(&h.s, an_event(&a, .key = "k2", .kind = KIND_COMPLAINT, .owner = "pupr",
                                 .source = "field-9", .resolve_due = ENTRIES_AT + 9));
    scratch_store(&h.s, a_move(&a, .key = "k3", .of = 1, .act = ACT_ACK));
    scratch_store(&h.s, an_event(&a, .key = "k4", .title = "Asap", .kecamatan = "selatan"));
    scratch_store(&h.s, a_work(&a, .key = "k5", .of = 4, .act = WORK_TAKE, .task = "damkar",
                               .role = ROLE_HANDLER, .own = "damkar", .source = "handler-9",
                               .attempt = 1, .until_us = ENTRIES_AT + STAMP_DAY));
    scratch_commit(&h.s);
    arena_drop(&a);
}

static void open_pipeline(void)
{
    struct pipeline_parts parts = {.clock = &h.clock,
                                   .counters = &h.counters,
                                   .ack = h.door.ack,
                                   .feed = h.door.feed,
                                   .refused = h.door.refused,
                                   .identity = &h.identity,
                                   .views_moved = views_moved,
                                   .answered = answered,
                                   .stored = stored,
                                   .broken = broken};
    h.door.pipeline = pipeline_new(&parts);
    h.journal.ops = &OPS;
    pipeline_use(h.door.pipeline, &h.journal, 10);
}

static void close_house(void)
{
    query_close(&h.query);
    links_free(&h.door.links);
    gate_free(&h.door.gate);
    notice_free(&h.door.turned);
    notice_free(&h.door.unreadable);
    backlog_free(&h.backlog);
    health_free(&h.door.health);
    measures_free(&h.door.measures);
    ask_free(&h.door.ask);
    pipeline_free(&h.door.pipeline);
    feed_free(&h.door.feed);
    desks_free(&h.door.desks);
    refused_free(&h.door.refused);
    ack_free(&h.door.ack);
    arena_drop(&h.door.arena);
    city_unref(&h.door.city);
    folder_drop(&h.dir);
    scratch_close(&h.s);
}

static const uint8_t chain_hash[ENTRY_HASH_BYTES];
static const uint64_t chain_seq = 5;

static void open_house(void)
{
    struct err err = {""};
    struct door *d = &h.door;
    log_open(LOG_ERROR);
    open_city();
    open_store();
    h.clock = (struct clock){.wall = wall, .mono = mono};
    snprintf(h.identity.node, sizeof h.identity.node, "kota-1");
    h.identity.boot = 1;
    fuzz_must(query_open(&h.query, h.s.store, &err) == 0, err.text);
    d->clock = &h.clock;
    d->counters = &h.counters;
    d->identity = &h.identity;
    d->ack = ack_new(NULL, &h.counters, &h.clock);
    d->refused = refused_new(NULL);
    d->links = links_new();
    d->gate = gate_new();
    d->turned = notice_new(1, 6);
    d->unreadable = notice_new(10, 6);
    d->cut = cut;
    d->room = room;
    d->condemn = condemn;
    d->health = health_new(d);
    d->measures = measures_new(d);
    d->chain_hash = chain_hash;
    d->chain_seq = &chain_seq;
    struct feed_parts feed = {
        .ack = d->ack, .counters = &h.counters, .clock = &h.clock, .ask = asks};
    d->feed = feed_new(&feed);
    struct desk_parts desks = {.ack = d->ack,
                               .counters = &h.counters,
                               .clock = &h.clock,
                               .ask = asks,
                               .take = desk_wants,
                               .head = head};
    d->desks = desks_new(&desks);
    open_pipeline();
    d->ask = ask_new(h.query, d->pipeline);
    h.backlog = backlog_new(d);
    atexit(close_house);
}

/* ---- one message ---- */

static bool busy(void)
{
    return h.groups_n > 0 || h.asked > 0 || h.door.asked > 0 || !pipeline_idle(h.door.pipeline);
}

static void finish(void)
{
    for (int i = 0; i < TURNS && busy(); i++) {
        struct pollfd fd = {query_fd(h.query), POLLIN, 0};
        while (pipeline_launch(h.door.pipeline))
            h.mono_us += 1000;
        journal_work(&h.journal);
        while (pipeline_settle(h.door.pipeline))
            ;
        if (h.asked + h.door.asked > 0 && ask_idle(h.door.ask))
            fuzz_must(poll(&fd, 1, 20000) == 1, "a question is answered");
        query_work(h.query);
        ack_withheld(h.door.ack, true);
        desk_wake(h.door.desks);
    }
    ack_withheld(h.door.ack, true);
    fuzz_must(!busy(), "a message comes to an end");
}

static unsigned answers_due(const struct parcel *p)
{
    struct frame f = {.rid = 0};
    bool readable = frame_read(p->bytes.p, p->bytes.n, &f);
    h.rid = f.rid;
    return !readable || (f.code != VERB_CREDIT && f.code != VERB_UNWATCH);
}

/* As it was before the message: nothing of it is left. */
static void forget(const struct address *of)
{
    feed_drop(h.door.feed, of);
    desk_drop(h.door.desks, of);
    finish(); /* what they had asked */
    scratch_abandon(&h.s);
    feed_reach(h.door.feed, 1, views_seq(h.s.views));
    pipeline_use(h.door.pipeline, &h.journal, 10); /* asks how far the journal is */
    h.mono_us += 2 * STAMP_MINUTE;
}

/* What is known of a connection lives as long as it does: it is gone when a message that had to
 * wait has its turn. */
struct line {
    char source[32], key[48], peer[16];
};

static void take(struct parcel *p, unsigned who)
{
    struct line *line = malloc(sizeof *line);
    fuzz_must(line != NULL, "there is memory");
    strcpy(line->peer, "192.0.2.1");
    p->peer = slice_from(line->peer);
    p->claims = who == PEOPLE;
    if (!p->claims) {
        snprintf(line->source, sizeof line->source, "%s-9", people[who]);
        snprintf(line->key, sizeof line->key, KEY "%u", who);
        p->identity = slice_from(line->source);
        p->key = slice_from(line->key);
    }
    backlog_sort(h.backlog, p);
    free(line);
    while (backlog_work(h.backlog))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1)
        return 0;
    if (h.query == NULL)
        open_house();
    struct parcel p = {.from = {.n = 5, .id = "\0abcd"},
                       .bytes = {(const char *)data + 1, (uint32_t)fuzz_told(n - 1)},
                       .frames = 1};
    h.answers = 0;
    h.cut = false;
    unsigned due = answers_due(&p);
    take(&p, data[0] % (PEOPLE + 1));
    finish();
    fuzz_must(!h.cut && h.answers == due, "a message has one answer, or is one that has none");
    forget(&p.from);
    return 0;
}

/* ---- seeds ---- */

#define EVENT(key, more)                                                        \
    "{'events':[{'key':'" key "','kind':'complaint','category':'road.pothole'," \
    "'title':'Lubang'" more "}]}"

static const struct {
    uint8_t who, verb;
    const char *body;
} SEEDS[] = {
    {0, VERB_HELLO, "{'client':'x'}"},
    {0, VERB_SUBMIT, EVENT("s1", ",'kecamatan':'utara','lat':-6.2,'lon':106.9")},
    {1, VERB_SUBMIT, EVENT("s2", ",'visibility':'anonymous'")},
    {8, VERB_SUBMIT, EVENT("s3", ",'occurred_at':'2020-01-01T00:00:00Z'")},
    {9, VERB_SUBMIT,
     "{'source':'meja-1','sent_at':'2026-11-24T06:00:00Z','events':[{'key':'s4',"
     "'kind':'emergency','title':'Api'},{'key':'s5','kind':'emergency'}]}"},
    {0, VERB_MOVE, "{'case':1,'do':'forward','target':'polres','reason':'bukan','key':'m1'}"},
    {2, VERB_MOVE, "{'case':1,'do':'start','key':'m2','version':2}"},
    {0, VERB_MOVE, "{'case':2,'to':'rejected','reason':'prank','note':'iseng','key':'m3'}"},
    {2, VERB_MOVE,
     "{'case':1,'do':'milestone','milestone':'on_scene',"
     "'at':'2026-11-24T06:00:00Z','correct':true,'key':'m4'}"},
    {0, VERB_MOVE, "{'case':4,'do':'merge','into':'E-261124-0001-J','key':'m5'}"},
    {1, VERB_MOVE, "{'case':2,'do':'rate','done':true,'stars':5,'key':'m6'}"},
    {2, VERB_MOVE, "{'ticket':'E-261124-0001-J','do':'resolve','outcome':'fixed','key':'m7'}"},
    {0, VERB_RECLASS, "{'case':1,'class':'prank','key':'r1','note':'iseng'}"},
    {3, VERB_GET, "{'case':1}"},
    {0, VERB_GET, "{'ticket':'E-261124-0001-J'}"},
    {3, VERB_LIST, "{'kind':['emergency'],'skpd':['damkar'],'limit':3,'count':true}"},
    {0, VERB_LIST, "{'since':'2026-01-01T00:00:00Z','open':true,'reverse':true,'after':1}"},
    {3, VERB_WATCH, "{'from':1,'credit':9,'severity':['severe'],'state':['assigned']}"},
    {4, VERB_WATCH, "{'snapshot':true,'credit':2,'kecamatan':['utara']}"},
    {3, VERB_CREDIT, "{'watch':7,'add':2}"},
    {3, VERB_UNWATCH, "{'watch':7}"},
    {0, VERB_ROUTE, "{'kind':'complaint','category':'road.pothole','kecamatan':'utara'}"},
    {1, VERB_ROUTE, "{'names':'category'}"},
    {6, VERB_STATUS, "{}"},
    {2, VERB_ATTACH, "{'skpd':'damkar','credit':2,'lease_s':60}"},
    {2, VERB_WORK, "{'case':4,'skpd':'damkar','act':'done','attempt':1,'key':'w1'}"},
    {2, VERB_WORK,
     "{'case':4,'skpd':'damkar','act':'later','attempt':1,'wait_s':9,"
     "'reason':'x','key':'w2'}"},
    {0, VERB_DUE, "{'within':'8wh','limit':2}"},
    {7, VERB_DEAD, "{'skpd':'damkar'}"},
    {0, VERB_PERSON, "{'case':1,'why':'menelepon kembali'}"},
    {6, VERB_PERSON, "{'phone':'+628111222333','why':'permintaan'}"},
    {7, VERB_PERSON, "{'list':true,'after':1,'limit':2,'why':'tinjauan'}"},
    {4, VERB_RELEASE, "{'case':1,'do':'release','text':'padam','key':'p1'}"},
    {7, VERB_VERIFY, "{'from':1,'upto':4}"},
    {7, VERB_HEAD, "{}"},
    {6, VERB_ERASE, "{'case':1,'what':'texts','reason':'diminta','key':'x1'}"},
    {6, VERB_HOLD, "{'case':1,'do':'set','reason':'perkara','key':'x2'}"},
    {6, VERB_RETENTION, "{'after':1}"},
};

static void seeds(fuzz_give_fn *give, void *self)
{
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        uint8_t message[4096];
        frame_write(message, SEEDS[i].verb, 7);
        size_t n =
            pack_json_text(SEEDS[i].body, message + FRAME_BYTES, sizeof message - FRAME_BYTES);
        fuzz_give(give, self, SEEDS[i].who, message, FRAME_BYTES + n);
        if (i % 8 == 0) /* cut short */
            fuzz_give(give, self, SEEDS[i].who, message, FRAME_BYTES + n - 1);
    }
}

const struct fuzz_target fuzz_target = {"door", FRAME_MAX_BYTES + 64, 10000, seeds};
