//! Message keys: used for one message, then erased (`RAT-01`).

use super::Context;
use crate::codec::Writer;
use crate::crypto::{Secret, kdf, labels};
use crate::error::ProviderFailed;
use crate::pairwise::handshake::RATCHET_V0;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// Most bytes of an AEAD key that are kept in place.
const MAX_AEAD_KEY: usize = 64;
/// Most bytes of an AEAD nonce that are kept in place.
const MAX_NONCE: usize = 32;

/// The key of one message.
pub(crate) struct MessageKey(Secret);

/// `encode(MessageAAD)` (`RAT-14`)
pub(crate) fn message_aad(context: &Context<'_>, sealed_header: &[u8], ad: &[u8]) -> Vec<u8> {
    let fixed = sealed_header.len().saturating_add(64);
    let mut w = Writer::with_capacity(ad.len().saturating_add(fixed));
    w.vector(|w| {
        w.raw(labels::PREFIX.as_bytes());
        w.raw(labels::MESSAGE.as_bytes());
    });
    w.u8(RATCHET_V0);
    w.opaque(context.session_id.as_bytes());
    w.opaque(sealed_header);
    w.opaque(ad);
    w.into_bytes()
}

impl MessageKey {
    pub(crate) fn new(key: Secret) -> Self {
        Self(key)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// `message_key_and_nonce(message_key)`, given to `with`.
    fn with_key_and_nonce<T>(
        &self,
        context: &Context<'_>,
        with: impl FnOnce(&[u8], &[u8]) -> Result<T, ProviderFailed>,
    ) -> Result<T, ProviderFailed> {
        let aead = context.suite.aead();
        let mut key = Zeroizing::new([0; MAX_AEAD_KEY]);
        let mut nonce = Zeroizing::new([0; MAX_NONCE]);
        let key = key.get_mut(..aead.key_len()).ok_or(ProviderFailed::Size)?;
        let nonce = nonce.get_mut(..aead.nonce_len()).ok_or(ProviderFailed::Size)?;
        let jobs = [(labels::MESSAGE_KEY, &mut *key), (labels::MESSAGE_NONCE, &mut *nonce)];
        kdf::expand_into(context.provider, context.suite.hash(), self.0.as_bytes(), b"", jobs)?;
        with(key, nonce)
    }

    /// Seals a body in place and writes its tag; uses the key up.
    pub(crate) fn seal(
        self,
        context: &Context<'_>,
        aad: &[u8],
        body: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), ProviderFailed> {
        let (provider, aead) = (context.provider.get(), context.suite.aead());
        self.with_key_and_nonce(context, |key, nonce| {
            provider.aead_seal(aead, key, nonce, aad, body, tag)
        })
    }

    /// Opens a body in place. It borrows: a stored key is erased when the message has been accepted.
    pub(crate) fn open(
        &self,
        context: &Context<'_>,
        aad: &[u8],
        body: &mut [u8],
        tag: &[u8],
    ) -> Result<bool, ProviderFailed> {
        let (provider, aead) = (context.provider.get(), context.suite.aead());
        self.with_key_and_nonce(context, |key, nonce| {
            provider.aead_open(aead, key, nonce, aad, body, tag)
        })
    }
}
