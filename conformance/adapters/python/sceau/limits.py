"""Limits and policy (page Limits)."""
from .errors import Refusal

MAX_CHAIN_LENGTH = 65_536
MAX_BATCH_LIFETIME = 2_592_000
MAX_BATCH_KEYS = 1_024
MAX_FRAME = 1_048_576
MAX_DEVICES = 64
MAX_DEVICE_LISTS = 16
MAX_IDENTITY = 65_536
MAX_KEYS = 8
MAX_KEY = 4_096
MAX_SIGNATURE = 8_192
MAX_EXTENSION = 4_096
MAX_MESSAGE = 1_179_648
MAX_CONTENT = 65_536
MAX_GET = 256
MAILBOX_PERIOD = 604_800

DEFAULTS = {
    "max_skip": 1_000,
    "max_skipped_keys": 2_000,
    "max_skipped_chains": 5,
    "skipped_key_age": 1_209_600,
    "max_first_messages": 1_000,
    "max_session_age": 7_776_000,
    "max_archived": 4,
    "archive_age": 1_209_600,
    "simultaneous_window": 86_400,
    "recovery_interval": 3_600,
    "max_candidates": 8,
    "clock_skew": 300,
    "max_list_age": 2_592_000,
    "prekey_grace": 1_209_600,
    "replay_cache_size": 4_096,
    "max_authenticated_data": 65_536,
    "mailbox_look_back": 5,
    "challenge_age": 60,
    "one_time_rate": 60,
    "max_mailbox": 4_096,
    "max_envelope_age": 2_592_000,
}


class Policy:
    """What the caller decides: limits, the issuers it trusts, whether it requires one."""

    def __init__(self):
        self.limits = dict(DEFAULTS)
        self.require_issuer = False
        self.issuers = []           # encoded lists of TypedKey

    def encoded(self):
        return {"limits": self.limits, "require_issuer": self.require_issuer, "issuers": [k.hex() for k in self.issuers]}

    def restore(self, stored):
        self.limits, self.require_issuer = stored["limits"], stored["require_issuer"]
        self.issuers = [bytes.fromhex(k) for k in stored["issuers"]]

    def __getattr__(self, name):
        try:
            return self.__dict__["limits"][name]
        except KeyError:
            raise AttributeError(name) from None


def age(now, then):
    """A time that lies in the future of now has age 0 (LIM-02)."""
    return max(0, now - then)


def check_not_ahead(now, time, policy):
    if time - now > policy.clock_skew:
        raise Refusal("not_yet_valid")
