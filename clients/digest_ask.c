/* Asks siagad for the figures, and for the cases behind one of them. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

static const char *const everything[] = {"categories", "places", "classes", "states", "hours",
                                         "runs",       "cases",  "names",   NULL};
static const char *const a_day[] = {"cases", "names", NULL};
static const char *const only_figures[] = {NULL};

static siaga_map *request_of(const struct digest *d, const struct digest_span *span)
{
    siaga_map *m = siaga_map_new();
    char day[DIGEST_WORD];
    digest_iso(span->from, day);
    siaga_map_text(m, "from", day);
    digest_iso(span->until, day);
    siaga_map_text(m, "until", day);
    if (*d->skpd)
        siaga_map_text(m, "skpd", d->skpd);
    return m;
}

static int ask(struct digest *d, const struct digest_span *span, const char *const with[],
               siaga_doc **ret)
{
    siaga_map *m = request_of(d, span);
    for (size_t i = 0; with[i]; i++)
        siaga_map_add(m, "with", with[i]);
    int code = tool_ask(d->t, "digest", m, ret);
    siaga_map_free(m);
    return code;
}

int digest_ask(struct digest *d)
{
    int code = ask(d, &d->span, d->monthly ? everything : a_day, &d->now);
    if (!code) /* a handler's is that of its SKPD, also unasked */
        snprintf(d->skpd, sizeof(d->skpd), "%s", siaga_text(d->now, "only"));
    if (!code && d->monthly)
        code = ask(d, &d->before, only_figures, &d->then);
    if (!code && d->monthly)
        code = ask(d, &d->year, only_figures, &d->last_year);
    return code;
}

/* ---- the cases behind a figure ---- */

static const struct tool_column columns[] = {
    {N_("TICKET"), 0}, {N_("HOW MUCH"), TOOL_RIGHT}, {N_("SKPD"), 0},
    {N_("STATE"), 0},  {N_("CATEGORY"), 0},          {N_("WHEN"), 0},
};

static void put_row(struct tool *t, struct tool_table *table, const siaga_doc *row)
{
    char n[DIGEST_WORD], when[TOOL_TIME_BYTES];
    const char *const cells[] = {
        siaga_text(row, "ticket"),   digest_number(t, siaga_int(row, "n", 0), n),
        siaga_text(row, "skpd"),     tool_label(t, row, "state"),
        siaga_text(row, "category"), tool_time_long(t, siaga_time(row, "at"), when)};
    tool_table_row(table, cells, NULL);
}

/* One page; its rows go to the table or out as JSON. Adds up what they are of the figure. */
static int64_t take_page(struct tool *t, struct tool_table *table, const siaga_doc *page)
{
    const siaga_doc *rows = siaga_doc_get(page, "rows");
    int64_t sum = 0;
    for (size_t i = 0; i < siaga_doc_size(rows); i++) {
        const siaga_doc *row = siaga_doc_at(rows, i);
        sum += siaga_int(row, "n", 0);
        if (table)
            put_row(t, table, row);
        else
            tool_emit(t, row);
    }
    return sum;
}

int digest_explain(struct digest *d)
{
    struct tool *t = d->t;
    siaga_map *m = request_of(d, &d->span);
    struct tool_table *table = d->form == DIGEST_JSON
                                   ? NULL
                                   : tool_table_new(t, columns, sizeof(columns) / sizeof(*columns));
    int64_t sum = 0, after = 1;
    int code = 0;
    t->output = d->form == DIGEST_JSON ? TOOL_JSON : TOOL_TABLE;
    siaga_map_text(m, "figure", d->figure);
    while (!code && after > 0) {
        siaga_doc *page = NULL;
        code = tool_ask(t, "digest", m, &page);
        if (!code)
            sum += take_page(t, table, page);
        after = siaga_int(page, "after", 0);
        siaga_map_int(m, "after", after);
        siaga_doc_free(page);
    }
    siaga_map_free(m);
    if (!code && table)
        tool_table_print(table);
    else if (!code)
        tool_emit_end(t);
    tool_table_free(table);
    if (!code)
        tool_note(t, "%lld in all (%s)", (long long)sum,
                  siaga_label("figure", d->figure, t->english));
    return code ? code : sum > 0 ? 0 : TOOL_SOME;
}

void digest_explain_help(struct tool *t)
{
    const char *word;
    for (size_t i = 0; (word = siaga_word("figure", i)); i++)
        printf("%-16s %s\n", word, siaga_label("figure", word, t->english));
}
