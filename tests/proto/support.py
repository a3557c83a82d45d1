"""What the protocol tests share: a siagad of their own, events, answers, and the tables of proto/*.def."""
import collections
import contextlib
import datetime
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import typing

import city
from siaga import Connection, Refused, new_key

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
BUILD = pathlib.Path(os.environ.get("SIAGA_BUILD") or HERE.parent.parent / "build")
PATIENCE = 20.0             # seconds; far more than anything takes, also under a sanitizer on a busy machine
SANITIZER = re.compile(rb"Sanitizer|runtime error:")
COUNTED = collections.Counter()     # what a table was tried with; conftest prints it at the end


# the daemon ----------------------------------------------------------------------------------------------------------

class Daemon:
    """One siagad with a city of its own, in one folder."""

    def __init__(self, folder, **conf):
        self.folder = folder
        self.ipc = f"ipc://{folder}/s"
        self.conf = city.write(folder, self.listen(), **conf)
        self.prepare()
        self.stderr = folder / "stderr"
        self.process = None
        self.clients = []
        self.start()

    def listen(self):
        return [self.ipc]

    def prepare(self):
        """What else is written before the first start."""

    def launch(self, program=None, **env):
        """Begins it, and waits for nothing."""
        with open(self.stderr, "ab") as err:
            self.process = subprocess.Popen([str(program or BUILD / "siagad"), "-c", str(self.conf)], stdin=subprocess.DEVNULL,
                                            stdout=err, stderr=err, env={**os.environ, **env})

    def start(self):
        self.launch()
        deadline = time.monotonic() + PATIENCE
        while True:
            with Connection(self.ipc, timeout=0.5) as probe, contextlib.suppress(TimeoutError):
                return probe.hello()
            assert self.process.poll() is None, f"siagad ended at once: {self.said()}"
            assert time.monotonic() < deadline, f"siagad does not answer: {self.said()}"

    def client(self, source=None, endpoint=None, timeout=PATIENCE):
        client = Connection(endpoint or self.ipc, source, timeout)
        self.clients.append(client)
        return client

    def stop(self):
        """Asks siagad to stop; it must do so with exit code 0 and nothing from a sanitizer."""
        self.check()
        self.process.terminate()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"siagad did not stop: {self.said()}") from None
        assert code == 0, f"siagad stopped with {code}: {self.said()}"
        self.no_report()

    def kill9(self):
        """The worst: no farewell."""
        self.check()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.no_report()

    def restart(self):
        self.stop()
        return self.start()

    def verify(self):
        """What siagad says of the store after a walk over it; it must be sound."""
        done = subprocess.run([str(BUILD / "siagad"), "--verify-store", str(self.folder / "store")], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=3 * PATIENCE, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def check(self):
        assert self.process.poll() is None, f"siagad died by itself ({self.process.returncode}): {self.said()}"

    def no_report(self):
        assert not SANITIZER.search(self.stderr.read_bytes()), self.said()

    def said(self):
        return self.stderr.read_bytes().decode(errors="replace")[-4000:]

    def rss_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def close(self):
        for client in self.clients:
            client.close()
        if self.process.returncode is None:
            self.stop()


# events --------------------------------------------------------------------------------------------------------------

def emergency(**fields):
    return {"key": new_key(), "kind": "emergency", "category": "fire.building", "title": "Rumah terbakar",
            "kecamatan": "utara", "address": "Jl. Uji 1", **fields}


def complaint(**fields):
    return {"key": new_key(), "kind": "complaint", "category": "road.pothole", "title": "Jalan berlubang",
            "kecamatan": "utara", **fields}


def report(**fields):
    return {"key": new_key(), "kind": "report", "category": "drainage.blocked", "title": "Saluran sudah bersih",
            "kecamatan": "utara", **fields}


POLITE = {"complaint": complaint, "report": report}     # what is refused when wrong; an emergency is bent


def without(event, *names):
    return {k: v for k, v in event.items() if k not in names}


def when(**ago):
    """RFC 3339 with the offset of WIB, so long ago (negative: in the future)."""
    return (datetime.datetime.now(city.WIB) - datetime.timedelta(**ago)).isoformat()


def instant(text):
    """A time siagad gave: UTC with Z and microseconds."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text), text
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# answers -------------------------------------------------------------------------------------------------------------

def check_hint(hint):
    assert hint["id"].strip() and hint["en"].strip() and hint["id"] != hint["en"], hint


def submit(client, event):
    """The result of one event, also when the whole request was refused."""
    try:
        [result] = client.submit(event)
    except Refused as no:
        return no.body
    return result


def stored(result, *flags, duplicate=False):
    """It is a receipt; with these flags."""
    assert "code" not in result and result["seq"] > 0 and result["ticket"] and result["owner"], result
    assert result["duplicate"] is duplicate, result
    assert set(flags) <= set(result["flags"]), result
    return result


def refused(result, code, *fields):
    """It is a refusal with this code, hints in both languages, and a fault for each of these fields."""
    assert result.get("code") == code, result
    check_hint(result["hint"])
    for fault in result.get("faults", []):
        check_hint(fault["hint"])
        assert fault["code"] in verdicts() and fault["field"], fault
        assert len(fault.get("seen", "").encode()) <= 40, fault
    assert {f["field"] for f in result.get("faults", [])} >= set(fields), result
    return result


def fault(result, field):
    """The one fault of a field."""
    [found] = [f for f in result["faults"] if f["field"] == field]
    return found


@contextlib.contextmanager
def refusing(codes, *fields):
    """The request inside is refused with this code, or one of these. Yields a list that gets the body of the refusal."""
    bodies, codes = [], [codes] if isinstance(codes, str) else codes
    try:
        yield bodies
    except Refused as no:
        assert no.code in codes, no.body
        bodies.append(refused(no.body, no.code, *fields))
    assert bodies, f"was carried out, {codes} was wanted"


def counters(client):
    """The figures of siagad, which are for the administrator."""
    with Connection(client.endpoint, "it-1", PATIENCE) as admin:
        return admin.status()["counters"]


def refusals(client):
    with Connection(client.endpoint, "it-1", PATIENCE) as admin:
        return admin.status()["refused"]


def quiet(client):
    """The counters at a moment when nothing is under way, siagad's own entries neither."""
    def settled():
        now = counters(client)
        return now if now["received"] == sum(now[n] for n in ("stored", "duplicate", "refused", "dropped")) else None
    return eventually(settled, "everything that was received to be settled")


def sums(before, after):
    """How much each counter of changes grew; they add up."""
    grown = {n: after[n] - before[n] for n in ("received", "stored", "duplicate", "refused", "dropped")}
    assert grown["received"] == sum(v for n, v in grown.items() if n != "received"), grown
    return grown


def eventually(true, what):
    """The first value of true() that is not false; siagad itself does some things a moment later."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = true()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited for: {what}"
        time.sleep(0.02)


def rows_until(watch, seq, kinds=("feed",)):
    """Every row of a watch up to number `seq` (the feed's own number, also when filtered rows make it rise)."""
    rows, deadline = [], time.monotonic() + PATIENCE
    while watch.next <= seq:
        kind, body = watch.take(deadline - time.monotonic())
        assert kind in (*kinds, "beat"), (kind, body)
        if kind in kinds:
            rows += body["rows"]
    return rows


# proto/*.def ---------------------------------------------------------------------------------------------------------

def _rows(name, macro):
    text = re.sub(r"/\*.*?\*/", "", (PROTO / name).read_text(), flags=re.S)
    return [line for line in text.splitlines() if line.startswith(f"{macro}(")]


def words(macro):
    """The words of one group of kinds.def, in order."""
    return [re.search(r'"([^"]*)"', row).group(1) for row in _rows("kinds.def", macro)]


def verdicts():
    return {re.search(r"E_\w+", row).group(0) for row in _rows("verdicts.def", "VERDICT")}


def fields(setter):
    return {re.search(r'"(\w+)"', row).group(1): row.split(",")[2].strip() for row in _rows("fields.def", "FIELD")
            if row.split(",")[4].strip() == setter}


def _mask(text, name):
    """The role words of an expression such as ANY & ~(R(MEDIA) | R(ADMIN)) in one file."""
    roles = words("ROLE")
    for symbol, value in reversed(re.findall(r"#define (\w+) (.+)", (PROTO / name).read_text())):
        text = re.sub(rf"\b{symbol}\b", f"({value})", text)        # the later ones are made of the earlier ones
    text = re.sub(r"R\((\w+)\)", lambda m: str(1 << roles.index(m.group(1).lower())), text.replace("0u", "0"))
    assert re.fullmatch(r"[\d\s()|&~]+", text), text
    bits = eval(text)                                   # digits and bit operators only
    return {role for i, role in enumerate(roles) if bits >> i & 1}


class Step(typing.NamedTuple):
    """One row of moves.def: who may do an act, what it needs, and the state that follows."""
    roles: set
    needs: set
    to: str


def moves():
    """moves.def as {(from, act): Step}; needs are words such as "reason" and "target"."""
    table = {}
    for row in _rows("moves.def", "MOVE"):
        start, do, roles, needs, to = re.fullmatch(r"MOVE\((\w+), (\w+), (.+), ([A-Z_| ]+), (\w+)\)", row).groups()
        needs = set(needs.lower().split(" | ")) - {"nothing"}
        table[start.lower(), do.lower()] = Step(_mask(roles, "moves.def"), needs, to.lower())
    return table


def edges():
    """The states that follow a state by an act that does nothing else: {(from, to): needs}."""
    more = {"target", "into", "milestone", "rating"}
    return {(start, step.to): step.needs for (start, do), step in moves().items()
            if step.to != start and not step.needs & more and do != "refuse"}


def verbs():
    """verbs.def as {name: (number, roles)}."""
    table = {}
    for row in _rows("verbs.def", "VERB"):
        number, name, roles = re.match(r'VERB\((\d+), \w+, "(\w+)", (.+?), \d+, "', row).groups()
        table[name] = (int(number), _mask(roles, "verbs.def"))
    return table
