//! From a group to its records.

use super::body::{write_identity, write_past, write_psk, write_version};
use super::key::{GroupChange, GroupChanges, GroupRecordKey, Key};
use super::pending::write_pending;
use crate::codec::Writer;
use crate::group::active::Group;
use crate::group::tree::TreeView;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use zeroize::Zeroizing;

impl Group {
    /// What is to be stored: all that has changed since this was last called. Store it, together or not at all, before anything
    /// is sent or shown (`GRP-40`, `GDS-28`).
    pub fn take_changes(&mut self) -> GroupChanges {
        let expected = self.changes;
        let mut touched = core::mem::take(&mut self.touched).0;
        if touched.is_empty() {
            return GroupChanges { expected, changes: Vec::new() };
        }
        self.changes = expected.saturating_add(1);
        touched.insert(Key::Head);
        let change = |key: Key| {
            let body = self.record(&key);
            GroupChange { key: GroupRecordKey(key), body }
        };
        GroupChanges { expected, changes: touched.into_iter().map(change).collect() }
    }

    /// All records, in ascending order of their keys.
    #[must_use]
    pub fn export_state(&self) -> Vec<GroupChange> {
        let change = |key: Key| {
            let body = self.record(&key);
            GroupChange { key: GroupRecordKey(key), body }
        };
        self.keys().into_iter().map(change).collect()
    }

    /// Every record that there is.
    pub(crate) fn keys(&self) -> BTreeSet<Key> {
        let mut keys = BTreeSet::from([Key::Head, Key::Epoch]);
        keys.extend(self.tree.members().map(|(leaf, _)| Key::Leaf(leaf)));
        let parents = 0..self.tree.size().saturating_sub(1);
        let parents = parents.map(|index| index.saturating_mul(2).saturating_add(1));
        keys.extend(parents.filter(|node| !self.tree.is_blank(*node)).map(Key::Parent));
        keys.extend(self.private.iter().map(|(node, _)| Key::Private(node)));
        let past = self.past.iter().map(|(epoch, past)| (*epoch, &past.secret_tree));
        for (epoch, tree) in past.chain([(self.context.epoch, &self.secret_tree)]) {
            keys.extend(tree.nodes().map(|(node, _)| Key::SecretNode(epoch, node)));
            let ratchets = tree.ratchets();
            keys.extend(ratchets.map(|((leaf, kind), _)| Key::Ratchet(epoch, leaf, kind)));
        }
        keys.extend(self.past.keys().map(|epoch| Key::Past(*epoch)));
        keys.extend(self.resumption.keys().map(|epoch| Key::Resumption(*epoch)));
        keys.extend(self.proposals.keys().cloned().map(Key::Proposal));
        keys.extend(self.pending_updates.keys().cloned().map(Key::Update));
        keys.extend(self.pending_commit.is_some().then_some(Key::Pending));
        keys
    }

    /// The body of a record; none for one that there is not.
    fn record(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        let mut w = Writer::with_capacity(512);
        let present = match key {
            Key::Head => {
                write_version(&mut w);
                w.u64(self.changes);
                w.item(&self.status);
                Some(())
            }
            Key::Epoch => {
                self.write_epoch(&mut w);
                Some(())
            }
            Key::Leaf(leaf) => self.tree.leaf(*leaf).map(|leaf| w.item(&**leaf)),
            Key::Parent(node) => self.tree.parent(*node).map(|parent| w.item(&**parent)),
            Key::Private(node) => self.private.get(*node).map(|key| key.write(&mut w)),
            Key::SecretNode(epoch, node) => self
                .secret_tree_of(*epoch)
                .and_then(|tree| tree.node(*node))
                .map(|secret| secret.write(&mut w)),
            Key::Ratchet(epoch, leaf, kind) => self
                .secret_tree_of(*epoch)
                .and_then(|tree| tree.ratchet((*leaf, *kind)))
                .map(|ratchet| w.item(ratchet)),
            Key::Past(epoch) => self.past.get(epoch).map(|past| write_past(&mut w, past)),
            Key::Resumption(epoch) => {
                self.resumption.get(epoch).map(|kept| write_psk(&mut w, kept))
            }
            Key::Proposal(reference) => self.proposals.get(reference).map(|cached| {
                w.u32(cached.order);
                w.item(&cached.sender);
                w.u8(u8::from(cached.committable));
                w.opaque(&cached.content);
                w.item(&cached.proposal);
            }),
            Key::Update(key) => self.pending_updates.get(key).map(|pending| {
                pending.encryption_key.write(&mut w);
                write_identity(&mut w, &pending.identity);
            }),
            Key::Pending => {
                self.pending_commit.as_ref().map(|staged| write_pending(&mut w, staged))
            }
        };
        let body = Zeroizing::new(w.into_bytes());
        present.map(|()| body)
    }

    fn write_epoch(&self, w: &mut Writer) {
        write_version(w);
        w.item(&self.context);
        w.opaque(&self.interim_transcript_hash);
        w.opaque(&self.confirmation_tag);
        w.item(&self.secrets);
        w.u32(self.tree.size());
        w.u32(self.own_leaf());
        write_identity(w, &self.identity);
    }
}
