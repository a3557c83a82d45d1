"""Messages of clients that may come in and say nonsense (D20): each mutant of each seed gets one answer, by name, or is one
that gets none (CREDIT, UNWATCH); siagad goes on, grows by no more than a bound, and its sums agree.

SIAGA_MUTANTS says how many (20,000; `make soak` takes a million), SIAGA_SEED which."""
import collections
import copy
import os
import pathlib
import random
import re
import struct
import time

import msgpack
import pytest

import siaga
from keyring import KeyedDaemon
from siaga import DONE, HEADER, KINDS, REFUSED, frame, new_key
from support import complaint, emergency, quiet, report, stored, submit, sums, verbs, verdicts

MUTANTS = int(os.environ.get("SIAGA_MUTANTS", "20000"))
AT_ONCE = 200
GROWS = 96 << 10            # KiB at most; what the sanitizer keeps aside is bounded below
NO_ANSWER = {siaga.CREDIT, siaga.UNWATCH}
ROLES = ("poc-1", "field-1", "desk-damkar", "walikota", "humas-1", "media-1", "it-1", "auditor-1")
WRONG = (None, True, 0, -1, 1 << 63, 2 ** 64 - 1, -2 ** 63, 1.5, float("nan"), float("inf"), "", "\0", "x" * 200, "\x1b[2J", "\u202e", b"", b"\xff" * 33,
         [], {}, [[[[[[[[[1]]]]]]]]], {"a": {"a": {"a": {"a": {}}}}}, ["x"] * 300, msgpack.ExtType(5, b"x"), msgpack.Timestamp(1, 1))


def seeds(case):
    """One good message and more of each verb."""
    key, who = new_key(), {"name": "Budi", "phone": "+628111222333", "mail": "b@contoh.id", "address": "Jl. A 1", "note": "tetangga"}
    place = {"lat": -6.2, "lon": 106.9, "kecamatan": "bekasi-timur", "landmark": "depan pasar", "address": "Jl. Juanda 1"}

    def act(do, **fields):
        return siaga.MOVE, {"case": case, "do": do, "key": new_key(), **fields}

    return [
        (siaga.HELLO, {"client": "x"}), (siaga.STATUS, {}), (siaga.GET, {"case": case}), (siaga.GET, {"case": 1, "ticket": "E-261124-0001-X"}),
        (siaga.SUBMIT, {"events": [complaint(**place)]}), (siaga.SUBMIT, {"events": [emergency(tags=["a", "b"], extra={"a": "b"}), report()]}),
        (siaga.SUBMIT, {"events": [complaint(reporter=who, visibility="anonymous")], "sent_at": "2026-11-24T00:00:00Z"}),
        (siaga.SUBMIT, {"events": [report(key=key) for _ in range(3)]}), (siaga.SUBMIT, {"events": [complaint(flags=["late"], seen="x")]}),
        (siaga.MOVE, {"case": case, "to": "acknowledged", "key": new_key(), "version": 1}), act("note", note="catatan"),
        act("resolve", outcome="done", proof="x"), act("forward", target="dlh", reason="bukan kami"), act("wait", reason="bahan", at="2027-01-01T00:00:00Z"),
        act("merge", into=1), act("milestone", milestone="on_scene", at="2026-11-24T00:00:00Z"), act("rate", stars=5),
        (siaga.RECLASS, {"case": case, "class": "prank", "key": new_key(), "note": "iseng"}),
        (siaga.LIST, {"kind": ["emergency"], "skpd": ["disdamkarmat"], "limit": 3, "count": True}), (siaga.LIST, {"since": "2026-01-01", "open": True, "reverse": True}),
        (siaga.WATCH, {"from": 1, "credit": 1, "kind": ["report"], "severity": ["minor"]}), (siaga.WATCH, {"snapshot": True, "credit": 2}),
        (siaga.CREDIT, {"watch": 3, "add": 2}), (siaga.UNWATCH, {"watch": 3}),
        (siaga.ROUTE, {"kind": "complaint", "category": "road.damage", "kecamatan": "bekasi-timur"}), (siaga.ATTACH, {"skpd": "disdamkarmat", "credit": 1, "lease_s": 5}),
        (siaga.WORK, {"case": case, "skpd": "disdamkarmat", "act": "done", "attempt": 1, "key": new_key()}), (siaga.DUE, {"within": "8wh", "limit": 2}),
        (siaga.DEAD, {"skpd": "dlh"}), (siaga.PERSON, {"case": case, "purpose": "menelepon kembali"}), (siaga.PERSON, {"phone": "+628111222333", "purpose": "permintaan"}),
        (siaga.RELEASE, {"case": case, "title": "Kebakaran", "body": "padam", "key": new_key()}), (siaga.VERIFY, {"from": 1, "to": 4}), (siaga.HEAD, {}),
        (siaga.ERASE, {"case": case, "what": "person", "reason": "diminta", "key": new_key()}), (siaga.HOLD, {"case": case, "until": "2027-01-01", "reason": "perkara", "key": new_key()}),
        (siaga.RETENTION, {"dry": True}), (siaga.DIGEST, {"from": "2026-11-01", "until": "2026-11-30", "with": ["runs", "cases", "hours", "names"], "skpd": "dlh"}),
        (siaga.DIGEST, {"from": "2026-11-01", "until": "2026-11-30", "figure": "open", "after": 3}),
    ]


class Mutator:
    """Makes wrong messages of good ones: a value or a name exchanged, lost or doubled, then perhaps bytes."""

    def __init__(self, dice, good):
        self.dice, self.good = dice, good

    def message(self, number):
        verb, body = self.dice.choice(self.good)
        body = copy.deepcopy(body)
        if self.dice.random() < 0.8:
            self.wrong(body)
        message = bytearray(frame(verb, body, number))
        if self.dice.random() < 0.5:
            self.bytes(message)
        if self.dice.random() < 0.02:
            message[self.dice.randrange(3)] ^= 1 << self.dice.randrange(8)      # no message of ours, or of another version
        if self.dice.random() < 0.02:
            message[3] = self.dice.randrange(256)
        return bytes(message)

    def wrong(self, where):
        """Something in a map or a list, or in one of those in it."""
        while True:
            names = list(where) if isinstance(where, dict) else list(range(len(where)))
            if not names:
                return
            name = self.dice.choice(names)
            if not isinstance(where[name], (dict, list)) or self.dice.random() < 0.3:
                break
            where = where[name]
        how = self.dice.randrange(5)
        if how == 0:
            del where[name]
        elif how == 1 and isinstance(where, dict):
            where[self.dice.choice(("source", "role", "skpd", "key", "case", "x" * 300, "", "\0"))] = where[name]
        elif how == 2 and isinstance(where[name], str):
            at = self.dice.randrange(len(where[name]) + 1)
            where[name] = where[name][:at] + self.dice.choice(("\0", "\n", "'", "\u200b", "9" * 40, "../")) + where[name][at:]
        else:
            where[name] = self.dice.choice(WRONG)

    def bytes(self, message):
        for _ in range(self.dice.choice((1, 1, 2, 5))):
            at, how = self.dice.randrange(HEADER.size, len(message) + 1), self.dice.randrange(4)
            if how == 0 and at < len(message):
                message[at] ^= 1 << self.dice.randrange(8)
            elif how == 1 and at < len(message):
                message[at] = self.dice.choice((0, 0x7f, 0x80, 0x8f, 0x9f, 0xa0, 0xc0, 0xc1, 0xc7, 0xcb, 0xd9, 0xdd, 0xdf, 0xff))
            elif how == 2:
                del message[at:at + self.dice.randrange(1, 9)]
            else:
                message[at:at] = self.dice.randbytes(self.dice.randrange(1, 9))


@pytest.fixture
def daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8")
    daemon = KeyedDaemon(tmp_path_factory.mktemp("mutants"))
    try:
        yield daemon
    finally:
        daemon.close()


def own_kib(daemon):
    """Memory of its own; pages of the store that it looks at are the kernel's."""
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()).group(1))


def turn(client, mutator, tally):
    """Sends some, waits until each that gets an answer has it."""
    wanted, messages = collections.Counter(), {}
    for number in range(1, AT_ONCE + 1):
        message = messages[number] = mutator.message(number)
        magic, _, code, sent = HEADER.unpack_from(message)
        readable = magic == b"SG"
        if not (readable and code in NO_ANSWER):
            wanted[sent if readable else 0] += 1
        client.socket.send(message)
    while wanted.total() > 0:
        try:
            code, number, body = client.receive()
        except TimeoutError:
            pytest.fail(f"no answer to {[(n, messages.get(n, b'').hex()) for n in +wanted]}")
        if code in KINDS:
            tally["told"] += 1
            continue
        assert code == DONE or (code == REFUSED and body["code"] in verdicts() - {"E_BUG"}), body
        tally[body.get("code", "done") if code == REFUSED else "done"] += 1
        if wanted[number] > 0:
            wanted[number] -= 1     # else an answer to one that needed none: CREDIT of a watch that is not there


def test_mutants(daemon):
    dice = random.Random(os.environ.get("SIAGA_SEED", "112"))
    clients = [daemon.keyed(name) for name in ROLES]
    case = stored(submit(clients[0], emergency()))["seq"]
    good = seeds(case)
    assert len(good) >= 32 and {verb for verb, _ in good} == {number for number, _ in verbs().values()}
    mutator, tally, slowest, before, grown = Mutator(dice, good), collections.Counter(), 0, quiet(daemon.client("it-1")), None
    for n in range(max(4, MUTANTS // AT_ONCE)):
        began = time.monotonic()
        turn(clients[n % len(clients)], mutator, tally)
        slowest = max(slowest, time.monotonic() - began)
        if n == MUTANTS // AT_ONCE // 4:
            grown = own_kib(daemon)
    print(f"{MUTANTS} mutants of {len(good)} seeds: {dict(tally)}; {AT_ONCE} took {slowest:.2f} s at most; grew by {own_kib(daemon) - grown} KiB")
    assert own_kib(daemon) - grown < GROWS
    assert tally["done"] > 0 and tally["E_PARSE"] > 0 and tally["E_FIELD"] > 0
    sums(before, quiet(daemon.client("it-1")))
    for client in clients:
        client.hello()
    assert daemon.process.poll() is None
