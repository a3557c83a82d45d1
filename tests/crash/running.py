"""A real siagad as a process: started, told apart from a hung one, killed without farewell, looked at when it lies still."""
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import time

import city
import events
from siaga import DONE, SUBMIT, Connection

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("SIAGA_BUILD") or HERE.parent.parent / "build")
PATIENCE = 20.0             # seconds; far more than anything takes
AROUND = shlex.split(os.environ.get("SIAGA_AROUND", ""))       # what siagad runs in, such as valgrind
SANITIZER = re.compile(r"Sanitizer|runtime error:")
CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or BUILD / "nowhere")
PEOPLE = "people:\n" + "".join(f"  - {{id: uji-{n}, role: operator, skpd: poc-112}}\n" for n in range(1, 41)) + \
    "".join(f"  - {{id: layar-{n}, role: leader}}\n" for n in range(1, 9))


def wait_for(what, true, patience=PATIENCE):
    """The first value of true() that is not false; it is asked often, and not for ever."""
    deadline = time.monotonic() + patience
    while True:
        value = true()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {patience} s for: {what}"
        time.sleep(0.01)


class Siagad:
    """One city in one folder, and at most one siagad that serves it."""

    def __init__(self, folder, mib=16, program=None, **env):
        """`program` and `env`: another siagad than the one under test, or another world around it."""
        self.folder, self.program, self.env = folder, program or BUILD / "siagad", env
        self.ipc = f"ipc://{folder}/s"
        self.store = folder / "store"
        self.conf = city.write(folder, [self.ipc], limits=city.HASTY)
        self.conf.write_text(re.sub(r"_size: \w+", f"_size: {mib}MiB", self.conf.read_text()))
        (folder / "people.d" / "uji.yaml").write_text(PEOPLE)
        self.log = folder / "log"
        self.log.touch()
        self.process = None
        self.clients = []
        self.environment = {}       # what stands in that of the next siagad besides

    # the process ---------------------------------------------------------------------------------------------------

    def launch(self):
        """Starts it and does not wait. Returns the socket where it will say READY=1."""
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(str(path))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "NOTIFY_SOCKET": str(path), **self.environment, **self.env})
        return notify

    def command(self):
        return [*AROUND, str(self.program), "-c", str(self.conf)]

    def start(self):
        """Starts it. Returns the seconds until it said that it is ready."""
        begun = time.monotonic()
        code = self.try_to_start()
        assert code is None, f"siagad ended at once with {code}: {self.said()}"
        return time.monotonic() - begun

    def try_to_start(self):
        """Starts it where it may have to give up. Returns None when it is ready, else its exit code."""
        deadline = time.monotonic() + PATIENCE
        with self.launch() as notify:
            notify.settimeout(0.02)
            while self.process.poll() is None:
                try:
                    if b"READY=1" in notify.recv(4096):
                        return None
                except TimeoutError:
                    assert time.monotonic() < deadline, f"siagad is not ready: {self.said()}"
        return self.process.returncode

    def wait(self, patience=PATIENCE):
        """The exit code, when it ends by itself in time."""
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"siagad did not end within {patience} s: {self.said()}") from None

    def kill9(self):
        """No farewell. It must have been alive until then."""
        assert self.process.poll() is None, f"siagad died by itself ({self.process.returncode}): {self.said()}"
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.no_report()

    def stop(self, patience=60 if AROUND else 10):
        """Asks it to stop. Returns the seconds that took; the exit code is 0."""
        assert self.process.poll() is None, f"siagad died by itself ({self.process.returncode}): {self.said()}"
        begun = time.monotonic()
        self.process.terminate()
        code = self.wait(patience)
        assert code == 0, f"siagad stopped with {code}: {self.said()}"
        self.no_report()
        return time.monotonic() - begun

    def no_report(self):
        assert not SANITIZER.search(self.said()), self.said()

    def close(self):
        for client in self.clients:
            client.close()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def mark(self):
        """Where its log ends now, for said()."""
        return self.log.stat().st_size

    def said(self, since=0):
        """What it wrote to its log after so many bytes; at most the last lines."""
        return self.log.read_bytes()[since:].decode(errors="replace")[-6000:]

    # around it -----------------------------------------------------------------------------------------------------

    def began_at(self):
        """The last entry there was when it started."""
        return int(re.findall(rb"siagad [^\n]*: (\d+) entries, ", self.log.read_bytes())[-1])

    def memory_kib(self):
        """Its own memory, without the pages of the store that the system keeps for it."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status).group(1))

    def processor_s(self):
        """Seconds of the processor it has had."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def client(self, source="uji-1", timeout=PATIENCE):
        client = Connection(self.ipc, source, timeout)
        self.clients.append(client)
        return client

    def fill(self, count, at_once=250):
        """So many events of one who keeps no ledger, as fast as they go."""
        with self.client("uji-40") as client:
            begun, open_ = 0, 0
            while begun < count or open_:
                while begun < count and open_ < 16:
                    client.send(SUBMIT, {"events": [events.event(n, body="Lubang di tengah jalan.") for n in range(begun, min(begun + at_once, count))]})
                    begun, open_ = min(begun + at_once, count), open_ + 1
                code, _, body = client.receive()
                assert code == DONE and not any("code" in result for result in body["results"]), body
                open_ -= 1

    def run(self, *arguments, patience=60):
        """siagad with other arguments, to its end. Returns (exit code, all it said)."""
        done = subprocess.run([str(BUILD / "siagad"), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=patience, text=True, errors="replace")
        return done.returncode, done.stdout

    def verify(self):
        return self.run("--verify-store", self.store)
