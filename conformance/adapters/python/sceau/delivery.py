"""Formats of the delivery service (page Delivery service)."""
from . import suite
from .codec import Fixed, Opaque, Struct, Uint, Vector, uint16, uint32, uint64, version
from .envelope import Envelope, contact_mailbox
from .errors import require
from .identities import Credential, DeviceLists, apply_device_lists, check_first_account_key, verify_credential
from .kdf import sign_with_label
from .limits import MAX_DEVICES, MAX_GET, MAX_KEY, MAX_MESSAGE
from .prekeys import (PrekeyBundle, PublishedBatch, TypedSignature, TypedSignatures, all_signed, check_batch,
                      check_prekey, is_kem)


PUBLISH, FETCH, PUT, GET, ACKNOWLEDGE, COMMIT = range(1, 7)


class Publication(Struct):
    FIELDS = (("version", version), ("device_lists", DeviceLists), ("credential", Credential),
              ("batch", PublishedBatch))


class FetchRequest(Struct):
    FIELDS = (("version", version), ("account_id", Opaque(MAX_KEY)), ("serial", uint64))


class FetchAnswer(Struct):
    FIELDS = (("version", version), ("bundles", Vector(PrekeyBundle, most=MAX_DEVICES)))


class GetRequest(Struct):
    FIELDS = (("version", version), ("mailbox_id", Fixed(32)), ("most", uint16))


class StoredEnvelope(Struct):
    FIELDS = (("handle", Fixed(16)), ("expiry", uint64), ("message", Opaque(MAX_MESSAGE)))


class GetAnswer(Struct):
    FIELDS = (("version", version), ("envelopes", Vector(StoredEnvelope, most=MAX_GET)), ("more", Uint(1, (0, 1))))


class AcknowledgeRequest(Struct):
    FIELDS = (("version", version), ("mailbox_id", Fixed(32)), ("handles", Opaque(16 * MAX_GET)))

    def check(self):
        require(len(self.handles) % 16 == 0, "malformed", "DS-15")


class PrekeyStock(Struct):
    FIELDS = (("version", version), ("one_time", uint32), ("kem_one_time", uint32))


class DeliveryAuthTBS(Struct):
    FIELDS = (("version", version), ("challenge", Fixed(32)), ("relay", Opaque(255, 1)),
              ("action", Uint(1, range(PUBLISH, COMMIT + 1))), ("account_id", Opaque(MAX_KEY)), ("serial", uint64),
              ("request_hash", Opaque(suite.NH, suite.NH)))


class DeliveryAuth(Struct):
    FIELDS = (("tbs", DeliveryAuthTBS), ("signatures", TypedSignatures))


def delivery_auth(signing_seed, challenge, relay, action, account_id, serial, request):
    require(len(challenge) == 32 and 1 <= len(relay) <= 255 and PUBLISH <= action <= COMMIT, "malformed")
    tbs = DeliveryAuthTBS(version=0, challenge=challenge, relay=relay, action=action, account_id=account_id,
                          serial=serial, request_hash=suite.sha256(request))
    signature = TypedSignature(type=1, signature=sign_with_label(signing_seed, "delivery", tbs.encode()))
    return DeliveryAuth(tbs=tbs, signatures=[signature])


def concerns(action, request, account_id, serial):
    """Whether a request is the device's publication, or for its contact mailbox."""
    if action == PUBLISH:
        published = Publication.decode(request).credential.tbs
        return (published.account_id, published.serial) == (account_id, serial)
    kind = {FETCH: FetchRequest, PUT: Envelope, GET: GetRequest, ACKNOWLEDGE: AcknowledgeRequest}[action]
    decoded = kind.decode(request)
    return action in (GET, ACKNOWLEDGE) and decoded.mailbox_id == contact_mailbox(account_id, serial)


def check_delivery_auth(auth, credential, challenge, relays, action, request):
    """DS-02; `relays` are the relay's names."""
    require(action != COMMIT, "malformed", "edition 0 has no commit")
    tbs, device = auth.tbs, credential.tbs
    require(concerns(action, request, device.account_id, device.serial), "bad_signature", "DS-02: another device's")
    fits = (tbs.challenge, tbs.action, tbs.account_id, tbs.serial, tbs.request_hash) == \
        (challenge, action, device.account_id, device.serial, suite.sha256(request))
    require(fits and tbs.relay in relays, "bad_signature", "DS-02")
    all_signed(auth.signatures, device.identity_keys, "delivery", tbs.encode())


def check_publication(publication, pinned, last_generation, now, policy):
    """DS-04; returns the list that the relay then has."""
    lists, credential, published = publication.device_lists, publication.credential, publication.batch
    check_first_account_key(lists[0].tbs.account_keys)
    account = (pinned or lists[0]).account_id()
    accepted = apply_device_lists(pinned, account, lists, now, policy)
    verify_credential(credential, accepted[-1], now, policy)
    check_batch(published.batch, credential, None, now, policy)
    require(published.batch.tbs.generation > last_generation, "rollback", "DS-04")
    for proven in published.prekeys:
        check_prekey(proven, published.batch)
        if is_kem(proven.prekey.type):
            suite.kem_check(proven.prekey.key)
    return accepted[-1]
