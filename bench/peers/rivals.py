"""The rivals: one line of RIVALS each; how it is started, made ready, stopped, and what its acknowledgement means.

Each runs in a folder of its own on an address of its own, as a child of ours, and is ended by its process id. Where a server
offers a local socket it is asked over that, as siagad is; else over tcp on 127.0.0.1. What `ack` says was counted with strace
(race.py, acks), not read in a manual.
"""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import run                                                      # noqa: E402

START_S = 90


def found(*patterns):
    """The first program that is there: a name on the path, or a pattern of files."""
    for pattern in patterns:
        if "/" not in pattern:
            if path := shutil.which(pattern):
                return path
        elif paths := sorted(Path("/").glob(pattern.lstrip("/"))):
            return str(paths[-1])
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One running rival, as nice as siagad is in its unit. `address` is what load is given: a port or the path of a socket."""

    def __init__(self, folder):
        self.folder = folder
        self.address = str(free_port())
        self.helpers = []
        self.prepare()
        self.start()

    def prepare(self):
        """What is needed once, before the first start."""

    def spawn(self, *command, **more):
        return subprocess.Popen([str(c) for c in [*run.NICE, *command]], stdout=open(self.folder / "log", "ab"), stderr=subprocess.STDOUT,
                                cwd=self.folder, **more)

    def start(self):
        self.process = self.spawn(*self.command())
        self.wait()

    def wait(self):
        """Until it answers its first question."""
        until = time.monotonic() + START_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{type(self).__name__} did not start: {(self.folder / 'log').read_text(errors='replace')[-600:]}")
            time.sleep(0.005)

    def answers(self):
        """Whether a connection is taken; what has to load first says so itself."""
        local = self.address.startswith("/")
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as s:
            try:
                s.connect(self.address if local else ("127.0.0.1", int(self.address)))
                s.settimeout(1)
                return self.greets(s)
            except OSError:
                return False

    def greets(self, connection):
        return True

    def filled(self):
        """What it wants to do when it holds all that will be asked for."""

    def pids(self):
        """The server's processes, for memory and bytes written."""
        return family(self.process.pid)

    def kill(self):
        pids = self.pids()
        for pid in reversed(pids):                              # from above: nobody is left who mourns or starts anew
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            time.sleep(0.005)
        self.end_helpers()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self.end_helpers()

    def end_helpers(self):
        for helper in self.helpers:
            helper.terminate()
            helper.wait()
        self.helpers = []


def family(pid):
    """A process and all below it, the youngest first."""
    children = subprocess.run(["pgrep", "-P", str(pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    return [p for child in children for p in family(int(child))] + [pid]


class Siaga(run.Daemon):
    def __init__(self, folder):
        super().__init__(folder)
        self.address = str(folder / "sock")

    def pids(self):
        return [self.process.pid]

    def filled(self):
        """Nothing is left to do."""


class Redis(Server):
    def prepare(self):
        self.address = str(self.folder / "sock")

    def command(self):
        return [found("redis-server"), "--port", 0, "--unixsocket", self.address, "--dir", self.folder, "--appendonly", "yes",
                "--appendfsync", "always", "--save", "", "--maxclients", 5000, "--client-output-buffer-limit", "pubsub 0 0 0"]

    def greets(self, connection):
        connection.send(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")         # -LOADING until its log is read


class Nats(Server):
    def prepare(self):
        (self.folder / "conf").write_text(f'listen: "127.0.0.1:{self.address}"\nmax_pending: 256MB\n'
                                          f'jetstream {{ store_dir: "{self.folder}/js", max_mem: 1G, max_file: 40G }}\n')

    def command(self):
        return [found("nats-server"), "-c", self.folder / "conf"]


class Postgres(Server):
    """As shipped, with fsync and synchronous_commit on, and room for memory and log as its manual advises for such a load."""

    TABLE = """CREATE TABLE IF NOT EXISTS ev(seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE, ts bigint NOT NULL,
        skpd smallint NOT NULL, kecamatan smallint NOT NULL, severity smallint NOT NULL, body bytea NOT NULL);
        CREATE INDEX IF NOT EXISTS ev_ts ON ev(ts); CREATE INDEX IF NOT EXISTS ev_skpd ON ev(skpd, ts);
        CREATE INDEX IF NOT EXISTS ev_kecamatan ON ev(kecamatan, ts); CREATE INDEX IF NOT EXISTS ev_severity ON ev(severity, ts);"""

    @staticmethod
    def tool(name):
        return found(f"/usr/lib/postgresql/*/bin/{name}", name)

    @property
    def as_whom(self):
        return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def prepare(self):
        self.port = self.address
        self.address = str(self.folder / f".s.PGSQL.{self.port}")
        if self.as_whom:
            shutil.chown(self.folder, "postgres")
        subprocess.run([*self.as_whom, self.tool("initdb"), "-D", self.folder / "pg", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        with open(self.folder / "pg/postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = ''\nport = {self.port}\nunix_socket_directories = '{self.folder}'\nsynchronous_commit = on\n"
                       "max_connections = 200\nshared_buffers = 512MB\nmax_wal_size = 8GB\n")

    def command(self):
        return [*self.as_whom, self.tool("postgres"), "-D", self.folder / "pg"]

    def wait(self):
        super().wait()
        self.sql(self.TABLE)

    def answers(self):
        return self.try_sql("SELECT 1")

    def try_sql(self, text):
        return subprocess.run([self.tool("psql"), "-h", self.folder, "-p", self.port, "-U", "postgres", "-qc", text],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def sql(self, text):
        if not self.try_sql(text):
            raise SystemExit(f"postgresql refuses: {text}")

    def filled(self):
        self.sql("VACUUM ANALYZE ev")

    def stop(self):
        os.kill(int((self.folder / "pg/postmaster.pid").read_text().split()[0]), signal.SIGINT)     # fast: sessions are cut
        self.process.wait(60)


class Rabbit(Server):
    def prepare(self):
        (self.folder / "rabbit.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.address}\nvm_memory_high_watermark.relative = 0.6\n"
                                                 "disk_free_limit.absolute = 100MB\n")

    def start(self):
        names, talk = free_port(), free_port()
        nodes = {**os.environ, "HOME": str(self.folder), "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(names)}
        self.helpers = [self.spawn(found("epmd"), "-address", "127.0.0.1", "-port", names, env=nodes)]
        self.process = self.spawn(found("/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"), env={
            **nodes, "RABBITMQ_NODENAME": "race@localhost", "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbit.conf"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "m"), "RABBITMQ_LOG_BASE": str(self.folder), "RABBITMQ_DIST_PORT": str(talk),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"})
        self.wait()


class Mosquitto(Server):
    def prepare(self):
        (self.folder / "conf").write_text(
            f"listener {self.address} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\npersistence_location {self.folder}/\n"
            "max_queued_messages 0\nmax_inflight_messages 0\nlog_type error\n")

    def command(self):
        return [found("mosquitto"), "-c", self.folder / "conf"]


class Beanstalkd(Server):
    def prepare(self):
        (self.folder / "wal").mkdir()

    def command(self):
        return [found("beanstalkd"), "-l", "127.0.0.1", "-p", self.address, "-b", self.folder / "wal", "-f", 0]


@dataclass
class Rival:
    wire: str               # its file here, bench/peers/WIRE.c
    server: type
    package: str            # of Debian 12
    version: list           # the command that tells it
    programs: list          # all of them must be there; a name, or a pattern of files
    ack: str                # what its acknowledgement of an event means
    batches: dict = field(default_factory=lambda: {"": 1})     # how it is asked to store: suffix of the name -> events of one transaction
    fill_batch: int = 1     # the same where a million are to be there soon
    slow_start: bool = False    # a minute: its recovery is measured once
    most_in_flight: int = 1 << 20   # more would take it minutes to answer

    def installed(self):
        return all(found(p) for p in self.programs)


SIAGA = Rival("siaga", Siaga, "", [run.BUILD / "siagad", "--version"], [], "on the disk: an LMDB commit of all that waited (fdatasync, then the meta page "
              "written through), with a receipt: ticket, owner, due times; a repeat gets the same one")
RIVALS = [
    Rival("redis", Redis, "redis-server", ["redis-server", "--version"], ["redis-server"],
          "on the disk (appendfsync always): one fdatasync for all that came in one turn of its loop; one stream, no index, nothing looked up; "
          "the same sent twice is stored twice"),
    Rival("postgresql", Postgres, "postgresql", ["postgres", "--version"], ["/usr/lib/postgresql/*/bin/initdb"],
          "on the disk (fsync, synchronous_commit on), commits of several sessions in one flush; a table with six indexes", {"": 1, " x64": 64}, 256),
    Rival("nats", Nats, "nats-server", ["nats-server", "--version"], ["nats-server"],
          "written, not on the disk: JetStream of Debian 12 (2.9) never syncs before it acknowledges and cannot be told to"),
    Rival("rabbitmq", Rabbit, "rabbitmq-server", ["dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"],
          ["epmd", "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"],
          "on the disk: a quorum queue of one node syncs its log before the confirm, many at a time; no index, and a message is gone once it was taken", slow_start=True),
    Rival("mosquitto", Mosquitto, "mosquitto", ["dpkg-query", "-W", "-f", "${Version}", "mosquitto"], ["mosquitto"],
          "in memory (QoS 1 to a session that is away): the store is written by a timer, half an hour apart as shipped"),
    Rival("beanstalkd", Beanstalkd, "beanstalkd", ["beanstalkd", "-v"], ["beanstalkd"],
          "on the disk (-f 0): one fsync for each job, also with many in flight", most_in_flight=512),
]
