"""siagad and systemd, without a systemd: sockets that were open before it, its words over NOTIFY_SOCKET, and the watchdog that only commits feed (D12)."""
import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

import support
from attacks import strangers_let_in
from keyring import KeyedDaemon, knock
from siaga import HELLO, REFUSED, STATUS, SUBMIT, Connection, Refused
from support import BUILD, PATIENCE, complaint, emergency, eventually, stored, submit

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or BUILD / "nowhere")
FIRST = 3                   # SD_LISTEN_FDS_START


class Manager(KeyedDaemon):
    """What systemd would be: it holds the sockets, starts siagad with them, and hears what it says. The sockets outlive every siagad."""

    def __init__(self, folder, broken="", sockets=("tcp", "ipc"), program=None):
        self.env = {"SIAGA_BREAK": broken} if broken else {}
        self.program = program or (CONTROLS if broken else BUILD) / "siagad"
        self.wanted = sockets
        self.words = []
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        threading.Thread(target=self.listen_on, daemon=True).start()
        super().__init__(folder)

    def prepare(self):
        super().prepare()
        self.sockets = {"tcp": socket.create_server(("127.0.0.1", self.port), backlog=64), "ipc": socket.socket(socket.AF_UNIX)}
        self.sockets["ipc"].bind(str(self.folder / "s"))
        self.sockets["ipc"].listen(64)

    def launch(self, program=None, **env):
        given = {"LISTEN_FDS": str(len(self.wanted)), "LISTEN_FDNAMES": ":".join(self.wanted), "NOTIFY_SOCKET": str(self.folder / "notify"),
                 "WATCHDOG_USEC": "10000000"} | self.env | env
        fds = [self.sockets[name].fileno() for name in self.wanted]
        moves = "".join(f"exec {place}<&{fd} {fd}<&-; " for place, fd in enumerate(fds, FIRST))
        script = moves + 'LISTEN_PID=$$ exec "$@"'          # which process is meant is part of the protocol
        with open(self.stderr, "ab") as err:
            self.process = subprocess.Popen(["bash", "-c", script, "bash", str(program or self.program), "-c", str(self.conf)],
                                            stdin=subprocess.DEVNULL, stdout=err, stderr=err, env={**os.environ, **given},
                                            pass_fds=fds)

    def start(self):
        self.launch()
        self.hear("READY=1")

    def listen_on(self):
        """Takes in what is said, with the time when."""
        with contextlib.suppress(OSError):
            while True:
                word = self.notify.recv(4096).decode()
                self.words.append((time.monotonic(), word))

    def hear(self, word, since=0.0):
        def heard():
            ended = self.process.poll() is not None
            found = [text for at, text in list(self.words) if at >= since and word in text]
            assert found or not ended, f"siagad ended with {self.process.returncode}: {self.said()}"
            return found
        return eventually(heard, f"siagad to say {word}")[0]

    def fed(self, since, until):
        """How often the watchdog was fed between two moments."""
        return sum("WATCHDOG=1" in text for at, text in self.words if since <= at < until)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        (self.folder / "store" / "stall").unlink(missing_ok=True)
        super().close()
        with contextlib.suppress(OSError):
            self.notify.shutdown(socket.SHUT_RDWR)      # wakes who listens
        for one in (*self.sockets.values(), self.notify):
            one.close()


@pytest.fixture
def manager(tmp_path_factory):
    """manager(...): a siagad with sockets of its manager."""
    made = []

    def make(**how):
        made.append(Manager(tmp_path_factory.mktemp("managed"), **how))
        return made[-1]
    try:
        yield make
    finally:
        for daemon in made:
            daemon.close()


controls = pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")


def put(client, verb, **fields):
    """Sends a request and does not wait; its number."""
    number = client.send(verb, fields)
    client._inbox[number] = collections.deque()
    return number


def got(client, number, timeout=PATIENCE):
    """The answer to it."""
    code, body = client.take(number, timeout)
    if code == REFUSED:
        raise Refused(body)
    return body


# sockets -------------------------------------------------------------------------------------------------------------

def test_sockets_that_were_there_before(manager):
    """It serves on the sockets handed over, by their own names, and every rule of coming in holds there: keys and proof over tcp, unix users over ipc."""
    daemon = manager()
    assert f"listening on {daemon.tcp}" in daemon.said() and f"listening on {daemon.ipc}" in daemon.said()
    receipt = stored(submit(daemon.keyed("poc-1"), emergency()))
    assert daemon.client("poc-1").get(receipt["ticket"])["case"]["seq"] == receipt["seq"]
    assert strangers_let_in(daemon) == []
    assert not any("siaga-proof" in line for line in pathlib.Path("/proc/net/unix").read_text().splitlines())


def test_a_client_that_came_before_siagad_is_served(manager):
    """Activation: who connects while nobody serves waits in the socket, and his message is not lost."""
    daemon = manager()
    daemon.stop()
    early = [daemon.keyed("poc-1"), daemon.client("field-1")]
    asked = [put(client, HELLO) for client in early]
    daemon.start()
    assert [got(early[i], rid)["server"] for i, rid in enumerate(asked)] == ["siagad"] * 2


@pytest.mark.parametrize("how", ["stop", "kill9"])
def test_a_restart_refuses_nobody(manager, how):
    """The same client, the same connection object, before and after: it never hears that nobody is there, and the socket file stays."""
    daemon = manager()
    poc, inode = daemon.keyed("poc-1"), os.stat(daemon.folder / "s").st_ino
    first = stored(submit(poc, emergency()))
    getattr(daemon, how)()
    assert os.stat(daemon.folder / "s").st_ino == inode
    with contextlib.closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=1)):
        pass                                    # the kernel takes the call although nobody serves
    daemon.start()
    assert poc.get(first["ticket"])["case"]["seq"] == first["seq"]
    assert os.stat(daemon.folder / "s").st_ino == inode


def test_tcp_without_a_key_of_the_server_is_refused(manager):
    daemon = manager()
    daemon.stop()
    daemon.conf.write_text(re.sub(r"^server_key:.*\n", "", daemon.conf.read_text(), flags=re.M))
    daemon.launch()
    assert daemon.process.wait(PATIENCE) == 78 and f"{daemon.tcp}: tcp needs a key of this server" in daemon.said()


def test_what_is_no_socket_is_refused(manager):
    """A file, or a socket that does not listen: exit 78, and the descriptor is named."""
    daemon = manager()
    daemon.stop()
    with open(daemon.conf) as file, contextlib.closing(socket.socket()) as deaf:
        for wrong in (file, deaf):
            kept, daemon.sockets["ipc"] = daemon.sockets["ipc"], wrong
            daemon.launch()
            assert daemon.process.wait(PATIENCE) == 78 and "descriptor 4 (ipc) from systemd is no listening socket" in daemon.said()
            daemon.sockets["ipc"] = kept


def test_an_endpoint_that_nobody_opened_is_told(manager):
    daemon = manager(sockets=("ipc",))
    assert f"{daemon.tcp} stands in siagad.yaml, but systemd opened no such socket" in daemon.said()
    assert not knock(daemon.tcp, daemon.ring.of("poc-1"), timeout_ms=200)
    assert daemon.client("poc-1").hello()["secure"] is False


@controls
def test_the_proof_holds_over_given_sockets(manager):
    """Control: without handler and without demand a stranger gets in; siagad knocks at its own door, which it cannot reach over tcp, and does not start."""
    daemon = manager()
    daemon.stop()
    daemon.launch(CONTROLS / "siagad", SIAGA_BREAK="zap,domain")
    assert daemon.process.wait(PATIENCE) == 70
    assert f"{daemon.tcp}: a stranger's key was let in: siagad does not start" in daemon.said()


# words ---------------------------------------------------------------------------------------------------------------

def test_how_it_is_stands_in_the_status(manager):
    daemon = manager()
    poc = daemon.client("poc-1")
    stored(submit(poc, emergency()))
    poc.watch(start=1)
    assert re.search(r"STATUS=[1-9]\d* entries, 1 open cases, 1 watches, fullest map \d+ %", daemon.hear("1 open cases, 1 watches"))


def test_a_reload_begins_and_ends(manager):
    """RELOADING=1 with the monotonic clock, then READY=1, whether the files were clean or not."""
    daemon = manager()
    for spoil in ("", "nonsense: [\n"):
        people = daemon.folder / "city.yaml"
        people.write_text(people.read_text() + spoil)
        begun = time.monotonic()
        daemon.process.send_signal(signal.SIGHUP)
        said = daemon.hear("RELOADING=1", begun)
        assert begun * 1e6 - 1e6 < int(re.search(r"MONOTONIC_USEC=(\d+)", said).group(1)) < time.monotonic() * 1e6
        daemon.hear("READY=1", begun)
        order = [text for at, text in daemon.words if at >= begun and ("RELOADING" in text or "READY" in text)]
        assert ["RELOADING" in order[0], "READY" in order[1]] == [True, True]
    assert "stay in force" in daemon.said()


def test_a_stop_is_told_and_what_is_in_flight_is_finished(manager):
    """Requests that are in siagad when it is asked to stop get their answers; all that was acknowledged is there afterwards."""
    daemon = manager()
    poc = daemon.keyed("poc-1")
    asked = [put(poc, SUBMIT, events=[complaint() for _ in range(50)]) for _ in range(20)]
    eventually(lambda: daemon.client("it-1").status()["head"] > 0, "some of it to be stored")
    begun = time.monotonic()
    daemon.process.terminate()
    daemon.hear("STOPPING=1", begun)
    assert daemon.process.wait(PATIENCE) == 0 and time.monotonic() - begun < 15
    tickets = []
    for rid in asked:
        with contextlib.suppress(TimeoutError, Refused):
            tickets += [r["ticket"] for r in got(poc, rid, timeout=0.5)["results"] if "ticket" in r]
    daemon.start()
    again = daemon.keyed("poc-1")
    assert tickets and all(again.get(t)["case"]["ticket"] == t for t in tickets[::25])


# the watchdog (D12) --------------------------------------------------------------------------------------------------

SILENT_S = 2.5              # so long nothing is committed in the short form; the unit allows 10


def starve(daemon):
    """The disk stops answering under a commit. Returns (client, request, from when to when it was so), while siagad's reactor answers questions."""
    poc, asker = daemon.client("poc-1"), daemon.client("it-1")
    stored(submit(poc, emergency()))
    daemon.hear("WATCHDOG=1")
    (daemon.folder / "store" / "stall").touch()
    rid = put(poc, SUBMIT, events=[emergency(title="Di tengah macet")])
    begun = time.monotonic() + 1.5              # whoever was asked just before may still have said that all is well
    while time.monotonic() < begun + SILENT_S:
        assert asker.status()["head"] > 0       # the reactor lives
        time.sleep(0.1)
    return poc, rid, begun, time.monotonic()


@controls
def test_no_commit_no_food(manager):
    """While a commit hangs nobody feeds the watchdog although siagad answers questions, and nothing is acknowledged. When the disk comes back
    the event is acknowledged once and the feeding goes on."""
    daemon = manager(broken="stall_commit")
    poc, rid, begun, ended = starve(daemon)
    assert daemon.fed(begun, ended) == 0
    assert "STATUS=nothing is committed: the disk has not answered for" in daemon.hear("nothing is committed", begun)
    with pytest.raises(TimeoutError):
        got(poc, rid, timeout=0.1)
    (daemon.folder / "store" / "stall").unlink()
    [receipt] = got(poc, rid)["results"]
    stored(receipt)
    daemon.hear("WATCHDOG=1", time.monotonic())


@controls
def test_a_reactor_that_feeds_it_is_seen(manager):
    """Control of the test above: fed by the reactor the dog sleeps through it."""
    daemon = manager(broken="stall_commit,watchdog")
    _, _, begun, ended = starve(daemon)
    assert daemon.fed(begun, ended) >= 1
    (daemon.folder / "store" / "stall").unlink()


@controls
def test_killed_by_the_watchdog_nothing_is_lost(manager):
    """What systemd does then: SIGABRT. The event that hung was never acknowledged; sent again with its key after the restart it is there once."""
    daemon = manager(broken="stall_commit")
    poc = daemon.client("poc-1")
    before = stored(submit(poc, emergency()))
    (daemon.folder / "store" / "stall").touch()
    event = emergency(title="Di tengah macet")
    rid = put(poc, SUBMIT, events=[event])
    with pytest.raises(TimeoutError):
        got(poc, rid, timeout=1)
    daemon.process.send_signal(signal.SIGABRT)
    assert daemon.process.wait(PATIENCE) == -signal.SIGABRT
    (daemon.folder / "store" / "stall").unlink()
    daemon.start()
    again = daemon.client("poc-1")
    first, second = submit(again, event), submit(again, event)
    stored(second, duplicate=True)
    assert first["ticket"] == second["ticket"] != before["ticket"]
    assert again.get(before["ticket"])["case"]["seq"] == before["seq"]
    assert [row["title"] for row in again.list()["rows"]].count("Di tengah macet") == 1


def test_frozen_and_thawed(manager):
    """SIGSTOP for a while (SIAGA_FREEZE_S): clients queue, get their answers when it is over, and what they sent again is stored once (0/0/0)."""
    daemon = manager()
    poc = daemon.keyed("poc-1")
    events = [complaint() for _ in range(20)]
    sent = [submit(poc, event)["ticket"] for event in events[:5]]
    daemon.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    asked = [put(poc, SUBMIT, events=[event]) for event in events[5:]]
    with pytest.raises(TimeoutError):
        got(poc, asked[0], timeout=float(os.environ.get("SIAGA_FREEZE_S", 2)))
    again = [put(poc, SUBMIT, events=[event]) for event in events[5:]]        # nobody knows: the same once more
    daemon.process.send_signal(signal.SIGCONT)
    first = [got(poc, rid)["results"][0] for rid in asked]
    second = [got(poc, rid)["results"][0] for rid in again]
    assert [r["ticket"] for r in first] == [r["ticket"] for r in second] and all(r["duplicate"] for r in second)
    daemon.hear("WATCHDOG=1", begun + 0.5)
    kept = [row["ticket"] for row in poc.list(limit=100, reverse=True)["rows"]]
    assert kept == sent + [r["ticket"] for r in first], "in the order they were sent, none lost, none doubled"


# figures and faults of its own ---------------------------------------------------------------------------------------

def own(daemon, act):
    """Entries of siagad about itself, as the POC sees them."""
    with Connection(daemon.ipc, "poc-1", PATIENCE) as poc:
        watch = poc.watch(start=1)
        rows = support.rows_until(watch, daemon.client("it-1").status()["head"])
        watch.close()
    return [row for row in rows if row["entry"] == "store" and row["store"] == act]


@controls
def test_the_poc_hears_that_commits_are_slow(manager):
    """Row 70: half of the last commits took longer than half a second. One entry and one line, not one each time."""
    daemon = manager(broken="stall_commit")
    poc = daemon.client("poc-1")
    stored(submit(poc, emergency()))
    assert own(daemon, "slow") == []
    for _ in range(7):
        (daemon.folder / "store" / "stall").touch()
        rid = put(poc, SUBMIT, events=[complaint()])
        time.sleep(0.6)
        (daemon.folder / "store" / "stall").unlink()
        stored(got(poc, rid)["results"][0])
    [told] = eventually(lambda: own(daemon, "slow"), "the POC to hear of it")
    assert int(told["ms"]) > 500 and told["source"] == "siagad"
    line = [one for one in daemon.said().splitlines() if "kind=own-fault" in one]
    assert len(line) == 1 and "level=warn" in line[0], line


def test_the_poc_hears_that_siagad_was_held_up(manager):
    daemon = manager()
    daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    daemon.process.send_signal(signal.SIGCONT)
    [told] = eventually(lambda: own(daemon, "late"), "the POC to hear of it")
    assert 5000 < int(told["ms"]) < 60000


def figures(daemon):
    return daemon.client("it-1").status()["figures"]


def test_figures_are_what_happened(manager):
    """Each figure against what the test itself did."""
    daemon = manager(sockets=("ipc",))
    poc, field = daemon.client("poc-1"), daemon.client("field-1")
    before = figures(daemon)
    assert before["emergencies_unacknowledged"] == before["queued"] == before["watches"] == 0
    real = [stored(submit(poc, emergency())) for _ in range(3)]
    stored(submit(poc, emergency(mode="exercise")))
    stored(submit(poc, emergency(call_class="prank")))
    stored(submit(field, complaint()))
    now = eventually(lambda: (f := figures(daemon))["emergencies_unacknowledged"] == 3 and f, "three emergencies to be counted")
    assert 0 < now["emergency_oldest_us"] < 60e6 and now["queued"] >= 3 and 0 < now["queued_oldest_us"] < 60e6
    assert now["open_cases"] >= 4 and now["boot"] == 1 and now["secure"] == 0 and now["config_wrong"] == 0
    assert 0 < now["commit_p50_us"] <= now["commit_p99_us"] <= now["commit_max_us"] < 20e6
    assert now["disk_size_bytes"] > now["disk_free_bytes"] > 0 and now["journal_size_bytes"] > now["journal_used_bytes"] > 0
    for receipt in real:
        poc.act(receipt["ticket"], "ack")
    eventually(lambda: figures(daemon)["emergencies_unacknowledged"] == 0, "nobody to wait")
    assert figures(daemon)["emergency_oldest_us"] == 0
    watch = poc.watch(start=1, refill=False, credit=2)
    behind = eventually(lambda: (f := figures(daemon))["watches_behind"] == 1 and f["watch_lag"] <= f["head"] - 2 and f, "a feed to fall behind when its credit is used up")
    assert behind["watch_lag"] > 0 and behind["watches"] == 1
    watch.close()


def test_figures_of_commits_and_the_chain(manager):
    daemon = manager(sockets=("ipc",))
    poc, admin = daemon.client("poc-1"), daemon.client("it-1")
    for _ in range(5):
        stored(submit(poc, complaint()))
    status = admin.status()
    commits = status["commits"]
    counts, bounds = [one["count"] for one in commits["within"]], [one["us"] for one in commits["within"]]
    assert counts == sorted(counts) and bounds == sorted(set(bounds)) and commits["count"] >= max(5, counts[-1]) and commits["sum_us"] > 0
    assert status["chain"]["seq"] == status["head"] and re.fullmatch("[0-9a-f]{64}", status["chain"]["hash"])
    stored(submit(poc, complaint()))
    later = admin.status()
    assert later["chain"]["seq"] > status["chain"]["seq"] and later["chain"]["hash"] != status["chain"]["hash"]
    stored(submit(poc, emergency()))
    queues = eventually(lambda: admin.status()["queues"], "a queue")
    assert all(set(q) == {"skpd", "items", "oldest_us"} and q["items"] > 0 for q in queues)


def test_figures_are_for_those_who_may(manager):
    daemon = manager(sockets=("ipc",))
    for name, may in (("it-1", True), ("walikota", True), ("poc-1", False), ("field-1", False)):
        told = daemon.client(name).status()
        assert ("figures" in told, "chain" in told, "queues" in told, "sentences" in told) == (may, may, may, False)


def test_every_figure_has_its_sentence(manager):
    daemon = manager(sockets=("ipc",))
    status = daemon.client("it-1").request(STATUS, {"sentences": True})
    assert set(status["sentences"]) == set(status["figures"]) | set(status["counters"])
    assert all(len(sentence) > 3 for sentence in status["sentences"].values())


# the log ---------------------------------------------------------------------------------------------------------------

LINE = re.compile(r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d level=(error|warn|note|info) msg="(?:[^"\\]|\\.)*"'
                  r'( kind=[a-z-]+( ticket=[A-Z]-\d{6}-\d+-[A-Z])?( skpd=[a-z0-9-]+)?)?')
READER = re.compile(r"^(/|  | *\^|nonsense)")         # what the reader of the files shows: a line of a file, a mark below it


def test_every_line_is_logfmt_and_keeps_secrets(manager):
    """A whole run, with --verbose: texts, reporters, keys, bad bytes, mistakes in files. Nothing of it stands in the log."""
    daemon = manager()
    daemon.stop()
    daemon.conf.with_name("siagad.sh").write_text(f'#!/bin/sh\nexec {BUILD / "siagad"} --verbose "$@"\n')
    daemon.conf.with_name("siagad.sh").chmod(0o755)
    daemon.launch(daemon.conf.with_name("siagad.sh"))
    daemon.hear("READY=1", time.monotonic() - 0.5)
    poc = daemon.keyed("poc-1")
    person = {"name": "Siti Aminah", "phone": "081234567890"}
    receipt = stored(submit(poc, emergency(title="RAHASIA-JUDUL", body="RAHASIA-ISI", reporter=person)))
    submit(poc, complaint(title='RAHASIA-"petik\\" \x1b[31m', category="RAHASIA-KATEGORI"))
    poc.raw(b"SG" + b"RAHASIA-BITA" * 4)
    strangers_let_in(daemon)
    (daemon.folder / "city.yaml").write_text((daemon.folder / "city.yaml").read_text() + "nonsense: [\n")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "kind=not-reloaded" in daemon.said(), "the mistake to be told")
    eventually(lambda: "kind=stored" in daemon.said() and f"ticket={receipt['ticket']} skpd={receipt['owner']}" in daemon.said(), "the entry to be told")
    log = daemon.stderr.read_text(errors="replace")
    secrets = [part.decode() for name in ("poc-1", "field-1") for part in daemon.ring.of(name)[2:]]
    secrets += re.findall(r"^(?:secret|sign): (\S+)", pathlib.Path(daemon.ring.path).read_text(), re.M)
    assert len(secrets) >= 4
    for word in ("RAHASIA", "Aminah", "1234567890", *secrets):
        assert word not in log, word
    odd = [line for line in log.splitlines() if line and not LINE.fullmatch(line) and not READER.search(line)]
    assert odd == [], odd[:5]
