/* wire: a message before anybody knows whose it is: the frame, the msgpack, an event, a filter, a
 * reporter, and the texts, tickets and times in them. What is read is written and read again. */
#include <stdlib.h>

#include "fuzz.h"
#include "proto/event.h"
#include "proto/filter.h"
#include "proto/frame.h"
#include "proto/key.h"
#include "proto/person.h"
#include "proto/stamp.h"
#include "proto/text.h"
#include "tests/unit/pack_json.h"

#define NOW 1795489200000000ll /* 2026-11-24T03:00:00Z */
#define ROOM (8u * PACK_MAX_BYTES)

enum { REGISTERED = 1, IMPORTER = 2, CITY = 4, LATE = 8, FRAMED = 16 };

static struct arena arena;
static uint8_t first[ROOM], second[ROOM];

/* ---- any value ---- */

static void rewrite(struct reader *r, struct writer *w)
{
    enum pack_type type = reader_peek(r);
    if (type == PACK_MAP || type == PACK_ARRAY) {
        uint32_t n = type == PACK_MAP ? reader_map(r) : reader_array(r);
        if (type == PACK_MAP)
            writer_map(w, n);
        else
            writer_array(w, n);
        for (uint64_t left = (type == PACK_MAP ? 2ull : 1ull) * n; left > 0 && !r->err; left--)
            rewrite(r, w);
    } else if (type == PACK_STR) {
        writer_str(w, reader_str(r));
    } else if (type == PACK_BIN) {
        struct slice s = reader_bin(r);
        writer_bin(w, s.p, s.n);
    } else if (type == PACK_UINT) {
        writer_uint(w, reader_uint(r));
    } else if (type == PACK_INT) {
        writer_int(w, reader_int(r));
    } else if (type == PACK_FLOAT) {
        writer_double(w, reader_double(r));
    } else if (type == PACK_BOOL) {
        writer_bool(w, reader_bool(r));
    } else {
        reader_nil(r);
        writer_nil(w);
    }
}

static size_t rewritten(const void *bytes, size_t n, uint8_t out[ROOM])
{
    struct writer w;
    struct reader r = reader_over(bytes, n);
    writer_init(&w, out, ROOM);
    rewrite(&r, &w);
    fuzz_must(r.err == 0 && r.p == r.end && w.err == 0, "what was scanned can be read to its end");
    return w.n;
}

static void check_value(const uint8_t *body, size_t n)
{
    struct reader r = reader_over(body, n);
    struct slice whole = reader_skip(&r);
    fuzz_must(r.err == 0 && whole.n == n, "the scan and reader_skip() see the same value");
    size_t once = rewritten(body, n, first);
    fuzz_must(pack_scan_most(first, once, ROOM) == PACK_FINE, "what was written scans fine");
    fuzz_must(rewritten(first, once, second) == once && memcmp(first, second, once) == 0,
              "a value is written the same way twice");
}

/* ---- texts ---- */

static void check_text(struct slice s)
{
    struct slice better = text_repair(&arena, s, true);
    fuzz_must(text_check(better, true) == TEXT_FINE, "a repaired text is fine");
    struct slice again = text_repair(&arena, better, true);
    fuzz_must(slice_same(better, again), "a repaired text needs no repair");
    if (text_check(s, true) != TEXT_BROKEN) {
        struct slice nfc = text_nfc(&arena, s);
        fuzz_must(slice_same(nfc, text_nfc(&arena, nfc)), "NFC of NFC is itself");
        uint32_t cut = text_cut(s, s.n / 2);
        fuzz_must(cut <= s.n / 2 && text_check((struct slice){s.p, cut}, true) != TEXT_BROKEN,
                  "a cut splits no character");
    }
    char clean[FAULT_SEEN_BYTES + 4];
    text_clean(s, clean, sizeof clean);
    fuzz_must(text_check(slice_from(clean), false) == TEXT_FINE, "a cleaned text is fine");
}

static void check_names(struct slice s)
{
    struct ticket t, u;
    int64_t us, same;
    char text[STAMP_BYTES], ticket[TICKET_BYTES];
    if (ticket_read(s, &t) == TICKET_FINE) {
        ticket_write(t, ticket);
        fuzz_must(ticket_read(slice_from(ticket), &u) == TICKET_FINE && t.kind == u.kind &&
                      t.day == u.day && t.counter == u.counter,
                  "a ticket is written as it was read");
    }
    if (stamp_parse(s, &us)) {
        stamp_utc(us, text);
        fuzz_must(stamp_parse(slice_from(text), &same) && us == same,
                  "a time is written as it was read");
    }
    fuzz_must(!key_source_valid(s) || key_valid(s), "a source may be a key");
    fuzz_must(!key_skpd_valid(s) || key_code_valid(s), "an SKPD may be a code");
}

static void check_strings(const uint8_t *body, size_t n)
{
    struct reader r = reader_over(body, n);
    while (r.p < r.end && r.err == 0) {
        enum pack_type type = reader_peek(&r);
        if (type == PACK_MAP) {
            reader_map(&r);
        } else if (type == PACK_ARRAY) {
            reader_array(&r);
        } else if (type == PACK_STR) {
            struct slice s = reader_str(&r);
            check_text(s);
            check_names(s);
        } else {
            reader_skip(&r);
        }
    }
}

/* ---- an event ---- */

static struct event_rules rules_of(uint8_t how)
{
    struct event_rules rules = {.now_us = NOW,
                                .late_after_us = how & LATE ? 2700 * STAMP_SECOND : 0,
                                .registered = how & REGISTERED,
                                .importer = how & IMPORTER,
                                .has_bounds = how & CITY};
    rules.south = -64000000, rules.north = -61500000;
    rules.west = 1068700000, rules.east = 1070900000;
    return rules;
}

static int decode(const void *bytes, size_t n, const struct event_rules *rules, struct event *e,
                  struct faults *faults)
{
    struct reader r = reader_over(bytes, n);
    int verdict = event_decode(&r, rules, &arena, e, faults);
    fuzz_must(r.err == 0 && r.p == r.end, "the decoder ends behind the event");
    fuzz_must(verdict == faults_worst(faults) && (verdict == V_DONE) == (faults->count == 0),
              "the verdict is that of the faults");
    for (uint32_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
        fuzz_must(verdict_name(faults->at[i].verdict)[0] != '\0' &&
                      text_check(slice_from(faults->at[i].seen), false) == TEXT_FINE,
                  "a fault has a name and shows a clean text");
    return verdict;
}

static size_t pack(const struct event *e, uint8_t out[ROOM])
{
    struct writer w;
    writer_init(&w, out, ROOM);
    size_t at = writer_open_map(&w);
    writer_close_map(&w, at, event_pack(&w, e, true));
    fuzz_must(w.err == 0, "an event has room");
    return w.n;
}

struct bytes {
    size_t n;
    uint64_t sum;
};

static void add(void *state, const void *bytes, size_t n)
{
    struct bytes *b = state;
    for (size_t i = 0; i < n; i++)
        b->sum = (b->sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    b->n += n;
}

/* What siagad keeps of an event, sent again, is taken and is the same. */
static void check_event(const uint8_t *body, size_t n, uint8_t how)
{
    static struct faults faults;
    struct event_rules rules = rules_of(how);
    struct event e, again;
    struct bytes content = {0}, same = {0};
    if (decode(body, n, &rules, &e, &faults) != V_DONE)
        return;
    event_content(&e, add, &content);
    event_content(&e, add, &same);
    fuzz_must(content.n > 0 && content.sum == same.sum, "the content is the same twice");
    size_t once = pack(&e, first);
    fuzz_must(pack_scan_most(first, once, ROOM) == PACK_FINE, "a packed event scans fine");
    rules.registered = rules.importer = true; /* extra is there, old events are welcome */
    fuzz_must(decode(first, once, &rules, &again, &faults) == V_DONE,
              "what was kept of an event is taken again");
    fuzz_must(pack(&again, second) == once && memcmp(first, second, once) == 0,
              "what was kept of an event comes back");
}

/* ---- a filter, a reporter ---- */

static void check_filter(const uint8_t *body, size_t n)
{
    static struct faults faults;
    struct filter f = {0}, copy;
    struct reader r = reader_over(body, n);
    faults.count = 0;
    for (uint32_t left = reader_map(&r); left > 0 && r.err == 0; left--) {
        struct slice name = reader_str(&r);
        if (!filter_take(&f, name, &r, &arena, &faults))
            reader_skip(&r);
    }
    fuzz_must(r.err == 0 && r.p == r.end, "a filter is read to its end");
    filter_copy(&copy, &f, &arena);
    const struct filter_subject s = {.kind = KIND_EMERGENCY,
                                     .severity = SEVERITY_SEVERE,
                                     .state = STATE_ASSIGNED,
                                     .owner = SLICE_LIT("damkar"),
                                     .helpers = SLICE_LIT("dinkes,polres"),
                                     .kecamatan = SLICE_LIT("utara")};
    fuzz_must(filter_passes(&f, &s) == filter_passes(&copy, &s) &&
                  filter_empty(&f) == filter_empty(&copy),
              "a copy of a filter lets the same through");
    fuzz_must(!filter_empty(&f) || filter_passes(&f, &s), "an empty filter lets all through");
}

static void check_person(const uint8_t *body, size_t n, bool bend)
{
    static struct faults faults;
    struct person p, again;
    struct reader r = reader_over(body, n);
    struct writer w;
    bool dropped = false;
    faults.count = 0;
    if (person_decode(&r, &arena, bend, &p, &faults, &dropped) != V_DONE)
        return;
    writer_init(&w, first, ROOM);
    size_t at = writer_open_map(&w);
    writer_close_map(&w, at, person_pack(&w, &p));
    fuzz_must(w.err == 0 && person_unpack((struct slice){(char *)first, (uint32_t)w.n}, &again),
              "a reporter can be read again");
    for (int i = PERSON_NAME; i < PERSON_FIELDS; i++) {
        char search[PERSON_SEARCH_BYTES];
        fuzz_must(slice_same(p.field[i], again.field[i]), "a reporter comes back");
        person_search((enum person_field)i, p.field[i], search);
    }
}

/* ---- the whole ---- */

static size_t check_frame(const uint8_t *data, size_t n)
{
    struct frame f, again;
    uint8_t head[FRAME_BYTES];
    if (!frame_read(data, fuzz_told(n), &f))
        return 0;
    frame_write(head, f.code, f.rid);
    fuzz_must(frame_read(head, sizeof head, &again) && again.code == f.code && again.rid == f.rid,
              "a frame is written as it was read");
    return FRAME_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    uint8_t how = data[0];
    const uint8_t *body = data + 1;
    size_t skip = how & FRAMED ? check_frame(body, n - 1) : 0;
    body += skip;
    n -= 1 + skip;
    enum pack_scan scan = pack_scan(body, fuzz_told(n));
    fuzz_must(pack_scan_name(scan)[0] != '\0', "every end of the scan has a name");
    if (scan == PACK_FINE) {
        check_value(body, n);
        check_strings(body, n);
        check_event(body, n, how);
        check_filter(body, n);
        check_person(body, n, how & REGISTERED);
    } else { /* rows of the journal are read without a scan */
        struct reader r = reader_over(body, n);
        reader_skip(&r);
    }
    arena_reset(&arena);
    return 0;
}

static void seeds(fuzz_give_fn *give, void *self)
{
    static const char *const texts[] = {
        "{'kind':['emergency'],'severity':['severe','extreme'],'state':['assigned'],"
        "'skpd':['damkar','dinkes'],'kecamatan':['utara']}",
        "{'name':'Ibu Siti','phone':'0812-3456-7890','mail':'Siti@Contoh.id',"
        "'address':'Jl. Melati 4','note':'tetangga'}",
        "{'key':'k1','kind':'complaint','category':'road.pothole','title':'Lubang','v':1,"
        "'lat':-6.2382699,'lon':106.9755999,'occurred_at':'2026-11-24T09:30:00+07:00',"
        "'reporter':{'phone':'+6281234567890'},'refs':[{'type':'parent','id':'E-261124-0042-K'}]}"};
    fuzz_give_files(give, self, REGISTERED | CITY, "proto/vectors/*.msgpack");
    fuzz_give_files(give, self, LATE | IMPORTER, "proto/vectors/*-full.msgpack");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint8_t body[4096 + FRAME_BYTES];
        size_t n = pack_json_text(texts[i], body + FRAME_BYTES, sizeof body - FRAME_BYTES);
        frame_write(body, VERB_LIST, 7);
        fuzz_give(give, self, FRAMED | CITY, body, n + FRAME_BYTES);
    }
}

const struct fuzz_target fuzz_target = {"wire", PACK_MAX_BYTES + 64, 60000, seeds};
