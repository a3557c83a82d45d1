"""Fixtures: a real siagad with a small made-up city. It must not die by itself, and must stop cleanly."""
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))     # siaga.py: the client they speak through

import city         # noqa: E402
import support      # noqa: E402


def _daemon(tmp_path_factory, **conf):
    daemon = support.Daemon(tmp_path_factory.mktemp("city"), **conf)
    try:
        yield daemon
    finally:
        daemon.close()
        shutil.rmtree(daemon.folder / "store", ignore_errors=True)      # it is large, and pytest keeps the folders of its last runs


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """One siagad for a file of tests: they use keys of their own and do not restart it."""
    yield from _daemon(tmp_path_factory)


@pytest.fixture
def fresh(tmp_path_factory):
    """A siagad for one test, with an empty store; may be stopped, killed and started again."""
    yield from _daemon(tmp_path_factory)


@pytest.fixture
def open_to_all(tmp_path_factory):
    """A siagad that takes who gives no name for an operator."""
    yield from _daemon(tmp_path_factory, open_role="operator")


@pytest.fixture
def few_a_minute(tmp_path_factory):
    """A siagad that takes ten events a minute from one source."""
    yield from _daemon(tmp_path_factory, limits=city.FEW_A_MINUTE)


@pytest.fixture
def few_waiting(tmp_path_factory):
    """A siagad that lets eight events wait for the disk."""
    yield from _daemon(tmp_path_factory, limits=city.FEW_WAITING)


@pytest.fixture
def tiny(tmp_path_factory):
    """A siagad whose journal is soon full."""
    yield from _daemon(tmp_path_factory, journal_size="8MiB")


@pytest.fixture(scope="module")
def poc(daemon):
    """A desk of the POC."""
    return daemon.client("poc-1")


@pytest.fixture(scope="module")
def field(daemon):
    """An officer in the field."""
    return daemon.client("field-1")


@pytest.fixture(scope="module")
def leader(daemon):
    """A screen of the leadership."""
    return daemon.client("walikota")


def pytest_terminal_summary(terminalreporter):
    for what, count in sorted(support.COUNTED.items()):
        terminalreporter.write_line(f"# report: rights: {count} {what}")
