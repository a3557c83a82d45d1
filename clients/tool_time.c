#include "tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1000000ll
#define DAY_S 86400ll

/* ---- zones ---- */

static const struct {
    const char *name;
    int offset_s;
} zones[] = {
    {"WIB", 7 * 3600},
    {"WITA", 8 * 3600},
    {"WIT", 9 * 3600},
    {"UTC", 0},
};

/* Exactly `n` digits at *p, between least and most; moves *p behind them. */
static bool digits(const char **p, int n, int least, int most, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)(*p)[i]))
            return false;
        value = value * 10 + ((*p)[i] - '0');
    }
    if (value < least || value > most)
        return false;
    *p += n;
    *ret_value = value;
    return true;
}

static bool letter(const char **p, char c)
{
    if (**p != c)
        return false;
    ++*p;
    return true;
}

/* +07:00 or -0330 */
static bool parse_offset(const char *text, int *ret_offset_s)
{
    int hours, minutes;
    const char *p = text + 1;
    if ((*text != '+' && *text != '-') || !digits(&p, 2, 0, 14, &hours))
        return false;
    letter(&p, ':');
    if (!digits(&p, 2, 0, 59, &minutes) || *p)
        return false;
    *ret_offset_s = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
    return true;
}

/* A name of the system's zone files; nothing that walks elsewhere. */
static bool known_iana(const char *name)
{
    char path[128];
    if (!isupper((unsigned char)*name) || strstr(name, "..") || strlen(name) > 60)
        return false;
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    return access(path, R_OK) == 0;
}

bool tool_zone_set(const char *name, struct tool_zone *ret_zone)
{
    struct tool_zone zone = {0};
    snprintf(zone.name, sizeof(zone.name), "%s", name);
    bool found = parse_offset(name, &zone.offset_s);
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]) && !found; i++)
        if (strcasecmp(zones[i].name, name) == 0) {
            snprintf(zone.name, sizeof(zone.name), "%s", zones[i].name);
            zone.offset_s = zones[i].offset_s;
            found = true;
        }
    if (!found && known_iana(name)) {
        setenv("TZ", name, 1);
        tzset();
        zone.iana = found = true;
    }
    if (found)
        *ret_zone = zone;
    return found;
}

/* ---- between moments and calendars ---- */

static struct tm to_local(const struct tool_zone *zone, int64_t us)
{
    int64_t s = us / SECOND_US - (us % SECOND_US < 0);
    time_t moment = (time_t)(zone->iana ? s : s + zone->offset_s);
    struct tm parts = {0};
    if (zone->iana)
        localtime_r(&moment, &parts);
    else
        gmtime_r(&moment, &parts);
    return parts;
}

static int64_t from_local(const struct tool_zone *zone, struct tm parts)
{
    parts.tm_isdst = -1;
    int64_t s = zone->iana ? mktime(&parts) : timegm(&parts) - zone->offset_s;
    return s * SECOND_US;
}

int tool_zone_offset(const struct tool_zone *zone, int64_t us)
{
    return zone->iana ? (int)to_local(zone, us).tm_gmtoff : zone->offset_s;
}

/* ---- reading ---- */

/* How many days before today a word means; -1: no such word; now is its own case. */
static int day_word(const char *text)
{
    static const struct {
        const char *word;
        int days;
    } words[] = {{"today", 0}, {"hari-ini", 0}, {"hari ini", 0}, {"yesterday", 1}, {"kemarin", 1}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].word, text) == 0)
            return words[i].days;
    return -1;
}

static int64_t midnight(const struct tool_zone *zone, int64_t now_us, int days_ago)
{
    struct tm parts = to_local(zone, now_us);
    parts.tm_mday -= days_ago;
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    return from_local(zone, parts);
}

/* -2h 15m 3d 1d3h1m5s 2w: a span in seconds. */
static bool parse_span(const char *text, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'j', 3600}, {'d', DAY_S}, {'w', 7 * DAY_S}};
    const char *p = text + (*text == '-');
    int64_t total = 0;
    if (!*p)
        return false;
    while (*p) {
        int64_t n = 0, seconds = 0;
        const char *from = p;
        while (isdigit((unsigned char)*p) && p - from < 7)
            n = n * 10 + (*p++ - '0');
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
            if (*p == units[i].unit)
                seconds = units[i].seconds;
        if (p == from || !seconds)
            return false;
        total += n * seconds;
        p++;
    }
    *ret_s = total;
    return total < 36525 * DAY_S; /* a century is a slip of the finger */
}

/* 07:00, 07:00:30 or 07.00 */
static bool parse_clock(const char **p, struct tm *parts)
{
    char colon = 0;
    parts->tm_sec = 0;
    if (!digits(p, 2, 0, 23, &parts->tm_hour))
        return false;
    colon = **p;
    if ((colon != ':' && colon != '.') || !letter(p, colon) || !digits(p, 2, 0, 59, &parts->tm_min))
        return false;
    return !letter(p, colon) || digits(p, 2, 0, 59, &parts->tm_sec);
}

/* 2026-11-24, or as written here: 24/11/2026, 24-11-2026 */
static bool parse_day(const char **p, struct tm *parts)
{
    int year, month, day;
    const char *q = *p;
    bool iso = digits(&q, 4, 1970, 2200, &year) && letter(&q, '-') &&
               digits(&q, 2, 1, 12, &month) && letter(&q, '-') && digits(&q, 2, 1, 31, &day);
    if (!iso) {
        q = *p;
        if (!digits(&q, 2, 1, 31, &day))
            return false;
        char mark = *q;
        if ((mark != '/' && mark != '-') || !letter(&q, mark) || !digits(&q, 2, 1, 12, &month) ||
            !letter(&q, mark) || !digits(&q, 4, 1970, 2200, &year))
            return false;
    }
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (month == 2 && leap))
        return false;
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    parts->tm_mday = day;
    *p = q;
    return true;
}

/* A day, a time of day, or both with a space or T between. */
static bool parse_calendar(const struct tool_zone *zone, const char *text, int64_t now_us,
                           int64_t *ret_us)
{
    const char *p = text;
    struct tm parts = to_local(zone, now_us);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    bool day = parse_day(&p, &parts);
    bool clock = !day || letter(&p, ' ') || letter(&p, 'T');
    if ((clock && !parse_clock(&p, &parts)) || *p)
        return false;
    *ret_us = from_local(zone, parts);
    return true;
}

bool tool_time_parse(const struct tool_zone *zone, const char *text, int64_t now_us,
                     int64_t *ret_us)
{
    int64_t span_s;
    if (siaga_time_parse(text, ret_us))
        return true;
    if (strcasecmp(text, "now") == 0 || strcasecmp(text, "sekarang") == 0) {
        *ret_us = now_us;
        return true;
    }
    int days_ago = day_word(text);
    if (days_ago >= 0) {
        *ret_us = midnight(zone, now_us, days_ago);
        return true;
    }
    if (parse_span(text, &span_s)) {
        *ret_us = now_us - span_s * SECOND_US;
        return true;
    }
    return parse_calendar(zone, text, now_us, ret_us);
}

static int wrong_time(struct tool *t, const char *option, const char *text)
{
    char shown[80];
    return tool_complain(t, 64,
                         "%s: '%s' is no time; such as 2026-11-24T07:00:00+07:00, "
                         "'2026-11-24 07:00', 07:00, yesterday, -2h",
                         option, tool_clean(text, shown, sizeof(shown)));
}

int tool_time_option(struct tool *t, const char *option, const char *text,
                     char ret_rfc3339[SIAGA_TIME_BYTES])
{
    int64_t us;
    if (!tool_time_parse(&t->zone, text, siaga_now(), &us))
        return wrong_time(t, option, text);
    siaga_time_format(us, tool_zone_offset(&t->zone, us), ret_rfc3339);
    return 0;
}

int tool_time_ahead(struct tool *t, const char *option, const char *text,
                    char ret_rfc3339[SIAGA_TIME_BYTES])
{
    int64_t us, span_s;
    if (*text == '-' || !parse_span(text, &span_s))
        return tool_time_option(t, option, text, ret_rfc3339);
    us = siaga_now() + span_s * SECOND_US;
    siaga_time_format(us, tool_zone_offset(&t->zone, us), ret_rfc3339);
    return 0;
}

/* ---- showing ---- */

static const char *zone_name(const struct tool_zone *zone, const struct tm *parts)
{
    return zone->iana ? parts->tm_zone : zone->name;
}

static const char *show(const struct tool *t, int64_t us, bool day, bool seconds, char *out)
{
    struct tm at = to_local(&t->zone, us);
    char colon = t->english ? ':' : '.', date[32] = "", tail[8] = "";
    if (day)
        snprintf(date, sizeof(date), "%04d-%02d-%02d ", (at.tm_year + 1900) % 10000, at.tm_mon + 1,
                 at.tm_mday);
    if (seconds)
        snprintf(tail, sizeof(tail), "%c%02d", colon, at.tm_sec);
    snprintf(out, TOOL_TIME_BYTES, "%s%02d%c%02d%s %.20s", date, at.tm_hour, colon, at.tm_min, tail,
             zone_name(&t->zone, &at));
    return out;
}

const char *tool_time_short(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES])
{
    *out = '\0';
    if (!us)
        return out;
    struct tm at = to_local(&t->zone, us), today = to_local(&t->zone, siaga_now());
    bool other = at.tm_yday != today.tm_yday || at.tm_year != today.tm_year;
    return show(t, us, other, false, out);
}

const char *tool_time_long(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES])
{
    *out = '\0';
    return us ? show(t, us, true, true, out) : out;
}

const char *tool_span(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES])
{
    long long s = (us < 0 ? -us : us) / SECOND_US, minutes = s / 60, hours = s / 3600;
    const char *sign = us < 0 ? "-" : "";
    if (s < 60)
        snprintf(out, TOOL_TIME_BYTES, "%s%lld %s", sign, s, tool_text(t, "s"));
    else if (minutes < 60)
        snprintf(out, TOOL_TIME_BYTES, "%s%lld %s", sign, minutes, tool_text(t, "min"));
    else if (hours < 24)
        snprintf(out, TOOL_TIME_BYTES, "%s%lld %s %02lld %s", sign, hours, tool_text(t, "h"),
                 minutes % 60, tool_text(t, "min"));
    else
        snprintf(out, TOOL_TIME_BYTES, "%s%lld %s %lld %s", sign, hours / 24, tool_text(t, "d"),
                 hours % 24, tool_text(t, "h"));
    return out;
}
