//! Bundles and identities that deviate: taken apart, changed in one thing, and signed again.

use crate::pairwise::issuer;
use crate::party::Party;
use crate::wire::{Stop, fault};
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, ascii, byte, empty, zeros};
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::codec::Extension;
use sceau_spec::pairwise::credentials::{device_entry, sign_credential};
use sceau_spec::pairwise::device_lists::{Cosigners, attest, sign_device_list};
use sceau_spec::pairwise::enrolment::{identity_agree, identity_sign};
use sceau_spec::pairwise::identities::{
    Attestations, Credential, DeviceEntry, DeviceLists, SIGNER_ACCOUNT, SIGNER_DEVICE,
    SIGNER_ISSUER, TypedKey, TypedKeys, account_id, credential_ref, encode_credential_tbs,
    encode_device_list, encode_device_list_tbs, find_key,
};
use sceau_spec::pairwise::kdf::sign_with_label;
use sceau_spec::pairwise::labels::{CREDENTIAL_BY_ACCOUNT, DEVICE_LIST_BY_ACCOUNT, PREKEY_BATCH};
use sceau_spec::pairwise::limits::MAX_BATCH_LIFETIME;
use sceau_spec::pairwise::merkle::{Leaves, merkle_path};
use sceau_spec::pairwise::prekeys::{
    Prekey, PrekeyBatchTbs, ProvenPrekey, PublishedBatch, SIGNED, encode_prekey_batch,
    encode_prekey_batch_tbs, encode_proven_prekey, prekey_leaf, publish_batch, sign_batch,
};
use sceau_spec::pairwise::suite::{
    CORE, ED25519, Suites, X25519, dh_public_key, kem_public_key, signature_public_key,
};
use sceau_spec::primitives::sha256;

/// Bytes that nobody else has, for the parts that a deviation makes up.
pub fn made_up(what: &str, seed: &Octets) -> Octets {
    sha256(&ascii("sceau peer made up ").concat(&ascii(what)).concat(seed))
}

/// The bytes with one bit flipped.
pub fn flip(bytes: &Octets, at: usize) -> Octets {
    let mut out = bytes.clone();
    out[at] ^= 1;
    out
}

/// Lists and credential, as encoded, so that wrong versions can be put in.
pub struct Identity {
    pub device_lists: DeviceLists,
    pub credential: Credential,
    /// Whether one of the versions is to be 1: of the list, of the credential.
    pub versions: (bool, bool),
}

/// The own lists and credential with the deviations; `None` if none of them concerns these.
pub fn identity(party: &Party, names: &[String]) -> Result<Option<Identity>, Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let state = party.device()?;
    let (own, now, limits) = (&state.account, party.now, &party.policy.limits);
    let Some(mut account) = find_key(&own.account_private, ED25519) else {
        return fault("the account key is held elsewhere");
    };
    let sign = identity_sign(state)?;
    let issuer = issuer(&party.issuer_seed);
    let mut tbs = own.credential.tbs.clone();
    let mut list = own.device_list.tbs.clone();
    let mut touched = true;
    let mut credential_touched = true;
    match names.iter().find(|name| {
        name.starts_with("list")
            || name.starts_with("credential")
            || ["no-issuer-attestation", "suite-preference", "low-order-identity"]
                .contains(&name.as_str())
    }) {
        None => return Ok(None),
        Some(name) => match name.as_str() {
            "credential-expired" => {
                tbs.not_after = now;
                tbs.not_before = tbs.not_before.min(now.saturating_sub(1));
            }
            "credential-not-yet-valid" => {
                tbs.not_before = now + limits.clock_skew + 1;
                tbs.not_after = tbs.not_after.max(tbs.not_before + 1000);
            }
            "credential-other-account" => tbs.account_id = made_up("account", &account),
            "credential-suites-repeated" => tbs.suites = Suites::new(0).push(&CORE).push(&CORE),
            "credential-unknown-suite" => tbs.suites = Suites::new(0).push(&0xf000).push(&CORE),
            "credential-grease" => {
                let data = ascii("grease");
                tbs.extensions = tbs.extensions.push(&Extension { extension_type: 0x0a0a, data });
            }
            "suite-preference" => tbs.suites = Suites::new(0).push(&0xf000),
            "low-order-identity" => {
                tbs.identity_keys = replace_key(&tbs.identity_keys, X25519, &zeros(32));
            }
            "list-wrong-account-key" => {
                account = made_up("account key", &account);
                let key = signature_public_key(&account);
                list.account_keys = TypedKeys::new(0).push(&TypedKey { key_type: ED25519, key });
                tbs.account_id = account_id(&list.account_keys);
            }
            "list-device-rollback" => tbs.not_after += 1,
            "list-unsigned-renewal"
            | "credential-bad-account-signature"
            | "credential-bad-issuer-attestation"
            | "credential-device-attestation"
            | "credential-version"
            | "no-issuer-attestation" => {}
            _ => credential_touched = false,
        },
    }
    // A credential with another content has another generation, lest it look like a fork.
    if credential_touched && !asked("list-device-rollback") && !asked("list-wrong-account-key") {
        tbs.generation += 1;
    }
    let mut credential = if credential_touched {
        sign_credential(tbs, &account, &issuer)
    } else {
        own.credential.clone()
    };
    if asked("credential-version") {
        let content = with_version(&encode_credential_tbs(&credential.tbs));
        let label = CREDENTIAL_BY_ACCOUNT;
        let own = attest(SIGNER_ACCOUNT, &empty(), &account, label, &content);
        credential.attestations = Attestations::new(0).push(&own);
    }
    if asked("credential-bad-account-signature") {
        credential.attestations =
            corrupt(&credential.attestations, |signer| signer < SIGNER_ISSUER);
    }
    if asked("credential-bad-issuer-attestation") {
        credential.attestations =
            corrupt(&credential.attestations, |signer| signer == SIGNER_ISSUER);
    }
    if asked("no-issuer-attestation") {
        credential.attestations = without_issuer(&credential.attestations);
    }
    let serial = credential.tbs.serial.to_be_bytes();
    let serial = sceau_spec::octets::from_bytes(&serial);
    if asked("credential-device-attestation") {
        let content = encode_credential_tbs(&credential.tbs);
        let by_device = attest(SIGNER_DEVICE, &serial, &sign, CREDENTIAL_BY_ACCOUNT, &content);
        let mut attestations = Attestations::new(0).push(&credential.attestations[0usize]);
        attestations = attestations.push(&by_device);
        for i in 1..credential.attestations.len() {
            attestations = attestations.push(&credential.attestations[i]);
        }
        credential.attestations = attestations;
    }
    // The list.
    let mut cosign = credential_touched && !asked("list-unsigned-renewal");
    list.number += 1;
    list.issued_at = list.issued_at.max(now.saturating_sub(limits.max_list_age / 2));
    let version = (asked("list-version"), asked("credential-version"));
    let mut entry = device_entry(&credential);
    if version.1 {
        let encoded =
            with_version(&sceau_spec::pairwise::identities::encode_credential(&credential));
        entry.credential_ref =
            sceau_spec::pairwise::kdf::ref_hash(sceau_spec::pairwise::labels::CREDENTIAL, &encoded);
    }
    list.devices = Seq::<DeviceEntry>::new(0).push(&entry);
    let key = signature_public_key(&made_up("device", &sign));
    let further = DeviceEntry {
        serial: entry.serial + 1,
        generation: 1,
        credential_ref: made_up("credential", &sign),
        signature_keys: TypedKeys::new(0).push(&TypedKey { key_type: ED25519, key }),
    };
    if asked("list-unauthorised-device") {
        list.devices = list.devices.push(&further);
    } else if asked("list-added-device") || asked("list-wrong-device-attestation") {
        list.devices = list.devices.push(&further);
        cosign = true;
    } else if asked("list-devices-unordered") {
        list.devices = Seq::<DeviceEntry>::new(0).push(&further).push(&entry);
        cosign = true;
    } else if asked("credential-not-listed") {
        list.devices = Seq::<DeviceEntry>::new(0).push(&further);
        cosign = true;
    } else if asked("list-stale") {
        list.issued_at = now.saturating_sub(limits.max_list_age + 1);
    } else if asked("list-future") {
        list.issued_at = now + limits.clock_skew + 1;
    } else if asked("list-rollback") {
        if own.device_list.tbs.number < 2 {
            return fault("list-rollback needs a list whose number is at least 2");
        }
        list.number = own.device_list.tbs.number - 1;
    } else if asked("list-fork") {
        list.number = own.device_list.tbs.number;
        list.issued_at = list.issued_at.saturating_sub(1);
    } else if asked("list-number-zero") {
        list.number = 0;
    } else if !credential_touched
        && !asked("list-bad-account-signature")
        && !asked("list-version")
        && !asked("lists-unordered")
    {
        touched = false;
    }
    if !touched {
        return Err(Stop::Unsupported("this deviation here".to_owned()));
    }
    let device = if cosign { Some((serial, sign)) } else { None };
    let mut signed = sign_device_list(list, &account, &Cosigners { device, issuer });
    if asked("list-version") {
        let content = with_version(&encode_device_list_tbs(&signed.tbs));
        let label = DEVICE_LIST_BY_ACCOUNT;
        let own = attest(SIGNER_ACCOUNT, &empty(), &account, label, &content);
        signed.attestations = Attestations::new(0).push(&own);
    }
    if asked("list-bad-account-signature") {
        signed.attestations = corrupt(&signed.attestations, |signer| signer < SIGNER_DEVICE);
    }
    if asked("list-wrong-device-attestation") {
        signed.attestations = corrupt(&signed.attestations, |signer| signer == SIGNER_DEVICE);
    }
    let mut device_lists = DeviceLists::new(0).push(&signed);
    if asked("lists-unordered") {
        device_lists = device_lists.push(&own.device_list);
    }
    Ok(Some(Identity { device_lists, credential, versions: version }))
}

fn replace_key(keys: &TypedKeys, key_type: u16, key: &Octets) -> TypedKeys {
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

fn without_issuer(attestations: &Attestations) -> Attestations {
    let mut out = Attestations::new(0);
    for i in 0..attestations.len() {
        if attestations[i].signer != SIGNER_ISSUER {
            out = out.push(&attestations[i]);
        }
    }
    out
}

/// The encoding of a structure that starts with its version, with version 1.
pub fn with_version(encoded: &Octets) -> Octets {
    flip(encoded, 0)
}

/// `DeviceList device_lists<V>`, the first one of version 1 if asked.
pub fn encode_lists(identity: &Identity) -> Octets {
    let mut body = empty();
    for i in 0..identity.device_lists.len() {
        let encoded = encode_device_list(&identity.device_lists[i]);
        let wrong = identity.versions.0 && i == 0;
        body = body.concat(&if wrong { with_version(&encoded) } else { encoded });
    }
    sceau_spec::pairwise::codec::write_opaque(&body)
}

/// The credential's encoding, of version 1 if asked.
pub fn encode_own_credential(identity: &Identity) -> Octets {
    let encoded = sceau_spec::pairwise::identities::encode_credential(&identity.credential);
    if identity.versions.1 { with_version(&encoded) } else { encoded }
}

/// The encoding of a deviating bundle; `None` if no deviation is asked for.
pub fn bundle(
    party: &Party,
    published: &PublishedBatch,
    honest: &PrekeyBundle,
    names: &[String],
) -> Result<Option<Octets>, Stop> {
    if names.is_empty() {
        return Ok(None);
    }
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let state = party.device()?;
    let (now, limits) = (party.now, &party.policy.limits);
    let sign = identity_sign(state)?;
    let agree = dh_public_key(&identity_agree(state)?);
    let mut bundle = honest.clone();
    let mut identity = match identity(party, names)? {
        Some(identity) => identity,
        None => Identity {
            device_lists: bundle.device_lists.clone(),
            credential: bundle.credential.clone(),
            versions: (false, false),
        },
    };
    bundle.credential = identity.credential.clone();
    bundle.device_lists = identity.device_lists.clone();
    // The keys, changed before they are put into the tree.
    let mut keys = Seq::<Prekey>::new(0);
    for i in 0..published.prekeys.len() {
        keys = keys.push(&published.prekeys[i].prekey);
    }
    let one_time = honest.one_time_prekey.as_ref().map(|proven| proven.prekey.id as usize);
    let kem = honest.kem_prekey.prekey.id as usize;
    let need_one_time = || one_time.ok_or(Stop::Fault("needs a one-time prekey".to_owned()));
    if asked("low-order-signed-prekey") {
        keys[0usize].key = zeros(32);
    } else if asked("low-order-one-time-prekey") {
        keys[need_one_time()?].key = zeros(32);
    } else if asked("identity-is-signed-prekey") {
        keys[0usize].key = agree;
    } else if asked("one-time-is-signed-prekey") {
        let key = keys[0usize].key.clone();
        keys[need_one_time()?].key = key;
    } else if asked("kem-key-not-reduced") {
        keys[kem].key[0usize] = 0xff;
        keys[kem].key[1usize] |= 0x0f;
    } else if asked("kem-key-short") {
        keys[kem].key = keys[kem].key.slice(0, 1183);
    } else if asked("signed-prekey-not-first") {
        let key = keys[0usize].key.clone();
        keys[need_one_time()?] = Prekey { prekey_type: SIGNED, id: need_one_time()? as u32, key };
    }
    let reference = match identity.versions.1 {
        true => bundle.device_lists[0usize].tbs.devices[0usize].credential_ref.clone(),
        false => credential_ref(&bundle.credential),
    };
    let batch = &published.batch.tbs;
    let (generation, not_before, expiry) = (batch.generation, batch.not_before, batch.expiry);
    let rebuilt = publish_batch(&keys, &reference, generation, not_before, expiry, &sign);
    let mut tbs = rebuilt.batch.tbs.clone();
    let proven = |index: usize| rebuilt.prekeys[index].clone();
    bundle.signed_prekey = proven(0);
    bundle.one_time_prekey = one_time.map(proven);
    bundle.kem_prekey = proven(kem);
    change_batch(&mut tbs, names, now, limits.clock_skew, &sign);
    bundle.batch = sign_batch(tbs.clone(), &sign);
    let content = encode_prekey_batch_tbs(&tbs);
    let own_account = find_key(&state.account.account_private, ED25519).unwrap_or_default();
    let resign = |key: &Octets, label: &str| sign_with_label(key, label, &content);
    let signature = &mut bundle.batch.signatures[0usize].signature;
    if asked("batch-bad-signature") {
        *signature = flip(signature, 0);
    } else if asked("batch-signed-by-bundle-key") {
        *signature = resign(&made_up("batch key", &sign), PREKEY_BATCH);
    } else if asked("batch-signed-by-account-key") {
        *signature = resign(&own_account, PREKEY_BATCH);
    } else if asked("batch-version") {
        *signature = sign_with_label(&sign, PREKEY_BATCH, &with_version(&content));
    } else if asked("batch-wrong-label") {
        *signature = resign(&sign, CREDENTIAL_BY_ACCOUNT);
    }
    // The places.
    change_places(&mut bundle, names, &keys, &sign)?;
    if let Some(first) = names.iter().find(|name| name.as_str() == "bundle-version") {
        return Ok(Some(with_version(&encode(&bundle, &mut identity, first))));
    }
    let encoded = encode(&bundle, &mut identity, names.first().map_or("", String::as_str));
    Ok(Some(if asked("bundle-trailing") { encoded.concat(&byte(0)) } else { encoded }))
}

fn change_batch(tbs: &mut PrekeyBatchTbs, names: &[String], now: u64, skew: u64, seed: &Octets) {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    if asked("batch-other-credential-ref") {
        tbs.credential_ref = made_up("credential", seed);
    } else if asked("batch-expired") {
        tbs.not_before = tbs.not_before.min(now.saturating_sub(1000));
        tbs.expiry = now;
    } else if asked("batch-not-yet-valid") {
        tbs.not_before = now + skew + 1;
        tbs.expiry = tbs.expiry.max(tbs.not_before + 1000);
    } else if asked("batch-lifetime-too-long") {
        tbs.expiry = tbs.not_before + MAX_BATCH_LIFETIME + 1;
    } else if asked("batch-expiry-first") {
        tbs.not_before = now + 100;
        tbs.expiry = now + 100;
    } else if asked("batch-other-suite") {
        tbs.suite = 0xf000;
    }
}

/// Changes what stands in the places of the three keys.
fn change_places(
    bundle: &mut PrekeyBundle,
    names: &[String],
    keys: &Seq<Prekey>,
    seed: &Octets,
) -> Result<(), Stop> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let one_time = || {
        let proven = bundle.one_time_prekey.clone();
        proven.ok_or(Stop::Fault("needs a one-time prekey".to_owned()))
    };
    if asked("batch-unsigned-kem") {
        let seed = made_up("kem", seed).concat(&made_up("kem z", seed));
        bundle.kem_prekey.prekey.key = kem_public_key(&seed);
    } else if asked("bad-path-signed") {
        bundle.signed_prekey.path = flip(&bundle.signed_prekey.path, 0);
    } else if asked("bad-path-one-time") {
        let mut proven = one_time()?;
        proven.path = flip(&proven.path, 0);
        bundle.one_time_prekey = Some(proven);
    } else if asked("bad-path-kem") {
        bundle.kem_prekey.path = flip(&bundle.kem_prekey.path, 0);
    } else if asked("path-too-long") {
        bundle.signed_prekey.path = bundle.signed_prekey.path.concat(&made_up("node", seed));
    } else if asked("path-too-short") {
        let path = &bundle.signed_prekey.path;
        bundle.signed_prekey.path = path.slice(0, path.len() - 32);
    } else if asked("path-empty") {
        bundle.signed_prekey.path = empty();
    } else if asked("mixed-batch") {
        let honest = one_time()?;
        let mut others = keys.clone();
        for i in 0..others.len() {
            if others[i].key.len() == 32 {
                others[i].key = dh_public_key(&made_up(&i.to_string(), seed));
            }
        }
        let mut leaves = Leaves::new(0);
        for i in 0..others.len() {
            leaves = leaves.push(&prekey_leaf(&others[i]));
        }
        let index = honest.prekey.id as usize;
        let path = merkle_path(&leaves, index);
        bundle.one_time_prekey = Some(ProvenPrekey { prekey: others[index].clone(), path });
    } else if asked("prekey-wrong-id") {
        bundle.kem_prekey.prekey.id ^= 2;
    } else if asked("prekey-wrong-type-kem") {
        bundle.kem_prekey = bundle.signed_prekey.clone();
    } else if asked("prekey-wrong-type-one-time") {
        bundle.one_time_prekey = Some(bundle.signed_prekey.clone());
    } else if asked("prekey-wrong-type-signed") || asked("signed-prekey-not-first") {
        bundle.signed_prekey = one_time()?;
        bundle.one_time_prekey = None;
    }
    Ok(())
}

/// The encoding, with what no decoded bundle can have.
fn encode(bundle: &PrekeyBundle, identity: &mut Identity, name: &str) -> Octets {
    identity.credential = bundle.credential.clone();
    let batch = encode_prekey_batch(&bundle.batch);
    let one_time = match (&bundle.one_time_prekey, name) {
        (Some(proven), "bundle-presence") => byte(2).concat(&encode_proven_prekey(proven)),
        (None, "bundle-presence") => byte(2),
        (Some(proven), _) => byte(1).concat(&encode_proven_prekey(proven)),
        (None, _) => byte(0),
    };
    byte(0)
        .concat(&encode_lists(identity))
        .concat(&encode_own_credential(identity))
        .concat(&if name == "batch-version" { with_version(&batch) } else { batch })
        .concat(&encode_proven_prekey(&bundle.signed_prekey))
        .concat(&one_time)
        .concat(&encode_proven_prekey(&bundle.kem_prekey))
}
