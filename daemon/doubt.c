#include "doubt.h"

#include <stdio.h>
#include <sysexits.h>

#include "daemon/base/log.h"
#include "daemon/persons/persons.h"
#include "daemon/views/chain.h"
#include "verify.h"

#define AT_ONCE 4096u

struct look {
    const char *dir;
    enum store_env env;
};

static int bad(enum store_env e, uint64_t number, const char *why)
{
    printf("%s: record %llu: %s\n", store_env_name(e), (unsigned long long)number, why);
    return EX_DATAERR;
}

static int look_at_log(struct store *store)
{
    struct txn log;
    struct chain c;
    txn_begin(&log, store, STORE_JOURNAL, false);
    enum chain_state state = chain_begin(&c, &log, 0);
    if (state == CHAIN_FINE)
        do
            state = chain_walk(&c, &log, 0, AT_ONCE);
        while (state == CHAIN_MORE);
    int code = log.rc != 0           ? bad(STORE_JOURNAL, c.next, txn_error(&log))
               : state != CHAIN_FINE ? bad(STORE_JOURNAL, c.next, chain_word(state, true))
                                     : 0;
    txn_abort(&log);
    return code;
}

/* Every row there is, so that every page in use is touched and every checksum asked; a page that
 * hides rows is known by their count. */
static int look_at_rows(struct store *store, enum store_env e)
{
    struct rowkey first = rowkey_new();
    struct txn t;
    int code = 0;
    txn_begin(&t, store, e, false);
    for (int table = 0; table < TABLE_COUNT && t.rc == 0 && code == 0; table++) {
        struct walk w;
        uint64_t rows = 0;
        if (store_table_env((enum store_table)table) != e)
            continue;
        bool more = walk_from(&w, &t, (enum store_table)table, &first);
        for (; more; more = walk_next(&w))
            rows++;
        if (t.rc == 0 && rows != txn_rows(&t, (enum store_table)table))
            code = bad(e, rows, "rows are missing behind it");
    }
    if (t.rc != 0)
        code = bad(e, 0, txn_error(&t));
    txn_abort(&t);
    return code;
}

int doubt_persons(struct store *store)
{
    struct rowkey first = rowkey_new();
    struct txn t;
    struct walk w;
    uint64_t seq = 0;
    bool sound = true;
    txn_begin(&t, store, STORE_PERSONS, false);
    bool more = walk_from(&w, &t, TABLE_PERSON_BOXES, &first);
    for (; more && sound; more = sound && walk_next(&w)) {
        seq = w.value.n >= 8 ? rowkey_read_u64(w.value.p) : 0;
        sound = w.key.n == PERSONS_ID_BYTES && persons_sound(&t, (const uint8_t *)w.key.p);
    }
    if (!sound)
        walk_close(&w);
    int code = !sound || t.rc != 0 ? bad(STORE_PERSONS, seq, "is not what was sealed") : 0;
    txn_abort(&t);
    return code;
}

static int look(const void *what)
{
    const struct look *l = what;
    struct store *store = NULL;
    struct err err = {""};
    int code = verify_open(l->dir, ~(1u << l->env), &store, &err);
    if (code != 0) {
        printf("%s\n", err.text);
        return code;
    }
    if (!store_check_free(store, l->env))
        code = bad(l->env, 0, "the list of free pages cannot be true");
    if (code == 0)
        code = look_at_rows(store, l->env);
    if (code == 0 && l->env == STORE_JOURNAL)
        code = look_at_log(store);
    if (code == 0 && l->env == STORE_PERSONS)
        code = doubt_persons(store);
    store_close(&store);
    return code;
}

int doubt_store(const char *dir)
{
    log_warn("%s: a siagad died over this store; the whole of it is looked at first", dir);
    for (int e = 0; e < STORE_ENVS; e++) {
        struct look l = {dir, (enum store_env)e};
        int code = verify_apart(dir, look, &l);
        if (code == 0 || code == EX_NOINPUT) /* none there: nothing to be looked at */
            continue;
        if (code == EX_CONFIG) {
            log_error("%s: it cannot be looked at, as told above", dir);
            return code;
        }
        if (e == STORE_VIEWS) {
            store_condemn_views(dir);
            continue;
        }
        log_error("%s/%s is damaged (its record is named above); siagad does not start: restore a "
                  "backup",
                  dir, store_env_name((enum store_env)e));
        return EX_CONFIG;
    }
    return 0;
}
