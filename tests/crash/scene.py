"""A city under load whose siagad is killed: eight clients and a watcher around it, and afterwards everything there is to know."""
import dataclasses
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import ledger
import load
import running
from siaga import DONE, GET

HERE = pathlib.Path(__file__).resolve().parent
EVENTS = 100_000            # about as many at most in a long run: the checker holds them all
KILLS = int(os.environ.get("SIAGA_KILLS", 30))
SEED = int(os.environ.get("SIAGA_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 32)


@dataclasses.dataclass
class Record:
    """What the checker compares."""
    ledgers: dict           # client -> its steps
    feed: list              # every row of the feed from 1
    cases: list             # every row of LIST, oldest first
    histories: dict         # number of a case -> rows of GET
    seen: list              # the watcher's log
    windows: dict           # client -> requests it had open at most


class Scene:
    """Starts siagad, the clients and the watcher. What kills, and when, is the test's."""

    def __init__(self, folder, seed, mib=64, rate=1000.0):
        self.folder, self.seed = folder, seed
        self.random = random.Random(seed)
        self.siagad = running.Siagad(folder, mib)
        self.ready_after = [self.siagad.start()]
        self.head = folder / "head"
        self.people = {name: self.begin({"name": name, "seed": seed, "rate": rate, **how}) for name, how in load.CLIENTS.items()}
        self.people["walikota"] = self.begin({"name": "walikota", "until": str(self.head)})

    def path(self, name):
        return self.folder / f"{name}.ledger"

    def begin(self, order):
        order = {"endpoint": self.siagad.ipc, "ledger": str(self.path(order["name"])), **order}
        with open(self.folder / "people", "ab") as said:
            return subprocess.Popen([sys.executable, str(HERE / "load.py"), json.dumps(order)], stdin=subprocess.PIPE, stderr=said)

    def busy(self):
        """Waits until every client has been told something; then the load is on."""
        for name in load.CLIENTS:
            running.wait_for(f"{name} to be answered", lambda: self.path(name).exists() and "acked" in self.path(name).read_text())

    def run_for(self, seconds):
        """Lets it run; nobody may die meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
            assert self.siagad.process.poll() is None, f"siagad died by itself: {self.siagad.said()}"

    def kill(self, after):
        self.run_for(after)
        self.siagad.kill9()

    def start(self):
        self.ready_after.append(self.siagad.start())

    def kill_while_starting(self, after):
        self.siagad.launch().close()
        time.sleep(after)
        self.siagad.kill9()

    def finish(self, patience=60):
        """The clients send what is open until it is answered, and everything is read back. siagad runs on."""
        for name in load.CLIENTS:
            self.people[name].stdin.close()
        for name in load.CLIENTS:
            assert self.people[name].wait(patience) == 0, self.complaints()
        reader = self.siagad.client("walikota")
        head = reader.hello()["head"]       # what siagad itself writes later is not asked for
        self.head.with_suffix(".new").write_text(str(head))
        self.head.with_suffix(".new").rename(self.head)
        self.people["walikota"].stdin.close()
        seen_all = self.people["walikota"].wait(patience)
        record = self.record(reader, head)
        assert seen_all == 0, self.complaints()
        return record

    def record(self, reader, head):
        cases = list(reader.cases(reverse=True, limit=500))
        return Record(ledgers={name: ledger.read(self.path(name)) for name in load.CLIENTS}, feed=feed(reader, head), cases=cases,
                      histories=histories(reader, [row["case"] for row in cases]),
                      seen=[step for step in ledger.read(self.path("walikota")) if step.get("seq", 0) <= head],
                      windows={name: how["window"] for name, how in load.CLIENTS.items()})

    def complaints(self):
        return (self.folder / "people").read_text() + self.siagad.said()

    def close(self):
        """Ends what is left of our own processes."""
        for process in self.people.values():
            if process.poll() is None:
                process.kill()
            process.stdin.close()
            process.wait()
        self.siagad.close()


def feed(reader, head):
    """Every row from 1 to `head`, as a new watcher is told them."""
    rows, watch = [], reader.watch(start=1, credit=4096)
    while watch.next <= head:
        kind, body = watch.take(running.PATIENCE)
        assert kind in ("feed", "beat"), (kind, body)
        rows += body.get("rows", [])
    watch.close()
    return [row for row in rows if row["seq"] <= head]


def histories(reader, cases):
    """GET of every case, 64 questions at once."""
    found, asked, todo = {}, {}, iter(cases)
    for case in todo:
        asked[reader.send(GET, {"case": case})] = case
        while len(asked) >= 64:
            _answer(reader, asked, found)
    while asked:
        _answer(reader, asked, found)
    return found


def _answer(reader, asked, found):
    code, number, body = reader.receive()
    if number in asked:                     # else a late word of the watch
        assert code == DONE, body
        found[asked.pop(number)] = body.get("history", [])
