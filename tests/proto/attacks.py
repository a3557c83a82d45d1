"""Attacks that must find nothing: each returns what it got that it should not have, [] when all is well. test_keys and test_trust run them against
siagad, test_controls against a siagad that is broken on purpose, where they must find something: an attack that never finds anything proves nothing."""
import subprocess

import msgpack
import zmq

import city
import siaga
from keyring import knock
from siaga import HEADER, Refused, frame, new_key
from support import BUILD, PATIENCE, complaint, verbs

NONE = 10**9                # no case has this number: E_ROLE never is about the case
ASK = {"hello": {}, "submit": {"events": [complaint()]}, "move": {"case": NONE, "do": "note", "key": new_key()},
       "reclass": {"case": NONE, "class": "real", "key": new_key()}, "get": {"case": NONE}, "list": {}, "watch": {},
       "route": {"kind": "emergency"}, "status": {}, "attach": {}, "due": {"within": "1d"}, "dead": {},
       "work": {"case": NONE, "skpd": "disdamkarmat", "act": "requeue", "reason": "uji", "key": new_key()},
       "person": {"case": NONE, "why": "uji"}, "release": {"case": NONE, "do": "release", "text": "x", "key": new_key()},
       "verify": {}, "head": {}, "erase": {"case": NONE, "what": "texts", "reason": "uji", "key": new_key()},
       "hold": {"case": NONE, "do": "set", "reason": "uji", "key": new_key()}, "retention": {},
       "digest": {"from": "2026-11-24", "until": "2026-11-24"}}


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


def properties_believed(daemon):
    """a3: User-Id and Key forged in the properties of the handshake, by who is enrolled and by a stranger."""
    mine, foreign = forged(daemon, daemon.ring.of("field-1"), "it-1"), forged(daemon, strangers(daemon.ring)["stranger"][0], "it-1")
    return [("field-1", mine)] * (mine != "field-1") + [("stranger", foreign)] * (foreign is not None)
