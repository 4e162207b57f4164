//! What of a group goes: by age, with the device, or all of it (page *Delivery of groups*).

use super::group::{Group, Status};
use crate::crypto::Secret;
use crate::group::schedule::SecretTree;
use crate::group::state::{GroupChanges, Key};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

impl Group {
    /// Erases what is too old, `now` in seconds since 1970: past epochs (`GDS-23`) and keys of generations that were passed
    /// over (`GDS-48`); what a device that was removed has kept (`GDS-26`). To be called now and then, daily say; nothing that is too old is used before.
    pub fn expire(&mut self, now: u64) {
        let limits = self.policy.ratchet_limits(now);
        let epochs = self.past.iter().filter(|(_, past)| limits.is_over(past.left_at));
        let old: Vec<u64> = epochs.map(|(epoch, _)| *epoch).collect();
        for epoch in old {
            if let Some(past) = self.past.remove(&epoch) {
                self.touch_past(epoch, &past);
            }
        }
        if self.is_removed() {
            self.forget_resumption();
            if self.is_over(now) && self.secrets.sender_data_secret.0.len() > 0 {
                self.forget_last();
            }
        }
        let present = (self.context.epoch, &mut self.secret_tree);
        let past = self.past.iter_mut().map(|(epoch, past)| (*epoch, &mut past.secret_tree));
        for (epoch, tree) in past.chain([present]) {
            self.touched.touch_secret_tree(epoch, tree.expire(limits));
        }
    }

    /// Whether all of the group is to be erased by age: what was kept to replace it after a ReInit (`GDS-46`), and what a
    /// device that was removed has kept (`GDS-26`).
    #[must_use]
    pub fn is_over(&self, now: u64) -> bool {
        self.status.is_over(&self.policy, now)
    }

    /// Gives the group up, in one step: the changes delete every record of it. After the relay has forgotten it, when the
    /// group that replaces it was joined, or when the caller wants it no more (`GDS-46`).
    pub fn erase(self) -> GroupChanges {
        let mut keys = self.keys();
        keys.extend(self.touched.0.iter().cloned());
        GroupChanges::deletion(self.changes, keys)
    }

    /// `GDS-26`: of a group that the device was removed from stays what late messages need.
    pub(super) fn leave(&mut self, removed: Vec<u32>, now: u64) {
        self.status = Status::Removed { at: now, removed };
        let keys = self.private.forget();
        self.touched.0.extend(keys.into_iter().map(Key::Private));
        let secrets = &mut self.secrets;
        for secret in [
            &mut secrets.init_secret.0,
            &mut secrets.exporter_secret.0,
            &mut secrets.external_secret.0,
            &mut secrets.confirmation_key.0,
            &mut secrets.membership_key.0,
            &mut secrets.epoch_authenticator.0,
        ] {
            *secret = Secret::zeros(0);
        }
        self.identity.forget();
        self.touched.touch(Key::Epoch);
        self.forget();
        self.forget_resumption();
        if self.status.past_epochs(&self.policy).is_none() {
            self.forget_last();
        }
    }

    /// Of a device that was removed: a past epoch's resumption key goes with it, since no commit of the group will want it.
    fn forget_resumption(&mut self) {
        let past = &self.past;
        let epochs = self.resumption.keys().filter(|epoch| !past.contains_key(epoch));
        let old: Vec<u64> = epochs.copied().collect();
        for epoch in old {
            self.resumption.remove(&epoch);
            self.touched.touch(Key::Resumption(epoch));
        }
    }

    /// What reads messages of the last epoch goes, and its resumption key.
    fn forget_last(&mut self) {
        let leaves = self.secret_tree.leaves();
        let empty = SecretTree::from_parts(leaves, BTreeMap::new(), BTreeMap::new());
        let gone = core::mem::replace(&mut self.secret_tree, empty);
        self.touch_secret_tree(self.context.epoch, &gone);
        self.secrets.sender_data_secret.0 = Secret::zeros(0);
        self.secrets.resumption_psk.0 = Secret::zeros(0);
        self.touched.touch(Key::Epoch);
    }
}
