"""No room: on the disk, set aside before or not; in the maps. Nothing is lost, nobody is told what is not so, and what frees room still goes."""
import itertools
import time

import pytest

from events import event
from faulty import Faulty
from running import wait_for
from siaga import DONE, ERASE, Refused, new_key

LONG = {"address": "y" * 190, "note": "x" * 190}
TOLD_WITHIN = 5.0           # seconds; 1 on a machine that has nothing else to do
AGAIN_WITHIN = 5.0
BODY = "x" * 8000


def store_until_full(siagad, kind, first, most=20_000):
    """Sends event after event of one kind until the answer is E_FULL. Returns (receipts, the refusal, seconds it took to be told)."""
    receipts, client = [], siagad.client(timeout=10.0)
    for n in itertools.count(first):
        assert n < most, "it is never full"
        asked = time.monotonic()
        try:
            receipts.append(client.submit(event(n, kind=kind, body=BODY, category="fire.building" if kind == "emergency" else "road.pothole"))[0])
        except Refused as no:
            assert no.code == "E_FULL" and no.body["wait_s"] >= 1 and no.body["hint"], no.body
            return receipts, no, time.monotonic() - asked
        except TimeoutError:        # where the file system finds out at the sync alone, siagad ends as after any error of it
            assert siagad.wait() == 70 and "No space left on device; nothing in flight was acknowledged" in siagad.said(), siagad.said()
            siagad.start()


def all_there(client, receipts):
    for receipt in receipts:
        assert client.get(receipt["ticket"])["case"]["seq"] == receipt["seq"]


def served_on(disk, **how):
    siagad = Faulty(disk.mount.parent, **how)
    siagad.conf.write_text(siagad.conf.read_text().replace(str(siagad.store), str(disk.mount / "store")))
    siagad.store = disk.mount / "store"
    return siagad


def test_a_full_disk_does_not_matter_where_room_was_set_aside(small_disk):
    siagad = served_on(small_disk, sizes={"journal": "4MiB", "views": "12MiB", "persons": "4MiB"})
    siagad.start()
    try:
        small_disk.fill()
        client = siagad.client()
        receipts, _, _ = store_until_full(siagad, "complaint", 0)       # full is the map, at its reserve
        assert client.status()["journal"]["used_bytes"] * 100 // client.status()["journal"]["size_bytes"] >= 94
        more, _, _ = store_until_full(siagad, "emergency", 10_000)
        assert len(more) > 5
        siagad.kill9()
        siagad.start()                                                  # also with the disk full
        all_there(client, receipts + more)
        siagad.stop()
        (small_disk.mount / "ballast").unlink()
        assert siagad.verify()[0] == 0
    finally:
        siagad.close()


def test_a_disk_that_fills_up_where_no_room_was_set_aside(small_disk):
    siagad = served_on(small_disk, sizes={"journal": "48MiB", "views": "48MiB", "persons": "4MiB"}, broken="sparse")
    siagad.start()
    try:
        client = siagad.client()
        receipts = [client.submit(event(1))[0]]
        ballast = small_disk.fill(leave=5 << 20)
        more, _, took = store_until_full(siagad, "complaint", 10)
        urgent, _, urgent_took = store_until_full(siagad, "emergency", 5_000)
        receipts += more + urgent
        assert max(took, urgent_took) < TOLD_WITHIN
        all_there(client, receipts)                                     # reading goes on
        ballast.unlink()
        begun = time.monotonic()
        wait_for("room to be noticed", lambda: taken(client, 9_000, receipts))
        assert time.monotonic() - begun < AGAIN_WITHIN
        siagad.kill9()
        siagad.start()
        all_there(client, receipts)
        siagad.stop()
        code, said = siagad.verify()
        assert code == 0 and "all well" in said, said
    finally:
        siagad.close()


def taken(client, n, receipts):
    try:
        receipts.append(client.submit(event(n))[0])
        return True
    except Refused as no:
        assert no.code == "E_FULL"
        return False


@pytest.mark.parametrize("kind", ["complaint", "emergency"])
def test_what_is_stored_can_be_destroyed_in_a_full_map(folder, kind):
    """At the reserve, and behind it, where emergencies are refused, too: reading goes on, erasing goes on, siagad stops and starts."""
    siagad = Faulty(folder, 16, sizes={"journal": "2MiB"})
    siagad.start()
    try:
        client, admin = siagad.client(), siagad.client("it-1")
        first = client.submit(event(1, person={"name": "Siti", "phone": "+628123456789"}))[0]
        receipts, _, _ = store_until_full(siagad, kind, 10)
        for what in ("person", "texts"):
            admin.request(ERASE, {"case": first["seq"], "what": what, "reason": "diminta pelapor", "key": new_key()})
        told = client.get(first["ticket"])["case"]
        assert told["seq"] == first["seq"] and "title" not in told
        siagad.stop()
        siagad.start()
        all_there(client, receipts)
        siagad.stop()
        code, said = siagad.verify()
        assert code == 0 and "all well" in said, said
    finally:
        siagad.close()


def test_room_that_was_freed_is_room_again(folder):
    """The map of persons full of persons: complaints are refused; erasing some, without a restart, lets them in again, and the POC is told both."""
    siagad = Faulty(folder, 16, sizes={"persons": "1MiB", "journal": "32MiB"})
    siagad.start()
    try:
        client, admin = siagad.client(), siagad.client("it-1")
        watch, cases, n, some, until = client.watch(start=1, credit=4096), [], 0, 20, time.monotonic() + 60
        while True:
            assert time.monotonic() < until, "the map does not fill"
            try:
                answers = client.submit(*(event(i, body="kosong", person={"name": f"Orang {i}", "phone": f"+62812{i:07d}", **LONG})
                                          for i in range(n, n + some)))
            except Refused as no:
                assert no.code == "E_FULL"
                if client.status()["persons"]["told_percent"] >= 80:
                    break
                some = 1                        # a large commit found no room yet where small ones do; the POC is told within a second
                continue
            cases += [answer["seq"] for answer in answers if "seq" in answer]
            n += some
        assert told(watch, "filling")["map"] == "persons"
        for first in range(0, len(cases), 100):
            numbers = {admin.send(ERASE, {"case": case, "what": "person", "reason": "diminta pelapor", "key": new_key()})
                       for case in cases[first:first + 100]}
            while numbers:
                code, number, body = admin.receive()
                assert code == DONE, body
                numbers.discard(number)
        assert told(watch, "roomy")["map"] == "persons"
        assert client.status()["persons"]["told_percent"] == 0
        wait_for("complaints to be taken", lambda: taken(client, 9_999, []))
        siagad.stop()
        assert siagad.verify()[0] == 0
    finally:
        siagad.close()


def told(watch, what):
    """The next entry about the store of this sort."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        kind, body = watch.take(20.0)
        assert kind in ("feed", "beat"), (kind, body)
        for row in body.get("rows", []):
            if row.get("store") == what:
                return row
    raise AssertionError(f"nobody was told: {what}")
