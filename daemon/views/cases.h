/* cases: where each case stands. One small row a case; the texts are in the journal. */
#ifndef SIAGA_VIEWS_CASES_H
#define SIAGA_VIEWS_CASES_H

#include "daemon/store/txn.h"
#include "entry.h"

struct case_row {
    uint64_t seq;      /* of its event */
    uint64_t last_seq; /* of its last entry */
    uint32_t version, flags, day, counter;
    uint8_t kind, severity, state, mode, call_class;
    struct slice owner, routed, kecamatan; /* routed: whom it goes to once its call is real */
};

bool cases_get(struct txn *t, uint64_t seq,
               struct case_row *ret_case); /* slices live as long as the row in the transaction */
void cases_put(struct txn *t, const struct case_row *c,
               bool fresh); /* fresh: its number is the largest yet */
uint64_t cases_by_ticket(struct txn *t, struct ticket ticket); /* 0: none */

#endif
