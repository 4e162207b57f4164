//! What clients of two vendors put into an application frame (Content). The library carries any
//! bytes.

use super::codec::{
    Extensions, finish, read_bytes, read_extensions, read_opaque, read_u8, read_u16, read_u64,
    reader, write_extensions, write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::limits::{MAX_CONTENT, MAX_FRAME, MAX_KEY};
use crate::octets::{Octets, byte, u16_be, u64_be};

/// Content type: text.
pub const TEXT: u16 = 1;
/// Content type: an attachment.
pub const ATTACHMENT: u16 = 2;
/// Content type: a message is withdrawn.
pub const DELETE: u16 = 3;
/// Content type: something of a group.
pub const GROUP: u16 = 4;
/// Size of a message id.
pub const MESSAGE_ID: usize = 16;

/// `Content`.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// What the body is; unknown types are shown as such (`[CON-02]`).
    pub content_type: u16,
    /// Random id.
    pub message_id: Octets,
    /// Time by the sender's clock, seconds.
    pub sent_at: u64,
    /// The sending device.
    pub sender_serial: u64,
    /// Empty, or the id of another message.
    pub in_reply_to: Octets,
    /// The body.
    pub body: Octets,
    /// Extensions.
    pub extensions: Extensions,
}

/// `AttachmentReference`.
#[derive(Clone, Debug, Default)]
pub struct AttachmentReference {
    /// Name of the file.
    pub name: Octets,
    /// Its media type.
    pub media_type: Octets,
    /// Its size in bytes.
    pub size: u64,
    /// The key under which it is sealed.
    pub key: Octets,
    /// Hash of the sealed file.
    pub digest: Octets,
    /// Where it lies.
    pub location: Octets,
}

/// `Receipt`.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// 1 delivered, 2 read.
    pub receipt_type: u8,
    /// The messages, 16 bytes each.
    pub message_ids: Octets,
}

/// The number of bytes of a UTF-8 sequence that starts with `first`, or 0 (RFC 3629 §4).
fn utf8_length(first: u8) -> usize {
    if first < 0x80 {
        1
    } else if first >= 0xc2 && first < 0xe0 {
        2
    } else if first >= 0xe0 && first < 0xf0 {
        3
    } else if first >= 0xf0 && first < 0xf5 {
        4
    } else {
        0
    }
}

/// Whether the second byte of a sequence is possible after the first (RFC 3629 §4: no overlong form,
/// no surrogate, nothing above U+10FFFF).
fn utf8_second(first: u8, second: u8) -> bool {
    match first {
        0xe0 => second >= 0xa0 && second < 0xc0,
        0xed => second >= 0x80 && second < 0xa0,
        0xf0 => second >= 0x90 && second < 0xc0,
        0xf4 => second >= 0x80 && second < 0x90,
        _ => second >= 0x80 && second < 0xc0,
    }
}

/// Whether a string is UTF-8 (RFC 3629).
pub fn is_utf8(text: &Octets) -> bool {
    let mut valid = true;
    let mut next = 0usize;
    for i in 0..text.len() {
        if valid && i == next {
            let length = utf8_length(text[i]);
            valid = length > 0 && i + length <= text.len();
            next = i + length;
            if valid && length > 1 {
                valid = utf8_second(text[i], text[i + 1]);
                for j in 2..length {
                    valid = valid && text[i + j] >= 0x80 && text[i + j] < 0xc0;
                }
            }
        }
    }
    valid
}

/// `encode(Content)`.
pub fn encode_content(content: &Content) -> Octets {
    byte(0)
        .concat(&u16_be(content.content_type))
        .concat(&content.message_id)
        .concat(&u64_be(content.sent_at))
        .concat(&u64_be(content.sender_serial))
        .concat(&write_opaque(&content.in_reply_to))
        .concat(&write_opaque(&content.body))
        .concat(&write_extensions(&content.extensions))
}

// ANCHOR: decode_content
/// Decodes a `Content` (`[CON-03]`). An unknown type is given back as it is (`[CON-02]`).
pub fn decode_content(bytes: &Octets) -> Result<Content, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (content_type, r) = read_u16(r)?;
    let (message_id, r) = read_bytes(r, MESSAGE_ID)?;
    let (sent_at, r) = read_u64(r)?;
    let (sender_serial, r) = read_u64(r)?;
    let (in_reply_to, r) = read_opaque(r, MESSAGE_ID)?;
    let (body, r) = read_opaque(r, MAX_FRAME)?;
    let (extensions, r) = read_extensions(r)?;
    finish(&r)?;
    let reply = in_reply_to.len() == 0 || in_reply_to.len() == MESSAGE_ID;
    check(reply, ErrorClass::Malformed)?;
    match content_type {
        TEXT => check(is_utf8(&body), ErrorClass::Malformed)?,
        ATTACHMENT => {
            let _reference = decode_attachment_reference(&body)?;
        }
        DELETE => check(body.len() == MESSAGE_ID, ErrorClass::Malformed)?,
        _ => {}
    }
    let content =
        Content { content_type, message_id, sent_at, sender_serial, in_reply_to, body, extensions };
    Ok(content)
}
// ANCHOR_END: decode_content

// ANCHOR: check_sender
/// The sender's device is the session's peer (`[CON-01]`).
pub fn check_sender(content: &Content, peer_serial: u64) -> Result<(), ErrorClass> {
    check(content.sender_serial == peer_serial, ErrorClass::IdentityMismatch)
}
// ANCHOR_END: check_sender

/// `encode(AttachmentReference)`.
pub fn encode_attachment_reference(reference: &AttachmentReference) -> Octets {
    write_opaque(&reference.name)
        .concat(&write_opaque(&reference.media_type))
        .concat(&u64_be(reference.size))
        .concat(&write_opaque(&reference.key))
        .concat(&write_opaque(&reference.digest))
        .concat(&write_opaque(&reference.location))
}

/// Decodes an `AttachmentReference`.
pub fn decode_attachment_reference(bytes: &Octets) -> Result<AttachmentReference, ErrorClass> {
    let (name, r) = read_opaque(reader(bytes), MAX_CONTENT)?;
    let (media_type, r) = read_opaque(r, MAX_CONTENT)?;
    let (size, r) = read_u64(r)?;
    let (key, r) = read_opaque(r, MAX_KEY)?;
    let (digest, r) = read_opaque(r, MAX_KEY)?;
    let (location, r) = read_opaque(r, MAX_CONTENT)?;
    finish(&r)?;
    Ok(AttachmentReference { name, media_type, size, key, digest, location })
}

/// `encode(Receipt)`.
pub fn encode_receipt(receipt: &Receipt) -> Octets {
    byte(receipt.receipt_type).concat(&write_opaque(&receipt.message_ids))
}

/// Decodes a `Receipt` (`[CON-03]`).
pub fn decode_receipt(bytes: &Octets) -> Result<Receipt, ErrorClass> {
    let (receipt_type, r) = read_u8(reader(bytes))?;
    let (message_ids, r) = read_opaque(r, MAX_CONTENT)?;
    finish(&r)?;
    check(receipt_type == 1 || receipt_type == 2, ErrorClass::Malformed)?;
    let whole = message_ids.len() > 0 && message_ids.len() % MESSAGE_ID == 0;
    check(whole, ErrorClass::Malformed)?;
    Ok(Receipt { receipt_type, message_ids })
}
