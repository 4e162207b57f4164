//! Joining by a Welcome (RFC 9420 §12.4.3.1).

use super::group::{EpochState, Group};
use super::key_package::OwnKeyPackage;
use super::psks::{PskStore, look_up};
use crate::codec::{Wire, decode_all};
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret};
use crate::delivery::RelayName;
use crate::error::{Error, Malformed, Misuse};
use crate::group::check::{
    LeafPlace, LeafRules, check_branch, check_context_extensions, check_credential_types,
    check_group_extensions, check_group_info_signature, check_group_unknown,
    check_no_duplicate_extensions, check_reinit, check_reinit_psk, check_tree_hash,
    check_welcome_psks, check_welcome_suite, is_of_group, is_of_late_epoch,
};
use crate::group::crypto::Crypto;
use crate::group::device::LeafCredential;
use crate::group::error::{Check, blame};
use crate::group::framing::confirmation_tag;
use crate::group::policy::GroupPolicy;
use crate::group::schedule::{
    EpochSecrets, JoinerSecret, SecretTree, interim_transcript_hash, psk_secret,
};
use crate::group::tree::{
    PrivateTree, Tree, TreeView, decode_ratchet_tree, derive_upwards, filtered_direct_path, math,
    verify_parent_hashes, verify_structure,
};
use crate::group::types::{
    Extension, GroupInfo, GroupSecrets, LeafNode, MlsMessage, PreSharedKeyId, ReInit,
    ResumptionUsage, Welcome, delivery, extension_type, find,
};
use crate::pairwise::AccountId;
use alloc::vec::Vec;
use subtle::ConstantTimeEq;

/// What joining needs beside the message: a Welcome ([`Group::join`]), or a group info ([`Group::join_external`]). The fields
/// mean the same to both.
#[non_exhaustive]
pub struct JoinParams<'a> {
    /// The device's rules.
    pub policy: GroupPolicy,
    /// The device's cryptography.
    pub provider: Provider,
    /// Pre-shared keys that may be asked for.
    pub psks: &'a PskStore,
    /// The encoded tree, where the message does not have it.
    pub ratchet_tree: Option<&'a [u8]>,
    /// Whether the device is in a group of an id already (`GJN-07`). Not asked with [`replaces`](Self::replaces), nor of a client
    /// that takes the place of its own lost leaf.
    pub is_known: &'a dyn Fn(&[u8]) -> bool,
    /// A state of the same group that is to give way: that of an epoch that the relay has forgotten, or of another branch than
    /// the caller has decided for (`GDS-39`, `GDS-14`). It must be the group's, and is to be dropped after the call: the
    /// new group's first changes replace its records by theirs, in one step.
    pub replaces: Option<&'a Group>,
    /// The relay that was said to order the group's commits, with the Welcome say, which the group must name (`GDS-30`); none
    /// for a group that is ordered by other means.
    pub relay: Option<&'a RelayName>,
    /// The device that the message came from, by account and serial, such as the session's peer: the leaf that has signed the
    /// group info must be its (`GDS-32`); none where nobody says so.
    pub peer: Option<(&'a AccountId, u64)>,
    /// The group that the new one replaces or branches off: by a Welcome alone, since a resumption key of such a usage says so
    /// (`GJN-14` to `GJN-18`). Whoever comes from outside with it is refused.
    pub from: Option<&'a Group>,
    /// All groups of the device that a ReInit has ended: a Welcome into the id that one of them names is taken with that group's
    /// key alone (`GJN-17`). One that names the id of another group that the device is or was in is left out.
    pub ended: &'a [&'a Group],
}

impl<'a> JoinParams<'a> {
    /// The defaults: no group is known.
    #[must_use]
    pub fn new(policy: GroupPolicy, psks: &'a PskStore) -> Self {
        Self {
            policy,
            provider: Provider::default(),
            psks,
            ratchet_tree: None,
            is_known: &|_| false,
            replaces: None,
            relay: None,
            peer: None,
            from: None,
            ended: &[],
        }
    }
}

impl Group {
    /// Joins a group with an encoded Welcome for one of the device's key packages; gives that key package's
    /// reference too. The key package is to be deleted in the step that stores the group, and not before (`GJN-11`), unless it
    /// is one of last resort.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Group`]; [`Misuse::Arguments`] for a state that is to give way and is another group's.
    pub fn join(
        welcome: &[u8],
        key_packages: &[&OwnKeyPackage],
        params: JoinParams<'_>,
        now: u64,
    ) -> Result<(Self, Vec<u8>), Error> {
        let MlsMessage::Welcome(welcome) = decode_all(welcome)? else {
            return Err(Malformed::Value.into());
        };
        let (own, crypto, secrets) = open_secrets(&welcome, key_packages, &params.provider)?;
        params.policy.check_suite(crypto.suite())?;
        let special = check_welcome_psks(&crypto, &secrets.psks)?.cloned();
        let from: Vec<&Group> = params.from.iter().chain(params.ended).copied().collect();
        let psks = look_up(&secrets.psks, params.psks, &from)?;
        let joiner = JoinerSecret(secrets.joiner_secret);
        let member = joiner.member_secret(&crypto, psk_secret(&crypto, &psks)?)?;
        let info = open_group_info(&crypto, member.welcome_secret(&crypto)?, &welcome)?;

        Check::WelcomeSuite.require(info.group_context.cipher_suite == welcome.cipher_suite)?;
        params.check_group_id(&info.group_context.group_id)?;
        let tree = verified_tree(&crypto, &info, params.ratchet_tree, &params.policy, now)?;
        let leaf = find_own_leaf(&tree, &own.key_package().leaf_node)?;
        check_delivery(&info.group_context.extensions, params.relay)?;
        check_signer(&tree, info.signer, params.peer)?;
        check_group_extensions(&own.key_package().leaf_node, &info.group_context.extensions)?;
        let key = own.encryption_key.duplicate();
        let mut private = PrivateTree::new(leaf, key);
        if let Some(path_secret) = secrets.path_secret {
            take_path_secret(&crypto, &tree, &mut private, info.signer, path_secret)?;
        }
        check_nodes_above(&tree, &private)?;

        let context = info.group_context.to_bytes();
        let epoch_secret = member.epoch_secret(&crypto, &context)?;
        let (epoch_secrets, encryption) = EpochSecrets::derive(&crypto, epoch_secret)?;
        let confirmed = &info.group_context.confirmed_transcript_hash;
        check_confirmation_tag(&crypto, &epoch_secrets, &info)?;
        // Whole groups are compared once the tag has said that the signer holds the epoch's secrets.
        check_origin(&info, &tree, special.as_ref(), (params.from, params.ended), &params.policy)?;
        let state = EpochState {
            interim_transcript_hash: interim_transcript_hash(
                &crypto,
                confirmed,
                &info.confirmation_tag,
            )?,
            confirmation_tag: info.confirmation_tag,
            secrets: epoch_secrets,
            secret_tree: SecretTree::new(tree.size(), encryption),
            context: info.group_context,
        };
        let identity = own.identity().clone();
        let reference = own.reference().to_vec();
        let mut group = Self::start(crypto, params.policy, identity, (tree, private), state);
        group.take_place_of(params.replaces);
        Ok((group, reference))
    }

    /// The first changes replace the records of a state that gives way.
    pub(super) fn take_place_of(&mut self, old: Option<&Group>) {
        let Some(old) = old else { return };
        self.changes = old.changes;
        self.touched.0.extend(old.keys());
        self.touched.0.extend(old.touched.0.iter().cloned());
    }
}

impl JoinParams<'_> {
    /// `GJN-07`: the device is in no group of this id, or in one that gives way (`GDS-39`, `GDS-14`).
    pub(super) fn check_group_id(&self, group_id: &[u8]) -> Result<(), Error> {
        match self.replaces {
            None => check_group_unknown(group_id, self.is_known),
            Some(old) if old.group_id() == group_id => Ok(()),
            Some(_) => Err(Misuse::Arguments.into()),
        }
    }
}

/// `GDS-30`: the group's relay is the one that was said; `delivery` is an encoding in any case.
pub(crate) fn check_delivery(
    extensions: &[Extension],
    said: Option<&RelayName>,
) -> Result<(), Error> {
    let named = delivery(extensions)?;
    Check::DeliveryOther.require(said.is_none_or(|said| named.as_ref() == Some(said)))
}

/// `GDS-32`: the leaf that has signed a group info is of the device that it came from.
pub(super) fn check_signer(
    tree: &Tree,
    signer: u32,
    peer: Option<(&AccountId, u64)>,
) -> Result<(), Error> {
    let Some((account, serial)) = peer else { return Ok(()) };
    let leaf = tree.leaf(signer).ok_or(Check::GroupInfoSignature.refuse())?;
    LeafCredential::of(&leaf.credential)?.check_device(account, serial)
}

/// Finds the key package that a Welcome is for (`GJN-01`), and decrypts its group secrets (`GJN-10`).
pub(crate) fn open_secrets<'a>(
    welcome: &Welcome,
    key_packages: &[&'a OwnKeyPackage],
    provider: &Provider,
) -> Result<(&'a OwnKeyPackage, Crypto, GroupSecrets), Error> {
    let mut entries = welcome.secrets.iter();
    let found = entries.find_map(|entry| {
        let own = key_packages.iter().find(|own| own.reference() == entry.new_member)?;
        Some((*own, entry))
    });
    let (own, entry) = found.ok_or(Check::NoKeyPackage.refuse())?;
    let suite = check_welcome_suite(welcome, own.key_package())?;
    let crypto = Crypto::new(provider, suite);
    let context =
        crypto.encrypt_context(labels::WELCOME_ENCRYPTION, &welcome.encrypted_group_info)?;
    let public = &own.key_package().init_key;
    let opened = crypto.open(&own.init_key, public, &context, &entry.encrypted_group_secrets)?;
    let opened = opened.ok_or(Check::Undecryptable.refuse())?;
    Ok((own, crypto, decode_all(opened.as_bytes())?))
}

/// Decrypts the group info (`GJN-10`).
pub(crate) fn open_group_info(
    crypto: &Crypto,
    secret: crate::group::schedule::WelcomeSecret,
    welcome: &Welcome,
) -> Result<GroupInfo, Error> {
    let (key, nonce) = secret.key_and_nonce(crypto)?;
    let sealed = &welcome.encrypted_group_info;
    let opened = crypto.aead_open(key.as_bytes(), nonce.as_bytes(), &[], sealed)?;
    Ok(decode_all(&opened.ok_or(Check::Undecryptable.refuse())?)?)
}

/// The tree of a group info, or one given beside it (`GJN-04`); with nothing beside it must be inside (`GDS-52`).
pub(crate) fn encoded_tree<'a>(
    info: &'a GroupInfo,
    beside: Option<&'a [u8]>,
) -> Result<&'a [u8], Error> {
    let inside = find(&info.extensions, extension_type::RATCHET_TREE);
    inside.or(beside).ok_or(Check::TreeMissing.refuse())
}

/// The tree of a group info or beside it, verified whole; the group info's signature first.
pub(crate) fn verified_tree(
    crypto: &Crypto,
    info: &GroupInfo,
    beside: Option<&[u8]>,
    policy: &GroupPolicy,
    now: u64,
) -> Result<Tree, Error> {
    check_no_duplicate_extensions(&info.extensions)?;
    let mut tree = decode_ratchet_tree(encoded_tree(info, beside)?)?;
    check_group_info_signature(crypto, &tree, info)?;
    let extensions = &info.group_context.extensions;
    check_context_extensions(extensions).map_err(blame(Some(info.signer)))?;
    tree.hash_all(crypto)?;
    let context = &info.group_context;
    check_tree_hash(&tree, context)?;
    let rules = LeafRules::new(crypto, policy, &context.group_id, &context.extensions, now)?;
    verify_tree(crypto, &tree, &rules)?;
    Ok(tree)
}

/// A tree whose hashes are computed, in the order of the clauses (`GRP-21`, `GRP-22`, `GRP-23`, `GRP-24`): a leaf that was
/// altered shows as a bad signature, and not only as a parent hash that does not fit.
pub(crate) fn verify_tree(
    crypto: &Crypto,
    tree: &Tree,
    rules: &LeafRules<'_>,
) -> Result<(), Error> {
    verify_structure(crypto, tree)?;
    let members = tree.members().map(|(leaf, node)| (leaf, &**node));
    check_credential_types(tree.census(), members)?;
    for (leaf, node) in tree.members() {
        rules.verify(node, LeafPlace::Tree(leaf), None).map_err(blame(Some(leaf)))?;
    }
    verify_parent_hashes(crypto, tree)
}

/// `GJN-05`, §12.4.3.1: "Identify a leaf whose LeafNode is identical to the one in the KeyPackage."
fn find_own_leaf(tree: &Tree, own: &LeafNode) -> Result<u32, Error> {
    let found = tree.members().find(|(_, leaf)| ***leaf == *own);
    Ok(found.ok_or(Check::OwnLeafMissing.refuse())?.0)
}

/// `GJN-06`, §12.4.3.1: the private keys from the common ancestor with the signer up to the root, which "MUST be the
/// private key that corresponds to the public key in the node".
fn take_path_secret(
    crypto: &Crypto,
    tree: &Tree,
    private: &mut PrivateTree,
    signer: u32,
    path_secret: Secret,
) -> Result<(), Error> {
    let ancestor = math::common_ancestor(private.leaf(), signer);
    let path = filtered_direct_path(tree, signer);
    let start = path.iter().position(|(node, _)| *node == ancestor);
    let start = start.ok_or(Check::WelcomePathSecret.refuse())?;
    let path = path.get(start..).unwrap_or_default();
    let keys = derive_upwards(crypto, path, path_secret)?;
    let public = keys.public.iter().map(|key| Some(key.as_slice()));
    let matches = public.eq(path.iter().map(|(node, _)| tree.public_key(*node)));
    Check::WelcomePathSecret.require_of(matches, signer)?;
    private.apply(keys.private);
    Ok(())
}

/// `GJN-19`: of each node above the own leaf that is not blank the device has the private key, or is unmerged there: else it
/// would be sent a path secret that it can't open.
fn check_nodes_above(tree: &Tree, private: &PrivateTree) -> Result<(), Error> {
    let leaf = private.leaf();
    for node in math::direct_path(math::leaf_node(leaf), tree.size()) {
        let Some(parent) = tree.parent(node) else { continue };
        let covered = private.get(node).is_some() || parent.unmerged_leaves.contains(&leaf);
        Check::WelcomeUncovered.require(covered)?;
    }
    Ok(())
}

/// `GRP-31`, §12.4.3.1: "Verify the confirmation tag in the GroupInfo using the derived confirmation key".
fn check_confirmation_tag(
    crypto: &Crypto,
    secrets: &EpochSecrets,
    info: &GroupInfo,
) -> Result<(), Error> {
    let confirmed = &info.group_context.confirmed_transcript_hash;
    let expected = confirmation_tag(crypto, &secrets.confirmation_key, confirmed)?;
    let matches = bool::from(expected.as_slice().ct_eq(&info.confirmation_tag));
    Check::ConfirmationTag.require_of(matches, info.signer)
}

/// §12.4.3.1: what a group that replaces another or branches off one must be (`GJN-14` to `GJN-18`).
pub(super) fn check_origin(
    info: &GroupInfo,
    tree: &Tree,
    special: Option<&PreSharedKeyId>,
    (from, ended): (Option<&Group>, &[&Group]),
    policy: &GroupPolicy,
) -> Result<(), Error> {
    let context = &info.group_context;
    let known = from.iter().chain(ended);
    let replaced = known.filter_map(|old| Some((*old, old.reinit()?)));
    let replaced = replaced.filter(|(_, reinit)| reinit.group_id == context.group_id);
    let replaced: Vec<(&Group, &ReInit)> = replaced.collect();
    // Several may name one id: it is the one whose key the Welcome has.
    let is_named = |old: &Group| special.is_some_and(|id| is_of_group(id, old.context()));
    let named = replaced.iter().find(|(old, _)| is_named(old));
    if let Some((old, reinit)) = named.or(replaced.first()) {
        let id = special.filter(|id| id.usage() == Some(ResumptionUsage::Reinit));
        check_reinit_psk(id.ok_or(Check::ReInitMismatch.refuse())?, old.context())?;
        return check_reinit(context, tree, reinit, &old.tree, policy);
    }
    let Some(id) = special else {
        // §11.3: a group that is to follow another says so by a resumption key.
        return Check::PskUnknown.require(from.is_none());
    };
    let old = from.filter(|old| is_of_group(id, old.context()));
    let old = old.ok_or(Check::PskUnknown.refuse())?;
    match id.usage() {
        Some(ResumptionUsage::Branch) if old.reinit().is_none() => {
            Check::PskUnknown.require(!old.is_removed() && is_of_late_epoch(id, old.context()))?;
            check_branch(context, tree, (&old.context, &old.tree), policy)
        }
        Some(ResumptionUsage::Branch) => Err(Check::BranchMismatch.refuse()),
        _ => Err(Check::ReInitMismatch.refuse()),
    }
}
