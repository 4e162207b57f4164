//! The wire encoding: the TLS presentation language with the variable-length vectors of RFC 9420
//! §2.1 (Conventions, *Encoding*). A reader is a value: each `read_…` takes one and gives back what it
//! read and the reader behind it. Each refusal is of class `malformed`.

use super::error::{ErrorClass, check};
use super::limits::{MAX_EXTENSION, MAX_KEYS};
use crate::octets::{Octets, byte, checked_slice, empty, to_uint_be, u16_be, u32_be};
use hacspec_lib::*;

/// The longest vector that can be encoded, in bytes (RFC 9420 §2.1.2).
pub const MAX_VECTOR: usize = (1 << 30) - 1;

/// Bytes, and how many of them have been read.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// The bytes.
    pub bytes: Octets,
    /// How many have been read.
    pub at: usize,
}

/// An extension: a type and its data (`[ENC-07]`, `[ENC-08]`).
#[derive(Clone, Debug, Default)]
pub struct Extension {
    /// Its type.
    pub extension_type: u16,
    /// Its data.
    pub data: Octets,
}

/// A list of extensions, strictly ascending by type.
pub type Extensions = Seq<Extension>;

/// A reader at the start of `bytes`.
pub fn reader(bytes: &Octets) -> Reader {
    Reader { bytes: bytes.clone(), at: 0 }
}

/// Whether everything has been read.
pub fn at_end(r: &Reader) -> bool {
    r.at == r.bytes.len()
}

// ANCHOR: finish
/// Refuses bytes that are left over (`[ENC-02]`).
pub fn finish(r: &Reader) -> Result<(), ErrorClass> {
    check(at_end(r), ErrorClass::Malformed)
}
// ANCHOR_END: finish

/// Reads `opaque x[n]`.
/// See also [ENC-13], [LIM-01].
pub fn read_bytes(r: Reader, n: usize) -> Result<(Octets, Reader), ErrorClass> {
    let x = checked_slice(&r.bytes, r.at, n).ok_or(ErrorClass::Malformed)?;
    Ok((x, Reader { at: r.at + n, bytes: r.bytes }))
}

/// Reads what is left.
pub fn read_rest(r: Reader) -> Result<(Octets, Reader), ErrorClass> {
    let n = r.bytes.len() - r.at;
    read_bytes(r, n)
}

/// Reads a `uint8`.
pub fn read_u8(r: Reader) -> Result<(u8, Reader), ErrorClass> {
    let (x, r) = read_bytes(r, 1)?;
    Ok((x[0usize], r))
}

/// Reads a `uint16`.
pub fn read_u16(r: Reader) -> Result<(u16, Reader), ErrorClass> {
    let (x, r) = read_bytes(r, 2)?;
    Ok((to_uint_be(&x) as u16, r))
}

/// Reads a `uint24`.
pub fn read_u24(r: Reader) -> Result<(u32, Reader), ErrorClass> {
    let (x, r) = read_bytes(r, 3)?;
    Ok((to_uint_be(&x) as u32, r))
}

/// Reads a `uint32`.
pub fn read_u32(r: Reader) -> Result<(u32, Reader), ErrorClass> {
    let (x, r) = read_bytes(r, 4)?;
    Ok((to_uint_be(&x) as u32, r))
}

/// Reads a `uint64`.
pub fn read_u64(r: Reader) -> Result<(u64, Reader), ErrorClass> {
    let (x, r) = read_bytes(r, 8)?;
    Ok((to_uint_be(&x) as u64, r))
}

// ANCHOR: read_length
/// Reads the length of a vector: 1, 2 or 4 bytes, told apart by the two top bits, and always the
/// fewest (`[ENC-01]`).
pub fn read_length(r: Reader) -> Result<(usize, Reader), ErrorClass> {
    let (first, r) = read_u8(r)?;
    let (more, least) = match first >> 6 {
        0 => Ok((0, 0)),
        1 => Ok((1, 1 << 6)),
        2 => Ok((3, 1 << 14)),
        _ => Err(ErrorClass::Malformed),
    }?;
    let (x, r) = read_bytes(r, more)?;
    let length = ((first & 0x3f) as usize) << (8 * more) | to_uint_be(&x) as usize;
    check(length >= least, ErrorClass::Malformed)?;
    Ok((length, r))
}
// ANCHOR_END: read_length

/// Reads `opaque x<V>` of at most `max` bytes; the length is compared with the limit and with what
/// remains before anything is taken (`[ENC-04]`).
/// See also [LIM-01].
pub fn read_opaque(r: Reader, max: usize) -> Result<(Octets, Reader), ErrorClass> {
    let (length, r) = read_length(r)?;
    check(length <= max, ErrorClass::Malformed)?;
    read_bytes(r, length)
}

/// Reads `opaque x<V>` that must have `n` bytes.
pub fn read_opaque_of(r: Reader, n: usize) -> Result<(Octets, Reader), ErrorClass> {
    let (x, r) = read_opaque(r, n)?;
    check(x.len() == n, ErrorClass::Malformed)?;
    Ok((x, r))
}

/// Reads the bytes of a vector of items, as a reader over them.
pub fn read_vector(r: Reader) -> Result<(Reader, Reader), ErrorClass> {
    let (body, r) = read_opaque(r, MAX_VECTOR)?;
    Ok((Reader { bytes: body, at: 0 }, r))
}

/// Reads the presence byte of an `optional<T>` (`[ENC-03]`).
pub fn read_presence(r: Reader) -> Result<(bool, Reader), ErrorClass> {
    let (presence, r) = read_u8(r)?;
    check(presence <= 1, ErrorClass::Malformed)?;
    Ok((presence == 1, r))
}

/// Reads `Extension x<V>`: strictly ascending types (`[ENC-07]`).
pub fn read_extensions(r: Reader) -> Result<(Extensions, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut extensions = Extensions::new(0);
    let mut least = 0u32;
    for _i in 0..MAX_KEYS {
        if !at_end(&inner) {
            let (extension_type, rest) = read_u16(inner)?;
            let (data, rest) = read_opaque(rest, MAX_EXTENSION)?;
            check(extension_type as u32 >= least, ErrorClass::Malformed)?;
            least = extension_type as u32 + 1;
            extensions = extensions.push(&Extension { extension_type, data });
            inner = rest;
        }
    }
    finish(&inner)?;
    Ok((extensions, r))
}

// ANCHOR: write_length
/// The length of a vector in the fewest bytes. Lengths are at most [`MAX_VECTOR`].
pub fn write_length(length: usize) -> Octets {
    if length < 1 << 6 {
        byte(length as u8)
    } else if length < 1 << 14 {
        u16_be(0x4000 | length as u16)
    } else {
        u32_be(0x8000_0000 | length as u32)
    }
}
// ANCHOR_END: write_length

/// `opaque x<V>`, and a vector of items whose encodings are joined in `x`.
pub fn write_opaque(x: &Octets) -> Octets {
    write_length(x.len()).concat(x)
}

/// A `uint24`. The value is below 2^24.
pub fn write_u24(value: u32) -> Octets {
    u32_be(value).slice(1, 3)
}

/// `Extension x<V>`.
pub fn write_extensions(extensions: &Extensions) -> Octets {
    let mut body = empty();
    for i in 0..extensions.len() {
        let extension = u16_be(extensions[i].extension_type);
        body = body.concat_owned(extension.concat_owned(write_opaque(&extensions[i].data)));
    }
    write_opaque(&body)
}

/// The data of the extension of a type, if the list has it.
pub fn find_extension(extensions: &Extensions, extension_type: u16) -> Option<Octets> {
    let mut found = None;
    for i in 0..extensions.len() {
        if extensions[i].extension_type == extension_type {
            found = Some(extensions[i].data.clone());
        }
    }
    found
}

/// Whether `a` stands before `b` in the order of byte strings.
pub fn precedes(a: &Octets, b: &Octets) -> bool {
    a.native_slice() < b.native_slice()
}
