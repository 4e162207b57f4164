"""Handshake: formats, key schedule (page Handshake). The steps are in device.py."""
from . import suite
from .codec import Extensions, Opaque, Optional, Reader, Struct, Uint, find_extension, length_prefix, uint16, uint32
from .errors import Refusal, require
from .identities import Credential, DeviceLists
from .kdf import expand_with_label, label, ref_hash
from .limits import MAX_IDENTITY, MAX_KEY, MAX_MESSAGE
from .prekeys import Prekey, PrekeyBatch
from .suite import NCT, NH, NK, NN, NPK, NT, zeros

RATCHET_V0, FIRST_V0 = 1, 2
NONE, EXTERNAL, RESUMPTION = 0, 1, 2
RECOVERY = 0x0001       # extension of InitiatorIdentity
BLOCK = 256
_WHOLE = Opaque((1 << 30) - 1)
FirstFormat, RatchetFormat = Uint(1, (FIRST_V0,)), Uint(1, (RATCHET_V0,))


class PskId(Struct):
    FIELDS = (("type", Uint(1, (NONE, EXTERNAL, RESUMPTION))), ("id", Opaque(MAX_KEY)))

    def check(self):
        sound = {NONE: not self.id, EXTERNAL: bool(self.id), RESUMPTION: len(self.id) == 32}
        require(sound[self.type], "malformed", "HS-14")


class HandshakeMessage(Struct):
    FIELDS = (("wire_format", FirstFormat), ("batch_generation", uint32), ("signed_prekey_id", uint32),
              ("one_time_prekey_id", Optional(uint32)), ("kem_prekey_id", uint32), ("ephemeral_key", Opaque(MAX_KEY)),
              ("kem_ciphertext", Opaque(MAX_KEY)), ("sealed_identity", Opaque(MAX_IDENTITY)))

    def ref(self):
        return ref_hash("handshake", self.encode())

    def check_sizes(self):
        """HS-17, as soon as the batch, and with it the suite, is found."""
        n = len(self.sealed_identity) - NT
        require(len(self.ephemeral_key) == NPK and len(self.kem_ciphertext) == NCT and n > 0 and n % BLOCK == 0,
                "malformed", "HS-17")


class FirstMessage(Struct):
    FIELDS = (("handshake", HandshakeMessage), ("message", Opaque(MAX_MESSAGE)))


def first_message(encoded_handshake, message):
    """A FirstMessage, of a HandshakeMessage that is encoded already."""
    return encoded_handshake + length_prefix(len(message)) + message


class InitiatorIdentity(Struct):
    FIELDS = (("device_lists", DeviceLists), ("credential", Credential), ("psk", PskId), ("extensions", Extensions))

    def check(self):
        data = find_extension(self.extensions, RECOVERY)
        require(data is None or (not data and self.psk.type != RESUMPTION), "malformed", "REP-12")

    @property
    def recovery(self):
        return find_extension(self.extensions, RECOVERY) is not None

    def padded(self):
        encoded = self.encode()
        return encoded + bytes(-len(encoded) % BLOCK)

    @classmethod
    def unpad(cls, data):
        """HS-12."""
        reader = Reader(data)
        value = cls.read(reader)
        rest = data[reader.at:]
        require(len(data) % BLOCK == 0 and len(rest) < BLOCK and not any(rest), "malformed", "HS-12")
        return value


class Prologue(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("wire_format", FirstFormat), ("suite", uint16),
              ("responder_credential", Credential), ("batch", PrekeyBatch), ("signed_prekey", Prekey),
              ("one_time_prekey", Optional(Prekey)), ("kem_prekey", Prekey), ("ephemeral_key", Opaque(MAX_KEY)),
              ("kem_ciphertext", Opaque(MAX_KEY)))


class Transcript(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("prologue_hash", Opaque(MAX_KEY)), ("initiator_identity", _WHOLE),
              ("sealed_identity", Opaque(MAX_IDENTITY)))


NO_PSK = PskId(type=NONE, id=b"")


class Outputs:
    """Of a handshake."""

    def __init__(self, secret, transcript_hash):
        def derive(name, n):
            return expand_with_label(secret, name, transcript_hash, n)
        self.root_key = derive("root", NH)
        self.initiator_header_key = derive("header initiator", NK)
        self.responder_header_key = derive("header responder", NK)
        self.pq_secret = derive("pq ratchet", NH)
        self.session_id = derive("session id", 32)
        self.exporter_secret = derive("exporter", NH)


def prologue_hash(credential, batch, signed, one_time, kem, ephemeral_key, kem_ciphertext):
    return suite.sha256(Prologue(
        label=label("prologue"), wire_format=FIRST_V0, suite=batch.tbs.suite, responder_credential=credential,
        batch=batch, signed_prekey=signed, one_time_prekey=one_time, kem_prekey=kem, ephemeral_key=ephemeral_key,
        kem_ciphertext=kem_ciphertext).encode())


def _identity_keys(ss, dh3, prologue):
    secret = suite.hkdf_extract(zeros(NH), ss + dh3)
    return (expand_with_label(secret, "identity key", prologue, NK),
            expand_with_label(secret, "identity nonce", prologue, NN))


def seal_identity(ss, dh3, prologue, identity):
    padded = identity.padded()
    if len(padded) + NT > MAX_IDENTITY:
        raise Refusal("limit", "identity too long")
    return suite.aead_seal(*_identity_keys(ss, dh3, prologue), prologue, padded)


def open_identity(ss, dh3, prologue, sealed):
    return InitiatorIdentity.unpad(suite.aead_open(*_identity_keys(ss, dh3, prologue), prologue, sealed))


def psk_input(psk_id, psk):
    if psk_id.type == NONE:
        return zeros(NH)
    return expand_with_label(suite.hkdf_extract(zeros(NH), psk), "psk", psk_id.encode(), NH)


def resumption_psk(session):
    return expand_with_label(session.exporter_secret, "resumption psk", session.session_id, NH)


def derive_outputs(ss, dhs, psk_id, psk, prologue, identity, sealed_identity):
    transcript = suite.sha256(Transcript(
        label=label("transcript"), prologue_hash=prologue, initiator_identity=identity.encode(),
        sealed_identity=sealed_identity).encode())
    secret = suite.hkdf_extract(zeros(NH), ss + b"".join(dhs) + psk_input(psk_id, psk))
    return Outputs(secret, transcript)
