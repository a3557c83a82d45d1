#include "doubt.h"

#include <stdio.h>
#include <sysexits.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/persons/persons.h"
#include "daemon/views/chain.h"
#include "verify.h"

#define AT_ONCE 256u /* rows between two looks at the clock */

struct look {
    const char *dir;
    enum store_env env;
    int64_t until_us; /* monotonic; 0: to the end */
};

static bool late(const struct look *l)
{
    struct clock clock;
    clock_system(&clock);
    return l->until_us != 0 && clock_mono(&clock) >= l->until_us;
}

static int bad(enum store_env e, uint64_t number, const char *why)
{
    printf("%s: record %llu: %s\n", store_env_name(e), (unsigned long long)number, why);
    return EX_DATAERR;
}

static int look_at_log(const struct look *l, struct store *store)
{
    struct txn log;
    struct chain c;
    txn_begin(&log, store, STORE_JOURNAL, false);
    enum chain_state state = chain_begin(&c, &log, 0);
    if (state == CHAIN_FINE)
        do
            state = chain_walk(&c, &log, 0, AT_ONCE);
        while (state == CHAIN_MORE && !late(l));
    int code = log.rc != 0           ? bad(STORE_JOURNAL, c.next, txn_error(&log))
               : state == CHAIN_MORE ? EX_TEMPFAIL
               : state != CHAIN_FINE ? bad(STORE_JOURNAL, c.next, chain_word(state, true))
                                     : 0;
    txn_abort(&log);
    return code;
}

/* Every row there is, so that every page in use is touched and every checksum asked; a page that
 * hides rows is known by their count. */
static int look_at_table(const struct look *l, struct txn *t, enum store_table table)
{
    struct rowkey first = rowkey_new();
    struct walk w;
    uint64_t rows = 0;
    for (bool more = walk_from(&w, t, table, &first); more; more = walk_next(&w))
        if (rows++ % AT_ONCE == 0 && late(l)) {
            walk_close(&w);
            return EX_TEMPFAIL;
        }
    return t->rc == 0 && rows != txn_rows(t, table)
               ? bad(l->env, rows, "rows are missing behind it")
               : 0;
}

static int look_at_rows(const struct look *l, struct store *store)
{
    struct txn t;
    int code = 0;
    txn_begin(&t, store, l->env, false);
    for (int table = 0; table < TABLE_COUNT && t.rc == 0 && code == 0; table++)
        if (store_table_env((enum store_table)table) == l->env)
            code = look_at_table(l, &t, (enum store_table)table);
    if (t.rc != 0)
        code = bad(l->env, 0, txn_error(&t));
    txn_abort(&t);
    return code;
}

static int look_at_seals(const struct look *l, struct store *store)
{
    struct rowkey first = rowkey_new();
    struct txn t;
    struct walk w;
    uint64_t seq = 0, rows = 0;
    bool sound = true;
    txn_begin(&t, store, STORE_PERSONS, false);
    bool more = walk_from(&w, &t, TABLE_PERSON_BOXES, &first), in_time = true;
    for (; more && sound && in_time; more = sound && in_time && walk_next(&w)) {
        seq = w.value.n >= 8 ? rowkey_read_u64(w.value.p) : 0;
        sound = w.key.n == PERSONS_ID_BYTES && persons_sound(&t, (const uint8_t *)w.key.p);
        in_time = rows++ % AT_ONCE != 0 || !late(l);
    }
    walk_close(&w);
    int code = !sound || t.rc != 0 ? bad(STORE_PERSONS, seq, "is not what was sealed")
               : in_time           ? 0
                                   : EX_TEMPFAIL;
    txn_abort(&t);
    return code;
}

int doubt_persons(struct store *store)
{
    const struct look l = {.env = STORE_PERSONS, .until_us = 0};
    return look_at_seals(&l, store);
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
        code = look_at_rows(l, store);
    if (code == 0 && l->env == STORE_JOURNAL)
        code = look_at_log(l, store);
    if (code == 0 && l->env == STORE_PERSONS)
        code = look_at_seals(l, store);
    store_close(&store);
    return code;
}

static int look_apart(const char *dir, enum store_env e, int64_t most_us)
{
    struct clock clock;
    clock_system(&clock);
    struct look l = {dir, e, most_us != 0 ? clock_mono(&clock) + most_us : 0};
    return verify_apart(dir, look, &l);
}

int doubt_store(const char *dir, int64_t most_us, bool *ret_unfinished)
{
    bool unfinished = false;
    log_warn("%s: a siagad died over this store; %s", dir,
             most_us == 0 ? "the whole of it is looked at first" : "it is looked at first");
    for (int e = 0; e < STORE_ENVS; e++) {
        int code = look_apart(dir, (enum store_env)e, most_us);
        unfinished = unfinished || code == EX_TEMPFAIL;
        if (code == 0 || code == EX_TEMPFAIL ||
            code == EX_NOINPUT) /* none there: nothing to be looked at */
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
    *ret_unfinished = unfinished;
    return 0;
}
