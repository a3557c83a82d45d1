#include <sodium.h>

#include "entry.h"
#include "proto/pairs.h"
#include "row_layout.h"

/* Room for what the seal adds to the fields of an event: names, times, helpers, inner array. */
#define SEAL_ROOM 2048u

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
    e->inner = arena_close(arena, w.n);
}

static uint32_t pack_promise(struct writer *w, const struct entry_promise *p)
{
    uint32_t pairs = 0;
    if (p->helpers_n > 0) {
        writer_text(w, "helpers");
        writer_array(w, p->helpers_n);
        for (unsigned i = 0; i < p->helpers_n; i++)
            writer_text(w, p->helpers[i]);
        pairs++;
    }
    pairs += pair_time(w, "ack_due", p->ack_due);
    pairs += pair_time(w, "resolve_due", p->resolve_due);
    if (p->resolve_due != 0)
        pairs += pair_text(w, "clock", p->working ? "working" : "calendar");
    return pairs;
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
    pairs += pack_promise(&w, promise);
    writer_close_map(&w, at, pairs);
    e->shown = arena_close(arena, w.n);
    seal_texts(e, event, arena);
    seal_inner(e, arena);
}

void entry_seal_move(struct entry *e, const struct entry_words *words, struct arena *arena)
{
    size_t room = SEAL_ROOM + words->note.n;
    struct writer w;
    writer_init(&w, arena_open(arena, room), room);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_str(&w, "source", e->source) + pair_str(&w, "key", e->key);
    pairs += pair_word(&w, "role", WORDS_ROLE, e->role);
    pairs += pair_str(&w, "reason", words->reason);
    pairs += pair_word(&w, "outcome", WORDS_OUTCOME, words->outcome);
    writer_close_map(&w, at, pairs);
    e->shown = arena_close(arena, w.n);
    writer_init(&w, arena_open(arena, room), room);
    at = writer_open_map(&w);
    pairs = pair_salt(&w, e);
    pairs += pair_str(&w, "note", words->note);
    writer_close_map(&w, at, pairs);
    e->texts = arena_close(arena, w.n);
    seal_inner(e, arena);
}
