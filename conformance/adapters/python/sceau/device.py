"""The steps of a device."""
from . import frame as frames
from . import handshake, prekeys, ratchet, replacement, suite
from .codec import find_extension
from .envelope import candidates, contact_mailbox, outgoing
from .errors import Refusal, require
from .frame import InnerFrame, MailboxRotation
from .handshake import (EXTERNAL, FIRST_V0, NO_PSK, RATCHET_V0, RESUMPTION, FirstMessage, HandshakeMessage,
                        InitiatorIdentity, PskId)
from .codec import Extension
from .identities import (ED25519, X25519, CredentialTBS, DeviceListTBS, Credential, DeviceList, TypedKey, account_id,
                         all_older, apply_device_lists, apply_first_message_lists, attest_credential, attest_device_list,
                         check_first_account_key, entry_of, key_of, signature_keys, verify_credential)
from .limits import MAX_BATCH_KEYS, MAX_BATCH_LIFETIME, MAX_CHAIN_LENGTH, MAX_KEY, MAX_KEYS, age
from .prekeys import KEM_LAST_RESORT, KEM_ONE_TIME, ONE_TIME, SIGNED, Prekey, PrekeyBundle, is_kem, public_of
from .records import ACCOUNT, REPLAY, AccountState, BatchState, PrekeyState, ReplayState, batch_key, prekey_key
from .session import (ARCHIVED, CLOSED, ESTABLISHED, INITIATOR, RESPONDER, UNACCEPTED, WAITING, ABSORB_ANNOUNCED,
                      SessionState)
from .state import State, expire, import_state

MAX_GENERATION, MAX_NUMBER = 2**32 - 1, 2**64 - 1


class Step:
    """What a step works with: a fork of the state, the policy, the time, the draws."""

    def __init__(self, state, policy, now, draw):
        self.state, self.policy, self.now, self.draw = state, policy, now, draw
        self.added, self.removed = set(), set()         # serials, of each series that is pinned (ID-23)

    @property
    def account(self):
        require(self.state.account is not None, "misuse", "no account yet")
        return self.state.account

    def private(self, type):
        return key_of(self.account.identity_private, type)

    def own_contact(self):
        own = self.account.credential.tbs
        return contact_mailbox(own.account_id, own.serial)


class Device:
    def __init__(self, policy):
        self.policy, self.state, self.changes, self.told = policy, State(), [], (set(), set())

    def run(self, now, draw, function, *arguments):
        """A step: on success its changes are kept, with those of `expire` (ENC-11, STA-10)."""
        step = Step(self.state.fork(), self.policy, now, draw)
        expire(step.state, now, self.policy)
        result = function(step, *arguments)
        replacement.bound_archives(step, self.state)
        step.state.drop_pairs()
        self.changes, self.told = step.state.commit(), (step.added, step.removed)
        self.state = step.state
        return result

    def look(self, now, function, *arguments):
        """What only reads; it is no step, so nothing expires before it."""
        step = Step(self.state.fork(), self.policy, now, None)
        return function(step, *arguments)

    def load(self, data, least_changes):
        self.state = import_state(data, least_changes)


# enrolment

def create(step, serial, not_before, not_after, suites, list_number, issuer_seed):
    require(step.state.account is None, "misuse", "there is an account")
    require(serial > 0 and list_number > 0, "misuse", "serial or number 0")
    require(0 < len(set(suites)) == len(suites) <= MAX_KEYS, "misuse", "suites")
    require(not_after > not_before, "misuse", "it would end before it begins")
    account_seed, sign_seed, agree = (step.draw(n, 32) for n in ("account_key", "identity_sign", "identity_agree"))
    account_keys = [TypedKey(type=ED25519, key=suite.sign_public(account_seed))]
    identity_keys = [TypedKey(type=ED25519, key=suite.sign_public(sign_seed)),
                     TypedKey(type=X25519, key=suite.dh_public(agree))]
    seeds = [TypedKey(type=ED25519, key=account_seed)]
    credential = attest_credential(CredentialTBS(
        version=0, account_id=account_id(account_keys), serial=serial, generation=1, not_before=not_before,
        not_after=not_after, identity_keys=identity_keys, suites=suites, extensions=[]), seeds, issuer_seed)
    device_list = attest_device_list(DeviceListTBS(
        version=0, account_keys=account_keys, number=list_number, issued_at=step.now, devices=[entry_of(credential)],
        extensions=[]), seeds, None, issuer_seed)
    step.state.put((ACCOUNT, b""), AccountState(
        account_private=seeds, identity_private=[TypedKey(type=ED25519, key=sign_seed), TypedKey(type=X25519, key=agree)],
        device_list=device_list, credential=credential, last_batch_generation=0))
    return step.state.account


def renew(step, not_after, issuer_seed):
    """ID-15: generation and number one up, attested by the device, and by an issuer if it is at hand."""
    step.account
    account = step.state.edit((ACCOUNT, b""))
    old, old_list = account.credential.tbs, account.device_list.tbs
    require(not_after > old.not_before, "misuse", "it would end before it begins")
    require(old.generation < MAX_GENERATION and old_list.number < MAX_NUMBER, "limit", "no further number")
    account.credential = attest_credential(
        old.copy(generation=old.generation + 1, not_after=not_after), account.account_private, issuer_seed)
    devices = [entry_of(account.credential) if d.serial == old.serial else d for d in old_list.devices]
    account.device_list = attest_device_list(
        old_list.copy(number=old_list.number + 1, issued_at=step.now, devices=devices), account.account_private,
        (old.serial, step.private(ED25519)), issuer_seed)
    return account


def reissue_list(step):
    """ID-21: the list signed anew, the credential as it was."""
    account = step.state.edit((ACCOUNT, b""))
    old = account.device_list.tbs
    require(old.number < MAX_NUMBER, "limit", "no further number")
    account.device_list = attest_device_list(
        old.copy(number=old.number + 1, issued_at=step.now), account.account_private,
        (account.credential.tbs.serial, step.private(ED25519)))
    return account


def apply_lists(step, account, lists):
    step.account
    accepted = apply_device_lists(step.state.pinned(account), account, lists, step.now, step.policy)
    replacement.pin(step, accepted)
    return accepted[-1].tbs.number


# prekeys

def create_batch(step, one_time, kem_one_time, lifetime):
    step.account
    require(0 < lifetime <= MAX_BATCH_LIFETIME and 2 + one_time + kem_one_time <= MAX_BATCH_KEYS, "limit", "PRE-04")
    require(step.now + lifetime < 1 << 64, "limit", "no such time")
    credential = step.account.credential
    chosen = suite.choose_suite(credential.tbs.suites, credential.tbs.suites)
    require(chosen is not None, "unsupported_suite")
    account = step.state.edit((ACCOUNT, b""))
    require(account.last_batch_generation < MAX_GENERATION, "limit", "no further generation")
    privates = [(SIGNED, step.draw("signed_prekey", suite.NSK)),
                (KEM_LAST_RESORT, step.draw("kem_last_resort", suite.NSEED))]
    privates += [(ONE_TIME, step.draw("one_time_prekey.%d" % i, suite.NSK)) for i in range(one_time)]
    privates += [(KEM_ONE_TIME, step.draw("kem_prekey.%d" % i, suite.NSEED)) for i in range(kem_one_time)]
    account.last_batch_generation += 1
    generation = account.last_batch_generation
    published = prekeys.make_batch(privates, credential, generation, chosen, step.now, lifetime, step.private(ED25519))
    step.state.put(batch_key(generation), BatchState(batch=published.batch, credential=credential))
    for id, (type, private) in enumerate(privates):
        step.state.put(prekey_key(generation, id), PrekeyState(type=type, private_key=private))
    return published


def verify_bundle(step, account, data):
    bundle = PrekeyBundle.decode(data)
    prekeys.verify_bundle(bundle, account, step.state.pinned(account), step.account.credential, step.now, step.policy)
    return bundle


# handshake

def initiate(step, account, data, psk_id, psk, recovery):
    """`psk_id`, `psk`: an external PSK, or None."""
    step.account
    sound = psk_id is None and psk is None or psk_id and psk and len(psk_id) <= MAX_KEY
    require(sound, "misuse", "an external PSK")
    bundle = PrekeyBundle.decode(data)
    serial = bundle.credential.tbs.serial
    from_session = replacement.psk_session(step, account, serial, recovery)
    named = NO_PSK
    if from_session is not None:
        require(psk is None, "misuse", "REP-03")
        named = PskId(type=RESUMPTION, id=from_session.session_id)
        psk = handshake.resumption_psk(from_session)
    elif psk is not None:
        named = PskId(type=EXTERNAL, id=psk_id)
    own = step.account
    accepted = prekeys.verify_bundle(bundle, account, step.state.pinned(account), own.credential, step.now, step.policy)

    ephemeral, m, ratchet_key = (step.draw(n, k) for n, k in (
        ("ephemeral_key", suite.NSK), ("kem_encapsulation", suite.NM), ("ratchet_key", suite.NSK)))
    spk, kem = bundle.signed_prekey.prekey, bundle.kem_prekey.prekey
    opk = bundle.one_time_prekey and bundle.one_time_prekey.prekey
    ik, ik_r = step.private(X25519), bundle.credential.agreement_key
    dh1, dh2, dh3 = suite.dh(ik, spk.key), suite.dh(ephemeral, ik_r), suite.dh(ephemeral, spk.key)
    dh4 = suite.dh(ephemeral, opk.key) if opk else suite.zeros(suite.NDH)
    dh5 = suite.dh(ik, ik_r)
    kem_ciphertext, ss = suite.kem_encaps(kem.key, m)
    ephemeral_public = suite.dh_public(ephemeral)
    prologue = handshake.prologue_hash(bundle.credential, bundle.batch, spk, opk, kem, ephemeral_public, kem_ciphertext)
    identity = InitiatorIdentity(
        device_lists=[own.device_list], credential=own.credential, psk=named,
        extensions=[Extension(type=handshake.RECOVERY, data=b"")] if recovery else [])
    sealed = handshake.seal_identity(ss, dh3, prologue, identity)
    outputs = handshake.derive_outputs(ss, (dh1, dh2, dh3, dh4, dh5), named, psk, prologue, identity, sealed)
    message = HandshakeMessage(
        wire_format=FIRST_V0, batch_generation=bundle.batch.tbs.generation, signed_prekey_id=spk.id,
        one_time_prekey_id=opk and opk.id, kem_prekey_id=kem.id, ephemeral_key=ephemeral_public,
        kem_ciphertext=kem_ciphertext, sealed_identity=sealed)

    replacement.pin(step, accepted)
    session = new_session(step, INITIATOR, account, serial, message, named, recovery, outputs,
                          ratchet.ratchet_start_initiator(outputs, spk.key, ratchet_key))
    session.waiting = message.encode()
    replacement.enter_initiated(step, session)
    if recovery:
        step.state.edit_pair(account, serial).last_recovery = step.now
    return session, opk is not None, kem.type == KEM_LAST_RESORT


def new_session(step, role, account, serial, message, psk_id, recovery, outputs, ratchet_fields):
    return SessionState(
        suite=suite.CORE, role=role, status=WAITING if role == INITIATOR else ESTABLISHED, created_at=step.now,
        session_id=outputs.session_id, peer_account=account, peer_serial=serial, handshake_ref=message.ref(),
        resumed_from=psk_id.id if psk_id.type == RESUMPTION else b"", recovery=int(recovery),
        exporter_secret=outputs.exporter_secret, pq_secret=outputs.pq_secret, absorb_status=0, absorb_secret=b"",
        absorb_session=b"", rotation_send=0, rotation_receive=0, waiting=None, **ratchet_fields)


class Received:
    def __init__(self, session, event, frame, one_time=False, last_resort=False):
        self.session_id, self.pair, self.event, self.frame = session.session_id, session.pair, event, frame
        self.one_time, self.last_resort = one_time, last_resort


def accept(step, data, authenticated_data, expected_account, external):
    """`external`: (id, bytes) of the PSK that the caller gives, or None."""
    first = FirstMessage.decode(data)
    message, state, own = first.handshake, step.state, step.account
    ref = message.ref()
    for id, session in state.of_kind(6):
        if session.handshake_ref == ref:
            require(session.role == RESPONDER, "reflection", "HS-11")
            return decrypt(step, id, first.message, authenticated_data, True)
    require(not any(id[4:] == ref for id, _ in state.of_kind(REPLAY)), "replay", "HS-10")

    generation = message.batch_generation                                           # step 2
    published = state.objects.get(batch_key(generation))
    require(published is not None, "unknown_prekey", "batch")
    message.check_sizes()
    ids = [message.signed_prekey_id, message.one_time_prekey_id, message.kem_prekey_id]
    keys = [None if id is None else state.objects.get(prekey_key(generation, id)) for id in ids]
    require(all(k is not None or id is None for k, id in zip(keys, ids)), "unknown_prekey", "key")
    spk, opk, kem = keys
    sound = spk.type == SIGNED and (opk is None or opk.type == ONE_TIME) and is_kem(kem.type)
    require(sound, "malformed", "PRE-09")
    require(state.replay_count(generation) < step.policy.replay_cache_size, "limit", "HS-09")   # step 3

    dh3 = suite.dh(spk.private_key, message.ephemeral_key)                           # step 4
    ss = suite.kem_decaps(kem.private_key, message.kem_ciphertext)
    publics = [None if k is None else Prekey(type=k.type, id=id, key=public_of(k.type, k.private_key))
               for k, id in zip(keys, ids)]
    prologue = handshake.prologue_hash(published.credential, published.batch, *publics, message.ephemeral_key,
                                       message.kem_ciphertext)
    identity = handshake.open_identity(ss, dh3, prologue, message.sealed_identity)

    credential, lists = identity.credential, identity.device_lists                  # step 5
    mine, theirs = own.credential, credential.tbs
    own_keys = [k.key for k in mine.tbs.identity_keys]
    require(credential.agreement_key not in own_keys and credential.signing_key not in own_keys, "reflection", "keys")
    require((theirs.account_id, theirs.serial) != (mine.tbs.account_id, mine.tbs.serial), "reflection", "device")

    account_keys = lists[0].tbs.account_keys                                        # step 6
    check_first_account_key(account_keys)
    account = expected_account if expected_account is not None else account_id(account_keys)
    accepted = apply_first_message_lists(state.pinned(account), account, lists, step.now, step.policy)
    verify_credential(credential, accepted[-1], step.now, step.policy)
    chosen = suite.choose_suite(published.credential.tbs.suites, theirs.suites)
    require(chosen is not None and chosen == published.batch.tbs.suite, "unsupported_suite", "SUI-08")

    psk = find_psk(step, identity.psk, (account, theirs.serial), external)           # step 7

    ik, ik_i = step.private(X25519), credential.agreement_key                       # step 8
    dh1, dh2 = suite.dh(spk.private_key, ik_i), suite.dh(ik, message.ephemeral_key)
    dh4 = suite.dh(opk.private_key, message.ephemeral_key) if opk else suite.zeros(suite.NDH)
    dh5 = suite.dh(ik, ik_i)
    outputs = handshake.derive_outputs(ss, (dh1, dh2, dh3, dh4, dh5), identity.psk, psk, prologue, identity,
                                       message.sealed_identity)
    session = new_session(step, RESPONDER, account, theirs.serial, message, identity.psk, identity.recovery, outputs,
                          ratchet.ratchet_start_responder(outputs, spk.private_key))
    header, frame = ratchet.decrypt(session, first.message, authenticated_data, step.policy, step.now, step.draw)
    body = frames.parse_body(frame)

    for key, id in zip(keys, ids):                                                  # step 9
        if key is not None and key.type in (ONE_TIME, KEM_ONE_TIME):
            state.delete(prekey_key(generation, id))
    state.put((REPLAY, generation.to_bytes(4, "big") + ref), ReplayState(session_id=outputs.session_id))
    replacement.pin(step, accepted)
    event = replacement.enter(step, session, ik_i)
    after_receiving(step, session.session_id, frame, body, True)
    return Received(session, event, frame, opk is not None, kem.type == KEM_LAST_RESORT)


def find_psk(step, psk_id, pair, external):
    if psk_id.type == EXTERNAL:
        require(external is not None and external[0] == psk_id.id, "unknown_psk", "HS-14")
        return external[1]
    if psk_id.type == RESUMPTION:
        session = step.state.session(psk_id.id)
        require(session is not None and session.pair == pair, "unknown_psk", "HS-14")
        return handshake.resumption_psk(session)
    return None


# messages

def encrypt(step, session_id, content_type, body, authenticated_data, critical, non_critical):
    """Returns (message, mailbox, whether it is the contact mailbox)."""
    state, policy = step.state, step.policy
    session = state.session(session_id)
    require(session is not None, "misuse", "no such session")
    peer = state.peer(session.peer_account)
    require(peer.device_list.entry(session.peer_serial) is not None, "not_listed", "ID-17")
    refused = {UNACCEPTED: "session_replaced", ARCHIVED: "archived", CLOSED: "closed"}
    if session.status in refused:
        raise Refusal(refused[session.status])
    require(age(step.now, session.created_at) < policy.max_session_age, "session_expired", "REP-08")
    require(session.sending.next < MAX_CHAIN_LENGTH, "chain_exhausted", "RAT-02")
    require(session.waiting is None or session.sending.next < policy.max_first_messages, "limit", "HS-06")
    require(len(authenticated_data) <= policy.max_authenticated_data, "limit")
    session = state.edit_session(session_id)
    require(content_type <= frames.RECEIPT, "unsupported_version", "FRM-03")
    require(find_extension(non_critical, frames.ABSORB) is None, "misuse", "the extension absorb is the library's")
    if session.absorb_status == ABSORB_ANNOUNCED:
        non_critical = [Extension(type=frames.ABSORB, data=session.absorb_session)] + non_critical
    for extensions in (critical, non_critical):
        types = [e.type for e in extensions]
        require(len(types) <= MAX_KEYS and all(a < b for a, b in zip(types, types[1:])), "malformed", "ENC-07")
    frame = InnerFrame(content_type=content_type, version=0, critical=critical,
                       non_critical=non_critical, body=body)
    parsed = frames.parse_body(frame)
    message = ratchet.seal(session, frame, authenticated_data)
    if session.waiting is not None:
        message = handshake.first_message(session.waiting, message)
        mailbox, contact = contact_mailbox(session.peer_account, session.peer_serial), True
    else:
        mailbox, contact = outgoing(session, step.now), False
    if isinstance(parsed, MailboxRotation):
        require(parsed.rotation == session.rotation_send + 1, "malformed", "ENV-05")
        session.rotation_send = parsed.rotation
    if content_type == frames.CLOSE:
        replacement.close(step, session_id)
    return message, mailbox, contact


def decrypt(step, session_id, message, authenticated_data, in_first_message=False):
    """In a session that is there."""
    session = step.state.edit_session(session_id)
    require(session.status != CLOSED, "closed")
    comes_back = replacement.comes_back(step.state, session)
    header, frame = ratchet.decrypt(session, message, authenticated_data, step.policy, step.now, step.draw)
    body = frames.parse_body(frame)
    if session.status == WAITING:
        session.status, session.waiting = ESTABLISHED, None
    if comes_back and frame.content_type != frames.CLOSE:
        replacement.come_back(step, session_id)
    after_receiving(step, session_id, frame, body, in_first_message)
    return Received(session, "message", frame)


def after_receiving(step, session_id, frame, body, in_first_message):
    """The extension `absorb`, and what the library does with a body (page Inner frame)."""
    session = step.state.edit_session(session_id)
    loser = find_extension(frame.non_critical, frames.ABSORB)
    if loser is not None:
        replacement.arm(step.state, session, loser)
    if frame.content_type == frames.CLOSE:
        replacement.close(step, session_id)
    elif frame.content_type == frames.MAILBOX_ROTATION:
        require(body.rotation > session.rotation_receive, "malformed", "ENV-05")
        session.rotation_receive = body.rotation
    elif frame.content_type == frames.DEVICE_LIST:
        pinned = step.state.pinned(session.peer_account)
        if in_first_message and overtaken(session, pinned, body):
            return
        replacement.pin(step, apply_device_lists(pinned, session.peer_account, body, step.now, step.policy))
    elif frame.content_type == frames.CREDENTIAL_UPDATE:
        credential_update(step, session, body, in_first_message)


def overtaken(session, pinned, lists):
    """Whether the lists in the body of a first message are passed over (ID-24)."""
    return all_older(pinned, lists) and lists[0].account_id() == session.peer_account


def credential_update(step, session, update, in_first_message):
    """FRM-06."""
    pinned, tbs = step.state.pinned(session.peer_account), update.credential.tbs
    require((tbs.account_id, tbs.serial) == session.pair, "identity_mismatch", "FRM-06")
    if in_first_message and overtaken(session, pinned, update.device_lists):
        return
    accepted = apply_device_lists(pinned, session.peer_account, update.device_lists, step.now, step.policy)
    verify_credential(update.credential, accepted[-1], step.now, step.policy)
    entry = pinned.entry(session.peer_serial)
    same = entry is not None and entry.signature_keys == signature_keys(update.credential)
    require(same, "identity_mismatch", "FRM-06")
    replacement.pin(step, accepted)


def receive(step, mailbox, message, authenticated_data, expected_account, external):
    if mailbox == step.own_contact():
        require(message[:1] == bytes([FIRST_V0]), "malformed", "ENV-03")
        return accept(step, message, authenticated_data, expected_account, external)
    found = candidates(step.state, mailbox, step.now, step.policy)
    require(found, "undecryptable", "no candidate")
    require(message[:1] == bytes([RATCHET_V0]), "malformed", "ENV-03")
    ratchet.RatchetMessage.decode(message)
    failure = Refusal("undecryptable")
    before = step.state
    for id in found:
        step.state = before.fork()
        step.state.touched = set(before.touched)
        try:
            return decrypt(step, id, message, authenticated_data)
        except Refusal as refusal:
            if isinstance(refusal, ratchet.HeaderOpened) or refusal.error_class != "undecryptable":
                failure = refusal
    raise failure
