/* entry: what stands in the journal, and the row it becomes.
 *
 * An entry is what somebody asked for, complete: whatever the configuration or the clock decided is
 * already written into it. Applying it (views.h) gives the facts; entry and facts together are the
 * row. The row's layout, with a worked byte dump: docs/STORAGE.md. A row of an unknown version
 * stops the node, it is never skipped.
 */
#ifndef SIAGA_VIEWS_ENTRY_H
#define SIAGA_VIEWS_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/arena.h"
#include "proto/event.h"
#include "proto/key.h"
#include "proto/slice.h"
#include "proto/words.h"

#define ENTRY_VERSION 1u
#define ENTRY_HASH_BYTES 32u
#define ENTRY_DIGEST_BYTES 16u
#define ENTRY_MAX_BYTES 131072u /* a row; the body of a message is at most 65,536 */

struct entry {
    uint8_t what;     /* enum entry_kind */
    uint8_t role;     /* enum role of who asked */
    int unless_known; /* a verdict: refuse with it, unless the key is known and its content the
                         same; 0: take it. Never stored: such an entry is answered from the one it
                         repeats, or not at all */
    uint32_t boot;
    int64_t at_us; /* wall clock of the node that took it in */
    struct slice node, source, key;
    uint8_t digest[ENTRY_DIGEST_BYTES]; /* keyed digest of the content */
    uint8_t salt[ENTRY_DIGEST_BYTES];   /* of the digests of its texts */

    /* an event */
    uint8_t kind, severity, mode, call_class;
    uint32_t flags, day; /* day: local, since 1970 */
    struct slice owner;  /* whom the routing chose */
    struct slice desk; /* the POC: holds what must not reach an SKPD. Of a handler's move: its SKPD,
                          whose cases alone it may move */
    struct slice kecamatan;
    struct ticket refs[EVENT_REFS_MAX]; /* tickets it refers to, to be found in the views */
    uint8_t refs_n;

    /* a move or a reclass */
    uint64_t case_seq;    /* 0: by ticket */
    struct ticket ticket; /* kind 0: by case_seq */
    uint32_t version;     /* the version it was made against; 0: any */
    uint8_t to;           /* enum state */

    /* what the row carries on, msgpack: a fixed-order array, a map to show, a map of erasable texts
     */
    struct slice inner, shown, texts;
};

/* What apply made of an entry. */
struct facts {
    uint64_t seq, case_seq;
    int64_t at_us;                         /* never less than that of the entry before */
    uint32_t version, flags, day, counter; /* day and counter: of the case's ticket */
    uint8_t what, kind, severity, state, mode, call_class, from; /* from: the state before */
    struct slice owner, kecamatan;
    uint8_t hash[ENTRY_HASH_BYTES]; /* of the chain, this entry included */
};

/* Writes inner, shown and texts from what is known. `event` for an event, else NULL; note may be
 * empty. */
struct entry_words { /* what a move says besides its state */
    struct slice reason, note;
    uint8_t outcome;
};
struct entry_promise { /* what routing wrote into an event */
    const char *helpers[8];
    unsigned helpers_n;
    int64_t ack_due, resolve_due;
    bool working;
};
void entry_seal_event(struct entry *e, const struct event *event,
                      const struct entry_promise *promise, struct arena *arena);
void entry_seal_move(struct entry *e, const struct entry_words *words, struct arena *arena);

/* The chain: hash of the hash before, the number, the facts and the entry, in which each text
 * stands only as its salted digest. Sets facts->hash. */
void entry_chain(const uint8_t before[ENTRY_HASH_BYTES], const struct entry *e, struct facts *f);

size_t entry_row_size(const struct entry *e, const struct facts *f);
void entry_row_write(uint8_t *out, const struct entry *e,
                     const struct facts *f); /* entry_row_size() bytes */

/* Lets the names of the facts point into the row that was written from them. */
void entry_facts_into(struct facts *f, struct slice row);

enum entry_read { ENTRY_FINE, ENTRY_CUT, ENTRY_BAD_CRC, ENTRY_OTHER_VERSION, ENTRY_BAD_BODY };
const char *entry_read_name(enum entry_read r);

/* Reads a row back; slices point into it. entry may be NULL when only the facts are wanted (then
 * the body is not parsed). */
enum entry_read entry_row_read(uint64_t seq, struct slice row, struct facts *ret_facts,
                               struct entry *ret_entry);

#endif
