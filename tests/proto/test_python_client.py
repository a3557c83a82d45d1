"""python/siaga.py as programs use it: patient, resuming, and telling what it does not know. A real siagad, or a socket of ours that plays one."""
import contextlib
import re
import shutil
import subprocess
import threading
import time

import msgpack
import pytest
import zmq

import keyring
import siaga
import support
from siaga import DONE, HEADER, REFUSED, SUBMIT, WATCH, NoAnswer, NotAllowed, Refused, SettingsError, Siaga, Unreachable, frame
from support import BUILD, PATIENCE, PROTO, emergency, report, stored
from test_vectors import worked

RULES = "secretariat: setda\nwork: {lease: 60s, attempts: 3, backoff: 100ms}\n"
RECEIPT = {"ticket": "R-261124-0001-X", "seq": 1, "owner": "dlh", "state": "assigned", "flags": [], "duplicate": False}


@pytest.fixture(autouse=True)
def nobody_s_settings(monkeypatch, tmp_path):
    """No variable and no file of whoever runs the tests."""
    for name in ("SIAGA_SERVER", "SIAGA_CERT", "SIAGA_SOURCE", "SIAGA_CONFIG", "SIAGA_LANG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(siaga, "MACHINE_FILE", str(tmp_path / "none.yaml"))


@pytest.fixture
def city(daemon):
    with Siaga(daemon.ipc, source="poc-1", deadline=PATIENCE) as client:
        yield client


def raises(kind, call, *args, **fields):
    """The error of a call, which speaks both languages."""
    with pytest.raises(kind) as caught:
        call(*args, **fields)
    support.check_hint(caught.value.hint)
    assert str(caught.value)
    return caught.value


# ---- what it shares with the tables ----------------------------------------------------------------------------------

def test_its_tables_are_those_of_the_protocol():
    text = (PROTO / "verdicts.def").read_text()
    exits = {name: int(code) for name, code in re.findall(r"^VERDICT\(\d+, (E_\w+), (\d+),", text, re.M)}
    assert len(exits) > 30 and {name: siaga.EXITS.get(name, 65) for name in exits} == exits
    assert set(siaga.EXITS) <= set(exits)
    for name, (number, _) in support.verbs().items():
        assert getattr(siaga, name.upper(), number) == number
    answers = re.findall(r'^ANSWER\((0x\w+), \w+, "(\w+)"', (PROTO / "feeds.def").read_text(), re.M)
    assert {int(n, 16): name for n, name in answers} == {DONE: "done", REFUSED: "refused", **siaga.KINDS}
    header = (PROTO.parent / "include/siaga.h").read_text()
    for name, value in (("VERSION", siaga.__version__), ("DEFAULT_SERVER", siaga.DEFAULT_SERVER)):
        assert f'#define SIAGA_{name} "{value}"' in header


def test_it_writes_what_the_specification_writes():
    requests = [message for message in worked() if HEADER.unpack(message[:HEADER.size])[2] < DONE]
    assert len(requests) == 3
    for message in requests:
        _, _, code, number = HEADER.unpack(message[:HEADER.size])
        assert frame(code, msgpack.unpackb(message[HEADER.size:]), number) == message


# ---- events ----------------------------------------------------------------------------------------------------------

def test_submit_gives_a_key_that_can_be_sent_again(city):
    event = {"kind": "report", "title": "Saluran bersih", "category": "drainage.blocked"}
    first = stored(city.submit(event))
    assert len(event["key"]) == 36
    again = city.submit(event)
    assert (again["ticket"], again["duplicate"]) == (first["ticket"], True)
    assert city.get(first["ticket"])["case"]["key"] == event["key"]


def test_the_three_kinds(city):
    for receipt, kind in ((city.emergency("Rumah terbakar", category="fire.building", kecamatan="utara"), "emergency"),
                          (city.complaint("Jalan berlubang", "road.pothole"), "complaint"), (city.report("Saluran bersih", "drainage.blocked"), "report")):
        assert city.get(stored(receipt)["ticket"])["case"]["kind"] == kind
        assert receipt["ticket"] in {row["ticket"] for row in city.cases(kind=[kind], limit=2)}


def test_a_refusal_says_all_that_is_wrong(city):
    error = raises(Refused, city.complaint, "", "no.such")
    assert (error.exit, error.retry) == (65, False) and error.code in {f["code"] for f in error.faults}
    assert {"title", "category"} == {f["field"] for f in error.faults}
    assert "title: " in str(error)
    missing = raises(Refused, city.get, 10**9)
    assert (missing.code, missing.exit, missing.retry) == ("E_NOT_FOUND", 1, False)


def test_many_each_whole_and_alone(city):
    events = [report() for _ in range(600)]
    events[300]["category"] = "no.such"
    events[301]["body"] = "x" * 70_000
    results = city.submit_all(events)
    assert [i for i, r in enumerate(results) if isinstance(r, Refused)] == [300, 301]
    assert (results[300].code, results[301].code) == ("E_CATEGORY", "E_TOO_BIG")
    told = [r["seq"] for r in results if not isinstance(r, Refused)]
    assert told == sorted(told) and len(set(told)) == 598
    for event, result in zip(events[::100], results[::100]):
        if not isinstance(result, Refused):
            assert city.get(result["seq"])["case"]["key"] == event["key"]
    assert city.submit_all([]) == []


def test_act(city):
    ticket = city.emergency("Rumah terbakar", category="fire.building", kecamatan="utara")["ticket"]
    assert city.act(ticket, "ack")["state"] == "acknowledged"
    stale = raises(Refused, city.act, ticket, "start", version=1)
    assert (stale.code, stale.body["state"], stale.retry) == ("E_STALE", "acknowledged", False)


# ---- when siagad does not answer -------------------------------------------------------------------------------------

class Player(threading.Thread):
    """A socket where siagad would be: gives the answers of a list, one a request; None is no answer. `heard`: what was asked."""

    def __init__(self, folder, answers):
        super().__init__(daemon=True)
        self.endpoint, self.answers, self.heard = f"ipc://{folder}/played", list(answers), []
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(self.endpoint)
        self.later = []             # what goes to the last who asked, under the number of its request

    def tell(self, code, body):
        """More for who asked last."""
        self.later.append((code, body))

    def run(self):
        last = None
        while self.answers:
            while last and self.later:
                code, body = self.later.pop(0)
                self.socket.send_multipart([last[0], frame(code, body, last[1])])
            if not self.socket.poll(50):
                continue
            who, message = self.socket.recv_multipart()
            _, _, code, number = HEADER.unpack(message[:HEADER.size])
            self.heard.append((time.monotonic(), code, msgpack.unpackb(message[HEADER.size:])))
            last, answer = (who, number), self.answers.pop(0)
            if answer is not None:
                self.socket.send_multipart([who, frame(answer[0], answer[1], number)])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.answers = []
        self.join(2 * PATIENCE)
        self.socket.close()


def no(code, **more):
    return REFUSED, {"code": code, "hint": {"id": "nanti", "en": "later"}, **more}


def test_without_an_answer_the_same_goes_again(tmp_path):
    with Player(tmp_path, [None, (DONE, {"results": [RECEIPT]})]) as played, Siaga(played.endpoint, source="x", answer=0.3) as city:
        event = {"kind": "report", "title": "Uji", "category": "x"}
        assert city.submit(event)["ticket"] == RECEIPT["ticket"]
    (_, verb, first), (_, _, second) = played.heard
    assert verb == SUBMIT and first["events"] == second["events"] == [event]


def test_a_wait_asked_for_is_kept(tmp_path):
    answers = [no("E_BUSY", wait_s=1), (DONE, {"results": [no("E_RATE", wait_s=1)[1], RECEIPT]}), (DONE, {"results": [RECEIPT]})]
    with Player(tmp_path, answers) as played, Siaga(played.endpoint, source="x") as city:
        assert len(city.submit_all([report(key="a"), report(key="b")])) == 2
    (t1, _, all_), (t2, _, same), (t3, _, rest) = played.heard
    assert t2 - t1 >= 1 and t3 - t2 >= 1
    assert [[e["key"] for e in asked["events"]] for asked in (all_, same, rest)] == [["a", "b"], ["a", "b"], ["a"]]


def test_a_wait_beyond_the_deadline_is_an_error_at_once(tmp_path):
    with Player(tmp_path, [no("E_FULL", wait_s=60)]) as played, Siaga(played.endpoint, source="x", deadline=5) as city:
        error = raises(Refused, city.submit, report(key="k"))
    assert (error.code, error.exit, error.retry, error.wait_s, error.keys) == ("E_FULL", 75, True, 60, ["k"])


def test_the_deadline_ends_it_and_says_what_is_unknown(tmp_path):
    answers = [(DONE, {"results": [RECEIPT] * 256}), None, None]
    events = [report(key=f"k{i}") for i in range(300)]
    with Player(tmp_path, answers) as played, Siaga(played.endpoint, source="x", deadline=1.0, answer=0.4) as city:
        error = raises(NoAnswer, city.submit_all, events)
    assert (error.code, error.exit, error.retry) == ("", 75, True)
    assert error.keys == [f"k{i}" for i in range(256, 300)]
    assert error.results[:256] == [RECEIPT] * 256 and set(map(type, error.results[256:])) == {type(None)}
    assert isinstance(error, TimeoutError)


def test_nobody_there_and_the_next_server(daemon, tmp_path):
    began = time.monotonic()
    with Siaga(f"ipc://{tmp_path}/nowhere", source="poc-1", deadline=0.5) as city:
        error = raises(Unreachable, city.submit, report())
    assert (error.exit, error.retry) == (69, True) and time.monotonic() - began >= 0.5
    with Siaga(f"ipc://{tmp_path}/nowhere,{daemon.ipc}", source="poc-1") as city:
        stored(city.submit(report()))


def test_siagad_dies_and_comes_back(fresh):
    event = report()
    with Siaga(fresh.ipc, source="poc-1", deadline=PATIENCE) as city:
        ticket = stored(city.submit(event))["ticket"]
        fresh.kill9()
        back = threading.Timer(0.5, fresh.start)
        back.start()
        again = city.submit(event)
        back.join()
        assert (again["ticket"], again["duplicate"]) == (ticket, True)
        stored(city.submit(report()))


# ---- the live feed ---------------------------------------------------------------------------------------------------

def until(watch, enough):
    """What a watch tells, up to the first of which enough() is true."""
    told = []
    for one in watch:
        told.append(one)
        if enough(one):
            watch.close()
            return told
    raise AssertionError("a watch ended by itself")


def numbers(told):
    return [one.row["seq"] for one in told if one.kind == "entry"]


def test_watch_over_a_restart(fresh):
    """Every entry once and in order; that the line was lost, and that it is back, is said."""
    with Siaga(fresh.ipc, source="poc-1", deadline=PATIENCE) as city:
        for _ in range(5):
            city.submit(report())
        watch = city.watch(1, kind=["report"])
        told = until_seen(watch, 5)
        fresh.kill9()
        told += take_until(watch, "lost")
        back = threading.Timer(0.3, fresh.start)
        back.start()
        told += take_until(watch, "back")
        back.join()
        for _ in range(3):
            city.submit(report())
        told += until_seen(watch, 3)
        watch.close()
    assert numbers(told) == sorted(set(numbers(told))) and len(numbers(told)) == 8
    assert [one.kind for one in told if one.kind != "entry"] == ["lost", "back"]
    assert all(one.next == one.row["seq"] + 1 or not one.more for one in told if one.kind == "entry")


def until_seen(watch, count):
    told = []
    while len(numbers(told)) < count:
        told.append(next(watch))
    return told


def take_until(watch, kind):
    told = [next(watch)]
    while told[-1].kind != kind:
        told.append(next(watch))
    return told


def test_the_cursor_file_is_that_of_the_tool(city, daemon, tmp_path):
    place = tmp_path / "cursor"
    first = city.submit(report())["seq"]
    events = [city.submit(report())["seq"] for _ in range(3)]
    told = until(city.watch(first, cursor=str(place)), lambda one: one.kind == "entry" and one.row["seq"] == events[1])
    assert numbers(told)[-1] == events[1]
    assert place.read_text() == f"siaga-cursor 1\nnext {events[1]}\n"       # it was being worked on, so it comes once more
    tool = subprocess.run([str(BUILD / "siaga"), "--server", daemon.ipc, "--source", "poc-1", "watch", "--cursor-file", str(place),
                           "--count", "1", "-o", "jsonl"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert f'"seq":{events[1]},' in tool.stdout, tool
    assert numbers(until(city.watch(cursor=str(place)), lambda one: one.kind == "entry"))[0] == events[1] + 1
    place.write_text("next 5\n")
    raises(SettingsError, next, city.watch(cursor=str(place)))


def test_a_snapshot_then_the_feed(fresh):
    with Siaga(fresh.ipc, source="poc-1", deadline=PATIENCE) as city:
        open_ = [city.submit(emergency())["ticket"] for _ in range(3)]
        watch = city.watch(snapshot=True)
        told = take_until(watch, "current")
        assert [one.kind for one in told] == ["snapshot", "open", "open", "open", "current"]
        assert {one.row["ticket"] for one in told if one.row} == set(open_)
        assert [one.next for one in told[:-1]] == [None] * 4 and told[-1].next == told[0].at + 1
        seq = city.submit(emergency())["seq"]
        assert seq in numbers(take_until(watch, "entry"))
        watch.close()


def test_a_gap_is_told_and_a_snapshot_follows(fresh):
    with Siaga(fresh.ipc, source="poc-1", deadline=PATIENCE) as city:
        city.submit(report())
        told = take_until(city.watch(1000), "current")
    assert [one.kind for one in told][:2] == ["gap", "snapshot"]
    assert (told[0].gap["reason"], told[0].next) == ("ahead", None)


def test_a_damaged_record_is_a_gap_of_one(tmp_path):
    gap = {"from": 3, "to": 3, "reason": "damaged", "hint": {"id": "rusak", "en": "damaged"}}
    with Player(tmp_path, [(DONE, {"head": 3, "next": 3}), None]) as played, Siaga(played.endpoint, source="x", answer=0.5) as city:
        played.tell(0x93, gap)      # behind the answer to the watch
        watch = city.watch(3)
        told = [next(watch), next(watch)]
        watch.close()
    assert played.heard[0][1:] == (WATCH, {"source": "x", "from": 3})
    assert [(one.kind, one.next) for one in told] == [("gap", 4), ("lost", 4)]



def test_beats_when_asked_for_and_the_end_of_patience(fresh):
    with Siaga(fresh.ipc, source="poc-1", deadline=PATIENCE) as city:
        watch = city.watch(beats=True, give_up=0.5)
        assert next(watch).kind == "beat"
        fresh.kill9()
        with pytest.raises(Unreachable):
            for told in watch:
                assert told.kind in ("beat", "lost")
    fresh.start()


def test_a_watch_that_is_refused(city):
    assert raises(Refused, next, city.watch(skpd=["nobody"])).code == "E_CATEGORY"


# ---- work of an SKPD -------------------------------------------------------------------------------------------------

@pytest.fixture
def office(tmp_path_factory):
    """A siagad with empty queues, and a desk's program."""
    daemon = support.Daemon(tmp_path_factory.mktemp("city"), rules=RULES)
    try:
        with Siaga(daemon.ipc, source="desk-damkar", deadline=PATIENCE) as desk, Siaga(daemon.ipc, source="poc-1", deadline=PATIENCE) as poc:
            yield daemon, desk, poc
    finally:
        daemon.close()
        shutil.rmtree(daemon.folder / "store", ignore_errors=True)      # it is large, and pytest keeps the folders


def fire(poc):
    return poc.submit(report(category="fire.building"))["ticket"]


def words(poc, ticket):
    return [(row["act"], row.get("reason", "")) for row in poc.get(ticket)["history"] if row["entry"] == "work"]


def test_handle_done_and_fail(office):
    _, desk, poc = office
    tickets, seen = [fire(poc), fire(poc)], []
    for item in desk.handle("disdamkarmat", idle=2.0):
        seen.append((item.ticket, item.attempt))
        with contextlib.suppress(ValueError), item:
            assert item.row["category"] == "fire.building"
            if item.ticket == tickets[0] and item.attempt == 1:
                raise ValueError("mesin\nmati")
    assert sorted(seen) == sorted([(tickets[0], 1), (tickets[1], 1), (tickets[0], 2)])
    assert words(poc, tickets[0]) == [("take", ""), ("fail", "ValueError: mesin mati"), ("take", ""), ("done", "")]
    assert words(poc, tickets[1]) == [("take", ""), ("done", "")]


def test_extend_later_and_a_lease_that_is_over(office):
    _, desk, poc = office
    ticket = fire(poc)
    work = desk.handle(lease=60)
    item = next(work)
    before = item.lease_until
    assert item.extend(120)["lease_until"] == item.lease_until > before
    item.later("menunggu kunci", 1)
    item = next(work)
    assert (item.ticket, item.attempt) == (ticket, 2) or item.attempt == 1
    poc.act(ticket, "cancel", reason="salah")
    error = raises(Refused, item.done)
    assert (error.code, error.retry, item.said) == ("E_LEASE", False, "")
    with pytest.raises(RuntimeError, match=ticket):
        next(work)


def test_what_is_not_our_duty(office):
    _, desk, poc = office
    ticket = fire(poc)
    for item in desk.handle("disdamkarmat", idle=1.5):
        with item:
            assert item.refuse("jalan tol")["owner"] == "poc-112"
    case = poc.get(ticket)["case"]
    assert (case["state"], words(poc, ticket)) == ("forwarded", [("take", "")])


def test_handle_over_a_restart(office):
    daemon, desk, poc = office
    work = desk.handle("disdamkarmat")
    fire(poc)
    item = next(work)
    daemon.kill9()
    daemon.start()
    item.done()                             # said again until it is answered
    ticket = fire(poc)
    assert next(work).ticket == ticket
    work.close()


# ---- keys and settings -----------------------------------------------------------------------------------------------

def new_cert(folder, name, role, *more):
    subprocess.run([str(BUILD / "siaga"), "cert", "new", name, "--role", role, "--dir", str(folder), *more], check=True, timeout=PATIENCE,
                   stdin=subprocess.DEVNULL, capture_output=True)
    return folder / f"{name}.key"


class Certified(keyring.KeyedDaemon):
    """A siagad that listens with the key that its keyring made; people.d has besides who was enrolled by the tool."""

    def enrol(self, name, role):
        path = new_cert(self.folder, name, role, "--server-key", self.ring.server)
        subprocess.run([str(BUILD / "siaga"), "cert", "enrol", str(self.folder / f"{name}.pub.yaml"), "--people", str(self.folder / "people.d")],
                       check=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, capture_output=True)
        return path


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    daemon = Certified(tmp_path_factory.mktemp("city"))
    try:
        yield daemon
    finally:
        daemon.close()
        shutil.rmtree(daemon.folder / "store", ignore_errors=True)      # it is large, and pytest keeps the folders


def test_the_key_files_of_the_tools(keyed, tmp_path, monkeypatch):
    path = keyed.enrol("meja-9", "operator")
    keyed.restart()
    with Siaga(keyed.tcp, cert=str(path), deadline=PATIENCE) as city:
        ticket = stored(city.submit(report()))["ticket"]
        assert city.get(ticket)["case"]["source"] == city.hello()["source"] == "meja-9"
    (tmp_path / "client.yaml").write_text(f"server: {keyed.tcp}   # ours\ncert: '{path}'\n")
    monkeypatch.setenv("SIAGA_CONFIG", str(tmp_path / "client.yaml"))
    with Siaga() as city:
        assert city.hello()["source"] == "meja-9"
    path.chmod(0o640)
    assert raises(SettingsError, Siaga).exit == 78
    path.chmod(0o600)


def test_a_key_nobody_knows_is_told_at_once_and_not_tried_again(keyed, tmp_path):
    path = new_cert(tmp_path, "asing", "operator", "--server-key", keyed.ring.server)
    with Siaga(keyed.tcp, cert=str(path), deadline=60) as city:
        began = time.monotonic()
        error = raises(NotAllowed, city.submit, report())
        assert (error.exit, error.retry) == (77, False) and time.monotonic() - began < PATIENCE
        raises(NotAllowed, city.submit, report())
    assert raises(SettingsError, Siaga, keyed.tcp).exit == 78


def test_where_settings_come_from(monkeypatch, tmp_path):
    assert siaga.settings() == siaga.Settings((siaga.DEFAULT_SERVER,), None, None)
    (tmp_path / "none.yaml").write_text("server: ipc:///machine\nsource: mesin\n")
    own = tmp_path / ".config/siaga/client.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("# ours\n---\nserver: ipc:///a, ipc:///b\ncert: kunci.key\nspool: auto\nlang: id\n")
    assert siaga.settings() == siaga.Settings(("ipc:///a", "ipc:///b"), str(own.parent / "kunci.key"), "mesin")
    own.write_text("cert: ~/kunci.key\n")
    assert siaga.settings().cert == str(tmp_path / "kunci.key")
    monkeypatch.setenv("SIAGA_SERVER", "ipc:///env")
    assert siaga.settings().servers == ("ipc:///env",)
    assert siaga.settings("ipc:///given").servers == ("ipc:///given",)
    monkeypatch.setenv("SIAGA_CONFIG", str(tmp_path / "nowhere.yaml"))
    raises(SettingsError, siaga.settings)


def test_the_context_that_counts(monkeypatch, tmp_path):
    """As siaga config has it: the context comes before the rest of both files, the variable before the context."""
    own = tmp_path / "client.yaml"
    own.write_text("""server: ipc:///top
source: atas
context: kota
contexts:
  kota:      # tcp
    server: tcp://192.0.2.10:5570
    cert: kota.key
  latihan:
    server: 'ipc:///latihan'
spool: auto
""")
    (tmp_path / "none.yaml").write_text("contexts:\n  latihan:\n    server: ipc:///machine\n    source: mesin\n")
    monkeypatch.setenv("SIAGA_CONFIG", str(own))
    assert siaga.settings() == siaga.Settings(("tcp://192.0.2.10:5570",), str(tmp_path / "kota.key"), "atas")
    monkeypatch.setenv("SIAGA_CONTEXT", "latihan")
    assert siaga.settings() == siaga.Settings(("ipc:///latihan",), None, "mesin")
    assert siaga.settings("ipc:///given").servers == ("ipc:///given",)
    monkeypatch.setenv("SIAGA_CONTEXT", "nowhere")
    raises(SettingsError, siaga.settings)


@pytest.mark.parametrize("line", ["  server: x", "contexts: a", "contexts:\n    server: x", "contexts:\n  a:\n    b: c", "a:\n  server: x", "sorce: x", "server: [a, b]", "server:", "lang: &a id", "- server", "server"])
def test_a_mistake_is_named_with_its_line(tmp_path, monkeypatch, line):
    (tmp_path / "client.yaml").write_text(f"# x\n{line}\n")
    monkeypatch.setenv("SIAGA_CONFIG", str(tmp_path / "client.yaml"))
    wrong = 1 + len(line.split("\n")) if line.startswith("contexts:\n") else 2
    assert f"{tmp_path}/client.yaml:{wrong}: " in str(raises(SettingsError, siaga.settings))


def test_leave_for_scripts(capsys, monkeypatch):
    body = no("E_FIELD", faults=[{"code": "E_FIELD", "field": "title", "hint": {"id": "kosong", "en": "empty"}}])[1]
    with pytest.raises(SystemExit) as left:
        siaga.leave(Refused(body))
    assert left.value.code == 65 and capsys.readouterr().err == "siaga: E_FIELD: nanti\n  title: kosong\n"
    monkeypatch.setenv("SIAGA_LANG", "en")
    with pytest.raises(SystemExit) as left:
        siaga.leave(Unreachable("ipc:///x"))
    assert left.value.code == 69 and "check the address" in capsys.readouterr().err
