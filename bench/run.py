#!/usr/bin/python3
"""How fast, against what the disk, LMDB and ZeroMQ allow: siagad and bare loops on the same disk, in turn, in one run.

    make bench-programs && bench/run.py [--rounds 3] [--seconds 3] [--million] [--dir FOLDER] [--out FILE]

Prints one line a figure: what was wanted, what came out in each round, the median. A ratio compares only what was
measured in the same round; the absolute numbers are this machine's. FOLDER (default: build/) must lie on the disk to be
measured. SIAGA_BUILD names another built tree.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("SIAGA_BUILD", TREE / "build"))

NICE = ["nice", "-n", "-10"] if os.geteuid() == 0 else []  # as its systemd unit runs it; only root may


KEYS_SLICES = 5             # with and without keys in turns
SOURCES = 64                # names of bench/peers/load; each may hold so many feeds
NAMES = "".join(f"  - {{id: race-{n + 1}, role: operator, skpd: poc-112, quota: {{watches: 64}}}}\n" for n in range(SOURCES))
STORED = 50_000             # for the questions
LIFTED = "limits:\n  per_minute: 100000000\n  messages: 1000000\n  in_flight: 1GiB\n  waiting: 65536"


class Daemon:
    """A siagad of its own on a fresh store; rates are lifted, they are not what is measured. Over a local socket, where a
    program is believed its name, or over tcp with keys."""

    GIB = 1                 # of journal and views each: a million events or so; set aside at once

    def __init__(self, folder, keyed=False):
        self.folder = folder
        self.server = f"ipc://{folder}/sock"
        self.known = ["--source", "poc-1"]
        shutil.copytree(TREE / "etc/bekasi", folder / "city")
        year = time.strftime("%Y")
        if not (folder / f"city/calendar.d/{year}.yaml").exists():
            (folder / f"city/calendar.d/{year}.yaml").write_text(f"year: {year}\ndecree: none yet\nholidays: []\n")
        (folder / "city/people.d/race.yaml").write_text("people:\n" + NAMES)
        conf = folder / "city/siagad.yaml"
        lifted = ("per_minute:", "messages:", "in_flight:", "waiting:", "erasures:", "listen:", "ipc:", "journal_size:", "views_size:", "persons_size:")
        lines = [l for l in conf.read_text().splitlines() if not l.lstrip().startswith(lifted)]
        listen = [self.server, *([self.keys()] if keyed else [])]
        conf.write_text("\n".join(lines).replace("limits:", LIFTED, 1) + f"\nipc: claimed\nlisten: [{', '.join(listen)}]\n"
                        f"journal_size: {self.GIB}GiB\nviews_size: {self.GIB}GiB\npersons_size: 64MiB\n" +
                        (f"server_key: {folder}/server.key\n" if keyed else ""))
        self.start()

    def keys(self):
        """Makes the server's and poc-1's, and says where siagad is to be reached with them."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.tcp = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.known = ["--cert", self.folder / "poc-1.key"]
        for what in (["new", "siagad", "--role", "server"], ["new", "poc-1", "--role", "operator", "--skpd", "poc-112", "--server-key", "server.pub"],
                     ["enrol", "poc-1.pub.yaml", "--people", "city/people.d"]):
            subprocess.run([BUILD.resolve() / "siaga", "cert", *what], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.tcp

    def start(self, program=BUILD / "siagad"):
        command = [*NICE, program, "-c", self.folder / "city/siagad.yaml", "--store", self.folder / "store"]
        began = time.monotonic()
        self.process = subprocess.Popen(command, stderr=open(self.folder / "log", "a"))
        while not self.status():
            if self.process.poll() is not None or time.monotonic() - began > 30:
                raise SystemExit(f"siagad did not start ({self.process.poll()}): {(self.folder / 'log').read_text()[-500:]}")
            time.sleep(0.005)
        return time.monotonic() - began

    def command(self, *arguments):
        where = self.tcp if "--cert" in self.known else self.server
        return [BUILD / "siaga", "--server", where, *self.known, *arguments, "-o", "json"]

    @staticmethod
    def told(command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def tool(self, *arguments, before=()):
        return self.told([*before, *self.command(*arguments)])

    def status(self):
        """The figures, which are for the administrator."""
        return self.told([BUILD / "siaga", "--server", self.server, "--source", "it-1", "status", "--timeout", "0.5", "-o", "json"])

    def bench(self, *arguments, before=()):
        figures = self.tool("bench", *map(str, arguments), before=before)
        if figures is None:
            raise SystemExit("siaga bench failed: " + " ".join(map(str, arguments)))
        return figures

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def bare_loop(folder, batch, seconds, *views):
    """The rows of the store in `folder`, written again with nothing around it."""
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    command = [BUILD / "bench/limits", folder / "store", scratch, str(batch), str(seconds), *views]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


class Report:
    def __init__(self):
        self.rows = {}

    def add(self, name, wanted, value):
        self.rows.setdefault(name, (wanted, []))[1].append(value)

    def show(self):
        for name, (wanted, values) in self.rows.items():
            each = " ".join(f"{v:.2f}" for v in values)
            print(f"{name:<62} {statistics.median(values):>10.2f}  {wanted:<14} [{each}]")

    def markdown(self, title, out=sys.stdout):
        """A section of docs/RETRIEVAL.md or LIMITS.md: when, on what and by which command, then a row a figure."""
        command = " ".join(["bench/" + Path(sys.argv[0]).name, *(Path(a).name if a.startswith("/") else a for a in sys.argv[1:])])
        print(f"\n## {title}\n\n{time.strftime('%Y-%m-%d')}, {machine()}: `{command}`\n", file=out)
        print("| figure | median | wanted | each |\n|---|---:|---|---|", file=out)
        for name, (wanted, values) in self.rows.items():
            print(f"| {name} | {number(statistics.median(values))} | {wanted} | {' '.join(map(number, values)) if len(values) > 1 else ''} |", file=out)


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def machine():
    model = next((l.split(":")[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name")), "?")
    return f"{os.cpu_count()} processors ({model}), load {os.getloadavg()[0]:.0f} when it ended"


def throughput(report, folder, seconds, batch):
    daemon = Daemon(folder)
    figures = daemon.bench("--clients", 64, "--window", 64, "--batch", batch, "--seconds", seconds)
    counters = daemon.status()["counters"]
    group = max(1, round(counters["stored"] / counters["groups"]))
    daemon.stop()
    rows = bare_loop(folder, group, seconds)
    both = bare_loop(folder, group, seconds, "views")
    name = f"64 x 64, {batch} a message"
    report.add(f"{name}: events/s", "", figures["per_second"])
    report.add(f"{name}: entries a commit", "", group)
    report.add(f"{name}: bare loop, all rows (journal and views): rows/s", "", both["rows_s"])
    report.add(f"{name}: bare loop, the journal's rows alone: rows/s", "", rows["rows_s"])
    report.add(f"{name} : bare loop, all rows", ">= 0.5", figures["per_second"] / both["rows_s"])
    report.add(f"{name} : bare loop, journal alone", ">= 0.5", figures["per_second"] / rows["rows_s"])


def one_by_one(report, folder, seconds):
    daemon = Daemon(folder)
    ack = daemon.bench("--clients", 1, "--window", 1, "--seconds", seconds)["ack"]["report"]
    daemon.stop()
    commit = bare_loop(folder, 1, seconds)
    report.add("1 x 1: ack p50 ms", "", ack["p50_ms"])
    report.add("1 x 1: ack p99 ms", "", ack["p99_ms"])
    report.add("bare commit p50 ms", "", commit["commit_p50_ms"])
    report.add("1 x 1 p50 : bare commit p50", "<= 2", ack["p50_ms"] / commit["commit_p50_ms"])


def flood(report, folder, seconds):
    """An emergency each 20 ms from a client of its own, alone and beside 32 that flood; the probe is measured the same way."""
    daemon = Daemon(folder)
    time.sleep(4)  # what siagad wrote ahead at its start has to reach the disk
    probe = ["--clients", 0, "--probe", "emergency", "--seconds"]
    calm = daemon.bench(*probe, 2 * seconds, before=NICE)["probe"]["ack"]["emergency"]
    command = daemon.command("bench", "--clients", "32", "--window", "16", "--kind", "report", "--seconds", str(2 * seconds + 2))
    load = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(1)
    storm = daemon.bench(*probe, 2 * seconds, before=NICE)["probe"]["ack"]["emergency"]
    rate = json.loads(load.communicate()[0])["per_second"]
    daemon.stop()
    report.add("emergency, idle: p50 ms", "", calm["p50_ms"])
    report.add("emergency, idle: p99 ms", "", calm["p99_ms"])
    report.add("emergency, 32 clients flooding: p50 ms", "", storm["p50_ms"])
    report.add("emergency, 32 clients flooding: p99 ms", "", storm["p99_ms"])
    report.add("reports/s meanwhile", "", rate)
    report.add("emergency p99, flood : idle", "<= 4", storm["p99_ms"] / calm["p99_ms"])


def with_keys(report, folder, seconds):
    """The same load over a local socket without keys and over tcp with them, slice by slice in turns, so that both meet the same disk."""
    daemons = {}
    for how in ("plain", "keys"):
        (folder / how).mkdir()
        daemons[how] = Daemon(folder / how, keyed=how == "keys")
    for load, clients, window, wanted in (("64 x 64", 64, 64, ">= 0.45"), ("1 x 1", 1, 1, ">= 0.9")):
        found = {how: [] for how in daemons}
        for _ in range(KEYS_SLICES):
            for how, daemon in daemons.items():
                figures = daemon.bench("--clients", clients, "--window", window, "--seconds", max(1, seconds // KEYS_SLICES))
                found[how].append(figures["per_second"])
        for how, rates in found.items():
            report.add(f"{load}, {how}: events/s", "", statistics.median(rates))
        report.add(f"{load}: with keys : without", wanted, statistics.median(k / p for k, p in zip(found["keys"], found["plain"])))
    for daemon in daemons.values():
        daemon.stop()


def load(job, address, *more):
    """The figures of one shot of the load that speaks the wire itself, so that no client library is measured."""
    command = [*NICE, BUILD / "bench/peers/load", job, "siaga", address, *map(str, more)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def bare_router(folder, *arguments):
    """The same clients, answered at once by a ROUTER that does nothing else."""
    address = f"{folder}/router"
    router = subprocess.Popen([*NICE, BUILD / "bench/router", f"ipc://{address}", "60"])
    while not os.path.exists(address):
        time.sleep(0.01)
    try:
        return load("intake", address, *arguments)["per_second"]
    finally:
        router.kill()
        router.wait()
        os.unlink(address)


def wires(report, folder, seconds):
    """Taking in and answering against a bare ROUTER, a range against a bare cursor over the same rows."""
    daemon, tickets = Daemon(folder), folder / "tickets"
    for clients, window in ((64, 64), (1, 1)):
        shot = ["-c", clients, "-w", window, "-t", seconds / 2]
        taken, bare = load("intake", folder / "sock", *shot)["per_second"], bare_router(folder, *shot)
        report.add(f"{clients} x {window}: bare ROUTER round trips/s", "", bare)
        report.add(f"{clients} x {window}: events/s : bare ROUTER", "", taken / bare)
    load("fill", folder / "sock", "-c", 8, "-w", 512, "-n", STORED, "-f", tickets)
    asked = ["-n", STORED, "-f", tickets, "-t", seconds / 2]
    found, bare = load("get", folder / "sock", *asked, "-c", 8)["per_second"], bare_router(folder, "-c", 8, "-t", seconds / 2)
    report.add("one by its ticket, 8 asking: answers/s", "", found)
    report.add("one by its ticket, 8 asking : bare ROUTER", "", found / bare)
    scan = [*NICE, BUILD / "bench/scan", daemon.server, "race-1", folder / "store", "1", "10000", "5", "disdamkarmat"]
    rows = json.loads(subprocess.run(scan, stdout=subprocess.PIPE, check=True).stdout)
    daemon.stop()
    report.add("10,000 and more looked through by a feed that wants few: rows/s", "", rows["look"])
    report.add("10,000 and more looked through : bare cursor", "", rows["look_ratio"])
    report.add("range of 10,000: rows/s of a feed", "", rows["feed"])
    report.add("range of 10,000, a feed : bare cursor", "", rows["feed_ratio"])
    report.add("range of 10,000, LIST : bare cursor", "", rows["list_ratio"])


def memory_mib(pid):
    """What the process holds beside the page cache."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0


def million(report, folder):
    Daemon.GIB = 3
    daemon = Daemon(folder)
    daemon.bench("--clients", 64, "--window", 64, "--count", 1000000)
    status = daemon.status()
    used = status["journal"]["used_bytes"] + status["views"]["used_bytes"]
    report.add("1,000,000 events: resident MiB beside the page cache", "< 200", memory_mib(daemon.process.pid))
    report.add("1,000,000 events: KiB of disk an event", "<= 1.6", used / 1024 / status["counters"]["stored"])
    daemon.kill()
    report.add("1,000,000 events: ready after kill -9, s", "<= 2", daemon.start())
    daemon.stop()


def in_folder(where, play, *arguments):
    folder = Path(tempfile.mkdtemp(prefix="bench.", dir=where))
    try:
        return play(*arguments[:1], folder, *arguments[1:])
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="also 1,000,000 events: memory, disk, restart")
    parser.add_argument("--dir", default=BUILD, help="a folder on the disk to be measured")
    parser.add_argument("--out", type=Path, help="a file for the same as a page, such as docs/LIMITS.md")
    options = parser.parse_args()
    report = Report()
    for _ in range(options.rounds):
        for batch in (1, 16):
            in_folder(options.dir, throughput, report, options.seconds, batch)
        for play in (one_by_one, flood, with_keys, wires):
            in_folder(options.dir, play, report, options.seconds)
    if options.million:
        in_folder(options.dir, million, report)
    print(f"{'figure':<62} {'median':>10}  {'wanted':<14} [each round]")
    report.show()
    if options.out:
        with open(options.out, "w", encoding="utf-8") as page:
            print("# siagad alone, beside what the disk, LMDB and ZeroMQ allow\n\nWhat each row means: [bench/README.md](../bench/README.md). Beside others: [SPEED.md](SPEED.md).", file=page)
            report.markdown("The figures", page)


if __name__ == "__main__":
    main()
