"""proto/vectors: read with python-msgpack, and sent to a living siagad."""
import datetime
import json
import re

import msgpack
import pytest

from siaga import ATTACH, CREDIT, DEAD, DONE, DUE, HEADER, HELLO, LIST, MOVE, REFUSED, STATUS, SUBMIT, WATCH, WORK, frame, new_key
from support import PROTO, check_hint, emergency, stored, submit

VECTORS = PROTO / "vectors"
KEY = b"01935b6a-0c80-7abc-8def-0123456789ab"           # stands in nearly all of them
TICKET = "E-261124-0042-K"
JUDGED = datetime.datetime(2026, 11, 24, 3, tzinfo=datetime.timezone.utc)
TIMES = ("occurred_at", "sent_at", "due_by")
NAMES = sorted(p.stem for p in VECTORS.glob("*.msgpack"))
REQUESTS = {"hello": HELLO, "submit": SUBMIT, "move": MOVE, "list": LIST, "watch": WATCH, "status": STATUS,
            "attach": ATTACH, "work": WORK, "due": DUE, "dead": DEAD}


def expected(name):
    path = VECTORS / f"{name}.expect.json"
    return json.loads(path.read_text()) if path.exists() else None


EVENTS = [n for n in NAMES if "verdict" in (expected(n) or {})]
HOSTILE = [n for n in NAMES if "scan" in (expected(n) or {})]


def test_they_are_there():
    assert len(EVENTS) > 30 and len(HOSTILE) > 10
    for path in VECTORS.glob("*.json"):
        assert path.name.split(".")[0] in NAMES, path


@pytest.mark.parametrize("name", [n for n in NAMES if (VECTORS / f"{n}.json").exists()])
def test_json_says_the_same(name):
    packed = (VECTORS / f"{name}.msgpack").read_bytes()
    assert msgpack.unpackb(packed) == json.loads((VECTORS / f"{name}.json").read_text())


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("verb", [HELLO, SUBMIT, LIST])
def test_hostile(poc, name, verb):
    body = (VECTORS / f"{name}.msgpack").read_bytes()
    code, number, answer = poc.raw(frame(verb, body, 31))
    too_big = verb == HELLO and len(body) > 1024        # looked at before the body is read
    assert (code, number, answer["code"]) == (REFUSED, 31, "E_TOO_BIG" if too_big else "E_PARSE")
    check_hint(answer["hint"])


@pytest.mark.parametrize("name", [n for n in NAMES if expected(n) is None])
def test_request(daemon, name):
    verb = REQUESTS[name.split("-")[1]]
    client = daemon.client("poc-1")
    code, number, answer = client.raw(frame(verb, (VECTORS / f"{name}.msgpack").read_bytes(), 32))
    assert number == 32 and (code == DONE or answer["code"] in ("E_NOT_FOUND", "E_REF", "E_ROLE", "E_RANGE")), answer


def shifted(value, delta):
    """A time of the vector moved to now; what is no such time stays as it is."""
    try:
        at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if at.tzinfo is None:
            return value
        slack = datetime.timedelta(seconds=20 if at > JUDGED else 0)    # a slow machine must not make it the past
        return (at + delta + slack).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (AttributeError, ValueError):
        return value


@pytest.mark.parametrize("name", EVENTS)
def test_event(daemon, name):
    wanted = expected(name)
    rules = wanted.get("rules", {})
    packed = (VECTORS / f"{name}.msgpack").read_bytes().replace(KEY, new_key().encode())
    source = "import-1" if rules.get("importer") else "poc-1" if rules.get("registered") or b"\xa6source" in packed else "siapa-saja"
    source = "poc-1" if b"\xabinstruction" in packed else source
    client = daemon.client(source)
    ticket, delta = TICKET, datetime.datetime.now(datetime.timezone.utc) - JUDGED
    if TICKET.encode() in packed:                       # what it refers to must be there
        ticket = stored(submit(client, emergency()))["ticket"]
    if (VECTORS / f"{name}.json").exists():
        event = msgpack.unpackb(packed)
        for field in TIMES:
            if field in event:
                event[field] = shifted(event[field], delta)
        packed = msgpack.packb(json.loads(json.dumps(event).replace(TICKET, ticket)))
    body = b"\x82\xa6source" + msgpack.packb(source) + b"\xa6events\x91" + packed
    code, _, answer = client.raw(frame(SUBMIT, body, 33))
    assert code == DONE, answer
    [result] = answer["results"]

    assert result.get("code", "") == wanted["verdict"], result
    if wanted["verdict"]:
        assert [f["field"] for f in result["faults"]] == [f["field"] for f in wanted["faults"]]
        for got, fault in zip(result["faults"], wanted["faults"]):
            for key, value in fault.items():
                if "time" not in name or key != "seen":
                    assert got.get(key) == value, got
            check_hint(got["hint"])
        return
    row = daemon.client("auditor-1").get(stored(result)["ticket"])["case"]
    for key, value in wanted["event"].items():
        if key == "key":
            assert row["key"].encode() in packed
        elif key == "person":
            assert row[key] is True
        elif key in TIMES:
            assert row[key] == shifted(value, delta)
        else:
            assert row[key] == json.loads(json.dumps(value).replace(TICKET, ticket)), key
    city_flags = {"unrouted"} if "category" in wanted["event"] else {"unrouted", "unknown_category"}
    assert set(result["flags"]) - city_flags == set(wanted["flags"])


def worked():
    """The messages written out in hex at the end of SPEC.md."""
    text = (PROTO / "SPEC.md").read_text().split("## 10. Worked messages")[1]
    messages = []
    for line in text.splitlines():
        digits = re.match(r"    \s*((?:[0-9a-f]{2})+(?:\s+(?:[0-9a-f]{2})+)*)(?=\s|$)", line)
        if digits:
            part = bytes.fromhex(re.sub(r"\s", "", digits[1]))
            if part.startswith(b"SG"):
                messages.append(b"")
            messages[-1] += part
    return messages


def test_worked_messages(open_to_all):
    """They are what they say, and siagad answers them as they say."""
    told = [(HEADER.unpack(m[:HEADER.size]), msgpack.unpackb(m[HEADER.size:])) for m in worked()]
    assert [(code, number) for (_, _, code, number), _ in told] == [(SUBMIT, 1), (DONE, 1), (WATCH, 7), (CREDIT, 9)]
    client = open_to_all.client()
    code, number, answer = client.raw(worked()[0])
    wanted = told[1][1]["results"][0]
    [receipt] = answer["results"]
    assert (code, number, list(receipt)) == (DONE, 1, list(wanted))
    for name in ("seq", "owner", "state", "clock", "flags", "duplicate"):
        assert receipt[name] == wanted[name]
    code, number, answer = client.raw(worked()[2])
    assert (code, number, answer) == (DONE, 7, {"head": 1, "next": 1})
    client.socket.send(worked()[3])
    code, number, feed = client.receive()
    assert (code, number, feed["next"], [r["seq"] for r in feed["rows"]]) == (0x90, 7, 2, [1])
