"""Who may call what.

A row of CALLS: the sentence, the call as a pattern, the files it is looked for in, the files that
may have it. The acknowledgement rule comes first: it is law 1, and grep proves it here.
"""
import re

from tree import Tap, calls, sources

ANYWHERE = r"(proto|daemon|clients|include)/.*"
NOWHERE = r"(?!)"

CALLS = [
    # Acknowledgements: the functions of egress/ack.h that tell a client its change is on the disk.
    # Add their names to the pattern; settle.c is the one exit, after the commit.
    ("no acknowledgement before the disk: only settle calls ack_done", r"\back_done\b",
     r"daemon/.*", r"daemon/pipeline/settle\.c|daemon/egress/ack\.[ch]", "daemon/ingress/x.c",
     "ack_done(a, to);"),
    ("net and libsiaga alone have ZeroMQ", r"\b(zmq_\w+|ZMQ_[A-Z]\w*)", ANYWHERE,
     r"(daemon/net|clients/lib)/.*", "daemon/egress/x.c", "zmq_msg_send(&m, s, 0);"),
    ("store alone has LMDB", r"\b(mdb_\w+|MDB_\w+)", ANYWHERE, r"daemon/store/.*", "daemon/views/x.c",
     "mdb_put(t, d, &k, &v, 0);"),
    ("nothing sleeps", r"\b(sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep)\s*\(", ANYWHERE, NOWHERE,
     "daemon/base/x.c", "usleep(10);"),
    ("the clock is an input: base/clock reads it",
     r"\b(time|clock_gettime|gettimeofday|timespec_get|clock)\s*\(", r"(proto|daemon)/.*",
     r"daemon/base/(clock|log)\.c", "daemon/egress/x.c", "int64_t t = time(NULL);"),
    ("what apply calls knows no chance, no environment, no file",
     r"\b(rand|random|getrandom|randombytes_\w+|getenv|secure_getenv|setlocale|fopen|open|socket)\s*\(",
     r"(proto|daemon/views)/.*", r"proto/key\.c", "daemon/views/x.c", "randombytes_buf(id, 16);"),
    ("no call that cannot know its bound",
     r"\b(gets|strcpy|strcat|sprintf|vsprintf|strtok|tmpnam|mktemp|alloca|system|popen)\s*\(", ANYWHERE,
     NOWHERE, "clients/x.c", "sprintf(out, format, a);"),
]

tap = Tap()
for name, pattern, looked, allowed, bad_path, bad_line in CALLS:
    def check(root, pattern=pattern, looked=looked, allowed=allowed):
        return [f"{path}:{n}: {line}" for path in sources(root)
                if re.fullmatch(looked, str(path)) and not re.fullmatch(allowed, str(path))
                for n, line in calls(root, path, pattern)]

    tap.rule(name, check, {bad_path: f"void f(void)\n{{\n    {bad_line}\n}}\n"})


def texts(root):
    """Every text of ours: sources, scripts, data, pages, but for what was built and this file."""
    skip = {".git", "build", "__pycache__"}
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and path.name != "rule_calls.py" and not skip & set(inside.parts):
            try:
                yield inside, path.read_text(encoding="utf-8").split("\n")
            except UnicodeDecodeError:
                continue


def without(pattern):
    finder = re.compile(pattern)
    return lambda root: [f"{path}:{n}: {line.strip()[:100]}" for path, lines in texts(root)
                         for n, line in enumerate(lines, 1) if finder.search(line)]


tap.rule("nothing is left to do later", without(r"\b(TODO|FIXME|XXX)\b"), {"docs/x.md": "TODO: write\n"})
tap.rule("no path of one machine", without(r"/wor[k]/|/home/\w|/root/|/Users/"),
         {"tests/x.bats": "cd /home/budi/siaga\n"})
tap.end()
