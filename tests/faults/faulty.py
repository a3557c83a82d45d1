"""A siagad whose disk fails, is full, forgets or remembers: by shim.c in front of its calls, or by a file system of its own.

SIAGA_FAULTS (1) says how much: 1 is what every check does, 20 and more what a night does. SIAGA_SEED repeats a run's choices.
"""
import contextlib
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess

import pytest

import running
from running import BUILD, wait_for

CONTROLS = pathlib.Path(os.environ.get("SIAGA_CONTROLS") or BUILD / "controls")
HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = BUILD / "tests" / "faults"
MUCH = float(os.environ.get("SIAGA_FAULTS", 1))
SEED = int(os.environ.get("SIAGA_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 32)
HEAD = struct.Struct("<cBHIQ")          # record.h


class Faulty(running.Siagad):
    """fault(CALL=..., FROM=...) says what the next start meets; nothing() takes it away. Counted is from the moment arm() is called."""

    def __init__(self, folder, mib=16, sizes=(), broken=""):
        super().__init__(folder, mib)
        self.when, self.hit = folder / "now", folder / "hit"
        text = self.conf.read_text()
        for name, size in dict(sizes).items():
            text = re.sub(rf"{name}_size: \w+", f"{name}_size: {size}", text)
        self.conf.write_text(text)
        if broken:
            self.program = CONTROLS / "siagad"
            self.environment["SIAGA_BREAK"] = broken

    def fault(self, armed=False, **what):
        self.nothing()
        for path in (self.when, self.hit):
            path.unlink(missing_ok=True)
        if armed:
            self.arm()
        self.environment |= {"LD_PRELOAD": str(PROGRAMS / "shim.so"), "FAULT_WHEN": str(self.when), "FAULT_HIT": str(self.hit),
                             **{f"FAULT_{name}": str(value) for name, value in what.items()}}

    def nothing(self):
        self.environment = {name: value for name, value in self.environment.items() if name == "SIAGA_BREAK"}

    def arm(self):
        self.when.touch()


class Record:
    """What shim.c writes down, and the acknowledgements between."""

    def __init__(self, siagad, **more):
        self.path = siagad.folder / "record"
        siagad.environment |= {"LD_PRELOAD": str(PROGRAMS / "shim.so"), "FAULT_RECORD": str(self.path),
                               **{f"FAULT_{name}": str(value) for name, value in more.items()}}

    def note(self, what, number):
        with open(self.path, "ab", buffering=0) as out:
            out.write(HEAD.pack(what, 0, 0, 0, number))

    def acked(self, number):
        self.note(b"A", number)

    def erased(self, number):
        self.note(b"E", number)


def in_memory():
    """A folder without a disk under it, if there is one: what is only looked at needs none."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(*command, patience=60):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=patience, text=True, errors="replace")
    return done.returncode, done.stdout


class Disk:
    """A file system in a file."""

    def __init__(self, folder, kind, mib):
        self.image, self.mount = folder / f"{kind}.img", folder / "disk"
        self.mount.mkdir(exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(mib << 20)
        code, said = run(f"mkfs.{kind}", "-q", self.image)
        assert code == 0, said

    def up(self):
        return run("mount", "-o", "loop", self.image, self.mount)

    def down(self):
        code, said = run("umount", self.mount)
        if code != 0:                   # somebody was killed over it a moment ago
            wait_for("the disk to be free", lambda: run("umount", self.mount)[0] == 0 or not os.path.ismount(self.mount))

    def cut(self):
        """As when the power fails."""
        code, said = run(PROGRAMS / "stop_fs", self.mount)
        assert code == 0, said

    def fill(self, leave=0):
        """A file that takes all room but some; deleting it gives the room back."""
        ballast = self.mount / "ballast"
        room = os.statvfs(self.mount)
        with contextlib.suppress(OSError), open(ballast, "ab", buffering=0) as out:
            os.posix_fallocate(out.fileno(), 0, max(room.f_bavail * room.f_frsize - leave, 1))
            while leave == 0:
                out.seek(0, os.SEEK_END)
                out.write(b"x" * 4096)
        return ballast


@contextlib.contextmanager
def loop(folder, kind, mib):
    if os.geteuid() != 0 or not shutil.which(f"mkfs.{kind}"):
        pytest.skip(f"NOT TESTED: {kind} on a loop device needs root and mkfs.{kind}")
    disk = Disk(folder, kind, mib)
    code, said = disk.up()
    if code != 0:
        pytest.skip(f"NOT TESTED: no loop devices here: {said.strip()}")
    try:
        yield disk
    finally:
        disk.down()
