"""The disk fails in the n-th call of a sort, once and for ever: what was in flight is not acknowledged, siagad says so and ends at once with a code
after which it is started again, and in the end every event is there once. The ledgers and the checker are those of the kill tests."""
import functools
import itertools
import time

import pytest

import checker
import scene
from events import event, fill
from faulty import MUCH, SEED, Faulty
from running import wait_for
from siaga import Refused

ENDS_WITHIN = 5.0           # seconds; 1 on a machine that has nothing else to do
LAST_WORD = "nothing in flight was acknowledged; siagad ends, a restart tells the truth"
SORTS = [{"CALL": "sync"}, {"CALL": "pages"}, {"CALL": "root"}, {"CALL": "pages", "ERRNO": 28, "SHORT": 512, "FILE": "journal/data.mdb"}]
NTH = range(1, 51) if MUCH >= 20 else (1, 4)


class Stage(scene.Scene):
    """The eight clients and the watcher of the kill test, around a siagad whose disk fails."""

    def __init__(self, folder):
        super().__init__(folder, SEED, mib=64, rate=300.0)

    def fail(self, **fault):
        """One start that meets a fault: seconds from the fault to the end, or None where it went on."""
        self.siagad.fault(**fault)
        mark = self.siagad.mark()
        self.start()
        self.siagad.arm()
        wait_for("the disk to fail", lambda: self.siagad.hit.exists() or self.siagad.process.poll() is not None)
        code = self.siagad.wait()
        took = time.time() - self.siagad.hit.stat().st_mtime
        assert code == 70, (fault, code, self.siagad.said(mark))
        assert LAST_WORD in self.siagad.said(mark), (fault, self.siagad.said(mark))
        self.siagad.no_report()
        return took


@pytest.fixture
def stage(folder, monkeypatch, request):
    monkeypatch.setattr(scene.running, "Siagad", functools.partial(Faulty, broken=getattr(request, "param", "")))
    made = Stage(folder)
    yield made
    made.close()


def test_a_disk_that_fails_once(stage):
    """At every sort of call; the events of that group are sent again after the restart, and nothing doubles."""
    stage.busy()
    stage.siagad.kill9()
    worst = 0
    for sort, nth in itertools.product(SORTS[:3], NTH):
        worst = max(worst, stage.fail(FROM=nth, **sort))
    stage.siagad.nothing()
    stage.start()
    record = stage.finish()
    assert checker.check(record) == [], f"SIAGA_SEED={SEED}"
    print(f"ended {worst:.2f} s after the fault at worst, {len(record.feed)} entries")
    assert worst < ENDS_WITHIN
    stage.siagad.stop()
    code, said = stage.siagad.verify()
    assert code == 0 and "all well" in said, said


@pytest.mark.parametrize("stage", ["early_ack"], indirect=True)
def test_control(stage):
    """A siagad that tells before the disk has it: what it told is missing afterwards, and the ledgers say so, within five runs."""
    stage.busy()
    stage.siagad.kill9()
    for nth in range(1, 6):
        stage.fail(CALL="sync", FILE="journal/data.mdb", FROM=nth)
    stage.siagad.nothing()
    stage.start()
    assert "I1" in {which for which, _ in checker.check(stage.finish())}


def test_a_disk_that_fails_for_ever(folder):
    """Each start ends with a code and a word, whichever call it comes to; the store is what it was, and serves when the disk does."""
    siagad = Faulty(folder)
    siagad.start()
    try:
        receipts = fill(siagad.client(), 50)
        siagad.stop()
        for sort in SORTS[:3]:
            for _ in range(3):                          # systemd would try so often, then leave it and tell
                siagad.fault(armed=True, TIMES=0, **sort)
                mark = siagad.mark()
                code = siagad.try_to_start()
                if code is None:                        # nothing had to be written to start
                    with pytest.raises((Refused, TimeoutError)):
                        siagad.client(timeout=1.0).submit(event(999))
                    code = siagad.wait()
                assert code == 70 and "level=error" in siagad.said(mark), (sort, code, siagad.said(mark))
        siagad.nothing()
        siagad.start()
        client = siagad.client()
        assert [client.get(r["ticket"])["case"]["seq"] for r in receipts] == [r["seq"] for r in receipts]
        assert client.submit(event(999))[0]["duplicate"] in (False, True)
        siagad.stop()
        assert siagad.verify()[0] == 0
    finally:
        siagad.close()


def test_no_room_for_the_pages_of_a_commit(folder):
    """Written short, as a full disk does: E_FULL and not the end, and what was not stored can be sent again."""
    siagad = Faulty(folder)
    siagad.fault(TIMES=3, **SORTS[3])
    siagad.start()
    try:
        client = siagad.client()
        first = client.submit(event(1))[0]
        siagad.arm()
        for _ in range(3):
            with pytest.raises(Refused) as no:
                client.submit(event(2))
            assert no.value.code == "E_FULL"
        assert client.get(first["ticket"])["case"]["seq"] == first["seq"]
        second = client.submit(event(2))[0]
        assert (second["seq"], second["duplicate"]) == (first["seq"] + 1, False)
        siagad.stop()
        code, said = siagad.verify()
        assert code == 0 and "2 entries, all well" in said, said
    finally:
        siagad.close()


def test_no_memory_no_files(folder):
    """The n-th call for memory, or to open or write or rename a file, fails: siagad serves on, or ends by itself and says why. What it acknowledged is
    there, and the next start serves."""
    siagad = Faulty(folder)
    siagad.start()
    kept, n = [], 0
    try:
        kept += fill(siagad.client(), 10)
        siagad.stop()
        counts = range(1, 60) if MUCH >= 20 else (1, 12)
        for call, nth in itertools.product(("memory", "open", "write"), counts):
            siagad.fault(CALL=call, FROM=nth, FILE="/" if call == "write" else "data.mdb")
            mark = siagad.mark()
            siagad.start()
            siagad.arm()
            n += 1
            try:
                kept.append(siagad.client(timeout=2.0).submit(event(1000 + n))[0])
                code = siagad.process.poll()
            except (Refused, TimeoutError):
                code = siagad.process.poll()
            if code is None:
                siagad.process.kill()
                siagad.process.wait()
            else:
                foreign = code == -11 and "wild pointer" not in siagad.said(mark)     # libzmq's own threads, which take no signals of ours
                assert code in (70, -6) or (call == "memory" and foreign), (call, nth, code, siagad.said(mark))
                assert code != -6 or "no memory, or a contradiction within" in siagad.said(mark), siagad.said(mark)
        siagad.nothing()
        siagad.start()
        client = siagad.client()
        for receipt in kept:
            assert client.get(receipt["ticket"])["case"]["seq"] == receipt["seq"]
        siagad.stop()
        assert siagad.verify()[0] == 0
    finally:
        siagad.close()
