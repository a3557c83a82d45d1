"""kill -9 at random points under load: nothing acknowledged is lost, nothing is there twice, no number changes its meaning.

SIAGA_KILLS (30) says how often, SIAGA_CLIENTS (8) how many send, SIAGA_BEFORE (0) how many events there are before; SIAGA_SEED repeats a run's choices."""
import collections
import copy
import dataclasses
import os
import re
import shutil

import pytest

import checker
import dump
import figures
import load
import running
import scene

READY_WITHIN = 2.0          # seconds
CLIENTS = load.crowd(int(os.environ.get("SIAGA_CLIENTS", 8)))
BEFORE = int(os.environ.get("SIAGA_BEFORE", 0))
WATCHERS = {"layar-1": {"kind": ["emergency"]}, "layar-2": {"kind": ["complaint", "report"], "severity": ["severe"]}}


@pytest.fixture(scope="module")
def run(long_folder):
    """The long run: (scene, record). siagad runs on."""
    siagad = running.Siagad(long_folder, 256 + BEFORE // 500)
    siagad.start()
    siagad.fill(BEFORE)
    stage = scene.Scene(long_folder, scene.SEED, rate=scene.EVENTS / len(CLIENTS) / (0.45 * scene.KILLS), clients=CLIENTS, watchers=WATCHERS, siagad=siagad)
    try:
        stage.busy()
        for n in range(scene.KILLS):
            stage.kill(stage.random.uniform(0.03, 0.8))
            if n % 6 == 5:
                stage.kill_while_starting(stage.random.uniform(0, 0.08))
            stage.start()
        yield stage, stage.finish()
    finally:
        ready = stage.ready_after
        scene.report("D5", f"{scene.KILLS} kills, {len(CLIENTS)} clients, {BEFORE} events before: ready after {figures.share(ready, 50):.2f} s, "
                     f"p95 {figures.share(ready, 95):.2f} s, {max(ready):.2f} s at worst; SIAGA_SEED={scene.SEED}")
        stage.close()


@pytest.fixture(scope="module")
def problems(run):
    return checker.check(run[1])


def only(problems, invariant):
    return [text for which, text in problems if which == invariant][:20]


@pytest.mark.parametrize("invariant", ["I1", "I2", "I3", "I4", "I5", "I6", "I8"])
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
    """As a rule; one start among many may have found the machine busy."""
    assert figures.share(run[0].ready_after, 50) < READY_WITHIN


def test_the_store_is_sound(run):
    """After all that siagad stops cleanly, and the walk over the store finds nothing."""
    stage, record = run
    stage.siagad.stop()
    head = int(re.findall(r"stopped at entry (\d+)", stage.siagad.said())[-1])
    assert head >= BEFORE + len(record.feed)        # and what siagad itself wrote since
    code, said = stage.siagad.verify()
    assert code == 0 and f"{head} entries, all well" in said, said
    assert checker.check_store(record, dump.rows(stage.siagad.store, BEFORE + 1)) == []


# controls: what the checker must catch -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def beginning(run):
    """The record as if it ended early: small enough to be spoiled over and over."""
    record, most = run[1], BEFORE + min(1500, len(run[1].feed))
    keys = {(row["source"], row["key"]) for row in record.feed if row["seq"] <= most}
    later = {(row["source"], row["key"]) for row in record.feed if row["seq"] > most}
    known = {name: [s for s in steps if (name, s["key"]) in keys or (name, s["key"]) not in later] for name, steps in record.ledgers.items()}
    part = dataclasses.replace(record, ledgers=known, feed=[row for row in record.feed if row["seq"] <= most], seen=early(record.seen, most),
                               watchers={name: (wish, early(log, most)) for name, (wish, log) in record.watchers.items()},
                               cases=[row for row in record.cases if row["seq"] <= most],
                               histories={case: [row for row in rows if row["seq"] <= most]
                                          for case, rows in record.histories.items() if case <= most})
    return copy.deepcopy(part), checker.check(part)


def early(log, most):
    return [step for step in log if step.get("seq", 0) <= most]


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


def an_own(record):
    """A row of siagad's own; where all went quickly it had nothing to say, and one is made up."""
    if not any(row["source"] == "siagad" for row in record.feed):
        record.feed.append(dict(record.feed[-1], seq=record.feed[-1]["seq"] + 1, entry="alarm", source="siagad", key="alarm.made-up"))
    return next(row for row in record.feed if row["source"] == "siagad")


def own_twice(record):
    record.feed.append(dict(an_own(record), seq=record.feed[-1]["seq"] + 1))


def own_of_another_sort(record):
    an_own(record)["entry"] = "work"


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


def watcher_heard_of_others(record):
    wish, log = record.watchers["layar-1"]
    log.insert(1, next(step for step in record.seen if step.get("seq", 0) > log[0]["seq"] and not checker.passes(wish, record.feed[step["seq"] - 1 - record.before])))


def watcher_of_some_missed(record):
    del record.watchers["layar-2"][1][3]


def stored_uncounted(record):
    record.figures["counters"]["stored"] -= 1
    record.figures["counters"]["received"] -= 1


def received_without_an_end(record):
    record.figures["counters"]["received"] += 1


def refused_without_a_reason(record):
    record.figures["refused"] = {}
    record.figures["counters"]["refused"] += 1
    record.figures["counters"]["received"] += 1


CONTROLS = [(acked_twice, "I5"), (new_twice, "I5"), (ledger_forgot, "I2"), (store_forgot, "I1"), (store_forgot, "I3"), (list_forgot, "I1"),
            (get_forgot, "I1"), (content_changed, "I1"), (content_changed, "I2"), (move_changed, "I1"), (stored_twice, "I1"),
            (own_twice, "I1"), (own_of_another_sort, "I2"),
            (order_changed, "I4"), (refused_stored, "I5"), (refused_strangely, "I5"), (ticket_twice, "I5"), (never_answered, "I1"),
            (number_means_another, "I3"), (watcher_missed, "I6"), (watcher_missed_the_end, "I6"), (watcher_saw_twice, "I6"),
            (watcher_saw_a_gap, "I6"), (watcher_heard_of_others, "I6"), (watcher_of_some_missed, "I6"),
            (stored_uncounted, "I8"), (received_without_an_end, "I8"), (refused_without_a_reason, "I8")]


@pytest.mark.parametrize("spoil, invariant", CONTROLS)
def test_control(beginning, spoil, invariant):
    """The same record with one thing wrong: the checker must say so, of the right invariant."""
    record = copy.deepcopy(beginning[0])
    spoil(record)
    assert len(only(checker.check(record), invariant)) > len(only(beginning[1], invariant))


def row_lost(rows):
    del rows[len(rows) // 2]


def row_of_another(rows):
    row = rows[len(rows) // 2]
    row["source"], row["key"] = "uji-1", "lain"


def row_changed(rows):
    next(row for row in rows if row["entry"] == "event" and row["source"] == "uji-4")["title"] = "isi lain"


def rows_exchanged(rows):
    one, other = [row for row in rows if row["entry"] == "event"][:2]
    one["seq"], other["seq"] = other["seq"], one["seq"]


@pytest.mark.parametrize("spoil, invariants", [(row_lost, {"I1", "I3"}), (row_of_another, {"I2", "I3"}), (row_changed, {"I1", "I2", "I3"}), (rows_exchanged, {"I3"})])
def test_control_of_the_store(beginning, spoil, invariants):
    """The rows on the disk with one thing wrong, whatever siagad shows."""
    record = copy.deepcopy(beginning[0])
    rows = [{**copy.deepcopy(row), "ticket": row["ticket"][:13]} for row in record.feed]
    before = {which for which, _ in checker.check_store(record, rows)}
    spoil(rows)
    assert invariants <= {which for which, _ in checker.check_store(record, rows)} - before


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
