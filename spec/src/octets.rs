//! The one byte-string type of the executable specification, and its helpers.
//!
//! `Octets` is hacspec's `PublicByteSeq`, a sequence of plain `u8`. hacspec's `ByteSeq` (a sequence
//! of secret `U8`) exists to keep code from branching or indexing on secrets; this specification is
//! read, executed and compared with, never run on somebody's keys, and secret integers would hide
//! the arithmetic behind casts. What needs constant time is stated in the prose.
//!
//! What `Octets` brings along, from hacspec-lib: `Octets::new(len)` (zeros), `len()`, `slice(start,
//! len)`, `slice_range(a..b)`, `concat(&other)`, `push(&byte)`, `update(start, &other)`,
//! `update_start(&other)`, indexing with `s[i]`, `==`, `clone()`, `from_hex(&str)` (for literals:
//! it panics on what is not hex), `to_hex()`, and at the border to other code `from_vec`,
//! `from_native_slice(&[u8])`, `native_slice() -> &[u8]` and so `native_slice().to_vec()`.

use hacspec_lib::*;

/// A string of bytes of any length.
pub type Octets = PublicByteSeq;

/// The bytes of an ASCII label.
pub fn ascii(label: &str) -> Octets {
    Octets::from_native_slice(label.as_bytes())
}

/// The bytes of a native slice; for literals and at the border to other code.
pub fn from_bytes(bytes: &[u8]) -> Octets {
    Octets::from_native_slice(bytes)
}

/// The empty string.
pub fn empty() -> Octets {
    Octets::new(0)
}

/// `len` zero bytes.
pub fn zeros(len: usize) -> Octets {
    Octets::new(len)
}

/// `len` bytes of value `byte`.
pub fn repeat(byte: u8, len: usize) -> Octets {
    let mut out = Octets::new(len);
    for i in 0..len {
        out[i] = byte;
    }
    out
}

/// The single byte `byte`.
pub fn byte(byte: u8) -> Octets {
    repeat(byte, 1)
}

/// Whether every byte is zero.
pub fn is_zero(s: &Octets) -> bool {
    let mut all = 0u8;
    for i in 0..s.len() {
        all |= s[i];
    }
    all == 0
}

/// Bytes `start .. start + len`, or `None` where the string is shorter. Decoders use it in place of
/// `slice`, which panics.
pub fn checked_slice(s: &Octets, start: usize, len: usize) -> Option<Octets> {
    if start <= s.len() && len <= s.len() - start { Some(s.slice(start, len)) } else { None }
}

/// The bitwise exclusive or of two strings of one length, or as much of it as the shorter one has.
pub fn xor(a: &Octets, b: &Octets) -> Octets {
    let len = if a.len() < b.len() { a.len() } else { b.len() };
    let mut out = Octets::new(len);
    for i in 0..len {
        out[i] = a[i] ^ b[i];
    }
    out
}

/// `value` as two bytes, most significant first.
pub fn u16_be(value: u16) -> Octets {
    from_bytes(&value.to_be_bytes())
}

/// `value` as four bytes, most significant first.
pub fn u32_be(value: u32) -> Octets {
    from_bytes(&value.to_be_bytes())
}

/// `value` as eight bytes, most significant first.
pub fn u64_be(value: u64) -> Octets {
    from_bytes(&value.to_be_bytes())
}

/// `value` as sixteen bytes, most significant first.
pub fn u128_be(value: u128) -> Octets {
    from_bytes(&value.to_be_bytes())
}

/// `value` as four bytes, least significant first.
pub fn u32_le(value: u32) -> Octets {
    from_bytes(&value.to_le_bytes())
}

/// `value` as eight bytes, least significant first.
pub fn u64_le(value: u64) -> Octets {
    from_bytes(&value.to_le_bytes())
}

/// `value` as sixteen bytes, least significant first.
pub fn u128_le(value: u128) -> Octets {
    from_bytes(&value.to_le_bytes())
}

/// The number that a string writes, most significant byte first. Of a string of more than sixteen
/// bytes the last sixteen count.
pub fn to_uint_be(s: &Octets) -> u128 {
    let mut value = 0u128;
    for i in 0..s.len() {
        value = (value << 8) | s[i] as u128;
    }
    value
}

/// The number that a string writes, least significant byte first. Of a string of more than sixteen
/// bytes the first sixteen count.
pub fn to_uint_le(s: &Octets) -> u128 {
    let mut value = 0u128;
    for i in 0..s.len() {
        if i < 16 {
            value |= (s[i] as u128) << (8 * i);
        }
    }
    value
}
