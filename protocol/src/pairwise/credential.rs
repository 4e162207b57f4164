//! Device credentials (page *Identities*, *Verifying a credential*).

use super::device_list::DeviceList;
use super::identity::{
    Attestation, Extension, SIGNER_DEVICE, TypedKeys, decode_attestations, decode_extensions,
    verify_by_account, verify_by_issuer,
};
use super::policy::Policy;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::{HashAlgorithm, Provider, Suite, kdf, labels, signs};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_KEY, MAX_KEYS};
use alloc::vec::Vec;

/// `CredentialTBS`: what an account says about one of its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialTbs {
    /// The account's id.
    pub account_id: Vec<u8>,
    /// Number of the device in its account, from 1, never used again.
    pub serial: u64,
    /// From 1, one more at each renewal.
    pub generation: u32,
    /// Start of the validity, in seconds since 1970.
    pub not_before: u64,
    /// End of the validity, in seconds since 1970: the first second that is not in it.
    pub not_after: u64,
    /// The device's keys: one that signs and one that agrees for each suite.
    pub identity_keys: TypedKeys,
    /// Values of the suites that the device speaks, in order of preference.
    pub suites: Vec<u16>,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
}

impl Decode for CredentialTbs {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let tbs = Self {
            account_id: r.opaque(MAX_KEY)?.to_vec(),
            serial: r.u64()?,
            generation: r.u32()?,
            not_before: r.u64()?,
            not_after: r.u64()?,
            identity_keys: TypedKeys::decode(r)?,
            suites: r.list(MAX_KEYS, Reader::u16)?,
            extensions: decode_extensions(r)?,
        };
        let mut rest = tbs.suites.as_slice();
        while let [suite, others @ ..] = rest {
            if others.contains(suite) {
                return Err(Malformed::Order);
            }
            rest = others;
        }
        if tbs.suites.is_empty() {
            return Err(Malformed::Empty);
        }
        if tbs.serial == 0 || tbs.generation == 0 { Err(Malformed::Value) } else { Ok(tbs) }
    }
}

impl Encode for CredentialTbs {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.opaque(&self.account_id);
        w.u64(self.serial);
        w.u32(self.generation);
        w.u64(self.not_before);
        w.u64(self.not_after);
        w.item(&self.identity_keys);
        w.list(&self.suites, |w, suite| w.u16(*suite));
        w.list(&self.extensions, Writer::item);
    }
}

/// `Credential`, as received; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    tbs: CredentialTbs,
    attestations: Vec<Attestation>,
    raw: Vec<u8>,
    tbs_len: usize,
}

impl Credential {
    pub(crate) fn new(tbs: CredentialTbs, attestations: Vec<Attestation>) -> Self {
        let mut w = Writer::new();
        w.item(&tbs);
        let tbs_len = w.len();
        w.list(&attestations, Writer::item);
        Self { tbs, attestations, raw: w.into_bytes(), tbs_len }
    }

    /// What is signed.
    #[must_use]
    pub fn tbs(&self) -> &CredentialTbs {
        &self.tbs
    }

    /// The signatures.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }

    /// The bytes as received (`ENC-06`).
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    fn signed(&self) -> &[u8] {
        self.raw.get(..self.tbs_len).unwrap_or_default()
    }

    /// `credential_ref`, with the account's hash.
    pub(crate) fn reference(
        &self,
        provider: &Provider,
        hash: HashAlgorithm,
    ) -> Result<Vec<u8>, Error> {
        Ok(kdf::ref_hash(provider, hash, labels::CREDENTIAL, &self.raw)?)
    }

    /// The identity key of the given type, which a suite needs (`ID-14`).
    pub(crate) fn identity_key(&self, key_type: u16) -> Result<&[u8], Error> {
        Ok(self.tbs.identity_keys.get(key_type).ok_or(Peer::UnsupportedSuite)?)
    }
}

impl Decode for Credential {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let start = r.position();
        let tbs = CredentialTbs::decode(r)?;
        let tbs_len = r.position().saturating_sub(start);
        let attestations = decode_attestations(r)?;
        if attestations.iter().any(|attestation| attestation.signer == SIGNER_DEVICE) {
            return Err(Malformed::Value); // ID-18
        }
        Ok(Self { tbs, attestations, raw: r.since(start).to_vec(), tbs_len })
    }
}

impl Encode for Credential {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.raw);
    }
}

/// A credential that was verified against an accepted list of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCredential {
    credential: Credential,
    reference: Vec<u8>,
}

impl VerifiedCredential {
    /// The credential.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// `credential_ref`
    #[must_use]
    pub fn reference(&self) -> &[u8] {
        &self.reference
    }

    /// The device's serial.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.credential.tbs.serial
    }
}

/// `verify_credential(credential, list, now, policy)` with an accepted list: `ID-10` to `ID-13`.
/// (`ID-14` is checked when the suite is known.)
pub(crate) fn verify_credential(
    provider: &Provider,
    credential: Credential,
    list: &DeviceList,
    now: u64,
    policy: &Policy,
) -> Result<VerifiedCredential, Error> {
    let reference = check_listed(provider, &credential, list)?;
    verify_account_signature(provider, &credential, &list.tbs().account_keys)?;
    check_validity(provider, &credential, now, policy)?;
    Ok(VerifiedCredential { credential, reference })
}

/// `ID-10`: the account is the list's, which has the device with this credential and its signing keys. Gives the credential's
/// reference.
pub(crate) fn check_listed(
    provider: &Provider,
    credential: &Credential,
    list: &DeviceList,
) -> Result<Vec<u8>, Error> {
    let tbs = &credential.tbs;
    let account_keys = &list.tbs().account_keys;
    let hash = account_keys.hash()?;
    if account_keys.account_id(provider)?.as_bytes() != tbs.account_id {
        return Err(Peer::IdentityMismatch.into());
    }
    let entry = list.entry(tbs.serial).ok_or(Peer::NotListed)?;
    let signing = tbs.identity_keys.as_slice().iter().filter(|key| signs(key.key_type));
    let same_keys = entry.signature_keys.as_slice().iter().eq(signing);
    let reference = credential.reference(provider, hash)?;
    if !same_keys || entry.generation != tbs.generation || entry.credential_ref != reference {
        return Err(Peer::NotListed.into());
    }
    Ok(reference)
}

/// `ID-12` and `ID-13`: the time is in the credential's, and an issuer has attested it where the policy wants one.
pub(crate) fn check_validity(
    provider: &Provider,
    credential: &Credential,
    now: u64,
    policy: &Policy,
) -> Result<(), Error> {
    let tbs = &credential.tbs;
    if tbs.not_before > now.saturating_add(policy.limits.clock_skew) {
        return Err(Peer::NotYetValid.into());
    }
    if now >= tbs.not_after {
        return Err(Peer::Expired.into());
    }
    verify_issuer_signature(provider, credential, policy)
}

/// `ID-11`
pub(crate) fn verify_account_signature(
    provider: &Provider,
    credential: &Credential,
    account_keys: &TypedKeys,
) -> Result<(), Error> {
    let (attestations, label) = (&credential.attestations, labels::CREDENTIAL_BY_ACCOUNT);
    verify_by_account(provider, account_keys, attestations, label, credential.signed())
}

/// Whether an issuer that the policy trusts has attested a credential, and none of them wrongly (`ID-13`, `GRP-99`).
pub(crate) fn is_attested(provider: &Provider, credential: &Credential, policy: &Policy) -> bool {
    let (issuers, attestations) = (&policy.issuers, &credential.attestations);
    let label = labels::CREDENTIAL_BY_ISSUER;
    verify_by_issuer(provider, issuers, attestations, label, credential.signed()) == Ok(true)
}

/// `ID-13`
fn verify_issuer_signature(
    provider: &Provider,
    credential: &Credential,
    policy: &Policy,
) -> Result<(), Error> {
    let (issuers, attestations) = (&policy.issuers, &credential.attestations);
    let label = labels::CREDENTIAL_BY_ISSUER;
    let by_issuer = verify_by_issuer(provider, issuers, attestations, label, credential.signed())?;
    if policy.require_issuer && !by_issuer {
        return Err(Peer::UnauthorisedDevice.into());
    }
    Ok(())
}

/// The suite of a handshake (`SUI-08`): the first of the responder's list that stands in the
/// initiator's. Values that this crate does not know are ignored (`SUI-09`).
pub(crate) fn choose_suite(responder: &[u16], initiator: &[u16]) -> Result<Suite, Error> {
    responder
        .iter()
        .filter(|value| initiator.contains(value))
        .find_map(|value| Suite::from_u16(*value).ok())
        .ok_or_else(|| Peer::UnsupportedSuite.into())
}
