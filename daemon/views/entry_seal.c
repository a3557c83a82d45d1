#include <sodium.h>

#include "entry.h"
#include "proto/pairs.h"
#include "row_layout.h"

/* Room for what the seal adds to the fields of an event: names, times, helpers, inner array. */
#define SEAL_ROOM 2048u

static void pack_parts(struct writer *w, const struct entry *e)
{
    writer_array(w, ENTRY_PART_ITEMS * e->parts_n);
    for (unsigned i = 0; i < e->parts_n; i++) {
        const struct entry_part *p = &e->parts[i];
        writer_str(w, p->skpd);
        writer_int(w, p->ack_due);
        writer_int(w, p->resolve_due);
        writer_int(w, p->silence_at);
        writer_str(w, p->ack_target);
        writer_str(w, p->resolve_target);
        writer_uint(w, p->judge);
        writer_uint(w, (p->working ? 1u : 0u) | (p->outside ? 2u : 0u));
    }
}

static void pack_change(struct writer *w, const struct entry *e)
{
    if (e->what == ENTRY_EVENT) {
        writer_nil(w);
        return;
    }
    writer_array(w, ENTRY_CHANGE_ITEMS);
    writer_str(w, e->own);
    writer_str(w, e->task);
    writer_str(w, e->secretariat);
    writer_uint(w, e->into.kind);
    writer_uint(w, e->into.day);
    writer_uint(w, e->into.counter);
    writer_uint(w, e->timer);
    writer_int(w, e->timer_at);
    writer_int(w, e->until_us);
    writer_int(w, e->claimed_us);
    writer_uint(w, e->attempt);
    const uint8_t small[] = {e->attempts_max, e->level, e->milestone,
                             e->outcome,      e->stars, e->choices};
    for (size_t i = 0; i < sizeof small; i++)
        writer_uint(w, small[i]);
}

static void seal_inner(struct entry *e, struct arena *arena)
{
    struct writer w;
    writer_init(&w, arena_open(arena, SEAL_ROOM), SEAL_ROOM);
    writer_array(&w, ENTRY_INNER_ITEMS);
    writer_str(&w, e->node);
    writer_uint(&w, e->boot);
    writer_uint(&w, e->role);
    writer_int(&w, e->at_us);
    writer_bin(&w, e->digest, sizeof e->digest);
    writer_str(&w, e->owner);
    writer_str(&w, e->desk);
    writer_uint(&w, e->flags);
    writer_uint(&w, e->version);
    writer_array(&w, 3u * e->refs_n);
    for (unsigned i = 0; i < e->refs_n; i++) {
        writer_uint(&w, e->refs[i].kind);
        writer_uint(&w, e->refs[i].day);
        writer_uint(&w, e->refs[i].counter);
    }
    writer_uint(&w, e->visibility);
    writer_int(&w, e->public_at);
    if (e->has_person)
        writer_bin(&w, e->person, sizeof e->person);
    else
        writer_nil(&w);
    pack_parts(&w, e);
    pack_change(&w, e);
    e->inner = arena_close(arena, w.n);
}

static uint32_t pair_clock(struct writer *w, const struct entry_part *p)
{
    uint32_t pairs =
        pair_time(w, "ack_due", p->ack_due) + pair_time(w, "resolve_due", p->resolve_due);
    if (p->resolve_due != 0)
        pairs += pair_text(w, "clock", p->working ? "working" : "calendar");
    pairs += pair_str(w, "ack_target", p->ack_target);
    return pairs + pair_str(w, "resolve_target", p->resolve_target);
}

static uint32_t pack_promise(struct writer *w, const struct entry *e, const struct entry_promise *p)
{
    uint32_t pairs = 0;
    if (e->parts_n > 1) {
        writer_text(w, "helpers");
        writer_array(w, e->parts_n - 1u);
        for (unsigned i = 1; i < e->parts_n; i++)
            writer_str(w, e->parts[i].skpd);
        pairs++;
    }
    if (e->parts_n > 0)
        pairs += pair_clock(w, &e->parts[0]);
    return pairs + pair_str(w, "target_date", p->target_date);
}

static uint32_t pair_shown(struct writer *w, const char *name, uint32_t shown, uint32_t whole)
{
    if (shown >= whole)
        return 0;
    writer_text(w, name);
    writer_uint(w, shown);
    return 1;
}

/* The salt lies with the texts and goes with them: what is left of an erased text cannot be guessed
 * at. */
static uint32_t pair_salt(struct writer *w, const struct entry *e)
{
    writer_text(w, "salt");
    writer_bin(w, e->salt, sizeof e->salt);
    return 1;
}

static void seal_texts(struct entry *e, const struct event *event, struct arena *arena)
{
    size_t room = SEAL_ROOM + event->title.n + event->body.n + event->address.n + event->landmark.n;
    struct writer w;
    writer_init(&w, arena_open(arena, room), room);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_salt(&w, e);
    pairs += pair_str(&w, "title", event->title);
    pairs += pair_str(&w, "body", event->body);
    pairs += pair_str(&w, "address", event->address);
    pairs += pair_str(&w, "landmark", event->landmark);
    pairs += pair_shown(&w, "title_shown", event->title_shown, event->title.n);
    pairs += pair_shown(&w, "body_shown", event->body_shown, event->body.n);
    writer_close_map(&w, at, pairs);
    e->texts = arena_close(arena, w.n);
}

/* No less than event_pack() can need: every name and value, and a head of five bytes each. */
static size_t shown_room(const struct event *e)
{
    size_t n = SEAL_ROOM;
    for (unsigned i = 0; i < e->refs_n; i++)
        n += 64 + e->refs[i].id.n;
    for (unsigned i = 0; i < e->tags_n; i++)
        n += 8 + e->tags[i].n;
    for (unsigned i = 0; i < e->extra_n; i++)
        n += 16 + e->extra[i].name.n + e->extra[i].value.n;
    for (unsigned i = 0; i < e->attach_n; i++)
        n += 64 + e->attach[i].sha256.n + e->attach[i].type.n + e->attach[i].name.n;
    return n;
}

void entry_seal_event(struct entry *e, const struct event *event,
                      const struct entry_promise *promise, struct arena *arena)
{
    size_t room = shown_room(event);
    struct writer w;
    writer_init(&w, arena_open(arena, room), room);
    size_t at = writer_open_map(&w);
    uint32_t pairs = event_pack(&w, event, false);
    pairs += pack_promise(&w, e, promise);
    writer_close_map(&w, at, pairs);
    e->shown = arena_close(arena, w.n);
    seal_texts(e, event, arena);
    seal_inner(e, arena);
}

/* What a person did: beside who asked, the words of the act; why and the note are texts. */
static uint32_t pack_move(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    uint32_t pairs = pair_word(w, "outcome", WORDS_OUTCOME, e->outcome);
    pairs += pair_str(w, "proof", words->proof);
    pairs += pair_word(w, "milestone", WORDS_MILESTONE, e->milestone);
    pairs += pair_time(w, "claimed_at", e->claimed_us);
    if (e->into.kind != 0) {
        char ticket[TICKET_BYTES];
        ticket_write(e->into, ticket);
        pairs += pair_text(w, "into", ticket);
    }
    if (e->act == ACT_RATE)
        pairs += pair_bool(w, "done", e->choices & CHOICE_DONE);
    return pairs + pair_uint_if(w, "stars", e->stars);
}

static uint32_t pack_work(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    uint32_t pairs = pair_str(w, "reason", words->reason);
    pairs += pair_uint_if(w, "attempt", e->attempt);
    if (e->act == WORK_TAKE || e->act == WORK_EXTEND)
        pairs += pair_time(w, "lease_until", e->until_us);
    return pairs + (e->act == WORK_LATER ? pair_time(w, "again_at", e->until_us) : 0);
}

static uint32_t pack_alarm(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    (void)words;
    return pair_word(w, "level", WORDS_LEVEL, e->level);
}

static uint32_t pack_clock(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    uint32_t pairs = pair_str(w, "why", words->why) + pair_clock(w, &e->parts[0]);
    pairs += pair_str(w, "target_date", words->target_date);
    pairs += pair_time(w, "ack_due_before", words->ack_due_before);
    return pairs + pair_time(w, "resolve_due_before", words->resolve_due_before);
}

/* Of what is not about the work: why, and what is said besides. */
static uint32_t pack_said(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    (void)e;
    uint32_t pairs = pair_str(w, "reason", words->reason);
    for (unsigned i = 0; i < words->said_n; i++)
        pairs += pair_str(w, words->said[i].name, words->said[i].value);
    return pairs;
}

typedef uint32_t pack_fn(struct writer *, const struct entry *, const struct entry_words *);
static pack_fn *const PACK[ENTRY_COUNT] = {
    [ENTRY_MOVE] = pack_move,   [ENTRY_RECLASS] = pack_move, [ENTRY_WORK] = pack_work,
    [ENTRY_ALARM] = pack_alarm, [ENTRY_CLOCK] = pack_clock,  [ENTRY_HEAD] = pack_said,
    [ENTRY_ACCESS] = pack_said, [ENTRY_READ] = pack_said,    [ENTRY_ERASE] = pack_said,
    [ENTRY_PUBLIC] = pack_said, [ENTRY_HOLD] = pack_said,    [ENTRY_LOST] = pack_said,
    [ENTRY_STORE] = pack_said};

/* What people wrote of a case goes when its texts go. Why a desk failed is counted with; why
 * somebody read or destroyed is the record of it. */
static uint32_t pack_texts(struct writer *w, const struct entry *e, const struct entry_words *words)
{
    uint32_t pairs = pair_salt(w, e) + pair_str(w, "note", words->note);
    if (e->what == ENTRY_MOVE || e->what == ENTRY_RECLASS)
        pairs += pair_str(w, "reason", words->reason);
    return pairs + pair_str(w, "text", words->text);
}

void entry_seal_change(struct entry *e, const struct entry_words *words, struct arena *arena)
{
    size_t room = SEAL_ROOM + words->note.n + words->text.n;
    for (unsigned i = 0; i < words->said_n; i++)
        room += 64 + words->said[i].value.n;
    struct writer w;
    writer_init(&w, arena_open(arena, room), room);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_str(&w, "source", e->source) + pair_str(&w, "key", e->key);
    pairs += pair_word(&w, "role", WORDS_ROLE, e->role);
    pairs += PACK[e->what](&w, e, words);
    writer_close_map(&w, at, pairs);
    e->shown = arena_close(arena, w.n);
    writer_init(&w, arena_open(arena, room), room);
    at = writer_open_map(&w);
    writer_close_map(&w, at, pack_texts(&w, e, words));
    e->texts = arena_close(arena, w.n);
    seal_inner(e, arena);
}
