/* The reporter's data comes with an event and leaves it here: it is in no field that is packed, and
 * in no hash of the content. A repeat with another reporter is the same event; the first stays. */
#include "event_private.h"
#include "person.h"

bool event_read_person(struct decode *d, const struct field *f, struct reader r)
{
    struct person *who = arena_alloc(d->arena, sizeof *who);
    bool dropped = false;
    if (reader_peek(&r) != PACK_MAP) {
        event_blame(d, (struct blame){.field = f->name, .verdict = E_FIELD, .hint = HINT_PERSON});
        return true;
    }
    int verdict = person_decode(&r, d->arena, d->emergency, who, d->faults, &dropped);
    if (dropped)
        d->e->flags |= FLAG_FIELD_DROPPED;
    if (verdict == V_DONE && !person_empty(who))
        d->e->person = who;
    return true;
}
