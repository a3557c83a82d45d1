"""A client of siagad in one file: protocol 1/SIAGA (proto/SPEC.md) over python3-zmq and python3-msgpack.

    from siaga import Siaga, Refused, new_key

    with Siaga("ipc:///run/siaga/siagad.sock", source="poc-1") as city:
        [receipt] = city.submit({"key": new_key(), "kind": "emergency", "title": "Rumah terbakar"})
        print(receipt["ticket"], receipt["owner"])
        for kind, body in city.follow(start=1, skpd=["disdamkarmat"]):
            for row in body.get("rows", []):
                print(row["seq"], row["ticket"], row["state"])

No answer in time (TimeoutError) means "unknown": send the same again, with the same key; it ends as one event.
A client belongs to one thread.
"""
import collections
import itertools
import struct
import time
import uuid

import msgpack
import zmq

VERSION = 1
HELLO, SUBMIT, MOVE, RECLASS, GET, LIST, WATCH, CREDIT, UNWATCH, ROUTE, STATUS, ATTACH, WORK, DUE, DEAD, PERSON, RELEASE, VERIFY, HEAD, ERASE, HOLD, RETENTION, BACKUP, EXPORT = range(1, 25)
DIGEST = 27
DONE, REFUSED = 0x80, 0x81
KINDS = {0x90: "feed", 0x91: "snapshot", 0x92: "beat", 0x93: "gap", 0x94: "ended", 0x95: "item"}
HEADER = struct.Struct(">2sBBQ")        # "SG", version, code, request-id


class Refused(Exception):
    """siagad said no. `code` is the name of the verdict, `body` the whole answer (hint, faults, wait_s ...)."""

    def __init__(self, body):
        super().__init__(body.get("code"), body.get("hint", {}).get("en"), body.get("faults", []))
        self.code = body.get("code")
        self.body = body


def new_key():
    """A key nobody else uses. Keep it with the event until the receipt is there."""
    return str(uuid.uuid4())


def frame(code, body, request_id=1, version=VERSION):
    """The bytes of one message; `body` is a map, or bytes that are sent as they are."""
    if not isinstance(body, bytes):
        body = msgpack.packb(body, use_bin_type=True)
    return HEADER.pack(b"SG", version, code, request_id) + body


class Siaga:
    """One connection to siagad. `source` is the registered name of this client, `timeout` seconds for each answer."""

    def __init__(self, endpoint, source=None, timeout=10.0, keys=None):
        """keys: (server's public, own public, own secret), for tcp; the name is then the key's."""
        self.endpoint = endpoint
        self.source = source
        self.timeout = timeout
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, int(timeout * 1000))
        self.socket.setsockopt(zmq.RECONNECT_IVL, 50)
        if keys:
            self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = keys
        self.socket.setsockopt(zmq.MAXMSGSIZE, 1 << 20)     # no answer is larger
        self.socket.connect(endpoint)
        self._numbers = itertools.count(1)
        self._inbox = {}                # request-id -> what came for it and nobody has read yet

    def close(self):
        """Ends the connection, and with it every watch and desk."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # requests ----------------------------------------------------------------------------------------------------

    def hello(self):
        """Who is who: the versions spoken, our role, the server's clock and its last number (`head`)."""
        return self.request(HELLO, {"client": "siaga.py"})

    def submit(self, *events, sent_at=None):
        """Stores 1 to 256 events, each a map with at least `key` and `kind`. Returns one result for each, in order:
        a receipt (it is on the disk) or a refusal (it has a `code`)."""
        return self.request(SUBMIT, {"events": list(events), "sent_at": sent_at})["results"]

    def move(self, case, to, key=None, **fields):
        """Brings a case (ticket or number) to the state `to`. fields: version, reason, note, outcome, proof, task."""
        return self.request(MOVE, {**_case(case), "to": to, "key": key or new_key(), **fields})

    def act(self, case, do, key=None, **fields):
        """Does something with a case: `do` is an act (SPEC, section 7). fields: version, reason, note, outcome, proof,
        target, into, task, milestone, at, correct, done, stars."""
        return self.request(MOVE, {**_case(case), "do": do, "key": key or new_key(), **fields})

    def reclass(self, case, call_class, key=None, **fields):
        """Changes the class of a 112 call (real, information, prank, ghost, test). fields: version, note."""
        return self.request(RECLASS, {**_case(case), "class": call_class, "key": key or new_key(), **fields})

    def get(self, case):
        """One case (ticket or number) with its whole history."""
        return self.request(GET, _case(case))

    def list(self, **fields):
        """One page of cases, newest first. fields: kind, skpd, severity, state, kecamatan (lists); since, until,
        open, reverse, limit, after, count."""
        return self.request(LIST, fields)

    def cases(self, **fields):
        """Every case that `list` would find, page after page."""
        while True:
            page = self.list(**fields)
            yield from page["rows"]
            if page.get("after") is None:
                return
            fields["after"] = page["after"]

    def route(self, kind, **fields):
        """Who would own such an event, and which line of which file says so. fields: category, kecamatan, severity, at."""
        return self.request(ROUTE, {"kind": kind, **fields})

    def status(self):
        """How siagad is doing: counters, refusals by code, space, last number."""
        return self.request(STATUS, {})

    def due(self, within, **fields):
        """Parts of open cases that are overdue or will be within a limit ("8wh", "2d"). fields: as the filter of `list`, limit."""
        return self.request(DUE, {"within": within, **fields})

    def digest(self, since, until=None, **fields):
        """Figures of the days `since` to `until` ("2026-11-24"), both inside. fields: skpd, with_ (a list: categories, places, ...)."""
        asked = {"with" if k == "with_" else k: v for k, v in fields.items()}
        return self.request(DIGEST, {"start": since, "until": until or since, **asked})

    def explain(self, figure, since, until=None, skpd=None):
        """Every case behind a figure of a digest, page after page."""
        after = None
        while True:
            page = self.request(DIGEST, {"start": since, "until": until or since, "figure": figure, "skpd": skpd, "after": after})
            yield from page["rows"]
            after = page.get("after")
            if after is None:
                return

    def dead(self, skpd=None):
        """Items of desks that failed again and again."""
        return self.request(DEAD, {"skpd": skpd})

    def work(self, case, skpd, act, key=None, **fields):
        """What became of an item: extend, done, fail, later (they need `attempt`), requeue, discard. fields: attempt,
        reason, note, version, wait_s."""
        return self.request(WORK, {**_case(case), "skpd": skpd, "act": act, "key": key or new_key(), **fields})

    def attach(self, **fields):
        """A desk that takes work of an SKPD, an iterator of (kind, body): see Desk. fields: skpd, credit, lease_s."""
        return Desk(self, fields)

    def watch(self, refill=True, **fields):
        """The live feed, an iterator of (kind, body): see Watch. fields: kind, skpd, severity, state, kecamatan
        (lists); start (the first number wanted; 1 is the oldest), since, snapshot, credit."""
        return Watch(self, refill, fields)

    def follow(self, start=None, patience=5.0, **fields):
        """A watch that mends itself: after `patience` seconds without a word it asks again from where it was, so that
        every entry comes once and in order over any restart of siagad."""
        while True:
            try:
                watch = self.watch(start=None if fields.get("snapshot") else start, **fields)
                start = watch.next
                while not watch.over:
                    kind, body = watch.take(patience)
                    start = watch.next
                    if kind == "feed" or body.get("left") == 0:
                        fields["snapshot"] = None   # told, not to be told again
                    yield kind, body
            except TimeoutError:
                pass
            except Refused as no:
                if no.code not in ("E_BUSY", "E_STOPPING"):
                    raise
                time.sleep(no.body.get("wait_s", 1))

    # one level below ---------------------------------------------------------------------------------------------

    def send(self, verb, fields):
        """Sends one request and returns its number, without waiting."""
        number = next(self._numbers)
        body = {"source": self.source, **{"from" if k == "start" else k: v for k, v in fields.items()}}
        try:
            self.socket.send(frame(verb, {k: v for k, v in body.items() if v is not None}, number))
        except zmq.Again:               # siagad has been away for a thousand requests
            raise TimeoutError("siagad takes nothing") from None
        return number

    def request(self, verb, fields):
        """Sends one request and returns the body of its answer, or raises Refused or TimeoutError."""
        number = self.send(verb, fields)
        self._inbox[number] = collections.deque()
        try:
            return self.answer(number)
        finally:
            del self._inbox[number]

    def answer(self, number):
        """The body of the answer to a request."""
        code, body = self.take(number, self.timeout)
        if code == REFUSED:
            raise Refused(body)
        return body

    def take(self, number, timeout):
        """The next (code, body) for a request-id that is being listened to."""
        until = time.monotonic() + timeout
        while not self._inbox[number]:
            code, other, body = self.receive(until - time.monotonic())
            if other in self._inbox:    # else the answer to a request given up long ago
                self._inbox[other].append((code, body))
        return self._inbox[number].popleft()

    def receive(self, timeout=None):
        """The next message of any kind: (code, request-id, body)."""
        timeout = self.timeout if timeout is None else timeout
        if not self.socket.poll(max(0, int(timeout * 1000))):
            raise TimeoutError("siagad gave no answer")
        message = self.socket.recv()
        magic, version, code, number = HEADER.unpack_from(message)
        if (magic, version) != (b"SG", VERSION):
            raise ValueError("not a message of this protocol")
        return code, number, msgpack.unpackb(message[HEADER.size:])

    def raw(self, frames, timeout=None):
        """For tests: sends bytes, or a list of frames, as they are; returns the next (code, request-id, body)."""
        self.socket.send_multipart([frames] if isinstance(frames, bytes) else list(frames))
        return self.receive(timeout)


class Stream:
    """What siagad goes on telling after one request: (kind, body) again and again, until it is over."""

    def __init__(self, client, verb, fields):
        self.client = client
        self.over = False
        self.id = client.send(verb, fields)
        client._inbox[self.id] = collections.deque()
        try:
            self.told = client.answer(self.id)
        except (Refused, TimeoutError):
            del client._inbox[self.id]
            raise

    def take(self, timeout):
        """The next (kind, body), or TimeoutError. A beat comes each second: silence means it is broken."""
        code, body = self.client.take(self.id, timeout)
        kind = KINDS.get(code, "unknown")   # an unknown feed code is to be ignored
        self.over = kind == "ended"
        return kind, body

    def credit(self, add=0):
        """Leave to send `add` more rows or items; 0 says "still here"."""
        self.client.send(CREDIT, {"watch": self.id, "add": add})

    def close(self):
        """Ends it. What was under way may still come and is thrown away."""
        self.client.send(UNWATCH, {"watch": self.id})
        self.client._inbox.pop(self.id, None)
        self.over = True

    def __iter__(self):
        return self

    def __next__(self):
        if self.over:
            raise StopIteration
        return self.take(self.client.timeout)


class Watch(Stream):
    """An open feed. Iterate for (kind, body); kind is feed, snapshot, beat, gap or ended. `next` is the number to
    continue from. With `refill` every row read gives its credit back, and silence is broken in time."""

    def __init__(self, client, refill, fields):
        super().__init__(client, WATCH, fields)
        self.refill = refill
        self.beats = 0
        self.head, self.next = self.told["head"], self.told["next"]

    def take(self, timeout):
        """The next (kind, body), or TimeoutError. A beat comes each second: silence means the feed is broken."""
        kind, body = super().take(timeout)
        self.next = body.get("next", body["at"] + 1 if kind == "snapshot" else self.next)
        self.beats += kind == "beat"
        if self.refill and (body.get("rows") or (kind == "beat" and self.beats % 10 == 0)):
            self.credit(len(body.get("rows", [])))
        return kind, body


class Desk(Stream):
    """An open desk. Iterate for (kind, body); kind is item, beat or ended. `told` is what siagad said when it opened.
    Nothing is given back by itself: tell what became of an item with say(), then credit(1) for the next one."""

    def __init__(self, client, fields):
        super().__init__(client, ATTACH, fields)
        self.skpd = self.told["skpd"]

    def item(self, timeout):
        """The next item in so many seconds; or TimeoutError. Beats are passed over."""
        until = time.monotonic() + timeout
        while True:
            kind, body = self.take(until - time.monotonic())
            if kind == "item":
                return body
            if kind == "ended":
                raise Refused(body)

    def say(self, item, act, key=None, **fields):
        """What became of an item: extend, done, fail, later."""
        return self.client.work(item["case"], item["skpd"], act, key, attempt=item["attempt"], **fields)


def _case(case):
    return {"case": case} if isinstance(case, int) else {"ticket": case}
