//! Batches and bundles that deviate.

use super::{
    Identity, asked, encode_lists, encode_own_credential, flip, identity, made_up, signature,
    with_top_bit, with_version,
};
use crate::party::Party;
use crate::wire::Stop;
use hacspec_lib::Seq;
use sceau_spec::octets::{Octets, ascii, byte, empty, zeros};
use sceau_spec::pairwise::bundle::PrekeyBundle;
use sceau_spec::pairwise::codec::Extension;
use sceau_spec::pairwise::enrolment::{identity_agree, identity_sign};
use sceau_spec::pairwise::identities::credential_ref;
use sceau_spec::pairwise::kdf::sign_with_label;
use sceau_spec::pairwise::labels::{CREDENTIAL_BY_ACCOUNT, PREKEY_BATCH};
use sceau_spec::pairwise::limits::MAX_BATCH_LIFETIME;
use sceau_spec::pairwise::merkle::{Leaves, merkle_path};
use sceau_spec::pairwise::prekeys::{
    Prekey, PrekeyBatchTbs, ProvenPrekey, PublishedBatch, SIGNED, encode_prekey_batch,
    encode_prekey_batch_tbs, encode_proven_prekey, prekey_leaf, publish_batch, sign_batch,
};
use sceau_spec::pairwise::suite::{CORE, ED25519, dh_public_key, kem_public_key};
use sceau_spec::pairwise::typed_keys::find_key;

/// A bundle that deviates: its encoding, and what of it can be decoded; `None` if no deviation is asked
/// for.
pub fn bundle(
    party: &Party,
    published: &PublishedBatch,
    honest: &PrekeyBundle,
    names: &[String],
) -> Result<Option<(Octets, PrekeyBundle)>, Stop> {
    if names.is_empty() {
        return Ok(None);
    }
    let state = party.device()?;
    let sign = identity_sign(state)?;
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
    let one_time = honest.one_time_prekey.as_ref().map(|proven| proven.prekey.id as usize);
    let kem = honest.kem_prekey.prekey.id as usize;
    let agree = dh_public_key(&identity_agree(state)?);
    let keys = keys(published, one_time, kem, &agree, names)?;
    let reference = match identity.versions.1 {
        true => bundle.device_lists[0usize].tbs.devices[0usize].credential_ref.clone(),
        false => credential_ref(&bundle.credential),
    };
    let batch = &published.batch.tbs;
    let (generation, not_before, expiry) = (batch.generation, batch.not_before, batch.expiry);
    let rebuilt = publish_batch(&keys, CORE, &reference, generation, not_before, expiry, &sign);
    let mut tbs = rebuilt.batch.tbs.clone();
    let proven = |index: usize| rebuilt.prekeys[index].clone();
    bundle.signed_prekey = proven(0);
    bundle.one_time_prekey = one_time.map(proven);
    bundle.kem_prekey = proven(kem);
    change_batch(&mut tbs, names, party.now, party.policy.limits.clock_skew, &sign);
    bundle.batch = sign_batch(tbs, &sign);
    let own_account = find_key(&state.account.account_private, ED25519).unwrap_or_default();
    change_signature(&mut bundle, names, &sign, &own_account);
    change_places(&mut bundle, names, &keys, &sign)?;
    let first = names.first().map_or("", String::as_str);
    let encoded = encode(&bundle, &mut identity, first);
    let encoded = match first {
        "bundle-version" => with_version(&encoded),
        "bundle-trailing" => encoded.concat(&byte(0)),
        _ => encoded,
    };
    Ok(Some((encoded, bundle)))
}

/// The keys of the batch, changed before they are put into the tree.
fn keys(
    published: &PublishedBatch,
    one_time: Option<usize>,
    kem: usize,
    agree: &Octets,
    names: &[String],
) -> Result<Seq<Prekey>, Stop> {
    let asked = |name: &str| asked(names, name);
    let mut keys = Seq::<Prekey>::new(0);
    for i in 0..published.prekeys.len() {
        keys = keys.push(&published.prekeys[i].prekey);
    }
    let need_one_time = || one_time.ok_or(Stop::Fault("needs a one-time prekey".to_owned()));
    if asked("low-order-signed-prekey") {
        keys[0usize].key = zeros(32);
    } else if asked("low-order-one-time-prekey") {
        keys[need_one_time()?].key = zeros(32);
    } else if asked("identity-is-signed-prekey") {
        keys[0usize].key = agree.clone();
    } else if asked("signed-prekey-top-bit") {
        keys[0usize].key = with_top_bit(&keys[0usize].key);
    } else if asked("one-time-prekey-top-bit") {
        let index = need_one_time()?;
        keys[index].key = with_top_bit(&keys[index].key);
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
    Ok(keys)
}

/// Changes the batch's signature.
fn change_signature(bundle: &mut PrekeyBundle, names: &[String], sign: &Octets, account: &Octets) {
    let asked = |name: &str| asked(names, name);
    let content = encode_prekey_batch_tbs(&bundle.batch.tbs);
    let resign = |key: &Octets, label: &str| sign_with_label(key, label, &content);
    let signature = &mut bundle.batch.signatures[0usize].signature;
    if asked("batch-bad-signature") {
        *signature = flip(signature, 0);
    } else if asked("batch-signed-by-bundle-key") {
        *signature = resign(&made_up("batch key", sign), PREKEY_BATCH);
    } else if asked("batch-signed-by-account-key") {
        *signature = resign(account, PREKEY_BATCH);
    } else if asked("batch-version") {
        *signature = sign_with_label(sign, PREKEY_BATCH, &with_version(&content));
    } else if asked("batch-wrong-label") {
        *signature = resign(sign, CREDENTIAL_BY_ACCOUNT);
    } else if asked("batch-small-order-key") || asked("batch-noncanonical-key") {
        *signature = signature::sign_under_neutral(sign, PREKEY_BATCH, &content);
    } else if let Some(kind) = signature::kind("batch", names) {
        *signature = signature::sign(kind, sign, PREKEY_BATCH, &content);
    }
}

fn change_batch(tbs: &mut PrekeyBatchTbs, names: &[String], now: u64, skew: u64, seed: &Octets) {
    let asked = |name: &str| asked(names, name);
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
    } else if asked("batch-grease") {
        let grease = Extension { extension_type: 0x0a0a, data: ascii("grease") };
        tbs.extensions = tbs.extensions.push(&grease);
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
    let asked = |name: &str| asked(names, name);
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
