"""Scene 2 with the oracle: fifty events a second, the power cut in minute 31 of 60, four who follow it all or a part.

SIAGA_FLOOD_S (2) says how long the hour is. The same with the tools people use: tests/flow/60-flood.bats."""
import contextlib
import os
import random

import checker
import dump
import faulty
import figures
import load
import power
import scene

SECONDS = float(os.environ.get("SIAGA_FLOOD_S", 2))
RATE, CLIENTS = 50.0, 8
WATCHERS = {"layar-1": {"kind": ["emergency"]}, "layar-2": {"kind": ["complaint", "report"]}, "layar-3": {"severity": ["severe"]}}


@contextlib.contextmanager
def city(folder, seconds, broken=""):
    """The city at work over a disk whose power can go."""
    siagad = faulty.Faulty(folder, 64 + int(seconds / 4), broken=broken)
    disk = power.Power(siagad, random.Random(faulty.SEED))
    ready = siagad.start()
    with contextlib.closing(scene.Scene(folder, faulty.SEED, rate=RATE / CLIENTS, clients=load.crowd(CLIENTS), watchers=WATCHERS, siagad=siagad)) as stage:
        stage.ready_after.append(ready)
        stage.busy()
        yield stage, disk


def wrong(stage, record):
    return checker.check(record) + checker.check_store(record, dump.rows(stage.siagad.store))


def test_flood_day(folder):
    with city(folder, SECONDS) as (stage, disk):
        stage.run_for(SECONDS * 31 / 60)
        pages, lost = disk.cut()
        stage.start()
        stage.run_for(SECONDS * 29 / 60)
        record = stage.finish()
        stage.siagad.stop()
        assert wrong(stage, record) == [], f"SIAGA_SEED={faulty.SEED}"
        took = figures.until_acked(record, figures.Span(0, float("inf")))
        scene.report("scene 2", f"{len(record.feed)} entries in {SECONDS:.0f} s, the power cut after {SECONDS * 31 / 60:.0f} (of {pages} pages without a sync "
                     f"{lost} lost), ready again after {stage.ready_after[-1]:.2f} s: acknowledged after {1000 * figures.share(took, 50):.1f} ms, "
                     f"p99 {1000 * figures.share(took, 99):.0f} ms, {1000 * max(took):.0f} ms at worst")
        assert len(record.feed) > SECONDS * RATE / 2


def test_without_syncs_the_cut_is_seen(folder):
    """The control: LMDB that syncs nothing. What the power takes then, the checker must name."""
    with city(folder, 2, broken="nosync") as (stage, disk):
        stage.run_for(0.5)
        _, lost = disk.cut(share=1.0)
        stage.start()
        found = {which for which, _ in wrong(stage, stage.finish())}
    assert lost > 0 and "I1" in found, f"SIAGA_SEED={faulty.SEED}: {lost} pages lost, found {found}"
    scene.report("control", f"nosync: caught, by {', '.join(sorted(found))}")
