#include "chain.h"

#include <sodium.h>
#include <stdio.h>

#include "proto/pack.h"
#include "row_layout.h"
#include "rows.h"

#define SEARCHED 4096u /* how far away a moved entry is looked for, either way */

static const char *const WORDS[CHAIN_STATES][2] = {
    [CHAIN_FINE] = {"utuh", "all well"},
    [CHAIN_MORE] = {"utuh sejauh ini", "all well so far"},
    [CHAIN_ALTERED] = {"diubah", "altered"},
    [CHAIN_MISSING] = {"hilang", "missing"},
    [CHAIN_REORDERED] = {"dipindahkan", "reordered"},
    [CHAIN_HEAD] = {"kepala rantai tidak cocok", "does not fit the signed head"},
    [CHAIN_SIGNER] = {"kepala rantai ditandatangani kunci yang tidak disebut",
                      "a head signed with a key that was not named"}};

const char *chain_word(enum chain_state s, bool english)
{
    return WORDS[s][english];
}

static enum chain_state lost(struct txn *log, uint64_t seq)
{
    struct slice row;
    return rows_at(log, seq, &row) ? CHAIN_ALTERED : CHAIN_MISSING;
}

enum chain_state chain_begin(struct chain *c, struct txn *log, uint64_t from)
{
    struct facts before;
    struct slice row;
    uint64_t newest = rows_newest(log);
    *c = (struct chain){.next = from > 0 ? from : 1};
    if (c->next == 1)
        return CHAIN_FINE;
    if (c->next > newest + 1) {
        c->next = newest + 1;
        return CHAIN_MISSING;
    }
    if (!rows_at(log, c->next - 1, &row) ||
        entry_row_read(c->next - 1, row, &before, NULL) != ENTRY_FINE)
        return lost(log, --c->next);
    memcpy(c->hash, before.hash, sizeof c->hash);
    return CHAIN_FINE;
}

/* ---- one entry ---- */

struct seen {
    struct facts facts;
    struct entry entry;
    bool erased; /* texts of it have left their digests behind */
};

static bool texts_fine(struct seen *s)
{
    struct reader r = reader_over(s->entry.texts.p, s->entry.texts.n);
    bool fine = true;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        bool salt = slice_is(reader_str(&r), "salt");
        if (salt || reader_peek(&r) != PACK_BIN) {
            reader_skip(&r);
            continue;
        }
        fine = fine && reader_bin(&r).n == ENTRY_HASH_BYTES;
        s->erased = true;
    }
    return fine && r.err == 0;
}

/* Whether what stands at `place` is the entry `seq`, by its hash. Of two things the hash knows
 * nothing: the shard, and how long what is left of a text is. */
static bool fits(const struct chain *c, struct txn *log, uint64_t place, uint64_t seq,
                 struct seen *ret)
{
    uint8_t stored[ENTRY_HASH_BYTES];
    struct slice row;
    ret->erased = false;
    if (!rows_at(log, place, &row) ||
        entry_row_read(place, row, &ret->facts, &ret->entry) != ENTRY_FINE ||
        row.p[ROW_SHARD] != 0 || row.p[ROW_SHARD + 1] != 0 || !texts_fine(ret))
        return false;
    memcpy(stored, ret->facts.hash, sizeof stored);
    ret->facts.seq = seq;
    entry_chain(c->hash, &ret->entry, &ret->facts);
    return memcmp(stored, ret->facts.hash, sizeof stored) == 0;
}

/* It does not stand where it should: perhaps it was moved. */
static enum chain_state wrong(struct chain *c, struct txn *log)
{
    struct seen s;
    uint64_t newest = rows_newest(log);
    uint64_t low = c->next > SEARCHED ? c->next - SEARCHED : 1, high = c->next + SEARCHED;
    for (uint64_t at = low; at < high && at <= newest; at++)
        if (at != c->next && fits(c, log, at, c->next, &s)) {
            c->elsewhere = at;
            return CHAIN_REORDERED;
        }
    return lost(log, c->next);
}

static enum chain_state step(struct chain *c, struct txn *log)
{
    struct seen s;
    enum chain_state state = CHAIN_FINE;
    if (c->none) {
        c->next++;
        return CHAIN_FINE;
    }
    if (!fits(c, log, c->next, c->next, &s))
        return wrong(c, log);
    if (s.entry.what == ENTRY_HEAD) {
        c->heads++;
        state =
            head_of_entry(&s.entry, &c->head) ? chain_head(log, &c->head, c->signers) : CHAIN_HEAD;
    }
    if (state != CHAIN_FINE)
        return state;
    c->erased += s.erased;
    memcpy(c->hash, s.facts.hash, sizeof c->hash);
    c->next++;
    return CHAIN_FINE;
}

/* ---- the whole ---- */

enum chain_state chain_walk(struct chain *c, struct txn *log, uint64_t upto, unsigned most)
{
    uint64_t newest = rows_newest(log), wanted = upto != 0 ? upto : c->least;
    uint64_t end = upto != 0 && upto < newest ? upto : newest;
    enum chain_state state = CHAIN_FINE;
    for (unsigned i = 0; i < most && c->next <= end && state == CHAIN_FINE; i++)
        state = step(c, log);
    if (state != CHAIN_FINE)
        return state;
    if (c->next <= end)
        return CHAIN_MORE;
    return c->next <= wanted && !c->none ? CHAIN_MISSING : CHAIN_FINE;
}

enum chain_state chain_head(struct txn *log, const struct head *h, const char *signers)
{
    struct chain c;
    struct seen s;
    char hash[2 * ENTRY_HASH_BYTES + 1];
    uint64_t seq = head_upto(h);
    if (!head_verify(h) || chain_begin(&c, log, seq) != CHAIN_FINE || !fits(&c, log, seq, seq, &s))
        return CHAIN_HEAD;
    sodium_bin2hex(hash, sizeof hash, s.facts.hash, sizeof s.facts.hash);
    if (strcmp(hash, h->hash) != 0)
        return CHAIN_HEAD;
    return head_signed_by(h, signers) ? CHAIN_FINE : CHAIN_SIGNER;
}
