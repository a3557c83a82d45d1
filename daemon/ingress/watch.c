/* WATCH, CREDIT, UNWATCH: read the wish, hand it to the feed. */
#include "door.h"
#include "proto/frame.h"

static bool take_watch_pair(struct pairs_walk *w, struct feed_wish *wish, uint64_t *credit,
                            bool *from_given, struct faults *faults)
{
    if (slice_is(w->name, "from"))
        *from_given = door_uint(w, &wish->from, faults);
    else if (slice_is(w->name, "since"))
        door_time(w, &wish->since_us, faults);
    else if (slice_is(w->name, "snapshot"))
        door_flag(w, &wish->snapshot, faults);
    else if (slice_is(w->name, "credit"))
        door_uint(w, credit, faults);
    else if (slice_is(w->name, "source"))
        reader_skip(&w->r);
    else
        return false;
    return true;
}

void watch_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    struct filter f = {0};
    struct feed_wish wish = {.filter = &f};
    uint64_t credit = FEED_CREDIT;
    bool from_given = false;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);)
        if (!filter_take(&f, w.name, &w.r, &d->arena, &faults) &&
            !take_watch_pair(&w, &wish, &credit, &from_given, &faults))
            door_unknown(&w, &faults);
    if ((from_given && wish.from == 0) ||
        (wish.from != 0) + (wish.since_us != 0) + wish.snapshot > 1)
        faults_add(&faults, E_RANGE, "from", 0, (struct slice){0});
    if (credit > FEED_CREDIT_MAX)
        faults_add(&faults, E_RANGE, "credit", FEED_CREDIT_MAX, (struct slice){0});
    door_known_only(d, &f, &faults);
    door_sight(r, &f, &d->arena);
    wish.credit = (uint32_t)credit;
    const struct feed_asker asker = {r->source, r->who.role, r->who.quota.watches,
                                     r->who.quota.credit};
    int verdict =
        faults.count > 0 ? faults_worst(&faults) : feed_open(d->feed, &r->to, &asker, &wish);
    if (verdict != V_DONE)
        door_refuse(d, r, verdict, &faults);
}

/* Which watch of this connection is meant. */
static bool read_watch(const struct request *r, struct ack_to *ret_watch, uint64_t *ret_add)
{
    struct faults faults = {0};
    uint64_t rid = 0;
    bool given = false;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "watch"))
            given = door_uint(&w, &rid, &faults);
        else if (slice_is(w.name, "add"))
            door_uint(&w, ret_add, &faults);
        else
            reader_skip(&w.r);
    }
    *ret_watch = (struct ack_to){r->to.address, rid};
    return given && faults.count == 0;
}

/* A watch or a desk: both are known by the request that opened them. */
static void give_credit(struct door *d, const struct ack_to *stream, uint32_t add)
{
    if (!desk_credit(d->desks, stream, add))
        feed_credit(d->feed, stream, add);
}

static void close_stream(struct door *d, const struct ack_to *stream)
{
    if (!desk_close(d->desks, stream))
        feed_close(d->feed, stream);
}

void credit_serve(struct door *d, const struct request *r)
{
    struct ack_to watch;
    uint64_t add = 0;
    if (read_watch(r, &watch, &add))
        give_credit(d, &watch, add < FEED_CREDIT_MAX ? (uint32_t)add : FEED_CREDIT_MAX);
    else
        door_refuse(d, r, E_FIELD, NULL);
}

void unwatch_serve(struct door *d, const struct request *r)
{
    struct ack_to watch;
    uint64_t add = 0;
    if (read_watch(r, &watch, &add))
        close_stream(d, &watch);
    else
        door_refuse(d, r, E_FIELD, NULL);
}
