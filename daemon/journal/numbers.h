/* numbers: how far entries and tickets were numbered, remembered outside the store.
 *
 * An older copy of the store, put back, would give the numbers after it a second time. So a file
 * beside the list of erasures says up to where numbers may have been given: written and synced
 * before a number above it is acknowledged, a block ahead, so that a commit seldom pays for it.
 * Called by the journal's thread (apart.c) and, before it runs, by lost.c. One thread at a time.
 *
 * Each store has a file of its own there, so that another that is started in its place takes
 * nothing away. It has two places of 512 bytes that are written in turn; what the power cut
 * in one leaves the other. Its room is set aside when it is made: a full disk does not stop it.
 */
#ifndef SIAGA_JOURNAL_NUMBERS_H
#define SIAGA_JOURNAL_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/clock.h"
#include "identity.h"
#include "proto/key.h"

#define NUMBERS_KINDS 3u
#define NUMBERS_DAYS 2u /* around midnight tickets of two days are given */

struct numbers_known {
    bool any;        /* a file that belongs to this store said so */
    uint32_t boot;   /* the last start it saw */
    uint64_t stored; /* this number was on the disk for certain */
    uint64_t seq;    /* no number above this was given */
    struct ticket tickets[NUMBERS_KINDS][NUMBERS_DAYS]; /* nor a ticket of that day; counter 0 */
};

struct numbers;

/* In the folder of the list of erasures; the identity is read, and outlives it. ERR_CONFIG: the
 * file cannot be made. One that is damaged says nothing. */
int numbers_open(struct numbers **ret, const char *dir, const struct identity *identity,
                 struct err *err);
void numbers_close(struct numbers **n);
const char *numbers_path(const struct numbers *n);
const struct numbers_known *numbers_known(const struct numbers *n);

/* This store goes on from `head`: the file is its own from now on. */
int numbers_begin(struct numbers *n, uint64_t head, struct err *err);

/* What is about to be committed; numbers_cover() then writes, if any of it was not foreseen, and
 * must come before the commit. `head`: the last number on the disk. */
void numbers_entry(struct numbers *n, uint64_t seq);
void numbers_ticket(struct numbers *n, const struct ticket *t);
int numbers_cover(struct numbers *n, uint64_t head, struct clock *clock, struct err *err);

#endif
