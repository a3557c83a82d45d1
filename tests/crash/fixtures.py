"""What tests of faults share, here and in tests/faults: a folder that is kept when something failed, and the lines of what was measured."""
import pathlib
import shutil
import tempfile

import pytest

import scene


@pytest.fixture
def folder(request):
    """A folder of its own; it is kept when something failed."""
    yield from _folder(request)


@pytest.fixture(scope="module")
def long_folder(request):
    yield from _folder(request)


def _folder(request):
    path = pathlib.Path(tempfile.mkdtemp(prefix="siaga-faults-"))
    before = request.session.testsfailed
    yield path
    if request.session.testsfailed == before:
        shutil.rmtree(path)
    else:
        print(f"kept for a look: {path}")


def pytest_terminal_summary(terminalreporter):
    for line in scene.REPORTS:
        terminalreporter.write_line(f"# report: {line}")
    terminalreporter.write_line(f"SIAGA_SEED={scene.SEED} SIAGA_KILLS={scene.KILLS}")
