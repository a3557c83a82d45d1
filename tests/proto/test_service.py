"""siagad and systemd, without a systemd: sockets that were open before it, its words over NOTIFY_SOCKET, and the watchdog that only commits feed (D12)."""
import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from attacks import strangers_let_in
from keyring import KeyedDaemon, knock
from siaga import HELLO, REFUSED, SUBMIT, Refused
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
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify.bind(str(folder / "notify"))
        super().__init__(folder)

    def prepare(self):
        super().prepare()
        self.sockets = {"tcp": socket.create_server(("127.0.0.1", self.port), backlog=64), "ipc": socket.socket(socket.AF_UNIX)}
        self.sockets["ipc"].bind(str(self.folder / "s"))
        self.sockets["ipc"].listen(64)

    def hand_over(self):
        """Between fork and exec: the sockets become descriptors 3, 4, ..."""
        kept = [os.dup(self.sockets[name].fileno()) for name in self.wanted]
        for place, fd in enumerate(kept, FIRST):
            os.dup2(fd, place, inheritable=True)

    def launch(self, program=None, **env):
        given = {"LISTEN_FDS": str(len(self.wanted)), "LISTEN_FDNAMES": ":".join(self.wanted), "NOTIFY_SOCKET": str(self.folder / "notify"),
                 "WATCHDOG_USEC": "10000000"} | self.env | env
        script = 'LISTEN_PID=$$ exec "$@"'      # which process is meant is part of the protocol
        with open(self.stderr, "ab") as err:
            self.process = subprocess.Popen(["/bin/sh", "-c", script, "sh", str(program or self.program), "-c", str(self.conf)],
                                            stdin=subprocess.DEVNULL, stdout=err, stderr=err, env={**os.environ, **given},
                                            close_fds=False, preexec_fn=self.hand_over)

    def start(self):
        self.launch()
        self.hear("READY=1")

    def listen_now(self):
        """Takes in what was said meanwhile."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.words.append((time.monotonic(), self.notify.recv(4096).decode()))

    def hear(self, word, since=0.0):
        def heard():
            self.listen_now()
            if self.process.poll() is not None:
                raise AssertionError(f"siagad ended with {self.process.returncode}: {self.said()}")
            return [text for at, text in self.words if at >= since and word in text]
        return eventually(heard, f"siagad to say {word}")[0]

    def fed(self, since, until):
        """How often the watchdog was fed between two moments."""
        self.listen_now()
        return sum("WATCHDOG=1" in text for at, text in self.words if since <= at < until)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        (self.folder / "store" / "stall").unlink(missing_ok=True)
        super().close()
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

SILENT_S = 3.5              # so long nothing is committed in the short form; the unit allows 10


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
        daemon.listen_now()                     # a word has the time at which it was heard
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
    assert daemon.fed(begun, ended) >= 2
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
