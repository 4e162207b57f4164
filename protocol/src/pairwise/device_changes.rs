//! Which devices an accepted list has added to an account, and which it has removed (page *Identities*, `ID-23`).

use super::device_list::DeviceList;
use super::identity::AccountId;
use alloc::vec::Vec;

/// What a step has changed in the devices of a peer's account, for the person who talks with it (`ID-23`): between the
/// list that was pinned before a series of lists and the one that is pinned after it. A first message can bring two series, in
/// its handshake and as its body; then both are told.
///
/// Show it when it is not [empty](Self::is_empty). A device that was added gets, from now on, what is sent to all devices
/// of the account; whoever has copied a device *and* its account's key comes in by adding one of his own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a peer's new or removed devices are to be shown (ID-23)"]
#[non_exhaustive]
pub struct DeviceChanges {
    /// The account.
    pub account: AccountId,
    /// Serials that the list which is pinned now has, and the one pinned before had not; ascending.
    pub added: Vec<u64>,
    /// Serials that the list pinned before had, and the one which is pinned now has not; ascending. Their sessions are
    /// closed (`ID-17`).
    pub removed: Vec<u64>,
}

impl DeviceChanges {
    /// Between the list that was pinned before a step and the one that it pins, if there are both.
    pub(crate) fn between(
        account: AccountId,
        before: Option<&DeviceList>,
        after: Option<&DeviceList>,
    ) -> Self {
        let (Some(before), Some(after)) = (before, after) else {
            return Self { account, added: Vec::new(), removed: Vec::new() };
        };
        let lacks = |of: &DeviceList, other: &DeviceList| {
            let serials = of.tbs().devices.iter().map(|entry| entry.serial);
            serials.filter(|serial| other.entry(*serial).is_none()).collect()
        };
        Self { account, added: lacks(after, before), removed: lacks(before, after) }
    }

    /// With what a second series in the same step has changed.
    pub(crate) fn and(mut self, then: Self) -> Self {
        for (serials, more) in [(&mut self.added, then.added), (&mut self.removed, then.removed)] {
            serials.extend(more);
            serials.sort_unstable();
            serials.dedup();
        }
        self
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}
