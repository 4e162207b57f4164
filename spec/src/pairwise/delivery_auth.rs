//! Who may ask a relay for what (Delivery service, *Who may do what*).

use super::bundle::check_batch_content;
use super::codec::{
    finish, read_bytes, read_opaque, read_opaque_of, read_u8, read_u64, reader, write_opaque,
};
use super::credentials::verify_credential;
use super::delivery::Publication;
use super::device_lists::apply_device_lists;
use super::error::{ErrorClass, check};
use super::identities::{Credential, DeviceList, read_version};
use super::kdf::sign_with_label;
use super::labels::DELIVERY;
use super::limits::{MAX_KEY, Policy};
use super::prekeys::{
    TypedSignature, TypedSignatures, encode_signatures, in_batch, read_signatures, signed_by_all,
};
use super::suite::{ED25519, NH, hash};
use super::typed_keys::account_id;
use crate::octets::{Octets, byte, u64_be};

/// Action: publish a batch.
pub const PUBLISH: u8 = 1;
/// Action: fetch bundles.
pub const FETCH: u8 = 2;
/// Action: put an envelope.
pub const PUT: u8 = 3;
/// Action: get envelopes.
pub const GET: u8 = 4;
/// Action: acknowledge envelopes.
pub const ACKNOWLEDGE: u8 = 5;
/// Action: commit; reserved.
pub const COMMIT: u8 = 6;

/// `DeliveryAuthTBS`.
#[derive(Clone, Debug, Default)]
pub struct DeliveryAuthTbs {
    /// What the relay has given out.
    pub challenge: Octets,
    /// What is asked for.
    pub action: u8,
    /// By the device of this account.
    pub account_id: Octets,
    /// With this number.
    pub serial: u64,
    /// Hash of the encoded request.
    pub request_hash: Octets,
}

/// `DeliveryAuth`.
#[derive(Clone, Debug, Default)]
pub struct DeliveryAuth {
    /// What is signed.
    pub tbs: DeliveryAuthTbs,
    /// The signatures.
    pub signatures: TypedSignatures,
}

/// `encode(DeliveryAuthTBS)`.
pub fn encode_delivery_auth_tbs(tbs: &DeliveryAuthTbs) -> Octets {
    byte(0)
        .concat(&tbs.challenge)
        .concat(&byte(tbs.action))
        .concat(&write_opaque(&tbs.account_id))
        .concat(&u64_be(tbs.serial))
        .concat(&write_opaque(&tbs.request_hash))
}

/// `encode(DeliveryAuth)`.
pub fn encode_delivery_auth(auth: &DeliveryAuth) -> Octets {
    encode_delivery_auth_tbs(&auth.tbs).concat(&encode_signatures(&auth.signatures))
}

/// Decodes a `DeliveryAuth`.
pub fn decode_delivery_auth(bytes: &Octets) -> Result<DeliveryAuth, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (challenge, r) = read_bytes(r, 32)?;
    let (action, r) = read_u8(r)?;
    let (account_id, r) = read_opaque(r, MAX_KEY)?;
    let (serial, r) = read_u64(r)?;
    let (request_hash, r) = read_opaque_of(r, NH)?;
    let (signatures, r) = read_signatures(r)?;
    finish(&r)?;
    check(action >= PUBLISH && action <= COMMIT, ErrorClass::Malformed)?;
    let tbs = DeliveryAuthTbs { challenge, action, account_id, serial, request_hash };
    Ok(DeliveryAuth { tbs, signatures })
}

// ANCHOR: delivery_auth
/// What a device signs for a request: an answer to a challenge of the relay that its channel
/// authenticates (`[DS-03]`).
pub fn delivery_auth(
    challenge: &Octets,
    action: u8,
    request: &Octets,
    credential: &Credential,
    identity_sign: &Octets,
) -> DeliveryAuth {
    let tbs = DeliveryAuthTbs {
        challenge: challenge.clone(),
        action,
        account_id: credential.tbs.account_id.clone(),
        serial: credential.tbs.serial,
        request_hash: hash(request),
    };
    let signature = sign_with_label(identity_sign, DELIVERY, &encode_delivery_auth_tbs(&tbs));
    let signatures = TypedSignatures::new(0);
    DeliveryAuth {
        tbs,
        signatures: signatures.push(&TypedSignature { key_type: ED25519, signature }),
    }
}

/// Whether a `DeliveryAuth` fits a request of the device of a credential (`[DS-02]`). That the challenge
/// was given out on this connection, lately, and used for nothing else is the relay's to know.
pub fn check_delivery_auth(
    auth: &DeliveryAuth,
    challenge: &Octets,
    action: u8,
    request: &Octets,
    credential: &Credential,
) -> Result<(), ErrorClass> {
    let fits = auth.tbs.challenge == *challenge
        && auth.tbs.action == action
        && auth.tbs.account_id == credential.tbs.account_id
        && auth.tbs.serial == credential.tbs.serial
        && auth.tbs.request_hash == hash(request);
    check(fits, ErrorClass::BadSignature)?;
    let content = encode_delivery_auth_tbs(&auth.tbs);
    let keys = credential.tbs.identity_keys.clone();
    check(signed_by_all(&auth.signatures, &keys, DELIVERY, &content), ErrorClass::BadSignature)
}
// ANCHOR_END: delivery_auth

// ANCHOR: check_publication
/// What a relay verifies of a publication, against the list that it has and the generation of the
/// device's last batch, 0 if there is none (`[DS-04]`). The device list that it keeps.
pub fn check_publication(
    publication: &Publication,
    kept: &Option<DeviceList>,
    last_generation: u32,
    now: u64,
    policy: &Policy,
) -> Result<DeviceList, ErrorClass> {
    let lists = publication.device_lists.clone();
    check(lists.len() > 0, ErrorClass::Malformed)?;
    let account = account_id(&lists[0usize].tbs.account_keys);
    let list = apply_device_lists(kept, &account, &lists, now, policy)?;
    let _keys = verify_credential(&publication.credential, &list, now, policy)?;
    let batch = publication.batch.batch.clone();
    check(batch.tbs.generation > last_generation, ErrorClass::Rollback)?;
    check_batch_content(&batch, &publication.credential, now, policy)?;
    let mut proven = true;
    for i in 0..publication.batch.prekeys.len() {
        proven = proven && in_batch(&publication.batch.prekeys[i], &batch);
    }
    check(proven, ErrorClass::BadPath)?;
    Ok(list)
}
// ANCHOR_END: check_publication
