"""A user with an outbox: the shipped `siaga` with a home of its own, a ledger of what it was told, and what a power cut would leave.

The ledger has one line a call: the key, and how it ended: "ticket", "queued", "failed" (with the exit code and what was said), "killed".
"""
import json
import os
import pathlib
import re
import signal
import subprocess

import running
from ledger import Ledger

PLAIN = running.BUILD.parent if running.BUILD.name == "asan-ubsan" else running.BUILD
CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or PLAIN / "controls")
SHIM = PLAIN / "tests/faults/nth.so"
QUEUED_CALLS = ("open", "write", "fsync", "rename", "mkdir", "flock")       # what adding one event to a new outbox needs
NO_ROOM, IO_ERROR = 28, 5


class User:
    def __init__(self, folder, endpoint, source="uji-1", program=running.BUILD / "siaga"):
        self.home = folder
        self.home.mkdir(exist_ok=True)
        self.program = program
        self.box = folder / ".local/state/siaga/outbox"
        self.ledger, self.steps = Ledger(folder / "ledger"), []    # of users with one home: one, line by line
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "SIAGA_SERVER": endpoint, "SIAGA_SOURCE": source, "SIAGA_LANG": "en",
                            "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0", "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}

    def start(self, *arguments, **nth):
        """siaga in the background. Settings of the shim by their names without NTH_."""
        shim = {("NTH" if name == "n" else f"NTH_{name.upper()}"): str(value) for name, value in nth.items()}
        if shim:
            shim = {"NTH_PATH": "/siaga"} | shim | {"LD_PRELOAD": str(SHIM), "NTH_LOG": str(self.home / "calls")}
            (self.home / "calls").unlink(missing_ok=True)
        return subprocess.Popen([str(self.program), *arguments], env=self.environment | shim, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, patience=60, **nth):
        """To its end. Returns (exit code, output, errors); -9 is a kill."""
        process = self.start(*arguments, **nth)
        out, said = process.communicate(timeout=patience)
        assert not running.SANITIZER.search(said), said
        return process.returncode, out, said

    # one report -----------------------------------------------------------------------------------------------------

    def report(self, key, timeout=0.02, kill_after=None, category="fire.land", **nth):
        """Sends one, perhaps to its death. Returns how it ended, which the ledger has, too."""
        process = self.start("report", f"title of {key}", "--category", category, "--key", key, "--spool", "--timeout", str(timeout),
                             "-o", "jsonl", **nth)
        try:
            out, said = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, said = process.communicate()
        assert not running.SANITIZER.search(said), said
        return self.note(key, process.returncode, out, said)

    def note(self, key, code, out, said):
        answer = json.loads(out) if out.endswith("\n") else {}
        if answer.get("state") == "queued":         # it was told, whatever happened to it then
            end = "queued"
        elif "ticket" in answer:
            end = "ticket"
        else:
            end = "killed" if code == -signal.SIGKILL else "failed"
        assert end != "failed" or code > 0, (code, out, said)
        self.steps.append({"key": key, "end": end, "code": code, "said": said})
        self.ledger.step(end, key=key, code=code)
        self.ledger.sync()
        return end

    # the outbox -----------------------------------------------------------------------------------------------------

    def rows(self):
        code, out, said = self.run("outbox", "-o", "jsonl")
        assert code in (0, 1), said
        return [json.loads(line) for line in out.splitlines()]

    def waiting(self):
        return [row["key"] for row in self.rows() if row["state"] == "queued"]

    def flush(self, **nth):
        return self.run("flush", "--timeout", "20", "-o", "jsonl", **nth)

    def flush_all(self):
        code, _, said = self.flush()
        assert code in (0, 1), said
        assert self.waiting() == []

    def was_hit(self):
        return "\nhit " in "\n" + (self.home / "calls").read_text()

    def files(self, suffix=".event"):
        """How many there are, without asking siaga."""
        return len(list(self.box.glob(f"*{suffix}")))

    def litter(self):
        """Files that nobody can use."""
        return [path.name for path in self.box.iterdir() if path.suffix in (".new", ".damaged")] if self.box.exists() else []


# the oracle ---------------------------------------------------------------------------------------------------------

def check(users, rows, in_order=True):
    """What each was told against what siagad has. Returns sentences; none when all is well. A file that could not be read once is passed over: not in order."""
    found, stored = [], {}
    for row in rows:
        stored.setdefault(row["key"], []).append(row["seq"])
    sent = {step["key"] for user in users for step in user.steps}
    found += [f"{key}: nobody sent it" for key in stored if key not in sent]
    found += [f"{key}: stored {len(seqs)} times" for key, seqs in stored.items() if len(seqs) > 1]
    for user in users:
        told = list(dict.fromkeys(step["key"] for step in user.steps if step["end"] in ("ticket", "queued")))
        found += [f"{key}: promised and lost" for key in told if key not in stored]
        order = [stored[key][0] for key in told if key in stored]
        if in_order and order != sorted(order):
            found.append(f"{user.home.name}: not stored in the order it was promised")
        found += [f"{step['key']}: failed with {step['code']} and said {step['said']!r}" for step in user.steps
                  if step["end"] == "failed" and not one_line(step)]
    return found


def one_line(step):
    """One clear line: who speaks, what failed and what to do, with the exit code; a second one at most tells the key."""
    lines = step["said"].splitlines()
    if not lines or not re.match(r"siaga: .{20,}\(exit \d+\)$|siaga: .{20,}$", lines[0]):
        return False
    return len(lines) == 1 or (len(lines) == 2 and "repeat with: --key" in lines[1])


# a power cut --------------------------------------------------------------------------------------------------------

def survives(calls, path):
    """Whether a power cut at the moment of `say` leaves this file, whole and under its name.

    What a file system owes: the bytes of a file once it was synced, a name once the folder that has it was. A folder made before the log begins is there."""
    synced, waiting, there, made = set(), {}, set(), {}
    for call, *names in (line.split(" ") for line in calls.splitlines()):
        if call == "say":
            break
        if call in ("create", "mkdir"):
            waiting[names[0]] = None
            made |= {names[0]: call}
        elif call == "write":
            synced.discard(names[0])
        elif call == "rename":
            if names[0] in synced:
                synced.add(names[1])
            waiting.pop(names[0], None)
            waiting[names[1]] = None
            made[names[1]] = "create"
        elif call == "fsync":
            synced.add(names[0])
            for name in [name for name in waiting if os.path.dirname(name) == names[0]]:
                there.add(name)
                del waiting[name]
    parents = [str(parent) for parent in pathlib.Path(path).parents]
    return path in synced and path in there and all(parent in there for parent in parents if made.get(parent) == "mkdir")
