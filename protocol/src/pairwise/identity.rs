//! Keys with their types, who signs, and what accounts and issuers are called (page *Identities*).

use super::id_bytes::IdBytes;
use crate::codec::{Decode, Encode, Reader, Wire, Writer, check_ascending};
use crate::crypto::{
    HashAlgorithm, KeyRole, KeyType, Provider, SignRequest, kdf, labels, signature_algorithm,
};
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::limits::{MAX_EXTENSION, MAX_KEY, MAX_KEYS, MAX_SIGNATURE};
use alloc::vec::Vec;
use core::fmt;

/// `Extension`: type and data (page *Conventions*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type; `0x?A?A` with equal question marks is GREASE.
    pub extension_type: u16,
    /// Its data, at most 4,096 bytes.
    pub data: Vec<u8>,
}

impl Decode for Extension {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { extension_type: r.u16()?, data: r.opaque(MAX_EXTENSION)?.to_vec() })
    }
}

impl Encode for Extension {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.extension_type);
        w.opaque(&self.data);
    }
}

/// `Extension x<V>` in strictly ascending order of type (`ENC-07`).
pub(crate) fn decode_extensions(r: &mut Reader<'_>) -> Result<Vec<Extension>, Malformed> {
    let extensions = r.list(MAX_KEYS, Extension::decode)?;
    check_ascending(&extensions, |extension| extension.extension_type)?;
    Ok(extensions)
}

/// `TypedKey`: a public key and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedKey {
    /// The type (page *Registries*), such as `0x0001` for Ed25519.
    pub key_type: u16,
    /// The key; of a type that this crate knows it has that type's length (`ID-03`).
    pub key: Vec<u8>,
}

impl TypedKey {
    pub(crate) fn known(&self) -> Option<KeyType> {
        KeyType::from_u16(self.key_type)
    }
}

impl Decode for TypedKey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let key = Self { key_type: r.u16()?, key: r.opaque(MAX_KEY)?.to_vec() };
        match key.known() {
            Some(known) if known.public_len() != key.key.len() => Err(Malformed::Key),
            _ => Ok(key),
        }
    }
}

impl Encode for TypedKey {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.key_type);
        w.opaque(&self.key);
    }
}

/// `TypedKey x<V>`: a list of keys in strictly ascending order of type, not empty (`ID-01`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedKeys(Vec<TypedKey>);

impl TypedKeys {
    /// A list of keys.
    ///
    /// # Errors
    /// [`Error::Malformed`] for an empty list, one out of order, or a key of wrong length.
    pub fn new(keys: Vec<TypedKey>) -> Result<Self, Error> {
        Self::from_bytes(&Self(keys).to_bytes())
    }

    /// The keys in ascending order of type.
    #[must_use]
    pub fn as_slice(&self) -> &[TypedKey] {
        &self.0
    }

    /// The key of a type.
    #[must_use]
    pub fn get(&self, key_type: u16) -> Option<&[u8]> {
        self.0.iter().find(|key| key.key_type == key_type).map(|key| key.key.as_slice())
    }

    /// The hash for references to objects of the account (or issuer) with these keys: that of the
    /// first key's type.
    pub(crate) fn hash(&self) -> Result<HashAlgorithm, Error> {
        let first = self.0.first().ok_or(Malformed::Empty)?;
        let algorithm = signature_algorithm(first.key_type).ok_or(Peer::UnsupportedSuite)?;
        Ok(algorithm.hash())
    }

    /// `account_id = ref_hash("account", encode(TypedKey account_keys<V>))`
    ///
    /// # Errors
    /// `unsupported_suite` when the first key's type, which gives the hash, is unknown.
    pub fn account_id(&self, provider: &Provider) -> Result<AccountId, Error> {
        let digest = kdf::ref_hash(provider, self.hash()?, labels::ACCOUNT, &self.to_bytes())?;
        Ok(AccountId(IdBytes::new(&digest)))
    }

    /// `issuer_id = ref_hash("issuer", encode(TypedKey issuer_keys<V>))`
    ///
    /// # Errors
    /// `unsupported_suite` when the first key's type, which gives the hash, is unknown.
    pub fn issuer_id(&self, provider: &Provider) -> Result<Vec<u8>, Error> {
        Ok(kdf::ref_hash(provider, self.hash()?, labels::ISSUER, &self.to_bytes())?)
    }
}

impl Decode for TypedKeys {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let keys = r.list(MAX_KEYS, TypedKey::decode)?;
        if keys.is_empty() {
            return Err(Malformed::Empty);
        }
        check_ascending(&keys, |key| key.key_type)?;
        Ok(Self(keys))
    }
}

impl Encode for TypedKeys {
    fn encode(&self, w: &mut Writer) {
        w.list(&self.0, Writer::item);
    }
}

/// The name of an account: a hash of its keys (page *Identities*). It is never taken from an address
/// (`ID-04`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(IdBytes);

impl AccountId {
    /// An id that the caller knows, such as from its address book or a scanned code.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(IdBytes::new(bytes))
    }

    /// Its bytes: a digest of the account's hash, 32 for Ed25519.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountId(")?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

pub(crate) const SIGNER_ACCOUNT: u8 = 1;
pub(crate) const SIGNER_DEVICE: u8 = 2;
pub(crate) const SIGNER_ISSUER: u8 = 3;

/// `Attestation`: one signature under a credential or device list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// 1 account, 2 device, 3 issuer; others are ignored (`ID-03`).
    pub signer: u8,
    /// Account: empty; device: its serial, 8 bytes; issuer: its id.
    pub signer_id: Vec<u8>,
    /// Type of the key that signed.
    pub key_type: u16,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Decode for Attestation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let attestation = Self {
            signer: r.u8()?,
            signer_id: r.opaque(MAX_KEY)?.to_vec(),
            key_type: r.u16()?,
            signature: r.opaque(MAX_SIGNATURE)?.to_vec(),
        };
        // ID-18
        match (attestation.signer, attestation.signer_id.len()) {
            (SIGNER_ACCOUNT, 0) | (SIGNER_DEVICE, 8) => Ok(attestation),
            (SIGNER_ACCOUNT | SIGNER_DEVICE, _) => Err(Malformed::Value),
            _ => Ok(attestation),
        }
    }
}

impl Encode for Attestation {
    fn encode(&self, w: &mut Writer) {
        w.u8(self.signer);
        w.opaque(&self.signer_id);
        w.u16(self.key_type);
        w.opaque(&self.signature);
    }
}

/// `Attestation x<V>` in strictly ascending order of (signer, `signer_id`, type) (`ID-01`).
pub(crate) fn decode_attestations(r: &mut Reader<'_>) -> Result<Vec<Attestation>, Malformed> {
    let attestations = r.list(MAX_KEYS, Attestation::decode)?;
    if attestations.is_empty() {
        return Err(Malformed::Empty);
    }
    let mut pairs = attestations.iter().zip(attestations.iter().skip(1));
    let key = |a: &Attestation| (a.signer, a.signer_id.clone(), a.key_type);
    if pairs.all(|(a, b)| key(a) < key(b)) { Ok(attestations) } else { Err(Malformed::Order) }
}

/// `verify_with_label`
pub(crate) fn verify_with_label(
    provider: &Provider,
    key: &TypedKey,
    label: &str,
    content: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let algorithm = signature_algorithm(key.key_type).ok_or(Peer::BadSignature)?;
    let message = kdf::sign_content(label, content);
    match provider.get().verify(algorithm, &key.key, &message, signature)? {
        true => Ok(()),
        false => Err(Peer::BadSignature.into()),
    }
}

/// Whether each signature answers its request with the key of that type, before anything is made of it: a holder of keys
/// that signs with another key, or wrongly, is found here and not by every peer.
///
/// # Errors
/// [`Misuse::WrongAnswer`]
pub(crate) fn check_answers<'a>(
    provider: &Provider,
    requests: &[SignRequest],
    signatures: &[Vec<u8>],
    keys: impl Fn(KeyRole) -> Option<&'a TypedKeys>,
) -> Result<(), Error> {
    if signatures.len() != requests.len() {
        return Err(Misuse::WrongAnswer.into());
    }
    for (request, signature) in requests.iter().zip(signatures) {
        let key = keys(request.role).and_then(|keys| keys.get(request.key_type));
        let key = key.ok_or(Misuse::WrongAnswer)?;
        let algorithm = signature_algorithm(request.key_type).ok_or(Misuse::WrongAnswer)?;
        if !provider.get().verify(algorithm, key, &request.message(), signature)? {
            return Err(Misuse::WrongAnswer.into());
        }
    }
    Ok(())
}

/// Whether a signer has attested: `None` where no attestation of it is there, else whether each of its keys of a
/// known signing type has signed (`ID-19`). Its attestations are looked at in their order.
///
/// # Errors
/// `malformed` for one of a known type that is not of one of its signing keys (`ID-18`), `bad_signature` for one that
/// does not verify (`ID-19`).
pub(crate) fn attested(
    provider: &Provider,
    (signer, signer_id): (u8, &[u8]),
    keys: &TypedKeys,
    attestations: &[Attestation],
    label: &str,
    signed: &[u8],
) -> Result<Option<bool>, Error> {
    let signing = |key: &&TypedKey| signature_algorithm(key.key_type).is_some();
    let of_signer = |a: &&Attestation| a.signer == signer && a.signer_id == signer_id;
    let known = |a: &&Attestation| KeyType::from_u16(a.key_type).is_some();
    let by_signer = || attestations.iter().filter(of_signer).filter(known);
    for attestation in by_signer() {
        let of_type = |key: &&TypedKey| key.key_type == attestation.key_type;
        let key = keys.as_slice().iter().filter(signing).find(of_type).ok_or(Malformed::Value)?;
        verify_with_label(provider, key, label, signed, &attestation.signature)?;
    }
    // Each has another type (ID-01), so that their number tells whether all have signed.
    let number = by_signer().count();
    Ok((number > 0).then(|| number == keys.as_slice().iter().filter(signing).count()))
}

/// Every account key of a known type has signed, and at least one is of known type (`ID-05`, `ID-11`).
///
/// # Errors
/// As [`attested`], and `bad_signature` where a key has not signed.
pub(crate) fn verify_by_account(
    provider: &Provider,
    account_keys: &TypedKeys,
    attestations: &[Attestation],
    label: &str,
    signed: &[u8],
) -> Result<(), Error> {
    match attested(provider, (SIGNER_ACCOUNT, &[]), account_keys, attestations, label, signed)? {
        Some(true) => Ok(()),
        _ => Err(Peer::BadSignature.into()),
    }
}

/// An organisation whose signature a policy trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    id: Vec<u8>,
    keys: TypedKeys,
}

impl Issuer {
    /// The issuer with these keys.
    ///
    /// # Errors
    /// `unsupported_suite` when the first key's type is unknown.
    pub fn new(provider: &Provider, keys: TypedKeys) -> Result<Self, Error> {
        Ok(Self { id: keys.issuer_id(provider)?, keys })
    }

    /// `issuer_id`
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &TypedKeys {
        &self.keys
    }
}

/// Whether one of the trusted issuers has signed; the others are ignored (`ID-03`).
///
/// # Errors
/// As [`attested`]: every attestation of a trusted issuer is verified (`ID-19`).
pub(crate) fn verify_by_issuer(
    provider: &Provider,
    issuers: &[Issuer],
    attestations: &[Attestation],
    label: &str,
    signed: &[u8],
) -> Result<bool, Error> {
    let mut any = false;
    for issuer in issuers {
        let signer = (SIGNER_ISSUER, issuer.id());
        any |= attested(provider, signer, &issuer.keys, attestations, label, signed)? == Some(true);
    }
    Ok(any)
}
