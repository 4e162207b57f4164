//! Verifying a credential (Identities, *Verifying a credential*), and making one.

use super::device_lists::{attest, attested};
use super::error::{ErrorClass, check};
use super::identities::{
    Attestations, Credential, CredentialTbs, DeviceEntry, DeviceList, SIGNER_ACCOUNT,
    SIGNER_ISSUER, credential_ref, encode_credential_tbs, find_device,
};
use super::labels::{CREDENTIAL_BY_ACCOUNT, CREDENTIAL_BY_ISSUER};
use super::limits::{Policy, in_future};
use super::suite::{ED25519, X25519};
use super::typed_keys::{account_id, encode_typed_keys, find_key, issuer_id, signing_keys};
use crate::octets::{Octets, empty};

/// The identity keys that the suite `core` needs.
#[derive(Clone, Debug, Default)]
pub struct IdentityKeys {
    /// `IK_sig`, signs.
    pub signature: Octets,
    /// `IK`, agrees.
    pub agreement: Octets,
}

/// The identity keys of a credential, or `unsupported_suite` (`[ID-14]`).
pub fn suite_keys(credential: &Credential) -> Result<IdentityKeys, ErrorClass> {
    let keys = credential.tbs.identity_keys.clone();
    let signature = find_key(&keys, ED25519).ok_or(ErrorClass::UnsupportedSuite)?;
    let agreement = find_key(&keys, X25519).ok_or(ErrorClass::UnsupportedSuite)?;
    Ok(IdentityKeys { signature, agreement })
}

/// The entry of a device list that stands for a credential.
pub fn device_entry(credential: &Credential) -> DeviceEntry {
    DeviceEntry {
        serial: credential.tbs.serial,
        generation: credential.tbs.generation,
        credential_ref: credential_ref(credential),
        signature_keys: signing_keys(&credential.tbs.identity_keys),
    }
}

/// Whether the list has the very entry of a credential (`[ID-10]`).
fn is_listed(credential: &Credential, list: &DeviceList) -> bool {
    let entry = device_entry(credential);
    match find_device(list, entry.serial) {
        Some(found) => {
            found.generation == entry.generation
                && found.credential_ref == entry.credential_ref
                && encode_typed_keys(&found.signature_keys)
                    == encode_typed_keys(&entry.signature_keys)
        }
        None => false,
    }
}

/// The attestations of trusted issuers: a wrong one is always refused, one is needed where the
/// policy says so (`[ID-13]`).
fn check_issuers(credential: &Credential, tbs: &Octets, policy: &Policy) -> Result<(), ErrorClass> {
    let mut by_issuer = false;
    for i in 0..policy.issuers.len() {
        let id = issuer_id(&policy.issuers[i]);
        let all = credential.attestations.clone();
        let label = CREDENTIAL_BY_ISSUER;
        let signed = attested(&policy.issuers[i], &all, SIGNER_ISSUER, &id, label, tbs)?;
        by_issuer = by_issuer || signed;
    }
    check(by_issuer || !policy.require_issuer, ErrorClass::UnauthorisedDevice)
}

// ANCHOR: verify_credential
/// Verifies a credential with a list already accepted, and gives its keys.
/// See also [ID-11], [ID-12].
pub fn verify_credential(
    credential: &Credential,
    list: &DeviceList,
    now: u64,
    policy: &Policy,
) -> Result<IdentityKeys, ErrorClass> {
    let tbs = encode_credential_tbs(&credential.tbs);
    let keys = list.tbs.account_keys.clone();
    // [ID-10]
    check(credential.tbs.account_id == account_id(&keys), ErrorClass::IdentityMismatch)?;
    check(is_listed(credential, list), ErrorClass::NotListed)?;
    // [ID-11]
    let all = credential.attestations.clone();
    let signed = attested(&keys, &all, SIGNER_ACCOUNT, &empty(), CREDENTIAL_BY_ACCOUNT, &tbs)?;
    check(signed, ErrorClass::BadSignature)?;
    // [ID-12]
    let early = in_future(credential.tbs.not_before, now, &policy.limits);
    check(!early, ErrorClass::NotYetValid)?;
    check(now < credential.tbs.not_after, ErrorClass::Expired)?;
    // [ID-13]
    check_issuers(credential, &tbs, policy)?;
    // [ID-14]
    suite_keys(credential)
}
// ANCHOR_END: verify_credential

/// A credential signed by its account and, if there is one, by an issuer.
pub fn sign_credential(
    tbs: CredentialTbs,
    account_private: &Octets,
    issuer: &Option<(Octets, Octets)>,
) -> Credential {
    let content = encode_credential_tbs(&tbs);
    let label = CREDENTIAL_BY_ACCOUNT;
    let own = attest(SIGNER_ACCOUNT, &empty(), account_private, label, &content);
    let mut attestations = Attestations::new(0).push(&own);
    match issuer {
        Some((id, key)) => {
            let by_issuer = attest(SIGNER_ISSUER, id, key, CREDENTIAL_BY_ISSUER, &content);
            attestations = attestations.push(&by_issuer);
        }
        None => {}
    }
    Credential { tbs, attestations }
}
