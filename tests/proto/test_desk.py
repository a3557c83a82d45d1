"""Desks: who takes work gets each item once, under a lease that is on the disk; what fails comes back, and is put aside when it fails too often."""
import datetime
import time

import pytest

import support
from siaga import Refused, new_key
from support import PATIENCE, complaint, emergency, instant, refusing, report, rows_until, stored, submit

LEASE, ATTEMPTS, BACKOFF = 60, 3, 0.1       # seconds, failures, seconds
RULES = "secretariat: setda\nwork: {lease: 60s, attempts: 3, backoff: 100ms}\n"
SHORT = 3           # seconds, a lease that is to run out, or nearly
SLACK = 10          # seconds beyond what a timer promises: desks are looked after once a second, a busy machine comes later


@pytest.fixture
def daemon(tmp_path_factory):
    """A siagad of each test's own: queues are empty, and leases are short."""
    daemon = support.Daemon(tmp_path_factory.mktemp("city"), rules=RULES)
    try:
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def poc(daemon):
    return daemon.client("poc-1")


def desk(daemon, source, **wish):
    return daemon.client(source).attach(**wish)


def fire(**fields):
    """A report of disdamkarmat alone: it has no other parts, and is assigned at once."""
    return report(category="fire.building", **fields)


def garbage(**fields):
    return report(category="garbage.uncollected", **fields)


def put(poc, *events):
    """Stores events; returns their numbers."""
    return [stored(result)["seq"] for result in poc.submit(*events)]


def take(desk, count):
    """The numbers of the next items."""
    return [desk.item(PATIENCE)["case"] for _ in range(count)]


def beat(desk):
    """The next beat; an item before it is wrong."""
    kind, body = desk.take(PATIENCE)
    assert kind == "beat", (kind, body)
    return body


def idle(desk):
    """Two beats, and no item with them: what was ready has been sent by then."""
    return [beat(desk) for _ in range(2)]


def idle_until(desk, at):
    """No item until this moment of the server's clock."""
    while instant(beat(desk)["now"]) <= at:
        pass


def works(poc, case):
    """What became of the items of a case: (act, attempt, source), oldest first."""
    return [(row["act"], row.get("attempt"), row["source"]) for row in poc.get(case)["history"] if row["entry"] == "work"]


def seconds(earlier, later):
    return (instant(later) - instant(earlier)).total_seconds()


def lasts(row, until, wanted):
    """What was promised when it was asked for; the row may be later, when the disk was slow."""
    return wanted - SLACK < seconds(row["at"], row[until]) <= wanted


# attach --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("source,wish,skpd", [("desk-damkar", {}, "disdamkarmat"), ("desk-damkar", {"skpd": "disdamkarmat"}, "disdamkarmat"),
                                              ("poc-1", {}, "poc-112"), ("poc-1", {"skpd": "dlh"}, "dlh")])
def test_whose_desk(daemon, source, wish, skpd):
    client = daemon.client(source)
    head = client.hello()["head"]
    opened = client.attach(**wish)
    assert (opened.told["skpd"], opened.told["lease_s"], opened.told["head"]) == (skpd, LEASE, head)
    assert client.attach(lease_s=77, **wish).told["lease_s"] == 77


def test_what_a_desk_may_not_ask(daemon):
    damkar, poc = daemon.client("desk-damkar"), daemon.client("poc-1")
    with refusing("E_ROLE", "skpd"):
        damkar.attach(skpd="dlh")
    for wrong in (0, 65, -1, "2"):
        with refusing(("E_RANGE", "E_FIELD"), "credit"):
            damkar.attach(credit=wrong)
    for wrong in (3601, -1, "2"):
        with refusing(("E_RANGE", "E_FIELD"), "lease_s"):
            damkar.attach(lease_s=wrong)
    for wrong, code in (("dinas-tidak-ada", "E_CATEGORY"), (5, "E_FIELD")):
        with refusing(code, "skpd"):
            poc.attach(skpd=wrong)
    with refusing("E_FIELD", "kota"):
        poc.attach(kota="uji")
    assert damkar.attach(credit=64).told["skpd"] == "disdamkarmat"


def test_beat_each_second(daemon, poc):
    opened = desk(daemon, "desk-damkar")
    put(poc, garbage())
    times = []
    for _ in range(3):
        told = beat(opened)
        times.append(told["now"])
        assert told["next"] == told["head"] + 1
    assert told["head"] == 1
    assert all(0.5 < seconds(a, b) < SLACK for a, b in zip(times, times[1:]))


# items ---------------------------------------------------------------------------------------------------------------

def test_an_item(daemon, poc):
    """What is sent, and what the feed and GET tell of it: a lease, not a new version."""
    watch = daemon.client("walikota").watch()
    opened = desk(daemon, "desk-damkar")
    receipt = stored(submit(poc, fire(title="Laporan pos damkar", body="lengkap")))
    item = opened.item(PATIENCE)
    assert (item["case"], item["skpd"], item["attempt"]) == (receipt["seq"], "disdamkarmat", 1)
    event = item["event"]
    assert (event["ticket"], event["title"], event["body"], event["owner"], event["state"], event["version"], event["mode"]) == (
        receipt["ticket"], "Laporan pos damkar", "lengkap", "disdamkarmat", "assigned", 1, "actual")
    row = rows_until(watch, receipt["seq"] + 1)[-1]
    assert (row["entry"], row["act"], row["task"], row["attempt"], row["source"], row["case"], row["lease_until"]) == (
        "work", "take", "disdamkarmat", 1, "desk-damkar", receipt["seq"], item["lease_until"])
    assert lasts(row, "lease_until", LEASE)
    got = poc.get(receipt["ticket"])
    assert got["history"][-1] == row
    assert (got["case"]["version"], got["case"]["state"]) == (1, "assigned") and "receipt_at" not in got["case"]


def test_lease_as_wished(daemon, poc):
    opened = desk(daemon, "desk-damkar", lease_s=40)
    put(poc, fire())
    item = opened.item(PATIENCE)
    row = poc.get(item["case"])["history"][-1]
    assert row["lease_until"] == item["lease_until"] and lasts(row, "lease_until", 40)


def test_never_more_than_the_credit(daemon, poc):
    cases = put(poc, *[fire() for _ in range(8)])
    opened = desk(daemon, "desk-damkar", lease_s=60)
    assert take(opened, 1) == cases[:1]
    idle(opened)
    opened.credit(3)
    assert take(opened, 3) == cases[1:4]
    idle(opened)
    opened.credit(0)            # "still here" gives nothing
    idle(opened)
    opened.credit(64)
    assert take(opened, 4) == cases[4:]
    later = put(poc, fire())    # credit that was left is good for what comes
    assert take(opened, 1) == later


def test_order(daemon, poc):
    """Emergencies first, then in the order they came; exercises last of all, and marked."""
    drill = daemon.client("drill-1")
    [exercise] = put(drill, emergency(mode="exercise"))
    [first] = put(poc, fire())
    ticket = stored(submit(poc, complaint(category="fire.land")))
    [second] = put(poc, fire())
    [urgent] = put(poc, emergency())
    poc.act(ticket["ticket"], "assign")
    [other_exercise] = put(drill, fire(mode="exercise"))
    [more_urgent] = put(poc, emergency())
    opened = desk(daemon, "desk-damkar", credit=20, lease_s=60)
    items = [opened.item(PATIENCE) for _ in range(7)]
    assert [item["case"] for item in items] == [urgent, more_urgent, first, second, ticket["seq"], exercise, other_exercise]
    assert [item["event"]["mode"] for item in items] == 5 * ["actual"] + 2 * ["exercise"]


def test_order_one_at_a_time(daemon, poc):
    """An emergency that comes while work waits is the next one."""
    opened = desk(daemon, "desk-damkar", lease_s=60)
    cases = put(poc, fire(), fire(), fire())
    assert take(opened, 1) == cases[:1]
    urgent = put(poc, emergency())
    opened.credit(1)
    assert take(opened, 1) == urgent
    opened.credit(1)
    assert take(opened, 1) == cases[1:2]


def test_a_complaint_is_no_work_before_it_is_assigned(daemon, poc):
    opened = desk(daemon, "desk-damkar")
    receipt = stored(submit(poc, complaint(category="fire.land")))
    idle(opened)
    poc.act(receipt["ticket"], "assign")
    assert take(opened, 1) == [receipt["seq"]]


def test_each_part_is_an_item_of_its_skpd(daemon, poc):
    """A building fire is damkar's and dinkes'; each takes its own."""
    damkar, dinkes = desk(daemon, "desk-damkar", lease_s=60), desk(daemon, "desk-dinkes", lease_s=60)
    [case] = put(poc, emergency())
    for opened, skpd in ((damkar, "disdamkarmat"), (dinkes, "dinkes")):
        item = opened.item(PATIENCE)
        assert (item["case"], item["skpd"], item["attempt"]) == (case, skpd, 1)
    damkar.say({"case": case, "skpd": "disdamkarmat", "attempt": 1}, "done")
    row = poc.get(case)["case"]
    assert "receipt_at" in row and not any("receipt_at" in task for task in row["tasks"])
    dinkes.say({"case": case, "skpd": "dinkes", "attempt": 1}, "done")
    row = poc.get(case)["case"]
    assert ["receipt_at" in task for task in row["tasks"]] == [True, False]


def test_what_was_refused_is_work_of_the_poc(daemon, poc):
    opened = desk(daemon, "poc-2", lease_s=60)
    [case] = put(poc, fire())
    daemon.client("desk-damkar").act(case, "refuse", reason="bukan tugas kami")
    item = opened.item(PATIENCE)
    assert (item["case"], item["skpd"], item["event"]["state"], item["event"]["owner"]) == (case, "poc-112", "forwarded", "poc-112")


def test_a_reopened_case_is_work_again(daemon, poc):
    damkar = daemon.client("desk-damkar")
    opened = damkar.attach(credit=4, lease_s=60)
    [case] = put(poc, fire())
    item = opened.item(PATIENCE)
    opened.say(item, "done")
    for act, more in (("ack", {}), ("start", {}), ("resolve", {"outcome": "fixed"})):
        damkar.act(case, act, **more)
    poc.act(case, "reopen", reason="belum selesai")
    again = opened.item(PATIENCE)
    assert (again["case"], again["event"]["state"]) == (case, "reopened") and again["attempt"] > item["attempt"]
    with refusing("E_LEASE"):               # the old number is nobody's any more
        opened.say(item, "done")
    opened.say(again, "done")


# what becomes of an item ---------------------------------------------------------------------------------------------

def test_done(daemon, poc):
    """The desk's program has it: that is no acknowledgement of a person, and it is not sent again."""
    opened = desk(daemon, "desk-damkar", credit=4, lease_s=SHORT)
    [case] = put(poc, fire())
    item = opened.item(PATIENCE)
    done = opened.say(item, "done")
    assert (done["case"], done["attempt"], done["state"], done["version"], done["owner"], done["duplicate"]) == (
        case, 1, "assigned", 1, "disdamkarmat", False)
    row = poc.get(case)["case"]
    assert row["receipt_at"] == done["at"] and "acknowledged_at" not in row
    idle_until(opened, instant(item["lease_until"]) + datetime.timedelta(seconds=1))
    with refusing("E_LEASE"):
        opened.say(item, "done")
    assert works(poc, case) == [("take", 1, "desk-damkar"), ("done", 1, "desk-damkar")]
    daemon.client("desk-damkar").act(case, "ack")
    row = poc.get(case)["case"]
    assert "acknowledged_at" in row and row["receipt_at"] == done["at"]


def test_the_same_word_again(daemon, poc):
    opened, key = desk(daemon, "desk-damkar"), new_key()
    put(poc, fire())
    item = opened.item(PATIENCE)
    done = opened.say(item, "done", key)
    assert opened.say(item, "done", key) == {**done, "duplicate": True}
    with refusing("E_KEY_REUSED"):
        opened.say(item, "fail", key, reason="uji")


def test_extend(daemon, poc):
    """The lease runs anew, for as long as said or as at first; beyond the old one it is still this desk's."""
    opened = desk(daemon, "desk-damkar", credit=4, lease_s=SHORT)
    [case] = put(poc, fire())
    item = opened.item(PATIENCE)
    longer = opened.say(item, "extend", wait_s=30)
    assert lasts(longer, "lease_until", 30)
    assert poc.get(case)["history"][-1]["lease_until"] == longer["lease_until"]
    idle_until(opened, instant(item["lease_until"]) + datetime.timedelta(seconds=1))
    again = opened.say(item, "extend")
    assert lasts(again, "lease_until", SHORT)
    opened.say(item, "done")
    assert [act for act, _, _ in works(poc, case)] == ["take", "extend", "extend", "done"]


def test_extend_as_at_first(daemon, poc):
    """A desk that asked for a lease of its own length gets that length again."""
    opened = desk(daemon, "desk-damkar", lease_s=40)
    put(poc, fire())
    item = opened.item(PATIENCE)
    longer = opened.say(item, "extend")
    assert lasts(longer, "lease_until", 40)


def test_later(daemon, poc):
    """Put off, as often as wished: it comes when the wait is over, not before, and no failure is counted."""
    opened = desk(daemon, "desk-damkar", credit=20)
    [case] = put(poc, fire())
    for attempt in range(1, ATTEMPTS + 2):
        item = opened.item(PATIENCE)
        assert (item["case"], item["attempt"]) == (case, attempt)
        told = opened.say(item, "later", wait_s=1, reason="truk di luar")
        assert not told.get("dead")
        row = poc.get(case)["history"][-1]
        assert (row["act"], row["attempt"], row["reason"]) == ("later", attempt, "truk di luar")
        assert lasts(row, "again_at", 1)
    item = opened.item(PATIENCE)
    taken = [r for r in poc.get(case)["history"] if r["entry"] == "work" and r["act"] in ("take", "later")]
    for off, on in zip(taken[1::2], taken[2::2]):
        assert (off["act"], on["act"]) == ("later", "take")
        assert 0 <= seconds(off["again_at"], on["at"]) < SLACK
    opened.say(item, "done")
    assert daemon.client("auditor-1").dead()["items"] == []


def until_dead(opened, attempts=ATTEMPTS):
    """Fails it as often as it may. Returns the last answer."""
    for n in range(1, attempts + 1):
        item = opened.item(PATIENCE)
        told = opened.say(item, "fail", reason=f"gagal {n}")
        assert told["dead"] is (n == attempts) and told["attempt"] == item["attempt"]
        opened.credit(1)
    return told


def test_fail_until_dead(daemon, poc):
    """Each time after a longer pause; after so many failures it is put aside, the feed says so, and DEAD tells why."""
    watch = daemon.client("walikota").watch()
    opened = desk(daemon, "desk-damkar")
    receipt = stored(submit(poc, fire(title="Pesan rusak")))
    last = until_dead(opened)
    idle(opened)
    rows = [row for row in rows_until(watch, last["seq"]) if row["entry"] == "work"]
    assert [(row["act"], row["attempt"], row.get("dead", False)) for row in rows] == [
        ("take", 1, False), ("fail", 1, False), ("take", 2, False), ("fail", 2, False), ("take", 3, False), ("fail", 3, True)]
    for n, (off, on) in enumerate(zip(rows[1::2], rows[2::2])):
        assert 0 <= seconds(off["at"], on["at"]) - BACKOFF * 2 ** n < SLACK
    [item] = poc.dead()["items"]
    assert (item["case"], item["ticket"], item["skpd"], item["title"], item["attempts"]) == (
        receipt["seq"], receipt["ticket"], "disdamkarmat", "Pesan rusak", 3)
    assert [(f["source"], f["reason"], f["at"]) for f in item["failed"]] == [
        ("desk-damkar", f"gagal {n}", row["at"]) for n, row in enumerate(rows[1::2], 1)]
    row = poc.get(receipt["seq"])["case"]
    assert (row["state"], row["version"]) == ("assigned", 1)           # still owed, to be decided by a person


def test_requeue(daemon, poc):
    """By the POC or by its own SKPD, with a reason; it begins with no failure."""
    opened = desk(daemon, "desk-damkar")
    [case] = put(poc, fire())
    until_dead(opened)
    for client in (poc, daemon.client("desk-damkar")):
        with refusing("E_FIELD", "reason"):
            client.work(case, "disdamkarmat", "requeue")
        with refusing("E_STALE") as no:
            client.work(case, "disdamkarmat", "requeue", reason="sudah dibetulkan", version=2)
        assert (no[0]["version"], no[0]["state"], no[0]["changed_do"]) == (1, "assigned", "event")
        told = client.work(case, "disdamkarmat", "requeue", reason="sudah dibetulkan", note="kabel", version=1)
        assert (told["case"], told["version"], told["state"]) == (case, 1, "assigned")
        assert poc.dead()["items"] == []
        with refusing("E_STATE"):
            client.work(case, "disdamkarmat", "requeue", reason="sekali lagi")
        until_dead(opened)
    assert len(poc.dead()["items"]) == 1
    rows = [row for row in poc.get(case)["history"] if row["entry"] == "work"]
    assert [(row["reason"], row["note"]) for row in rows if row["act"] == "requeue"] == [("sudah dibetulkan", "kabel")] * 2
    numbers = [row["attempt"] for row in rows if row["act"] == "take"]
    assert numbers == list(range(1, 3 * ATTEMPTS + 1))      # no number of a lease is used twice


def test_requeued_it_begins_anew(daemon, poc):
    """The pauses are those of a first and a second failure again."""
    opened = desk(daemon, "desk-damkar")
    [case] = put(poc, fire())
    until_dead(opened)
    poc.work(case, "disdamkarmat", "requeue", reason="sudah dibetulkan")
    opened.say(opened.item(PATIENCE), "fail", reason="gagal lagi")
    opened.credit(1)
    opened.item(PATIENCE)
    failed, taken = poc.get(case)["history"][-2:]
    assert 0 <= seconds(failed["at"], taken["at"]) - BACKOFF < SLACK


def test_discard(daemon, poc):
    """By the POC alone. The item is gone; the case is not."""
    opened, damkar = desk(daemon, "desk-damkar"), daemon.client("desk-damkar")
    [case] = put(poc, fire())
    with refusing("E_STATE"):               # not dead
        poc.work(case, "disdamkarmat", "discard", reason="uji")
    until_dead(opened)
    with refusing("E_ROLE"):
        damkar.work(case, "disdamkarmat", "discard", reason="uji")
    with refusing("E_FIELD", "reason"):
        poc.work(case, "disdamkarmat", "discard")
    poc.work(case, "disdamkarmat", "discard", reason="ditelepon saja")
    assert poc.dead()["items"] == []
    idle(opened)
    with refusing(("E_STATE", "E_LEASE")):
        poc.work(case, "disdamkarmat", "requeue", reason="uji")
    row = poc.get(case)
    assert row["case"]["state"] == "assigned" and row["history"][-1]["act"] == "discard"
    damkar.act(case, "ack")


def test_who_sees_the_dead(daemon, poc):
    opened, other = desk(daemon, "desk-damkar"), desk(daemon, "desk-dlh")
    cases = put(poc, fire(), garbage())
    until_dead(opened)
    until_dead(other)
    both = [("disdamkarmat", cases[0]), ("dlh", cases[1])]

    def told(client, **asked):
        body = client.dead(**asked)
        assert body["more"] is False
        return sorted((item["skpd"], item["case"]) for item in body["items"])

    for source in ("poc-1", "auditor-1"):
        assert told(daemon.client(source)) == both
        assert told(daemon.client(source), skpd="dlh") == both[1:]
    for source, wanted in (("desk-damkar", both[:1]), ("desk-dlh", both[1:])):
        assert told(daemon.client(source)) == wanted
    for source in ("walikota", "field-1", "humas-1", "media-1", "it-1", "import-1"):
        with refusing("E_ROLE"):
            daemon.client(source).dead()
    with refusing(("E_CATEGORY", "E_FIELD"), "skpd"):
        poc.dead(skpd="dinas-tidak-ada")
    try:                                    # another's is not shown, whether it is refused or told nothing
        assert told(daemon.client("desk-dlh"), skpd="disdamkarmat") in ([], both[1:])
    except Refused as no:
        assert no.code == "E_ROLE"


def test_a_dead_item_goes_with_its_case(daemon, poc):
    opened = desk(daemon, "desk-damkar")
    cases = []
    for _ in range(2):
        cases += put(poc, fire())
        until_dead(opened)
    assert len(poc.dead()["items"]) == 2
    poc.act(cases[0], "cancel", reason="dicabut")
    poc.act(cases[1], "forward", reason="salah alamat", target="dlh")
    assert poc.dead()["items"] == []
    assert take(desk(daemon, "desk-dlh"), 1) == cases[1:]


# leases --------------------------------------------------------------------------------------------------------------

def test_a_lease_that_runs_out(daemon, poc):
    """The desk fell silent: another gets the item soon after, and nothing the first one says later counts."""
    first = desk(daemon, "desk-dlh", lease_s=SHORT)
    [case] = put(poc, garbage())
    item = first.item(PATIENCE)
    second = desk(daemon, "desk-dlh-2", credit=4, lease_s=60)
    again = second.item(PATIENCE)
    assert (again["case"], again["attempt"]) == (case, 2)
    rows = [row for row in poc.get(case)["history"] if row["entry"] == "work"]
    assert [(row["act"], row["attempt"], row["source"]) for row in rows] == [
        ("take", 1, "desk-dlh"), ("expire", 1, "siagad"), ("take", 2, "desk-dlh-2")]
    assert 0 <= seconds(item["lease_until"], rows[1]["at"]) < SLACK
    assert seconds(item["lease_until"], rows[2]["at"]) < LEASE
    for act, more in (("done", {}), ("extend", {}), ("fail", {"reason": "terlambat"}), ("later", {"reason": "terlambat", "wait_s": 1})):
        with refusing("E_LEASE"):
            first.say(item, act, **more)
        with refusing("E_LEASE"):           # the number of the other's lease does not help
            first.say({**item, "attempt": 2}, act, **more)
    second.say(again, "done")
    assert [act for act, _, _ in works(poc, case)] == ["take", "expire", "take", "done"]


def test_leases_that_run_out_are_failures(daemon, poc):
    """Nobody answers for it three times: dead."""
    opened = desk(daemon, "desk-damkar", credit=8, lease_s=1)
    [case] = put(poc, fire())
    for attempt in range(1, ATTEMPTS + 1):
        assert opened.item(PATIENCE)["attempt"] == attempt
    deadline = time.monotonic() + PATIENCE
    while not poc.dead()["items"]:
        assert time.monotonic() < deadline
        beat(opened)
    [item] = poc.dead()["items"]
    assert (item["case"], item["attempts"], [f["source"] for f in item["failed"]]) == (case, 3, 3 * ["desk-damkar"])
    assert poc.get(case)["history"][-1]["dead"] is True


def test_the_lease_of_one_part_is_not_another_s(daemon, poc):
    """Attempts are counted for each SKPD: what failed often at one runs out at the other as the first."""
    damkar, dinkes = desk(daemon, "desk-damkar", lease_s=60), desk(daemon, "desk-dinkes", lease_s=SHORT)
    [case] = put(poc, emergency())
    item = dinkes.item(PATIENCE)
    assert (item["case"], item["attempt"]) == (case, 1)
    for _ in range(2):
        damkar.say(damkar.item(PATIENCE), "fail", reason="uji")
        damkar.credit(1)
    again = desk(daemon, "desk-dinkes").item(PATIENCE)
    assert again["case"] == case
    [expired] = [row for row in poc.get(case)["history"] if row["entry"] == "work" and row["act"] == "expire"]
    assert (expired["task"], expired["attempt"]) == ("dinkes", 1)
    taken = [row for row in poc.get(case)["history"] if row.get("act") == "take" and row["task"] == "dinkes"][-1]
    assert 0 <= seconds(expired["at"], taken["at"]) - BACKOFF < SLACK


def test_two_desks_never_get_the_same(daemon, poc):
    desks = [desk(daemon, source, credit=8, lease_s=60) for source in ("desk-dlh", "desk-dlh-2", "desk-dlh", "desk-dlh-2")]
    cases, got = [], []
    for _ in range(6):
        cases += put(poc, *[garbage() for _ in range(10)])
    deadline = time.monotonic() + PATIENCE
    while len(got) < len(cases):
        assert time.monotonic() < deadline, len(got)
        for one in desks:
            try:
                kind, body = one.take(0.02)
            except TimeoutError:
                continue
            if kind == "item":
                got.append((body["case"], one))
                one.say(body, "done")
                one.credit(1)
    for one in desks:
        idle(one)
    assert sorted(case for case, _ in got) == cases
    assert len({id(one) for _, one in got}) == len(desks)           # the work is spread
    for case in cases:
        assert [act for act, _, _ in works(poc, case)] == ["take", "done"]


def test_an_item_goes_when_its_part_does(daemon, poc):
    """Cancelled, forwarded or resolved meanwhile: not sent; and when it was sent, the desk's word comes too late."""
    opened = desk(daemon, "desk-damkar", lease_s=60)
    cases = put(poc, *[fire() for _ in range(4)])
    item = opened.item(PATIENCE)
    assert item["case"] == cases[0]
    poc.act(cases[0], "cancel", reason="dicabut")
    poc.act(cases[1], "cancel", reason="dicabut")
    poc.act(cases[2], "forward", reason="salah alamat", target="dlh")
    with refusing("E_LEASE"):
        opened.say(item, "done")
    opened.credit(10)
    assert take(opened, 1) == cases[3:]
    idle(opened)
    assert take(desk(daemon, "desk-dlh"), 1) == cases[2:3]


def test_a_desk_that_leaves(daemon, poc):
    """UNWATCH ends it: nothing more is sent to it, and what it held comes to another when the lease is over."""
    first = desk(daemon, "desk-dlh", credit=4, lease_s=SHORT)
    [case] = put(poc, garbage())
    item = first.item(PATIENCE)
    first.close()
    first.client._inbox[first.id] = heard = []      # go on listening
    first.client.hello()                            # in order behind the UNWATCH
    heard.clear()
    second = desk(daemon, "desk-dlh-2", credit=4, lease_s=60)
    more = put(poc, garbage(), garbage())
    assert sorted(take(second, 3)) == [case, *more]
    first.client.hello()
    assert not heard
    assert instant(poc.get(case)["history"][-1]["at"]) >= instant(item["lease_until"])


def test_a_connection_that_breaks(daemon, poc):
    """No farewell: the same."""
    first = desk(daemon, "desk-dlh", credit=4, lease_s=SHORT)
    [case] = put(poc, garbage())
    item = first.item(PATIENCE)
    first.client.close()
    second = desk(daemon, "desk-dlh-2", credit=4, lease_s=60)
    assert take(second, 1) == [case]
    assert instant(poc.get(case)["history"][-1]["at"]) >= instant(item["lease_until"])


# whose ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("act,more", [("done", {}), ("extend", {}), ("fail", {"reason": "uji"}), ("later", {"reason": "uji"})])
def test_another_s_item(daemon, poc, act, more):
    """A handler of another SKPD may not; who may but does not hold the lease is told that."""
    opened = desk(daemon, "desk-dlh", lease_s=60)
    [case] = put(poc, garbage())
    item = opened.item(PATIENCE)
    with refusing("E_ROLE"):
        daemon.client("desk-damkar").work(case, "dlh", act, attempt=1, **more)
    for source in ("poc-1", "desk-dlh-2"):
        with refusing("E_LEASE"):
            daemon.client(source).work(case, "dlh", act, attempt=1, **more)
    for wrong in (2, 7):
        with refusing("E_LEASE"):
            opened.say({**item, "attempt": wrong}, act, **more)
    for source in ("field-1", "walikota", "auditor-1"):
        with refusing("E_ROLE"):
            daemon.client(source).work(case, "dlh", act, attempt=1, **more)
    opened.say(item, act, **more)


def test_requeue_of_another_skpd(daemon, poc):
    opened = desk(daemon, "desk-dlh")
    [case] = put(poc, garbage())
    until_dead(opened)
    for act in ("requeue", "discard"):
        with refusing("E_ROLE"):
            daemon.client("desk-damkar").work(case, "dlh", act, reason="uji")
    assert len(poc.dead()["items"]) == 1


def test_what_work_needs(daemon, poc):
    opened = desk(daemon, "desk-damkar", lease_s=60)
    [case] = put(poc, fire())
    item = opened.item(PATIENCE)
    damkar = opened.client
    for act in ("done", "extend", "fail", "later"):
        with refusing("E_FIELD", "attempt"):
            damkar.work(case, "disdamkarmat", act, reason="uji")
    for act in ("fail", "later"):
        with refusing("E_FIELD", "reason"):
            opened.say(item, act)
    for act in ("take", "expire", "selesai", 5):
        with refusing("E_FIELD", "act"):
            opened.say(item, act)
    for wrong, code in ((3601, "E_RANGE"), ("lama", "E_FIELD")):
        with refusing(code, "wait_s"):
            opened.say(item, "extend", wait_s=wrong)
    with refusing("E_LIMIT", "reason"):
        opened.say(item, "fail", reason=65 * "x")
    with refusing("E_FIELD", "skpd"):
        damkar.work(case, None, "done", attempt=1)
    with refusing("E_FIELD", "key"):
        opened.say(item, "done", key="tidak boleh")
    for nothing, code in ((10**9, "E_ROLE"), ("R-200101-0001-A", "E_REF")):    # the same word as for what is not its own; a slip of the pen
        with refusing(code):
            damkar.work(nothing, "disdamkarmat", "done", attempt=1)
    assert works(poc, case) == [("take", 1, "desk-damkar")]
    opened.say(item, "done")


def test_one_skpd_does_not_delay_another(daemon, poc):
    """Everything of one fails and fails; the other's items come as if it were alone."""
    failing, good = desk(daemon, "desk-dlh", credit=64), desk(daemon, "desk-damkar", lease_s=60)
    put(poc, *[garbage() for _ in range(40)])
    failed, slowest = 0, 0.0
    for _ in range(30):
        begun = time.monotonic()
        [case] = put(poc, fire())
        item = good.item(PATIENCE)
        slowest = max(slowest, time.monotonic() - begun)
        assert item["case"] == case
        good.say(item, "done")
        good.credit(1)
        while True:
            try:
                kind, body = failing.take(0.01)
            except TimeoutError:
                break
            if kind == "item":
                failing.say(body, "fail", reason="uji")
                failing.credit(1)
                failed += 1
    assert failed > 30 and slowest < SLACK, (failed, slowest)


# over restarts -------------------------------------------------------------------------------------------------------

def test_killed(daemon, poc):
    """Queue, leases, failures and what is dead are on the disk."""
    first = desk(daemon, "desk-dlh", credit=2, lease_s=60)
    cases = put(poc, *[garbage() for _ in range(5)])
    held, failed = first.item(PATIENCE), first.item(PATIENCE)
    first.say(failed, "fail", reason="sebelum mati")
    gone = first.client
    [exercise] = put(daemon.client("drill-1"), garbage(mode="exercise"))
    daemon.kill9()
    gone.close()
    daemon.start()
    second = desk(daemon, "desk-dlh-2", credit=20, lease_s=60)
    items = {item["case"]: item for item in (second.item(PATIENCE) for _ in range(5))}
    assert set(items) == {*cases[1:], exercise}                             # not the one that is held
    assert [case for case in items if case != cases[1]] == [*cases[2:], exercise]
    assert [items[case]["attempt"] for case in cases[1:]] == [2, 1, 1, 1]   # the second one failed before
    assert [items[case]["event"]["mode"] for case in (cases[1], exercise)] == ["actual", "exercise"]
    again = items[cases[1]]
    idle(second)
    daemon.client("desk-dlh").work(cases[0], "dlh", "done", attempt=held["attempt"])    # its lease lived on
    for n in (2, 3):                        # the failure before the kill counts
        second.say(again, "fail", reason="sesudah")
        if n < ATTEMPTS:
            again = second.item(PATIENCE)
    [item] = daemon.client("poc-1").dead()["items"]
    assert [f["reason"] for f in item["failed"]] == ["sebelum mati", "sesudah", "sesudah"]
    daemon.kill9()
    daemon.start()
    assert daemon.client("poc-1").dead()["items"] == [item]
    idle(desk(daemon, "desk-dlh", credit=20))


def test_a_lease_runs_out_while_siagad_is_away(daemon, poc):
    first = desk(daemon, "desk-dlh", lease_s=SHORT)
    [case] = put(poc, garbage())
    item = first.item(PATIENCE)
    daemon.kill9()
    daemon.start()
    second = desk(daemon, "desk-dlh-2", lease_s=60)
    again = second.item(PATIENCE)
    assert (again["case"], again["attempt"]) == (case, 2)
    rows = [row for row in daemon.client("poc-1").get(case)["history"] if row["entry"] == "work"]
    assert [row["act"] for row in rows] == ["take", "expire", "take"] and instant(rows[1]["at"]) >= instant(item["lease_until"])


def test_stop_says_so(daemon, poc):
    opened = desk(daemon, "desk-damkar")
    daemon.stop()
    kind = None
    while kind != "ended":
        kind, body = opened.take(PATIENCE)
        assert kind in ("beat", "ended"), (kind, body)
    assert body["code"] == "E_STOPPING"
