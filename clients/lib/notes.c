#include "clients/lib/notes.h"

#include "clients/lib/mem.h"

void notes_init(struct notes *q)
{
    *q = (struct notes){.last = &q->first};
}

void notes_add(struct notes *q, uint8_t code, siaga_doc *body)
{
    struct note *n = mem_zero(sizeof(*n));
    n->code = code;
    n->body = body;
    *q->last = n;
    q->last = &n->next;
}

void notes_drop(struct notes *q)
{
    struct note *n = q->first;
    q->first = n->next;
    if (!q->first)
        q->last = &q->first;
    q->row = 0;
    siaga_doc_free(q->given);
    q->given = n->body;
    free(n);
}

void notes_drop_all(struct notes *q)
{
    while (q->first)
        notes_drop(q);
}

void notes_free(struct notes *q)
{
    notes_drop_all(q);
    siaga_doc_free(q->given);
    q->given = NULL;
}

const siaga_doc *notes_row(struct notes *q)
{
    const siaga_doc *row = siaga_doc_at(siaga_doc_get(q->first->body, "rows"), q->row);
    q->row += row != NULL;
    return row;
}
