#include "clients/lib/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "clients/lib/compose.h"
#include "clients/lib/document.h"
#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "clients/lib/session.h"

#define NUMBER_MOST 9999999999ull

int siaga_outbox_open(const char *folder, siaga_outbox **ret_outbox, siaga_error *err)
{
    error_clear(err);
    siaga_outbox *o = mem_zero(sizeof(*o));
    o->folder = o->lock = o->sending = -1;
    int code = outbox_folder_open(o, folder, err);
    if (code)
        siaga_outbox_free(o);
    else
        *ret_outbox = o;
    return code;
}

void siaga_outbox_free(siaga_outbox *o)
{
    if (!o)
        return;
    int fds[] = {o->folder, o->lock, o->sending};
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(o->path);
    free(o);
}

const char *siaga_outbox_folder(const siaga_outbox *o)
{
    return o->path;
}

/* ---- whom it is for ---- */

char *outbox_server(const siaga_session *s)
{
    size_t n = 1;
    for (unsigned i = 0; i < s->endpoints_n; i++)
        n += strlen(s->endpoints[i]) + 1;
    char *text = mem_zero(n), *at = text;
    for (unsigned i = 0; i < s->endpoints_n; i++)
        at += snprintf(at, n - (size_t)(at - text), "%s%s", i ? "," : "", s->endpoints[i]);
    return text;
}

bool outbox_is_for(const siaga_doc *entry, const siaga_session *s, bool any_server)
{
    if (strcmp(siaga_text(entry, "source"), siaga_session_source(s)) != 0)
        return false;
    char *server = outbox_server(s);
    bool same = any_server || strcmp(siaga_text(entry, "server"), server) == 0;
    free(server);
    return same;
}

/* ---- adding ---- */

/* The highest number ever given is kept in the lock: one that is free again means no other event
 * to who noted it down. A lost or wrong note does no harm. */
static uint64_t last_number(const siaga_outbox *o)
{
    char text[16] = "";
    ssize_t n = pread(o->lock, text, sizeof(text) - 1, 0);
    uint64_t last = n > 0 ? strtoull(text, NULL, 10) : 0;
    return last < NUMBER_MOST ? last : 0;
}

static void note_number(const siaga_outbox *o, uint64_t number)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "%010llu\n", (unsigned long long)number);
    if (pwrite(o->lock, text, (size_t)n, 0) != n)
        return; /* a full disk: the files themselves tell the next number, too */
}

/* Sweeps what a dying siaga left half written; the number that comes next. 0 or an errno. */
static int next_number(const siaga_outbox *o, uint64_t *ret_number)
{
    struct outbox_name *names = NULL;
    size_t n = 0;
    char name[OUTBOX_NAME_BYTES];
    uint64_t last = last_number(o);
    int why = outbox_scan(o, &names, &n);
    for (size_t i = 0; i < n; i++) {
        if (names[i].state == OUTBOX_UNFINISHED)
            unlinkat(o->folder, outbox_name(names[i].number, OUTBOX_UNFINISHED, name), 0);
        else if (names[i].number > last)
            last = names[i].number;
    }
    free(names);
    *ret_number = last + 1;
    return why ? why : last < NUMBER_MOST ? 0 : EOVERFLOW;
}

static void set_reason(siaga_map *m, const siaga_error *why)
{
    siaga_map_int(m, "code", why->code);
    siaga_map_text(m, "verdict", *why->verdict ? why->verdict : NULL);
    siaga_map_text(m, "id", why->text_id);
    siaga_map_text(m, "en", why->text_en);
}

/* What all events of one call have in common. */
static siaga_map *head_of(const siaga_outbox *o, const siaga_session *s, const siaga_error *why)
{
    char now[SIAGA_TIME_BYTES];
    char *server = outbox_server(s), *cert = s->cert_path ? realpath(s->cert_path, NULL) : NULL;
    siaga_doc *tries = outbox_tries(o, server, siaga_session_source(s));
    siaga_map *m = siaga_map_new();
    siaga_time_format(siaga_now(), 0, now);
    siaga_map_text(m, "queued_at", now);
    siaga_map_text(m, "server", server);
    siaga_map_text(m, "source", siaga_session_source(s));
    siaga_map_text(m, "cert", cert ? cert : s->cert_path);
    siaga_map_int(m, "tries_before", siaga_int(tries, "tries", 0));
    if (why && why->code)
        set_reason(m, why);
    siaga_doc_free(tries);
    free(server);
    free(cert);
    return m;
}

static uint8_t *packed(const siaga_event *event, size_t *ret_n)
{
    struct writer w;
    size_t room = siaga_event_bytes(event) + 64;
    uint8_t *bytes = mem_grow(NULL, room);
    writer_init(&w, bytes, room);
    compose_pack(event, &w);
    *ret_n = w.n;
    return bytes;
}

static void set_event(siaga_map *m, siaga_event *event)
{
    char now[SIAGA_TIME_BYTES];
    size_t n;
    if (!*siaga_event_get(event, "sent_at")) {
        siaga_time_format(siaga_now(), 0, now);
        siaga_event_set(event, "sent_at", now);
    }
    uint8_t *bytes = packed(event, &n);
    map_packed(m, "event", bytes, n);
    free(bytes);
}

/* The same event but for when it was to be sent: a caller that was told nothing repeats itself. */
static bool is_repeat(const siaga_doc *entry, siaga_event *event)
{
    const siaga_doc *old = siaga_doc_get(entry, "event");
    if (strcmp(siaga_text(old, "key"), siaga_event_key(event)) != 0)
        return false;
    bool given = *siaga_event_get(event, "sent_at") != '\0';
    if (!given)
        siaga_event_set(event, "sent_at", siaga_text(old, "sent_at"));
    size_t n;
    uint8_t *bytes = packed(event, &n);
    bool same = n == old->raw_n && memcmp(bytes, old->raw, n) == 0;
    free(bytes);
    if (!given && !same)
        siaga_event_set(event, "sent_at", NULL);
    return same;
}

/* The number under which it waits already; 0: it does not. */
static uint64_t find_repeat(const siaga_outbox *o, const siaga_session *s, siaga_event *event)
{
    struct outbox_name *names = NULL;
    char name[OUTBOX_NAME_BYTES];
    enum outbox_read read;
    size_t n = 0;
    uint64_t found = 0;
    if (outbox_scan(o, &names, &n) != 0)
        return 0;
    for (size_t i = 0; i < n && !found; i++) {
        if (names[i].state != OUTBOX_QUEUED)
            continue;
        siaga_doc *entry =
            outbox_load(o->folder, outbox_name(names[i].number, OUTBOX_QUEUED, name), true, &read);
        if (entry && outbox_is_for(entry, s, false) && is_repeat(entry, event))
            found = names[i].number;
        siaga_doc_free(entry);
    }
    free(names);
    return found;
}

static int store_all(siaga_outbox *o, siaga_map *head, siaga_event *const events[], size_t n,
                     uint64_t first)
{
    char name[OUTBOX_NAME_BYTES], beside[OUTBOX_NAME_BYTES];
    int why = 0;
    size_t stored = 0;
    for (; stored < n && !why; stored += !why) {
        set_event(head, events[stored]);
        why = outbox_store(o->folder, outbox_name(first + stored, OUTBOX_QUEUED, name),
                           outbox_name(first + stored, OUTBOX_UNFINISHED, beside), head);
    }
    if (!why)
        why = outbox_sync(o->folder);
    for (size_t i = 0; why && i < stored; i++)
        unlinkat(o->folder, outbox_name(first + i, OUTBOX_QUEUED, name), 0);
    return why;
}

int siaga_outbox_put(siaga_outbox *o, const siaga_session *s, siaga_event *const events[], size_t n,
                     const siaga_error *why_not_sent, uint64_t *ret_number, siaga_error *err)
{
    error_clear(err);
    uint64_t first = 0;
    int code = outbox_lock(o, &o->lock, "lock", OUTBOX_LOCK_MS, err);
    if (code)
        return code;
    uint64_t repeat = n == 1 ? find_repeat(o, s, events[0]) : 0;
    int why = repeat ? outbox_sync(o->folder) : next_number(o, &first);
    if (!why && !repeat) {
        siaga_map *head = head_of(o, s, why_not_sent);
        why = store_all(o, head, events, n, first);
        siaga_map_free(head);
    }
    if (!why && !repeat)
        note_number(o, first + n - 1);
    outbox_unlock(o->lock);
    if (why)
        return outbox_error(o, err, why, "tidak dapat diantrekan, tidak ada yang disimpan",
                            "it could not be queued, nothing was kept");
    *ret_number = repeat ? repeat : first;
    return 0;
}

/* ---- rewriting ---- */

/* The pairs of an entry but for what a refusal adds. */
static siaga_map *copy_of(const siaga_doc *entry)
{
    siaga_map *m = siaga_map_new();
    for (size_t i = 0; i < siaga_doc_size(entry); i++)
        siaga_map_value(m, siaga_doc_name(entry, i), siaga_doc_at(entry, i));
    siaga_map_text(m, "refusal", NULL);
    siaga_map_text(m, "refused_at", NULL);
    return m;
}

/* The new file first, then the old one goes: in between the waiting one counts. */
static int rewrite(siaga_outbox *o, uint64_t number, const siaga_map *m, enum outbox_state to,
                   enum outbox_state from)
{
    char name[OUTBOX_NAME_BYTES], beside[OUTBOX_NAME_BYTES], old[OUTBOX_NAME_BYTES];
    unlinkat(o->folder, outbox_name(number, OUTBOX_UNFINISHED, beside), 0);
    int why = outbox_store(o->folder, outbox_name(number, to, name), beside, m);
    if (!why)
        why = outbox_sync(o->folder);
    if (!why && unlinkat(o->folder, outbox_name(number, from, old), 0) < 0 && errno != ENOENT)
        why = errno;
    return why ? why : outbox_sync(o->folder);
}

int outbox_refuse(siaga_outbox *o, uint64_t number, const siaga_doc *entry,
                  const siaga_doc *refusal)
{
    char now[SIAGA_TIME_BYTES];
    siaga_map *m = copy_of(entry);
    siaga_time_format(siaga_now(), 0, now);
    siaga_map_text(m, "refused_at", now);
    siaga_map_value(m, "refusal", refusal);
    int why = rewrite(o, number, m, OUTBOX_REFUSED, OUTBOX_QUEUED);
    siaga_map_free(m);
    return why;
}

int outbox_wait_again(siaga_outbox *o, uint64_t number, const siaga_doc *entry)
{
    siaga_map *m = copy_of(entry);
    int why = rewrite(o, number, m, OUTBOX_QUEUED, OUTBOX_REFUSED);
    siaga_map_free(m);
    return why;
}

/* ---- deciding about one ---- */

/* In which state it is there. false: not at all. */
static bool find(const siaga_outbox *o, uint64_t number, enum outbox_state *ret_state)
{
    char name[OUTBOX_NAME_BYTES];
    struct stat st;
    for (int state = OUTBOX_QUEUED; state <= OUTBOX_ASIDE; state++) {
        outbox_name(number, (enum outbox_state)state, name);
        if (fstatat(o->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        *ret_state = (enum outbox_state)state;
        return true;
    }
    return false;
}

static int not_there(uint64_t number, siaga_error *err)
{
    char id[96], en[96];
    snprintf(id, sizeof(id), "nomor %llu tidak ada di antrean; lihat 'siaga outbox'",
             (unsigned long long)number);
    snprintf(en, sizeof(en), "there is no number %llu in the outbox; see 'siaga outbox'",
             (unsigned long long)number);
    return error_at(err, 1, "", id, en);
}

static int drop(siaga_outbox *o, uint64_t number, siaga_error *err)
{
    char name[OUTBOX_NAME_BYTES];
    enum outbox_state state;
    if (!find(o, number, &state))
        return not_there(number, err);
    for (int each = state; each <= OUTBOX_ASIDE; each++)
        if (unlinkat(o->folder, outbox_name(number, (enum outbox_state)each, name), 0) < 0 &&
            errno != ENOENT)
            return outbox_error(o, err, errno, "tidak dapat dibuang", "it cannot be dropped");
    int why = outbox_sync(o->folder);
    return why ? outbox_error(o, err, why, "belum tentu terbuang", "it may come back") : 0;
}

int siaga_outbox_drop(siaga_outbox *o, uint64_t number, siaga_error *err)
{
    error_clear(err);
    int code = outbox_lock(o, &o->lock, "lock", OUTBOX_LOCK_MS, err);
    if (code)
        return code;
    code = drop(o, number, err);
    outbox_unlock(o->lock);
    return code;
}

static int retry(siaga_outbox *o, uint64_t number, siaga_error *err)
{
    char name[OUTBOX_NAME_BYTES], to[OUTBOX_NAME_BYTES];
    enum outbox_state state;
    enum outbox_read read;
    if (!find(o, number, &state))
        return not_there(number, err);
    if (state == OUTBOX_QUEUED)
        return 0;
    outbox_name(number, state, name);
    siaga_doc *entry = outbox_load(o->folder, name, true, &read);
    if (!entry)
        return error_at(err, EX_DATAERR, name, outbox_read_text(read, false),
                        outbox_read_text(read, true));
    int why = 0;
    if (state == OUTBOX_REFUSED)
        why = outbox_wait_again(o, number, entry);
    else if (renameat(o->folder, name, o->folder, outbox_name(number, OUTBOX_QUEUED, to)) < 0)
        why = errno;
    else
        why = outbox_sync(o->folder);
    siaga_doc_free(entry);
    return why ? outbox_error(o, err, why, "tidak dapat diantrekan lagi",
                              "it cannot be queued again")
               : 0;
}

int siaga_outbox_retry(siaga_outbox *o, uint64_t number, siaga_error *err)
{
    error_clear(err);
    int code = outbox_lock(o, &o->lock, "lock", OUTBOX_LOCK_MS, err);
    if (code)
        return code;
    code = retry(o, number, err);
    outbox_unlock(o->lock);
    return code;
}
