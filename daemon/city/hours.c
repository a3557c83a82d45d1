/* The hours of a week, as city.yaml and the Ramadan of calendar.d/ write them. */
#include "load.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* "hh:mm" of 5 characters; minutes, or -1. */
int hours_clock(const char *p)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
            return -1;
    int hours = (p[0] - '0') * 10 + p[1] - '0';
    int minutes = (p[3] - '0') * 10 + p[4] - '0';
    bool exists = hours < 24 ? minutes < 60 : hours == 24 && minutes == 0;
    return exists ? hours * 60 + minutes : -1;
}

static void read_span(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct calendar_weekday *day = into;
    const char *text;
    if (!conf_text(doc, n, 32, &text))
        return;
    bool formed = strlen(text) == 11 && text[5] == '-';
    int from = formed ? hours_clock(text) : -1, to = formed ? hours_clock(text + 6) : -1;
    if (from < 0 || to < 0)
        conf_error(doc, n, "'%s' is no span of hours; write \"07:30-12:00\"", text);
    else if (from >= to)
        conf_error(doc, n, "'%s' ends before it begins; cut it at 24:00", text);
    else if (day->spans_n == CALENDAR_SPANS_MAX)
        conf_error(doc, n, "too many spans on one day; at most %d", CALENDAR_SPANS_MAX);
    else if (day->spans_n > 0 && from <= day->to[day->spans_n - 1])
        conf_error(doc, n,
                   "'%s' begins before the span in front of it has ended; order and join them",
                   text);
    else {
        day->from[day->spans_n] = (uint16_t)from;
        day->to[day->spans_n++] = (uint16_t)to;
    }
}

#define DAY_READER(name, number)                                                         \
    static void read_##name(struct conf_doc *doc, const struct conf_node *n, void *into) \
    {                                                                                    \
        conf_list(doc, n, read_span, &((struct calendar_weekday *)into)[number]);        \
    }
DAY_READER(sunday, 0)
DAY_READER(monday, 1)
DAY_READER(tuesday, 2)
DAY_READER(wednesday, 3)
DAY_READER(thursday, 4)
DAY_READER(friday, 5)
DAY_READER(saturday, 6)

bool hours_read(struct conf_doc *doc, const struct conf_node *n, struct calendar_weekday week[7])
{
    static const struct conf_field fields[] = {
        {"sunday", false, read_sunday},     {"monday", false, read_monday},
        {"tuesday", false, read_tuesday},   {"wednesday", false, read_wednesday},
        {"thursday", false, read_thursday}, {"friday", false, read_friday},
        {"saturday", false, read_saturday},
    };
    if (!conf_map(doc, n, fields, COUNT(fields), week))
        return false;
    for (unsigned d = 0; d < 7; d++)
        if (week[d].spans_n > 0)
            return true;
    conf_error(doc, n, "no day has working hours; write monday: [\"07:30-16:00\"] at least");
    return false;
}
