#include "clients/lib/exchange.h"

#include <sysexits.h>

#include "clients/lib/document.h"
#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "proto/pack.h"

#define BUSY_US (100 * SESSION_MS) /* first wait when siagad names none; doubles */
#define WAIT_MAX_US (2000 * SESSION_MS)
#define TRY_MAX 6u /* doublings */

struct exchange *exchange_begin(siaga_session *s, enum verb verb, uint8_t *message, size_t n,
                                int64_t after, int64_t deadline_at)
{
    struct exchange *x = mem_zero(sizeof(*x));
    x->rid = session_rid(s);
    frame_write(message, (uint8_t)verb, x->rid);
    x->message = message;
    x->n = n;
    x->begun_at = session_clock();
    x->deadline_at = deadline_at;
    x->try_at = after;
    struct exchange **last = &s->exchanges;
    while (*last)
        last = &(*last)->next;
    *last = x;
    return x;
}

struct exchange *exchange_ask(siaga_session *s, enum verb verb, const siaga_map *request,
                              siaga_error *err)
{
    bool claim = *s->source && !siaga_map_has(request, "source");
    uint8_t *message = mem_grow(NULL, FRAME_MAX_BYTES);
    struct writer w;
    writer_init(&w, message + FRAME_BYTES, FRAME_MAX_BYTES - FRAME_BYTES);
    writer_map(&w, map_pairs(request) + claim);
    if (claim) {
        writer_text(&w, "source");
        writer_text(&w, s->source);
    }
    map_pack_pairs(request, &w);
    if (w.err) {
        free(message);
        error_at(err, EX_DATAERR, "", siaga_label("verdict", "E_TOO_BIG", false),
                 siaga_label("verdict", "E_TOO_BIG", true));
        return NULL;
    }
    int64_t now = session_clock();
    message = mem_grow(message, FRAME_BYTES + w.n);
    return exchange_begin(s, verb, message, FRAME_BYTES + w.n, now,
                          now + s->deadline_ms * SESSION_MS);
}

void exchange_wait(siaga_session *s, struct exchange *x)
{
    while (!x->done)
        session_pump(s, x->deadline_at);
}

siaga_doc *exchange_end(siaga_session *s, struct exchange *x)
{
    struct exchange **at = &s->exchanges;
    while (*at && *at != x)
        at = &(*at)->next;
    if (*at)
        *at = x->next;
    siaga_doc *body = x->body;
    free(x->message);
    free(x);
    return body;
}

void exchange_drop_all(siaga_session *s)
{
    while (s->exchanges)
        siaga_doc_free(exchange_end(s, s->exchanges));
}

/* ---- time ---- */

static int64_t doubled(int64_t first, unsigned times)
{
    return first << (times < TRY_MAX ? times : TRY_MAX);
}

static void finish(siaga_session *s, struct exchange *x)
{
    x->done = true;
    x->done_at = session_clock();
    s->news = true;
}

/* When it has waited long enough without any connection. */
static int64_t unreachable_at(const siaga_session *s, const struct exchange *x)
{
    if (s->connected || x->ever_sent)
        return SESSION_NEVER;
    int64_t from = s->since > x->begun_at ? s->since : x->begun_at;
    return from + s->connect_ms * SESSION_MS;
}

/* Its time is up: the last refusal if there was one, else the two kinds of silence. */
static void give_up(siaga_session *s, struct exchange *x, int64_t now)
{
    const char *endpoint = siaga_session_endpoint(s);
    int waited_ms = (int)((now - x->begun_at) / SESSION_MS);
    if (x->body)
        siaga_refusal_error(x->body, &x->error);
    else if (!x->ever_sent && x->bulk && s->slow)
        error_at(&x->error, EX_TEMPFAIL, endpoint, siaga_label("verdict", "E_BUSY", false),
                 siaga_label("verdict", "E_BUSY", true));
    else if (!x->ever_sent && !s->connected && session_stranger(s))
        error_stranger(&x->error, endpoint, s->cert_path);
    else if (!x->ever_sent && !s->connected)
        error_unreachable(&x->error, endpoint, waited_ms);
    else
        error_silent(&x->error, endpoint, waited_ms);
    finish(s, x);
}

static void send_now(siaga_session *s, struct exchange *x, int64_t now)
{
    if (!session_send(s, x->message, x->n))
        return;
    x->sent = x->ever_sent = true;
    x->try_at = now + doubled(s->answer_ms * SESSION_MS, x->tries);
    x->tries++;
}

int64_t exchange_patience(const siaga_session *s, int64_t begun_at, int64_t deadline_at,
                          int64_t again_at)
{
    int64_t last_at = begun_at + s->patience_ms * SESSION_MS;
    int64_t wanted = again_at + s->deadline_ms * SESSION_MS;
    wanted = wanted < last_at ? wanted : last_at;
    return wanted > deadline_at ? wanted : deadline_at;
}

void exchange_slow(siaga_session *s, int64_t again_at)
{
    s->slow = again_at != 0;
    if (again_at > s->slow_until)
        s->slow_until = again_at;
}

/* Bulk that was told to wait goes one message at a time, so that a full window does not knock at a
 * closed door all together. When it may; now or earlier: it may. */
static int64_t bulk_at(const siaga_session *s, const struct exchange *x, int64_t now)
{
    if (!x->bulk || !s->slow || now < s->slow_until)
        return x->bulk && s->slow ? s->slow_until : now;
    for (const struct exchange *other = s->exchanges; other; other = other->next)
        if (other->bulk && other->sent && !other->done)
            return SESSION_NEVER;
    return now;
}

/* There is nobody left to ask. What was sent before may have been carried out. */
static void turned_away(siaga_session *s, struct exchange *x)
{
    siaga_doc_free(x->body);
    x->body = NULL;
    x->error = s->refusal;
    finish(s, x);
}

/* One step of one exchange; when it wants the next. */
static int64_t tend(siaga_session *s, struct exchange *x, int64_t now)
{
    if (s->refusal.code) {
        turned_away(s, x);
        return now;
    }
    int64_t may_at = x->sent ? now : bulk_at(s, x, now);
    if (may_at > now) /* held here because siagad asked to wait: as good as asked itself */
        x->deadline_at = exchange_patience(s, x->begun_at, x->deadline_at, now);
    int64_t lost_at = unreachable_at(s, x);
    if (now >= x->deadline_at || now >= lost_at) {
        give_up(s, x, now);
        return now;
    }
    if (x->sent && now >= x->try_at)
        x->sent = false;
    if (!x->sent && now >= x->try_at && now >= may_at)
        send_now(s, x, now);
    int64_t end = lost_at < x->deadline_at ? lost_at : x->deadline_at;
    int64_t next = x->try_at > may_at ? x->try_at : may_at;
    return next > now && next < end ? next : end;
}

/* An answer is overdue and cannot just be asked for again here: there are other endpoints and this
 * one is perhaps a dead node, or the question may not be put twice on one connection. */
static bool overdue(const siaga_session *s, int64_t now)
{
    for (const struct exchange *x = s->exchanges; x; x = x->next)
        if (!x->done && x->sent && now >= x->try_at && (s->endpoints_n > 1 || x->once))
            return true;
    return false;
}

int64_t exchange_tend(siaga_session *s, int64_t now)
{
    if (overdue(s, now))
        session_renew(s, true);
    int64_t wake = SESSION_NEVER;
    for (struct exchange *x = s->exchanges; x; x = x->next) {
        if (x->done)
            continue;
        int64_t next = tend(s, x, now);
        if (next < wake)
            wake = next;
    }
    return wake;
}

bool exchange_due(const siaga_session *s, int64_t now)
{
    for (const struct exchange *x = s->exchanges; x; x = x->next)
        if (!x->done && !x->sent && now >= x->try_at && now >= bulk_at(s, x, now))
            return true;
    return false;
}

void exchange_unsent(siaga_session *s)
{
    for (struct exchange *x = s->exchanges; x; x = x->next)
        if (x->sent && !x->done) {
            x->sent = false;
            x->try_at = session_clock();
        }
}

/* ---- answers ---- */

/* A refusal of the moment: come again after the wait, unless that is past the deadline. */
static void hold(siaga_session *s, struct exchange *x)
{
    siaga_refusal_error(x->body, &x->error);
    int64_t now = session_clock(), wait = (int64_t)x->error.wait_s * 1000 * SESSION_MS;
    if (!wait) {
        wait = doubled(BUSY_US, x->tries ? x->tries - 1 : 0);
        wait = wait < WAIT_MAX_US ? wait : WAIT_MAX_US;
    }
    x->sent = false;
    x->try_at = now + wait;
    x->deadline_at = exchange_patience(s, x->begun_at, x->deadline_at, x->try_at);
    if (x->bulk && strcmp(x->error.verdict, "E_RATE") == 0)
        exchange_slow(s, x->try_at);
    if (x->try_at >= x->deadline_at)
        finish(s, x);
    else if (s->endpoints_n > 1 && strcmp(x->error.verdict, "E_STOPPING") == 0)
        session_renew(s, true);
}

static void take(siaga_session *s, struct exchange *x, uint8_t code, siaga_doc *body)
{
    siaga_doc_free(x->body);
    x->body = body;
    error_clear(&x->error);
    if (!body) {
        error_at(&x->error, EX_SOFTWARE, siaga_session_endpoint(s),
                 "jawaban siagad tidak terbaca; perbarui alat siaga",
                 "the answer of siagad cannot be read; update the siaga tools");
        finish(s, x);
    } else if (code == ANSWER_DONE) {
        finish(s, x);
    } else if (siaga_verdict_exit(siaga_text(body, "code")) == EX_TEMPFAIL) {
        hold(s, x);
    } else {
        siaga_refusal_error(body, &x->error);
        finish(s, x);
    }
}

void exchange_answer(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n)
{
    for (struct exchange *x = s->exchanges; x; x = x->next)
        if (x->rid == rid && !x->done) {
            take(s, x, code, siaga_doc_parse(body, n));
            return;
        }
}
