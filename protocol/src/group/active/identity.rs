//! Who a member is, and what its leaf says.

use crate::crypto::{Provider, Secret, kdf};
use crate::error::{Error, Misuse, ProviderFailed};
use crate::group::crypto::Crypto;
use crate::group::suite::CipherSuite;
use crate::group::types::{Capabilities, Credential, Extension, Lifetime};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;

/// A credential with the key pair that signs for it. It can be cloned: the private key is shared, not
/// copied.
#[derive(Clone)]
pub struct SigningIdentity {
    credential: Credential,
    public: Vec<u8>,
    private: Arc<Secret>,
}

impl SigningIdentity {
    /// A new key pair for a suite's signatures; one draw of the private key.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn generate(
        suite: CipherSuite,
        credential: Credential,
        provider: &Provider,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let private = kdf::random(rng, suite.signature().private_len());
        Self::from_private(suite, credential, private, provider)
    }

    /// The key pair of a private key.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] for a key of a wrong length; [`Error::Provider`].
    pub fn from_private(
        suite: CipherSuite,
        credential: Credential,
        private: Secret,
        provider: &Provider,
    ) -> Result<Self, Error> {
        if private.len() != suite.signature().private_len() {
            return Err(Misuse::Arguments.into());
        }
        let public = provider.get().signature_public(suite.signature(), private.as_bytes())?;
        Ok(Self { credential, public, private: Arc::new(private) })
    }

    /// The credential.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The public key.
    #[must_use]
    pub fn signature_key(&self) -> &[u8] {
        &self.public
    }

    /// `SignWithLabel` with its key (§5.1.2).
    pub(crate) fn sign(
        &self,
        crypto: &Crypto,
        label: &str,
        content: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed> {
        crypto.sign_with_public((&self.private, &self.public), label, content)
    }

    /// Drops this copy's hold of the private key: nothing can be signed with it any more.
    pub(crate) fn forget(&mut self) {
        self.private = Arc::new(Secret::zeros(0));
    }

    /// One whose private key was dropped.
    pub(crate) fn forgotten(credential: Credential) -> Self {
        Self { credential, public: Vec::new(), private: Arc::new(Secret::zeros(0)) }
    }

    pub(crate) fn private(&self) -> &Secret {
        &self.private
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningIdentity")
            .field("credential", &self.credential)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// What a leaf node says beside its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeafParams {
    /// What the client supports.
    pub capabilities: Capabilities,
    /// Extensions of the leaf node.
    pub extensions: Vec<Extension>,
    /// How long others may add the client with it.
    pub lifetime: Lifetime,
    /// Whether GREASE values are added (RFC 9420 §13.5): yes.
    pub grease: bool,
}

impl LeafParams {
    /// The defaults, with this lifetime in seconds since 1970.
    #[must_use]
    pub fn new(not_before: u64, not_after: u64) -> Self {
        Self {
            capabilities: Capabilities::default(),
            extensions: Vec::new(),
            lifetime: Lifetime { not_before, not_after },
            grease: true,
        }
    }

    /// Capabilities and extensions with GREASE (`GRP-06`): the extension has the value that stands in the capabilities, as it
    /// must (§13.5).
    pub(crate) fn draw(&self, rng: &mut impl CryptoRng) -> (Capabilities, Vec<Extension>) {
        let (capabilities, mut extensions) = (self.capabilities.clone(), self.extensions.clone());
        if !self.grease {
            return (capabilities, extensions);
        }
        let capabilities = capabilities.with_grease(rng);
        let value = capabilities.extensions.last().copied();
        let new = value.filter(|value| extensions.iter().all(|e| e.extension_type != *value));
        extensions.extend(new.map(|value| Extension::new(value, Vec::new())));
        (capabilities, extensions)
    }
}
