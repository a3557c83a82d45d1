#include "cases.h"

enum {
    CASE_LAST = 0,
    CASE_VERSION = 8,
    CASE_FLAGS = 12,
    CASE_DAY = 16,
    CASE_COUNTER = 20,
    CASE_KIND = 24,
    CASE_SEVERITY,
    CASE_STATE,
    CASE_MODE,
    CASE_CLASS,
    CASE_OWNER_N,
    CASE_ROUTED_N,
    CASE_KECAMATAN_N,
    CASE_HEAD_BYTES
};

#define CASE_MAX_BYTES (CASE_HEAD_BYTES + 3 * 255)

bool cases_get(struct txn *t, uint64_t seq, struct case_row *ret_case)
{
    struct rowkey k = rowkey_seq(seq);
    struct slice row;
    if (!txn_get(t, TABLE_CASES, &k, &row) || row.n < CASE_HEAD_BYTES)
        return false;
    const uint8_t *p = (const uint8_t *)row.p;
    *ret_case = (struct case_row){.seq = seq,
                                  .last_seq = rowkey_read_u64(p + CASE_LAST),
                                  .version = rowkey_read_u32(p + CASE_VERSION),
                                  .flags = rowkey_read_u32(p + CASE_FLAGS),
                                  .day = rowkey_read_u32(p + CASE_DAY),
                                  .counter = rowkey_read_u32(p + CASE_COUNTER),
                                  .kind = p[CASE_KIND],
                                  .severity = p[CASE_SEVERITY],
                                  .state = p[CASE_STATE],
                                  .mode = p[CASE_MODE],
                                  .call_class = p[CASE_CLASS]};
    ret_case->owner = (struct slice){row.p + CASE_HEAD_BYTES, p[CASE_OWNER_N]};
    ret_case->routed = (struct slice){ret_case->owner.p + ret_case->owner.n, p[CASE_ROUTED_N]};
    ret_case->kecamatan =
        (struct slice){ret_case->routed.p + ret_case->routed.n, p[CASE_KECAMATAN_N]};
    return true;
}

void cases_put(struct txn *t, const struct case_row *c, bool fresh)
{
    struct rowkey head = rowkey_new();
    rowkey_u64(&head, c->last_seq);
    rowkey_u32(&head, c->version);
    rowkey_u32(&head, c->flags);
    rowkey_u32(&head, c->day);
    rowkey_u32(&head, c->counter);
    const uint8_t bytes[] = {c->kind,
                             c->severity,
                             c->state,
                             c->mode,
                             c->call_class,
                             (uint8_t)c->owner.n,
                             (uint8_t)c->routed.n,
                             (uint8_t)c->kecamatan.n};
    rowkey_bytes(&head, bytes, sizeof bytes);

    uint8_t row[CASE_MAX_BYTES];
    uint32_t n = head.n;
    memcpy(row, head.b, n);
    const struct slice parts[] = {c->owner, c->routed, c->kecamatan};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n > 0)
            memcpy(row + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    struct rowkey k = rowkey_seq(c->seq);
    (fresh ? txn_append : txn_put)(t, TABLE_CASES, &k, row, n);
}

uint64_t cases_by_ticket(struct txn *t, struct ticket ticket)
{
    struct rowkey k = rowkey_new();
    struct slice v;
    rowkey_u32(rowkey_u32(rowkey_u8(&k, ticket.kind), ticket.day), ticket.counter);
    return txn_get(t, TABLE_TICKETS, &k, &v) && v.n == 8 ? rowkey_read_u64(v.p) : 0;
}
