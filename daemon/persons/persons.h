/* persons: who reported what, apart from everything else.
 *
 * Keeps: a record for each reporter of each event, sealed under a key of its own, in an environment
 * of its own. An event carries a random name of the record and nothing else. Called by the
 * pipeline (seal), the journal (put, erase), query (open, find). Never writes a log, never shows
 * anything. Erasing destroys the key; what is left of the record says nothing.
 */
#ifndef SIAGA_PERSONS_PERSONS_H
#define SIAGA_PERSONS_PERSONS_H

#include "daemon/store/txn.h"
#include "proto/person.h"

#define PERSONS_ID_BYTES 16u
#define PERSONS_KEY_BYTES 32u
#define PERSONS_FIND_BYTES 16u

/* A record on its way to the disk. */
struct person_sealed {
    uint8_t id[PERSONS_ID_BYTES], key[PERSONS_KEY_BYTES];
    struct slice box; /* nonce and sealed map, in the arena */
    unsigned finds_n;
    struct {
        uint8_t field; /* enum person_field */
        uint8_t hash[PERSONS_FIND_BYTES];
    } finds[3]; /* name, phone, mail: to be found by who knows them */
};

void persons_seal(const struct person *p, const uint8_t find_key[PERSONS_KEY_BYTES],
                  struct arena *a, struct person_sealed *ret); /* random id and key */

/* In transactions of STORE_PERSONS. seq: number of the event. */
void persons_put(struct txn *t, uint64_t seq, const struct person_sealed *s);
enum persons_read { PERSONS_FINE, PERSONS_GONE, PERSONS_DAMAGED };
enum persons_read persons_open(struct txn *t, const uint8_t id[PERSONS_ID_BYTES], struct arena *a,
                               struct person *ret, uint64_t *ret_seq);
/* Whether the record is what was sealed; nobody sees it. */
bool persons_sound(struct txn *t, const uint8_t id[PERSONS_ID_BYTES]);
bool persons_erase(struct txn *t, const uint8_t id[PERSONS_ID_BYTES]); /* false: was gone */

/* Numbers of events whose reporter has this value, rising; at most `most`. */
unsigned persons_find(struct txn *t, uint8_t field, struct slice value,
                      const uint8_t find_key[PERSONS_KEY_BYTES], uint64_t *ret_seqs, unsigned most);
/* Numbers of events with a reporter, after one. */
unsigned persons_page(struct txn *t, uint64_t after, uint64_t *ret_seqs, unsigned most);
/* A record as it lies there, to be carried elsewhere; the slice lives as long as the transaction
 * stays as it is. */
struct persons_record {
    uint64_t seq; /* of the event */
    uint8_t id[PERSONS_ID_BYTES], key[PERSONS_KEY_BYTES];
    struct slice row;
};
#define PERSONS_ROW_MOST 2048u
/* The next one behind that of (seq, id), in the order of events. */
bool persons_next(struct txn *t, uint64_t seq, const uint8_t id[PERSONS_ID_BYTES],
                  struct persons_record *ret);
bool persons_bring(struct txn *t, const struct persons_record *r); /* false: that is none */
/* Drops records of events that never came (after `head`); how many. */
uint64_t persons_sweep(struct txn *t, uint64_t head);

#endif
