"""kill -9 at random points under load: nothing acknowledged is lost, nothing is there twice, no number changes its meaning.

SIAGA_KILLS (30) says how often, SIAGA_SEED repeats a run's choices."""
import collections
import copy
import dataclasses
import re
import shutil

import pytest

import checker
import load
import scene

READY_WITHIN = 2.0          # seconds


@pytest.fixture(scope="module")
def run(long_folder):
    """The long run: (scene, record). siagad runs on."""
    stage = scene.Scene(long_folder, scene.SEED, mib=256, rate=scene.EVENTS / len(load.CLIENTS) / (0.45 * scene.KILLS))
    try:
        stage.busy()
        for n in range(scene.KILLS):
            stage.kill(stage.random.uniform(0.03, 0.8))
            if n % 6 == 5:
                stage.kill_while_starting(stage.random.uniform(0, 0.08))
            stage.start()
        yield stage, stage.finish()
    finally:
        print(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={scene.KILLS}, ready after {max(stage.ready_after):.2f} s at worst")
        stage.close()


@pytest.fixture(scope="module")
def problems(run):
    return checker.check(run[1])


def only(problems, invariant):
    return [text for which, text in problems if which == invariant][:20]


@pytest.mark.parametrize("invariant", ["I1", "I2", "I3", "I4", "I5", "I6"])
def test_invariant(problems, invariant):
    assert only(problems, invariant) == [], f"SIAGA_SEED={scene.SEED}"


def test_something_happened(run):
    """The run had what it is about: acknowledgements, repeats, refusals, moves, and answers that died with siagad."""
    stage, record = run
    done = collections.Counter()
    for steps in record.ledgers.values():
        done.update(step["do"] for step in steps)
        done.update(step["code"] for step in steps if step["do"] == "refused")
        done["repeats"] += sum(step.get("duplicate", False) for step in steps)
        new = {(s["key"], s["hash"]) for s in steps if s["do"] == "acked" and not s["duplicate"]}
        done["receipt lost"] += sum(s["do"] == "acked" and (s["key"], s["hash"]) not in new for s in steps)
    done["moves"] = sum(row["entry"] == "move" for row in record.feed)
    done["own"] = sum(row["source"] == "siagad" for row in record.feed)
    print(dict(done), len(record.feed))
    for what in ("repeats", "moves", "own", "receipt lost", "E_FIELD", "E_KEY_REUSED", "E_STATE"):
        assert done[what] > 0, f"no {what}: {dict(done)}"
    assert done["acked"] > 10 * scene.KILLS, dict(done)


def test_ready_in_time(run):
    assert max(run[0].ready_after) < READY_WITHIN


def test_the_store_is_sound(run):
    """After all that siagad stops cleanly, and the walk over the store finds nothing."""
    stage, record = run
    stage.siagad.stop()
    head = int(re.findall(r"stopped at entry (\d+)", stage.siagad.said())[-1])
    assert head >= len(record.feed)         # and what siagad itself wrote since
    code, said = stage.siagad.verify()
    assert code == 0 and f"{head} entries, all well" in said, said


# controls: what the checker must catch -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def beginning(run):
    """The record as if it ended early: small enough to be spoiled over and over."""
    record, most = run[1], min(1500, len(run[1].feed))
    keys = {(row["source"], row["key"]) for row in record.feed[:most]}
    later = {(row["source"], row["key"]) for row in record.feed[most:]}
    known = {name: [s for s in steps if (name, s["key"]) in keys or (name, s["key"]) not in later] for name, steps in record.ledgers.items()}
    part = dataclasses.replace(record, ledgers=known, feed=record.feed[:most], seen=record.seen[:most],
                               cases=[row for row in record.cases if row["seq"] <= most],
                               histories={case: [row for row in rows if row["seq"] <= most]
                                          for case, rows in record.histories.items() if case <= most})
    return copy.deepcopy(part), checker.check(part)


def steps_of(record, name="uji-1"):
    return record.ledgers[name]


def first(steps, **like):
    return next(step for step in steps if all(step.get(k) == v for k, v in like.items()))


def acked_twice(record):
    steps = steps_of(record)
    steps.append({**first(steps, do="acked"), "seq": len(record.feed) + 1, "duplicate": True})


def new_twice(record):
    steps = steps_of(record)
    steps.append({**first(steps, do="acked"), "duplicate": False})


def ledger_forgot(record):
    key = first(steps_of(record), do="acked")["key"]
    record.ledgers["uji-1"] = [step for step in steps_of(record) if step["key"] != key]


def store_forgot(record):
    lost = first(steps_of(record, "uji-4"), do="acked")
    record.feed[:] = [row for row in record.feed if row["seq"] != lost["seq"]]


def list_forgot(record):
    del record.cases[len(record.cases) // 2]


def get_forgot(record):
    case = next(row["case"] for row in record.feed if row["entry"] == "move")
    record.histories[case].pop()


def content_changed(record):
    row = next(row for row in record.feed if row["source"] == "uji-6")
    row["body"] = row["body"] + "."


def move_changed(record):
    next(row for row in record.feed if row["entry"] == "move")["note"] = "lain"


def own_twice(record):
    row = dict(next(row for row in record.feed if row["source"] == "siagad"), seq=len(record.feed) + 1)
    record.feed.append(row)


def own_of_another_sort(record):
    next(row for row in record.feed if row["source"] == "siagad")["entry"] = "work"


def stored_twice(record):
    row = dict(next(row for row in record.feed if row["source"] == "uji-2"), seq=len(record.feed) + 1, ticket="E-000000-0000-X")
    record.feed.append(row)


def order_changed(record):
    a, b = [step for step in steps_of(record) if step["do"] == "acked" and not step["duplicate"]][:2]
    a["seq"], b["seq"] = b["seq"], a["seq"]


def refused_stored(record):
    steps = steps_of(record, "uji-3")
    steps.append({**first(steps, do="acked", what="event"), "do": "refused", "code": "E_FIELD"})


def refused_strangely(record):
    first(steps_of(record, "uji-5"), do="refused")["code"] = "E_BUG"


def ticket_twice(record):
    events = [row for row in record.feed if row["entry"] == "event"]
    events[0]["ticket"] = events[1]["ticket"]


def never_answered(record):
    steps = steps_of(record)
    key = first(steps, do="acked")["key"]
    record.ledgers["uji-1"] = [step for step in steps if step["do"] == "sent" or step["key"] != key]


def number_means_another(record):
    a, b = record.seen[1], record.seen[2]
    a["key"], b["key"], a["source"], b["source"], a["hash"], b["hash"] = b["key"], a["key"], b["source"], a["source"], b["hash"], a["hash"]


def watcher_missed(record):
    del record.seen[len(record.seen) // 2]


def watcher_missed_the_end(record):
    del record.seen[-1]


def watcher_saw_twice(record):
    record.seen.insert(5, record.seen[5])


def watcher_saw_a_gap(record):
    record.seen.insert(5, {"do": "gap", "from": 1, "to": 2})


CONTROLS = [(acked_twice, "I5"), (new_twice, "I5"), (ledger_forgot, "I2"), (store_forgot, "I1"), (store_forgot, "I3"), (list_forgot, "I1"),
            (get_forgot, "I1"), (content_changed, "I1"), (content_changed, "I2"), (move_changed, "I1"), (stored_twice, "I1"),
            (own_twice, "I1"), (own_of_another_sort, "I2"),
            (order_changed, "I4"), (refused_stored, "I5"), (refused_strangely, "I5"), (ticket_twice, "I5"), (never_answered, "I1"),
            (number_means_another, "I3"), (watcher_missed, "I6"), (watcher_missed_the_end, "I6"), (watcher_saw_twice, "I6"),
            (watcher_saw_a_gap, "I6")]


@pytest.mark.parametrize("spoil, invariant", CONTROLS)
def test_control(beginning, spoil, invariant):
    """The same record with one thing wrong: the checker must say so, of the right invariant."""
    record = copy.deepcopy(beginning[0])
    spoil(record)
    assert len(only(checker.check(record), invariant)) > len(only(beginning[1], invariant))


def test_control_a_store_that_goes_back(folder):
    """A real siagad that loses what it acknowledged: an older copy of its journal is put back between a kill and a start."""
    stage = scene.Scene(folder, scene.SEED)
    try:
        stage.busy()
        journal, older = stage.siagad.store / "journal", folder / "older"
        stage.kill(0.2)
        shutil.copytree(journal, older)
        stage.start()
        stage.kill(0.5)
        shutil.rmtree(journal)
        older.rename(journal)
        shutil.rmtree(stage.siagad.store / "views")  # they would know better, and siagad would refuse
        next((folder / "store-erased").glob("numbers-*")).unlink()  # and this would have it go on behind what it lost
        stage.start()
        stage.run_for(0.3)
        record = stage.finish()
    finally:
        stage.close()
    caught = {which for which, _ in checker.check(record)}
    assert {"I1", "I3", "I6"} <= caught, caught
