"""Fixtures: a siagad over a disk that misbehaves as it is told."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "crash"), str(HERE.parent / "proto"), str(HERE.parent.parent / "python")]

import faulty                                               # noqa: E402
from fixtures import folder, pytest_terminal_summary        # noqa: E402, F401


@pytest.fixture
def small_disk(folder):                                     # noqa: F811
    """An ext4 of 64 MiB on a loop device, mounted at folder/disk; left out loudly where that cannot be."""
    with faulty.loop(folder, "ext4", 64) as disk:
        yield disk
