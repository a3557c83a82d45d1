"""Damaged files: the walk over the store names the record; siagad refuses to start, or never tells what is not true."""
import contextlib
import os
import shutil

import pytest

from events import event, everything, fill, title
from siaga import Refused
from running import PATIENCE


def journal(siagad):
    return siagad.store / "journal" / "data.mdb"


def empty(siagad):
    os.truncate(journal(siagad), 0)


def remove(siagad):
    shutil.rmtree(journal(siagad).parent)


def flip(siagad, text):
    """One bit of a stored text, in every copy a page of the journal has of it."""
    data = bytearray(journal(siagad).read_bytes())
    at = data.find(text.encode())
    assert at >= 0
    while at >= 0:
        data[at + 3] ^= 0x01
        at = data.find(text.encode(), at + 1)
    journal(siagad).write_bytes(data)


@pytest.fixture
def damaged(siagad):
    """300 events stored, one record in the middle damaged, siagad stopped. Returns (siagad, receipt of it)."""
    receipts = fill(siagad.client())
    siagad.stop()
    flip(siagad, title(77))
    return siagad, receipts[77]


def test_the_walk_names_the_record(damaged):
    siagad, receipt = damaged
    assert siagad.verify() == (65, f"journal: record {receipt['seq']}: wrong checksum\n")


@pytest.mark.parametrize("n", [0, 298, 299])
def test_the_walk_names_the_first_and_the_last(siagad, n):
    receipts = fill(siagad.client(), 300)
    siagad.stop()
    flip(siagad, title(n))
    assert siagad.verify() == (65, f"journal: record {receipts[n]['seq']}: wrong checksum\n")


def test_without_views_it_does_not_start(damaged):
    """The damaged record would have to be applied again: siagad ends and names it, each time."""
    siagad, receipt = damaged
    shutil.rmtree(siagad.store / "views")
    for _ in range(2):
        mark = siagad.mark()
        assert siagad.try_to_start() == 78
        assert f"entry {receipt['seq']} of the journal: wrong checksum" in siagad.said(mark)


def test_last_record_damaged_it_does_not_start(siagad):
    receipts = fill(siagad.client(), 300)
    siagad.client().submit(event(300))
    siagad.stop()
    flip(siagad, title(300))
    for _ in range(2):
        mark = siagad.mark()
        assert siagad.try_to_start() == 78
        assert f"entry {len(receipts) + 21} of the journal is damaged" in siagad.said(mark)


def test_no_wrong_text_is_told(damaged):
    """With sound views siagad starts; what it tells of the damaged record is never the damaged text."""
    siagad, receipt = damaged
    mark = siagad.mark()
    if siagad.try_to_start() is not None:
        assert "wrong checksum" in siagad.said(mark)
        return
    client = siagad.client()
    with contextlib.suppress(Refused):
        assert client.get(receipt["ticket"])["case"]["title"] == title(77)
    rows = list(client.cases(limit=500))
    assert {row["title"] for row in rows} <= {title(n) for n in range(300)}
    assert len(rows) >= 299
    watch = client.watch(start=1, credit=4096)
    while not watch.over and watch.next <= watch.head:
        kind, body = watch.take(PATIENCE)
        assert {row["title"] for row in body.get("rows", []) if row["entry"] == "event"} <= {title(n) for n in range(300)}
    assert watch.over or watch.next > receipt["seq"]
    assert client.submit(event(301))[0]["duplicate"] is False       # the others are served


def test_no_false_receipt(damaged):
    siagad, receipt = damaged
    assert siagad.try_to_start() is None
    try:
        [result] = siagad.client().submit(event(77))
    except Refused:
        return
    assert "code" in result or (result["seq"], result["ticket"]) == (receipt["seq"], receipt["ticket"]), result


def test_damage_is_told(damaged):
    siagad, receipt = damaged
    mark = siagad.mark()
    assert siagad.try_to_start() is None
    client = siagad.client()
    rows = list(client.cases(limit=500))
    assert len(rows) == 300 or "level=error" in siagad.said(mark)


def starts_honestly(siagad, before):
    """It ends and names the store, or it runs and everything is there."""
    mark = siagad.mark()
    code = siagad.try_to_start()
    said = siagad.said(mark)
    if code is None:
        assert everything(siagad.client()) == before, said
        siagad.stop()
    else:
        assert code in (70, 78) and "level=error" in said and str(siagad.store) in said, (code, said)


@pytest.mark.parametrize("part", [1, 4096, 8192, 0.3, 0.6, 0.9])
def test_truncated(siagad, part):
    """A number: so many bytes are left; a fraction: that much of what is in use."""
    client = siagad.client()
    fill(client)
    before, used = everything(client), client.status()["journal"]["used_bytes"]
    siagad.stop()
    left = part if isinstance(part, int) else int(used * part) // 4096 * 4096
    os.truncate(journal(siagad), left)
    code, said = siagad.verify()
    assert code in (65, 70) and said.strip(), (code, said)
    os.truncate(journal(siagad), left)
    starts_honestly(siagad, before)


@pytest.mark.parametrize("lose", [empty, remove])
def test_the_walk_misses_a_journal(siagad, lose):
    fill(siagad.client(), 50)
    siagad.stop()
    lose(siagad)
    code, said = siagad.verify()
    assert code == 66 and "no store here" in said, (code, said)


@pytest.mark.parametrize("lose", [empty, remove])
def test_a_journal_that_is_gone_is_missed(siagad, lose):
    client = siagad.client()
    fill(client, 50)
    before = everything(client)
    siagad.stop()
    lose(siagad)
    starts_honestly(siagad, before)


def test_a_journal_that_went_back_is_missed(siagad, folder):
    client = siagad.client()
    fill(client, 50)
    siagad.stop()
    shutil.copytree(siagad.store / "journal", folder / "older")
    siagad.start()
    fill(client, 50, start=100)
    before = everything(client)
    siagad.stop()
    shutil.rmtree(siagad.store / "journal")
    (folder / "older").rename(siagad.store / "journal")
    starts_honestly(siagad, before)
