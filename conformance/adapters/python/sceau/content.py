"""Content of application frames (page Content)."""
from .codec import Extensions, Fixed, Opaque, Struct, Uint, uint16, uint64, version
from .errors import Refusal, require
from .limits import MAX_CONTENT, MAX_FRAME, MAX_KEY

TEXT, ATTACHMENT, DELETE = 1, 2, 3


class AttachmentReference(Struct):
    FIELDS = (("name", Opaque(MAX_CONTENT)), ("media_type", Opaque(MAX_CONTENT)), ("size", uint64),
              ("key", Opaque(MAX_KEY)), ("digest", Opaque(MAX_KEY)), ("location", Opaque(MAX_CONTENT)))


class Content(Struct):
    FIELDS = (("version", version), ("type", uint16), ("message_id", Fixed(16)), ("sent_at", uint64),
              ("sender_serial", uint64), ("in_reply_to", Opaque(MAX_KEY)), ("body", Opaque(MAX_FRAME)),
              ("extensions", Extensions))

    def check(self):
        require(len(self.in_reply_to) in (0, 16), "malformed", "CON-03")
        if self.type == TEXT:
            try:
                self.body.decode("utf-8")
            except UnicodeDecodeError:
                raise Refusal("malformed", "CON-03") from None
        if self.type == ATTACHMENT:
            AttachmentReference.decode(self.body)
        if self.type == DELETE:
            require(len(self.body) == 16, "malformed")


class Receipt(Struct):
    FIELDS = (("type", Uint(1, (1, 2))), ("message_ids", Opaque(MAX_CONTENT)))

    def check(self):
        require(self.message_ids and len(self.message_ids) % 16 == 0, "malformed", "CON-03")


def check_sender(content, peer_serial):
    require(content.sender_serial == peer_serial, "identity_mismatch", "CON-01")
