"""Messages of clients that may come in and say nonsense (D20): each mutant of each seed gets one answer, by name, or is one
that gets none (CREDIT, UNWATCH); siagad goes on, grows by no more than a bound, and its sums agree.

SIAGA_MUTANTS says how many (20,000; `make soak` takes a million), SIAGA_SEED which."""
import collections
import copy
import os
import pathlib
import random
import re

import pytest

import city
import siaga
from keyring import KeyedDaemon
from mutants import AT_ONCE, NO_ANSWER, ROLES, Mutator, may, seeds, turn
from siaga import Refused
from support import emergency, quiet, stored, submit, sums, verbs

MUTANTS = int(os.environ.get("SIAGA_MUTANTS", "20000"))
GROWS = 96 << 10            # KiB at most; what the sanitizer keeps aside is bounded below
HANG_S = 0.1                # of the reactor, for one message
def check_seeds(clients, good):
    """Each is understood: from whom may ask it, it is carried out, or refused for the case it met."""
    for verb, body in good:
        if verb not in NO_ANSWER:
            client = next(client for role, client in clients.items() if may(role, verb))
            try:
                client.request(verb, copy.deepcopy(body))
            except Refused as no:
                own_machine = verb == siaga.BACKUP and no.code == "E_ROLE"      # it leaves by no other socket
                assert own_machine or no.code in ("E_STATE", "E_STALE", "E_REF", "E_NOT_FOUND", "E_LEASE"), (verb, body, no.body)


@pytest.fixture
def daemon(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8")
    daemon = KeyedDaemon(tmp_path_factory.mktemp("mutants"), limits=city.HASTY)
    try:
        yield daemon
    finally:
        daemon.close()


def own_kib(daemon):
    """Memory of its own; pages of the store that it looks at are the kernel's."""
    return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()).group(1))


def busy_s(daemon):
    """How long its reactor has worked, whatever else this machine does."""
    pid = daemon.process.pid
    stat = pathlib.Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def slow_ones(daemon, client, messages):
    """Those that hold the reactor for longer than HANG_S, each played alone."""
    found = []
    for message in messages:
        began = busy_s(daemon)
        turn(client, [message], collections.Counter())
        if busy_s(daemon) - began > HANG_S:
            found.append(message.hex())
    return found


def test_mutants(daemon):
    dice = random.Random(os.environ.get("SIAGA_SEED", "112"))
    clients = {role: daemon.keyed(name) for role, name in ROLES.items()}
    case = stored(submit(clients["operator"], emergency(person={"name": "Budi"})))["seq"]
    good = seeds(case)
    assert len(good) >= 32 and {verb for verb, _ in good} == {number for number, _ in verbs().values()}
    check_seeds(clients, good)
    mutator, tally, slowest, before, grown = Mutator(dice, good), collections.Counter(), 0, quiet(daemon.client("it-1")), None
    for n in range(max(4, MUTANTS // AT_ONCE)):
        role, began = list(clients)[n % len(clients)], busy_s(daemon)
        messages = [mutator.message(number, role) for number in range(1, AT_ONCE + 1)]
        turn(clients[role], messages, tally)
        took = busy_s(daemon) - began
        slowest = max(slowest, took)
        assert took < HANG_S or not slow_ones(daemon, clients[role], messages)
        if n == MUTANTS // AT_ONCE // 4:
            grown = own_kib(daemon)
    print(f"{MUTANTS} mutants of {len(good)} seeds: {dict(tally)}; {AT_ONCE} kept the reactor {slowest:.2f} s at most; grew by {own_kib(daemon) - grown} KiB")
    assert own_kib(daemon) - grown < GROWS
    assert tally["done"] > 0 and tally["E_PARSE"] > 0 and tally["E_FIELD"] > 0
    sums(before, quiet(daemon.client("it-1")))
    for client in clients.values():
        client.hello()
    assert daemon.process.poll() is None
