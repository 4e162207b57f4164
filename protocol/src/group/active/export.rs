//! Secrets that others than MLS use (RFC 9420 §8.5): the caller's, and those that order an epoch's commit.

use super::group::Group;
use crate::crypto::{Secret, labels};
use crate::error::{Error, Misuse};
use crate::group::delivery::CommitSecrets;
use crate::group::schedule;

/// `GRP-35`: the protocol's own labels are not the caller's.
pub(crate) fn check_export_label(label: &str) -> Result<(), Misuse> {
    if label.starts_with(labels::PREFIX) { Err(Misuse::Arguments) } else { Ok(()) }
}

impl Group {
    /// `MLS-Exporter(label, context, length)` of this epoch (§8.5), for the caller's own labels.
    ///
    /// # Errors
    /// [`Misuse::Arguments`] for a label that begins with `Sceau 1 `: the protocol's own come from the same exporter
    /// (`GRP-35`). [`Misuse::GroupInactive`] once the device was removed; [`Error::Provider`] for more than 255 · `Nh` bytes.
    pub fn export(&self, label: &str, context: &[u8], length: usize) -> Result<Secret, Error> {
        check_export_label(label)?;
        self.require_member()?;
        let secret = &self.secrets.exporter_secret;
        Ok(schedule::export(&self.crypto, secret, label, context, length)?)
    }

    /// The secrets are gone with the membership (`GDS-26`).
    fn require_member(&self) -> Result<(), Error> {
        if self.is_removed() { Err(Misuse::GroupInactive.into()) } else { Ok(()) }
    }

    /// The secrets of this epoch for the commit that ends it, one's own or another's (`GDS-04`).
    ///
    /// # Errors
    /// [`Misuse::GroupInactive`] once the device was removed; [`Error::Provider`].
    pub fn commit_secrets(&self) -> Result<CommitSecrets, Error> {
        self.require_member()?;
        let secret = &self.secrets.exporter_secret;
        let export = |label: &str| schedule::export(&self.crypto, secret, label, &[], 32);
        Ok(CommitSecrets::derive(self.crypto.provider(), export)?)
    }
}
