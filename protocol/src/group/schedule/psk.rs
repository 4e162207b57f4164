//! The PSK secret (RFC 9420 §8.4).

use super::epoch::PskSecret;
use crate::codec::Writer;
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::ProviderFailed;
use crate::group::crypto::Crypto;
use crate::group::types::PreSharedKeyId;

/// `psk_secret` of keys with their ids, in order (`GRP-32`); zeros for none.
///
/// ```text
/// psk_input_[i] = ExpandWithLabel(Extract(0, psk_[i]), "derived psk", PSKLabel, Nh)
/// psk_secret_[i+1] = Extract(psk_input_[i], psk_secret_[i])
/// ```
pub(crate) fn psk_secret(
    crypto: &Crypto,
    psks: &[(PreSharedKeyId, Secret)],
) -> Result<PskSecret, ProviderFailed> {
    let zeros = Secret::zeros(crypto.nh());
    let count = u16::try_from(psks.len()).map_err(|_| ProviderFailed::Size)?;
    let mut secret = Secret::zeros(crypto.nh());
    for (index, (id, psk)) in (0u16..).zip(psks) {
        let extracted = crypto.extract(zeros.as_bytes(), psk.as_bytes())?;
        let mut label = Writer::new();
        label.item(id);
        label.u16(index);
        label.u16(count);
        let label = label.into_bytes();
        let input = crypto.expand(&extracted, labels::DERIVED_PSK, &label, crypto.nh())?;
        secret = crypto.extract(input.as_bytes(), secret.as_bytes())?;
    }
    Ok(PskSecret(secret))
}
