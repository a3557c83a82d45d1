#!/usr/bin/env python3
"""Golden cases of working time: counts every one minute by minute, as slowly as a person would.

    calendar_golden.py           writes calendar_golden.h anew
    calendar_golden.py --check   compares it with what would be written; 1 when it differs

Reads etc/bekasi by itself and shares nothing with daemon/city but the meaning:
  - a minute is worked when the local day is not off and one of its spans holds the minute;
  - N working minutes are over at the end of the N-th worked minute from the start on;
  - N working days are over at the end of the last worked minute of the N-th day after the start's
    that has one;
  - a clock that stood still goes on: by what was worked meanwhile, or by what passed.
"""
import pathlib
import re
import sys
from datetime import date, datetime, timedelta, timezone

HERE = pathlib.Path(__file__).resolve().parent
CITY = HERE.parent.parent / "etc" / "bekasi"
HEADER = HERE / "calendar_golden.h"
WIB = timezone(timedelta(hours=7))
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# What a decree in the middle of the year adds to calendar.d/2026.yaml, below `joint_leave:`.
DECREE = "  - {date: 2026-08-18, name: Proklamasi Kemerdekaan, decree: SKB perubahan}\n"


def hours_in(text, indent):
    """{weekday: [(from, to)]} in minutes, of lines such as `  monday: ["07:30-12:00"]`."""
    week = {}
    for name, spans in re.findall(rf"^ {{{indent}}}(\w+day): *\[(.*)\]$", text, re.M):
        week[DAYS.index(name)] = [
            (int(a) * 60 + int(b), int(c) * 60 + int(d))
            for a, b, c, d in re.findall(r'"(\d\d):(\d\d)-(\d\d):(\d\d)"', spans)
        ]
    return week


class Calendar:
    def __init__(self, added=""):
        self.week = hours_in((CITY / "city.yaml").read_text(), 2)
        text = (CITY / "calendar.d" / "2026.yaml").read_text()
        text = text.replace("joint_leave:\n", "joint_leave:\n" + added)
        self.off = {date.fromisoformat(d) for d in re.findall(r"\{date: ([\d-]{10}),", text)}
        self.ramadan = [date.fromisoformat(re.search(rf"^  {word}: +([\d-]{{10}})", text, re.M).group(1))
                        for word in ("from", "until")]
        self.fasting = hours_in(text, 4)
        assert len(self.week) == 5 and len(self.fasting) == 5 and len(self.off) > 20
        self.known = {}

    def spans(self, day):
        if day not in self.known:
            in_ramadan = self.ramadan[0] <= day < self.ramadan[1]
            week = self.fasting if in_ramadan else self.week
            self.known[day] = [] if day in self.off else week.get(day.weekday(), [])
        return self.known[day]

    def worked(self, hours, t):
        """Does anybody work in the minute or second that begins at t?"""
        minute = t.hour * 60 + t.minute
        return hours == "24x7" or any(a <= minute < b for a, b in self.spans(t.date()))


CALENDARS = {"PRINTED": Calendar(), "AMENDED": Calendar(DECREE)}


def read(text):
    """Local time, or UTC with a Z behind it; always given back local."""
    zone = timezone.utc if text.endswith("Z") else WIB
    return datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=zone).astimezone(WIB)


def write(t):
    return t.strftime("%Y-%m-%d %H:%M" + (":%S" if t.second else ""))


def step_for(*moments):
    return timedelta(seconds=1) if any(t.second for t in moments) else timedelta(minutes=1)


def later(calendar, hours, t, much):
    """t and `much` working time more."""
    step = step_for(t)
    while much > timedelta(0):
        if calendar.worked(hours, t):
            much -= step
        t += step
    return t


def days_later(calendar, hours, t, days):
    t = t.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    while True:
        end = None
        day = t.date()
        while t.date() == day:
            if calendar.worked(hours, t):
                end = t + timedelta(minutes=1)
            t += timedelta(minutes=1)
        if end:
            days -= 1
            if days == 0:
                return end


def limit(calendar, hours, start, text):
    number, unit = int(re.match(r"\d+", text).group()), re.sub(r"\d+", "", text)
    plain = {"m": 1, "h": 60, "d": 24 * 60, "mo": 30 * 24 * 60}
    if unit in plain:
        return start + number * timedelta(minutes=plain[unit])
    if unit == "wd":
        return days_later(calendar, hours, start, number)
    return later(calendar, hours, start, number * timedelta(minutes=60 if unit == "wh" else 1))


def worked(calendar, hours, start, end):
    step, sum_, t = step_for(start, end), timedelta(0), start
    while t < end:
        if calendar.worked(hours, t):
            sum_ += step
        t += step
    return sum_


def moved_on(calendar, hours, working, due, start, end):
    if not working:
        return due + max(end - start, timedelta(0))
    return later(calendar, hours, due, worked(calendar, hours, start, end))


# ---- the cases. `both` in front of a row: counted before and after DECREE ----

# HOURS | START, START ... | LIMIT LIMIT ...
LIMITS = """
# a plain week
office | 2026-11-24 10:05 | 30m 4h 1d 1mo 30wm 115wm 116wm 450wm 451wm 1wh 4wh 8wh
office | 2026-11-24 10:05 | 1wd 2wd 3wd 5wd 14wd 2250wm 60wd
# plain limits never stop
office | 2026-11-27 22:10, 2026-12-24 09:00 | 15m 24h 7d 21d 2mo
# outside hours: from the next opening
office | 2026-11-24 00:00, 2026-11-24 05:59, 2026-11-24 07:30, 2026-11-24 16:00 | 1wm 60wm 450wm 1wd
office | 2026-11-24 22:00, 2026-11-28 11:00, 2026-11-29 23:59 | 1wm 60wm 450wm 1wd
# inside the noon break, and at its edges
office | 2026-11-24 11:59, 2026-11-24 12:00, 2026-11-24 12:20, 2026-11-24 13:00 | 1wm 2wm 4wh
# Friday's break
office | 2026-11-27 11:00, 2026-11-27 11:30, 2026-11-27 11:40, 2026-11-27 12:59 | 30wm 31wm 90wm 1wd
office | 2026-11-27 16:00, 2026-11-27 16:30 | 30wm 31wm 90wm 1wd
# seconds stay
office | 2026-11-24 11:59:30 | 1wm
office | 2026-11-24 15:59:58 | 1wm
office | 2026-11-27 16:29:45 | 30wm
24x7 | 2026-11-24 23:59:30 | 1wm
# midnight here is not midnight in UTC
office | 2026-11-23 16:59Z, 2026-11-23 17:00Z, 2026-11-23 23:30Z, 2026-11-24 00:29Z | 10wm 1wd
office | 2026-11-24 00:30Z, 2026-11-24 23:59Z | 10wm 1wd
# the year's end: 2027 has no file and plain weeks
office | 2026-12-23 15:00, 2026-12-24 10:00, 2026-12-30 10:00, 2026-12-31 15:30 | 60wm 450wm 1wd 3wd
office | 2026-12-31 17:00, 2027-01-01 09:00, 2026-12-31 16:59Z | 60wm 450wm 1wd 3wd
# Ramadan begins on Thursday 19 February
office | 2026-02-13 15:00, 2026-02-18 15:30, 2026-02-18 16:00 | 60wm 390wm 450wm 1wd 5wd
office | 2026-02-19 07:40, 2026-02-19 12:10, 2026-02-20 11:20 | 60wm 390wm 450wm 1wd 5wd
# Ramadan ends; Nyepi, Idul Fitri and their joint leave
office | 2026-03-16 09:00, 2026-03-17 14:30, 2026-03-17 15:00, 2026-03-19 10:00 | 60wm 450wm 1wd 3wd
office | 2026-03-20 08:00, 2026-03-24 23:00, 2026-03-25 07:45 | 60wm 450wm 1wd 3wd
# single days off
office | 2026-05-13 15:00, 2026-05-26 15:00, 2026-06-15 10:00, 2026-08-24 16:30 | 2wh 1wd 2wd
office | 2026-12-24 08:00 | 2wh 1wd 2wd
# over many weeks
office | 2026-01-02 09:00 | 60wd
office | 2026-02-02 09:00 | 14wd 6300wm
office | 2026-03-02 09:00 | 14wd
office | 2026-10-01 09:00 | 90wd
office | 2026-05-04 09:00 | 14wd
# around the clock
24x7 | 2026-11-24 10:05, 2026-11-28 23:50, 2026-03-21 12:00 | 15m 30wm 450wm 24wh 1wd 5wd
24x7 | 2026-12-31 23:59, 2026-11-23 17:00Z | 15m 30wm 450wm 24wh 1wd 5wd
# a decree in August gives the 18th as joint leave
both office | 2026-08-14 09:00 | 1wd
both office | 2026-08-14 16:00 | 60wm
both office | 2026-08-14 09:00 | 14wd
both office | 2026-08-18 08:00 | 2wh
both office | 2026-08-18 08:00 | 1wd
both office | 2026-08-17 10:00 | 450wm
both office | 2026-07-01 09:00 | 60wd
both office | 2026-08-19 08:00 | 450wm
both 24x7 | 2026-08-14 09:00 | 14wd
"""

# HOURS | FROM | TO
SUMS = """
# a plain week
office | 2026-11-24 10:00 | 2026-11-24 10:30
office | 2026-11-24 10:00 | 2026-11-24 14:00
office | 2026-11-24 12:05 | 2026-11-24 12:55
office | 2026-11-23 00:00 | 2026-11-24 00:00
office | 2026-11-23 00:00 | 2026-11-30 00:00
office | 2026-11-24 10:00 | 2026-11-24 10:00
office | 2026-11-24 10:00 | 2026-11-23 10:00
office | 2026-11-27 11:00 | 2026-11-27 13:30
office | 2026-11-27 16:00 | 2026-11-30 08:00
office | 2026-11-28 00:00 | 2026-11-30 00:00
office | 2026-11-24 11:59:30 | 2026-11-24 13:00:30
# midnight here is not midnight in UTC
office | 2026-11-23 17:00Z | 2026-11-24 17:00Z
office | 2026-11-24 00:00Z | 2026-11-25 00:00Z
24x7 | 2026-11-23 17:00Z | 2026-11-24 17:00Z
# days off, Ramadan, the year's end
office | 2026-02-16 00:00 | 2026-02-18 00:00
office | 2026-02-18 12:00 | 2026-02-19 12:00
office | 2026-02-19 00:00 | 2026-03-21 00:00
office | 2026-03-17 14:00 | 2026-03-25 08:00
office | 2026-12-23 15:00 | 2026-12-28 08:30
office | 2026-12-31 15:00 | 2027-01-04 08:00
office | 2027-03-10 08:00 | 2027-03-11 08:00
office | 2026-01-01 00:00 | 2027-01-01 00:00
# around the clock
24x7 | 2026-11-28 22:00 | 2026-11-29 02:30
24x7 | 2026-03-17 14:00 | 2026-03-25 08:00
# a decree in August gives the 18th as joint leave
both office | 2026-08-14 16:00 | 2026-08-19 08:00
both office | 2026-08-18 00:00 | 2026-08-19 00:00
both 24x7 | 2026-08-18 00:00 | 2026-08-19 00:00
"""

# HOURS, what the clock counts | DUE | FROM | TO: the clock stood still between them
MOVES = """
# working time
office working | 2026-11-30 16:00 | 2026-11-24 10:00 | 2026-11-24 11:00
office working | 2026-11-30 15:30 | 2026-11-24 10:00 | 2026-11-24 11:00
office working | 2026-11-30 16:00 | 2026-11-24 09:00 | 2026-11-26 09:00
office working | 2026-11-26 16:00 | 2026-11-24 09:00 | 2026-11-25 09:00
office working | 2026-12-14 16:00 | 2026-11-27 10:00 | 2026-11-30 10:00
# a wait in which nobody works moves nothing
office working | 2026-11-30 16:00 | 2026-11-27 16:30 | 2026-11-30 07:30
office working | 2026-11-30 10:00 | 2026-11-24 12:00 | 2026-11-24 13:00
office working | 2026-03-17 15:00 | 2026-03-18 00:00 | 2026-03-25 00:00
office working | 2026-11-30 16:00 | 2026-11-24 10:00 | 2026-11-24 10:00
# over days off and Ramadan
office working | 2026-03-17 15:00 | 2026-03-16 09:00 | 2026-03-17 09:00
office working | 2026-02-18 16:00 | 2026-02-13 08:00 | 2026-02-18 09:30
office working | 2026-12-23 16:00 | 2026-12-21 08:00 | 2026-12-22 12:30
office working | 2026-12-31 16:00 | 2026-12-28 08:00 | 2026-12-30 08:00
# calendar time
office calendar | 2026-11-30 10:05 | 2026-11-24 10:00 | 2026-11-26 22:30
office calendar | 2026-12-24 10:00 | 2026-12-01 09:00 | 2026-12-08 09:00
office calendar | 2026-11-30 10:05 | 2026-11-28 10:00 | 2026-11-29 10:00
24x7 calendar | 2026-11-24 10:20 | 2026-11-24 10:06 | 2026-11-24 10:09
# around the clock
24x7 working | 2026-11-29 00:00 | 2026-11-28 01:00 | 2026-11-28 04:30
24x7 working | 2026-03-21 12:00 | 2026-03-20 00:00 | 2026-03-21 00:00
# a decree in August gives the 18th as joint leave
both office working | 2026-08-20 16:00 | 2026-08-14 09:00 | 2026-08-19 09:00
both office working | 2026-08-14 16:30 | 2026-08-12 08:00 | 2026-08-12 10:00
both office calendar | 2026-08-20 16:00 | 2026-08-14 09:00 | 2026-08-19 09:00
"""


def rows_of(cases):
    """(title, [(calendar, hours and more words, column, column ...)]) of each group."""
    groups = []
    for line in cases.strip().split("\n"):
        if line.startswith("# "):
            groups.append((line[2:], []))
            continue
        words, *columns = [cell.strip() for cell in line.split("|")]
        calendars = ["PRINTED", "AMENDED"] if words.startswith("both ") else ["PRINTED"]
        words = words.removeprefix("both ").split()
        groups[-1][1].extend((calendar, words, *columns) for calendar in calendars)
    return groups


def limits_of(cases):
    """As rows_of, every start with every limit."""
    for title, rows in rows_of(cases):
        yield title, [
            (calendar, words, start.strip(), text)
            for calendar, words, starts, texts in rows
            for start in starts.split(",")
            for text in texts.split()
        ]


def quoted(text):
    return f'"{text}"'


def fill(cells):
    """One row of the table, broken as clang-format breaks it."""
    lines, line = [], "    {" + cells[0]
    for cell in cells[1:]:
        if len(line) + 2 + len(cell) + 2 > 100:
            lines.append(line + ",")
            line = "     " + cell
        else:
            line += ", " + cell
    return "\n".join([*lines, line + "},"])


def table(kind, letter, groups, cells):
    """The rows of one table, each with a name made of its letter and its number."""
    out, number = [f"static const struct {kind} {kind}s[] = {{"], 0
    for title, rows in groups:
        out.append(f"    /* {title} */")
        for calendar, words, *columns in rows:
            number += 1
            around = "true" if words[0] == "24x7" else "false"
            rest = cells(CALENDARS[calendar], words, *columns)
            out.append(fill([quoted(f"{letter}{number}"), calendar, around, *rest]))
    return "\n".join([*out, "};"])


def limit_cells(calendar, words, start, text):
    return [*map(quoted, (start, text, write(limit(calendar, words[0], read(start), text))))]


def sum_cells(calendar, words, start, end):
    seconds = worked(calendar, words[0], read(start), read(end)).total_seconds()
    return [quoted(start), quoted(end), str(int(seconds))]


def move_cells(calendar, words, due, start, end):
    working = words[1] == "working"
    to = moved_on(calendar, words[0], working, read(due), read(start), read(end))
    return ["true" if working else "false", *map(quoted, (due, start, end, write(to)))]


TOP = f"""/* Golden cases of working time by etc/bekasi, counted minute by minute by calendar_golden.py, which
 * wrote this file: change it there. A time is local, with a Z behind it UTC. */
#include <stdbool.h>

/* As calendar.d/2026.yaml stands, or with GOLDEN_DECREE below its joint_leave. */
enum golden_calendar {{ PRINTED, AMENDED }};
#define GOLDEN_DECREE \\
    {quoted(DECREE[:-1] + chr(92) + "n")}

struct golden_limit {{
    const char *name;
    enum golden_calendar calendar;
    bool around_the_clock;
    const char *start, *limit, *due;
}};

/* How much was worked from start to end. */
struct golden_sum {{
    const char *name;
    enum golden_calendar calendar;
    bool around_the_clock;
    const char *start, *end;
    int seconds;
}};

/* The clock of a due time stood still from start to end. */
struct golden_move {{
    const char *name;
    enum golden_calendar calendar;
    bool around_the_clock, working;
    const char *due, *start, *end, *moved;
}};
"""


def header():
    return "\n".join([
        TOP,
        table("golden_limit", "L", limits_of(LIMITS), limit_cells) + "\n",
        table("golden_sum", "W", rows_of(SUMS), sum_cells) + "\n",
        table("golden_move", "M", rows_of(MOVES), move_cells) + "\n",
    ])


def main():
    text = header()
    if sys.argv[1:] == ["--check"]:
        if HEADER.read_text() == text:
            return 0
        print("calendar_golden.h is not what calendar_golden.py counts", file=sys.stderr)
        return 1
    HEADER.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
