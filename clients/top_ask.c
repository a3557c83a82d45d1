/* What `siaga top` asks of siagad, on a session of its own, never waiting: one act of the operator
 * and one question beside it; and what is said of the answers. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "top.h"

#define STATUS_US 10000000
#define AGAIN_US 1000000 /* between two looks at the same case */
#define RETRY_US 5000000 /* after a list that failed */
#define LIST_ROWS 500
#define PATIENCE_MS 15000

void top_say(struct top *top, bool bad, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(top->message, sizeof(top->message), tool_text(top->t, format), args);
    va_end(args);
    top->bad = bad;
}

int top_ask_begin(struct top *top)
{
    const struct tool *t = top->t;
    siaga_error err;
    siaga_options options = {
        .endpoints = t->server,
        .cert = t->cert,
        .source = *t->source ? t->source : NULL,
        .client = "siaga " SIAGA_VERSION " top",
        .language = tool_language(t),
        .connect_ms = t->timeout_ms,
        .deadline_ms = t->timeout_given ? t->timeout_ms : PATIENCE_MS,
    };
    int code = siaga_session_new(&options, &top->asks, &err);
    return code ? tool_fail(top->t, &err) : 0;
}

void top_ask_end(struct top *top)
{
    siaga_call_free(top->act);
    siaga_call_free(top->ask);
    siaga_map_free(top->request);
    siaga_session_free(top->asks);
    free(top->pane.text);
}

int top_ask_fd(struct top *top)
{
    siaga_batch batch;
    while (siaga_submit_poll(top->asks, 0, &batch))
        siaga_batch_free(&batch);
    return siaga_session_fd(top->asks);
}

/* ---- acts ---- */

/* The same again, with the key it had, when nobody knows what became of it; else a new one. */
static bool same_again(const struct top *top, const char *act, const char *ticket)
{
    return top->request && strcmp(top->did, act) == 0 && strcmp(top->acted, ticket) == 0 &&
           strcmp(act, "ack") == 0;
}

static siaga_map *request_of(uint64_t number, int64_t version, const char *act)
{
    siaga_map *request = siaga_map_new();
    siaga_event *key = siaga_event_new("report");
    siaga_map_int(request, "case", (int64_t)number);
    siaga_map_text(request, "do", act);
    siaga_map_text(request, "key", siaga_event_key(key));
    if (version > 0)
        siaga_map_int(request, "version", version);
    siaga_event_free(key);
    return request;
}

void top_act(struct top *top, const char *act, uint64_t number, int64_t version, const char *target,
             const char *reason)
{
    siaga_error err;
    const struct top_case *c = top_model_find(top->m, number);
    if (!c || top->act) {
        top_say(top, true,
                c ? N_("wait for the answer to what was done before") : N_("that case has ended"));
        return;
    }
    if (!same_again(top, act, c->ticket)) {
        siaga_map_free(top->request);
        top->request = request_of(number, version, act);
        siaga_map_text(top->request, "target", target);
        siaga_map_text(top->request, "reason", reason);
    }
    snprintf(top->acted, sizeof(top->acted), "%s", c->ticket);
    snprintf(top->did, sizeof(top->did), "%s", act);
    if (siaga_call_begin(top->asks, "move", top->request, &top->act, &err))
        top_say(top, true, "%s", tool_reason(top->t, &err));
    else
        top_say(top, false, "%s: the request to %s was sent; waiting for the answer of siagad",
                c->ticket,
                strcmp(act, "ack") == 0 ? tool_text(top->t, "acknowledge")
                                        : tool_text(top->t, "forward"));
}

static void add(char *out, size_t size, const char *before, const char *text)
{
    size_t n = strlen(out);
    char clean[400];
    if (*text)
        snprintf(out + n, size - n, "%s%s", before, tool_clean(text, clean, sizeof(clean)));
}

/* "; yang mirip: damkar dinkes" */
static void add_list(char *out, size_t size, const char *before, const siaga_doc *list,
                     const char *group, bool english)
{
    for (size_t i = 0; i < siaga_doc_size(list); i++) {
        const char *word = siaga_doc_text(siaga_doc_at(list, i));
        add(out, size, i ? ", " : before, group ? siaga_label(group, word, english) : word);
    }
}

static void say_stale(struct top *top, const siaga_doc *refusal)
{
    char what[400], by[200], at[TOOL_TIME_BYTES], state[100];
    const char *who = siaga_text(refusal, "changed_by");
    top_say(top, true, "%s has changed: now %s, version %lld; changed by %s at %s: %s", top->acted,
            tool_clean(tool_label(top->t, refusal, "state"), state, sizeof(state)),
            (long long)siaga_int(refusal, "version", 0),
            *who ? tool_clean(who, by, sizeof(by)) : "-",
            tool_time_long(top->t, siaga_time(refusal, "changed_at"), at),
            tool_changed(top->t, refusal, what, sizeof(what)));
}

static void say_refused(struct top *top, const siaga_doc *refusal, const siaga_error *err)
{
    const siaga_doc *faults = siaga_doc_get(refusal, "faults");
    const char *language = tool_language(top->t);
    char more[400] = "";
    bool english = top->t->english;
    if (strcmp(err->verdict, "E_STALE") == 0) {
        say_stale(top, refusal);
        return;
    }
    for (size_t i = 1; i < siaga_doc_size(faults); i++) { /* the first is in the text already */
        const siaga_doc *fault = siaga_doc_at(faults, i);
        add(more, sizeof(more), "; ", siaga_text(fault, "field"));
        add(more, sizeof(more), ": ", siaga_text(siaga_doc_get(fault, "hint"), language));
    }
    add_list(more, sizeof(more), tool_text(top->t, "; nearest: "),
             siaga_doc_get(refusal, "nearest"), NULL, english);
    add_list(more, sizeof(more), tool_text(top->t, "; allowed: "),
             siaga_doc_get(refusal, "allowed"), "act", english);
    top_say(top, true, "%s: %s: %s%s", top->acted, err->verdict, tool_reason(top->t, err), more);
}

/* 69 and 75: it may have happened. The key is kept, so that the same key pressed again is the same.
 */
static void say_unknown(struct top *top, const siaga_error *err)
{
    bool ack = strcmp(top->did, "ack") == 0;
    top_say(top, true, "%s: not known whether it was recorded; %s (%s)", top->acted,
            ack ? tool_text(top->t, "press a again, it does no harm")
                : tool_text(top->t, "look at the case first"),
            tool_reason(top->t, err));
}

static void forget_request(struct top *top)
{
    siaga_map_free(top->request);
    top->request = NULL;
}

static void take_act(struct top *top, int code, const siaga_doc *answer, const siaga_error *err)
{
    char state[100], owner[64];
    bool unknown = code == EX_TEMPFAIL || code == EX_UNAVAILABLE;
    if (code && unknown)
        say_unknown(top, err);
    else if (code)
        say_refused(top, answer, err);
    else
        top_say(top, false, "%s: %s, version %lld, %s%s%s", top->acted,
                tool_clean(tool_label(top->t, answer, "state"), state, sizeof(state)),
                (long long)siaga_int(answer, "version", 0),
                tool_clean(siaga_text(answer, "owner"), owner, sizeof(owner)),
                siaga_bool(answer, "by_rule", false) ? tool_text(top->t, " (by rule)") : "",
                siaga_bool(answer, "duplicate", false) ? tool_text(top->t, " (recorded before)")
                                                       : "");
    if (!unknown)
        forget_request(top);
}

/* ---- questions ---- */

static void take_status(struct top *top, const siaga_doc *answer)
{
    tool_clean(siaga_text(answer, "city"), top->city, sizeof(top->city));
    top->desks = siaga_int(answer, "desks", -1);
}

static void take_list(struct top *top, const siaga_doc *answer)
{
    const siaga_doc *rows = siaga_doc_get(answer, "rows");
    uint64_t as_of = (uint64_t)siaga_int(answer, "as_of", 0);
    for (size_t i = 0; i < siaga_doc_size(rows); i++)
        top_model_now(top->m, siaga_doc_at(rows, i), as_of);
    top->list_after = siaga_int(answer, "after", 0);
    top->list = top->list_after != 0;
}

/* As of the last entry that it tells. A history that did not fit leaves that open. */
static uint64_t as_of(const siaga_doc *answer)
{
    const siaga_doc *history = siaga_doc_get(answer, "history");
    size_t n = siaga_doc_size(history);
    if (!n || !siaga_bool(answer, "whole", true))
        return UINT64_MAX;
    return (uint64_t)siaga_int(siaga_doc_at(history, n - 1), "seq", 0);
}

static void take_case(struct top *top, const siaga_doc *answer)
{
    top_model_now(top->m, siaga_doc_get(answer, "case"), as_of(answer));
}

static void take_pane(struct top *top, const siaga_doc *answer)
{
    const siaga_doc *now = siaga_doc_get(answer, "case");
    take_case(top, answer);
    if (!top->pane.open || (uint64_t)siaga_int(now, "case", 0) != top->pane.number)
        return;
    free(top->pane.text);
    top->pane.text = top_pane_text(top->t, answer);
    top->pane.version = siaga_int(now, "version", 0);
}

static void take_answer(struct top *top, int code, const siaga_doc *answer, const siaga_error *err)
{
    static void (*const takers[])(struct top *, const siaga_doc *) = {
        [TOP_ASK_STATUS] = take_status,
        [TOP_ASK_LIST] = take_list,
        [TOP_ASK_CASE] = take_case,
        [TOP_ASK_PANE] = take_pane,
    };
    if (!code)
        takers[top->asking](top, answer);
    else if (top->asking == TOP_ASK_PANE)
        top_say(top, true, "the case cannot be read: %s", tool_reason(top->t, err));
    else if (top->asking == TOP_ASK_LIST)
        top->list_at = top->now.mono + RETRY_US;
}

static void ask(struct top *top, enum top_asking asking, const char *verb, siaga_map *request)
{
    siaga_error err;
    top->asking = asking;
    if (siaga_call_begin(top->asks, verb, request, &top->ask, &err))
        top_say(top, true, "%s", tool_reason(top->t, &err));
    siaga_map_free(request);
}

static void ask_case(struct top *top, enum top_asking asking, uint64_t number)
{
    siaga_map *request = siaga_map_new();
    siaga_map_int(request, "case", (int64_t)number);
    top->case_at = top->now.mono + AGAIN_US;
    ask(top, asking, "get", request);
}

static void ask_list(struct top *top)
{
    siaga_map *request = siaga_map_new();
    siaga_map_merge(request, tool_request(top->t));
    siaga_map_text(request, "snapshot", NULL);
    siaga_map_bool(request, "open", true);
    siaga_map_int(request, "limit", LIST_ROWS);
    if (top->list_after)
        siaga_map_int(request, "after", top->list_after);
    ask(top, TOP_ASK_LIST, "list", request);
}

/* The pane shows an older version than the feed has told of, or nothing yet. */
static bool pane_wants(const struct top *top)
{
    const struct top_case *c = top_model_find(top->m, top->pane.number);
    return top->pane.open && top->now.mono >= top->case_at &&
           (!top->pane.text || (c && c->version > top->pane.version));
}

static void ask_next(struct top *top)
{
    const struct top_case *untold = top_model_untold(top->m);
    if (top->ask)
        return;
    if (pane_wants(top)) {
        ask_case(top, TOP_ASK_PANE, top->pane.number);
    } else if (untold && top->now.mono >= top->case_at) {
        ask_case(top, TOP_ASK_CASE, untold->number);
    } else if (top->list && top->now.mono >= top->list_at) {
        ask_list(top);
    } else if (top->now.mono >= top->status_at) {
        top->status_at = top->now.mono + STATUS_US;
        ask(top, TOP_ASK_STATUS, "status", NULL);
    }
}

void top_ask_tend(struct top *top)
{
    siaga_error err;
    siaga_doc *answer;
    int code;
    if (top->act && siaga_call_poll(top->act, 0, &code, &answer, &err)) {
        top->act = NULL;
        take_act(top, code, answer, &err);
        siaga_doc_free(answer);
    }
    if (top->ask && siaga_call_poll(top->ask, 0, &code, &answer, &err)) {
        top->ask = NULL;
        take_answer(top, code, answer, &err);
        siaga_doc_free(answer);
    }
    ask_next(top);
}

/* ---- the pane ---- */

void top_pane_open(struct top *top, uint64_t number)
{
    top_pane_close(top);
    top->pane = (struct top_pane){.open = true, .number = number};
    top->case_at = 0;
}

void top_pane_close(struct top *top)
{
    free(top->pane.text);
    top->pane = (struct top_pane){0};
}
