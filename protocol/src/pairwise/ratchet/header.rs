//! Headers and their keys (`RAT-02`, `RAT-15`).

use super::Context;
use crate::codec::{Reader, Writer};
use crate::crypto::{Secret, Suite, labels};
use crate::error::{Malformed, ProviderFailed};
use crate::pairwise::handshake::RATCHET_V0;
use alloc::vec::Vec;

/// Most bytes of an AEAD nonce.
const ZERO_NONCE: [u8; 32] = [0; 32];
/// Header flag: the loser's exporter was absorbed into this chain (`REP-06`).
pub(crate) const FLAG_ABSORBED: u16 = 1;

/// A header key: HKs, HKr, NHKs, NHKr, or that of a skipped chain.
///
/// It seals with one fixed nonce: the AEAD resists misuse, each header under it is unique, and a
/// chain is bounded.
pub(crate) struct HeaderKey(Secret);

/// `Header`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) ratchet_key: Vec<u8>,
    pub(crate) flags: u16,
    /// Messages in the previous sending chain.
    pub(crate) pn: u32,
    /// Number in this chain, from 0.
    pub(crate) n: u32,
}

impl Header {
    /// Parses an opened header: flags other than bit 0 are refused.
    pub(crate) fn parse(suite: Suite, mut bytes: Vec<u8>) -> Result<Self, Malformed> {
        let key_len = suite.agreement().public_len();
        let mut r = Reader::new(&bytes);
        r.take(key_len)?;
        let (flags, pn, n) = (r.u16()?, r.u24()?, r.u24()?);
        r.finish()?;
        bytes.truncate(key_len);
        let header = Self { ratchet_key: bytes, flags, pn, n };
        if header.flags & !FLAG_ABSORBED == 0 { Ok(header) } else { Err(Malformed::Header) }
    }
}

/// Writes a header's encoding.
pub(crate) fn write_header(w: &mut Writer, ratchet_key: &[u8], flags: u16, pn: u32, n: u32) {
    w.raw(ratchet_key);
    w.u16(flags);
    w.u24(pn);
    w.u24(n);
}

/// `encode(HeaderAAD)`
pub(crate) fn header_aad(context: &Context<'_>) -> Vec<u8> {
    let mut w = Writer::with_capacity(64);
    w.vector(|w| {
        w.raw(labels::PREFIX.as_bytes());
        w.raw(labels::HEADER.as_bytes());
    });
    w.u8(RATCHET_V0);
    w.opaque(context.session_id.as_bytes());
    w.into_bytes()
}

impl HeaderKey {
    pub(crate) fn new(key: Secret) -> Self {
        Self(key)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// A copy: a chain's key also stands beside its skipped message keys.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// `seal_header`, in place.
    pub(crate) fn seal(
        &self,
        context: &Context<'_>,
        aad: &[u8],
        header: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), ProviderFailed> {
        let aead = context.suite.aead();
        let nonce = ZERO_NONCE.get(..aead.nonce_len()).ok_or(ProviderFailed::Size)?;
        context.provider.get().aead_seal(aead, self.0.as_bytes(), nonce, aad, header, tag)
    }

    /// Opens a header under this key, if it is the right one.
    pub(crate) fn open(
        &self,
        context: &Context<'_>,
        aad: &[u8],
        sealed: &[u8],
        tag: &[u8],
    ) -> Result<Option<Vec<u8>>, ProviderFailed> {
        let aead = context.suite.aead();
        let nonce = ZERO_NONCE.get(..aead.nonce_len()).ok_or(ProviderFailed::Size)?;
        let mut header = sealed.to_vec();
        let key = self.0.as_bytes();
        let opened = context.provider.get().aead_open(aead, key, nonce, aad, &mut header, tag)?;
        Ok(opened.then_some(header))
    }
}
