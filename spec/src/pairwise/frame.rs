//! What a ratchet message carries (Inner frame).

use super::codec::{
    Extensions, Reader, finish, read_extensions, read_opaque, read_rest, read_u8, read_u32, reader,
    write_extensions, write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::{
    Credential, DeviceLists, encode_credential, encode_device_lists, read_credential,
    read_device_lists,
};
use super::limits::MAX_FRAME;
use crate::octets::{Octets, byte, is_zero, u32_be, zeros};

/// Content type of the caller's bytes.
pub const APPLICATION: u8 = 0;
/// Content type: the session is over.
pub const CLOSE: u8 = 1;
/// Content type: a renewed credential.
pub const CREDENTIAL_UPDATE: u8 = 2;
/// Content type: newer device lists.
pub const DEVICE_LISTS: u8 = 3;
/// Content type: newer mailboxes.
pub const MAILBOX_ROTATION: u8 = 4;
/// Content type: reserved for classification labels.
pub const LABEL: u8 = 5;
/// Content type: a receipt.
pub const RECEIPT: u8 = 6;

/// Non-critical extension `absorb` (`[REP-05]`).
pub const EXTENSION_ABSORB: u16 = 0x0001;

/// `InnerFrame`, without its padding.
#[derive(Clone, Debug, Default)]
pub struct InnerFrame {
    /// What the body is.
    pub content_type: u8,
    /// Extensions that the receiver must know.
    pub critical: Extensions,
    /// Extensions that it may ignore.
    pub non_critical: Extensions,
    /// The body.
    pub body: Octets,
}

/// `CredentialUpdate`.
#[derive(Clone, Debug, Default)]
pub struct CredentialUpdate {
    /// The device lists, oldest first.
    pub device_lists: DeviceLists,
    /// The renewed credential.
    pub credential: Credential,
}

/// The frame without padding.
pub fn encode_frame(frame: &InnerFrame) -> Octets {
    byte(frame.content_type)
        .concat(&byte(0))
        .concat(&write_extensions(&frame.critical))
        .concat(&write_extensions(&frame.non_critical))
        .concat(&write_opaque(&frame.body))
}

// ANCHOR: bucket
/// The smallest bucket for `length` bytes: 256, 512, 1024, 2048, 4096, then all multiples of 4096.
pub fn bucket(length: usize) -> usize {
    if length <= 4096 {
        let mut size = 256;
        for _i in 0..4 {
            if size < length {
                size *= 2;
            }
        }
        size
    } else {
        length.div_ceil(4096) * 4096
    }
}
// ANCHOR_END: bucket

// ANCHOR: pad
/// Zeros behind the frame up to its bucket (`[FRM-01]`); refused where the frame is too long
/// (`[FRM-02]`).
pub fn pad(frame: &Octets) -> Result<Octets, ErrorClass> {
    let size = bucket(frame.len());
    check(size <= MAX_FRAME, ErrorClass::Limit)?;
    Ok(frame.concat(&zeros(size - frame.len())))
}
// ANCHOR_END: pad

/// Refuses an unknown content type or version (`[FRM-03]`).
fn read_content_type(r: Reader) -> Result<(u8, Reader), ErrorClass> {
    let (content_type, r) = read_u8(r)?;
    check(content_type <= RECEIPT, ErrorClass::UnsupportedVersion)?;
    let (version, r) = read_u8(r)?;
    check(version == 0, ErrorClass::UnsupportedVersion)?;
    Ok((content_type, r))
}

// ANCHOR: unpad
/// The frame in its padding, both checked (`[FRM-01]` to `[FRM-04]`).
pub fn unpad(padded: &Octets) -> Result<InnerFrame, ErrorClass> {
    check(padded.len() <= MAX_FRAME, ErrorClass::Malformed)?;
    let (content_type, r) = read_content_type(reader(padded))?;
    let (critical, r) = read_extensions(r)?;
    let (non_critical, r) = read_extensions(r)?;
    let (body, r) = read_opaque(r, MAX_FRAME)?;
    let length = r.at;
    let (padding, _r) = read_rest(r)?;
    check(padded.len() == bucket(length) && is_zero(&padding), ErrorClass::Malformed)?;
    check(critical.len() == 0, ErrorClass::CriticalExtension)?;
    Ok(InnerFrame { content_type, critical, non_critical, body })
}
// ANCHOR_END: unpad

/// `encode(CredentialUpdate)`.
pub fn encode_credential_update(update: &CredentialUpdate) -> Octets {
    encode_device_lists(&update.device_lists).concat(&encode_credential(&update.credential))
}

/// Decodes a `CredentialUpdate`.
pub fn decode_credential_update(bytes: &Octets) -> Result<CredentialUpdate, ErrorClass> {
    let (device_lists, r) = read_device_lists(reader(bytes))?;
    let (credential, r) = read_credential(r)?;
    finish(&r)?;
    Ok(CredentialUpdate { device_lists, credential })
}

/// Decodes the body of a frame of type `device_list`.
pub fn decode_device_lists(bytes: &Octets) -> Result<DeviceLists, ErrorClass> {
    let (lists, r) = read_device_lists(reader(bytes))?;
    finish(&r)?;
    Ok(lists)
}

/// `encode(MailboxRotation)`.
pub fn encode_mailbox_rotation(rotation: u32) -> Octets {
    u32_be(rotation)
}

/// Decodes a `MailboxRotation`.
pub fn decode_mailbox_rotation(bytes: &Octets) -> Result<u32, ErrorClass> {
    let (rotation, r) = read_u32(reader(bytes))?;
    finish(&r)?;
    Ok(rotation)
}
