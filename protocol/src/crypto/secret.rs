//! Bytes that are wiped.

use crate::codec::Writer;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Secret bytes on the heap: wiped when dropped, compared in constant time (`ENC-10`), printed
/// redacted. Moving one moves a pointer, so that no copy of the bytes is left on the stack.
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes over the bytes. The vector should have no spare capacity: else they are copied, and the vector is wiped
    /// whole.
    #[must_use]
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        if bytes.len() == bytes.capacity() {
            return Self(bytes.into_boxed_slice());
        }
        let secret = Self::from_slice(&bytes);
        let mut bytes = bytes;
        bytes.resize(bytes.capacity(), 0);
        bytes.as_mut_slice().zeroize();
        secret
    }

    /// A copy of the bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// `length` zero bytes, to be written to.
    pub(crate) fn zeros(length: usize) -> Self {
        // Not `vec![0; length]`: for some bytes it would ask the allocator for zeroed ones, which glibc before 2.41 does
        // not take from where its threads keep small blocks at hand.
        let mut bytes = Vec::with_capacity(length);
        bytes.resize(length, black_box(0));
        Self(bytes.into_boxed_slice())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A copy, for the one place where a secret must be in two states: while one is staged.
    pub(crate) fn duplicate(&self) -> Self {
        Self::from_slice(&self.0)
    }

    /// Whether all bytes are zero, in constant time.
    pub(crate) fn is_zero(&self) -> bool {
        let any = self.0.iter().fold(0u8, |any, byte| any | byte);
        bool::from(any.ct_eq(&0))
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.opaque(&self.0);
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // As a slice: a box would be wiped byte by byte.
        (*self.0).zeroize();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        bool::from(self.0.ct_eq(&other.0))
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn secrets_print_redacted_and_compare() {
        let secret = Secret::from_slice(&[0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(32 bytes)");
        assert!(secret == secret.duplicate());
        assert!(secret != Secret::zeros(32));
        assert!(Secret::zeros(5).is_zero());
        assert!(!secret.is_zero());
        let mut spare = Vec::with_capacity(100);
        spare.extend_from_slice(&[1, 2, 3]);
        assert_eq!(Secret::from_vec(spare).as_bytes(), &[1, 2, 3]);
    }
}
