"""A party of the adapter: a device, its clock, its folder, the names that the runner gives its sessions."""
import hashlib
import json
import os

from .device import Device
from .errors import require
from .limits import Policy
from .protocol import Fault

FILE = "state"


class Party:
    def __init__(self, folder, now):
        self.folder, self.now = folder, now
        self.device = Device(Policy())
        self.names = {}             # name: session id
        self.published = {}         # batch generation: encoded PublishedBatch, as a relay keeps it
        self.issuer_seed = None     # the issuer of pw.create: it attests renewals too; not the device's, so not stored
        self.basis = None           # the file as this party loaded or stored it

    @property
    def state(self):
        return self.device.state

    def name_of(self, session_id):
        return next((n for n, id in self.names.items() if id == session_id), None)

    def name_all(self):
        self.names = {"s:" + id.hex(): id for id, _ in self.state.of_kind(6)}

    def living_names(self):
        return {n: id for n, id in self.names.items() if self.state.session(id) is not None}

    def need_account(self):
        if self.state.account is None:
            raise Fault("the party has no account")

    def encoded(self):
        """Everything that is stored."""
        return json.dumps({"state": self.state.export().hex() if self.state.account else "",
                           "policy": self.device.policy.encoded(),
                           "names": {n: id.hex() for n, id in self.living_names().items()},
                           "published": {str(g): p.hex() for g, p in self.published.items()}}, sort_keys=True).encode()

    def digest(self):
        return hashlib.sha256(b"%d;" % self.now + self.encoded()).digest()

    def save(self):
        """STA-06, STA-07: nothing is stored when another process has stored since."""
        require(self._read() == self.basis, "stale_state", "STA-06")
        data = self.encoded()
        data = hashlib.sha256(data).digest() + data
        path = os.path.join(self.folder, FILE)
        with open(path + ".new", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
        self.basis = data

    def load(self, least_changes):
        data = self._read()
        require(data is not None, "malformed", "no state in the folder")
        require(hashlib.sha256(data[32:]).digest() == data[:32], "malformed", "the file is damaged")
        stored = json.loads(data[32:])
        if stored["state"] or least_changes:
            self.device.load(bytes.fromhex(stored["state"]), least_changes)
        self.device.policy.restore(stored["policy"])
        self.names = {n: bytes.fromhex(id) for n, id in stored["names"].items()}
        self.published = {int(g): bytes.fromhex(p) for g, p in stored["published"].items()}
        self.basis = data

    def _read(self):
        try:
            with open(os.path.join(self.folder, FILE), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
