"""Memory that is not there (D24): the n-th allocation a program asks for fails, in siagad and in the tools. None crashes in silence: it goes on, or it
ends with an exit code and a word; nothing was acknowledged that a siagad started again does not have.

Played on the tree without sanitizers, which bring allocators of their own. SIAGA_NTH says how many places of each (8; `make soak` takes 400)."""
import os
import pathlib
import random
import signal
import subprocess

import pytest

import running
import scene
from siaga import new_key
from support import complaint, emergency

HERE = pathlib.Path(__file__).resolve().parent
CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or running.BUILD / "controls")
PLAIN = CONTROLS.parent         # the plain tree lies around that of the controls
PLACES = int(os.environ.get("SIAGA_NTH", "8"))
ENDS = range(64, 79)            # sysexits
pytestmark = pytest.mark.skipif(not (PLAIN / "siagad").exists(), reason="the plain tree is not there; tests/run.sh makes it")


@pytest.fixture(scope="module")
def nth(tmp_path_factory):
    """nth(n, file): the environment in which the n-th allocation fails; how many there were is written to the file."""
    shim = tmp_path_factory.mktemp("nth") / "nth.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", shim, HERE / "preload/nth.c"], check=True)
    return lambda n, count: {**os.environ, "LD_PRELOAD": str(shim), "NTH_FAILS": str(n), "NTH_COUNT": str(count)}


def places(total, first=1):
    """Some of all of them; a soak takes each."""
    return sorted(random.Random(scene.SEED).sample(range(first, total + 1), min(PLACES, total - first + 1)))


class Plain(running.Siagad):
    """A siagad of the plain tree, with memory that ends."""

    def __init__(self, folder, environment, program=PLAIN / "siagad"):
        super().__init__(folder, program=program)
        self.environment = environment


TOOLS = {"report": ["report", "Pompa kembali jalan", "--category", "drainage.blocked", "--key", "nth-1"], "list": ["list", "-o", "jsonl"],
         "status": ["status"], "cert": ["cert", "new", "baru-1", "--role", "operator"], "import": ["import", "-"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_says_so(siagad, nth, tmp_path, tool):
    """Done, or an exit code with a word; a ticket is printed when, and only when, it is stored."""
    def run(n):
        (tmp_path / "baru-1.key").unlink(missing_ok=True)
        (tmp_path / "baru-1.pub.yaml").unlink(missing_ok=True)
        return subprocess.run([PLAIN / "siaga", "--server", siagad.ipc, "--source", "uji-1", *TOOLS[tool]], env=nth(n, tmp_path / "count"), cwd=tmp_path,
                              input='{"kind": "report", "category": "drainage.blocked", "title": "x"}\n', capture_output=True, text=True, timeout=60)
    siagad.client().submit({**complaint(), "key": new_key()})
    whole = run(0)
    assert whole.returncode == 0, whole.stderr
    for n in places(int((tmp_path / "count").read_text())):
        done = run(n)
        assert done.returncode == 0 or (done.returncode in ENDS and done.stderr.strip()) or (done.returncode == 1 and done.stderr.strip()), (n, done)
        if tool == "report" and done.returncode == 0:
            assert siagad.client().get(done.stdout.split()[0])["case"]["key"] == "nth-1"


def test_siagad_ends_with_a_word(folder, nth):
    """Whatever it acknowledged is there when it is started again, and the store is sound."""
    siagad, acked, ended = Plain(folder, nth(0, folder / "count")), [], 0
    subprocess.run([PLAIN / "siagad", "-c", siagad.conf, "--check-config"], env=siagad.environment, check=True, capture_output=True)
    read = int((folder / "count").read_text())          # until then it has only read files
    serve(siagad, acked)
    for n in places(int((folder / "count").read_text()), read + 1):
        siagad.environment["NTH_FAILS"] = str(n)
        ended += serve(siagad, acked)
    siagad.environment["NTH_FAILS"] = "0"
    siagad.start()
    for receipt in acked:
        assert siagad.client().get(receipt["ticket"])["case"]["seq"] == receipt["seq"]
    siagad.stop()
    code, said = siagad.verify()
    assert code == 0, said
    assert len(acked) >= 6 and ended > 0, (len(acked), ended)
    print(f"{PLACES} places of {read} and more: siagad ended {ended} times, {len(acked)} acknowledged")


@pytest.mark.skipif(not (CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")
def test_control(folder, nth):
    """One that ends without its last word is seen."""
    siagad = Plain(folder, {**nth(0, folder / "count"), "SIAGA_BREAK": "silent"}, CONTROLS / "siagad")
    serve(siagad, [])
    for n in reversed(range(1, int((folder / "count").read_text()))):       # one that is not there when it is needed, behind the files
        siagad.environment["NTH_FAILS"] = str(n)
        try:
            serve(siagad, [])
        except AssertionError as seen:
            assert str(-signal.SIGABRT) in str(seen), seen
            scene.report("control", f"silent: caught at allocation {n}")
            return
    raise AssertionError("a siagad that ends in silence was not seen")


def serve(siagad, acked):
    """One life: some events, then the end. Returns whether it ended by itself; then it said why."""
    mark, code = siagad.mark(), siagad.try_to_start()
    if code is None:
        client = siagad.client(timeout=2)
        try:
            for n in range(6):
                acked += [r for r in client.submit({**(emergency if n % 2 else complaint)(), "key": new_key()}) if "code" not in r]
                client.list(limit=5)
        except TimeoutError:
            running.wait_for("siagad to have ended", lambda: siagad.process.poll() is not None)
        client.close()
        if siagad.process.poll() is None:
            siagad.process.terminate()
        code = siagad.wait()
    said = siagad.said(mark).strip()
    last_word = code == -signal.SIGABRT and "nothing in flight was acknowledged" in said
    assert code == 0 or last_word or (code in ENDS and said), (siagad.environment["NTH_FAILS"], code, said)
    return code != 0
