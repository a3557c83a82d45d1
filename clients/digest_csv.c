/* The figures as they are: CSV, one figure a line, and JSON. Without what changes with every entry
 * (as_of) and what is said elsewhere (names). */
#include "digest.h"

#include <string.h>

/* A text a spreadsheet would run begins with a quote mark of its own. */
static void cell(const char *text, FILE *out)
{
    bool runs = *text && strchr("=+-@\t\r", *text);
    bool quoted = runs || strpbrk(text, ",\"\r\n") != NULL;
    fputs(quoted ? "\"" : "", out);
    fputs(runs ? "'" : "", out);
    for (; *text; text++)
        fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, out);
    fputs(quoted ? "\"" : "", out);
}

struct lines {
    FILE *out;
    char from[16], until[16];
};

static void line(const struct lines *l, const char *scope, const char *name, const char *figure,
                 int64_t value)
{
    fprintf(l->out, "%s,%s,%s,", l->from, l->until, scope);
    cell(name, l->out);
    fputc(',', l->out);
    cell(figure, l->out);
    fprintf(l->out, ",%lld\n", (long long)value);
}

static void figure_lines(const struct lines *l, const char *scope, const char *name,
                         const siaga_doc *sum)
{
    const siaga_doc *figures = siaga_doc_get(sum, "figures"), *times = siaga_doc_get(sum, "times");
    for (size_t i = 0; i < siaga_doc_size(figures); i++)
        line(l, scope, name, siaga_doc_name(figures, i),
             siaga_doc_int(siaga_doc_at(figures, i), 0));
    for (size_t i = 0; i < siaga_doc_size(times); i++)
        for (size_t k = 0; k < siaga_doc_size(siaga_doc_at(times, i)); k++) {
            const siaga_doc *time = siaga_doc_at(times, i);
            char figure[64];
            snprintf(figure, sizeof(figure), "%s_%s", siaga_doc_name(times, i),
                     siaga_doc_name(time, k));
            line(l, scope, name, figure, siaga_doc_int(siaga_doc_at(time, k), 0));
        }
}

static void list_lines(const struct lines *l, const char *scope, const siaga_doc *list,
                       const char *name)
{
    for (size_t i = 0; i < siaga_doc_size(list); i++)
        figure_lines(l, scope, siaga_text(siaga_doc_at(list, i), name), siaga_doc_at(list, i));
}

static void span_lines(const siaga_doc *answer, FILE *out)
{
    struct lines l = {.out = out};
    snprintf(l.from, sizeof(l.from), "%s", siaga_text(answer, "from"));
    snprintf(l.until, sizeof(l.until), "%s", siaga_text(answer, "until"));
    figure_lines(&l, "city", "", siaga_doc_get(answer, "city"));
    list_lines(&l, "skpd", siaga_doc_get(answer, "skpd"), "skpd");
    list_lines(&l, "kind", siaga_doc_get(answer, "kinds"), "kind");
    list_lines(&l, "category", siaga_doc_get(answer, "categories"), "category");
    list_lines(&l, "kecamatan", siaga_doc_get(answer, "places"), "kecamatan");
}

void digest_csv(struct digest *d, FILE *out)
{
    fputs("from,until,scope,name,figure,value\n", out);
    span_lines(d->now, out);
    if (d->then)
        span_lines(d->then, out);
    if (d->last_year)
        span_lines(d->last_year, out);
}

static void json_span(const char *name, const siaga_doc *answer, FILE *out)
{
    const char *comma = "";
    fprintf(out, ",\n\"%s\":{", name);
    for (size_t i = 0; i < siaga_doc_size(answer); i++) {
        const char *pair = siaga_doc_name(answer, i);
        if (strcmp(pair, "as_of") == 0 || strcmp(pair, "names") == 0)
            continue;
        fprintf(out, "%s\n  \"%s\":", comma, pair);
        siaga_doc_json(siaga_doc_at(answer, i), out);
        comma = ",";
    }
    fputs("}", out);
}

void digest_json(struct digest *d, FILE *out)
{
    fprintf(out, "{\"digest\":\"%s\"", d->monthly ? "monthly" : "daily");
    if (*d->skpd)
        fprintf(out, ",\"skpd\":\"%s\"", d->skpd);
    json_span("now", d->now, out);
    if (d->then)
        json_span("month_before", d->then, out);
    if (d->last_year)
        json_span("year_before", d->last_year, out);
    fputs("}\n", out);
}
