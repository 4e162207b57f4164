//! Reading one message without the rest of the group: neither the tree nor other senders' keys are loaded.

use super::body::{read_past, write_version};
use super::key::{GroupChange, GroupChanges, GroupRecordKey, Key, Touched};
use super::load::{StoredEpoch, read_head};
use crate::codec::{Wire, Writer, decode_all};
use crate::crypto::Provider;
use crate::error::{Error, Malformed};
use crate::group::active::{Epochs, PastEpoch, Received, Status, open_private};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::framing::{SenderData, open_sender_data};
use crate::group::policy::GroupPolicy;
use crate::group::schedule::{Ratchet, RatchetKind, SecretTree, SenderDataSecret};
use crate::group::types::{Content, ContentType, LeafNode, MlsMessage, PrivateMessage};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// As much of a stored group as says who sent a message.
///
/// ```text
/// open(head, epoch)  --needs(message)-->  keys of records  --read(message, records)-->  data, changes
/// ```
pub struct StoredGroup {
    crypto: Crypto,
    policy: GroupPolicy,
    epoch: StoredEpoch,
    context: Vec<u8>,
    changes: u64,
    status: Status,
    past: BTreeMap<u64, PastEpoch>,
}

impl StoredGroup {
    /// From the stored head and epoch. Past epochs, all from the message's on, are needed for late messages only.
    ///
    /// # Errors
    /// [`Error::Malformed`]
    pub fn open<'a>(
        head: &[u8],
        epoch: &[u8],
        past: impl IntoIterator<Item = (u64, &'a [u8])>,
        policy: GroupPolicy,
        provider: &Provider,
    ) -> Result<Self, Error> {
        let (changes, status) = read_head(head)?;
        let epoch = StoredEpoch::decode(epoch, provider)?;
        let past = past.into_iter().map(|(number, body)| Ok((number, read_past(body)?)));
        Ok(Self {
            crypto: Crypto::new(provider, epoch.suite),
            policy,
            context: epoch.context.to_bytes(),
            past: past.collect::<Result<_, Error>>()?,
            epoch,
            changes,
            status,
        })
    }

    /// The keys of the records that reading an encoded application message may need; not all of them need exist.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Group`], also for what is not an application message.
    pub fn needs(&self, message: &[u8]) -> Result<Vec<GroupRecordKey>, Error> {
        let message = application(message)?;
        let (sender, _, tree) = self.sender(&message)?;
        let (epoch, leaf) = (message.epoch, sender.leaf_index);
        let mut keys = alloc::vec![Key::Leaf(leaf)];
        keys.extend(SecretTree::path(leaf, tree.leaves()).map(|node| Key::SecretNode(epoch, node)));
        keys.push(Key::Ratchet(epoch, leaf, RatchetKind::Application));
        keys.sort_unstable();
        Ok(keys.into_iter().map(GroupRecordKey).collect())
    }

    /// Reads an encoded application message with those of the needed records that exist; `now` in seconds since 1970. What
    /// changed is to be stored, and then this value is to be dropped.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Group`].
    pub fn read<'a>(
        &self,
        message: &[u8],
        records: impl IntoIterator<Item = (&'a GroupRecordKey, &'a [u8])>,
        now: u64,
    ) -> Result<(Received, GroupChanges), Error> {
        let message = application(message)?;
        let (sender, context, tree) = self.sender(&message)?;
        let mut stored_leaf = None;
        let (mut nodes, mut ratchets) = (BTreeMap::new(), BTreeMap::new());
        for (key, body) in records {
            match &key.0 {
                Key::Leaf(leaf) if *leaf == sender.leaf_index => {
                    stored_leaf = Some(Arc::new(decode_all::<LeafNode>(body)?));
                }
                Key::SecretNode(epoch, node) if *epoch == message.epoch => {
                    let mut r = crate::codec::Reader::new(body);
                    nodes.insert(*node, super::body::secret(&mut r)?);
                    r.finish()?;
                }
                Key::Ratchet(epoch, leaf, kind) if *epoch == message.epoch => {
                    ratchets.insert((*leaf, *kind), decode_all::<Ratchet>(body)?);
                }
                _ => {}
            }
        }
        let mut tree = SecretTree::from_parts(tree.leaves(), nodes, ratchets);
        let (epochs, from) = (self.epochs(), sender.leaf_index);
        epochs.check_age(epochs.find(message.epoch)?, now)?;
        let leaf = epochs.replaced_leaf(message.epoch, from).unwrap_or(stored_leaf.as_ref());
        // §6.3.2: the leaf index "identifies a non-blank node".
        let leaf = leaf.ok_or(Check::UnknownSender.refuse())?;
        let limits = self.policy.ratchet_limits(now);
        let (opened, used) =
            open_private(&self.crypto, limits, (&tree, context, leaf), sender, &message)?;
        let Content::Application(data) = opened.content.content else {
            return Err(Malformed::Value.into());
        };
        let mut touched = Touched::default();
        touched.touch_secret_tree(message.epoch, tree.carry_out_use(used, limits));
        let received = Received::Application {
            sender: from,
            epoch: message.epoch,
            removed: epochs.removed_since(message.epoch, from),
            data,
            authenticated_data: opened.content.authenticated_data,
        };
        Ok((received, self.changes(touched, &tree)))
    }

    /// The epochs whose messages are read.
    fn epochs(&self) -> Epochs<'_> {
        let Self { epoch, status, past, policy, .. } = self;
        Epochs { context: &epoch.context, status, past, policy }
    }

    /// §6.3.2: who sent a message, with the context and the secret tree of its epoch.
    fn sender(&self, message: &PrivateMessage) -> Result<(SenderData, &[u8], SecretTree), Error> {
        self.epochs().check_group(&message.group_id)?;
        let (secret, context, leaves): (&SenderDataSecret, &[u8], u32) =
            match self.epochs().find(message.epoch)? {
                Some(past) => (&past.sender_data_secret, &past.context, past.secret_tree.leaves()),
                None => (&self.epoch.secrets.sender_data_secret, &self.context, self.epoch.size),
            };
        let sender = open_sender_data(&self.crypto, secret, message)?;
        if sender.leaf_index == self.epoch.own_leaf {
            return Err(Check::OwnMessage.refuse());
        }
        Check::UnknownSender.require(sender.leaf_index < leaves)?;
        let tree = SecretTree::from_parts(leaves, BTreeMap::new(), BTreeMap::new());
        Ok((sender, context, tree))
    }

    fn changes(&self, touched: Touched, tree: &SecretTree) -> GroupChanges {
        let mut head = Writer::new();
        write_version(&mut head);
        head.u64(self.changes.saturating_add(1));
        head.item(&self.status);
        let head = GroupChange {
            key: GroupRecordKey::head(),
            body: Some(Zeroizing::new(head.into_bytes())),
        };
        let change = |key: Key| {
            let mut w = Writer::with_capacity(512);
            let present = match &key {
                Key::SecretNode(_, node) => tree.node(*node).map(|secret| secret.write(&mut w)),
                Key::Ratchet(_, leaf, kind) => {
                    tree.ratchet((*leaf, *kind)).map(|ratchet| w.item(ratchet))
                }
                _ => None,
            };
            let body = Zeroizing::new(w.into_bytes());
            GroupChange { key: GroupRecordKey(key), body: present.map(|()| body) }
        };
        let mut changes = alloc::vec![head];
        changes.extend(touched.0.into_iter().map(change));
        GroupChanges { expected: self.changes, changes }
    }
}

fn application(message: &[u8]) -> Result<PrivateMessage, Error> {
    match decode_all(message)? {
        MlsMessage::Private(message) if message.content_type == ContentType::Application => {
            Ok(message)
        }
        _ => Err(Malformed::Value.into()),
    }
}
