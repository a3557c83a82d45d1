#include "bring.h"

#include <stdlib.h>

#include "apart.h"
#include "catch_up.h"
#include "daemon/views/rows.h"

#define COMMIT_EVERY 4096u

struct bring {
    struct store *store;
    struct views *views;
    struct apart apart;
    struct txn log;
    bool begun;
    uint64_t committed;
};

/* Like a start, without the thread. */
static int begin(struct bring *b, struct err *err)
{
    struct txn t;
    txn_begin(&t, b->store, STORE_JOURNAL, false);
    uint64_t head = rows_newest(&t);
    txn_abort(&t);
    if (head < views_seq(b->views))
        return err_set(err, ERR_CONFIG,
                       "%s: the views stand at %llu, the journal ends at %llu: restore a backup",
                       store_dir(b->store), (unsigned long long)views_seq(b->views),
                       (unsigned long long)head);
    enum jrc rc = catch_up(b->store, b->views, head, COMMIT_EVERY, err);
    if (rc != J_OK)
        return rc == J_DIVERGED ? ERR_CONFIG : ERR_FATAL;
    int opened = apart_open(&b->apart, &head, err);
    b->committed = views_seq(b->views);
    return opened;
}

int bring_open(struct bring **ret, struct store *store, struct views *views,
               const struct journal_beside *beside, struct clock *clock, struct err *err)
{
    struct bring *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    b->store = store;
    b->views = views;
    b->apart = (struct apart){.store = store, .views = views, .beside = *beside, .clock = clock};
    int rc = begin(b, err);
    if (rc != 0)
        bring_close(&b);
    else
        *ret = b;
    return rc;
}

uint64_t bring_head(const struct bring *b)
{
    return views_seq(b->views);
}

const uint8_t *bring_hash(const struct bring *b)
{
    return views_hash(b->views);
}

static int put(struct bring *b, uint64_t seq, struct slice row, struct err *err)
{
    struct facts f;
    struct entry e;
    struct rowkey k = rowkey_seq(seq);
    enum jrc rc = catch_up_row(b->store, b->views, seq, row, &f, &e, err);
    if (rc != J_OK)
        return txn_full(views_txn(b->views)) ? ERR_FATAL : ERR_CONFIG;
    txn_append(&b->log, TABLE_LOG, &k, row.p, row.n);
    if (apart_entry(&b->apart, &b->log, &e, &f, err) && b->log.rc == 0)
        return 0;
    return b->log.rc == 0
               ? ERR_FATAL
               : err_set(err, ERR_FATAL, "%s/journal: %s%s", store_dir(b->store),
                         txn_error(&b->log), txn_full(&b->log) ? "; raise journal_size" : "");
}

int bring_row(struct bring *b, uint64_t seq, struct slice row, struct err *err)
{
    uint64_t next = bring_head(b) + 1;
    if (seq != next)
        return err_set(err, ERR_CONFIG,
                       "the store goes on with entry %llu, this is entry %llu: export from %llu on",
                       (unsigned long long)next, (unsigned long long)seq, (unsigned long long)next);
    views_begin(b->views);
    if (!b->begun)
        txn_begin(&b->log, b->store, STORE_JOURNAL, true);
    b->begun = true;
    int rc = put(b, seq, row, err);
    return rc == 0 && seq - b->committed >= COMMIT_EVERY ? bring_commit(b, err) : rc;
}

int bring_commit(struct bring *b, struct err *err)
{
    if (!b->begun)
        return 0;
    b->begun = false;
    if (!apart_commit(&b->apart, b->committed, err)) {
        txn_abort(&b->log);
        return ERR_FATAL;
    }
    if (txn_commit(&b->log, err) != 0 || views_commit(b->views, err) != 0)
        return ERR_FATAL;
    b->committed = views_seq(b->views);
    apart_wipe(&b->apart);
    return 0;
}

void bring_close(struct bring **b)
{
    if (*b == NULL)
        return;
    if ((*b)->begun)
        txn_abort(&(*b)->log);
    if ((*b)->apart.begun)
        txn_abort(&(*b)->apart.persons);
    views_abandon((*b)->views);
    free(*b);
    *b = NULL;
}
