"""Messages of clients that may come in and say nonsense (D20): each mutant of each seed gets one answer, by name, or is one
that gets none (CREDIT, UNWATCH); siagad goes on, grows by no more than a bound, and its sums agree.

SIAGA_MUTANTS says how many (20,000; `make soak` takes a million), SIAGA_SEED which."""
import collections
import copy
import os
import pathlib
import random
import re

import msgpack
import pytest

import city
import siaga
from keyring import KeyedDaemon
from siaga import DONE, HEADER, KINDS, REFUSED, Refused, frame, new_key
from support import complaint, emergency, quiet, report, stored, submit, sums, verbs, verdicts

MUTANTS = int(os.environ.get("SIAGA_MUTANTS", "20000"))
AT_ONCE = 200
GROWS = 96 << 10            # KiB at most; what the sanitizer keeps aside is bounded below
NO_ANSWER = {siaga.CREDIT, siaga.UNWATCH}
HANG_S = 0.1                # of the reactor, for one message
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
        (siaga.ROUTE, {"kind": "complaint", "category": "road.pothole", "kecamatan": "utara"}), (siaga.ATTACH, {"skpd": "disdamkarmat", "credit": 1, "lease_s": 5}),
        order(siaga.WORK, skpd="disdamkarmat", act="done", attempt=1), order(siaga.WORK, skpd="disdamkarmat", act="fail", attempt=1, reason="x"),
        (siaga.DUE, {"within": "8wh", "limit": 2}), (siaga.DEAD, {"skpd": "disdamkarmat"}), (siaga.PERSON, {"case": case, "why": "menelepon kembali"}),
        (siaga.PERSON, {"phone": "+628111222333", "why": "permintaan"}), (siaga.PERSON, {"list": True, "why": "laporan", "after": 1, "limit": 5}),
        order(siaga.RELEASE, do="release", text="padam"), order(siaga.RELEASE, do="withdraw", reason="keluarga"), (siaga.VERIFY, {"from": 1, "upto": 4}),
        (siaga.HEAD, {}), order(siaga.ERASE, what="person", reason="diminta"), order(siaga.HOLD, do="set", reason="perkara"), (siaga.RETENTION, {"after": 1}),
    ]


def may(role, verb):
    return role in next(roles for number, roles in verbs().values() if number == verb)


def check_seeds(clients, good):
    """Each is understood: from whom may ask it, it is carried out, or refused for the case it met."""
    for verb, body in good:
        if verb not in NO_ANSWER:
            client = next(client for role, client in clients.items() if may(role, verb))
            try:
                client.request(verb, copy.deepcopy(body))
            except Refused as no:
                assert no.code in ("E_STATE", "E_STALE", "E_REF", "E_NOT_FOUND", "E_LEASE"), (verb, body, no.body)


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


@pytest.fixture
def daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8")
    daemon = KeyedDaemon(tmp_path_factory.mktemp("mutants"), limits=city.HASTY)
    try:
        yield daemon
    finally:
        daemon.close()


def own_kib(daemon):
    """Memory of its own; pages of the store that it looks at are the kernel's."""
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()).group(1))


def turn(client, messages, tally):
    """Sends them, waits until each that gets an answer has it."""
    wanted = collections.Counter()
    for message in messages:
        magic, _, code, sent = HEADER.unpack_from(message)
        readable = magic == b"SG"
        if not (readable and code in NO_ANSWER):
            wanted[sent if readable else 0] += 1
        client.socket.send(message)
    while wanted.total() > 0:
        try:
            code, number, body = client.receive()
        except TimeoutError:
            pytest.fail(f"no answer to {[(n, [m.hex() for m in messages if m[4:12] == n.to_bytes(8, 'big')]) for n in +wanted]}")
        if code in KINDS:
            tally["told"] += 1
            continue
        assert code == DONE or (code == REFUSED and body["code"] in verdicts() - {"E_BUG"}), body
        tally[body.get("code", "done") if code == REFUSED else "done"] += 1
        if wanted[number] > 0:
            wanted[number] -= 1     # else an answer to one that needed none: CREDIT of a watch that is not there


def busy_s(daemon):
    """How long its reactor has worked, whatever else this machine does."""
    pid = daemon.process.pid
    stat = pathlib.Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def slow_ones(daemon, client, messages):
    """Those that hold the reactor for longer than HANG_S, each played alone."""
    found = []
    for message in messages:
        began = busy_s(daemon)
        turn(client, [message], collections.Counter())
        if busy_s(daemon) - began > HANG_S:
            found.append(message.hex())
    return found


def test_mutants(daemon):
    dice = random.Random(os.environ.get("SIAGA_SEED", "112"))
    clients = {role: daemon.keyed(name) for role, name in ROLES.items()}
    case = stored(submit(clients["operator"], emergency(person={"name": "Budi"})))["seq"]
    good = seeds(case)
    assert len(good) >= 32 and {verb for verb, _ in good} == {number for number, _ in verbs().values()}
    check_seeds(clients, good)
    mutator, tally, slowest, before, grown = Mutator(dice, good), collections.Counter(), 0, quiet(daemon.client("it-1")), None
    for n in range(max(4, MUTANTS // AT_ONCE)):
        role, began = list(clients)[n % len(clients)], busy_s(daemon)
        messages = [mutator.message(number, role) for number in range(1, AT_ONCE + 1)]
        turn(clients[role], messages, tally)
        took = busy_s(daemon) - began
        slowest = max(slowest, took)
        assert took < HANG_S or not slow_ones(daemon, clients[role], messages)
        if n == MUTANTS // AT_ONCE // 4:
            grown = own_kib(daemon)
    print(f"{MUTANTS} mutants of {len(good)} seeds: {dict(tally)}; {AT_ONCE} kept the reactor {slowest:.2f} s at most; grew by {own_kib(daemon) - grown} KiB")
    assert own_kib(daemon) - grown < GROWS
    assert tally["done"] > 0 and tally["E_PARSE"] > 0 and tally["E_FIELD"] > 0
    sums(before, quiet(daemon.client("it-1")))
    for client in clients.values():
        client.hello()
    assert daemon.process.poll() is None
