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
} FIELDS[PERSON_FIELDS] = {[PERSON_NAME] = {"name", 80},
                           [PERSON_PHONE] = {"phone", 20},
                           [PERSON_MAIL] = {"mail", 120},
                           [PERSON_ADDRESS] = {"address", 200},
                           [PERSON_NOTE] = {"note", 200}};

/* "0812-3456 789", "62 812...", "+62812...": +62812...; 0 when it is no number. */
static size_t phone_e164(struct slice value, char *out)
{
    char digits[PERSON_SEARCH_BYTES];
    size_t n = 0;
    bool plus = value.n > 0 && value.p[0] == '+';
    for (uint32_t i = plus; i < value.n && n < sizeof digits - 1; i++) {
        char c = value.p[i];
        if (c >= '0' && c <= '9')
            digits[n++] = c;
        else if (strchr(" -.()", c) == NULL)
            return 0;
    }
    digits[n] = '\0';
    const char *rest = digits, *country = "";
    if (!plus && n > 0 && digits[0] == '0')
        rest = digits + 1, country = COUNTRY;
    size_t total = strlen(country) + strlen(rest);
    if (total < PHONE_DIGITS_LEAST || total > PHONE_DIGITS_MOST)
        return 0;
    return (size_t)snprintf(out, PERSON_SEARCH_BYTES, "+%s%s", country, rest);
}

static bool one_at(struct slice mail)
{
    const char *at = memchr(mail.p, '@', mail.n);
    if (at == NULL || at == mail.p || at + 1 == mail.p + mail.n)
        return false;
    return memchr(at + 1, '@', (size_t)(mail.p + mail.n - at - 1)) == NULL;
}

/* What is wrong with a value, made ready to keep; V_DONE: nothing. */
static int judge(enum person_field f, struct arena *a, struct slice *value)
{
    char phone[PERSON_SEARCH_BYTES];
    if (text_check(*value, false) != TEXT_FINE)
        return E_TEXT;
    *value = text_nfc(a, *value);
    if (f == PERSON_PHONE && value->n > 0) {
        size_t n = phone_e164(*value, phone);
        if (n == 0)
            return E_FIELD;
        *value = arena_copy(a, phone, (uint32_t)n);
    }
    if (f == PERSON_MAIL && value->n > 0 && !one_at(*value))
        return E_FIELD;
    return value->n > FIELDS[f].most ? E_LIMIT : V_DONE;
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

int person_decode(struct reader *r, struct arena *a, bool bend, struct person *ret,
                  struct faults *faults, bool *ret_dropped)
{
    int worst = V_DONE;
    *ret = (struct person){0};
    for (uint32_t n = reader_map(r); n > 0 && r->err == 0; n--) {
        enum person_field f = field_of(reader_str(r));
        struct slice value = {0};
        int verdict = V_DONE;
        if (f != PERSON_NONE && reader_peek(r) == PACK_STR) {
            value = reader_str(r);
            verdict = judge(f, a, &value);
        } else {
            verdict = f != PERSON_NONE && reader_peek(r) == PACK_NIL ? V_DONE : E_FIELD;
            reader_skip(r);
        }
        if (verdict == V_DONE) {
            ret->field[f] = value;
        } else if (bend) {
            *ret_dropped = true;
        } else {
            worst = verdict;
            faults_add(faults, verdict, path_of(a, f), FIELDS[f].most, (struct slice){0});
        }
    }
    ret->field[PERSON_NONE] = (struct slice){0};
    return worst;
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
