//! Framed contents that come in (§6).

use super::forge::Forge;
use super::member::{Epoch, Member, Sent};
use crate::wire::{Stop, fault};
use sceau_spec::group::content_auth::verify_framed_content;
use sceau_spec::group::credentials::read_credential;
use sceau_spec::group::crypto::make_proposal_ref;
use sceau_spec::group::extensions::EXTERNAL_SENDERS;
use sceau_spec::group::framing::{
    APPLICATION, AuthenticatedContent, Content, EXTERNAL, MEMBER, MlsMessage, NEW_MEMBER_COMMIT,
    decode_mls_message, encode_authenticated_content,
};
use sceau_spec::group::group_context::encode_group_context;
use sceau_spec::group::hash_ratchet::ratchet_key_of;
use sceau_spec::group::private_message::{
    PrivateMessage, SenderData, decode_private_message_content, encode_private_message_content,
    guarded_nonce, open_sender_data, private_content_aad, unprotect_private,
};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::public_message::unprotect_public;
use sceau_spec::group::ratchet_tree::{leaf_at, leaf_count};
use sceau_spec::group::suite::aead_open;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::{
    Extensions, at_end, find_extension, read_opaque, read_vector, reader,
};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::limits::MAX_KEY;

/// How many keys of generations passed over are kept.
const MAX_KEPT: usize = 2000;

/// The content of a message of this epoch, or application data of a past one; verified but for a Commit's
/// confirmation tag.
pub fn open(
    member: &mut Member,
    forge: &Forge,
    message: &Octets,
) -> Result<AuthenticatedContent, Stop> {
    let (authenticated, epoch) = match decode_mls_message(message)? {
        MlsMessage::PublicMessage(message) => {
            let content = &message.content;
            check(content.group_id == member.context.group_id, ErrorClass::Malformed)?;
            check(content.epoch == member.context.epoch, ErrorClass::Malformed)?;
            let context = member.encoded_context();
            let key = &member.secrets.membership_key;
            let opened = unprotect_public(member.suite(), &message, &context, key)?;
            (opened, member.epoch())
        }
        MlsMessage::PrivateMessage(message) => private(member, forge, &message)?,
        _ => return Err(ErrorClass::Malformed.into()),
    };
    let key = sender_key(&epoch, &authenticated)?;
    let context = encode_group_context(&epoch.context);
    verify_framed_content(member.suite(), &key, &authenticated, &context)?;
    Ok(authenticated)
}

fn private(
    member: &mut Member,
    forge: &Forge,
    message: &PrivateMessage,
) -> Result<(AuthenticatedContent, Epoch), Stop> {
    let suite = member.suite();
    check(message.group_id == member.context.group_id, ErrorClass::Malformed)?;
    let current = message.epoch == member.context.epoch;
    let past = member.past.iter().position(|epoch| {
        epoch.context.epoch == message.epoch && message.content_type == APPLICATION
    });
    let mut epoch = match past {
        _ if current => member.epoch(),
        Some(at) => member.past[at].clone(),
        None => return Err(ErrorClass::Malformed.into()),
    };
    let data = open_sender_data(suite, message, &epoch.secrets.sender_data_secret)?;
    check(leaf_at(&epoch.tree, data.leaf_index).is_some(), ErrorClass::Malformed)?;
    let handshake = message.content_type != APPLICATION;
    let leaves = leaf_count(&epoch.tree);
    let ratchet = epoch.ratchets.get(suite, &epoch.secrets, data.leaf_index, leaves, handshake);
    let (keys, ratchet) =
        ratchet_key_of(suite, &ratchet, data.generation, forge.max_skip, MAX_KEPT)?;
    let opened = unprotect_private(suite, message, &data, &keys)?;
    epoch.ratchets.set(data.leaf_index, handshake, ratchet);
    match past {
        Some(at) if !current => member.past[at] = epoch.clone(),
        _ => member.ratchets = epoch.ratchets.clone(),
    }
    Ok((opened, epoch))
}

/// The key that must have signed (§6.1).
fn sender_key(epoch: &Epoch, authenticated: &AuthenticatedContent) -> Result<Octets, Stop> {
    let sender = &authenticated.content.sender;
    let key = match (sender.sender_type, &authenticated.content.content) {
        (MEMBER, _) => leaf_at(&epoch.tree, sender.index).map(|leaf| leaf.signature_key),
        (EXTERNAL, _) => {
            external_senders(&epoch.context.extensions)?.get(sender.index as usize).cloned()
        }
        (NEW_MEMBER_COMMIT, Content::Commit(commit)) => {
            commit.path.as_ref().map(|path| path.leaf_node.signature_key.clone())
        }
        (_, Content::Proposal(Proposal::Add(key_package))) => {
            Some(key_package.leaf_node.signature_key.clone())
        }
        _ => None,
    };
    key.ok_or(Stop::Reject(ErrorClass::Malformed))
}

/// The keys of the group's external senders.
fn external_senders(extensions: &Extensions) -> Result<Vec<Octets>, Stop> {
    let Some(data) = find_extension(extensions, EXTERNAL_SENDERS) else { return Ok(Vec::new()) };
    let (mut inner, _) = read_vector(reader(&data))?;
    let mut keys = Vec::new();
    while !at_end(&inner) {
        let (key, rest) = read_opaque(inner, MAX_KEY)?;
        inner = read_credential(rest)?.1;
        keys.push(key);
    }
    Ok(keys)
}

/// A proposal of this epoch, by its message; one that was met before is known again.
pub fn learn(member: &mut Member, forge: &Forge, message: &Octets) -> Result<Sent, Stop> {
    let name = message.native_slice().to_vec();
    if let Some(known) = member.proposals.get(&name) {
        return Ok(known.clone());
    }
    let authenticated = open(member, forge, message)?;
    if !matches!(authenticated.content.content, Content::Proposal(_)) {
        return Err(ErrorClass::Malformed.into());
    }
    let encoded = encode_authenticated_content(&authenticated);
    let reference = make_proposal_ref(member.suite(), &encoded);
    let sent = Sent { reference, authenticated };
    member.proposals.insert(name, sent.clone());
    Ok(sent)
}

/// The application data of a message: authenticated data and plaintext.
pub fn read(
    member: &mut Member,
    forge: &Forge,
    message: &Octets,
) -> Result<(Octets, Octets), Stop> {
    let opened = open(member, forge, message)?;
    match opened.content.content {
        Content::Application(plaintext) => Ok((opened.content.authenticated_data, plaintext)),
        _ => Err(ErrorClass::Malformed.into()),
    }
}

/// What the sender of a PrivateMessage of this epoch chose: sender data, and how long its padding is, if its key
/// is still there.
pub fn look(
    member: &Member,
    forge: &Forge,
    message: &Octets,
) -> Result<(SenderData, Option<usize>), Stop> {
    let MlsMessage::PrivateMessage(message) = decode_mls_message(message)? else {
        return fault("no PrivateMessage");
    };
    let suite = member.suite();
    let data = open_sender_data(suite, &message, &member.secrets.sender_data_secret)?;
    let (leaves, handshake) = (leaf_count(&member.tree), message.content_type != APPLICATION);
    let leaf = data.leaf_index;
    check(leaf < leaves, ErrorClass::Malformed)?;
    let ratchet = member.ratchets.get(suite, &member.secrets, leaf, leaves, handshake);
    let keys = ratchet_key_of(suite, &ratchet, data.generation, forge.max_skip, MAX_KEPT);
    let Ok((keys, _)) = keys else { return Ok((data, None)) };
    let nonce = guarded_nonce(&keys.nonce, &data.reuse_guard);
    let aad = private_content_aad(&message);
    let plaintext = aead_open(suite, &keys.key, &nonce, &aad, &message.ciphertext)
        .ok_or(ErrorClass::Undecryptable)?;
    let (content, auth) = decode_private_message_content(message.content_type, &plaintext)?;
    let plain = encode_private_message_content(&content, &auth, 0);
    Ok((data, Some(plaintext.len() - plain.len())))
}
