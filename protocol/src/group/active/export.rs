//! Secrets that others than MLS use (RFC 9420 §8.5): the caller's, and those that order an epoch's commit.

use super::group::Group;
use crate::crypto::{Secret, labels};
use crate::error::{Error, Misuse, ProviderFailed};
use crate::group::schedule;

/// What orders and seals the commit that ends an epoch (`GDS-04`); erased with the epoch.
#[non_exhaustive]
pub struct CommitSecrets {
    /// `commit_handle`: under what the relay keeps the commit, 32 bytes. Whoever sees it sees that a group goes on, not which.
    pub handle: [u8; 32],
    /// `commit_key`: of AES-256-GCM-SIV, 32 bytes.
    pub key: Secret,
}

impl Group {
    /// `MLS-Exporter(label, context, length)` of this epoch (§8.5), for the caller's own labels.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] for a label that begins with `Sceau 1 `: the protocol's own come from the same exporter
    /// (`GRP-35`). [`Misuse::GroupInactive`] once the device was removed; [`Error::Provider`] for more than 255 · `Nh` bytes.
    pub fn export(&self, label: &str, context: &[u8], length: usize) -> Result<Secret, Error> {
        if label.starts_with(labels::PREFIX) {
            return Err(Misuse::Arguments.into());
        }
        self.require_member()?;
        let secret = &self.secrets.exporter_secret;
        Ok(schedule::export(&self.crypto, secret, label, context, length)?)
    }

    /// The secrets are gone with the membership (`GDS-26`).
    fn require_member(&self) -> Result<(), Error> {
        if self.is_removed() { Err(Misuse::GroupInactive.into()) } else { Ok(()) }
    }

    /// `commit_handle` and `commit_key` of this epoch: for the commit that ends it, one's own or another's (`GDS-04`).
    ///
    /// # Errors
    /// [`Misuse::GroupInactive`] once the device was removed; [`Error::Provider`].
    pub fn commit_secrets(&self) -> Result<CommitSecrets, Error> {
        self.require_member()?;
        let export = |label: &str| {
            let label = alloc::format!("{}{label}", labels::PREFIX);
            schedule::export(&self.crypto, &self.secrets.exporter_secret, &label, &[], 32)
        };
        let handle = export(labels::COMMIT_HANDLE)?;
        let handle = handle.as_bytes().try_into().map_err(|_| ProviderFailed::Size)?;
        Ok(CommitSecrets { handle, key: export(labels::COMMIT_KEY)? })
    }
}
