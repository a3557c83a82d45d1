"""BACKUP and EXPORT on the wire: who, from where, in parts, and what a client of another make builds of them."""
import hashlib
import struct

import pytest

from keyring import KeyedDaemon
from siaga import BACKUP, EXPORT, Refused
from support import complaint, eventually, refusing, stored, submit

SITI = {"name": "Siti Aminah", "phone": "0812-3456-7890"}
LINE = b"siaga-backup-2\n"
BEGIN, LOG, PERSONS, ERASED, END = range(1, 6)


def parts(client):
    """Every part of a backup, in order."""
    place, found = None, []
    while True:
        answer = client.request(BACKUP, {"place": place} if place else {})
        found.append(answer)
        place = answer.get("place")
        if place is None:
            return found


def blocks(file):
    """(kind, payload) of each block, after its hash was made anew as docs/STORAGE.md says."""
    assert file.startswith(LINE)
    at, before = len(LINE), bytes(32)
    while at < len(file):
        kind, length = struct.unpack_from(">B3xI", file, at)
        end = at + 8 + length
        before = hashlib.blake2b(before + file[at:end], digest_size=32).digest()
        assert file[end:end + 32] == before
        yield kind, file[at + 8:end]
        at = end + 32


def rows(payload):
    at = 0
    while at < len(payload):
        seq, length = struct.unpack_from(">QI", payload, at)
        yield seq, payload[at + 12:at + 12 + length]
        at += 12 + length


def exported(client, start, upto=None):
    """Every line of an export."""
    fields, lines = {"from": start, **({"upto": upto} if upto else {})}, []
    while True:
        answer = client.request(EXPORT, fields)
        lines += answer["lines"]
        if "next" not in answer:
            return lines
        fields = {"from": answer["next"], "upto": answer["upto"], "began": answer["began"]}


@pytest.fixture(scope="module")
def filled(daemon):
    poc = daemon.client("poc-1")
    for n in range(1200):
        poc.send(2, {"events": [complaint(title=f"Jalan rusak {n}")]})
    for _ in range(1200):
        poc.receive()
    stored(submit(poc, complaint(person=SITI)))
    return daemon


@pytest.fixture(scope="module")
def admin(filled):
    return filled.client("it-1")


@pytest.fixture(scope="module")
def auditor(filled):
    return filled.client("auditor-1")


# BACKUP --------------------------------------------------------------------------------------------------------------

def test_a_backup_is_what_the_text_says(admin, filled):
    head = filled.client("poc-1").hello()["head"]
    told = parts(admin)
    found = list(blocks(b"".join(part["bytes"] for part in told)))
    kinds = [kind for kind, _ in found]
    assert kinds == sorted(kinds) and set(kinds) == {BEGIN, LOG, PERSONS, ERASED, END} and kinds.count(LOG) >= 2
    entries = [entry for kind, payload in found if kind == LOG for entry in rows(payload)]
    assert [seq for seq, _ in entries] == list(range(1, head + 1)) and told[-1]["upto"] == told[-1]["entries"] == head
    assert struct.unpack_from(">QQ", found[-1][1]) == (head, 1) and told[-1]["persons"] == 1
    assert found[-1][1][24:] == entries[-1][1][57:89]       # the chain hash of the last row
    assert all(len(part["bytes"]) < 1 << 20 for part in told)


def test_a_part_may_be_asked_for_again(admin):
    """siagad remembers nothing: the same place gives the same part, also after others were asked for."""
    first = admin.request(BACKUP, {})
    second = admin.request(BACKUP, {"place": first["place"]})
    parts(admin)
    assert admin.request(BACKUP, {"place": first["place"]}) == second


@pytest.mark.parametrize("place", ["", "x", "00" * 104, "01" + "00" * 103, "06" + "00" * 103, "02" + "00" * 102, "02" + "00" * 104, "zz" * 104, 5, ["02"], "é" * 104])
def test_a_place_that_is_none(admin, place):
    if place == "":
        assert admin.request(BACKUP, {"place": place})["entries"] == 0    # from the beginning
    else:
        with refusing(("E_FIELD", "E_LIMIT")):
            admin.request(BACKUP, {"place": place})


@pytest.mark.parametrize("where", ["02" + "00" * 7 + "ff" * 8 + "00" * 7 + "01", "03" + "00" * 7 + "ff" * 16, "04" + "00" * 15 + "7f" + "ff" * 7, "05" + "00" * 7 + "ff" * 8])
def test_a_place_that_is_nowhere(admin, where):
    """Made up by an administrator: an answer or a refusal, never more."""
    try:
        answer = admin.request(BACKUP, {"place": where.ljust(208, "0")})
        assert len(answer["bytes"]) < 1 << 20
    except Refused as no:
        assert no.code in ("E_CORRUPT", "E_BUG", "E_FIELD")
    assert admin.hello()["role"] == "admin"


def test_unknown_fields(admin, auditor):
    with refusing("E_FIELD"):
        admin.request(BACKUP, {"file": "/etc/passwd"})
    with refusing("E_FIELD"):
        auditor.request(EXPORT, {"from": 1, "format": "csv"})


def test_over_tcp_nobody(tmp_path):
    """An administrator with his key, too: the file is as secret as the store."""
    keyed = KeyedDaemon(tmp_path)
    try:
        with refusing("E_ROLE"):
            keyed.keyed("it-1").request(BACKUP, {})
        assert keyed.keyed("auditor-1").request(EXPORT, {"from": 1})["lines"][0]["siaga_export"] == 1
        assert keyed.client("it-1").request(BACKUP, {})["bytes"].startswith(LINE)
    finally:
        keyed.close()


# EXPORT --------------------------------------------------------------------------------------------------------------

def test_an_export_is_the_journal(auditor, admin):
    lines = exported(auditor, 1)
    begin, entries, end = lines[0], lines[1:-1], lines[-1]
    assert (begin["siaga_export"], begin["from"], begin["before"]) == (1, 1, "00" * 32)
    assert [line["seq"] for line in entries] == list(range(1, begin["upto"] + 1))
    assert (end["end"], end["entries"]) == (begin["upto"], len(entries))
    assert end["hash"] == entries[-1]["row"][57:89].hex()
    assert all(line["told"]["seq"] == line["seq"] and line["row"][5] in range(1, 14) for line in entries)
    assert not any(b"Siti" in line["row"] or "Siti" in str(line["told"]) or b"81234567890" in line["row"] for line in entries)
    copied = [row for part in parts(admin) for kind, payload in _blocks_of(part) if kind == LOG for _, row in rows(payload)]
    assert copied[:len(entries)] == [line["row"] for line in entries]


def _blocks_of(part):
    data = part["bytes"].removeprefix(LINE)
    kind, length = struct.unpack_from(">B3xI", data)
    return [(kind, data[8:8 + length])]


def test_slices_join(auditor):
    first, second = exported(auditor, 1, 7), exported(auditor, 8, 20)
    assert first[-1]["hash"] == second[0]["before"]
    assert [line["seq"] for line in first[1:-1] + second[1:-1]] == list(range(1, 21))


def test_an_export_without_an_entry(auditor, filled):
    head = eventually(lambda: auditor.request(EXPORT, {"from": 1})["upto"], "a number")
    lines = exported(auditor, head + 1)
    assert len(lines) == 2 and lines[0]["before"] == lines[1]["hash"] and lines[1]["entries"] == 0


@pytest.mark.parametrize("fields", [{}, {"from": 0}, {"from": 10, "upto": 8}, {"from": 1 << 40}, {"from": 1, "upto": 1 << 40}, {"from": 5, "began": 6},
                                    {"from": (1 << 64) - 1}, {"from": (1 << 64) - 1, "upto": (1 << 64) - 1}])
def test_ranges_that_are_none(auditor, fields):
    with refusing("E_RANGE"):
        auditor.request(EXPORT, fields)


@pytest.mark.parametrize("fields", [{"from": -1}, {"from": "1"}, {"from": 1.5}, {"from": 1, "upto": []}])
def test_numbers_that_are_none(auditor, fields):
    with refusing(("E_FIELD", "E_RANGE")):
        auditor.request(EXPORT, fields)
