"""The people of the desk test, each a process of its own: desk_load.py '{"name": ..., ...}'.

One submits emergencies and reports, and now and then reopens a report that was resolved. The handlers wait at a desk of their SKPD, write down
every item before they say done, and some of them work on the cases they own. All go on until their standard input ends; then the submitter
sends again what nobody answered, and a handler finishes what it holds.
"""
import collections
import json
import os
import pathlib
import random
import sys
import time
import uuid

import load
import zmq
from ledger import Ledger
from siaga import ATTACH, CREDIT, DONE, KINDS, MOVE, REFUSED, UNWATCH, WORK, Connection

# (kind, category) -> who is to have it, the owner first
WORK_FOR = {("emergency", "fire.land"): ["disdamkarmat", "dinkes"], ("emergency", "medical.accident"): ["dinkes"],
            ("report", "fire.land"): ["disdamkarmat"], ("report", "medical.accident"): ["dinkes"],
            ("report", "road.pothole"): ["dbmsda"], ("report", "garbage.uncollected"): ["dlh"]}
SUBMITTER = "uji-1"
EXERCISES = 0.15
REOPENS = 0.1
ASLEEP = 0.01
# name of a handler -> its SKPD, how many items it holds at most, whether it works on its cases, how often it is slow
HANDLERS = {"damkar-1": {"skpd": "disdamkarmat", "credit": 4, "works": True}, "damkar-2": {"skpd": "disdamkarmat", "credit": 1},
            "dinkes-1": {"skpd": "dinkes", "credit": 3}, "dinkes-2": {"skpd": "dinkes", "credit": 2, "works": True},
            "dbmsda-1": {"skpd": "dbmsda", "credit": 2, "works": True, "slow": 0.4}, "dbmsda-2": {"skpd": "dbmsda", "credit": 1, "works": True},
            "dlh-1": {"skpd": "dlh", "credit": 4, "works": True}, "dlh-2": {"skpd": "dlh", "credit": 1, "works": True, "slow": 0.4}}
PEOPLE = "people:\n" + "".join(f"  - {{id: {name}, role: handler, skpd: {how['skpd']}}}\n" for name, how in HANDLERS.items())
BEAT_MISSED = 2.5           # seconds without a beat: the desk is gone
ANSWERS = (("done", {}), ("extend", {}), ("fail", {"reason": "printer mati"}), ("later", {"reason": "sibuk", "wait_s": 1}))
OFTEN = (90, 4, 3, 3)       # of a hundred
LIFE = (("ack", {}), ("start", {}), ("resolve", {"outcome": "fixed"}))


class Submitter(load.Sender):
    """Sends what WORK_FOR names, keeps its ledger, sends again."""

    def __init__(self, **order):
        super().__init__(**order)
        self.reports, self.reopened = [], []

    def event(self):
        self.count += 1
        kind, category = self.random.choice(list(WORK_FOR))
        mode = {"mode": "exercise"} if self.random.random() < EXERCISES else {}
        return load.Item("event", {"key": f"{self.name}:{self.count}", "kind": kind, "category": category, "kecamatan": "utara",
                                   "title": f"{self.name} nomor {self.count}", "severity": "severe", **mode})

    def parcel(self):
        if self.random.random() > REOPENS or not self.reports:
            return super().parcel()
        self.count += 1
        do, case = ("assign", self.reopened.pop()) if self.reopened else ("reopen", self.random.choice(self.reports[-40:]))
        more = {"reason": "belum selesai"} if do == "reopen" else {}
        return load.Parcel([load.Item("move", {"key": f"{self.name}:{self.count}", "case": case, "do": do, **more})])

    def told(self, item, result):
        wait = super().told(item, result)
        if item.receipt is not None and not result.get("duplicate"):
            if item.what == "move" and item.fields["do"] == "reopen":
                self.reopened.append(item.fields["case"])
            elif item.what == "event" and item.fields["kind"] == "report":
                self.reports.append(item.receipt)
        return wait


class Handler:
    """A program at a desk. It may be killed at any moment: what it wrote down stays."""

    def __init__(self, endpoint, name, ledger, seed, skpd, credit=1, works=False, slow=0.15, steady=False, poison=None):
        """steady: says done and nothing else, at once. poison: a word in a title that ends this program."""
        self.steady, self.poison = steady, poison
        self.name, self.skpd, self.most, self.works, self.slow = name, skpd, credit, works, slow
        self.random = random.Random(f"{seed}/{pathlib.Path(ledger).name}")
        self.ledger = Ledger(ledger)
        self.line = Connection(endpoint, name)
        self.broken = self.line.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.desk, self.open, self.heard = None, False, 0.0     # request-id of the ATTACH; it was answered; monotonic
        self.items = collections.deque()

    # the wire ------------------------------------------------------------------------------------------------------

    def attach(self):
        if self.desk is not None:
            self.line.send(UNWATCH, {"watch": self.desk})
        self.desk = self.line.send(ATTACH, {"credit": self.most - len(self.items)})
        self.open, self.heard = False, time.monotonic()

    def mend(self):
        """A new desk when the old one is gone with its siagad, or was not given; but not while our hands are full."""
        while self.broken.poll(0):
            self.broken.recv_multipart()
            self.desk = None
        silent = time.monotonic() - self.heard > (BEAT_MISSED if self.open else load.AGAIN_AFTER)
        if (silent or self.desk is None) and len(self.items) < self.most:
            self.attach()

    def listen(self, seconds, wanted=()):
        """Takes one message; returns its (code, body) when it answers a request that is wanted, else None."""
        self.mend()
        try:
            code, number, body = self.line.receive(seconds)
        except TimeoutError:
            return None
        if number in wanted:
            return code, body
        kind = KINDS.get(code)
        if kind == "item":          # also of a desk that is no more: its lease runs
            self.got(body)
        if number == self.desk:
            self.heard = time.monotonic()
            self.open = self.open or code == DONE
            if kind == "ended" or code == REFUSED:
                self.desk = None
        return None

    def ask(self, verb, fields):
        """The same request until it is answered: (code, body, key)."""
        fields = {**fields, "key": str(uuid.uuid4())}
        asked = []
        while True:
            asked.append(self.line.send(verb, fields))
            until = time.monotonic() + load.AGAIN_AFTER
            while (left := until - time.monotonic()) > 0:
                answer = self.listen(min(left, 0.1), asked)
                if answer is None:
                    continue
                if answer[1].get("code") not in load.MOMENT:
                    return *answer, fields["key"]
                time.sleep(min(left, 0.1))

    # the work ------------------------------------------------------------------------------------------------------

    def got(self, item):
        self.ledger.step("got", case=item["case"], skpd=item["skpd"], attempt=item["attempt"])
        self.ledger.sync()
        self.items.append(item)

    def serve(self, item):
        if self.poison is not None and self.poison in item["event"].get("title", ""):
            os._exit(1)
        if self.steady:
            self.say("done", {"case": item["case"], "skpd": item["skpd"], "attempt": item["attempt"]}, {})
            return
        if self.random.random() < self.slow:
            time.sleep(self.random.uniform(0, 0.3))
        elif self.random.random() < ASLEEP:
            time.sleep(2.5)         # longer than the lease
        what = {"case": item["case"], "skpd": item["skpd"], "attempt": item["attempt"]}
        act, more = self.random.choices(ANSWERS, OFTEN)[0]
        done = self.say(act, what, more) and (act == "done" or act == "extend" and self.say("done", what, {}))
        if done and self.works and item["event"]["owner"] == self.skpd:
            self.live(item["case"], item["event"]["version"])

    def say(self, act, what, more):
        """What became of an item. False: the lease is over."""
        code, body, key = self.ask(WORK, {**what, "act": act, **more})
        if code == REFUSED:
            self.ledger.step("refused", act=act, code=body["code"], **what)
        else:
            self.ledger.step("said", act=act, key=key, seq=body["seq"], duplicate=body["duplicate"], **what)
        self.ledger.sync()
        return code == DONE

    def live(self, case, version):
        """Acknowledges, starts and resolves our part, unless somebody else is at it."""
        for act, more in LIFE:
            while True:
                code, body, key = self.ask(MOVE, {"case": case, "do": act, "version": version, **more})
                if code == DONE or body["code"] != "E_STALE" or act not in body["allowed"]:
                    break
                version = body["version"]
            if code == REFUSED:
                self.ledger.step("refused", case=case, act=act, code=body["code"])
                self.ledger.sync()
                return
            self.ledger.step("moved", case=case, act=act, key=key, seq=body["seq"], version=body["version"], duplicate=body["duplicate"])
            self.ledger.sync()
            version = body["version"]

    def run(self):
        while not load.ended() or self.items:
            if self.items:
                self.serve(self.items[0])
                self.items.popleft()
                if self.desk is not None:
                    self.line.send(CREDIT, {"watch": self.desk, "add": 1})
            else:
                self.listen(0.1)
        return 0


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    sys.exit((Handler if "skpd" in order else Submitter)(**order).run())
