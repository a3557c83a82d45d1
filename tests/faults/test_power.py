"""The power goes while siagad writes. Every write and sync of a siagad at work is recorded; out of that come the states its disk may hold at any
moment, and cuts.c opens each as a start would: nothing acknowledged is lost, nothing erased is back, all is sound and goes on."""
import random
import re
import tempfile

import pytest

from events import event
from faulty import MUCH, PROGRAMS, SEED, Faulty, Record, in_memory, run
from siaga import ERASE, new_key

MIB = 4
GROUPS = 100
STATES = int(200 * MUCH)            # of every check; 10,000 with SIAGA_FAULTS=50
SLOW_MS = 4                         # so that an acknowledgement ahead of its sync is seen as such
PERSON = {"name": "Siti Aminah", "phone": "+628123456789"}


def work(folder, groups=GROUPS, broken=""):
    """A hundred groups of all sorts, one after the other; every answer stands in the record behind what was written for it."""
    chance = random.Random(SEED)
    siagad = Faulty(folder, MIB, broken=broken)
    record = Record(siagad, SLOW_MS=SLOW_MS if "ack" in broken else 0)
    siagad.start()
    try:
        client, admin = siagad.client(), siagad.client("it-1")
        cases, n = [], 0
        for group in range(groups):
            some = chance.randrange(1, 9)
            with_person = {"person": PERSON} if group % 2 else {}
            answers = client.submit(*(event(n + i, body="x" * chance.randrange(3000), **with_person) for i in range(some)))
            n += some
            cases += [answer["seq"] for answer in answers if with_person]
            record.acked(max(answer["seq"] for answer in answers))
            if group % 3 == 0:
                record.acked(client.move(answers[0]["seq"], "verified")["seq"])
            if group % 10 == 9:
                case = cases.pop(chance.randrange(len(cases)))
                for what in ("person", "texts"):
                    done = admin.request(ERASE, {"case": case, "what": what, "reason": "diminta pelapor", "key": new_key()})
                    record.acked(done["seq"])
                record.erased(case)
        siagad.kill9()
    finally:
        siagad.close()
    return record


def cut(record, states, seed=SEED):
    """(states tried, bad ones, what was said)."""
    with tempfile.TemporaryDirectory(prefix="siaga-cuts-", dir=in_memory()) as scratch:
        code, said = run(PROGRAMS / "cuts", record.path, scratch, MIB, states, seed, patience=3600)
    assert code in (0, 1), said
    tried, bad = re.search(r"(\d+) states .* (\d+) bad$", said.strip(), re.S).groups()
    assert (code == 1) == (int(bad) > 0), said
    return int(tried), int(bad), said


def test_nothing_is_lost_when_the_power_goes(folder):
    tried, bad, said = cut(work(folder), STATES)
    print(said)
    assert bad == 0 and tried >= STATES * 0.9, f"SIAGA_SEED={SEED}: {said}"
    assert "nobody was told of" in said         # states between the disk and the answer were among them


@pytest.mark.parametrize("broken", ["nosync", "nometasync", "early_ack"])
def test_control(folder, broken):
    """Not synced at all, the root alone not synced, told before it is: each is found, within five runs."""
    record = work(folder, 20, broken)
    for attempt in range(5):
        tried, bad, said = cut(record, 60, SEED + attempt)
        if bad > 0:
            return
    raise AssertionError(f"{broken} was not noticed: {said}")
