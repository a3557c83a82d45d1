/* Every figure of STATUS in the text form of Prometheus. Names come from siagad with their
 * sentences, so a figure that is new there needs nothing here. */
#include "check.h"

#include <string.h>

#define NAME_BYTES 96

static void put_escaped(const char *text, bool quotes)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text == '\\' || (*text == '"' && quotes))
            printf("\\%c", *text);
        else
            putchar(*text);
}

static void put_head(const char *name, const char *type, const char *sentence)
{
    printf("# HELP %s ", name);
    put_escaped(*sentence ? sentence : name, false);
    printf("\n# TYPE %s %s\n", name, type);
}

static void put_label(const char *name, const char *value)
{
    printf("%s=\"", name);
    put_escaped(value, true);
    putchar('"');
}

/* Base units: microseconds become seconds. */
static void put_value(int64_t value, bool us)
{
    if (us)
        printf(" %lld.%06lld\n", (long long)value / 1000000, (long long)value % 1000000);
    else
        printf(" %lld\n", (long long)value);
}

static bool in_us(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, "_us") == 0;
}

static void put_gauges(const siaga_doc *status)
{
    const siaga_doc *figures = siaga_doc_get(status, "figures");
    for (size_t i = 0; i < siaga_doc_size(figures); i++) {
        const char *name = siaga_doc_name(figures, i);
        char full[NAME_BYTES];
        bool us = in_us(name);
        snprintf(full, sizeof(full), "siaga_%.*s%s", (int)strlen(name) - (us ? 3 : 0), name,
                 us ? "_seconds" : "");
        put_head(full, "gauge", siaga_text(siaga_doc_get(status, "sentences"), name));
        fputs(full, stdout);
        put_value(siaga_doc_int(siaga_doc_at(figures, i), 0), us);
    }
}

static void put_counters(const siaga_doc *status)
{
    const siaga_doc *counters = siaga_doc_get(status, "counters");
    for (size_t i = 0; i < siaga_doc_size(counters); i++) {
        char full[NAME_BYTES];
        const char *name = siaga_doc_name(counters, i);
        snprintf(full, sizeof(full), "siaga_%s_total", name);
        put_head(full, "counter", siaga_text(siaga_doc_get(status, "sentences"), name));
        fputs(full, stdout);
        put_value(siaga_doc_int(siaga_doc_at(counters, i), 0), false);
    }
}

static void put_refusals(const siaga_doc *status)
{
    static const char name[] = "siaga_refusals_total";
    const siaga_doc *refused = siaga_doc_get(status, "refused");
    if (!siaga_doc_size(refused))
        return;
    put_head(name, "counter", "refusals by the code that was given");
    for (size_t i = 0; i < siaga_doc_size(refused); i++) {
        printf("%s{", name);
        put_label("code", siaga_doc_name(refused, i));
        putchar('}');
        put_value(siaga_doc_int(siaga_doc_at(refused, i), 0), false);
    }
}

static void put_queue(const siaga_doc *queues, const char *name, const char *sentence,
                      const char *field)
{
    if (!siaga_doc_size(queues))
        return;
    put_head(name, "gauge", sentence);
    for (size_t i = 0; i < siaga_doc_size(queues); i++) {
        const siaga_doc *q = siaga_doc_at(queues, i);
        printf("%s{", name);
        put_label("skpd", siaga_text(q, "skpd"));
        putchar('}');
        put_value(siaga_int(q, field, 0), in_us(field));
    }
}

static void put_commits(const siaga_doc *status)
{
    static const char name[] = "siaga_commit_seconds";
    const siaga_doc *commits = siaga_doc_get(status, "commits");
    const siaga_doc *within = siaga_doc_get(commits, "within");
    int64_t count = siaga_int(commits, "count", 0);
    put_head(name, "histogram", "how long the commits of the journal took since the start");
    for (size_t i = 0; i < siaga_doc_size(within); i++) {
        const siaga_doc *one = siaga_doc_at(within, i);
        printf("%s_bucket{le=\"%g\"}", name, (double)siaga_int(one, "us", 0) / 1e6);
        put_value(siaga_int(one, "count", 0), false);
    }
    printf("%s_bucket{le=\"+Inf\"}", name);
    put_value(count, false);
    printf("%s_sum", name);
    put_value(siaga_int(commits, "sum_us", 0), true);
    printf("%s_count", name);
    put_value(count, false);
}

void check_prometheus(const siaga_doc *status)
{
    put_head("siaga_up", "gauge", "1: siagad answers");
    printf("siaga_up %d\n", status != NULL);
    if (!status)
        return;
    put_head("siaga_info", "gauge", "which siagad this is");
    fputs("siaga_info{", stdout);
    put_label("version", siaga_text(status, "version"));
    putchar(',');
    put_label("node", siaga_text(status, "node"));
    putchar(',');
    put_label("city", siaga_text(status, "city"));
    puts("} 1");
    put_gauges(status);
    put_counters(status);
    put_refusals(status);
    put_queue(siaga_doc_get(status, "queues"), "siaga_queue_items",
              "items of work that no desk of the SKPD has", "items");
    put_queue(siaga_doc_get(status, "queues"), "siaga_queue_oldest_seconds",
              "age of the oldest item that no desk of the SKPD has", "oldest_us");
    put_commits(status);
}
