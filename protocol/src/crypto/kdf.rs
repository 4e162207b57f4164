//! The forms of page *Conventions*: `expand_with_label`, `ref_hash`, `SignContent` (`ENC-09`).

use super::Secret;
use super::labels::PREFIX;
use super::provider::{Expand, Provider};
use super::suite::{AgreementAlgorithm, HashAlgorithm};
use crate::codec::{Writer, length_prefix};
use crate::error::{Error, Peer, ProviderFailed};
use alloc::vec;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// `Hash` over joined parts.
pub(crate) fn hash(
    provider: &Provider,
    algorithm: HashAlgorithm,
    parts: &[&[u8]],
) -> Result<Vec<u8>, ProviderFailed> {
    let mut digest = vec![0; algorithm.digest_len()];
    provider.get().hash(algorithm, parts, &mut digest)?;
    Ok(digest)
}

/// `ref_hash(label, value)`
pub(crate) fn ref_hash(
    provider: &Provider,
    algorithm: HashAlgorithm,
    label: &str,
    value: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    ref_hash_of(provider, algorithm, [PREFIX, label], value)
}

/// The hash of `{ opaque label<V>; opaque value<V>; }` (RFC 9420 §5.2), the label in two parts.
pub(crate) fn ref_hash_of(
    provider: &Provider,
    algorithm: HashAlgorithm,
    label: [&str; 2],
    value: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    let [prefix, label] = label;
    let (label_length, n) = length_prefix(prefix.len().saturating_add(label.len()));
    let (value_length, m) = length_prefix(value.len());
    let parts: [&[u8]; 5] = [
        label_length.get(..n).unwrap_or_default(),
        prefix.as_bytes(),
        label.as_bytes(),
        value_length.get(..m).unwrap_or_default(),
        value,
    ];
    hash(provider, algorithm, &parts)
}

/// `encode(SignContent)`: what is signed.
pub(crate) fn sign_content(label: &str, content: &[u8]) -> Vec<u8> {
    labelled_content([PREFIX, label], content)
}

/// `{ opaque label<V>; opaque content<V>; }` (RFC 9420 §5.1.2 and §5.1.3), the label in two parts.
pub(crate) fn labelled_content(label: [&str; 2], content: &[u8]) -> Vec<u8> {
    let [prefix, label] = label;
    let mut w = Writer::with_capacity(content.len().saturating_add(64));
    w.length(prefix.len().saturating_add(label.len()));
    w.raw(prefix.as_bytes());
    w.raw(label.as_bytes());
    w.opaque(content);
    w.into_bytes()
}

/// `HKDF-Extract(salt, ikm)`
pub(crate) fn extract(
    provider: &Provider,
    algorithm: HashAlgorithm,
    salt: &[u8],
    ikm: &[&[u8]],
) -> Result<Secret, ProviderFailed> {
    let mut prk = Secret::zeros(algorithm.digest_len());
    provider.get().hkdf_extract(algorithm, salt, ikm, prk.as_mut())?;
    Ok(prk)
}

/// `HKDF-Extract(zeros(Nh), ikm)`
pub(crate) fn extract_unsalted(
    provider: &Provider,
    algorithm: HashAlgorithm,
    ikm: &[&[u8]],
) -> Result<Secret, ProviderFailed> {
    extract(provider, algorithm, &vec![0; algorithm.digest_len()], ikm)
}

/// Several `expand_with_label` of one secret and one context: label and output of each.
pub(crate) fn expand_into<const N: usize>(
    provider: &Provider,
    algorithm: HashAlgorithm,
    secret: &[u8],
    context: &[u8],
    jobs: [(&str, &mut [u8]); N],
) -> Result<(), ProviderFailed> {
    expand_prefixed(provider, algorithm, PREFIX, secret, context, jobs)
}

/// [`expand_into`] with the prefix of another protocol's labels (RFC 9420 §8).
pub(crate) fn expand_prefixed<const N: usize>(
    provider: &Provider,
    algorithm: HashAlgorithm,
    prefix: &str,
    secret: &[u8],
    context: &[u8],
    jobs: [(&str, &mut [u8]); N],
) -> Result<(), ProviderFailed> {
    let (context_length, m) = length_prefix(context.len());
    let context_length = context_length.get(..m).unwrap_or_default();
    let heads = jobs.each_ref().map(|(label, out)| {
        let [high, low] = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
        let ([a, b, c, d], count) = length_prefix(prefix.len().saturating_add(label.len()));
        ([high, low, a, b, c, d], count.saturating_add(2))
    });
    let labels = jobs.each_ref().map(|(label, _)| *label);
    let infos: [[&[u8]; 5]; N] = core::array::from_fn(|i| {
        [
            heads.get(i).and_then(|(head, count)| head.get(..*count)).unwrap_or_default(),
            prefix.as_bytes(),
            labels.get(i).map_or(&[][..], |label| label.as_bytes()),
            context_length,
            context,
        ]
    });
    let parts = if context.is_empty() { 4 } else { 5 };
    let mut infos = infos.iter().filter_map(|info| info.get(..parts));
    let mut expands = jobs.map(|(_, out)| Expand { info: infos.next().unwrap_or_default(), out });
    provider.get().hkdf_expand(algorithm, secret, &mut expands)
}

/// `expand_with_label(secret, label, context, length)`
pub(crate) fn expand_with_label(
    provider: &Provider,
    algorithm: HashAlgorithm,
    secret: &Secret,
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Secret, ProviderFailed> {
    let mut out = Secret::zeros(length);
    expand_into(provider, algorithm, secret.as_bytes(), context, [(label, out.as_mut())])?;
    Ok(out)
}

/// `DH(private, public)`, refused when it is all zeros (`SUI-01`).
pub(crate) fn agree(
    provider: &Provider,
    algorithm: AgreementAlgorithm,
    private: &Secret,
    public: &[u8],
) -> Result<Secret, Error> {
    let mut out = Secret::zeros(algorithm.output_len());
    provider.get().agree(algorithm, private.as_bytes(), public, out.as_mut())?;
    if out.is_zero() { Err(Peer::LowOrder.into()) } else { Ok(out) }
}

/// The public key of a private one.
pub(crate) fn agreement_public(
    provider: &Provider,
    algorithm: AgreementAlgorithm,
    private: &Secret,
) -> Result<Vec<u8>, ProviderFailed> {
    let mut out = vec![0; algorithm.public_len()];
    provider.get().agreement_public(algorithm, private.as_bytes(), &mut out)?;
    Ok(out)
}

/// One named draw of the specification: one call of `fill_bytes` with exactly its length.
pub(crate) fn random(rng: &mut impl CryptoRng, length: usize) -> Secret {
    let mut bytes = Secret::zeros(length);
    rng.fill_bytes(bytes.as_mut());
    bytes
}
