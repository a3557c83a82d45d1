"""The clients of the kill test, each a process of its own: load.py '{"does": ..., "name": ..., ...}'.

A client sends until its standard input ends, or until it has sent its `total`; then it sends again what nobody answered, until everything is answered,
and ends with exit code 0. A watcher follows the feed from the beginning for as long, over every restart, and writes down every row it is told.
"""
import json
import os
import pathlib
import random
import select
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "python"), str(HERE.parent / "proto")]

from following import follow                                            # noqa: E402
from ledger import Ledger, digest                                       # noqa: E402
from siaga import DONE, MOVE, SUBMIT, Connection                        # noqa: E402

AGAIN_AFTER = 0.4           # seconds without an answer, then the same is sent again; twice as long each time
AGAIN_MOST = 3.2
LAST_WORD = float(os.environ.get("SIAGA_LAST_WORD_S", 30))     # seconds for what is open after the end
BURST = 64                  # events beyond the rate
MOMENT = ("E_BUSY", "E_RATE", "E_FULL", "E_STOPPING", "E_UNKNOWN")
WORDS = "banjir jalan rusak lampu padam é ü 水 rumah warga di dekat pasar terlihat asap hitam tebal".split()
LIFE = (("acknowledged", {}), ("in_progress", {}), ("waiting_reporter", {"reason": "menunggu foto"}), ("in_progress", {}),
        ("resolved", {"outcome": "fixed"}), ("closed", {}), ("reopened", {"reason": "belum selesai"}))
# name -> how many requests may be open, and what it sends
CLIENTS = {"uji-1": {"window": 1, "kinds": ["complaint"]},
           "uji-2": {"window": 1, "kinds": ["emergency"]},
           "uji-3": {"window": 1, "kinds": ["emergency", "complaint", "report"], "odd": 0.2},
           "uji-4": {"window": 16, "kinds": ["emergency", "complaint", "report"]},
           "uji-5": {"window": 8, "kinds": ["report"], "odd": 0.2, "new_line": True},
           "uji-6": {"window": 1, "kinds": ["complaint", "report"], "list": 20, "odd": 0.2},
           "uji-7": {"window": 4, "kinds": ["emergency"], "list": 12, "odd": 0.1, "new_line": True},
           "uji-8": {"window": 1, "kinds": ["emergency"], "moves": True, "odd": 0.2}}
OF_THE_POC = "intake.112"       # an operator resolves these and no others
CATEGORY = {"emergency": ("fire.building", "medical.accident"), "complaint": ("road.pothole", "garbage.uncollected"),
            "report": ("drainage.blocked", "fire.building")}


def crowd(count):
    """So many clients, of the eight sorts in turn."""
    return {f"uji-{n + 1}": CLIENTS[f"uji-{n % len(CLIENTS) + 1}"] for n in range(count)}


def connect(endpoint, name, keys, timeout=10.0):
    """Over a socket of the machine it says its name; with keys they say it."""
    return Connection(endpoint, None if keys else name, timeout, [key.encode() for key in keys] if keys else None)


def ended():
    """The standard input has been closed: finish."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


class Item:
    """One event or one move, and what became of it."""

    def __init__(self, what, fields):
        self.what, self.fields = what, fields
        self.key, self.hash = fields["key"], digest(what, fields)
        self.receipt = None


class Parcel:
    """One request: a list of events, or a move. Sent until every item is settled."""

    def __init__(self, items):
        self.items = items
        self.again_at, self.patience = 0.0, AGAIN_AFTER     # monotonic, seconds
        self.settled = False


class Sender:
    """Sends, keeps its ledger, sends again."""

    def __init__(self, endpoint, name, ledger, seed, window=1, kinds=(), odd=0.0, moves=False, new_line=False, rate=1000.0,
                 total=None, keys=None, **more):
        self.keys, self.total = keys, total or sys.maxsize
        self.endpoint, self.name, self.window, self.kinds, self.odd, self.moves = endpoint, name, window, kinds, odd, moves
        self.most = more.get("list", 1)
        self.new_line = new_line            # a new connection instead of the old one after a silence
        self.random = random.Random(f"{seed}/{name}")
        self.ledger = Ledger(ledger)
        self.line = connect(endpoint, name, keys)
        self.open, self.asked = [], {}      # parcels not settled; request-id -> parcel, also of earlier tries
        self.known = []                     # items acknowledged
        self.lives = {}                     # number of a case of ours -> moves it has had
        self.count = 0
        self.rate, self.may, self.filled = rate, BURST, time.monotonic()    # events a second, events it may send now

    # what to send --------------------------------------------------------------------------------------------------

    def text(self, most):
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, most)))

    def event(self):
        self.count += 1
        kind = self.random.choice(self.kinds)
        category = OF_THE_POC if self.moves else self.random.choice(CATEGORY[kind])
        return Item("event", {"key": f"{self.name}:{self.count}", "kind": kind, "category": category,
                              "title": f"{self.name} nomor {self.count}", "body": self.text(self.random.choice((4, 40, 400))),
                              "severity": self.random.choice(("moderate", "severe")), "kecamatan": "utara",
                              "address": self.text(5), "tags": ["uji"]})

    def odd_one(self):
        """A repeat, a key used for something else, or what siagad must refuse."""
        chance = self.random.random()
        if self.known and chance < 0.6:
            return self.random.choice(self.known)
        first = self.random.choice(self.known) if self.known and chance < 0.8 else None
        if first is not None:
            changed = {"title": "isi lain"} if first.what == "event" else {"note": "isi lain"}
            return Item(first.what, {**first.fields, **changed})
        item = self.event()
        wrong = self.random.choice(({"severity": "dahsyat"}, {"title": None}, {"category": "lain.lain"}))
        return item if item.fields["kind"] == "emergency" else Item("event", {**item.fields, **wrong})

    def move(self):
        """The next move of one of our cases; now and then one that is not allowed."""
        case = self.random.choice(list(self.lives))
        step = self.lives[case]
        self.count += 1
        if self.random.random() < self.odd / 2:
            return Item("move", {"key": f"{self.name}:{self.count}", "case": case, "to": "verified", "note": "tidak boleh"})
        to, more = LIFE[step]
        self.lives[case] += 1
        if self.lives[case] == len(LIFE):
            del self.lives[case]
        return Item("move", {"key": f"{self.name}:{self.count}", "case": case, "to": to, "note": self.text(8), **more})

    def parcel(self):
        if self.moves and self.lives and self.random.random() < 0.7:
            return Parcel([self.move()])
        items = [self.odd_one() if self.random.random() < self.odd else self.event() for _ in range(self.random.randint(1, self.most))]
        if items[0].what == "move":
            return Parcel(items[:1])
        if len(items) > 1 and self.random.random() < self.odd:
            items.append(items[0])          # the same twice in one list
        return Parcel([item for item in items if item.what == "event"])

    # the wire ------------------------------------------------------------------------------------------------------

    def send(self, parcel):
        for item in parcel.items:
            self.ledger.step("sent", what=item.what, key=item.key, hash=item.hash)
        self.ledger.sync()
        if parcel.items[0].what == "move":
            number = self.line.send(MOVE, parcel.items[0].fields)
        else:
            events = [{k: v for k, v in i.fields.items() if v is not None} for i in parcel.items]
            number = self.line.send(SUBMIT, {"events": events})
        self.asked[number] = parcel
        parcel.again_at = time.monotonic() + parcel.patience
        parcel.patience = min(2 * parcel.patience, AGAIN_MOST)

    def take(self, seconds):
        """One answer, if there is one in time."""
        try:
            code, number, body = self.line.receive(seconds)
        except TimeoutError:
            return
        parcel = self.asked.pop(number, None)
        if parcel is None:
            return
        results = body["results"] if code == DONE and "results" in body else [body] * len(parcel.items)
        wait = 0
        for item, result in zip(parcel.items, results, strict=True):
            wait = max(wait, self.told(item, result))
        self.ledger.sync()
        if wait == 0:
            parcel.settled = True
        else:
            parcel.again_at = time.monotonic() + wait

    def told(self, item, result):
        """Writes down one result. Returns the seconds to wait when it is none yet."""
        if result.get("code") in MOMENT:
            return min(result.get("wait_s", 1), 0.2)
        if "code" in result:
            self.ledger.step("refused", what=item.what, key=item.key, hash=item.hash, code=result["code"], ticket=result.get("ticket"))
            return 0
        self.ledger.step("acked", what=item.what, key=item.key, hash=item.hash, seq=result["seq"], ticket=result["ticket"],
                         duplicate=result["duplicate"])
        if item.receipt is None:
            item.receipt = result["seq"]
            self.known.append(item)
            if self.moves and item.what == "event":
                self.lives[result["seq"]] = 0
        return 0

    def repeat_late(self):
        """What was not answered in time is sent again, in order."""
        late = [p for p in self.open if p.again_at <= time.monotonic()]
        if late and self.new_line:
            self.line.close()
            self.line = connect(self.endpoint, self.name, self.keys)
            self.asked.clear()
            late = self.open
        for parcel in late:
            self.send(parcel)

    def allowed(self):
        """More may be sent by its rate."""
        now = time.monotonic()
        self.may, self.filled = min(self.may + (now - self.filled) * self.rate, BURST), now
        return self.may > 0

    def run(self):
        last = None
        while True:
            if last is None and (self.count >= self.total or ended()):
                last = time.monotonic() + LAST_WORD
            while last is None and len(self.open) < self.window and self.count < self.total and self.allowed():
                self.open.append(self.parcel())
                self.may -= len(self.open[-1].items)
                self.send(self.open[-1])
            if last is not None and not self.open:
                return 0
            if last is not None and time.monotonic() > last:
                print(f"{self.name}: {len(self.open)} requests were never answered", file=sys.stderr)
                return 1
            due = min((p.again_at for p in self.open), default=time.monotonic() + 0.01) - time.monotonic()
            self.take(min(max(due, 0.001), 0.05))
            self.open = [p for p in self.open if not p.settled]
            self.repeat_late()


def watch(endpoint, name, ledger, until, wish=None, start=1, keys=None, patience=0.3):
    """Follows from `start` and writes down every row that passes its wish, and every word that is not a row or a beat."""
    log = Ledger(ledger)
    last = None
    with connect(endpoint, name, keys, max(patience, AGAIN_AFTER)) as line:
        for kind, body in follow(line, start=start, patience=patience, credit=4096, **(wish or {})):
            for row in body.get("rows", []):
                what = "event" if row["entry"] == "event" else "move"
                log.step(kind, seq=row["seq"], source=row["source"], key=row["key"], hash=digest(what, row))
            if kind not in ("feed", "beat"):
                log.step(kind, **{k: v for k, v in body.items() if k not in ("rows", "hint")})
            log.sync()
            if last is None and ended():
                last = time.monotonic() + LAST_WORD
            head = pathlib.Path(until).read_text() if last is not None and pathlib.Path(until).exists() else ""
            if head and body.get("next", 0) > int(head):
                return 0
            if last is not None and time.monotonic() > last:
                print(f"{name}: did not come to {head or '?'}", file=sys.stderr)
                return 1


def read_on(endpoint, name, ledger, keys=None):
    """Reads as much as one can, and never stops: page after page of LIST, the history of a case, the feed from 1, what is open. Ends with what it did."""
    done = Ledger(ledger)
    with connect(endpoint, name, keys, LAST_WORD) as line:
        while not ended():
            for row in line.cases(limit=500):
                if row["case"] % 100 == 0:
                    line.get(row["case"])
                if ended():
                    break
            for wish in ({"start": 1}, {"snapshot": True}):
                told, watch = 0, line.watch(credit=4096, refill=False, **wish)
                while told < min(4096, watch.head) and not ended():
                    told += len(watch.take(LAST_WORD)[1].get("rows", [1]))
                watch.close()
            done.step("read")
    done.sync()
    return 0


PARTS = {"watch": watch, "read": read_on, "send": lambda **order: Sender(**order).run()}

if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    sys.exit(PARTS[order.pop("part", "watch" if "until" in order else "send")](**order))
