#include "rows.h"

bool rows_at(struct txn *t, uint64_t seq, struct slice *ret_row)
{
    struct rowkey k = rowkey_seq(seq);
    return txn_get(t, TABLE_LOG, &k, ret_row);
}

uint64_t rows_newest(struct txn *t)
{
    struct walk w;
    if (!walk_last(&w, t, TABLE_LOG))
        return 0;
    uint64_t seq = rowkey_read_u64(w.key.p);
    walk_close(&w);
    return seq;
}

uint64_t rows_oldest(struct txn *t)
{
    struct rowkey first = rowkey_new();
    struct walk w;
    if (!walk_from(&w, t, TABLE_LOG, &first))
        return 0;
    uint64_t seq = rowkey_read_u64(w.key.p);
    walk_close(&w);
    return seq;
}

/* Times never run backwards along the log, so a search by halves finds the place. */
uint64_t rows_since(struct txn *t, int64_t us)
{
    uint64_t low = rows_oldest(t), high = rows_newest(t) + 1;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        struct slice row;
        struct facts f;
        if (!rows_at(t, mid, &row) || entry_row_read(mid, row, &f, NULL) != ENTRY_FINE)
            return high;
        if (f.at_us >= us)
            high = mid;
        else
            low = mid + 1;
    }
    return high;
}
