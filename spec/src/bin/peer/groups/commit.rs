//! Commits that the peer makes (§12.4.1), its external ones too (§12.4.3.2).

use super::apply::{Applied, apply};
use super::forge::{Forge, flipped, short};
use super::frame::{self, Frame};
use super::list::{self, Item};
use super::member::{Member, Store};
use super::path::{self, Path};
use crate::wire::Stop;
use sceau_spec::group::framing::{COMMIT, MLS_PUBLIC_MESSAGE, NEW_MEMBER_COMMIT};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::key_schedule::{
    confirmation_tag, epoch_secret, epoch_secrets, external_init_secret, external_key_pair,
    joiner_secret,
};
use sceau_spec::group::leaf_node::LeafNode;
use sceau_spec::group::psk::{PreSharedKey, PreSharedKeyId, PreSharedKeys, psk_secret};
use sceau_spec::group::ratchet_tree::add_leaf;
use sceau_spec::group::suite::{hash, nh};
use sceau_spec::group::transcript::interim_transcript_hash;
use sceau_spec::octets::{Octets, byte, empty, u16_be, zeros};
use sceau_spec::pairwise::codec::write_opaque;

/// A Commit, and what a Welcome for those that it adds needs.
pub struct Made {
    pub message: Octets,
    /// The committer in the new epoch.
    pub next: Member,
    pub applied: Applied,
    pub joiner_secret: Octets,
    pub psk_secret: Octets,
    /// The path's secrets by node; none without a path.
    pub path_secrets: Option<Vec<(u32, Octets)>>,
    /// The committer's signature key in the epoch that ends.
    pub signer_before: Octets,
}

/// psk_secret of a list of ids; one that nobody has is random where the peer deviates so.
pub fn psks(
    store: &Store,
    forge: &mut Forge,
    suite: u16,
    ids: &[PreSharedKeyId],
) -> Result<Octets, Stop> {
    let invented = ["psk-unknown", "psk-resumption-unknown"].iter().any(|name| forge.wants(name));
    let mut all = PreSharedKeys::new(0);
    for id in ids {
        let psk = match store.psk(id) {
            Err(_) if invented => forge.draw(32),
            other => other?,
        };
        all = all.push(&PreSharedKey { id: id.clone(), psk });
    }
    Ok(psk_secret(suite, &all))
}

/// Makes a Commit of a member, or of somebody who joins by it; `member` is then the group as he sees it, with the
/// init secret of the ExternalInit, and `joiner` his leaf's fields.
pub fn make(
    member: &mut Member,
    store: &Store,
    forge: &mut Forge,
    items: &[Item],
    force_path: bool,
    joiner: Option<LeafNode>,
) -> Result<Made, Stop> {
    let suite = member.suite();
    let committer = joiner.is_none().then_some(member.leaf);
    let mut applied = apply(&member.tree, &member.context.extensions, items, committer)?;
    if let Some(joiner) = &joiner {
        (applied.tree, member.leaf) = add_leaf(&applied.tree, joiner)?;
    }
    let required = applied.path_required || joiner.is_some();
    let with_path = (required || force_path) && !(required && forge.is("path-missing"));
    let made = match with_path {
        true => Some(make_path(member, forge, &applied, joiner.is_some())?),
        false => None,
    };
    let tree = made.as_ref().map_or(applied.tree.clone(), |path| path.tree.clone());
    let content = encode(forge, items, made.as_ref());
    let (frame, signature) = sign(member, forge, &content, made.as_ref(), joiner.is_some())?;
    let confirmed = confirmed_hash(member, &frame, &signature);
    let context = GroupContext {
        confirmed_transcript_hash: confirmed.clone(),
        ..path::provisional(member, &applied, &tree)
    };
    let encoded = encode_group_context(&context);
    let commit_secret = made.as_ref().map_or(zeros(nh(suite)), |path| path.commit_secret.clone());
    let init_secret = init_secret(member, forge, &applied, joiner.is_some())?;
    let joiner_secret = joiner_secret(suite, &init_secret, &commit_secret, &encoded);
    let psk_secret = psks(store, forge, suite, &applied.psks)?;
    let secrets = epoch_secrets(suite, &epoch_secret(suite, &joiner_secret, &psk_secret, &encoded));
    let tag = deviating_tag(forge, confirmation_tag(suite, &secrets.confirmation_key, &confirmed));
    let message = match joiner.is_some() {
        true => frame::without_tag(forge, &frame, &signature, Some(&tag)),
        false => frame::protect(member, forge, &frame, &signature, Some(&tag))?,
    };
    let next = Member {
        context,
        tree,
        private_keys: made.as_ref().map_or(member.private_keys.clone(), |p| p.private_keys.clone()),
        signer: made.as_ref().map_or(member.signer.clone(), |path| path.signer.clone()),
        secrets,
        interim_transcript_hash: interim_transcript_hash(suite, &confirmed, &tag),
        confirmation_tag: tag,
        ..member.following(applied.reinit.as_ref())
    };
    let path_secrets = made.map(|path| path.secrets);
    let signer_before = member.signer.clone();
    Ok(Made { message, next, applied, joiner_secret, psk_secret, path_secrets, signer_before })
}

/// The init secret: who joins has it already. A member has no use for an ExternalInit, but for a deviation.
fn init_secret(
    member: &Member,
    forge: &Forge,
    applied: &Applied,
    joins: bool,
) -> Result<Octets, Stop> {
    match &applied.external_init {
        Some(kem_output) if !joins && !forge.wants("external-init-without-use") => {
            let pair = external_key_pair(member.suite(), &member.secrets.external_secret);
            Ok(external_init_secret(member.suite(), &pair.private_key, kem_output)?)
        }
        _ => Ok(member.secrets.init_secret.clone()),
    }
}

/// The path. Who joins makes it as a member of the tree with his leaf, whose fields it keeps.
fn make_path(
    member: &Member,
    forge: &mut Forge,
    applied: &Applied,
    joins: bool,
) -> Result<Path, Stop> {
    match joins {
        false => path::make(member, forge, applied),
        true => {
            let tree = applied.tree.clone();
            path::make(&Member { tree, ..member.clone() }, forge, applied)
        }
    }
}

/// `encode(Commit)`.
fn encode(forge: &Forge, items: &[Item], path: Option<&Path>) -> Octets {
    let path = match path {
        Some(path) => {
            let presence = if forge.is("path-presence") { 2 } else { 1 };
            byte(presence).concat(&path.encoded)
        }
        None => byte(0),
    };
    list::encode(items).concat(&path)
}

fn sign(
    member: &Member,
    forge: &mut Forge,
    content: &Octets,
    path: Option<&Path>,
    joins: bool,
) -> Result<(Frame, Octets), Stop> {
    let context = member.encoded_context();
    if !joins {
        let frame = frame::member_frame(member, forge, COMMIT, content, &empty())?;
        let signature = frame::sign(forge, member.suite(), &member.signer, &frame, &context);
        return Ok((frame, signature));
    }
    let mut frame = Frame {
        wire_format: MLS_PUBLIC_MESSAGE,
        group_id: member.context.group_id.clone(),
        epoch: member.context.epoch,
        sender_type: NEW_MEMBER_COMMIT,
        sender_index: 0,
        authenticated_data: empty(),
        content_type: COMMIT,
        content: content.clone(),
    };
    frame::deviate(member, forge, &mut frame)?;
    let signer = path.map_or(&member.signer, |path| &path.signer);
    let signature = frame::sign(forge, member.suite(), signer, &frame, &context);
    Ok((frame, signature))
}

/// confirmed_transcript_hash (§8.2), of a content that may deviate.
fn confirmed_hash(member: &Member, frame: &Frame, signature: &Octets) -> Octets {
    let input = u16_be(frame.wire_format).concat(&frame.encode()).concat(&write_opaque(signature));
    hash(member.suite(), &member.interim_transcript_hash.concat(&input))
}

fn deviating_tag(forge: &Forge, tag: Octets) -> Octets {
    if forge.is("confirmation-tag-wrong") {
        return flipped(&tag);
    }
    if forge.is("confirmation-tag-truncated") {
        return short(&tag);
    }
    if forge.is("confirmation-tag-empty") {
        return empty();
    }
    tag
}
