#include "clients/lib/stream.h"

#include <sysexits.h>

#include "clients/lib/error.h"
#include "clients/lib/exchange.h"
#include "proto/pack.h"

#define SILENCE_US (5000 * SESSION_MS)
#define KEEP_ALIVE_US (2000 * SESSION_MS)
#define AGAIN_US (500 * SESSION_MS) /* between two tries to open it again */
#define TICK_US (250 * SESSION_MS)  /* silence and keep-alive are looked at so often */

void stream_hear(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n)
{
    struct stream *st = s->streams;
    while (st && st->rid != rid)
        st = st->next;
    if (!st || code > ANSWER_ITEM)
        return;
    siaga_doc *doc = st->unreadable ? NULL : siaga_doc_parse(body, n);
    st->unreadable = !doc; /* nothing behind it counts: a beat would step over what it held */
    if (!doc)
        return;
    st->heard_at = session_clock();
    notes_add(&st->notes, code, doc);
    s->news = true;
}

/* ---- talking ---- */

static bool say(struct stream *st, enum verb verb, const uint64_t *add)
{
    uint8_t message[64];
    struct writer body;
    writer_init(&body, message + FRAME_BYTES, sizeof(message) - FRAME_BYTES);
    writer_map(&body, add ? 2 : 1);
    writer_text(&body, "watch");
    writer_uint(&body, st->rid);
    if (add) {
        writer_text(&body, "add");
        writer_uint(&body, *add);
    }
    frame_write(message, (uint8_t)verb, session_rid(st->session));
    return session_send(st->session, message, FRAME_BYTES + body.n);
}

bool stream_credit(struct stream *st, uint64_t add)
{
    if (!say(st, VERB_CREDIT, &add))
        return false;
    st->said_at = session_clock();
    return true;
}

bool stream_quiet(const struct stream *st, int64_t now)
{
    return now - st->said_at >= KEEP_ALIVE_US;
}

/* ---- opening and ending ---- */

int stream_ask(struct stream *st, enum verb verb, const siaga_map *request, siaga_error *err)
{
    st->opening = exchange_ask(st->session, verb, request, err);
    if (!st->opening)
        return EX_DATAERR;
    st->opening->once = true;
    st->rid = st->opening->rid;
    st->unreadable = false;
    st->state = STREAM_OPENING;
    return 0;
}

/* The answer is there: live, or the reason why not. */
static int opened(struct stream *st, siaga_error *err)
{
    siaga_error result = st->opening->error;
    siaga_doc *body = exchange_end(st->session, st->opening);
    st->opening = NULL;
    if (!result.code) {
        st->state = STREAM_LIVE;
        st->heard_at = st->said_at = session_clock();
        st->connections = st->session->connections;
        st->ways->opened(st, body);
    }
    siaga_doc_free(body);
    return error_give(err, &result);
}

int stream_begin(struct stream *st, siaga_session *s, const struct stream_ways *ways,
                 siaga_error *err)
{
    st->session = s;
    st->ways = ways;
    notes_init(&st->notes);
    st->next = s->streams;
    s->streams = st;
    int code = ways->open(st, err);
    if (!code) {
        exchange_wait(s, st->opening);
        code = opened(st, err);
    }
    if (code)
        st->state = STREAM_LOST; /* nothing to end on the server */
    return code;
}

/* What is under way is left to itself: its rid is nobody's any more. */
void stream_anew(struct stream *st)
{
    if (st->state != STREAM_LOST)
        say(st, VERB_UNWATCH, NULL);
    if (st->opening)
        siaga_doc_free(exchange_end(st->session, st->opening));
    st->opening = NULL;
    notes_drop_all(&st->notes);
    st->state = STREAM_LOST;
    st->again = true;
    st->rid = 0;
    st->again_at = session_clock();
}

void stream_end(struct stream *st)
{
    struct stream **at = &st->session->streams;
    while (*at && *at != st)
        at = &(*at)->next;
    if (*at)
        *at = st->next;
    if (st->state != STREAM_LOST)
        say(st, VERB_UNWATCH, NULL);
    if (st->opening)
        siaga_doc_free(exchange_end(st->session, st->opening));
    notes_free(&st->notes);
}

/* ---- losing and finding ---- */

static void lose(struct stream *st, const char *id, const char *en, void *item, siaga_error *err)
{
    siaga_session *s = st->session;
    error_at(&st->trouble, EX_TEMPFAIL, siaga_session_endpoint(s), id, en);
    error_give(err, &st->trouble);
    bool was_live = st->state == STREAM_LIVE;
    st->state = STREAM_LOST;
    st->again = true;
    st->again_at = session_clock();
    notes_drop_all(&st->notes);
    if (was_live && s->connected && s->connections == st->connections)
        session_renew(s, true); /* silent on an open connection: that node does not serve us */
    st->ways->lost(st, item);
}

/* siagad ended it. Reasons of the moment are mended by coming again. */
static int take_ended(struct stream *st, void *item, bool *ret_given, siaga_error *err)
{
    siaga_error why;
    siaga_refusal_error(st->notes.first->body, &why);
    if (why.code != EX_TEMPFAIL) {
        st->state = STREAM_LOST;
        notes_drop(&st->notes);
        return error_give(err, &why);
    }
    st->connections = 0; /* the connection is fine */
    lose(st, why.text_id, why.text_en, item, err);
    *ret_given = true;
    return 0;
}

/* Opens it again when it is time; 0 and perhaps an item, or the reason why it is over. */
static int reopen(struct stream *st, void *item, bool *ret_given, siaga_error *err)
{
    if (st->state == STREAM_LOST)
        return session_clock() < st->again_at ? 0 : st->ways->open(st, err);
    if (!st->opening->done)
        return 0;
    siaga_error why;
    if (!opened(st, &why)) {
        st->ways->found(st, item);
        *ret_given = true;
        return 0;
    }
    st->state = STREAM_LOST;
    st->again_at = session_clock() + AGAIN_US;
    bool moment = why.code == EX_TEMPFAIL || why.code == EX_UNAVAILABLE;
    return moment ? 0 : error_give(err, &why);
}

/* Whether it is still fed; else it is lost, and why. */
static bool broken(struct stream *st, void *item, siaga_error *err)
{
    if (st->session->connections != st->connections || !st->session->connected)
        lose(st, "sambungan ke siagad terputus; menyambung lagi",
             "the connection to siagad broke; connecting again", item, err);
    else if (st->unreadable)
        lose(st, "siaran tidak terbaca; menyambung lagi",
             "a message of the feed cannot be read; connecting again", item, err);
    else if (session_clock() - st->heard_at > SILENCE_US)
        lose(st, "siagad diam lebih dari 5 dtk; menyambung lagi",
             "siagad was silent for over 5 s; connecting again", item, err);
    return st->state == STREAM_LOST;
}

/* ---- the next item ---- */

/* One look at everything there is: an item, or nothing yet. */
static int step(struct stream *st, void *item, bool *ret_given, siaga_error *err)
{
    if (st->state != STREAM_LIVE)
        return reopen(st, item, ret_given, err);
    st->ways->tend(st, session_clock());
    if (!st->notes.first)
        *ret_given = broken(st, item, err);
    else if (st->notes.first->code == ANSWER_ENDED)
        return take_ended(st, item, ret_given, err);
    else
        *ret_given = st->ways->take(st, st->notes.first, item);
    return 0;
}

int stream_next(struct stream *st, int timeout_ms, void *item, bool *ret_given, siaga_error *err)
{
    int64_t now = session_clock();
    int64_t until = timeout_ms < 0 ? SESSION_NEVER : now + timeout_ms * SESSION_MS;
    error_clear(err);
    *ret_given = false;
    st->session->interrupted = false;
    if (!st->notes.first) /* what came while the caller was busy counts before silence is judged */
        session_pump(st->session, now);
    for (bool last = false;;) {
        int code = step(st, item, ret_given, err);
        if (code || *ret_given)
            return code;
        if (st->notes.first)
            continue;
        if (last || st->session->interrupted)
            return 0;
        now = session_clock();
        last = now >= until;
        session_pump(st->session, until < now + TICK_US ? until : now + TICK_US);
    }
}
