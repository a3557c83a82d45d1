"""A city under load, whatever happens to its siagad: clients and watchers around it, and afterwards everything there is to know."""
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


REPORTS = []
ALL = "poc-2"                # of the POC: is told every entry but the day's heads
LEADER = "walikota"          # is told those


@dataclasses.dataclass
class Record:
    """What the checker compares."""
    ledgers: dict           # client -> its steps
    feed: list              # every row of the feed from 1
    cases: list             # every row of LIST, oldest first
    histories: dict         # number of a case -> rows of GET
    seen: list              # the log of the watcher who is told everything
    windows: dict           # client -> requests it had open at most
    before: int = 0         # entries that were there before anybody sent anything
    watchers: dict = dataclasses.field(default_factory=dict)    # another watcher -> (what it asked for, its log)
    figures: dict = None    # STATUS at a moment when nothing was under way, and "began_at": the last entry when this siagad started
    others: frozenset = frozenset()     # sources that keep no ledger
    desks: dict = None      # process of a handler, "NAME.NUMBER" -> its steps
    served: frozenset = frozenset()     # SKPD whose handlers keep a ledger: all that is theirs comes to one of them
    dead: tuple = ()        # items of DEAD


class Scene:
    """Starts siagad, the clients and the watchers. What goes wrong, and when, is the test's."""

    def __init__(self, folder, seed, mib=64, rate=1000.0, clients=None, watchers=None, siagad=None, ledgers=None):
        """clients: name -> how, as load.CLIENTS; rate: events a second of each. watchers: name -> wish, beside the one who is told everything.
        siagad: one that runs already. ledgers: a folder of another disk than the store's."""
        self.folder, self.seed, self.rate, self.ledgers = folder, seed, rate, ledgers or folder
        self.clients, self.watchers = clients or load.CLIENTS, watchers or {}
        self.random = random.Random(seed)
        self.siagad = siagad or running.Siagad(folder, mib)
        self.ready_after = [] if siagad else [self.siagad.start()]
        self.before = quiet(self.siagad)["head"]
        self.head = folder / "head"
        self.people = {name: self.begin({"name": name, "seed": seed, "rate": rate, **how}) for name, how in self.clients.items()}
        for name, wish in {ALL: {}, **self.watchers}.items():
            self.people[name] = self.begin({"name": name, "until": str(self.head), "wish": wish, "start": self.before + 1})

    def path(self, name):
        return self.ledgers / f"{name}.ledger"

    def world(self, name):
        """Where siagad is for that process, and what runs it."""
        return {"endpoint": self.siagad.ipc}, []

    def begin(self, order):
        where, around = self.world(order["name"])
        order = {"ledger": str(self.path(order["name"])), **where, **order}
        with open(self.folder / "people", "ab") as said:
            return subprocess.Popen([*around, sys.executable, str(HERE / "load.py"), json.dumps(order)], stdin=subprocess.PIPE, stderr=said)

    def busy(self):
        """Waits until every client has been told something; then the load is on."""
        for name in self.clients:
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

    def finish(self, patience=2 * load.LAST_WORD):
        """The clients send what is open until it is answered, and everything is read back. siagad runs on."""
        for name in self.clients:
            self.people[name].stdin.close()
        for name in self.clients:
            assert self.people[name].wait(patience) == 0, self.complaints()
        reader = self.siagad.client(ALL)
        figures = quiet(self.siagad)
        head = figures["head"]              # what siagad itself writes later is not asked for
        self.head.with_suffix(".new").write_text(str(head))
        self.head.with_suffix(".new").rename(self.head)
        watchers = [ALL, *self.watchers]
        for name in watchers:
            self.people[name].stdin.close()
        seen_all = [self.people[name].wait(patience) for name in watchers]
        record = self.record(reader, head)
        record.figures = figures
        assert not any(seen_all), self.complaints()
        return record

    def record(self, reader, head):
        cases = list(reader.cases(reverse=True, limit=500, **({"after": self.before} if self.before else {})))
        return Record(ledgers={name: ledger.read(self.path(name)) for name in self.clients}, feed=everything(reader, self.siagad.client(LEADER), head, self.before + 1),
                      cases=[row for row in cases if row["case"] <= head],
                      histories=histories(reader, [row["case"] for row in cases]), before=self.before,
                      seen=self.log_of(ALL, head),
                      watchers={name: (wish, self.log_of(name, head)) for name, wish in self.watchers.items()},
                      windows={name: how["window"] for name, how in self.clients.items()})

    def log_of(self, watcher, head):
        return [step for step in ledger.read(self.path(watcher)) if step.get("seq", 0) <= head]

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


def report(test, text):
    """One line of what a test measured; conftest.py prints them at the end."""
    REPORTS.append(f"{test}: {text}")


def quiet(siagad):
    """The figures at a moment when nothing is under way."""
    with siagad.client("it-1") as admin:
        def settled():
            now = admin.status()
            counted = now["counters"]
            return now if counted["received"] == sum(counted[n] for n in ("stored", "duplicate", "refused", "dropped")) else None
        return {**running.wait_for("everything received to be settled", settled), "began_at": siagad.began_at()}


def feed(reader, head, start=1):
    """Every row from `start` to `head`, as a new watcher is told them."""
    rows, watch = [], reader.watch(start=start, credit=4096)
    while watch.next <= head:
        kind, body = watch.take(running.PATIENCE)
        assert kind in ("feed", "beat"), (kind, body)
        rows += body.get("rows", [])
    watch.close()
    return [row for row in rows if row["seq"] <= head]


def everything(poc, leader, head, start):
    """Every row that either of the two is told; as the POC is told it where both are."""
    rows = {row["seq"]: row for reader in (leader, poc) for row in feed(reader, head, start)}
    return [rows[seq] for seq in sorted(rows)]


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
