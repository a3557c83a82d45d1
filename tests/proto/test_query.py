"""LIST and GET against a model in Python: filters, paging, counting, and never behind an acknowledgement."""
import random

import pytest

import city
import siaga
from support import complaint, edges, emergency, instant, refusing, report, stored, submit, words

TABLE = edges()
OPEN = set(words("STATE")[:10])


class Model:
    """What a city should look like after everything that was acknowledged."""

    def __init__(self, client, dice, events=300, steps=250):
        self.cases = []         # oldest first
        for _ in range(events // 20):
            sent = [self.event(dice) for _ in range(20)]
            for event, receipt in zip(sent, client.submit(*sent)):
                stored(receipt)
                self.cases.append({"seq": receipt["seq"], "ticket": receipt["ticket"], "kind": event["kind"],
                                   "severity": event.get("severity"), "state": receipt["state"], "owner": receipt["owner"],
                                   "kecamatan": event.get("kecamatan"), "at": receipt["received_at"], "version": 0, "moves": 0})
                assert receipt["owner"] == city.owner(event["kind"], event["category"], event.get("kecamatan"))
        for row in client.cases(limit=500):
            case = self.cases[row["seq"] - 1]
            case["version"] = row["version"]
            case["severity"] = case["severity"] or row["severity"]      # what it is when nobody says: the daemon's to decide
        for _ in range(steps):
            self.step(client, dice)

    @staticmethod
    def event(dice):
        kind, category, kecamatan = dice.choice(list(city.OWNERS))
        event = {"emergency": emergency, "complaint": complaint, "report": report}[kind](category=category)
        event["kecamatan"] = kecamatan or dice.choice(["utara", "selatan", "jatiasih", None])
        if (kind, category) == ("complaint", "road.pothole") and not kecamatan and event["kecamatan"] == "jatiasih":
            event["kecamatan"] = "utara"
        if dice.random() < 0.7:
            event["severity"] = dice.choice(words("SEVERITY"))
        return {k: v for k, v in event.items() if v is not None}

    def step(self, client, dice):
        case = dice.choice(self.cases)
        ways = [(to, needs) for (here, to), needs in TABLE.items() if here == case["state"] and to != "resolved"]
        if ways:
            to, needs = dice.choice(ways)
            done = client.move(case["ticket"], to, version=case["version"], **{need: "uji" for need in needs})
            case.update(state=done["state"], version=done["version"], moves=case["moves"] + 1)

    def find(self, open=None, since=None, until=None, skpd=None, reverse=False, **wanted):
        found = [c for c in self.cases
                 if all(c[name] in values for name, values in wanted.items())
                 and (skpd is None or c["owner"] in skpd)
                 and (not open or c["state"] in OPEN)
                 and (since is None or instant(c["at"]) >= instant(since))
                 and (until is None or instant(c["at"]) < instant(until))]
        return found if reverse else found[::-1]


@pytest.fixture(scope="module")
def model(daemon, poc):
    """The first tests have the city for themselves; those from paging on add to it and do not use the model."""
    return Model(poc, random.Random(1500444))


def pages(client, limit, **asked):
    """All rows, page by page. A page may be shorter than its limit (a message has 65,536 bytes), never empty."""
    rows, after = [], None
    while True:
        page = client.list(limit=limit, after=after, **asked)
        rows += page["rows"]
        assert len(page["rows"]) <= limit
        if page.get("after") is None:
            return rows
        assert page["rows"] and (len(page["rows"]) == limit or limit > 100)
        after = page["after"]


def short(row):
    return {name: row.get(name) for name in ("seq", "ticket", "kind", "severity", "state", "owner", "kecamatan", "at", "version")}


def check(rows, wanted):
    assert [short(r) for r in rows] == [{k: v for k, v in c.items() if k != "moves"} for c in wanted]


def test_everything(model, leader):
    check(pages(leader, 500), model.find())
    check(pages(leader, 500, reverse=True), model.find(reverse=True))
    assert all(r["case"] == r["seq"] and r["entry"] == "event" and r["title"] for r in pages(leader, 500))


def some_filter(dice, model):
    asked = {}
    for name, values in (("kind", words("KIND")), ("skpd", list(city.SKPD)), ("severity", words("SEVERITY")),
                         ("state", words("STATE")), ("kecamatan", ["utara", "selatan", "jatiasih"])):
        if dice.random() < 0.4:
            asked[name] = dice.sample(values, dice.randint(1, min(4, len(values))))
    if dice.random() < 0.3:
        asked["open"] = True
    times = sorted(dice.sample([c["at"] for c in model.cases], 2))
    if dice.random() < 0.3:
        asked["since"] = times[0]
    if dice.random() < 0.3:
        asked["until"] = times[1]
    if dice.random() < 0.5:
        asked["reverse"] = True
    return asked


def test_any_filter(model, leader):
    """120 random combinations, each in pages of a random size and with its count."""
    dice, sizes = random.Random(112), []
    for _ in range(120):
        asked = some_filter(dice, model)
        wanted = model.find(**asked)
        check(pages(leader, dice.choice((1, 2, 7, 50, 500)) if len(wanted) < 40 else dice.choice((17, 50, 500)), **asked), wanted)
        assert leader.list(limit=1, count=True, **asked)["total"] == len(wanted), asked
        sizes.append(len(wanted))
    assert sum(s > 0 for s in sizes) > 60 and max(sizes) > 100


@pytest.mark.parametrize("field,values", [("kind", words("KIND")), ("severity", words("SEVERITY")), ("state", words("STATE")),
                                          ("skpd", list(city.SKPD)), ("kecamatan", ["utara", "selatan", "jatiasih"])])
def test_each_word_alone(model, leader, field, values):
    for value in values:
        check(pages(leader, 500, **{field: [value]}), model.find(**{field: [value]}))


def test_since_and_until_to_the_microsecond(model, leader):
    at = model.cases[150]["at"]
    since, until = leader.list(since=at, reverse=True, limit=1), leader.list(until=at, limit=1)
    assert since["rows"][0]["at"] == at and instant(until["rows"][0]["at"]) < instant(at)
    check(pages(leader, 500, since=at, until=at), [])
    # any offset says the same
    wib = instant(at).astimezone(city.WIB).isoformat()
    check(pages(leader, 500, since=wib), model.find(since=at))


def test_defaults_and_ranges(model, leader):
    assert len(leader.list()["rows"]) == 50
    for limit in (0, 501, -1, "5"):
        with refusing(("E_RANGE", "E_FIELD")):
            leader.list(limit=limit)
    for name in ("since", "until"):
        with refusing(("E_RANGE", "E_FIELD")):
            leader.list(**{name: "kemarin"})
    page = leader.list(limit=5)
    assert page["as_of"] == page["head"] == leader.hello()["head"]
    assert "total" not in page


def test_count_needs_no_page(model, leader):
    page = leader.list(limit=3, count=True)
    assert len(page["rows"]) == 3 and page["total"] == len(model.cases)
    assert leader.list(limit=3, count=True, after=page["after"])["total"] == len(model.cases)


def told(client, case):
    """GET, without the seconds that go on while somebody holds the case."""
    got = client.get(case)
    for held in got["held"]:
        assert held.pop("held_s") >= 0 and held.pop("waited_s") >= 0
    return got


def test_get(model, leader):
    dice = random.Random(5)
    for case in dice.sample(model.cases, 40):
        got = told(leader, case["ticket"])
        check([got["case"]], [case])
        assert got == told(leader, case["seq"])
        assert {h["source"] for h in got["history"] if h["entry"] == "clock"} <= {"siagad"}      # due times counted anew
        history = [h for h in got["history"] if h["entry"] != "clock"]
        assert len(history) == 1 + case["moves"] and history[0]["seq"] == case["seq"]
        assert [h["entry"] for h in history] == ["event"] + case["moves"] * ["move"]
        for before, after in zip(history, history[1:]):
            assert after["seq"] > before["seq"] and after["version"] == before["version"] + 1
            assert after["from"] == before["state"] and after["to"] == after["state"]
            assert (before["state"], after["state"]) in TABLE
        assert (history[-1]["state"], history[-1]["version"]) == (case["state"], case["version"])
        # the number of any entry of the case leads to it
        assert told(leader, got["history"][-1]["seq"]) == got


def test_get_nothing(model, leader):
    for case in (0, 10**12, "E-200101-0001-A", "bukan tiket", ""):
        with refusing(("E_NOT_FOUND", "E_REF", "E_FIELD")):
            leader.get(case)
    with refusing("E_FIELD"):
        leader.request(5, {})


def test_paging_is_stable_while_events_come(daemon):
    """A page later is the page it would have been: what comes meanwhile is newer, and nothing moves place."""
    poc, leader = daemon.client("poc-1"), daemon.client("walikota")
    last = leader.hello()["head"]
    before = [r["seq"] for r in pages(leader, 500)]
    for reverse in (False, True):
        seen, after = [], None
        while True:
            page = leader.list(limit=41, after=after, reverse=reverse)
            seen += [r["seq"] for r in page["rows"]]
            after = page.get("after")
            if after is None or len(seen) > 2000:
                break
            if len(seen) < 300:
                poc.submit(complaint(), emergency())
                ticket = leader.list(kind=["complaint"], state=["received"], limit=1)["rows"][0]["ticket"]
                poc.move(ticket, "verified")
        assert len(seen) == len(set(seen)) and seen == sorted(seen, reverse=not reverse)
        assert [s for s in seen if s <= last] == (before[::-1] if reverse else before)


def test_cases_that_left_and_joined_a_filter(daemon):
    """Rows already told are not told again when their case changes, and none that stays is passed over."""
    poc, leader = daemon.client("poc-1"), daemon.client("walikota")
    receipts = [stored(r) for r in poc.submit(*[complaint(category="garbage.uncollected") for _ in range(30)])]
    asked = {"kind": ["complaint"], "skpd": ["dlh"], "state": ["received"], "since": receipts[0]["received_at"]}
    first = leader.list(limit=10, **asked)
    poc.move(receipts[25]["ticket"], "verified")        # told already, leaves
    poc.move(receipts[10]["ticket"], "verified")        # not yet told, leaves
    rest = []
    page = first
    while page.get("after") is not None:
        page = leader.list(limit=10, after=page["after"], **asked)
        rest += [r["seq"] for r in page["rows"]]
    stays = [r["seq"] for i, r in enumerate(receipts[:20]) if i != 10][::-1]
    assert [r["seq"] for r in first["rows"]] == [r["seq"] for r in receipts[20:]][::-1]
    assert rest == stays


def test_a_handler_sees_its_own_skpd(model, daemon, leader):
    """Whatever it asks for."""
    damkar, dlh = daemon.client("desk-damkar"), daemon.client("desk-dlh")
    for client, skpd in ((damkar, "disdamkarmat"), (dlh, "dlh")):
        own = [r["seq"] for r in leader.cases(skpd=[skpd])]
        assert own and [r["seq"] for r in client.cases()] == own
        assert [r["seq"] for r in client.cases(skpd=[skpd, "dbmsda", "poc-112"])] == own
        assert list(client.cases(skpd=["dbmsda"])) == []
        assert client.list(count=True, limit=1)["total"] == len(own)
        kind = [r["seq"] for r in leader.cases(skpd=[skpd], kind=["report"], open=True)]
        assert [r["seq"] for r in client.cases(kind=["report"], open=True)] == kind


def test_read_your_writes(daemon):
    """200 times: acknowledged to one, at once visible to another."""
    poc, leader = daemon.client("poc-1"), daemon.client("walikota")
    for i in range(200):
        receipt = stored(submit(poc, (emergency, complaint, report)[i % 3]()))
        page = leader.list(limit=1)
        assert page["rows"][0]["ticket"] == receipt["ticket"] and page["as_of"] >= receipt["seq"]
        if i % 10 == 0:
            assert leader.get(receipt["ticket"])["case"]["seq"] == receipt["seq"]


def test_read_your_moves(daemon):
    poc, leader = daemon.client("poc-1"), daemon.client("walikota")
    ticket = stored(submit(poc, emergency(category="intake.112")))["ticket"]       # its own, so that it may resolve it
    for to, need in (("acknowledged", {}), ("in_progress", {}), ("resolved", {"outcome": "fixed"}), ("reopened", {"reason": "uji"}),
                     ("assigned", {})) * 8:
        done = poc.move(ticket, to, **need)
        row = leader.list(limit=1)["rows"][0]
        assert (row["ticket"], row["state"], row["version"]) == (ticket, to, done["version"])


def test_the_same_after_a_restart(fresh):
    """The views are made from the journal: killed in the middle, they say the same."""
    poc = fresh.client("poc-1")
    model = Model(poc, random.Random(7), events=100, steps=80)
    fresh.kill9()
    fresh.start()
    check(pages(poc, 30), model.find())
    check(pages(poc, 30, open=True, kind=["complaint"]), model.find(open=True, kind=["complaint"]))


def test_the_names_of_the_city(daemon):
    """ROUTE tells what can be chosen, in order and without a repeat; of a name that is none, and beside a kind, it says so."""
    leader = daemon.client("walikota")
    told = {what: leader.request(siaga.ROUTE, {"names": what})["names"] for what in ("skpd", "category", "kecamatan")}
    assert told["skpd"] == sorted(city.SKPD)
    assert {"fire.building", "road.pothole", "intake.112"} <= set(told["category"])
    assert {"utara", "selatan", "jatiasih"} <= set(told["kecamatan"])
    assert all(names == sorted(set(names)) for names in told.values())
    for wrong in ({"names": "people"}, {"names": ""}, {"names": 7}, {"names": "skpd", "kind": "report"}):
        with refusing("E_FIELD"):
            leader.request(siaga.ROUTE, wrong)


def test_large_rows(daemon):
    """500 cases with 8,000 bytes of text each do not fit one answer: shorter pages, nothing left out."""
    poc = daemon.client("poc-1")
    first = poc.hello()["head"] + 1
    for _ in range(40):
        poc.submit(*[complaint(category="garbage.uncollected", body=8000 * "b") for _ in range(5)])
    since = poc.get(first)["case"]["at"]
    assert [r["seq"] for r in pages(poc, 500, since=since)] == list(range(first + 199, first - 1, -1))
    assert [r["seq"] for r in poc.cases(since=since, reverse=True)] == list(range(first, first + 200))
    watch, seqs = poc.watch(start=first), []
    while len(seqs) < 200:
        seqs += [r["seq"] for r in watch.take(20)[1].get("rows", [])]
    assert seqs == list(range(first, first + 200))
    watch.close()
