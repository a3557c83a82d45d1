/* lines: files of other systems, as `siaga import` reads them: JSON Lines or CSV. Each row becomes
 * an event that siagad can read, or is refused and kept; what was refused once is refused again. */
#include <stdlib.h>
#include <string.h>

#include "clients/import.h"
#include "clients/lib/compose.h"
#include "fuzz.h"
#include "proto/event.h"

#define ROOM (1u << 20)

enum { SHEET = 1, KIND = 2, ENGLISH = 4, MAPS = 8 };

static struct arena arena;
static unsigned long sent;

/* In the place of import_send.c: no event is sent, each is read as siagad would. */
void import_send(struct import *im, siaga_event *event, const struct import_row *row)
{
    static uint8_t room[ROOM];
    static struct faults faults;
    const struct event_rules rules = {.now_us = 1795489200000000ll, .registered = true};
    struct event e;
    struct writer w;
    (void)im;
    fuzz_must(row->line > 0 && row->raw != NULL, "a row knows its line");
    writer_init(&w, room, sizeof room);
    compose_pack(event, &w);
    fuzz_must(w.err == 0 && w.n <= siaga_event_bytes(event) + 64,
              "an event is as large as it says");
    if (pack_scan_most(room, w.n, sizeof room) == PACK_FINE) {
        struct reader r = reader_over(room, w.n);
        event_decode(&r, &rules, &arena, &e, &faults);
        fuzz_must(r.err == 0 && r.p == r.end, "an event is read to its end");
    }
    siaga_event_free(event);
    arena_reset(&arena);
    sent++;
}

void import_finish(struct import *im)
{
    (void)im;
}

void import_progress(struct import *im, bool end)
{
    (void)im;
    (void)end;
}

struct run {
    unsigned long rows, refused;
    char *rejects;
    size_t rejects_n;
};

static struct run run(uint8_t how, const void *bytes, size_t n)
{
    static struct import_map maps[] = {{(char *)"title", (char *)"text"},
                                       {(char *)"key", (char *)"ref"},
                                       {(char *)"occurred_at", (char *)"received"}};
    struct tool tool = {
        .english = how & ENGLISH, .zone = {.name = "WIB", .offset_s = 7 * 3600}, .server = ""};
    struct import im = {.tool = &tool, .name = "x", .kind = how & KIND ? "report" : NULL};
    struct run ret = {0};
    sent = 0;
    im.in = fmemopen((void *)bytes, n, "r");
    im.rejects = open_memstream(&ret.rejects, &ret.rejects_n);
    if (im.in == NULL || im.rejects == NULL)
        abort();
    if (how & MAPS)
        memcpy(im.maps, maps, sizeof maps);
    im.maps_n = how & MAPS ? sizeof maps / sizeof *maps : 0;
    if (how & SHEET)
        import_csv(&im, how & MAPS ? ';' : ',');
    else
        import_json(&im);
    fclose(im.in);
    fclose(im.rejects);
    free(im.line);
    free(im.rejects_head);
    ret.rows = im.rows;
    ret.refused = im.refused + (fuzz_broken() ? 1 : 0);
    fuzz_must(ret.rows == ret.refused + sent, "a row is sent or refused, once");
    return ret;
}

static void check(uint8_t how, const void *bytes, size_t n)
{
    struct run first = run(how, bytes, n);
    if (first.rejects_n > 0 && !(how & SHEET)) { /* a refused row of JSON is a line of its own */
        struct run again = run(how, first.rejects, first.rejects_n);
        fuzz_must(again.refused == again.rows, "what was refused is refused again");
        free(again.rejects);
    }
    free(first.rejects);
}

/* What it tells the user goes nowhere; what ends the program does not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static FILE *nowhere;
    FILE *shown = stderr;
    if (n < 2)
        return 0;
    if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
        abort();
    stderr = nowhere;
    check(data[0], data + 1, n - 1);
    stderr = shown;
    return 0;
}

struct giving {
    fuzz_give_fn *give;
    void *self;
};

/* Each line of a file is a seed: short ones are fast. */
static void give_lines(void *self, const void *bytes, size_t n)
{
    const struct giving *to = self;
    const char *p = bytes, *end = p + n, *stop;
    uint8_t how = (uint8_t)*p++;
    for (; (stop = memchr(p, '\n', (size_t)(end - p))) != NULL; p = stop + 1)
        fuzz_give(to->give, to->self, how, p, (size_t)(stop + 1 - p));
}

static void seeds(fuzz_give_fn *give, void *self)
{
    struct giving to = {give, self};
    static const char *const texts[] = {
        "{\"kind\": \"kejadian\", \"title\": \"Jalan\", \"category\": \"road.pothole\", \"lat\": "
        "\"-6,2\", \"lon\": 106.9, \"occurred_at\": \"kemarin\", \"people_harmed\": 3}\n"
        "\xef\xbb\xbf{\"tags\": [\"a\", 1, true], \"refs\": [{\"type\": \"follows\", \"id\": "
        "\"R-1\"}], \"extra\": {\"a\": 1.5, \"b\": [1]}, \"phone\": \"0812\", \"x\": null}\n[1]\n",
        "{\"a\":{}}\n{\"a\":\n{\"a\":1,\"a\":2}\n\n{\"kecamatan\":\"Bekasi Timur\"}\n"};
    static const char *const sheets[] = {
        "kind,title,category,kecamatan\nreport,\"a, \"\"b\"\"\",road.pothole,Jatiasih\n,,,\nx\n",
        "ref;text;received;tags\n1;\"dua\nbaris\";2026-11-24 07:00;a,b\n2;x;24/11/2026;\n"};
    fuzz_give_files(give_lines, &to, KIND, "demo/*.jsonl");
    fuzz_give_files(give_lines, &to, KIND | MAPS | ENGLISH, "tests/flow/data/*.jsonl");
    for (size_t i = 0; i < 2; i++) {
        fuzz_give(give, self, i == 0 ? KIND : ENGLISH, texts[i], strlen(texts[i]));
        fuzz_give(give, self, i == 0 ? SHEET : SHEET | KIND | MAPS, sheets[i], strlen(sheets[i]));
    }
}

const struct fuzz_target fuzz_target = {"lines", 16384, 2000, seeds};
