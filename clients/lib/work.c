/* A desk: items of work of one SKPD, each under a lease, and what became of them.
 *
 * `leave` is what siagad may still send. An item uses up one, siaga_desk_more() gives some; a new
 * start asks for what is left, and waits while that is nothing, since a desk must have credit. */
#include <inttypes.h>

#include "clients/lib/error.h"
#include "clients/lib/mem.h"
#include "clients/lib/stream.h"

struct siaga_desk {
    struct stream stream;   /* first: the one is the other */
    char skpd[32];          /* "": that of the source, until siagad names it */
    unsigned lease_s;       /* 0: as siagad says */
    uint64_t leave, untold; /* untold: part of leave that siagad was not given yet */
};

static siaga_desk *of(struct stream *st)
{
    return (siaga_desk *)st;
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

/* ---- what a stream asks of a desk ---- */

static int open_desk(struct stream *st, siaga_error *err)
{
    siaga_desk *d = of(st);
    if (!d->leave)
        return 0;
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, "skpd", *d->skpd ? d->skpd : NULL);
    siaga_map_int(m, "credit", (int64_t)d->leave);
    if (d->lease_s)
        siaga_map_int(m, "lease_s", d->lease_s);
    d->untold = 0;
    int code = stream_ask(st, VERB_ATTACH, m, err);
    siaga_map_free(m);
    return code;
}

static void opened(struct stream *st, const siaga_doc *done)
{
    siaga_desk *d = of(st);
    d->lease_s = (unsigned)siaga_int(done, "lease_s", d->lease_s);
    if (*siaga_text(done, "skpd"))
        copy_text(d->skpd, sizeof(d->skpd), siaga_text(done, "skpd"));
}

static void tend(struct stream *st, int64_t now)
{
    siaga_desk *d = of(st);
    if ((d->untold || stream_quiet(st, now)) && stream_credit(st, d->untold))
        d->untold = 0;
}

static void read_item(const siaga_doc *body, siaga_work *work)
{
    const siaga_doc *event = siaga_doc_get(body, "event");
    *work = (siaga_work){
        .kind = SIAGA_WORK_ITEM,
        .case_number = (uint64_t)siaga_int(body, "case", 0),
        .attempt = (unsigned)siaga_int(body, "attempt", 0),
        .taken_until = siaga_time(body, "lease_until"),
        .lease_until = siaga_time(body, "lease_until"),
        .event = event,
    };
    copy_text(work->ticket, sizeof(work->ticket), siaga_text(event, "ticket"));
    copy_text(work->skpd, sizeof(work->skpd), siaga_text(body, "skpd"));
}

static bool take(struct stream *st, struct note *n, void *item)
{
    siaga_desk *d = of(st);
    siaga_work *work = item;
    uint8_t code = n->code;
    notes_drop(&st->notes);
    *work = (siaga_work){.kind = SIAGA_WORK_BEAT};
    if (code == ANSWER_ITEM) {
        read_item(st->notes.given, work);
        d->leave -= d->leave > 0;
    }
    return true;
}

static void lost(struct stream *st, void *item)
{
    (void)st;
    *(siaga_work *)item = (siaga_work){.kind = SIAGA_WORK_LOST};
}

static void found(struct stream *st, void *item)
{
    (void)st;
    *(siaga_work *)item = (siaga_work){.kind = SIAGA_WORK_RECONNECTED};
}

static const struct stream_ways ways = {
    .open = open_desk,
    .opened = opened,
    .tend = tend,
    .take = take,
    .lost = lost,
    .found = found,
};

/* ---- the desk ---- */

int siaga_desk_open(siaga_session *s, const char *skpd, unsigned credit, unsigned lease_s,
                    siaga_desk **ret_desk, siaga_error *err)
{
    error_clear(err);
    siaga_desk *d = mem_zero(sizeof(*d));
    copy_text(d->skpd, sizeof(d->skpd), skpd ? skpd : "");
    d->lease_s = lease_s;
    d->leave = credit ? credit : 1;
    int code = stream_begin(&d->stream, s, &ways, err);
    if (code)
        siaga_desk_free(d);
    else
        *ret_desk = d;
    return code;
}

void siaga_desk_free(siaga_desk *d)
{
    if (!d)
        return;
    stream_end(&d->stream);
    free(d);
}

const char *siaga_desk_skpd(const siaga_desk *d)
{
    return d->skpd;
}

unsigned siaga_desk_lease_s(const siaga_desk *d)
{
    return d->lease_s;
}

void siaga_desk_more(siaga_desk *d, unsigned items)
{
    d->leave += items;
    d->untold += items;
}

int siaga_desk_next(siaga_desk *d, int timeout_ms, siaga_work *ret_work, siaga_error *err)
{
    bool given;
    *ret_work = (siaga_work){0};
    int code = stream_next(&d->stream, timeout_ms, ret_work, &given, err);
    if (code || !given)
        *ret_work = (siaga_work){0};
    return code;
}

/* ---- what became of an item ---- */

/* A request about an item. The key is the same for the same act under the same lease, and another
 * when the item was taken anew or its lease extended again. */
static siaga_map *about(const siaga_work *work, const char *act)
{
    char key[SIAGA_KEY_BYTES];
    bool again = strcmp(act, "extend") == 0;
    int64_t lease = again ? work->lease_until : work->taken_until;
    snprintf(key, sizeof(key), "%s-%" PRIu64 "-%u-%" PRIx64 "-%s", act, work->case_number,
             work->attempt, (uint64_t)lease, work->skpd);
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, "key", key);
    siaga_map_int(m, "case", (int64_t)work->case_number);
    return m;
}

static siaga_map *work_request(const siaga_work *work, const char *act)
{
    siaga_map *m = about(work, act);
    siaga_map_text(m, "act", act);
    siaga_map_text(m, "skpd", work->skpd);
    siaga_map_int(m, "attempt", work->attempt);
    return m;
}

/* Asks and frees the request. */
static int tell(siaga_desk *d, const char *verb, siaga_map *request, siaga_work *work,
                siaga_error *err)
{
    siaga_doc *answer = NULL;
    int code = siaga_request(d->stream.session, verb, request, &answer, err);
    int64_t until = code ? 0 : siaga_time(answer, "lease_until");
    work->lease_until = until ? until : work->lease_until;
    work->dead |= !code && siaga_bool(answer, "dead", false);
    siaga_doc_free(answer);
    siaga_map_free(request);
    return code;
}

int siaga_desk_extend(siaga_desk *d, siaga_work *work, unsigned lease_s, siaga_error *err)
{
    siaga_map *m = work_request(work, "extend");
    if (lease_s)
        siaga_map_int(m, "wait_s", lease_s);
    return tell(d, "work", m, work, err);
}

int siaga_desk_done(siaga_desk *d, siaga_work *work, siaga_error *err)
{
    return tell(d, "work", work_request(work, "done"), work, err);
}

int siaga_desk_fail(siaga_desk *d, siaga_work *work, const char *reason, siaga_error *err)
{
    siaga_map *m = work_request(work, "fail");
    siaga_map_text(m, "reason", reason);
    return tell(d, "work", m, work, err);
}

int siaga_desk_later(siaga_desk *d, siaga_work *work, const char *reason, unsigned wait_s,
                     siaga_error *err)
{
    siaga_map *m = work_request(work, "later");
    siaga_map_text(m, "reason", reason);
    siaga_map_int(m, "wait_s", wait_s);
    return tell(d, "work", m, work, err);
}

int siaga_desk_refuse(siaga_desk *d, siaga_work *work, const char *reason, siaga_error *err)
{
    siaga_map *m = about(work, "refuse");
    siaga_map_text(m, "do", "refuse");
    siaga_map_text(m, "reason", reason);
    return tell(d, "move", m, work, err);
}
