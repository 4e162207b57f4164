//! Cryptography: suites, the provider behind them, secrets, and keys that are held elsewhere.

mod default;
mod ed25519;
mod hybrid;
pub(crate) mod kdf;
mod keys;
pub(crate) mod labels;
#[cfg(test)]
pub(crate) mod odd;
mod p256;
mod provider;
mod secret;
mod suite;

pub use default::DefaultProvider;
pub use keys::{AgreementRequest, KeyAgreement, KeyRole, SignRequest, Signer};
pub use provider::{CryptoProvider, Expand, Provider};
pub use secret::Secret;
pub use suite::{
    AeadAlgorithm, AgreementAlgorithm, HashAlgorithm, KemAlgorithm, KeyType, SignatureAlgorithm,
    Suite,
};
pub(crate) use suite::{signature_algorithm, signs};
