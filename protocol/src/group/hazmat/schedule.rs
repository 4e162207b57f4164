//! Key schedule, secret tree, transcript hashes.

use super::crypto;
use crate::codec::{Wire, decode_all};
use crate::crypto::Secret;
use crate::error::Error;
use crate::group::schedule::{
    self, CommitSecret, ConfirmationKey, EncryptionSecret, EpochSecrets, ExporterSecret,
    InitSecret, JoinerSecret, PskSecret, RatchetKind, RatchetLimits, SecretTree,
};
use crate::group::suite::CipherSuite;
use crate::group::types::{AuthenticatedContent, PreSharedKeyId};
use alloc::vec::Vec;

/// The secrets of an epoch, in the RFC's names.
#[allow(missing_docs)]
#[non_exhaustive]
pub struct Epoch {
    pub joiner_secret: Vec<u8>,
    pub welcome_secret: Vec<u8>,
    pub init_secret: Vec<u8>,
    pub sender_data_secret: Vec<u8>,
    pub encryption_secret: Vec<u8>,
    pub exporter_secret: Vec<u8>,
    pub epoch_authenticator: Vec<u8>,
    pub external_secret: Vec<u8>,
    pub confirmation_key: Vec<u8>,
    pub membership_key: Vec<u8>,
    pub resumption_psk: Vec<u8>,
    pub external_pub: Vec<u8>,
}

/// The epoch that secrets and an encoded group context give.
///
/// # Errors
/// [`Error::Provider`]
pub fn epoch(
    suite: CipherSuite,
    init_secret: &[u8],
    commit_secret: &[u8],
    psk_secret: &[u8],
    group_context: &[u8],
) -> Result<Epoch, Error> {
    let crypto = crypto(suite);
    let init = InitSecret(Secret::from_slice(init_secret));
    let commit = CommitSecret(Secret::from_slice(commit_secret));
    let joiner = JoinerSecret::new(&crypto, &init, commit, group_context)?;
    let member = joiner.member_secret(&crypto, PskSecret(Secret::from_slice(psk_secret)))?;
    let welcome = member.welcome_secret(&crypto)?;
    let epoch_secret = member.epoch_secret(&crypto, group_context)?;
    let (secrets, encryption) = EpochSecrets::derive(&crypto, epoch_secret)?;
    let bytes = |secret: &Secret| secret.as_bytes().to_vec();
    Ok(Epoch {
        joiner_secret: bytes(&joiner.0),
        welcome_secret: bytes(&welcome.0),
        init_secret: bytes(&secrets.init_secret.0),
        sender_data_secret: bytes(&secrets.sender_data_secret.0),
        encryption_secret: bytes(&encryption.0),
        exporter_secret: bytes(&secrets.exporter_secret.0),
        epoch_authenticator: bytes(&secrets.epoch_authenticator.0),
        external_secret: bytes(&secrets.external_secret.0),
        confirmation_key: bytes(&secrets.confirmation_key.0),
        membership_key: bytes(&secrets.membership_key.0),
        resumption_psk: bytes(&secrets.resumption_psk.0),
        external_pub: secrets.external_key_pair(&crypto)?.public,
    })
}

/// `MLS-Exporter(label, context, length)`
///
/// # Errors
/// [`Error::Provider`]
pub fn export(
    suite: CipherSuite,
    exporter_secret: &[u8],
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Vec<u8>, Error> {
    let secret = ExporterSecret(Secret::from_slice(exporter_secret));
    let exported = schedule::export(&crypto(suite), &secret, label, context, length)?;
    Ok(exported.as_bytes().to_vec())
}

/// `MLS-Exporter` of a group's epoch with any label, the protocol's own too.
///
/// # Errors
/// [`Error::Provider`]
pub fn export_of(
    group: &crate::group::Group,
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Vec<u8>, Error> {
    let secret = &group.secrets.exporter_secret;
    let exported = schedule::export(&group.crypto, secret, label, context, length)?;
    Ok(exported.as_bytes().to_vec())
}

/// `psk_secret` of keys with their encoded ids.
///
/// # Errors
/// [`Error::Malformed`]
pub fn psk_secret(suite: CipherSuite, psks: &[(Vec<u8>, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let psks =
        psks.iter().map(|(id, psk)| Ok((PreSharedKeyId::from_bytes(id)?, Secret::from_slice(psk))));
    let psks = psks.collect::<Result<Vec<_>, Error>>()?;
    Ok(schedule::psk_secret(&crypto(suite), &psks)?.0.as_bytes().to_vec())
}

/// Key and nonce of a leaf's generation in the secret tree.
///
/// # Errors
/// [`Error::Group`]
pub fn message_key(
    suite: CipherSuite,
    encryption_secret: &[u8],
    leaves: u32,
    (leaf, handshake): (u32, bool),
    generation: u32,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let secret = EncryptionSecret(Secret::from_slice(encryption_secret));
    let tree = SecretTree::new(leaves, secret);
    let kind = if handshake { RatchetKind::Handshake } else { RatchetKind::Application };
    let limits =
        RatchetLimits { max_forward: u32::MAX, max_skipped: 0, skipped_key_age: u64::MAX, now: 0 };
    let (key, _) = tree.find(&crypto(suite), (leaf, kind), generation, limits)?;
    Ok((key.key.as_bytes().to_vec(), key.nonce.as_bytes().to_vec()))
}

/// Confirmed and interim transcript hash after an encoded `AuthenticatedContent` with a commit.
///
/// # Errors
/// [`Error::Malformed`]
pub fn transcript_hashes(
    suite: CipherSuite,
    interim_before: &[u8],
    commit: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let crypto = crypto(suite);
    let commit: AuthenticatedContent = decode_all(commit)?;
    let tag = commit.auth.confirmation_tag.as_deref().unwrap_or_default();
    let confirmed = schedule::confirmed_transcript_hash(&crypto, interim_before, &commit)?;
    let interim = schedule::interim_transcript_hash(&crypto, &confirmed, tag)?;
    Ok((confirmed, interim))
}

/// `MAC(confirmation_key, confirmed_transcript_hash)`
///
/// # Errors
/// [`Error::Provider`]
pub fn confirmation_tag(
    suite: CipherSuite,
    confirmation_key: &[u8],
    confirmed_transcript_hash: &[u8],
) -> Result<Vec<u8>, Error> {
    let key = ConfirmationKey(Secret::from_slice(confirmation_key));
    let crypto = crypto(suite);
    Ok(crate::group::framing::confirmation_tag(&crypto, &key, confirmed_transcript_hash)?)
}
