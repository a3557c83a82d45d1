"""A feed that mends itself, over one line: what tests of restarts and kills watch through."""
import time

from siaga import Refused


def follow(line, start=None, patience=5.0, **fields):
    """(kind, body), again and again. After `patience` seconds without a word it asks again from where it was, so that every entry
    comes once and in order over any restart of siagad."""
    while True:
        try:
            watch = line.watch(start=None if fields.get("snapshot") else start, **fields)
            start = watch.next
            while not watch.over:
                kind, body = watch.take(patience)
                start = watch.next
                if kind == "feed" or body.get("left") == 0:
                    fields["snapshot"] = None           # told, not to be told again
                yield kind, body
        except TimeoutError:
            pass
        except Refused as no:
            if no.code not in ("E_BUSY", "E_STOPPING"):
                raise
            time.sleep(no.body.get("wait_s", 1))
