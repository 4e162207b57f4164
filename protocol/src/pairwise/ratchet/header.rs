//! Headers and their keys (`RAT-02`, `RAT-15`).

use super::Context;
use crate::codec::{Reader, Writer, joined, length_prefix};
use crate::crypto::{Secret, Suite, labels};
use crate::error::{Malformed, ProviderFailed};
use crate::pairwise::handshake::RATCHET_V0;
use crate::pairwise::session::SessionId;

/// Most bytes of an AEAD nonce.
const ZERO_NONCE: [u8; 32] = [0; 32];
/// Most bytes of a header that are kept in place.
pub(crate) const MAX_HEADER: usize = 128;
/// Bytes of an encoded `HeaderAAD`: label, wire format, session id.
const HEADER_AAD_LEN: usize =
    1 + labels::PREFIX.len() + labels::HEADER.len() + 1 + 1 + SessionId::LEN;
/// Header flag: the loser's exporter was absorbed into this chain (`REP-06`).
pub(crate) const FLAG_ABSORBED: u16 = 1;

/// A header key: HKs, HKr, NHKs, NHKr, or that of a skipped chain.
///
/// It seals with one fixed nonce: the AEAD resists misuse, each header under it is unique, and a
/// chain is bounded.
pub(crate) struct HeaderKey(Secret);

/// `Header`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) ratchet_key: &'a [u8],
    pub(crate) flags: u16,
    /// Messages in the previous sending chain.
    pub(crate) pn: u32,
    /// Number in this chain, from 0.
    pub(crate) n: u32,
}

impl<'a> Header<'a> {
    /// Parses an opened header: flags other than bit 0 are refused.
    pub(crate) fn parse(suite: Suite, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        let ratchet_key = r.take(suite.agreement().public_len())?;
        let header = Self { ratchet_key, flags: r.u16()?, pn: r.u24()?, n: r.u24()? };
        r.finish()?;
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
pub(crate) fn header_aad(context: &Context<'_>) -> [u8; HEADER_AAD_LEN] {
    let (prefix, label) = (labels::PREFIX.as_bytes(), labels::HEADER.as_bytes());
    let ([label_len, ..], _) = length_prefix(prefix.len().saturating_add(label.len()));
    let ([id_len, ..], _) = length_prefix(SessionId::LEN);
    let id = context.session_id.as_bytes();
    joined(&[&[label_len], prefix, label, &[RATCHET_V0, id_len], id])
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

    /// Opens a header in place, if this is its key.
    pub(crate) fn open(
        &self,
        context: &Context<'_>,
        aad: &[u8],
        header: &mut [u8],
        tag: &[u8],
    ) -> Result<bool, ProviderFailed> {
        let aead = context.suite.aead();
        let nonce = ZERO_NONCE.get(..aead.nonce_len()).ok_or(ProviderFailed::Size)?;
        context.provider.get().aead_open(aead, self.0.as_bytes(), nonce, aad, header, tag)
    }
}
