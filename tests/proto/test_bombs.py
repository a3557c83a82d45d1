"""Bombs (D21) of clients that may come in: depth, counts and sizes nobody has, at both doors and for every verb. Each gets a named error, or is dropped
and counted; memory stays bounded, and the events of others are acknowledged meanwhile."""
import collections
import os
import pathlib
import re
import subprocess
import threading
import time

import pytest
import zmq

import city
from hostile import BOMBS
from keyring import KeyedDaemon, heard
from siaga import CREDIT, HEADER, HELLO, REFUSED, SUBMIT, UNWATCH, Connection, frame
from support import BUILD, PATIENCE, complaint, counters, emergency, eventually, quiet, refused, refusals, stored, submit, sums, verbs

DOORS = ("ipc", "keys")
NO_ANSWER = {CREDIT, UNWATCH}
GROWS_KIB = 8 << 10         # what is kept for a moment, by libzmq and by the sanitizer
FRAMES = {"empty": [b""], "two empty": [b"", b""], "a thousand parts": 1000 * [b"x"], "a thousand heads": 1000 * [frame(HELLO, {})],
          "64 KiB and one": [frame(SUBMIT, 65525 * b"\x91")], "512 KiB": [frame(SUBMIT, (512 << 10) * b"\x91")], "head alone": [frame(SUBMIT, b"")[:11]],
          "300 parts of 4 KiB": 300 * [4096 * b"\x81"]}
FLOOD = 1500                # bombs of each of the bad ones while others work


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as here:      # else the sanitizer keeps 256 MiB of what was freed
        here.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4")
        daemon = KeyedDaemon(tmp_path_factory.mktemp("bombs"))
    try:
        yield daemon
    finally:
        daemon.close()


def client_of(keyed, door, name):
    return keyed.keyed(name) if door == "keys" else keyed.client(name)


def own_kib(daemon, field="RssAnon"):
    text = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", text).group(1))


def figures(keyed):
    return counters(keyed.client("it-1"))


def entries_since(keyed, start):
    """Who made the entries from this number on; siagad itself writes some, that it was shouted at among them."""
    with Connection(keyed.ipc, "auditor-1", PATIENCE) as auditor:
        watch, made = auditor.watch(start=start), []
        while True:
            kind, body = watch.take(PATIENCE)
            made += [row["source"] for row in body.get("rows", [])]
            if kind == "beat" and body["next"] > body["head"]:
                return collections.Counter(made)


def explode(client, messages):
    """Sends them, and takes an answer for each that gets one: by request-id, the code of its refusal."""
    told = {}
    for message in messages:
        client.socket.send_multipart(message)
    for message in messages:
        if len(message) == 1 and message[0][3:4] and message[0][3] in NO_ANSWER:
            continue
        code, number, body = client.receive()
        assert code == REFUSED, body
        told[number] = refused(body, body["code"])["code"]
    return told


@pytest.mark.parametrize("door", DOORS)
def test_every_bomb_for_every_verb(keyed, door):
    """By its name, and counted: what has no answer, too."""
    client, before, sent = client_of(keyed, door, "poc-1"), quiet(keyed.client("it-1")), 0
    head = client.hello()["head"]
    for verb, (number, _) in verbs().items():
        told = explode(client, [[frame(number, body, at)] for at, body in enumerate(BOMBS.values(), 1)])
        sent += len(BOMBS)
        if number in NO_ANSWER:
            continue
        assert len(told) == len(BOMBS), verb
        for at, (name, body) in enumerate(BOMBS.items(), 1):
            assert told[at] == "E_PARSE" or (told[at] == "E_TOO_BIG" and len(body) > 256), (verb, name, told[at])
    assert eventually(lambda: figures(keyed)["unreadable"] - before["unreadable"] >= sent, "each to be counted")
    assert figures(keyed)["unreadable"] - before["unreadable"] == sent
    assert not entries_since(keyed, head + 1).keys() - {"siagad"}
    sums(before, quiet(keyed.client("it-1")))
    assert client.hello()["role"] == "operator"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", FRAMES)
def test_frames(keyed, door, name):
    client, before = client_of(keyed, door, "poc-1"), refusals(keyed.client("it-1"))
    [code] = explode(client, [FRAMES[name]]).values()
    assert code == ("E_TOO_BIG" if "KiB" in name and len(FRAMES[name]) == 1 else "E_PARSE")
    assert refusals(keyed.client("it-1"))[code] == before.get(code, 0) + 1
    client.hello()


@pytest.mark.parametrize("door", DOORS)
def test_events_full_to_the_brim(keyed, door):
    """Bombs that are well-formed maps: each event is refused by the limit of its field, or bent; the message as a whole is not lost."""
    client = client_of(keyed, door, "poc-1")
    for field, value in (("tags", 20000 * ["a"]), ("refs", 9000 * [{}]), ("attach", 9000 * [{}]), ("extra", {f"k{n}": "" for n in range(256)}), ("body", 60000 * "x"),
                         ("title", 60000 * "\0"), ("extra", {"k": [[[[]]]]}), ("person", {f"k{n}": "" for n in range(256)})):
        code = submit(client, complaint(**{field: value})).get("code")
        assert code in ("E_LIMIT", "E_FIELD", "E_TEXT"), (field, code)
        stored(submit(client, emergency(**{field: value})))
    assert submit(client, complaint(**{f"x{n}": "" for n in range(240)}))["code"] in ("E_LIMIT", "E_FIELD")
    with Connection(client.endpoint, client.source, PATIENCE, keyed.ring.of("poc-1") if door == "keys" else None) as more:
        code, _, body = more.raw(frame(SUBMIT, {**({"source": "poc-1"} if door == "ipc" else {}), "events": 30000 * [{}]}))
        assert (code, body["code"]) == (REFUSED, "E_LIMIT") or body["code"] == "E_FIELD", body


@pytest.mark.parametrize("door", DOORS)
def test_larger_than_any_message(keyed, door):
    """More than a mebibyte in one frame is cut at its announcement; the same client comes back, and 20 of them leave nothing behind."""
    client, rss = client_of(keyed, door, "field-1"), None
    monitor = client.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    for turn in range(20):
        client.hello()
        client.socket.send(frame(SUBMIT, (8 << 20) * b"\x91"))
        assert heard(monitor, {zmq.EVENT_DISCONNECTED}, PATIENCE * 1000) is not None, "it was taken"
        rss = rss or own_kib(keyed)
    client.socket.disable_monitor()
    assert client.hello()["role"] == "field"
    assert own_kib(keyed) - rss < GROWS_KIB


@pytest.mark.parametrize("what", ["size", "negative", "command", "garbage", "again", "short"])
def test_below_a_message(keyed, what):
    """Frames of a size nobody has, boxes that do not open, one sent twice: with a valid key, and cut off; nobody else notices."""
    other, rss = keyed.keyed("poc-1"), own_kib(keyed)
    other.hello()
    gone = heard_of(other)
    keys = [k.decode() for k in keyed.ring.of("field-1")]
    done = subprocess.run([str(BUILD / "tests/crash/claims"), str(keyed.port), *keys, what], timeout=3 * PATIENCE, capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr)
    stored(submit(other, emergency()))
    assert not gone(), "another was cut off"
    assert own_kib(keyed) - rss < GROWS_KIB


def heard_of(client):
    """A question for later: was this connection lost meanwhile?"""
    monitor = client.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def gone():
        client.hello()
        lost = monitor.poll(0) != 0
        client.socket.disable_monitor()
        return lost
    return gone


def flood(client, stop, tally):
    """Bombs again and again; how many were sent."""
    bodies = list(BOMBS.values())
    for start in range(0, FLOOD, 50):
        if stop.is_set():
            return
        explode(client, [[frame(SUBMIT, bodies[n % len(bodies)], n)] for n in range(start, start + 50)])
        tally.append(50)


@pytest.mark.parametrize("door", DOORS)
def test_others_are_served_meanwhile(keyed, door):
    """Three throw bombs as fast as they are answered; every event of the POC and of the field is acknowledged, at once, and siagad does not grow."""
    poc, field, before, stop, tally = keyed.keyed("poc-1"), keyed.client("field-2"), quiet(keyed.client("it-1")), threading.Event(), []
    head = poc.hello()["head"]
    bad = [client_of(keyed, door, name) for name in ("field-1", "walikota", "humas-1")]
    for client in (poc, field, *bad):
        client.hello()
    rss, took, sent = own_kib(keyed), [], 0
    threads = [threading.Thread(target=flood, args=(client, stop, tally)) for client in bad]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            for client, event in ((poc, emergency()), (field, complaint())):
                began = time.monotonic()
                stored(submit(client, event))
                took.append(time.monotonic() - began)
                sent += 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert sum(tally) == 3 * FLOOD, "a bomb got no answer, or another than a refusal"
    after, made = quiet(keyed.client("it-1")), entries_since(keyed, head + 1)
    assert after["unreadable"] - before["unreadable"] == 3 * FLOOD
    assert made["poc-1"] + made["field-2"] == sent and not made.keys() - {"poc-1", "field-2", "siagad"}
    grown = sums(before, after)
    assert grown["stored"] >= sent and grown["refused"] == grown["duplicate"] == grown["dropped"] == 0, grown
    print(f"{3 * FLOOD} bombs at {door}, {sent} events meanwhile, slowest {max(took):.3f} s, grew by {own_kib(keyed) - rss} KiB")
    assert sent >= 4 and max(took) < 2.0, (sent, max(took))
    assert own_kib(keyed) - rss < GROWS_KIB


def test_who_threw_it_is_on_the_list(keyed):
    """With a key the thrower is known, whatever the message says, and that is what the administrator reads."""
    client = keyed.keyed("field-damkar")
    explode(client, [[frame(SUBMIT, BOMBS["depth 1000"], 5)]])
    eventually(lambda: any('"source":"field-damkar"' in line and "E_PARSE" in line for f in (keyed.folder / "store/refused").iterdir()
                           for line in f.read_text().splitlines()), "the line with its name")
