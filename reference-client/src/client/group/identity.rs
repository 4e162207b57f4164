//! Who is who in groups: devices of accounts, by the library's `DeviceCredentials` (`GRP-04`, `GRP-07` to `GRP-09`).

use super::model::DeviceOf;
use crate::crypto;
use crate::error::Result;
use sceau::group::{
    CipherSuite, Confirmation, DeviceCredentials, Group, GroupPolicy, LeafCredential, LeafNode,
    LeafParams, SigningIdentity,
};
use sceau::pairwise::Account;

/// The suite of this client's groups: Sceau's default, hybrid.
pub const SUITE: CipherSuite = CipherSuite::MlKem768X25519Aes256;
/// How long others may add a device with a key package, in seconds: 90 days.
pub const PACKAGE_LIFETIME: u64 = 90 * 86_400;

/// The rules of this device's groups: Sceau's profile, with the account's limits, and with the lists that it has accepted
/// by now.
#[must_use]
pub fn policy(account: &Account) -> GroupPolicy {
    let limits = &account.policy().limits;
    let mut policy = GroupPolicy::new(DeviceCredentials::of_account(account));
    policy.clock_skew = limits.clock_skew;
    policy.max_forward = limits.max_skip;
    policy.max_skipped = limits.max_skipped_keys;
    policy.skipped_key_age = limits.skipped_key_age;
    policy.max_envelope_age = limits.max_envelope_age;
    policy
}

/// The devices of a group's members, each with what is known of it beyond its leaf (`GRP-99`).
#[must_use]
pub fn members(group: &Group) -> Vec<(DeviceOf, Confirmation)> {
    let of = |(leaf, confirmation)| Some((device_of(group.member(leaf)?)?, confirmation));
    group.confirmations().filter_map(of).collect()
}

/// A fresh signature key for a leaf, certified by the device.
///
/// # Errors
/// Keys that are not at hand.
pub fn identity(account: &Account) -> Result<SigningIdentity> {
    Ok(SigningIdentity::of_account(account, SUITE, &mut crypto::rng())?)
}

/// What the own leaf says beside its keys.
#[must_use]
pub fn leaf(now: u64) -> LeafParams {
    // Others' clocks may be behind.
    LeafParams::new(now.saturating_sub(3_600), now + PACKAGE_LIFETIME)
}

/// The device behind a leaf whose credential was verified.
#[must_use]
pub fn device_of(leaf: &LeafNode) -> Option<DeviceOf> {
    let credential = LeafCredential::of(&leaf.credential).ok()?;
    let serial = credential.credential.tbs().serial;
    Some((hex::encode(credential.account_id().as_bytes()), serial))
}
