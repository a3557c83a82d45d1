"""The Python client of siagad in one file: protocol 1/SIAGA (proto/SPEC.md) over python3-zmq and python3-msgpack.

    import siaga

    with siaga.Siaga() as city:                         # SIAGA_SERVER, SIAGA_CERT, SIAGA_SOURCE, client.yaml
        receipt = city.emergency("Rumah terbakar", category="fire.building", kecamatan="bekasi-timur")
        print(receipt["ticket"], receipt["owner"])

        for told in city.watch(cursor="feed.cursor", severity=["extreme", "severe"]):
            if told.row:
                print(told.row["seq"], told.row["ticket"], told.row["state"])
            elif told.kind in ("gap", "lost"):
                print("not everything was told:", told.kind)

        for item in city.handle("disdamkarmat"):        # work of an SKPD, one item at a time
            with item:                                  # done at its end, fail when an exception leaves it
                dispatch(item.row)

`Siaga` is patient: what gets no answer is sent again with the same key until its deadline, to the next server if
there are several. `Connection` below it is one line to one server and one try a request.

Every error is a SiagaError: `code` (E_RATE; "" when it arose on this side), `retry` (the same again with the same key
may succeed later, and doubles nothing), `hint` ({"id": ..., "en": ...}: what to do), `exit` (what a script should leave
with), `wait_s` (seconds siagad asked to wait). Times are RFC 3339 text, waits are seconds, coordinates WGS 84 degrees.
Events, rows and answers are plain dicts with the names of SPEC.md. A client belongs to one thread; the rows of its
watches and desks may be worked on with it meanwhile.
"""
from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import itertools
import os
import pathlib
import random
import stat
import struct
import sys
import time
import types
import uuid
from typing import Any, Deque, Dict, Generator, Iterator, List, NoReturn, Optional, Sequence, Tuple, Type, TypedDict, Union

import msgpack                  # type: ignore[import]
import zmq

__version__ = "0.1.0"       # that of include/siaga.h

VERSION = 1                 # of the protocol
HELLO, SUBMIT, MOVE, RECLASS, GET, LIST, WATCH, CREDIT, UNWATCH, ROUTE, STATUS, ATTACH, WORK, DUE, DEAD, PERSON, RELEASE, VERIFY, HEAD, ERASE, HOLD, RETENTION, BACKUP, EXPORT = range(1, 25)
DIGEST = 27
DONE, REFUSED = 0x80, 0x81
KINDS = {0x90: "feed", 0x91: "snapshot", 0x92: "beat", 0x93: "gap", 0x94: "ended", 0x95: "item"}
HEADER = struct.Struct(">2sBBQ")        # "SG", version, code, request-id

DEFAULT_SERVER = "ipc:///run/siaga/siagad.sock"
MACHINE_FILE = "/etc/siaga/client.yaml"
EVENTS_MAX = 256            # events in one message
REQUEST_BYTES = 65536       # of one message
SILENCE_S = 5.0             # a beat comes each second; so long without a word is a broken line

# Verdicts (verdicts.def) and the exit code a script should leave with: 75 the same again later, 65 mend the data, 77 not allowed.
EXITS = {
    **dict.fromkeys(("E_RATE", "E_BUSY", "E_FULL", "E_STOPPING", "E_UNKNOWN", "E_SILENT"), 75),
    **dict.fromkeys(("E_ROLE", "E_SOURCE"), 77), **dict.fromkeys(("E_VERSION", "E_VERB"), 76),
    **dict.fromkeys(("E_BUG", "E_CORRUPT"), 70), "E_NOT_FOUND": 1,
}

Row = Dict[str, Any]        # a map of the protocol: an event, a row, an answer
Keys = Tuple[bytes, bytes, bytes]       # Z85: the server's public key, the own public one, the own secret one


class Hint(TypedDict):
    """What to do about it, in the two languages of the city."""

    id: str
    en: str


class Fault(TypedDict, total=False):
    """One thing wrong with one field. `seen` is what siagad read, cut to 40 bytes; `limit` is in bytes or items."""

    code: str
    field: str
    limit: int
    seen: str
    hint: Hint


class Receipt(TypedDict, total=False):
    """What siagad says of an event it has on its disk. `ticket`, `seq`, `owner`, `state`, `received_at`, `flags` and
    `duplicate` (it was there before) always stand in it; the due times where the city has a target."""

    ticket: str
    seq: int
    owner: str
    helpers: List[str]
    state: str
    received_at: str
    ack_due: str
    resolve_due: str
    clock: str
    ack_target: str
    resolve_target: str
    target_date: str
    flags: List[str]
    duplicate: bool


# ---- errors ----------------------------------------------------------------------------------------------------------

class SiagaError(Exception):
    """What went wrong; see the head of this file. `keys` are those of the events it is about, in order."""

    def __init__(self, code: str, hint: Hint, exit: int, retry: bool, wait_s: float = 0.0):
        super().__init__(f"{code}: {hint['en']}" if code else hint["en"])
        self.code, self.hint, self.exit, self.retry, self.wait_s = code, hint, exit, retry, wait_s
        self.keys: List[str] = []


class Refused(SiagaError):
    """siagad said no. `body` is the whole refusal (SPEC, section 4), `faults` every fault it found, field by field."""

    def __init__(self, body: Row):
        code = str(body.get("code", ""))
        told = body.get("hint") or {}
        hint: Hint = {"id": told.get("id", f"ditolak: {code}"), "en": told.get("en", f"refused: {code}")}
        exit = EXITS.get(code, 65)
        super().__init__(code, hint, exit, exit == 75, float(body.get("wait_s", 0)))
        self.body = body
        self.faults: List[Fault] = body.get("faults", [])

    def __str__(self) -> str:
        named = [f"{f.get('field')}: {f.get('hint', self.hint)['en']}" for f in self.faults]
        return "; ".join([f"{self.code}: {self.hint['en']}", *named])


class NoAnswer(SiagaError, TimeoutError):
    """No answer in time: it may be stored or not. Send the same again with the same key; it ends as one event.
    `results`: what submit_all() knows of the others, None where it knows nothing."""

    def __init__(self, where: str = "siagad", hint: Optional[Hint] = None, exit: int = 75):
        super().__init__("", hint or {"id": f"{where} tidak menjawab; kirim lagi dengan kunci yang sama",
                                      "en": f"{where} gave no answer; send the same again with the same key"}, exit, True)
        self.results: List[Union[Receipt, Refused, None]] = []


class Unreachable(NoAnswer):
    """There is no line to any of the servers. Safe to repeat, like every NoAnswer."""

    def __init__(self, where: str):
        super().__init__(where, {"id": f"{where} tidak terjangkau; periksa alamat (SIAGA_SERVER) dan apakah siagad berjalan",
                                 "en": f"{where} cannot be reached; check the address (SIAGA_SERVER) and whether siagad runs"}, 69)


class NotAllowed(SiagaError, PermissionError):
    """siagad does not take this key, or wants one: a repeat changes nothing, the administrator can."""

    def __init__(self, where: str):
        super().__init__("", {"id": f"{where} menolak kunci ini; minta admin: siaga cert enrol",
                              "en": f"{where} does not take this key; ask the administrator: siaga cert enrol"}, 77, False)


class SettingsError(SiagaError, ValueError):
    """The settings or the key file on this side are wrong; nothing was sent."""

    def __init__(self, where: str, id: str, en: str):
        super().__init__("", {"id": f"{where}: {id}", "en": f"{where}: {en}"}, 78, False)


class NotSiagad(SiagaError, ValueError):
    """What answers there does not speak this protocol."""

    def __init__(self, where: str):
        super().__init__("", {"id": f"{where} bukan siagad, atau versi lain", "en": f"{where} is no siagad, or one of another version"}, 76, False)


# ---- small things ----------------------------------------------------------------------------------------------------

def new_key() -> str:
    """A key nobody else uses. Keep it with the event until the receipt is there."""
    return str(uuid.uuid4())


def now() -> str:
    """This moment as the protocol writes it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def frame(code: int, body: Union[Row, bytes], request_id: int = 1, version: int = VERSION) -> bytes:
    """The bytes of one message; `body` is a map, or bytes that are sent as they are."""
    packed: bytes = body if isinstance(body, bytes) else msgpack.packb(body, use_bin_type=True)
    return HEADER.pack(b"SG", version, code, request_id) + packed


def _case(case: Union[str, int]) -> Row:
    return {"case": case} if isinstance(case, int) else {"ticket": case}


# ---- what may be asked: by a Connection once, by a Siaga until there is an answer ------------------------------------

class Questions:
    """The requests of SPEC section 5 that are one question and one answer. Each raises Refused or NoAnswer."""

    def request(self, verb: int, fields: Row, timeout: Optional[float] = None) -> Row:
        """Asks anything and returns the body of the answer. `fields` as in SPEC; None is left out, `start` is called from."""
        raise NotImplementedError

    def hello(self) -> Row:
        """Who is who: the versions spoken, our role, the server's clock and its last number (`head`)."""
        return self.request(HELLO, {"client": f"siaga.py {__version__}"})

    def move(self, case: Union[str, int], to: str, key: Optional[str] = None, **fields: Any) -> Row:
        """Brings a case (ticket or number) to the state `to`. fields: version, reason, note, outcome, proof, task."""
        return self.request(MOVE, {**_case(case), "to": to, "key": key or new_key(), **fields})

    def act(self, case: Union[str, int], do: str, key: Optional[str] = None, **fields: Any) -> Row:
        """Does something with a case: `do` is an act (SPEC, section 7). fields: version, reason, note, outcome, proof,
        target, into, task, milestone, at, correct, done, stars."""
        return self.request(MOVE, {**_case(case), "do": do, "key": key or new_key(), **fields})

    def reclass(self, case: Union[str, int], call_class: str, key: Optional[str] = None, **fields: Any) -> Row:
        """Changes the class of a 112 call (real, information, prank, ghost, test). fields: version, note."""
        return self.request(RECLASS, {**_case(case), "class": call_class, "key": key or new_key(), **fields})

    def get(self, case: Union[str, int]) -> Row:
        """One case (ticket or number) with its whole history: `case`, `history`, `held`, ..."""
        return self.request(GET, _case(case))

    def list(self, **fields: Any) -> Row:
        """One page of cases, newest first. fields: kind, skpd, severity, state, kecamatan (lists); where, since, until,
        open, reverse, limit, after, count."""
        return self.request(LIST, fields)

    def cases(self, **fields: Any) -> Iterator[Row]:
        """Every case that `list` would find, page after page."""
        while True:
            page = self.list(**fields)
            yield from page["rows"]
            if page.get("after") is None:
                return
            fields["after"] = page["after"]

    def route(self, kind: str, **fields: Any) -> Row:
        """Who would own such an event, and which line of which file says so. fields: category, kecamatan, severity, at."""
        return self.request(ROUTE, {"kind": kind, **fields})

    def status(self) -> Row:
        """How siagad is doing: counters, refusals by code, space, last number."""
        return self.request(STATUS, {})

    def due(self, within: str, **fields: Any) -> Row:
        """Parts of open cases that are overdue or will be within a limit ("8wh", "2d"). fields: as the filter of `list`, limit."""
        return self.request(DUE, {"within": within, **fields})

    def digest(self, since: str, until: Optional[str] = None, **fields: Any) -> Row:
        """Figures of the days `since` to `until` ("2026-11-24"), both inside. fields: skpd, with_ (a list: categories, places, ...)."""
        asked = {"with" if k == "with_" else k: v for k, v in fields.items()}
        return self.request(DIGEST, {"start": since, "until": until or since, **asked})

    def explain(self, figure: str, since: str, until: Optional[str] = None, skpd: Optional[str] = None) -> Iterator[Row]:
        """Every case behind a figure of a digest, page after page."""
        after = None
        while True:
            page = self.request(DIGEST, {"start": since, "until": until or since, "figure": figure, "skpd": skpd, "after": after})
            yield from page["rows"]
            after = page.get("after")
            if after is None:
                return

    def dead(self, skpd: Optional[str] = None) -> Row:
        """Items of desks that failed again and again."""
        return self.request(DEAD, {"skpd": skpd})

    def work(self, case: Union[str, int], skpd: str, act: str, key: Optional[str] = None, **fields: Any) -> Row:
        """What became of an item: extend, done, fail, later (they need `attempt`), requeue, discard. fields: attempt,
        reason, note, version, wait_s."""
        return self.request(WORK, {**_case(case), "skpd": skpd, "act": act, "key": key or new_key(), **fields})


# ---- one line, one try a request -------------------------------------------------------------------------------------

class Connection(Questions):
    """One line to one siagad; nothing is sent twice by itself. `source` is the registered name of this client (None: that
    of the key or the unix user), `timeout` the seconds to wait for each answer."""

    def __init__(self, endpoint: str, source: Optional[str] = None, timeout: float = 10.0, keys: Optional[Keys] = None, guarded: bool = False):
        """keys: for tcp; the name is then the key's. guarded: a line that breaks or is not taken is an error at once
        (NoAnswer, NotAllowed) and is not knocked at again, instead of being mended in silence."""
        self.endpoint = endpoint
        self.source = source
        self.timeout = timeout
        self.socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, int(timeout * 1000))
        self.socket.setsockopt(zmq.RECONNECT_IVL, -1 if guarded else 50)
        if keys:
            self.socket.curve_serverkey, self.socket.curve_publickey, self.socket.curve_secretkey = keys
        self.socket.setsockopt(zmq.MAXMSGSIZE, 1 << 20)     # no answer is larger
        self._news: Optional[zmq.Socket[bytes]] = self.socket.get_monitor_socket(_NEWS) if guarded else None
        self.socket.connect(endpoint)
        self._numbers = itertools.count(1)
        self._inbox: Dict[int, Deque[Tuple[int, Row]]] = {}     # request-id -> what came for it and nobody has read yet

    def close(self) -> None:
        """Ends the connection, and with it every watch and desk."""
        if self._news is not None:
            self.socket.disable_monitor()
            self._news.close()
            self._news = None
        self.socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, *events: Row, sent_at: Optional[str] = None) -> List[Row]:
        """Stores 1 to 256 events, each a map with at least `key` and `kind`. Returns one result for each, in order:
        a receipt (it is on the disk) or a refusal (it has a `code`)."""
        results: List[Row] = self.request(SUBMIT, {"events": list(events), "sent_at": sent_at})["results"]
        return results

    def attach(self, **fields: Any) -> Desk:
        """A desk that takes work of an SKPD, an iterator of (kind, body): see Desk. fields: skpd, credit, lease_s."""
        return Desk(self, fields)

    def watch(self, refill: bool = True, **fields: Any) -> Watch:
        """The live feed, an iterator of (kind, body): see Watch. fields: kind, skpd, severity, state, kecamatan
        (lists); start (the first number wanted; 1 is the oldest), since, snapshot, credit."""
        return Watch(self, refill, fields)

    # one level below

    def send(self, verb: int, fields: Row) -> int:
        """Sends one request and returns its number, without waiting."""
        while self._news is not None and self._news.poll(0):
            self._event()               # a line that broke meanwhile would take nothing, and say so late
        number = next(self._numbers)
        body = {"source": self.source, **{"from" if k == "start" else k: v for k, v in fields.items()}}
        try:
            self.socket.send(frame(verb, {k: v for k, v in body.items() if v is not None}, number))
        except zmq.Again:               # siagad has been away for a thousand requests
            raise NoAnswer(self.endpoint) from None
        return number

    def request(self, verb: int, fields: Row, timeout: Optional[float] = None) -> Row:
        """Sends one request and returns the body of its answer, or raises Refused or NoAnswer."""
        number = self.send(verb, fields)
        self._inbox[number] = collections.deque()
        try:
            return self.answer(number, timeout)
        finally:
            del self._inbox[number]

    def answer(self, number: int, timeout: Optional[float] = None) -> Row:
        """The body of the answer to a request."""
        code, body = self.take(number, self.timeout if timeout is None else timeout)
        if code == REFUSED:
            raise Refused(body)
        return body

    def take(self, number: int, timeout: float) -> Tuple[int, Row]:
        """The next (code, body) for a request-id that is being listened to."""
        until = time.monotonic() + timeout
        while not self._inbox[number]:
            code, other, body = self.receive(until - time.monotonic())
            if other in self._inbox:    # else the answer to a request given up long ago
                self._inbox[other].append((code, body))
        return self._inbox[number].popleft()

    def receive(self, timeout: Optional[float] = None) -> Tuple[int, int, Row]:
        """The next message of any kind: (code, request-id, body)."""
        self._wait(self.timeout if timeout is None else timeout)
        message = self.socket.recv()
        if len(message) < HEADER.size:
            raise NotSiagad(self.endpoint)
        magic, version, code, number = HEADER.unpack_from(message)
        if (magic, version) != (b"SG", VERSION):
            raise NotSiagad(self.endpoint)
        return code, number, msgpack.unpackb(message[HEADER.size:])

    def raw(self, frames: Union[bytes, Sequence[bytes]], timeout: Optional[float] = None) -> Tuple[int, int, Row]:
        """For tests: sends bytes, or a list of frames, as they are; returns the next (code, request-id, body)."""
        self.socket.send_multipart([frames] if isinstance(frames, bytes) else list(frames))
        return self.receive(timeout)

    def connected(self, timeout: float) -> None:
        """Of a guarded line: waits until siagad has taken it; else Unreachable or NotAllowed."""
        until = time.monotonic() + timeout
        assert self._news is not None
        while self._news.poll(_ms(until - time.monotonic())):
            if self._event() == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return
        raise Unreachable(self.endpoint)

    def _wait(self, timeout: float) -> None:
        """Until a message is there. What has come is read before a break in the line is told."""
        until = time.monotonic() + timeout
        if self._news is None:
            if not self.socket.poll(_ms(timeout)):
                raise NoAnswer(self.endpoint)
            return
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(self._news, zmq.POLLIN)
        while not self.socket.poll(0):
            ready = dict(poller.poll(_ms(until - time.monotonic())))
            if not ready:
                raise NoAnswer(self.endpoint)
            if self.socket not in ready:
                self._event()

    def _event(self) -> int:
        """The next piece of news of a guarded line; a bad one is raised."""
        assert self._news is not None
        event = int(struct.unpack_from("=H", self._news.recv_multipart()[0])[0])
        if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            raise NotAllowed(self.endpoint)
        if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:        # without a key where one is wanted, or no siagad at all
            raise NotSiagad(self.endpoint)
        if event in (zmq.EVENT_CLOSED, zmq.EVENT_DISCONNECTED, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL):
            raise Unreachable(self.endpoint)
        return event


_NEWS = (zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL |
         zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_CLOSED | zmq.EVENT_DISCONNECTED)


def _ms(seconds: float) -> int:
    return max(0, int(seconds * 1000))


class Stream:
    """What siagad goes on telling after one request: (kind, body) again and again, until it is over."""

    def __init__(self, client: Connection, verb: int, fields: Row):
        self.client = client
        self.over = False
        self.beats = 0
        self.id = client.send(verb, fields)
        client._inbox[self.id] = collections.deque()
        try:
            self.told = client.answer(self.id)
        except SiagaError:
            del client._inbox[self.id]
            raise

    def take(self, timeout: float) -> Tuple[str, Row]:
        """The next (kind, body), or NoAnswer. A beat comes each second: silence means it is broken."""
        code, body = self.client.take(self.id, timeout)
        kind = KINDS.get(code, "unknown")   # an unknown feed code is to be ignored
        self.over = kind == "ended"
        self.beats += kind == "beat"
        return kind, body

    def credit(self, add: int = 0) -> None:
        """Leave to send `add` more rows or items; 0 says "still here"."""
        self.client.send(CREDIT, {"watch": self.id, "add": add})

    def close(self) -> None:
        """Ends it. What was under way may still come and is thrown away."""
        self.client.send(UNWATCH, {"watch": self.id})
        self.client._inbox.pop(self.id, None)
        self.over = True

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Tuple[str, Row]:
        if self.over:
            raise StopIteration
        return self.take(self.client.timeout)


class Watch(Stream):
    """An open feed. Iterate for (kind, body); kind is feed, snapshot, beat, gap or ended. `next` is the number to
    continue from. With `refill` every row read gives its credit back, and silence is broken in time."""

    def __init__(self, client: Connection, refill: bool, fields: Row):
        super().__init__(client, WATCH, fields)
        self.refill = refill
        self.head: int = self.told["head"]
        self.next: int = self.told["next"]

    def take(self, timeout: float) -> Tuple[str, Row]:
        """The next (kind, body), or NoAnswer. A beat comes each second: silence means the feed is broken."""
        kind, body = super().take(timeout)
        self.next = body.get("next", body["at"] + 1 if kind == "snapshot" else self.next)
        if self.refill and (body.get("rows") or (kind == "beat" and self.beats % 10 == 0)):
            self.credit(len(body.get("rows", [])))
        return kind, body


class Desk(Stream):
    """An open desk. Iterate for (kind, body); kind is item, beat or ended. `told` is what siagad said when it opened.
    Nothing is given back by itself: tell what became of an item with say(), then credit(1) for the next one."""

    def __init__(self, client: Connection, fields: Row):
        super().__init__(client, ATTACH, fields)
        self.skpd: str = self.told["skpd"]

    def item(self, timeout: float) -> Row:
        """The next item in so many seconds; or NoAnswer. Beats are passed over."""
        until = time.monotonic() + timeout
        while True:
            kind, body = self.take(until - time.monotonic())
            if kind == "item":
                return body
            if kind == "ended":
                raise Refused(body)

    def say(self, item: Row, act: str, key: Optional[str] = None, **fields: Any) -> Row:
        """What became of an item: extend, done, fail, later."""
        return self.client.work(item["case"], item["skpd"], act, key, attempt=item["attempt"], **fields)


# ---- settings and key files: those of the tools ----------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Settings:
    """Where siagad is and who we are: `servers` (ZeroMQ addresses, tried in this order), `cert` (key file, for tcp),
    `source` (name; None: that of the key or the unix user)."""

    servers: Tuple[str, ...]
    cert: Optional[str] = None
    source: Optional[str] = None


def settings(server: Optional[str] = None, cert: Optional[str] = None, source: Optional[str] = None) -> Settings:
    """What is given here, else SIAGA_SERVER, SIAGA_CERT, SIAGA_SOURCE, else the context that counts (SIAGA_CONTEXT, else
    `context:`), else client.yaml of this user (the file SIAGA_CONFIG in its place, where that is set), else that of this
    machine. Raises SettingsError with file and line."""
    files = [_client_yaml(path, must) for path, must in _files()]
    plain: Dict[str, str] = {}
    for top, _ in files:
        for name, value in top.items():
            plain.setdefault(name, value)
    context = os.environ.get("SIAGA_CONTEXT") or plain.get("context")
    chosen: Dict[str, str] = {}
    if context:
        found = [contexts[context] for _, contexts in files if context in contexts]
        if not found:
            raise SettingsError(context, "tidak ada konteks bernama ini di client.yaml", "client.yaml has no context of this name")
        for values in reversed(found):
            chosen.update(values)
    for name, given in (("server", server), ("cert", cert), ("source", source)):
        nearer = given or os.environ.get(f"SIAGA_{name.upper()}")
        if nearer:
            chosen[name] = nearer
    said = {**plain, **chosen}
    servers = tuple(part.strip() for part in said.get("server", DEFAULT_SERVER).split(",") if part.strip())
    return Settings(servers, said.get("cert"), said.get("source"))


def _files() -> List[Tuple[pathlib.Path, bool]]:
    """The files of settings, the nearest first, and whether each must be there."""
    named, config, home = (os.environ.get(n, "") for n in ("SIAGA_CONFIG", "XDG_CONFIG_HOME", "HOME"))
    machine = (pathlib.Path(MACHINE_FILE), False)
    if named:
        return [(pathlib.Path(named).absolute(), True), machine]
    own = pathlib.Path(config) if config.startswith("/") else pathlib.Path(home, ".config") if home.startswith("/") else None
    return [*([(own / "siaga/client.yaml", False)] if own else []), machine]


_NAMES = ("server", "cert", "source", "spool", "lang")
_Said = Tuple[Dict[str, str], Dict[str, Dict[str, str]]]       # settings, and those of each context


def _client_yaml(path: pathlib.Path, must: bool) -> _Said:
    """What client.yaml says, a `name: value` a line, contexts indented. YAML that is written otherwise is refused: nothing
    goes to where nobody meant it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        if must:
            raise SettingsError(str(path), "tidak ada; periksa SIAGA_CONFIG", "is not there; check SIAGA_CONFIG") from None
        return {}, {}
    except (OSError, UnicodeDecodeError) as why:
        raise SettingsError(str(path), f"tidak terbaca: {why}", f"cannot be read: {why}") from None
    top: Dict[str, str] = {}
    contexts: Dict[str, Dict[str, str]] = {}
    into, inside, level = top, False, 0
    for number, line in enumerate(lines, 1):
        text = line.split(" #")[0].rstrip()
        name, colon, value = text.strip().partition(":")
        value, indent = value.strip(), len(text) - len(text.lstrip(" "))
        if text in ("", "---") or name.startswith("#"):
            continue
        if colon and not value and (name == "contexts" if indent == 0 else inside and (into is top or indent == level)):
            level = indent
            into = contexts.setdefault(name, {}) if indent else top
            inside = True
            continue
        if indent == 0:
            into, inside = top, False
        right_place = indent == 0 or (inside and into is not top and indent > level)
        if not colon or not right_place or name not in (_NAMES if indent else (*_NAMES, "context")) or not _plain(value):
            raise SettingsError(f"{path}:{number}", f"di sini hanya 'nama: nilai' ({', '.join(_NAMES)}, context, contexts), satu sebaris",
                                f"only 'name: value' is read here ({', '.join(_NAMES)}, context, contexts), one a line")
        value = value[1:-1] if value[0] in "'\"" else value
        into[name] = str(path.parent / pathlib.Path(value).expanduser()) if name == "cert" else value
    return top, contexts


def _plain(value: str) -> bool:
    """Text that YAML reads as it stands, or between quotes."""
    quoted = len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]
    return quoted or (value != "" and value[0] not in "[{&*!|>'\"%@`-")


def read_cert(path: str) -> Keys:
    """The keys of a client's key file (`siaga cert new NAME --server-key server.pub`): the server's public key, the own
    public one and the own secret one. Raises SettingsError; a file that others may read is refused."""
    try:
        if os.path.islink(path):
            raise OSError("a link; name the file itself")
        with open(path, encoding="ascii") as file:
            mode = os.fstat(file.fileno())
            lines = file.read(4096).splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise SettingsError(path, f"berkas kunci tidak dapat dibuka ({why}); periksa SIAGA_CERT",
                            f"the key file cannot be opened ({why}); check SIAGA_CERT") from None
    if stat.S_IMODE(mode.st_mode) & 0o077:
        raise SettingsError(path, f"kunci rahasia ini terbuka bagi orang lain; jalankan: chmod 600 {path}",
                            f"others may read this secret key; run: chmod 600 {path}")
    have = dict(line.rstrip().split(": ", 1) for line in lines if ": " in line and not line.startswith("#"))
    for name in ("server", "public", "secret"):
        if len(have.get(name, "")) != 40:
            raise SettingsError(path, f"tanpa baris '{name}: KUNCI'; buat lagi dengan siaga cert new --server-key",
                                f"has no line '{name}: KEY'; make it anew with siaga cert new --server-key")
    return have["server"].encode(), have["public"].encode(), have["secret"].encode()


# ---- a client that does not give up at once --------------------------------------------------------------------------

class _Line:
    """A guarded Connection to the first server that takes us; made when it is needed, made anew after drop()."""

    def __init__(self, to: Settings, answer_s: float):
        self.to, self.answer_s = to, answer_s
        self.keys = read_cert(to.cert) if to.cert and any(s.startswith("tcp:") for s in to.servers) else None
        if not to.servers or (self.keys is None and any(s.startswith("tcp:") for s in to.servers)):
            raise SettingsError(",".join(to.servers) or "SIAGA_SERVER", "tcp perlu berkas kunci (SIAGA_CERT)", "tcp needs a key file (SIAGA_CERT)")
        self.at = 0
        self.shut: Dict[str, SiagaError] = {}       # servers that do not take us: not knocked at again
        self.wire: Optional[Connection] = None

    def open(self, timeout: float) -> Connection:
        """The line as it is, or a new one, or the reason why not: who asked then says lost(), and asks again for the next server."""
        if self.wire is not None:
            return self.wire
        server = self._next()
        wire = Connection(server, self.to.source, self.answer_s, self.keys if server.startswith("tcp:") else None, guarded=True)
        try:
            wire.connected(min(timeout, self.answer_s))
        except BaseException:
            wire.close()
            raise
        self.wire = wire
        return wire

    def _next(self) -> str:
        """The server whose turn it is. When none is left that takes us, the reason is raised."""
        for _ in self.to.servers:
            if self.to.servers[self.at] not in self.shut:
                break
            self.at = (self.at + 1) % len(self.to.servers)
        else:
            raise self.shut[self.to.servers[self.at]]
        return self.to.servers[self.at]

    def lost(self, why: BaseException) -> None:
        """Ends the line; what comes next goes to the next server. A server that does not take us is not asked again; when none is left,
        that is raised."""
        if self.wire is not None:
            self.wire.close()
            self.wire = None
        if isinstance(why, (NotAllowed, NotSiagad)):
            self.shut[self.to.servers[self.at]] = why
            if len(self.shut) == len(set(self.to.servers)):
                raise why
        self.at = (self.at + 1) % len(self.to.servers)

    @contextlib.contextmanager
    def while_it_lasts(self) -> Iterator[None]:
        """A watch or a desk on the line: an end that may be asked again is over here, every other is raised."""
        try:
            yield
        except Refused as why:
            if not why.retry:
                raise
            self.close()
        except _BROKEN as why:
            self.lost(why)

    def close(self) -> None:
        if self.wire is not None:
            self.wire.close()
            self.wire = None


_BROKEN = (NoAnswer, NotAllowed, NotSiagad)


def _pause(again: int, wait_s: float, left: float) -> None:
    """Sleeps before a repeat: as long as siagad asked, else longer each time; never in step with others, never past the end."""
    wanted = wait_s * random.uniform(1.0, 1.2) if wait_s else random.uniform(0.5, 1.0) * min(2.0, 0.05 * 2 ** min(again, 6))
    time.sleep(max(0.0, min(wanted, left)))


@dataclasses.dataclass(frozen=True)
class Told:
    """What a watch tells. `kind`:

    entry     `row` is an entry of the history, in order, each once
    snapshot  what follows is everything open as it stood at number `at`: forget what you knew
    open      `row` is one open case of the snapshot
    current   the snapshot is whole
    gap       numbers that cannot be told one by one: `gap` has from, to, reason and hint; unless the reason is damaged,
              a snapshot follows
    lost      nothing was heard for 5 seconds, or the line broke: what you show is not current
    back      the line is there again; it goes on where it was, nothing was passed over
    beat      a second without news (told when beats were asked for)

    `next` is the number to continue from once this has been worked on; None where that would lose something."""

    kind: str
    next: Optional[int]
    row: Optional[Row] = None
    gap: Optional[Row] = None
    at: Optional[int] = None
    more: bool = False      # more of the same message follows at once


class Siaga(Questions):
    """The client for programs: says things until they are answered, or `deadline` seconds are over.

    server (several with commas), cert and source as in settings(). One try waits `answer` seconds, each further one
    twice as long. Waits that siagad asks for (E_RATE, E_BUSY, ...) are kept. With a watch or a desk open, this client may be
    used for anything else meanwhile: each has a line of its own. What may be asked stands in Questions."""

    def __init__(self, server: Optional[str] = None, cert: Optional[str] = None, source: Optional[str] = None, *,
                 deadline: float = 15.0, answer: float = 3.0):
        self.settings = settings(server, cert, source)
        self.deadline, self.answer = deadline, answer
        self._line = _Line(self.settings, answer)

    def close(self) -> None:
        """Ends the line of requests. Watches and desks end with their loops."""
        self._line.close()

    def __enter__(self) -> Siaga:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- events

    def submit(self, event: Row, deadline: Optional[float] = None) -> Receipt:
        """Stores one event and returns its receipt: it is on siagad's disk. `event` is a map of the fields of SPEC section 6, at
        least `kind`; when it has no `key` it gets one, written into your map, so that the very same can be sent again.

        Raises Refused (faults: all that is wrong), NoAnswer (unknown: the same again), NotAllowed, SettingsError."""
        [result] = self.submit_all([event], deadline)
        if isinstance(result, Refused):
            raise result
        return result

    def submit_all(self, events: Sequence[Row], deadline: Optional[float] = None) -> List[Union[Receipt, Refused]]:
        """Stores any number of events, each whole and alone, and returns for each, in order, its receipt or the Refused that
        submit() would raise. When the deadline ends it before each has an answer: NoAnswer, or the Refused that asked to wait,
        with `keys` of what is unknown; NoAnswer.results has the rest. The same list may be given again: nothing doubles."""
        for event in events:
            if not event.get("key"):
                event["key"] = new_key()
        results: List[Union[Receipt, Refused, None]] = [None] * len(events)
        for part in _messages(events, results):
            try:
                self._submit_part(events, part, results, deadline)
            except SiagaError as why:
                why.keys = [str(events[i]["key"]) for i, result in enumerate(results) if result is None]
                if isinstance(why, NoAnswer):
                    why.results = results
                raise
        return [result for result in results if result is not None]

    def _submit_part(self, events: Sequence[Row], part: List[int], results: List[Union[Receipt, Refused, None]], deadline: Optional[float]) -> None:
        """One message, and again what siagad was only too busy for."""
        until = time.monotonic() + (self.deadline if deadline is None else deadline)
        for again in itertools.count():
            told = self.request(SUBMIT, {"events": [events[i] for i in part], "sent_at": now()}, until - time.monotonic())["results"]
            wait: Optional[Refused] = None
            for i, result in zip(list(part), told):
                refusal = Refused(result) if "code" in result else None
                if refusal is not None and refusal.retry:
                    wait = refusal
                    continue
                results[i] = refusal or result
                part.remove(i)
            if wait is None:
                return
            if time.monotonic() + wait.wait_s >= until:
                raise wait
            _pause(again, wait.wait_s, until - time.monotonic())

    def emergency(self, title: str, **fields: Any) -> Receipt:
        """An emergency: never refused when it can be read. fields: category, kecamatan, address, severity, lat, lon, key, ..."""
        return self.submit({"kind": "emergency", "title": title, **fields})

    def complaint(self, title: str, category: str, **fields: Any) -> Receipt:
        """A complaint of a resident."""
        return self.submit({"kind": "complaint", "title": title, "category": category, **fields})

    def report(self, title: str, category: str, **fields: Any) -> Receipt:
        """A report from the field or of a sensor."""
        return self.submit({"kind": "report", "title": title, "category": category, **fields})

    # ---- questions

    def request(self, verb: int, fields: Row, timeout: Optional[float] = None) -> Row:
        """Asks anything (SPEC, section 5) and returns the body of the answer. What gets no answer, or one that asks to wait,
        is sent again, the same with the same key, until `timeout` seconds (None: the deadline) are over; then that error is raised."""
        until = time.monotonic() + (self.deadline if timeout is None else timeout)
        patience, wait_s, sent = self.answer, 0.0, False
        for again in itertools.count():
            try:
                return self._line.open(until - time.monotonic()).request(verb, fields, min(patience, until - time.monotonic()))
            except Refused as why:
                if not why.retry or time.monotonic() + why.wait_s >= until:
                    raise
                wait_s = why.wait_s
            except _BROKEN as why:
                self._line.lost(why)
                sent = sent or not isinstance(why, Unreachable)
                if time.monotonic() >= until:
                    if sent and isinstance(why, Unreachable):
                        raise NoAnswer(",".join(self.settings.servers)) from why   # an earlier one may have arrived
                    raise
                patience, wait_s = patience if isinstance(why, Unreachable) else patience * 2, 0.0
            _pause(again, wait_s, until - time.monotonic())
        raise AssertionError("the loop ends by itself")

    # ---- the live feed

    def watch(self, start: Optional[int] = None, *, cursor: Optional[str] = None, since: Optional[str] = None, snapshot: bool = False,
              beats: bool = False, give_up: Optional[float] = None, **fields: Any) -> Iterator[Told]:
        """Follows the feed for ever, over breaks of the line and restarts of siagad: every entry once and in order, or it is told
        what is missing (see Told). Break off the loop to end it.

        start: first number wanted (1 is the oldest; None: from now); since: a time instead; snapshot: first all that is open.
        cursor: a file (that of `siaga watch --cursor-file`) that keeps the place: it is written when your loop comes back for
        more, so what it was working on when it died comes once more. give_up: seconds without a line before Unreachable is
        raised; None: never. fields: kind, skpd, severity, state, kecamatan (lists of words)."""
        kept = _Cursor(cursor) if cursor else None
        if kept and kept.next:
            start, since, snapshot = kept.next, None, False
        told, reached = self._watch(start, since, snapshot, give_up, fields), None
        try:
            for one in told:
                if one.kind != "beat" or beats:
                    yield one
                reached = one.next
                if kept and reached is not None and not one.more:
                    kept.write(reached)
        finally:
            told.close()
            if kept and reached is not None:
                kept.write(reached)

    def _watch(self, start: Optional[int], since: Optional[str], snapshot: bool, give_up: Optional[float], fields: Row) -> Generator[Told, None, None]:
        """One line after the other, each going on where the last one was."""
        line, place = _Line(self.settings, self.answer), _Place(start, since, snapshot)
        lost_at, again = time.monotonic(), 0
        try:
            while True:
                with line.while_it_lasts():
                    feed = line.open(self.answer).watch(**place.asked(), **fields)
                    place.opened(feed)
                    if place.lost:
                        place.lost = False
                        yield Told("back", place.resumable())
                    while not feed.over:
                        kind, body = feed.take(SILENCE_S)
                        lost_at, again = time.monotonic(), 0
                        yield from place.told(kind, body)
                    raise Refused(body)
                if not place.lost:
                    place.lost = True
                    lost_at = time.monotonic()
                    yield Told("lost", place.resumable())
                if give_up is not None and time.monotonic() - lost_at >= give_up:
                    raise Unreachable(",".join(self.settings.servers))
                _pause(again, 0.0, 2.0)
                again += 1
        finally:
            line.close()

    # ---- work of an SKPD

    def handle(self, skpd: Optional[str] = None, *, lease: Optional[int] = None, idle: Optional[float] = None) -> Iterator[Item]:
        """Takes the work of an SKPD (None: that of your own), one Item at a time, emergencies first, for ever; with `idle`
        until nothing came for so many seconds. lease: seconds an item is yours before somebody else gets it (None: the city's).

        Say what became of each before you come for the next, best by `with item:`. Whoever works on one for longer than the
        lease, or 30 seconds, calls item.extend() now and then."""
        line = _Line(self.settings, self.answer)
        again, quiet_at = 0, time.monotonic()
        try:
            while True:
                with line.while_it_lasts():
                    desk = line.open(self.answer).attach(skpd=skpd, credit=1, lease_s=lease)
                    while not desk.over:
                        kind, body = desk.take(SILENCE_S)
                        again = 0
                        if kind == "item":
                            item = Item(self, desk, body)
                            yield item
                            if not item.said:
                                raise RuntimeError(f"say what became of {item.ticket}: done(), fail(), later() or refuse()")
                            desk.credit(1)
                            quiet_at = time.monotonic()
                        elif kind == "beat" and desk.beats % 10 == 0:
                            desk.credit(0)
                        if idle is not None and time.monotonic() - quiet_at >= idle:
                            return
                    raise Refused(body)
                if idle is not None and time.monotonic() - quiet_at >= idle:
                    return
                _pause(again, 0.0, 2.0)
                again += 1
        finally:
            line.close()


class _Place:
    """Where a watch is, over all its lines."""

    def __init__(self, start: Optional[int], since: Optional[str], snapshot: bool):
        self.next, self.since = start, since
        self.snapshot = snapshot        # asked for and not told whole
        self.telling = False            # its first page came on this line
        self.lost = False

    def asked(self) -> Row:
        """How the next line asks to go on."""
        if self.snapshot:
            return {"snapshot": True}
        return {"since": self.since} if self.next is None else {"start": self.next}

    def opened(self, feed: Watch) -> None:
        self.telling = False
        if self.next is None and not self.snapshot:
            self.next = feed.next

    def resumable(self) -> Optional[int]:
        return None if self.snapshot else self.next

    def told(self, kind: str, body: Row) -> Iterator[Told]:
        """One message of the feed, taken apart; the place moves on as its rows are given out."""
        rows = body.get("rows", [])
        if kind == "snapshot":
            yield from self._page(body["at"], rows, body["left"])
        elif kind == "feed":
            for i, row in enumerate(rows, 1):
                self.next = row["seq"] + 1 if i < len(rows) else body["next"]
                yield Told("entry", self.next, row=row, more=i < len(rows))
            self.next = body["next"]
        elif kind == "gap":
            self.snapshot = body["reason"] != "damaged"
            self.next = self.next if self.snapshot else body["to"] + 1
            yield Told("gap", self.resumable(), gap=body)
        elif kind == "beat":
            self.next = self.next if self.snapshot else body["next"]
            yield Told("beat", self.resumable())

    def _page(self, at: int, rows: List[Row], left: int) -> Iterator[Told]:
        if not self.telling:
            self.telling = self.snapshot = True
            yield Told("snapshot", None, at=at)
        for row in rows:
            yield Told("open", None, row=row, at=at, more=True)
        if left == 0:
            self.snapshot, self.next = False, at + 1
            yield Told("current", self.next, at=at)


class _Cursor:
    """The file that keeps the place of a watch: the same as `siaga watch --cursor-file`."""

    HEAD = "siaga-cursor 1\nnext "

    def __init__(self, path: str):
        self.path = path
        self.next: Optional[int] = None
        try:
            text = pathlib.Path(path).read_text(encoding="ascii")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as why:
            raise SettingsError(path, f"kursor tidak terbaca: {why}", f"the cursor cannot be read: {why}") from None
        number = text[len(self.HEAD):-1]
        if not text.startswith(self.HEAD) or not text.endswith("\n") or not number.isdigit() or int(number) < 1:
            raise SettingsError(path, "isinya bukan kursor; hapus, lalu mulai lagi", "this is no cursor; delete it and start anew")
        self.next = int(number)

    def write(self, number: int) -> None:
        """The old file or the new one, whole, whatever happens."""
        if number == self.next:
            return
        beside = f"{self.path}.tmp"
        try:
            with open(beside, "w", encoding="ascii") as file:
                file.write(f"{self.HEAD}{number}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)
        except OSError as why:
            raise SettingsError(self.path, f"kursor tidak dapat ditulis: {why}", f"the cursor cannot be written: {why}") from None
        self.next = number


class Item:
    """One piece of work, yours until `lease_until`. `row` is the event, `ticket` its ticket, `attempt` which try this is.

        with item:              # done at its end; an exception fails it, with its text as the reason, and goes on up
            ...

    Each of done, fail, later, refuse says it once, and again with the same key while siagad does not answer. Refused E_LEASE: the
    lease was over, the work is somebody else's; stop."""

    def __init__(self, city: Siaga, desk: Desk, body: Row):
        self._city, self._desk, self._keys = city, desk, {}     # type: Siaga, Desk, Dict[str, str]
        self.row: Row = body["event"]
        self.case: int = body["case"]
        self.ticket: str = self.row["ticket"]
        self.skpd: str = body["skpd"]
        self.attempt: int = body["attempt"]
        self.lease_until: str = body["lease_until"]
        self.said = ""          # the word said at last

    def done(self, note: Optional[str] = None) -> Row:
        """The program has taken it over (the acknowledgement of a person is the act ack)."""
        return self._say("done", note=note)

    def fail(self, reason: str, note: Optional[str] = None) -> Row:
        """It did not work: it comes again after a pause, and after too many times waits for a person. reason: up to 64 bytes."""
        return self._say("fail", reason=_cut(reason, 64) or "?", note=note)

    def later(self, reason: str, wait: int) -> Row:
        """Not now: it comes again in `wait` seconds, and that is no failure."""
        return self._say("later", reason=_cut(reason, 64) or "?", wait_s=wait)

    def refuse(self, reason: str, note: Optional[str] = None) -> Row:
        """This is not the duty of this SKPD: the case goes to the POC, which gives it to another."""
        key = self._keys.setdefault("refuse", new_key())
        answer = self._city.act(self.case, "refuse", key, reason=_cut(reason, 64) or "?", note=note)
        self.said = "refuse"
        return answer

    def extend(self, seconds: Optional[int] = None) -> Row:
        """The lease runs anew from now, for so many seconds or as at first."""
        answer = self._city.work(self.case, self.skpd, "extend", attempt=self.attempt, wait_s=seconds)
        self.lease_until = answer["lease_until"]
        with contextlib.suppress(SiagaError, zmq.ZMQError):     # a desk that is gone is opened anew when the loop comes back
            self._desk.credit(0)
        return answer

    def _say(self, act: str, **fields: Any) -> Row:
        key = self._keys.setdefault(act, new_key())
        answer = self._city.work(self.case, self.skpd, act, key, attempt=self.attempt, **fields)
        self.said = act
        return answer

    def __enter__(self) -> Item:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], why: Optional[BaseException], trace: Optional[types.TracebackType]) -> None:
        if self.said:
            return
        if why is None:
            self.done()
        elif isinstance(why, Exception):
            with contextlib.suppress(SiagaError):       # the first error is the one to be told
                self.fail(f"{type(why).__name__}: {why}")


def _cut(text: str, most: int) -> str:
    """At most so many bytes of one line, whole characters, nothing that siagad would not take."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _messages(events: Sequence[Row], results: List[Union[Receipt, Refused, None]]) -> Iterator[List[int]]:
    """The events by their numbers, as many as one message takes. One that is too large for any is refused here."""
    part: List[int] = []
    size = 0
    for i, event in enumerate(events):
        n = len(msgpack.packb(event, use_bin_type=True))
        if n > REQUEST_BYTES - 256:
            results[i] = Refused({"code": "E_TOO_BIG", "hint": {"id": f"kejadian ini {n} bita; pendekkan uraiannya", "en": f"this event has {n} bytes; shorten its text"}})
            continue
        if part and (len(part) == EVENTS_MAX or size + n > REQUEST_BYTES - 256):
            yield part
            part, size = [], 0
        part.append(i)
        size += n
    if part:
        yield part


def leave(error: SiagaError) -> NoReturn:
    """For scripts: says what happened and what to do on stderr, in the language of SIAGA_LANG (id or en), and leaves with
    the exit code of the tools: 69 and 75 mean the same again with the same key."""
    english = os.environ.get("SIAGA_LANG") == "en"

    def say(hint: Hint) -> str:
        return hint["en"] if english else hint["id"]

    print(f"siaga: {error.code}{': ' if error.code else ''}{say(error.hint)}", file=sys.stderr)
    for fault in error.faults if isinstance(error, Refused) else []:
        print(f"  {fault['field']}: {say(fault['hint'])}", file=sys.stderr)
    sys.exit(error.exit)
