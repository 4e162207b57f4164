"""Envelope and mailboxes (page Envelope)."""
from .codec import Fixed, Opaque, Struct, uint8, uint32, uint64, version
from .errors import require
from .kdf import expand_with_label, ref_hash
from .limits import MAILBOX_PERIOD, MAX_KEY, MAX_MESSAGE
from .session import CLOSED, INITIATOR
from .suite import NH


class Envelope(Struct):
    FIELDS = (("version", version), ("mailbox_id", Fixed(32)), ("expiry", uint64), ("message", Opaque(MAX_MESSAGE)))

    def check(self):
        require(self.expiry % 3600 == 0, "malformed", "ENV-06")


class MailboxContext(Struct):
    FIELDS = (("direction", uint8), ("rotation", uint32), ("period", uint64))


class ContactMailbox(Struct):
    FIELDS = (("account_id", Opaque(MAX_KEY)), ("serial", uint64))


def envelope_expiry(now, seconds, first_message, policy):
    """ENV-06: rounded up to a full hour."""
    most = policy.prekey_grace if first_message else policy.max_envelope_age + 3600
    expiry = -(-(now + seconds) // 3600) * 3600
    require(expiry - now <= most, "malformed", "ENV-06")
    return expiry


def contact_mailbox(account_id, serial):
    return ref_hash("contact mailbox", ContactMailbox(account_id=account_id, serial=serial).encode())


def mailbox_secret(session):
    return expand_with_label(session.exporter_secret, "mailbox secret", session.session_id, NH)


def mailbox_id(secret, direction, rotation, period):
    context = MailboxContext(direction=direction, rotation=rotation, period=period).encode()
    return expand_with_label(secret, "mailbox", context, 32)


def outgoing(session, now):
    direction = 1 if session.role == INITIATOR else 2
    return mailbox_id(mailbox_secret(session), direction, session.rotation_send, now // MAILBOX_PERIOD)


def incoming(session, now, policy):
    """ENV-04."""
    if session.status == CLOSED:
        return []
    direction = 2 if session.role == INITIATOR else 1
    rotation, period, secret = session.rotation_receive, now // MAILBOX_PERIOD, mailbox_secret(session)
    rotations = [rotation] + ([rotation - 1] if rotation > 0 else []) + ([rotation + 1] if rotation < 2**32 - 1 else [])
    periods = range(max(0, period - policy.mailbox_look_back), period + 2)
    return [mailbox_id(secret, direction, r, p) for r in rotations for p in periods]


def candidates(state, mailbox, now, policy):
    """Session ids in the order of ENV-04."""
    live, unaccepted, archived = [], [], []
    for peer in (value for key, value in state.objects.items() if key[0] == 5):
        for pair in peer.pairs:
            live += [pair.live] if pair.live else []
            unaccepted += [pair.unaccepted] if pair.unaccepted else []
            archived += pair.archived
    archived.sort(key=lambda r: -r.archived_at)
    ids = live + unaccepted + [r.session_id for r in archived]
    found = [id for id in ids if mailbox in incoming(state.session(id), now, policy)]
    return found[:policy.max_candidates]
