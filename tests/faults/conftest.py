"""Fixtures: a folder of its own, kept when something failed; a siagad over a disk that misbehaves as it is told."""
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "crash"), str(HERE.parent / "proto")]

import faulty                                               # noqa: E402


@pytest.fixture
def folder(request):
    path = pathlib.Path(tempfile.mkdtemp(prefix="siaga-faults-"))
    before = request.session.testsfailed
    yield path
    if request.session.testsfailed == before:
        shutil.rmtree(path)
    else:
        print(f"kept for a look: {path}")


@pytest.fixture
def small_disk(folder):
    """An ext4 of 64 MiB on a loop device, mounted at folder/disk; left out loudly where that cannot be."""
    with faulty.loop(folder, "ext4", 64) as disk:
        yield disk
