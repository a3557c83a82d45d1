#include "stamp.h"

#include <stdio.h>

/* Calendar arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms":
 * years are counted from March, in eras of 400 years (146,097 days). */
static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void parts_of(int64_t days, int64_t *ret_y, int *ret_m, int *ret_d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *ret_d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_y = yoe + era * 400 + (*ret_m <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Exactly `n` digits at *p, which moves past them; -1 if there are fewer. */
static int digits(const char **p, const char *end, int n)
{
    if (end - *p < n)
        return -1;
    int value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static bool one_of(const char **p, const char *end, const char *set)
{
    if (*p == end || **p == 0 || !strchr(set, **p))
        return false;
    (*p)++;
    return true;
}

static int days_in(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return days[m - 1] + (m == 2 && leap);
}

static bool parse_date(const char **p, const char *end, int64_t *ret_days)
{
    int y = digits(p, end, 4);
    if (y < 1970 || y > 2200 || !one_of(p, end, "-"))
        return false;
    int m = digits(p, end, 2);
    if (m < 1 || m > 12 || !one_of(p, end, "-"))
        return false;
    int d = digits(p, end, 2);
    if (d < 1 || d > days_in(y, m))
        return false;
    *ret_days = days_of(y, m, d);
    return true;
}

/* Up to nine digits after a dot; those past the microsecond are read and dropped. */
static bool parse_fraction(const char **p, const char *end, int64_t *ret_us)
{
    int64_t us = 0;
    int n = 0;
    for (; *p < end && **p >= '0' && **p <= '9' && n < 9; (*p)++, n++) {
        if (n < 6)
            us = us * 10 + (**p - '0');
    }
    for (int i = n; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return n > 0;
}

static bool parse_clock(const char **p, const char *end, int64_t *ret_us)
{
    int h = digits(p, end, 2);
    if (h < 0 || h > 23 || !one_of(p, end, ":"))
        return false;
    int m = digits(p, end, 2);
    if (m < 0 || m > 59 || !one_of(p, end, ":"))
        return false;
    int s = digits(p, end, 2);
    if (s < 0 || s > 60)
        return false;

    int64_t fraction = 0;
    if (one_of(p, end, ".") && !parse_fraction(p, end, &fraction))
        return false;
    *ret_us = (h * 3600ll + m * 60ll + (s == 60 ? 59 : s)) * STAMP_SECOND + fraction;
    return true;
}

static bool parse_offset(const char **p, const char *end, int64_t *ret_us)
{
    *ret_us = 0;
    if (one_of(p, end, "Zz"))
        return true;
    bool minus = *p < end && **p == '-';
    if (!one_of(p, end, "+-"))
        return false;
    int h = digits(p, end, 2);
    if (h < 0 || h > 23 || !one_of(p, end, ":"))
        return false;
    int m = digits(p, end, 2);
    if (m < 0 || m > 59)
        return false;
    *ret_us = (h * 60 + m) * STAMP_MINUTE * (minus ? -1 : 1);
    return true;
}

bool stamp_parse(struct slice text, int64_t *ret_us)
{
    const char *p = text.p, *end = slice_end(text);
    int64_t days, clock, offset;
    if (text.n == 0 || !parse_date(&p, end, &days) || !one_of(&p, end, "Tt ") ||
        !parse_clock(&p, end, &clock) || !parse_offset(&p, end, &offset) || p != end)
        return false;

    int64_t us = days * STAMP_DAY + clock - offset;
    if (us < 0) /* an hour of 1970 that was still 1969 in UTC */
        return false;
    *ret_us = us;
    return true;
}

static char *put_digits(char *out, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + width;
}

static char *put_pair(char *out, char between, int value)
{
    *out = between;
    return put_digits(out + 1, value, 2);
}

static char *print_date(int64_t days, char *out)
{
    int64_t y;
    int m, d;
    parts_of(days, &y, &m, &d);
    if (y < 0 || y > 999999)
        y = 0;
    char *p = put_digits(out, y, y > 9999 ? 6 : 4);
    return put_pair(put_pair(p, '-', m), '-', d);
}

/* Date and time at an offset, without the offset itself; returns its end. By hand: several are
 * written for every event. */
static char *print_local(int64_t us, int offset_s, char out[STAMP_BYTES])
{
    int64_t seconds = floor_div(us, STAMP_SECOND) + offset_s;
    int64_t fraction = (us % STAMP_SECOND + STAMP_SECOND) % STAMP_SECOND;
    int64_t days = floor_div(seconds, 86400);
    int clock = (int)(seconds - days * 86400);
    char *p = print_date(days, out);
    p = put_pair(put_pair(put_pair(p, 'T', clock / 3600), ':', clock / 60 % 60), ':', clock % 60);
    *p = '.';
    return put_digits(p + 1, fraction, 6);
}

void stamp_utc(int64_t us, char out[STAMP_BYTES])
{
    char *end = print_local(us, 0, out);
    end[0] = 'Z';
    end[1] = '\0';
}

void stamp_offset(int64_t us, int offset_s, char out[STAMP_BYTES])
{
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    char *end = print_local(us, offset_s, out);
    end = put_pair(put_pair(end, offset_s < 0 ? '-' : '+', minutes / 60 % 100), ':', minutes % 60);
    *end = '\0';
}

uint32_t stamp_day(int64_t us, int offset_s)
{
    int64_t day = floor_div(floor_div(us, STAMP_SECOND) + offset_s, 86400);
    return day < 0 ? 0 : (uint32_t)day;
}

void stamp_date(uint32_t day, char out[STAMP_BYTES])
{
    *print_date(day, out) = '\0';
}

void stamp_day_parts(uint32_t day, int *ret_y, int *ret_m, int *ret_d)
{
    int64_t y;
    parts_of(day, &y, ret_m, ret_d);
    *ret_y = (int)y;
}

uint32_t stamp_day_of(int y, int m, int d)
{
    return (uint32_t)days_of(y, m, d);
}

uint8_t stamp_weekday(uint32_t day)
{
    return (uint8_t)((day + 4) % 7); /* 1970-01-01 was a Thursday */
}
