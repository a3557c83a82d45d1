#include "person.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "text.h"

#define COUNTRY "62"
#define PHONE_DIGITS_LEAST 6u
#define PHONE_DIGITS_MOST 15u /* E.164 */

static const struct {
    const char *name;
    uint32_t most;
    const char *hint_id, *hint_en; /* when it cannot be read; NULL: the verdict's */
} FIELDS[PERSON_FIELDS] = {
    [PERSON_NONE] = {NULL, 0,
                     "person adalah peta: name, phone, mail, address, note; NIK tidak disimpan",
                     "person is a map: name, phone, mail, address, note; a NIK is not kept"},
    [PERSON_NAME] = {"name", 80, NULL, NULL},
    [PERSON_PHONE] = {"phone", 20, "nomor seperti 0812-3456-7890 atau +62 812 3456 7890",
                      "a number like 0812-3456-7890 or +62 812 3456 7890"},
    [PERSON_MAIL] = {"mail", 120, "alamat surel seperti nama@contoh.id",
                     "a mail address like name@example.id"},
    [PERSON_ADDRESS] = {"address", 200, NULL, NULL},
    [PERSON_NOTE] = {"note", 200, NULL, NULL},
};

/* Digits alone; *ret_plus: the number says its country. SIZE_MAX: it is no number. */
static size_t digits_of(struct slice value, char *out, size_t size, bool *ret_plus)
{
    size_t n = 0;
    *ret_plus = false;
    for (uint32_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '+' && n == 0 && !*ret_plus)
            *ret_plus = true;
        else if (c >= '0' && c <= '9' && n < size)
            out[n++] = c;
        else if (c == '\0' || strchr(" -.()/", c) == NULL)
            return SIZE_MAX;
    }
    return n;
}

/* "0812-3456 789", "62 812...", "+62 (0)812...", "812...": +62812...; 0 when it is no number. */
static size_t phone_e164(struct slice value, char *out)
{
    char digits[PHONE_DIGITS_MOST + 2];
    bool plus;
    size_t n = digits_of(value, digits, sizeof digits, &plus), at = 0;
    if (n == SIZE_MAX)
        return 0;
    if (!plus && n > 2 && memcmp(digits, "00", 2) == 0)
        plus = true, at = 2;
    bool national = !plus;
    if (n - at > 2 && memcmp(digits + at, COUNTRY, 2) == 0)
        at += 2, national = true;
    if (at < n && digits[at] == '0')
        at++, national = true;
    const char *country = national ? COUNTRY : "";
    size_t total = strlen(country) + n - at;
    if (total < PHONE_DIGITS_LEAST || total > PHONE_DIGITS_MOST)
        return 0;
    return (size_t)snprintf(out, PERSON_SEARCH_BYTES, "+%s%.*s", country, (int)(n - at),
                            digits + at);
}

static bool one_at(struct slice mail)
{
    const char *at = memchr(mail.p, '@', mail.n);
    if (at == NULL || at == mail.p || at + 1 == mail.p + mail.n)
        return false;
    return memchr(at + 1, '@', (size_t)(mail.p + mail.n - at - 1)) == NULL;
}

static int judge_phone(struct arena *a, struct slice *value)
{
    char phone[PERSON_SEARCH_BYTES];
    size_t n = phone_e164(*value, phone);
    if (n == 0)
        return E_FIELD;
    *value = arena_copy(a, phone, n);
    return V_DONE;
}

/* What is wrong with a value, made ready to keep; V_DONE: nothing. */
static int judge(enum person_field f, struct arena *a, struct slice *value)
{
    if (text_check(*value, false) != TEXT_FINE)
        return E_TEXT;
    if (value->n >= 3 && memcmp(value->p, "\xEF\xBB\xBF", 3) == 0) /* an editor's mark */
        *value = (struct slice){value->p + 3, value->n - 3};
    *value = text_nfc(a, *value);
    if (value->n == 0)
        return V_DONE;
    if (f == PERSON_PHONE)
        return judge_phone(a, value);
    if (value->n > FIELDS[f].most)
        return E_LIMIT;
    return f == PERSON_MAIL && !one_at(*value) ? E_FIELD : V_DONE;
}

/* Of an emergency what can be kept is kept: bad bytes are replaced, what is too long is cut. */
static bool mend(enum person_field f, struct arena *a, struct slice *value)
{
    if (f == PERSON_PHONE || f == PERSON_MAIL)
        return false;
    *value = text_nfc(a, text_repair(a, *value, false));
    value->n = text_cut(*value, FIELDS[f].most);
    return true;
}

static enum person_field field_of(struct slice name)
{
    for (int f = PERSON_NAME; f < PERSON_FIELDS; f++)
        if (slice_is(name, FIELDS[f].name))
            return (enum person_field)f;
    return PERSON_NONE;
}

/* "person.phone": the field alone is named, never what stood in it. */
static const char *path_of(struct arena *a, enum person_field f)
{
    return f == PERSON_NONE ? "person" : arena_printf(a, "person.%s", FIELDS[f].name).p;
}

/* A value of the map; what is no text is passed over. */
static int read_value(enum person_field f, struct reader *r, struct arena *a, struct slice *value)
{
    *value = (struct slice){0};
    if (f != PERSON_NONE && reader_peek(r) == PACK_STR) {
        *value = reader_str(r);
        return judge(f, a, value);
    }
    bool nothing = f != PERSON_NONE && reader_peek(r) == PACK_NIL;
    reader_skip(r);
    return nothing ? V_DONE : E_FIELD;
}

static void blame(struct faults *faults, int verdict, struct arena *a, enum person_field f)
{
    struct fault *fault = faults_add(faults, verdict, path_of(a, f),
                                     verdict == E_LIMIT ? FIELDS[f].most : 0, (struct slice){0});
    if (verdict != E_FIELD)
        return;
    fault->hint_id = FIELDS[f].hint_id;
    fault->hint_en = FIELDS[f].hint_en;
}

int person_decode(struct reader *r, struct arena *a, bool bend, struct person *ret,
                  struct faults *faults, bool *ret_dropped)
{
    int first = V_DONE;
    *ret = (struct person){0};
    for (uint32_t n = reader_map(r); n > 0 && r->err == 0; n--) {
        struct slice value;
        enum person_field f = field_of(reader_str(r));
        int verdict = read_value(f, r, a, &value);
        if (verdict == V_DONE || (bend && value.n > 0 && mend(f, a, &value)))
            ret->field[f] = value;
        if (verdict == V_DONE)
            continue;
        if (bend)
            *ret_dropped = true;
        else
            blame(faults, verdict, a, f);
        if (!bend && first == V_DONE)
            first = verdict;
    }
    ret->field[PERSON_NONE] = (struct slice){0};
    return first;
}

uint32_t person_pack(struct writer *w, const struct person *p)
{
    uint32_t pairs = 0;
    for (int f = PERSON_NAME; f < PERSON_FIELDS; f++)
        if (p->field[f].n > 0) {
            writer_text(w, FIELDS[f].name);
            writer_str(w, p->field[f]);
            pairs++;
        }
    return pairs;
}

bool person_unpack(struct slice map, struct person *ret)
{
    struct reader r = reader_over(map.p, map.n);
    *ret = (struct person){0};
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        enum person_field f = field_of(reader_str(&r));
        struct slice value = reader_str(&r);
        if (f != PERSON_NONE)
            ret->field[f] = value;
    }
    return r.err == 0 && r.p == r.end;
}

bool person_empty(const struct person *p)
{
    for (int f = PERSON_NAME; f < PERSON_FIELDS; f++)
        if (p->field[f].n > 0)
            return false;
    return true;
}

/* Small letters, one space between words, none around. */
static size_t fold(struct slice value, char *out)
{
    utf8proc_uint8_t *folded = NULL;
    size_t n = 0;
    ssize_t length = utf8proc_map((const utf8proc_uint8_t *)value.p, (ssize_t)value.n, &folded,
                                  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    for (ssize_t i = 0; i < length && n < PERSON_SEARCH_BYTES; i++) {
        char c = (char)folded[i];
        if (c == ' ' && (n == 0 || i + 1 == length || folded[i + 1] == ' '))
            continue;
        out[n++] = c;
    }
    free(folded);
    return n;
}

size_t person_search(enum person_field f, struct slice value, char out[PERSON_SEARCH_BYTES])
{
    return f == PERSON_PHONE ? phone_e164(value, out) : fold(value, out);
}
