//! Writer.

use super::Encode;
use alloc::vec::Vec;
use zeroize::Zeroize;

/// Writes encodings. When it must grow it wipes what it leaves behind, so that a writer of secrets
/// leaves none in a freed block.
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::with_capacity(256)
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// Goes on behind what a vector has.
    pub(crate) fn from_vec(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// What was written from `start` on.
    pub(crate) fn from(&mut self, start: usize) -> &mut [u8] {
        self.bytes.get_mut(start..).unwrap_or_default()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    fn reserve(&mut self, more: usize) {
        let needed = self.bytes.len().saturating_add(more);
        if needed > self.bytes.capacity() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let mut grown = Vec::with_capacity(needed.max(self.bytes.len().saturating_mul(2)));
        grown.extend_from_slice(&self.bytes);
        self.bytes.as_mut_slice().zeroize();
        self.bytes = grown;
    }

    #[inline]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        match <&[u8; 32]>::try_from(bytes) {
            // What most keys and ids have: a copy of known length takes no call.
            Ok(bytes) => self.bytes.extend_from_slice(bytes),
            Err(_) => self.bytes.extend_from_slice(bytes),
        }
    }

    pub(crate) fn zeros(&mut self, count: usize) {
        self.reserve(count);
        self.bytes.resize(self.bytes.len().saturating_add(count), 0);
    }

    #[inline]
    pub(crate) fn u8(&mut self, value: u8) {
        self.reserve(1);
        self.bytes.push(value);
    }

    #[inline]
    pub(crate) fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    #[inline]
    pub(crate) fn u24(&mut self, value: u32) {
        let [_, a, b, c] = value.to_be_bytes();
        self.raw(&[a, b, c]);
    }

    #[inline]
    pub(crate) fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    #[inline]
    pub(crate) fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// The length of a vector (RFC 9420 §2.1.2).
    #[inline(always)]
    pub(crate) fn length(&mut self, length: usize) {
        match u8::try_from(length) {
            Ok(short @ 0..=0x3f) => self.u8(short),
            _ => self.long_length(length),
        }
    }

    fn long_length(&mut self, length: usize) {
        let (prefix, count) = length_prefix(length);
        self.raw(prefix.get(..count).unwrap_or_default());
    }

    /// `opaque x<V>`
    #[inline]
    pub(crate) fn opaque(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }

    /// A vector whose contents `write` writes: its length comes in front when it is known.
    pub(crate) fn vector(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        write(self);
        let length = self.bytes.len().saturating_sub(start);
        if length == 0 {
            return self.u8(0);
        }
        let (prefix, count) = length_prefix(length);
        self.reserve(count);
        self.bytes.extend_from_slice(prefix.get(..count).unwrap_or_default());
        if let Some(tail) = self.bytes.get_mut(start..) {
            tail.rotate_right(count);
        }
    }

    /// `T x<V>`
    pub(crate) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.vector(|w| items.iter().for_each(|item| write(w, item)));
    }

    /// `optional<T>`
    pub(crate) fn optional<T>(&mut self, item: Option<&T>, write: impl FnOnce(&mut Self, &T))
    where
        T: ?Sized,
    {
        match item {
            None => self.u8(0),
            Some(item) => {
                self.u8(1);
                write(self, item);
            }
        }
    }

    pub(crate) fn item<T: Encode>(&mut self, item: &T) {
        item.encode(self);
    }
}

/// The encoding of a vector's length: four bytes of which the first `count` count.
pub(crate) fn length_prefix(length: usize) -> ([u8; 4], usize) {
    // No vector that this crate writes reaches 2^30 bytes: each field has a limit far below.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let [a, b, c, d] = length.to_be_bytes();
    match length {
        0..=0x3f => ([d, 0, 0, 0], 1),
        0x40..=0x3fff => ([0x40 | c, d, 0, 0], 2),
        _ => ([0x80 | (a & 0x3f), b, c, d], 4),
    }
}

/// Parts one behind the other, which are `N` bytes together: an encoding of fixed length, in place.
pub(crate) fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut rest = &mut bytes[..];
    for part in parts {
        let (to, behind) = rest.split_at_mut_checked(part.len()).unwrap_or_default();
        to.copy_from_slice(part);
        rest = behind;
    }
    bytes
}

/// The bytes that `opaque x<V>` takes for `length` bytes of content.
pub(crate) fn opaque_len(length: usize) -> usize {
    length_prefix(length).1.saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 63, 64, 65, 16_383, 16_384, 70_000] {
            let content: Vec<u8> = (0u32..length).map(|i| i.to_le_bytes()[0]).collect();
            let mut w = Writer::new();
            w.opaque(&content);
            let mut v = Writer::with_capacity(0);
            v.vector(|w| w.raw(&content));
            let bytes = w.into_bytes();
            assert_eq!(bytes, v.into_bytes());
            assert_eq!(bytes.len(), opaque_len(content.len()));
            let mut r = Reader::new(&bytes);
            assert_eq!(r.opaque(1 << 20), Ok(&content[..]));
            assert_eq!(r.finish(), Ok(()));
        }
    }
}
