"""What `siaga watch` makes of answers that a sound siagad rarely gives: here a socket of ours plays siagad."""
import signal
import subprocess
from contextlib import contextmanager

import msgpack
import zmq

from siaga import DONE, HEADER, WATCH, frame
from support import BUILD, PATIENCE

FEED, BEAT, GAP = 0x90, 0x92, 0x93


@contextmanager
def playing(folder):
    """A ROUTER where siagad would be."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.rcvtimeo = int(PATIENCE * 1000)
    socket.linger = 0
    socket.bind(f"ipc://{folder}/s")
    try:
        yield socket
    finally:
        socket.close()


def wanted(socket):
    """The next WATCH: who asks, its request-id, its body. What else is said is passed over."""
    while True:
        who, message = socket.recv_multipart()
        _, _, code, request_id = HEADER.unpack(message[:HEADER.size])
        if code == WATCH:
            return who, request_id, msgpack.unpackb(message[HEADER.size:])


def row(number):
    return {"seq": number, "entry": "event", "at": "2026-11-24T03:00:00Z", "case": number, "ticket": f"R-{number}", "state": "assigned"}


def read_until(stream, text):
    said = ""
    while text not in said:
        line = stream.readline()
        assert line, said
        said += line
    return said


def test_no_snapshot_follows_a_damaged_record(tmp_path):
    """The feed goes on behind it, and so does a watch that comes again: from the number behind, without a list of what is open."""
    command = [str(BUILD / "siaga"), "--server", f"ipc://{tmp_path}/s", "--lang", "en", "watch", "--from", "1", "-o", "jsonl"]
    with playing(tmp_path) as socket:
        watch = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        who, request_id, asked = wanted(socket)
        assert asked["from"] == 1
        for code, body in ((DONE, {"head": 3, "next": 1}),
                           (FEED, {"rows": [row(1), row(2)], "next": 3, "head": 3}),
                           (GAP, {"from": 3, "to": 3, "reason": "damaged", "hint": {"id": "rusak", "en": "damaged"}}),
                           (BEAT, {"next": 4, "head": 3, "now": "2026-11-24T03:00:01Z"})):
            socket.send_multipart([who, frame(code, body, request_id)])
        said = read_until(watch.stderr, "gap: numbers 3 to 3")
    with playing(tmp_path) as socket: # the connection broke
        who, request_id, asked = wanted(socket)
        assert asked["from"] == 4 and "snapshot" not in asked
        socket.send_multipart([who, frame(DONE, {"head": 4, "next": 4}, request_id)])
        socket.send_multipart([who, frame(FEED, {"rows": [row(4)], "next": 5, "head": 4}, request_id)])
        read_until(watch.stdout, '"seq":4')
        watch.send_signal(signal.SIGINT)
        said += watch.communicate(timeout=PATIENCE)[1]
    assert watch.returncode == 130
    assert "continue with --from 5" in said
    assert "the feed goes on behind it" in said and "open" not in said
