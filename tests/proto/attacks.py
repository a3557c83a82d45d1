"""Attacks that must find nothing: each returns what it got that it should not have, [] when all is well. test_keys and test_trust run them against
siagad, test_controls against a siagad that is broken on purpose, where they must find something: an attack that never finds anything proves nothing."""
import collections
import contextlib
import random
import subprocess
import time

import msgpack
import pytest
import zmq

import city
import siaga
from hostile import BOMBS
from keyring import knock
from mutants import AT_ONCE, ROLES, Mutator, seeds, turn
from siaga import HEADER, Refused, frame, new_key
from support import BUILD, PATIENCE, complaint, counters, emergency, stored, submit, verbs

NONE = 10**9                # no case has this number: E_ROLE never is about the case
ASK = {"hello": {}, "submit": {"events": [complaint()]}, "move": {"case": NONE, "do": "note", "key": new_key()},
       "reclass": {"case": NONE, "class": "real", "key": new_key()}, "get": {"case": NONE}, "list": {}, "watch": {},
       "route": {"kind": "emergency"}, "status": {}, "attach": {}, "due": {"within": "1d"}, "dead": {},
       "work": {"case": NONE, "skpd": "disdamkarmat", "act": "requeue", "reason": "uji", "key": new_key()},
       "person": {"case": NONE, "why": "uji"}, "release": {"case": NONE, "do": "release", "text": "x", "key": new_key()},
       "verify": {}, "head": {}, "erase": {"case": NONE, "what": "texts", "reason": "uji", "key": new_key()},
       "hold": {"case": NONE, "do": "set", "reason": "uji", "key": new_key()}, "retention": {},
       "backup": {}, "export": {"from": 1}, "digest": {"from": "2026-11-24", "until": "2026-11-24"}}


def strangers(ring):
    """What somebody who is not enrolled may come with: name -> (keys, mechanism)."""
    public, secret = zmq.curve_keypair()
    server = ring.server.encode()
    return {"stranger": ((server, public, secret), None), "null": (None, None), "plain": (None, "PLAIN"),
            "half a key": ((server, ring.pair("poc-1")[0], secret), None),
            "server's own key": ((zmq.curve_keypair()[0], *ring.pair("poc-1")), None)}


def strangers_let_in(daemon):
    """a13: no key, a stranger's, another mechanism."""
    return [how for how, (keys, mechanism) in strangers(daemon.ring).items() if knock(daemon.tcp, keys, mechanism)]


def names_believed(daemon):
    """Whoever has a key says he is another: the names that were taken for true."""
    found = []
    for claim in ("poc-1", "it-1", "auditor-1", "siagad", "", "poc-1\0"):
        try:
            found.append((claim, daemon.keyed("field-1", claim=claim).hello()["role"]))
        except Refused as no:
            if no.code != "E_SOURCE":
                found.append((claim, no.code))
    return found


def roles_believed(daemon):
    """a3: every cell of verbs.def that is denied, asked with each role in the body that it is open to. None may be let further than its role."""
    found = []
    for role, name in city.WHO.items():
        client = daemon.keyed(name)
        for verb, asked in ASK.items():
            number, roles = verbs()[verb]
            for claim in sorted(roles - {"system"}) if role not in roles else ():
                try:
                    client.request(number, {**asked, "role": claim})
                    found.append((role, verb, claim, "done"))
                except Refused as no:
                    if no.code != "E_ROLE":
                        found.append((role, verb, claim, no.code))
        told = client.request(siaga.HELLO, {"role": "admin"})
        if told["role"] != role:
            found.append((role, "hello", "admin", told["role"]))
        client.close()
    return found


def forged(daemon, keys, name):
    """Comes in with these keys and says in the handshake that it is `name`, with that one's public key: who siagad takes it for; None: it was shut out."""
    server, public, secret = (k.decode() for k in keys)
    done = subprocess.run([str(BUILD / "tests/crash/forged"), str(daemon.port), server, public, secret, name, daemon.ring.pair(name)[0].decode(),
                           frame(siaga.HELLO, {}).hex()], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode in (0, 2), done.stderr
    if done.returncode == 2:
        return None
    told = msgpack.unpackb(bytes.fromhex(done.stdout)[HEADER.size:])
    return told.get("source", told.get("code"))


def bombs_taken(daemon):
    """D21: those that were not refused for their form."""
    client = daemon.keyed("poc-1")
    for n, body in enumerate(BOMBS.values()):
        client.socket.send(frame(siaga.STATUS, body[:256], n))
    told = {n: body.get("code", "done") for _, n, body in (client.receive() for _ in BOMBS)}
    return [name for n, name in enumerate(BOMBS) if told[n] not in ("E_PARSE", "E_TOO_BIG")]


def mutants_unanswered(daemon, patience=PATIENCE):
    """D20: what of a thousand mutants did not end as it must; "" when all did."""
    clients = {role: daemon.keyed(name, timeout=patience) for role, name in ROLES.items()}
    mutator = Mutator(random.Random("112"), seeds(stored(submit(clients["operator"], emergency()))["seq"]))
    try:
        for n in range(5):
            role = list(clients)[n % len(clients)]
            turn(clients[role], [mutator.message(number, role) for number in range(1, AT_ONCE + 1)], collections.Counter())
    except pytest.fail.Exception as found:
        return str(found)
    return ""


def sums_apart(daemon):
    """Changes that were counted when they came in, and not when they were decided."""
    poc, before = daemon.keyed("poc-1"), counters(daemon.client("it-1"))
    for _ in range(20):
        submit(poc, complaint(category="tidak.ada"))
    after = counters(daemon.client("it-1"))
    grown = {n: after[n] - before[n] for n in ("received", "stored", "duplicate", "refused", "dropped")}
    return 2 * grown["received"] - sum(grown.values())


def watches_beyond(daemon):
    """D29: how many watches one identity holds above its 32."""
    client, held = daemon.keyed("auditor-1"), 0
    for _ in range(40):
        try:
            client.watch(credit=0)
            held += 1
        except Refused as no:
            assert no.code == "E_BUSY"
    return max(0, held - 32)


def fed_without_a_key(daemon, within=2.0):
    """D26: whether a watch goes on when its key has been taken back for so many seconds."""
    watch = daemon.keyed("walikota").watch(refill=False)         # it listens, and says nothing
    watch.take(PATIENCE)
    daemon.ring.write(daemon.ring.people() + f'\nrevoked: ["{daemon.ring.pair("walikota")[0].decode()}"]\n')
    until, last = time.monotonic() + within + 2.0, 0.0
    with contextlib.suppress(TimeoutError):
        while time.monotonic() < until:
            watch.take(1.8)
            last = time.monotonic()
    return last > until - 2.0


def second_owner_taken(daemon):
    """D27: whether a file that gives the key of one to another is taken without a word; the last row of it tells that it was."""
    row = '  - {{id: {}, role: field, public: "{}"}}\n'
    (daemon.folder / "people.d" / "zz-twice.yaml").write_text(
        "people:\n" + row.format("kembar-1", daemon.ring.pair("field-1")[0].decode()) + row.format("baru-1", daemon.ring.pair("baru-1")[0].decode()))
    admin, until = daemon.client("it-1"), time.monotonic() + PATIENCE
    while not knock(daemon.tcp, daemon.ring.of("baru-1"), timeout_ms=300):
        assert time.monotonic() < until, "the file was not read"
    return "zz-twice.yaml:2" not in admin.status().get("config_error", "") or daemon.keyed("field-1").hello()["source"] != "field-1"


def properties_believed(daemon):
    """a3: User-Id and Key forged in the properties of the handshake, by who is enrolled and by a stranger."""
    mine, foreign = forged(daemon, daemon.ring.of("field-1"), "it-1"), forged(daemon, strangers(daemon.ring)["stranger"][0], "it-1")
    return [("field-1", mine)] * (mine != "field-1") + [("stranger", foreign)] * (foreign is not None)
