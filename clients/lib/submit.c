/* Events on their way to their receipts.
 *
 * A batch is one message. The request as a whole is carried by an exchange, which repeats it until
 * it is answered. An answer may still refuse single events for a reason of the moment (E_BUSY,
 * E_RATE, ...): those alone are put into a new message and tried again after the wait, until the
 * batch's deadline; what was answered for good is kept. */
#include "clients/lib/submit.h"

#include <sysexits.h>

#include "clients/lib/compose.h"
#include "clients/lib/error.h"
#include "clients/lib/exchange.h"
#include "clients/lib/mem.h"
#include "proto/pack.h"
#include "proto/stamp.h"

#define BODY_MAX (FRAME_MAX_BYTES - FRAME_BYTES)
#define HEAD_MAX 160u /* source, sent_at and the names around the events */
#define ROOM (BODY_MAX - HEAD_MAX)

struct batch {
    struct batch *next;
    struct exchange *exchange;
    void *tag;
    bool hidden; /* siaga_submit() waits for it, siaga_submit_poll() must not give it out */
    bool done;
    bool bulk; /* no emergency among them */
    size_t n;
    siaga_result *results;
    struct slice *events; /* packed, one after the other */
    uint32_t *open;       /* numbers of the events in the present message */
    uint32_t open_n;
    int64_t begun_at, deadline_at, done_at;
    siaga_error error;
};

/* ---- results ---- */

void siaga_results_free(siaga_result results[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        siaga_doc_free(results[i].doc);
}

void siaga_batch_free(siaga_batch *b)
{
    if (!b || !b->results)
        return;
    siaga_results_free(b->results, b->n);
    free(b->results);
    b->results = NULL;
}

static void set_result(siaga_result *r, const siaga_doc *doc)
{
    siaga_doc_free(r->doc);
    r->doc = siaga_doc_copy(doc);
    r->stored = *siaga_text(doc, "ticket") && !siaga_doc_get(doc, "code");
    r->duplicate = r->stored && siaga_bool(doc, "duplicate", false);
}

/* A refusal as siagad would have made it, for an event that fits no message. */
static void set_too_big(siaga_result *r)
{
    uint8_t bytes[400];
    struct writer w;
    writer_init(&w, bytes, sizeof(bytes));
    writer_map(&w, 2);
    writer_text(&w, "code");
    writer_text(&w, "E_TOO_BIG");
    writer_text(&w, "hint");
    writer_map(&w, 2);
    writer_text(&w, "id");
    writer_text(&w, siaga_label("verdict", "E_TOO_BIG", false));
    writer_text(&w, "en");
    writer_text(&w, siaga_label("verdict", "E_TOO_BIG", true));
    *r = (siaga_result){.doc = siaga_doc_parse(bytes, w.n)};
}

/* ---- one message ---- */

/* The frame with the events still open. */
static void send_open(siaga_session *s, struct batch *b, int64_t after)
{
    uint8_t *message = mem_grow(NULL, FRAME_MAX_BYTES);
    char sent_at[STAMP_BYTES];
    struct writer w;
    stamp_utc(siaga_now(), sent_at);
    writer_init(&w, message + FRAME_BYTES, BODY_MAX);
    writer_map(&w, *s->source ? 3 : 2);
    if (*s->source) {
        writer_text(&w, "source");
        writer_text(&w, s->source);
    }
    writer_text(&w, "sent_at");
    writer_text(&w, sent_at);
    writer_text(&w, "events");
    writer_array(&w, b->open_n);
    for (uint32_t i = 0; i < b->open_n; i++)
        writer_raw(&w, b->events[b->open[i]].p, b->events[b->open[i]].n);
    message = mem_grow(message, FRAME_BYTES + w.n);
    b->exchange = exchange_begin(s, VERB_SUBMIT, message, FRAME_BYTES + w.n, after, b->deadline_at);
    b->exchange->bulk = b->bulk;
}

/* Packs as many of the events as one message takes. */
static struct batch *pack(siaga_event *const events[], size_t n)
{
    uint8_t *bytes = mem_grow(NULL, ROOM);
    struct writer w;
    struct batch *b = mem_zero(sizeof(*b));
    size_t most = n < SIAGA_EVENTS_MAX ? n : SIAGA_EVENTS_MAX;
    b->bulk = true;
    b->events = mem_zero(most * sizeof(*b->events));
    size_t used = 0;
    for (; b->n < most; b->n++) {
        writer_init(&w, bytes + used, ROOM - used);
        compose_pack(events[b->n], &w);
        if (w.err)
            break;
        b->events[b->n].n = (uint32_t)w.n;
        used += w.n;
        b->bulk &= strcmp(siaga_event_get(events[b->n], "kind"), "emergency") != 0;
    }
    bytes = mem_grow(bytes, used);
    size_t at = 0;
    for (size_t i = 0; i < b->n; at += b->events[i++].n)
        b->events[i].p = (const char *)bytes + at;
    if (!b->n)
        free(bytes);
    return b;
}

static void batch_drop(siaga_session *s, struct batch *b)
{
    struct batch **at = &s->batches;
    while (*at && *at != b)
        at = &(*at)->next;
    if (*at)
        *at = b->next;
    if (b->exchange)
        siaga_doc_free(exchange_end(s, b->exchange));
    if (b->n)
        free((void *)(uintptr_t)b->events[0].p);
    free(b->events);
    free(b->open);
    free(b);
}

void submit_drop_all(siaga_session *s)
{
    while (s->batches) {
        struct batch *b = s->batches;
        siaga_results_free(b->results, b->n);
        free(b->results);
        batch_drop(s, b);
    }
}

/* NULL: not even the first event fits. */
static struct batch *begin(siaga_session *s, siaga_event *const events[], size_t n)
{
    struct batch *b = pack(events, n);
    if (!b->n) {
        batch_drop(s, b);
        return NULL;
    }
    b->results = mem_zero(b->n * sizeof(*b->results));
    b->open = mem_zero(b->n * sizeof(*b->open));
    b->open_n = (uint32_t)b->n;
    for (uint32_t i = 0; i < b->open_n; i++)
        b->open[i] = i;
    b->begun_at = session_clock();
    b->deadline_at = b->begun_at + s->deadline_ms * SESSION_MS;
    struct batch **last = &s->batches;
    while (*last)
        last = &(*last)->next;
    *last = b;
    send_open(s, b, b->begun_at);
    return b;
}

/* ---- answers ---- */

/* Takes the answers to the open events; those refused for the moment stay open. Returns the seconds
 * to wait before they are tried again; *ret_rate tells that some were too many a minute. */
static int64_t settle(struct batch *b, const siaga_doc *list, bool *ret_rate)
{
    int64_t wait_s = 1;
    uint32_t still = 0;
    for (uint32_t i = 0; i < b->open_n; i++) {
        const siaga_doc *one = siaga_doc_at(list, i);
        const char *code = siaga_text(one, "code");
        set_result(&b->results[b->open[i]], one);
        if (!*code || siaga_verdict_exit(code) != EX_TEMPFAIL)
            continue;
        *ret_rate |= strcmp(code, "E_RATE") == 0;
        int64_t asked_s = siaga_int(one, "wait_s", 0);
        wait_s = asked_s > wait_s ? asked_s : wait_s;
        b->open[still++] = b->open[i];
    }
    b->open_n = still;
    return wait_s;
}

static void answered(siaga_session *s, struct batch *b)
{
    b->error = b->exchange->error;
    b->done_at = b->exchange->done_at;
    siaga_doc *body = exchange_end(s, b->exchange);
    b->exchange = NULL;
    b->done = true;
    const siaga_doc *list = siaga_doc_get(body, "results");
    if (!b->error.code && siaga_doc_size(list) != b->open_n) {
        error_at(&b->error, EX_SOFTWARE, siaga_session_endpoint(s),
                 "siagad menjawab dengan jumlah hasil yang lain",
                 "siagad answered with another number of results");
    } else if (!b->error.code) {
        bool rate = false;
        int64_t again_at = session_clock() + settle(b, list, &rate) * 1000 * SESSION_MS;
        b->deadline_at = exchange_patience(s, b->begun_at, b->deadline_at, again_at);
        b->done = !b->open_n || again_at >= b->deadline_at;
        if (b->bulk && (rate || !b->open_n))
            exchange_slow(s, rate ? again_at : 0);
        if (!b->done)
            send_open(s, b, again_at);
    }
    siaga_doc_free(body);
}

/* Moves on every batch whose message was answered. */
static void look(siaga_session *s)
{
    for (struct batch *b = s->batches; b; b = b->next)
        if (!b->done && b->exchange->done)
            answered(s, b);
}

/* ---- the two ways in ---- */

int siaga_submit_begin(siaga_session *s, siaga_event *const events[], size_t n, void *tag,
                       size_t *ret_taken, siaga_error *err)
{
    error_clear(err);
    *ret_taken = 0;
    if (!n || siaga_submit_open(s) >= s->window)
        return 0;
    struct batch *b = begin(s, events, n);
    if (!b)
        return error_at(err, EX_DATAERR, siaga_event_key(events[0]),
                        siaga_label("verdict", "E_TOO_BIG", false),
                        siaga_label("verdict", "E_TOO_BIG", true));
    b->tag = tag;
    *ret_taken = b->n;
    exchange_tend(s, session_clock()); /* out at once, so that the caller may go on reading */
    return 0;
}

size_t siaga_submit_open(const siaga_session *s)
{
    size_t n = 0;
    for (const struct batch *b = s->batches; b; b = b->next)
        n += !b->hidden;
    return n;
}

static struct batch *finished(siaga_session *s)
{
    look(s);
    for (struct batch *b = s->batches; b; b = b->next)
        if (b->done && !b->hidden)
            return b;
    return NULL;
}

bool siaga_submit_poll(siaga_session *s, int timeout_ms, siaga_batch *ret_batch)
{
    int64_t until = timeout_ms < 0 ? SESSION_NEVER : session_clock() + timeout_ms * SESSION_MS;
    struct batch *b = finished(s);
    s->interrupted = false;
    for (bool last = false; !b && siaga_submit_open(s) && !last && !s->interrupted;) {
        last = session_clock() >= until;
        session_pump(s, until);
        b = finished(s);
    }
    if (!b)
        return false;
    *ret_batch = (siaga_batch){
        .tag = b->tag,
        .n = b->n,
        .results = b->results,
        .took_us = b->done_at - b->begun_at,
        .code = b->error.code,
        .error = b->error,
    };
    batch_drop(s, b);
    return true;
}

/* Waits for one hidden batch and moves its results to their places. */
static int collect(siaga_session *s, struct batch *b, siaga_result results[], siaga_error *err)
{
    for (look(s); !b->done; look(s))
        session_pump(s, b->deadline_at);
    memcpy(results, b->results, b->n * sizeof(*results));
    free(b->results);
    int code = b->error.code ? error_give(err, &b->error) : 0;
    batch_drop(s, b);
    return code;
}

int siaga_submit(siaga_session *s, siaga_event *const events[], size_t n, siaga_result results[],
                 siaga_error *err)
{
    error_clear(err);
    memset(results, 0, n * sizeof(*results));
    for (size_t i = 0; i < n;) {
        struct batch *b = begin(s, events + i, n - i);
        if (!b) {
            set_too_big(&results[i++]);
            continue;
        }
        b->hidden = true;
        size_t taken = b->n;
        int code = collect(s, b, results + i, err);
        if (code)
            return code;
        i += taken;
    }
    return 0;
}
