#!/usr/bin/python3
"""What views and many stored events cost: intake with all views beside intake with the journal alone, intake on a small store beside a large one, the start after
a death, the disk.

    make bench-programs controls && bench/find.py --events 1000000 --keep SMALL && bench/find.py --events 10000000 --keep LARGE
    bench/intake.py --small SMALL --large LARGE [--rounds 5] [--seconds 5] [--dir FOLDER] [--stored-alone] [--markdown]

SMALL and LARGE are folders in which bench/find.py left a store; events are added to both, which get room for it (ROOM_MIB). Intake is 64 clients of `siaga bench` with 64 events in flight each.
The journal alone is a siagad of the controls (`make controls`) in which nothing follows from an event but its number and ticket (SIAGA_BREAK=no-views),
beside one of the controls in which nothing is broken; both on fresh stores. Ratios are made inside one round. Prints as bench/run.py does, or as a section of
docs/RETRIEVAL.md.
"""
import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import find
import run

CONTROL = run.BUILD / "controls/siagad"
ROOM_MIB = {"journal": 2048, "views": 2048, "persons": 0}


class Broken(run.Daemon):
    """One of the controls, with what is broken in it."""

    def __init__(self, folder, broken):
        self.broken = broken
        super().__init__(folder)

    def start(self):
        os.environ["SIAGA_BREAK"] = self.broken
        try:
            return super().start(CONTROL)
        finally:
            del os.environ["SIAGA_BREAK"]


class Roomy(find.Daemon):
    """With more room than its store had when this run first saw it."""

    given = {}

    def mib(self, name):
        return self.given.setdefault((self.folder / "store" / name).resolve(), super().mib(name) + ROOM_MIB[name])


def fresh(where, seconds, broken):
    folder = Path(tempfile.mkdtemp(prefix="intake-", dir=where))
    try:
        daemon = Broken(folder, broken)
        figures = daemon.bench("--clients", 64, "--window", 64, "--seconds", seconds)
        daemon.stop()
        return figures["per_second"]
    finally:
        shutil.rmtree(folder)


def served(where, store):
    folder = Path(tempfile.mkdtemp(prefix="intake-", dir=where))
    (folder / "store").symlink_to((store / "store").resolve())
    daemon = Roomy(folder)
    daemon.calm()
    return daemon


def stored_already(report, where, small, large, seconds):
    rates = []
    for name, store in (("small", small), ("large", large)):
        daemon = served(where, store)
        daemon.bench("--clients", 64, "--window", 64, "--seconds", 1)  # the pages it writes to come from the disk
        figures = daemon.bench("--clients", 64, "--window", 64, "--seconds", seconds)
        head = daemon.status()["head"]
        daemon.stop()
        shutil.rmtree(daemon.folder)
        rates.append(figures["per_second"])
        report.add(f"intake on the {name} store: events/s", "", figures["per_second"])
        report.add(f"entries in the {name} store, millions", "", head / 1e6)
    report.add("intake, large : small", ">= 0.8", rates[1] / rates[0])


def starts(report, where, name, store):
    """Killed while it takes events in. The scrub that goes on behind a start in doubt is not waited for; the next run begins without doubt."""
    daemon = served(where, store)
    for how, word in ((signal.SIGKILL, "kill -9"), (signal.SIGABRT, "a signal of its own")):
        load = subprocess.Popen(daemon.command("bench", "--clients", "64", "--window", "64", "--seconds", "60"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        daemon.process.send_signal(how)
        daemon.process.wait()
        load.kill()
        load.wait()
        report.add(f"{name} store: ready after {word}, s", "<= 2", daemon.start())
    used = sum(daemon.status()[env]["used_bytes"] for env in ("journal", "views"))
    report.add(f"{name} store: bytes of disk an entry, journal and views", "", used / daemon.status()["head"])
    report.add(f"{name} store: resident beside the page cache, MiB", "< 200", run.memory_mib(daemon.process.pid))
    daemon.stop()
    (store / "store/died").unlink(missing_ok=True)
    shutil.rmtree(daemon.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--small", type=Path)
    parser.add_argument("--large", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--dir", default=run.BUILD, help="a folder on the disk to be measured")
    parser.add_argument("--stored-alone", action="store_true", help="not what the views cost")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    report = run.Report()
    for _ in range(0 if asked.stored_alone else asked.rounds):
        whole, alone = (fresh(asked.dir, asked.seconds, broken) for broken in ("nothing", "no-views"))
        report.add("intake with all views: events/s", "", whole)
        report.add("intake with the journal alone: events/s", "", alone)
        report.add("intake, all views : journal alone", ">= 0.6", whole / alone)
    for _ in range(asked.rounds if asked.small and asked.large else 0):
        stored_already(report, asked.dir, asked.small, asked.large, asked.seconds)
    for name, store in (("small", asked.small), ("large", asked.large)):
        if store:
            starts(report, asked.dir, name, store)
    if asked.markdown:
        report.markdown("Taken in, beside what is stored")
    else:
        report.show()


if __name__ == "__main__":
    main()
