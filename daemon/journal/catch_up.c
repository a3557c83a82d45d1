#include "catch_up.h"

#include "daemon/views/rows.h"
#include "proto/verdict.h"

static bool read_fine(struct txn *t, uint64_t seq, struct facts *ret_facts)
{
    struct slice row;
    return rows_at(t, seq, &row) && entry_row_read(seq, row, ret_facts, NULL) == ENTRY_FINE;
}

enum jrc catch_up_place(struct store *s, uint64_t after, const uint8_t *hash, struct jstate *ret,
                        struct err *err)
{
    struct txn t;
    struct facts f;
    enum jrc rc = J_OK;
    txn_begin(&t, s, STORE_JOURNAL, false);
    uint64_t oldest = rows_oldest(&t);
    ret->oldest = oldest;
    ret->head = rows_newest(&t);
    if (ret->head > 0 && read_fine(&t, ret->head, &f))
        ret->time_us = f.at_us;
    if (after + 1 < oldest)
        rc = J_GONE;
    else if (after > ret->head)
        rc = J_LOST;
    else if (after > 0 && !read_fine(&t, after, &f))
        rc = J_DAMAGED;
    else if (after > 0 && memcmp(f.hash, hash, ENTRY_HASH_BYTES) != 0)
        rc = J_DIVERGED;
    if (rc == J_DAMAGED)
        err_set(err, ERR_FATAL,
                "%s: entry %llu of the journal is damaged; run siagad --verify-store", store_dir(s),
                (unsigned long long)after);
    else if (rc != J_OK)
        err_set(err, ERR_FATAL, "%s: the views stand at %llu, the journal holds %llu to %llu: %s",
                store_dir(s), (unsigned long long)after, (unsigned long long)oldest,
                (unsigned long long)ret->head, journal_rc_name(rc));
    if (t.rc != 0) {
        err_set(err, ERR_FATAL, "%s/journal cannot be read: %s", store_dir(s), txn_error(&t));
        rc = txn_damaged(&t) ? J_DAMAGED : J_BROKEN;
    }
    txn_abort(&t);
    return rc;
}

enum jrc catch_up_row(struct store *s, struct views *v, uint64_t seq, struct slice row,
                      struct facts *ret_facts, struct entry *ret_entry, struct err *err)
{
    struct outcome o;
    enum entry_read read = entry_row_read(seq, row, ret_facts, ret_entry);
    if (read != ENTRY_FINE) {
        err_set(err, ERR_FATAL, "%s: entry %llu of the journal: %s", store_dir(s),
                (unsigned long long)seq, entry_read_name(read));
        return J_DAMAGED;
    }
    if (views_apply(v, ret_entry, &o) != 0) {
        err_set(err, ERR_FATAL,
                "%s: entry %llu cannot be applied to the views: %s; a full map needs a larger "
                "views_size",
                store_dir(s), (unsigned long long)seq, txn_error(views_txn(v)));
        return J_BROKEN;
    }
    if (o.verdict != V_DONE || o.duplicate || o.facts.seq != seq ||
        memcmp(o.facts.hash, ret_facts->hash, ENTRY_HASH_BYTES) != 0) {
        err_set(err, ERR_FATAL,
                "%s: entry %llu does not follow from those before it; run siagad --verify-store",
                store_dir(s), (unsigned long long)seq);
        return J_DIVERGED;
    }
    return J_OK;
}

enum jrc catch_up(struct store *s, struct views *v, uint64_t head, uint32_t commit_every,
                  struct err *err)
{
    enum jrc rc = J_OK;
    bool more = true;
    while (rc == J_OK && more) {
        struct txn t;
        struct slice row;
        uint32_t n = 0;
        txn_begin(&t, s, STORE_JOURNAL, false);
        views_begin(v);
        while (rc == J_OK && n < commit_every && (more = rows_at(&t, views_seq(v) + 1, &row))) {
            struct facts f;
            struct entry e;
            rc = catch_up_row(s, v, views_seq(v) + 1, row, &f, &e, err);
            n++;
        }
        if (t.rc != 0) {
            err_set(err, ERR_FATAL, "%s/journal cannot be read: %s", store_dir(s), txn_error(&t));
            rc = txn_damaged(&t) ? J_DAMAGED : J_BROKEN;
        }
        txn_abort(&t);
        if (rc == J_OK && views_commit(v, err) != 0)
            rc = J_BROKEN;
    }
    if (rc == J_OK && views_seq(v) < head) {
        err_set(err, ERR_FATAL, "%s: entry %llu of the journal is missing", store_dir(s),
                (unsigned long long)views_seq(v) + 1);
        rc = J_DAMAGED;
    }
    return rc;
}
