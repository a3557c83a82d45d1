#!/usr/bin/python3
"""The race: siagad and the rivals that are installed do the same work, in turn, in one sitting.

    make bench-peers [PEERS=redis,nats] [QUICK=1]
    bench/peers/race.py [--peers redis,nats] [--quick] [--works "acks intake stored feed urgent desk"] [--rounds 3] [--out docs]

Each server runs in a folder of its own and is ended by its process id. One program (load) plays the clients of all. Every figure of
a cell is taken right after its neighbour's, the order turns from round to round, and a ratio compares one round alone; what counts is
the median of the ratios. Writes SPEED.md and speed.svg into --out, and prints each shot as it falls.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rivals
from book import Book, write
from rivals import RIVALS, SIAGA, run

LOAD = run.BUILD / "bench/peers/load"
CELLS = [(1, 1), (1, 64), (8, 1), (8, 64), (64, 1), (64, 64)]
WATCHERS = [1, 10, 100, 1000]
PACED = {1: 1000, 10: 1000, 100: 200, 1000: 20}     # watchers -> messages a second
FEED_WINDOW = 512           # messages published and not yet everywhere
HANDLERS = [1, 8, 64]
DESK_ITEMS = 3000           # of one shot, at most


def load(server, job, rival, *more):
    """The figures of one shot; None where the rival does not do this."""
    command = [*run.NICE, LOAD, job, rival.wire, server.address, *map(str, more)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=900)
    if done.returncode == 69:
        return None
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr[:400]}")
    return json.loads(done.stdout)


def turned(things, n):
    """The same in another order each round."""
    n %= len(things)
    return things[n:] + things[:n]


class Sitting:
    """Servers that are up side by side, each in its folder."""

    def __init__(self, where, who):
        self.folder = Path(tempfile.mkdtemp(prefix="race-", dir=where))
        self.folder.chmod(0o755)
        self.servers = {}
        self.who = who

    def __enter__(self):
        try:
            for rival in self.who:
                folder = self.folder / rival.wire
                folder.mkdir()
                self.servers[rival.wire] = rival.server(folder)
        except BaseException:
            self.__exit__()
            raise
        time.sleep(2)       # what they wrote at their start has to reach the disk
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __getitem__(self, rival):
        return self.servers[rival.wire]


class Race:
    def __init__(self, options):
        self.options = options
        self.book = Book()
        self.who = [SIAGA, *(r for r in RIVALS if r.installed() and (not options.peers or r.wire in options.peers))]
        self.fields = {}

    def able(self, *wires):
        return [r for r in self.who if r.wire in ("siaga", *wires)]

    def note(self, cell, unit, better, label, value):
        self.book.add(cell, unit, better, label, value)
        print(f"{cell:<48} {label:<16} {value:>14,.2f} {unit}", flush=True)

    # what an acknowledgement means: syncs of the server while it takes in

    def acks(self):
        if not rivals.found("strace"):
            print("acks: left out, strace is not installed")
            return
        for rival in self.who:
            with Sitting(self.options.where, [rival]) as sitting:
                for clients, window in ((1, 1), (8, 64)):
                    self.note(f"acknowledged a sync, {clients} x {window} (0: no sync)", "events", "", rival.wire,
                              self.acked_a_sync(sitting[rival], rival, clients, window))

    def acked_a_sync(self, server, rival, clients, window):
        told = server.folder / "syncs"
        load(server, "intake", rival, "-t", 0.1)                # what is made at the first event is there
        command = ["strace", "-f", "-e", "trace=fsync,fdatasync,msync", "-o", told, *(x for pid in server.pids() for x in ("-p", str(pid)))]
        watcher = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        f = load(server, "intake", rival, "-c", clients, "-w", window, "-t", 1)
        watcher.terminate()
        watcher.wait()
        syncs = sum("sync(" in line for line in lines(told))
        return f["all"] / syncs if syncs else 0

    # (1) durable acknowledged intake

    def intake(self):
        with Sitting(self.options.where, self.who) as sitting:
            for n in range(self.options.rounds):
                for cell in CELLS:
                    for rival in turned(self.who, n):
                        if cell[0] * cell[1] <= rival.most_in_flight:
                            self.intake_shots(sitting[rival], rival, *cell)

    def intake_shots(self, server, rival, clients, window):
        for suffix, batch in rival.batches.items():
            if window % batch:
                continue
            f = load(server, "intake", rival, "-c", clients, "-w", window, "-b", batch, "-t", self.options.seconds)
            self.note(f"intake {clients} x {window}", "events/s", "more", rival.wire + suffix, f["per_second"])
            self.note(f"intake {clients} x {window}: p99", "ms", "less", rival.wire + suffix, f["p99_ms"])

    # (3) and (4): a store that is full; found again, and there again after kill -9

    def stored(self):
        with Sitting(self.options.where, self.able("redis", "postgresql", "nats", "rabbitmq")) as sitting:
            for rival in sitting.who:
                self.fill(sitting[rival], rival)
            for n in range(self.options.rounds):
                for job, name in (("get", "one by its ticket"), ("latest", "latest 100 of one SKPD"), ("range", "range of 10,000")):
                    for clients in (1, 8):
                        for rival in turned(sitting.who, n):
                            f = load(sitting[rival], job, rival, "-n", self.options.events, "-c", clients, "-t", self.options.seconds,
                                     "-f", sitting.folder / "tickets")
                            if f:
                                self.note(f"{name}, {clients} asking", "answers/s", "more", rival.wire, f["per_second"])
            for n in range(self.options.rounds):
                for rival in turned(sitting.who, n):
                    if rival.slow_start and n > 0:
                        continue
                    self.note("ready after kill -9", "s", "less", rival.wire, self.killed(sitting[rival], rival))

    def fill(self, server, rival):
        n = self.options.events
        before, written = occupied(server.folder), bytes_written(server)
        clients = 1 if rival.wire == "redis" else 8             # its ids must rise
        f = load(server, "fill", rival, "-n", n, "-c", clients, "-w", 512, "-b", rival.fill_batch, "-f", server.folder.parent / "tickets")
        server.filled()
        time.sleep(2)
        self.note(f"fill with {n:,}", "events/s", "more", rival.wire, f["per_second"])
        self.note("bytes given to the disk an event", "bytes", "less", rival.wire, (bytes_written(server) - written) / n)
        self.note("disk an event", "bytes", "less", rival.wire, (held(server, rival) - (0 if rival is SIAGA else before)) / n)
        self.note("memory, all stored", "MiB", "less", rival.wire, memory(server) / 2**20)

    def killed(self, server, rival):
        """Seconds from its start until an event is acknowledged again; it dies while it takes in."""
        command = [*run.NICE, LOAD, "intake", rival.wire, server.address, "-c", "8", "-w", "64", "-t", "20"]
        busy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        server.kill()
        busy.kill()
        busy.wait()
        began = time.monotonic()
        server.start()
        load(server, "intake", rival, "-t", 0.001)
        return time.monotonic() - began

    # (2) the live feed

    def feed(self):
        with Sitting(self.options.where, self.able("redis", "nats", "rabbitmq", "mosquitto")) as sitting:
            for n in range(self.options.rounds):
                for watchers in self.options.watchers:
                    for rival in turned(sitting.who, n):
                        self.feed_shots(sitting[rival], rival, watchers)
        with Sitting(self.options.where, self.able("redis", "nats", "rabbitmq", "mosquitto")) as sitting:
            for rival in sitting.who:
                self.idle(sitting[rival], rival)
        self.note("idle connection with CURVE", "KiB", "less", "siaga", run.in_folder(self.options.where, idle_with_keys, None))

    def feed_shots(self, server, rival, watchers):
        seconds = self.options.seconds * (2 if watchers >= 100 else 1)
        f = load(server, "feed", rival, "-c", watchers, "-w", FEED_WINDOW, "-t", seconds)
        self.note(f"feed to {watchers:,}", "deliveries/s", "more", rival.wire, f["per_second"])
        rate = PACED[watchers]
        f = load(server, "feed", rival, "-c", watchers, "-w", 1024, "-r", rate, "-t", seconds)
        self.note(f"feed to {watchers:,} at {rate:,}/s: p99", "ms", "less", rival.wire, f["p99_ms"])
        if f["lost"]:
            self.note(f"feed to {watchers:,} at {rate:,}/s: not delivered", "", "less", rival.wire, f["lost"])

    def idle(self, server, rival):
        """What a watcher that only sits there costs the server."""
        before, n = memory(server), max(self.options.watchers)
        load_command = [LOAD, "feed", rival.wire, server.address, "-c", str(n), "-t", "0"]
        sitting = subprocess.Popen(load_command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        sitting.stdout.readline()
        self.note("idle watcher", "KiB", "less", rival.wire, (memory(server) - before) / (n + 1) / 1024)
        sitting.communicate()

    # (5) emergencies under a flood of reports: siagad against itself

    def urgent(self):
        for _ in range(self.options.rounds):
            report = run.Report()
            run.in_folder(self.options.where, run.flood, report, 2 if self.options.quick else 5)
            for name, (_, values) in report.rows.items():
                if name.startswith("emergency"):
                    self.note(name, "" if "flood : idle" in name else "ms", "less", "siaga", values[0])
            report = run.Report()
            run.in_folder(self.options.where, run.with_keys, report, 5)
            for name, (_, values) in report.rows.items():
                if "with keys : without" in name:
                    self.note(name, "", "more", "siaga", values[0])

    # (6) a desk

    def desk(self):
        with Sitting(self.options.where, self.able("redis", "rabbitmq", "beanstalkd")) as sitting:
            shots = len(HANDLERS) * self.options.rounds
            for rival in sitting.who:
                load(sitting[rival], "fill", rival, "-n", DESK_ITEMS * shots * (8 if rival is SIAGA else 1),
                     "-c", 1 if rival.wire == "redis" else 8, "-w", 512)
            for n in range(self.options.rounds):
                for handlers in HANDLERS:
                    for rival in turned(sitting.who, n):
                        f = load(sitting[rival], "work", rival, "-c", handlers, "-n", DESK_ITEMS, "-t", self.options.seconds * 2)
                        self.note(f"desk, {handlers} at work", "items/s", "more", rival.wire, f["per_second"])


def occupied(folder):
    """Bytes on the disk below a folder."""
    return sum(p.lstat().st_blocks * 512 for p in folder.rglob("*") if p.is_file())


def held(server, rival):
    """Bytes of what is stored. siagad sets its maps aside at once and says how much of them it uses."""
    if rival is not SIAGA:
        return occupied(server.folder)
    status = server.status()
    return sum(status[part]["used_bytes"] for part in ("journal", "views", "persons"))


def lines(path):
    try:
        return Path(path).read_text().splitlines()
    except OSError:         # it has ended meanwhile
        return []


def bytes_written(server):
    return sum(int(line.split()[1]) for pid in server.pids() for line in lines(f"/proc/{pid}/io") if line.startswith("write_bytes:"))


def memory_of(pid):
    return sum(int(line.split()[1]) * 1024 for line in lines(f"/proc/{pid}/smaps_rollup") if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def memory(server):
    """Bytes of its processes, what they share counted once; without the page cache of its files."""
    return sum(map(memory_of, server.pids()))


IDLE_KEYED = 500            # handshakes of one key are counted, so many a minute are free


def idle_with_keys(_, folder):
    """KiB a connection over tcp with keys costs siagad."""
    sys.path.append(str(run.TREE / "python"))
    import zmq
    from siaga import HELLO, frame
    daemon = run.Daemon(folder, keyed=True)
    try:
        context = zmq.Context()
        context.set(zmq.MAX_SOCKETS, IDLE_KEYED + 10)
        key = dict(line.split(": ", 1) for line in (folder / "poc-1.key").read_text().splitlines() if not line.startswith("#"))
        keys = [key[part].encode() for part in ("server", "public", "secret")]
        before, sockets = memory_of(daemon.process.pid), []
        for _ in range(IDLE_KEYED):
            s = context.socket(zmq.DEALER)
            s.linger = 0
            s.curve_serverkey, s.curve_publickey, s.curve_secretkey = keys
            s.connect(daemon.tcp)
            s.send(frame(HELLO, {"client": "idle"}))
            sockets.append(s)
        for s in sockets:
            if not s.poll(10000):
                raise SystemExit("a connection with keys was not answered")
            s.recv()
        grown = memory_of(daemon.process.pid) - before
        for s in sockets:
            s.close()
        return grown / IDLE_KEYED / 1024
    finally:
        daemon.stop()


def tool_version(rival):
    done = subprocess.run(rival.version, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return (done.stdout.split("\n") or [""])[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", default=os.environ.get("PEERS", ""), help="some of " + ",".join(r.wire for r in RIVALS))
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")))
    parser.add_argument("--works", default="acks intake stored feed urgent desk")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--events", type=int, help="how many are stored for the questions")
    parser.add_argument("--where", type=Path, default=run.BUILD, help="a folder on the disk to be measured")
    parser.add_argument("--out", type=Path, default=run.BUILD, help="folder for SPEED.md and speed.svg")
    options = parser.parse_args()
    options.peers = [p for p in options.peers.split(",") if p]
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (0.5 if options.quick else 1)
    options.events = options.events or (50_000 if options.quick else 1_000_000)
    options.watchers = [w for w in WATCHERS if w < 1000 or not options.quick]
    options.load_before = os.getloadavg()[0]
    run.Daemon.GIB = 3 if options.events > 300_000 else 1
    race = Race(options)
    for rival in RIVALS:
        if rival not in race.who and (not options.peers or rival.wire in options.peers):
            print(f"not in the race: {rival.wire}, which is not installed; to have it: apt-get install {rival.package}")
    began = time.monotonic()
    try:
        for work in options.works.split():
            getattr(race, work)()
    finally:                # what was measured until then is not lost
        write(race.book, options, [(r, tool_version(r)) for r in race.who], [r for r in RIVALS if r not in race.who], time.monotonic() - began)


if __name__ == "__main__":
    main()
