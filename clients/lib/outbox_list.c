/* What waits and why: each file of the outbox as a row, and the notes about failed tries.
 *
 * How often sending has failed is noted once for each address and source, not in the events: those
 * are written once. An event knows how many tries there had been before it came. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/lib/document.h"
#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "clients/lib/outbox.h"
#include "clients/lib/session.h"

/* ---- the notes about tries ---- */

static void tries_name(const char *server, const char *source, char out[OUTBOX_NAME_BYTES])
{
    uint8_t sum[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof(sum));
    crypto_generichash_update(&state, (const uint8_t *)server, strlen(server) + 1);
    crypto_generichash_update(&state, (const uint8_t *)source, strlen(source));
    crypto_generichash_final(&state, sum, sizeof(sum));
    snprintf(out, OUTBOX_NAME_BYTES, "%02x%02x%02x%02x.tries", sum[0], sum[1], sum[2], sum[3]);
}

siaga_doc *outbox_tries(const siaga_outbox *o, const char *server, const char *source)
{
    char name[OUTBOX_NAME_BYTES];
    enum outbox_read read;
    tries_name(server, source, name);
    return outbox_load(o->folder, name, false, &read);
}

/* It is news, not truth: when it cannot be written the old one stands. */
void outbox_tries_note(const siaga_outbox *o, const siaga_session *s, const siaga_error *why)
{
    char name[OUTBOX_NAME_BYTES], now[SIAGA_TIME_BYTES];
    char *server = outbox_server(s);
    siaga_doc *before = outbox_tries(o, server, siaga_session_source(s));
    siaga_map *m = siaga_map_new();
    siaga_time_format(siaga_now(), 0, now);
    siaga_map_int(m, "tries", siaga_int(before, "tries", 0) + 1);
    siaga_map_text(m, "tried_at", now);
    siaga_map_int(m, "code", why->code);
    siaga_map_text(m, "verdict", *why->verdict ? why->verdict : NULL);
    siaga_map_text(m, "id", why->text_id);
    siaga_map_text(m, "en", why->text_en);
    tries_name(server, siaga_session_source(s), name);
    unlinkat(o->folder, "tries.new", 0);
    outbox_store(o->folder, name, "tries.new", m);
    siaga_map_free(m);
    siaga_doc_free(before);
    free(server);
}

void outbox_tries_forget(const siaga_outbox *o, const siaga_session *s)
{
    char name[OUTBOX_NAME_BYTES];
    char *server = outbox_server(s);
    tries_name(server, siaga_session_source(s), name);
    unlinkat(o->folder, name, 0);
    free(server);
}

/* ---- rows ---- */

static void put_reason(siaga_map *row, const siaga_doc *from)
{
    siaga_map_int(row, "code", siaga_int(from, "code", 0));
    const char *verdict = siaga_text(from, "verdict");
    siaga_map_text(row, "verdict", *verdict ? verdict : NULL);
    siaga_map_text(row, "reason_id", siaga_text(from, "id"));
    siaga_map_text(row, "reason_en", siaga_text(from, "en"));
}

static void put_refusal(siaga_map *row, const siaga_doc *entry)
{
    siaga_error err;
    const siaga_doc *refusal = siaga_doc_get(entry, "refusal");
    siaga_refusal_error(refusal, &err);
    siaga_map_text(row, "refused_at", siaga_text(entry, "refused_at"));
    siaga_map_int(row, "code", err.code);
    siaga_map_text(row, "verdict", err.verdict);
    siaga_map_text(row, "reason_id", err.text_id);
    siaga_map_text(row, "reason_en", err.text_en);
    siaga_map_value(row, "refusal", refusal);
}

static void put_tries(siaga_map *row, const siaga_outbox *o, const siaga_doc *entry)
{
    siaga_doc *tries = outbox_tries(o, siaga_text(entry, "server"), siaga_text(entry, "source"));
    int64_t later = siaga_int(tries, "tries", 0) - siaga_int(entry, "tries_before", 0);
    bool own = siaga_doc_get(entry, "code") != NULL; /* its own call has tried it */
    siaga_map_int(row, "tries", (later > 0 ? later : 0) + own);
    if (later > 0)
        siaga_map_text(row, "tried_at", siaga_text(tries, "tried_at"));
    if (later > 0 || own)
        put_reason(row, later > 0 ? tries : entry);
    siaga_doc_free(tries);
}

static void put_event(siaga_map *row, const siaga_doc *entry)
{
    static const char *const shown[] = {"key", "kind", "title", "category", "severity"};
    const siaga_doc *event = siaga_doc_get(entry, "event");
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
        if (*siaga_text(event, shown[i]))
            siaga_map_text(row, shown[i], siaga_text(event, shown[i]));
    int64_t age = siaga_now() - siaga_time(entry, "queued_at");
    siaga_map_text(row, "queued_at", siaga_text(entry, "queued_at"));
    siaga_map_int(row, "age_s", age > 0 ? age / 1000000 : 0); /* the clock was set back: no less */
    siaga_map_text(row, "server", siaga_text(entry, "server"));
    siaga_map_text(row, "source", siaga_text(entry, "source"));
    if (*siaga_text(entry, "cert"))
        siaga_map_text(row, "cert", siaga_text(entry, "cert"));
}

/* What cannot be read now may be whole. */
static const char *state_word(enum outbox_state state, enum outbox_read read)
{
    static const char *const words[] = {
        [OUTBOX_QUEUED] = "queued", [OUTBOX_REFUSED] = "refused", [OUTBOX_ASIDE] = "damaged"};
    if (read == OUTBOX_TROUBLE || read == OUTBOX_NEWER)
        return "unreadable";
    return words[read == OUTBOX_FINE ? state : OUTBOX_ASIDE];
}

/* NULL: the file is gone by now. */
static siaga_doc *row_of(const siaga_outbox *o, uint64_t number, enum outbox_state state)
{
    char name[OUTBOX_NAME_BYTES];
    enum outbox_read read;
    siaga_doc *entry = outbox_load(o->folder, outbox_name(number, state, name), true, &read);
    if (read == OUTBOX_GONE)
        return NULL;
    siaga_map *row = siaga_map_new();
    siaga_map_text(row, "state", state_word(state, read));
    siaga_map_int(row, "number", (int64_t)number);
    siaga_map_text(row, "file", name);
    if (entry)
        put_event(row, entry);
    if (entry && state == OUTBOX_REFUSED)
        put_refusal(row, entry);
    else if (entry && state == OUTBOX_QUEUED)
        put_tries(row, o, entry);
    else {
        siaga_map_text(row, "reason_id", outbox_read_text(read, false));
        siaga_map_text(row, "reason_en", outbox_read_text(read, true));
    }
    siaga_doc_free(entry);
    siaga_doc *doc = siaga_map_doc(row);
    siaga_map_free(row);
    return doc;
}

int siaga_outbox_list(siaga_outbox *o, siaga_outbox_fn each, void *self, siaga_error *err)
{
    error_clear(err);
    struct outbox_name *names = NULL;
    size_t n = 0;
    int why = outbox_scan(o, &names, &n);
    for (size_t i = 0; i < n; i++) {
        siaga_doc *row =
            names[i].state == OUTBOX_UNFINISHED ? NULL : row_of(o, names[i].number, names[i].state);
        if (row)
            each(self, names[i].number, row);
        siaga_doc_free(row);
    }
    free(names);
    return why ? outbox_error(o, err, why, "antrean tidak terbaca", "the outbox cannot be read")
               : 0;
}

siaga_doc *siaga_outbox_get(siaga_outbox *o, uint64_t number)
{
    for (int state = OUTBOX_QUEUED; state <= OUTBOX_ASIDE; state++) {
        siaga_doc *row = row_of(o, number, (enum outbox_state)state);
        if (row)
            return row;
    }
    return NULL;
}

siaga_doc *siaga_outbox_queued(const siaga_event *event, uint64_t number, const siaga_error *why)
{
    siaga_map *row = siaga_map_new();
    siaga_map_text(row, "state", "queued");
    siaga_map_int(row, "number", (int64_t)number);
    siaga_map_text(row, "key", siaga_event_key(event));
    siaga_map_text(row, "kind", siaga_event_get(event, "kind"));
    siaga_map_text(row, "title", siaga_event_get(event, "title"));
    siaga_map_text(row, "sent_at", siaga_event_get(event, "sent_at"));
    siaga_map_int(row, "code", why->code);
    siaga_map_text(row, "verdict", *why->verdict ? why->verdict : NULL);
    siaga_map_text(row, "reason_id", why->text_id);
    siaga_map_text(row, "reason_en", why->text_en);
    siaga_doc *doc = siaga_map_doc(row);
    siaga_map_free(row);
    return doc;
}
