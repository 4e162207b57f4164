//! PrivateMessage (§6.3): content and sender encrypted.
//!
//! ```text
//! content, auth, padding ── key, nonce ⊕ reuse_guard ── ciphertext ── sample ─┐
//! leaf_index, generation, reuse_guard ── sender_data_key, sender_data_nonce ──┴─ encrypted_sender_data
//! ```

use super::crypto::expand_with_label;
use super::framing::{
    APPLICATION, AuthenticatedContent, COMMIT, Content, FramedContent, FramedContentAuthData,
    MEMBER, MLS_PRIVATE_MESSAGE, Sender, content_type, encode_auth_data, encode_content,
    read_auth_data, read_content,
};
use super::known_types::check_known_content;
use super::labels::{KEY, NONCE};
use super::limits::{MAX_GROUP_CIPHERTEXT, MAX_GROUP_ID};
use super::secret_tree::KeyAndNonce;
use super::suite::{CipherSuite, NN, aead_open, aead_seal, nh, nk};
use super::tree_math::LeafIndex;
use crate::octets::{Octets, byte, is_zero, u32_be, u64_be, xor, zeros};
use crate::pairwise::codec::{
    Reader, finish, read_bytes, read_opaque, read_rest, read_u8, read_u32, read_u64, reader,
    write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::frame::bucket;
use crate::pairwise::limits::{MAX_KEY, MAX_MESSAGE};
use hacspec_lib::*;

/// Size of a reuse guard.
pub const NGUARD: usize = 4;

/// PrivateMessage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateMessage {
    /// The group.
    pub group_id: Octets,
    /// The epoch.
    pub epoch: u64,
    /// ContentType.
    pub content_type: u8,
    /// The application's data, authenticated and not encrypted.
    pub authenticated_data: Octets,
    /// SenderData, encrypted.
    pub encrypted_sender_data: Octets,
    /// PrivateMessageContent, encrypted.
    pub ciphertext: Octets,
}

/// SenderData.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderData {
    /// The sender's leaf.
    pub leaf_index: LeafIndex,
    /// Generation of the sender's ratchet.
    pub generation: u32,
    /// Reuse guard, 4 random bytes.
    pub reuse_guard: Octets,
}

/// Reads a PrivateMessage.
/// See also [LIM-01].
pub fn read_private_message(r: Reader) -> Result<(PrivateMessage, Reader), ErrorClass> {
    let (group_id, r) = read_opaque(r, MAX_GROUP_ID)?;
    let (epoch, r) = read_u64(r)?;
    let (content_type, r) = read_u8(r)?;
    check(content_type >= APPLICATION && content_type <= COMMIT, ErrorClass::Malformed)?;
    let (authenticated_data, r) = read_opaque(r, MAX_MESSAGE)?;
    let (encrypted_sender_data, r) = read_opaque(r, MAX_KEY)?;
    let (ciphertext, r) = read_opaque(r, MAX_GROUP_CIPHERTEXT)?;
    let message = PrivateMessage {
        group_id,
        epoch,
        content_type,
        authenticated_data,
        encrypted_sender_data,
        ciphertext,
    };
    Ok((message, r))
}

/// `encode(PrivateMessage)`.
pub fn encode_private_message(message: &PrivateMessage) -> Octets {
    private_content_aad(message)
        .concat(&write_opaque(&message.encrypted_sender_data))
        .concat(&write_opaque(&message.ciphertext))
}

// ANCHOR: private_aad
/// `encode(SenderDataAAD)` (§6.3.2): the first three fields.
pub fn sender_data_aad(message: &PrivateMessage) -> Octets {
    write_opaque(&message.group_id)
        .concat(&u64_be(message.epoch))
        .concat(&byte(message.content_type))
}

/// `encode(PrivateContentAAD)` (§6.3.1): the first four fields.
pub fn private_content_aad(message: &PrivateMessage) -> Octets {
    sender_data_aad(message).concat(&write_opaque(&message.authenticated_data))
}
// ANCHOR_END: private_aad

// ANCHOR: sender_data_key
/// sender_data_key and sender_data_nonce, from the first `Nh` bytes of the ciphertext, or all of a shorter
/// one (§6.3.2).
pub fn sender_data_key_and_nonce(
    suite: CipherSuite,
    sender_data_secret: &Octets,
    ciphertext: &Octets,
) -> KeyAndNonce {
    let length = if ciphertext.len() < nh(suite) { ciphertext.len() } else { nh(suite) };
    let sample = ciphertext.slice(0, length);
    KeyAndNonce {
        key: expand_with_label(suite, sender_data_secret, KEY, &sample, nk(suite)),
        nonce: expand_with_label(suite, sender_data_secret, NONCE, &sample, NN),
    }
}
// ANCHOR_END: sender_data_key

/// `encode(SenderData)`.
pub fn encode_sender_data(data: &SenderData) -> Octets {
    u32_be(data.leaf_index).concat(&u32_be(data.generation)).concat(&data.reuse_guard)
}

/// Decodes a SenderData.
pub fn decode_sender_data(bytes: &Octets) -> Result<SenderData, ErrorClass> {
    let (leaf_index, r) = read_u32(reader(bytes))?;
    let (generation, r) = read_u32(r)?;
    let (reuse_guard, r) = read_bytes(r, NGUARD)?;
    finish(&r)?;
    Ok(SenderData { leaf_index, generation, reuse_guard })
}

// ANCHOR: private_message_content
/// `encode(PrivateMessageContent)` with so many bytes of padding (§6.3.1).
pub fn encode_private_message_content(
    content: &Content,
    auth: &FramedContentAuthData,
    padding: usize,
) -> Octets {
    encode_content(content)
        .concat(&encode_auth_data(content_type(content), auth))
        .concat(&zeros(padding))
}

/// How many bytes of padding the profile puts behind a content of this length (`[GRP-42]`).
pub fn padding_for(length: usize) -> usize {
    bucket(length) - length
}

/// Decodes a PrivateMessageContent; padding that is not zero is refused (§6.3.1; `[GRP-43]`), and so is a type
/// that is not known (`[GRP-18]`).
pub fn decode_private_message_content(
    content_type: u8,
    bytes: &Octets,
) -> Result<(Content, FramedContentAuthData), ErrorClass> {
    let (content, r) = read_content(content_type, reader(bytes))?;
    let (auth, r) = read_auth_data(content_type, r)?;
    let (padding, _r) = read_rest(r)?;
    check(is_zero(&padding), ErrorClass::Malformed)?;
    check_known_content(&content)?;
    Ok((content, auth))
}

/// The ratchet's nonce, its first four bytes joined with the reuse guard by exclusive or (§6.3.1).
pub fn guarded_nonce(nonce: &Octets, reuse_guard: &Octets) -> Octets {
    xor(nonce, &zeros(nonce.len()).update_start(reuse_guard))
}
// ANCHOR_END: private_message_content

// ANCHOR: protect_private
/// A member's content that was signed as a PrivateMessage, as one (§6.3). Key and nonce are those of a
/// generation of the sender's ratchet for this type of content, never used before.
/// See also [GRP-40], [GRP-41], [GRP-42].
pub fn protect_private(
    suite: CipherSuite,
    authenticated: &AuthenticatedContent,
    keys: &KeyAndNonce,
    generation: u32,
    reuse_guard: &Octets,
    padding: usize,
    sender_data_secret: &Octets,
) -> Result<PrivateMessage, ErrorClass> {
    let framed = &authenticated.content;
    check(authenticated.wire_format == MLS_PRIVATE_MESSAGE, ErrorClass::Misuse)?;
    check(framed.sender.sender_type == MEMBER, ErrorClass::Misuse)?;
    check(reuse_guard.len() == NGUARD, ErrorClass::Misuse)?;
    let message = PrivateMessage {
        group_id: framed.group_id.clone(),
        epoch: framed.epoch,
        content_type: content_type(&framed.content),
        authenticated_data: framed.authenticated_data.clone(),
        ..PrivateMessage::default()
    };
    let plaintext = encode_private_message_content(&framed.content, &authenticated.auth, padding);
    let nonce = guarded_nonce(&keys.nonce, reuse_guard);
    let ciphertext =
        aead_seal(suite, &keys.key, &nonce, &private_content_aad(&message), &plaintext);
    let data = SenderData {
        leaf_index: framed.sender.index,
        generation,
        reuse_guard: reuse_guard.clone(),
    };
    let outer = sender_data_key_and_nonce(suite, sender_data_secret, &ciphertext);
    let aad = sender_data_aad(&message);
    let encrypted_sender_data =
        aead_seal(suite, &outer.key, &outer.nonce, &aad, &encode_sender_data(&data));
    Ok(PrivateMessage { encrypted_sender_data, ciphertext, ..message })
}

/// Who sent a PrivateMessage, and with which generation (§6.3.2). That the leaf is not blank is the caller's
/// to check. See also [GRP-49].
pub fn open_sender_data(
    suite: CipherSuite,
    message: &PrivateMessage,
    sender_data_secret: &Octets,
) -> Result<SenderData, ErrorClass> {
    let outer = sender_data_key_and_nonce(suite, sender_data_secret, &message.ciphertext);
    let aad = sender_data_aad(message);
    let plaintext =
        aead_open(suite, &outer.key, &outer.nonce, &aad, &message.encrypted_sender_data)
            .ok_or(ErrorClass::Undecryptable)?;
    decode_sender_data(&plaintext)
}

/// The content of a PrivateMessage under the key and nonce of its generation; its signature, and a Commit's
/// confirmation tag, remain to be verified (§6.3.1). See also [GRP-49].
pub fn unprotect_private(
    suite: CipherSuite,
    message: &PrivateMessage,
    data: &SenderData,
    keys: &KeyAndNonce,
) -> Result<AuthenticatedContent, ErrorClass> {
    let nonce = guarded_nonce(&keys.nonce, &data.reuse_guard);
    let aad = private_content_aad(message);
    let plaintext = aead_open(suite, &keys.key, &nonce, &aad, &message.ciphertext)
        .ok_or(ErrorClass::Undecryptable)?;
    let (content, auth) = decode_private_message_content(message.content_type, &plaintext)?;
    let framed = FramedContent {
        group_id: message.group_id.clone(),
        epoch: message.epoch,
        sender: Sender { sender_type: MEMBER, index: data.leaf_index },
        authenticated_data: message.authenticated_data.clone(),
        content,
    };
    Ok(AuthenticatedContent { wire_format: MLS_PRIVATE_MESSAGE, content: framed, auth })
}
// ANCHOR_END: protect_private
