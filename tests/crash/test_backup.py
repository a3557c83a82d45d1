"""D19: a copy through siagad under load holds every event acknowledged before it began; a store made of it gives no number and no ticket twice, and
who followed is told. What is killed in the middle, siagad, the tool or the restore, leaves nothing that could be taken for whole.

SIAGA_KILLS (30) says how often, SIAGA_SEED repeats a run's choices."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import load
import running
import scene
from events import event, everything, fill

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or running.BUILD / "nowhere")
needs_controls = pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")
ROUNDS = max(1, scene.KILLS // 30)
GROWTH = 1.10               # of the journal's pages, against a store that was made of the copy


@pytest.fixture
def siagad(folder):
    """One that runs, with an empty store, large enough for numbers that are passed over."""
    daemon = running.Siagad(folder, mib=64)
    daemon.start()
    yield daemon
    daemon.close()


def tool(siagad, *arguments, source="it-1"):
    """The program siaga, begun; what it says in a pipe."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
    return subprocess.Popen([str(running.BUILD / "siaga"), *map(str, arguments), "--timeout", "60", "-o", "jsonl"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**env, "SIAGA_SERVER": siagad.ipc, "SIAGA_SOURCE": source})


def whole(begun):
    said, _ = begun.communicate(timeout=120)
    assert begun.returncode == 0, said
    return said


def backup(siagad, file):
    whole(tool(siagad, "backup", file))


def lose(siagad):
    siagad.store.rename(siagad.folder / f"gone-{time.monotonic_ns()}")


def restore(siagad, file):
    code, said = siagad.run("-c", siagad.conf, "--restore", file, patience=120)
    assert code == 0, said
    return said


def steps(path):
    """A ledger that is being written: its whole lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def acked(stage):
    """What the clients were told is on the disk so far: (name, key, hash) -> (number, ticket)."""
    return {(name, step["key"], step["hash"]): (step["seq"], step["ticket"])
            for name in load.CLIENTS for step in steps(stage.path(name)) if step["do"] == "acked"}


def missing(client, told):
    """Which of them the store does not have as they were acknowledged."""
    there = {(row["source"], row["key"]): (row["seq"], row["ticket"]) for row in rows(client)}
    return [(item, receipt) for item, receipt in told.items() if there.get(item[:2]) != receipt]


def rows(client):
    """Every entry of a case that a new watcher is told, from 1 to now."""
    head, found, watch = client.hello()["head"], [], client.watch(start=1, credit=4096)
    while watch.next <= head:
        kind, body = watch.take(running.PATIENCE)
        found += [row for row in body["rows"] if "ticket" in row] if kind == "feed" else []
    watch.close()
    return found


def given_twice(stage):
    """Numbers, and tickets of events, that two different things were acknowledged with, whenever that was."""
    of = collections.defaultdict(set)
    for name in load.CLIENTS:
        for step in steps(stage.path(name)):
            if step["do"] == "acked":
                of[step["seq"]].add((name, step["key"], step["hash"]))
            if step["do"] == "acked" and step["what"] == "event":
                of[step["ticket"]].add((name, step["key"], step["hash"]))
    return {given: items for given, items in of.items() if len(items) > 1}


def used(siagad):
    return siagad.client("it-1").status()["journal"]["used_bytes"]


def finish(stage):
    """Every client sends what is open until it is answered."""
    for name in load.CLIENTS:
        stage.people[name].stdin.close()
    for name in load.CLIENTS:
        assert stage.people[name].wait(60) == 0, stage.complaints()


def back_up_lose_and_restore(stage, file):
    """Under load. Returns (acked before the copy, acked before the loss); siagad serves again."""
    stage.busy()
    before = running.wait_for("some events", lambda: (lambda told: told if len(told) > 100 else None)(acked(stage)))
    backup(stage.siagad, file)
    running.wait_for("events behind the copy", lambda: len(acked(stage)) > len(before) + 50)
    stage.kill(stage.random.uniform(0, 0.3))
    lose(stage.siagad)
    until_loss = acked(stage)
    said = restore(stage.siagad, file)
    assert "not given again" in said, said
    stage.siagad.start()
    return before, until_loss


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_under_load(folder, turn):
    stage = scene.Scene(folder, f"{scene.SEED}/{turn}", mib=64, rate=300.0)
    try:
        before, until_loss = back_up_lose_and_restore(stage, folder / "night.backup")
        assert missing(stage.siagad.client("walikota"), before) == []
        running.wait_for("events behind the loss", lambda: len(acked(stage)) > len(until_loss) + 50)
        finish(stage)
        seen = max(seq for seq, _ in until_loss.values())
        assert given_twice(stage) == {}
        told_of_it(stage, seen)
        stage.siagad.stop()
        code, said = stage.siagad.verify()
        assert code == 0, said
    finally:
        print(f"SIAGA_SEED={scene.SEED}, turn {turn}")
        stage.close()


def told_of_it(stage, seen):
    """The watcher saw no number twice, and a gap that says why (again, if it had to come again before the snapshot was told), then the feed."""
    log = running.wait_for("the watcher to be told", lambda: (lambda told: told if any(s["do"] == "gap" for s in told) else None)
                           (steps(stage.path(scene.ALL))))
    gaps = [step for step in log if step["do"] == "gap"]
    assert len({(gap["from"], gap["to"], gap["reason"]) for gap in gaps}) == 1 and gaps[0]["reason"] == "restored", gaps
    at = log.index(gaps[0])
    told = [step["seq"] for step in log[:at] if step["do"] == "feed"]
    assert told == list(range(1, len(told) + 1)) and len(told) <= gaps[0]["from"] - 1 < gaps[0]["to"]
    assert gaps[0]["to"] >= seen
    later = running.wait_for("the feed to go on", lambda: [s["seq"] for s in steps(stage.path(scene.ALL))[at:] if s["do"] == "feed"])
    assert later[0] > gaps[0]["to"] and later == list(range(later[0], later[0] + len(later)))


def test_growth(siagad):
    """A copy that is made again and again while others write keeps no page from being used again."""
    client = siagad.client()
    fill(client, 500)
    start = 500
    for turn in range(4):
        begun = tool(siagad, "backup", siagad.folder / f"{turn}.backup")
        while begun.poll() is None:
            fill(client, 50, start)
            start += 50
        whole(begun)
    serving = used(siagad)
    backup(siagad, siagad.folder / "last.backup")
    siagad.stop()
    lose(siagad)
    restore(siagad, siagad.folder / "last.backup")
    siagad.start()
    assert serving <= GROWTH * used(siagad), (serving, used(siagad))


# killed in the middle ------------------------------------------------------------------------------------------------

@pytest.fixture
def large(siagad):
    """A store whose copy takes many parts: a tool that makes it, stopped after the first of them."""
    fill(siagad.client(), 1200)
    file = siagad.folder / "night.backup"
    part = file.with_name("night.backup.part")
    for _ in range(20):
        begun = tool(siagad, "backup", file)
        running.wait_for("the first part", lambda: part.exists() and part.stat().st_size > 0 or begun.poll() is not None)
        siagad.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)                     # what siagad has sent is taken; it sends no more
        if begun.poll() is None and not file.exists():
            return siagad, file, part, begun
        siagad.process.send_signal(signal.SIGCONT)
        whole(begun)
        file.unlink()
    raise AssertionError("the copy was always faster")


def test_siagad_killed_while_it_is_copied(large):
    """The tool waits for its next start and goes on where it was; until then there is no file of that name."""
    siagad, file, part, begun = large
    siagad.kill9()
    assert not file.exists() and siagad.run("--verify-backup", part)[0] == 65
    siagad.start()
    before = everything(siagad.client())
    whole(begun)
    code, said = siagad.run("--verify-backup", file)
    assert code == 0, said
    siagad.stop()
    lose(siagad)
    restore(siagad, file)
    siagad.start()
    assert everything(siagad.client()) == before


def test_the_tool_killed_while_it_copies(large):
    siagad, file, part, begun = large
    begun.kill()
    begun.communicate()
    siagad.process.send_signal(signal.SIGCONT)
    assert not file.exists() and siagad.run("--verify-backup", part)[0] == 65
    code, said = siagad.run("-c", siagad.conf, "--store", siagad.folder / "other", "--restore", part)
    assert code == 65 and not (siagad.folder / "other").exists(), said
    backup(siagad, file)
    assert not part.exists() and siagad.run("--verify-backup", file)[0] == 0


def test_killed_while_it_restores(siagad):
    """Half a restore serves nobody, and gives way to the next."""
    client = siagad.client()
    fill(client, 1200)
    before = everything(client)
    backup(siagad, siagad.folder / "night.backup")
    siagad.stop()
    lose(siagad)
    order = [str(running.BUILD / "siagad"), "-c", str(siagad.conf), "--restore", str(siagad.folder / "night.backup")]
    halves = 0
    for turn in range(6):
        begun = subprocess.Popen(order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.wait_for("it to begin", lambda: (siagad.store / "restoring").exists() or begun.poll() is not None)
        time.sleep(0.02 * turn)             # not waited for: another moment each time
        begun.kill()
        begun.wait()
        if not (siagad.store / "restoring").exists():
            break                           # it was done already
        halves += 1
        assert siagad.try_to_start() == 78 and "a restore was cut short here" in siagad.said()
    assert halves > 0
    if (siagad.store / "restoring").exists():
        restore(siagad, siagad.folder / "night.backup")
    siagad.start()
    assert everything(siagad.client()) == before
    siagad.stop()
    assert siagad.verify()[0] == 0


# controls: a siagad that is broken on purpose ------------------------------------------------------------------------

@pytest.fixture
def broken(monkeypatch):
    """What runs from now on is the control build, with this part of it broken."""
    def breaks(what):
        monkeypatch.setattr(running, "BUILD", CONTROLS)
        monkeypatch.setenv("SIAGA_BREAK", what)
    build = running.BUILD
    real_tool = globals()["tool"]

    def with_the_real_tool(*arguments, **more):
        monkeypatch.setattr(running, "BUILD", build)
        begun = real_tool(*arguments, **more)
        monkeypatch.setattr(running, "BUILD", CONTROLS)
        return begun
    monkeypatch.setitem(globals(), "tool", with_the_real_tool)
    return breaks


@needs_controls
def test_a_copy_that_begins_a_row_late_is_seen(folder, broken):
    broken("late_copy")
    siagad = running.Siagad(folder, mib=64)
    try:
        siagad.start()
        fill(siagad.client(), 20)
        backup(siagad, folder / "night.backup")
        code, said = siagad.run("--verify-backup", folder / "night.backup")
        assert code == 65 and "entry 1 is missing" in said, said
    finally:
        siagad.close()


@needs_controls
def test_a_copy_that_ends_a_row_early_is_seen(folder, broken):
    """Nobody writes meanwhile, so what is missing is the last event that was acknowledged."""
    broken("short_copy")
    siagad = running.Siagad(folder, mib=64)
    try:
        siagad.start()
        client = siagad.client()
        receipts = fill(client, 20) + client.submit(event(20))
        backup(siagad, folder / "night.backup")
        siagad.kill9()
        lose(siagad)
        restore(siagad, folder / "night.backup")
        siagad.start()
        told = {("uji-1", f"k{n}", ""): (receipt["seq"], receipt["ticket"]) for n, receipt in enumerate(receipts)}
        assert [item[1] for item, _ in missing(siagad.client(), told)] == ["k20"]
    finally:
        siagad.close()


@needs_controls
def test_numbers_that_are_not_remembered_are_given_twice(folder, broken):
    broken("numbers")
    stage = scene.Scene(folder, scene.SEED, rate=300.0)
    try:
        stage.busy()
        backup(stage.siagad, folder / "night.backup")
        stage.run_for(1.0)
        stage.kill(0)
        lose(stage.siagad)
        restore(stage.siagad, folder / "night.backup")
        stage.siagad.start()
        running.wait_for("a number to be given twice", lambda: given_twice(stage) != {})
    finally:
        stage.close()
