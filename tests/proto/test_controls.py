"""What keeps strangers out, broken on purpose: a siagad made for tests (O/controls) in which single parts are switched off, and the checks that must see it.
Switches: zap (no handler of handshakes), domain (it is not demanded that one answers), proof (no knocking before READY), beat (nobody looks whether the
handler lives), ends (it dies after three strangers), role and name (a message is believed what it says of its sender), scan (bodies are not looked through
before they are read), mute (some refusals are not sent), uncounted (nor counted), cut (who is revoked keeps his connection), one-each (a key may be of
two), watches (no bound)."""
import os
import pathlib
import time

import pytest

from attacks import (bombs_taken, fed_without_a_key, mutants_unanswered, names_believed, properties_believed, roles_believed, second_owner_taken, strangers,
                     strangers_let_in, sums_apart, watches_beyond)
from keyring import KeyedDaemon, knock
from support import BUILD, PATIENCE, emergency, eventually, stored, submit

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or BUILD / "nowhere")
NOTICED = 5.0               # seconds, D25
pytestmark = pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")


class Broken(KeyedDaemon):
    """The program of the controls; start() waits for its word, not for an answer, since it may be that nobody gets one."""

    def __init__(self, folder, broken):
        self.broken = broken
        super().__init__(folder)

    def start(self):
        self.launch(CONTROLS / "siagad", SIAGA_BREAK=self.broken)
        eventually(lambda: self.process.poll() is not None or "listening on tcp" in self.said(), "it to listen or to end")

    def ended(self):
        """How it ended by itself: (exit code, last line)."""
        code = self.process.wait(PATIENCE)
        self.no_report()
        return code, self.said().strip().splitlines()[-1]

    def close(self):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def broken(tmp_path_factory):
    """broken("zap,proof"): a siagad without these."""
    made = []

    def make(what):
        made.append(Broken(tmp_path_factory.mktemp("broken"), what))
        return made[-1]
    try:
        yield make
    finally:
        for daemon in made:
            daemon.close()


def test_with_nothing_broken_nothing_is_found(broken):
    """The program itself is no other: the attacks find nothing where nothing is switched off, nor do names that only begin like a switch."""
    daemon = broken("zapp,rol,proofs")
    assert strangers_let_in(daemon) == names_believed(daemon) == roles_believed(daemon) == properties_believed(daemon) == []
    assert (bombs_taken(daemon), mutants_unanswered(daemon), sums_apart(daemon), watches_beyond(daemon)) == ([], "", 0, 0)
    assert not second_owner_taken(daemon) and not fed_without_a_key(daemon)


def test_who_lets_a_stranger_in_does_not_start(broken):
    """No handler, and none is demanded: ZeroMQ lets everybody in. siagad knocks at its own door with a stranger's key and sees it."""
    daemon = broken("zap,domain")
    code, last = daemon.ended()
    assert code == 70 and "a stranger's key was let in: siagad does not start" in last and daemon.tcp in last, last
    assert "listening on" not in daemon.said() and not knock(daemon.tcp, daemon.ring.of("poc-1"), timeout_ms=200)


def test_the_attack_sees_it_where_siagad_does_not_look(broken):
    daemon = broken("zap,domain,proof,beat")
    assert strangers_let_in(daemon) == ["stranger"]
    assert ("stranger", "it-1") in properties_believed(daemon)      # and he is whoever he says he is


def test_without_proof_the_missing_handler_is_noticed(broken):
    daemon = broken("zap,domain,proof")
    listening = time.monotonic()
    code, last = daemon.ended()
    assert code == 70 and "the ZAP handler does not answer" in last, last
    assert time.monotonic() - listening < NOTICED


def test_without_a_handler_the_domain_keeps_everybody_out(broken):
    """One of the two alone does it: nobody is let in, and siagad ends because nobody can be."""
    daemon = broken("zap")
    assert not knock(daemon.tcp, daemon.ring.of("poc-1"), timeout_ms=1000)
    assert not knock(daemon.tcp, strangers(daemon.ring)["stranger"][0], timeout_ms=1000)
    code, last = daemon.ended()
    assert code == 70 and "the ZAP handler does not answer" in last, last


def test_a_domain_that_is_not_demanded_changes_nothing_while_the_handler_lives(broken):
    assert strangers_let_in(broken("domain")) == []


def test_a_role_that_is_believed_is_seen(broken):
    """The role taken from the payload: a role of each kind gets further than it may."""
    found = roles_believed(broken("role"))
    assert {role for role, *_ in found} >= {"field", "handler", "humas", "media", "admin"}, found
    assert ("media", "hello", "admin", "admin") in found and any(verb == "erase" for _, verb, *_ in found), found


def test_a_name_that_is_believed_is_seen(broken):
    found = names_believed(broken("name"))
    assert ("it-1", "admin") in found and ("poc-1", "operator") in found, found


def test_bombs_that_are_read_are_seen(broken):
    assert {"key twice", "ext", "nan", "key of 512"} & set(bombs_taken(broken("scan")))


def test_an_answer_that_is_missing_is_seen(broken):
    assert mutants_unanswered(broken("mute"), patience=3).startswith("no answer to [(")


def test_a_sum_that_is_wrong_is_seen(broken):
    assert sums_apart(broken("uncounted")) == 20


def test_a_connection_that_is_kept_is_seen(broken):
    assert fed_without_a_key(broken("cut"))


def test_a_key_of_two_is_seen(broken):
    assert second_owner_taken(broken("one-each"))


def test_watches_without_a_bound_are_seen(broken):
    assert watches_beyond(broken("watches")) == 8


# D25: the handler dies while siagad serves ---------------------------------------------------------------------------

def kill_handler(daemon):
    """Strangers until it dies; when that was. siagad itself was the first of the three. None is let in meanwhile."""
    assert not [n for n in range(2) if knock(daemon.tcp, strangers(daemon.ring)["stranger"][0])]
    return time.monotonic()


def test_a_handler_that_dies_ends_siagad(broken):
    """Within five seconds, by a clear word and an exit code; who was in is served until then, nobody new comes in, and what was acknowledged is there."""
    daemon = broken("ends")
    poc = daemon.keyed("poc-1")
    receipt = stored(submit(poc, emergency()))
    died = kill_handler(daemon)
    served = stored(submit(poc, emergency()))
    assert not knock(daemon.tcp, daemon.ring.of("poc-2"), timeout_ms=1000), "who let it in?"
    code, last = daemon.ended()
    took = time.monotonic() - died
    assert code == 70 and took < NOTICED, took
    assert "who may come in is not decided any more (the ZAP handler does not answer); siagad ends" in last, last
    daemon.broken = ""
    daemon.start()
    again = daemon.keyed("poc-1")
    assert [again.get(r["ticket"])["case"]["seq"] for r in (receipt, served)] == [receipt["seq"], served["seq"]]


def test_without_the_watch_its_death_goes_unseen(broken):
    """The control of the test above: siagad goes on and tells the one who is in that all is well, while nobody can come in."""
    daemon = broken("ends,beat")
    poc = daemon.keyed("poc-1")
    poc.hello()
    died = kill_handler(daemon)
    while time.monotonic() - died < NOTICED:
        assert poc.hello()["role"] == "operator"
        assert not knock(daemon.tcp, daemon.ring.of("poc-2"), timeout_ms=1000)
    daemon.check()


@pytest.mark.parametrize("how", ["missing", "empty", "nobody"])
def test_no_people(broken, how):
    """Without a row nobody has a key, and siagad says so or serves nobody; it never lets everybody in."""
    daemon = broken("")
    people = daemon.folder / "people.d"
    daemon.stop()
    if how == "nobody":
        (people / "people.yaml").write_text("people: []\n")
    else:
        (people / "people.yaml").unlink()
    if how == "missing":
        people.rmdir()
    daemon.launch()
    eventually(lambda: daemon.process.poll() is not None or "listening on tcp" in daemon.said().rpartition("stopped at")[2], "it to listen or to end")
    if daemon.process.poll() is None:
        assert strangers_let_in(daemon) == [] and not knock(daemon.tcp, daemon.ring.of("poc-1"))
    else:
        assert daemon.process.returncode == 78, daemon.said()
