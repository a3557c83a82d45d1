"""Clocks that are wrong (D14): siagad's jumps by ten years and by an hour under load, those of clients are as far off. The order is that of the journal,
what was to come after so many seconds comes after so many seconds, and an event says when its sender's clock was off.

SIAGA_JUMPS (1) says how often each jump is made."""
import contextlib
import datetime
import os
import pathlib
import subprocess
import threading
import time

import pytest

import checker
import load
import running
import scene

JUMPS = ("-10y", "+10y", "-1h")
ROUNDS = int(os.environ.get("SIAGA_JUMPS", 1))
LEASE = 2.0                 # seconds
OFF_MOST = 1.0
SKEW = {"-10y": True, "+10y": True, "-1h": True, "-6m": True, "-4m": False, "+0": False}
CLIENTS = {name: load.CLIENTS[name] for name in ("uji-1", "uji-4", "uji-6", "uji-8")}
HANDLER = "desk-damkar"


def faked(**env):
    """The world of a process whose clock on the wall is another; the monotonic one is nobody's to set."""
    library = subprocess.run(["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True).stdout.strip()
    asan = os.environ.get("ASAN_OPTIONS", "")       # the sanitizer would rather be loaded first
    return {"LD_PRELOAD": library, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1", "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0".strip(":"),
            **env}


@pytest.fixture(autouse=True)
def swept():
    """What libfaketime shares under a process number outlives a kill, and stops the next bearer of that number."""
    for left in [*pathlib.Path("/dev/shm").glob("faketime_shm_*"), *pathlib.Path("/dev/shm").glob("sem.faketime_sem_*")]:
        if not pathlib.Path(f"/proc/{left.name.rpartition('_')[2]}").exists():
            left.unlink(missing_ok=True)


class Lease(threading.Thread):
    """Takes one item and says nothing more; how long it takes until the feed tells that the lease is over."""

    def __init__(self, siagad):
        super().__init__()
        self.siagad, self.taken, self.took = siagad, threading.Event(), None

    def run(self):
        with self.siagad.client(HANDLER) as handler, self.siagad.client("walikota") as reader:
            watch = reader.watch()
            item = handler.attach(credit=1).item(running.PATIENCE)
            begun = time.monotonic()
            self.taken.set()
            while self.took is None:
                for row in watch.take(running.PATIENCE)[1].get("rows", []):
                    if row["entry"] == "work" and row["act"] == "expire" and (row["case"], row["attempt"]) == (item["case"], item["attempt"]):
                        self.took = time.monotonic() - begun


def played(folder, jumps, rounds=1, **more):
    """A run under load in which siagad's clock jumps while a lease runs. Returns (record, how long each lease took, all siagad said)."""
    folder.mkdir()
    clock = folder / "clock"
    clock.write_text("+0")
    siagad = running.Siagad(folder, 64, **faked(FAKETIME_TIMESTAMP_FILE=str(clock)), **more)
    with open(folder / "city.yaml", "a", encoding="utf-8") as rules:
        rules.write(f"work: {{lease: {LEASE:.0f}s, attempts: 16, backoff: 200ms}}\n")
    siagad.start()
    with contextlib.closing(scene.Scene(folder, scene.SEED, rate=60.0, clients=CLIENTS, siagad=siagad)) as stage:
        stage.busy()
        took = []
        for _ in range(rounds):
            lease = Lease(siagad)
            lease.start()
            assert lease.taken.wait(running.PATIENCE)
            for jump in jumps:
                clock.write_text(jump)
                stage.run_for(LEASE / 4)
            lease.join(running.PATIENCE)
            took.append(lease.took)
            clock.write_text("+0")
        record = stage.finish()
        record.others = frozenset({HANDLER, "siagad"})
        siagad.stop()
        return record, took, siagad.log.read_text(errors="replace")


def years(record):
    return {row["at"][:4] for row in record.feed}


def test_siagad_s_clock_jumps(folder):
    record, took, said = played(folder / "run", JUMPS, ROUNDS)
    assert checker.check(record) == [], f"SIAGA_SEED={scene.SEED}"
    off = max(abs(seconds - LEASE) for seconds in took)
    scene.report("D14", f"siagad's clock by {', '.join(JUMPS)}, {ROUNDS} times, {len(record.feed)} entries: a lease of {LEASE:.0f} s was off by {off:.2f} s at most")
    assert off <= OFF_MOST, took
    assert len(years(record)) <= 2 and "the system's clock is" in said, years(record)


@pytest.mark.skipif(not (running.CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")
def test_control_a_clock_that_is_believed(folder):
    record, took, _ = played(folder / "run", ["+10y"], program=running.CONTROLS / "siagad", SIAGA_BREAK="clock")
    assert max(abs(seconds - LEASE) for seconds in took) > OFF_MOST and max(years(record)) > "2030", (took, years(record))
    scene.report("control", f"clock: caught, a lease of {LEASE:.0f} s took {max(took):.2f} s")


def test_a_client_s_clock_is_wrong(siagad):
    """The times of siagad are its own; that the sender's clock is more than five minutes off stands with the event."""
    env = {**os.environ, **faked(), "SIAGA_SERVER": siagad.ipc, "SIAGA_SOURCE": "uji-1", "HOME": str(siagad.folder)}
    env.pop("LD_PRELOAD")
    for by in SKEW:
        done = subprocess.run(["faketime", "-f", by, str(running.BUILD / "siaga"), "report", f"Drainase tersumbat {by}", "--category", "drainage.blocked",
                               "--kecamatan", "utara", "-o", "jsonl"], env=env, capture_output=True, text=True, timeout=running.PATIENCE)
        assert done.returncode == 0, (by, done.stdout + done.stderr)
    cases = list(siagad.client("walikota").cases(reverse=True))
    assert {by: "clock_skew" in case.get("flags", []) for by, case in zip(SKEW, cases, strict=True)} == SKEW, cases
    assert all(abs(datetime.datetime.fromisoformat(case["at"]).timestamp() - time.time()) < 60 for case in cases)
