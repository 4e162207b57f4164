//! Who may ask a relay for what (Delivery service, *Who may do what*).

use super::bundle::check_batch_content;
use super::codec::{
    Reader, finish, read_bytes, read_opaque, read_opaque_of, read_u8, read_u64, reader,
    write_opaque,
};
use super::credentials::verify_credential;
use super::delivery::{
    Publication, decode_acknowledge_request, decode_fetch_request, decode_get_request,
    decode_publication,
};
use super::delivery_commit::decode_commit_request;
use super::device_lists::apply_device_lists;
use super::envelope::{contact_mailbox, decode_envelope};
use super::error::{ErrorClass, check};
use super::identities::{Credential, DeviceList, read_version};
use super::kdf::sign_with_label;
use super::labels::DELIVERY;
use super::limits::{MAX_KEY, Policy};
use super::prekeys::{
    TypedSignature, TypedSignatures, encode_signatures, id_fits, in_batch, read_signatures,
    signed_by_all,
};
use super::suite::{ED25519, NH, hash};
use super::typed_keys::account_id;
use crate::octets::{Octets, byte, u64_be};
use hacspec_lib::*;

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
/// Action: commit, of no `DeliveryAuth`: one decodes, and no relay takes it.
pub const COMMIT: u8 = 6;

/// Longest name of a relay in bytes.
pub const MAX_RELAY: usize = 255;

/// The names of one relay.
pub type RelayNames = Seq<Octets>;

/// `DeliveryAuthTBS`.
#[derive(Clone, Debug, Default)]
pub struct DeliveryAuthTbs {
    /// What the relay has given out.
    pub challenge: Octets,
    /// The name by which the device's channel authenticates the relay (`[DS-03]`).
    pub relay: Octets,
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
        .concat(&write_opaque(&tbs.relay))
        .concat(&byte(tbs.action))
        .concat(&write_opaque(&tbs.account_id))
        .concat(&u64_be(tbs.serial))
        .concat(&write_opaque(&tbs.request_hash))
}

/// `encode(DeliveryAuth)`.
pub fn encode_delivery_auth(auth: &DeliveryAuth) -> Octets {
    encode_delivery_auth_tbs(&auth.tbs).concat(&encode_signatures(&auth.signatures))
}

/// Whether a relay's name is as long as one may be.
pub fn name_fits(relay: &Octets) -> bool {
    relay.len() > 0 && relay.len() <= MAX_RELAY
}

/// Reads a `DeliveryAuthTBS`.
pub fn read_delivery_auth_tbs(r: Reader) -> Result<(DeliveryAuthTbs, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (challenge, r) = read_bytes(r, 32)?;
    let (relay, r) = read_opaque(r, MAX_RELAY)?;
    let (action, r) = read_u8(r)?;
    let (account_id, r) = read_opaque(r, MAX_KEY)?;
    let (serial, r) = read_u64(r)?;
    let (request_hash, r) = read_opaque_of(r, NH)?;
    let known = action >= PUBLISH && action <= COMMIT;
    check(known && name_fits(&relay), ErrorClass::Malformed)?;
    let tbs = DeliveryAuthTbs { challenge, relay, action, account_id, serial, request_hash };
    Ok((tbs, r))
}

/// Decodes a `DeliveryAuth`.
pub fn decode_delivery_auth(bytes: &Octets) -> Result<DeliveryAuth, ErrorClass> {
    let (tbs, r) = read_delivery_auth_tbs(reader(bytes))?;
    let (signatures, r) = read_signatures(r)?;
    finish(&r)?;
    Ok(DeliveryAuth { tbs, signatures })
}

// ANCHOR: delivery_auth
/// The hash of an encoded request, with the hash by which the account's objects are referred to: that
/// of Ed25519, the only signing type that is known.
pub fn request_hash(request: &Octets) -> Octets {
    hash(request)
}

/// What a device signs for a request: an answer to a challenge of the relay whose name its channel
/// authenticates, `relay` (`[DS-03]`). A name that is none is refused (`malformed`).
pub fn delivery_auth(
    challenge: &Octets,
    relay: &Octets,
    action: u8,
    request: &Octets,
    credential: &Credential,
    identity_sign: &Octets,
) -> Result<DeliveryAuth, ErrorClass> {
    check(name_fits(relay), ErrorClass::Malformed)?;
    let tbs = DeliveryAuthTbs {
        challenge: challenge.clone(),
        relay: relay.clone(),
        action,
        account_id: credential.tbs.account_id.clone(),
        serial: credential.tbs.serial,
        request_hash: request_hash(request),
    };
    let signature = sign_with_label(identity_sign, DELIVERY, &encode_delivery_auth_tbs(&tbs));
    let signatures = TypedSignatures::new(0);
    Ok(DeliveryAuth {
        tbs,
        signatures: signatures.push(&TypedSignature { key_type: ED25519, signature }),
    })
}
// ANCHOR_END: delivery_auth

// ANCHOR: check_delivery_auth
/// Whether a name is one of these.
fn is_named(relay: &Octets, names: &RelayNames) -> bool {
    let mut named = false;
    for i in 0..names.len() {
        named = named || names[i] == *relay;
    }
    named
}

/// Whether an encoded request names a device: a publication its credential's, an access the one whose
/// contact mailbox it is for; any other request, which is decoded as well, none.
fn names_device(
    action: u8,
    request: &Octets,
    account_id: &Octets,
    serial: u64,
) -> Result<bool, ErrorClass> {
    match action {
        PUBLISH => {
            let tbs = decode_publication(request)?.credential.tbs;
            Ok(tbs.account_id == *account_id && tbs.serial == serial)
        }
        GET => {
            let asked = decode_get_request(request)?;
            Ok(asked.mailbox_id == contact_mailbox(account_id, serial))
        }
        ACKNOWLEDGE => {
            let asked = decode_acknowledge_request(request)?;
            Ok(asked.mailbox_id == contact_mailbox(account_id, serial))
        }
        FETCH => {
            let _asked = decode_fetch_request(request)?;
            Ok(false)
        }
        PUT => {
            let _envelope = decode_envelope(request)?;
            Ok(false)
        }
        COMMIT => {
            let _asked = decode_commit_request(request)?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Whether a `DeliveryAuth` fits an encoded request, at a relay of these names (`[DS-02]`). The
/// credential is that of the publication, or of the newest one of the device that the `DeliveryAuth`
/// names. That the challenge was given out lately, and used for nothing else, is the relay's to know. One whose
/// own action is `commit` is refused before anything else is looked at (`malformed`), and so is a request that
/// does not decode.
pub fn check_delivery_auth(
    auth: &DeliveryAuth,
    challenge: &Octets,
    names: &RelayNames,
    action: u8,
    request: &Octets,
    credential: &Credential,
) -> Result<(), ErrorClass> {
    check(auth.tbs.action != COMMIT, ErrorClass::Malformed)?;
    let of_device = names_device(action, request, &auth.tbs.account_id, auth.tbs.serial)?;
    let fits = auth.tbs.challenge == *challenge
        && is_named(&auth.tbs.relay, names)
        && auth.tbs.action == action
        && auth.tbs.account_id == credential.tbs.account_id
        && auth.tbs.serial == credential.tbs.serial
        && auth.tbs.request_hash == request_hash(request)
        && of_device;
    check(fits, ErrorClass::BadSignature)?;
    let content = encode_delivery_auth_tbs(&auth.tbs);
    let keys = credential.tbs.identity_keys.clone();
    check(signed_by_all(&auth.signatures, &keys, DELIVERY, &content), ErrorClass::BadSignature)
}
// ANCHOR_END: check_delivery_auth

// ANCHOR: check_publication
/// What a relay verifies of a publication that was decoded (`[PRE-02]`, `[PRE-14]`), against the list
/// that it has and the generation of the device's last batch, 0 if there is none (`[DS-04]`, `[PRE-13]`).
/// The device list that it keeps.
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
    let mut placed = true;
    let mut proven = true;
    for i in 0..publication.batch.prekeys.len() {
        placed = placed && id_fits(&publication.batch.prekeys[i].prekey);
        proven = proven && in_batch(&publication.batch.prekeys[i], &batch);
    }
    check(placed, ErrorClass::Malformed)?;
    check(proven, ErrorClass::BadPath)?;
    Ok(list)
}
// ANCHOR_END: check_publication
