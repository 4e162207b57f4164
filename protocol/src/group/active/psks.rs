//! Pre-shared keys that the application knows (RFC 9420 §8.4).

use super::group::Group;
use crate::crypto::Secret;
use crate::error::Error;
use crate::group::error::Check;
use crate::group::types::{PreSharedKeyId, PskKind};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Pre-shared keys by their ids. Resumption keys of a group's own past need not be in it.
#[derive(Debug, Default)]
pub struct PskStore {
    external: BTreeMap<Vec<u8>, Secret>,
    resumption: BTreeMap<(Vec<u8>, u64), Secret>,
}

impl PskStore {
    /// A store without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an external key.
    pub fn insert_external(&mut self, id: &[u8], psk: Secret) {
        self.external.insert(id.to_vec(), psk);
    }

    /// Adds the resumption key of an epoch of a group.
    pub fn insert_resumption(&mut self, group_id: &[u8], epoch: u64, psk: Secret) {
        self.resumption.insert((group_id.to_vec(), epoch), psk);
    }

    fn get(&self, id: &PreSharedKeyId) -> Option<&Secret> {
        match &id.kind {
            PskKind::External(id) => self.external.get(id),
            PskKind::Resumption { group_id, epoch, .. } => {
                self.resumption.get(&(group_id.clone(), *epoch))
            }
        }
    }
}

/// `GRP-67`, §12.4.2: "Verify that all PreSharedKey proposals in the `proposals` vector are available"; §12.4.3.1:
/// the same of a Welcome. The keys, with their ids.
pub(crate) fn look_up(
    ids: &[PreSharedKeyId],
    store: &PskStore,
    groups: &[&Group],
) -> Result<Vec<(PreSharedKeyId, Secret)>, Error> {
    let find = |id: &PreSharedKeyId| {
        let own = groups.iter().find_map(|group| group.own_resumption_psk(id));
        let psk = own.or_else(|| store.get(id)).ok_or(Check::PskUnknown.refuse())?;
        Ok((id.clone(), psk.duplicate()))
    };
    ids.iter().map(find).collect()
}
