/* What an import does when siagad goes away and --spool was given: the rest goes to the outbox, in
 * order, and nothing past it. */
#include "import.h"
#include "spool.h"

/* Keeps these events, all or none, and says so of each with -o. */
void import_queue(struct import *im, siaga_event *const events[], size_t n)
{
    int ignored = 0;
    uint64_t first;
    siaga_error err;
    siaga_outbox *outbox = spool_open(im->tool, &ignored);
    if (!n || im->code)
        return;
    if (siaga_outbox_put(outbox, im->tool->session, events, n, &im->away, &first, &err)) {
        import_progress(im, true);
        im->code = tool_fail(im->tool, &err);
        return;
    }
    im->queued += n;
    for (size_t i = 0; i < n && im->tool->output != TOOL_TABLE; i++) {
        siaga_doc *row = siaga_outbox_queued(events[i], first + i, &im->away);
        tool_emit(im->tool, row);
        siaga_doc_free(row);
    }
}

static void go_away(struct import *im, const siaga_error *why)
{
    if (im->spooling)
        return;
    im->spooling = true;
    im->away = *why;
    import_progress(im, true);
    tool_note(im->tool, "%s; the rest is queued on this disk", tool_reason(im->tool, why));
}

/* Those of a message that nobody knows anything of, or that shall come again. */
void import_queue_unsent(struct import *im, const siaga_batch *b, siaga_event *const sent[])
{
    siaga_event *events[SIAGA_EVENTS_MAX];
    siaga_error err = b->error;
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (!b->results[i].doc ||
            (!b->results[i].stored && spool_takes(siaga_refusal_error(b->results[i].doc, &err))))
            events[n++] = sent[i];
    if (n)
        go_away(im, b->code ? &b->error : &err);
    import_queue(im, events, n);
}

void import_begin(struct import *im)
{
    siaga_error err;
    siaga_flushed done;
    siaga_flush how = {.wait_ms = im->tool->timeout_ms};
    int ignored = 0;
    siaga_outbox *outbox = im->spool ? spool_open(im->tool, &ignored) : NULL;
    if (!outbox || !siaga_outbox_ahead(outbox, im->tool->session, NULL))
        return;
    int code = siaga_outbox_flush(outbox, im->tool->session, &how, &done, &err);
    spool_note(im->tool, &done);
    if (spool_takes(code))
        go_away(im, &err);
    else if (code)
        im->code = tool_fail(im->tool, &err);
}
