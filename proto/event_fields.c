#include "event_private.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "key.h"
#include "stamp.h"
#include "text.h"

/* --- faults --------------------------------------------------------------------------------- */

static const struct {
    const char *id, *en;
} hints[HINTS] = {
    [HINT_MISSING] = {"isian wajib ini belum ada; tambahkan",
                      "this required field is missing; add it"},
    [HINT_TYPE] = {"jenis nilai salah; lihat SPEC bagian 6",
                   "wrong type of value; see SPEC section 6"},
    [HINT_WORD] = {"kata ini tidak dikenal; periksa ejaan dan daftar kata",
                   "unknown word; check the spelling and the list of words"},
    [HINT_SUBKIND] = {"rincian ini bukan milik jenis kejadian itu; pilih yang sesuai",
                      "this subkind does not belong to that kind; choose one that does"},
    [HINT_KEY] = {"kunci harus 1-64 karakter dari A-Z a-z 0-9 . _ : -",
                  "a key is 1-64 characters of A-Z a-z 0-9 . _ : -"},
    [HINT_ID] = {"nama sumber harus 1-48 karakter dari a-z 0-9 -",
                 "a source name is 1-48 characters of a-z 0-9 -"},
    [HINT_CODE] = {"kode harus 1-32 karakter dari a-z 0-9 . _ -",
                   "a code is 1-32 characters of a-z 0-9 . _ -"},
    [HINT_TIME] = {"tulis waktu seperti 2026-11-24T10:05:00+07:00",
                   "write a time like 2026-11-24T10:05:00+07:00"},
    [HINT_COUNT] = {"angka di luar batas; kirim bilangan bulat dari 0 sampai batas",
                    "number out of range; send a whole number from 0 to the limit"},
    [HINT_BROKEN] = {"teks ini bukan UTF-8; periksa pengodean pengirim",
                     "this text is not UTF-8; check the sender's encoding"},
    [HINT_CONTROL] = {"teks memuat karakter kendali atau tak terlihat; hapus",
                      "the text holds control or invisible characters; remove them"},
    [HINT_LONG] = {"teks terlalu panjang; pendekkan sampai batas (bita)",
                   "the text is too long; shorten it to the limit (bytes)"},
    [HINT_ITEMS] = {"terlalu banyak butir; kurangi sampai batas",
                    "too many items; reduce them to the limit"},
    [HINT_EXTRA_BYTES] = {"isian tambahan terlalu besar; ringkas sampai batas (bita)",
                          "the extra fields are too large; reduce them to the limit (bytes)"},
    [HINT_TWICE] = {"nama ini dipakai dua kali; hapus salah satu",
                    "this name is given twice; remove one"},
    [HINT_SHA256] = {"sha256 harus 64 karakter dari 0-9 a-f",
                     "a sha256 is 64 characters of 0-9 a-f"},
    [HINT_SERVER] = {"diisi oleh siagad; hapus isian ini", "set by siagad; leave this field out"},
    [HINT_PERSONAL] = {"data pribadi tidak boleh ada di kejadian; taruh di person",
                       "personal data has no place in an event; put it into person"},
    [HINT_PERSON] = {"person adalah peta: name, phone, mail, address, note",
                     "person is a map: name, phone, mail, address, note"},
    [HINT_UNKNOWN] = {"isian tidak dikenal; periksa ejaan, atau daftarkan sumber ini",
                      "unknown field; check the spelling, or have this source registered"},
    [HINT_GEO_PAIR] = {"lintang dan bujur harus keduanya ada; tambahkan yang ini",
                       "latitude and longitude go together; add this one"},
    [HINT_GEO_ZERO] = {"0,0 bukan tempat; hapus koordinat jika tidak diketahui",
                       "0,0 is no place; leave the coordinates out when not known"},
    [HINT_GEO_SWAPPED] = {"lintang dan bujur tampaknya tertukar; mungkin yang tertulis di sini",
                          "latitude and longitude look swapped; perhaps what is shown here"},
    [HINT_GEO_RANGE] = {"koordinat di luar batas; kirim derajat desimal WGS 84",
                        "the coordinate is out of range; send decimal degrees in WGS 84"},
};

void event_blame(struct decode *d, struct blame b)
{
    if (d->emergency) {
        d->e->flags |= b.bend ? b.bend : FLAG_FIELD_DROPPED;
        return;
    }
    struct fault *fault = faults_add(d->faults, b.verdict, b.field, b.limit, b.seen);
    fault->hint_id = hints[b.hint].id;
    fault->hint_en = hints[b.hint].en;
}

/* A short decimal that reads back as the same number, with a dot in every locale. */
static struct slice show_double(struct arena *a, double x)
{
    char text[32];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, x);
        if (strtod(text, NULL) == x)
            break;
    }
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
    return arena_copy(a, text, strlen(text));
}

bool event_number(struct arena *a, struct reader r, struct slice *ret_text)
{
    enum pack_type type = reader_peek(&r);
    if (type == PACK_UINT)
        *ret_text = arena_printf(a, "%llu", (unsigned long long)reader_uint(&r));
    else if (type == PACK_INT)
        *ret_text = arena_printf(a, "%lld", (long long)reader_int(&r));
    else if (type == PACK_FLOAT)
        *ret_text = show_double(a, reader_double(&r));
    else
        return false;
    return true;
}

struct slice event_show(struct arena *a, struct reader r)
{
    static const char *const names[] = {
        [PACK_NIL] = "nil", [PACK_BIN] = "bin", [PACK_ARRAY] = "[...]", [PACK_MAP] = "{...}"};
    struct slice text;
    enum pack_type type = reader_peek(&r);
    if (type == PACK_STR)
        return reader_str(&r);
    if (type == PACK_BOOL)
        return slice_from(reader_bool(&r) ? "true" : "false");
    if (event_number(a, r, &text))
        return text;
    return slice_from(type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL);
}

/* --- readers, one for each TYPE of fields.def ------------------------------------------------ */

static void store(struct decode *d, const struct field *f, const void *value)
{
    const struct place *to = event_place(f);
    memcpy((char *)d->e + to->at, value, to->size);
}

static bool blame_value(struct decode *d, const struct field *f, struct reader r,
                        enum event_hint hint, int64_t limit)
{
    event_blame(d, (struct blame){.field = f->name,
                                  .verdict = f == &event_fields[FIELD_SOURCE] ? E_SOURCE : E_FIELD,
                                  .hint = hint,
                                  .limit = limit,
                                  .seen = event_show(d->arena, r)});
    return true;
}

bool event_text(struct decode *d, const char *field, bool lines, struct slice *text)
{
    enum text_state state = text_check(*text, lines);
    if (state != TEXT_FINE) {
        event_blame(d, (struct blame){.field = field,
                                      .verdict = E_TEXT,
                                      .hint = state == TEXT_BROKEN ? HINT_BROKEN : HINT_CONTROL,
                                      .seen = *text,
                                      .bend = FLAG_TEXT_REPAIRED});
        if (!d->emergency)
            return false;
        *text = text_repair(d->arena, *text, lines);
    }
    /* A byte order mark in front is an editor's habit, not text. */
    if (text->n >= 3 && memcmp(text->p, "\xEF\xBB\xBF", 3) == 0)
        *text = (struct slice){text->p + 3, text->n - 3};
    *text = text_nfc(d->arena, *text);
    return true;
}

static bool read_prose(struct decode *d, const struct field *f, struct reader r, bool lines)
{
    if (reader_peek(&r) != PACK_STR)
        return blame_value(d, f, r, HINT_TYPE, 0);
    struct slice text = reader_str(&r);
    if (!event_text(d, f->name, lines, &text))
        return true;
    if (text.n == 0)
        return false;

    /* Too long: an emergency keeps the whole text where it can and shows what fits. */
    uint32_t shown = text.n;
    if (text.n > f->limit) {
        event_blame(d, (struct blame){.field = f->name,
                                      .verdict = E_LIMIT,
                                      .hint = HINT_LONG,
                                      .limit = f->limit,
                                      .seen = text,
                                      .bend = FLAG_OVER_LIMIT});
        shown = text_cut(text, f->limit);
    }
    uint16_t shown_at = event_place(f)->shown_at;
    if (shown_at)
        memcpy((char *)d->e + shown_at, &shown, sizeof(shown));
    else
        text.n = shown;
    store(d, f, &text);
    return true;
}

static bool read_TEXT(struct decode *d, const struct field *f, struct reader r)
{
    return read_prose(d, f, r, false);
}

static bool read_LONG(struct decode *d, const struct field *f, struct reader r)
{
    return read_prose(d, f, r, true);
}

static bool read_WORD(struct decode *d, const struct field *f, struct reader r)
{
    if (reader_peek(&r) != PACK_STR)
        return blame_value(d, f, r, HINT_TYPE, 0);
    struct reader value = r;
    uint8_t number = words_find((enum word_group)event_place(f)->group, reader_str(&value));
    if (number == 0)
        return blame_value(d, f, r, HINT_WORD, 0);
    store(d, f, &number);
    return true;
}

static bool read_TIME(struct decode *d, const struct field *f, struct reader r)
{
    struct reader value = r;
    int64_t us;
    if (reader_peek(&r) != PACK_STR || !stamp_parse(reader_str(&value), &us))
        return blame_value(d, f, r, HINT_TIME, 0);
    if (us == 0)
        us = 1; /* 0 would say "not given" */
    store(d, f, &us);
    return true;
}

/* Keeps the number as it came; what it means is judged when both are there. */
static bool read_DEGREE(struct decode *d, const struct field *f, struct reader r)
{
    enum pack_type type = reader_peek(&r);
    if (type != PACK_UINT && type != PACK_INT && type != PACK_FLOAT) {
        event_blame(d, (struct blame){.field = f->name,
                                      .verdict = E_FIELD,
                                      .hint = HINT_TYPE,
                                      .seen = event_show(d->arena, r),
                                      .bend = FLAG_NO_POINT});
        return true;
    }
    bool is_lat = f == &event_fields[FIELD_LAT];
    *(is_lat ? &d->lat : &d->lon) = reader_double(&r);
    *(is_lat ? &d->lat_read : &d->lon_read) = true;
    return true;
}

static bool read_COUNT(struct decode *d, const struct field *f, struct reader r)
{
    enum pack_type type = reader_peek(&r);
    if (type != PACK_UINT && type != PACK_INT && type != PACK_FLOAT)
        return blame_value(d, f, r, HINT_TYPE, 0);
    struct reader value = r;
    if (type != PACK_UINT || reader_uint(&value) > f->limit)
        return blame_value(d, f, r, HINT_COUNT, f->limit);
    uint32_t wide = (uint32_t)reader_uint(&r);
    uint16_t narrow = (uint16_t)wide;
    store(d, f, event_place(f)->size == sizeof(narrow) ? (void *)&narrow : (void *)&wide);
    return true;
}

static bool read_name(struct decode *d, const struct field *f, struct reader r,
                      bool valid(struct slice), enum event_hint hint)
{
    if (reader_peek(&r) != PACK_STR)
        return blame_value(d, f, r, HINT_TYPE, 0);
    struct reader value = r;
    struct slice name = reader_str(&value);
    if (!valid(name))
        return blame_value(d, f, r, hint, name.n > f->limit ? f->limit : 0);
    store(d, f, &name);
    return true;
}

static bool read_KEY(struct decode *d, const struct field *f, struct reader r)
{
    return read_name(d, f, r, key_valid, HINT_KEY);
}

static bool read_ID(struct decode *d, const struct field *f, struct reader r)
{
    return read_name(d, f, r, key_source_valid, HINT_ID);
}

static bool read_CODE(struct decode *d, const struct field *f, struct reader r)
{
    return read_name(d, f, r, key_code_valid, HINT_CODE);
}

#define read_LIST event_read_list
#define read_MAP event_read_extra
#define read_PERSON event_read_person

/* --- the table ------------------------------------------------------------------------------ */

#define FIELD(NAME, name, TYPE, limit, SETTER, id, en) \
    [FIELD_##NAME] = {name, sizeof(name) - 1, limit, SETTER_##SETTER, read_##TYPE},
const struct field event_fields[EVENT_FIELDS] = {
#include "fields.def"
};

#define AT(member) offsetof(struct event, member), sizeof(((struct event *)0)->member)
const struct place event_places[EVENT_FIELDS] = {
    [FIELD_SOURCE] = {AT(source)},
    [FIELD_KEY] = {AT(key)},
    [FIELD_KIND] = {AT(kind), .group = WORDS_KIND},
    [FIELD_SUBKIND] = {AT(subkind), .group = WORDS_SUBKIND},
    [FIELD_CALL_CLASS] = {AT(call_class), .group = WORDS_CALL_CLASS},
    [FIELD_MODE] = {AT(mode), .group = WORDS_MODE},
    [FIELD_CHANNEL] = {AT(channel), .group = WORDS_CHANNEL},
    [FIELD_CATEGORY] = {AT(category)},
    [FIELD_SEVERITY] = {AT(severity), .group = WORDS_SEVERITY},
    [FIELD_URGENCY] = {AT(urgency), .group = WORDS_URGENCY},
    [FIELD_CERTAINTY] = {AT(certainty), .group = WORDS_CERTAINTY},
    [FIELD_TITLE] = {AT(title), .shown_at = offsetof(struct event, title_shown)},
    [FIELD_BODY] = {AT(body), .shown_at = offsetof(struct event, body_shown)},
    [FIELD_OCCURRED_AT] = {AT(occurred_at)},
    [FIELD_SENT_AT] = {AT(sent_at)},
    [FIELD_LAT] = {AT(lat)},
    [FIELD_LON] = {AT(lon)},
    [FIELD_ACCURACY_M] = {AT(accuracy_m)},
    [FIELD_KELURAHAN] = {AT(kelurahan)},
    [FIELD_KECAMATAN] = {AT(kecamatan)},
    [FIELD_ADDRESS] = {AT(address)},
    [FIELD_LANDMARK] = {AT(landmark)},
    [FIELD_PEOPLE_HARMED] = {AT(people_harmed)},
    [FIELD_PEOPLE_AT_RISK] = {AT(people_at_risk)},
    [FIELD_VISIBILITY] = {AT(visibility), .group = WORDS_VISIBILITY},
    [FIELD_LANGUAGE] = {AT(language), .group = WORDS_LANGUAGE},
    [FIELD_ATTACH] = {AT(attach)},
    [FIELD_REFS] = {AT(refs)},
    [FIELD_TAGS] = {AT(tags)},
    [FIELD_EXTRA] = {AT(extra)},
    [FIELD_FOR] = {AT(asked)},
    [FIELD_DUE_BY] = {AT(due_by)},
    [FIELD_WAS_RECEIVED] = {AT(past.received)},
    [FIELD_WAS_ACKNOWLEDGED] = {AT(past.acknowledged)},
    [FIELD_WAS_DISPATCHED] = {AT(past.dispatched)},
    [FIELD_WAS_EN_ROUTE] = {AT(past.en_route)},
    [FIELD_WAS_ON_SCENE] = {AT(past.on_scene)},
    [FIELD_WAS_CONTAINED] = {AT(past.contained)},
    [FIELD_WAS_CLEARED] = {AT(past.cleared)},
    [FIELD_WAS_RESOLVED] = {AT(past.resolved)},
    [FIELD_WAS_OUTCOME] = {AT(past.outcome), .group = WORDS_OUTCOME},
};
