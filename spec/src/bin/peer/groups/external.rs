//! Joining by an external Commit (§12.4.3.2).

use super::commit::{self, Made};
use super::forge::{Forge, no_room, short};
use super::join::checked_tree;
use super::leaf;
use super::list::{Item, external_psk, leaf_of_identity, nonce};
use super::member::{Member, Sent, Store, blank_leaf, identity, members};
use super::welcome::spoken;
use crate::wire::{Stop, fault};
use sceau_spec::group::crypto::make_proposal_ref;
use sceau_spec::group::extensions::EXTERNAL_PUB;
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, MLS_PUBLIC_MESSAGE, MlsMessage, decode_mls_message,
    encode_authenticated_content,
};
use sceau_spec::group::key_schedule::{EpochSecrets, external_init};
use sceau_spec::group::leaf_node::{LeafNode, MLS10, SOURCE_COMMIT, SOURCE_UPDATE};
use sceau_spec::group::proposals::{Proposal, ReInit};
use sceau_spec::group::ratchet_tree::{leaf_at, leaf_count};
use sceau_spec::group::suite::{CipherSuite, signature_public_key};
use sceau_spec::group::transcript::interim_transcript_hash;
use sceau_spec::group::welcome::GroupInfo;
use sceau_spec::octets::{Octets, zeros};
use sceau_spec::pairwise::codec::{Extensions, find_extension, finish, read_opaque, reader};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_KEY;
use std::collections::BTreeMap;

/// Who proposes from outside: nobody who is in the tree.
pub const NOBODY: u32 = u32::MAX;

/// What is asked for.
pub struct Wish {
    pub group_info: Octets,
    pub tree: Option<Octets>,
    pub identity: Octets,
    pub remove_prior: bool,
    pub psks: Vec<Octets>,
    pub encrypt_handshake: bool,
    /// An older GroupInfo, for a deviation.
    pub stale: Option<Octets>,
    /// A proposal's message, for a deviation.
    pub by_reference: Vec<Octets>,
}

/// Joins: the Commit, and the member in its epoch.
pub fn join(store: &mut Store, forge: &mut Forge, wish: &Wish) -> Result<Made, Stop> {
    let info = group_info(&wish.group_info)?;
    let suite = info.group_context.cipher_suite;
    spoken(suite)?;
    let tree = checked_tree(forge, &info, wish.tree.as_ref())?;
    let signer = store.signer(forge, &wish.identity, suite);
    let external_pub = external_pub(forge, &info, wish.stale.as_ref())?;
    let randomness = forge.encapsulation(suite);
    let (kem_output, init_secret) = external_init(suite, &external_pub, &randomness)?;
    let confirmed = &info.group_context.confirmed_transcript_hash;
    let mut joiner = Member {
        interim_transcript_hash: interim_transcript_hash(suite, confirmed, &info.confirmation_tag),
        confirmation_tag: info.confirmation_tag.clone(),
        context: info.group_context,
        tree,
        leaf: NOBODY,
        signer,
        secrets: EpochSecrets { init_secret, ..EpochSecrets::default() },
        encrypt_handshake: wish.encrypt_handshake,
        active: true,
        ..Member::default()
    };
    let items = items(&joiner, forge, wish, &kem_output)?;
    let leaf = LeafNode {
        leaf_node_source: SOURCE_COMMIT,
        encryption_key: forge.key_pair(suite).public_key,
        signature_key: signature_public_key(suite, &joiner.signer),
        ..leaf::fresh(&wish.identity, false)
    };
    let mut made = commit::make(&mut joiner, store, forge, &items, false, Some(leaf))?;
    let first = (made.next.context.epoch, made.next.secrets.resumption_psk.clone());
    made.next.resumption = BTreeMap::from([first]);
    Ok(made)
}

fn group_info(message: &Octets) -> Result<GroupInfo, Stop> {
    match decode_mls_message(message)? {
        MlsMessage::GroupInfo(info) => Ok(info),
        _ => fault("no GroupInfo"),
    }
}

fn external_pub(
    forge: &mut Forge,
    info: &GroupInfo,
    stale: Option<&Octets>,
) -> Result<Octets, Stop> {
    let read = |info: &GroupInfo| -> Result<Octets, Stop> {
        let data = find_extension(&info.extensions, EXTERNAL_PUB).ok_or(ErrorClass::Malformed)?;
        let (key, rest) = read_opaque(reader(&data), MAX_KEY)?;
        finish(&rest)?;
        Ok(key)
    };
    if forge.is("external-pub-stale") {
        return match stale {
            Some(stale) => read(&group_info(stale)?),
            None => Ok(forge.key_pair(info.group_context.cipher_suite).public_key),
        };
    }
    read(info)
}

fn items(
    joiner: &Member,
    forge: &mut Forge,
    wish: &Wish,
    kem_output: &Octets,
) -> Result<Vec<Item>, Stop> {
    let suite = joiner.suite();
    let mut items = Vec::new();
    let mut output = kem_output.clone();
    if forge.is("external-init-short") {
        output = short(&output);
    }
    if forge.is("external-init-zero") {
        output = zeros(output.len());
    }
    let init = Item::value(NOBODY, Proposal::ExternalInit(output));
    if !forge.is("external-init-missing") {
        items.push(init.clone());
    }
    if forge.is("external-init-twice") {
        items.push(init);
    }
    if wish.remove_prior {
        match leaf_of_identity(&joiner.tree, &wish.identity) {
            Some(leaf) => items.push(Item::value(NOBODY, Proposal::Remove(leaf))),
            None => return fault("there is no prior"),
        }
    }
    for psk in &wish.psks {
        let id = external_psk(psk, nonce(suite, forge));
        items.push(Item::value(NOBODY, Proposal::PreSharedKey(id)));
    }
    forged(joiner, forge, wish, &mut items)?;
    Ok(items)
}

/// What an external Commit must not have.
fn forged(
    joiner: &Member,
    forge: &mut Forge,
    wish: &Wish,
    items: &mut Vec<Item>,
) -> Result<(), Stop> {
    let suite = joiner.suite();
    let tree = &joiner.tree;
    let prior = leaf_of_identity(tree, &wish.identity);
    let others: Vec<u32> = members(tree).into_iter().filter(|leaf| Some(*leaf) != prior).collect();
    let removes = if forge.is("external-remove-two") {
        2
    } else {
        usize::from(forge.is("external-remove-other"))
    };
    if others.len() < removes {
        return no_room("other member");
    }
    // The last ones: the first founded the group.
    for leaf in others.iter().rev().take(removes) {
        items.push(Item::value(NOBODY, Proposal::Remove(*leaf)));
    }
    if forge.is("external-remove-both") {
        let own = |leaf: &u32| identity(&leaf_at(tree, *leaf).unwrap_or_default()) == wish.identity;
        let Some(leaf) = others.into_iter().find(own) else { return no_room("other earlier leaf") };
        items.push(Item::value(NOBODY, Proposal::Remove(leaf)));
    }
    if forge.is("external-remove-blank") {
        let leaf = blank_leaf(tree).unwrap_or_else(|| leaf_count(tree));
        items.push(Item::value(NOBODY, Proposal::Remove(leaf)));
    }
    if forge.is("external-add") {
        let mut packages = forge.packages.iter();
        let Some(package) = packages.find(|package| package.cipher_suite == suite) else {
            return no_room("key package of another party");
        };
        items.push(Item::value(NOBODY, Proposal::Add(package.clone())));
    }
    if forge.is("external-update") {
        let pair = forge.key_pair(suite);
        let update = LeafNode {
            leaf_node_source: SOURCE_UPDATE,
            encryption_key: pair.public_key,
            ..leaf::fresh(&wish.identity, false)
        };
        let place = leaf::Place { group_id: &joiner.context.group_id, index: leaf_count(tree) };
        let made = leaf::sign(forge, suite, &update, &joiner.signer, Some(place));
        items.push(Item::value(NOBODY, Proposal::Update(made)));
    }
    if forge.is("external-extensions") {
        let same = joiner.context.extensions.clone();
        items.push(Item::value(NOBODY, Proposal::GroupContextExtensions(same)));
    }
    if forge.is("external-reinit") {
        let reinit = ReInit {
            group_id: forge.draw(16),
            version: MLS10,
            cipher_suite: suite,
            extensions: Extensions::new(0),
        };
        items.push(Item::value(NOBODY, Proposal::ReInit(reinit)));
    }
    if forge.is("external-reference") {
        for message in &wish.by_reference {
            items.push(Item::sent(&sent(suite, message)?));
        }
        if wish.by_reference.is_empty() {
            return no_room("by_reference");
        }
    }
    Ok(())
}

/// A proposal that somebody outside of the group reads.
fn sent(suite: CipherSuite, message: &Octets) -> Result<Sent, Stop> {
    let MlsMessage::PublicMessage(message) = decode_mls_message(message)? else {
        return no_room("public message");
    };
    let Content::Proposal(_) = &message.content.content else { return no_room("proposal") };
    let authenticated = AuthenticatedContent {
        wire_format: MLS_PUBLIC_MESSAGE,
        content: message.content,
        auth: message.auth,
    };
    let reference = make_proposal_ref(suite, &encode_authenticated_content(&authenticated));
    Ok(Sent { reference, authenticated })
}
