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

static uint32_t pair_finding(struct writer *w, enum chain_state state, uint64_t number)
{
    static const char *const names[CHAIN_STATES] = {[CHAIN_ALTERED] = "altered",
                                                    [CHAIN_MISSING] = "missing",
                                                    [CHAIN_REORDERED] = "reordered",
                                                    [CHAIN_HEAD] = "head",
                                                    [CHAIN_SIGNER] = "head"};
    if (state == CHAIN_FINE || state == CHAIN_MORE)
        return 0;
    uint32_t pairs = pair_text(w, "found", names[state]) + pair_uint(w, "number", number);
    return pairs + pair_both(w, "text", chain_word(state, false), chain_word(state, true));
}

/* Of a head that was kept elsewhere alone. */
static int kept_answer(struct reading *r, struct question *q)
{
    struct head h;
    struct writer w;
    if (!head_read(q->kept.p, q->kept.n, &h))
        return E_FIELD;
    enum chain_state state = control("chain") ? CHAIN_FINE : chain_head(&r->log, &h, q->signer);
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_bool(&w, "more", false) + pair_uint(&w, "next", head_upto(&h) + 1);
    pairs += pair_uint(&w, "head", rows_newest(&r->log)) + pair_text(&w, "hash", h.hash);
    pairs += pair_finding(&w, state, head_upto(&h));
    pairs += pair_text(&w, "public", h.public_key) + pair_bool(&w, "believed", q->signer == NULL);
    writer_close_map(&w, at, pairs);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

static enum chain_state walk_slice(struct reading *r, const struct question *q, struct chain *c)
{
    enum chain_state state = chain_begin(c, &r->log, q->seq);
    if (state != CHAIN_FINE)
        return state;
    if (q->value.n == ENTRY_HASH_BYTES) /* goes on from what it was told */
        memcpy(c->hash, q->value.p, ENTRY_HASH_BYTES);
    c->signers = q->signer;
    c->least = reading_views_at(r); /* never ahead of the log */
    c->none = control("chain");
    return chain_walk(c, &r->log, q->upto, SLICE);
}

int verify_answer(struct reading *r, struct question *q)
{
    struct chain c;
    struct writer w;
    if (q->kept.n > 0)
        return kept_answer(r, q);
    enum chain_state state = walk_slice(r, q, &c);
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_bool(&w, "more", state == CHAIN_MORE) + pair_uint(&w, "next", c.next);
    pairs += pair_uint(&w, "head", rows_newest(&r->log)) + pair_hash(&w, "hash", c.hash);
    pairs += pair_finding(&w, state, c.next) + pair_uint_if(&w, "elsewhere", c.elsewhere);
    if (state == CHAIN_SIGNER)
        pairs += pair_text(&w, "public", c.head.public_key);
    pairs += pair_uint(&w, "heads", c.heads) + pair_uint_if(&w, "erased", c.erased);
    writer_text(&w, "before");
    writer_bin(&w, c.hash, sizeof c.hash);
    writer_close_map(&w, at, pairs + 1);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

/* Each is stored under the key head.DAY of siagad's own, so the last of these keys is the newest.
 */
static bool newest_head(struct reading *r, struct question *q, struct head *ret, uint64_t *ret_seq)
{
    static const char own[] = "siagad\0head.", behind[] = "siagad\0head/";
    struct rowkey k = rowkey_new();
    struct walk walk;
    struct facts f;
    struct entry e;
    uint64_t seq = 0;
    rowkey_bytes(&k, behind, sizeof behind - 1);
    bool there = walk_from(&walk, &r->views, TABLE_KEYS, &k)
                     ? walk_prev(&walk)
                     : walk_last(&walk, &r->views, TABLE_KEYS);
    if (there && walk.key.n >= sizeof own && memcmp(walk.key.p, own, sizeof own - 1) == 0 &&
        walk.value.n >= 8)
        seq = rowkey_read_u64(walk.value.p);
    if (there)
        walk_close(&walk);
    *ret_seq = seq;
    return seq != 0 && reading_entry(r, q, seq, &f, &e) && f.what == ENTRY_HEAD &&
           head_of_entry(&e, ret);
}

int head_answer(struct reading *r, struct question *q)
{
    struct head h;
    struct facts now;
    struct writer w;
    uint64_t seq = 0, newest = rows_newest(&r->log);
    if (newest > 0 && !reading_row(r, q, newest, &now, NULL))
        return E_CORRUPT;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_uint(&w, "now", newest);
    if (newest > 0)
        pairs += pair_hash(&w, "now_hash", now.hash);
    if (newest_head(r, q, &h, &seq)) {
        pairs += pair_uint(&w, "seq", seq) + pair_text(&w, "node", h.node);
        pairs += pair_text(&w, "day", h.day) + pair_text(&w, "upto", h.upto);
        pairs += pair_text(&w, "hash", h.hash) + pair_text(&w, "public", h.public_key);
        pairs += pair_text(&w, "sign", h.sign);
    }
    writer_close_map(&w, at, pairs);
    q->body = reading_keep(q, &w);
    if (q->damaged != 0)
        return E_CORRUPT;
    return w.err == 0 ? V_DONE : E_BUG;
}
