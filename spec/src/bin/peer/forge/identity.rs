//! Device lists and credentials that deviate, in a bundle or in a first message.

use super::{flip, made_up, signature, with_top_bit, with_version};
use crate::pairwise::issuer;
use crate::party::Party;
use crate::wire::{Stop, fault};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, ascii, empty, u64_be, zeros};
use sceau_spec::pairwise::codec::{Extension, write_opaque};
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, attest, sign_device_list};
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::identities::{
    Attestations, Credential, CredentialTbs, DeviceEntry, DeviceList, DeviceListTbs, DeviceLists,
    SIGNER_ACCOUNT, SIGNER_DEVICE, SIGNER_ISSUER, encode_credential, encode_credential_tbs,
    encode_device_list, encode_device_list_tbs,
};
use sceau_spec::pairwise::kdf::{ref_hash, sign_with_label};
use sceau_spec::pairwise::labels::{
    CREDENTIAL, CREDENTIAL_BY_ACCOUNT, DEVICE_LIST_BY_ACCOUNT, DEVICE_LIST_BY_DEVICE,
};
use sceau_spec::pairwise::state::AccountState;
use sceau_spec::pairwise::suite::{CORE, ED25519, Suites, X25519, signature_public_key};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, account_id, find_key};

/// A key type below `0x0100` that nobody knows: signs.
pub const UNKNOWN_SIGNING: u16 = 0x0002;
/// A key type above `0x0100` that nobody knows: agrees.
const UNKNOWN_AGREEING: u16 = 0x0102;

/// Lists and credential, as encoded, so that wrong versions can be put in.
pub struct Identity {
    pub device_lists: DeviceLists,
    pub credential: Credential,
    /// Whether one of the versions is to be 1: of the list, of the credential.
    pub versions: (bool, bool),
}

/// Deviations of lists and credential whose names do not begin so.
const OTHERS: [&str; 5] = [
    "no-issuer-attestation",
    "suite-preference",
    "low-order-identity",
    "batch-small-order-key",
    "batch-noncanonical-key",
];

/// Who signs.
struct Keys {
    account: Octets,
    device: Octets,
    issuer: Option<(Octets, Octets)>,
}

/// The own lists and credential with the deviations; `None` if none of them concerns these.
pub fn identity(party: &Party, names: &[String]) -> Result<Option<Identity>, Stop> {
    let concerns = |name: &&String| {
        name.starts_with("list")
            || name.starts_with("credential")
            || OTHERS.contains(&name.as_str())
    };
    let Some(name) = names.iter().find(concerns) else { return Ok(None) };
    let own = &party.device()?.account;
    let Some(account) = find_key(&own.account_private, ED25519) else {
        return fault("the account key is held elsewhere");
    };
    let device = identity_sign(party.device()?)?;
    let mut keys = Keys { account, device, issuer: issuer(&party.issuer_seed) };
    if let Some(altered) = own_list_altered(name, own, &keys) {
        let device_lists = DeviceLists::new(0).push(&altered);
        let credential = own.credential.clone();
        return Ok(Some(Identity { device_lists, credential, versions: (false, false) }));
    }
    let mut tbs = own.credential.tbs.clone();
    let mut list = own.device_list.tbs.clone();
    let renewed = change_credential(name, party, &mut tbs, &mut list, &mut keys);
    let credential =
        if renewed { signed_credential(name, tbs, &keys) } else { own.credential.clone() };
    let versions = (name == "list-version", name == "credential-version");
    let entry = entry(&credential, versions.1);
    let by_device = change_list(name, party, &mut list, &entry, renewed, &keys)?;
    let signed = signed_list(name, list, &entry, by_device, &keys);
    let mut device_lists = DeviceLists::new(0).push(&signed);
    if name == "lists-unordered" {
        device_lists = device_lists.push(&own.device_list);
    }
    Ok(Some(Identity { device_lists, credential, versions }))
}

/// Changes what the credential says; whether it becomes another one.
fn change_credential(
    name: &str,
    party: &Party,
    tbs: &mut CredentialTbs,
    list: &mut DeviceListTbs,
    keys: &mut Keys,
) -> bool {
    let (now, limits) = (party.now, &party.policy.limits);
    let unknown =
        |key_type: u16| TypedKey { key_type, key: made_up("key", &u64_be(key_type.into())) };
    match name {
        "credential-expired" => {
            tbs.not_after = now;
            tbs.not_before = tbs.not_before.min(now.saturating_sub(1));
        }
        "credential-not-yet-valid" => {
            tbs.not_before = now + limits.clock_skew + 1;
            tbs.not_after = tbs.not_after.max(tbs.not_before + 1000);
        }
        "credential-other-account" => tbs.account_id = made_up("account", &keys.account),
        "credential-suites-repeated" => tbs.suites = Suites::new(0).push(&CORE).push(&CORE),
        "credential-unknown-suite" => tbs.suites = Suites::new(0).push(&0xf000).push(&CORE),
        "credential-grease" => {
            let data = ascii("grease");
            tbs.extensions = tbs.extensions.push(&Extension { extension_type: 0x0a0a, data });
        }
        "suite-preference" => tbs.suites = Suites::new(0).push(&0xf000),
        "low-order-identity" => {
            tbs.identity_keys = with_key(&tbs.identity_keys, X25519, &zeros(32))
        }
        "credential-agreement-top-bit" => {
            let key = with_top_bit(&find_key(&tbs.identity_keys, X25519).unwrap_or_default());
            tbs.identity_keys = with_key(&tbs.identity_keys, X25519, &key);
        }
        "batch-small-order-key" | "batch-noncanonical-key" => {
            let key = signature::neutral_key(name == "batch-small-order-key");
            tbs.identity_keys = with_key(&tbs.identity_keys, ED25519, &key);
        }
        "credential-no-agreement-key" => {
            tbs.identity_keys = TypedKeys::new(0).push(&tbs.identity_keys[0usize]);
        }
        "credential-no-signing-key" => {
            let agreement = tbs.identity_keys[1usize].clone();
            tbs.identity_keys = TypedKeys::new(0).push(&unknown(UNKNOWN_SIGNING)).push(&agreement);
        }
        "credential-unknown-keys" => {
            tbs.identity_keys = TypedKeys::new(0)
                .push(&tbs.identity_keys[0usize])
                .push(&unknown(UNKNOWN_SIGNING))
                .push(&tbs.identity_keys[1usize])
                .push(&unknown(UNKNOWN_AGREEING));
        }
        "list-wrong-account-key" => {
            keys.account = made_up("account key", &keys.account);
            let key = signature_public_key(&keys.account);
            list.account_keys = TypedKeys::new(0).push(&TypedKey { key_type: ED25519, key });
            tbs.account_id = account_id(&list.account_keys);
            return true;
        }
        "list-device-rollback" => {
            tbs.not_after += 1;
            return true;
        }
        "list-unsigned-renewal"
        | "credential-bad-account-signature"
        | "credential-bad-issuer-attestation"
        | "credential-device-attestation"
        | "credential-version"
        | "credential-wrong-label"
        | "no-issuer-attestation" => {}
        name if name.starts_with("credential-signature-") => {}
        _ => return false,
    }
    // A credential with another content has another generation, lest it look like a fork.
    tbs.generation += 1;
    true
}

/// The credential with its attestations.
fn signed_credential(name: &str, tbs: CredentialTbs, keys: &Keys) -> Credential {
    let mut credential = sign_credential(tbs, &keys.account, &keys.issuer);
    let content = encode_credential_tbs(&credential.tbs);
    let attestations = &mut credential.attestations;
    match name {
        "credential-version" => {
            let content = with_version(&content);
            let label = CREDENTIAL_BY_ACCOUNT;
            let own = attest(SIGNER_ACCOUNT, &empty(), &keys.account, label, &content);
            *attestations = Attestations::new(0).push(&own);
        }
        "credential-wrong-label" => {
            attestations[0usize].signature =
                sign_with_label(&keys.account, DEVICE_LIST_BY_ACCOUNT, &content);
        }
        "credential-bad-account-signature" => {
            *attestations = corrupt(attestations, |signer| signer < SIGNER_ISSUER);
        }
        "credential-bad-issuer-attestation" => {
            *attestations = corrupt(attestations, |signer| signer == SIGNER_ISSUER);
        }
        "no-issuer-attestation" => {
            let mut others = Attestations::new(0);
            for i in 0..attestations.len() {
                if attestations[i].signer != SIGNER_ISSUER {
                    others = others.push(&attestations[i]);
                }
            }
            *attestations = others;
        }
        "credential-device-attestation" => {
            let serial = u64_be(credential.tbs.serial);
            let label = CREDENTIAL_BY_ACCOUNT;
            let by_device = attest(SIGNER_DEVICE, &serial, &keys.device, label, &content);
            let mut all = Attestations::new(0).push(&attestations[0usize]).push(&by_device);
            for i in 1..attestations.len() {
                all = all.push(&attestations[i]);
            }
            *attestations = all;
        }
        _ => {
            if let Some(kind) = signature::kind("credential", &[name.to_owned()]) {
                attestations[0usize].signature =
                    signature::sign(kind, &keys.account, CREDENTIAL_BY_ACCOUNT, &content);
            }
        }
    }
    credential
}

/// The entry of the credential, whose version may be 1.
fn entry(credential: &Credential, version: bool) -> DeviceEntry {
    let mut entry = device_entry(credential);
    if version {
        entry.credential_ref = ref_hash(CREDENTIAL, &with_version(&encode_credential(credential)));
    }
    entry
}

/// Changes what the list says; whether the device signs it.
fn change_list(
    name: &str,
    party: &Party,
    list: &mut DeviceListTbs,
    entry: &DeviceEntry,
    renewed: bool,
    keys: &Keys,
) -> Result<bool, Stop> {
    let (now, limits) = (party.now, &party.policy.limits);
    let old = &party.device()?.account.device_list.tbs;
    list.number += 1;
    list.issued_at = list.issued_at.max(now.saturating_sub(limits.max_list_age / 2));
    list.devices = Seq::<DeviceEntry>::new(0).push(entry);
    let key = signature_public_key(&made_up("device", &keys.device));
    let further = DeviceEntry {
        serial: entry.serial + 1,
        generation: 1,
        credential_ref: made_up("credential", &keys.device),
        signature_keys: TypedKeys::new(0).push(&TypedKey { key_type: ED25519, key }),
    };
    let mut by_device = renewed && name != "list-unsigned-renewal";
    match name {
        "list-unauthorised-device" => list.devices = list.devices.push(&further),
        "list-added-device" | "list-wrong-device-attestation" => {
            list.devices = list.devices.push(&further);
            by_device = true;
        }
        "list-devices-unordered" => {
            list.devices = Seq::<DeviceEntry>::new(0).push(&further).push(entry);
            by_device = true;
        }
        "credential-not-listed" => {
            list.devices = Seq::<DeviceEntry>::new(0).push(&further);
            by_device = true;
        }
        "list-stale" => list.issued_at = now.saturating_sub(limits.max_list_age + 1),
        "list-future" => list.issued_at = now + limits.clock_skew + 1,
        "list-rollback" | "list-older" if old.number < 2 => {
            return fault("the list's number must be at least 2");
        }
        "list-rollback" | "list-older" => list.number = old.number - 1,
        "list-fork" => {
            list.number = old.number;
            list.issued_at = list.issued_at.saturating_sub(1);
        }
        "list-number-zero" => list.number = 0,
        "list-grease" => {
            let data = ascii("grease");
            list.extensions = list.extensions.push(&Extension { extension_type: 0x0a0a, data });
        }
        "list-bad-account-signature" | "list-wrong-label" | "list-version" | "lists-unordered" => {}
        name if renewed || name.starts_with("list-signature-") => {}
        _ => return Err(Stop::Unsupported("this deviation here".to_owned())),
    }
    Ok(by_device)
}

/// The list with its attestations.
fn signed_list(
    name: &str,
    list: DeviceListTbs,
    entry: &DeviceEntry,
    by_device: bool,
    keys: &Keys,
) -> DeviceList {
    let device = by_device.then(|| (u64_be(entry.serial), keys.device.clone()));
    let cosigners = Cosigners { device, issuer: keys.issuer.clone() };
    let mut signed = sign_device_list(list, &keys.account, &cosigners);
    let content = encode_device_list_tbs(&signed.tbs);
    let attestations = &mut signed.attestations;
    match name {
        "list-version" => {
            let content = with_version(&content);
            let label = DEVICE_LIST_BY_ACCOUNT;
            let own = attest(SIGNER_ACCOUNT, &empty(), &keys.account, label, &content);
            *attestations = Attestations::new(0).push(&own);
        }
        "list-wrong-label" => {
            attestations[0usize].signature =
                sign_with_label(&keys.account, CREDENTIAL_BY_ACCOUNT, &content);
        }
        "list-bad-account-signature" => {
            *attestations = corrupt(attestations, |signer| signer < SIGNER_DEVICE);
        }
        "list-wrong-device-attestation" => {
            *attestations = corrupt(attestations, |signer| signer == SIGNER_DEVICE);
        }
        _ => {
            if let Some(kind) = signature::kind("list", &[name.to_owned()]) {
                attestations[0usize].signature =
                    signature::sign(kind, &keys.account, DEVICE_LIST_BY_ACCOUNT, &content);
            }
        }
    }
    signed
}

/// The own list with other attestations, if that is asked for.
fn own_list_altered(name: &str, own: &AccountState, keys: &Keys) -> Option<DeviceList> {
    let (list, serial) = (&own.device_list, own.credential.tbs.serial);
    let attestations = match name {
        "list-other-attestations" => other_attestations(list, serial, keys).1,
        "list-broken-attestation" => {
            // Added where there is none.
            let (had, other) = other_attestations(list, serial, keys);
            let with = if had { list.attestations.clone() } else { other };
            corrupt(&with, |signer| signer == SIGNER_DEVICE)
        }
        "list-broken-account-signature" => {
            corrupt(&list.attestations, |signer| signer < SIGNER_DEVICE)
        }
        _ => return None,
    };
    Some(DeviceList { tbs: list.tbs.clone(), attestations })
}

/// Whether a list has the device's attestation; its attestations with it where it has none, and without
/// it where it has one.
fn other_attestations(list: &DeviceList, serial: u64, keys: &Keys) -> (bool, Attestations) {
    let content = encode_device_list_tbs(&list.tbs);
    let id = u64_be(serial);
    let by_device = attest(SIGNER_DEVICE, &id, &keys.device, DEVICE_LIST_BY_DEVICE, &content);
    let all = (0..list.attestations.len()).map(|i| list.attestations[i].clone());
    let (had, mut others): (Vec<_>, Vec<_>) = all.partition(|a| a.signer == SIGNER_DEVICE);
    if had.is_empty() {
        let place = others.iter().filter(|a| a.signer < SIGNER_DEVICE).count();
        others.insert(place, by_device);
    }
    (!had.is_empty(), Attestations::from_vec(others))
}

fn with_key(keys: &TypedKeys, key_type: u16, key: &Octets) -> TypedKeys {
    let mut out = TypedKeys::new(0);
    for i in 0..keys.len() {
        out = out.push(&if keys[i].key_type == key_type {
            TypedKey { key_type, key: key.clone() }
        } else {
            keys[i].clone()
        });
    }
    out
}

fn corrupt(attestations: &Attestations, which: fn(u8) -> bool) -> Attestations {
    let mut out = attestations.clone();
    for i in 0..out.len() {
        if which(out[i].signer) {
            out[i].signature = flip(&out[i].signature, 0);
        }
    }
    out
}

/// `DeviceList device_lists<V>`, the first one of version 1 if asked.
pub fn encode_lists(identity: &Identity) -> Octets {
    let mut body = empty();
    for i in 0..identity.device_lists.len() {
        let encoded = encode_device_list(&identity.device_lists[i]);
        let wrong = identity.versions.0 && i == 0;
        body = body.concat(&if wrong { with_version(&encoded) } else { encoded });
    }
    write_opaque(&body)
}

/// The credential's encoding, of version 1 if asked.
pub fn encode_own_credential(identity: &Identity) -> Octets {
    let encoded = encode_credential(&identity.credential);
    if identity.versions.1 { with_version(&encoded) } else { encoded }
}
