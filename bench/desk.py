#!/usr/bin/python3
"""How soon an emergency is at a desk: from sending SUBMIT until its item arrives at the handler.

    make && bench/desk.py [--rounds 1] [--seconds 60] [--dir FOLDER]

Meanwhile one client sends 50 events a second of all kinds, and ten watchers have asked for everything and never read a row. The handler of
disdamkarmat reads each item and says done at once; two emergencies (fire.building) a second are what is measured. Prints as bench/run.py does;
SIAGA_BUILD names another built tree. It needs python3-zmq and python3-msgpack.
"""
import argparse
import itertools
import multiprocessing
import os
import sys
import time
from pathlib import Path

import run

sys.path.append(str(run.TREE / "python"))

import zmq                                                                                      # noqa: E402
from siaga import ATTACH, CREDIT, DONE, KINDS, SUBMIT, WATCH, WORK, Connection, frame, new_key  # noqa: E402

LOAD = 50                   # events a second
EMERGENCIES = 2             # a second, those that are measured
WATCHERS = 10
REOPEN_S = 8                # who takes nothing, not even heartbeats, is let go after 10 s
MIXED = [{"kind": "complaint", "category": "road.pothole"}, {"kind": "report", "category": "drainage.blocked"},
         {"kind": "emergency", "category": "accident.injury"}, {"kind": "complaint", "category": "waste.uncollected"},
         {"kind": "report", "category": "fire.building"}]


class Daemon(run.Daemon):
    """As bench/run.py starts it; asked in Python."""

    def status(self):
        try:
            with Connection(self.server, "poc-1", 0.5) as city:
                return city.status()
        except TimeoutError:
            return None


def each(per_second):
    """Comes back so often a second; what was missed is not made up for all at once."""
    due = time.monotonic()
    while True:
        time.sleep(max(0, due - time.monotonic()))
        yield
        due = max(due + 1 / per_second, time.monotonic() - 1)


def mixed_load(server):
    city = Connection(server, "poc-2")
    for n, _ in zip(itertools.count(), each(LOAD)):
        city.send(SUBMIT, {"events": [{**MIXED[n % len(MIXED)], "key": new_key(), "title": f"Beban nomor {n}", "body": "Isi. " * 40}]})
        while city.socket.poll(0):
            [result] = city.receive(0)[2].get("results", [{}])
            if "ticket" not in result:
                raise SystemExit(f"the load was told {result}")


def deaf_watchers(server):
    """They ask for everything from the first entry on and let it lie."""
    while True:
        lines = [zmq.Context.instance().socket(zmq.DEALER) for _ in range(WATCHERS)]
        for line in lines:
            line.setsockopt(zmq.RCVHWM, 1)
            line.setsockopt(zmq.LINGER, 0)
            line.connect(server)
            line.send(frame(WATCH, {"source": "walikota", "from": 1, "credit": 4096}))
        time.sleep(REOPEN_S)
        for line in lines:
            line.close()


def probe(server, seconds, told):
    """The emergencies and the desk in one loop, on two connections: seconds of each, in the order sent."""
    if os.geteuid() == 0:
        os.nice(-10)        # an operator's own PC does not share its processor with the load
    caller, desk = Connection(server, "poc-1"), Connection(server, "desk-disdamkarmat")
    attached = desk.send(ATTACH, {"credit": 8})
    sent, took = {}, {}
    began = due = time.monotonic()
    while len(took) < len(sent) or due < began + seconds:
        now = time.monotonic()
        if now > began + seconds + 30:
            break
        if due <= now and due < began + seconds:
            key = new_key()
            sent[key] = time.monotonic()
            caller.send(SUBMIT, {"events": [{"key": key, "kind": "emergency", "category": "fire.building", "title": "Rumah terbakar"}]})
            due += 1 / EMERGENCIES
        while caller.socket.poll(0):
            caller.socket.recv()
        take_item(desk, attached, sent, took, max(0, min(due - time.monotonic(), 0.1)))
    told.send([took.get(key, float("inf")) for key in sent])


def take_item(desk, attached, sent, took, seconds):
    try:
        code, _, item = desk.receive(seconds)
    except TimeoutError:
        return
    now = time.monotonic()
    if KINDS.get(code) == "beat":
        desk.send(CREDIT, {"watch": attached, "add": 0})
    elif KINDS.get(code) == "item":
        key = item["event"]["key"]
        if key in sent:
            took.setdefault(key, now - sent[key])
        desk.send(WORK, {"case": item["case"], "skpd": item["skpd"], "attempt": item["attempt"], "act": "done", "key": new_key()})
        desk.send(CREDIT, {"watch": attached, "add": 1})
    elif code != DONE:
        raise SystemExit(f"the desk was told {item}")


def beside(play, *arguments):
    process = multiprocessing.Process(target=play, args=arguments, daemon=True)
    process.start()
    return process


def to_the_desk(report, folder, seconds):
    daemon = Daemon(folder)
    time.sleep(4)           # what siagad wrote ahead at its start has to reach the disk
    answers, told = multiprocessing.Pipe(duplex=False)
    began, others = time.monotonic(), []
    try:
        others = [beside(mixed_load, daemon.server), beside(deaf_watchers, daemon.server)]
        time.sleep(2)
        others.append(beside(probe, daemon.server, seconds, told))
        if not answers.poll(seconds + 60):
            raise SystemExit("the handler has said nothing")
        took = sorted(answers.recv())
        with Connection(daemon.server, "poc-1") as city:
            stored, watches = city.list(count=True, limit=1)["total"], city.status()["watches"]
        lasted = time.monotonic() - began
    finally:
        for process in others:
            process.kill()
        daemon.stop()
    report.add("emergencies measured", "", len(took))
    report.add("events/s of the load meanwhile", "", (stored - len(took)) / lasted)
    report.add("watchers that do not read, at the end", "", watches)
    report.add("SUBMIT sent to item at the desk: p50 ms", "", 1000 * took[len(took) // 2])
    report.add("SUBMIT sent to item at the desk: max ms", "", 1000 * took[-1])
    report.add("SUBMIT sent to item at the desk: p99 ms", "", 1000 * took[len(took) * 99 // 100])
    report.add("SUBMIT sent to item at the desk: p99 s", "<= 1", took[len(took) * 99 // 100])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--dir", type=Path, default=run.BUILD, help="a folder on the disk to be measured")
    options = parser.parse_args()
    report = run.Report()
    for _ in range(options.rounds):
        run.in_folder(options.dir, to_the_desk, report, options.seconds)
    print(f"{'figure':<62} {'median':>10}  {'wanted':<14} [each round]")
    report.show()


if __name__ == "__main__":
    main()
