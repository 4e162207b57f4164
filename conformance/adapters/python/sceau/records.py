"""The records of a device's state (page State): formats, change by change."""
from .codec import Opaque, Optional, Reader, Struct, Uint, Vector, uint32, uint64, version
from .errors import require
from .identities import KEY_LENGTHS, Credential, DeviceList, PrivateKeys
from .limits import MAX_KEY
from .prekeys import PrekeyBatch, PrekeyType, is_kem
from .session import SessionState
from .suite import CORE, NSEED, NSK

HEAD, ACCOUNT, BATCH, PREKEY, REPLAY, PEER, SESSION = range(7)
_WHOLE = Opaque((1 << 30) - 1)
_Id = Opaque(32, 32)


class RecordKey(Struct):
    FIELDS = (("kind", Uint(1, range(7))), ("id", Opaque(MAX_KEY)))

    def check(self):
        length = {HEAD: 0, ACCOUNT: 0, BATCH: 4, PREKEY: 8, REPLAY: 36, PEER: 32, SESSION: 32}[self.kind]
        require(len(self.id) == length, "malformed", "a record's id")


class Record(Struct):
    FIELDS = (("version", version), ("key", RecordKey), ("generation", uint64), ("body", _WHOLE))

    def check(self):
        require(self.generation, "malformed", "generation 0")


class Change(Struct):
    FIELDS = (("key", RecordKey), ("expected", uint64), ("record", Optional(Record)))

    def check(self):
        if self.record:
            sound = self.record.key == self.key and self.record.generation == self.expected + 1
            require(sound, "malformed", "a change's record")


class Head(Struct):
    FIELDS = (("changes", uint64), ("retired", uint64))


class AccountState(Struct):
    FIELDS = (("account_private", PrivateKeys), ("identity_private", PrivateKeys), ("device_list", DeviceList),
              ("credential", Credential), ("last_batch_generation", uint32))

    def check(self):
        known = all(k.type in KEY_LENGTHS for k in self.account_private + self.identity_private)
        require(known, "unsupported_suite", "a private key of unknown type")
        own = self.credential.tbs.account_id == self.device_list.account_id()
        require(own, "malformed", "a credential of another account than the list")


class BatchState(Struct):
    FIELDS = (("batch", PrekeyBatch), ("credential", Credential))

    def check(self):
        require(self.batch.tbs.suite == CORE, "unsupported_suite", "a batch of another suite")


class PrekeyState(Struct):
    FIELDS = (("type", PrekeyType), ("private_key", Opaque(MAX_KEY)))

    def check(self):
        require(len(self.private_key) == (NSEED if is_kem(self.type) else NSK), "malformed", "private key's length")


class ReplayState(Struct):
    FIELDS = (("session_id", _Id),)


class SessionRef(Struct):
    FIELDS = (("session_id", _Id), ("archived_at", uint64))


class PairState(Struct):
    FIELDS = (("serial", uint64), ("live", Optional(_Id)), ("unaccepted", Optional(_Id)),
              ("archived", Vector(SessionRef)), ("last_recovery", uint64), ("unconfirmed", Uint(1, (0, 1))))

    def check(self):
        require(self.serial, "malformed", "serial 0")

    def session_ids(self):
        return [s for s in (self.live, self.unaccepted) if s] + [r.session_id for r in self.archived]


class PeerState(Struct):
    FIELDS = (("device_list", DeviceList), ("pairs", Vector(PairState, order=lambda p: p.serial)))

    def copy(self, **changes):
        new = super().copy(**changes)
        new.pairs = [p.copy(archived=list(p.archived)) for p in new.pairs]
        return new

    def pair(self, serial):
        return next((p for p in self.pairs if p.serial == serial), None)


BODIES = {HEAD: Head, ACCOUNT: AccountState, BATCH: BatchState, PREKEY: PrekeyState, REPLAY: ReplayState,
          PEER: PeerState, SESSION: SessionState}


def u32(n):
    return n.to_bytes(4, "big")


def batch_key(generation):
    return BATCH, u32(generation)


def prekey_key(generation, id):
    return PREKEY, u32(generation) + u32(id)


def record_key(key):
    return RecordKey(kind=key[0], id=key[1])


def read_records(data):
    """STA-01: records in strictly ascending order, as (key, generation, body's structure, body's bytes)."""
    reader, records, before = Reader(data), [], None
    while reader.at < reader.end:
        record = Record.read(reader)
        key = record.key.kind, record.key.id
        require(before is None or before < key, "malformed", "order of records")
        before = key
        records.append((key, record.generation, BODIES[key[0]].decode(record.body), record.body))
    return records
