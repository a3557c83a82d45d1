"""A city at work, whatever happens to its siagad and its handlers: one who submits, handlers at the desks of four SKPD, and afterwards everything there is to know."""
import collections
import json
import random
import subprocess
import sys
import time

import checker
import desk_checker
import desk_load
import ledger
import running
import scene

WORK = "work: {lease: 2s, attempts: 16, backoff: 200ms}\n"
RATE = 40.0                 # events a second
CALM = 90.0                 # seconds until the last item is done: what failed often waits longest
RULES = (checker.Findings.numbers, checker.Findings.tickets, checker.Findings.clients, checker.Findings.own, checker.Findings.handled, checker.Findings.sums)


class Office:
    """Starts siagad, the submitter and the handlers; kills and replaces them; reads everything back."""

    def __init__(self, folder, seed, work=WORK, rate=RATE, handlers=desk_load.HANDLERS, **more):
        """work: how the city gives items to desks; handlers: name -> how, `more` of each."""
        self.folder, self.seed, self.handlers, self.more = folder, seed, handlers, more
        self.common = None          # after finish(): what checker.py is asked with, by RULES
        self.random = random.Random(seed)
        self.siagad = running.Siagad(folder, 64)
        with open(folder / "city.yaml", "a", encoding="utf-8") as rules:
            rules.write(work)
        (folder / "people.d" / "desks.yaml").write_text(desk_load.PEOPLE)
        self.siagad.start()
        self.count = collections.Counter()
        self.people = {desk_load.SUBMITTER: self.begin(desk_load.SUBMITTER, "ledger", rate=rate, window=4, kinds=["any"])}
        self.names = {}             # handler -> the name of its process now
        for name in handlers:
            self.hire(name)

    def begin(self, name, suffix, **how):
        order = {"endpoint": self.siagad.ipc, "name": name, "ledger": str(self.folder / f"{name}.{suffix}"), "seed": self.seed, **how}
        with open(self.folder / "people", "ab") as said:
            return subprocess.Popen([sys.executable, str(running.HERE / "desk_load.py"), json.dumps(order)], stdin=subprocess.PIPE, stderr=said)

    def hire(self, name):
        """A new process for a handler."""
        self.count[name] += 1
        self.names[name] = f"{name}.{self.count[name]}"
        self.people[self.names[name]] = self.begin(name, f"{self.count[name]}.desk", **self.handlers[name], **self.more)

    def kill_handler(self):
        name = self.random.choice(list(self.handlers))
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
        figures = scene.quiet(self.siagad)
        cases = list(reader.cases(reverse=True, limit=500))
        logs = {path.name.removesuffix(".desk"): ledger.read(path) for path in self.folder.glob("*.desk")}
        submitted, feed = ledger.read(self.folder / f"{desk_load.SUBMITTER}.ledger"), scene.feed(reader, reader.hello()["head"])
        histories = scene.histories(reader, [row["case"] for row in cases])
        self.common = scene.Record(ledgers={desk_load.SUBMITTER: [step for step in submitted if step["what"] == "event"]}, feed=feed, cases=cases,
                                   histories=histories, seen=None, windows={desk_load.SUBMITTER: 4}, figures=figures, desks=logs,
                                   served=frozenset(how["skpd"] for how in self.handlers.values()), dead=reader.dead()["items"])
        return desk_checker.Record(submitted=submitted, desks=logs, feed=feed, cases=cases, histories=histories, credit=self.credit())

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
        for how in self.handlers.values():
            most[how["skpd"]] += 2 * how.get("credit", 1)
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
