"""A power cut at this moment: siagad ends without farewell, and of what it wrote since its last sync the disk has some pages and some not.

shim.c keeps what stood there before, and forgets it at each sync; a root, which is its own sync, is there once it was written."""
import time

import faulty

PAGE = 4096
MOMENT = 5.0                # seconds


class Power:
    def __init__(self, siagad, chance):
        self.siagad, self.chance, self.folder = siagad, chance, siagad.folder / "before"
        self.folder.mkdir()
        siagad.environment |= {"LD_PRELOAD": str(faulty.PROGRAMS / "shim.so"), "FAULT_BEFORE": str(self.folder)}

    def waiting(self):
        """Whether something is written that no sync has seen."""
        return any(path.stat().st_size > faulty.HEAD.size + len(read(path)[0]) for path in self.folder.iterdir())

    def cut(self, share=None):
        """In the middle of a commit, if one comes along; `share` of what no sync has seen is lost, None: by chance. Returns how many pages were not on the disk yet, and how many of them are lost."""
        until = time.monotonic() + MOMENT
        while not self.waiting() and time.monotonic() < until:
            pass
        self.siagad.kill9()
        pages = lost = 0
        for path in sorted(self.folder.iterdir()):
            disk, before = read(path)
            lose = self.chance.choice((0.0, 0.5, 1.0)) if share is None else share
            with open(disk, "r+b") as out:
                for at, old in before.items():
                    pages += 1
                    if self.chance.random() < lose:
                        lost += 1
                        out.seek(at)
                        out.write(old)
        return pages, lost


def read(path):
    """The file it is about, and what each page of it held at its last sync, where something was written since."""
    data, at, disk, before = path.read_bytes(), 0, None, {}
    while at + faulty.HEAD.size <= len(data):
        what, _, _, n, place = faulty.HEAD.unpack_from(data, at)
        old = data[at + faulty.HEAD.size:at + faulty.HEAD.size + n]
        at += faulty.HEAD.size + n
        if what == b"F":
            disk = old.decode()
        for i in range(0, len(old) if what == b"W" and len(old) == n else 0, PAGE):
            before.setdefault(place + i, old[i:i + PAGE])
    return disk, before
