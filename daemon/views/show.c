#include "show.h"

#include "proto/pairs.h"

/* What an entry of any kind says of its case. */
static uint32_t show_facts(struct writer *w, const struct facts *f, const struct case_row *now)
{
    char ticket[TICKET_BYTES];
    ticket_write((struct ticket){f->kind, f->day, f->counter}, ticket);
    uint32_t pairs = pair_uint(w, "seq", f->seq);
    pairs += pair_word(w, "entry", WORDS_ENTRY, f->what);
    pairs += pair_time(w, "at", f->at_us);
    pairs += pair_uint(w, "case", f->case_seq);
    pairs += pair_text(w, "ticket", ticket);
    pairs += pair_word(w, "kind", WORDS_KIND, f->kind);
    pairs += pair_word(w, "severity", WORDS_SEVERITY, now ? now->severity : f->severity);
    pairs += pair_word(w, "mode", WORDS_MODE, f->mode);
    pairs += pair_word(w, "call_class", WORDS_CALL_CLASS, now ? now->call_class : f->call_class);
    pairs += pair_word(w, "state", WORDS_STATE, now ? now->state : f->state);
    pairs += pair_uint(w, "version", now ? now->version : f->version);
    pairs += pair_str(w, "owner", now ? now->owner : f->owner);
    pairs += pair_str(w, "kecamatan", f->kecamatan);
    return f->flags == 0 ? pairs : pairs + pair_flags(w, f->flags);
}

/* Said by the facts already. */
static bool in_facts(struct slice name)
{
    static const char *const names[] = {"kind",       "severity",  "mode",
                                        "call_class", "kecamatan", "flags"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i]))
            return true;
    return false;
}

/* When a reference led nowhere, those to tickets are not told; numbers of other systems stay. The
 * journal keeps what was sent. */
static void show_outside_refs(struct writer *w, struct slice refs)
{
    struct reader r = reader_over(refs.p, refs.n);
    size_t at = writer_open_array(w);
    uint32_t kept = 0;
    for (uint32_t n = reader_array(&r); n > 0 && r.err == 0; n--) {
        struct reader ahead = r;
        struct slice ref = reader_skip(&r), type = {0};
        reader_map(&ahead);
        if (slice_is(reader_str(&ahead), "type"))
            type = reader_str(&ahead);
        if (words_find(WORDS_REF_TYPE, type) < REF_CAP)
            continue;
        writer_raw(w, ref.p, ref.n);
        kept++;
    }
    writer_close_array(w, at, kept);
}

bool show_is_promise(struct slice name)
{
    return slice_is(name, "helpers") || slice_is(name, "ack_due") ||
           slice_is(name, "resolve_due") || slice_is(name, "clock");
}

static uint32_t show_shown(struct writer *w, const struct facts *f, const struct entry *e,
                           bool real)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    uint32_t pairs = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        if (in_facts(name) || (!real && show_is_promise(name)))
            continue;
        writer_str(w, name);
        if ((f->flags & FLAG_REF_DROPPED) && slice_is(name, "refs"))
            show_outside_refs(w, value);
        else
            writer_raw(w, value.p, value.n);
        pairs++;
    }
    return pairs;
}

/* How much of a text is to be shown: texts that were too long carry the number under NAME_shown. */
static uint32_t shown_length(const struct entry *e, struct slice name, uint32_t whole)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice other = reader_str(&r);
        if (reader_peek(&r) == PACK_UINT && other.n == name.n + 6 &&
            memcmp(other.p, name.p, name.n) == 0) {
            uint64_t most = reader_uint(&r);
            return most < whole ? (uint32_t)most : whole;
        }
        reader_skip(&r);
    }
    return whole;
}

static uint32_t show_texts(struct writer *w, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (reader_peek(&r) != PACK_STR) {
            reader_skip(&r);
            continue;
        }
        struct slice text = reader_str(&r);
        text.n = shown_length(e, name, text.n);
        writer_str(w, name);
        writer_str(w, text);
        pairs++;
    }
    return pairs;
}

void show_row(struct writer *w, const struct facts *f, const struct entry *e,
              const struct case_row *now)
{
    size_t at = writer_open_map(w);
    uint32_t pairs = show_facts(w, f, now);
    if (f->what != ENTRY_EVENT) {
        pairs += pair_word(w, "from", WORDS_STATE, f->from);
        pairs += pair_word(w, "to", WORDS_STATE, f->state);
    }
    pairs += show_shown(w, f, e, (now ? now->call_class : f->call_class) == CALL_CLASS_REAL);
    pairs += show_texts(w, e);
    writer_close_map(w, at, pairs);
}

uint32_t show_full(struct writer *w, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0;
    size_t undo = w->n;
    writer_text(w, "full");
    size_t at = writer_open_map(w);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (reader_peek(&r) != PACK_STR) {
            reader_skip(&r);
            continue;
        }
        struct slice text = reader_str(&r);
        if (shown_length(e, name, text.n) < text.n)
            pairs += pair_str(w, name.n == 5 ? "title" : "body", text);
    }
    writer_close_map(w, at, pairs);
    if (pairs == 0)
        w->n = undo;
    return pairs > 0;
}
