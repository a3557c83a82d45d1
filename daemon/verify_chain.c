#include "verify_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/base/control.h"
#include "daemon/store/txn.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "verify.h"

#define AT_ONCE 4096u

static int say(const struct chain *c, enum chain_state state)
{
    if (state == CHAIN_REORDERED)
        printf("entry %llu: reordered, it stands at %llu\n", (unsigned long long)c->next,
               (unsigned long long)c->elsewhere);
    else
        printf("entry %llu: %s\n", (unsigned long long)c->next, chain_word(state, true));
    return EX_DATAERR;
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

static int check_head(struct txn *log, const struct chain_wish *wish)
{
    struct head h;
    if (wish->head == NULL)
        return 0;
    if (!read_head(wish->head, &h)) {
        printf("%s: no head of a chain; siaga head prints one\n", wish->head);
        return EX_NOINPUT;
    }
    if (chain_head(log, &h, wish->signer) != CHAIN_FINE && !control("chain")) {
        printf(
            "entry %s: does not fit the head kept in %s: the store was rewritten, or the head is "
            "of another\n",
            h.upto, wish->head);
        return EX_DATAERR;
    }
    printf("head of %s fits: entry %s%s\n", h.day, h.upto,
           wish->signer == NULL ? " (the key in the head itself was believed)" : "");
    return 0;
}

static int walk(struct txn *log, const struct chain_wish *wish)
{
    struct chain c;
    if (!chain_begin(&c, log, wish->from))
        return say(&c, CHAIN_MISSING);
    c.signer = wish->signer;
    c.none = control("chain");
    enum chain_state state;
    do
        state = chain_walk(&c, log, wish->upto, AT_ONCE);
    while (state == CHAIN_MORE);
    if (state != CHAIN_FINE)
        return say(&c, state);
    printf("entries %llu to %llu: all well\n",
           (unsigned long long)(wish->from > 0 ? wish->from : 1), (unsigned long long)c.next - 1);
    return 0;
}

struct asked {
    const char *dir;
    const struct chain_wish *wish;
};

static int walk_store(const void *what)
{
    const struct asked *a = what;
    struct store *store = NULL;
    struct txn log;
    struct err err = {""};
    int rc = verify_open(a->dir, &store, &err);
    if (rc != 0) {
        printf("%s\n", err.text);
        return rc;
    }
    txn_begin(&log, store, STORE_JOURNAL, false);
    int code = walk(&log, a->wish);
    if (code == 0)
        code = check_head(&log, a->wish);
    txn_abort(&log);
    store_close(&store);
    return code;
}

int verify_chain(const char *dir, const struct chain_wish *wish)
{
    return verify_apart(dir, walk_store, &(struct asked){dir, wish});
}
