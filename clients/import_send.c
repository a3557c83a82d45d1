/* Batches on their way, several at once, and what became of each line. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "import.h"
#include "spool.h"

#define PENDING_MAX 128u
#define PENDING_BYTES 60000u

struct origin {
    long line;
    char *raw;
};

struct import_pending {
    siaga_event *events[PENDING_MAX];
    struct origin origins[PENDING_MAX];
    size_t n, bytes;
};

static void pending_free(struct import_pending *p)
{
    for (size_t i = 0; i < p->n; i++) {
        siaga_event_free(p->events[i]);
        free(p->origins[i].raw);
    }
    free(p);
}

/* ---- answers ---- */

static void tell_fault(struct import *im, const struct origin *from, const siaga_doc *fault)
{
    const char *verdict = siaga_text(fault, "code"), *seen = siaga_text(fault, "seen");
    const char *hint = siaga_text(siaga_doc_get(fault, "hint"), tool_language(im->tool));
    int64_t limit = siaga_int(fault, "limit", 0);
    char reason[400], bound[48] = "";
    if (!*hint)
        hint = siaga_label("verdict", verdict, im->tool->english);
    if (limit)
        snprintf(bound, sizeof(bound), " (%s %lld)", tool_text(im->tool, "limit"),
                 (long long)limit);
    snprintf(reason, sizeof(reason), "%s%s%s%s%s", hint, bound, *seen ? "; \"" : "", seen,
             *seen ? "\"" : "");
    const char *field = siaga_text(fault, "field");
    import_fault(im, from->line, *field ? field : verdict, reason);
}

/* The hint promises suggestions: here they are. */
static void tell_nearest(struct import *im, const struct origin *from, const siaga_doc *refusal)
{
    const siaga_doc *nearest = siaga_doc_get(refusal, "nearest");
    char words[200] = "";
    for (size_t i = 0; i < siaga_doc_size(nearest); i++) {
        size_t n = strlen(words);
        snprintf(words + n, sizeof(words) - n, "%s%s", n ? " " : "",
                 siaga_doc_text(siaga_doc_at(nearest, i)));
    }
    if (*words)
        import_fault(im, from->line, tool_text(im->tool, "nearest"), words);
}

static void take_refusal(struct import *im, const struct origin *from, const siaga_doc *refusal)
{
    const siaga_doc *faults = siaga_doc_get(refusal, "faults");
    for (size_t i = 0; i < siaga_doc_size(faults); i++)
        tell_fault(im, from, siaga_doc_at(faults, i));
    if (!siaga_doc_size(faults))
        tell_fault(im, from, refusal);
    tell_nearest(im, from, refusal);
    import_refuse(im, from->raw);
}

static void take_batch(struct import *im, siaga_batch *b)
{
    struct import_pending *p = b->tag;
    bool keep = im->spool && (!b->code || spool_takes(b->code));
    siaga_error err;
    for (size_t i = 0; i < b->n; i++) {
        const siaga_result *r = &b->results[i];
        im->stored += r->stored && !r->duplicate;
        im->duplicate += r->duplicate;
        if (r->stored && im->tool->output != TOOL_TABLE)
            tool_emit(im->tool, r->doc);
        else if (r->doc && !r->stored && !(keep && spool_takes(siaga_refusal_error(r->doc, &err))))
            take_refusal(im, &p->origins[i], r->doc);
    }
    if (keep)
        import_queue_unsent(im, b, p->events);
    else if (b->code && !im->code) {
        import_progress(im, true);
        im->code = tool_fail(im->tool, &b->error);
    }
    siaga_batch_free(b);
    pending_free(p);
}

/* ---- sending ---- */

/* An event that fits no message by itself. */
static void refuse_big(struct import *im, const struct origin *from, const siaga_error *err)
{
    import_fault(im, from->line, "E_TOO_BIG", tool_reason(im->tool, err));
    import_refuse(im, from->raw);
}

static void send_pending(struct import *im)
{
    struct import_pending *p = im->pending;
    siaga_session *s = im->tool->session;
    siaga_error err;
    siaga_batch b;
    size_t taken = 0;
    im->pending = NULL;
    while (!taken && !im->code && !im->spooling) {
        int code = siaga_submit_begin(s, p->events, p->n, p, &taken, &err);
        if (code) {
            refuse_big(im, &p->origins[0], &err);
            break;
        }
        if (!taken && siaga_submit_poll(s, -1, &b))
            take_batch(im, &b);
    }
    if (!taken && im->spooling)
        import_queue(im, p->events, p->n);
    if (!taken)
        pending_free(p);
    else if (taken != p->n) /* PENDING_BYTES is less than any message holds */
        im->code = tool_complain(im->tool, EX_SOFTWARE, "lines were left over");
    while (siaga_submit_poll(s, 0, &b))
        take_batch(im, &b);
}

void import_send(struct import *im, siaga_event *event, const struct import_row *row)
{
    size_t bytes = siaga_event_bytes(event);
    struct import_pending *p = im->pending;
    if (p && (p->n == PENDING_MAX || p->bytes + bytes > PENDING_BYTES))
        send_pending(im);
    if (!im->pending && !(im->pending = calloc(1, sizeof(*im->pending))))
        abort();
    p = im->pending;
    p->events[p->n] = event;
    p->origins[p->n++] = (struct origin){row->line, strdup(row->raw)};
    p->bytes += bytes;
}

void import_finish(struct import *im)
{
    siaga_batch b;
    if (im->pending)
        send_pending(im);
    while (im->tool->session && siaga_submit_open(im->tool->session))
        if (siaga_submit_poll(im->tool->session, 200, &b))
            take_batch(im, &b);
        else
            import_progress(im, false);
}

/* ---- progress ---- */

void import_progress(struct import *im, bool end)
{
    if (end)
        tool_progress_end(&im->progress);
    if (end || !tool_progress_due(&im->progress))
        return;
    tool_progress_show(im->tool, N_("%lu lines, %.0f/s, %lu refused"), im->rows,
                       tool_progress_rate(&im->progress, (double)im->rows), im->refused);
}
