"""The life of a case: the allowed moves are those of proto/moves.def and no others."""
import collections

import pytest

from siaga import new_key
from support import complaint, emergency, instant, moves, refused, refusing, report, stored, submit, words

TABLE = moves()
STATES = words("STATE")
EVENTS = {"complaint": complaint, "emergency": emergency}


def needs(start, to):
    """What a move must bring along."""
    return {"reason": {"reason": "uji"}, "outcome": {"outcome": "fixed"}, None: {}}[TABLE[start, to][1]]


def path(start, goal):
    """The shortest list of states from one to another, by the table."""
    came, todo = {start: None}, collections.deque([start])
    while todo:
        state = todo.popleft()
        if state == goal:
            steps = []
            while state != start:
                steps.append(state)
                state = came[state]
            return steps[::-1]
        for here, there in TABLE:
            if here == state and there not in came:
                came[there] = state
                todo.append(there)
    return None


def case_in(client, state, event=complaint):
    """A new case brought to a state: the ticket and the last answer's version."""
    receipt = stored(submit(client, event()))
    at = client.get(receipt["ticket"])["case"]
    now, version = at["state"], at["version"]
    for step in path(now, state):
        done = client.move(receipt["ticket"], step, **needs(now, step))
        assert done["state"] == step and done["version"] == version + 1
        now, version = step, done["version"]
    return receipt["ticket"], version


REACHED = [s for s in STATES if path("received", s) is not None]


def test_the_table_reaches_what_moves_can_reach():
    assert set(STATES) - set(REACHED) == {"forwarded", "merged"}      # they change the owner or join cases


@pytest.mark.parametrize("start", REACHED)
def test_moves_from(poc, start):
    """Every pair of states with this one first."""
    ticket, version = case_in(poc, start)
    allowed = {to for here, to in TABLE if here == start}
    for to in STATES:
        if to in allowed:
            continue
        with refusing("E_STATE") as no:
            poc.move(ticket, to, reason="uji", outcome="fixed" if to == "resolved" else None)
        assert (no[0]["ticket"], no[0]["state"], no[0]["version"]) == (ticket, start, version)
        assert set(no[0]["allowed"]) == allowed
    assert poc.get(ticket)["case"]["version"] == version              # none of them left a trace
    for to in sorted(allowed):
        ticket, version = case_in(poc, start)
        done = poc.move(ticket, to, version=version, note="dicatat", **needs(start, to))
        assert (done["ticket"], done["state"], done["version"], done["duplicate"]) == (ticket, to, version + 1, False)
        got = poc.get(ticket)
        assert (got["case"]["state"], got["case"]["version"]) == (to, version + 1)
        last = got["history"][-1]
        assert (last["entry"], last["from"], last["to"], last["note"], last["source"], last["role"], last["seq"], last["at"]) == (
            "move", start, to, "dicatat", "poc-1", "operator", done["seq"], done["at"])
        assert {n: last.get(n) for n in needs(start, to)} == needs(start, to)


def pairs(wanted):
    """The moves of the table that are so, as parameters."""
    return [pytest.param(*pair, id="-".join(pair)) for pair, (roles, need) in TABLE.items() if wanted(roles, need)]


@pytest.mark.parametrize("start,to", pairs(lambda roles, need: need))
def test_what_a_move_needs(poc, start, to):
    need = TABLE[start, to][1]
    ticket, version = case_in(poc, start)
    with refusing("E_FIELD", need):
        poc.move(ticket, to)
    with refusing("E_FIELD", need):
        poc.move(ticket, to, **{need: 5})
    if need == "outcome":
        with refusing("E_FIELD", need):
            poc.move(ticket, to, outcome="beres")
        for outcome in words("OUTCOME"):
            ticket, _ = case_in(poc, start)
            poc.move(ticket, to, outcome=outcome)
            assert poc.get(ticket)["history"][-1]["outcome"] == outcome
    else:
        assert poc.get(ticket)["case"]["version"] == version


def test_limits_of_a_move(poc):
    ticket, _ = case_in(poc, "received")
    with refusing("E_LIMIT", "note"):
        poc.move(ticket, "verified", note=1001 * "x")
    with refusing("E_LIMIT", "reason"):
        poc.move(ticket, "rejected", reason=65 * "x")
    with refusing("E_TEXT", "note"):
        poc.move(ticket, "verified", note="a\x07b")
    with refusing("E_FIELD", "to"):
        poc.move(ticket, "selesai")
    with refusing("E_FIELD", "key"):
        poc.move(ticket, "verified", key="tidak boleh ada spasi")
    poc.move(ticket, "verified", note=1000 * "x", reason=64 * "y")


def test_nothing_to_move(poc):
    for case in (10**9, "C-200101-0001-A"):
        with refusing(("E_NOT_FOUND", "E_REF")):
            poc.move(case, "verified")
    with refusing("E_FIELD"):
        poc.request(3, {"to": "verified", "key": new_key()})


def test_by_ticket_or_any_number_of_the_case(poc):
    receipt = stored(submit(poc, complaint()))
    first = poc.move(receipt["seq"], "verified")
    assert (first["ticket"], first["case"]) == (receipt["ticket"], receipt["seq"])
    assert poc.get(first["seq"])["case"]["ticket"] == receipt["ticket"]


def test_same_key_again(daemon, poc):
    ticket, version = case_in(poc, "received")
    key = new_key()
    done = poc.move(ticket, "verified", key=key, version=version, note="x")
    poc.move(ticket, "assigned")
    assert poc.move(ticket, "verified", key=key, version=version, note="x") == {**done, "duplicate": True}
    with refusing("E_KEY_REUSED"):
        poc.move(ticket, "verified", key=key, version=version, note="lain")
    assert len(poc.get(ticket)["history"]) == 3


def test_two_desks_at_once(daemon, poc):
    """Both read version N, both move: one wins, the other is told what changed and by whom."""
    other = daemon.client("poc-2")
    for _ in range(20):
        ticket, version = case_in(poc, "assigned", emergency)
        wish = {"ticket": ticket, "version": version}
        numbers = [(poc, poc.send(3, {**wish, "key": new_key(), "to": "acknowledged"})),
                   (other, other.send(3, {**wish, "key": new_key(), "to": "cancelled", "reason": "uji"}))]
        answers = []
        for client, number in numbers:
            code, came, body = client.receive()
            assert came == number
            answers.append((code, body, client.source))
        won = [a for a in answers if a[0] == 0x80]
        lost = [a for a in answers if a[0] == 0x81]
        assert len(won) == 1 and len(lost) == 1, answers
        body = refused(lost[0][1], "E_STALE")
        assert (body["state"], body["version"], body["changed_by"], body["changed_at"]) == (
            won[0][1]["state"], version + 1, won[0][2], won[0][1]["at"])
        assert set(body["allowed"]) == {to for here, to in TABLE if here == body["state"]}


def test_a_version_that_never_was(poc):
    ticket, version = case_in(poc, "received")
    with refusing("E_STALE"):
        poc.move(ticket, "verified", version=version + 1)


# handlers ------------------------------------------------------------------------------------------------------------

def test_handler_works_its_own(daemon, poc):
    damkar = daemon.client("desk-damkar")
    receipt = stored(submit(poc, emergency()))
    now = "assigned"
    for step in ("acknowledged", "in_progress", "waiting_third_party", "in_progress", "resolved"):
        assert damkar.move(receipt["ticket"], step, **needs(now, step))["state"] == step
        now = step
    assert [h.get("role") for h in poc.get(receipt["ticket"])["history"][1:]] == 5 * ["handler"]


def test_handler_may_not_touch_another_s(daemon, poc):
    fire = stored(submit(poc, emergency()))["ticket"]
    garbage, _ = case_in(poc, "assigned", lambda: complaint(category="garbage.uncollected"))
    for source, ticket in (("desk-dlh", fire), ("desk-damkar", garbage)):
        with refusing("E_ROLE"):
            daemon.client(source).move(ticket, "acknowledged")
        assert poc.get(ticket)["case"]["state"] == "assigned"
    for source, ticket in (("desk-dlh", garbage), ("desk-damkar", fire)):
        daemon.client(source).move(ticket, "acknowledged")


@pytest.mark.parametrize("start,to", pairs(lambda roles, need: "handler" not in roles))
def test_handler_may_not(daemon, poc, start, to):
    ticket, version = case_in(poc, start, lambda: complaint(category="fire.land"))
    with refusing("E_ROLE"):
        daemon.client("desk-damkar").move(ticket, to, **needs(start, to))
    assert poc.get(ticket)["case"]["version"] == version


def test_resolved_and_reopened(poc):
    ticket, _ = case_in(poc, "closed", report)
    poc.move(ticket, "reopened", reason="belum selesai")
    poc.move(ticket, "assigned")
    history = poc.get(ticket)["history"]
    assert [h["state"] for h in history][-3:] == ["closed", "reopened", "assigned"]
    assert [h["version"] for h in history] == list(range(history[0]["version"], history[0]["version"] + len(history)))
    times = [instant(h["at"]) for h in history]
    assert times == sorted(times) and [h["seq"] for h in history] == sorted(h["seq"] for h in history)


@pytest.mark.parametrize("note,wanted", [(None, 1000), (1000 * "n", None)], ids=["short", "long notes"])
def test_a_long_history(poc, note, wanted):
    """Longer than GET tells, in entries or in bytes: it begins with the event, has no hole, and says it was not all."""
    receipt = stored(submit(poc, emergency()))
    rounds = [("acknowledged", {}), ("in_progress", {}), ("resolved", {"outcome": "fixed"}), ("reopened", {"reason": "uji"}), ("assigned", {})]
    for i in range(1050):
        to, need = rounds[i % 5]
        done = poc.move(receipt["ticket"], to, note=note, **need)
        if i == 100:
            got = poc.get(receipt["ticket"])
            assert got["whole"] is True and len(got["history"]) == 102
    got = poc.get(receipt["ticket"])
    assert got["whole"] is False
    assert got["case"]["version"] == done["version"] and got["case"]["state"] == done["state"]
    seqs = [row["seq"] for row in got["history"]]
    assert seqs == list(range(receipt["seq"], receipt["seq"] + len(seqs)))
    assert len(seqs) == wanted or (wanted is None and 300 < len(seqs) <= 1000)
