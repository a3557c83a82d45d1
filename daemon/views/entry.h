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

struct person_sealed; /* daemon/persons */

#define ENTRY_VERSION 3u
#define ENTRY_HASH_BYTES 32u
#define ENTRY_DIGEST_BYTES 16u
#define ENTRY_PERSON_BYTES 16u
#define ENTRY_SAID_MAX 8u       /* pairs of an entry that is no event, besides its words */
#define ENTRY_PARTS_MAX 9u      /* the owner and eight supporting SKPD */
#define ENTRY_MAX_BYTES 131072u /* a row; the body of a message is at most 65,536 */

/* What one SKPD was promised for its part of a case; times in us UTC, 0: none. */
struct entry_part {
    struct slice skpd;
    int64_t ack_due, resolve_due;
    int64_t silence_at;                      /* nobody took it: the POC is told */
    struct slice ack_target, resolve_target; /* as the city wrote them: "1m", "15m on_scene" */
    uint8_t judge; /* enum milestone that ends the resolve clock; 0: the resolution */
    bool working, outside;
};

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
    struct slice desk;   /* the POC: holds what nobody else owns */
    struct slice kecamatan;
    uint8_t visibility;                 /* enum visibility */
    int64_t public_at;                  /* when the public may hear of it; 0: only by Humas */
    bool has_person;                    /* somebody reported it: */
    uint8_t person[ENTRY_PERSON_BYTES]; /* points to the record kept apart */
    const struct person_sealed *sealed; /* that record, on its way to the disk; in no row */
    struct ticket refs[EVENT_REFS_MAX]; /* tickets it refers to, to be found in the views */
    uint8_t refs_n;

    /* an event: its parts, the owner's first; a clock: the part with its new times; a move with a
     * target: the part to be */
    struct entry_part parts[ENTRY_PARTS_MAX];
    uint8_t parts_n;

    /* all but an event */
    uint8_t act;       /* enum act, work_act, alarm, publicity, access, erasure, hold, by `what` */
    struct slice own;  /* a handler's SKPD, whose parts alone it may touch; "" for others */
    struct slice task; /* the SKPD whose part is meant; "": the handler's own, else the owner's */
    struct slice secretariat; /* gets every third forward */
    struct slice reason;      /* why a desk failed, as in the shown map; a person's is a text */
    struct ticket into;       /* merge; lost: no ticket up to this is free; kind 0: none */
    uint8_t timer;            /* enum case_timer that caused it; 0: a person did */
    int64_t timer_at;         /* the due time of that timer */
    int64_t until_us; /* lease, back-off, cap of a wait, end of the silence, next alarm: by `act` */
    int64_t claimed_us;                                /* milestone */
    uint32_t attempt;                                  /* work: which lease is meant; 0: any */
    uint8_t attempts_max;                              /* work: failures that make it dead */
    uint8_t level, milestone, outcome, stars, choices; /* choices: mask of enum entry_choice */
    uint64_t case_seq;                                 /* 0: by ticket */
    struct ticket ticket;                              /* kind 0: by case_seq */
    uint32_t version;                                  /* the version it was made against; 0: any */
    uint8_t to;                                        /* enum state wanted, when no act is named */

    /* what the row carries on, msgpack: a fixed-order array, a map to show, a map of erasable texts
     */
    struct slice inner, shown, texts;
};

enum entry_choice {
    CHOICE_DONE = 1,
    CHOICE_CORRECT = 2,
    CHOICE_PROOF = 4,
    CHOICE_DRILL = 8
}; /* drill: who asks only exercises */

enum fact_bit {
    FACT_DEAD = 1,      /* an item failed for the last time */
    FACT_BY_RULE = 2,   /* the owner is not the one asked for */
    FACT_SECRET = 4,    /* the case is */
    FACT_ANONYMOUS = 8, /* its reporter is not to be known to those who work on it */
    FACT_PUBLIC = 16,   /* the public hears of this entry */
    FACT_PERSON = 32    /* a reporter's data is kept apart */
};

/* What apply made of an entry. */
struct facts {
    uint64_t seq, case_seq;
    int64_t at_us;                         /* never less than that of the entry before */
    uint32_t version, flags, day, counter; /* day and counter: of the case's ticket */
    uint8_t what, kind, severity, state, mode, call_class, from; /* from: the state before */
    uint8_t act;                                                 /* as in the entry, by `what` */
    uint8_t part, part_from, part_state; /* the part meant: its place, and its states */
    uint8_t bits;                        /* mask of enum fact_bit */
    struct slice owner, kecamatan;
    struct slice before;            /* the owner before, when it changed */
    struct slice task;              /* SKPD of the part meant; of an event "" */
    struct slice helpers;           /* supporting SKPD with a part, joined by commas */
    struct slice reporter;          /* the source whose event opened the case */
    uint8_t hash[ENTRY_HASH_BYTES]; /* of the chain, this entry included */
};

/* Writes inner, shown and texts from what is known. `event` for an event, else NULL; note may be
 * empty. */
struct entry_pair {
    const char *name;
    struct slice value;
};
struct entry_words { /* what all but an event say besides */
    struct slice reason, note, proof, why;
    struct slice text; /* for the public */
    struct entry_pair said[ENTRY_SAID_MAX];
    unsigned said_n;
    int64_t ack_due_before, resolve_due_before; /* a clock */
    struct slice target_date;                   /* of a target looked up for it */
};
struct entry_promise { /* what routing noted beside the parts */
    struct slice target_date;
};
void entry_seal_event(struct entry *e, const struct event *event,
                      const struct entry_promise *promise, struct arena *arena);
void entry_seal_change(struct entry *e, const struct entry_words *words,
                       struct arena *arena); /* all but an event */

/* The texts map with each text replaced by its salted digest and without the salt: an erased text.
 * The chain is the same before and after. */
struct slice entry_erased_texts(const struct entry *e, struct arena *arena);

/* The chain: hash of the hash before, the number, the facts and the entry, in which each text
 * stands only as its salted digest. Sets facts->hash. */
void entry_chain(const uint8_t before[ENTRY_HASH_BYTES], const struct entry *e, struct facts *f);

size_t entry_row_size(const struct entry *e, const struct facts *f);
void entry_row_write(uint8_t *out, const struct entry *e,
                     const struct facts *f);              /* entry_row_size() bytes */
void entry_row_sum(uint64_t seq, uint8_t *row, size_t n); /* writes the checksum that fits */

/* Lets the names of the facts point into the row that was written from them. */
void entry_facts_into(struct facts *f, struct slice row);

enum entry_read { ENTRY_FINE, ENTRY_CUT, ENTRY_BAD_CRC, ENTRY_OTHER_VERSION, ENTRY_BAD_BODY };
const char *entry_read_name(enum entry_read r);

/* Reads a row back; slices point into it. entry may be NULL when only the facts are wanted (then
 * the body is not parsed). */
enum entry_read entry_row_read(uint64_t seq, struct slice row, struct facts *ret_facts,
                               struct entry *ret_entry);
/* The same for whoever only tells of it: of the entry there are the shown map, the texts, source,
 * key and reason, and not what its inner part says. */
enum entry_read entry_row_told(uint64_t seq, struct slice row, struct facts *ret_facts,
                               struct entry *ret_entry);
/* The second half of it, for whoever looked at the facts alone first (entry NULL) and found the row
 * sound. */
enum entry_read entry_row_rest(struct slice row, const struct facts *f, struct entry *ret_entry);

#endif
