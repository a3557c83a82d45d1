"""Feeds asked for by the thousand: who overdoes it is told so, what he left is gone, and another's feed has no gap."""
import threading
import time

import pytest

from siaga import CREDIT, UNWATCH, WATCH, Connection, Refused
from support import BUILD, PATIENCE, Daemon, complaint, eventually, refusing, stored, submit

MIB = 1024
ROOM_KIB = (96 if "asan" in str(BUILD) else 16) * MIB       # a sanitizer keeps what was freed for a while


@pytest.fixture
def watched(tmp_path_factory):
    """A siagad with a watch of the POC that must see everything, and a desk that sends meanwhile."""
    daemon = Daemon(tmp_path_factory.mktemp("abuse"))
    done, seen, sent = threading.Event(), [], []

    def send():
        with Connection(daemon.ipc, "poc-2", PATIENCE) as client:
            while not done.is_set():
                sent.append(stored(submit(client, complaint()))["seq"])
                time.sleep(0.01)

    def follow():
        with Connection(daemon.ipc, "poc-1", PATIENCE) as client:
            watch = client.watch(start=1)
            while not (done.is_set() and sent and seen and seen[-1] >= sent[-1]):
                kind, body = watch.take(PATIENCE)
                assert kind in ("feed", "beat"), (kind, body)
                seen.extend(row["seq"] for row in body.get("rows", []))
    threads = [threading.Thread(target=t) for t in (send, follow)]
    for t in threads:
        t.start()
    try:
        yield daemon
        done.set()
        for t in threads:
            t.join(PATIENCE)
        assert seen and seen == list(range(seen[0], seen[-1] + 1)), "the feed of another has a gap"
        assert set(sent) <= set(seen)
    finally:
        done.set()
        daemon.close()


def watches(client):
    return client.status()["watches"]


def test_more_than_one_may_hold(watched):
    """Two thousand watches of one identity: it has its 32, the others are refused by name, and cost nothing."""
    client, before, refused = watched.client("auditor-1"), watched.rss_kib(), []
    held = []
    for _ in range(2000):
        try:
            held.append(client.watch(credit=0))
        except Refused as no:
            refused.append(no.code)
            if no.code == "E_RATE":
                time.sleep(no.body["wait_s"])
    assert len(held) == 32 and set(refused) <= {"E_BUSY", "E_RATE"} and "E_BUSY" in refused
    assert watches(watched.client("it-1")) == 33
    assert watched.rss_kib() - before < ROOM_KIB
    held[0].close()
    eventually(lambda: client.watch(credit=0), "a place to be free again")


def test_watch_and_leave(watched):
    """Opened and left two thousand times, by UNWATCH and by going away in the middle of a replay."""
    client, before = watched.client("auditor-1"), watched.rss_kib()
    for _ in range(1000):
        client.watch(start=1, credit=1).close()
    for _ in range(250):
        with Connection(watched.ipc, "field-2", PATIENCE) as guest:
            for _ in range(4):
                guest.send(WATCH, {"from": 1, "credit": 4096})
    eventually(lambda: watches(watched.client("it-1")) <= 1 + 32, "what was left to be gone")
    assert watched.rss_kib() - before < ROOM_KIB


def test_what_nobody_asked_for(watched):
    """Credit and farewells for watches that are not there, of others, or beyond any number; and a flood of both."""
    client = watched.client("auditor-1")
    mine = client.watch(start=1, credit=0)
    before = watched.rss_kib()
    for n in range(3000):
        client.send(CREDIT if n % 2 else UNWATCH, {"watch": n % 70 + 10**6, "add": 2**32 - 1})
    for add in (2**32 - 1, 2**32 - 1, 0):
        client.send(CREDIT, {"watch": mine.id, "add": add})
    kind, body = mine.take(PATIENCE)
    assert kind in ("feed", "beat")
    assert watched.rss_kib() - before < ROOM_KIB
    for wrong in ({"watch": 2**64 - 1, "from": -1}, {"credit": -1}, {"credit": "all"}, {"skpd": ["x" * 25] * 65}):
        with refusing({"E_FIELD", "E_CATEGORY"}):
            client.request(WATCH, wrong)
