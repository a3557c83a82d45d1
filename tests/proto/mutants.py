"""Good messages of every verb, and what makes wrong ones of them: for test_mutants, and for the controls that must be seen by it."""
import collections
import copy
import time

import msgpack
import pytest

import city
import siaga
from siaga import DONE, HEADER, KINDS, REFUSED, frame, new_key
from support import complaint, emergency, report, verbs, verdicts

AT_ONCE = 200
NO_ANSWER = {siaga.CREDIT, siaga.UNWATCH}
ROLES = city.WHO
WRONG = (None, True, 0, -1, 1 << 63, 2 ** 64 - 1, -2 ** 63, 1.5, float("nan"), float("inf"), "", "\0", "x" * 200, "\x1b[2J", "\u202e", b"", b"\xff" * 33,
         [], {}, [[[[[[[[[1]]]]]]]]], {"a": {"a": {"a": {"a": {}}}}}, ["x"] * 300, msgpack.ExtType(5, b"x"), msgpack.Timestamp(1, 1))


def seeds(case):
    """One good message and more of each verb."""
    who = {"name": "Budi", "phone": "+628111222333", "mail": "b@contoh.id", "address": "Jl. A 1", "note": "tetangga"}
    place = {"lat": -6.2, "lon": 106.9, "kecamatan": "utara", "landmark": "depan pasar", "address": "Jl. Juanda 1", "accuracy_m": 5}
    more = {"attach": [{"sha256": 64 * "c", "type": "image/jpeg", "size": 9, "name": "a.jpg"}], "refs": [{"type": "lapor", "id": "99887766"}],
            "tags": ["a", "b"], "extra": {"a": "b"}, "people_harmed": 2, "occurred_at": "2026-11-24T00:00:00+07:00"}

    def act(do, **fields):
        return siaga.MOVE, {"case": case, "do": do, "key": new_key(), **fields}

    def order(verb, **fields):
        return verb, {"case": case, "key": new_key(), **fields}

    return [
        (siaga.HELLO, {"client": "x"}), (siaga.STATUS, {}), (siaga.GET, {"case": case}), (siaga.GET, {"ticket": "E-261124-0001-J"}),
        (siaga.SUBMIT, {"events": [complaint(**place)]}), (siaga.SUBMIT, {"events": [emergency(**more), report()]}),
        (siaga.SUBMIT, {"events": [complaint(person=who, visibility="anonymous")], "sent_at": "2026-11-24T00:00:00Z"}),
        (siaga.SUBMIT, {"events": [report(key=new_key()) for _ in range(3)]}),
        (siaga.SUBMIT, {"events": [report(subkind="instruction", **{"for": "dlh", "due_by": "2031-01-01T00:00:00Z"})]}),
        (siaga.MOVE, {"case": case, "to": "acknowledged", "key": new_key(), "version": 1}), act("note", note="catatan"),
        act("resolve", outcome="fixed", proof=64 * "a", task="dinkes"), act("forward", target="dlh", reason="bukan kami"), act("wait_reporter", reason="bahan"),
        act("merge", into="E-261124-0001-J"), act("milestone", milestone="on_scene", at="2026-11-24T00:00:00Z", correct=True), act("rate", done=True, stars=5),
        (siaga.RECLASS, {"case": case, "class": "prank", "key": new_key(), "note": "iseng"}),
        (siaga.LIST, {"kind": ["emergency"], "skpd": ["disdamkarmat"], "limit": 3, "count": True}),
        (siaga.LIST, {"since": "2026-01-01T00:00:00Z", "open": True, "reverse": True, "after": 1}),
        (siaga.WATCH, {"from": 1, "credit": 1, "kind": ["report"], "severity": ["minor"]}), (siaga.WATCH, {"snapshot": True, "credit": 2}),
        (siaga.CREDIT, {"watch": 3, "add": 2}), (siaga.UNWATCH, {"watch": 3}),
        (siaga.ROUTE, {"kind": "complaint", "category": "road.pothole", "kecamatan": "utara"}), (siaga.ROUTE, {"names": "category"}), (siaga.ATTACH, {"skpd": "disdamkarmat", "credit": 1, "lease_s": 5}),
        order(siaga.WORK, skpd="disdamkarmat", act="done", attempt=1), order(siaga.WORK, skpd="disdamkarmat", act="fail", attempt=1, reason="x"),
        (siaga.DUE, {"within": "8wh", "limit": 2}), (siaga.DEAD, {"skpd": "disdamkarmat"}), (siaga.PERSON, {"case": case, "why": "menelepon kembali"}),
        (siaga.PERSON, {"phone": "+628111222333", "why": "permintaan"}), (siaga.PERSON, {"list": True, "why": "laporan", "after": 1, "limit": 5}),
        order(siaga.RELEASE, do="release", text="padam"), order(siaga.RELEASE, do="withdraw", reason="keluarga"), (siaga.VERIFY, {"from": 1, "upto": 4}),
        (siaga.HEAD, {}), order(siaga.ERASE, what="person", reason="diminta"), order(siaga.HOLD, do="set", reason="perkara"), (siaga.RETENTION, {"after": 1}),
        (siaga.BACKUP, {"place": "02" + "00" * 103}), (siaga.EXPORT, {"from": 1, "upto": 2, "began": 1}),
        (siaga.DIGEST, {"from": "2026-11-01", "until": "2026-11-30", "with": ["runs", "cases", "hours", "names"], "skpd": "dlh"}),
        (siaga.DIGEST, {"from": "2026-11-01", "until": "2026-11-30", "figure": "open", "after": 3}),
    ]


def may(role, verb):
    return role in next(roles for number, roles in verbs().values() if number == verb)


class Mutator:
    """Makes wrong messages of good ones: a value or a name exchanged, lost or doubled, then perhaps bytes."""

    def __init__(self, dice, good):
        self.dice, self.good = dice, good
        self.own = {role: [seed for seed in good if may(role, seed[0])] for role in ROLES}

    def message(self, number, role):
        verb, body = self.dice.choice(self.own[role] if self.dice.random() < 0.9 else self.good)
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


def turn(client, messages, tally):
    """Sends them, waits until each that gets an answer has it."""
    wanted = collections.Counter()
    for message in messages:
        magic, _, code, sent = HEADER.unpack_from(message)
        readable = magic == b"SG"
        if not (readable and code in NO_ANSWER):
            wanted[sent if readable else 0] += 1
        client.socket.send(message)
    until = time.monotonic() + client.timeout
    while wanted.total() > 0:
        try:
            code, number, body = client.receive(until - time.monotonic())
        except TimeoutError:
            pytest.fail(f"no answer to {[(n, [m.hex() for m in messages if m[4:12] == n.to_bytes(8, 'big')]) for n in +wanted]}")
        if code in KINDS:
            tally["told"] += 1
            continue
        assert code == DONE or (code == REFUSED and body["code"] in verdicts() - {"E_BUG"}), body
        until = time.monotonic() + client.timeout       # beats of a watch are no answer
        tally[body.get("code", "done") if code == REFUSED else "done"] += 1
        if wanted[number] > 0:
            wanted[number] -= 1     # else an answer to one that needed none: CREDIT of a watch that is not there
