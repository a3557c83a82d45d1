"""The oracle: ledgers, store and the watcher's log tell one story, or it says where they differ.

check() returns a list of (invariant, text), empty when all is well:
  I1 what was acknowledged is there once, with equal content, in the feed, in LIST and in GET    I2 nothing is there that nobody sent
  I3 numbers are 1..N, and a number never means another entry, whatever died meanwhile           I4 one at a time sent is in order stored
  I5 refused is not stored, repeated is told the same, every ticket is one case                  I6 whoever follows saw every entry once, in order
"""
import collections

from ledger import digest

OWN = {"clock", "alarm"}        # what siagad itself writes here: due times counted anew after a wait or a reopening, and what was missed
FINAL = {"E_FIELD", "E_CATEGORY", "E_KEY_REUSED", "E_STATE"}    # the refusals our clients provoke


def check(record):
    found = Findings(record)
    found.numbers()
    found.tickets()
    for name, steps in record.ledgers.items():
        found.client(name, steps)
    found.strangers()
    found.own()
    found.watcher()
    return found.problems


class Findings:
    def __init__(self, record):
        self.record = record
        self.problems = []
        self.rows = collections.defaultdict(list)           # (source, key) -> rows of the feed
        for row in record.feed:
            self.rows[row["source"], row["key"]].append(row)
        self.listed = collections.Counter(row["seq"] for row in record.cases)
        self.cases = {row["seq"]: row for row in record.cases}

    def say(self, invariant, text):
        self.problems.append((invariant, text))

    # the store alone -----------------------------------------------------------------------------------------------

    def numbers(self):
        seqs = [row["seq"] for row in self.record.feed]
        if seqs != list(range(1, len(seqs) + 1)):
            wrong = next(i for i, seq in enumerate(seqs, 1) if seq != i)
            self.say("I3", f"the feed has {seqs[wrong - 1]} at place {wrong}")
        times = [row["at"] for row in self.record.feed]
        if times != sorted(times):
            self.say("I3", "times run backwards along the numbers")

    def tickets(self):
        events = [row for row in self.record.feed if row["entry"] == "event"]
        for ticket, count in collections.Counter(row["ticket"] for row in events).items():
            if count > 1:
                self.say("I5", f"{ticket} was given {count} times")
        if [row["seq"] for row in events] != [row["seq"] for row in self.record.cases]:
            self.say("I1", "LIST and feed tell of different cases")

    # one client ----------------------------------------------------------------------------------------------------

    def client(self, name, steps):
        acked, refused, sent = collections.defaultdict(list), {}, {}
        for step in steps:
            item = step["key"], step["hash"]
            if step["do"] == "sent":
                sent.setdefault(item, step)
            elif step["do"] == "acked":
                acked[item].append(step)
            else:
                refused[item] = step
        for item in sent:
            if item not in acked and item not in refused:
                self.say("I1", f"{name} {item[0]}: was never answered")
        for item, answers in acked.items():
            if item not in sent:
                self.say("I2", f"{name} {item[0]}: was acknowledged but never sent")
            self.acknowledged(name, item, answers)
        for item, answer in refused.items():
            self.refused(name, item, answer, acked)
        if self.record.windows[name] == 1:
            order = [acked[item][0]["seq"] for item in sent if item in acked]
            if order != sorted(order):
                self.say("I4", f"{name}: not stored in the order sent")

    def acknowledged(self, name, item, answers):
        key, content = item
        first = answers[0]
        who = f"{name} {key}"
        if any((a["seq"], a["ticket"]) != (first["seq"], first["ticket"]) for a in answers):
            self.say("I5", f"{who}: was told {sorted({a['seq'] for a in answers})}")
        if sum(not a["duplicate"] for a in answers) > 1 or not all(a["duplicate"] for a in answers[1:]):
            self.say("I5", f"{who}: a repeat was told it is new")
        rows = self.rows.get((name, key), [])
        if not rows:
            self.say("I1", f"{who}: acknowledged as {first['seq']} and lost")
            return
        if len(rows) > 1:
            self.say("I1", f"{who}: stored {len(rows)} times")
        row = rows[0]
        if (row["seq"], row["ticket"]) != (first["seq"], first["ticket"]):
            self.say("I3", f"{who}: acknowledged as {first['seq']} {first['ticket']}, stored as {row['seq']} {row['ticket']}")
        if digest(first["what"], row) != content:
            self.say("I1", f"{who}: stored with another content: {row}")
        self.shown(who, row, content)

    def shown(self, who, row, content):
        """LIST and GET tell the same of it as the feed."""
        history = [h for h in self.record.histories.get(row["case"], []) if h["seq"] == row["seq"]]
        if len(history) != 1:
            self.say("I1", f"{who}: {len(history)} times in GET")
        elif history[0] != row:
            self.say("I1", f"{who}: GET and feed differ: {history[0]} {row}")
        if row["entry"] != "event":
            return
        if self.listed[row["seq"]] != 1:
            self.say("I1", f"{who}: {self.listed[row['seq']]} times in LIST")
        elif digest("event", self.cases[row["seq"]]) != content:
            self.say("I1", f"{who}: in LIST with another content")

    def refused(self, name, item, answer, acked):
        key, content = item
        if answer["code"] not in FINAL:
            self.say("I5", f"{name} {key}: refused with {answer['code']}")
        if item in acked:
            self.say("I5", f"{name} {key}: acknowledged and refused")
        if any(digest(answer["what"], row) == content for row in self.rows.get((name, key), [])):
            self.say("I5", f"{name} {key}: refused with {answer['code']} and stored")
        if answer["code"] != "E_KEY_REUSED":
            return
        tickets = {a["ticket"] for other, answers in acked.items() if other[0] == key for a in answers}
        if tickets != {answer["ticket"]}:
            self.say("I5", f"{name} {key}: is told {answer['ticket']}, was given {tickets}")

    # the other direction -------------------------------------------------------------------------------------------

    def strangers(self):
        sent = {(name, step["key"], step["hash"]) for name, steps in self.record.ledgers.items() for step in steps if step["do"] == "sent"}
        for row in self.record.feed:
            what = "event" if row["entry"] == "event" else "move"
            if row["source"] == "siagad" and row["entry"] in OWN:
                continue
            if (row["source"], row["key"], digest(what, row)) not in sent:
                self.say("I2", f"{row['seq']}: nobody sent {row['source']} {row['key']}")

    def own(self):
        """What siagad writes by itself it writes once, however often it died over it, and GET tells of it too."""
        for (source, key), rows in self.rows.items():
            if source != "siagad":
                continue
            if len(rows) > 1:
                self.say("I1", f"siagad {key}: stored {len(rows)} times")
            self.shown(f"siagad {key}", rows[0], None)

    def watcher(self):
        told = [step for step in self.record.seen if step["do"] == "feed" and "source" in step]
        other = [step for step in self.record.seen if step["do"] != "feed" and (step["do"], step.get("code")) != ("ended", "E_STOPPING")]
        if other:
            self.say("I6", f"the watcher was told {other[0]}")
        seqs = [step["seq"] for step in told]
        if seqs != list(range(1, len(self.record.feed) + 1)):
            wrong = next((i for i, seq in enumerate(seqs, 1) if seq != i), len(seqs) + 1)
            self.say("I6", f"the watcher saw {seqs[wrong - 1:wrong + 1]} at place {wrong} of {len(self.record.feed)}")
        for step in told:
            row = self.record.feed[step["seq"] - 1] if step["seq"] <= len(self.record.feed) else None
            if row is None or (row["source"], row["key"]) != (step["source"], step["key"]) or \
                    digest("event" if row["entry"] == "event" else "move", row) != step["hash"]:
                self.say("I3", f"{step['seq']} meant {step['source']} {step['key']} to the watcher")
