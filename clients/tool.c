#include "tool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- messages ---- */

const char *tool_text(const struct tool *t, const char *text)
{
    return lang_text(t->english, text);
}

const char *tool_language(const struct tool *t)
{
    return lang_name(t->english);
}

const char *tool_reason(const struct tool *t, const siaga_error *err)
{
    return t->english ? err->text_en : err->text_id;
}

const char *tool_clean(const char *text, char *out, size_t size)
{
    return siaga_clean(text, out, size);
}

void tool_cut(const char *text, char *out, size_t most)
{
    size_t n = strlen(text);
    if (n > most)
        for (n = most; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
            n--;
    memcpy(out, text, n);
    out[n] = '\0';
}

void tool_print(FILE *out, const char *text)
{
    size_t room = 6 * strlen(text) + 1; /* the longest escape of one byte or character */
    char *clean = malloc(room);
    if (!clean)
        abort();
    fputs(siaga_clean(text, clean, room), out);
    free(clean);
}

int tool_fail(struct tool *t, const siaga_error *err)
{
    fprintf(stderr, "siaga: %s%s%s (%s %d)\n", err->verdict, *err->verdict ? ": " : "",
            tool_reason(t, err), tool_text(t, "exit"), err->code);
    return err->code;
}

int tool_complain(struct tool *t, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("siaga: ", stderr);
    vfprintf(stderr, tool_text(t, format), args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

void tool_note(struct tool *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, tool_text(t, format), args);
    fputc('\n', stderr);
    va_end(args);
}

/* ---- refusals ---- */

static void print_fault(struct tool *t, const siaga_doc *fault)
{
    const char *language = tool_language(t);
    fputs("  ", stderr);
    tool_print(stderr, siaga_text(fault, "field"));
    fputs(": ", stderr);
    const char *hint = siaga_text(siaga_doc_get(fault, "hint"), language);
    const char *verdict = siaga_text(fault, "code");
    tool_print(stderr, *hint ? hint : siaga_label("verdict", verdict, t->english));
    int64_t limit = siaga_int(fault, "limit", 0);
    if (limit)
        fprintf(stderr, " (%s %lld)", tool_text(t, "limit"), (long long)limit);
    const char *seen = siaga_text(fault, "seen");
    if (*seen) {
        fprintf(stderr, "; %s \"", tool_text(t, "seen"));
        tool_print(stderr, seen);
        fputc('"', stderr);
    }
    fputc('\n', stderr);
}

/* One line `  title: item item ...` unless the refusal has no such list; the words of a group with
 * their labels: `ack (diakui), forward (didisposisikan)`. */
static void print_items(const struct tool *t, const siaga_doc *refusal, const char *name,
                        const char *group, const char *title)
{
    const siaga_doc *list = siaga_doc_get(refusal, name);
    if (!siaga_doc_size(list))
        return;
    fprintf(stderr, "  %s:", title);
    for (size_t i = 0; i < siaga_doc_size(list); i++) {
        const char *item = siaga_doc_text(siaga_doc_at(list, i));
        fputs(group && i ? ", " : " ", stderr);
        tool_print(stderr, item);
        if (group && strcmp(siaga_label(group, item, t->english), item) != 0)
            fprintf(stderr, " (%s)", siaga_label(group, item, t->english));
    }
    fputc('\n', stderr);
}

static void print_text(const siaga_doc *refusal, const char *name, const char *title)
{
    if (!*siaga_text(refusal, name))
        return;
    fprintf(stderr, "  %s: ", title);
    tool_print(stderr, siaga_text(refusal, name));
    fputc('\n', stderr);
}

int tool_refused(struct tool *t, const siaga_doc *refusal)
{
    siaga_error err;
    siaga_refusal_error(refusal, &err);
    const siaga_doc *faults = siaga_doc_get(refusal, "faults");
    const char *hint = siaga_text(siaga_doc_get(refusal, "hint"), tool_language(t));
    fprintf(stderr, "siaga: %s: ", err.verdict);
    tool_print(stderr, *hint ? hint : siaga_label("verdict", err.verdict, t->english));
    fprintf(stderr, " (%s %d)\n", tool_text(t, "exit"), err.code);
    for (size_t i = 0; i < siaga_doc_size(faults); i++)
        print_fault(t, siaga_doc_at(faults, i));
    print_items(t, refusal, "nearest", NULL, tool_text(t, "nearest"));
    print_items(t, refusal, "allowed", "act", tool_text(t, "allowed now"));
    print_text(refusal, "ticket", tool_text(t, "ticket"));
    print_text(refusal, "now", tool_text(t, "clock of siagad"));
    if (err.wait_s)
        fprintf(stderr, "  %s: %u s\n", tool_text(t, "wait"), err.wait_s);
    return err.code;
}

/* ---- talking ---- */

/* Events say which city they are of. */
static int learn_city(struct tool *t)
{
    siaga_doc *hello = NULL;
    int code = tool_ask(t, "hello", NULL, &hello);
    tool_cut(siaga_text(hello, "city"), t->city, sizeof(t->city) - 1);
    siaga_doc_free(hello);
    return code;
}

siaga_session *tool_session(struct tool *t, int *ret_code)
{
    if (t->session)
        return t->session;
    char client[64];
    snprintf(client, sizeof(client), "siaga %s %s", SIAGA_VERSION, t->verb->name);
    siaga_options options = {
        .endpoints = t->server,
        .cert = t->cert,
        .source = *t->source ? t->source : NULL,
        .client = client,
        .language = tool_language(t),
        .connect_ms = t->timeout_ms < 3000 || t->timeout_given ? t->timeout_ms : 3000,
        .deadline_ms = t->timeout_ms,
        .patience_ms = t->patience_ms,
    };
    siaga_error err;
    int code = siaga_session_new(&options, &t->session, &err);
    if (code)
        *ret_code = tool_fail(t, &err);
    else if (t->output == TOOL_CLOUDEVENTS)
        code = *ret_code = learn_city(t);
    return code ? NULL : t->session;
}

siaga_map *tool_request(struct tool *t)
{
    if (!t->request)
        t->request = siaga_map_new();
    return t->request;
}

int tool_ask(struct tool *t, const char *verb, const siaga_map *request, siaga_doc **ret_answer)
{
    int code = 0;
    siaga_error err;
    siaga_doc *body = NULL;
    siaga_session *s = tool_session(t, &code);
    if (!s)
        return code;
    code = siaga_request(s, verb, request, &body, &err);
    if (!code) {
        *ret_answer = body;
        return 0;
    }
    code = body ? tool_refused(t, body) : tool_fail(t, &err);
    tool_suggest_all(t, body);
    siaga_doc_free(body);
    return code;
}
