"""siagads broken on purpose (O/controls, SIAGA_BREAK): the checker must see each within five runs, and nothing in one that is whole.

Switches: nodedupe (a repeat is stored again), memory_seq (after a kill numbers go on from what the views had, as if the last ones had been in memory only),
off_by_one (a watch resumes one too late). Those of who may come in are in tests/proto/test_controls.py."""
import pytest

import checker
import load
import running
import scene

RUNS = 5
CLIENTS = {name: load.CLIENTS[name] for name in ("uji-3", "uji-4", "uji-7")}
BROKEN = [("nodedupe", {"I1", "I5"}), ("memory_seq", {"I1", "I3"}), ("off_by_one", {"I6"})]
pytestmark = pytest.mark.skipif(not (running.CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")


def found(folder, broken, seed):
    """The invariants that a short run with two kills finds broken."""
    folder.mkdir()
    siagad = running.Siagad(folder, 16, running.CONTROLS / "siagad", SIAGA_BREAK=broken)
    siagad.start()
    stage = scene.Scene(folder, seed, rate=200.0, clients=CLIENTS, siagad=siagad)
    try:
        stage.busy()
        for _ in range(2):
            stage.kill(0.25)
            stage.start()
        stage.run_for(0.25)
        return {which for which, _ in checker.check(stage.finish())}
    finally:
        stage.close()


def test_with_nothing_broken_nothing_is_found(folder):
    assert found(folder / "whole", "nodedup,memory,off_by", scene.SEED) == set()


@pytest.mark.parametrize("broken, invariants", BROKEN, ids=[broken for broken, _ in BROKEN])
def test_control(folder, broken, invariants):
    runs = [found(folder / f"{broken}-0", broken, scene.SEED)]
    while not invariants & runs[-1] and len(runs) < RUNS:
        runs.append(found(folder / f"{broken}-{len(runs)}", broken, scene.SEED + len(runs)))
    assert invariants <= runs[-1], f"SIAGA_SEED={scene.SEED}: {runs}"
    scene.report("control", f"{broken}: caught in run {len(runs)}, by {', '.join(sorted(runs[-1]))}")
