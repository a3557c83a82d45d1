"""siagad stands still (D12): clients queue and send again, watchers notice, and when it goes on nothing is lost, doubled or out of order.

SIAGA_FROZEN_S (3) says for how many seconds."""
import contextlib
import os
import signal
import time

import checker
import ledger
import running
import scene

SECONDS = float(os.environ.get("SIAGA_FROZEN_S", 3))
NOTICED = 5.0               # seconds without a beat, and a watcher knows that the feed is broken


def test_siagad_stands_still(folder):
    with contextlib.closing(scene.Scene(folder, scene.SEED, rate=100.0)) as stage:
        stage.busy()
        stage.siagad.process.send_signal(signal.SIGSTOP)
        frozen_at = time.monotonic()
        time.sleep(SECONDS)
        stage.siagad.process.send_signal(signal.SIGCONT)
        again_at = time.monotonic()
        running.wait_for("every client to be answered again", lambda: all(
            any(step["do"] == "acked" and step["at"] > again_at for step in ledger.read(stage.path(name))) for name in stage.clients))
        stage.run_for(0.5)
        record = stage.finish()
        assert checker.check(record) == [], f"SIAGA_SEED={scene.SEED}"
        asked_again = sum(step["do"] == "sent" and frozen_at + 0.3 < step["at"] < again_at for steps in record.ledgers.values() for step in steps)
        answered = min(step["at"] for steps in record.ledgers.values() for step in steps if step["do"] == "acked" and step["at"] > again_at) - again_at
        scene.report("D12", f"siagad stopped for {again_at - frozen_at:.0f} s under {len(stage.clients)} clients: {asked_again} sent again meanwhile, "
                     f"first answer {answered:.2f} s after it went on")
        assert asked_again >= len(stage.clients) and answered < NOTICED
        stage.siagad.stop()
