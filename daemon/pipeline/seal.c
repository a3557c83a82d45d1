/* The digest that tells the same content from another, the salt of the texts, and the bytes of the
 * entry. The digest is taken of what the client sent, before the city's files add or drop anything:
 * a repeat is the same content also when a category has been retired meanwhile. */
#include <sodium.h>

#include "daemon/persons/persons.h"
#include "house.h"

static void take_salt(struct pipeline *p, uint8_t out[ENTRY_DIGEST_BYTES])
{
    if (p->salt_used + ENTRY_DIGEST_BYTES > SALT_POOL_BYTES) {
        randombytes_buf(p->salt_pool, SALT_POOL_BYTES);
        p->salt_used = 0;
    }
    memcpy(out, p->salt_pool + p->salt_used, ENTRY_DIGEST_BYTES);
    p->salt_used += ENTRY_DIGEST_BYTES;
}

static void feed_hash(void *state, const void *bytes, size_t n)
{
    crypto_generichash_update(state, bytes, n);
}

static void hash_slice(crypto_generichash_state *s, struct slice text)
{
    crypto_generichash_update(s, (const uint8_t *)&text.n, sizeof text.n);
    crypto_generichash_update(s, (const uint8_t *)text.p, text.n);
}

static void hash_move(crypto_generichash_state *s, const struct entry *e,
                      const struct entry_words *w)
{
    const uint8_t bytes[] = {e->what,        e->to,      e->call_class, e->outcome,
                             e->ticket.kind, e->act,     e->level,      e->milestone,
                             e->stars,       e->choices, e->into.kind,  e->timer};
    const uint32_t numbers[] = {e->ticket.day, e->ticket.counter, e->version,
                                e->into.day,   e->into.counter,   e->attempt};
    crypto_generichash_update(s, bytes, sizeof bytes);
    crypto_generichash_update(s, (const uint8_t *)numbers, sizeof numbers);
    crypto_generichash_update(s, (const uint8_t *)&e->case_seq, sizeof e->case_seq);
    crypto_generichash_update(s, (const uint8_t *)&e->claimed_us, sizeof e->claimed_us);
    hash_slice(s, e->task);
    hash_slice(s, e->parts[0].skpd);
    hash_slice(s, w->proof);
    hash_slice(s, w->reason);
    hash_slice(s, w->note);
    hash_slice(s, w->text);
    for (unsigned i = 0; i < w->said_n; i++)
        hash_slice(s, w->said[i].value);
}

int digest_stage(struct pipeline *p, struct proposal *proposal)
{
    struct entry *e = &proposal->entry;
    crypto_generichash_state s;
    crypto_generichash_init(&s, p->parts.identity->digest_key, IDENTITY_KEY_BYTES,
                            ENTRY_DIGEST_BYTES);
    if (proposal->event != NULL)
        event_content(proposal->event, feed_hash, &s);
    else
        hash_move(&s, e, &proposal->words);
    crypto_generichash_final(&s, e->digest, ENTRY_DIGEST_BYTES);
    return V_DONE;
}

/* Random name and key; the record itself travels beside the entry, to be written before it. */
static void seal_person(struct pipeline *p, struct entry *e, const struct person *who,
                        struct arena *arena)
{
    struct person_sealed *sealed = arena_alloc(arena, sizeof *sealed);
    persons_seal(who, p->parts.identity->digest_key, arena, sealed);
    e->has_person = true;
    memcpy(e->person, sealed->id, sizeof e->person);
    e->sealed = sealed;
}

int seal_stage(struct pipeline *p, struct proposal *proposal)
{
    struct entry *e = &proposal->entry;
    struct arena *arena = &proposal->errand->batch->arena;
    take_salt(p, e->salt);
    if (proposal->event != NULL && proposal->event->person != NULL)
        seal_person(p, e, proposal->event->person, arena);
    if (proposal->event != NULL)
        entry_seal_event(e, proposal->event, &proposal->promise, arena);
    else
        entry_seal_change(e, &proposal->words, arena);
    return V_DONE;
}
