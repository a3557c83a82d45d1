"""The oracle of the desks: what handlers wrote down and what siagad shows tell one story, or it says where they differ.

check() returns a list of (invariant, text), empty when all is well:
  D1 every event acknowledged came to a desk of its owner and has its receipt     D2 a part is resolved once, until it is reopened
  D3 a lease is on the disk before its item leaves, and is one handler's alone    D4 what a handler was told is done stands there once
  D5 no item came to an SKPD it is not for                                        D6 the queue's order: what is more urgent, then what is older
"""
import collections
import dataclasses

from desk_load import SUBMITTER, WORK_FOR

PUT_BACK = {"fail", "later", "expire"}


def part(row):
    """The SKPD whose part of the case it is about: the owner's is not named."""
    return row.get("task", row["owner"])


@dataclasses.dataclass
class Record:
    """What the checker compares."""
    submitted: list         # the submitter's steps
    desks: dict             # process of a handler, "NAME.NUMBER" -> its steps
    feed: list              # every row of the feed from 1
    cases: list             # every row of LIST
    histories: dict         # number of a case -> rows of GET
    credit: dict            # SKPD -> items its desks had asked for at most


class Waiting:
    """What lies in the queues, by the feed alone: take() the rows in order."""

    def __init__(self):
        self.items = {}     # (case, skpd) -> "ready" or "leased"

    def take(self, row):
        item = row["case"], part(row)
        if row["entry"] == "event":
            for skpd in [row["owner"], *row.get("helpers", [])]:
                self.items[row["case"], skpd] = "ready"
        elif row["entry"] == "move" and row["do"] in ("reopen", "assign"):
            self.items.setdefault(item, "ready")
        elif row["entry"] == "move" and row["do"] == "resolve":
            self.items.pop(item, None)
        elif row["entry"] == "work" and (row["act"] == "done" or row.get("dead")):
            self.items.pop(item, None)
        elif row["entry"] == "work":
            self.items[item] = "ready" if row["act"] in PUT_BACK else "leased"


def check(record):
    found = Findings(record)
    for step in record.submitted:
        if step["do"] == "acked" and step["what"] == "event":
            found.event(step)
    for case, rows in record.histories.items():
        found.resolved(case, rows)
    found.leases()
    for name, steps in record.desks.items():
        found.acknowledged(name, steps)
    found.strangers()
    found.order()
    return found.problems


class Findings:
    def __init__(self, record):
        self.record = record
        self.problems = []
        self.events = {row["case"]: row for row in record.feed if row["entry"] == "event"}
        self.cases = {row["case"]: row for row in record.cases}
        self.got = collections.defaultdict(list)        # (case, skpd) -> (process, attempt)
        for name, steps in record.desks.items():
            for step in steps:
                if step["do"] == "got":
                    self.got[step["case"], step["skpd"]].append((name, step["attempt"]))

    def say(self, invariant, text):
        self.problems.append((invariant, text))

    def parties(self, case):
        """Who is to have it, the owner first."""
        row = self.events[case]
        return WORK_FOR[row["kind"], row["category"]]

    # events --------------------------------------------------------------------------------------------------------

    def event(self, step):
        case = step["seq"]
        if case not in self.events or case not in self.cases:
            self.say("D1", f"{case}: acknowledged and lost")
            return
        owner, *helpers = self.parties(case)
        now = self.cases[case]
        receipts = {task["skpd"]: task.get("receipt_at") for task in now.get("tasks", [])}
        if now["owner"] != owner:
            self.say("D1", f"{case}: is {now['owner']}'s, should be {owner}'s")
        if not self.got[case, owner]:
            self.say("D1", f"{case}: never came to a desk of {owner}")
        if "receipt_at" not in now:
            self.say("D1", f"{case}: has no receipt of {owner}")
        for skpd in helpers:
            if not self.got[case, skpd] or not receipts.get(skpd):
                self.say("D1", f"{case}: never came to a desk of {skpd}, or has no receipt of it")

    def resolved(self, case, rows):
        over = set()
        for row in rows:
            if row["entry"] != "move":
                continue
            if row["do"] == "reopen":
                over.clear()
            if row["do"] == "resolve" and part(row) in over:
                self.say("D2", f"{case}: resolved again for {part(row)} by {row['seq']}")
            if row["do"] == "resolve":
                over.add(part(row))

    # leases --------------------------------------------------------------------------------------------------------

    def leases(self):
        holders = collections.defaultdict(list)
        for row in self.record.feed:
            if row["entry"] == "work" and row["act"] == "take":
                holders[row["case"], row["task"], row["attempt"]].append(row["source"])
        for lease, sources in holders.items():
            if len(sources) > 1:
                self.say("D3", f"{lease}: on the disk for {sources}")
        given = collections.defaultdict(list)
        for (case, skpd), names in self.got.items():
            for name, attempt in names:
                given[case, skpd, attempt].append(name)
        for lease, names in given.items():
            if len(names) > 1:
                self.say("D3", f"{lease}: given to {names}")
            for name in names:
                if name.split(".")[0] not in holders.get(lease, []):
                    self.say("D3", f"{lease}: given to {name}, on the disk it is of {holders.get(lease)}")

    def acknowledged(self, name, steps):
        source = name.split(".")[0]
        for step in steps:
            if step["do"] not in ("said", "moved"):
                continue
            rows = [row for row in self.record.histories.get(step["case"], []) if (row["source"], row["key"]) == (source, step["key"])]
            if len(rows) != 1:
                self.say("D4", f"{name}: {step['act']} of {step['case']} stands there {len(rows)} times")
            elif step["do"] == "said" and (rows[0]["act"], rows[0]["task"], rows[0]["attempt"], rows[0]["seq"]) != \
                    (step["act"], step["skpd"], step["attempt"], step["seq"]):
                self.say("D4", f"{name}: was told {step}, there stands {rows[0]}")
            elif step["do"] == "moved" and (rows[0]["do"], rows[0]["version"], rows[0]["seq"]) != (step["act"], step["version"], step["seq"]):
                self.say("D4", f"{name}: was told {step}, there stands {rows[0]}")

    # queues --------------------------------------------------------------------------------------------------------

    def strangers(self):
        sent = {step["key"] for step in self.record.submitted if step["do"] == "sent"}
        for (case, skpd), names in self.got.items():
            event = self.events.get(case)
            if event is None or event["source"] != SUBMITTER or event["key"] not in sent:
                self.say("D5", f"{case}: came to {names}, nobody sent it")
            elif skpd not in self.parties(case):
                self.say("D5", f"{case}: came to {names}, it is not for {skpd}")
        for name, steps in self.record.desks.items():
            skpds = {step["skpd"] for step in steps if step["do"] == "got"}
            if len(skpds) > 1:
                self.say("D5", f"{name}: had items of {skpds}")

    def order(self):
        """First leases, of what was never put back. What is more urgent may have come while a round of leases was under way, which is no
        longer than the credit of all desks; of the same rank nothing overtakes."""
        waiting = collections.defaultdict(dict)         # skpd -> case -> rank
        overtaken = collections.Counter()
        for row in self.record.feed:
            if row["entry"] == "event":
                for skpd in self.parties(row["case"]):
                    waiting[skpd][row["case"]] = rank(row)
            if row["entry"] != "work" or row["act"] != "take" or row["case"] not in waiting[row["task"]]:
                continue
            mine = waiting[row["task"]].pop(row["case"])
            for case, its in waiting[row["task"]].items():
                if its == mine and case < row["case"]:
                    self.say("D6", f"{row['task']}: {row['case']} was taken before {case}, which is older")
                overtaken[row["task"], case] += its < mine
        for (skpd, case), times in overtaken.items():
            if times > self.record.credit[skpd]:
                self.say("D6", f"{skpd}: {case} saw {times} less urgent ones taken before it")


def rank(row):
    return 2 if row.get("mode", "actual") != "actual" else 0 if row["kind"] == "emergency" else 1
