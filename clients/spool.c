#include "spool.h"

#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "send.h"

static siaga_outbox *outbox;
static siaga_error unusable; /* why there is none, though one is wanted; code 0: all is well */
static bool away;            /* siagad was not there, or did not take it, during this call */

int spool_option(struct tool *t, int key)
{
    if (key != SPOOL_KEY_YES && key != SPOOL_KEY_NO)
        return TOOL_NOT_MINE;
    t->spool = key == SPOOL_KEY_YES ? TOOL_SPOOL_ALWAYS : TOOL_SPOOL_NEVER;
    return 0;
}

/* Field staff are known by their key. A key that cannot be read is the session's to complain of. */
bool spool_wanted(const struct tool *t)
{
    siaga_cert cert;
    if (t->spool != TOOL_SPOOL_AUTO)
        return t->spool == TOOL_SPOOL_ALWAYS;
    return t->cert && siaga_cert_read(t->cert, &cert, NULL) == 0 && strcmp(cert.role, "field") == 0;
}

bool spool_takes(int code)
{
    return code == EX_UNAVAILABLE || code == EX_TEMPFAIL;
}

static bool open_outbox(siaga_error *err)
{
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is told like a full disk */
    return outbox || siaga_outbox_open(NULL, &outbox, err) == 0;
}

siaga_outbox *spool_open(struct tool *t, int *ret_code)
{
    siaga_error err;
    if (!open_outbox(&err))
        *ret_code = tool_fail(t, &err);
    return outbox;
}

void spool_close(void)
{
    siaga_outbox_free(outbox);
    outbox = NULL;
}

void spool_note(struct tool *t, const siaga_flushed *done)
{
    if (done->stored)
        tool_note(t, "outbox: %zu sent (%zu were there already)", done->stored, done->duplicate);
    if (done->refused)
        tool_note(t, "outbox: siagad refused %zu, see 'siaga outbox'", done->refused);
    if (done->damaged)
        tool_note(t, "outbox: %zu damaged and not sent, see 'siaga outbox'", done->damaged);
}

/* ---- one event ---- */

/* Nothing was kept and nothing is known to have been sent: one line, with what makes a repeat
 * harmless. */
static int lost(struct tool *t, const siaga_event *event, const siaga_error *sending,
                const siaga_error *keeping)
{
    char key[128];
    tool_clean(siaga_event_key(event), key, sizeof(key));
    return tool_complain(t, keeping->code,
                         "not sent (%s) and not queued: %s; then repeat with: --key %s (exit %d)",
                         tool_reason(t, sending), tool_reason(t, keeping), key, keeping->code);
}

static int tell_queued(struct tool *t, const siaga_event *event, uint64_t number,
                       const siaga_error *why)
{
    char key[128];
    siaga_doc *row = siaga_outbox_queued(event, number, why);
    tool_clean(siaga_event_key(event), key, sizeof(key));
    if (t->output == TOOL_TABLE)
        printf("%s  %s %llu  %s %s\n", tool_text(t, "queued"), tool_text(t, "number"),
               (unsigned long long)number, tool_text(t, "key"), key);
    else
        tool_emit_one(t, row);
    siaga_doc_free(row);
    tool_note(t,
              "  safe on this disk, not with siagad yet: %s; the next call or 'siaga flush' sends "
              "it",
              tool_reason(t, why));
    return 0;
}

static int keep(struct tool *t, siaga_event *event, const siaga_error *why)
{
    uint64_t number;
    siaga_error err;
    away = true;
    if (!outbox)
        return lost(t, event, why, &unusable);
    if (siaga_outbox_put(outbox, t->session, &event, 1, why, &number, &err))
        return lost(t, event, why, &err);
    return tell_queued(t, event, number, why);
}

static bool wanted(void)
{
    return outbox || unusable.code;
}

/* What siagad said of one event is its own answer, or a reason to keep it. */
static int take_result(struct tool *t, siaga_event *event, const siaga_result *r)
{
    siaga_error err;
    if (r->stored)
        return send_tell(t, r->doc);
    if (wanted() && spool_takes(siaga_refusal_error(r->doc, &err)))
        return keep(t, event, &err);
    return tool_refused(t, r->doc);
}

static int send_now(struct tool *t, siaga_event *event)
{
    siaga_error err;
    siaga_result result = {0};
    int code = siaga_submit(t->session, &event, 1, &result, &err);
    if (!code)
        code = take_result(t, event, &result);
    else if (wanted() && spool_takes(code))
        code = keep(t, event, &err);
    else
        code = send_failed(t, event, &err);
    siaga_results_free(&result, 1);
    return code;
}

/* ---- behind those that wait ---- */

struct own {
    int64_t begun_at; /* what was queued before this call was promised, and stays */
    uint64_t number;
    siaga_doc *answer; /* NULL: none came */
};

static void hear(void *self, uint64_t number, const siaga_doc *doc)
{
    struct own *own = self;
    if (number == own->number && !own->answer)
        own->answer = siaga_doc_copy(doc);
}

static int settle_own(struct tool *t, siaga_event *event, const struct own *own, int code,
                      const siaga_error *err)
{
    siaga_error ignored;
    siaga_doc *row = siaga_outbox_get(outbox, own->number);
    bool waits = row && strcmp(siaga_text(row, "state"), "queued") == 0;
    bool promised = siaga_time(row, "queued_at") < own->begun_at;
    siaga_doc_free(row);
    if (own->answer && !siaga_doc_get(own->answer, "code"))
        return send_tell(t, own->answer);
    if (own->answer) { /* told here and now, so there is nothing to be looked at later */
        siaga_outbox_drop(outbox, own->number, &ignored);
        return tool_refused(t, own->answer);
    }
    if (!waits) /* another siaga sent it meanwhile: the same key gives the same answer */
        return send_now(t, event);
    if (!code || spool_takes(code) || code == EX_IOERR)
        return tell_queued(t, event, own->number, err);
    if (!promised)
        siaga_outbox_drop(outbox, own->number, &ignored);
    return send_failed(t, event, err);
}

static int send_behind(struct tool *t, siaga_event *event)
{
    siaga_error err, wait = {.text_id = "masih ada yang lebih dulu menunggu",
                             .text_en = "others wait in front of it"};
    siaga_flushed done;
    struct own own = {.begun_at = siaga_now()};
    siaga_flush how = {.wait_ms = t->timeout_ms, .told = hear, .self = &own};
    if (siaga_outbox_put(outbox, t->session, &event, 1, NULL, &own.number, &err))
        return lost(t, event, &wait, &err);
    int code = siaga_outbox_flush(outbox, t->session, &how, &done, &err);
    away = code != 0;
    int ended = settle_own(t, event, &own, code, code ? &err : &wait);
    bool stored = own.answer && !siaga_doc_get(own.answer, "code");
    siaga_doc_free(own.answer);
    done.stored -= stored && done.stored;
    spool_note(t, &done);
    return ended;
}

/* Its ticket is out by now: what waits may follow, and whatever comes of that is no failure. */
static void send_rest(struct tool *t)
{
    siaga_error err;
    siaga_flushed done;
    fflush(stdout);
    siaga_outbox_flush(outbox, t->session, NULL, &done, &err);
    spool_note(t, &done);
}

int spool_send(struct tool *t, siaga_event *event)
{
    int code = 0;
    if (!tool_session(t, &code))
        return code;
    if (spool_wanted(t))
        open_outbox(&unusable); /* without one it is sent all the same */
    if (outbox && siaga_outbox_ahead(outbox, t->session, event))
        code = send_behind(t, event);
    else
        code = send_now(t, event);
    if (!code && !away && outbox && siaga_outbox_ahead(outbox, t->session, NULL))
        send_rest(t);
    if (!code && unusable.code)
        tool_note(t, "  the outbox cannot be used: %s", tool_reason(t, &unusable));
    spool_close();
    return code;
}
