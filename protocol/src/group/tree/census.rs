//! How many members support or use what: so that a check over all members costs nothing per member.

use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Counts over the members of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    members: u32,
    credentials_used: BTreeMap<u16, u32>,
    credentials: BTreeMap<u16, u32>,
    extensions: BTreeMap<u16, u32>,
    proposals: BTreeMap<u16, u32>,
}

impl Census {
    /// Members of the tree.
    pub(crate) fn members(&self) -> u32 {
        self.members
    }

    /// Credential types that some member uses.
    pub(crate) fn credentials_used(&self) -> impl Iterator<Item = u16> {
        self.credentials_used.keys().copied()
    }

    /// Whether all members support a credential type.
    pub(crate) fn all_support_credential(&self, value: u16) -> bool {
        self.all(&self.credentials, value)
    }

    /// Whether all members support an extension type that is not default.
    pub(crate) fn all_support_extension(&self, value: u16) -> bool {
        self.all(&self.extensions, value)
    }

    /// Whether all members support a proposal type that is not default.
    pub(crate) fn all_support_proposal(&self, value: u16) -> bool {
        self.all(&self.proposals, value)
    }

    fn all(&self, counts: &BTreeMap<u16, u32>, value: u16) -> bool {
        counts.get(&value).copied().unwrap_or(0) == self.members
    }

    pub(crate) fn count_in(&mut self, leaf: &LeafNode) {
        self.members = self.members.saturating_add(1);
        add(&mut self.credentials_used, &[leaf.credential.credential_type()]);
        add(&mut self.credentials, &leaf.capabilities.credentials);
        add(&mut self.extensions, &leaf.capabilities.extensions);
        add(&mut self.proposals, &leaf.capabilities.proposals);
    }

    pub(crate) fn count_out(&mut self, leaf: &LeafNode) {
        self.members = self.members.saturating_sub(1);
        remove(&mut self.credentials_used, &[leaf.credential.credential_type()]);
        remove(&mut self.credentials, &leaf.capabilities.credentials);
        remove(&mut self.extensions, &leaf.capabilities.extensions);
        remove(&mut self.proposals, &leaf.capabilities.proposals);
    }
}

/// The values of a list, each once: a list may repeat one.
fn distinct(values: &[u16]) -> Vec<u16> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}

fn add(counts: &mut BTreeMap<u16, u32>, values: &[u16]) {
    for value in distinct(values) {
        let count = counts.entry(value).or_insert(0);
        *count = count.saturating_add(1);
    }
}

fn remove(counts: &mut BTreeMap<u16, u32>, values: &[u16]) {
    for value in distinct(values) {
        if let Some(count) = counts.get_mut(&value) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&value);
            }
        }
    }
}
