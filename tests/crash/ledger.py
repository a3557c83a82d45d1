"""What a client writes down about what it sent and what it was told, and what is the same on both sides of the wire.

A step is one line: {"do": "sent" | "acked" | "refused", "key", "hash", "at", ...}. `hash` is that of the content, made in the same way from what was
sent and from what siagad shows of it later; `at` the monotonic clock, one for all processes of the machine. A line is on the disk before the step it
tells of is taken, or before the next one is.
"""
import hashlib
import json
import os
import time

FIELDS = {"event": ("kind", "category", "severity", "title", "body", "kecamatan", "address", "landmark", "people_harmed", "tags"),
          "move": ("case", "to", "reason", "note", "outcome")}


def digest(what, fields):
    """The hash of the content of an event or a move: of its message, or of the row that shows it."""
    content = {name: fields[name] for name in FIELDS[what] if fields.get(name) is not None}
    return hashlib.sha256(json.dumps([what, content], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Ledger:
    """Lines, appended; sync() puts them on the disk."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.dirty = False

    def step(self, do, **told):
        self.file.write(json.dumps({"do": do, **told, "at": round(time.monotonic(), 4)}, ensure_ascii=False) + "\n")
        self.dirty = True

    def sync(self):
        if self.dirty:
            self.file.flush()
            os.fdatasync(self.file.fileno())
            self.dirty = False


def read(path):
    """The steps of a ledger, in order."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
