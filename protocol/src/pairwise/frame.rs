//! What a ratchet message carries (page *Inner frame*).

use super::credential::Credential;
use super::device_list::DeviceLists;
use super::identity::{Extension, decode_extensions};
use crate::codec::{Decode, Encode, Reader, Wire, Writer, opaque_len};
use crate::error::{Error, Malformed, Misuse};
use crate::limits::MAX_FRAME;
use alloc::vec::Vec;
use core::fmt;

/// Content types (page *Registries*).
pub mod content_type {
    /// Handled by the caller: any bytes, usually a [`Content`](super::super::content::Content).
    pub const APPLICATION: u8 = 0;
    /// Closes the session; empty.
    pub const CLOSE: u8 = 1;
    /// A renewed credential.
    pub const CREDENTIAL_UPDATE: u8 = 2;
    /// Newer device lists.
    pub const DEVICE_LIST: u8 = 3;
    /// A new rotation of the sender's mailboxes: [`Frame::mailbox_rotation`](super::Frame::mailbox_rotation).
    pub const MAILBOX_ROTATION: u8 = 4;
    /// Reserved; handled by the caller.
    pub const LABEL: u8 = 5;
    /// Handled by the caller: a [`Receipt`](super::super::content::Receipt).
    pub const RECEIPT: u8 = 6;
}

/// Non-critical extension: the loser of simultaneous handshakes (`REP-05`).
pub(crate) const EXTENSION_ABSORB: u16 = 0x0001;

/// `InnerFrame`, without its padding. The body is not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// See [`content_type`].
    pub content_type: u8,
    /// Extensions that a receiver must know. Edition 0 defines none.
    pub critical: Vec<Extension>,
    /// Extensions that a receiver may ignore, in ascending order of type.
    pub non_critical: Vec<Extension>,
    /// The body.
    pub body: Vec<u8>,
}

impl Frame {
    /// A frame of a content type and a body.
    #[must_use]
    pub fn new(content_type: u8, body: &[u8]) -> Self {
        Self { content_type, body: body.to_vec(), ..Self::default() }
    }

    /// A frame for the caller's application.
    #[must_use]
    pub fn application(body: &[u8]) -> Self {
        Self::new(content_type::APPLICATION, body)
    }

    /// A frame that moves the own outgoing mailboxes to the next rotation, [`Session::rotation`](super::Session::rotation)
    /// plus one (`ENV-05`). The peer looks one rotation ahead: do not rotate again before it has answered a message sent
    /// in the new mailboxes (`ENV-07`).
    #[must_use]
    pub fn mailbox_rotation(rotation: u32) -> Self {
        Self::new(content_type::MAILBOX_ROTATION, &MailboxRotation { rotation }.to_bytes())
    }

    /// Bytes of the encoding without padding.
    fn unpadded_len(&self) -> usize {
        let list = |list: &[Extension]| {
            let item = |e: &Extension| opaque_len(e.data.len()).saturating_add(2);
            opaque_len(list.iter().map(item).fold(0, usize::saturating_add))
        };
        [2, list(&self.critical), list(&self.non_critical), opaque_len(self.body.len())]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Bytes of the padded frame (`FRM-01`).
    ///
    /// # Errors
    /// `limit` above `max_frame` (`FRM-02`).
    pub(crate) fn padded_len(&self) -> Result<usize, Error> {
        Ok(frame_bucket(self.unpadded_len()).ok_or(Misuse::Limit)?)
    }

    /// The frame and its zeros.
    pub(crate) fn write_padded(&self, w: &mut Writer, padded: usize) {
        let start = w.len();
        self.encode(w);
        let written = w.len().saturating_sub(start);
        w.zeros(padded.saturating_sub(written));
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("content_type", &self.content_type)
            .field("critical", &self.critical)
            .field("non_critical", &self.non_critical)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// `pad`: the smallest bucket that holds a frame of this length.
fn frame_bucket(length: usize) -> Option<usize> {
    let max = usize::try_from(MAX_FRAME).ok()?;
    bucket(length).filter(|bucket| *bucket <= max)
}

/// The smallest bucket of so many bytes.
pub(crate) fn bucket(length: usize) -> Option<usize> {
    const SMALL: [usize; 4] = [256, 512, 1024, 2048];
    SMALL
        .into_iter()
        .find(|bucket| length <= *bucket)
        .or_else(|| length.checked_next_multiple_of(4096))
}

impl Encode for Frame {
    fn encode(&self, w: &mut Writer) {
        w.u8(self.content_type);
        w.u8(0);
        w.list(&self.critical, Writer::item);
        w.list(&self.non_critical, Writer::item);
        w.opaque(&self.body);
    }
}

/// A frame as it stands in an opened message: the body is a range of the plaintext.
pub(crate) struct OpenedFrame {
    pub(crate) content_type: u8,
    pub(crate) non_critical: Vec<Extension>,
    pub(crate) body: core::ops::Range<usize>,
}

impl OpenedFrame {
    /// Unpads, parses and checks a frame (step 4 of `decrypt`): `FRM-01` to `FRM-04`.
    pub(crate) fn parse(padded: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(padded);
        let content_type = r.u8()?;
        let version = r.u8()?;
        if content_type > content_type::RECEIPT || version != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let critical = decode_extensions(&mut r)?;
        let non_critical = decode_extensions(&mut r)?;
        let body = r.opaque(MAX_FRAME)?.len();
        let end = r.position();
        // All of it is looked at: without an early end the loop is a few vector instructions.
        let padding = r.rest().iter().fold(0, |any, byte| any | byte);
        if padding != 0 || frame_bucket(end) != Some(padded.len()) {
            return Err(Malformed::Padding);
        }
        if !critical.is_empty() {
            return Err(Malformed::CriticalExtension);
        }
        Ok(Self { content_type, non_critical, body: end.saturating_sub(body)..end })
    }
}

impl Decode for Frame {
    /// A frame with its padding, as `codec` tests want it.
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let padded = r.rest();
        let opened = OpenedFrame::parse(padded)?;
        Ok(Self {
            content_type: opened.content_type,
            critical: Vec::new(),
            non_critical: opened.non_critical,
            body: padded.get(opened.body).unwrap_or_default().to_vec(),
        })
    }
}

/// `CredentialUpdate`: body of content type 2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialUpdate {
    /// Lists of the sender's account, oldest first.
    pub device_lists: DeviceLists,
    /// The sender's renewed credential.
    pub credential: Credential,
}

impl CredentialUpdate {
    pub(crate) fn new(device_lists: DeviceLists, credential: Credential) -> Self {
        Self { device_lists, credential }
    }
}

impl Decode for CredentialUpdate {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { device_lists: DeviceLists::decode(r)?, credential: Credential::decode(r)? })
    }
}

impl Encode for CredentialUpdate {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.device_lists);
        w.item(&self.credential);
    }
}

/// `MailboxRotation`: body of content type 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxRotation {
    /// The sender's rotation after this message.
    pub rotation: u32,
}

impl Decode for MailboxRotation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { rotation: r.u32()? })
    }
}

impl Encode for MailboxRotation {
    fn encode(&self, w: &mut Writer) {
        w.u32(self.rotation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn padded(frame: &Frame) -> Vec<u8> {
        let mut w = Writer::new();
        let length = frame.padded_len().unwrap();
        frame.write_padded(&mut w, length);
        let bytes = w.into_bytes();
        assert_eq!(bytes.len(), length);
        bytes
    }

    #[test]
    fn buckets() {
        for (body, bucket) in [(0, 256), (250, 256), (251, 512), (1018, 1024), (4000, 4096)] {
            let frame = Frame::application(&vec![1; body]);
            let bytes = padded(&frame);
            assert_eq!(bytes.len(), bucket, "{body}");
            assert_eq!(Frame::from_bytes(&bytes), Ok(frame));
        }
        assert_eq!(padded(&Frame::application(&vec![1; 9000])).len(), 12_288);
        let most = 1_048_576 - 8;
        assert_eq!(padded(&Frame::application(&vec![1; most])).len(), 1_048_576);
        let above = Frame::application(&vec![1; most + 1]).padded_len();
        assert_eq!(above, Err(Misuse::Limit.into()));
    }

    #[test]
    fn padding_is_checked() {
        let bytes = padded(&Frame::application(b"body"));
        for (at, wrong) in [(255, 1), (9, 1)] {
            let mut bytes = bytes.clone();
            bytes[at] = wrong;
            assert_eq!(Frame::from_bytes(&bytes), Err(Malformed::Padding.into()));
        }
        let mut longer = bytes.clone();
        longer.resize(512, 0);
        assert_eq!(Frame::from_bytes(&longer), Err(Malformed::Padding.into()));
        assert_eq!(Frame::from_bytes(&bytes[..255]), Err(Malformed::Padding.into()));
    }

    #[test]
    fn extensions_and_versions() {
        let mut frame = Frame::application(b"body");
        frame.non_critical = vec![
            Extension { extension_type: 0x0a0a, data: vec![1, 2] },
            Extension { extension_type: 0x1a1a, data: vec![] },
        ];
        let bytes = padded(&frame);
        assert_eq!(Frame::from_bytes(&bytes), Ok(frame.clone()));
        frame.non_critical.reverse();
        assert_eq!(Frame::from_bytes(&padded(&frame)), Err(Malformed::Order.into()));
        frame.non_critical.clear();
        frame.critical = vec![Extension { extension_type: 0x0a0a, data: vec![] }];
        let refused = Frame::from_bytes(&padded(&frame)).unwrap_err();
        assert_eq!(refused.class(), "critical_extension");
        let refused = Frame::from_bytes(&padded(&Frame::new(7, b""))).unwrap_err();
        assert_eq!(refused.class(), "unsupported_version");
    }
}
