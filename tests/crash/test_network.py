"""A bad network between siagad and everybody else (D16), each side in a network of its own, over tcp with keys: the line breaks again and again, every
tenth packet is lost, and what goes through at all goes slowly. Needs root.

SIAGA_LINE_S (4) says for how many seconds in all."""
import contextlib
import os
import subprocess
import time

import pytest

import checker
import keyed
import load
import running
import scene

SECONDS = float(os.environ.get("SIAGA_LINE_S", 4))
HEARTBEAT = 8.0             # seconds until siagad takes a silent connection for dead
CLIENTS = {name: load.CLIENTS[name] for name in ("uji-1", "uji-3", "uji-5", "uji-8")}
PATIENCE = 2.5              # seconds without a beat, and a watcher asks again
HERE, THERE = "10.77.0.1", "10.77.0.2"


def may_make_networks():
    """As root, and where `ip` can mount what belongs to one (not in a chroot)."""
    name = f"siaga-{os.getpid()}-may"
    if os.geteuid() != 0 or subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        return False
    may = subprocess.run(["ip", "-n", name, "link"], capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return may


class Line:
    """Two networks and the cable between them."""

    def __init__(self):
        self.near, self.far = (f"siaga-{os.getpid()}-{end}" for end in "ab")

    def __enter__(self):
        for name in (self.near, self.far):
            self.do("ip netns add", name)
        self.do("ip link add line netns", self.near, "type veth peer name line netns", self.far)
        for name, address in ((self.near, HERE), (self.far, THERE)):
            self.do("ip -n", name, "address add", f"{address}/24 dev line")
            for link in ("lo", "line"):
                self.do("ip -n", name, f"link set {link} up")
        return self

    def __exit__(self, *_):
        for name in (self.near, self.far):
            self.do("ip netns delete", name)

    @staticmethod
    def do(*words):
        command = " ".join(words)
        done = subprocess.run(command.split(), capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    @contextlib.contextmanager
    def broken(self):
        self.do("ip -n", self.far, "link set line down")
        yield
        self.do("ip -n", self.far, "link set line up")

    @contextlib.contextmanager
    def lossy(self):
        for name in (self.near, self.far):
            inside = f"ip netns exec {name} nft"
            self.do(inside, "add table ip siaga")
            self.do(inside, "add chain ip siaga lost { type filter hook input priority 0 ; }")
            self.do(inside, "add rule ip siaga lost numgen random mod 10 0 counter drop")
        yield
        for name in (self.near, self.far):
            self.do(f"ip netns exec {name} nft", "delete table ip siaga")

    @contextlib.contextmanager
    def slow(self):
        for name in (self.near, self.far):
            self.do("tc -n", name, "qdisc add dev line root tbf rate 200kbit burst 5kb latency 400ms")
        yield
        for name in (self.near, self.far):
            self.do("tc -n", name, "qdisc delete dev line root")


class Apart(scene.Scene):
    """Clients and watchers live at the other end."""

    def world(self, name):
        return ({"endpoint": self.siagad.tcp, "keys": self.siagad.keys(name), "patience": PATIENCE}, ["ip", "netns", "exec", self.far])


def acked(stage):
    return sum(stage.path(name).read_text().count('"acked"') for name in stage.clients)


@pytest.mark.skipif(not may_make_networks(), reason="D16 NOT RUN: networks of one's own need root and a root folder that is a mount")
def test_a_bad_line(folder):
    with Line() as line:
        siagad = keyed.Siagad(folder, 64, HERE, 7112, ["ip", "netns", "exec", line.near])
        siagad.start()
        Apart.far = line.far
        with contextlib.closing(Apart(folder, scene.SEED, rate=4.0, clients=CLIENTS, watchers={"layar-1": {"kind": ["emergency"]}}, siagad=siagad)) as stage:
            stage.busy()
            counts, part, cuts = [acked(stage)], SECONDS / 8, 0
            begun = time.monotonic()
            while time.monotonic() - begun < 4 * part:
                with line.broken():
                    stage.run_for(min(5.0, part))
                stage.run_for(min(10.0, 2 * part))
                cuts += 1
            counts.append(acked(stage))
            for bad in (line.lossy, line.slow):
                with bad():
                    stage.run_for(2 * part)
                counts.append(acked(stage))
            gone_after = noticed(stage, line) if SECONDS >= 60 else None
            record = stage.finish()
            assert checker.check(record) == [], f"SIAGA_SEED={scene.SEED}"
            words = f"; {gone_after:.1f} s until a dead peer is noticed" if gone_after else ""
            scene.report("D16", f"line cut {cuts} times, every tenth packet lost, 200 kbit/s: {counts[1] - counts[0]}, {counts[2] - counts[1]} and "
                         f"{counts[3] - counts[2]} receipts meanwhile, {len(record.feed)} entries{words}")
            assert all(later > before for before, later in zip(counts, counts[1:])), counts
            assert gone_after is None or gone_after <= 2 * HEARTBEAT
            siagad.stop()


def noticed(stage, line):
    """Seconds until the watches at the other end are known to be gone."""
    with stage.siagad.client("it-1") as admin, line.broken():
        begun = time.monotonic()
        running.wait_for("siagad to notice", lambda: admin.status()["watches"] == 0, 10 * HEARTBEAT)
        return time.monotonic() - begun
