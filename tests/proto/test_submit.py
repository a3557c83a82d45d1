"""What a stored event gets: receipt, owner, due times, order, and the same receipt again for the same key."""
import datetime
import re

import pytest

import city
from siaga import SUBMIT, frame, new_key
from support import (PATIENCE, complaint, emergency, fields, instant, refused, refusing, report, stored, submit, when, without)


def seconds(earlier, later):
    return (instant(later) - instant(earlier)).total_seconds()


def test_hello_and_status(daemon, poc):
    told = poc.hello()
    assert (told["server"], told["source"], told["role"], told["registered"]) == ("siagad", "poc-1", "operator", True)
    assert told["protocol"] == [1] and told["max_bytes"] == 65536 and told["city"] and told["version"]
    assert abs((datetime.datetime.now(datetime.timezone.utc) - instant(told["now"])).total_seconds()) < PATIENCE
    anonymous = daemon.client().hello()
    assert (anonymous["role"], anonymous["registered"]) == ("field", False)        # open_role
    status = poc.status()
    assert status["node"] == "uji-1" and status["version"] == told["version"] and status["head"] == told["head"]
    assert instant(status["started_at"]) <= instant(status["now"]) and instant(status["config_loaded_at"])
    for disk in ("journal", "views"):
        assert 0 <= status[disk]["used_bytes"] < status[disk]["size_bytes"] <= 64 << 20
    assert "config_error" not in status


def test_receipt(poc):
    before = datetime.datetime.now(datetime.timezone.utc)
    receipt = stored(submit(poc, emergency()))
    assert receipt["owner"] == "disdamkarmat" and receipt["helpers"] == ["dinkes", "ext-polres"]
    assert receipt["state"] == "assigned" and receipt["flags"] == []
    assert before <= instant(receipt["received_at"]) <= datetime.datetime.now(datetime.timezone.utc)
    assert stored(submit(poc, complaint()))["state"] == "received"


@pytest.mark.parametrize("event,letter", [(emergency, "E"), (complaint, "C"), (report, "R")])
def test_ticket(poc, event, letter):
    tickets = set()
    for _ in range(20):
        receipt = stored(submit(poc, event()))
        found = re.fullmatch(r"([A-Z])-(\d{6})-(\d{4,7})-([0-9A-Z])", receipt["ticket"])
        assert found and 13 <= len(receipt["ticket"]) <= 18, receipt["ticket"]
        assert found[1] == letter
        assert found[2] == instant(receipt["received_at"]).astimezone(city.WIB).strftime("%y%m%d")
        tickets.add(receipt["ticket"])
    assert len(tickets) == 20


def test_check_character_finds_slips(poc):
    """One digit heard wrong, or two neighbours swapped, is never another case."""
    tickets = [r["ticket"] for r in poc.submit(*[report() for _ in range(30)])]
    good = tickets[-1]
    for at, right in enumerate(good):
        for wrong in "0123456789" if right.isdigit() else ():
            if wrong != right:
                with refusing(("E_NOT_FOUND", "E_REF")):
                    poc.get(good[:at] + wrong + good[at + 1:])
    head, check = good[:-1], good[-1]
    for wrong in "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ":
        if wrong != check:
            with refusing(("E_NOT_FOUND", "E_REF")):
                poc.get(head + wrong)




def test_due_by_the_calendar(poc):
    for category, ack, resolve in (("fire.building", 600, 900), ("fire.land", 300, 7200), ("medical.accident", 600, 600)):
        receipt = stored(submit(poc, emergency(category=category)))
        assert seconds(receipt["received_at"], receipt["ack_due"]) == ack, category
        assert seconds(receipt["received_at"], receipt["resolve_due"]) == resolve, category
        assert receipt["clock"] == "calendar"
    receipt = stored(submit(poc, complaint(severity="severe")))
    assert seconds(receipt["received_at"], receipt["ack_due"]) == 7200
    assert seconds(receipt["received_at"], receipt["resolve_due"]) == 86400


def test_due_by_working_time(poc):
    for event, minutes in ((complaint(), 450), (complaint(category="garbage.uncollected"), 60), (report(), 90)):
        receipt = stored(submit(poc, event))
        wanted = city.after_working_minutes(instant(receipt["received_at"]), minutes)
        assert abs((instant(receipt["ack_due"]) - wanted).total_seconds()) < 1, (receipt, wanted)
    receipt = stored(submit(poc, complaint()))
    assert receipt["clock"] == "working"
    assert instant(receipt["resolve_due"]) == city.after_working_days(instant(receipt["received_at"]), 14), receipt
    assert "resolve_due" not in stored(submit(poc, report()))       # only the acknowledgement is promised


def test_deadlines_run_from_receipt(poc):
    receipt = stored(submit(poc, emergency(occurred_at=when(hours=5), sent_at=when(hours=4))), "late")
    assert seconds(receipt["received_at"], receipt["ack_due"]) == 600


def test_the_message_tells_how_wrong_the_clock_is(poc):
    """What waited on a laptop whose clock is 20 minutes fast: taken, marked, late by how long it lay; a repeat of it is the same event."""
    fast = when(minutes=-20)
    waited = report(occurred_at=when(minutes=-15), sent_at=when(minutes=-15))
    [receipt] = poc.submit(waited, sent_at=fast)
    assert stored(receipt, "clock_skew")["flags"] == ["clock_skew"]
    [again] = poc.submit({**waited, "sent_at": when(minutes=1)}, sent_at=when())
    assert stored(again, duplicate=True)["ticket"] == receipt["ticket"]
    [late] = poc.submit(report(sent_at=when(minutes=45)), sent_at=fast)
    assert set(stored(late)["flags"]) == {"late", "clock_skew"}
    [right] = poc.submit(report(sent_at=when(minutes=45)), sent_at=when())
    assert stored(right)["flags"] == []             # it waited, and its clock is right
    for told in (when(minutes=-4), when(hours=-25)):
        [result] = poc.submit(report(occurred_at=when(minutes=-15)), sent_at=told)
        refused(result, "E_TIME_FUTURE", "occurred_at")


def late_promises(rows):
    """Those whose time to acknowledge is not the promise counted from when they came in: milliseconds before they were stored."""
    promised = {"emergency": 600, "complaint": 7200}
    return [row["ticket"] for row in rows if not promised[row["kind"]] - 1 < seconds(row["at"], row["ack_due"]) <= promised[row["kind"]]]


def test_deadlines_run_from_receipt_under_load(fresh):
    """Many at once: the promise counts from when siagad took the event in, some milliseconds before it is stored. A restart counts
    from there too, finds nothing to count anew, and writes nothing."""
    poc, field = fresh.client("poc-1"), fresh.client("field-1")
    for _ in range(200):
        field.send(SUBMIT, {"events": [complaint(severity="severe") for _ in range(8)]})
        poc.send(SUBMIT, {"events": [emergency()]})
    for client in 200 * (poc, field):
        for result in client.receive()[2]["results"]:
            stored(result)
    rows = list(poc.cases(limit=500))
    late = late_promises(rows)
    fresh.restart()
    poc = fresh.client("poc-1")
    watch = poc.watch(start=len(rows) + 1)
    beats = 0
    while beats < 3:                # siagad looks over all open cases at once after its start
        kind, body = watch.take(PATIENCE)
        assert kind == "beat", f"{len(body['rows'])} entries, the first: {body['rows'][0]}"
        beats += 1
    assert not late, f"{len(late)} of {len(rows)}"


@pytest.mark.parametrize("place", city.OWNERS)
def test_owner(poc, place):
    kind, category, kecamatan = place
    event = {"emergency": emergency, "complaint": complaint, "report": report}[kind](category=category)
    if kecamatan:
        event["kecamatan"] = kecamatan
    assert stored(submit(poc, event))["owner"] == city.OWNERS[place]


def test_nobody_s_event_is_held_by_the_poc(poc):
    for event in (emergency(category="road.pothole"), without(emergency(), "category")):
        receipt = stored(submit(poc, event), "unrouted")
        assert (receipt["owner"], receipt["state"]) == ("poc-112", "assigned")


def test_every_field_comes_back(poc):
    there = stored(submit(poc, complaint()))["ticket"]
    sent = {
        "v": 1, "source": "poc-1", "key": new_key(), "kind": "emergency", "subkind": "alert", "call_class": "real",
        "mode": "actual", "channel": "112", "category": "fire.building", "severity": "extreme", "urgency": "immediate",
        "certainty": "likely", "title": "Api di lantai dua, asap tebal", "body": "Baris satu\nBaris dua: 火 é",
        "occurred_at": "2026-01-01T07:00:00+07:00", "sent_at": "2026-01-01T07:01:02.5+07:00", "lat": -6.2349123, "lon": 106.9756789,
        "accuracy_m": 25, "kelurahan": "satu", "kecamatan": "selatan", "address": "Jl. Uji 1", "landmark": "sebelah masjid",
        "people_harmed": 2, "people_at_risk": 30, "visibility": "anonymous", "language": "su",
        "attach": [{"sha256": 64 * "a", "type": "image/jpeg", "size": 12345, "name": "api.jpg"}, {"sha256": 64 * "b", "type": "text/plain", "size": 1}],
        "refs": [{"type": "follows", "id": there}, {"type": "lapor", "id": "1234567"}], "tags": ["asap", "malam"],
        "extra": {"shift": "malam", "armada": "3"}, "person": {"name": "Siti Aminah", "phone": "0812-3456-7890"},
    }
    others = {"for", "due_by"} | {name for name in fields("CLIENT") if name.startswith("was_")}     # an instruction's, and an importer's
    assert set(sent) == set(fields("CLIENT")) - others                  # a new field belongs in here
    now = datetime.datetime.now(datetime.timezone.utc)
    sent["occurred_at"] = (now - datetime.timedelta(minutes=3)).astimezone(city.WIB).isoformat()
    sent["sent_at"] = (now - datetime.timedelta(minutes=2)).isoformat()
    receipt = stored(submit(poc, sent))
    assert receipt["flags"] == []
    got = poc.get(receipt["ticket"])
    row = got["case"]
    for name, value in sent.items():
        if name in ("lat", "lon"):
            assert abs(row[name] - value) < 1e-7
        elif name == "person":
            assert row[name] is True                    # that there is one; who it is stands apart
        elif name in ("occurred_at", "sent_at"):
            assert instant(row[name]) == datetime.datetime.fromisoformat(value)
        elif name != "v":
            assert row[name] == value, name
    assert (row["seq"], row["case"], row["entry"], row["at"]) == (receipt["seq"], receipt["seq"], "event", receipt["received_at"])
    for name in ("ticket", "owner", "helpers", "state", "ack_due", "resolve_due", "clock"):
        assert row[name] == receipt[name], name
    assert got["history"][0]["seq"] == receipt["seq"] and len(got["history"]) == 1
    assert poc.get(receipt["seq"])["case"] == row


def test_secret_category_forces_secret(poc):
    for visibility in (None, "open", "anonymous"):
        receipt = stored(submit(poc, complaint(category="violence.child", visibility=visibility)))
        assert poc.get(receipt["ticket"])["case"]["visibility"] == "secret"


def test_what_is_the_same(poc):
    """Order of keys, the time of sending, a nil for an absent field: no other content."""
    event = emergency(body="x", tags=["a", "b"], extra={"a": "1", "b": "2"}, lat=-6.2, lon=106.9)
    first = stored(submit(poc, event))
    [second] = poc.submit(dict(reversed(event.items())), sent_at=when(seconds=5))
    for again in (second, submit(poc, {**event, "sent_at": when(minutes=1)}), submit(poc, {**event, "landmark": None}),
                  submit(poc, {**event, "extra": {"b": "2", "a": "1"}})):
        assert stored(again, duplicate=True) == {**first, "duplicate": True}


@pytest.mark.parametrize("change", [{"title": "Rumah terbakar!"}, {"body": "y"}, {"tags": ["b", "a"]}, {"lat": -6.2000001},
                                    {"severity": "severe"}, {"kind": "report"}, {"extra": {"a": "2"}}, {"mode": "test"}],
                         ids=lambda c: next(iter(c)))
def test_what_is_another_content(poc, change):
    event = emergency(body="x", tags=["a", "b"], extra={"a": "1"}, lat=-6.2, lon=106.9)
    first = stored(submit(poc, event))
    assert refused(submit(poc, {**event, **change}), "E_KEY_REUSED")["ticket"] == first["ticket"]


def test_keys_belong_to_their_source(poc, field):
    event = complaint()
    first, second = stored(submit(poc, event)), stored(submit(field, event))
    assert first["ticket"] != second["ticket"]


def test_the_same_twice_in_one_list(poc):
    event = complaint()
    first, second = poc.submit(event, event)
    assert stored(second, duplicate=True) == {**stored(first), "duplicate": True}


def test_good_and_bad_in_one_list(poc):
    head = poc.hello()["head"]
    results = poc.submit(complaint(), complaint(title=121 * "x"), emergency(), {}, report(), complaint(category="x"))
    assert [r.get("code", "ok") for r in results] == ["ok", "E_LIMIT", "ok", "E_FIELD", "ok", "E_CATEGORY"]
    assert sorted(r["seq"] for r in results if "seq" in r) == [head + 1, head + 2, head + 3]
    assert poc.hello()["head"] == head + 3


def test_numbers_have_no_holes(poc):
    head = poc.hello()["head"]
    events = [complaint(title=f"nomor {i}") for i in range(256)]
    assert [stored(r)["seq"] for r in poc.submit(*events[:100])] == list(range(head + 1, head + 101))
    assert [stored(r)["seq"] for r in poc.submit(*events[100:])] == list(range(head + 101, head + 257))


@pytest.mark.parametrize("count", [0, 257])
def test_length_of_the_list(poc, count):
    head = poc.hello()["head"]
    with refusing(("E_FIELD", "E_LIMIT", "E_RANGE")):
        poc.submit(*[{"key": f"{i}", "kind": "emergency"} for i in range(count)])
    assert poc.hello()["head"] == head


def test_pipelined(daemon):
    """Many requests before the first answer: each gets its own, and the order of one client is kept."""
    client = daemon.client("field-1")
    for i in range(200):
        client.socket.send(frame(SUBMIT, {"source": "field-1", "events": [report(title=f"pipa {i}")]}, 1000 + i))
    seqs = {}
    for _ in range(200):
        _, number, body = client.receive()
        seqs[number] = stored(body["results"][0])["seq"]
    assert list(sorted(seqs)) == list(range(1000, 1200))
    assert [seqs[n] for n in sorted(seqs)] == sorted(seqs.values())


def test_known_again_when_the_city_has_changed(fresh):
    """The category is gone, its routes are other ones: a repeat still gets its first receipt; a new event does not."""
    poc = fresh.client("poc-1")
    old, first = complaint(category="drainage.blocked"), []
    events = [old, emergency(category="fire.land"), report()]
    first = [stored(r) for r in poc.submit(*events)]
    fresh.stop()
    for path, cut in (("dbmsda", "drainage.blocked"), ("disdamkarmat", "fire.land")):
        conf = fresh.folder / "skpd.d" / f"{path}.yaml"
        conf.write_text("".join(line for line in conf.read_text().splitlines(True) if cut not in line))
    fresh.start()
    for event, receipt in zip(events, first):
        assert stored(submit(poc, event), duplicate=True) == {**receipt, "duplicate": True}
    refused(submit(poc, {**old, "key": new_key()}), "E_CATEGORY", "category")
    assert poc.hello()["head"] == 3


# 112 calls that are no emergencies -----------------------------------------------------------------------------------

@pytest.mark.parametrize("call_class", ["information", "prank", "ghost", "test"])
def test_noise_stays_with_the_poc_until_it_is_real(poc, call_class):
    receipt = stored(submit(poc, emergency(call_class=call_class, channel="112")))
    assert (receipt["owner"], receipt["state"], receipt["helpers"]) == ("poc-112", "closed", [])
    done = poc.reclass(receipt["ticket"], "real", note="ternyata benar")
    assert (done["owner"], done["state"], done["ticket"], done["case"]) == ("disdamkarmat", "assigned", receipt["ticket"], receipt["seq"])
    assert done["seq"] > receipt["seq"] and done["duplicate"] is False
    got = poc.get(receipt["ticket"])
    assert (got["case"]["owner"], got["case"]["state"], got["case"]["call_class"]) == ("disdamkarmat", "assigned", "real")
    assert [h["entry"] for h in got["history"]] == ["event", "reclass"]
    back = poc.reclass(receipt["ticket"], call_class)
    assert (back["owner"], back["state"]) == ("poc-112", "closed")
    row = poc.get(receipt["ticket"])["case"]
    assert (row["owner"], row["state"]) == ("poc-112", "closed")        # never without an owner


def test_reclass_is_idempotent_and_versioned(poc):
    receipt = stored(submit(poc, emergency(call_class="prank")))
    key = new_key()
    done = poc.reclass(receipt["ticket"], "real", key=key)
    assert poc.reclass(receipt["ticket"], "real", key=key) == {**done, "duplicate": True}
    with refusing("E_KEY_REUSED"):
        poc.reclass(receipt["ticket"], "ghost", key=key)
    with refusing("E_STALE") as no:
        poc.reclass(receipt["ticket"], "ghost", version=done["version"] - 1)
    assert no[0]["version"] == done["version"]
    with refusing("E_FIELD", "class"):
        poc.reclass(receipt["ticket"], "lucu")
    with refusing(("E_NOT_FOUND", "E_REF")):
        poc.reclass(10**9, "real")


# routes --------------------------------------------------------------------------------------------------------------

def line_of(skpd, text):
    """(file, line) of the one line of a city file that holds this text."""
    lines = city.skpd_text(skpd).splitlines()
    [found] = [i for i, line in enumerate(lines, 1) if text in line]
    return f"{skpd}.yaml", found


@pytest.mark.parametrize("asked,owner,helpers,rule,target", [
    ({"kind": "emergency", "category": "fire.building"}, "disdamkarmat", ["dinkes", "ext-polres"],
     ("disdamkarmat", 'emergency, category: "fire.*"'), ("disdamkarmat", "15m on_scene")),
    ({"kind": "emergency", "category": "fire.land"}, "disdamkarmat", ["dinkes"],
     ("disdamkarmat", "emergency, category: fire.land, kecamatan"), ("disdamkarmat", "2h on_scene")),
    ({"kind": "complaint", "category": "road.pothole"}, "dbmsda", [],
     ("dbmsda", 'complaint, category: "road.*", kecamatan: any'), ("dbmsda", "5wd answer")),
    ({"kind": "complaint", "category": "road.pothole", "severity": "severe"}, "dbmsda", [],
     ("dbmsda", 'complaint, category: "road.*", kecamatan: any'), ("dbmsda", "1d fixed")),
    ({"kind": "complaint", "category": "road.pothole", "kecamatan": "jatiasih"}, "kec-jatiasih", ["dbmsda"],
     ("dbmsda", "kecamatan: jatiasih"), ("kec-jatiasih", "14wd resolved")),
    ({"kind": "complaint", "category": "drainage.blocked"}, "dbmsda", [], ("dbmsda", "from: 2024-01-01"), ("dbmsda", "5wd answer")),
    ({"kind": "complaint", "category": "drainage.blocked", "at": "2023-06-01T00:00:00+07:00"}, "dlh", [],
     ("dbmsda", "until: 2024-01-01"), ("dlh", "3d resolved")),
    ({"kind": "report", "category": "garbage.uncollected"}, "dlh", [], ("dlh", "report, category: garbage"), ("dlh", "ack: 30m")),
    ({"kind": "emergency", "category": "violence.child"}, "dp3a", [], ("dp3a", "kind: any, category: violence"), ("dp3a", "ack: 10m")),
], ids=lambda v: " ".join(v.values()) if isinstance(v, dict) else None)
def test_route_names_the_line(poc, asked, owner, helpers, rule, target):
    told = poc.route(**asked)
    assert (told["owner"], told["helpers"]) == (owner, helpers)
    assert told["owner_name"] == {"id": city.SKPD[owner][0], "en": city.SKPD[owner][1]}
    assert (told["file"].rsplit("/", 1)[-1], told["line"]) == line_of(*rule)
    assert (told["target_file"].rsplit("/", 1)[-1], told["target_line"]) == line_of(*target)
    assert told["rule"] and told["ack"]


def test_route_of_nobody_s(poc):
    for asked in ({"kind": "emergency", "category": "road.pothole"}, {"kind": "emergency"}):
        told = poc.route(**asked)
        assert told["owner"] == "poc-112" and "unrouted" in told["flags"], told
    with refusing("E_CATEGORY") as no:
        poc.route("complaint", category="road.pothol")
    assert no[0]["nearest"][0] == "road.pothole"
    with refusing("E_FIELD", "kind"):
        poc.route("keluhan")
