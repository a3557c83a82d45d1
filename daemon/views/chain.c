#include "chain.h"

#include <sodium.h>
#include <stdio.h>

#include "rows.h"

#define SEARCHED 4096u /* how far away a moved entry is looked for, either way */

static const char *const WORDS[CHAIN_STATES][2] = {
    [CHAIN_FINE] = {"utuh", "all well"},
    [CHAIN_MORE] = {"utuh sejauh ini", "all well so far"},
    [CHAIN_ALTERED] = {"diubah", "altered"},
    [CHAIN_MISSING] = {"hilang", "missing"},
    [CHAIN_REORDERED] = {"dipindahkan", "reordered"},
    [CHAIN_HEAD] = {"kepala rantai tidak cocok", "does not fit the signed head"}};

const char *chain_word(enum chain_state s, bool english)
{
    return WORDS[s][english];
}

static bool read_row(struct txn *log, uint64_t seq, struct facts *ret_facts,
                     struct entry *ret_entry)
{
    struct slice row;
    return rows_at(log, seq, &row) && entry_row_read(seq, row, ret_facts, ret_entry) == ENTRY_FINE;
}

bool chain_begin(struct chain *c, struct txn *log, uint64_t from)
{
    struct facts before;
    *c = (struct chain){.next = from > 0 ? from : 1};
    if (c->next == 1)
        return true;
    if (!read_row(log, c->next - 1, &before, NULL))
        return false;
    memcpy(c->hash, before.hash, sizeof c->hash);
    return true;
}

/* Whether what stands at `place` is the entry `seq`, by its hash. */
static bool fits(const struct chain *c, struct txn *log, uint64_t place, uint64_t seq,
                 struct facts *ret_facts, struct entry *ret_entry)
{
    uint8_t stored[ENTRY_HASH_BYTES];
    if (!read_row(log, place, ret_facts, ret_entry))
        return false;
    memcpy(stored, ret_facts->hash, sizeof stored);
    ret_facts->seq = seq;
    entry_chain(c->hash, ret_entry, ret_facts);
    return memcmp(stored, ret_facts->hash, sizeof stored) == 0;
}

/* It does not stand where it should: perhaps it was moved. */
static enum chain_state wrong(struct chain *c, struct txn *log)
{
    struct facts f;
    struct entry e;
    struct slice row;
    uint64_t low = c->next > SEARCHED ? c->next - SEARCHED : 1;
    for (uint64_t at = low; at < c->next + SEARCHED; at++)
        if (at != c->next && fits(c, log, at, c->next, &f, &e)) {
            c->elsewhere = at;
            return CHAIN_REORDERED;
        }
    return rows_at(log, c->next, &row) ? CHAIN_ALTERED : CHAIN_MISSING;
}

static bool same_hash(struct txn *log, const struct head *h)
{
    struct facts f;
    char hex[2 * ENTRY_HASH_BYTES + 1];
    if (!read_row(log, head_upto(h), &f, NULL))
        return false;
    sodium_bin2hex(hex, sizeof hex, f.hash, sizeof f.hash);
    return strcmp(hex, h->hash) == 0;
}

enum chain_state chain_head(struct txn *log, const struct head *h, const char *signer)
{
    return head_verify(h, signer) && same_hash(log, h) ? CHAIN_FINE : CHAIN_HEAD;
}

static enum chain_state step(struct chain *c, struct txn *log)
{
    struct facts f;
    struct entry e;
    struct head h;
    if (!fits(c, log, c->next, c->next, &f, &e) && !c->none)
        return wrong(c, log);
    memcpy(c->hash, f.hash, sizeof c->hash);
    if (e.what == ENTRY_HEAD && !c->none &&
        (!head_of_entry(&e, &h) || chain_head(log, &h, c->signer) != CHAIN_FINE))
        return CHAIN_HEAD;
    c->next++;
    return CHAIN_FINE;
}

enum chain_state chain_walk(struct chain *c, struct txn *log, uint64_t upto, unsigned most)
{
    uint64_t newest = rows_newest(log);
    uint64_t end = upto != 0 && upto < newest ? upto : newest;
    enum chain_state state = CHAIN_FINE;
    for (unsigned i = 0; i < most && c->next <= end && state == CHAIN_FINE; i++)
        state = step(c, log);
    if (state == CHAIN_FINE && c->next <= upto && upto > newest && upto != UINT64_MAX)
        return CHAIN_MISSING;
    return state == CHAIN_FINE && c->next <= end ? CHAIN_MORE : state;
}
