//! A commit that comes with the proposals to which it refers, as the relay keeps them (page *Delivery of groups*).

use super::group::{Group, Proposals};
use super::psks::PskStore;
use super::stage::Given;
use super::staged::StagedCommit;
use crate::error::Error;
use crate::group::delivery::private;
use crate::group::error::Check;
use crate::group::schedule::{RatchetKey, SecretTreeUse};
use crate::group::types::{ContentType, PrivateMessage};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Group {
    /// Receives a commit with proposals to which it may refer, each an encoded `MLSMessage`, as one step (`GDS-37`): proposals
    /// that the device has received or sent are passed over, those that are refused are left out, and
    /// [`max_proposals`](crate::group::GroupPolicy::max_proposals) does not count them. Nothing changes, neither by a proposal
    /// nor by the commit, until the commit is merged.
    ///
    /// # Errors
    /// [`Malformed::Value`](crate::error::Malformed) when one of them is not a private message with such a content (`GDS-45`); as
    /// [`receive`](Self::receive) of the commit.
    pub fn receive_bundle(
        &self,
        proposals: &[Vec<u8>],
        commit: &[u8],
        psks: &PskStore,
        now: u64,
    ) -> Result<StagedCommit, Error> {
        let commit = private(commit, ContentType::Commit)?;
        let decoded = proposals.iter().map(|bytes| private(bytes, ContentType::Proposal));
        let decoded = decoded.collect::<Result<Vec<_>, _>>()?;
        let known: BTreeSet<&[u8]> =
            self.proposals.values().map(|cached| cached.message.as_slice()).collect();
        let mut taken = Taken::default();
        for (message, bytes) in decoded.iter().zip(proposals) {
            if !known.contains(bytes.as_slice()) {
                // What is refused is left out: a commit that refers to it is refused for that.
                let done = self.take_bundled(message, bytes, &mut taken, now);
                if let Err(error @ Error::Provider(_)) = done {
                    return Err(error);
                }
            }
        }
        let opened = self.open_of_epoch(&commit, now)?;
        taken.check_key(opened.used.as_ref())?;
        let given = Given { bundled: &taken.proposals, psks, now };
        let mut staged = self.stage_commit(&opened.message, given)?;
        staged.used = taken.used;
        staged.used.extend(opened.used.iter().map(SecretTreeUse::generation));
        Ok(staged)
    }

    fn take_bundled(
        &self,
        message: &PrivateMessage,
        encoded: &[u8],
        taken: &mut Taken,
        now: u64,
    ) -> Result<(), Error> {
        let opened = self.open_of_epoch(message, now)?;
        taken.check_key(opened.used.as_ref())?;
        let order = self.next_order();
        let (reference, cached) = self.received_proposal(opened.message, encoded, order, now)?;
        taken.proposals.insert(reference, cached);
        taken.used.extend(opened.used.iter().map(SecretTreeUse::generation));
        Ok(())
    }
}

/// The proposals that were taken, and the keys that they have used.
#[derive(Default)]
struct Taken {
    proposals: Proposals,
    used: Vec<(RatchetKey, u32)>,
}

impl Taken {
    /// A key opens one message, in a bundle too.
    fn check_key(&self, used: Option<&SecretTreeUse>) -> Result<(), Error> {
        let used = used.map(SecretTreeUse::generation);
        let again = used.is_some_and(|used| self.used.contains(&used));
        Check::Duplicate.require(!again)
    }
}
