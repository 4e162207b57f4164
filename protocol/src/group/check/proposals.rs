//! Proposal validation (RFC 9420 §12.1) and proposal list validation (§12.2).

use super::{LeafPlace, LeafRules, check_context_extensions, verify_key_package};
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::error::{Check, blame};
use crate::group::policy::{Claim, ClaimPlace, GroupPolicy};
use crate::group::suite::CipherSuite;
use crate::group::tree::{Diff, TreeView};
use crate::group::types::{
    Extension, KeyPackage, LeafNode, MLS10, PreSharedKeyId, Proposal, ReInit, ResumptionUsage,
    Sender, delivery, extension_type, external_senders, find, is_grease, proposal_type,
    required_capabilities,
};
use crate::limits::MAX_GROUP_PSKS;
use alloc::collections::BTreeSet;

/// A proposal of a commit with who made it.
pub(crate) struct ListedProposal<'a> {
    pub(crate) proposal: &'a Proposal,
    pub(crate) sender: Sender,
    /// Whether it was checked when it was received by itself, in this epoch.
    pub(crate) checked: bool,
}

/// The usages that resumption keys may have in a commit: of a group's first one (§11.2, §11.3), or none but
/// the application's.
pub(crate) type FirstCommitUsage = Option<ResumptionUsage>;

/// A single proposal, as far as it can be judged alone (§12.1).
pub(crate) fn check_proposal(
    crypto: &Crypto,
    policy: &GroupPolicy,
    rules: &LeafRules<'_>,
    tree: &impl TreeView,
    proposal: &Proposal,
    sender: Sender,
    usage: FirstCommitUsage,
) -> Result<(), Error> {
    check_sender(proposal, sender)?;
    match proposal {
        Proposal::Add(key_package) => {
            verify_key_package(crypto, rules, key_package)?;
            check_admission(policy, key_package, sender)?;
        }
        Proposal::Update(leaf_node) => {
            check_update(rules, tree, leaf_node, sender).map_err(blame(sender.leaf()))?;
        }
        Proposal::Remove(removed) => check_removed(tree, *removed)?,
        Proposal::PreSharedKey(id) => {
            check_psk_usage(id, usage)?;
            check_psk_nonce(crypto, id)?;
        }
        Proposal::ReInit(reinit) => check_reinit_version(rules, reinit)?,
        Proposal::GroupContextExtensions(extensions) => {
            check_context_extensions(extensions)?;
            required_capabilities(extensions)?;
            check_external_senders(policy, rules, extensions)?;
        }
        // Who must support a custom type is known with the list only.
        Proposal::ExternalInit(_) | Proposal::Custom { .. } => {}
    }
    Check::ApplicationPolicy.require(policy.validator.permits(proposal, sender))
}

/// `GRP-48`, §12.1.8 and §6.1: who may send what.
pub(crate) fn check_sender(proposal: &Proposal, sender: Sender) -> Result<(), Error> {
    let may = match sender {
        Sender::Member(_) => !matches!(proposal, Proposal::ExternalInit(_)),
        Sender::External(_) => matches!(
            proposal,
            Proposal::Add(_)
                | Proposal::Remove(_)
                | Proposal::PreSharedKey(_)
                | Proposal::ReInit(_)
                | Proposal::GroupContextExtensions(_)
        ),
        Sender::NewMemberProposal => matches!(proposal, Proposal::Add(_)),
        Sender::NewMemberCommit => true,
    };
    Check::ProposalSender.require(may)
}

/// §12.1.8: "External proposals that are not authorized are considered invalid."
fn check_admission(
    policy: &GroupPolicy,
    key_package: &KeyPackage,
    sender: Sender,
) -> Result<(), Error> {
    let admitted = !matches!(sender, Sender::NewMemberProposal)
        || policy.validator.admits(&key_package.leaf_node);
    Check::ApplicationPolicy.require(admitted)
}

/// `GRP-25`, §12.1.2: the leaf node is valid for an Update of the sender's leaf, which is not blank.
fn check_update(
    rules: &LeafRules<'_>,
    tree: &impl TreeView,
    leaf_node: &LeafNode,
    sender: Sender,
) -> Result<(), Error> {
    let leaf = sender.leaf().ok_or(Check::ProposalSender.refuse())?;
    let old = tree.leaf(leaf).ok_or(Check::UnknownSender.refuse())?;
    rules.verify(leaf_node, LeafPlace::Update(leaf), Some(old))
}

/// `GRP-25`, §12.1.3: "invalid if the `removed` field does not identify a non-blank leaf node".
pub(crate) fn check_removed(tree: &impl TreeView, removed: u32) -> Result<(), Error> {
    Check::RemoveBlank.require(tree.leaf(removed).is_some())
}

/// `GRP-66`, §12.1.4: usages `reinit` and `branch` stand in the first commit of such a group only.
fn check_psk_usage(id: &PreSharedKeyId, first: FirstCommitUsage) -> Result<(), Error> {
    let allowed = match id.usage() {
        None | Some(ResumptionUsage::Application) => true,
        usage => usage == first,
    };
    Check::PskUsage.require(allowed)
}

/// `GRP-32`, §12.1.4: "The `psk_nonce` is not of length `KDF.Nh`."
pub(crate) fn check_psk_nonce(crypto: &Crypto, id: &PreSharedKeyId) -> Result<(), Error> {
    Check::PskNonce.require(id.nonce.len() == crypto.nh())
}

/// `GRP-68`, §12.1.5: the version is not below the group's; `GRP-16`, `GRP-38`: its extensions. Where the device itself proposes it,
/// `GRP-36`.
fn check_reinit_version(rules: &LeafRules<'_>, reinit: &ReInit) -> Result<(), Error> {
    check_context_extensions(&reinit.extensions)?;
    Check::ReInitVersion.require(reinit.version >= MLS10)?;
    if rules.is_adding() {
        check_reinit_followed(rules.policy(), reinit).map(|_| ())
    } else {
        Ok(())
    }
}

/// `GRP-36`: the device can follow a ReInit, into a suite that it speaks and policy names.
pub(crate) fn check_reinit_followed(
    policy: &GroupPolicy,
    reinit: &ReInit,
) -> Result<CipherSuite, Error> {
    Check::ReInitUnknownVersion.require(reinit.version == MLS10)?;
    policy.suite(reinit.cipher_suite)
}

/// `GRP-04`, `GRP-50`, §5.3.1: the credentials of new external senders are validated.
fn check_external_senders(
    policy: &GroupPolicy,
    rules: &LeafRules<'_>,
    extensions: &[Extension],
) -> Result<(), Error> {
    for sender in external_senders(extensions)? {
        let (credential, key) = (&sender.credential, &sender.signature_key);
        policy.check_credential_type(credential)?;
        let place = ClaimPlace::ExternalSender;
        policy.check_claim(&Claim::new(credential, key, rules.suite(), place, rules.now()))?;
    }
    Ok(())
}

/// `GRP-18`, `GRP-65`, §12.2: every member that will process the commit supports the types that are not default: those of a
/// tree from which the removed are gone and to which the added are yet to come. Nobody supports a GREASE value (§13.5), whatever
/// lists it.
pub(crate) fn check_types_supported(
    diff: &Diff<'_>,
    proposals: &[ListedProposal<'_>],
) -> Result<(), Error> {
    for listed in proposals {
        if let Proposal::Custom { proposal_type, .. } = listed.proposal {
            let supported =
                !is_grease(*proposal_type) && diff.census().all_support_proposal(*proposal_type);
            Check::ProposalType.require(supported)?;
        }
    }
    Ok(())
}

/// `GDS-31`: the relay that orders the commits stays what it was.
pub(crate) fn check_delivery_kept(old: &[Extension], proposal: &Proposal) -> Result<(), Error> {
    let Proposal::GroupContextExtensions(new) = proposal else { return Ok(()) };
    let of = |extensions| find(extensions, extension_type::DELIVERY);
    Check::DeliveryChanged.require(of(new) == of(old))
}

/// `GRP-36`: the group that replaces one whose commits a relay orders has a relay too, else its Welcome has no way (`GDS-30`).
pub(crate) fn check_successor_delivery(
    old: &[Extension],
    proposal: &Proposal,
) -> Result<(), Error> {
    let Proposal::ReInit(reinit) = proposal else { return Ok(()) };
    let needed = delivery(old).is_ok_and(|relay| relay.is_some());
    let named = delivery(&reinit.extensions).is_ok_and(|relay| relay.is_some());
    Check::DeliveryChanged.require(named || !needed)
}

/// The list of a commit (§12.2): `committer` is the sender's leaf, none for an external commit. The
/// proposals that compare with the resulting tree are checked after they were applied.
pub(crate) fn check_proposal_list(
    committer: Option<u32>,
    proposals: &[ListedProposal<'_>],
    policy: &GroupPolicy,
) -> Result<(), Error> {
    match committer {
        Some(leaf) => {
            check_no_external_init(proposals)?;
            check_no_own_update(leaf, proposals)?;
            check_no_own_remove(leaf, proposals)?;
            check_reinit_alone(proposals)?;
        }
        None => {
            check_one_external_init(proposals)?;
            check_external_list(proposals)?;
        }
    }
    check_one_change_a_leaf(proposals)?;
    check_adds_differ(proposals, policy)?;
    check_psks_differ(proposals)?;
    check_one_extensions(proposals)
}

fn count(proposals: &[ListedProposal<'_>], of: impl Fn(&Proposal) -> bool) -> usize {
    proposals.iter().filter(|listed| of(listed.proposal)).count()
}

/// `GRP-79`, §12.2: "It contains an ExternalInit proposal."
fn check_no_external_init(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let some = count(proposals, |p| matches!(p, Proposal::ExternalInit(_)));
    Check::ExternalInitMember.require(some == 0)
}

/// `GRP-72`, §12.2: "It contains an Update proposal generated by the committer."
fn check_no_own_update(leaf: u32, proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let own = |listed: &ListedProposal<'_>| {
        matches!(listed.proposal, Proposal::Update(_)) && listed.sender == Sender::Member(leaf)
    };
    Check::UpdateByCommitter.require(!proposals.iter().any(own))
}

/// `GRP-73`, §12.2: "It contains a Remove proposal that removes the committer."
fn check_no_own_remove(leaf: u32, proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let own = count(proposals, |p| *p == Proposal::Remove(leaf));
    Check::RemoveCommitter.require(own == 0)
}

/// `GRP-78`, §12.2: "It contains a ReInit proposal together with any other proposal."
fn check_reinit_alone(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let some = count(proposals, |p| matches!(p, Proposal::ReInit(_)));
    Check::ReInitAlone.require(some == 0 || proposals.len() == 1)
}

/// `GRP-80`, §12.2: of an external commit "exactly one ExternalInit".
fn check_one_external_init(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let some = count(proposals, |p| matches!(p, Proposal::ExternalInit(_)));
    Check::ExternalInitOnce.require(some == 1)
}

/// `GRP-81`, `GRP-82`, §12.2: of an external commit at most one Remove, any PreSharedKeys, nothing else.
fn check_external_list(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let removes = count(proposals, |p| matches!(p, Proposal::Remove(_)));
    Check::ExternalRemove.require(removes <= 1)?;
    let other = count(proposals, |p| {
        !matches!(p, Proposal::ExternalInit(_) | Proposal::Remove(_) | Proposal::PreSharedKey(_))
    });
    Check::ExternalProposal.require(other == 0)
}

/// `GRP-74`, §12.2: "It contains multiple Update and/or Remove proposals that apply to the same leaf."
fn check_one_change_a_leaf(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for listed in proposals {
        let leaf = match listed.proposal {
            Proposal::Update(_) => listed.sender.leaf(),
            Proposal::Remove(removed) => Some(*removed),
            _ => None,
        };
        Check::SameLeaf.require(leaf.is_none_or(|leaf| seen.insert(leaf)))?;
    }
    Ok(())
}

/// `GRP-75`, §12.2: "multiple Add proposals that contain KeyPackages that represent the same client".
fn check_adds_differ(proposals: &[ListedProposal<'_>], policy: &GroupPolicy) -> Result<(), Error> {
    let (mut keys, mut clients) = (BTreeSet::new(), BTreeSet::new());
    for listed in proposals {
        let Proposal::Add(key_package) = listed.proposal else { continue };
        let client = policy.validator.client_id(&key_package.leaf_node);
        let differs = keys.insert(&key_package.leaf_node.signature_key)
            && client.is_none_or(|client| clients.insert(client));
        Check::AddTwice.require(differs)?;
    }
    Ok(())
}

/// `GRP-76`, §12.2: "multiple PreSharedKey proposals that reference the same PreSharedKeyID"; no more than the limit.
fn check_psks_differ(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for listed in proposals {
        if let Proposal::PreSharedKey(id) = listed.proposal {
            Check::PskTwice.require(seen.insert(id))?;
        }
    }
    let few = u32::try_from(seen.len()).is_ok_and(|count| count <= MAX_GROUP_PSKS);
    Check::PskTwice.require(few)
}

/// `GRP-77`, §12.2: "It contains multiple GroupContextExtensions proposals."
fn check_one_extensions(proposals: &[ListedProposal<'_>]) -> Result<(), Error> {
    let some = count(proposals, |p| matches!(p, Proposal::GroupContextExtensions(_)));
    Check::ExtensionsTwice.require(some <= 1)
}

/// `GRP-75`, `GRP-09`, §12.2: no client is added, by an Add or by its own external commit, that is a member; with the proposals
/// applied. The committer is to blame, who might have left it out, not the member.
pub(crate) fn check_clients_unique(
    diff: &Diff<'_>,
    added: &BTreeSet<u32>,
    policy: &GroupPolicy,
) -> Result<(), Error> {
    let validator = &policy.validator;
    let new = added.iter().filter_map(|leaf| validator.client_id(diff.leaf(*leaf)?));
    let new: BTreeSet<_> = new.collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut others = diff.members().filter(|(leaf, _)| !added.contains(leaf));
    let is_new = |node| validator.client_id(node).is_some_and(|client| new.contains(&client));
    Check::AddMember.require(!others.any(|(_, node)| is_new(node)))
}

/// `GRP-69`, §12.1.7 and §13.4: all members, the added ones included, support the new extensions and what these
/// require; GREASE values are supported by nobody, whatever lists them.
pub(crate) fn check_extensions_supported(
    diff: &Diff<'_>,
    extensions: &[Extension],
) -> Result<(), Error> {
    let census = diff.census();
    let supported = |value: u16| {
        extension_type::is_default(value)
            || !is_grease(value) && census.all_support_extension(value)
    };
    let all = extensions.iter().all(|extension| supported(extension.extension_type));
    Check::ExtensionsRequired.require(all)?;
    let Some(required) = required_capabilities(extensions)? else { return Ok(()) };
    let proposals = |value: &u16| {
        proposal_type::is_default(*value)
            || !is_grease(*value) && census.all_support_proposal(*value)
    };
    let credentials = |value: &u16| !is_grease(*value) && census.all_support_credential(*value);
    let met = required.extensions.iter().all(|value| supported(*value))
        && required.proposals.iter().all(proposals)
        && required.credentials.iter().all(credentials);
    Check::ExtensionsRequired.require(met)
}
