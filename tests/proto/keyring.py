"""Keys for a siagad under test: its own, and one for each name; people.d is written with them, and may be written again."""
import contextlib
import os
import random
import re
import secrets
import socket

import zmq

import city
import support
from siaga import Connection

INSIDE, OUTSIDE = re.compile(r"\{id: ([a-z0-9-]+)"), re.compile(r'(, public: "[^"]*")')


class Keyring:
    """The keys of one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.server, secret = (k.decode() for k in zmq.curve_keypair())
        self.path = folder / "server.key"
        self.path.write_text(f"name: siagad\nrole: server\npublic: {self.server}\nsecret: {secret}\nsign: {secrets.token_hex(32)}\n")
        self.path.chmod(0o600)
        self.pairs = {}

    def pair(self, name):
        if name not in self.pairs:
            self.pairs[name] = zmq.curve_keypair()
        return self.pairs[name]

    def of(self, name):
        """What a client with this name brings."""
        public, secret = self.pair(name)
        return self.server.encode(), public, secret

    def people(self, text=city.PEOPLE):
        """The rows of people.d, each with its key."""
        def row(line):
            name = INSIDE.search(line)
            return line if not name else line.rstrip().removesuffix("}") + f', public: "{self.pair(name[1])[0].decode()}"}}'
        return "\n".join(row(line) for line in text.split("\n"))

    def write(self, text):
        """Puts it in place at once, as a careful editor does."""
        path = self.folder / "people.d" / "people.yaml"
        fresh = path.with_suffix(".tmp")
        fresh.write_text(text)
        os.replace(fresh, path)


def free_port():
    """One below those that connections take by themselves: between this and siagad's bind another program may connect somewhere."""
    while True:
        port = random.randrange(12000, 32000)
        with contextlib.closing(socket.socket()) as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


class KeyedDaemon(support.Daemon):
    """A siagad that listens with keys, and over ipc besides for those of its own user."""

    def __init__(self, folder, **conf):
        (folder / "people.d").mkdir(parents=True, exist_ok=True)
        self.ring = Keyring(folder)
        self.port = free_port()
        self.tcp = f"tcp://127.0.0.1:{self.port}"
        super().__init__(folder, **conf)

    def listen(self):
        return [self.ipc, self.tcp]

    def prepare(self):
        self.conf.write_text(self.conf.read_text() + f"server_key: {self.ring.path}\n")
        self.ring.write(self.ring.people())

    def keyed(self, name, endpoint=None, claim=None, timeout=support.PATIENCE):
        client = Connection(endpoint or self.tcp, claim, timeout, self.ring.of(name))
        self.clients.append(client)
        return client


def heard(monitor, wanted, timeout_ms=5000):
    """The first event of a monitor among those wanted; None: none came."""
    from zmq.utils.monitor import recv_monitor_message
    while monitor.poll(timeout_ms):
        event = recv_monitor_message(monitor)["event"]
        if event in wanted:
            return event
    return None


def knock(endpoint, keys=None, mechanism=None, timeout_ms=3000):
    """What becomes of a handshake: True it was taken, False it was not."""
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.setsockopt(zmq.LINGER, 0)
    sock.setsockopt(zmq.RECONNECT_IVL, -1)
    if keys:
        sock.curve_serverkey, sock.curve_publickey, sock.curve_secretkey = keys
    if mechanism == "PLAIN":
        sock.plain_username, sock.plain_password = b"poc-1", b"poc-1"
    monitor = sock.get_monitor_socket()
    try:
        sock.connect(endpoint)
        event = heard(monitor, {zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
                                zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, zmq.EVENT_DISCONNECTED}, timeout_ms)
        return event == zmq.EVENT_HANDSHAKE_SUCCEEDED
    finally:
        sock.disable_monitor()
        sock.close()
