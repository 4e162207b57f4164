//! The ratchet's header, sealed, and the message around it (Ratchet, *Formats*).

use super::codec::{
    Reader, finish, read_bytes, read_rest, read_u8, read_u16, read_u24, reader, write_opaque,
    write_u24,
};
use super::error::{ErrorClass, check};
use super::handshake::RATCHET_V0;
use super::kdf::full_label;
use super::labels::{HEADER, MESSAGE};
use super::suite::{NN, NPK, NT, aead_open, aead_seal};
use crate::octets::{Octets, byte, u16_be, zeros};

/// Flag: the chain's root has absorbed a loser's exporter (`[REP-06]`).
pub const FLAG_ABSORBED: u16 = 1;
/// Size of an encoded header.
pub const HEADER_SIZE: usize = NPK + 8;
/// Size of a sealed header.
pub const SEALED_HEADER_SIZE: usize = HEADER_SIZE + NT;

/// `Header`.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The sender's ratchet key.
    pub ratchet_key: Octets,
    /// Flags of the chain.
    pub flags: u16,
    /// Messages in the previous sending chain.
    pub pn: u32,
    /// Number in this chain, from 0.
    pub n: u32,
}

/// `RatchetMessage`.
#[derive(Clone, Debug, Default)]
pub struct RatchetMessage {
    /// The header.
    pub sealed_header: Octets,
    /// The body.
    pub sealed_body: Octets,
}

/// `encode(Header)`.
/// See also [RAT-15].
pub fn encode_header(header: &Header) -> Octets {
    header
        .ratchet_key
        .concat(&u16_be(header.flags))
        .concat(&write_u24(header.pn))
        .concat(&write_u24(header.n))
}

/// Reads a `Header`; flags other than 0 and 1 are refused.
fn read_header(r: Reader) -> Result<(Header, Reader), ErrorClass> {
    let (ratchet_key, r) = read_bytes(r, NPK)?;
    let (flags, r) = read_u16(r)?;
    let (pn, r) = read_u24(r)?;
    let (n, r) = read_u24(r)?;
    check(flags <= FLAG_ABSORBED, ErrorClass::Malformed)?;
    Ok((Header { ratchet_key, flags, pn, n }, r))
}

/// Decodes a `Header`.
pub fn decode_header(bytes: &Octets) -> Result<Header, ErrorClass> {
    let (header, r) = read_header(reader(bytes))?;
    finish(&r)?;
    Ok(header)
}

// ANCHOR: header_aad
/// `encode(HeaderAAD)` (`[RAT-14]`).
pub fn header_aad(session_id: &Octets) -> Octets {
    write_opaque(&full_label(HEADER)).concat(&byte(RATCHET_V0)).concat(&write_opaque(session_id))
}
// ANCHOR_END: header_aad

// ANCHOR: message_aad
/// `encode(MessageAAD)` (`[RAT-14]`).
/// See also [ENC-06].
pub fn message_aad(
    session_id: &Octets,
    sealed_header: &Octets,
    authenticated_data: &Octets,
) -> Octets {
    write_opaque(&full_label(MESSAGE))
        .concat(&byte(RATCHET_V0))
        .concat(&write_opaque(session_id))
        .concat(&write_opaque(sealed_header))
        .concat(&write_opaque(authenticated_data))
}
// ANCHOR_END: message_aad

// ANCHOR: seal_header
/// Seals a header, with the fixed nonce (`[RAT-02]`).
pub fn seal_header(header_key: &Octets, session_id: &Octets, header: &Header) -> Octets {
    aead_seal(header_key, &zeros(NN), &header_aad(session_id), &encode_header(header))
}

/// The encoding of a sealed header, if this key opens it.
pub fn open_header(header_key: &Octets, session_id: &Octets, sealed: &Octets) -> Option<Octets> {
    aead_open(header_key, &zeros(NN), &header_aad(session_id), sealed)
}
// ANCHOR_END: seal_header

/// `encode(RatchetMessage)`.
pub fn encode_ratchet_message(message: &RatchetMessage) -> Octets {
    byte(RATCHET_V0).concat(&message.sealed_header).concat(&message.sealed_body)
}

/// Decodes a `RatchetMessage`.
/// See also [ENC-05].
pub fn decode_ratchet_message(bytes: &Octets) -> Result<RatchetMessage, ErrorClass> {
    let (wire_format, r) = read_u8(reader(bytes))?;
    check(wire_format == RATCHET_V0, ErrorClass::Malformed)?;
    let (sealed_header, r) = read_bytes(r, SEALED_HEADER_SIZE)?;
    let (sealed_body, _r) = read_rest(r)?;
    check(sealed_body.len() >= NT, ErrorClass::Malformed)?;
    Ok(RatchetMessage { sealed_header, sealed_body })
}
