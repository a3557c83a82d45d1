"""A siagad that is reached over tcp with keys, as in a city; it may live behind another command, such as one that takes something away from it."""
import contextlib
import socket

import city
import running
from keyring import Keyring


class Siagad(running.Siagad):
    def __init__(self, folder, mib=16, host="127.0.0.1", port=None, around=(), **more):
        super().__init__(folder, mib, **more)
        self.around, self.ring = list(around), Keyring(folder)
        if port is None:
            with contextlib.closing(socket.socket()) as free:
                free.bind((host, 0))
                port = free.getsockname()[1]
        self.host, self.port, self.tcp = host, port, f"tcp://{host}:{port}"
        conf = self.conf.read_text().replace(f"listen: [{self.ipc}]", f"listen: [{self.ipc}, {self.tcp}]")
        self.conf.write_text(conf + f"server_key: {self.ring.path}\n")
        for name, text in (("people", city.PEOPLE), ("uji", running.PEOPLE)):
            (folder / "people.d" / f"{name}.yaml").write_text(self.ring.people(text))

    def command(self):
        return [*self.around, *super().command()]

    def keys(self, name):
        """What a process with this name is given."""
        return [key.decode() for key in self.ring.of(name)]
