"""The include law: an include points the way the data goes.

One row a room: the rooms it may include besides itself, single headers of other rooms, libraries.
What is not named is forbidden; libc is free. A new library is a new word in this table.
"""
import re

from tree import Tap, sources

LIBRARIES = {
    "zmq.h": "zmq", "lmdb.h": "lmdb", "msgpack.h": "msgpack", "libfyaml.h": "fyaml",
    "jansson.h": "jansson", "csv.h": "csv", "libsmartcols/libsmartcols.h": "smartcols", "libsmartcols.h": "smartcols",
    "utf8proc.h": "utf8proc", "sodium.h": "sodium", "systemd/sd-journal.h": "systemd",
    "systemd/sd-daemon.h": "systemd", "curses.h": "ncurses",
}
LIBC = re.compile(
    r"(sys|linux|netinet|arpa|net)/\w+\.h|\w*mmintrin\.h|arm_acle\.h|"
    r"(argp|assert|ctype|dirent|endian|err|errno|fcntl|float|fnmatch|getopt|glob|grp|inttypes|langinfo|"
    r"libgen|libintl|limits|locale|malloc|math|netdb|poll|pthread|pwd|regex|sched|search|signal|spawn|stdalign|"
    r"stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|sysexits|syslog|"
    r"termios|threads|time|unistd|wchar|wctype)\.h")

LAW = {
    "proto": "msgpack utf8proc",
    "base": "systemd proto/slice.h",
    "city": "base proto fyaml",
    "net": "base zmq sodium proto/slice.h",
    "store": "base lmdb proto/slice.h proto/uncleared.h",
    "persons": "store proto base sodium",
    "views": "store proto base sodium",
    "journal": "views persons store proto base sodium",
    "backup": "persons views store proto base sodium",
    "egress": "query views store net city proto base",
    "query": "backup views persons store city proto base",
    "pipeline": "journal egress views persons store city proto base sodium",
    "ingress": "pipeline query egress net city proto base",
    "house": "base city net store persons views backup journal pipeline query ingress egress proto systemd sodium jansson",
    "include": "",
    "lib": "include proto zmq jansson sodium",
    "tools": "include csv smartcols utf8proc jansson fyaml ncurses",
}
# Inside a room, the only files that may touch its library.
ALONE = {"fyaml": r"daemon/city/conf\w*\.[ch]|clients/tool_config\.c", "systemd": r"daemon/(base/log|service)\.[ch]",
         "sodium": r"daemon/\w+/\w+\.[ch]|daemon/(rooms|main|export_file)\.c|clients/lib/outbox\w*\.c",
         "jansson": r"clients/[\w/]+\.[ch]|daemon/export_file\.c", "ncurses": r"clients/top_(screen|paint|draw)\.[ch]"}


def room_of(path):
    """proto, include, a room of the daemon, house, lib, tools; None outside the product."""
    parts = path.split("/")
    if parts[0] in ("proto", "include"):
        return parts[0]
    if parts[0] == "daemon":
        return parts[1] if len(parts) > 2 else "house"
    if parts[0] == "clients":
        return "lib" if parts[1] == "lib" else "tools"
    return None


def judge(path, room, form, name, root):
    """What is wrong with one include, or None."""
    allowed = LAW.get(room, "").split()
    if form == "<":
        library = LIBRARIES.get(name)
        if not library:
            return None if LIBC.fullmatch(name) else "a header that the law does not know"
        if library not in allowed:
            return f"{room} may not use {library}"
        if library in ALONE and not re.fullmatch(ALONE[library], path):
            return f"{library} is for {ALONE[library]} alone"
        return None
    if ".." in name:
        return "written with ..; write it from the root of the tree"
    folder = path.rsplit("/", 1)[0]
    target = next((t for t in (f"{folder}/{name}", name, f"include/{name}") if (root / t).exists()), name)
    if target in allowed or room_of(target) in (room, *allowed):
        return None
    return f"{room} may not include {room_of(target) or 'this'}"


def law(root):
    found = []
    for path in map(str, sources(root)):
        room = room_of(path)
        if room not in LAW:
            found.append(f"{path}: a room that the law does not know")
            continue
        text = (root / path).read_text(encoding="utf-8")
        for n, line in enumerate(text.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            fault = match and judge(path, room, *match.groups(), root)
            if fault:
                found.append(f"{path}:{n}: {match.group(2)}: {fault}")
    return found


def own_first(root):
    """foo.c begins with foo.h, or foo_private.h: so each header is known to stand alone."""
    found = []
    for path in sources(root, kinds=(".c",)):
        if not (root / path.with_suffix(".h")).exists():
            continue
        first = re.search(r'^\s*#\s*include\s*[<"]([^>"]+)', (root / path).read_text(encoding="utf-8"), re.M)
        own = (path.stem + ".h", path.stem + "_private.h", str(path.with_suffix(".h")))
        if not first or first.group(1) not in own:
            found.append(f"{path}: its own header does not come first")
    return found


def breaks(path, include, *others):
    return {path: f"#include {include}\n", **{other: "" for other in others}}


tap = Tap()
tap.rule(
    "an include points the way the data goes", law,
    breaks("proto/x.c", '"daemon/base/err.h"', "daemon/base/err.h"),
    breaks("proto/x.h", "<lmdb.h>"),
    breaks("daemon/base/x.c", '"proto/pack.h"', "proto/pack.h"),
    breaks("daemon/net/x.c", '"proto/event.h"', "proto/event.h"),
    breaks("daemon/net/x.c", "<czmq.h>"),
    breaks("daemon/store/x.c", "<zmq.h>"),
    breaks("daemon/views/x.c", '"daemon/journal/journal.h"', "daemon/journal/journal.h"),
    breaks("daemon/views/x.c", "<lmdb.h>"),
    breaks("daemon/city/calendar.c", "<libfyaml.h>"),
    breaks("daemon/city/x.c", '"../../proto/slice.h"', "proto/slice.h"),
    breaks("daemon/pipeline/x.c", '"daemon/ingress/door.h"', "daemon/ingress/door.h"),
    breaks("daemon/query/x.c", '"daemon/pipeline/pipeline.h"', "daemon/pipeline/pipeline.h"),
    breaks("daemon/siagad.c", "<zmq.h>"),
    breaks("daemon/web/x.c", "<stdio.h>"),
    breaks("clients/lib/x.c", '"daemon/base/err.h"', "daemon/base/err.h"),
    breaks("clients/x.c", '"proto/pack.h"', "proto/pack.h"),
    breaks("clients/x.c", "<zmq.h>"),
    breaks("clients/x.c", '"clients/lib/map.h"', "clients/lib/map.h"),
    breaks("clients/top_model.c", "<curses.h>"),
)
tap.rule("a file begins with its own header", own_first,
         {"proto/x.c": '#include <stdio.h>\n#include "x.h"\n', "proto/x.h": ""})
tap.end()
