"""The state of a session, and what hangs on its exporter (pages State, Ratchet, Envelope)."""
from .codec import Opaque, Optional, Struct, Uint, Vector, uint16, uint32, uint64
from .errors import require
from .kdf import expand_with_label
from .limits import MAX_CHAIN_LENGTH, MAX_KEY, MAX_MESSAGE
from .suite import CORE, NH

INITIATOR, RESPONDER = 1, 2
WAITING, ESTABLISHED, UNACCEPTED, ARCHIVED, CLOSED = 1, 2, 3, 4, 5
STATUS_NAMES = {WAITING: "waiting", ESTABLISHED: "established", UNACCEPTED: "unaccepted", ARCHIVED: "archived",
                CLOSED: "closed"}
ABSORB_NONE, ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_DONE = 0, 1, 2, 3

_Id = Opaque(32, 32)
_Key = Opaque(32, 32)


class _KeyOrNone(Opaque):
    def __init__(self):
        super().__init__(32)

    def read(self, reader):
        value = super().read(reader)
        require(len(value) in (0, 32), "malformed", "key length")
        return value


class _Suite(Uint):
    def __init__(self):
        super().__init__(2)

    def read(self, reader):
        value = super().read(reader)
        require(value == CORE, "unsupported_suite", "a session of another suite")
        return value


class ChainState(Struct):
    FIELDS = (("header_key", _Key), ("chain_key", _Key), ("next", uint32), ("flags", uint16))


class SkippedKey(Struct):
    FIELDS = (("n", uint32), ("stored_at", uint64), ("message_key", _Key))


class SkippedChain(Struct):
    FIELDS = (("header_key", _Key), ("keys", Vector(SkippedKey, least=1, order=lambda k: k.n)))


class SessionState(Struct):
    FIELDS = (
        ("suite", _Suite()), ("role", Uint(1, (INITIATOR, RESPONDER))),
        ("status", Uint(1, (WAITING, ESTABLISHED, UNACCEPTED, ARCHIVED, CLOSED))), ("created_at", uint64),
        ("session_id", _Id), ("peer_account", _Id), ("peer_serial", uint64), ("handshake_ref", _Id),
        ("resumed_from", _KeyOrNone()), ("recovery", Uint(1, (0, 1))), ("exporter_secret", _Key), ("pq_secret", _Key),
        ("root_key", _Key), ("ratchet_private", _Key), ("previous_public", _KeyOrNone()),
        ("remote_public", _KeyOrNone()), ("next_header_send", _Key), ("next_header_receive", _Key),
        ("sending", Optional(ChainState)), ("receiving", Optional(ChainState)), ("previous_count", uint32),
        ("skipped", Vector(SkippedChain)), ("absorb_status", Uint(1, (0, 1, 2, 3))), ("absorb_secret", _KeyOrNone()),
        ("absorb_session", _KeyOrNone()), ("rotation_send", uint32), ("rotation_receive", uint32),
        ("waiting", Optional(Opaque(MAX_MESSAGE))))

    def check(self):
        announced = self.absorb_status in (ABSORB_ANNOUNCED, ABSORB_ARMED)
        require(bool(self.absorb_secret) == announced, "malformed", "absorb_secret")
        require(bool(self.absorb_session) == (self.absorb_status != ABSORB_NONE), "malformed", "absorb_session")
        require((self.waiting is not None) == (self.status == WAITING), "malformed", "waiting")
        require(self.status != WAITING or self.role == INITIATOR, "malformed", "waiting")
        counts = [self.previous_count] + [c.next for c in (self.sending, self.receiving) if c]
        numbers = [k.n for c in self.skipped for k in c.keys]
        sound = all(n <= MAX_CHAIN_LENGTH for n in counts) and all(n < MAX_CHAIN_LENGTH for n in numbers)
        require(sound, "malformed", "RAT-16")

    def copy(self, **changes):
        new = super().copy(**changes)
        new.sending = self.sending and self.sending.copy()
        new.receiving = self.receiving and self.receiving.copy()
        new.skipped = [c.copy(keys=list(c.keys)) for c in self.skipped]
        return new

    @property
    def pair(self):
        return self.peer_account, self.peer_serial


class ExportContext(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("context", Opaque(MAX_KEY)))


def export(session, name, context, length):
    require(length <= 255 * NH and len(name) <= MAX_KEY and len(context) <= MAX_KEY, "limit", "RAT-18")
    return expand_with_label(session.exporter_secret, "export", ExportContext(label=name, context=context).encode(), length)


def absorb_secret(loser, winner):
    return expand_with_label(loser.exporter_secret, "absorb", winner.session_id, NH)
