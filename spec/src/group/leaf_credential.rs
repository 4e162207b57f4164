//! Devices in leaves (Groups): how a device says, with its identity keys, that a leaf's signature key is its
//! own. It is judged by what stands in the leaf and by nothing else, so that all members judge alike.

use super::suite::CipherSuite;
use crate::octets::{Octets, empty, u16_be};
use crate::pairwise::codec::{finish, reader, write_opaque};
use crate::pairwise::device_lists::{attested, check_first_key};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::identities::{
    Credential, SIGNER_ACCOUNT, credential_ref, encode_credential, encode_credential_tbs,
    read_credential,
};
use crate::pairwise::kdf::sign_with_label;
use crate::pairwise::labels::{CREDENTIAL_BY_ACCOUNT, LEAF_KEY};
use crate::pairwise::prekeys::{
    TypedSignature, TypedSignatures, encode_signatures, read_signatures, signed_by_all,
};
use crate::pairwise::suite::ED25519;
use crate::pairwise::typed_keys::{TypedKeys, account_id, encode_typed_keys, read_typed_keys};

/// `LeafCredential`.
#[derive(Clone, Debug, Default)]
pub struct LeafCredential {
    /// Of the device.
    pub credential: Credential,
    /// Of its account.
    pub account_keys: TypedKeys,
    /// Over `LeafKeyTBS`, by the device's identity keys.
    pub signatures: TypedSignatures,
}

/// `encode(LeafCredential)`.
pub fn encode_leaf_credential(leaf: &LeafCredential) -> Octets {
    encode_credential(&leaf.credential)
        .concat_owned(encode_typed_keys(&leaf.account_keys))
        .concat_owned(encode_signatures(&leaf.signatures))
}

// ANCHOR: leaf_credential
/// Decodes a `LeafCredential`, the content of a leaf's credential of Sceau's type (`[GRP-04]`). Credential and
/// account keys are as `[ID-01]`, `[ID-03]` and `[ID-18]` have them (`[GRP-98]`).
pub fn decode_leaf_credential(bytes: &Octets) -> Result<LeafCredential, ErrorClass> {
    let (credential, r) = read_credential(reader(bytes))?;
    let (account_keys, r) = read_typed_keys(r, true)?;
    let (signatures, r) = read_signatures(r)?;
    finish(&r)?;
    Ok(LeafCredential { credential, account_keys, signatures })
}

/// `encode(LeafKeyTBS)`: what a device signs of a leaf's key.
pub fn leaf_key_tbs(credential: &Credential, suite: CipherSuite, signature_key: &Octets) -> Octets {
    write_opaque(&credential_ref(credential))
        .concat_owned(u16_be(suite))
        .concat_owned(write_opaque(signature_key))
}

/// The `LeafCredential` of a device for a leaf's key, for groups of one suite.
/// See also [GRP-07].
pub fn sign_leaf_credential(
    credential: &Credential,
    account_keys: &TypedKeys,
    signature_key: &Octets,
    suite: CipherSuite,
    identity_sign: &Octets,
) -> LeafCredential {
    let tbs = leaf_key_tbs(credential, suite, signature_key);
    let signature = sign_with_label(identity_sign, LEAF_KEY, &tbs);
    LeafCredential {
        credential: credential.clone(),
        account_keys: account_keys.clone(),
        signatures: TypedSignatures::new(0).push(&TypedSignature { key_type: ED25519, signature }),
    }
}
// ANCHOR_END: leaf_credential

// ANCHOR: verify_leaf_credential
/// Verifies what was decoded for the signature key beside which it stands, in a group of a suite. No time, list
/// or issuer is looked at (`[GRP-99]`).
/// See also [GRP-50].
pub fn verify_leaf_credential(
    leaf: &LeafCredential,
    signature_key: &Octets,
    suite: CipherSuite,
) -> Result<(), ErrorClass> {
    let tbs = leaf.credential.tbs.clone();
    // [GRP-98]
    check_first_key(&leaf.account_keys)?;
    check(tbs.account_id == account_id(&leaf.account_keys), ErrorClass::IdentityMismatch)?;
    let signed = attested(
        &leaf.account_keys,
        &leaf.credential.attestations,
        SIGNER_ACCOUNT,
        &empty(),
        CREDENTIAL_BY_ACCOUNT,
        &encode_credential_tbs(&tbs),
    )?;
    check(signed, ErrorClass::BadSignature)?;
    // [GRP-07]
    let content = leaf_key_tbs(&leaf.credential, suite, signature_key);
    let by_device = signed_by_all(&leaf.signatures, &tbs.identity_keys, LEAF_KEY, &content);
    check(by_device, ErrorClass::BadSignature)
}
// ANCHOR_END: verify_leaf_credential

// ANCHOR: check_leaf_device
/// Refuses a leaf that is not of the device which a session's peer is: of the leaf that sent an application message
/// or a proposal (`[GDS-03]`), of the `signer` of a Welcome's GroupInfo (`[GDS-32]`).
pub fn check_leaf_device(
    leaf: &Credential,
    peer_account: &Octets,
    peer_serial: u64,
) -> Result<(), ErrorClass> {
    let of_peer = leaf.tbs.account_id == *peer_account && leaf.tbs.serial == peer_serial;
    check(of_peer, ErrorClass::IdentityMismatch)
}
// ANCHOR_END: check_leaf_device

// ANCHOR: check_successor
/// Refuses a leaf's credential that may not follow the one before it: of another account or serial, or of a
/// smaller generation (`[GRP-09]`).
/// See also [GRP-51].
pub fn check_successor(before: &Credential, after: &Credential) -> Result<(), ErrorClass> {
    let same_device = after.tbs.account_id == before.tbs.account_id
        && after.tbs.serial == before.tbs.serial
        && after.tbs.generation >= before.tbs.generation;
    check(same_device, ErrorClass::IdentityMismatch)
}
// ANCHOR_END: check_successor
