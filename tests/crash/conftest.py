"""Fixtures: a siagad that may be killed, stopped and started, and the one long run the invariants are asked of."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "proto"), str(HERE.parent.parent / "python")]      # city.py is the protocol tests' own

import running                                              # noqa: E402
from fixtures import folder, long_folder, pytest_terminal_summary       # noqa: E402, F401


@pytest.fixture
def siagad(folder):                                         # noqa: F811
    """A siagad that runs, with an empty store."""
    daemon = running.Siagad(folder)
    daemon.start()
    yield daemon
    daemon.close()
