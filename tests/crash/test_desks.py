"""kill -9 of siagad and of handlers at random points: no item of a desk is lost, none is done twice, each has one holder at a time.

SIAGA_KILLS (20 here) says how often each is killed, SIAGA_SEED repeats a run's choices."""
import collections
import copy
import os

import pytest

import checker
import desk_checker
import office
import scene

KILLS = int(os.environ.get("SIAGA_KILLS", 20))


@pytest.fixture(scope="module")
def run(long_folder):
    """The long run: (office, record). siagad runs on."""
    place = office.Office(long_folder, scene.SEED)
    try:
        for _ in range(KILLS):
            place.round()
        yield place, place.finish()
    finally:
        print(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={KILLS}")
        place.close()


@pytest.fixture(scope="module")
def problems(run):
    return desk_checker.check(run[1])


def only(problems, invariant):
    return [text for which, text in problems if which == invariant][:20]


@pytest.mark.parametrize("invariant", ["D1", "D2", "D3", "D4", "D5", "D6"])
def test_invariant(problems, invariant):
    assert only(problems, invariant) == [], f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={KILLS}"


def test_the_oracle_of_all(run):
    """I1 to I8 as far as they can be asked here: the handlers keep ledgers of another form."""
    assert checker.check(run[0].common, office.RULES) == [], f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={KILLS}"


def test_control_of_a_desk_that_got_nothing(run):
    part = copy.copy(run[0].common)
    part.desks = {name: [step for step in steps if step.get("skpd") != "dlh"] for name, steps in part.desks.items()}
    assert {which for which, _ in checker.check(part, office.RULES)} == {"I7"}


def test_something_happened(run):
    """The run had what it is about: leases that ran out, items given again, answers that died with siagad, cases resolved and reopened."""
    record = run[1]
    done = collections.Counter(row.get("do") or row.get("act") or row["entry"] for row in record.feed)
    for steps in record.desks.values():
        done.update(step["do"] for step in steps)
        done.update(step["code"] for step in steps if step["do"] == "refused")
        done["again"] += sum(step["do"] == "got" and step["attempt"] > 1 for step in steps)
        done["repeats"] += sum(step.get("duplicate", False) for step in steps)
    done["processes"] = len(record.desks)
    print(dict(done))
    for what in ("expire", "fail", "later", "extend", "again", "moved", "resolve", "reopen"):
        assert done[what] > 0 or KILLS < 10, f"no {what}: {dict(done)}"
    assert done["done"] > 4 * KILLS, dict(done)


def test_the_store_is_sound(run):
    """After all that siagad stops cleanly, and the walk over the store finds nothing."""
    siagad = run[0].siagad
    siagad.stop()
    code, said = siagad.verify()
    assert code == 0 and "all well" in said and "not compared" not in said, said


# controls: what the checker must catch -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def beginning(run):
    """The record of the first cases alone: small enough to be spoiled over and over."""
    record = run[1]
    last = sorted(row["case"] for row in record.cases)[:300][-1]
    part = desk_checker.Record(
        submitted=[s for s in record.submitted if s["do"] == "sent" or s.get("seq", 0) <= last],
        desks={name: [s for s in steps if s["case"] <= last] for name, steps in record.desks.items()},
        feed=[row for row in record.feed if row["case"] <= last], cases=[row for row in record.cases if row["case"] <= last],
        histories={case: rows for case, rows in record.histories.items() if case <= last}, credit=record.credit)
    return copy.deepcopy(part), desk_checker.check(part)


def got(record, **like):
    """The process and the step of the first item like this."""
    return next((name, step) for name, steps in sorted(record.desks.items()) for step in steps
                if step["do"] == "got" and all(step[k] == v for k, v in like.items()))


def never_came(record):
    _, lost = got(record, skpd="dlh")
    for steps in record.desks.values():
        steps[:] = [step for step in steps if (step["do"], step["case"], step["skpd"] if step["do"] == "got" else "") !=
                    ("got", lost["case"], "dlh")]


def no_receipt(record):
    del record.cases[len(record.cases) // 2]["receipt_at"]


def event_lost(record):
    del record.cases[len(record.cases) // 2]


def attempt_given_twice(record):
    name, step = got(record)
    next(steps for other, steps in record.desks.items() if other != name).append(dict(step))


def lease_not_on_the_disk(record):
    _, step = got(record)
    record.feed[:] = [row for row in record.feed if (row.get("act"), row["case"], row.get("task")) != ("take", step["case"], step["skpd"])]


def resolved_twice(record):
    """Right behind the first time: later it may have been reopened."""
    rows = next(rows for rows in record.histories.values() if any(row.get("do") == "resolve" for row in rows))
    at = next(n for n, row in enumerate(rows) if row.get("do") == "resolve")
    rows.insert(at + 1, dict(rows[at], key="lain"))


def said_of(record, **like):
    return next(step for _, steps in sorted(record.desks.items()) for step in steps if all(step.get(k) == v for k, v in like.items()))


def done_missing(record):
    step = said_of(record, do="said", act="done")
    record.histories[step["case"]] = [row for row in record.histories[step["case"]] if row["key"] != step["key"]]


def done_twice(record):
    step = said_of(record, do="said", act="done")
    record.histories[step["case"]].append(next(row for row in record.histories[step["case"]] if row["key"] == step["key"]))


def move_missing(record):
    step = said_of(record, do="moved")
    record.histories[step["case"]] = [row for row in record.histories[step["case"]] if row["key"] != step["key"]]


def to_a_stranger(record):
    name, step = got(record, skpd="dbmsda")
    record.desks[name] = [{**s, "skpd": "dinkes"} if s["do"] == "got" and s["case"] == step["case"] else s for s in record.desks[name]]


def of_nobody(record):
    name, step = got(record)
    record.desks[name].append({**step, "case": record.feed[-1]["seq"] + 1})


def first_takes(record, skpd, urgency):
    """Numbers of the cases in the order in which they were first taken."""
    of_rank = {row["case"] for row in record.feed if row["entry"] == "event" and desk_checker.rank(row) == urgency}
    return [row for row in record.feed if row["entry"] == "work" and row["act"] == "take" and row["attempt"] == 1 and
            row["task"] == skpd and row["case"] in of_rank]


def overtaken(record):
    """Two that waited together change places."""
    at = {row["case"]: row["seq"] for row in record.feed if row["entry"] == "event"}
    takes = first_takes(record, "dbmsda", 1)
    one, other = next((a, b) for a, b in zip(takes, takes[1:]) if at[b["case"]] < a["seq"])
    one["case"], other["case"] = other["case"], one["case"]


def emergency_last(record):
    """An emergency of the beginning is taken after everything else."""
    take = first_takes(record, "disdamkarmat", 0)[0]
    record.feed.remove(take)
    record.feed.append(take)


CONTROLS = [(never_came, "D1"), (no_receipt, "D1"), (event_lost, "D1"), (resolved_twice, "D2"), (attempt_given_twice, "D3"),
            (lease_not_on_the_disk, "D3"), (done_missing, "D4"), (done_twice, "D4"), (move_missing, "D4"), (to_a_stranger, "D5"),
            (of_nobody, "D5"), (overtaken, "D6"), (emergency_last, "D6")]


@pytest.mark.parametrize("spoil, invariant", CONTROLS)
def test_control(beginning, spoil, invariant):
    """The same record with one thing wrong: the checker must say so, of the right invariant."""
    record = copy.deepcopy(beginning[0])
    spoil(record)
    assert len(only(desk_checker.check(record), invariant)) > len(only(beginning[1], invariant))
