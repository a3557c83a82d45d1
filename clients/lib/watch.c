/* The client's end of a live feed.
 *
 * The position moves only when an item is given out, so whatever happens to what is still queued,
 * the feed goes on without a gap; and rows below the position are dropped, so nothing comes twice.
 * While a snapshot is told the position stands still, and a new start tells the whole snapshot
 * again. */
#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "clients/lib/stream.h"

#define CREDIT_DEFAULT 256

struct siaga_watch {
    struct stream stream; /* first: the one is the other */
    siaga_map *request;   /* the filter and credit; from, since and snapshot as first asked */
    bool snapshot;        /* inside one, or waiting for one */
    bool wants_first;     /* the first snapshot has not ended: a new start asks for it as before */
    uint64_t position, head, at;
    uint64_t credit, taken; /* rows given out since the last CREDIT */
};

static siaga_watch *of(struct stream *st)
{
    return (siaga_watch *)st;
}

static siaga_item item(const siaga_watch *w, siaga_item_kind kind, const siaga_doc *doc)
{
    return (siaga_item){
        .kind = kind, .doc = doc, .next = w->position, .head = w->head, .at = w->at};
}

static uint64_t number(const siaga_doc *map, const char *name, uint64_t otherwise)
{
    return (uint64_t)siaga_int(map, name, (int64_t)otherwise);
}

/* ---- opening, and what a stream asks of a watch ---- */

/* The WATCH for where the feed stands: as first asked, or from the position on. */
static int open_watch(struct stream *st, siaga_error *err)
{
    siaga_watch *w = of(st);
    siaga_map *m = siaga_map_new();
    siaga_map_merge(m, w->request);
    if (st->again && !w->wants_first) {
        siaga_map_text(m, "since", NULL);
        siaga_map_text(m, "snapshot", NULL);
        siaga_map_text(m, "from", NULL);
        if (w->snapshot)
            siaga_map_bool(m, "snapshot", true);
        else
            siaga_map_int(m, "from", (int64_t)w->position);
    }
    int code = stream_ask(st, VERB_WATCH, m, err);
    siaga_map_free(m);
    return code;
}

static void opened(struct stream *st, const siaga_doc *done)
{
    siaga_watch *w = of(st);
    w->taken = 0;
    w->head = number(done, "head", 0);
    uint64_t next = number(done, "next", 1);
    w->at = next - 1;
    if (!st->again)
        w->position = w->wants_first ? 0 : next;
}

/* Gives back the credit of the rows taken once it is worth a message, and says "still here". */
static void tend(struct stream *st, int64_t now)
{
    siaga_watch *w = of(st);
    if ((w->taken * 2 >= w->credit || stream_quiet(st, now)) && stream_credit(st, w->taken))
        w->taken = 0;
}

static void lost(struct stream *st, void *ret_item)
{
    *(siaga_item *)ret_item = item(of(st), SIAGA_ITEM_LOST, NULL);
}

static void found(struct stream *st, void *ret_item)
{
    *(siaga_item *)ret_item = item(of(st), SIAGA_ITEM_RECONNECTED, NULL);
}

/* ---- items ---- */

/* The next row of the first note, which costs credit. */
static const siaga_doc *next_row(siaga_watch *w)
{
    const siaga_doc *row = notes_row(&w->stream.notes);
    w->taken += row != NULL;
    return row;
}

static siaga_item end_snapshot(siaga_watch *w)
{
    w->snapshot = w->wants_first = false;
    w->position = w->at + 1;
    return item(w, SIAGA_ITEM_SNAPSHOT_END, NULL);
}

static siaga_item take_snapshot(siaga_watch *w, struct note *n)
{
    const siaga_doc *row = next_row(w);
    w->snapshot = true;
    w->at = number(n->body, "at", w->at);
    uint64_t left = number(n->body, "left", 0);
    if (row) {
        siaga_item it = item(w, SIAGA_ITEM_SNAPSHOT_ROW, row);
        it.left = left + siaga_doc_size(siaga_doc_get(n->body, "rows")) - w->stream.notes.row;
        return it;
    }
    notes_drop(&w->stream.notes);
    return left ? item(w, SIAGA_ITEM_NONE, NULL) : end_snapshot(w);
}

static siaga_item take_feed(siaga_watch *w, struct note *n)
{
    if (w->snapshot) /* its end was not told: there was nothing open */
        return end_snapshot(w);
    w->head = number(n->body, "head", w->head);
    const siaga_doc *row;
    while ((row = next_row(w))) {
        uint64_t seq = number(row, "seq", 0);
        if (seq < w->position)
            continue;
        w->position = seq + 1;
        return item(w, SIAGA_ITEM_ROW, row);
    }
    uint64_t next = number(n->body, "next", 0);
    w->position = next > w->position ? next : w->position;
    notes_drop(&w->stream.notes);
    return item(w, SIAGA_ITEM_NONE, NULL);
}

static siaga_item take_beat(siaga_watch *w, struct note *n)
{
    uint64_t next = number(n->body, "next", 0);
    w->head = number(n->body, "head", w->head);
    if (!w->snapshot && next > w->position)
        w->position = next;
    notes_drop(&w->stream.notes);
    return item(w, SIAGA_ITEM_BEAT, w->stream.notes.given);
}

/* What stood between here and the gap's end comes as a snapshot; until that has ended a stored
 * position must lead to the gap again, so it stays where it is. Of a record that cannot be read
 * nothing comes: the feed, or the snapshot that is being told, goes on behind it. */
static siaga_item take_gap(siaga_watch *w, struct note *n)
{
    bool damaged = strcmp(siaga_text(n->body, "reason"), "damaged") == 0;
    if (!damaged) {
        w->snapshot = true;
        w->position = number(n->body, "from", w->position);
    } else if (!w->snapshot) {
        w->position = number(n->body, "to", w->position) + 1;
    }
    notes_drop(&w->stream.notes);
    return item(w, SIAGA_ITEM_GAP, w->stream.notes.given);
}

static bool take(struct stream *st, struct note *n, void *ret_item)
{
    siaga_watch *w = of(st);
    siaga_item *it = ret_item;
    *it = n->code == ANSWER_FEED       ? take_feed(w, n)
          : n->code == ANSWER_SNAPSHOT ? take_snapshot(w, n)
          : n->code == ANSWER_GAP      ? take_gap(w, n)
                                       : take_beat(w, n);
    return it->kind != SIAGA_ITEM_NONE;
}

static const struct stream_ways ways = {
    .open = open_watch,
    .opened = opened,
    .tend = tend,
    .take = take,
    .lost = lost,
    .found = found,
};

/* ---- the public face ---- */

int siaga_watch_open(siaga_session *s, const siaga_map *request, siaga_watch **ret_watch,
                     siaga_error *err)
{
    error_clear(err);
    siaga_watch *w = mem_zero(sizeof(*w));
    w->request = siaga_map_new();
    siaga_map_merge(w->request, request);
    int64_t credit = map_number(request, "credit");
    w->credit = credit > 0 ? (uint64_t)credit : CREDIT_DEFAULT;
    w->snapshot = w->wants_first = map_number(request, "snapshot") != 0;
    int code = stream_begin(&w->stream, s, &ways, err);
    if (code)
        siaga_watch_free(w);
    else
        *ret_watch = w;
    return code;
}

void siaga_watch_free(siaga_watch *w)
{
    if (!w)
        return;
    stream_end(&w->stream);
    siaga_map_free(w->request);
    free(w);
}

void siaga_watch_anew(siaga_watch *w)
{
    stream_anew(&w->stream);
    w->snapshot = w->wants_first = true;
    w->position = 0;
}

uint64_t siaga_watch_position(const siaga_watch *w)
{
    return w->position;
}

int siaga_watch_next(siaga_watch *w, int timeout_ms, siaga_item *ret_item, siaga_error *err)
{
    bool given;
    int code = stream_next(&w->stream, timeout_ms, ret_item, &given, err);
    if (code || !given)
        *ret_item = code ? (siaga_item){0} : item(w, SIAGA_ITEM_NONE, NULL);
    return code;
}
