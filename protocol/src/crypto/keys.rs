//! Identity keys that never leave a smartcard or HSM: requests out, answers in.

use super::Secret;
use super::kdf::sign_content;
use crate::error::ProviderFailed;
use alloc::vec::Vec;

/// Whose key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyRole {
    /// An account key.
    Account,
    /// The device's identity key.
    Device,
    /// A key of the issuer that stands behind the account.
    Issuer,
}

/// A signature that a step needs: `sign_with_label(key, label, content)` (page *Conventions*).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignRequest {
    /// Whose key signs.
    pub role: KeyRole,
    /// The type of the key (page *Registries*), such as `0x0001` for Ed25519.
    pub key_type: u16,
    /// The label, without its prefix, such as `"prekey batch"`. A holder of keys should check that
    /// it is one that this key may sign.
    pub label: &'static str,
    /// The content: a `TBS` structure.
    pub content: Vec<u8>,
}

impl SignRequest {
    pub(crate) fn new(role: KeyRole, key_type: u16, label: &'static str, content: &[u8]) -> Self {
        Self { role, key_type, label, content: content.to_vec() }
    }

    /// What the key signs: `encode(SignContent{"Sceau 1 " || label, content})`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        sign_content(self.label, &self.content)
    }
}

/// A key agreement that a step needs: `DH(IK, peer)` with the device's agreement identity key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgreementRequest {
    /// The type of the key (page *Registries*), such as `0x0101` for X25519.
    pub key_type: u16,
    /// The other side's public key, `Npk` bytes.
    pub peer: Vec<u8>,
}

/// A holder of signing keys.
pub trait Signer: Send + Sync {
    /// Signs [`SignRequest::message`] with the key that the request names.
    ///
    /// # Errors
    /// [`ProviderFailed::KeyHolder`] when it has no such key or gives no answer.
    fn sign(&self, request: &SignRequest) -> Result<Vec<u8>, ProviderFailed>;
}

/// A holder of the device's agreement identity key.
pub trait KeyAgreement: Send + Sync {
    /// The output of the agreement, `Ndh` bytes.
    ///
    /// # Errors
    /// [`ProviderFailed::KeyHolder`] when it has no such key or gives no answer.
    fn agree(&self, request: &AgreementRequest) -> Result<Secret, ProviderFailed>;
}
