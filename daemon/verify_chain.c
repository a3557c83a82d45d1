#include "verify_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/base/control.h"
#include "daemon/store/txn.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"
#include "verify.h"

#define AT_ONCE 4096u

typedef unsigned long long number;

struct job {
    const char *dir;
    const struct chain_wish *wish;
    struct head kept; /* what wish->head holds */
    struct txn log;
    uint64_t least; /* the log has held so many entries */
};

/* ---- what was found ---- */

static int say(struct job *j, const struct chain *c, enum chain_state state)
{
    printf("entry %llu: %s", (number)c->next, chain_word(state, true));
    if (state == CHAIN_REORDERED)
        printf(", it stands at %llu", (number)c->elsewhere);
    if (state == CHAIN_MISSING && c->next > rows_newest(&j->log))
        printf(", the journal ends before it");
    if (state == CHAIN_SIGNER)
        printf(": %s; if it was this server's before, name both: --signer NEW,OLD",
               c->head.public_key);
    putchar('\n');
    return EX_DATAERR;
}

static void say_fine(const struct job *j, const struct chain *c)
{
    printf("entries %llu to %llu: all well", (number)(j->wish->from > 0 ? j->wish->from : 1),
           (number)c->next - 1);
    if (j->wish->signer != NULL)
        printf("; signed heads: %llu", (number)c->heads);
    if (c->erased > 0)
        printf("; texts erased: %llu", (number)c->erased);
    putchar('\n');
}

static int say_head(const struct job *j, enum chain_state state)
{
    const struct head *h = &j->kept;
    const char *file = j->wish->head;
    if (state == CHAIN_FINE)
        printf("head of %s fits: entry %s%s\n", h->day, h->upto,
               j->wish->signer == NULL ? " (the key in the head itself was believed)" : "");
    else if (state == CHAIN_SIGNER)
        printf("%s: signed with %s, a key that was not named\n", file, h->public_key);
    else if (!head_verify(h))
        printf("%s: its signature is not that of the key in it: the head itself was altered\n",
               file);
    else
        printf("entry %s: does not fit the head kept in %s: the store was rewritten or cut, or the "
               "head is of another\n",
               h->upto, file);
    return state == CHAIN_FINE ? 0 : EX_DATAERR;
}

/* ---- the walk ---- */

static int walk(struct job *j)
{
    struct chain c;
    enum chain_state state = chain_begin(&c, &j->log, j->wish->from);
    c.signers = j->wish->signer;
    c.least = j->least;
    c.none = control("chain");
    if (state == CHAIN_FINE)
        do
            state = chain_walk(&c, &j->log, j->wish->upto, AT_ONCE);
        while (state == CHAIN_MORE);
    if (j->log.rc != 0) {
        printf("%s/journal cannot be read: %s; restore a backup\n", j->dir, txn_error(&j->log));
        return EX_DATAERR;
    }
    if (state != CHAIN_FINE)
        return say(j, &c, state);
    say_fine(j, &c);
    return 0;
}

/* Views are never ahead of the log: what they have seen was there. */
static uint64_t held(struct store *store)
{
    struct txn views;
    txn_begin(&views, store, STORE_VIEWS, false);
    uint64_t seq = views_reached(&views);
    txn_abort(&views);
    return seq;
}

static int walk_store(const void *what)
{
    struct job j = *(const struct job *)what;
    struct store *store = NULL;
    struct err err = {""};
    int code = verify_open(j.dir, ~(1u << STORE_JOURNAL | 1u << STORE_VIEWS), &store, &err);
    if (code != 0) {
        printf("%s%s\n", err.text,
               code == EX_CONFIG ? "; or ask the siagad that runs: siaga verify" : "");
        return code;
    }
    j.least = held(store);
    txn_begin(&j.log, store, STORE_JOURNAL, false);
    code = walk(&j);
    if (code == 0 && j.wish->head != NULL && !control("chain"))
        code = say_head(&j, chain_head(&j.log, &j.kept, j.wish->signer));
    txn_abort(&j.log);
    store_close(&store);
    return code;
}

static bool read_head(const char *path, struct head *ret)
{
    char text[HEAD_TEXT_BYTES];
    FILE *f = fopen(path, "r");
    size_t n = f != NULL ? fread(text, 1, sizeof text, f) : 0;
    if (f != NULL)
        fclose(f);
    return n > 0 && head_read(text, n, ret);
}

int verify_chain(const char *dir, const struct chain_wish *wish)
{
    struct job j = {.dir = dir, .wish = wish};
    if (wish->signer != NULL && !head_signers_fine(wish->signer)) {
        printf("--signer takes a public key of 64 hex digits, or several joined by commas\n");
        return EX_USAGE;
    }
    if (wish->head != NULL && !read_head(wish->head, &j.kept)) {
        printf("%s: no head of a chain; siaga head prints one\n", wish->head);
        return EX_NOINPUT;
    }
    return verify_apart(dir, walk_store, &j);
}
