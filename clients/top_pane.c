/* One case in full, as lines of text: what `siaga show` tells, in the order an operator asks. */
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define LABEL_COLUMNS 20

static void label(const struct tool *t, FILE *out, const char *text)
{
    fprintf(out, "%-*s ", LABEL_COLUMNS, tool_text(t, text));
}

/* ---- one row of the table below, one function a form ---- */

static void put_time(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    char when[TOOL_TIME_BYTES];
    fputs(tool_time_long(t, siaga_time(now, name), when), out);
}

static void put_word(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    tool_print(out, tool_label(t, now, name));
}

static void put_text(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    (void)t;
    tool_print(out, siaga_text(now, name));
}

static void put_count(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    (void)t;
    fprintf(out, "%lldx", (long long)siaga_int(now, name, 0));
}

static void put_span(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    char span[TOOL_TIME_BYTES];
    fputs(tool_span(t, siaga_int(now, name, 0) * 1000000, span), out);
}

static void put_flags(const struct tool *t, FILE *out, const siaga_doc *now, const char *name)
{
    tool_print_list(t, out, siaga_doc_get(now, name), "flag");
}

static const struct fact {
    const char *name, *text;
    void (*put)(const struct tool *t, FILE *out, const siaga_doc *now, const char *name);
} facts[] = {
    {"at", N_("received"), put_time},
    {"category", N_("category"), put_text},
    {"channel", N_("by"), put_word},
    {"source", N_("sent by"), put_text},
    {"ack_due", N_("acknowledge by"), put_time},
    {"acknowledged_at", N_("ack by a person"), put_time},
    {"resolve_due", N_("resolve by"), put_time},
    {"receipt_at", N_("received by program"), put_time},
    {"response_s", N_("response time"), put_span},
    {"waited_s", N_("waited"), put_span},
    {"forwards", N_("forwarded"), put_count},
    {"level", NC_("short", "alarm has reached"), put_word},
    {"outcome", N_("outcome"), put_word},
    {"flags", N_("flags"), put_flags},
};

static void put_facts(const struct tool *t, FILE *out, const siaga_doc *now)
{
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
        const struct fact *f = &facts[i];
        const siaga_doc *value = siaga_doc_get(now, f->name);
        if (!value || (siaga_doc_type(value) == SIAGA_INT && siaga_doc_int(value, 0) <= 0))
            continue;
        label(t, out, f->text);
        f->put(t, out, now, f->name);
        putc('\n', out);
    }
}

/* ---- the parts of the text ---- */

static void put_head(const struct tool *t, FILE *out, const siaga_doc *now)
{
    tool_print(out, siaga_text(now, "ticket"));
    fputs("  ", out);
    put_word(t, out, now, "severity");
    fputs("  ", out);
    put_word(t, out, now, "state");
    fputs("  ", out);
    tool_print(out, siaga_text(now, "owner"));
    fprintf(out, "  (%s %lld)\n", tool_text(t, "version"), (long long)siaga_int(now, "version", 0));
}

/* A text of several lines keeps them, each made safe by itself. */
static void put_lines(FILE *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = strndup(text, n);
        if (!line)
            abort();
        tool_print(out, line);
        free(line);
        putc('\n', out);
        text += n + (text[n] == '\n');
    }
}

static void put_texts(const struct tool *t, FILE *out, const siaga_doc *answer)
{
    static const char *const names[] = {"title", "body"};
    const siaga_doc *now = siaga_doc_get(answer, "case"), *full = siaga_doc_get(answer, "full");
    char drill[32];
    tool_print(out, tool_drill(t, now, drill));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *whole = siaga_text(full, names[i]);
        put_lines(out, *whole ? whole : siaga_text(now, names[i]));
    }
    putc('\n', out);
}

static void put_place(const struct tool *t, FILE *out, const siaga_doc *now)
{
    if (!*siaga_text(now, "kecamatan") && !*siaga_text(now, "address") &&
        !siaga_doc_get(now, "lat"))
        return;
    label(t, out, N_("place"));
    tool_print_place(out, "", now);
    putc('\n', out);
}

static void put_parts(const struct tool *t, FILE *out, const siaga_doc *parts)
{
    char when[TOOL_TIME_BYTES];
    for (size_t i = 0; i < siaga_doc_size(parts); i++) {
        const siaga_doc *part = siaga_doc_at(parts, i);
        label(t, out, i ? "" : N_("supporting SKPD"));
        tool_print(out, siaga_text(part, "skpd"));
        fputs(": ", out);
        put_word(t, out, part, "state");
        if (siaga_time(part, "ack_due"))
            fprintf(out, "; %s %s", tool_text(t, "acknowledge by"),
                    tool_time_short(t, siaga_time(part, "ack_due"), when));
        putc('\n', out);
    }
}

static void put_history(const struct tool *t, FILE *out, const siaga_doc *answer)
{
    const siaga_doc *history = siaga_doc_get(answer, "history");
    char when[TOOL_TIME_BYTES];
    fprintf(out, "\n%s\n", tool_text(t, "History"));
    for (size_t i = 0; i < siaga_doc_size(history); i++) {
        const siaga_doc *row = siaga_doc_at(history, i);
        fprintf(out, "%s  ", tool_time_long(t, siaga_time(row, "at"), when));
        if (strcmp(siaga_text(row, "entry"), "event") == 0) {
            fputs(tool_text(t, "came from "), out);
            tool_print(out, siaga_text(row, "source"));
            fputs(tool_text(t, "; owner: "), out);
            tool_print(out, siaga_text(row, "owner"));
        } else {
            tool_print_doing(t, out, row);
        }
        putc('\n', out);
    }
    if (!siaga_bool(answer, "whole", true))
        fputs(tool_text(t, "... the rest of the history does not fit\n"), out);
}

char *top_pane_text(const struct tool *t, const siaga_doc *answer)
{
    const siaga_doc *now = siaga_doc_get(answer, "case");
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        abort();
    put_head(t, out, now);
    put_texts(t, out, answer);
    put_place(t, out, now);
    put_facts(t, out, now);
    put_parts(t, out, siaga_doc_get(now, "tasks"));
    put_history(t, out, answer);
    if (fclose(out) != 0)
        abort();
    return text;
}
