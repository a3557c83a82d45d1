"""Bodies that are no well-formed map, or claim to be larger than they are."""
import struct

import msgpack


def nested(depth):
    """Maps inside maps: {"a": {"a": ... {}}}."""
    return (depth - 1) * b"\x81\xa1a" + b"\x80"


HOSTILE = {
    "empty": b"", "nil": b"\xc0", "array": b"\x90", "text": b"\xa1a", "number": b"\x01", "never used": b"\xc1",
    "cut map": b"\x81", "cut key": b"\x81\xa5ab", "cut value": b"\x81\xa1a", "cut text": b"\x81\xa1a\xd9\xff",
    "bomb array32": b"\xdd\x10\x00\x00\x00", "bomb map32": b"\xdf\x10\x00\x00\x00", "bomb text": b"\xdb\x7f\xff\xff\xff",
    "bomb in a map": b"\x81\xa6events\xdd\x10\x00\x00\x00", "bomb map in a map": b"\x81\xa6events\xdf\xff\xff\xff\xff",
    "bomb bin": b"\x81\xa6events\xc6\xff\xff\xff\xff", "bomb ext": b"\x81\xa6events\xc9\xff\xff\xff\xff\x01",
    "nested bombs": b"\x81\xa1a" + 12 * b"\xdd\x10\x00\x00\x00", "array16": b"\x81\xa1a\xdc\xff\xff",
    "depth 9": nested(9), "depth 1000": nested(1000), "arrays of depth 9": b"\x81\xa1a" + 7 * b"\x91" + b"\x90",
    "key twice": b"\x82\xa1a\x01\xa1a\x02", "key twice within": b"\x81\xa1b\x82\xa1a\x01\xa1a\x02",
    "nan": b"\x81\xa1a\xcb" + struct.pack(">d", float("nan")), "nan32": b"\x81\xa1a\xca" + struct.pack(">f", float("nan")),
    "inf": b"\x81\xa1a\xcb" + struct.pack(">d", float("inf")), "-inf32": b"\x81\xa1a\xca" + struct.pack(">f", float("-inf")),
    "ext": b"\x81\xa1a\xd4\x01\x00", "timestamp": b"\x81\xa1a\xd6\xff\0\0\0\0", "ext8": b"\x81\xa1a\xc7\x01\x05x",
    "bytes behind": b"\x80\x00", "map behind": b"\x80\x80", "nil behind": b"\x80\xc0",
    "number as key": b"\x81\x01\x02", "nil as key": b"\x81\xc0\x02", "array as key": b"\x81\x90\x02",
    "map as key": b"\x81\x80\x02", "key of 65": b"\x81\xd9\x41" + 65 * b"k" + b"\x01", "key of 512": b"\x81\xda\x02\x00" + 512 * b"k" + b"\x01",
    "257 pairs": b"\xde\x01\x01" + b"".join(msgpack.packb(f"k{i}") + b"\x01" for i in range(257)),
}
BOMBS = {                   # and the larger ones
    **HOSTILE, "side by side": b"\x81\xa1a\x9f" + 15 * b"\xdd\x01\x00\x00\x00",
    "nested array16": b"\x81\xa1a" + 30 * b"\xdc\xff\xff", "40 arrays": b"\x81\xa1a" + 40 * b"\x91" + b"\x01", "60,000 arrays": b"\x81\xa1a" + 60000 * b"\x91",
    "20,000 maps": b"\x81\xa1a" + 20000 * b"\x81\xa1a" + b"\x80", "60,000 items": b"\x81\xa1a\xdc\xea\x60" + 59999 * b"\xc0" + b"\xc1",
}
