"""The oracle of every fault test: ledgers, store, watchers' logs and counters tell one story, or it says where they differ.

check() and check_store() return a list of (invariant, text), empty when all is well; each text names the event, or its number:
  I1 what was acknowledged is there once, with equal content, in the feed, in LIST and in GET    I2 nothing is there that nobody sent
  I3 numbers are 1..N, and a number never means another entry, whatever died meanwhile           I4 one at a time sent is in order stored
  I5 refused is not stored, repeated is told the same, every ticket is one case                  I6 whoever follows saw all he asked for once, in order
  I7 every event came to a handler of its SKPD, or lies with the dead letters                    I8 received = stored + duplicate + refused + dropped
check() takes what siagad shows; check_store() what lies in the store's folder (dump.py), when no siagad is there to say anything. A rule is a method
of Findings; check(record, [rule ...]) asks some of a record that has no more than they need.
"""
import collections
import dataclasses

from ledger import digest

# what siagad itself writes here: due times counted anew after a wait or a reopening, what was missed, the day's signed head, keys that came and went
OWN = {"clock", "alarm", "head", "access", "store"}
# of no case, and not for everybody: leaders, who watch, are not told of keys and the store, the POC, who is told all else, not of heads
NOT_LEADERS, NOT_POC = {"access", "store"}, {"head"}
POC = "the POC, who is told everything"
FINAL = {"E_FIELD", "E_CATEGORY", "E_KEY_REUSED", "E_STATE"}    # the refusals our clients provoke
SUM = ("stored", "duplicate", "refused", "dropped")


def check(record, rules=None):
    found = Findings(record)
    for rule in rules or RULES:
        rule(found)
    return found.problems


def check_store(record, rows):
    """The rows of the journal as they lie on the disk, siagad being away: they hold what was acknowledged, and are what the feed told."""
    upto = record.before + len(record.feed)
    part = dataclasses.replace(record, feed=[row for row in rows if record.before < row["seq"] <= upto], cases=None, histories=None)
    problems, lying = check(part, STORE_RULES), {row["seq"]: row for row in part.feed}
    for row in record.feed:
        if row["seq"] not in lying:
            problems.append(("I1", f"{row['seq']}: {row['source']} {row['key']} was told and is not there"))
        elif identity(row) != identity(lying[row["seq"]]):
            problems.append(("I3", f"{row['seq']}: is {identity(lying[row['seq']])}, the feed told {identity(row)}"))
    return [(which, f"in the store's folder: {text}") for which, text in problems]


def what(row):
    return "event" if row["entry"] == "event" else "move"


def identity(row):
    """What an entry is, however it is shown; without the ticket's check character."""
    return row["entry"], row["source"], row["key"], row.get("ticket", "")[:13], digest(what(row), row)


def passes(wish, row):
    """A row is among what a watcher asked for: every word of the wish names what may stand in that field."""
    return all(row.get(field) in words for field, words in wish.items())


class Findings:
    def __init__(self, record):
        self.record = record
        self.problems = []
        self.rows = collections.defaultdict(list)           # (source, key) -> rows of the feed
        for row in record.feed:
            self.rows[row["source"], row["key"]].append(row)
        self.at = {row["seq"]: row for row in record.feed}
        self.listed = collections.Counter(row["seq"] for row in record.cases or [])
        self.cases = {row["seq"]: row for row in record.cases or []}

    def say(self, invariant, text):
        self.problems.append((invariant, text))

    # the store alone -----------------------------------------------------------------------------------------------

    def numbers(self):
        seqs, first = [row["seq"] for row in self.record.feed], self.record.before + 1
        if seqs != list(range(first, first + len(seqs))):
            wrong = next(i for i, seq in enumerate(seqs, first) if seq != i)
            self.say("I3", f"the feed has {seqs[wrong - first]} at place {wrong}")
        times = [row["at"] for row in self.record.feed]
        if times != sorted(times):
            wrong = next(i for i in range(1, len(times)) if times[i] < times[i - 1])
            self.say("I3", f"{seqs[wrong]}: its time lies before that of the number before")

    def tickets(self):
        events = [row for row in self.record.feed if row["entry"] == "event"]
        for ticket, count in collections.Counter(row["ticket"] for row in events).items():
            if count > 1:
                self.say("I5", f"{ticket} was given {count} times")
        if self.record.cases is not None and [row["seq"] for row in events] != [row["seq"] for row in self.record.cases]:
            self.say("I1", f"LIST and feed tell of different cases: {sorted({row['seq'] for row in events} ^ set(self.cases))[:5]}")

    # one client ----------------------------------------------------------------------------------------------------

    def clients(self):
        for name, steps in self.record.ledgers.items():
            self.client(name, steps)

    def client(self, name, steps):
        acked, refused, sent = collections.defaultdict(list), collections.defaultdict(list), {}
        for step in steps:
            item = step["key"], step["hash"]
            if step["do"] == "sent":
                sent.setdefault(item, step)
            elif step["do"] == "acked":
                acked[item].append(step)
            else:
                refused[item].append(step)
        for item in sent:
            if item not in acked and item not in refused:
                self.say("I1", f"{name} {item[0]}: was never answered")
        for item, answers in acked.items():
            if item not in sent:
                self.say("I2", f"{name} {item[0]}: was acknowledged but never sent")
            self.acknowledged(name, item, answers)
        for item, answers in refused.items():
            for answer in answers:
                self.refused(name, item, answer, acked)
        if self.record.windows[name] == 1:
            order = [(acked[item][0]["seq"], item[0]) for item in sent if item in acked]
            for (before, _), (seq, key) in zip(order, order[1:]):
                if seq < before:
                    self.say("I4", f"{name} {key}: is {seq}, what was sent before it {before}")

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
        if row["seq"] != first["seq"] or row["ticket"] != first["ticket"][:len(row["ticket"])]:
            self.say("I3", f"{who}: acknowledged as {first['seq']} {first['ticket']}, stored as {row['seq']} {row['ticket']}")
        if digest(first["what"], row) != content:
            self.say("I1", f"{who}: stored with another content: {row}")
        self.shown(who, row, content)

    def shown(self, who, row, content):
        """LIST and GET tell the same of it as the feed."""
        if self.record.histories is None or not row.get("case"):    # a head belongs to no case
            return
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
            if row["source"] in self.record.others or (row["source"] == "siagad" and row["entry"] in OWN):
                continue
            if (row["source"], row["key"], digest(what(row), row)) not in sent:
                self.say("I2", f"{row['seq']}: nobody sent {row['source']} {row['key']}")

    def own(self):
        """What siagad writes by itself it writes once, however often it died over it, and GET tells of it too."""
        for (source, key), rows in self.rows.items():
            if source != "siagad":
                continue
            if len(rows) > 1:
                self.say("I1", f"siagad {key}: stored {len(rows)} times")
            self.shown(f"siagad {key}", rows[0], None)

    # those who follow, and those who work --------------------------------------------------------------------------

    def watching(self):
        for name, (wish, log) in {POC: ({}, self.record.seen), **self.record.watchers}.items():
            if log is not None:
                self.watcher(name, wish, log)

    def watcher(self, name, wish, log):
        told = [step for step in log if step["do"] == "feed" and "source" in step]
        other = [step for step in log if step["do"] != "feed" and (step["do"], step.get("code")) != ("ended", "E_STOPPING")]
        if other:
            self.say("I6", f"{name} was told {other[0]}")
        hidden = NOT_POC if name == POC else NOT_LEADERS
        seqs, wanted = [step["seq"] for step in told], [row["seq"] for row in self.record.feed if passes(wish, row) and row["entry"] not in hidden]
        if seqs != wanted:
            wrong = next((i for i, (seq, right) in enumerate(zip(seqs, wanted)) if seq != right), min(len(seqs), len(wanted)))
            self.say("I6", f"{name} saw {seqs[wrong:wrong + 2]} where {wanted[wrong:wrong + 2]} was to come")
        for step in told:
            row = self.at.get(step["seq"])
            if row is None or (row["source"], row["key"], digest(what(row), row)) != (step["source"], step["key"], step["hash"]):
                self.say("I3", f"{step['seq']} meant {step['source']} {step['key']} to {name}")

    def handled(self):
        """Handlers that keep a ledger have had all that is their SKPD's, or it is among the dead letters."""
        came = {(step["case"], step["skpd"]) for steps in (self.record.desks or {}).values() for step in steps if step["do"] == "got"}
        came |= {(row["case"], row["skpd"]) for row in self.record.dead}
        for row in self.record.feed:
            if row["entry"] != "event":
                continue
            for skpd in sorted(self.record.served & {row["owner"], *row.get("helpers", [])}):
                if (row["case"], skpd) not in came:
                    self.say("I7", f"{row['case']}: never came to a desk of {skpd}, and is no dead letter")

    def sums(self):
        """Since this siagad started: nothing was received that had no end, each end has its reason, and what was stored is what was added."""
        if self.record.figures is None:
            return
        counted, refused = self.record.figures["counters"], self.record.figures["refused"]
        if counted["received"] != sum(counted[name] for name in SUM):
            self.say("I8", f"received {counted['received']} is not " + " + ".join(f"{name} {counted[name]}" for name in SUM))
        if sum(refused.values()) < counted["refused"]:
            self.say("I8", f"refused {counted['refused']}, the reasons {refused} tell of fewer")
        added = self.record.figures["head"] - self.record.figures["began_at"]
        if counted["stored"] != added:
            self.say("I8", f"stored {counted['stored']}, the journal grew by {added} to {self.record.figures['head']}")


RULES = (Findings.numbers, Findings.tickets, Findings.clients, Findings.strangers, Findings.own, Findings.watching, Findings.handled, Findings.sums)
STORE_RULES = (Findings.numbers, Findings.tickets, Findings.clients, Findings.strangers, Findings.own)
