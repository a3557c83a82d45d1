"""A history altered on the disk, as somebody with root could: what a siagad that runs on it says, and what is said of it at rest. Where the whole store
was written anew, with or without the key of the server. The control, a siagad whose chain check is switched off, finds nothing of all this."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import support
from keyring import KeyedDaemon
from siaga import HEAD, VERIFY, Refused, new_key
from support import complaint, eventually, stored

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or support.BUILD / "nowhere")
EVENTS, MORE = 30, 10       # before the head of the day, and after it
LAST = EVENTS + 1 + MORE


class Written:
    """A store that was written, a head of it kept elsewhere, and the city to start a siagad on it again."""

    def __init__(self, folder):
        self.daemon = KeyedDaemon(folder)
        self.store, self.sound, self.kept = folder / "store", folder / "sound", folder / "kepala.txt"
        self.seed = re.search(r"sign: (\w+)", self.daemon.ring.path.read_text()).group(1)
        poc, auditor = self.daemon.client("poc-1"), self.daemon.client("auditor-1")
        self.write(poc, EVENTS)
        self.head = eventually(lambda: (lambda h: h if "sign" in h else None)(auditor.request(HEAD, {})), "the head of the day")
        assert (self.head["upto"], self.head["seq"]) == (str(EVENTS), EVENTS + 1), self.head
        self.write(poc, MORE)
        self.daemon.stop()
        self.kept.write_text("".join(f"{name}: {self.head[name]}\n" for name in ("node", "day", "upto", "hash", "public", "sign")))
        shutil.copytree(self.store, self.sound)

    @staticmethod
    def write(poc, n):
        """In one request: they are on the disk together, so a head signs all or none of them."""
        for result in poc.submit(*(complaint(key=new_key(), title=f"Pengaduan ke-{i:02}") for i in range(n))):
            stored(result)

    def alter(self, *what):
        """The sound store, altered so."""
        shutil.rmtree(self.store)
        shutil.copytree(self.sound, self.store)
        if what:
            subprocess.run([str(support.BUILD / "tests/crash/alter"), str(self.store), *map(str, what)], check=True, timeout=support.PATIENCE)

    def verify(self, *options, build=None, broken=""):
        """What siagad says of the store that lies still: (exit code, text)."""
        done = subprocess.run([str((build or support.BUILD) / "siagad"), "--verify-chain", str(self.store), *map(str, options)], capture_output=True,
                              text=True, timeout=3 * support.PATIENCE, env={**os.environ, "SIAGA_BREAK": broken})
        assert not support.SANITIZER.search(done.stderr.encode()), done.stderr
        return done.returncode, done.stdout

    def ask(self, **fields):
        """What a siagad that runs on it says, slice by slice."""
        auditor = self.daemon.client("auditor-1")
        told = auditor.request(VERIFY, fields)
        while told["more"]:
            told = auditor.request(VERIFY, {**fields, "from": told["next"], "before": told["before"]})
        return told


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    written = Written(tmp_path_factory.mktemp("chain"))
    yield written
    written.daemon.close()


@pytest.fixture
def running(written):
    """Starts a siagad on the altered store; stops it at the end."""
    def start(*what):
        written.alter(*what)
        written.daemon.start()
    yield start
    if written.daemon.process.returncode is None:
        written.daemon.stop()


WAYS = {
    "a text": (("text", 20), "altered", 20, None), "what routing wrote": (("inner", 20), "altered", 20, None), "a fact": (("facts", 20), "altered", 20, None),
    "the first": (("text", 1), "altered", 1, None), "deleted": (("delete", 20), "missing", 20, None), "swapped": (("swap", 20, 21), "reordered", 20, 21),
    "swapped far": (("swap", 5, 35), "reordered", 5, 35),
}


# at rest -------------------------------------------------------------------------------------------------------------

def test_an_end_cut_off_is_missed(written):
    """The views have seen more; and where they are gone too, the head that was kept has."""
    written.alter("cut", LAST - 4)
    assert written.verify() == (65, f"entry {LAST - 4}: missing, the journal ends before it\n")
    assert written.verify("--to", LAST - 5)[0] == 0
    assert written.verify("--to", LAST + 5)[0] == 65
    shutil.rmtree(written.store / "views")
    assert written.verify() == (0, f"entries 1 to {LAST - 5}: all well\n")
    written.alter("cut", written.head["upto"])
    shutil.rmtree(written.store / "views")
    assert written.verify()[0] == 0
    code, said = written.verify("--head", written.kept)
    assert code == 65 and f"entry {written.head['upto']}: does not fit the head kept in" in said, said


def test_written_anew_by_a_thief(written):
    """Every hash fits, every head is signed: with a key of the thief's own."""
    written.alter("rehash", 5, 64 * "7")
    assert written.verify()[0] == 0
    code, said = written.verify("--signer", written.head["public"])
    assert code == 65 and f"entry {written.head['seq']}: a head signed with a key that was not named" in said, said
    code, said = written.verify("--head", written.kept)
    assert code == 65 and "does not fit the head kept in" in said, said


def test_written_anew_by_who_has_the_key(written):
    """Then nothing in the store itself tells: the head kept elsewhere does."""
    written.alter("rehash", 5, written.seed)
    code, said = written.verify("--signer", written.head["public"])
    assert code == 0 and said.endswith("signed heads: 1\n"), said
    code, said = written.verify("--head", written.kept, "--signer", written.head["public"])
    assert code == 65 and f"entry {written.head['upto']}: does not fit the head kept in" in said, said


def test_the_key_was_changed(written):
    """Heads of before are still those of this server, when both keys are named."""
    written.alter()
    new = 64 * "a"
    assert written.verify("--signer", new)[0] == 65
    code, said = written.verify("--signer", f"{new},{written.head['public'].upper()}", "--head", written.kept)
    assert code == 0 and f"head of {written.head['day']} fits: entry {written.head['upto']}\n" in said, said
    for wrong in ("abc", new + ",", new + ";" + new):
        assert written.verify("--signer", wrong)[0] == 64


def test_a_head_altered_where_it_was_kept(written, tmp_path):
    written.alter()
    text = written.kept.read_text()
    for name, code in (("day", 65), ("upto", 65), ("hash", 65), ("node", 65)):
        other = re.sub(rf"(?m)^({name}: .*)(.)$", lambda m: m[1] + ("1" if m[2] != "1" else "2"), text)
        (tmp_path / "kepala").write_text(other)
        got, said = written.verify("--head", tmp_path / "kepala")
        assert got == code and "the head itself was altered" in said, said
    for bad in ("", "bukan kepala\n", text.replace("sign:", "tanda:"), text.replace("upto: ", "upto: -")):
        (tmp_path / "kepala").write_text(bad)
        assert written.verify("--head", tmp_path / "kepala")[0] == 66
    assert "the key in the head itself was believed" in written.verify("--head", written.kept)[1]


# of a siagad that runs -----------------------------------------------------------------------------------------------

def test_a_sound_one(running, written):
    running()
    told = written.ask()
    assert "found" not in told and told["next"] == told["head"] + 1 > LAST and told["heads"] >= 1, told
    text = written.kept.read_text()
    told = written.ask(kept=text)
    assert "found" not in told and told["believed"] is False and told["hash"] == written.head["hash"], told
    assert written.ask(kept=text, signer=64 * "0")["found"] == "head"
    assert written.ask(kept=text.replace(written.head["hash"], 64 * "0"))["found"] == "head"
    told = written.ask(**{"from": 11, "upto": 20})
    assert "found" not in told and told["next"] == 21, told
    for before in (written.head["hash"], bytes.fromhex(written.head["hash"])):      # either form joins
        assert "found" not in written.ask(**{"from": int(written.head["upto"]) + 1, "before": before})
        assert written.ask(**{"from": int(written.head["upto"]), "before": before})["found"] == "altered"
    for wrong in ({"before": "abc"}, {"before": 64 * "g"}, {"before": 5}, {"before": b"x"}, {"signer": "abc"}, {"signer": 64 * "0" + ","},
                  {"signer": 64 * "z"}, {"kept": "upto: 5\n"}, {"kept": 5}, {"from": 5, "upto": 4}, {"from": -1}, {"nomor": 1}):
        with pytest.raises(Refused):
            written.ask(**wrong)
    code, said = written.verify()
    assert code == 78 and "siaga verify" in said, said


@pytest.mark.parametrize("how", WAYS)
def test_it_names_the_first_one(running, written, how):
    what, found, number, elsewhere = WAYS[how]
    running(*what)
    told = written.ask()
    assert (told.get("found"), told.get("number"), told.get("elsewhere")) == (found, number, elsewhere), told
    support.check_hint(told["text"])
    if number > 1:
        assert "found" not in written.ask(upto=number - 1)


def test_it_runs_on_a_store_written_anew(running, written):
    running("rehash", 5)
    told = written.ask()
    assert (told["found"], told["number"]) == ("head", written.head["seq"]), told
    assert written.ask(upto=int(written.head["seq"]) - 1, kept=written.kept.read_text())["found"] == "head"


def test_it_runs_on_a_store_signed_anew(running, written):
    running("rehash", 5, 64 * "7")
    told = written.ask()
    assert (told["found"], told["number"]) == ("head", written.head["seq"]) and told["public"] != written.head["public"], told
    assert "found" not in written.ask(signer=told["public"] + "," + written.head["public"])


# the control ---------------------------------------------------------------------------------------------------------

needs_control = pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")


@needs_control
def test_control_at_rest(written):
    """With the check switched off all of them pass, and with it on that same program finds them."""
    for what in [way[0] for way in WAYS.values()] + [("delete", 1), ("cut", LAST - 4), ("rehash", 5), ("rehash", 5, written.seed)]:
        written.alter(*what)
        options = ("--head", written.kept, "--signer", written.head["public"])
        assert written.verify(*options, build=CONTROLS)[0] == 65, what
        assert written.verify(*options, build=CONTROLS, broken="chain")[0] == 0, what


@needs_control
def test_control_of_a_siagad_that_runs(running, written, monkeypatch):
    monkeypatch.setattr(support, "BUILD", CONTROLS)
    for what, broken in ((("text", 20), ""), (("text", 20), "chain"), (("delete", 20), "chain"), (("swap", 20, 21), "chain")):
        monkeypatch.setenv("SIAGA_BREAK", broken)
        with monkeypatch.context() as whole:
            whole.setattr(support, "BUILD", pathlib.Path(os.environ.get("SIAGA_BUILD") or CONTROLS.parent))
            written.alter(*what)
        written.daemon.start()
        assert ("found" in written.ask()) is not bool(broken), what
        written.daemon.stop()
