"""One siagad to a store; files read again while it runs; an orderly end under load."""
import hashlib
import signal

import pytest

import checker
import scene
from events import event, everything, fill
from running import wait_for

GARBAGE = {"kind": "complaint", "category": "garbage.uncollected"}


def sums(siagad):
    return [hashlib.sha256((siagad.store / env / "data.mdb").read_bytes()).hexdigest() for env in ("journal", "views")]


@pytest.mark.parametrize("arguments", [lambda s: ("-c", s.conf), lambda s: ("--verify-store", s.store)],
                         ids=["a second siagad", "a walk"])
def test_a_store_that_is_held(siagad, arguments):
    """A second siagad ends at once, names the first, and leaves no trace; the first goes on."""
    client = siagad.client()
    fill(client, 50)
    before = everything(client)
    wait_for("the views to be written", lambda: client.status()["views_at"] == 70)
    held = sums(siagad)
    code, said = siagad.run(*arguments(siagad))
    assert code == 78
    assert f"held by process {siagad.process.pid}" in said, said
    assert sums(siagad) == held and everything(client) == before
    assert client.submit(event(50))[0]["duplicate"] is False
    siagad.stop()
    assert siagad.verify()[0] == 0


def test_a_killed_holder_leaves_the_store_free(siagad):
    siagad.kill9()
    siagad.start()


def spoil(siagad):
    """A mistake in one of the files. Returns what takes it back."""
    file = siagad.folder / "skpd.d" / "dlh.yaml"
    good = file.read_text()
    file.write_text(good.replace("cap: Env", "cap: Lingkungan"))
    assert file.read_text() != good
    return lambda: file.write_text(good)


def test_check_config(siagad):
    """Exit 0 or 78, every mistake with its place; also while another siagad runs, which does not notice."""
    head = siagad.client().hello()["head"]
    code, said = siagad.run("-c", siagad.conf, "--check-config")
    assert code == 0 and " 0 errors" in said, said
    mend = spoil(siagad)
    code, said = siagad.run("-c", siagad.conf, "--check-config")
    assert code == 78 and "skpd.d/dlh.yaml:" in said and "error" in said and " 1 errors" in said, said
    mend()
    assert siagad.run("-c", siagad.conf, "--check-config")[0] == 0
    code, said = siagad.run("-c", siagad.folder / "none.yaml", "--check-config")
    assert code == 78 and "none.yaml" in said, said
    assert siagad.run("--check-config")[0] == 64 and siagad.run("--nonsense")[0] == 64
    assert siagad.client().hello()["head"] == head


def test_it_does_not_start_with_a_mistake(siagad):
    siagad.stop()
    spoil(siagad)
    mark = siagad.mark()
    assert siagad.try_to_start() == 78
    assert "skpd.d/dlh.yaml:" in siagad.said(mark) and "nothing was started" in siagad.said(mark)


def test_files_read_again(siagad):
    """SIGHUP: a mistake leaves the old city in force and is told in the log and in STATUS; a clean set takes its place whole."""
    client = siagad.client()
    owner = client.route(**GARBAGE)["owner"]
    loaded = client.status()["config_loaded_at"]
    mend = spoil(siagad)
    mark = siagad.mark()
    siagad.process.send_signal(signal.SIGHUP)
    error = wait_for("STATUS to tell the mistake", lambda: client.status().get("config_error"))
    assert "skpd.d/dlh.yaml:" in error and "error" in error, error
    assert "stay in force" in siagad.said(mark) and "skpd.d/dlh.yaml:" in siagad.said(mark)
    assert client.status()["config_loaded_at"] == loaded
    assert client.route(**GARBAGE)["owner"] == owner == "dlh"
    assert client.submit(event(1, category="garbage.uncollected"))[0]["owner"] == "dlh"

    mend()
    file = siagad.folder / "skpd.d" / "dlh.yaml"
    file.write_text(file.read_text().replace("primary: dlh", "primary: dbmsda"))
    mark = siagad.mark()
    siagad.process.send_signal(signal.SIGHUP)
    wait_for("STATUS to forget the mistake", lambda: "config_error" not in client.status())
    assert "in force now" in siagad.said(mark) and client.status()["config_loaded_at"] > loaded
    assert client.route(**GARBAGE)["owner"] == "dbmsda"
    assert client.submit(event(2, category="garbage.uncollected"))[0]["owner"] == "dbmsda"
    assert client.submit(event(1, category="garbage.uncollected"))[0]["owner"] == "dlh"     # a promise stays as it was given
    assert client.get(1)["case"]["owner"] == "dlh"
    siagad.stop()


def test_sighup_under_load(folder):
    """Files read again while eight clients send: nobody notices."""
    stage = scene.Scene(folder, scene.SEED)
    try:
        stage.busy()
        for _ in range(5):
            mark = stage.siagad.mark()
            stage.siagad.process.send_signal(signal.SIGHUP)
            wait_for("the files to be read again", lambda: "in force now" in stage.siagad.said(mark))
        assert checker.check(stage.finish()) == [], f"SIAGA_SEED={scene.SEED}"
        stage.siagad.stop()
    finally:
        stage.close()


def test_sigterm_under_load(folder):
    """Asked to stop while eight clients send: it ends within 10 s with exit code 0, what was answered is there, what was not is sent again
    and ends as one event."""
    stage = scene.Scene(folder, scene.SEED)
    try:
        stage.busy()
        for _ in range(3):
            mark = stage.siagad.mark()
            stage.run_for(stage.random.uniform(0.1, 0.5))
            assert stage.siagad.stop(patience=10) < 10
            assert "stopped at entry" in stage.siagad.said(mark)
            code, said = stage.siagad.verify()
            assert code == 0 and "all well" in said and "not compared" not in said, said
            stage.start()
        record = stage.finish()
        assert checker.check(record) == [], f"SIAGA_SEED={scene.SEED}"
        stage.siagad.stop()
        assert stage.siagad.verify()[0] == 0
    finally:
        stage.close()
