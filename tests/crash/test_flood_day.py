"""Scene 2 with the oracle: fifty events a second, siagad killed in minute 31 of 60, four who follow it all or a part.

SIAGA_FLOOD_S (2) says how long the hour is. The same with the tools people use: tests/flow/60-flood.bats."""
import contextlib
import os

import checker
import dump
import figures
import load
import scene

SECONDS = float(os.environ.get("SIAGA_FLOOD_S", 2))
RATE, CLIENTS = 50.0, 8
WATCHERS = {"layar-1": {"kind": ["emergency"]}, "layar-2": {"kind": ["complaint", "report"]}, "layar-3": {"severity": ["severe"]}}


def test_flood_day(folder):
    with contextlib.closing(scene.Scene(folder, scene.SEED, mib=64 + int(SECONDS / 4), rate=RATE / CLIENTS, clients=load.crowd(CLIENTS), watchers=WATCHERS)) as stage:
        stage.busy()
        stage.kill(SECONDS * 31 / 60)
        stage.start()
        stage.run_for(SECONDS * 29 / 60)
        record = stage.finish()
        stage.siagad.stop()
        assert checker.check(record) + checker.check_store(record, dump.rows(stage.siagad.store)) == [], f"SIAGA_SEED={scene.SEED}"
        took = figures.until_acked(record, figures.Span(0, float("inf")))
        scene.report("scene 2", f"{len(record.feed)} entries in {SECONDS:.0f} s, siagad killed after {SECONDS * 31 / 60:.0f}, ready again after "
                     f"{stage.ready_after[-1]:.2f} s: acknowledged after {1000 * figures.share(took, 50):.1f} ms, p99 {1000 * figures.share(took, 99):.0f} ms, "
                     f"{1000 * max(took):.0f} ms at worst")
        assert len(record.feed) > SECONDS * RATE / 2
