#!/usr/bin/python3
"""Whether the time of a refusal tells a case that is there from one that is not (a12 of docs/SECURITY.md).

    make && bench/inference.py [--tries 4000] [--dir FOLDER]

The handler of another SKPD asks, by turns of chance, for a case that is not his and for a number that nobody has; each answer is E_NOT_FOUND, and
only its time is looked at. Of each verb: both medians, and how often the case that is there took longer (0.50: no telling; the figure behind it is
two standard deviations of chance). The last row is the control, a case that is his own: it must be told apart. It needs python3-zmq and
python3-msgpack.
"""
import argparse
import math
import random
import statistics
import sys
import time
from pathlib import Path

import run

sys.path.append(str(run.TREE / "python"))

from siaga import GET, MOVE, WORK, Connection, Refused, new_key     # noqa: E402

CASES, NOBODYS = 600, 60_000     # numbers of as many bytes
ASKS = [("get", GET, lambda: {}), ("move", MOVE, lambda: {"to": "acknowledged", "key": new_key()}),
        ("work", WORK, lambda: {"skpd": "bpbd", "attempt": 1, "act": "done", "key": new_key()})]


def took(client, code, body, case):
    body = {"case": case, **body()}
    began = time.perf_counter()
    try:
        client.request(code, body)
        said = "done"
    except Refused as no:
        said = no.code
    return time.perf_counter() - began, said


def longer(a, b):
    """How often one of `a` is more than one of `b`: the rank sum, from 0 to 1."""
    ranked = sorted([(value, 0) for value in a] + [(value, 1) for value in b])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    return (ranks - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))


def compare(client, name, code, body, there, tries):
    times, said = {there: [], NOBODYS: []}, {there: set(), NOBODYS: set()}
    for case in random.sample([there, NOBODYS] * tries, 2 * tries):
        seconds, word = took(client, code, body, case)
        times[case].append(seconds)
        said[case].add(word)
    chance = 2 * math.sqrt((2 * tries + 1) / (12 * tries * tries))
    there_us, nobodys_us = (1e6 * statistics.median(times[case]) for case in (there, NOBODYS))
    print(f"{name:<22} {there_us:8.0f} us {nobodys_us:8.0f} us   {longer(times[there], times[NOBODYS]):.3f} +- {chance:.3f}   "
          f"{'/'.join(sorted(said[there]))} {'/'.join(sorted(said[NOBODYS]))}", flush=True)


def everything(tries, folder):
    daemon = run.Daemon(folder)
    try:
        with Connection(daemon.server, "poc-1") as poc, Connection(daemon.server, "desk-bpbd") as stranger, Connection(daemon.server, "desk-disdamkarmat") as owner:
            *_, receipt = [poc.submit({"key": new_key(), "kind": "emergency", "category": "fire.building", "title": f"Rumah {n} terbakar"})[0]
                           for n in range(CASES)]
            print(f"{'verb':<22} {'there':>11} {'not there':>11}   there took longer")
            for name, code, body in ASKS:
                compare(stranger, name, code, body, receipt["seq"], tries)
            compare(owner, "get, his own (control)", GET, lambda: {}, receipt["seq"], tries)
    finally:
        daemon.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tries", type=int, default=4000, help="of each case of each verb")
    parser.add_argument("--dir", type=Path, default=run.BUILD)
    options = parser.parse_args()
    run.in_folder(options.dir, everything, options.tries)


if __name__ == "__main__":
    main()
