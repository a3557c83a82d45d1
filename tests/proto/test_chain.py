"""A history that cannot be changed unseen: entries are flipped, deleted, swapped and hashed anew on the disk, and the first of them is named. The
control, a siagad whose chain check is switched off, lets every one of them pass: so it is the chain that told."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from keyring import KeyedDaemon
from support import BUILD, PATIENCE, complaint, eventually, stored, submit

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or BUILD / "nowhere")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A store that lies still, with a head that was kept elsewhere, and the key that signed it."""
    daemon = KeyedDaemon(tmp_path_factory.mktemp("chain"))
    try:
        poc = daemon.keyed("poc-1")
        for n in range(30):
            stored(submit(poc, complaint(title=f"Pengaduan ke-{n:02}")))
        auditor = daemon.keyed("auditor-1")
        head = eventually(lambda: (lambda h: h if "sign" in h else None)(auditor.request(19, {})), "the head of the day")
        for n in range(30, 40):
            stored(submit(poc, complaint(title=f"Pengaduan ke-{n:02}")))
    finally:
        daemon.close()
    kept = daemon.folder / "kepala.txt"
    kept.write_text("".join(f"{name}: {head[name]}\n" for name in ("node", "day", "upto", "hash", "public", "sign")))
    return daemon.folder, kept, head


@pytest.fixture
def store(written, tmp_path):
    shutil.copytree(written[0] / "store", tmp_path / "store")
    return tmp_path / "store"


def alter(store, *what):
    subprocess.run([str(BUILD / "tests/crash/alter"), str(store), *map(str, what)], check=True, timeout=PATIENCE)


def verify(store, *options, build=BUILD, broken=""):
    done = subprocess.run([str(build / "siagad"), "--verify-chain", str(store), *map(str, options)], capture_output=True, text=True, timeout=3 * PATIENCE,
                          env={**os.environ, "SIAGA_BREAK": broken})
    return done.returncode, done.stdout + done.stderr


ALTERED = {
    "a text": (("text", 20), "entry 20: altered"), "what routing wrote": (("inner", 20), "entry 20: altered"),
    "a fact": (("facts", 20), "entry 20: altered"), "the first": (("text", 1), "entry 1: altered"), "the last": (("facts", 41), "entry 41: altered"),
    "deleted": (("delete", 20), "entry 20: missing"), "the first deleted": (("delete", 1), "entry 1: missing"),
    "swapped": (("swap", 20, 21), "entry 20: reordered, it stands at 21"), "swapped far": (("swap", 5, 35), "entry 5: reordered, it stands at 35"),
}


def test_it_is_whole(store, written):
    assert verify(store) == (0, "entries 1 to 41: all well\n")
    assert verify(store, "--from", 10, "--to", 20) == (0, "entries 10 to 20: all well\n")
    code, said = verify(store, "--head", written[1], "--signer", written[2]["public"])
    assert code == 0 and "fits" in said, said


@pytest.mark.parametrize("how", ALTERED)
def test_the_first_one_is_named(store, how):
    what, named = ALTERED[how]
    alter(store, *what)
    code, said = verify(store)
    assert code == 65 and named in said, said
    if "first" not in how:
        assert verify(store, "--to", 4)[0] == 0


def test_a_store_hashed_anew(store, written):
    """The chain alone fits again: the signed head inside it does not, nor does the one kept elsewhere."""
    _, kept, head = written
    alter(store, "rehash", head["upto"])
    code, said = verify(store)
    assert code == 65 and re.search(rf"entry {head['seq']}: does not fit the signed head", said), said
    assert verify(store, "--to", int(head["seq"]) - 1)[0] == 0
    code, said = verify(store, "--to", int(head["seq"]) - 1, "--head", kept)
    assert code == 65 and "does not fit the head kept" in said


def test_a_head_of_another_s_making(store, written, tmp_path):
    """Whoever has no key of this server cannot sign for it."""
    _, kept, head = written
    forged = tmp_path / "palsu.txt"
    forged.write_text(kept.read_text().replace(head["sign"], ("0" if head["sign"][0] != "0" else "1") + head["sign"][1:]))
    assert verify(store, "--head", forged)[0] == 65
    forged.write_text(kept.read_text().replace(head["hash"], 64 * "0"))
    assert verify(store, "--head", forged)[0] == 65
    assert verify(store, "--head", kept, "--signer", 64 * "1")[0] == 65
    assert verify(store, "--head", tmp_path / "tidak-ada")[0] == 66


@pytest.mark.parametrize("how", [h for h in ALTERED if "deleted" not in h])
@pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")
def test_control_without_the_chain(store, how):
    """With the check switched off the same stores pass: it is the chain that tells, and nothing beside it."""
    alter(store, *ALTERED[how][0])
    assert verify(store, build=CONTROLS)[0] == 65
    assert verify(store, build=CONTROLS, broken="chain")[0] == 0
