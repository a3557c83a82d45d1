"""The views can be thrown away, fall behind or be of another making: siagad makes them again from the journal, and says so."""
import re
import shutil
import struct
import time

import pytest

from events import event, everything, fill
from running import HERE

REACHED = b"reached"        # behind it the views say which format they have
FORMAT = int(re.search(r"VIEWS_FORMAT (\d+)u", (HERE.parent.parent / "daemon/views/views.h").read_text())[1]).to_bytes(4, "big")


def test_views_deleted(siagad):
    client = siagad.client()
    receipts = fill(client)
    before = everything(client)
    siagad.stop()
    shutil.rmtree(siagad.store / "views")
    mark = siagad.mark()
    siagad.start()
    assert "views brought from 0 to 320" in siagad.said(mark)
    assert everything(client) == before
    again = client.submit(event(7))[0]                  # keys came back too
    assert again["duplicate"] and again["ticket"] == receipts[7]["ticket"]
    assert client.submit(event(300))[0]["seq"] == 321   # and so did the numbers
    siagad.stop()
    assert siagad.verify() == (0, f"{siagad.store}: 321 entries, all well\n")


def test_views_behind(siagad):
    """Killed right after the answer the views lack what the journal has."""
    client = siagad.client()
    fill(client)
    fill(client, 50, start=1000)
    siagad.kill9()
    code, said = siagad.verify()
    assert code == 0 and "siagad will bring them on" in said, said
    mark = siagad.mark()
    siagad.start()
    assert "to 390" in siagad.said(mark) and "views brought from" in siagad.said(mark), siagad.said(mark)
    rows, _ = everything(client)
    assert {row["key"] for row in rows} == {f"k{n}" for n in (*range(300), *range(1000, 1050))}
    siagad.stop()
    assert siagad.verify() == (0, f"{siagad.store}: 390 entries, all well\n")


def test_views_of_another_format(siagad):
    client = siagad.client()
    fill(client)
    before = everything(client)
    siagad.stop()
    data = siagad.store / "views" / "data.mdb"
    held = data.read_bytes()
    assert REACHED + FORMAT in held
    data.write_bytes(held.replace(REACHED + FORMAT, REACHED + b"\x00\x00\x00\x63"))
    mark = siagad.mark()
    siagad.start()
    assert "do not fit the journal" in siagad.said(mark) and "made again" in siagad.said(mark), siagad.said(mark)
    assert everything(client) == before
    siagad.stop()
    assert siagad.verify()[0] == 0


def test_views_altered(siagad):
    """The walk over the store sees views that tell another story than the journal."""
    client = siagad.client()
    fill(client, 50)
    siagad.stop()
    data = siagad.store / "views" / "data.mdb"
    held = data.read_bytes()
    assert held.count(b"uji-1\x00k7") > 0
    data.write_bytes(held.replace(b"uji-1\x00k7", b"uji-1\x00x7"))      # the row of a key
    code, said = siagad.verify()
    assert code == 65 and "views, table keys: record" in said, said


def test_killed_while_it_makes_the_views_again(siagad):
    client = siagad.client()
    fill(client)
    before = everything(client)
    siagad.stop()
    shutil.rmtree(siagad.store / "views")
    for ms in range(0, 40, 4):
        siagad.launch().close()
        time.sleep(ms / 1000)
        siagad.kill9()
    siagad.start()
    assert everything(client) == before
    siagad.stop()
    assert siagad.verify()[0] == 0


def test_an_empty_store_is_sound(siagad):
    siagad.stop()
    assert siagad.verify() == (0, f"{siagad.store}: 0 entries, all well\n")
