#include "door.h"

#include "access.h"
#include "daemon/base/control.h"
#include "gate.h"
#include "proto/frame.h"
#include "proto/key.h"
#include "proto/rights.h"
#include "proto/stamp.h"
#include "proto/text.h"
#include "proto/words.h"

static const struct verb_row {
    const char *name;
    uint32_t roles, most_bytes;
} VERBS[] = {
#define VERB(number, NAME, name, roles, most, ...) [number] = {name, roles, most},
#include "proto/verbs.def"
};

static verb_fn *const SERVE[] = {
    [VERB_HELLO] = hello_serve,     [VERB_SUBMIT] = submit_serve,
    [VERB_MOVE] = move_serve,       [VERB_RECLASS] = reclass_serve,
    [VERB_GET] = get_serve,         [VERB_LIST] = list_serve,
    [VERB_WATCH] = watch_serve,     [VERB_CREDIT] = credit_serve,
    [VERB_UNWATCH] = unwatch_serve, [VERB_ROUTE] = route_serve,
    [VERB_STATUS] = status_serve,   [VERB_ATTACH] = attach_serve,
    [VERB_WORK] = work_serve,       [VERB_DUE] = due_serve,
    [VERB_DEAD] = dead_serve,       [VERB_PERSON] = person_serve,
    [VERB_RELEASE] = release_serve, [VERB_VERIFY] = verify_serve,
    [VERB_HEAD] = head_serve,       [VERB_ERASE] = erase_serve,
    [VERB_HOLD] = hold_serve,       [VERB_RETENTION] = retention_serve,
    [VERB_BACKUP] = backup_serve,   [VERB_EXPORT] = export_serve,
    [VERB_DIGEST] = digest_serve,
};

#define VERBS_COUNT (sizeof VERBS / sizeof *VERBS)

static bool answered_verb(uint8_t verb)
{
    return verb != VERB_CREDIT && verb != VERB_UNWATCH;
}

void door_refuse(struct door *d, const struct request *r, int verdict, const struct faults *faults)
{
    struct refusal refusal = {.verdict = verdict,
                              .faults = faults,
                              .versions = verdict == E_VERSION,
                              .wait_s = verdict == E_BUSY || verdict == E_RATE};
    refused_note(d->refused, clock_now(d->clock), r->source, r->verb, verdict, faults);
    if (verdict == E_ROLE || verdict == E_SOURCE || verdict == E_NOT_FOUND)
        d->counters->at[COUNT_DENIED]++;
    if (answered_verb(r->verb) && !(control("mute") && r->to.rid % 64 == 7))
        ack_refused(d->ack, &r->to, &refusal);
}

static void unreadable(struct door *d, const struct request *r, int verdict, const char *what)
{
    struct faults faults = {0};
    faults_add(&faults, verdict, "body", 0, slice_from(what));
    d->counters->at[COUNT_UNREADABLE]++;
    if (r->source.n > 0)
        access_unreadable(d, r->source);
    door_refuse(d, r, verdict, &faults);
}

/* The name a client's key gives it; only where names are claimed (ipc: claimed) its own word. */
static int find_source(const struct parcel *parcel, struct request *r)
{
    struct pairs_walk w = door_pairs(r->body);
    struct slice claim = {0};
    while (claim.n == 0 && door_next(&w)) { /* names do not repeat */
        if (!slice_is(w.name, "source") || reader_peek(&w.r) == PACK_NIL)
            reader_skip(&w.r);
        else if ((claim = reader_str(&w.r)).n == 0) /* empty, or no string */
            return E_SOURCE;
    }
    if (!parcel->claims &&
        (parcel->identity.n == 0 || (claim.n > 0 && !slice_same(claim, parcel->identity)))) {
        r->source = parcel->identity;
        return E_SOURCE;
    }
    r->source = parcel->claims ? claim : parcel->identity;
    if (slice_is(r->source, OWN_SOURCE)) /* siagad's own name */
        return E_SOURCE;
    return r->source.n == 0 || key_source_valid(r->source) ? V_DONE : E_SOURCE;
}

static int check_frame(const struct parcel *parcel, struct request *r)
{
    struct frame frame;
    if (parcel->frames != 1 || !frame_read(parcel->bytes.p, parcel->bytes.n, &frame))
        return E_PARSE;
    r->to.rid = frame.rid;
    r->verb = frame.code;
    if (frame.version != FRAME_VERSION)
        return E_VERSION;
    if (frame.code >= VERBS_COUNT || SERVE[frame.code] == NULL)
        return E_VERB;
    r->body = (struct slice){parcel->bytes.p + FRAME_BYTES, parcel->bytes.n - FRAME_BYTES};
    return parcel->bytes.n > FRAME_MAX_BYTES || r->body.n > VERBS[frame.code].most_bytes ? E_TOO_BIG
                                                                                         : V_DONE;
}

/* A key that was taken back, or a name that went to another key: the connection ends here, whoever
 * has not been cut yet. */
static bool still_welcome(struct door *d, const struct parcel *parcel, struct slice source)
{
    char there[LINK_PEER_BYTES];
    if (!parcel->claims && !access_holds(d->city, source, parcel->key, clock_now(d->clock))) {
        refused_note(d->refused, clock_now(d->clock), source, 0, E_SOURCE, NULL);
        d->counters->at[COUNT_DENIED]++;
        d->cut(d->self, &parcel->from);
        return false;
    }
    struct slice name = parcel->claims ? (struct slice){0} : source;
    if (links_note(d->links, parcel, name, clock_mono(d->clock), there))
        access_two_places(d, source, parcel->peer, there);
    return true;
}

/* The POC's emergencies are never asked; an importer brings what others have gathered. */
static bool over_rate(struct door *d, const struct parcel *parcel, const struct request *r)
{
    bool poc = r->who.role == ROLE_OPERATOR && r->verb == VERB_SUBMIT && !submit_is_bulk(parcel);
    if (poc ||
        gate_message(d->gate, r->source, r->who.quota.messages_per_s, clock_mono(d->clock)) == 0)
        return false;
    d->counters->at[COUNT_SHED]++;
    return true;
}

/* The control "role": what a message says of itself is believed. */
static void believe(struct request *r)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        bool text = slice_is(w.name, "role") && reader_peek(&w.r) == PACK_STR;
        uint8_t role = text ? words_find(WORDS_ROLE, reader_str(&w.r)) : 0;
        if (!text)
            reader_skip(&w.r);
        else if (role != 0)
            r->who.role = role;
    }
}

void door_take(struct door *d, const struct parcel *parcel)
{
    struct request r = {.to.address = parcel->from,
                        .local = slice_is(parcel->peer, "local"),
                        .source = parcel->identity};
    d->counters->at[COUNT_MESSAGES]++;
    arena_reset(&d->arena);
    int verdict = check_frame(parcel, &r);
    if (verdict != V_DONE) {
        unreadable(d, &r, verdict, parcel->frames != 1 ? "not one frame" : "header");
        return;
    }
    enum pack_scan scan = pack_scan(r.body.p, r.body.n);
    if (scan != PACK_FINE && !control("scan")) {
        unreadable(d, &r, E_PARSE, pack_scan_name(scan));
        return;
    }
    verdict = find_source(parcel, &r);
    if (verdict == V_DONE && !still_welcome(d, parcel, r.source))
        return;
    city_person(d->city, r.source, &r.who);
    if (control("role"))
        believe(&r);
    if (verdict == V_DONE && !(VERBS[r.verb].roles >> r.who.role & 1))
        verdict = E_ROLE;
    if (verdict == V_DONE && over_rate(d, parcel, &r))
        verdict = E_RATE;
    if (verdict != V_DONE)
        door_refuse(d, &r, verdict, NULL);
    else
        SERVE[r.verb](d, &r);
}

void door_busy(struct door *d, const struct parcel *parcel)
{
    struct request r = {.to.address = parcel->from, .source = parcel->identity};
    d->counters->at[COUNT_MESSAGES]++;
    check_frame(parcel, &r);
    door_refuse(d, &r, E_BUSY, NULL);
}

/* ---- reading the pairs of a request ---- */

struct pairs_walk door_pairs(struct slice body)
{
    struct pairs_walk w = {.r = reader_over(body.p, body.n)};
    w.left = reader_map(&w.r);
    return w;
}

bool door_next(struct pairs_walk *w)
{
    if (w->left == 0 || w->r.err != 0)
        return false;
    w->left--;
    w->name = reader_str(&w->r);
    return w->r.err == 0;
}

static void fault_at(struct pairs_walk *w, struct faults *faults, int verdict, int64_t limit,
                     struct slice seen)
{
    char field[33];
    text_clean(w->name, field, sizeof field);
    faults_add(faults, verdict, field, limit, seen);
}

bool door_text(struct pairs_walk *w, struct slice *ret_text, struct faults *faults, uint32_t most)
{
    if (reader_peek(&w->r) == PACK_NIL) {
        reader_nil(&w->r);
        return false;
    }
    if (reader_peek(&w->r) != PACK_STR) {
        reader_skip(&w->r);
        fault_at(w, faults, E_FIELD, 0, (struct slice){0});
        return false;
    }
    struct slice text = reader_str(&w->r);
    enum text_state state = text_check(text, most > 64);
    if (state != TEXT_FINE || text.n > most) {
        fault_at(w, faults, state != TEXT_FINE ? E_TEXT : E_LIMIT, most, text);
        return false;
    }
    *ret_text = text;
    return true;
}

bool door_uint(struct pairs_walk *w, uint64_t *ret_value, struct faults *faults)
{
    if (reader_peek(&w->r) == PACK_UINT) {
        *ret_value = reader_uint(&w->r);
        return true;
    }
    if (reader_peek(&w->r) != PACK_NIL)
        fault_at(w, faults, E_FIELD, 0, (struct slice){0});
    reader_skip(&w->r);
    return false;
}

bool door_flag(struct pairs_walk *w, bool *ret_value, struct faults *faults)
{
    if (reader_peek(&w->r) == PACK_BOOL) {
        *ret_value = reader_bool(&w->r);
        return true;
    }
    if (reader_peek(&w->r) != PACK_NIL)
        fault_at(w, faults, E_FIELD, 0, (struct slice){0});
    reader_skip(&w->r);
    return false;
}

bool door_time(struct pairs_walk *w, int64_t *ret_us, struct faults *faults)
{
    struct slice text = {0};
    if (!door_text(w, &text, faults, 64))
        return false;
    if (stamp_parse(text, ret_us))
        return true;
    fault_at(w, faults, E_FIELD, 0, text);
    return false;
}

bool door_ticket(struct pairs_walk *w, struct ticket *ret_ticket, struct faults *faults)
{
    struct slice text = {0};
    if (!door_text(w, &text, faults, 32))
        return false;
    if (ticket_read(text, ret_ticket) == TICKET_FINE)
        return true;
    fault_at(w, faults, E_REF, 0, text);
    return false;
}

void door_unknown(struct pairs_walk *w, struct faults *faults)
{
    reader_skip(&w->r);
    fault_at(w, faults, E_FIELD, 0, w->name);
}

void door_sight(const struct request *r, struct filter *f, struct arena *arena)
{
    f->entries = rights_entries(r->who.role);
    f->public_only = rights_public_only(r->who.role);
    if (!rights_own_only(r->who.role))
        return;
    f->own = arena_copy(arena, r->who.skpd, strlen(r->who.skpd));
    if (r->who.role == ROLE_FIELD) /* who gave no name sent nothing */
        f->sender = r->source.n > 0 ? arena_copy(arena, r->source.p, r->source.n) : SLICE_LIT("?");
}

/* A name the city does not have would silently match nothing. */
void door_known_only(struct door *d, const struct filter *f, struct faults *faults)
{
    for (unsigned i = 0; i < f->skpd_n; i++)
        if (city_skpd(d->city, f->skpd[i]) == NULL)
            faults_add(faults, E_CATEGORY, "skpd", 0, f->skpd[i]);
    for (unsigned i = 0; i < f->kecamatan_n; i++)
        if (!city_kecamatan(d->city, f->kecamatan[i]))
            faults_add(faults, E_FIELD, "kecamatan", 0, f->kecamatan[i]);
}
