"""kill -9 of siagad and of handlers at random points: no item of a desk is lost, none is done twice, each has one holder at a time.

SIAGA_KILLS (20 here) says how often each is killed, SIAGA_SEED repeats a run's choices."""
import collections
import copy
import json
import os
import random
import subprocess
import sys
import time

import pytest

import desk_checker
import desk_load
import ledger
import running
import scene

KILLS = int(os.environ.get("SIAGA_KILLS", 20))
WORK = "work: {lease: 2s, attempts: 16, backoff: 200ms}\n"
RATE = 40.0                 # events a second
CALM = 90.0                 # seconds until the last item is done: what failed often waits longest


class Office:
    """Starts siagad, the submitter and the handlers; kills and replaces them; reads everything back."""

    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed
        self.random = random.Random(seed)
        self.siagad = running.Siagad(folder, 64)
        with open(folder / "city.yaml", "a", encoding="utf-8") as rules:
            rules.write(WORK)
        (folder / "people.d" / "desks.yaml").write_text(desk_load.PEOPLE)
        self.siagad.start()
        self.count = collections.Counter()
        self.people = {desk_load.SUBMITTER: self.begin(desk_load.SUBMITTER, "ledger", rate=RATE, window=4, kinds=["any"])}
        self.names = {}             # handler -> the name of its process now
        for name in desk_load.HANDLERS:
            self.hire(name)

    def begin(self, name, suffix, **how):
        order = {"endpoint": self.siagad.ipc, "name": name, "ledger": str(self.folder / f"{name}.{suffix}"), "seed": self.seed, **how}
        with open(self.folder / "people", "ab") as said:
            return subprocess.Popen([sys.executable, str(running.HERE / "desk_load.py"), json.dumps(order)], stdin=subprocess.PIPE, stderr=said)

    def hire(self, name):
        """A new process for a handler."""
        self.count[name] += 1
        self.names[name] = f"{name}.{self.count[name]}"
        self.people[self.names[name]] = self.begin(name, f"{self.count[name]}.desk", **desk_load.HANDLERS[name])

    def kill_handler(self):
        name = self.random.choice(list(desk_load.HANDLERS))
        process = self.people[self.names[name]]
        assert process.poll() is None, f"{name} ended by itself with {process.returncode}: {self.complaints()}"
        process.kill()
        process.stdin.close()
        process.wait()
        self.hire(name)

    def run_for(self, seconds):
        time.sleep(seconds)
        assert self.siagad.process.poll() is None, f"siagad died by itself: {self.siagad.said()}"

    def round(self):
        """One kill of each, at random distances; a handler now and then while siagad is away."""
        away = self.random.random() < 0.3
        self.run_for(self.random.uniform(0.05, 0.8))
        if not away:
            self.kill_handler()
        self.run_for(self.random.uniform(0.05, 0.8))
        self.siagad.kill9()
        if away:
            self.kill_handler()
        self.siagad.start()

    def finish(self):
        """Nothing new comes; the desks work until the queues are empty. Then everything is read back; siagad runs on."""
        submitter = self.people[desk_load.SUBMITTER]
        submitter.stdin.close()
        assert submitter.wait(60) == 0, self.complaints()
        reader = self.siagad.client()
        self.drain(reader)
        for name in self.names.values():
            self.people[name].stdin.close()
        for name in self.names.values():
            assert self.people[name].wait(60) == 0, self.complaints()
        cases = list(reader.cases(reverse=True, limit=500))
        logs = {path.name.removesuffix(".desk"): ledger.read(path) for path in self.folder.glob("*.desk")}
        return desk_checker.Record(submitted=ledger.read(self.folder / f"{desk_load.SUBMITTER}.ledger"), desks=logs,
                                   feed=scene.feed(reader, reader.hello()["head"]), cases=cases,
                                   histories=scene.histories(reader, [row["case"] for row in cases]), credit=self.credit())

    def drain(self, reader):
        waiting, until = desk_checker.Waiting(), time.monotonic() + CALM
        watch = reader.watch(start=1, credit=4096)
        while watch.next <= watch.head or waiting.items:
            kind, body = watch.take(running.PATIENCE)
            watch.head = body["head"]
            for row in body.get("rows", []):
                waiting.take(row)
            assert time.monotonic() < until, f"still waiting: {waiting.items}; {self.complaints()}"
        watch.close()

    def credit(self):
        """A handler that was killed may count twice for a moment, beside the one in its place."""
        most = collections.Counter()
        for how in desk_load.HANDLERS.values():
            most[how["skpd"]] += 2 * how["credit"]
        return most

    def complaints(self):
        return (self.folder / "people").read_text()[-3000:] + self.siagad.said()

    def close(self):
        for process in self.people.values():
            if process.poll() is None:
                process.kill()
            process.stdin.close()
            process.wait()
        self.siagad.close()


@pytest.fixture(scope="module")
def run(long_folder):
    """The long run: (office, record). siagad runs on."""
    office = Office(long_folder, scene.SEED)
    try:
        for _ in range(KILLS):
            office.round()
        yield office, office.finish()
    finally:
        print(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={KILLS}")
        office.close()


@pytest.fixture(scope="module")
def problems(run):
    return desk_checker.check(run[1])


def only(problems, invariant):
    return [text for which, text in problems if which == invariant][:20]


@pytest.mark.parametrize("invariant", ["D1", "D2", "D3", "D4", "D5", "D6"])
def test_invariant(problems, invariant):
    assert only(problems, invariant) == [], f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={KILLS}"


def test_something_happened(run):
    """The run had what it is about: leases that ran out, items given again, answers that died with siagad, cases resolved and reopened."""
    record = run[1]
    done = collections.Counter(row.get("do") or row.get("act") or row["entry"] for row in record.feed)
    for steps in record.desks.values():
        done.update(step["do"] for step in steps)
        done.update(step["code"] for step in steps if step["do"] == "refused")
        done["again"] += sum(step["do"] == "got" and step["attempt"] > 1 for step in steps)
        done["repeats"] += sum(step.get("duplicate", False) for step in steps)
    done["processes"] = len(record.desks)
    print(dict(done))
    for what in ("expire", "fail", "later", "extend", "again", "moved", "resolve", "reopen"):
        assert done[what] > 0 or KILLS < 10, f"no {what}: {dict(done)}"
    assert done["done"] > 4 * KILLS, dict(done)


def test_the_store_is_sound(run):
    """After all that siagad stops cleanly, and the walk over the store finds nothing."""
    siagad = run[0].siagad
    siagad.stop()
    code, said = siagad.verify()
    assert code == 0 and "all well" in said and "not compared" not in said, said


# controls: what the checker must catch -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def beginning(run):
    """The record of the first cases alone: small enough to be spoiled over and over."""
    record = run[1]
    last = sorted(row["case"] for row in record.cases)[:300][-1]
    part = desk_checker.Record(
        submitted=[s for s in record.submitted if s["do"] == "sent" or s.get("seq", 0) <= last],
        desks={name: [s for s in steps if s["case"] <= last] for name, steps in record.desks.items()},
        feed=[row for row in record.feed if row["case"] <= last], cases=[row for row in record.cases if row["case"] <= last],
        histories={case: rows for case, rows in record.histories.items() if case <= last}, credit=record.credit)
    return copy.deepcopy(part), desk_checker.check(part)


def got(record, **like):
    """The process and the step of the first item like this."""
    return next((name, step) for name, steps in sorted(record.desks.items()) for step in steps
                if step["do"] == "got" and all(step[k] == v for k, v in like.items()))


def never_came(record):
    _, lost = got(record, skpd="dlh")
    for steps in record.desks.values():
        steps[:] = [step for step in steps if (step["do"], step["case"], step["skpd"] if step["do"] == "got" else "") !=
                    ("got", lost["case"], "dlh")]


def no_receipt(record):
    del record.cases[len(record.cases) // 2]["receipt_at"]


def event_lost(record):
    del record.cases[len(record.cases) // 2]


def attempt_given_twice(record):
    name, step = got(record)
    next(steps for other, steps in record.desks.items() if other != name).append(dict(step))


def lease_not_on_the_disk(record):
    _, step = got(record)
    record.feed[:] = [row for row in record.feed if (row.get("act"), row["case"], row.get("task")) != ("take", step["case"], step["skpd"])]


def resolved_twice(record):
    rows = next(rows for rows in record.histories.values() if any(row.get("do") == "resolve" for row in rows))
    rows.append(dict(next(row for row in rows if row.get("do") == "resolve"), key="lain"))


def said_of(record, **like):
    return next(step for _, steps in sorted(record.desks.items()) for step in steps if all(step.get(k) == v for k, v in like.items()))


def done_missing(record):
    step = said_of(record, do="said", act="done")
    record.histories[step["case"]] = [row for row in record.histories[step["case"]] if row["key"] != step["key"]]


def done_twice(record):
    step = said_of(record, do="said", act="done")
    record.histories[step["case"]].append(next(row for row in record.histories[step["case"]] if row["key"] == step["key"]))


def move_missing(record):
    step = said_of(record, do="moved")
    record.histories[step["case"]] = [row for row in record.histories[step["case"]] if row["key"] != step["key"]]


def to_a_stranger(record):
    name, step = got(record, skpd="dbmsda")
    record.desks[name] = [{**s, "skpd": "dinkes"} if s["do"] == "got" and s["case"] == step["case"] else s for s in record.desks[name]]


def of_nobody(record):
    name, step = got(record)
    record.desks[name].append({**step, "case": record.feed[-1]["seq"] + 1})


def first_takes(record, skpd, urgency):
    """Numbers of the cases in the order in which they were first taken."""
    of_rank = {row["case"] for row in record.feed if row["entry"] == "event" and desk_checker.rank(row) == urgency}
    return [row for row in record.feed if row["entry"] == "work" and row["act"] == "take" and row["attempt"] == 1 and
            row["task"] == skpd and row["case"] in of_rank]


def overtaken(record):
    """Two that waited together change places."""
    at = {row["case"]: row["seq"] for row in record.feed if row["entry"] == "event"}
    takes = first_takes(record, "dbmsda", 1)
    one, other = next((a, b) for a, b in zip(takes, takes[1:]) if at[b["case"]] < a["seq"])
    one["case"], other["case"] = other["case"], one["case"]


def emergency_last(record):
    """An emergency of the beginning is taken after everything else."""
    take = first_takes(record, "disdamkarmat", 0)[0]
    record.feed.remove(take)
    record.feed.append(take)


CONTROLS = [(never_came, "D1"), (no_receipt, "D1"), (event_lost, "D1"), (resolved_twice, "D2"), (attempt_given_twice, "D3"),
            (lease_not_on_the_disk, "D3"), (done_missing, "D4"), (done_twice, "D4"), (move_missing, "D4"), (to_a_stranger, "D5"),
            (of_nobody, "D5"), (overtaken, "D6"), (emergency_last, "D6")]


@pytest.mark.parametrize("spoil, invariant", CONTROLS)
def test_control(beginning, spoil, invariant):
    """The same record with one thing wrong: the checker must say so, of the right invariant."""
    record = copy.deepcopy(beginning[0])
    spoil(record)
    assert len(only(desk_checker.check(record), invariant)) > len(only(beginning[1], invariant))
