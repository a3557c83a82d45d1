#include "conf_private.h"

#include <inttypes.h>

#include "proto/stamp.h"

#define SCALAR_MAX 64

/* A number with its unit, as in 15m. */
struct unit {
    const char *name;
    uint64_t size;
};

static const struct unit time_units[] = {
    {"ms", 1000},     {"s", STAMP_SECOND}, {"m", STAMP_MINUTE}, {"h", 60 * STAMP_MINUTE},
    {"d", STAMP_DAY},
};
static const struct unit size_units[] = {
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Digits without sign, leading zero or surplus: the same number in every eye. False on overflow
 * too. */
static bool take_digits(const char **p, uint64_t *ret_value)
{
    const char *s = *p;
    uint64_t value = 0;
    if (s[0] < '0' || s[0] > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
        return false;
    for (; *s >= '0' && *s <= '9'; s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *p = s;
    *ret_value = value;
    return true;
}

static bool take_with_unit(const char *text, const struct unit *units, size_t count,
                           uint64_t *ret_value)
{
    uint64_t number;
    if (!take_digits(&text, &number))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, units[i].name) == 0)
            return !__builtin_mul_overflow(number, units[i].size, ret_value);
    return false;
}

/* The largest unit that says it whole, for "at most 4GiB". */
static const char *with_unit(uint64_t value, const struct unit *units, size_t count, char out[32])
{
    size_t i = count - 1;
    while (i > 0 && (value < units[i].size || value % units[i].size != 0))
        i--;
    snprintf(out, 32, "%" PRIu64 "%s", value / units[i].size, units[i].name);
    return out;
}

bool conf_int(struct conf_doc *doc, const struct conf_node *n, int64_t least, int64_t most,
              int64_t *ret_value)
{
    const char *text;
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    const char *p = text + (text[0] == '-');
    uint64_t size;
    if (!take_digits(&p, &size) || *p || size > INT64_MAX) {
        conf_error(doc, n, "'%s' is not a whole number; write digits only", text);
        return false;
    }
    int64_t value = text[0] == '-' ? -(int64_t)size : (int64_t)size;
    if (value < least || value > most) {
        conf_error(doc, n, "%s is out of range; from %" PRId64 " to %" PRId64, text, least, most);
        return false;
    }
    *ret_value = value;
    return true;
}

/* Digits, a point, at most 9 digits: exact in a double while all of them fit 2^53. */
static bool parse_decimal(const char *text, double *ret_value)
{
    const char *p = text + (text[0] == '-');
    uint64_t whole, part = 0;
    double scale = 1;
    if (!take_digits(&p, &whole) || whole > 1000000)
        return false;
    if (*p == '.') {
        unsigned digits = 0;
        for (p++; *p >= '0' && *p <= '9' && digits < 9; p++, digits++, scale *= 10)
            part = part * 10 + (uint64_t)(*p - '0');
        if (digits == 0)
            return false;
    }
    if (*p)
        return false;
    double value = ((double)whole * scale + (double)part) / scale;
    *ret_value = text[0] == '-' ? -value : value;
    return true;
}

bool conf_decimal(struct conf_doc *doc, const struct conf_node *n, double least, double most,
                  double *ret_value)
{
    const char *text;
    double value;
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    if (!parse_decimal(text, &value)) {
        conf_error(doc, n, "'%s' is not a decimal number; write it as -6.25, with a point", text);
        return false;
    }
    if (value < least || value > most) {
        conf_error(doc, n, "%s is out of range; from %g to %g", text, least, most);
        return false;
    }
    *ret_value = value;
    return true;
}

bool conf_bool(struct conf_doc *doc, const struct conf_node *n, bool *ret_value)
{
    const char *text;
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    bool yes = strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "false") != 0) {
        conf_error(doc, n, "'%s' is neither true nor false; write one of the two", text);
        return false;
    }
    *ret_value = yes;
    return true;
}

bool conf_duration(struct conf_doc *doc, const struct conf_node *n, int64_t least_us,
                   int64_t most_us, int64_t *ret_us)
{
    const char *text;
    uint64_t us;
    char low[32], high[32];
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    if (!take_with_unit(text, time_units, COUNT(time_units), &us)) {
        conf_error(doc, n,
                   "'%s' is not a duration; write a number with ms, s, m, h or d, as in 15m", text);
        return false;
    }
    if (us > INT64_MAX || (int64_t)us < least_us || (int64_t)us > most_us) {
        conf_error(doc, n, "%s is out of range; from %s to %s", text,
                   with_unit((uint64_t)least_us, time_units, COUNT(time_units), low),
                   with_unit((uint64_t)most_us, time_units, COUNT(time_units), high));
        return false;
    }
    *ret_us = (int64_t)us;
    return true;
}

bool conf_size(struct conf_doc *doc, const struct conf_node *n, uint64_t least, uint64_t most,
               uint64_t *ret_bytes)
{
    const char *text;
    uint64_t bytes;
    char low[32], high[32];
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    if (!take_with_unit(text, size_units, COUNT(size_units), &bytes)) {
        conf_error(doc, n,
                   "'%s' is not a size; write a number with KiB, MiB, GiB or TiB, as in 4GiB",
                   text);
        return false;
    }
    if (bytes < least || bytes > most) {
        conf_error(doc, n, "%s is out of range; from %s to %s", text,
                   with_unit(least, size_units, COUNT(size_units), low),
                   with_unit(most, size_units, COUNT(size_units), high));
        return false;
    }
    *ret_bytes = bytes;
    return true;
}

static bool parse_date(const char *text, uint32_t *ret_day)
{
    static const char form[] = "dddd-dd-dd";
    int number[3] = {0}, at = 0;
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
        if (form[i] == '-')
            at++;
        else
            number[at] = number[at] * 10 + text[i] - '0';
    }
    if (number[0] < 1970 || number[0] > 2200 || number[1] < 1 || number[1] > 12 || number[2] < 1)
        return false;

    /* a day that does not exist comes back as another one */
    int y, m, d;
    uint32_t day = stamp_day_of(number[0], number[1], number[2]);
    stamp_day_parts(day, &y, &m, &d);
    if (y != number[0] || m != number[1] || d != number[2])
        return false;
    *ret_day = day;
    return true;
}

bool conf_date(struct conf_doc *doc, const struct conf_node *n, uint32_t *ret_day)
{
    const char *text;
    if (!conf_text(doc, n, SCALAR_MAX, &text))
        return false;
    if (!parse_date(text, ret_day)) {
        conf_error(doc, n, "'%s' is not a date; write year-month-day, as in 2026-11-24", text);
        return false;
    }
    return true;
}
