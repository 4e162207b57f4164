//! Sending (page *Ratchet*, *Sending*).

use super::header::{header_aad, write_header};
use super::message_key::message_aad;
use super::{Context, Ratchet};
use crate::codec::Writer;
use crate::crypto::kdf;
use crate::error::{Error, Misuse, ProviderFailed};
use crate::limits::MAX_CHAIN_LENGTH;
use crate::pairwise::frame::Frame;
use crate::pairwise::handshake::RATCHET_V0;
use alloc::vec::Vec;

/// Most bytes of a tag that are kept in place.
const MAX_TAG: usize = 32;

impl Ratchet {
    /// Bytes of a ratchet message with a padded frame of this length.
    pub(crate) fn message_len(context: &Context<'_>, padded: usize) -> usize {
        let tag = context.suite.aead().tag_len();
        [1, context.suite.header_len(), tag, padded, tag].into_iter().fold(0, usize::saturating_add)
    }

    /// Steps 2 to 4 of `encrypt`: writes a ratchet message behind `out`.
    ///
    /// # Errors
    /// `chain_exhausted`
    pub(crate) fn seal(
        &mut self,
        context: &Context<'_>,
        ad: &[u8],
        frame: &Frame,
        padded: usize,
        out: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        if self.public.is_none() {
            let agreement = context.suite.agreement();
            self.public = Some(kdf::agreement_public(context.provider, agreement, &self.private)?);
        }
        let public = self.public.as_deref().unwrap_or_default();
        let pn = self.previous_count;
        let chain = self.sending.as_mut().ok_or(Misuse::Arguments)?;
        if chain.next >= MAX_CHAIN_LENGTH {
            return Err(Misuse::ChainExhausted.into());
        }
        let (next_key, message_key) = chain.chain_key.advance(context)?;

        let mut tag = [0; MAX_TAG];
        let tag = tag.get_mut(..context.suite.aead().tag_len()).ok_or(ProviderFailed::Size)?;
        let mut w = Writer::from_vec(out);
        w.u8(RATCHET_V0);
        let start = w.len();
        write_header(&mut w, public, chain.flags, pn, chain.next);
        chain.header_key.seal(context, &header_aad(context), w.from(start), tag)?;
        w.raw(tag);
        let aad = message_aad(context, w.from(start), ad);
        let start = w.len();
        frame.write_padded(&mut w, padded);
        message_key.seal(context, &aad, w.from(start), tag)?;
        w.raw(tag);

        chain.chain_key = next_key;
        chain.next = chain.next.saturating_add(1);
        Ok(w.into_bytes())
    }
}
