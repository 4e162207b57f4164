//! The key schedule (§8), exporters (§8.5) and external initialization (§8.3).
//!
//! ```text
//!                     init_secret_[n-1]
//!                           V
//!     commit_secret --> KDF.Extract
//!                           V
//!                   ExpandWithLabel(., "joiner", GroupContext_[n], KDF.Nh)
//!                           V
//!                      joiner_secret
//!                           V
//! psk_secret (or 0) --> KDF.Extract
//!                           +--> DeriveSecret(., "welcome") = welcome_secret
//!                           V
//!                   ExpandWithLabel(., "epoch", GroupContext_[n], KDF.Nh)
//!                           V
//!                      epoch_secret
//!                           +--> DeriveSecret(., <label>) = <secret>
//!                           V
//!                     DeriveSecret(., "init") = init_secret_[n]
//! ```

use super::crypto::{derive_secret, expand_with_label};
use super::hpke::{export, setup_base_r, setup_base_s};
use super::kem::{KeyPair, derive_key_pair};
use super::labels::{
    AUTHENTICATION, CONFIRM, ENCRYPTION, EPOCH, EXPORTED, EXPORTER, EXTERNAL, EXTERNAL_INIT_SECRET,
    INIT, JOINER, MEMBERSHIP, RESUMPTION, SCEAU_PREFIX, SENDER_DATA, WELCOME_SECRET,
};
use super::suite::{CipherSuite, hash, kdf_extract, mac, nh};
use crate::octets::{Octets, ascii, checked_slice, empty};
use crate::pairwise::error::{ErrorClass, check};
use hacspec_lib::*;

/// The secrets of an epoch, `Nh` bytes each (§8 table 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpochSecrets {
    /// epoch_secret.
    pub epoch_secret: Octets,
    /// sender_data_secret.
    pub sender_data_secret: Octets,
    /// encryption_secret, the root of the secret tree.
    pub encryption_secret: Octets,
    /// exporter_secret.
    pub exporter_secret: Octets,
    /// external_secret.
    pub external_secret: Octets,
    /// confirmation_key.
    pub confirmation_key: Octets,
    /// membership_key.
    pub membership_key: Octets,
    /// resumption_psk.
    pub resumption_psk: Octets,
    /// epoch_authenticator.
    pub epoch_authenticator: Octets,
    /// init_secret, for the next epoch.
    pub init_secret: Octets,
}

// ANCHOR: joiner_secret
/// joiner_secret. A Commit without a path has zeros as commit_secret (§12.4.2).
pub fn joiner_secret(
    suite: CipherSuite,
    init_secret: &Octets,
    commit_secret: &Octets,
    group_context: &Octets,
) -> Octets {
    let extracted = kdf_extract(suite, init_secret, commit_secret);
    expand_with_label(suite, &extracted, JOINER, group_context, nh(suite))
}

/// What both welcome_secret and epoch_secret come from.
fn member_secret(suite: CipherSuite, joiner_secret: &Octets, psk_secret: &Octets) -> Octets {
    kdf_extract(suite, joiner_secret, psk_secret)
}

/// welcome_secret.
pub fn welcome_secret(suite: CipherSuite, joiner_secret: &Octets, psk_secret: &Octets) -> Octets {
    derive_secret(suite, &member_secret(suite, joiner_secret, psk_secret), WELCOME_SECRET)
}

/// epoch_secret.
pub fn epoch_secret(
    suite: CipherSuite,
    joiner_secret: &Octets,
    psk_secret: &Octets,
    group_context: &Octets,
) -> Octets {
    let member = member_secret(suite, joiner_secret, psk_secret);
    expand_with_label(suite, &member, EPOCH, group_context, nh(suite))
}
// ANCHOR_END: joiner_secret

// ANCHOR: epoch_secrets
/// The secrets that come from epoch_secret; that of a new group is random (§11).
pub fn epoch_secrets(suite: CipherSuite, epoch_secret: &Octets) -> EpochSecrets {
    EpochSecrets {
        epoch_secret: epoch_secret.clone(),
        sender_data_secret: derive_secret(suite, epoch_secret, SENDER_DATA),
        encryption_secret: derive_secret(suite, epoch_secret, ENCRYPTION),
        exporter_secret: derive_secret(suite, epoch_secret, EXPORTER),
        external_secret: derive_secret(suite, epoch_secret, EXTERNAL),
        confirmation_key: derive_secret(suite, epoch_secret, CONFIRM),
        membership_key: derive_secret(suite, epoch_secret, MEMBERSHIP),
        resumption_psk: derive_secret(suite, epoch_secret, RESUMPTION),
        epoch_authenticator: derive_secret(suite, epoch_secret, AUTHENTICATION),
        init_secret: derive_secret(suite, epoch_secret, INIT),
    }
}
// ANCHOR_END: epoch_secrets

/// The key pair that the whole group holds (§8).
pub fn external_key_pair(suite: CipherSuite, external_secret: &Octets) -> KeyPair {
    derive_key_pair(suite, external_secret)
}

// ANCHOR: external_init
/// kem_output and init_secret of an external Commit, at the joiner (§8.3). An `external_pub` that cannot
/// be one is malformed.
pub fn external_init(
    suite: CipherSuite,
    external_pub: &Octets,
    randomness: &Octets,
) -> Result<(Octets, Octets), ErrorClass> {
    let (kem_output, context) =
        setup_base_s(suite, external_pub, &empty(), randomness).ok_or(ErrorClass::Malformed)?;
    let init_secret = export(suite, &context, &ascii(EXTERNAL_INIT_SECRET), nh(suite));
    Ok((kem_output, init_secret))
}

/// init_secret of an external Commit, at a member (§8.3; `[GRP-33]`).
pub fn external_init_secret(
    suite: CipherSuite,
    external_private_key: &Octets,
    kem_output: &Octets,
) -> Result<Octets, ErrorClass> {
    let context = setup_base_r(suite, kem_output, external_private_key, &empty())
        .ok_or(ErrorClass::Malformed)?;
    Ok(export(suite, &context, &ascii(EXTERNAL_INIT_SECRET), nh(suite)))
}
// ANCHOR_END: external_init

// ANCHOR: mls_exporter
/// MLS-Exporter: `length` bytes (§8.5). The label is the caller's, without a prefix.
pub fn mls_exporter(
    suite: CipherSuite,
    exporter_secret: &Octets,
    label: &str,
    context: &Octets,
    length: usize,
) -> Octets {
    let secret = derive_secret(suite, exporter_secret, label);
    expand_with_label(suite, &secret, EXPORTED, &hash(suite, context), length)
}

/// Refuses a label with which a caller may not export: one that begins with `Sceau 1 ` (`[GRP-35]`).
pub fn check_export_label(label: &Octets) -> Result<(), ErrorClass> {
    let prefix = ascii(SCEAU_PREFIX);
    let begins = match checked_slice(label, 0, prefix.len()) {
        Some(first) => first == prefix,
        None => false,
    };
    check(!begins, ErrorClass::Misuse)
}
// ANCHOR_END: mls_exporter

// ANCHOR: confirmation_tag
/// confirmation_tag (§6.1).
pub fn confirmation_tag(
    suite: CipherSuite,
    confirmation_key: &Octets,
    confirmed_transcript_hash: &Octets,
) -> Octets {
    mac(suite, confirmation_key, confirmed_transcript_hash)
}

/// Refuses a confirmation tag that is not the epoch's (`[GRP-31]`).
pub fn check_confirmation_tag(
    suite: CipherSuite,
    confirmation_key: &Octets,
    confirmed_transcript_hash: &Octets,
    received: &Octets,
) -> Result<(), ErrorClass> {
    let expected = confirmation_tag(suite, confirmation_key, confirmed_transcript_hash);
    check(*received == expected, ErrorClass::BadSignature)
}
// ANCHOR_END: confirmation_tag
