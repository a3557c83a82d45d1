"""The outbox dies: kill -9 at random and before every call that matters, calls that fail, a disk that is full, power that goes (D13, D24).

SIAGA_KILLS (30) says how often it dies at random, SIAGA_SEED repeats a run's choices.
"""
import json
import os
import random
import subprocess
import threading

import pytest

import outbox
import running
import scene
from events import everything

AWAY = "ipc:///nowhere/siagad"


def user(folder, siagad=None, name="home", **how):
    return outbox.User(folder / name, siagad.ipc if siagad else AWAY, **how)


def quick(folder, name):
    """The plain build: it is started hundreds of times."""
    return user(folder, name=name, program=outbox.PLAIN / "siaga")


def events_of(siagad):
    return everything(siagad.client("uji-16"))[0]


# kill -9 at random --------------------------------------------------------------------------------------------------

def writer(me, dice, kills, prefix, problems):
    """Reports in a row, some to their death; each that died or failed is sent again under its key, as a script does."""
    n = killed = 0
    try:
        while killed < kills:
            n += 1
            key = f"{prefix}-{n}"
            end = me.report(key, timeout=0.3, kill_after=dice.uniform(0, 0.35))
            killed += end == "killed"
            assert n < 20 * kills + 20, "it is hard to kill"
            if end == "failed" or (end == "killed" and dice.random() < 0.5):
                me.report(key, timeout=0.3)
            if dice.random() < 0.2:
                process = me.start("flush", "--timeout", "1")
                try:
                    process.communicate(timeout=dice.uniform(0, 0.4))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
    except Exception as problem:        # it is the main thread that fails
        problems.append(f"{prefix}: {problem!r}")


def test_killed_at_random(folder):
    """Two programs of one user with one outbox, killed again and again while siagad comes, goes and dies."""
    siagad = running.Siagad(folder)
    dice, problems = random.Random(scene.SEED), []
    users = [user(folder, siagad), user(folder, siagad)]
    try:
        siagad.start()
        writers = [threading.Thread(target=writer, args=(one, random.Random(scene.SEED + n), (scene.KILLS + 1) // 2, "ab"[n], problems))
                   for n, one in enumerate(users)]
        for thread in writers:
            thread.start()
        up = True
        while any(thread.is_alive() for thread in writers):
            writers[0].join(dice.uniform(0.3, 1.5))
            if up:
                siagad.kill9() if dice.random() < 0.5 else siagad.stop()
            else:
                siagad.start()
            up = not up
        if not up:
            siagad.start()
        users[0].flush_all()
        rows = events_of(siagad)
    finally:
        siagad.close()
        print(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={scene.KILLS}")
    assert problems == []
    ends = [step["end"] for one in users for step in one.steps]
    print({end: ends.count(end) for end in set(ends)}, len(rows))
    assert outbox.check(users, rows) == []
    assert users[0].litter() == []
    assert ends.count("killed") >= scene.KILLS and ends.count("queued") + ends.count("ticket"), ends


# before every call --------------------------------------------------------------------------------------------------

def sweep(hit):
    """hit(n) for n = 1.. as long as it says that the n-th call was there to be hit; how many that were."""
    for n in range(1, 200):
        if not hit(n):
            return n - 1
    raise AssertionError("there is no end")


def test_killed_before_each_call_while_queueing(folder, siagad):
    """Whoever was told "queued" has it; who was told nothing asks again under the same key; each is there once."""
    users = []

    def hit(n):
        me = quick(folder, f"home-{n}")
        users.append(me)
        if me.report(f"k-{n}", n=n, kill=1) == "killed":
            assert me.report(f"k-{n}") == "queued"
        assert me.files() == 1 and me.litter() == []
        code, _, said = me.run("flush", "--server", siagad.ipc)
        assert code == 0, said
        return me.was_hit()

    assert sweep(hit) >= 12, "the shim hit too little"
    assert outbox.check(users, events_of(siagad)) == []


def fill(me, n):
    """Three that wait, the middle one of no category siagad knows."""
    rows = [{"key": f"{n}-{part}", "kind": "report", "title": part, "category": category}
            for part, category in (("a", "fire.land"), ("b", "no.such"), ("c", "fire.land"))]
    (me.home / "rows").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, said = me.run("import", str(me.home / "rows"), "--spool", "--timeout", "0.02", "-o", "jsonl")
    assert code == 0, said
    for line in out.splitlines():
        assert me.note(json.loads(line)["key"], code, line + "\n", said) == "queued"


@pytest.mark.parametrize("how", ["killed", "fails"])
def test_at_each_call_while_sending(folder, siagad, how):
    """A flush that dies or fails anywhere loses nothing and doubles nothing, and the refused one is on the list of refused."""
    users, fault = [], {"kill": 1} if how == "killed" else {"errno": outbox.IO_ERROR}

    def hit(n):
        me = quick(folder, f"home-{n}")
        users.append(me)
        fill(me, n)
        code, _, said = me.run("flush", "--server", siagad.ipc, n=n, **fault)
        assert how == "killed" or code >= 0, f"the {n}. call failed, and it died of {code}: {said}"
        was_hit = me.was_hit()
        code, _, said = me.run("flush", "--server", siagad.ipc)
        assert code in (0, 1), said
        assert (me.files(), me.files(".refused"), me.litter()) == (0, 1, [])
        me.steps = [step for step in me.steps if not step["key"].endswith("-b")]
        return was_hit

    calls = sweep(hit)
    assert calls >= 20, "the shim hit too little"
    rows = events_of(siagad)
    assert {row["key"] for row in rows} == {f"{n}-{part}" for n in range(1, calls + 2) for part in "ac"}
    assert outbox.check(users, rows, in_order=how == "killed") == []


@pytest.mark.parametrize("errno, ever", [(outbox.NO_ROOM, False), (outbox.IO_ERROR, True)], ids=["no room once", "I/O error for ever"])
def test_each_call_fails_while_queueing(folder, errno, ever):
    """Either it is queued, and there, or the exit code says not, in one line, and nothing is left."""
    more = {"ever": 1} if ever else {}
    calls = 0
    for call in outbox.QUEUED_CALLS:
        def hit(n, call=call):
            me = quick(folder, f"home-{call}-{n}")
            end = me.report("k", call=call, n=n, errno=errno, **more)
            was_hit = me.was_hit()
            assert end in ("queued", "failed")
            step = me.steps[0]
            assert end == "queued" or (step["code"] in (74, 78) and outbox.one_line(step)), step
            assert me.litter() == []
            assert me.files() == (end == "queued")
            assert me.report("k") == "queued" and me.files() == 1       # when the disk is well again
            return was_hit
        calls += sweep(hit)
    assert calls >= 10, "the shim hit too little"


# the power goes -----------------------------------------------------------------------------------------------------

def lost_with_the_power(me):
    """Keys that were told to be queued, and would not be there if the power went then."""
    lost = []
    for n in range(3):
        key = f"k-{n}"
        assert me.report(key, path="/") == "queued"
        [file] = [row["file"] for row in me.rows() if row.get("key") == key]
        if not outbox.survives((me.home / "calls").read_text(), str(me.box / file)):
            lost.append(key)
    return lost


def test_the_power_goes_after_queued_was_said(folder):
    assert lost_with_the_power(user(folder)) == []


def test_control_an_outbox_that_says_so_before_the_sync_is_seen(folder):
    me = user(folder, program=outbox.CONTROLS / "siaga")
    me.environment["SIAGA_BREAK"] = "outbox-sync"
    assert lost_with_the_power(me) == ["k-0", "k-1", "k-2"]


def alter_and_send(me, siagad):
    """One byte on the disk is another; what siagad is told of it."""
    me.environment["SIAGA_SERVER"] = AWAY
    assert me.report("k-1") == "queued"
    [file] = me.box.glob("*.event")
    file.write_bytes(file.read_bytes().replace(b"title of k-1", b"title of K-1"))
    me.run("flush", "--server", siagad.ipc)
    return [row["title"] for row in events_of(siagad)]


def test_wrong_bytes_are_never_sent(folder, siagad):
    me = user(folder)
    assert alter_and_send(me, siagad) == []
    assert [row["state"] for row in me.rows()] == ["damaged"]


def test_control_an_outbox_that_does_not_look_is_seen(folder, siagad):
    me = user(folder, program=outbox.CONTROLS / "siaga")
    me.environment["SIAGA_BREAK"] = "outbox-hash"
    assert alter_and_send(me, siagad) == ["title of K-1"]


# a full disk --------------------------------------------------------------------------------------------------------

@pytest.fixture
def small_disk(folder):
    """A file system of 16 pages."""
    path = folder / "disk"
    path.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path)], stderr=subprocess.DEVNULL).returncode == 0
    if not mounted:
        pytest.skip("only root may mount a small disk")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_the_disk_fills_up(small_disk, folder, siagad):
    """Until it is full each is queued; then each is told so; with room again it goes on; each once, in order."""
    me = user(small_disk, siagad)
    me.ledger = outbox.Ledger(folder / "ledger")        # not on the disk that is full
    me.environment["SIAGA_SERVER"] = AWAY
    n = 0
    while me.report(f"k-{n}") == "queued":
        n += 1
        assert n < 40
    assert n > 3 and me.steps[-1]["code"] == 74 and "the disk is full" in me.steps[-1]["said"], me.steps[-1]
    assert me.report("k-more") == "failed" and me.litter() == []
    assert me.waiting() == [f"k-{i}" for i in range(n)]
    (me.home / "ledger").unlink(missing_ok=True)
    subprocess.run(["mount", "-o", "remount,size=256k", str(small_disk)], check=True)
    assert me.report(f"k-{n}") == "queued"
    code, _, said = me.run("flush", "--server", siagad.ipc)
    assert code == 0, said
    assert outbox.check([me], events_of(siagad)) == []


# the oracle itself --------------------------------------------------------------------------------------------------

def told(*steps):
    class Told:
        home = running.HERE
    Told.steps = [{"key": key, "end": end, "code": 0 if end in ("ticket", "queued") else 74, "said": said} for key, end, said in steps]
    return Told


ROWS = [{"key": "a", "seq": 1}, {"key": "b", "seq": 2}]
FINE = "siaga: not sent (cannot connect) and not queued: the disk is full; then repeat with: --key a (exit 74)\n"


@pytest.mark.parametrize("rows, steps, fault", [
    (ROWS, [("a", "queued", ""), ("b", "ticket", "")], None),
    (ROWS, [("a", "killed", ""), ("b", "ticket", ""), ("c", "failed", FINE)], None),
    (ROWS[:1], [("a", "queued", ""), ("b", "queued", "")], "promised and lost"),
    (ROWS + ROWS[:1], [("a", "queued", ""), ("b", "queued", "")], "stored 2 times"),
    (ROWS, [("a", "queued", "")], "nobody sent it"),
    (ROWS, [("b", "queued", ""), ("a", "queued", "")], "not stored in the order"),
    (ROWS, [("a", "queued", ""), ("b", "queued", ""), ("c", "failed", "")], "and said"),
    (ROWS, [("a", "queued", ""), ("b", "queued", ""), ("c", "failed", "Segmentation fault\n")], "and said"),
], ids=["fine", "killed and failed", "lost", "doubled", "strange", "order", "silent", "crash"])
def test_the_oracle(rows, steps, fault):
    found = outbox.check([told(*steps)], rows)
    assert (found == []) if fault is None else any(fault in sentence for sentence in found), found


CUT = "create /o/1.new\nwrite /o/1.new\n{}rename /o/1.new /o/1.event\n{}say\n{}"


@pytest.mark.parametrize("calls, whole", [
    (CUT.format("fsync /o/1.new\n", "fsync /o\n", ""), True),
    (CUT.format("", "fsync /o\n", ""), False),
    (CUT.format("fsync /o/1.new\n", "", ""), False),
    (CUT.format("fsync /o/1.new\n", "", "fsync /o\n"), False),
    (CUT.format("fsync /o/1.new\nwrite /o/1.new\n", "fsync /o\n", ""), False),
    ("mkdir /o\n" + CUT.format("fsync /o/1.new\n", "fsync /o\n", ""), False),
    ("mkdir /o\nfsync /\n" + CUT.format("fsync /o/1.new\n", "fsync /o\n", ""), True),
], ids=["synced", "bytes", "name", "too late", "written after", "folder", "folder synced"])
def test_the_power_cut(calls, whole):
    assert outbox.survives(calls, "/o/1.event") is whole
