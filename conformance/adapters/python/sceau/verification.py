"""Verification by people (page Verification)."""
from . import suite
from .codec import Opaque, Struct, version
from .errors import require
from .identities import TypedKeys, account_id, check_first_account_key
from .kdf import expand_with_label
from .limits import MAX_KEY


class VerificationCode(Struct):
    FIELDS = (("version", version), ("own", Opaque(MAX_KEY)), ("peer", Opaque(MAX_KEY)))


def fingerprint(account_keys):
    secret = suite.hkdf_extract(suite.zeros(suite.NH), TypedKeys.encode(account_keys))
    data = expand_with_label(secret, "safety number", b"", 30)
    return "".join("%05d" % (int.from_bytes(data[i:i + 5], "big") % 100_000) for i in range(0, 30, 5))


def safety_number(a, b):
    check_first_account_key(a)
    check_first_account_key(b)
    require(account_id(a) != account_id(b), "misuse", "VER-03")
    return "".join(fingerprint(keys) for keys in sorted((a, b), key=account_id))


def check_code(code, pinned_peer, own):
    require(code.own == pinned_peer and code.peer == own, "identity_mismatch", "VER-02")
