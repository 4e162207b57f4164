//! Leaf node validation (RFC 9420 §7.3).

use crate::codec::Wire;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::policy::{Claim, ClaimPlace, GroupPolicy};
use crate::group::suite::CipherSuite;
use crate::group::tree::{Census, Diff, KeyIndex, TreeView};
use crate::group::types::{
    Credential, Extension, LeafNode, LeafNodeSource, MLS10, RequiredCapabilities, extension_type,
    leaf_node_tbs, required_capabilities,
};
use crate::limits::{MAX_CONTEXT_EXTENSIONS, MAX_LEAF, MAX_LEAF_LIFETIME};
use alloc::vec::Vec;

/// Where a leaf node stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LeafPlace {
    /// In a key package.
    KeyPackage,
    /// In an Update proposal of the member with this leaf.
    Update(u32),
    /// In the path of a commit of the member with this leaf.
    Commit(u32),
    /// In a tree, at this leaf.
    Tree(u32),
}

/// What a group, its policy and the time demand of leaf nodes.
pub(crate) struct LeafRules<'a> {
    crypto: &'a Crypto,
    policy: &'a GroupPolicy,
    group_id: &'a [u8],
    extension_types: Vec<u16>,
    required: Option<RequiredCapabilities>,
    now: u64,
    adding: bool,
}

impl<'a> LeafRules<'a> {
    /// The rules of a group with these extensions of its context.
    ///
    /// # Errors
    /// [`crate::error::Malformed`] for required capabilities that are no encoding.
    pub(crate) fn new(
        crypto: &'a Crypto,
        policy: &'a GroupPolicy,
        group_id: &'a [u8],
        extensions: &[Extension],
        now: u64,
    ) -> Result<Self, Error> {
        Ok(Self {
            crypto,
            policy,
            group_id,
            extension_types: extensions.iter().map(|e| e.extension_type).collect(),
            required: required_capabilities(extensions)?,
            now,
            adding: false,
        })
    }

    /// The same for what the device itself proposes or adds: `GRP-08`, the clock of `GRP-55` and `GRP-36` count.
    pub(crate) fn adding(self) -> Self {
        Self { adding: true, ..self }
    }

    /// What counts only where the device itself adds a leaf that was verified otherwise (`GRP-08`, `GRP-55`).
    pub(crate) fn check_adding(&self, leaf: &LeafNode) -> Result<(), Error> {
        self.check_lifetime(leaf, LeafPlace::KeyPackage)?;
        self.check_credential(leaf, LeafPlace::KeyPackage, None)
    }

    /// Whether they are for what the device itself adds.
    pub(crate) fn is_adding(&self) -> bool {
        self.adding
    }

    /// The device's rules.
    pub(crate) fn policy(&self) -> &GroupPolicy {
        self.policy
    }

    /// The group's suite.
    pub(crate) fn suite(&self) -> CipherSuite {
        self.crypto.suite()
    }

    /// The time that lifetimes are compared with.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// All checks of §7.3 but those that compare with other members: these are
    /// [`check_changed_leaves`] and [`crate::group::tree::verify_tree`].
    /// `old` is the leaf node that it replaces.
    pub(crate) fn verify(
        &self,
        leaf: &LeafNode,
        place: LeafPlace,
        old: Option<&LeafNode>,
    ) -> Result<(), Error> {
        check_leaf_size(leaf)?;
        self.verify_unsigned(leaf, place, old)?;
        let leaf_index = match place {
            LeafPlace::KeyPackage => 0,
            LeafPlace::Update(leaf) | LeafPlace::Commit(leaf) | LeafPlace::Tree(leaf) => leaf,
        };
        check_leaf_signature(self.crypto, leaf, self.group_id, leaf_index)
    }

    /// The same but for the signature: for a leaf node of the device's own, which is yet to be signed.
    pub(crate) fn verify_unsigned(
        &self,
        leaf: &LeafNode,
        place: LeafPlace,
        old: Option<&LeafNode>,
    ) -> Result<(), Error> {
        old.map_or(Ok(()), |old| self.check_replacement(old, leaf))?;
        check_source(leaf, place)?;
        check_suite(self.crypto, leaf)?;
        check_keys(self.crypto, leaf)?;
        check_no_duplicate_extensions(&leaf.extensions)?;
        check_extensions_listed(leaf)?;
        self.check_required_capabilities(leaf)?;
        self.check_group_extensions(leaf)?;
        check_own_credential_type(leaf)?;
        self.check_profile(leaf)?;
        self.check_lifetime(leaf, place)?;
        self.check_credential(leaf, place, old)
    }

    /// `GRP-04`, `GRP-05`: what policy wants of a leaf.
    pub(crate) fn check_profile(&self, leaf: &LeafNode) -> Result<(), Error> {
        self.policy.check_credential_type(&leaf.credential)?;
        let listed = leaf.capabilities.extensions.contains(&extension_type::POLICY);
        Check::PolicyExtension.require(listed || !self.policy.require_policy_extension)
    }

    /// `GRP-53`, §7.3: "the required extensions, proposals, and credential types MUST be listed".
    pub(crate) fn check_required_capabilities(&self, leaf: &LeafNode) -> Result<(), Error> {
        let met = self.required.as_ref().is_none_or(|r| r.are_met_by(&leaf.capabilities));
        Check::LeafRequiredCapabilities.require(met)
    }

    /// `GRP-61`, §13.4: "The `capabilities` field MUST indicate support for each extension in the GroupContext."
    pub(crate) fn check_group_extensions(&self, leaf: &LeafNode) -> Result<(), Error> {
        let supports = |value: &u16| leaf.capabilities.really_supports_extension(*value);
        Check::LeafGroupExtensions.require(self.extension_types.iter().all(supports))
    }

    /// `GDS-22`, §7.2: "Applications MUST define a maximum total lifetime", at each place. `GRP-55`, §7.3: the time is in the
    /// lifetime, where the device itself adds, or policy wants it of others' adding too. Not of leaves in a tree: members
    /// stay when their key package has expired.
    pub(crate) fn check_lifetime(&self, leaf: &LeafNode, place: LeafPlace) -> Result<(), Error> {
        let LeafNodeSource::KeyPackage(lifetime) = &leaf.source else { return Ok(()) };
        let most = match leaf.credential {
            Credential::Sceau(_) => MAX_LEAF_LIFETIME,
            _ => self.policy.max_lifetime,
        };
        let length = lifetime.not_after.checked_sub(lifetime.not_before);
        let fits = length.is_some_and(|length| length > 0 && length <= most);
        Check::LeafLifetimeRange.require(fits)?;
        let clock =
            matches!(place, LeafPlace::KeyPackage) && (self.adding || self.policy.check_lifetimes);
        if !clock {
            return Ok(());
        }
        let latest = self.now.saturating_add(self.policy.clock_skew);
        Check::LeafNotYetValid.require(lifetime.not_before <= latest)?;
        Check::LeafExpired.require(self.now < lifetime.not_after)
    }

    /// `GRP-50`, §5.3.1: the application accepts the credential where it stands.
    fn check_credential(
        &self,
        leaf: &LeafNode,
        place: LeafPlace,
        old: Option<&LeafNode>,
    ) -> Result<(), Error> {
        let kept = |old: &LeafNode| {
            old.credential == leaf.credential && old.signature_key == leaf.signature_key
        };
        let place = match place {
            LeafPlace::Tree(_) => ClaimPlace::Tree,
            _ if old.is_some_and(kept) => ClaimPlace::Kept,
            LeafPlace::KeyPackage if self.adding => ClaimPlace::Adding,
            _ => ClaimPlace::Received,
        };
        let (credential, key) = (&leaf.credential, &leaf.signature_key);
        self.policy.check_claim(&Claim::new(credential, key, self.suite(), place, self.now))
    }

    /// `GRP-51`, §5.3.1: a new credential of a member is a successor of the old; `GRP-58`, §7.3: the encryption key is new.
    fn check_replacement(&self, old: &LeafNode, new: &LeafNode) -> Result<(), Error> {
        let validator = &self.policy.validator;
        let successor = old.credential == new.credential
            || validator.is_successor(&old.credential, &new.credential);
        Check::LeafSuccessor.require(successor)?;
        Check::LeafSameKey.require(old.encryption_key != new.encryption_key)
    }
}

/// `GRP-37`: a signed leaf node is not too long.
pub(crate) fn check_leaf_size(leaf: &LeafNode) -> Result<(), Error> {
    Check::LeafSize.require(u32::try_from(leaf.to_bytes().len()).is_ok_and(|n| n <= MAX_LEAF))
}

/// `GRP-16`, `GRP-38`: the extensions of a group context, or of what is to be one.
pub(crate) fn check_context_extensions(extensions: &[Extension]) -> Result<(), Error> {
    check_no_duplicate_extensions(extensions)?;
    let bytes = extensions.iter().map(|extension| extension.to_bytes().len());
    let bytes = u32::try_from(bytes.sum::<usize>());
    Check::ContextSize.require(bytes.is_ok_and(|bytes| bytes <= MAX_CONTEXT_EXTENSIONS))
}

/// `GRP-60`, §7.3: the signature verifies with `signature_key`.
pub(crate) fn check_leaf_signature(
    crypto: &Crypto,
    leaf: &LeafNode,
    group_id: &[u8],
    leaf_index: u32,
) -> Result<(), Error> {
    let tbs = leaf_node_tbs(leaf, group_id, leaf_index);
    let valid = crypto.verify(&leaf.signature_key, labels::LEAF_NODE, &tbs, &leaf.signature)?;
    Check::LeafSignature.require(valid)
}

/// `GRP-16`, §13.4: "Any field containing a list of extensions MUST NOT have more than one extension of any given
/// type." A list has few, by its wire limit.
pub(crate) fn check_no_duplicate_extensions(extensions: &[Extension]) -> Result<(), Error> {
    let mut rest = extensions;
    while let [first, others @ ..] = rest {
        let again = others.iter().any(|other| other.extension_type == first.extension_type);
        Check::DuplicateExtension.require(!again)?;
        rest = others;
    }
    Ok(())
}

/// `GRP-57`, §7.3: `leaf_node_source` fits where the leaf node stands.
fn check_source(leaf: &LeafNode, place: LeafPlace) -> Result<(), Error> {
    let fits = match place {
        LeafPlace::KeyPackage => matches!(leaf.source, LeafNodeSource::KeyPackage(_)),
        LeafPlace::Update(_) => leaf.source == LeafNodeSource::Update,
        LeafPlace::Commit(_) => matches!(leaf.source, LeafNodeSource::Commit(_)),
        LeafPlace::Tree(_) => true,
    };
    Check::LeafSource.require(fits)
}

/// `GRP-52`, §7.2 and §11.1: the client lists the group's version and cipher suite.
pub(crate) fn check_suite(crypto: &Crypto, leaf: &LeafNode) -> Result<(), Error> {
    let capabilities = &leaf.capabilities;
    let suite = crypto.suite().to_u16();
    let listed =
        capabilities.versions.contains(&MLS10) && capabilities.cipher_suites.contains(&suite);
    Check::LeafSuite.require(listed)
}

/// `GRP-13`, §10: "the `leaf_node` field MUST be valid for the cipher suite, including both the `encryption_key` and
/// `signature_key` fields".
fn check_keys(crypto: &Crypto, leaf: &LeafNode) -> Result<(), Error> {
    let length = crypto.suite().signature().public_len();
    let valid =
        leaf.signature_key.len() == length && crypto.check_public_key(&leaf.encryption_key)?;
    Check::LeafKey.require(valid)
}

/// `GRP-56`, §7.3: the extensions in the leaf node are in its capabilities.
fn check_extensions_listed(leaf: &LeafNode) -> Result<(), Error> {
    let listed = |e: &Extension| leaf.capabilities.supports_extension(e.extension_type);
    Check::LeafExtensions.require(leaf.extensions.iter().all(listed))
}

/// `GRP-23`, `GRP-54`, §7.2: "the credential type used in the LeafNode MUST be included in the `credentials` field".
fn check_own_credential_type(leaf: &LeafNode) -> Result<(), Error> {
    let own = leaf.credential.credential_type();
    Check::LeafCredentialType.require(leaf.capabilities.credentials.contains(&own))
}

/// `GRP-54`, §7.3: every member supports every credential type that some member uses; a culprit is named among the
/// leaves given.
pub(crate) fn check_credential_types<'a>(
    census: &Census,
    mut changed: impl Iterator<Item = (u32, &'a LeafNode)>,
) -> Result<(), Error> {
    for value in census.credentials_used() {
        if !census.all_support_credential(value) {
            let culprit = changed.find(|(_, leaf)| {
                leaf.credential.credential_type() == value
                    || !leaf.capabilities.credentials.contains(&value)
            });
            let check = Check::LeafCredentialType;
            return Err(culprit.map_or(check.refuse(), |(leaf, _)| check.blame(leaf)));
        }
    }
    Ok(())
}

/// `GRP-54`, `GRP-59`, `GRP-90`, §7.3: what compares a commit's new leaves with the other members: credential types and unique
/// keys.
pub(crate) fn check_changed_leaves(diff: &Diff<'_>) -> Result<(), Error> {
    let changed = diff.changes().leaves.iter();
    let changed = changed.filter_map(|(leaf, node)| Some((*leaf, &**node.as_ref()?)));
    check_credential_types(diff.census(), changed)?;
    KeyIndex::check_changes(diff)
}

/// Whether an extension type may stand in a group context, so that a client could join (§13.4).
pub(crate) fn known_to(leaf: &LeafNode, extensions: &[Extension]) -> bool {
    extensions.iter().all(|e| leaf.capabilities.really_supports_extension(e.extension_type))
}
