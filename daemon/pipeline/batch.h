/* batch: what gathers while another is being written, and the arena it all lives in. One at a time
 * is in flight in each lane; the rest queue. */
#ifndef SIAGA_PIPELINE_BATCH_H
#define SIAGA_PIPELINE_BATCH_H

#include "daemon/journal/journal.h"
#include "proposal.h"

#define BATCH_ENTRIES 4096u
#define BATCH_BYTES (4u << 20)

struct batch {
    struct arena arena;
    struct jgroup group;
    struct proposal *proposals[BATCH_ENTRIES]; /* beside group.entries */
    struct entry *entries[BATCH_ENTRIES];
    struct errand *errands; /* all of them, the decided ones too */
    size_t bytes;           /* of rows to be */
    struct batch *next;     /* in its lane's queue, or in the list of free ones */
};

struct batch *batch_new(void);
void batch_clear(struct batch *b); /* empty, the arena reset */
void batch_free(struct batch **b);
bool batch_fits(const struct batch *b, uint32_t entries);
void batch_add(struct batch *b, struct proposal *p);
void batch_seal(struct batch *b, enum lane lane); /* makes the group for the journal */

#endif
