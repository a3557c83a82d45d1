"""Who owns a case and who supports it; what acts do beyond the state; and what siagad says by itself when nobody does anything."""
import contextlib
import datetime
import shutil
import time

import pytest

import support
from siaga import new_key
from support import (PATIENCE, complaint, counters, emergency, eventually, instant, refused, refusing, report, rows_until, stored, submit, when, words)


@pytest.fixture(scope="module")
def desks(daemon):
    """A handler of each SKPD that has one."""
    return {skpd: daemon.client(source) for skpd, source in (("disdamkarmat", "desk-damkar"), ("dlh", "desk-dlh"), ("dinkes", "desk-dinkes"),
                                                             ("setda", "desk-setda"), ("poc-112", "desk-poc"))}


def fire(poc, **fields):
    """A report of disdamkarmat alone, assigned at once. Returns its ticket."""
    return stored(submit(poc, report(category="fire.building", **fields)))["ticket"]


def case(client, ticket):
    return client.get(ticket)["case"]


def last(client, seq):
    """The row of GET with this number."""
    [row] = [row for row in client.get(seq)["history"] if row["seq"] == seq]
    return row


def tasks(client, ticket):
    """SKPD -> state of each supporting part."""
    return {task["skpd"]: task["state"] for task in case(client, ticket).get("tasks", [])}


def seconds(earlier, later):
    return (instant(later) - instant(earlier)).total_seconds()


def resolve(client, ticket, **fields):
    for act, more in (("ack", {}), ("start", {}), ("resolve", {"outcome": "fixed"})):
        done = client.act(ticket, act, **more, **fields)
    return done


@contextlib.contextmanager
def stands_still(client, ticket):
    """Wraps a part of a test that may change nothing of the case."""
    def stand():
        now = case(client, ticket)
        return now["state"], now["version"], now["owner"], tasks(client, ticket)

    before = stand()
    yield
    assert stand() == before


# owners --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("who", ["operator", "handler"])
def test_forward(daemon, poc, desks, who):
    """In one step to the new owner, who has due times of its own; the old one has nothing more to say."""
    ticket = fire(poc)
    client = poc if who == "operator" else desks["disdamkarmat"]
    desks["disdamkarmat"].act(ticket, "ack")
    done = client.act(ticket, "forward", reason="sampah", target="dlh")
    assert (done["state"], done["owner"], done["version"]) == ("assigned", "dlh", 3) and "by_rule" not in done
    row = last(poc, done["seq"])
    assert (row["do"], row["from"], row["to"], row["owner_before"], row["owner"], row["reason"]) == (
        "forward", "acknowledged", "assigned", "disdamkarmat", "dlh", "sampah")
    now = eventually(lambda: case(poc, ticket) if "ack_due" in case(poc, ticket) else None, "the due time of the new owner")
    assert now["forwards"] == 1 and "acknowledged_at" not in now
    assert seconds(done["at"], now["ack_due"]) == 1800              # "ack: 30m" of dlh, from when it got it
    clock = poc.get(ticket)["history"][-1]
    assert (clock["entry"], clock["task"], clock["why"], clock["source"], clock["ack_due"]) == ("clock", "dlh", "new_owner", "siagad", now["ack_due"])
    assert now["version"] == 3
    with refusing("E_ROLE"):
        desks["disdamkarmat"].act(ticket, "ack")
    desks["dlh"].act(ticket, "ack")


def test_forward_to_the_owner(poc, desks):
    ticket = fire(poc)
    with stands_still(poc, ticket), refusing("E_STATE"):
        desks["disdamkarmat"].act(ticket, "forward", reason="uji", target="disdamkarmat")


def test_forward_to_who_supports(poc, desks):
    """It supported; now it owns, and has no second part."""
    ticket = stored(submit(poc, emergency()))["ticket"]
    done = desks["disdamkarmat"].act(ticket, "forward", reason="korban saja", target="dinkes")
    assert done["owner"] == "dinkes"
    assert tasks(poc, ticket)["dinkes"] in ("cancelled", None) and tasks(poc, ticket)["ext-polres"] == "assigned"
    desks["dinkes"].act(ticket, "ack")
    assert case(poc, ticket)["state"] == "acknowledged"


def test_refuse(poc, desks):
    """What its owner refuses is the POC's, which assigns it anew; nothing else goes on meanwhile."""
    ticket = fire(poc)
    done = desks["disdamkarmat"].act(ticket, "refuse", reason="bukan tugas kami")
    assert (done["state"], done["owner"]) == ("forwarded", "poc-112")
    row = last(poc, done["seq"])
    assert (row["owner_before"], row["owner"], row["from"], row["to"]) == ("disdamkarmat", "poc-112", "assigned", "forwarded")
    for act in ("ack", "start", "resolve"):
        with refusing("E_STATE"):
            poc.act(ticket, act, outcome="fixed" if act == "resolve" else None)
    with refusing("E_CATEGORY", "target"):
        poc.act(ticket, "assign", target="tidak-ada")
    done = poc.act(ticket, "assign", target="dlh")
    assert (done["state"], done["owner"]) == ("assigned", "dlh")
    assert last(poc, done["seq"])["owner_before"] == "poc-112"
    assert case(poc, ticket)["forwards"] == 1


def test_assign_with_a_target(poc):
    ticket = stored(submit(poc, complaint()))["ticket"]
    done = poc.act(ticket, "assign", target="dlh")
    assert (done["owner"], done["state"]) == ("dlh", "assigned")
    again = stored(submit(poc, complaint()))["ticket"]
    assert poc.act(again, "assign")["owner"] == "dbmsda"


def test_the_third_time_it_is_the_secretariat_s(poc, desks):
    """Whatever target says; and what the Secretariat hands on and comes back is the Secretariat's again."""
    ticket = fire(poc)
    for owner, target in (("disdamkarmat", "dlh"), ("dlh", "dinkes")):
        done = desks[owner].act(ticket, "forward", reason="bukan kami", target=target)
        assert done["owner"] == target and "by_rule" not in done
    done = desks["dinkes"].act(ticket, "forward", reason="bukan kami", target="dlh")
    assert (done["owner"], done["state"], done["by_rule"]) == ("setda", "assigned", True)
    row = last(poc, done["seq"])
    assert (row["owner"], row["owner_before"], row["by_rule"]) == ("setda", "dinkes", True)
    done = desks["setda"].act(ticket, "forward", reason="diputus", target="dlh")
    assert done["owner"] == "dlh" and "by_rule" not in done
    done = poc.act(ticket, "forward", reason="bukan kami", target="disdamkarmat")
    assert (done["owner"], done["by_rule"]) == ("setda", True)
    done = desks["setda"].act(ticket, "forward", reason="diputus", target="dlh")
    done = desks["dlh"].act(ticket, "refuse", reason="tetap bukan kami")
    assert (done["owner"], done["state"]) == ("setda", "assigned")
    assert case(poc, ticket)["forwards"] == 7


def test_the_third_refusal(poc, desks):
    ticket = fire(poc)
    desks["disdamkarmat"].act(ticket, "refuse", reason="bukan kami")
    poc.act(ticket, "assign", target="dlh")
    done = desks["dlh"].act(ticket, "refuse", reason="bukan kami")
    assert (done["owner"], done["state"]) == ("poc-112", "forwarded")
    done = poc.act(ticket, "assign", target="dinkes")       # given away twice: this is the third time
    assert (done["owner"], done["state"], done["by_rule"]) == ("setda", "assigned", True)


def test_held(daemon, poc, desks):
    """Who owned it how long, without a hole, the time in waiting states apart."""
    receipt = stored(submit(poc, report(category="fire.building")))
    ticket = receipt["ticket"]
    moved = desks["disdamkarmat"].act(ticket, "forward", reason="uji", target="dlh")
    for act, more in (("ack", {}), ("start", {}), ("wait_third_party", {"reason": "PLN"})):
        waits = desks["dlh"].act(ticket, act, **more)
    watch = poc.watch()
    while seconds(waits["at"], watch.take(PATIENCE)[1].get("now", waits["at"])) < 2.2:
        pass
    watch.close()
    held = poc.get(ticket)["held"]
    assert [(h["skpd"], h["from"], h.get("until")) for h in held] == [("disdamkarmat", receipt["received_at"], moved["at"]),
                                                                      ("dlh", moved["at"], None)]
    assert held[1]["waited_s"] >= 2 and held[1]["held_s"] <= seconds(moved["at"], waits["at"]) + 1
    resumed = desks["dlh"].act(ticket, "resume")
    done = desks["dlh"].act(ticket, "resolve", outcome="fixed")
    held = poc.get(ticket)["held"]
    assert held[1]["until"] == done["at"]
    assert held[1]["waited_s"] == int(seconds(waits["at"], resumed["at"]))
    assert held[1]["held_s"] == int(seconds(moved["at"], done["at"]) - seconds(waits["at"], resumed["at"]))
    now = case(poc, ticket)
    assert now["waited_s"] == held[1]["waited_s"]


def test_a_wait_moves_the_resolve_time(poc, desks):
    """By as much as it waited, and the row says what it was before; the time to acknowledge stays."""
    receipt = stored(submit(poc, emergency(category="fire.land")))
    ticket = receipt["ticket"]
    for act, more in (("ack", {}), ("start", {})):
        desks["disdamkarmat"].act(ticket, act, **more)
    waits = desks["disdamkarmat"].act(ticket, "wait_third_party", reason="PLN")
    assert not [row for row in poc.due("1d")["rows"] if row["ticket"] == ticket and row["task"] == "disdamkarmat"]
    resumed = desks["disdamkarmat"].act(ticket, "resume")
    clock = eventually(lambda: next((r for r in poc.get(ticket)["history"] if r["entry"] == "clock"), None), "the resolve time moved on")
    assert (clock["why"], clock["resolve_due_before"]) == ("waited", receipt["resolve_due"])
    assert abs(seconds(receipt["resolve_due"], clock["resolve_due"]) - seconds(waits["at"], resumed["at"])) < 0.001
    now = case(poc, ticket)
    assert (now["resolve_due"], now["ack_due"], now["version"]) == (clock["resolve_due"], receipt["ack_due"], resumed["version"])


def test_who_follows_an_skpd_or_a_state_hears_of_what_leaves(daemon, poc, desks):
    leader = daemon.client("walikota")
    ticket = fire(poc)
    by_skpd, by_state, own = leader.watch(skpd=["disdamkarmat"]), leader.watch(state=["assigned"]), desks["disdamkarmat"].watch()
    others = desks["dlh"].watch()
    acked = desks["disdamkarmat"].act(ticket, "ack")
    moved = poc.act(ticket, "forward", reason="uji", target="dlh")
    after = desks["dlh"].act(ticket, "ack")

    def heard(watch):
        rows = [(r["seq"], r["state"], r["owner"]) for r in rows_until(watch, after["seq"]) if r["ticket"] == ticket and r["entry"] == "move"]
        watch.close()
        return rows

    left = (moved["seq"], "assigned", "dlh")
    assert heard(by_skpd) == [(acked["seq"], "acknowledged", "disdamkarmat"), left]
    assert heard(by_state) == [(acked["seq"], "acknowledged", "disdamkarmat"), left, (after["seq"], "acknowledged", "dlh")]
    assert heard(own) == [(acked["seq"], "acknowledged", "disdamkarmat"), left]
    assert heard(others) == [left, (after["seq"], "acknowledged", "dlh")]


# parts ---------------------------------------------------------------------------------------------------------------

def test_parts_of_an_emergency(poc, desks):
    """Owner and supporting SKPD each have a state and due times of their own; it is resolved with the last of them."""
    receipt = stored(submit(poc, emergency()))
    ticket = receipt["ticket"]
    now = case(poc, ticket)
    assert [(t["skpd"], t["state"]) for t in now["tasks"]] == [("dinkes", "assigned"), ("ext-polres", "assigned")]
    assert seconds(receipt["received_at"], now["tasks"][0]["resolve_due"]) == 600       # dinkes' own promise
    assert now["resolve_due"] == receipt["resolve_due"] and "ack_due" not in now["tasks"][1]
    done = desks["dinkes"].act(ticket, "ack")
    assert (done["task"], done["task_state"], done["state"], done["version"]) == ("dinkes", "acknowledged", "assigned", 2)
    row = last(poc, done["seq"])
    assert (row["task"], row["task_from"], row["task_to"], row["from"], row["to"], row["source"]) == (
        "dinkes", "assigned", "acknowledged", "assigned", "assigned", "desk-dinkes")
    task = case(poc, ticket)["tasks"][0]
    assert task["acknowledged_at"] == done["at"] and "acknowledged_at" not in case(poc, ticket)
    done = resolve(desks["disdamkarmat"], ticket)
    assert done["state"] == "in_progress" and "task" not in done
    with refusing("E_TASKS"):
        poc.act(ticket, "close")
    with refusing("E_TASKS"):
        poc.act(ticket, "rate", done=True)
    desks["dinkes"].act(ticket, "start")
    assert desks["dinkes"].act(ticket, "resolve", outcome="made_safe")["state"] == "in_progress"
    done = resolve(poc, ticket, task="ext-polres")          # a body outside the city has no desk here
    assert (done["state"], done["task"], done["task_state"]) == ("resolved", "ext-polres", "resolved")
    now = case(poc, ticket)
    assert now["state"] == "resolved" and [t["outcome"] for t in now["tasks"]] == ["made_safe", "fixed"] and now["outcome"] == "fixed"
    assert poc.act(ticket, "close")["state"] == "closed"


def test_who_may_do_what_with_a_part(daemon, poc, desks):
    ticket = stored(submit(poc, emergency()))["ticket"]
    with stands_still(poc, ticket):
        with refusing("E_ROLE"):                            # another's part
            desks["dinkes"].act(ticket, "ack", task="disdamkarmat")
        with refusing("E_ROLE"):
            desks["disdamkarmat"].act(ticket, "ack", task="dinkes")
        with refusing("E_ROLE"):                            # no part
            desks["dlh"].act(ticket, "ack")
        with refusing("E_REF"):
            poc.act(ticket, "ack", task="dlh")
        for act, more in (("forward", {"reason": "uji", "target": "dlh"}), ("support", {"target": "dlh"})):
            with refusing("E_STATE"):                       # the whole case is its owner's
                desks["dinkes"].act(ticket, act, **more)
    poc.act(ticket, "ack", task="dinkes")                   # by telephone
    poc.act(ticket, "start", task="dinkes")
    with stands_still(poc, ticket), refusing("E_ROLE"):
        poc.act(ticket, "resolve", task="dinkes", outcome="fixed")
    assert tasks(poc, ticket) == {"dinkes": "in_progress", "ext-polres": "assigned"}
    desks["dinkes"].act(ticket, "resolve", outcome="fixed", task="dinkes")


def test_what_is_allowed_speaks_of_the_part(poc, desks):
    ticket = stored(submit(poc, emergency()))["ticket"]
    desks["dinkes"].act(ticket, "ack")
    with refusing("E_STATE") as no:
        desks["dinkes"].act(ticket, "resolve", outcome="fixed")
    assert (no[0]["state"], no[0]["version"], no[0]["changed_by"]) == ("assigned", 2, "desk-dinkes")
    assert "start" in no[0]["allowed"] and "ack" not in no[0]["allowed"]


def test_support_refused(poc, desks):
    """Its part ends as rejected; the owner keeps the case, and may ask it again."""
    ticket = stored(submit(poc, emergency()))["ticket"]
    done = desks["dinkes"].act(ticket, "refuse", reason="tidak ada korban")
    assert (done["state"], done["owner"], done["task"], done["task_state"]) == ("assigned", "disdamkarmat", "dinkes", "rejected")
    assert "forwards" not in case(poc, ticket)
    done = desks["disdamkarmat"].act(ticket, "support", target="dinkes")
    assert (done["task"], done["task_state"]) == ("dinkes", "assigned")
    assert tasks(poc, ticket)["dinkes"] == "assigned"
    desks["dinkes"].act(ticket, "ack")


def test_support(poc, desks):
    """A part more, with due times of its own; not for who has one already."""
    ticket = fire(poc)
    assert "tasks" not in case(poc, ticket)
    desks["disdamkarmat"].act(ticket, "ack")
    done = desks["disdamkarmat"].act(ticket, "support", target="dlh", note="angkut puing")
    assert (done["state"], done["task"], done["task_state"], done["owner"]) == ("acknowledged", "dlh", "assigned", "disdamkarmat")
    for target in ("dlh", "disdamkarmat"):
        with stands_still(poc, ticket), refusing("E_STATE"):
            poc.act(ticket, "support", target=target)
    task = eventually(lambda: next((t for t in case(poc, ticket)["tasks"] if "ack_due" in t), None), "the due time of the new part")
    assert task["skpd"] == "dlh" and seconds(done["at"], task["ack_due"]) == 1800
    assert [r["ticket"] for r in desks["dlh"].list(limit=1, kind=["report"])["rows"]] == [ticket]       # it sees the case now
    desks["dlh"].act(ticket, "ack")
    desks["disdamkarmat"].act(ticket, "start")
    assert desks["disdamkarmat"].act(ticket, "resolve", outcome="fixed")["state"] == "in_progress"
    desks["dlh"].act(ticket, "start")
    assert desks["dlh"].act(ticket, "resolve", outcome="fixed")["state"] == "resolved"


def test_cancel(poc, desks):
    """One part, or everything."""
    ticket = stored(submit(poc, emergency()))["ticket"]
    done = poc.act(ticket, "cancel", task="dinkes", reason="tidak ada korban")
    assert (done["state"], done["task_state"]) == ("assigned", "cancelled")
    assert tasks(poc, ticket) == {"dinkes": "cancelled", "ext-polres": "assigned"}
    assert poc.act(ticket, "cancel", reason="alarm palsu")["state"] == "cancelled"
    assert tasks(poc, ticket) == {"dinkes": "cancelled", "ext-polres": "cancelled"}


def test_the_last_part_that_is_cancelled_or_refused_resolves(poc, desks):
    ticket = stored(submit(poc, emergency()))["ticket"]
    assert resolve(desks["disdamkarmat"], ticket)["state"] == "in_progress"
    assert poc.act(ticket, "cancel", task="ext-polres", reason="tidak perlu")["state"] == "in_progress"
    assert desks["dinkes"].act(ticket, "refuse", reason="tidak ada korban")["state"] == "resolved"
    assert case(poc, ticket)["state"] == "resolved"


def test_support_of_a_complaint_waits_for_it(poc, desks):
    """Parts of a complaint begin when it is assigned."""
    ticket = stored(submit(poc, complaint(category="tree.fallen")))["ticket"]
    assert tasks(poc, ticket) == {"dinkes": "received"}
    poc.act(ticket, "assign")
    assert tasks(poc, ticket) == {"dinkes": "assigned"}


def test_reclass_gives_the_parts_of_the_receipt(poc, desks):
    receipt = stored(submit(poc, emergency(call_class="prank")))
    assert "tasks" not in case(poc, receipt["ticket"]) or set(tasks(poc, receipt["ticket"]).values()) == {"closed"}
    poc.reclass(receipt["ticket"], "real")
    assert tasks(poc, receipt["ticket"]) == {"dinkes": "assigned", "ext-polres": "assigned"}
    desks["dinkes"].act(receipt["ticket"], "ack")
    done = poc.reclass(receipt["ticket"], "prank")
    assert (done["state"], done["owner"]) == ("closed", "poc-112")
    assert set(tasks(poc, receipt["ticket"]).values()) <= {"closed"}


# merge ---------------------------------------------------------------------------------------------------------------

def test_merge(poc, desks):
    """Nothing of it is deleted, and GET of either tells of the other, also of what became of it later."""
    whole = stored(submit(poc, emergency()))["ticket"]
    reports = [stored(submit(poc, emergency(title=f"lapor {n}")))["ticket"] for n in range(3)]
    for ticket in reports:
        done = poc.act(ticket, "merge", into=whole)
        assert (done["state"], done["version"]) == ("merged", 2)
        assert last(poc, done["seq"])["into"] == case(poc, ticket)["into"] == whole
        assert set(tasks(poc, ticket).values()) == {"merged"}
    assert sorted(poc.get(whole)["reports"]) == sorted(reports) and "incident" not in poc.get(whole)
    got = poc.get(reports[1])
    assert got["incident"] == {"ticket": whole, "state": "assigned", "owner": "disdamkarmat"} and "reports" not in got
    assert got["case"]["title"] == "lapor 1" and len(got["history"]) == 2
    resolve(desks["disdamkarmat"], whole)
    assert poc.get(reports[1])["incident"] == {"ticket": whole, "state": "in_progress", "owner": "disdamkarmat", "outcome": "fixed"}


def test_merged_again(poc):
    """The incident is the one that lives on."""
    a, b, c = (stored(submit(poc, emergency()))["ticket"] for _ in range(3))
    poc.act(a, "merge", into=b)
    poc.act(b, "merge", into=c)
    assert poc.get(a)["incident"]["ticket"] == poc.get(b)["incident"]["ticket"] == c
    assert poc.get(c)["reports"] == [b] and poc.get(b)["reports"] == [a]


def test_what_cannot_be_merged(daemon, poc):
    drill = daemon.client("drill-1")
    actual, other = fire(poc), fire(poc)
    exercise, second = (stored(submit(drill, report(category="fire.building", mode="exercise")))["ticket"] for _ in range(2))
    with stands_still(poc, exercise), refusing("E_MODE"):
        poc.act(exercise, "merge", into=actual)
    with stands_still(poc, actual), refusing("E_MODE"):
        poc.act(actual, "merge", into=exercise)
    assert drill.act(exercise, "merge", into=second)["state"] == "merged"
    poc.act(other, "cancel", reason="uji")
    for into in (actual, other, "R-200101-0001-A"):         # itself, one that is over, none
        with stands_still(poc, actual), refusing("E_REF"):
            poc.act(actual, "merge", into=into)
    assert "reports" not in poc.get(other)


# milestones ----------------------------------------------------------------------------------------------------------

def after(receipt, **more):
    """A moment so long after the receipt."""
    return (instant(receipt["received_at"]) + datetime.timedelta(**more)).isoformat()


def test_milestones(daemon, poc, desks):
    """Each once, in order, as claimed, and kept beside the time it was received."""
    field = daemon.client("field-damkar")
    damkar = desks["disdamkarmat"]
    receipt = stored(submit(poc, emergency()))
    ticket = receipt["ticket"]
    claims = {"dispatched": 10, "en_route": 20, "on_scene": 90, "contained": 200}
    for client, (milestone, s) in zip((poc, field, damkar, damkar), claims.items()):
        done = client.act(ticket, "milestone", milestone=milestone, at=after(receipt, seconds=s))
        row = last(poc, done["seq"])
        assert (row["do"], row["milestone"], done["state"]) == ("milestone", milestone, "assigned")
        assert seconds(receipt["received_at"], row["claimed_at"]) == s and row["at"] == done["at"]
    now = case(poc, ticket)
    assert {m: seconds(receipt["received_at"], at) for m, at in now["milestones"].items()} == claims
    assert (now["response_s"], now["in_target"], now["judged_by"]) == (90, True, "on_scene")
    with stands_still(poc, ticket):
        for milestone, s in (("on_scene", 95), ("on_scene", 90),                # twice
                             ("cleared", 150), ("cleared", -1)):                # before the one in front, before the receipt
            with refusing("E_RANGE"):
                damkar.act(ticket, "milestone", milestone=milestone, at=after(receipt, seconds=s))
        with refusing("E_TIME_FUTURE", "at"):
            damkar.act(ticket, "milestone", milestone="cleared", at=after(receipt, minutes=10))
        for wrong in ("kemarin", 5, "2026-01-01"):
            with refusing("E_FIELD", "at"):
                damkar.act(ticket, "milestone", milestone="cleared", at=wrong)
    damkar.act(ticket, "milestone", milestone="on_scene", at=after(receipt, seconds=60), correct=True)
    now = case(poc, ticket)
    assert now["response_s"] == 60 and seconds(receipt["received_at"], now["milestones"]["on_scene"]) == 60
    damkar.act(ticket, "milestone", milestone="cleared", at=after(receipt, seconds=250))
    assert len([h for h in poc.get(ticket)["history"] if h.get("milestone") == "on_scene"]) == 2        # both are kept


def test_an_earlier_milestone_later(poc, desks):
    """One that was left out may be claimed afterwards, where it fits."""
    receipt = stored(submit(poc, emergency()))
    damkar = desks["disdamkarmat"]
    damkar.act(receipt["ticket"], "milestone", milestone="on_scene", at=after(receipt, seconds=60))
    with refusing("E_RANGE"):
        damkar.act(receipt["ticket"], "milestone", milestone="dispatched", at=after(receipt, seconds=61))
    damkar.act(receipt["ticket"], "milestone", milestone="dispatched", at=after(receipt, seconds=30))
    assert set(case(poc, receipt["ticket"])["milestones"]) == {"dispatched", "on_scene"}


def test_too_late_on_scene(poc, desks):
    receipt = stored(submit(poc, emergency(category="medical.birth")))
    desks["dinkes"].act(receipt["ticket"], "milestone", milestone="on_scene", at=after(receipt, seconds=61))
    now = case(poc, receipt["ticket"])
    assert (now["response_s"], now["in_target"]) == (61, False)
    desks["dinkes"].act(receipt["ticket"], "milestone", milestone="on_scene", at=after(receipt, seconds=60), correct=True)
    assert case(poc, receipt["ticket"])["in_target"] is True


def test_milestone_now_and_of_a_part(daemon, poc, desks):
    """Without a time it is now; a supporting SKPD has its own."""
    field = daemon.client("field-damkar")
    receipt = stored(submit(poc, emergency()))
    ticket = receipt["ticket"]
    done = desks["dinkes"].act(ticket, "milestone", milestone="on_scene")
    row = last(poc, done["seq"])
    assert (row["task"], done["task"]) == ("dinkes", "dinkes") and abs(seconds(row["claimed_at"], row["at"])) < 5
    field.act(ticket, "milestone", milestone="on_scene", task="ext-polres")
    now = case(poc, ticket)
    assert "milestones" not in now and "response_s" not in now
    assert [set(t["milestones"]) for t in now["tasks"]] == [{"on_scene"}, {"on_scene"}]


def test_each_milestone(poc, desks):
    receipt = stored(submit(poc, emergency()))
    for n, milestone in enumerate(words("MILESTONE")[1:], 1):           # the first is the receipt
        desks["disdamkarmat"].act(receipt["ticket"], "milestone", milestone=milestone, at=after(receipt, seconds=n))
    assert set(case(poc, receipt["ticket"])["milestones"]) == set(words("MILESTONE")[1:])


# the reporter --------------------------------------------------------------------------------------------------------

@pytest.fixture
def resolved(field, poc, desks):
    """A complaint of field-1 that was resolved: its ticket."""
    ticket = stored(submit(field, complaint(category="fire.land")))["ticket"]
    poc.act(ticket, "assign")
    resolve(desks["disdamkarmat"], ticket)
    return ticket


@pytest.mark.parametrize("source", ["field-1", "poc-1", "humas-1"])
@pytest.mark.parametrize("stars", [None, 1, 5])
def test_rate(daemon, poc, resolved, source, stars):
    """Once for each resolution."""
    client, key = daemon.client(source), new_key()
    done = client.act(resolved, "rate", key, done=True, stars=stars, note="rapi")
    assert done["state"] == "resolved"
    row = last(poc, done["seq"])
    assert (row["done"], row.get("stars"), row["note"], row["source"]) == (True, stars, "rapi", source)
    assert case(poc, resolved)["rating"] == {"done": True, **({"stars": stars} if stars else {})}
    assert client.act(resolved, "rate", key, done=True, stars=stars, note="rapi") == {**done, "duplicate": True}
    for again in ("field-1", "poc-1", "humas-1"):
        with stands_still(poc, resolved), refusing("E_STATE"):
            daemon.client(again).act(resolved, "rate", done=False)


def test_not_done(field, poc, desks, resolved):
    """The case is open again, and the next resolution may be rated anew."""
    done = field.act(resolved, "rate", done=False, stars=2, note="masih bau")
    assert done["state"] == "reopened"
    row = last(poc, done["seq"])
    assert (row["from"], row["to"], row["done"], row["stars"]) == ("resolved", "reopened", False, 2)
    now = case(poc, resolved)
    assert now["state"] == "reopened" and "outcome" not in now and "acknowledged_at" not in now
    poc.act(resolved, "assign")
    resolve(desks["disdamkarmat"], resolved)
    assert "rating" not in case(poc, resolved)
    assert field.act(resolved, "rate", done=True, stars=4)["state"] == "resolved"
    assert case(poc, resolved)["rating"] == {"done": True, "stars": 4}


def test_what_a_rating_may_say(daemon, field, poc, resolved):
    with stands_still(poc, resolved):
        with refusing("E_FIELD", "done"):
            field.act(resolved, "rate", stars=5)
        for stars in (6, -1, 2.5, "lima"):
            with refusing(("E_FIELD", "E_RANGE"), "stars"):
                field.act(resolved, "rate", done=True, stars=stars)
        with refusing("E_LIMIT", "note"):
            field.act(resolved, "rate", done=True, note=501 * "x")
        with refusing("E_ROLE"):
            daemon.client("field-2").act(resolved, "rate", done=True)
    field.act(resolved, "rate", done=True, note=500 * "x")


def test_reopen(daemon, field, poc, resolved):
    """By who reported it, until it is closed; by the POC after that too."""
    with refusing("E_FIELD", "reason"):
        field.act(resolved, "reopen")
    with refusing("E_ROLE"):
        daemon.client("field-2").act(resolved, "reopen", reason="belum selesai")
    assert field.act(resolved, "reopen", reason="belum selesai")["state"] == "reopened"
    poc.act(resolved, "assign")
    resolve(daemon.client("desk-damkar"), resolved)
    poc.act(resolved, "close")
    with refusing("E_ROLE"):
        field.act(resolved, "reopen", reason="belum selesai")
    assert poc.act(resolved, "reopen", reason="belum selesai")["state"] == "reopened"


def test_appeal(daemon, field, poc):
    ticket = stored(submit(field, complaint()))["ticket"]
    poc.act(ticket, "reject", reason="out_of_scope")
    with refusing("E_ROLE"):
        daemon.client("field-2").act(ticket, "appeal", reason="di jalan umum")
    with refusing("E_FIELD", "reason"):
        field.act(ticket, "appeal")
    done = field.act(ticket, "appeal", reason="di jalan umum")
    assert (done["state"], done["owner"]) == ("received", "dbmsda")
    poc.act(ticket, "assign")


def test_prank_is_not_reopened(poc):
    ticket = stored(submit(poc, emergency(call_class="prank")))["ticket"]
    with refusing("E_STATE"):
        poc.act(ticket, "reopen", reason="uji")


# instructions --------------------------------------------------------------------------------------------------------

def instruction(**fields):
    return report(subkind="instruction", title="Bersihkan saluran", channel="superior", **fields)


@pytest.mark.parametrize("source", ["walikota", "poc-1"])
def test_instruct(daemon, poc, desks, source):
    """To the SKPD named, until the day named; it answers with `resolve`."""
    until = when(days=-3)
    receipt = stored(submit(daemon.client(source), instruction(**{"for": "dlh", "due_by": until})))
    assert (receipt["owner"], receipt["helpers"], receipt["state"]) == ("dlh", [], "assigned")
    assert abs((instant(receipt["resolve_due"]) - datetime.datetime.fromisoformat(until)).total_seconds()) < 0.001
    now = case(poc, receipt["ticket"])
    assert (now["for"], now["subkind"], now["resolve_due"]) == ("dlh", "instruction", receipt["resolve_due"])
    dlh = desks["dlh"]
    for act in ("ack", "start"):
        dlh.act(receipt["ticket"], act)
    done = dlh.act(receipt["ticket"], "resolve", outcome="answered", note="Sudah dibersihkan")
    got = poc.get(receipt["ticket"])
    assert (done["state"], got["case"]["outcome"], got["case"]["in_target"]) == ("resolved", "answered", True)
    assert got["history"][-1]["note"] == "Sudah dibersihkan"


def test_instruct_without_a_day(daemon):
    receipt = stored(submit(daemon.client("walikota"), instruction(**{"for": "dlh"})))
    assert receipt["owner"] == "dlh" and "ack_due" in receipt


def test_who_instructs(daemon, poc):
    wish = {"for": "dlh", "due_by": when(days=-3)}
    for source in ("field-1", "import-1", "siapa-saja"):
        refused(submit(daemon.client(source), instruction(**wish)), "E_ROLE")
    leader = daemon.client("walikota")
    for event in (emergency(), complaint(), report(), report(**wish)):
        refused(submit(leader, event), "E_ROLE")
    refused(submit(leader, instruction(**{**wish, "for": "tidak-ada"})), "E_CATEGORY", "for")
    refused(submit(leader, instruction(**{**wish, "due_by": when(hours=1)})), "E_FIELD", "due_by")
    refused(submit(leader, instruction(**{**wish, "due_by": "besok"})), "E_FIELD", "due_by")
    for name in wish:                                       # only an instruction names them
        refused(submit(poc, report(**{name: wish[name]})), "E_FIELD", name)


def test_instruct_nobody(daemon):
    """What is missing is missing, not unknown."""
    refused(submit(daemon.client("walikota"), instruction(due_by=when(days=-3))), "E_FIELD", "for")


# due -----------------------------------------------------------------------------------------------------------------

def test_due(poc, desks):
    """Every part that is owed something within the limit, the most urgent first."""
    damkar = desks["disdamkarmat"]
    receipt = stored(submit(poc, emergency()))
    ticket = receipt["ticket"]

    def told(client=poc, within="2h", **asked):
        body = client.due(within, limit=500, **asked)
        times = [instant(row["due_at"]) for row in body["rows"]]
        assert times == sorted(times) and all(at <= instant(body["until"]) for at in times) and body["more"] is False
        return [(row["due"], row["task"], row["due_at"]) for row in body["rows"] if row["ticket"] == ticket]

    now = case(poc, ticket)
    dinkes = now["tasks"][0]
    wanted = {("ack", "disdamkarmat", now["ack_due"]), ("resolve", "disdamkarmat", now["resolve_due"]),
              ("ack", "dinkes", dinkes["ack_due"]), ("resolve", "dinkes", dinkes["resolve_due"])}
    assert set(told()) == wanted and len(told()) == 4
    assert set(told(within="11m")) == {row for row in wanted if row[2] != now["resolve_due"]}
    assert told(within="1m") == []
    assert set(told(damkar)) == {row for row in wanted if row[1] == "disdamkarmat"}
    assert set(told(desks["dinkes"])) == {row for row in wanted if row[1] == "dinkes"}
    assert told(desks["dlh"]) == told(kind=["report"]) == told(skpd=["dlh"]) == []
    assert set(told(kind=["emergency"], skpd=["disdamkarmat"])) == wanted
    damkar.act(ticket, "ack")
    assert set(told()) == {row for row in wanted if row[:2] != ("ack", "disdamkarmat")}
    desks["dinkes"].act(ticket, "milestone", milestone="on_scene")              # what dinkes is judged by
    assert set(told()) == {("resolve", "disdamkarmat", now["resolve_due"]), ("ack", "dinkes", dinkes["ack_due"])}
    damkar.act(ticket, "start")
    damkar.act(ticket, "wait_third_party", reason="PLN")
    assert told() == [("ack", "dinkes", dinkes["ack_due"])]
    poc.act(ticket, "cancel", reason="uji")
    assert told() == []


def test_due_row(poc):
    receipt = stored(submit(poc, emergency(category="fire.land", title="Lahan terbakar")))
    row = next(r for r in poc.due("10m", limit=500)["rows"] if r["ticket"] == receipt["ticket"])
    now = case(poc, receipt["ticket"])
    assert {k: v for k, v in row.items() if k not in ("due", "due_at", "task")} == now
    assert (row["due"], row["due_at"], row["task"]) == ("ack", now["ack_due"], "disdamkarmat")


def test_due_asked_wrongly(daemon, poc):
    for wrong in ("sebentar", "0h", "5", "5x", 5, None, ""):
        with refusing("E_FIELD", "within"):
            poc.due(wrong)
    for limit in (0, 501):
        with refusing("E_RANGE", "limit"):
            poc.due("1d", limit=limit)
    with refusing(("E_CATEGORY", "E_FIELD"), "skpd"):
        poc.due("1d", skpd=["tidak-ada"])
    for within in ("30m", "8h", "2d", "1mo", "90wm", "8wh", "2wd"):
        poc.due(within)
    for n in range(3):
        submit(poc, emergency())
    assert poc.due("1d", limit=2)["more"] is True and len(poc.due("1d", limit=2)["rows"]) == 2
    for source in ("media-1", "it-1"):
        with refusing("E_ROLE"):
            daemon.client(source).due("1d")


# siagad itself -------------------------------------------------------------------------------------------------------

def silent_after(tmp_path_factory, silence):
    daemon = support.Daemon(tmp_path_factory.mktemp("city"), rules=f"secretariat: setda\nsilence: {silence}\n")
    try:
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def quick(tmp_path_factory):
    """A siagad that says after one second that an SKPD is silent."""
    yield from silent_after(tmp_path_factory, "1s")


@pytest.fixture
def patient(tmp_path_factory):
    """One that would say so after an hour."""
    yield from silent_after(tmp_path_factory, "1h")


def alarms(client, ticket):
    return [row for row in client.get(ticket)["history"] if row["entry"] == "alarm"]


def test_silent(patient):
    """Nobody has a desk of the SKPD: the POC is told at once, by its name; bodies outside the city have none here."""
    poc, watch = patient.client("poc-1"), patient.client("walikota").watch()
    receipt = stored(submit(poc, emergency()))
    eventually(lambda: len(alarms(poc, receipt["ticket"])) == 2, "two alarms")
    rows = [r for r in rows_until(watch, receipt["seq"] + 2) if r["ticket"] == receipt["ticket"]]
    assert [(r["entry"], r["alarm"], r["task"], r["source"], r["state"], r["version"]) for r in rows[1:]] == [
        ("alarm", "silent", "disdamkarmat", "siagad", "assigned", 1), ("alarm", "silent", "dinkes", "siagad", "assigned", 1)]
    assert all(seconds(receipt["received_at"], r["at"]) < PATIENCE for r in rows[1:])   # not after the hour
    assert alarms(poc, receipt["ticket"]) == rows[1:]
    assert counters(poc)["alarms"] >= 2
    watch.close()


def test_silent_is_only_of_emergencies(quick):
    poc = quick.client("poc-1")
    tickets = [stored(submit(poc, event))["ticket"] for event in (report(), complaint(), emergency(call_class="prank"))]
    last = stored(submit(poc, emergency()))["ticket"]
    eventually(lambda: alarms(poc, last), "the alarm of the emergency")
    assert not any(alarms(poc, ticket) for ticket in tickets)


def test_not_silent(quick):
    """A desk that takes it is no silence; one that is there and takes nothing is, after the second."""
    poc, damkar = quick.client("poc-1"), quick.client("desk-damkar").attach(credit=1, lease_s=60)
    taken = stored(submit(poc, emergency(category="fire.land")))
    assert damkar.item(PATIENCE)["case"] == taken["seq"]
    waits = stored(submit(poc, emergency(category="fire.land")))
    [row] = eventually(lambda: [r for r in alarms(poc, waits["ticket"]) if r["task"] == "disdamkarmat"], "the alarm")
    assert row["alarm"] == "silent" and 0.95 < seconds(waits["received_at"], row["at"]) < PATIENCE
    assert not [r for r in alarms(poc, taken["ticket"]) if r["task"] == "disdamkarmat"]
    damkar.close()
    poc.hello()


def test_silent_once(quick):
    """Killed right after it was said: not said again."""
    poc = quick.client("poc-1")
    ticket = stored(submit(poc, emergency()))["ticket"]
    eventually(lambda: len(alarms(poc, ticket)) == 2, "two alarms")
    quick.kill9()
    quick.start()
    poc = quick.client("poc-1")
    other = stored(submit(poc, emergency()))["ticket"]
    eventually(lambda: len(alarms(poc, other)) == 2, "two alarms of the next one")
    watch = poc.watch()
    begun = time.monotonic()
    while time.monotonic() - begun < 1.5:                   # longer than the silence
        assert watch.take(PATIENCE)[0] in ("beat", "feed")
    watch.close()
    assert len(alarms(poc, ticket)) == len(alarms(poc, other)) == 2


# the last: all of it once more ---------------------------------------------------------------------------------------

def everything(client):
    """All there is to ask, without the seconds that go on."""
    told = {row["case"]: (row, client.get(row["case"])) for row in client.cases(limit=500)}
    for _, got in told.values():
        for held in got["held"]:
            assert held.pop("held_s") >= 0 and held.pop("waited_s") >= 0
    due = client.due("365d", limit=500)
    return told, due["rows"], client.dead()


def test_made_again_from_the_journal(daemon, poc):
    """What all these tests left behind: sound, and the same when the views are thrown away and made from the journal."""
    before = everything(poc)
    daemon.stop()
    assert "all well" in daemon.verify()
    shutil.rmtree(daemon.folder / "store" / "views")
    daemon.start()
    assert everything(daemon.client("poc-1")) == before
    daemon.stop()
    assert "all well" in daemon.verify()
    daemon.start()
