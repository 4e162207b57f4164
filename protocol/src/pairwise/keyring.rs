//! The device's own private keys, and the holders of those that are kept elsewhere.

use super::identity::TypedKeys;
use crate::codec::{Reader, Writer, check_ascending};
use crate::crypto::{
    AgreementRequest, KeyAgreement, KeyRole, KeyType, Provider, Secret, SignRequest, Signer, kdf,
    signature_algorithm,
};
use crate::error::{Error, Malformed, Misuse, Peer, ProviderFailed};
use crate::limits::{MAX_KEY, MAX_KEYS};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Private keys with their types, in ascending order of type.
pub(crate) type PrivateKeys = Vec<(u16, Secret)>;

/// What a device signs and agrees with.
#[derive(Default)]
pub(crate) struct Keyring {
    /// The account's keys; empty when they are held elsewhere.
    pub(crate) account: PrivateKeys,
    /// The device's keys; one that is held elsewhere is left out.
    pub(crate) identity: PrivateKeys,
    pub(crate) signer: Option<Arc<dyn Signer>>,
    pub(crate) agreement: Option<Arc<dyn KeyAgreement>>,
}

fn find(keys: &PrivateKeys, key_type: u16) -> Option<&Secret> {
    keys.iter().find(|(of, _)| *of == key_type).map(|(_, key)| key)
}

impl Keyring {
    /// Answers a request for a signature.
    pub(crate) fn sign(
        &self,
        provider: &Provider,
        issuer: Option<&IssuerKeys>,
        request: &SignRequest,
    ) -> Result<Vec<u8>, Error> {
        let key = match request.role {
            KeyRole::Account => find(&self.account, request.key_type),
            KeyRole::Device => find(&self.identity, request.key_type),
            KeyRole::Issuer => issuer.and_then(|issuer| find(&issuer.private, request.key_type)),
        };
        match (key, &self.signer) {
            (Some(key), _) => {
                let algorithm =
                    signature_algorithm(request.key_type).ok_or(ProviderFailed::Unsupported)?;
                Ok(provider.get().sign(algorithm, key.as_bytes(), &request.message())?)
            }
            (None, Some(signer)) => Ok(signer.sign(request)?),
            (None, None) => Err(Misuse::KeyHeldElsewhere.into()),
        }
    }

    /// Answers requests for key agreements; all-zero outputs are refused where they are used.
    pub(crate) fn agree(
        &self,
        provider: &Provider,
        requests: &[AgreementRequest],
    ) -> Result<Vec<Secret>, Error> {
        let answer = |request: &AgreementRequest| match find(&self.identity, request.key_type) {
            Some(key) => {
                let Some(KeyType::Agreement(algorithm)) = KeyType::from_u16(request.key_type)
                else {
                    return Err(ProviderFailed::Unsupported.into());
                };
                kdf::agree(provider, algorithm, key, &request.peer)
            }
            None => match &self.agreement {
                Some(agreement) => Ok(agreement.agree(request)?),
                None => Err(Misuse::KeyHeldElsewhere.into()),
            },
        };
        requests.iter().map(answer).collect()
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        for keys in [&self.account, &self.identity] {
            w.list(keys, |w, (key_type, key)| {
                w.u16(*key_type);
                key.write(w);
            });
        }
    }

    /// Keys of unknown types are read too: [`Keyring::check_types`] refuses them.
    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut keys = || {
            let keys = r.list(MAX_KEYS, |r| {
                let key_type = r.u16()?;
                let key = r.opaque(MAX_KEY)?;
                match KeyType::from_u16(key_type) {
                    Some(known) if known.private_len() != key.len() => Err(Malformed::Key),
                    _ => Ok((key_type, Secret::from_slice(key))),
                }
            })?;
            check_ascending(&keys, |(key_type, _)| *key_type)?;
            Ok(keys)
        };
        Ok(Self { account: keys()?, identity: keys()?, signer: None, agreement: None })
    }

    /// `STA-04`: no private key of a type that this crate does not have.
    pub(crate) fn check_types(&self) -> Result<(), Peer> {
        let mut keys = self.account.iter().chain(&self.identity);
        let known = keys.all(|(key_type, _)| KeyType::from_u16(*key_type).is_some());
        if known { Ok(()) } else { Err(Peer::UnsupportedSuite) }
    }
}

/// An answer to a request for a key agreement, checked: right length, not all zeros (`SUI-01`).
pub(crate) fn check_agreement(secret: Secret, length: usize) -> Result<Secret, Error> {
    if secret.len() != length {
        return Err(Misuse::WrongAnswer.into());
    }
    if secret.is_zero() { Err(Peer::LowOrder.into()) } else { Ok(secret) }
}

/// An issuer's keys: for organisations that enrol devices with this library. The private ones may be at hand, or in an HSM.
pub struct IssuerKeys {
    pub(crate) public: TypedKeys,
    pub(crate) private: PrivateKeys,
}

impl IssuerKeys {
    /// An issuer with one key of a type (page *Registries*), from its seed.
    ///
    /// # Errors
    /// `misuse` for a type that does not sign or a seed of wrong length.
    pub fn from_seed(provider: &Provider, key_type: u16, seed: &[u8]) -> Result<Self, Error> {
        let algorithm = signature_algorithm(key_type).ok_or(Misuse::Arguments)?;
        if seed.len() != algorithm.private_len() {
            return Err(Misuse::Arguments.into());
        }
        let key = provider.get().signature_public(algorithm, seed)?;
        let public = TypedKeys::new(alloc::vec![super::identity::TypedKey { key_type, key }])?;
        Ok(Self { public, private: alloc::vec![(key_type, Secret::from_slice(seed))] })
    }

    /// An issuer whose private keys are held elsewhere: they sign what [`KeyRole::Issuer`](crate::crypto::KeyRole::Issuer)
    /// asks for, in the resumable form of the step or by the attached [`Signer`].
    #[must_use]
    pub fn held_elsewhere(public: TypedKeys) -> Self {
        Self { public, private: Vec::new() }
    }

    /// Its public keys.
    #[must_use]
    pub fn keys(&self) -> &TypedKeys {
        &self.public
    }
}

impl core::fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("IssuerKeys").field("public", &self.public).finish_non_exhaustive()
    }
}
