#include "entries.h"

#include <sodium.h>
#include <stdio.h>

#include "proto/stamp.h"

static struct slice keep(struct arena *a, const char *text, const char *otherwise)
{
    text = text != NULL ? text : otherwise;
    return arena_copy(a, text, strlen(text));
}

static struct slice some_key(struct arena *a, const struct wish *w)
{
    static unsigned made;
    return w->key != NULL ? keep(a, w->key, "") : arena_printf(a, "made-%u", ++made);
}

static void digest(struct entry *e, const struct wish *w)
{
    crypto_generichash_state s;
    const uint8_t numbers[] = {e->what, w->act, w->to, w->call_class, (uint8_t)w->version};
    crypto_generichash_init(&s, NULL, 0, sizeof e->digest);
    crypto_generichash_update(&s, numbers, sizeof numbers);
    if (w->title != NULL)
        crypto_generichash_update(&s, (const uint8_t *)w->title, strlen(w->title));
    crypto_generichash_final(&s, e->digest, sizeof e->digest);
    crypto_generichash(e->salt, sizeof e->salt, (const uint8_t *)e->key.p, e->key.n, NULL, 0);
}

static struct entry *start(struct arena *a, const struct wish *w, uint8_t what)
{
    struct entry *e = arena_alloc(a, sizeof *e);
    e->what = what;
    e->role = w->role != 0 ? w->role : ROLE_OPERATOR;
    e->boot = 1;
    e->at_us = w->at_us != 0 ? w->at_us : ENTRIES_AT;
    e->node = keep(a, NULL, "node-1");
    e->source = keep(a, w->source, "meja-1");
    e->key = some_key(a, w);
    e->desk = keep(a, w->desk, "poc");
    digest(e, w);
    return e;
}

static void add_part(struct arena *a, struct entry *e, const struct wish *w, const char *skpd)
{
    struct entry_part *p = &e->parts[e->parts_n++];
    *p = (struct entry_part){.skpd = keep(a, skpd, ""),
                             .ack_due = w->ack_due,
                             .resolve_due = w->resolve_due,
                             .silence_at = w->silence_at,
                             .judge = w->judge,
                             .outside = w->outside && e->parts_n == 1};
    if (p->ack_due == 0 && e->what == ENTRY_EVENT)
        p->ack_due = e->at_us + STAMP_MINUTE;
    p->ack_target = keep(a, p->ack_due != 0 ? w->ack_target : "", "1m");
    p->resolve_target = keep(a, p->resolve_due != 0 ? w->resolve_target : "", "4h");
}

struct entry *entries_event(struct arena *a, const struct wish *w)
{
    struct entry *e = start(a, w, ENTRY_EVENT);
    struct entry_promise promise = {.target_date = {0}};
    struct event event = {.kind = w->kind != 0 ? w->kind : KIND_EMERGENCY,
                          .severity = w->severity != 0 ? w->severity : SEVERITY_SEVERE,
                          .call_class = w->call_class != 0 ? w->call_class : CALL_CLASS_REAL,
                          .mode = w->mode != 0 ? w->mode : MODE_ACTUAL,
                          .people_harmed = EVENT_PEOPLE_UNKNOWN,
                          .people_at_risk = EVENT_PEOPLE_UNKNOWN,
                          .subkind = w->subkind,
                          .category = keep(a, w->category, ""),
                          .source = e->source,
                          .key = e->key,
                          .title = keep(a, w->title, "Asap di pasar"),
                          .body = keep(a, w->body, ""),
                          .kelurahan = keep(a, w->kelurahan, ""),
                          .has_point = w->has_point,
                          .lat = w->lat_e7,
                          .lon = w->lon_e7,
                          .visibility = w->visibility};
    event.title_shown = event.title.n;
    event.body_shown = event.body.n;
    e->kind = event.kind;
    e->severity = event.severity;
    e->call_class = event.call_class;
    e->mode = event.mode;
    e->visibility = w->visibility;
    e->flags = w->flags;
    e->day = w->day != 0 ? w->day : stamp_day(e->at_us, 7 * 3600);
    e->owner = keep(a, w->owner, "damkar");
    e->kecamatan = keep(a, w->kecamatan, "");
    add_part(a, e, w, w->owner != NULL ? w->owner : "damkar");
    for (unsigned i = 0; i < ENTRIES_HELPERS && w->helpers[i] != NULL; i++)
        add_part(a, e, w, w->helpers[i]);
    if (w->ref.kind != 0)
        e->refs[e->refs_n++] = w->ref;
    entry_seal_event(e, &event, &promise, a);
    return e;
}

static void take_numbers(struct entry *e, const struct wish *w)
{
    e->case_seq = w->of;
    e->ticket = w->ticket;
    e->version = w->version;
    e->act = w->act;
    e->to = w->to;
    e->call_class = w->call_class;
    e->outcome = w->outcome;
    e->into = w->into;
    e->timer = w->timer;
    e->timer_at = w->timer_at;
    e->until_us = w->until_us;
    e->claimed_us = w->claimed_us;
    e->attempt = w->attempt;
    e->attempts_max = w->attempts_max;
    e->level = w->level;
    e->milestone = w->milestone;
    e->stars = w->stars;
    e->choices = w->choices;
}

struct entry *entries_change(struct arena *a, const struct wish *w, uint8_t what)
{
    struct entry *e = start(a, w, what);
    struct entry_words words = {.reason = keep(a, w->reason, ""), .note = keep(a, w->note, "")};
    take_numbers(e, w);
    e->reason = words.reason;
    e->own = keep(a, w->own, "");
    e->task = keep(a, w->task, "");
    e->secretariat = keep(a, w->secretariat, "setda");
    if (what == ENTRY_CLOCK || w->target != NULL)
        add_part(a, e, w, what == ENTRY_CLOCK ? w->task : w->target);
    entry_seal_change(e, &words, a);
    return e;
}

struct entry *entries_copy(struct arena *a, const struct entry *e)
{
    struct entry *copy = arena_alloc(a, sizeof *copy);
    *copy = *e;
    struct slice *const slices[] = {
        &copy->node,  &copy->source, &copy->key,         &copy->owner,  &copy->desk,
        &copy->own,   &copy->task,   &copy->secretariat, &copy->reason, &copy->kecamatan,
        &copy->inner, &copy->shown,  &copy->texts};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++)
        *slices[i] = arena_copy(a, slices[i]->p, slices[i]->n);
    for (unsigned i = 0; i < copy->parts_n; i++) {
        struct entry_part *p = &copy->parts[i];
        p->skpd = arena_copy(a, p->skpd.p, p->skpd.n);
        p->ack_target = arena_copy(a, p->ack_target.p, p->ack_target.n);
        p->resolve_target = arena_copy(a, p->resolve_target.p, p->resolve_target.n);
    }
    return copy;
}
