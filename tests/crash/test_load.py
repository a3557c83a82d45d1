"""Load that goes on (D1), with one watcher frozen in the middle of it (D3) and readers that never stop (D4); a burst without any pace (D2).

SIAGA_LOAD_S (5) says for how many seconds, SIAGA_CLIENTS (8) how many send, SIAGA_BURST (300) how many events each sends in the burst. SIAGA_FULL=1 is the
form of the night: the rate is seven tenths of what was measured just before, or what the checker can hold, and the figures have to hold. SIAGA_GRACE_S (0.5,
of the night 0) is how many seconds more each has because the machine may be a busy one."""
import contextlib
import os
import pathlib
import shutil
import signal
import tempfile
import time

import pytest

import checker
import dump
import figures
import load
import running
import scene

SECONDS = float(os.environ.get("SIAGA_LOAD_S", 5))
CLIENTS = int(os.environ.get("SIAGA_CLIENTS", 8))
BURST = int(os.environ.get("SIAGA_BURST", 300))
FULL = os.environ.get("SIAGA_FULL") == "1"
GRACE = float(os.environ.get("SIAGA_GRACE_S", 0.0 if FULL else 0.5))
RATE = 240.0                        # events a second in all, in the short form
ENTRIES = 400_000                   # about as many at most in the full form: the checker holds them all
WATCHERS = {f"layar-{n}": {} for n in range(1, 8 if FULL else 4)} | {"layar-1": {"kind": ["emergency"]}}
FROZEN = "layar-2"
MIB = 1 << 20


@contextlib.contextmanager
def beside():
    """Where the ledgers lie: their fsyncs are not what is measured."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="siaga-ledgers-", dir="/dev/shm"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def most(folder):
    """Events a second that these clients get acknowledged when nothing holds them back."""
    folder.mkdir()
    with beside() as ledgers, contextlib.closing(scene.Scene(folder, scene.SEED, mib=256, rate=1e9, clients=load.crowd(CLIENTS), ledgers=ledgers)) as stage:
        stage.busy()
        admin = stage.siagad.client("it-1")
        before, begun = admin.status()["head"], time.monotonic()
        stage.run_for(20)
        return (admin.status()["head"] - before) / (time.monotonic() - begun)


class Loaded:
    """The run, its record, and when what was."""

    def __init__(self, folder, ledgers):
        self.rate = min(0.7 * most(folder / "most"), ENTRIES / SECONDS) if FULL else RATE
        (folder / "run").mkdir()
        self.stage = scene.Scene(folder / "run", scene.SEED, mib=int(128 + self.rate * SECONDS / 500), rate=self.rate / CLIENTS,
                                 clients=load.crowd(CLIENTS), watchers=WATCHERS, ledgers=ledgers)
        self.reader = self.stage.begin({"part": "read", "name": "layar-8"})
        self.stage.people["layar-8"] = self.reader
        self.memory = []            # (monotonic, bytes)

    def pass_by(self, seconds):
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            self.stage.run_for(min(seconds / 10, 1.0))
            self.memory.append((time.monotonic(), self.stage.siagad.memory_kib() * 1024))
        return figures.Span(begun, time.monotonic())

    def play(self):
        self.stage.busy()
        self.calm = self.pass_by(0.4 * SECONDS)
        frozen = self.stage.people[FROZEN]
        frozen.send_signal(signal.SIGSTOP)
        try:
            self.stopped = self.pass_by(min(0.35 * SECONDS, 60))
        finally:
            frozen.send_signal(signal.SIGCONT)
        self.again_at, self.head_then = time.monotonic(), self.stage.siagad.client().hello()["head"]
        self.after = self.pass_by(SECONDS - (time.monotonic() - self.calm.begin))
        self.whole = figures.Span(self.calm.begin, self.after.end)
        self.reader.stdin.close()
        assert self.reader.wait(running.PATIENCE) == 0, self.stage.complaints()
        self.record = self.stage.finish()


@pytest.fixture(scope="module")
def loaded(long_folder):
    with beside() as ledgers:
        run = Loaded(long_folder, ledgers)
        with contextlib.closing(run.stage):
            run.play()
            yield run
            if run.stage.siagad.process.returncode is None:
                run.stage.siagad.stop()


def test_load(loaded):
    """D1: nothing lost, doubled or out of order; the slowest answer in a hundred is no more than five times the usual one."""
    assert checker.check(loaded.record) == [], f"SIAGA_SEED={scene.SEED}"
    took = figures.until_acked(loaded.record, loaded.whole)
    usual, late = figures.share(took, 50), figures.share(took, 99)
    climb = 60 * figures.slope([(at, rss) for at, rss in loaded.memory if at > loaded.whole.begin + min(120, SECONDS / 2)]) / MIB
    scene.report("D1", f"{CLIENTS} clients, {len(took) / (loaded.whole.end - loaded.whole.begin):.0f} events/s for {SECONDS:.0f} s, {len(WATCHERS) + 1} watchers: "
                 f"acknowledged after {1000 * usual:.1f} ms, p99 {1000 * late:.1f} ms ({late / usual:.1f} times), memory {climb:+.2f} MiB a minute")
    assert late <= 5 * usual + GRACE, (usual, late)
    assert climb < 1 or SECONDS < 300, climb


def test_a_frozen_watcher(loaded):
    """D3: the others hear as soon as before, siagad keeps nothing for the one, and it has all of it soon after it wakes up."""
    others = [name for name in (scene.ALL, *WATCHERS) if name != FROZEN]
    calm, meanwhile = (figures.share(figures.until_told(loaded.record, others, span), 99) for span in (loaded.calm, loaded.stopped))
    more = (max(rss for at, rss in loaded.memory if at in loaded.stopped) - max(rss for at, rss in loaded.memory if at in loaded.calm)) / MIB
    log = loaded.record.watchers[FROZEN][1]
    mended = next(step["at"] for step in log if step.get("seq", 0) >= loaded.head_then) - loaded.again_at
    slept = max(later["at"] - step["at"] for step, later in zip(log, log[1:]))
    scene.report("D3", f"a watcher frozen for {slept:.0f} s: the others' p99 {1000 * meanwhile:.0f} ms, {1000 * calm:.0f} ms before, memory {more:+.1f} MiB, "
                 f"all told {mended:.2f} s after it woke up")
    assert slept > 0.8 * (loaded.stopped.end - loaded.stopped.begin), "it was not frozen"
    assert meanwhile <= 2 * calm + GRACE and more <= 64 and mended <= 10


def test_readers_that_never_stop(loaded):
    """D4: no reading keeps the store from using its pages again, so it is hardly larger than what it holds."""
    rounds, counted = sum(1 for _ in open(loaded.stage.path("layar-8"))), loaded.record.figures["counters"]
    loaded.stage.siagad.stop()
    sizes = {name: dump.pages(loaded.stage.siagad.store, name) for name in ("journal", "views")}
    scene.report("D4", f"{rounds} rounds of reading everything, {counted['questions']} questions: the longest took {counted['longest_read_ms']} ms, "
                 f"{counted['long_reads']} more than 50 ms; " + ", ".join(f"{name} {used / held:.2f} times what it holds" for name, (used, held) in sizes.items()))
    assert rounds > 0
    most_ms = 50 + 4 * loaded.record.figures["open"] / 1000      # a snapshot notes every open case
    assert counted["longest_read_ms"] <= most_ms + 1000 * GRACE and (counted["long_reads"] <= 2 * rounds + counted["questions"] / 50 or not FULL)
    for name, (used, held) in sizes.items():
        assert used <= 1.3 * held + (0 if FULL else 1024), (name, used, held)
    assert checker.check_store(loaded.record, dump.rows(loaded.stage.siagad.store)) == []


def test_burst(folder):
    """D2: clients that send all they have as fast as they can: each is answered, nothing piles up."""
    crowd = {name: {**how, "list": 32, "total": BURST} for name, how in load.crowd(CLIENTS).items()}
    memory = 0
    with beside() as ledgers, contextlib.closing(scene.Scene(folder, scene.SEED, mib=128 + CLIENTS * BURST // 500, rate=1e9, clients=crowd, ledgers=ledgers)) as stage:
        while any(stage.people[name].poll() is None for name in crowd):
            memory = max(memory, stage.siagad.memory_kib() / 1024)
            stage.run_for(0.1)
        record = stage.finish()
        assert checker.check(record) == [], f"SIAGA_SEED={scene.SEED}"
        stage.siagad.stop()
    acked, sent = ([step["at"] for steps in record.ledgers.values() for step in steps if step["do"] == do] for do in ("acked", "sent"))
    drained = max(max(acked) - max(figures.first_sent(record).values()), 0.0)
    scene.report("D2", f"{CLIENTS} clients, {BURST} events each: {len(acked) / (max(acked) - min(sent)):.0f} receipts/s, memory {memory:.0f} MiB, "
                 f"all answered {drained:.2f} s after the last was sent")
    assert len(record.feed) >= 0.8 * CLIENTS * BURST
    assert memory <= 256 and drained <= 10
