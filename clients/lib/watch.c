/* The client's end of a live feed.
 *
 * A watch is always in one of three states. OPENING: a WATCH is on its way (an exchange carries
 * it). LIVE: messages come in and wait in a queue until siaga_watch_next() takes their rows one by
 * one. LOST: nothing was heard for 5 s or the connection broke; the next call opens the watch again
 * where it stands.
 *
 * The position moves only when an item is given out, so whatever happens to what is still queued,
 * the feed goes on without a gap; and rows below the position are dropped, so nothing comes twice.
 * While a snapshot is told the position stands still, and a new start tells the whole snapshot
 * again. */
#include "clients/lib/watch.h"

#include <sysexits.h>

#include "clients/lib/error.h"
#include "clients/lib/exchange.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "clients/lib/notes.h"
#include "proto/frame.h"
#include "proto/pack.h"

#define SILENCE_US (5000 * SESSION_MS)
#define KEEP_ALIVE_US (2000 * SESSION_MS)
#define AGAIN_US (500 * SESSION_MS) /* between two tries to open it again */
#define CREDIT_DEFAULT 256

enum state { OPENING, LIVE, LOST };

struct siaga_watch {
    struct siaga_watch *next;
    siaga_session *session;
    siaga_map *request; /* the filter and credit; from, since and snapshot as first asked */
    enum state state;
    bool again;       /* it was open before: RECONNECTED when it is so again */
    bool snapshot;    /* inside one, or waiting for one */
    bool unreadable;  /* a message could not be read: open it again at the position */
    bool wants_first; /* the first snapshot has not ended: a new start asks for it as before */
    struct exchange *opening;
    uint64_t rid;
    uint64_t position, head, at;
    struct notes notes;
    uint64_t credit, taken; /* rows given out since the last CREDIT */
    uint64_t connections;   /* of the session when it was opened */
    int64_t heard_at, said_at, again_at;
    siaga_error trouble;
};

void watch_hear(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n)
{
    siaga_watch *w = s->watches;
    while (w && w->rid != rid)
        w = w->next;
    if (!w || code > ANSWER_ENDED)
        return;
    siaga_doc *doc = w->unreadable ? NULL : siaga_doc_parse(body, n);
    w->unreadable = !doc; /* nothing behind it counts: a beat would step over what it held */
    if (!doc)
        return;
    w->heard_at = session_clock();
    notes_add(&w->notes, code, doc);
    s->news = true;
}

/* ---- hearing and talking ---- */

static bool say(siaga_watch *w, enum verb verb, const uint64_t *add)
{
    uint8_t message[64];
    struct writer body;
    writer_init(&body, message + FRAME_BYTES, sizeof(message) - FRAME_BYTES);
    writer_map(&body, add ? 2 : 1);
    writer_text(&body, "watch");
    writer_uint(&body, w->rid);
    if (add) {
        writer_text(&body, "add");
        writer_uint(&body, *add);
    }
    frame_write(message, (uint8_t)verb, session_rid(w->session));
    return session_send(w->session, message, FRAME_BYTES + body.n);
}

/* Gives back the credit of the rows taken once it is worth a message, and says "still here". */
static void tend(siaga_watch *w, int64_t now)
{
    bool due = w->taken * 2 >= w->credit || now - w->said_at >= KEEP_ALIVE_US;
    if (w->state != LIVE || !due || !say(w, VERB_CREDIT, &w->taken))
        return;
    w->taken = 0;
    w->said_at = now;
}

/* The WATCH for where the feed stands: as first asked, or from the position on. */
static int open_watch(siaga_watch *w, siaga_error *err)
{
    siaga_map *m = siaga_map_new();
    siaga_map_merge(m, w->request);
    if (w->again && !w->wants_first) {
        siaga_map_text(m, "since", NULL);
        siaga_map_text(m, "snapshot", NULL);
        siaga_map_text(m, "from", NULL);
        if (w->snapshot)
            siaga_map_bool(m, "snapshot", true);
        else
            siaga_map_int(m, "from", (int64_t)w->position);
    }
    w->opening = exchange_ask(w->session, VERB_WATCH, m, err);
    siaga_map_free(m);
    if (!w->opening)
        return EX_DATAERR;
    w->opening->once = true;
    w->rid = w->opening->rid;
    w->unreadable = false;
    w->state = OPENING;
    return 0;
}

/* The answer to WATCH is there: live, or the reason why not. */
static int opened(siaga_watch *w, siaga_error *err)
{
    siaga_error result = w->opening->error;
    siaga_doc *body = exchange_end(w->session, w->opening);
    w->opening = NULL;
    if (!result.code) {
        w->state = LIVE;
        w->heard_at = w->said_at = session_clock();
        w->connections = w->session->connections;
        w->taken = 0;
        w->head = (uint64_t)siaga_int(body, "head", 0);
        uint64_t next = (uint64_t)siaga_int(body, "next", 1);
        w->at = next - 1;
        if (!w->again)
            w->position = w->wants_first ? 0 : next;
    }
    siaga_doc_free(body);
    return error_give(err, &result);
}

/* ---- open and free ---- */

int siaga_watch_open(siaga_session *s, const siaga_map *request, siaga_watch **ret_watch,
                     siaga_error *err)
{
    error_clear(err);
    siaga_watch *w = mem_zero(sizeof(*w));
    w->session = s;
    w->request = siaga_map_new();
    notes_init(&w->notes);
    siaga_map_merge(w->request, request);
    int64_t credit = map_number(request, "credit");
    w->credit = credit > 0 ? (uint64_t)credit : CREDIT_DEFAULT;
    w->snapshot = w->wants_first = map_number(request, "snapshot") != 0;
    w->next = s->watches;
    s->watches = w;
    int code = open_watch(w, err);
    if (!code) {
        exchange_wait(s, w->opening);
        code = opened(w, err);
    }
    if (code) {
        w->state = LOST; /* nothing to end on the server */
        siaga_watch_free(w);
        return code;
    }
    *ret_watch = w;
    return 0;
}

void siaga_watch_free(siaga_watch *w)
{
    if (!w)
        return;
    siaga_watch **at = &w->session->watches;
    while (*at && *at != w)
        at = &(*at)->next;
    if (*at)
        *at = w->next;
    if (w->state != LOST)
        say(w, VERB_UNWATCH, NULL);
    if (w->opening)
        siaga_doc_free(exchange_end(w->session, w->opening));
    notes_free(&w->notes);
    siaga_map_free(w->request);
    free(w);
}

uint64_t siaga_watch_position(const siaga_watch *w)
{
    return w->position;
}

/* ---- items ---- */

static siaga_item item(const siaga_watch *w, siaga_item_kind kind, const siaga_doc *doc)
{
    return (siaga_item){
        .kind = kind, .doc = doc, .next = w->position, .head = w->head, .at = w->at};
}

static uint64_t number(const siaga_doc *map, const char *name, uint64_t otherwise)
{
    return (uint64_t)siaga_int(map, name, (int64_t)otherwise);
}

/* The next row of the first note, which costs credit. */
static const siaga_doc *next_row(siaga_watch *w)
{
    const siaga_doc *row = notes_row(&w->notes);
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
        it.left = left + siaga_doc_size(siaga_doc_get(n->body, "rows")) - w->notes.row;
        return it;
    }
    notes_drop(&w->notes);
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
    notes_drop(&w->notes);
    return item(w, SIAGA_ITEM_NONE, NULL);
}

static siaga_item take_beat(siaga_watch *w, struct note *n)
{
    uint64_t next = number(n->body, "next", 0);
    w->head = number(n->body, "head", w->head);
    if (!w->snapshot && next > w->position)
        w->position = next;
    notes_drop(&w->notes);
    return item(w, SIAGA_ITEM_BEAT, w->notes.given);
}

/* What stood between here and the gap's end comes as a snapshot; until that has ended a stored
 * position must lead to the gap again, so it stays where it is. */
static siaga_item take_gap(siaga_watch *w, struct note *n)
{
    w->snapshot = true;
    w->position = number(n->body, "from", w->position);
    notes_drop(&w->notes);
    return item(w, SIAGA_ITEM_GAP, w->notes.given);
}

/* ---- losing and finding ---- */

static siaga_item lose(siaga_watch *w, const char *id, const char *en, siaga_error *err)
{
    siaga_session *s = w->session;
    error_at(&w->trouble, EX_TEMPFAIL, siaga_session_endpoint(s), id, en);
    error_give(err, &w->trouble);
    bool was_live = w->state == LIVE;
    w->state = LOST;
    w->again = true;
    w->again_at = session_clock();
    notes_drop_all(&w->notes);
    if (was_live && s->connected && s->connections == w->connections)
        session_renew(s, true); /* silent on an open connection: that node does not serve us */
    return item(w, SIAGA_ITEM_LOST, NULL);
}

/* siagad ended the watch. Reasons of the moment are mended by coming again. */
static int take_ended(siaga_watch *w, struct note *n, siaga_item *ret_item, siaga_error *err)
{
    siaga_error why;
    siaga_refusal_error(n->body, &why);
    if (why.code != EX_TEMPFAIL) {
        w->state = LOST;
        notes_drop(&w->notes);
        return error_give(err, &why);
    }
    w->connections = 0; /* the connection is fine */
    *ret_item = lose(w, why.text_id, why.text_en, err);
    return 0;
}

static int take_note(siaga_watch *w, siaga_item *ret_item, siaga_error *err)
{
    struct note *n = w->notes.first;
    if (n->code == ANSWER_ENDED)
        return take_ended(w, n, ret_item, err);
    *ret_item = n->code == ANSWER_FEED       ? take_feed(w, n)
                : n->code == ANSWER_SNAPSHOT ? take_snapshot(w, n)
                : n->code == ANSWER_BEAT     ? take_beat(w, n)
                                             : take_gap(w, n);
    return 0;
}

/* Opens it again when it is time; 0 and perhaps an item, or the reason why it is over. */
static int reopen(siaga_watch *w, siaga_item *ret_item, siaga_error *err)
{
    if (w->state == LOST) {
        if (session_clock() < w->again_at)
            return 0;
        return open_watch(w, err);
    }
    if (!w->opening->done)
        return 0;
    siaga_error why;
    if (!opened(w, &why)) {
        *ret_item = item(w, SIAGA_ITEM_RECONNECTED, NULL);
        return 0;
    }
    w->state = LOST;
    w->again_at = session_clock() + AGAIN_US;
    bool moment = why.code == EX_TEMPFAIL || why.code == EX_UNAVAILABLE;
    return moment ? 0 : error_give(err, &why);
}

/* One look at everything there is: an item, or nothing yet. */
static int step(siaga_watch *w, siaga_item *ret_item, siaga_error *err)
{
    if (w->state != LIVE)
        return reopen(w, ret_item, err);
    tend(w, session_clock());
    if (w->notes.first)
        return take_note(w, ret_item, err);
    if (w->session->connections != w->connections || !w->session->connected)
        *ret_item = lose(w, "sambungan ke siagad terputus; menyambung lagi",
                         "the connection to siagad broke; connecting again", err);
    else if (w->unreadable)
        *ret_item = lose(w, "siaran tidak terbaca; menyambung lagi",
                         "a message of the feed cannot be read; connecting again", err);
    else if (session_clock() - w->heard_at > SILENCE_US)
        *ret_item = lose(w, "siagad diam lebih dari 5 dtk; menyambung lagi",
                         "siagad was silent for over 5 s; connecting again", err);
    return 0;
}

int siaga_watch_next(siaga_watch *w, int timeout_ms, siaga_item *ret_item, siaga_error *err)
{
    int64_t now = session_clock();
    int64_t until = timeout_ms < 0 ? SESSION_NEVER : now + timeout_ms * SESSION_MS;
    error_clear(err);
    w->session->interrupted = false;
    if (!w->notes.first) /* what came while the caller was busy counts before silence is judged */
        session_pump(w->session, now);
    for (bool last = false;;) {
        siaga_item it = {0};
        int code = step(w, &it, err);
        *ret_item = it;
        if (code || it.kind != SIAGA_ITEM_NONE)
            return code;
        if (w->notes.first)
            continue;
        if (last || w->session->interrupted)
            break;
        now = session_clock();
        last = now >= until;
        int64_t tick = now + 250 * SESSION_MS; /* silence and keep-alive are looked at in between */
        session_pump(w->session, until < tick ? until : tick);
    }
    *ret_item = item(w, SIAGA_ITEM_NONE, NULL);
    return 0;
}
