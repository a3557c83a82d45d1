"""The life of a case: every act, from every state, by every role, is what proto/moves.def says; nothing else is.

What an act does beyond the state is in test_owners.py."""
import collections

import pytest

import city
from siaga import new_key
from support import (complaint, edges, emergency, instant, moves, refused, refusing, report, stored, submit, verbs, words)

TABLE = moves()
EDGES = edges()
STATES, ACTS, ROLES = words("STATE"), words("ACT"), list(city.WHO)
MOVERS = [role for role in ROLES if role in verbs()["move"][1]]
# what an act may bring along; "into" is a ticket of the city at hand
BRINGS = {"reason": "uji", "outcome": "fixed", "target": "dlh", "milestone": "on_scene", "rating": True}


def fire(**fields):
    """A complaint whose owner is disdamkarmat, the SKPD of desk-damkar."""
    return complaint(category="fire.land", **fields)


def call(**fields):
    """An emergency that the POC owns, so that an operator can do everything with it."""
    return emergency(category="intake.112", **fields)


class People:
    """One client for each role, and what an act needs in this city."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.by_role = {role: daemon.client(source) for role, source in city.WHO.items()}
        self.poc_handler = daemon.client("desk-poc")
        self.whole = stored(submit(self.by_role["operator"], fire()))["ticket"]     # others are merged into it

    def of(self, role, state):
        """Who has this role and a part of the case: one that its owner refused is the POC's."""
        return self.poc_handler if (role, state) == ("handler", "forwarded") else self.by_role[role]

    def brings(self, needs):
        """The fields that satisfy these needs."""
        fields = {**BRINGS, "into": self.whole}
        return {"done" if need == "rating" else need: fields[need] for need in needs}

    def does(self, ticket, state, act, **fields):
        """Does it as somebody who may."""
        roles = TABLE[state, act].roles - ({"operator"} if act == "resolve" else set())
        who = self.of("operator" if "operator" in roles else "handler", state)
        return who.act(ticket, act, **{**self.brings(TABLE[state, act].needs), **fields})

    def case_in(self, state, event=fire):
        """A new case of field-1, brought to a state. Returns what was answered last, with `by`."""
        receipt = stored(submit(self.by_role["field"], event()))
        last = {**receipt, "version": 1, "at": receipt["received_at"], "by": "field-1", "do": "event"}
        for now, act in path(receipt["state"], state):
            done = self.does(receipt["ticket"], now, act)
            assert (done["state"], done["version"]) == (TABLE[now, act].to, last["version"] + 1)
            roles = TABLE[now, act].roles
            last = {**done, "by": "poc-1" if "operator" in roles and act != "resolve" else "desk-damkar",
                    "do": act, "from": now}
        assert last["state"] == state
        return last


def path(start, goal):
    """The shortest list of (state, act) from one state to another, by the table."""
    came, todo = {start: None}, collections.deque([start])
    while todo:
        state = todo.popleft()
        if state == goal:
            steps = []
            while came[state]:
                steps.append(came[state])
                state = came[state][0]
            return steps[::-1]
        for (here, act), step in TABLE.items():
            if here == state and step.to not in came:
                came[step.to] = (state, act)
                todo.append(step.to)
    return None


@pytest.fixture(scope="module")
def people(daemon):
    return People(daemon)


def test_the_table_is_whole():
    assert {state for state, _ in TABLE} == set(STATES) == {state for state in STATES if path("received", state) is not None}
    assert {act for _, act in TABLE} == set(ACTS)
    assert {role for step in TABLE.values() for role in step.roles} - {"system"} == set(MOVERS)


def allowed(state, role):
    return {act for here, act in TABLE if here == state and role in TABLE[here, act].roles}


def may(state, act, role):
    """May it be done? An operator resolves the POC's parts and those of outside bodies alone, and this is a fire."""
    return role in TABLE[state, act].roles and (role, act) != ("operator", "resolve")


NEEDS = {act: set.union(*(step.needs for (_, other), step in TABLE.items() if other == act)) for act in ACTS}


def hears_who(role, at):
    """Who changed it last, for roles that are told of senders."""
    return at["by"] if role != "humas" else None


# the whole table -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", STATES)
def test_what_is_refused(people, state, role):
    """Every act that the table does not give: E_STATE when nobody may do it now, else E_ROLE. None of them leaves a trace."""
    at = people.case_in(state)
    who = people.of(role, state)
    for act in ACTS:
        brings = people.brings(NEEDS[act])
        if role not in MOVERS:
            with refusing("E_ROLE"):
                who.act(at["ticket"], act, **brings)
        elif (state, act) not in TABLE:
            with refusing("E_STATE") as no:
                who.act(at["ticket"], act, **brings)
            assert (no[0]["ticket"], no[0]["state"], no[0]["version"]) == (at["ticket"], state, at["version"]), act
            assert (no[0].get("changed_by"), no[0]["changed_at"]) == (hears_who(role, at), at["at"]), act
            assert set(no[0]["allowed"]) == allowed(state, role), act
            assert len(no[0]["allowed"]) == len(set(no[0]["allowed"]))
        elif not may(state, act, role):
            with refusing("E_ROLE"):
                who.act(at["ticket"], act, **brings)
    got = people.by_role["operator"].get(at["ticket"])["case"]
    assert (got["state"], got["version"]) == (state, at["version"])


@pytest.mark.parametrize("state,act,role", [pytest.param(*pair, role, id="-".join((*pair, role)))
                                            for pair in TABLE for role in MOVERS if may(*pair, role)])
def test_what_is_done(people, state, act, role):
    """Every act that the table gives this role."""
    step = TABLE[state, act]
    at = people.case_in(state)
    before = people.by_role["operator"].get(at["ticket"])["case"]
    who = people.of(role, state)
    brings = people.brings(step.needs)
    done = who.act(at["ticket"], act, version=at["version"], note="dicatat", **brings)
    assert (done["ticket"], done["case"], done["state"], done["version"], done["duplicate"]) == (
        at["ticket"], before["case"], step.to, at["version"] + 1, False)
    got = people.by_role["operator"].get(at["ticket"])
    assert (got["case"]["state"], got["case"]["version"]) == (step.to, at["version"] + 1)
    assert ("owner" in done) == (role != "humas") and done.get("owner", got["case"]["owner"]) == got["case"]["owner"]
    [row] = [row for row in got["history"] if row["seq"] == done["seq"]]
    assert (row["entry"], row["do"], row["from"], row["to"], row["state"], row["version"]) == (
        "move", act, state, step.to, step.to, done["version"])
    assert (row["note"], row["source"], row["role"], row["at"]) == ("dicatat", who.source, role, done["at"])
    for name in step.needs & {"reason", "outcome", "milestone", "into"}:
        assert row[name] == brings[name]
    if got["case"]["owner"] != before["owner"]:
        assert row["owner_before"] == before["owner"] and act in ("forward", "refuse", "assign")
    else:
        assert "owner_before" not in row and act not in ("forward", "refuse")


@pytest.mark.parametrize("state", STATES)
def test_stale(people, state):
    """Another version than the case has: told what it is now, who changed it, when, what he did, and what this role may do."""
    at = people.case_in(state)
    for role in MOVERS:
        who = people.of(role, state)
        for act in sorted(allowed(state, role) | {"note"}):
            for version in {at["version"] - 1 or 7, at["version"] + 1}:
                with refusing("E_STALE") as no:
                    who.act(at["ticket"], act, version=version, **people.brings(NEEDS[act]))
                assert (no[0]["ticket"], no[0]["state"], no[0]["version"]) == (at["ticket"], state, at["version"])
                assert (no[0]["changed_do"], no[0].get("changed_from")) == (at["do"], at.get("from"))
                assert (no[0].get("changed_by"), no[0]["changed_at"]) == (hears_who(role, at), at["at"])
                assert set(no[0]["allowed"]) == allowed(state, role)
    assert people.by_role["operator"].get(at["ticket"])["case"]["version"] == at["version"]


@pytest.mark.parametrize("state", STATES)
def test_a_state_wanted(people, state):
    """`to` stands for the act that does nothing but lead there; where none does, it is refused."""
    handler = people.of("handler", state)
    at = people.case_in(state)
    for to in STATES:
        if (state, to) in EDGES:
            continue
        with refusing("E_STATE") as no:
            people.by_role["operator"].move(at["ticket"], to, reason="uji", outcome="fixed" if to == "resolved" else None)
        assert (no[0]["state"], no[0]["version"]) == (state, at["version"])
        assert set(no[0]["allowed"]) == allowed(state, "operator")
    for (here, to), needs in EDGES.items():
        if here == state:
            at = people.case_in(state)
            who = handler if to == "resolved" else people.by_role["operator"]
            done = who.move(at["ticket"], to, version=at["version"], **people.brings(needs))
            assert (done["state"], done["version"]) == (to, at["version"] + 1)
            row = people.by_role["operator"].get(done["seq"])["history"]
            [row] = [r for r in row if r["seq"] == done["seq"]]
            assert (row["from"], row["to"]) == (state, to)
            assert TABLE[state, row["do"]].to == to


# what an act needs ---------------------------------------------------------------------------------------------------

WRONG = {"reason": (5, ""), "outcome": (5, "beres", "resolved"), "target": (5, ["dlh"]), "into": (5, "bukan tiket"),
         "milestone": (5, "sampai"), "rating": (5, "ya")}


@pytest.mark.parametrize("state,act", [pytest.param(*pair, id="-".join(pair)) for pair, step in TABLE.items() if step.needs])
def test_what_an_act_needs(people, state, act):
    """Each thing left out, or of another type: the fault names the field."""
    step = TABLE[state, act]
    at = people.case_in(state)
    whole = people.brings(step.needs)
    for need in step.needs:
        field = "done" if need == "rating" else need
        with refusing("E_FIELD", field):
            people.does(at["ticket"], state, act, **{field: None})
        for wrong in WRONG[need]:
            with refusing(("E_FIELD", "E_REF", "E_LIMIT", "E_TEXT", "E_CATEGORY"), field):
                people.does(at["ticket"], state, act, **{field: wrong})
    assert people.by_role["operator"].get(at["ticket"])["case"]["version"] == at["version"]
    people.does(at["ticket"], state, act, **whole)


def test_both_or_neither(people):
    at = people.case_in("received")
    poc = people.by_role["operator"]
    for fields in ({}, {"do": "verify", "to": "verified"}, {"do": "verifikasi"}, {"to": "selesai"}, {"do": 1}, {"do": "verified"}):
        with refusing("E_FIELD"):
            poc.request(3, {"ticket": at["ticket"], "key": new_key(), **fields})
    with refusing("E_FIELD"):
        poc.request(3, {"do": "verify", "key": new_key()})
    with refusing("E_FIELD"):
        poc.request(3, {"ticket": at["ticket"], "case": at["seq"], "do": "verify", "key": new_key()})


@pytest.mark.parametrize("outcome", words("OUTCOME"))
def test_outcomes(people, outcome):
    at = people.case_in("in_progress")
    people.does(at["ticket"], "in_progress", "resolve", outcome=outcome)
    got = people.by_role["operator"].get(at["ticket"])
    assert got["history"][-1]["outcome"] == got["case"]["outcome"] == outcome


def test_proof(daemon, poc):
    """A category that demands it: the sha256 of a photo or letter, and nothing that only looks like one."""
    dlh = daemon.client("desk-dlh")
    receipt = stored(submit(poc, complaint(category="tree.fallen")), "proof_wanted")
    ticket = receipt["ticket"]
    poc.act(ticket, "assign")
    for act in ("ack", "start"):
        dlh.act(ticket, act)
    with refusing("E_PROOF"):
        dlh.act(ticket, "resolve", outcome="fixed")
    for wrong in (64 * "g", 63 * "a", 65 * "a", 64 * "A", 5):
        with refusing(("E_FIELD", "E_LIMIT"), "proof"):
            dlh.act(ticket, "resolve", outcome="fixed", proof=wrong)
    done = dlh.act(ticket, "resolve", outcome="fixed", proof=64 * "a")
    [row] = [r for r in poc.get(ticket)["history"] if r["seq"] == done["seq"]]
    assert row["proof"] == 64 * "a"


def test_limits_of_a_move(people):
    poc, at = people.by_role["operator"], people.case_in("received")
    ticket = at["ticket"]
    with refusing("E_LIMIT", "note"):
        poc.act(ticket, "verify", note=1001 * "x")
    with refusing("E_LIMIT", "reason"):
        poc.act(ticket, "reject", reason=65 * "x")
    with refusing("E_TEXT", "note"):
        poc.act(ticket, "verify", note="a\x07b")
    with refusing("E_FIELD", "key"):
        poc.act(ticket, "verify", key="tidak boleh ada spasi")
    with refusing("E_CATEGORY", "target"):
        poc.act(people.case_in("assigned")["ticket"], "forward", reason="uji", target="dinas-tidak-ada")
    poc.act(ticket, "verify", note=1000 * "x", reason=64 * "y")
    assert poc.get(ticket)["history"][-1]["reason"] == 64 * "y"


def test_nothing_to_move(people):
    for role in MOVERS:                             # who sees his own alone hears the same of what is not his
        with refusing("E_ROLE" if role in ("handler", "field") else "E_REF"):
            people.by_role[role].act(10**9, "note")
        with refusing("E_REF"):                     # a slip of the pen is said to everybody
            people.by_role[role].act("C-200101-0001-A", "note")


def test_by_ticket_or_any_number_of_the_case(poc):
    receipt = stored(submit(poc, complaint()))
    first = poc.act(receipt["seq"], "verify")
    assert (first["ticket"], first["case"]) == (receipt["ticket"], receipt["seq"])
    assert poc.get(first["seq"])["case"]["ticket"] == receipt["ticket"]


# again, and at once --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("state,act", [pytest.param(*pair, id="-".join(pair)) for pair in TABLE])
def test_same_key_again(people, state, act):
    """The same answer again whatever has become of the case; the same key for something else is refused."""
    at, key = people.case_in(state), new_key()
    done = people.does(at["ticket"], state, act, key=key, note="x")
    head = people.by_role["operator"].act(at["ticket"], "note", note="dan seterusnya")["seq"]
    assert people.does(at["ticket"], state, act, key=key, note="x") == {**done, "duplicate": True}
    with refusing("E_KEY_REUSED") as no:
        people.does(at["ticket"], state, act, key=key, note="lain")
    assert no[0]["ticket"] == at["ticket"]
    rows = [row for row in people.by_role["operator"].get(at["ticket"])["history"] if row["entry"] == "move" and row["key"] == key]
    assert len(rows) == 1 and rows[0]["seq"] < head


def test_two_desks_at_once(daemon, poc):
    """Both read version N, both move: one wins, the other is told what changed and by whom."""
    other = daemon.client("poc-2")
    for _ in range(20):
        receipt = stored(submit(poc, emergency()))
        wish = {"ticket": receipt["ticket"], "version": 1}
        numbers = [(poc, poc.send(3, {**wish, "key": new_key(), "do": "ack"})),
                   (other, other.send(3, {**wish, "key": new_key(), "do": "cancel", "reason": "uji"}))]
        answers = []
        for client, number in numbers:
            code, came, body = client.receive()
            assert came == number
            answers.append((code, body, client.source))
        won = [a for a in answers if a[0] == 0x80]
        lost = [a for a in answers if a[0] == 0x81]
        assert len(won) == 1 and len(lost) == 1, answers
        body = refused(lost[0][1], "E_STALE")
        assert (body["state"], body["version"], body["changed_by"], body["changed_at"]) == (won[0][1]["state"], 2, won[0][2], won[0][1]["at"])
        assert set(body["allowed"]) == allowed(body["state"], "operator")


# whose ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("event", [fire, emergency])
def test_handler_works_its_own(daemon, poc, event):
    damkar = daemon.client("desk-damkar")
    ticket = stored(submit(poc, event()))["ticket"]
    if event is fire:
        poc.act(ticket, "assign")
    helpers = [task["skpd"] for task in poc.get(ticket)["case"].get("tasks", [])]
    for act, more in (("ack", {}), ("start", {}), ("wait_third_party", {"reason": "PLN"}), ("resume", {}), ("resolve", {"outcome": "fixed"})):
        done = damkar.act(ticket, act, **more)
        assert done["state"] == ("in_progress" if act == "resolve" and helpers else TABLE["in_progress" if act in ("wait_third_party", "resolve") else
                                 {"ack": "assigned", "start": "acknowledged", "resume": "waiting_third_party"}[act], act].to)
    assert [h["role"] for h in poc.get(ticket)["history"] if h["entry"] == "move"][-5:] == 5 * ["handler"]


@pytest.mark.parametrize("act", ACTS)
def test_handler_may_not_touch_another_s(people, daemon, poc, act):
    """Whatever the state of it: a case in which its SKPD has no part is not its business."""
    dlh = daemon.client("desk-dlh")
    for state in ("assigned", "in_progress", "resolved", "closed"):
        at = people.case_in(state)
        with refusing("E_ROLE"):
            dlh.act(at["ticket"], act, **people.brings(NEEDS[act] - {"target"}), **({"target": "dinkes"} if "target" in NEEDS[act] else {}))
        assert poc.get(at["ticket"])["case"]["version"] == at["version"]


def test_operator_resolves_the_poc_s(poc):
    ticket = stored(submit(poc, call()))["ticket"]
    for act in ("ack", "start"):
        poc.act(ticket, act)
    assert poc.act(ticket, "resolve", outcome="answered")["state"] == "resolved"


@pytest.mark.parametrize("state,act", [pytest.param(*pair, id="-".join(pair)) for pair, step in TABLE.items()
                                       if "field" in step.roles and pair[1] not in ("note", "milestone")])
def test_field_staff_and_what_others_reported(people, daemon, state, act):
    """It cancels, reopens, rates and appeals what it reported itself (test_what_is_done); not what another did."""
    at = people.case_in(state)
    brings = people.brings(TABLE[state, act].needs)
    with refusing("E_ROLE"):
        daemon.client("field-2").act(at["ticket"], act, **brings)
    assert people.by_role["operator"].get(at["ticket"])["case"]["version"] == at["version"]
    people.by_role["field"].act(at["ticket"], act, **brings)


# history -------------------------------------------------------------------------------------------------------------

def test_resolved_and_reopened(people, poc):
    at = people.case_in("closed")
    poc.act(at["ticket"], "reopen", reason="belum selesai")
    poc.act(at["ticket"], "assign")
    history = [h for h in poc.get(at["ticket"])["history"] if h["entry"] != "clock"]
    assert [h["state"] for h in history][-3:] == ["closed", "reopened", "assigned"]
    assert [h["version"] for h in history] == list(range(history[0]["version"], history[0]["version"] + len(history)))
    times = [instant(h["at"]) for h in history]
    assert times == sorted(times) and [h["seq"] for h in history] == sorted(h["seq"] for h in history)


@pytest.mark.parametrize("note,wanted", [(None, 1000), (1000 * "n", None)], ids=["short", "long notes"])
def test_a_long_history(poc, note, wanted):
    """Longer than GET tells, in entries or in bytes: it begins with the event, has no hole, and says it was not all."""
    receipt = stored(submit(poc, call()))
    rounds = [("ack", {}), ("start", {}), ("resolve", {"outcome": "fixed"}), ("reopen", {"reason": "uji"}), ("assign", {})]
    for i in range(1050):
        act, more = rounds[i % 5]
        done = poc.act(receipt["ticket"], act, note=note, **more)
        if i == 100:
            got = poc.get(receipt["ticket"])
            assert got["whole"] is True and len([h for h in got["history"] if h["entry"] != "clock"]) == 102
    got = poc.get(receipt["ticket"])
    assert got["whole"] is False
    assert got["case"]["version"] == done["version"] and got["case"]["state"] == done["state"]
    seqs = [row["seq"] for row in got["history"]]
    assert seqs == list(range(receipt["seq"], receipt["seq"] + len(seqs)))      # with siagad's own entries between
    assert len(seqs) == wanted or (wanted is None and 300 < len(seqs) <= 1000)


def test_a_report_begins_with_its_skpd(poc):
    receipt = stored(submit(poc, report()))
    assert (receipt["state"], receipt["owner"]) == ("assigned", "dbmsda")
