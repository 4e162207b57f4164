"""Inner frame (page Inner frame)."""
from .codec import Extensions, Opaque, Reader, Struct, Uint, uint32, version
from .errors import Refusal, require
from .identities import Credential, DeviceLists
from .limits import MAX_FRAME

APPLICATION, CLOSE, CREDENTIAL_UPDATE, DEVICE_LIST, MAILBOX_ROTATION, LABEL, RECEIPT = range(7)
ABSORB = 0x0001     # non-critical extension


class CredentialUpdate(Struct):
    FIELDS = (("device_lists", DeviceLists), ("credential", Credential))


class MailboxRotation(Struct):
    FIELDS = (("rotation", uint32),)


class ContentTypeField(Uint):
    def __init__(self):
        super().__init__(1)

    def read(self, reader):
        value = reader.number(1)
        require(value <= RECEIPT, "unsupported_version", "FRM-03")
        return value


class _Frame(Struct):
    """InnerFrame without its padding."""
    FIELDS = (("content_type", ContentTypeField()), ("version", version), ("critical", Extensions),
              ("non_critical", Extensions), ("body", Opaque(MAX_FRAME)))

    def check(self):
        require(not self.critical, "critical_extension", "FRM-04: edition 0 has none")


class InnerFrame(_Frame):
    """With its padding."""

    @classmethod
    def decode(cls, padded):
        reader = Reader(padded)
        require(len(padded) <= MAX_FRAME, "malformed", "FRM-02")
        frame = cls.read(reader)
        require(len(padded) == bucket(reader.at), "malformed", "FRM-01: not the smallest bucket")
        require(not any(padded[reader.at:]), "malformed", "FRM-01: padding not zero")
        return frame

    def encode(self):
        return pad(super().encode())


def bucket(length):
    size = 256
    while size < length and size < 4096:
        size *= 2
    return size if length <= size else -(-length // 4096) * 4096


def pad(frame):
    size = bucket(len(frame))
    if size > MAX_FRAME:
        raise Refusal("limit", "FRM-02")
    return frame + bytes(size - len(frame))


def parse_body(frame):
    """The structure in a body that the library handles, or None (FRM-05)."""
    if frame.content_type == CLOSE:
        require(not frame.body, "malformed", "a close with a body")
    if frame.content_type == CREDENTIAL_UPDATE:
        return CredentialUpdate.decode(frame.body)
    if frame.content_type == DEVICE_LIST:
        return DeviceLists.decode(frame.body)
    if frame.content_type == MAILBOX_ROTATION:
        return MailboxRotation.decode(frame.body)
    return None
