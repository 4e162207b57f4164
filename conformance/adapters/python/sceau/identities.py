"""Identities, credentials and device lists (page Identities)."""
from . import suite
from .codec import Extensions, Opaque, Struct, Vector, uint8, uint16, uint32, uint64, version
from .errors import require
from .kdf import ref_hash, sign_with_label, verify_with_label
from .limits import MAX_DEVICES, MAX_DEVICE_LISTS, MAX_KEY, MAX_KEYS, MAX_SIGNATURE, age, check_not_ahead

ED25519, X25519 = 0x0001, 0x0101
KEY_LENGTHS = {ED25519: 32, X25519: 32}
ACCOUNT, DEVICE, ISSUER = 1, 2, 3


def signs(type):
    return type < 0x0100


def known_signing(type):
    return type == ED25519


class TypedKey(Struct):
    FIELDS = (("type", uint16), ("key", Opaque(MAX_KEY)))

    def check(self):
        require(len(self.key) == KEY_LENGTHS.get(self.type, len(self.key)), "malformed", "key length")


TypedKeys = Vector(TypedKey, most=MAX_KEYS, least=1, order=lambda k: k.type)
# the private keys of a state may be held elsewhere
PrivateKeys = Vector(TypedKey, most=MAX_KEYS, order=lambda k: k.type)


class Attestation(Struct):
    FIELDS = (("signer", uint8), ("signer_id", Opaque(MAX_KEY)), ("type", uint16), ("signature", Opaque(MAX_SIGNATURE)))

    def check(self):
        require(self.signer != ACCOUNT or not self.signer_id, "malformed", "signer_id of an account")
        require(self.signer != DEVICE or len(self.signer_id) == 8, "malformed", "signer_id of a device")


Attestations = Vector(Attestation, most=MAX_KEYS, least=1, order=lambda a: (a.signer, a.signer_id, a.type))


def _no_repeats(suites):
    require(len(set(suites)) == len(suites), "malformed", "a suite twice")


class CredentialTBS(Struct):
    FIELDS = (("version", version), ("account_id", Opaque(MAX_KEY)), ("serial", uint64), ("generation", uint32),
              ("not_before", uint64), ("not_after", uint64), ("identity_keys", TypedKeys),
              ("suites", Vector(uint16, most=MAX_KEYS, least=1, check=_no_repeats)), ("extensions", Extensions))

    def check(self):
        require(self.serial and self.generation, "malformed", "serial or generation 0")


class Credential(Struct):
    FIELDS = (("tbs", CredentialTBS), ("attestations", Attestations))

    def check(self):
        require(all(a.signer != DEVICE for a in self.attestations), "malformed", "a device's attestation")

    @property
    def agreement_key(self):
        return key_of(self.tbs.identity_keys, X25519)

    @property
    def signing_key(self):
        return key_of(self.tbs.identity_keys, ED25519)

    def ref(self):
        return ref_hash("credential", self.encode())


class DeviceEntry(Struct):
    FIELDS = (("serial", uint64), ("generation", uint32), ("credential_ref", Opaque(MAX_KEY)),
              ("signature_keys", TypedKeys))

    def check(self):
        require(self.serial and self.generation, "malformed", "serial or generation 0")
        require(len(self.credential_ref) == suite.NH, "malformed", "credential_ref")


class DeviceListTBS(Struct):
    FIELDS = (("version", version), ("account_keys", TypedKeys), ("number", uint64), ("issued_at", uint64),
              ("devices", Vector(DeviceEntry, most=MAX_DEVICES, least=1, order=lambda d: d.serial)),
              ("extensions", Extensions))

    def check(self):
        require(self.number, "malformed", "number 0")


class DeviceList(Struct):
    FIELDS = (("tbs", DeviceListTBS), ("attestations", Attestations))

    def entry(self, serial):
        return next((d for d in self.tbs.devices if d.serial == serial), None)

    def account_id(self):
        return account_id(self.tbs.account_keys)

    def ref(self):
        return ref_hash("device list", self.encode())


def _carried_together(lists):
    keys = [x.tbs.account_keys for x in lists]
    require(all(k == keys[0] for k in keys), "malformed", "lists of two accounts")


DeviceLists = Vector(DeviceList, most=MAX_DEVICE_LISTS, least=1, order=lambda x: x.tbs.number, check=_carried_together)


def key_of(keys, type):
    return next((k.key for k in keys if k.type == type), None)


def account_id(account_keys):
    return ref_hash("account", TypedKeys.encode(account_keys))


def issuer_id(issuer_keys):
    return ref_hash("issuer", TypedKeys.encode(issuer_keys))


def attested(attestations, signer, signer_id, keys, label, content):
    """Whether the signer has attested, with each of its keys of known type (ID-03, ID-18, ID-19)."""
    known = {k.type: k.key for k in keys if known_signing(k.type)}
    done = set()
    for a in attestations:
        if (a.signer, a.signer_id) != (signer, signer_id) or a.type not in KEY_LENGTHS:
            continue
        require(a.type in known, "malformed", "no key of the attestation's type")
        verify_with_label(known[a.type], label, content, a.signature)
        done.add(a.type)
    return bool(known) and done == set(known)


def attested_by_issuer(attestations, policy, label, content):
    """Whether a trusted issuer has; each that is there must verify."""
    issuers = [TypedKeys.decode(keys) for keys in policy.issuers]
    return any([attested(attestations, ISSUER, issuer_id(keys), keys, label, content) for keys in issuers])


def check_first_account_key(account_keys):
    require(known_signing(account_keys[0].type), "unsupported_suite", "first account key (ID-22)")


def check_account(expected_account, new):
    """Whose list it is: ID-22, ID-04."""
    check_first_account_key(new.tbs.account_keys)
    require(account_id(new.tbs.account_keys) == expected_account, "identity_mismatch", "account (ID-04)")


def apply_device_list(pinned, expected_account, new, highest, now, policy, last):
    """Verifies a list against the pinned one (or None). `highest`: of the serials before it in the series. `last`: not
    followed by another of the same series."""
    check_account(expected_account, new)
    accepted = pinned if pinned and new.tbs == pinned.tbs else new                  # ID-06: passed over by what it says
    if accepted is new:
        check_new_list(pinned, new, highest, policy)
    check_not_ahead(now, new.tbs.issued_at, policy)
    if last:
        check_not_stale(new, now, policy)
    return accepted


def check_new_list(pinned, new, highest, policy):
    """Who signed a list that is not the pinned one, and whether it may follow that: ID-05 to ID-08, ID-18, ID-19."""
    tbs, content = new.tbs, new.tbs.encode()
    by_account = attested(new.attestations, ACCOUNT, b"", tbs.account_keys, "device list by account", content)
    require(by_account, "bad_signature", "account's signature (ID-05)")
    by_device = any([
        attested(new.attestations, DEVICE, d.serial.to_bytes(8, "big"), d.signature_keys, "device list by device", content)
        for d in (pinned.tbs.devices if pinned else ())])
    by_issuer = attested_by_issuer(new.attestations, policy, "device list by issuer", content)
    if pinned:
        require(tbs.number > pinned.tbs.number, "rollback", "number (ID-06)")
        added = False
        for d in tbs.devices:
            old = pinned.entry(d.serial)
            if old is None:
                continue
            require(d.generation >= old.generation, "rollback", "generation (ID-07)")
            same = d.credential_ref == old.credential_ref and d.signature_keys == old.signature_keys
            require(d.generation > old.generation or same, "rollback", "entry (ID-07)")
            added |= d.generation > old.generation
        for d in tbs.devices:
            if pinned.entry(d.serial) is None:
                require(d.serial > highest, "unauthorised_device", "serial used before (ID-08)")
                added = True
        require(not added or by_device or by_issuer, "unauthorised_device", "ID-08")


def check_not_stale(device_list, now, policy):
    require(age(now, device_list.tbs.issued_at) <= policy.max_list_age, "stale_list", "ID-09")


def apply_device_lists(pinned, expected_account, lists, now, policy):
    """ID-20: one after another; returns those accepted, of which the last is the one to pin. A new serial is greater than
    all of the list pinned before and of those accepted before in the series (ID-08)."""
    accepted = []
    highest = max(d.serial for d in pinned.tbs.devices) if pinned else 0
    for i, new in enumerate(lists):
        last = i == len(lists) - 1
        if pinned and new.tbs.number < pinned.tbs.number and not last:
            continue
        pinned = apply_device_list(pinned, expected_account, new, highest, now, policy, last)
        highest = max([highest] + [d.serial for d in pinned.tbs.devices])
        accepted.append(pinned)
    return accepted


def all_older(pinned, lists):
    """Whether a first message's lists are passed over (ID-24)."""
    return pinned is not None and lists[-1].tbs.number < pinned.tbs.number


def apply_first_message_lists(pinned, expected_account, lists, now, policy):
    """As `apply_device_lists`, in `accept`, where lists that are all older than the pinned one are passed over (ID-24)."""
    if all_older(pinned, lists):
        check_account(expected_account, lists[-1])
        check_not_stale(pinned, now, policy)
        return [pinned]
    return apply_device_lists(pinned, expected_account, lists, now, policy)


def verify_credential(credential, accepted, now, policy):
    """Against an accepted list; for suite core."""
    tbs, content = credential.tbs, credential.tbs.encode()
    keys = accepted.tbs.account_keys
    require(tbs.account_id == account_id(keys), "identity_mismatch", "ID-10")
    entry = accepted.entry(tbs.serial)
    listed = entry is not None and entry.generation == tbs.generation and entry.credential_ref == credential.ref() \
        and entry.signature_keys == signature_keys(credential)
    require(listed, "not_listed", "ID-10")
    by_account = attested(credential.attestations, ACCOUNT, b"", keys, "credential by account", content)
    require(by_account, "bad_signature", "ID-11")
    by_issuer = attested_by_issuer(credential.attestations, policy, "credential by issuer", content)
    check_not_ahead(now, tbs.not_before, policy)
    require(now < tbs.not_after, "expired", "ID-12")
    require(by_issuer or not policy.require_issuer, "unauthorised_device", "ID-13")
    require(credential.signing_key and credential.agreement_key, "unsupported_suite", "ID-14")


def signature_keys(credential):
    return [k for k in credential.tbs.identity_keys if signs(k.type)]


# making them

def attest_credential(tbs, account_seeds, issuer_seed=None):
    content = tbs.encode()
    attestations = [Attestation(signer=ACCOUNT, signer_id=b"", type=k.type,
                                signature=sign_with_label(k.key, "credential by account", content))
                    for k in account_seeds]
    if issuer_seed is not None:
        attestations.append(by_issuer(issuer_seed, "credential by issuer", content))
    return Credential(tbs=tbs, attestations=attestations)


def by_issuer(seed, label, content):
    keys = [TypedKey(type=ED25519, key=suite.sign_public(seed))]
    return Attestation(signer=ISSUER, signer_id=issuer_id(keys), type=ED25519,
                       signature=sign_with_label(seed, label, content))


def attest_device_list(tbs, account_seeds, device=None, issuer_seed=None):
    """`device`: serial and signing seed of the device that attests, or None."""
    content = tbs.encode()
    attestations = [Attestation(signer=ACCOUNT, signer_id=b"", type=k.type,
                                signature=sign_with_label(k.key, "device list by account", content))
                    for k in account_seeds]
    if device is not None:
        serial, seed = device
        attestations.append(Attestation(signer=DEVICE, signer_id=serial.to_bytes(8, "big"), type=ED25519,
                                        signature=sign_with_label(seed, "device list by device", content)))
    if issuer_seed is not None:
        attestations.append(by_issuer(issuer_seed, "device list by issuer", content))
    return DeviceList(tbs=tbs, attestations=attestations)


def entry_of(credential):
    return DeviceEntry(serial=credential.tbs.serial, generation=credential.tbs.generation,
                       credential_ref=credential.ref(), signature_keys=signature_keys(credential))
