"""The file system itself stops dead under a siagad at work, its log unwritten; mounted again it plays what it has. Nothing acknowledged is lost."""
import pytest

import faulty
from events import event
from faulty import MUCH, Faulty
from siaga import Refused
from test_full import served_on

CUTS = {"ext4": 2 if MUCH < 20 else 25, "xfs": 0 if MUCH < 20 else 10}     # XFS needs a larger disk and longer
MIB = {"ext4": 64, "xfs": 320}


def all_kept(siagad, acked):
    client = siagad.client()
    for key, receipt in acked.items():
        assert client.get(receipt["ticket"])["case"]["key"] == key


@pytest.mark.parametrize("kind", [kind for kind, cuts in CUTS.items() if cuts])
def test_a_file_system_that_stops(folder, kind):
    with faulty.loop(folder, kind, MIB[kind]) as disk:
        siagad = served_on(disk, sizes={"journal": "12MiB", "views": "12MiB", "persons": "4MiB"})
        acked, n = {}, 0
        try:
            for cut in range(CUTS[kind]):
                siagad.start()
                all_kept(siagad, acked)
                client = siagad.client(timeout=2.0)
                while True:
                    try:
                        receipt = client.submit(event(n, body="x" * (n * 37 % 3000)))[0]
                        acked[f"k{n}"] = receipt
                        n += 1
                    except (Refused, TimeoutError):
                        break
                    if len(acked) == 40 * (cut + 1):
                        disk.cut()
                assert siagad.wait() == 70 and "nothing in flight was acknowledged" in siagad.said()
                n += 1                          # what had no answer may be there or not
                disk.down()
                code, said = disk.up()
                assert code == 0, said
            siagad.start()
            all_kept(siagad, acked)
            siagad.stop()
            code, said = siagad.verify()
            assert code == 0 and "all well" in said, said
        finally:
            siagad.close()
