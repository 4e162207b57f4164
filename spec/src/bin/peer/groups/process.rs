//! Commits of others (§12.4.2).

use super::apply::{Applied, apply};
use super::external::NOBODY;
use super::forge::Forge;
use super::list::Item;
use super::member::{Member, Store, one_key, with_keys};
use super::path::provisional;
use super::receive;
use super::rules;
use crate::wire::Stop;
use sceau_spec::group::commit::{Commit, ProposalOrRef, UpdatePath};
use sceau_spec::group::framing::{AuthenticatedContent, Content, NEW_MEMBER_COMMIT};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::key_schedule::{
    check_confirmation_tag, epoch_secret, epoch_secrets, external_init_secret, external_key_pair,
    joiner_secret,
};
use sceau_spec::group::ratchet_tree::{RatchetTree, add_leaf};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::suite::nh;
use sceau_spec::group::transcript::{confirmed_transcript_hash, interim_transcript_hash};
use sceau_spec::group::tree_kem::{
    NodePrivateKeys, decrypt_path_secret, keys_from_path_secret, merge_update_path, public_keys_of,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::{Octets, zeros};
use sceau_spec::pairwise::error::{ErrorClass, check};

/// The member in the epoch that a Commit begins, or out of the group.
pub fn handle(
    member: &Member,
    store: &Store,
    forge: &mut Forge,
    proposals: &[Octets],
    commit: &Octets,
) -> Result<Member, Stop> {
    let mut member = member.clone();
    for message in proposals {
        receive::learn(&mut member, forge, message)?;
    }
    let authenticated = receive::open(&mut member, forge, commit)?;
    let Content::Commit(commit) = &authenticated.content.content else {
        return Err(ErrorClass::Malformed.into());
    };
    let sender = &authenticated.content.sender;
    let joins = sender.sender_type == NEW_MEMBER_COMMIT;
    let committer = (!joins).then_some(sender.index);
    let items = items(&member, commit, committer)?;
    let unchecked = forge.is("rules-unchecked");
    if !unchecked {
        rules::list(&member, forge, &items, committer)?;
    }
    let mut applied = apply(&member.tree, &member.context.extensions, &items, committer)?;
    if applied.removed.contains(&member.leaf) {
        return Ok(Member { active: false, pending: None, ..member });
    }
    let required = applied.path_required || joins;
    if !unchecked {
        rules::applied(&member, &applied)?;
        check(commit.path.is_some() || !required, ErrorClass::Malformed)?;
    }
    let leaf = match (&commit.path, committer) {
        (Some(path), None) => {
            let (tree, leaf) = add_leaf(&applied.tree, &path.leaf_node)?;
            applied.tree = tree;
            leaf
        }
        (_, committer) => committer.unwrap_or(0),
    };
    let followed = follow(&member, &applied, commit.path.as_ref(), leaf, unchecked)?;
    next(&member, store, forge, &authenticated, &applied, followed)
}

/// The proposals of a Commit.
fn items(member: &Member, commit: &Commit, committer: Option<u32>) -> Result<Vec<Item>, Stop> {
    let mut items = Vec::new();
    for i in 0..commit.proposals.len() {
        items.push(match &commit.proposals[i] {
            ProposalOrRef::Proposal(proposal) => {
                Item::value(committer.unwrap_or(NOBODY), proposal.clone())
            }
            ProposalOrRef::Reference(reference) => {
                check(committer.is_some(), ErrorClass::Malformed)?;
                let mut known = member.proposals.values();
                match known.find(|sent| sent.reference == *reference) {
                    Some(sent) => Item::sent(sent),
                    None => return Err(ErrorClass::Malformed.into()),
                }
            }
            ProposalOrRef::Reserved => return Err(ErrorClass::Malformed.into()),
        });
    }
    Ok(items)
}

/// Where a Commit's path leads.
struct Followed {
    tree: RatchetTree,
    private_keys: NodePrivateKeys,
    commit_secret: Octets,
    signer: Octets,
}

fn follow(
    member: &Member,
    applied: &Applied,
    path: Option<&UpdatePath>,
    sender: u32,
    unchecked: bool,
) -> Result<Followed, Stop> {
    let suite = member.suite();
    let (mut keys, mut signer) = (member.private_keys.clone(), member.signer.clone());
    for (leaf, node) in &applied.updated {
        if *leaf == member.leaf {
            let own = member.updates.get(node.encryption_key.native_slice());
            let (private_key, own_signer) = own.cloned().ok_or(ErrorClass::Malformed)?;
            keys = with_keys(&keys, &one_key(leaf_node_index(*leaf), &private_key));
            signer = own_signer;
        }
    }
    let Some(path) = path else {
        let (tree, commit_secret) = (applied.tree.clone(), zeros(nh(suite)));
        return Ok(Followed { tree, private_keys: keys, commit_secret, signer });
    };
    if !unchecked {
        rules::path(member, applied, path, sender)?;
    }
    let tree = merge_update_path(suite, &applied.tree, sender, path)?;
    let context = encode_group_context(&provisional(member, applied, &tree));
    let added = applied.added_leaves();
    let (place, secret) = decrypt_path_secret(
        suite,
        &applied.tree,
        sender,
        path,
        member.leaf,
        &keys,
        &added,
        &context,
    )?;
    let nodes = filtered_direct_path(&applied.tree, sender);
    let publics = public_keys_of(path);
    let (more, commit_secret) = keys_from_path_secret(suite, &nodes, &publics, place, &secret)?;
    Ok(Followed { tree, private_keys: with_keys(&keys, &more), commit_secret, signer })
}

/// The next epoch, its confirmation tag checked.
fn next(
    member: &Member,
    store: &Store,
    forge: &mut Forge,
    authenticated: &AuthenticatedContent,
    applied: &Applied,
    followed: Followed,
) -> Result<Member, Stop> {
    let suite = member.suite();
    let init_secret = match &applied.external_init {
        Some(kem_output) => {
            let pair = external_key_pair(suite, &member.secrets.external_secret);
            external_init_secret(suite, &pair.private_key, kem_output)?
        }
        None => member.secrets.init_secret.clone(),
    };
    let before = &member.interim_transcript_hash;
    let confirmed = confirmed_transcript_hash(suite, before, authenticated);
    let context = GroupContext {
        confirmed_transcript_hash: confirmed.clone(),
        ..provisional(member, applied, &followed.tree)
    };
    let encoded = encode_group_context(&context);
    let psk_secret = super::commit::psks(store, forge, suite, &applied.psks)?;
    let joiner = joiner_secret(suite, &init_secret, &followed.commit_secret, &encoded);
    let secrets = epoch_secrets(suite, &epoch_secret(suite, &joiner, &psk_secret, &encoded));
    let tag = &authenticated.auth.confirmation_tag;
    check_confirmation_tag(suite, &secrets.confirmation_key, &confirmed, tag)?;
    let next = Member {
        context,
        tree: followed.tree,
        private_keys: followed.private_keys,
        signer: followed.signer,
        secrets,
        interim_transcript_hash: interim_transcript_hash(suite, &confirmed, tag),
        confirmation_tag: tag.clone(),
        ..member.following(applied.reinit.as_ref())
    };
    Ok(member.entered(next))
}
