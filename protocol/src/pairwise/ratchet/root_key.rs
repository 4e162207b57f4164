//! Root keys.
//!
//! ```text
//!  RK ──(salt)──► HKDF-Extract ◄── dh || absorb
//!                      │ prk
//!        ┌─────────────┼──────────────┐   context: RatchetContext{session_id, flags}
//!        ▼             ▼              ▼
//!  "ratchet root" "ratchet chain" "ratchet header"
//!      new RK           CK            NHK
//! ```

use super::Context;
use super::header::HeaderKey;
use crate::codec::{joined, length_prefix};
use crate::crypto::{Secret, kdf, labels};
use crate::error::ProviderFailed;
use crate::pairwise::session::SessionId;

/// Bytes of an encoded `RatchetContext`: session id, flags.
const RATCHET_CONTEXT_LEN: usize = 1 + SessionId::LEN + 2;

/// RK: what each DH step mixes its output into.
pub(crate) struct RootKey(Secret);

/// What a DH step gives: the next root key, a chain key for one direction, and the header key of the
/// chain after it in that direction.
pub(crate) struct RootOutputs {
    pub(crate) root_key: RootKey,
    pub(crate) chain_key: Secret,
    pub(crate) next_header_key: HeaderKey,
}

/// `encode(RatchetContext)`
fn ratchet_context(context: &Context<'_>, flags: u16) -> [u8; RATCHET_CONTEXT_LEN] {
    let ([id_len, ..], _) = length_prefix(SessionId::LEN);
    joined(&[&[id_len], context.session_id.as_bytes(), &flags.to_be_bytes()])
}

impl RootKey {
    pub(crate) fn new(key: Secret) -> Self {
        Self(key)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// `kdf_rk(root_key, dh, absorb, flags)`. It borrows, because a receiver stages its step: the old
    /// key must survive a message that does not authenticate.
    pub(crate) fn kdf_rk(
        &self,
        context: &Context<'_>,
        dh: &Secret,
        absorb: Option<&Secret>,
        flags: u16,
    ) -> Result<RootOutputs, ProviderFailed> {
        let (provider, suite) = (context.provider, context.suite);
        let hash = suite.hash();
        let absorb = absorb.map_or(&[][..], Secret::as_bytes);
        let prk = kdf::extract(provider, hash, self.0.as_bytes(), &[dh.as_bytes(), absorb])?;
        let ratchet_context = ratchet_context(context, flags);
        let mut root_key = Secret::zeros(hash.digest_len());
        let mut chain_key = Secret::zeros(hash.digest_len());
        let mut header_key = Secret::zeros(suite.aead().key_len());
        let jobs = [
            (labels::RATCHET_ROOT, root_key.as_mut()),
            (labels::RATCHET_CHAIN, chain_key.as_mut()),
            (labels::RATCHET_HEADER, header_key.as_mut()),
        ];
        kdf::expand_into(provider, hash, prk.as_bytes(), &ratchet_context, jobs)?;
        let next_header_key = HeaderKey::new(header_key);
        Ok(RootOutputs { root_key: Self(root_key), chain_key, next_header_key })
    }
}
