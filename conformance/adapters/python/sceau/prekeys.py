"""Prekeys, batches and bundles (page Prekeys)."""
from . import merkle, suite
from .codec import Extensions, Opaque, Optional, Struct, Uint, Vector, uint16, uint32, uint64, version
from .errors import require
from .identities import (ED25519, Credential, DeviceLists, apply_device_lists, known_signing,
                         verify_credential)
from .kdf import sign_with_label, verify_with_label
from .limits import MAX_BATCH_KEYS, MAX_BATCH_LIFETIME, MAX_KEY, MAX_KEYS, MAX_SIGNATURE, check_not_ahead

SIGNED, ONE_TIME, KEM_ONE_TIME, KEM_LAST_RESORT = 1, 2, 3, 4
PrekeyType = Uint(1, (SIGNED, ONE_TIME, KEM_ONE_TIME, KEM_LAST_RESORT))


def is_kem(type):
    return type in (KEM_ONE_TIME, KEM_LAST_RESORT)


class Prekey(Struct):
    FIELDS = (("type", PrekeyType), ("id", uint32), ("key", Opaque(MAX_KEY)))

    def check(self):
        require(len(self.key) == (suite.NEK if is_kem(self.type) else suite.NPK), "malformed", "key length (PRE-02)")


class PrekeyBatchTBS(Struct):
    FIELDS = (("version", version), ("suite", uint16), ("credential_ref", Opaque(MAX_KEY)), ("generation", uint32),
              ("not_before", uint64), ("expiry", uint64), ("size", uint32), ("root", Opaque(MAX_KEY)),
              ("extensions", Extensions))

    def check(self):
        require(self.generation and 2 <= self.size <= MAX_BATCH_KEYS, "malformed", "PRE-08")
        require(self.suite != suite.CORE or len(self.root) == suite.NH, "malformed", "PRE-13")


class TypedSignature(Struct):
    FIELDS = (("type", uint16), ("signature", Opaque(MAX_SIGNATURE)))


TypedSignatures = Vector(TypedSignature, most=MAX_KEYS, order=lambda s: s.type)


def all_signed(signatures, identity_keys, label, content):
    """Every signing identity key of known type has signed (PRE-03, DS-02)."""
    by_type = {s.type: s.signature for s in signatures}
    keys = [k for k in identity_keys if known_signing(k.type)]
    require(keys, "bad_signature", "no key of known type")
    for k in keys:
        require(k.type in by_type, "bad_signature", "a signature is missing")
        verify_with_label(k.key, label, content, by_type[k.type])


class PrekeyBatch(Struct):
    FIELDS = (("tbs", PrekeyBatchTBS), ("signatures", TypedSignatures))


class ProvenPrekey(Struct):
    FIELDS = (("prekey", Prekey), ("path", Opaque(MAX_KEY)))


class PublishedBatch(Struct):
    FIELDS = (("batch", PrekeyBatch), ("prekeys", Vector(ProvenPrekey, most=MAX_BATCH_KEYS)))

    def check(self):
        ids = [p.prekey.id for p in self.prekeys]
        require(ids == list(range(self.batch.tbs.size)), "malformed", "PRE-14")


class PrekeyBundle(Struct):
    FIELDS = (("version", version), ("device_lists", DeviceLists), ("credential", Credential),
              ("batch", PrekeyBatch), ("signed_prekey", ProvenPrekey), ("one_time_prekey", Optional(ProvenPrekey)),
              ("kem_prekey", ProvenPrekey))

    def proven(self):
        return [p for p in (self.signed_prekey, self.one_time_prekey, self.kem_prekey) if p]


def public_of(type, private):
    return suite.kem_keygen(private) if is_kem(type) else suite.dh_public(private)


def check_batch(batch, credential, own_suites, now, policy):
    """PRE-07, SUI-08, PRE-03, PRE-08; `own_suites` None: a relay, which has none."""
    tbs = batch.tbs
    require(tbs.credential_ref == credential.ref(), "identity_mismatch", "PRE-07")
    if own_suites is not None:
        chosen = suite.choose_suite(credential.tbs.suites, own_suites)
        require(chosen is not None and tbs.suite == chosen, "unsupported_suite", "SUI-08")
    all_signed(batch.signatures, credential.tbs.identity_keys, "prekey batch", tbs.encode())
    require(now < tbs.expiry, "expired", "PRE-08")
    check_not_ahead(now, tbs.not_before, policy)
    require(0 < tbs.expiry - tbs.not_before <= MAX_BATCH_LIFETIME, "malformed", "PRE-08")


def check_prekey(proven, batch):
    """PRE-13 and PRE-10."""
    key = proven.prekey
    if key.type == SIGNED:
        require(key.id == 0, "malformed", "PRE-13")
    elif key.type == KEM_LAST_RESORT:
        require(key.id == 1, "malformed", "PRE-13")
    else:
        require(key.id >= 2, "malformed", "PRE-13")
    sound = merkle.verify_path(merkle.leaf_hash(key.encode()), key.id, batch.tbs.size, proven.path, batch.tbs.root)
    require(sound, "bad_path", "PRE-10")


def verify_bundle(bundle, expected_account, pinned, own_credential, now, policy):
    """Returns the device lists that were accepted, the one to pin last."""
    accepted = apply_device_lists(pinned, expected_account, bundle.device_lists, now, policy)
    verify_credential(bundle.credential, accepted[-1], now, policy)
    own, their = own_credential.tbs, bundle.credential.tbs
    require((own.account_id, own.serial) != (their.account_id, their.serial), "reflection", "PRE-12")
    check_batch(bundle.batch, bundle.credential, own_credential.tbs.suites, now, policy)
    require(bundle.signed_prekey.prekey.type == SIGNED, "malformed", "PRE-09")
    require(bundle.one_time_prekey is None or bundle.one_time_prekey.prekey.type == ONE_TIME, "malformed", "PRE-09")
    require(is_kem(bundle.kem_prekey.prekey.type), "malformed", "PRE-09")
    for proven in bundle.proven():
        check_prekey(proven, bundle.batch)
    suite.kem_check(bundle.kem_prekey.prekey.key)
    keys = [bundle.signed_prekey.prekey.key, bundle.credential.agreement_key]
    if bundle.one_time_prekey:
        keys.append(bundle.one_time_prekey.prekey.key)
    require(len(set(keys)) == len(keys), "reflection", "PRE-11")
    require(own_credential.agreement_key not in keys, "reflection", "PRE-11")
    return accepted


def make_batch(privates, credential, generation, suite_value, now, lifetime, signing_seed):
    """`privates`: (type, private key) of each leaf, in the order of PRE-01. Returns the PublishedBatch."""
    keys = [Prekey(type=type, id=i, key=public_of(type, private)) for i, (type, private) in enumerate(privates)]
    root, paths = merkle.merkle_paths([merkle.leaf_hash(k.encode()) for k in keys])
    tbs = PrekeyBatchTBS(version=0, suite=suite_value, credential_ref=credential.ref(), generation=generation,
                         not_before=now, expiry=now + lifetime, size=len(keys), root=root, extensions=[])
    signature = TypedSignature(type=ED25519, signature=sign_with_label(signing_seed, "prekey batch", tbs.encode()))
    return PublishedBatch(batch=PrekeyBatch(tbs=tbs, signatures=[signature]),
                          prekeys=[ProvenPrekey(prekey=k, path=p) for k, p in zip(keys, paths)])
