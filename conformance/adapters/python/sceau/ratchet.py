"""Ratchet (page Ratchet). Functions work on a session that the caller has copied: a refusal loses the copy."""
from . import suite
from .codec import Fixed, Opaque, Struct, Uint, uint16, uint24
from .errors import Refusal, require
from .frame import InnerFrame
from .handshake import RATCHET_V0, RatchetFormat
from .kdf import expand_with_label, label
from .limits import MAX_CHAIN_LENGTH, MAX_FRAME, MAX_KEY, age
from .session import ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_DONE, ChainState, SkippedChain, SkippedKey
from .suite import NH, NK, NN, NPK, NT, zeros

ABSORBED = 1        # header flag
SEALED_HEADER = NPK + 8 + NT


class Header(Struct):
    FIELDS = (("ratchet_key", Fixed(NPK)), ("flags", Uint(2, (0, ABSORBED))), ("pn", uint24), ("n", uint24))


class RatchetMessage(Struct):
    FIELDS = (("wire_format", RatchetFormat), ("sealed_header", Fixed(SEALED_HEADER)), ("sealed_body", None))

    @classmethod
    def decode(cls, data):
        require(len(data) >= 1 + SEALED_HEADER + NT and data[0] == RATCHET_V0, "malformed")
        return cls(wire_format=data[0], sealed_header=data[1:1 + SEALED_HEADER], sealed_body=data[1 + SEALED_HEADER:])

    def encode(self):
        return bytes([self.wire_format]) + self.sealed_header + self.sealed_body


class HeaderAAD(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("wire_format", RatchetFormat), ("session_id", Opaque(MAX_KEY)))


class MessageAAD(Struct):
    FIELDS = (("label", Opaque(MAX_KEY)), ("wire_format", RatchetFormat), ("session_id", Opaque(MAX_KEY)),
              ("sealed_header", Opaque(MAX_KEY)), ("authenticated_data", Opaque(MAX_FRAME)))


class RatchetContext(Struct):
    FIELDS = (("session_id", Opaque(MAX_KEY)), ("flags", uint16))


def kdf_rk(session_id, root_key, dh, absorb, flags):
    prk = suite.hkdf_extract(root_key, dh + absorb)
    context = RatchetContext(session_id=session_id, flags=flags).encode()
    return (expand_with_label(prk, "ratchet root", context, NH), expand_with_label(prk, "ratchet chain", context, NH),
            expand_with_label(prk, "ratchet header", context, NK))


def kdf_ck(chain_key):
    return expand_with_label(chain_key, "chain", b"", NH), expand_with_label(chain_key, "message", b"", NH)


def message_key_and_nonce(message_key):
    return expand_with_label(message_key, "message key", b"", NK), expand_with_label(message_key, "message nonce", b"", NN)


def header_aad(session_id):
    return HeaderAAD(label=label("header"), wire_format=RATCHET_V0, session_id=session_id).encode()


def message_aad(session_id, sealed_header, authenticated_data):
    return MessageAAD(label=label("message"), wire_format=RATCHET_V0, session_id=session_id,
                      sealed_header=sealed_header, authenticated_data=authenticated_data).encode()


# start: the fields of a new session that the ratchet owns

def ratchet_start_initiator(outputs, spk_public, ratchet_key):
    root, chain, next_header = kdf_rk(outputs.session_id, outputs.root_key, suite.dh(ratchet_key, spk_public), b"", 0)
    return dict(
        root_key=root, ratchet_private=ratchet_key, previous_public=b"", remote_public=spk_public,
        next_header_send=next_header, next_header_receive=outputs.responder_header_key,
        sending=ChainState(header_key=outputs.initiator_header_key, chain_key=chain, next=0, flags=0), receiving=None,
        previous_count=0, skipped=[])


def ratchet_start_responder(outputs, spk_private):
    return dict(
        root_key=outputs.root_key, ratchet_private=spk_private, previous_public=b"", remote_public=b"",
        next_header_send=outputs.responder_header_key, next_header_receive=outputs.initiator_header_key,
        sending=None, receiving=None, previous_count=0, skipped=[])


# sending

def seal(session, frame, authenticated_data):
    """Steps 2 to 4 of encrypt; the frame is not padded yet."""
    padded = frame.encode()
    sending = session.sending
    sending.chain_key, message_key = kdf_ck(sending.chain_key)
    header = Header(ratchet_key=suite.dh_public(session.ratchet_private), flags=sending.flags,
                    pn=session.previous_count, n=sending.next)
    sending.next += 1
    sealed_header = suite.aead_seal(sending.header_key, zeros(NN), header_aad(session.session_id), header.encode())
    key, nonce = message_key_and_nonce(message_key)
    body = suite.aead_seal(key, nonce, message_aad(session.session_id, sealed_header, authenticated_data), padded)
    return RatchetMessage(wire_format=RATCHET_V0, sealed_header=sealed_header, sealed_body=body).encode()


# receiving

def open_header(session, sealed_header):
    """(where, header): where is `current`, `next` or the skipped chain whose key opened it; None if none does."""
    current = session.receiving.header_key if session.receiving else None
    tries = [("current", current)] if current else []
    tries.append(("next", session.next_header_receive))
    tries += [(chain, chain.header_key) for chain in session.skipped if chain.header_key != current]
    aad = header_aad(session.session_id)
    for where, key in tries:
        try:
            return where, suite.aead_open(key, zeros(NN), aad, sealed_header)
        except Refusal:
            pass
    return None


def take_stored(session, chain, n):
    """The stored message key of (chain, n), erased."""
    for i, stored in enumerate(chain.keys if chain else ()):
        if stored.n == n:
            del chain.keys[i]
            session.skipped = [c for c in session.skipped if c.keys]
            return stored.message_key
    raise Refusal("duplicate")


def current_skipped(session):
    return next((c for c in session.skipped if session.receiving and c.header_key == session.receiving.header_key), None)


def skip(session, until, policy, now):
    """Stores the keys of the receiving chain from Nr to until - 1."""
    receiving = session.receiving
    require(until - receiving.next <= policy.max_skip, "too_far", "RAT-07")
    if until <= receiving.next:
        return
    keys = []
    for n in range(receiving.next, until):
        receiving.chain_key, message_key = kdf_ck(receiving.chain_key)
        keys.append(SkippedKey(n=n, stored_at=now, message_key=message_key))
    receiving.next = until
    chain = current_skipped(session)
    if chain is None:
        chain = SkippedChain(header_key=receiving.header_key, keys=[])
        session.skipped.insert(0, chain)
    chain.keys += keys


def skip_to_message(session, n, policy, now):
    """Skips to n and derives the key of n itself."""
    require(n < MAX_CHAIN_LENGTH, "too_far", "RAT-02")
    skip(session, n, policy, now)
    session.receiving.chain_key, message_key = kdf_ck(session.receiving.chain_key)
    session.receiving.next = n + 1
    return message_key


def bound(session, policy):
    """RAT-08."""
    excess = sum(len(c.keys) for c in session.skipped) - policy.max_skipped_keys
    for chain in reversed(session.skipped):
        if excess <= 0:
            break
        drop = min(excess, len(chain.keys))
        del chain.keys[:drop]
        excess -= drop
    session.skipped = [c for c in session.skipped if c.keys]
    most = policy.max_skipped_chains + (1 if current_skipped(session) else 0)
    del session.skipped[most:]


def expire_skipped(session, now, policy):
    """Whether keys past their age were erased."""
    if all(age(now, k.stored_at) < policy.skipped_key_age for c in session.skipped for k in c.keys):
        return False
    for chain in session.skipped:
        chain.keys = [k for k in chain.keys if age(now, k.stored_at) < policy.skipped_key_age]
    session.skipped = [c for c in session.skipped if c.keys]
    return True


def dh_step(session, header, policy, now, draw):
    """Step 3b; returns the key of the message."""
    own_public = suite.dh_public(session.ratchet_private)
    require(header.ratchet_key not in (session.remote_public, own_public, session.previous_public), "malformed", "RAT-13")
    if session.receiving:
        require(header.pn >= session.receiving.next, "malformed", "pn")
        require(header.pn <= MAX_CHAIN_LENGTH, "too_far")
        skip(session, header.pn, policy, now)
    else:
        require(header.pn == 0, "malformed", "pn")
    armed = session.absorb_status == ABSORB_ARMED
    absorb = b""
    if header.flags & ABSORBED:
        require(session.absorb_status == ABSORB_ANNOUNCED, "malformed", "REP-07")
        absorb = session.absorb_secret
        absorb_done(session)
    root, chain, next_header = kdf_rk(session.session_id, session.root_key,
                                      suite.dh(session.ratchet_private, header.ratchet_key), absorb, header.flags)
    session.receiving = ChainState(header_key=session.next_header_receive, chain_key=chain, next=0, flags=header.flags)
    session.next_header_receive = next_header
    session.remote_public = header.ratchet_key
    message_key = skip_to_message(session, header.n, policy, now)

    session.previous_count = session.sending.next if session.sending else 0
    ratchet_key = draw("ratchet_key", suite.NSK)
    absorb, flags = b"", 0
    if armed:
        absorb, flags = session.absorb_secret, ABSORBED
        absorb_done(session)
    session.previous_public, session.ratchet_private = own_public, ratchet_key
    session.root_key, chain, next_header = kdf_rk(session.session_id, root, suite.dh(ratchet_key, session.remote_public),
                                                  absorb, flags)
    session.sending = ChainState(header_key=session.next_header_send, chain_key=chain, next=0, flags=flags)
    session.next_header_send = next_header
    return message_key


def absorb_done(session):
    session.absorb_secret, session.absorb_status = b"", ABSORB_DONE


class HeaderOpened(Refusal):
    """A refusal behind a header that opened (ENV-04)."""


def decrypt(session, message, authenticated_data, policy, now, draw):
    """Steps 1 to 4 on a copy of the session; returns header and frame."""
    message = RatchetMessage.decode(message)
    found = open_header(session, message.sealed_header)
    require(found, "undecryptable", "no header key")
    try:
        return _decrypt_body(session, message, found, authenticated_data, policy, now, draw)
    except Refusal as refusal:
        raise HeaderOpened(refusal.error_class, refusal.why) from None


def _decrypt_body(session, message, found, authenticated_data, policy, now, draw):
    where, header = found
    header = Header.decode(header)
    if where == "current":
        sound = header.ratchet_key == session.remote_public and header.flags == session.receiving.flags
        require(sound, "malformed", "another key or flags in the chain")
        if header.n < session.receiving.next:
            message_key = take_stored(session, current_skipped(session), header.n)
        else:
            message_key = skip_to_message(session, header.n, policy, now)
    elif where == "next":
        message_key = dh_step(session, header, policy, now, draw)
    else:
        message_key = take_stored(session, where, header.n)
    bound(session, policy)
    key, nonce = message_key_and_nonce(message_key)
    aad = message_aad(session.session_id, message.sealed_header, authenticated_data)
    frame = InnerFrame.decode(suite.aead_open(key, nonce, aad, message.sealed_body))
    return header, frame
