//! Chain keys: sending and receiving ones are different types.
//!
//! ```text
//!  CK ──"chain"──► next CK ──► …
//!   └──"message"──► message key
//! ```

use super::Context;
use super::message_key::MessageKey;
use crate::crypto::{Secret, kdf, labels};
use crate::error::ProviderFailed;

/// CKs
pub(crate) struct SendingChainKey(Secret);

/// CKr
pub(crate) struct ReceivingChainKey(Secret);

/// `kdf_ck(chain_key)` (`RAT-03`)
fn kdf_ck(context: &Context<'_>, key: &Secret) -> Result<(Secret, MessageKey), ProviderFailed> {
    let hash = context.suite.hash();
    let mut chain_key = Secret::zeros(hash.digest_len());
    let mut message_key = Secret::zeros(hash.digest_len());
    let jobs = [(labels::CHAIN, chain_key.as_mut()), (labels::MESSAGE, message_key.as_mut())];
    kdf::expand_into(context.provider, hash, key.as_bytes(), b"", jobs)?;
    Ok((chain_key, MessageKey::new(message_key)))
}

macro_rules! chain_key {
    ($name:ident) => {
        impl $name {
            pub(crate) fn new(key: Secret) -> Self {
                Self(key)
            }

            pub(crate) fn secret(&self) -> &Secret {
                &self.0
            }

            /// The next chain key and this one's message key. It borrows: the old key is erased when
            /// the new one takes its place, which is after the message was sealed or has authenticated.
            pub(crate) fn advance(
                &self,
                context: &Context<'_>,
            ) -> Result<(Self, MessageKey), ProviderFailed> {
                let (next, message_key) = kdf_ck(context, &self.0)?;
                Ok((Self(next), message_key))
            }
        }
    };
}

chain_key!(SendingChainKey);
chain_key!(ReceivingChainKey);
