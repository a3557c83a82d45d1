"""What a disk changes while siagad does not look: bits in rows, bits in the heads of pages, the end of a file. siagad never tells what was not written:
what reads it names it, or the start is refused by name, or the views are made again; and nothing dies again and again."""
import os
import random
import shutil
import tempfile
import time

import pytest

from events import event, everything, title
from faulty import MUCH, PROGRAMS, SEED, Faulty, in_memory, run
from running import wait_for
from siaga import Refused

FLIPS = int(40 * MUCH)              # of each sort; 400 and more with SIAGA_FAULTS=10. Of heads three times as many: four of five lie in pages nobody reads any more
STARTS = int(6 * MUCH)              # of them with a whole siagad
EVENTS = 200
SIZES = {"journal": "4MiB", "views": "8MiB", "persons": "1MiB"}
HONEST = ("E_CORRUPT", "E_NOT_FOUND")


def stored(folder):
    """A siagad that was stopped over some events, and what it told of them."""
    siagad = Faulty(folder, 4, sizes=SIZES)
    siagad.start()
    client = siagad.client()
    for n in range(0, EVENTS, 20):
        client.submit(*(event(i, person={"name": f"Siti {i}", "phone": f"+62812{i:07d}"}) for i in range(n, n + 20)))
    rows, told = everything(client)
    siagad.stop()
    return siagad, {row["seq"]: row for row in rows}, told


@pytest.mark.parametrize("what", ["rows", "heads", "short"])
def test_what_is_read_was_written(folder, what):
    siagad, _, _ = stored(folder)
    with tempfile.TemporaryDirectory(prefix="siaga-rot-", dir=in_memory()) as scratch:
        code, said = run(PROGRAMS / "rot", siagad.store, scratch, what, FLIPS * (3 if what == "heads" else 1), SEED, patience=3600)
    print(said)
    assert code == 0, f"SIAGA_SEED={SEED}: {said}"
    assert "named by" in said or "refused" in said or "ended by a signal" in said       # something was noticed


def flip(path, chance, head):
    data = bytearray(path.read_bytes())
    used = len(data.rstrip(b"\0"))
    while True:
        page = chance.randrange(used // 4096 + 1) * 4096
        at = page + (chance.randrange(16) if head else chance.randrange(16, 4096))
        if any(data[page:page + 4096]) and (head or data[at]):
            break
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return at


def restored(siagad, whole):
    """As it was, and nobody remembers that it went on since: that is another test's."""
    shutil.rmtree(siagad.store)
    for numbers in siagad.store.with_name("store-erased").glob("numbers-*"):
        numbers.unlink()
    shutil.copytree(whole, siagad.store)


def ask(siagad, rows):
    """Everything there is to ask, as far as siagad lives; what it tells is what was. Returns the words of those that said no."""
    client, said = siagad.client(timeout=3.0), []
    for seq, row in rows.items():
        try:
            told = client.get(seq)["case"]
            assert {name: told[name] for name in ("title", "ticket", "state", "owner")} == \
                {name: row[name] for name in ("title", "ticket", "state", "owner")}
        except Refused as no:
            assert no.code in HONEST, no
            said.append(no.code)
        except TimeoutError:
            wait_for("it to end", lambda: siagad.process.poll() is not None)
            return said
    return said


def test_siagad_over_a_changed_file(folder):
    """A whole siagad over one bit: it starts or refuses by name; it tells what was or says no; if it dies of it, the next start refuses or mends."""
    siagad, rows, _ = stored(folder)
    whole, chance, ends = folder / "whole", random.Random(SEED), []
    shutil.copytree(siagad.store, whole)
    for n in range(STARTS):
        env, head = ("journal", "views")[n % 2], n % 3 == 2
        restored(siagad, whole)
        at = flip(siagad.store / env / "data.mdb", chance, head)
        where, mark = f"SIAGA_SEED={SEED} {env} byte {at}", siagad.mark()
        for _ in range(3):
            code = siagad.try_to_start()
            if code is not None:
                break
            said = ask(siagad, rows)
            if siagad.process.poll() is None:
                siagad.process.kill()
                code = siagad.process.wait()
                break
        assert code in (78, -9), (where, code, siagad.said(mark))
        assert code == -9 or str(siagad.store) in siagad.said(mark), (where, siagad.said(mark))
        ends.append((env, "head" if head else "row", code, said[:1] if code == -9 else []))
    print(ends)


def test_a_file_cut_short_under_a_siagad_at_work(folder):
    """SIGBUS: a last word, an end, a refusal by name, and no third start."""
    siagad, rows, _ = stored(folder)
    siagad.start()
    mark = siagad.mark()
    os.truncate(siagad.store / "journal" / "data.mdb", 3 * 4096)
    ask(siagad, rows)
    wait_for("it to end", lambda: siagad.process.poll() is not None)
    assert siagad.process.returncode == 70 and "cut short or its disk fails" in siagad.said(mark), siagad.said(mark)
    for _ in range(2):
        assert siagad.try_to_start() == 78
        assert "journal" in siagad.said(mark) and "restore a backup" in siagad.said(mark)


def scrubbed(siagad, times=1):
    """The scrub of a started siagad, once it has ended so often."""
    client = siagad.client("it-1")
    wait_for("the scrub to end", lambda: client.status()["counters"]["scrubs"] >= times)
    return client.status()["scrub"]


def test_the_scrub_finds_it(folder):
    """Each second here, each week in a city: a sound store is recorded as such; one bit of an old entry is told to the POC by number."""
    siagad, rows, _ = stored(folder)
    siagad.conf.write_text("scrub_every: 1s\n" + siagad.conf.read_text().replace("reserve_percent: 5", "reserve_percent: 5, scrub_rows: 100000"))
    siagad.start()
    try:
        figures = scrubbed(siagad)
        assert figures["damaged"] == 0 and figures["entries"] >= EVENTS and figures["persons"] == EVENTS and figures["rows"] > EVENTS
        siagad.stop()
        path = siagad.store / "journal" / "data.mdb"
        data = bytearray(path.read_bytes())
        assert data.count(title(77).encode()) == 1
        data[data.find(title(77).encode()) + 3] ^= 1
        path.write_bytes(data)
        mark = siagad.mark()
        siagad.start()
        watch = siagad.client().watch(start=1, credit=4096)
        row = None
        until = time.monotonic() + 20
        while row is None and time.monotonic() < until:
            _, body = watch.take(20.0)
            row = next((r for r in body.get("rows", []) if r.get("store") == "damaged"), None)
        assert (row["map"], row["number"], row["found"]) == ("journal", "78", "altered")
        assert "journal: record 78 is altered on the disk; restore a backup" in siagad.said(mark)
        assert scrubbed(siagad)["damaged"] == 1 and siagad.process.poll() is None
        siagad.stop()
    finally:
        siagad.close()


def test_the_scrub_of_the_views_mends_them(folder):
    siagad, rows, _ = stored(folder)
    siagad.conf.write_text("scrub_every: 1s\n" + siagad.conf.read_text().replace("reserve_percent: 5", "reserve_percent: 5, scrub_rows: 100000"))
    path = siagad.store / "views" / "data.mdb"
    data = bytearray(path.read_bytes())
    at = data.find(b"uji-1\0k77")
    data[at + 10 + 8] ^= 1                  # the time in the row of a key
    path.write_bytes(data)
    siagad.start()
    try:
        mark = siagad.mark()
        assert scrubbed(siagad)["damaged"] == 1
        assert "restart siagad: it makes the views again" in siagad.said(mark)
        siagad.stop()
        siagad.start()
        assert "the views are made again" in siagad.said(mark)
        assert ask(siagad, rows) == [] and scrubbed(siagad)["damaged"] == 0
        siagad.stop()
        assert siagad.verify()[0] == 0
    finally:
        siagad.close()


def test_a_store_in_doubt_is_served_while_the_rest_is_looked_at(folder):
    """After one death a large store is served before all of it was looked at (here: any); the scrub looks at the rest at once, mends the views, and the next
    start trusts it. After a second death nothing is served before the whole was looked at."""
    siagad, rows, _ = stored(folder)
    siagad = Faulty(folder, 4, sizes=SIZES, broken="hasty")
    died = siagad.store / "died"
    path = siagad.store / "views" / "data.mdb"
    data = bytearray(path.read_bytes())
    data[data.find(b"uji-1\0k77") + 10 + 8] ^= 1                  # the time in the row of a key
    path.write_bytes(data)
    died.write_text("x")
    mark = siagad.mark()
    siagad.start()
    try:
        assert "the rest is looked at while siagad serves" in siagad.said(mark)
        assert scrubbed(siagad)["damaged"] == 1
        wait_for("the doubt to end", lambda: not died.exists())
        siagad.stop()
        mark = siagad.mark()
        siagad.start()
        assert "the views are made again" in siagad.said(mark) and "looked at first" not in siagad.said(mark)
        assert ask(siagad, rows) == []
        siagad.stop()
        died.write_text("xx")
        mark = siagad.mark()
        siagad.start()
        assert "the whole of it is looked at first" in siagad.said(mark) and not died.exists()
        assert "while siagad serves" not in siagad.said(mark)
        siagad.stop()
    finally:
        siagad.close()
