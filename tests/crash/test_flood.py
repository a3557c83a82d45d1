"""Peers that connect and say nothing, as many as siagad has descriptors and more (D11): who has a key is served all the same, over tcp and on the machine.

SIAGA_SILENT_S (4) says for how many seconds they press in."""
import contextlib
import os
import pathlib
import signal
import socket
import threading
import time

import pytest

import keyed
import load
import running
import scene
from events import event
from siaga import HELLO

SECONDS = float(os.environ.get("SIAGA_SILENT_S", 4))
FILES, PEERS = 64, 200
HANDSHAKE = 2.0             # seconds until siagad ends a connection that says nothing
OTHER_HOST = "127.0.0.66"


class Silent(threading.Thread):
    """Keeps so many connections open, and says nothing on any."""

    def __init__(self, siagad):
        super().__init__()
        self.to, self.over, self.opened = (siagad.host, siagad.port), threading.Event(), 0

    def connect(self):
        peer = socket.socket()
        peer.setblocking(False)
        peer.bind((OTHER_HOST, 0))
        peer.connect_ex(self.to)
        self.opened += 1
        return peer

    def run(self):
        peers = [self.connect() for _ in range(PEERS)]
        while not self.over.wait(0.02):
            for i, peer in enumerate(peers):
                try:
                    if peer.recv(4096) != b"":
                        continue
                except BlockingIOError:
                    continue
                except OSError:
                    pass
                peer.close()
                peers[i] = self.connect()
        for peer in peers:
            peer.close()


@contextlib.contextmanager
def flooded(folder, **more):
    """A siagad with few descriptors, and those who want them all."""
    siagad = keyed.Siagad(folder, around=["prlimit", f"--nofile={FILES}:{FILES}"], **more)
    with contextlib.closing(siagad):
        siagad.start()
        flood = Silent(siagad)
        flood.start()
        try:
            yield siagad, flood
        finally:
            flood.over.set()
            flood.join()


def test_silent_peers(folder):
    with flooded(folder) as (siagad, flood):
        took, begun, used = [], time.monotonic(), siagad.processor_s()
        while time.monotonic() - begun < SECONDS:
            for endpoint, keys in ((siagad.tcp, siagad.keys("uji-1")), (siagad.ipc, None)):
                asked = time.monotonic()
                with load.connect(endpoint, "uji-1", keys, 4 * HANDSHAKE) as client:
                    assert client.submit(event(len(took)))[0]["duplicate"] is False
                took.append(time.monotonic() - asked)
        wall, used = time.monotonic() - begun, siagad.processor_s() - used
        scene.report("D11", f"{flood.opened} silent connections in {wall:.0f} s at {FILES} descriptors: {len(took)} others were acknowledged, "
                     f"after {max(took):.2f} s at worst; {100 * used / wall:.0f} % of a processor")
        assert flood.opened > PEERS and max(took) <= HANDSHAKE + 2 and used / wall <= 0.5
        assert len(list(siagad.client("walikota").cases())) == len(took)
        siagad.stop()


@pytest.mark.skipif(not (running.CONTROLS / "siagad").exists(), reason="the control build is not there; tests/run.sh makes it")
def test_control(folder):
    """Without the descriptors that are kept, whoever knocks on the machine then ends siagad: libzmq gives up."""
    with flooded(folder, program=running.CONTROLS / "siagad", SIAGA_BREAK="spare") as (siagad, flood):
        running.wait_for("all descriptors to be taken", lambda: len(list(pathlib.Path(f"/proc/{siagad.process.pid}/fd").iterdir())) >= FILES)
        with load.connect(siagad.ipc, "uji-1", None) as client:
            client.send(HELLO, {})
            assert siagad.wait() == -signal.SIGABRT and "Too many open files" in siagad.said()
            scene.report("control", "spare: caught, siagad was ended by libzmq")
