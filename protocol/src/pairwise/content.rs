//! The body of an `application` frame that clients of two vendors understand (page *Content*).

use super::identity::{Extension, decode_extensions};
use crate::codec::{Decode, Encode, Reader, Wire, Writer};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_CONTENT, MAX_FRAME, MAX_KEY};
use alloc::vec::Vec;
use core::fmt;

/// Bytes of a message id.
const MESSAGE_ID: usize = 16;

/// Known content types (page *Registries*).
pub mod kind {
    /// UTF-8 text.
    pub const TEXT: u16 = 1;
    /// An [`AttachmentReference`](super::AttachmentReference).
    pub const ATTACHMENT: u16 = 2;
    /// The body is the id of the message to delete.
    pub const DELETE: u16 = 3;
    /// A [`GroupContent`](crate::group::GroupContent): nothing to be shown.
    pub const GROUP: u16 = 4;
}

/// `Content`. What people write is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// See [`kind`]; an unknown one is to be shown as such (`CON-02`).
    pub content_type: u16,
    /// Random.
    pub message_id: [u8; 16],
    /// The sender's clock, in seconds since 1970.
    pub sent_at: u64,
    /// The sender's device; see [`Content::check_sender`].
    pub sender_serial: u64,
    /// Empty, or a message id.
    pub in_reply_to: Vec<u8>,
    /// What the type says.
    pub body: Vec<u8>,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
}

impl Content {
    /// `CON-01`: the sender's serial is that of the session's peer device.
    ///
    /// # Errors
    /// `identity_mismatch`
    pub fn check_sender(&self, peer_serial: u64) -> Result<(), Error> {
        if self.sender_serial == peer_serial { Ok(()) } else { Err(Peer::IdentityMismatch.into()) }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Decode for Content {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let content = Self {
            content_type: r.u16()?,
            message_id: r.array()?,
            sent_at: r.u64()?,
            sender_serial: r.u64()?,
            in_reply_to: r.opaque(MAX_KEY)?.to_vec(),
            body: r.opaque(MAX_FRAME)?.to_vec(),
            extensions: decode_extensions(r)?,
        };
        let body = &content.body;
        let right = match content.content_type {
            kind::TEXT => core::str::from_utf8(body).is_ok(),
            kind::ATTACHMENT => AttachmentReference::from_bytes(body).is_ok(),
            kind::DELETE => body.len() == MESSAGE_ID,
            _ => true,
        };
        let reply = matches!(content.in_reply_to.len(), 0 | MESSAGE_ID);
        if right && reply { Ok(content) } else { Err(Malformed::Value) }
    }
}

impl Encode for Content {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.u16(self.content_type);
        w.raw(&self.message_id);
        w.u64(self.sent_at);
        w.u64(self.sender_serial);
        w.opaque(&self.in_reply_to);
        w.opaque(&self.body);
        w.list(&self.extensions, Writer::item);
    }
}

/// `AttachmentReference`: where a sealed file is, and its key, which is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachmentReference {
    /// Name of the file.
    pub name: Vec<u8>,
    /// Its media type.
    pub media_type: Vec<u8>,
    /// Its bytes.
    pub size: u64,
    /// Key under which it is sealed.
    pub key: Vec<u8>,
    /// Hash of the sealed file.
    pub digest: Vec<u8>,
    /// Where it can be fetched.
    pub location: Vec<u8>,
}

impl fmt::Debug for AttachmentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachmentReference").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Decode for AttachmentReference {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            name: r.opaque(MAX_CONTENT)?.to_vec(),
            media_type: r.opaque(MAX_CONTENT)?.to_vec(),
            size: r.u64()?,
            key: r.opaque(MAX_KEY)?.to_vec(),
            digest: r.opaque(MAX_KEY)?.to_vec(),
            location: r.opaque(MAX_CONTENT)?.to_vec(),
        })
    }
}

impl Encode for AttachmentReference {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.name);
        w.opaque(&self.media_type);
        w.u64(self.size);
        w.opaque(&self.key);
        w.opaque(&self.digest);
        w.opaque(&self.location);
    }
}

/// `ReceiptType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptType {
    /// The messages have arrived.
    Delivered = 1,
    /// The messages were read.
    Read = 2,
}

/// `Receipt`: body of content type 6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What happened.
    pub receipt_type: ReceiptType,
    /// To which messages; at least one.
    pub message_ids: Vec<[u8; 16]>,
}

impl Decode for Receipt {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let receipt_type = match r.u8()? {
            1 => ReceiptType::Delivered,
            2 => ReceiptType::Read,
            _ => return Err(Malformed::Enumeration),
        };
        let ids = r.opaque(MAX_CONTENT)?;
        let mut inner = Reader::new(ids);
        let mut message_ids = Vec::new();
        while !inner.is_empty() {
            message_ids.push(inner.array().map_err(|_| Malformed::Value)?);
        }
        if message_ids.is_empty() {
            Err(Malformed::Value)
        } else {
            Ok(Self { receipt_type, message_ids })
        }
    }
}

impl Encode for Receipt {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self.receipt_type {
            ReceiptType::Delivered => 1,
            ReceiptType::Read => 2,
        });
        w.vector(|w| self.message_ids.iter().for_each(|id| w.raw(id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn content(content_type: u16, body: &[u8]) -> Content {
        Content {
            content_type,
            message_id: [7; 16],
            sent_at: 5,
            sender_serial: 1,
            in_reply_to: vec![],
            body: body.to_vec(),
            extensions: vec![],
        }
    }

    #[test]
    fn contents_are_checked() {
        for (right, content) in [
            (true, content(kind::TEXT, "héllo".as_bytes())),
            (false, content(kind::TEXT, &[0xff])),
            (true, content(kind::DELETE, &[1; 16])),
            (false, content(kind::DELETE, &[1; 15])),
            (false, content(kind::ATTACHMENT, &[1])),
            (true, content(0x1234, &[0xff])),
            (false, Content { in_reply_to: vec![1], ..content(kind::TEXT, b"") }),
            (true, Content { in_reply_to: vec![1; 16], ..content(kind::TEXT, b"") }),
        ] {
            let decoded = Content::from_bytes(&content.to_bytes());
            assert_eq!(decoded.is_ok(), right, "{content:?}");
        }
        assert!(content(kind::TEXT, b"").check_sender(1).is_ok());
        assert!(content(kind::TEXT, b"").check_sender(2).is_err());
        assert!(Receipt::from_bytes(&[1, 0]).is_err());
        let mut receipt = vec![2, 16];
        receipt.extend_from_slice(&[9; 16]);
        assert_eq!(Receipt::from_bytes(&receipt).unwrap().message_ids, vec![[9; 16]]);
    }
}
