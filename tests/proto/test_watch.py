"""The live feed: every entry once and in order, or told what cannot be seen; never more than the credit."""
import threading
import time

import pytest

from following import follow
from siaga import CREDIT, DONE, UNWATCH, WATCH, Connection, Refused, frame
from support import (PATIENCE, check_hint, complaint, emergency, instant, refusing, report, rows_until, stored, submit, words)

SNAPSHOT = 0x91

OPEN = set(words("STATE")[:10])


def fill(poc, count=12):
    """A few events of each sort; returns the receipts."""
    makers = (emergency, complaint, report, lambda: complaint(category="garbage.uncollected", severity="severe"))
    return [stored(r) for r in poc.submit(*[makers[i % 4]() for i in range(count)])]


def head(client):
    return client.hello()["head"]


def beat(watch):
    """Reads up to the next beat; returns it and the rows before it."""
    rows, deadline = [], time.monotonic() + PATIENCE
    while True:
        kind, body = watch.take(deadline - time.monotonic())
        if kind == "beat":
            return body, rows
        assert kind in ("feed", "snapshot"), (kind, body)
        rows += body["rows"]


def seqs(rows):
    return [row["seq"] for row in rows]


# silence: 30 s take their time, so they run beside everything else and are looked at in the last test ------------------

@pytest.fixture(scope="module", autouse=True)
def silence(daemon):
    """A watch and a desk nobody tends, and a watch that says "still here" now and then. Returns (begun, silent, desk, tended)."""
    silent, desk = daemon.client("auditor-1").watch(refill=False), daemon.client("desk-setda").attach()
    begun, done, tended = time.monotonic(), threading.Event(), {}

    def tend():
        with Connection(daemon.ipc, "auditor-1", PATIENCE) as client:
            watch = client.watch(refill=False, credit=0)
            while not done.is_set():
                kind, body = watch.take(PATIENCE)
                tended["last"] = (kind, time.monotonic())
                watch.credit(0)
                if watch.over:
                    return

    thread = threading.Thread(target=tend, daemon=True)
    thread.start()
    yield begun, silent, desk, tended
    done.set()
    thread.join(PATIENCE)


# where it begins -------------------------------------------------------------------------------------------------------

def test_from_the_first(poc, leader):
    """In many small messages: every entry once, in order, and then nothing but beats."""
    fill(poc, 40)
    last = head(poc)
    watch = leader.watch(start=1, credit=3)
    assert watch.next == 1 and watch.head >= last
    rows = rows_until(watch, last)
    told, more = beat(watch)
    assert seqs(rows + more) == list(range(1, last + 1))
    assert watch.next == told["next"] == last + 1
    watch.close()


def test_from_now(poc, leader):
    fill(poc)
    watch = leader.watch()
    assert watch.next == watch.head + 1 == head(poc) + 1
    receipt = stored(submit(poc, emergency()))
    rows = rows_until(watch, receipt["seq"])
    assert seqs(rows) == [receipt["seq"]]
    row = rows[0]
    assert (row["entry"], row["ticket"], row["case"], row["at"], row["owner"], row["state"]) == (
        "event", receipt["ticket"], receipt["seq"], receipt["received_at"], "disdamkarmat", "assigned")
    watch.close()


def test_from_a_number(poc, leader):
    receipts = fill(poc)
    for start in (receipts[0]["seq"], receipts[5]["seq"], receipts[-1]["seq"], receipts[-1]["seq"] + 1):
        watch = leader.watch(start=start)
        last = head(poc)
        assert seqs(rows_until(watch, last)) == list(range(start, last + 1))
        watch.close()


def test_since(poc, leader):
    receipts = [stored(submit(poc, report())) for _ in range(5)]
    for receipt in receipts:
        watch = leader.watch(since=receipt["received_at"])
        assert watch.next == receipt["seq"]
        assert seqs(rows_until(watch, receipts[-1]["seq"]))[0] == receipt["seq"]
        watch.close()
    watch = leader.watch(since="2001-01-01T00:00:00+07:00")
    assert watch.next == 1
    watch.close()
    for wrong in ("kemarin", 5, "2026-01-01"):
        with refusing(("E_FIELD", "E_RANGE")):
            leader.watch(since=wrong)


def test_rows_of_moves(poc, leader):
    receipt = stored(submit(poc, complaint()))
    watch = leader.watch()
    done = [poc.move(receipt["ticket"], "verified", note="sudah dicek"), poc.move(receipt["ticket"], "rejected", reason="out_of_scope")]
    rows = rows_until(watch, done[-1]["seq"])
    assert [(r["entry"], r["seq"], r["case"], r["ticket"], r["from"], r["to"], r["state"], r["version"], r["kind"]) for r in rows] == [
        ("move", done[0]["seq"], receipt["seq"], receipt["ticket"], "received", "verified", "verified", done[0]["version"], "complaint"),
        ("move", done[1]["seq"], receipt["seq"], receipt["ticket"], "verified", "rejected", "rejected", done[1]["version"], "complaint")]
    assert rows[0]["note"] == "sudah dicek" and rows[1]["reason"] == "out_of_scope"
    watch.close()


# open state, then live -------------------------------------------------------------------------------------------------

def replay(rows):
    """The cases as they stand after these rows of the feed: case -> (state, version, owner)."""
    cases = {}
    for row in rows:
        cases[row["case"]] = (row["state"], row["version"], row["owner"])
    return cases


def read_snapshot(watch, between=None):
    """All pages of a snapshot; `between` is called after the first. Returns (rows, at)."""
    rows, at, left = [], None, None
    while left != 0:
        kind, body = watch.take(PATIENCE)
        if kind == "beat":
            continue
        assert kind == "snapshot", (kind, body)
        assert at in (None, body["at"]) and (left is None or body["left"] < left or body["left"] == left == 0)
        at, rows, left = body["at"], rows + body["rows"], body["left"]
        if between:
            between()
            between = None
    return rows, at


def test_snapshot_then_live_without_a_seam(fresh):
    """While the snapshot is told page by page, cases move and new ones come: those belong to the feed behind it."""
    poc, leader = fresh.client("poc-1"), fresh.client("walikota")
    receipts = fill(poc, 40)
    for receipt in receipts[1::4]:
        poc.move(receipt["ticket"], "verified")
    for receipt in receipts[5:20:4]:
        poc.move(receipt["ticket"], "rejected", reason="uji")
    watch = leader.watch(refill=False, snapshot=True, credit=7)
    opened, begun = head(poc), watch.next

    def between():      # the first rows are read, most are not
        for receipt in receipts[0::4]:
            poc.move(receipt["ticket"], "acknowledged")
        for receipt in receipts[21::4]:
            poc.move(receipt["ticket"], "cancelled", reason="uji")
        fill(poc, 8)
        watch.credit(4000)

    rows, at = read_snapshot(watch, between)
    assert at == opened == begun - 1
    last = head(poc)
    assert last == opened + 10 + 5 + 8
    feed = rows_until(watch, last)
    assert seqs(feed) == list(range(at + 1, last + 1))
    everything = rows_until(leader.watch(start=1), last)
    before = replay([r for r in everything if r["seq"] <= at])
    assert {r["case"]: (r["state"], r["version"], r["owner"]) for r in rows} == {c: s for c, s in before.items() if s[0] in OPEN}
    assert len(rows) == len({r["case"] for r in rows}) == 36
    # snapshot + feed = what the daemon says now
    now = replay([*({**r, "seq": r["case"]} for r in rows), *feed])
    told = {r["case"]: (r["state"], r["version"], r["owner"]) for r in leader.cases(open=True, limit=500)}
    assert {c: s for c, s in now.items() if s[0] in OPEN} == told


def test_snapshot_of_nothing(fresh):
    watch = fresh.client("walikota").watch(snapshot=True)
    assert read_snapshot(watch) == ([], 0)
    receipt = stored(submit(fresh.client("poc-1"), emergency()))
    assert seqs(rows_until(watch, receipt["seq"])) == [1]


def test_snapshot_filtered(poc, leader):
    fill(poc)
    watch = leader.watch(snapshot=True, kind=["emergency"], skpd=["disdamkarmat"])
    rows, _ = read_snapshot(watch)
    assert rows and all(r["kind"] == "emergency" and r["owner"] == "disdamkarmat" and r["state"] in OPEN for r in rows)
    assert {r["case"] for r in rows} == {r["case"] for r in leader.cases(open=True, kind=["emergency"], skpd=["disdamkarmat"], limit=500)}
    watch.close()


# filters ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("filter,match", [
    ({"kind": ["emergency"]}, lambda r: r["kind"] == "emergency"),
    ({"kind": ["complaint", "report"]}, lambda r: r["kind"] != "emergency"),
    ({"skpd": ["dlh", "dbmsda"]}, lambda r: r["owner"] in ("dlh", "dbmsda")),
    ({"severity": ["severe"]}, lambda r: r["severity"] == "severe"),
    ({"state": ["verified", "assigned"]}, lambda r: r["state"] in ("verified", "assigned")),
    ({"kecamatan": ["selatan"]}, lambda r: r.get("kecamatan") == "selatan"),
    ({"kind": ["complaint"], "skpd": ["dbmsda"], "state": ["verified"]},
     lambda r: (r["kind"], r["owner"], r["state"]) == ("complaint", "dbmsda", "verified")),
], ids=lambda v: " ".join(v) if isinstance(v, dict) else "")
def test_filter(poc, leader, filter, match):
    """The same as the whole feed with the others left out; moves pass by the case they belong to."""
    start = head(poc) + 1
    receipts = fill(poc, 16) + [stored(submit(poc, complaint(kecamatan="selatan")))]
    for receipt in receipts[1::2]:
        if receipt["state"] == "received":
            poc.move(receipt["ticket"], "verified")
    last = head(poc)
    everything, some = leader.watch(start=start), leader.watch(start=start, **filter)
    wanted = [r for r in rows_until(everything, last) if match(r)]
    assert wanted and len(wanted) < last - start + 1
    assert rows_until(some, last) == wanted
    everything.close()
    some.close()


def test_a_handler_is_told_of_its_own_skpd(daemon, poc):
    """Feed and snapshot, whatever filter it asks for; a call that becomes real is new to it."""
    damkar = daemon.client("desk-damkar")
    live, greedy = damkar.watch(), damkar.watch(skpd=["disdamkarmat", "dbmsda", "dlh", "poc-112"])
    receipts = fill(poc, 8)
    prank = stored(submit(poc, emergency(call_class="prank")))
    real = poc.reclass(prank["ticket"], "real")
    wanted = [r["seq"] for r in receipts if r["owner"] == "disdamkarmat"] + [real["seq"]]
    for watch in (live, greedy):
        assert seqs(rows_until(watch, real["seq"])) == wanted
        watch.close()
    watch = damkar.watch(snapshot=True)
    rows, _ = read_snapshot(watch)
    assert rows and {r["owner"] for r in rows} == {"disdamkarmat"}
    watch.close()


def test_filter_of_unknown_words(leader):
    for filter in ({"kind": ["keluhan"]}, {"state": ["selesai"]}, {"severity": ["gawat"]}, {"kind": "emergency"}, {"kind": [5]}):
        with refusing(("E_FIELD", "E_RANGE"), *filter):
            leader.watch(**filter)
        with refusing(("E_FIELD", "E_RANGE"), *filter):
            leader.list(**filter)


# credit ----------------------------------------------------------------------------------------------------------------

def test_credit_is_kept_exactly(poc, leader):
    start = head(poc) + 1
    fill(poc, 20)
    watch, got = leader.watch(refill=False, start=start, credit=5), []
    for add, wanted in ((0, 5), (3, 8), (0, 8), (1, 9), (4, 13)):
        if add:
            watch.credit(add)
        while len(got) < wanted:
            kind, body = watch.take(PATIENCE)
            got += body.get("rows", [])
        told, more = beat(watch)
        assert not more and told["next"] == watch.next == start + wanted
    assert seqs(got) == list(range(start, start + 13))
    watch.close()


def test_credit_of_a_snapshot(poc, leader):
    fill(poc, 20)
    watch = leader.watch(refill=False, snapshot=True, credit=6)
    _, rows = beat(watch)
    assert len(rows) == 6
    watch.credit(2)
    while len(rows) < 8:
        rows += watch.take(PATIENCE)[1].get("rows", [])
    assert not beat(watch)[1] and len({r["case"] for r in rows}) == len(rows) == 8
    watch.close()


def test_credit_without_a_word(poc, leader):
    """256 rows when nothing is said."""
    start = head(poc) + 1
    poc.submit(*[report() for _ in range(256)])
    poc.submit(*[report() for _ in range(10)])
    watch, rows = leader.watch(refill=False, start=start), []
    while len(rows) < 256:
        rows += watch.take(PATIENCE)[1].get("rows", [])
    told, more = beat(watch)
    assert (len(rows), more, told["next"]) == (256, [], start + 256)
    assert told["head"] >= start + 265
    watch.close()


def test_credit_never_above_4096(leader):
    with refusing(("E_RANGE", "E_LIMIT", "E_FIELD")):
        leader.watch(credit=4097)
    leader.watch(credit=4096).close()


# beats -----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("credit", [0, 256])
def test_beat_each_second(poc, leader, credit):
    last = head(poc)
    watch = leader.watch(refill=False, credit=credit)
    times = []
    for _ in range(4):
        told, rows = beat(watch)
        times.append(instant(told["now"]))
        assert not rows and (told["head"], told["next"]) == (last, last + 1)
    for earlier, later in zip(times, times[1:]):
        assert 0.5 < (later - earlier).total_seconds() < PATIENCE
    watch.close()


def test_beat_tells_how_far_the_feed_is_behind(poc, leader):
    watch = leader.watch(refill=False, credit=0)
    begun = watch.next
    fill(poc, 4)
    told, rows = beat(watch)
    while told["head"] < begun + 3:
        told, more = beat(watch)
        rows += more
    assert not rows and told["next"] == begun
    watch.close()


# gap -------------------------------------------------------------------------------------------------------------------

def test_beyond_the_head(poc, leader):
    fill(poc, 4)
    watch = leader.watch(start=head(poc) + 1)           # the next one: no gap
    assert watch.take(PATIENCE)[0] == "beat"
    watch.close()
    last = head(poc)
    wanted = last + 1000
    watch = leader.watch(start=wanted)
    kind, gap = watch.take(PATIENCE)
    while kind == "beat":
        kind, gap = watch.take(PATIENCE)
    assert kind == "gap" and gap["reason"] == "ahead", (kind, gap)
    check_hint(gap["hint"])
    assert wanted in (gap["from"], gap["to"], gap["to"] + 1), gap
    rows, at = read_snapshot(watch)
    assert at == last and {r["case"] for r in rows} == {r["case"] for r in leader.cases(open=True, limit=500)}
    receipt = stored(submit(poc, emergency()))
    assert seqs(rows_until(watch, receipt["seq"])) == [receipt["seq"]]
    watch.close()


# many watches ----------------------------------------------------------------------------------------------------------

def test_two_watches_on_one_connection(poc, leader):
    fires, all_of_it = leader.watch(kind=["emergency"]), leader.watch(refill=False, credit=2)
    receipts = fill(poc, 8)
    last = receipts[-1]["seq"]
    assert seqs(rows_until(fires, last)) == [r["seq"] for r in receipts[0::4]]
    rows = []
    while len(rows) < 2:
        rows += all_of_it.take(PATIENCE)[1].get("rows", [])
    assert seqs(rows) == [r["seq"] for r in receipts[:2]]
    all_of_it.credit(100)
    assert seqs(rows + rows_until(all_of_it, last)) == [r["seq"] for r in receipts]
    fires.close()
    all_of_it.close()


def test_unwatch(poc, leader):
    ended, kept = leader.watch(), leader.watch()
    ended.close()
    leader._inbox[ended.id] = heard = []        # go on listening
    leader.hello()                              # in order behind the UNWATCH
    heard.clear()
    receipts = fill(poc, 4)
    assert len(rows_until(kept, receipts[-1]["seq"])) == 4
    beat(kept)
    beat(kept)
    assert not heard
    del leader._inbox[ended.id]
    kept.close()


def test_unwatch_before_the_answer(poc, leader):
    """One that was given up before it was answered is answered all the same, and tells nothing more."""
    fill(poc, 4)
    for number in range(10**6, 10**6 + 50):
        leader.socket.send(frame(WATCH, {"snapshot": True, "credit": 0}, number))
        leader.socket.send(frame(UNWATCH, {"watch": number}, number))
        code, told, body = leader.receive()
        while code == SNAPSHOT and told < number:       # the one before, answered before its UNWATCH came
            code, told, body = leader.receive()
        assert (code, told) == (DONE, number), body
    leader.hello()


def test_credit_and_unwatch_of_nothing(daemon, leader):
    """Not answered, whatever they say, and they do no harm."""
    for body in ({"watch": 10**6, "add": 5}, {"watch": 10**6}):
        for verb in (CREDIT, CREDIT + 1):
            leader.send(verb, body)
    assert leader.hello()["role"] == "leader"


def test_32_watches_and_no_more(daemon):
    humas, other = daemon.client("humas-1"), daemon.client("humas-1")
    watches = [(humas, other)[i % 2].watch() for i in range(32)]
    for client in (humas, other):
        with refusing(("E_BUSY", "E_RANGE", "E_LIMIT")):
            client.watch()
    daemon.client("desk-dlh").watch().close()           # another source has its own 32
    watches.pop().close()
    other.hello()
    watches.append(other.watch())
    for watch in watches:
        watch.close()


# over restarts ---------------------------------------------------------------------------------------------------------

def test_resume_over_restart_and_kill(fresh):
    """Events are sent all the time; siagad is stopped and killed; a screen that asks again from `next` sees every
    entry once and in order, and every event acknowledged to the sender is among them."""
    acked, stop = {}, threading.Event()

    def send():
        with Connection(fresh.ipc, "field-1", timeout=1.0) as client:
            while not stop.is_set():
                event = report()
                while True:             # no answer: the same again
                    try:
                        [receipt] = client.submit(event)
                        break
                    except (TimeoutError, Refused):
                        time.sleep(0.02)
                assert "code" not in receipt, receipt
                acked[event["key"]] = receipt["seq"]

    sender = threading.Thread(target=send)
    sender.start()
    rows, leader = [], fresh.client("walikota")
    screen = follow(leader, start=1, patience=2.5)

    def until(count):
        deadline = time.monotonic() + 2 * PATIENCE
        while len(rows) < count:
            assert time.monotonic() < deadline, f"{len(rows)} of {count}"
            kind, body = next(screen)
            assert kind in ("feed", "beat", "ended"), (kind, body)
            rows.extend(body.get("rows", []))

    try:
        for round_, end in enumerate((fresh.kill9, fresh.stop, fresh.kill9)):
            until(len(rows) + 30)
            end()
            fresh.start()
        until(len(rows) + 30)
    finally:
        stop.set()
        sender.join(2 * PATIENCE)
    last = head(fresh.client("poc-1"))
    until(last)
    assert seqs(rows) == list(range(1, last + 1))
    keys = [r["key"] for r in rows]
    assert len(set(keys)) == len(keys)
    assert {r["key"]: r["seq"] for r in rows} == acked


def test_stop_says_so(fresh):
    """A watch that siagad ends is told, and where to go on; or the connection falls silent. It never gets a wrong row."""
    poc = fresh.client("poc-1")
    fill(poc, 4)
    watch = fresh.client("walikota").watch(start=1)
    rows_until(watch, 4)
    fresh.stop()
    kind = None
    while kind != "ended":
        kind, body = watch.take(PATIENCE)
        assert kind in ("beat", "ended"), (kind, body)
    assert body["code"] == "E_STOPPING" and body["next"] == 5
    check_hint(body["hint"])


# the last: half a minute has nearly passed -----------------------------------------------------------------------------

def test_silent_for_30_seconds(silence):
    begun, silent, desk, tended = silence
    for stream in (silent, desk):
        kind = None
        while kind != "ended":
            kind, body = stream.take(PATIENCE)
            assert kind in ("feed", "beat", "ended"), (kind, body)
        assert 25 < time.monotonic() - begun, "too early"
        assert body["code"] == "E_SILENT" and body["next"] >= 1
        check_hint(body["hint"])
    kind, at = tended["last"]
    assert kind == "beat" and time.monotonic() - at < PATIENCE
