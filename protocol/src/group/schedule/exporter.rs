//! Exporters (RFC 9420 §8.5).

use super::epoch::ExporterSecret;
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::ProviderFailed;
use crate::group::crypto::Crypto;

/// `MLS-Exporter(label, context, length)`
pub(crate) fn export(
    crypto: &Crypto,
    exporter_secret: &ExporterSecret,
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Secret, ProviderFailed> {
    let derived = crypto.derive_secret(&exporter_secret.0, label)?;
    let context = crypto.digest(&[context])?;
    crypto.expand(&derived, labels::EXPORTED, context.as_bytes(), length)
}
