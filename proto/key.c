#include "key.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "stamp.h"
#include "words.h"

#define CLASS_LOWER 1u
#define CLASS_UPPER 2u
#define CLASS_DIGIT 4u

static bool all_of(struct slice s, uint32_t most, unsigned classes, const char *marks)
{
    if (s.n < 1 || s.n > most)
        return false;
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fits = (c >= 'a' && c <= 'z' && classes & CLASS_LOWER) ||
                    (c >= 'A' && c <= 'Z' && classes & CLASS_UPPER) ||
                    (c >= '0' && c <= '9' && classes & CLASS_DIGIT) || (c != 0 && strchr(marks, c));
        if (!fits)
            return false;
    }
    return true;
}

bool key_valid(struct slice s)
{
    return all_of(s, KEY_MAX_BYTES, CLASS_LOWER | CLASS_UPPER | CLASS_DIGIT, "._:-");
}

bool key_source_valid(struct slice s)
{
    return all_of(s, SOURCE_MAX_BYTES, CLASS_LOWER | CLASS_DIGIT, "-");
}

bool key_code_valid(struct slice s)
{
    return all_of(s, CODE_MAX_BYTES, CLASS_LOWER | CLASS_DIGIT, "._-");
}

bool key_skpd_valid(struct slice s)
{
    return all_of(s, 24, CLASS_LOWER | CLASS_DIGIT, "-");
}

static void random_bytes(void *out, size_t n)
{
    uint8_t *p = out;
    while (n) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            abort(); /* no random numbers, no names */
        p += got;
        n -= (size_t)got;
    }
}

/* The last time and counter given out, as one number: 48 bits of ms, 12 bits of counter.
 * A new millisecond starts at a random counter with room above it; otherwise the number goes up by
 * one, which runs into the next millisecond when the counter is full or the clock went back. */
static uint64_t next_moment(uint64_t now_ms, uint16_t seed)
{
    static _Atomic uint64_t last;
    uint64_t fresh = (now_ms & 0xFFFFFFFFFFFFull) << 12 | (seed & 0x7FFu);
    uint64_t old = atomic_load(&last), next;
    do
        next = fresh >> 12 > old >> 12 ? fresh : old + 1;
    while (!atomic_compare_exchange_weak(&last, &old, next));
    return next;
}

void key_uuid7(char out[37], int64_t now_us)
{
    uint8_t r[10];
    random_bytes(r, sizeof(r));
    uint16_t seed = (uint16_t)(r[8] << 8 | r[9]);
    uint64_t moment = next_moment(now_us > 0 ? (uint64_t)now_us / 1000 : 0, seed);
    snprintf(out, 37, "%08x-%04x-7%03x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)(moment >> 28),
             (unsigned)(moment >> 12 & 0xFFFF), (unsigned)(moment & 0xFFF), 0x80u | (r[0] & 0x3Fu),
             r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
}

/* Letters that cannot be taken for a digit or for each other when read aloud or by hand. */
static const char check_letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
static const char kind_letters[KIND_COUNT] = {
    [KIND_EMERGENCY] = 'E',
    [KIND_COMPLAINT] = 'C',
    [KIND_REPORT] = 'R',
};

/* Sum over letter, six digits of the day and the counter's digits, each times its own weight
 * 14 * place mod 23. 23 is prime and there are fewer than 23 places, so no weight is 0 and none
 * repeats: one wrong character or two swapped neighbours always change the sum. */
static char check_letter(char letter, const char *numbers)
{
    unsigned sum = 14u * (unsigned)(strchr(check_letters, letter) - check_letters);
    unsigned place = 2;
    for (const char *p = numbers; *p; p++) {
        if (*p >= '0' && *p <= '9')
            sum += 14u * place++ * (unsigned)(*p - '0');
    }
    return check_letters[sum % 23];
}

static char *two_digits(char *out, int value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

/* At least four digits. */
static char *counter_digits(char *out, uint32_t counter)
{
    char back[10];
    int n = 0;
    for (; counter > 0 || n < 4; counter /= 10)
        back[n++] = (char)('0' + counter % 10);
    while (n > 0)
        *out++ = back[--n];
    return out;
}

void ticket_write(struct ticket t, char out[TICKET_BYTES])
{
    int y, m, d;
    stamp_day_parts(t.day, &y, &m, &d);
    char letter = t.kind < KIND_COUNT && kind_letters[t.kind] ? kind_letters[t.kind] : 'X';
    char numbers[24];
    char *p = two_digits(two_digits(two_digits(numbers, y % 100), m), d);
    *p = '-';
    p = counter_digits(p + 1, t.counter);
    *p = '\0';

    size_t n = (size_t)(p - numbers);
    out[0] = letter;
    out[1] = '-';
    memcpy(out + 2, numbers, n);
    out[n + 2] = '-';
    out[n + 3] = check_letter(letter, numbers);
    out[n + 4] = '\0';
}

/* Upper case, spaces made dashes; false when it cannot be a ticket at all. */
static bool ticket_plain(struct slice text, char out[TICKET_BYTES])
{
    if (text.n >= TICKET_BYTES)
        return false;
    for (uint32_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        out[i] = c == ' ' ? '-' : c;
    }
    out[text.n] = 0;
    return strlen(out) == text.n;
}

static bool ticket_numbers(const char *day, const char *counter, struct ticket *t)
{
    int y, m, d;
    unsigned long long yymmdd = strtoull(day, NULL, 10), n = strtoull(counter, NULL, 10);
    t->day =
        stamp_day_of(2000 + (int)(yymmdd / 10000), (int)(yymmdd / 100 % 100), (int)(yymmdd % 100));
    t->counter = (uint32_t)n;
    stamp_day_parts(t->day, &y, &m, &d);
    return (unsigned)((y - 2000) * 10000 + m * 100 + d) == yymmdd && n > 0 && n <= UINT32_MAX;
}

enum ticket_read ticket_read(struct slice text, struct ticket *ret_ticket)
{
    char plain[TICKET_BYTES];
    if (!ticket_plain(text, plain) || strlen(plain) < 15)
        return TICKET_BAD_FORM;

    /* K-YYMMDD-N...-C with four to ten digits of counter, no leading zero beyond four. */
    const char *day = plain + 2, *counter = plain + 9;
    size_t digits_n = strspn(counter, "0123456789");
    if (plain[1] != '-' || strspn(day, "0123456789") != 6 || day[6] != '-' || digits_n < 4 ||
        digits_n > 10 || (digits_n > 4 && counter[0] == '0'))
        return TICKET_BAD_FORM;
    char check = counter[digits_n + 1];
    if (counter[digits_n] != '-' || check < 'A' || check > 'Z' || counter[digits_n + 2] != 0)
        return TICKET_BAD_FORM;

    struct ticket t = {0};
    for (uint8_t k = 1; k < KIND_COUNT; k++) {
        if (kind_letters[k] == plain[0])
            t.kind = k;
    }
    if (t.kind == 0 || !ticket_numbers(day, counter, &t))
        return TICKET_BAD_FORM;
    plain[9 + digits_n] = 0;
    if (check != check_letter(plain[0], day))
        return TICKET_BAD_CHECK;
    *ret_ticket = t;
    return TICKET_FINE;
}
