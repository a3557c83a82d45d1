/* The chain, a slice at a time; and its newest signed head. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/control.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define SLICE 1000u

static uint32_t pair_hash(struct writer *w, const char *name, const uint8_t hash[ENTRY_HASH_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * ENTRY_HASH_BYTES + 1];
    for (unsigned i = 0; i < ENTRY_HASH_BYTES; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    hex[2 * ENTRY_HASH_BYTES] = '\0';
    return pair_text(w, name, hex);
}

static uint32_t pair_finding(struct writer *w, const struct chain *c, enum chain_state state)
{
    static const char *const names[CHAIN_STATES] = {[CHAIN_ALTERED] = "altered",
                                                    [CHAIN_MISSING] = "missing",
                                                    [CHAIN_REORDERED] = "reordered",
                                                    [CHAIN_HEAD] = "head"};
    if (state == CHAIN_FINE || state == CHAIN_MORE)
        return 0;
    uint32_t pairs = pair_text(w, "found", names[state]) + pair_uint(w, "number", c->next);
    pairs += pair_both(w, "text", chain_word(state, false), chain_word(state, true));
    return pairs + pair_uint_if(w, "elsewhere", c->elsewhere);
}

int verify_answer(struct reading *r, struct question *q)
{
    struct chain c;
    struct writer w;
    bool begun = chain_begin(&c, &r->log, q->seq);
    if (begun && q->value.n == ENTRY_HASH_BYTES) /* goes on from what it was told */
        memcpy(c.hash, q->value.p, ENTRY_HASH_BYTES);
    c.signer = q->signer;
    c.none = control("chain");
    enum chain_state state = begun ? chain_walk(&c, &r->log, q->upto, SLICE) : CHAIN_MISSING;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_bool(&w, "more", state == CHAIN_MORE) + pair_uint(&w, "next", c.next);
    pairs += pair_uint(&w, "head", rows_newest(&r->log)) + pair_hash(&w, "hash", c.hash);
    pairs += pair_finding(&w, &c, state);
    writer_text(&w, "before");
    writer_bin(&w, c.hash, sizeof c.hash);
    writer_close_map(&w, at, pairs + 1);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

/* The history of case 0 holds what belongs to no case, heads among it. */
static bool newest_head(struct reading *r, struct question *q, struct head *ret, uint64_t *ret_seq)
{
    struct rowkey from = rowkey_seq(0);
    struct walk walk;
    bool found = false;
    for (bool more = walk_from(&walk, &r->views, TABLE_HISTORY, &from); more;
         more = walk_next(&walk)) {
        struct facts f;
        struct entry e;
        if (rowkey_read_u64(walk.key.p) != 0) {
            walk_close(&walk);
            break;
        }
        uint64_t seq = rowkey_read_u64(walk.key.p + 8);
        if (reading_row(r, q, seq, &f, &e) && f.what == ENTRY_HEAD && head_of_entry(&e, ret)) {
            *ret_seq = seq;
            found = true;
        }
    }
    return found;
}

int head_answer(struct reading *r, struct question *q)
{
    struct head h;
    struct facts now;
    struct writer w;
    uint64_t seq = 0, newest = rows_newest(&r->log);
    if (newest == 0 || !reading_row(r, q, newest, &now, NULL))
        return E_NOT_FOUND;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_uint(&w, "now", newest) + pair_hash(&w, "now_hash", now.hash);
    if (newest_head(r, q, &h, &seq)) {
        pairs += pair_uint(&w, "seq", seq) + pair_text(&w, "node", h.node);
        pairs += pair_text(&w, "day", h.day) + pair_text(&w, "upto", h.upto);
        pairs += pair_text(&w, "hash", h.hash) + pair_text(&w, "public", h.public_key);
        pairs += pair_text(&w, "sign", h.sign);
    }
    writer_close_map(&w, at, pairs);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}
