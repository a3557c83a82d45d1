/* Sending what waits, in order, emergencies first.
 *
 * One process sends at a time (`sending`). It takes as many events as one message holds, submits
 * them under the keys they were given, and settles each before the next message: stored, its file
 * goes; refused for good, it is rewritten as refused and holds nobody up; refused for the moment or
 * unanswered, it stays where it is and so does what is behind it. A death at any point repeats a
 * message at worst, and a key twice is one event. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clients/lib/compose.h"
#include "clients/lib/document.h"
#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "clients/lib/outbox.h"
#include "clients/lib/session.h"

#define BATCH_MAX 64u
#define BATCH_BYTES 48000u

struct flush {
    siaga_outbox *o;
    siaga_session *s;
    const siaga_flush *how;
    siaga_flushed done;
    siaga_error *err;
    int code;
    bool one_by_one; /* siagad did not take a message whole: whose fault it is must show */
};

/* The events on their way in one message. */
struct flight {
    size_t n, bytes;
    uint64_t numbers[BATCH_MAX];
    siaga_doc *entries[BATCH_MAX];
    siaga_event *events[BATCH_MAX];
    siaga_result results[BATCH_MAX];
};

/* ---- what is to be sent ---- */

static bool is_emergency(const siaga_doc *entry)
{
    return strcmp(siaga_text(siaga_doc_get(entry, "event"), "kind"), "emergency") == 0;
}

/* A file that is not what was written makes way. */
static void set_aside(struct flush *f, uint64_t number)
{
    char from[OUTBOX_NAME_BYTES], to[OUTBOX_NAME_BYTES];
    outbox_name(number, OUTBOX_QUEUED, from);
    if (renameat(f->o->folder, from, f->o->folder, outbox_name(number, OUTBOX_ASIDE, to)) == 0)
        f->done.damaged++;
}

/* A fault of this one file, or of all the machine. */
static bool is_its_own(int why)
{
    return why == EIO || why == EACCES || why == EPERM || why == ENXIO;
}

static siaga_doc *load(struct flush *f, uint64_t number)
{
    char name[OUTBOX_NAME_BYTES];
    enum outbox_read read;
    siaga_doc *entry =
        outbox_load(f->o->folder, outbox_name(number, OUTBOX_QUEUED, name), true, &read);
    if (read == OUTBOX_DAMAGED || read == OUTBOX_OPEN)
        set_aside(f, number);
    else if (read == OUTBOX_NEWER || (read == OUTBOX_TROUBLE && is_its_own(errno)))
        f->done.passed_over++;
    else if (read == OUTBOX_TROUBLE && !f->code)
        f->code =
            outbox_error(f->o, f->err, errno, "antrean tidak terbaca", "the outbox cannot be read");
    return entry;
}

/* Numbers of what this session may send, emergencies first. 0 or an errno. */
static int gather(struct flush *f, uint64_t **ret_numbers, size_t *ret_n)
{
    struct outbox_name *names = NULL;
    size_t names_n = 0, urgent = 0, n = 0;
    int why = outbox_scan(f->o, &names, &names_n);
    uint64_t *numbers = mem_zero((names_n + 1) * sizeof(*numbers)),
             *others = mem_zero((names_n + 1) * sizeof(*others));
    f->done.passed_over = 0;
    for (size_t i = 0; i < names_n; i++) {
        siaga_doc *entry = names[i].state == OUTBOX_QUEUED ? load(f, names[i].number) : NULL;
        if (entry && outbox_is_for(entry, f->s, f->how->any_server)) {
            if (is_emergency(entry))
                numbers[urgent++] = names[i].number;
            else
                others[n++] = names[i].number;
        }
        siaga_doc_free(entry);
    }
    memcpy(numbers + urgent, others, n * sizeof(*others));
    free(others);
    free(names);
    *ret_numbers = numbers;
    *ret_n = urgent + n;
    return why;
}

size_t siaga_outbox_ahead(siaga_outbox *o, siaga_session *s, const siaga_event *event)
{
    struct outbox_name *names = NULL;
    char name[OUTBOX_NAME_BYTES];
    enum outbox_read read;
    size_t n = 0, ahead = 0;
    bool all = !event || strcmp(siaga_event_get(event, "kind"), "emergency") != 0;
    if (outbox_scan(o, &names, &n) != 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (names[i].state != OUTBOX_QUEUED)
            continue;
        siaga_doc *entry =
            outbox_load(o->folder, outbox_name(names[i].number, OUTBOX_QUEUED, name), true, &read);
        ahead += entry && outbox_is_for(entry, s, false) && (all || is_emergency(entry));
        siaga_doc_free(entry);
    }
    free(names);
    return ahead;
}

/* ---- one message ---- */

/* Loads from numbers[] on: one lane, as many as a message takes. How many numbers that used up. */
static size_t load_flight(struct flush *f, const uint64_t *numbers, size_t n, struct flight *fl)
{
    size_t used = 0, most = f->one_by_one ? 1 : BATCH_MAX;
    memset(fl, 0, sizeof(*fl));
    for (; used < n && fl->n < most && !f->code; used++) {
        siaga_doc *entry = load(f, numbers[used]);
        if (!entry)
            continue; /* set aside, or dropped by somebody meanwhile */
        siaga_event *event = compose_again(siaga_doc_get(entry, "event"));
        bool fits = !fl->n || (fl->bytes + siaga_event_bytes(event) <= BATCH_BYTES &&
                               is_emergency(entry) == is_emergency(fl->entries[0]));
        if (!fits) {
            siaga_event_free(event);
            siaga_doc_free(entry);
            break;
        }
        fl->numbers[fl->n] = numbers[used];
        fl->entries[fl->n] = entry;
        fl->events[fl->n++] = event;
        fl->bytes += siaga_event_bytes(event);
    }
    return used;
}

static void free_flight(struct flight *fl)
{
    siaga_results_free(fl->results, fl->n);
    for (size_t i = 0; i < fl->n; i++) {
        siaga_doc_free(fl->entries[i]);
        siaga_event_free(fl->events[i]);
    }
}

static void tell(const struct flush *f, uint64_t number, const siaga_doc *answer)
{
    if (f->how->told)
        f->how->told(f->how->self, number, answer);
}

/* Its file goes; else it would be sent again and again. */
static void settle_stored(struct flush *f, uint64_t number, const siaga_result *r)
{
    char name[OUTBOX_NAME_BYTES];
    f->done.stored++;
    f->done.duplicate += r->duplicate;
    tell(f, number, r->doc);
    if (unlinkat(f->o->folder, outbox_name(number, OUTBOX_QUEUED, name), 0) < 0 &&
        errno != ENOENT && !f->code)
        f->code =
            outbox_error(f->o, f->err, errno, "terkirim, tetapi tidak dapat dihapus dari antrean",
                         "sent, but it cannot be taken out of the outbox");
}

static void settle_refused(struct flush *f, uint64_t number, const siaga_doc *entry,
                           const siaga_doc *refusal)
{
    f->done.refused++;
    tell(f, number, refusal);
    siaga_error lock_err;
    int code = outbox_lock(f->o, &f->o->lock, "lock", OUTBOX_LOCK_MS, &lock_err);
    int why = code ? 0 : outbox_refuse(f->o, number, entry, refusal);
    if (!code)
        outbox_unlock(f->o->lock);
    if (f->code)
        return;
    if (code)
        f->code = error_give(f->err, &lock_err);
    else if (why)
        f->code =
            outbox_error(f->o, f->err, why, "ditolak siagad, tetapi tidak dapat dicatat di antrean",
                         "siagad refused it, but that cannot be noted in the outbox");
}

/* What became of each. The first refusal of the moment is why the rest waits. */
static void settle(struct flush *f, struct flight *fl)
{
    for (size_t i = 0; i < fl->n; i++) {
        const siaga_result *r = &fl->results[i];
        if (r->stored)
            settle_stored(f, fl->numbers[i], r);
        else if (r->doc && siaga_verdict_exit(siaga_text(r->doc, "code")) != EX_TEMPFAIL)
            settle_refused(f, fl->numbers[i], fl->entries[i], r->doc);
        else if (r->doc && !f->code)
            f->code = siaga_refusal_error(r->doc, f->err);
    }
    outbox_sync(f->o->folder); /* a file that comes back is sent again, and doubles nothing */
}

/* A message refused whole for what is in it. Alone, it is that event's refusal. */
static void refuse_whole(struct flush *f, struct flight *fl, const siaga_error *err)
{
    if (fl->n > 1) {
        f->one_by_one = true;
        return;
    }
    siaga_map *refusal = siaga_map_new(), *hint = siaga_map_new();
    siaga_map_text(hint, "id", err->text_id);
    siaga_map_text(hint, "en", err->text_en);
    siaga_doc *texts = siaga_map_doc(hint);
    siaga_map_text(refusal, "code", *err->verdict ? err->verdict : "E_PARSE");
    siaga_map_value(refusal, "hint", texts);
    siaga_doc *doc = siaga_map_doc(refusal);
    settle_refused(f, fl->numbers[0], fl->entries[0], doc);
    siaga_doc_free(doc);
    siaga_doc_free(texts);
    siaga_map_free(refusal);
    siaga_map_free(hint);
}

/* How many of the numbers it is done with. */
static size_t send_one(struct flush *f, const uint64_t *numbers, size_t n)
{
    struct flight fl;
    siaga_error err;
    size_t used = load_flight(f, numbers, n, &fl);
    int code = fl.n && !f->code ? siaga_submit(f->s, fl.events, fl.n, fl.results, &err) : 0;
    bool whole = code == EX_DATAERR;
    if (code && !whole)
        f->code = error_give(f->err, &err);
    settle(f, &fl);
    if (whole)
        refuse_whole(f, &fl, &err);
    bool again = whole && fl.n > 1;
    free_flight(&fl);
    return again ? 0 : used;
}

/* ---- all of it ---- */

static void send_all(struct flush *f, const uint64_t *numbers, size_t n)
{
    for (size_t at = 0; at < n && !f->code;)
        at += send_one(f, numbers + at, n - at);
}

static size_t settled(const struct flush *f)
{
    return f->done.stored + f->done.refused + f->done.damaged;
}

/* Sends until nothing is left, also of what was added meanwhile. */
static void flush(struct flush *f)
{
    for (bool more = true; more && !f->code;) {
        uint64_t *numbers = NULL;
        size_t n = 0, before = settled(f);
        int why = gather(f, &numbers, &n);
        if (why)
            f->code = outbox_error(f->o, f->err, why, "antrean tidak terbaca",
                                   "the outbox cannot be read");
        else if (!f->code)
            send_all(f, numbers, n);
        more = n > 0 && settled(f) > before;
        free(numbers);
    }
}

/* Nobody adds while it is looked whether anything is left. */
static void note_tries(struct flush *f, const siaga_error *why)
{
    if (outbox_lock(f->o, &f->o->lock, "lock", OUTBOX_LOCK_MS, NULL) != 0)
        return;
    uint64_t *numbers = NULL;
    size_t n = 0;
    gather(f, &numbers, &n);
    f->done.left = n + f->done.passed_over;
    if (why->code && n)
        outbox_tries_note(f->o, f->s, why);
    else if (!n)
        outbox_tries_forget(f->o, f->s);
    free(numbers);
    outbox_unlock(f->o->lock);
}

int siaga_outbox_flush(siaga_outbox *o, siaga_session *s, const siaga_flush *how,
                       siaga_flushed *ret_done, siaga_error *err)
{
    static const siaga_flush plain;
    siaga_error own;
    struct flush f = {.o = o, .s = s, .how = how ? how : &plain, .err = &own};
    error_clear(err);
    error_clear(&own);
    memset(ret_done, 0, sizeof(*ret_done));
    int code = outbox_lock(o, &o->sending, "sending", f.how->wait_ms, err);
    if (code)
        return code;
    flush(&f);
    note_tries(&f, &own);
    outbox_unlock(o->sending);
    *ret_done = f.done;
    return f.code ? error_give(err, &own) : 0;
}
