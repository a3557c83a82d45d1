/* PERSON and RETENTION. Nobody reads a reporter's data unrecorded: the reading is an entry, and the
 * data leaves when that is on the disk. */
#include "ask.h"
#include "door.h"
#include "proto/frame.h"
#include "proto/pairs.h"
#include "proto/person.h"

#define WHY_BYTES 200u
#define VALUE_BYTES 120u
#define ROWS_LIMIT 100u

struct wish {
    struct ticket ticket;
    uint64_t case_seq, after, limit;
    struct slice why;
    uint8_t find; /* enum person_field; 0: none */
    struct slice value;
    bool list;
};

static uint8_t find_field(struct slice name)
{
    static const struct {
        const char *name;
        uint8_t field;
    } fields[] = {{"phone", PERSON_PHONE}, {"mail", PERSON_MAIL}, {"name", PERSON_NAME}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_is(name, fields[i].name))
            return fields[i].field;
    return 0;
}

static void read_pair(struct pairs_walk *w, struct wish *wish, struct faults *faults)
{
    if (slice_is(w->name, "ticket"))
        door_ticket(w, &wish->ticket, faults);
    else if (slice_is(w->name, "case"))
        door_uint(w, &wish->case_seq, faults);
    else if (slice_is(w->name, "why"))
        door_text(w, &wish->why, faults, WHY_BYTES);
    else if (slice_is(w->name, "list"))
        door_flag(w, &wish->list, faults);
    else if (slice_is(w->name, "after"))
        door_uint(w, &wish->after, faults);
    else if (slice_is(w->name, "limit"))
        door_uint(w, &wish->limit, faults);
    else if (find_field(w->name) != 0) {
        wish->find = find_field(w->name);
        door_text(w, &wish->value, faults, VALUE_BYTES);
    } else if (slice_is(w->name, "source"))
        reader_skip(&w->r);
    else
        door_unknown(w, faults);
}

static void read_wish(const struct request *r, struct wish *wish, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);)
        read_pair(&w, wish, faults);
    bool one = wish->ticket.kind != 0 || wish->case_seq != 0;
    if (one + (wish->find != 0) + wish->list != 1 && faults->count == 0)
        faults_add(faults, E_FIELD, "ticket", 0, (struct slice){0});
    if (wish->limit == 0 || wish->limit > r->who.quota.rows)
        faults_add(faults, E_RANGE, "limit", r->who.quota.rows, (struct slice){0});
    if (wish->why.n == 0)
        faults_add(faults, E_FIELD, "why", WHY_BYTES, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

/* ---- one reader, one case: the record first ---- */

struct reading_on {
    struct door *door;
    struct request request;
    struct question *q; /* what is asked once the record is on the disk */
};

static void recorded(void *self, struct errand *errand)
{
    struct reading_on *a = self;
    const struct proposal *p = errand->proposals[0];
    struct door *d = a->door;
    if (p->verdict != V_DONE) {
        door_refuse(d, &a->request, p->verdict, p->faults);
        question_free(&a->q);
    } else {
        if (a->q->kind == QUESTION_PERSON)
            a->q->seq = p->outcome->facts.case_seq;
        door_ask(d, &a->request, a->q);
    }
    free(a);
}

static struct reading_on *keep_asker(struct door *d, const struct request *r, struct question *q)
{
    struct reading_on *a = calloc(1, sizeof *a + r->source.n);
    if (a == NULL)
        abort();
    a->door = d;
    a->q = q;
    a->request = *r;
    a->request.body = (struct slice){0};
    a->request.who.skpd = "";
    memcpy(a + 1, r->source.p, r->source.n);
    a->request.source.p = (const char *)(a + 1);
    return a;
}

static void record(struct door *d, const struct request *r, const struct wish *wish,
                   struct slice fields, struct question *q)
{
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_own_errand(d->pipeline, recorded, keep_asker(d, r, q));
    struct proposal *p = pipeline_proposal(d->pipeline, errand, 0, d->city, &r->who,
                                           arena_copy(arena, r->source.p, r->source.n));
    p->entry.what = ENTRY_READ;
    p->entry.key =
        arena_printf(arena, "read.%u.%llu", d->identity->boot, (unsigned long long)++d->readings);
    p->entry.ticket = wish->ticket;
    p->entry.case_seq = wish->case_seq;
    p->words.reason = arena_copy(arena, wish->why.p, wish->why.n);
    p->words.said[p->words.said_n++] = (struct entry_pair){"fields", fields};
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}

/* Only which cases they are is told here, not what stands in them; what was looked for is in no
 * record. */
static void find(struct door *d, const struct request *r, const struct wish *wish)
{
    struct question *q = question_new(wish->list ? QUESTION_PERSONS : QUESTION_FIND_PERSON);
    q->find = wish->find;
    q->value = arena_copy(&q->arena, wish->value.p, wish->value.n);
    q->seq = wish->after;
    q->limit = (uint32_t)wish->limit;
    memcpy(q->find_key, d->identity->digest_key, sizeof q->find_key);
    record(d, r, wish, wish->list ? SLICE_LIT("list") : SLICE_LIT("search"), q);
}

void person_serve(struct door *d, const struct request *r)
{
    struct wish wish = {.limit = ROWS_LIMIT};
    struct faults faults = {0};
    read_wish(r, &wish, &faults);
    bool one = wish.find == 0 && !wish.list;
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else if (one ? r->who.role == ROLE_ADMIN : r->who.role == ROLE_HANDLER)
        door_refuse(d, r, E_ROLE, NULL); /* the administrator reads no content, a handler looks for
                                            nobody */
    else if (one)
        record(d, r, &wish, SLICE_LIT("name,phone,mail,address,note"),
               question_new(QUESTION_PERSON));
    else
        find(d, r, &wish);
}

/* ---- RETENTION: what is to be destroyed by the schedule of today ---- */

struct schedule {
    struct door *door;
    struct request request;
};

static uint32_t pack_expired(struct writer *w, const struct expired *x, const char *what,
                             int64_t kept_us)
{
    char ticket[TICKET_BYTES];
    ticket_write(x->ticket, ticket);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "ticket", ticket) + pair_text(w, "what", what);
    pairs += pair_str(w, "category", x->category) + pair_time(w, "ended_at", x->ended_us);
    pairs += pair_time(w, "kept_until", x->ended_us + kept_us) + pair_bool(w, "hold", x->hold);
    writer_close_map(w, at, pairs);
    return 1;
}

static uint32_t pack_case(struct writer *w, struct door *d, const struct expired *x, int64_t now_us)
{
    int64_t persons_us = 0, texts_us = 0;
    uint32_t rows = 0;
    if (!city_retention(d->city, x->category, &persons_us, &texts_us))
        return 0;
    if (persons_us != 0 && x->person && x->ended_us + persons_us <= now_us)
        rows += pack_expired(w, x, "person", persons_us);
    if (texts_us != 0 && x->texts && x->ended_us + texts_us <= now_us)
        rows += pack_expired(w, x, "texts", texts_us);
    return rows;
}

static void schedule_answered(void *self, struct question *q)
{
    struct schedule *a = self;
    struct door *d = a->door;
    uint32_t rows = 0, pairs = 1;
    door_answered(d, &a->request);
    struct writer *w = ack_open(d->ack);
    size_t map = writer_open_map(w);
    writer_text(w, "rows");
    size_t at = writer_open_array(w);
    for (uint32_t i = 0; i < q->found; i++)
        rows += pack_case(w, d, &q->expired[i], clock_now(d->clock));
    writer_close_array(w, at, rows);
    pairs += pair_uint_if(w, "after", q->next);
    writer_close_map(w, map, pairs);
    ack_answer(d->ack, &a->request.to);
    question_free(&q);
}

void retention_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_RETENTION);
    struct faults faults = {0};
    uint64_t limit = QUERY_ROWS_MAX;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "after"))
            door_uint(&w, &q->seq, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&q);
        return;
    }
    struct schedule *a = arena_alloc(&q->arena, sizeof *a);
    *a = (struct schedule){.door = d, .request = *r};
    a->request.source = arena_copy(&q->arena, r->source.p, r->source.n);
    q->limit = (uint32_t)limit;
    door_ask_for(d, r, q, schedule_answered, a);
}
