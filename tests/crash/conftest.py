"""Fixtures: a siagad that may be killed, stopped and started, and the one long run the invariants are asked of."""
import pathlib
import shutil
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "proto")]      # siaga.py and city.py are the protocol tests' own

import running                                              # noqa: E402
import scene                                                # noqa: E402


@pytest.fixture
def folder(request):
    """A folder of its own; it is kept when something failed."""
    yield from _folder(request)


@pytest.fixture(scope="module")
def long_folder(request):
    yield from _folder(request)


def _folder(request):
    path = pathlib.Path(tempfile.mkdtemp(prefix="siaga-crash-"))
    before = request.session.testsfailed
    yield path
    if request.session.testsfailed == before:
        shutil.rmtree(path)
    else:
        print(f"kept for a look: {path}")


@pytest.fixture
def siagad(folder):
    """A siagad that runs, with an empty store."""
    daemon = running.Siagad(folder)
    daemon.start()
    yield daemon
    daemon.close()


def pytest_terminal_summary(terminalreporter):
    for line in scene.REPORTS:
        terminalreporter.write_line(f"# report: {line}")
    terminalreporter.write_line(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={scene.KILLS}")
