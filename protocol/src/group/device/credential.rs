//! A device's credential in a leaf, with its account's keys (`GRP-98`) and the device's signature over the leaf's signature
//! key (`GRP-07`).

use crate::codec::{Decode, Encode, Reader, Wire, Writer, check_ascending};
use crate::crypto::{KeyRole, Provider, SignRequest, kdf, labels, signature_algorithm};
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::group::active::SigningIdentity;
use crate::group::suite::CipherSuite;
use crate::group::types::Credential as MlsCredential;
use crate::limits::MAX_KEYS;
use crate::pairwise::credential::verify_account_signature;
use crate::pairwise::identity::{check_answers, verify_with_label};
use crate::pairwise::{Account, AccountId, Credential, TypedKeys, TypedSignature};
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// `LeafCredential`: the content of a leaf's credential. As received, not verified: see
/// [`DeviceCredentials::verify`](crate::group::DeviceCredentials::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeafCredential {
    /// The device's credential.
    pub credential: Credential,
    /// Of its account, as in its device list.
    pub account_keys: TypedKeys,
    /// Of each of the device's signing identity keys, over the leaf's signature key.
    pub signatures: Vec<TypedSignature>,
}

impl LeafCredential {
    /// That of a leaf's credential.
    ///
    /// # Errors
    /// [`Malformed`] for a credential of another type, or one that is no encoding.
    pub fn of(credential: &MlsCredential) -> Result<Self, Error> {
        match credential {
            MlsCredential::Sceau(content) => Self::from_bytes(content),
            _ => Err(Malformed::Enumeration.into()),
        }
    }

    /// The account that it names.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId::new(&self.credential.tbs().account_id)
    }

    /// `GDS-03`, `GDS-32`: it names the device that a session has as its peer.
    ///
    /// # Errors
    /// `identity_mismatch`
    pub fn check_device(&self, account: &AccountId, serial: u64) -> Result<(), Error> {
        let same = self.account_id() == *account && self.credential.tbs().serial == serial;
        if same { Ok(()) } else { Err(Peer::IdentityMismatch.into()) }
    }

    /// `verify_leaf_credential`: `GRP-98`, then `GRP-07`. Gives the `credential_ref`.
    ///
    /// # Errors
    /// `unsupported_suite`, `identity_mismatch`, `malformed`, `bad_signature`.
    pub(in crate::group) fn verify(
        &self,
        provider: &Provider,
        suite: CipherSuite,
        signature_key: &[u8],
    ) -> Result<Vec<u8>, Error> {
        // ID-22, and what the credential's references are hashed with
        let hash = self.account_keys.hash()?;
        if self.account_keys.account_id(provider)? != self.account_id() {
            return Err(Peer::IdentityMismatch.into());
        }
        verify_account_signature(provider, &self.credential, &self.account_keys)?;
        let reference = self.credential.reference(provider, hash)?;
        self.verify_leaf_key(provider, &reference, suite, signature_key)?;
        Ok(reference)
    }

    /// `GRP-07`: each of the credential's signing keys of a known type has signed; `credential_ref` is that of the credential.
    fn verify_leaf_key(
        &self,
        provider: &Provider,
        credential_ref: &[u8],
        suite: CipherSuite,
        signature_key: &[u8],
    ) -> Result<(), Error> {
        let tbs = leaf_key_tbs(credential_ref, suite, signature_key);
        let keys = self.credential.tbs().identity_keys.as_slice();
        let known = keys.iter().filter(|key| signature_algorithm(key.key_type).is_some());
        let mut any = false;
        for key in known {
            let of_type = |signature: &&TypedSignature| signature.key_type == key.key_type;
            let signature = self.signatures.iter().find(of_type).ok_or(Peer::BadSignature)?;
            verify_with_label(provider, key, labels::LEAF_KEY, &tbs, &signature.signature)?;
            any = true;
        }
        if any { Ok(()) } else { Err(Peer::BadSignature.into()) }
    }
}

impl Decode for LeafCredential {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let credential = Credential::decode(r)?;
        let account_keys = TypedKeys::decode(r)?;
        let signatures = r.list(MAX_KEYS, TypedSignature::decode)?;
        check_ascending(&signatures, |signature| signature.key_type)?;
        Ok(Self { credential, account_keys, signatures })
    }
}

impl Encode for LeafCredential {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.credential);
        w.item(&self.account_keys);
        w.list(&self.signatures, Writer::item);
    }
}

fn is_same_device(a: &Credential, b: &Credential) -> bool {
    let (a, b) = (a.tbs(), b.tbs());
    a.account_id == b.account_id && a.serial == b.serial
}

/// `GRP-51`: whether a credential may stand where another one stood: of the same device, and not of a generation before.
pub(in crate::group) fn follows(new: &Credential, old: &Credential) -> bool {
    is_same_device(new, old) && new.tbs().generation >= old.tbs().generation
}

/// `LeafKeyTBS`
pub(in crate::group) fn leaf_key_tbs(
    credential_ref: &[u8],
    suite: CipherSuite,
    signature_key: &[u8],
) -> Vec<u8> {
    let mut w = Writer::new();
    w.opaque(credential_ref);
    w.u16(suite.to_u16());
    w.opaque(signature_key);
    w.into_bytes()
}

/// A leaf's credential that waits for the device's signatures.
#[derive(Debug)]
pub struct PendingLeafCredential {
    provider: Provider,
    credential: Credential,
    account_keys: TypedKeys,
    requests: Vec<SignRequest>,
}

impl PendingLeafCredential {
    /// The signatures that are needed, of the device's identity keys.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.requests
    }

    /// Goes on with the signatures that [`PendingLeafCredential::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`] for another number of signatures, or one that does not verify.
    pub fn resume(self, signatures: Vec<Vec<u8>>) -> Result<MlsCredential, Error> {
        let keys: &TypedKeys = &self.credential.tbs().identity_keys;
        check_answers(&self.provider, &self.requests, &signatures, |_| Some(keys))?;
        let typed = self.requests.iter().zip(signatures);
        let typed = typed.map(|(request, bytes)| TypedSignature::new(request.key_type, bytes));
        let signatures = typed.collect();
        let Self { credential, account_keys, .. } = self;
        let content = LeafCredential { credential, account_keys, signatures };
        Ok(MlsCredential::Sceau(content.to_bytes()))
    }
}

impl Account {
    /// Certifies a signature key for the device's leaves in groups of a suite: their credential, `public` of the suite's
    /// signature keys. Changes nothing.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] for a key of a wrong length; [`Misuse::KeyHeldElsewhere`] where a key is not at hand: then use
    /// [`Account::leaf_credential_begin`].
    pub fn leaf_credential(
        &self,
        suite: CipherSuite,
        signature_key: &[u8],
    ) -> Result<MlsCredential, Error> {
        let pending = self.leaf_credential_begin(suite, signature_key)?;
        let sign = |request: &SignRequest| self.keyring.sign(&self.provider, None, request);
        let signatures = pending.requests.iter().map(sign).collect::<Result<_, _>>()?;
        pending.resume(signatures)
    }

    /// [`Account::leaf_credential`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] for a key of a wrong length.
    pub fn leaf_credential_begin(
        &self,
        suite: CipherSuite,
        signature_key: &[u8],
    ) -> Result<PendingLeafCredential, Error> {
        if signature_key.len() != suite.signature().public_len() {
            return Err(Misuse::Arguments.into());
        }
        let credential = self.credential().clone();
        let credential_ref = credential.reference(&self.provider, self.account_keys().hash()?)?;
        let tbs = leaf_key_tbs(&credential_ref, suite, signature_key);
        let keys = credential.tbs().identity_keys.as_slice().iter();
        let signing = keys.filter(|key| signature_algorithm(key.key_type).is_some());
        let request =
            |key_type| SignRequest::new(KeyRole::Device, key_type, labels::LEAF_KEY, &tbs);
        let requests = signing.map(|key| request(key.key_type)).collect();
        let (provider, account_keys) = (self.provider.clone(), self.account_keys().clone());
        Ok(PendingLeafCredential { provider, credential, account_keys, requests })
    }
}

impl SigningIdentity {
    /// A new key pair for a suite's signatures, certified by an account's device: the device's identity in its groups. One
    /// draw of the private key.
    ///
    /// # Errors
    /// As [`Account::leaf_credential`].
    pub fn of_account(
        account: &Account,
        suite: CipherSuite,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let private = kdf::random(rng, suite.signature().private_len());
        let provider = account.provider();
        let public = provider.get().signature_public(suite.signature(), private.as_bytes())?;
        let credential = account.leaf_credential(suite, &public)?;
        Self::from_private(suite, credential, private, provider)
    }
}
