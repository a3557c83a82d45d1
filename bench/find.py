#!/usr/bin/python3
"""How fast things are found again among many: first pages of every filter and of ten combinations, one case by its ticket, a range, a count.

    make bench && bench/find.py [--events 1000000] [--tries 100] [--dir FOLDER] [--keep FOLDER]

Fills a store of its own (`bench/fill`: Zipf over offices, villages and words, 97 % closed, a flood day inside), starts a siagad on it and asks over the local
socket, one question at a time. --keep names a folder in which the filled store stays for another run. Prints as bench/run.py does; the 10 ms are for the first
page of 50 rows, told by a client in Python. It needs python3-zmq and python3-msgpack.
"""
import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import run

sys.path.append(str(run.TREE / "python"))

from siaga import Connection     # noqa: E402

WANTED_MS, WANTED_GETS, RANGE = 10, 100_000, 10_000
SKPDS = [path.stem for path in sorted((run.TREE / "etc/bekasi/skpd.d").glob("*.yaml"))][:40]
HERE = ["near", -6.28, 106.98]
SINGLE = {
    "kind": ["kind", "emergency"], "severity": ["severity", "extreme"], "state": ["state", "assigned"], "open": ["open"],
    "skpd, the busiest": ["skpd", SKPDS[0]], "skpd, the quietest": ["skpd", SKPDS[-1]], "category, common": ["category", "category-0"],
    "category, rare": ["category", "category-79"], "kecamatan": ["kecamatan", "jatiasih"], "kelurahan, common": ["kelurahan", "kelurahan-0"],
    "kelurahan, rare": ["kelurahan", "kelurahan-55"], "mode, none": ["mode", "exercise"], "reporter": ["reporter", "poc-3"], "word, common": ["words", "babaka"],
    "word, flood": ["words", "banjir"], "word, one that is not there": ["words", "zzzz"], "beginning of a word": ["words", "banj*"],
    "box": ["box", -6.30, 106.95, -6.29, 106.96], "radius 500 m": [*HERE, 500], "radius 5 km": [*HERE, 5000]}
TOGETHER = {
    "skpd and open": ["and", ["skpd", SKPDS[3]], ["open"]],
    "quiet skpd and extreme": ["and", ["skpd", SKPDS[-1]], ["severity", "extreme"]],
    "word and kelurahan": ["and", ["words", "banjir"], ["kelurahan", "kelurahan-7"]],
    "category, kecamatan and kind": ["and", ["category", "category-9"], ["kecamatan", "jatiasih"], ["kind", "complaint"]],
    "radius and word": ["and", [*HERE, 1000], ["words", "banjir"]],
    "radius and open": ["and", [*HERE, 1000], ["open"]],
    "one of three offices, not closed": ["and", ["skpd", *SKPDS[5:8]], ["not", ["state", "cancelled", "closed"]]],
    "word or word, not reports": ["and", ["or", ["words", "banjir"], ["words", "zzzz"]], ["not", ["kind", "report"]]],
    "rare category and rare kelurahan": ["and", ["category", "category-79"], ["kelurahan", "kelurahan-55"]],
    "emergencies of a reporter, extreme": ["and", ["reporter", "poc-1"], ["kind", "emergency"], ["severity", "extreme"]]}


class Daemon(run.Daemon):
    """On a store that is there; asked in Python."""

    def status(self):
        try:
            with Connection(self.server, "it-1", 0.5) as city:
                return city.status()
        except Exception:
            return None


def kecamatans():
    lines = (run.TREE / "etc/bekasi/city.yaml").read_text().splitlines()
    return [line.split("id: ")[1].split(",")[0] for line in lines if line.startswith("  - {id: ") and "code:" in line]


def fill(store, events):
    done = subprocess.run([run.BUILD / "bench/fill", store, str(events), ",".join(SKPDS), ",".join(kecamatans())], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def p99(samples):
    return sorted(samples)[max(0, len(samples) * 99 // 100 - 1)]


def first_pages(client, where, tries, **fields):
    """Milliseconds of each first page; once beforehand, so that the pages of the store are where they would be."""
    client.list(where=where, limit=50, **fields)
    took = []
    for _ in range(tries):
        began = time.perf_counter()
        page = client.list(where=where, limit=50, **fields)
        took.append((time.perf_counter() - began) * 1000)
    return took, len(page["rows"]), "after" in page


def ranges(client, head):
    """Rows a second of RANGE cases, page after page of 500."""
    began, rows, after = time.perf_counter(), 0, head // 2
    while rows < RANGE:
        page = client.list(limit=500, after=after, reverse=True)
        rows, after = rows + len(page["rows"]), page["after"]
    return rows / (time.perf_counter() - began)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--dir", type=Path, default=run.BUILD)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="find-", dir=asked.dir))
    store = (asked.keep or folder) / "store"
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        if not store.exists():
            print("filled:", json.dumps(fill(store, asked.events)), flush=True)
        if asked.keep:
            (folder / "store").symlink_to(store)
        daemon = Daemon(folder)
        measure(daemon, folder, asked.tries)
        daemon.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(daemon, folder, tries):
    worst = {}
    with Connection(daemon.server, "poc-1", 30) as client:
        head = client.list(limit=1)["head"]
        for name, where in (SINGLE | TOGETHER).items():
            took, rows, more = first_pages(client, where, tries)
            worst[name] = p99(took)
            print(f"{name:36} p50 {statistics.median(took):7.2f} ms  p99 {worst[name]:7.2f} ms  {rows} rows{', more' if more else ''}", flush=True)
        dice, tickets = random.Random(1), []
        while len(tickets) < 5000:
            tickets += [row["ticket"] for row in client.list(limit=100, after=dice.randrange(1000, head))["rows"]]
        began = time.perf_counter()
        total = client.list(where=["kind", "emergency"], count=True, limit=1)
        counted = time.perf_counter() - began
        rate = ranges(client, head)
    (folder / "tickets").write_text("\n".join(tickets))
    gets = json.loads(subprocess.run([run.BUILD / "bench/get", daemon.server, "poc-1", folder / "tickets", "64", "5"], stdout=subprocess.PIPE, check=True).stdout)
    late = [name for name, ms in worst.items() if ms > WANTED_MS]
    print(f"first page p99 at most {WANTED_MS} ms: {len(worst) - len(late)} of {len(worst)} filters{'; not: ' + ', '.join(late) if late else ''}")
    print(f"by ticket, 64 in flight: {gets['per_second']:,.0f}/s (wanted {WANTED_GETS:,})")
    print(f"a range of {RANGE:,} cases: {rate:,.0f} rows/s; a count of emergencies: {counted * 1000:.1f} ms ({total['total']:,} of {head:,} entries"
          f"{', to be counted on' if total.get('counted_to') else ''})")


if __name__ == "__main__":
    main()
