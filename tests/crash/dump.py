"""The journal as it lies in the store's folder, read by nothing of siagad's: python3-lmdb and docs/STORAGE.md."""
import datetime
import struct

import lmdb
import msgpack

import support

HEAD = struct.Struct(">IBBHQQIIII6B4B6BB32s")       # STORAGE, "journal: log"; then the names whose lengths it has, then three values
STATES, ENTRIES = support.words("STATE"), support.words("ENTRY")
LETTERS = "-ECR"            # of the kinds
DAY_0 = datetime.date(1970, 1, 1)


def rows(store, start=1):
    """The rows of the log from a number on, as the feed would show them where the two have the same. No siagad may hold the store."""
    with lmdb.open(str(store / "journal"), max_dbs=8, create=False) as env, env.begin() as txn:
        cursor = txn.cursor(env.open_db(b"log", txn, create=False))
        return [row(key, value) for key, value in cursor] if cursor.set_range(start.to_bytes(8, "big")) else []


def pages(store, name):
    """How full an environment is: (pages up to the last one used, pages that hold something now)."""
    with lmdb.open(str(store / name), max_dbs=32, create=False) as env, env.begin() as txn:
        tables = [None, *(env.open_db(table, txn, create=False) for table, _ in list(txn.cursor()))]
        stats = [env.stat() if db is None else txn.stat(db) for db in tables]
        held = sum(stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"] for stat in stats)
        return env.info()["last_pgno"] + 1, held


def row(key, value):
    fields = HEAD.unpack_from(value)
    entry, at, case, version, day, counter, kind, state = (fields[i] for i in (2, 4, 5, 6, 8, 9, 10, 12))
    lengths = fields[20:26]
    values = msgpack.Unpacker()
    values.feed(value[HEAD.size + sum(lengths):])
    _, shown, texts = values
    told = {"seq": int.from_bytes(key, "big"), "entry": ENTRIES[entry - 1], "at": at, "case": case, "version": version,
            "ticket": f"{LETTERS[kind]}-{DAY_0 + datetime.timedelta(day):%y%m%d}-{counter:04d}" if kind else "",
            "owner": value[HEAD.size:HEAD.size + lengths[0]].decode(),
            **shown, **{name: text for name, text in texts.items() if isinstance(text, str)}}
    return {**told, "to": STATES[state - 1]} if told["entry"] == "move" else told
