/* siaga flush: what waits on this machine goes to where it was meant for. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "send.h"
#include "spool.h"

/* Where some of what waits goes to, and as whom. */
struct destination {
    char *server, *source, *cert;
};

struct flushing {
    struct tool *tool;
    struct destination *to;
    size_t n;
    size_t unreadable; /* files that name no destination */
    siaga_flushed done;
};

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* With --server one address takes the place of all, with --cert one key. */
static void add_destination(void *self, uint64_t number, const siaga_doc *row)
{
    struct flushing *f = self;
    const struct tool *t = f->tool;
    (void)number;
    const char *server = t->server_given ? t->server : siaga_text(row, "server");
    const char *cert = t->cert_given ? t->cert : siaga_text(row, "cert");
    const char *source = siaga_text(row, "source");
    f->unreadable += strstr(siaga_text(row, "file"), ".event") && !siaga_doc_get(row, "key");
    if (!same(siaga_text(row, "state"), "queued"))
        return;
    for (size_t i = 0; i < f->n; i++)
        if (same(f->to[i].server, server) && same(f->to[i].source, source) &&
            same(f->to[i].cert, cert))
            return;
    f->to = realloc(f->to, (f->n + 1) * sizeof(*f->to));
    if (!f->to)
        abort();
    f->to[f->n++] = (struct destination){strdup(server), strdup(source), strdup(cert)};
}

static void tell(void *self, uint64_t number, const siaga_doc *doc)
{
    const struct flushing *f = self;
    if (!siaga_doc_get(doc, "code")) {
        if (f->tool->output == TOOL_TABLE)
            send_print(f->tool, doc);
        else
            tool_emit(f->tool, doc);
        return;
    }
    tool_note(f->tool, "number %llu:", (unsigned long long)number);
    tool_refused(f->tool, doc);
}

static void add(siaga_flushed *sum, const siaga_flushed *one)
{
    sum->stored += one->stored;
    sum->duplicate += one->duplicate;
    sum->refused += one->refused;
    sum->damaged += one->damaged;
    sum->left += one->left;
}

static int flush_one(struct flushing *f, siaga_outbox *outbox, const struct destination *to)
{
    struct tool *t = f->tool;
    int code = 0;
    siaga_error err;
    siaga_flushed done;
    siaga_flush how = {
        .any_server = t->server_given, .wait_ms = t->timeout_ms, .told = tell, .self = f};
    t->server = to->server;
    t->cert = *to->cert ? to->cert : NULL;
    snprintf(t->source, sizeof(t->source), "%s", to->source);
    if (!tool_session(t, &code))
        return code;
    code = siaga_outbox_flush(outbox, t->session, &how, &done, &err);
    add(&f->done, &done);
    if (code)
        tool_fail(t, &err);
    siaga_session_free(t->session);
    t->session = NULL;
    return code;
}

/* The worst that a person must look at, else what a later try mends, else that some were refused.
 */
static int worse(int a, int b)
{
    bool waits = spool_takes(a);
    return !a || (waits && b && !spool_takes(b)) ? b : a;
}

static void drop_destinations(struct flushing *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->to[i].server);
        free(f->to[i].source);
        free(f->to[i].cert);
    }
    free(f->to);
}

static int flush(struct tool *t, siaga_outbox *outbox)
{
    struct flushing f = {.tool = t};
    siaga_error err;
    int code = siaga_outbox_list(outbox, add_destination, &f, &err);
    if (code)
        tool_fail(t, &err);
    for (size_t i = 0; i < f.n; i++)
        code = worse(code, flush_one(&f, outbox, &f.to[i]));
    t->server = SIAGA_DEFAULT_SERVER; /* what it pointed to goes now */
    t->cert = NULL;
    if (!f.n)
        f.done.damaged = f.unreadable; /* nobody has set them aside */
    if (!f.n && !f.unreadable && !code)
        tool_note(t, "nothing waits");
    spool_note(t, &f.done);
    if (f.done.left)
        tool_note(t, "outbox: %zu still waiting", f.done.left);
    drop_destinations(&f);
    tool_emit_end(t);
    return code ? code : f.done.refused || f.done.damaged ? TOOL_SOME : 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS]"),
    .examples = {"siaga flush", "siaga flush --server tcp://192.0.2.10:5570 --timeout 60"},
    .fields = TOOL_RECEIPT_FIELDS,
    .known = TOOL_RECEIPT_KNOWN,
    .exits = N_("here: 0 nothing waits any more; 1 some were refused or damaged"),
};

static int run(struct tool *t, int argc, char **argv)
{
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (code)
        return code;
    siaga_outbox *outbox = spool_open(t, &code);
    if (!outbox)
        return code;
    code = flush(t, outbox);
    spool_close();
    return code;
}

const struct verb flush_verb = {
    .name = "flush",
    .summary = N_("Sends what waits on this machine; --server sends all of it to another address."),
    .run = run,
};
