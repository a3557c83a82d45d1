"""Nobody can be another: roles by verbs.def, routing ids, forged fields."""
import pytest
import zmq

import city
import siaga
from attacks import ASK
from siaga import Refused, frame
from support import (COUNTED, PATIENCE, POLITE, complaint, emergency, fields, refused, refusing, report, stored, submit, verbs, words)

VERBS = verbs()


@pytest.fixture(scope="module")
def asked(daemon):
    """What a role asks: who sees his own cases alone asks about one of them, who may only look for people looks."""
    poc, field = daemon.client("poc-1"), daemon.client("field-1")
    own = {"handler": stored(submit(poc, emergency()))["seq"], "field": stored(submit(field, report()))["seq"]}

    def ask(role, verb):
        if role == "admin" and verb == "person":
            return {"list": True, "why": "uji"}
        return {**ASK[verb], **({"case": own[role]} if role in own and verb in ("move", "work") else {})}
    return ask


DENIED_TRIES = 5


def test_the_table_is_whole():
    assert set(ASK) == set(VERBS) - {"credit", "unwatch"} and set(city.WHO) == set(words("ROLE")) - {"system"}
    for name, (number, _) in VERBS.items():
        assert getattr(siaga, name.upper()) == number


@pytest.mark.parametrize("role", city.WHO)
@pytest.mark.parametrize("verb", ASK)
def test_role_and_verb(daemon, asked, role, verb):
    """Every cell: carried out (or refused for its content), or E_ROLE, whatever door; test_matrix tries each act harder."""
    client = daemon.client(city.WHO[role])
    number, roles = VERBS[verb]
    for _ in range(1 if role in roles else DENIED_TRIES):
        try:
            client.request(number, asked(role, verb))
            code = None
        except Refused as no:
            code = no.code
        assert (code == "E_ROLE") == (role not in roles), code
        COUNTED["tries of role x verb allowed" if role in roles else "tries of role x verb denied"] += 1
    COUNTED["cells of role x verb"] += 1
    assert client.hello()["role"] == role


def test_a_source_is_needed_to_change_anything(daemon):
    nobody = daemon.client()
    for verb in ("submit", "move", "reclass", "attach", "work"):    # open_role, which is field here, may not do the last three anyway
        with refusing("E_SOURCE" if verb in ("submit", "move") else ("E_SOURCE", "E_ROLE")):
            nobody.request(VERBS[verb][0], ASK[verb])
    nobody.list()
    nobody.status()


def test_a_source_must_be_a_name(daemon):
    for source in (5, True, ["poc-1"], "POC-1", "poc-1 ", "", 49 * "p", "pöc"):
        with refusing("E_SOURCE"):
            daemon.client(source).list()
    assert daemon.client(48 * "p").hello()["registered"] is False


def test_nobody_is_siagad(daemon, poc):
    """Its own name is refused, whatever is asked: what it writes is its own."""
    siagad = daemon.client("siagad")
    head = poc.hello()["head"]
    for verb, asked in ASK.items():
        with refusing("E_SOURCE"):
            siagad.request(VERBS[verb][0], asked)
    assert refused(submit(poc, {**complaint(), "source": "siagad"}), "E_SOURCE", "source")
    assert poc.hello()["head"] == head


def test_names_that_look_alike(daemon):
    """Longer, shorter or other than a registered name: not that name."""
    for source in ("poc-11", "poc-", "poc", "poc-1-", "0poc-1"):
        told = daemon.client(source).hello()
        assert (told["role"], told["registered"]) == ("field", False)


@pytest.mark.parametrize("name", sorted({**fields("SERVER"), **fields("PERSONAL")}))
def test_forged_field(poc, name):
    forged = {"seq": 1, "version": 7, "helpers": ["dlh"], "flags": ["late"], "received_at": "2020-01-01T00:00:00Z",
              "ack_due": "2030-01-01T00:00:00Z", "resolve_due": "2030-01-01T00:00:00Z"}.get(name, "palsu-123")
    for event in POLITE.values():
        before = len(list(poc.cases(limit=500)))    # not the head: a desk of a test before may still take its work
        body = refused(submit(poc, event(**{name: forged})), "E_FIELD", name)
        if name in fields("PERSONAL"):
            assert "palsu-123" not in str(body)         # never told back
        assert len(list(poc.cases(limit=500))) == before
    receipt = stored(submit(poc, emergency(**{name: forged})), "field_dropped")
    row = poc.get(receipt["ticket"])["case"]
    assert row.get(name) != forged and "palsu-123" not in str(row), row
    assert receipt["owner"] == "disdamkarmat" and receipt["state"] == "assigned"


def test_forged_role_in_a_request(daemon):
    humas = daemon.client("humas-1")
    for extra in ({"role": "operator"}, {"user_id": "poc-1"}, {"User-Id": "poc-1"}, {"skpd": ["poc-112"]}):
        with refusing("E_ROLE"):
            humas.request(2, {"events": [complaint()], **extra})


def test_two_clients_with_one_routing_id(daemon):
    """The second is ignored while the first is there: an answer never goes to somebody else."""
    context = zmq.Context.instance()
    first, second = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    try:
        for socket in (first, second):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.ROUTING_ID, b"ops-1")
        first.connect(daemon.ipc)
        first.send(frame(1, {"source": "poc-1"}, 1))
        assert first.poll(PATIENCE * 1000) and first.recv()[4:12] == (1).to_bytes(8, "big")
        second.connect(daemon.ipc)
        second.send(frame(1, {"source": "walikota"}, 2))
        for number in range(10, 60):
            first.send(frame(2, {"source": "poc-1", "events": [complaint()]}, number))
        for number in range(10, 60):
            assert first.poll(PATIENCE * 1000)
            assert first.recv()[4:12] == number.to_bytes(8, "big")
        assert not first.poll(0) and not second.poll(200)
    finally:
        first.close()
        second.close()
    stored(submit(daemon.client("poc-1"), complaint()))


def test_answers_go_to_the_asker(daemon):
    """Two clients that use the same request-ids at the same time."""
    one, two = daemon.client("poc-1"), daemon.client("walikota")
    for number in range(100):
        one.socket.send(frame(1, {"source": "poc-1"}, number))
        two.socket.send(frame(1, {"source": "walikota"}, number))
    for client in (one, two):
        for number in range(100):
            _, came, body = client.receive()
            assert (came, body["source"]) == (number, client.source)


def test_credit_of_another_s_watch(daemon, poc):
    """A watch belongs to its connection: a stranger neither feeds nor ends it."""
    watch = daemon.client("walikota").watch(refill=False, credit=0)
    stranger = daemon.client("auditor-1")
    for _ in range(3):
        stranger.socket.send(frame(siaga.CREDIT, {"watch": watch.id, "add": 100}, watch.id))
        stranger.socket.send(frame(siaga.UNWATCH, {"watch": watch.id}, watch.id))
    stranger.hello()
    stored(submit(poc, complaint()))
    for _ in range(2):
        kind, body = watch.take(PATIENCE)
        assert kind == "beat", (kind, body)
    watch.close()
