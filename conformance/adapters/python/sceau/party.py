"""A party of the adapter: a device, its clock, its folder, the names that the runner gives its sessions."""
import hashlib
import json
import os

from .device import Device
from .errors import require
from .limits import Policy

STATE, NAMES = "state", "names.json"


class Party:
    def __init__(self, folder, now):
        self.folder, self.now = folder, now
        self.device = Device(Policy())
        self.names = {}             # name: session id
        self.published = {}         # batch generation: encoded PublishedBatch, as a relay keeps it
        self.basis = None           # state in the folder when this party loaded or stored it

    @property
    def state(self):
        return self.device.state

    def name_of(self, session_id):
        return next((n for n, id in self.names.items() if id == session_id), None)

    def name_all(self):
        self.names = {"s:" + id.hex(): id for id, _ in self.state.of_kind(6)}

    def drop_names(self):
        self.names = {n: id for n, id in self.names.items() if self.state.session(id) is not None}

    def encoded(self):
        return self.state.export() if self.state.account else b""

    def side(self):
        return json.dumps({"names": {n: id.hex() for n, id in self.names.items()},
                           "published": {str(g): p.hex() for g, p in self.published.items()}}, sort_keys=True).encode()

    def digest(self):
        state, side = self.encoded(), self.side()
        return hashlib.sha256(b"%d,%d,%d;" % (self.now, len(state), len(side)) + state + side).digest()

    def save(self):
        """STA-06, STA-07: nothing is stored when another process has stored since."""
        found = self._read(STATE)
        require(found == self.basis, "stale_state", "STA-06")
        data = self.encoded()
        self._write(NAMES, self.side())
        self._write(STATE, data)
        self.basis = data

    def load(self, least_changes):
        data = self._read(STATE)
        require(data is not None, "malformed", "no state in the folder")
        if data or least_changes:
            self.device.load(data, least_changes)
        side = json.loads(self._read(NAMES) or b'{"names": {}, "published": {}}')
        self.names = {n: bytes.fromhex(id) for n, id in side["names"].items()}
        self.published = {int(g): bytes.fromhex(p) for g, p in side["published"].items()}
        self.drop_names()
        self.basis = data

    def _read(self, name):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def _write(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
