"""Handlers in trouble (D15): one event ends every program that takes it, another program of the same SKPD hangs. The event is given again until it is a
dead letter with its reasons, all else of that SKPD is done, and the other SKPD wait no longer for it.

SIAGA_TROUBLE_S (3) says for how many seconds one hangs, at least; SIAGA_ATTEMPTS (3) after how many tries the city gives an item up. SIAGA_GRACE_S
(0.5, with SIAGA_FULL=1 0) is how many seconds more the others may wait because the machine may be a busy one."""
import collections
import contextlib
import os
import signal
import time

import checker
import desk_load
import figures
import office
import running
import scene

SECONDS = float(os.environ.get("SIAGA_TROUBLE_S", 3))
ATTEMPTS = int(os.environ.get("SIAGA_ATTEMPTS", 3))
GRACE = float(os.environ.get("SIAGA_GRACE_S", 0.0 if os.environ.get("SIAGA_FULL") == "1" else 0.5))      # seconds
POISON = "racun"
HANDLERS = {"damkar-1": {"skpd": "disdamkarmat"}, "damkar-2": {"skpd": "disdamkarmat", "credit": 4}, "dinkes-1": {"skpd": "dinkes"}, "dinkes-2": {"skpd": "dinkes"},
            "dbmsda-1": {"skpd": "dbmsda"}, "dlh-1": {"skpd": "dlh"}}


class Troubled(office.Office):
    def pass_by(self, seconds):
        """Programs that ended are begun again, as their unit would."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            self.run_for(0.05)
            self.begin_again()
        return figures.Span(begun, time.monotonic())

    def begin_again(self):
        for name in list(self.handlers):
            if self.people[self.names[name]].poll() is not None:
                self.people[self.names[name]].stdin.close()
                self.hire(name)

    def have_had(self):
        return {HANDLERS[path.name.split(".")[0]]["skpd"] for path in self.folder.glob("*.desk") if path.stat().st_size}

    def waits(self, record, skpds, span):
        """Seconds until an event was at a desk of its owner."""
        sent = {step["key"]: step["at"] for step in reversed(record.submitted) if step["do"] == "sent"}
        owner = {row["case"]: (row["owner"], sent.get(row["key"], 0)) for row in record.feed if row["entry"] == "event"}
        first = {}
        for steps in record.desks.values():
            for step in steps:
                if step["do"] == "got" and owner[step["case"]][0] == step["skpd"] in skpds and owner[step["case"]][1] in span:
                    first[step["case"]] = min(step["at"], first.get(step["case"], step["at"]))
        return [at - owner[case][1] for case, at in first.items()]


def test_handlers_in_trouble(folder):
    work = f"work: {{lease: 1s, attempts: {ATTEMPTS}, backoff: 200ms}}\n"
    with contextlib.closing(Troubled(folder, scene.SEED, work, 30.0, HANDLERS, steady=True, poison=POISON)) as place:
        reader = place.siagad.client("uji-2")
        running.wait_for("every SKPD to have had something", lambda: place.have_had() == {how["skpd"] for how in HANDLERS.values()})
        calm = place.pass_by(max(2.0, SECONDS / 2))
        [bad] = reader.submit({"key": "racun", "kind": "report", "category": "fire.land", "kecamatan": "utara", "title": POISON})
        hung = place.people[place.names["damkar-2"]]
        hung.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        try:
            running.wait_for("the dead letter", lambda: place.pass_by(0.1) and reader.dead()["items"], 30 * ATTEMPTS)
            place.pass_by(SECONDS - (time.monotonic() - begun))
        finally:
            hung.kill()         # as its unit does in the end
            hung.wait()
        trouble = figures.Span(begun, time.monotonic())
        place.begin_again()
        record = place.finish()
        assert checker.check(place.common, office.RULES) == [], f"SIAGA_SEED={scene.SEED}"

    [letter] = place.common.dead
    tries = collections.Counter((step["case"], step["skpd"]) for steps in record.desks.values() for step in steps if step["do"] == "got")
    again = sum(step["attempt"] > 1 and step["case"] != bad["seq"] for steps in record.desks.values() for step in steps if step["do"] == "got")
    alarm = [row for row in record.feed if row["case"] == bad["seq"] and row.get("dead")]
    others = {"dinkes", "dbmsda", "dlh"}
    before, meanwhile = (figures.share(place.waits(record, others, span), 99) for span in (calm, trouble))
    scene.report("D15", f"a handler hung for {trouble.end - trouble.begin:.0f} s, {place.count['damkar-1'] - 1} programs ended by one event, a dead letter after "
                 f"{letter['attempts']} tries; {again} items given again: the other SKPD's p99 {1000 * meanwhile:.0f} ms, {1000 * before:.0f} ms before")
    assert (letter["case"], letter["skpd"], letter["attempts"], len(letter["failed"])) == (bad["seq"], "disdamkarmat", ATTEMPTS, ATTEMPTS), letter
    assert 0 < tries[bad["seq"], "disdamkarmat"] <= ATTEMPTS and len(alarm) == 1
    assert again > 0, "nothing was given again"
    assert meanwhile <= 1.5 * before + GRACE
