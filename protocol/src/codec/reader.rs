//! Strict reader.

use crate::error::Malformed;
use alloc::vec::Vec;

type Result<T> = core::result::Result<T, Malformed>;

/// Reads values from the front of a slice; never allocates for a length that it has not compared
/// with the bytes that remain (`ENC-04`).
pub(crate) struct Reader<'a> {
    all: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Self {
        Self { all, position: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// What was read from `start` on.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.all.get(start..self.position).unwrap_or_default()
    }

    /// What has not been read yet.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = self.all.get(self.position..).unwrap_or_default();
        self.position = self.all.len();
        rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.position >= self.all.len()
    }

    /// `ENC-02`
    pub(crate) fn finish(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Malformed::TrailingBytes) }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.position.checked_add(length).ok_or(Malformed::Truncated)?;
        let bytes = self.all.get(self.position..end).ok_or(Malformed::Truncated)?;
        self.position = end;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u24(&mut self) -> Result<u32> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// The length of a vector (RFC 9420 §2.1.2), in the fewest bytes (`ENC-01`).
    pub(crate) fn length(&mut self) -> Result<u32> {
        let first = self.u8()?;
        let low = u32::from(first & 0x3f);
        let (length, least) = match first >> 6 {
            0 => (low, 0),
            1 => ((low << 8) | u32::from(self.u8()?), 1 << 6),
            2 => ((low << 24) | self.u24()?, 1 << 14),
            _ => return Err(Malformed::LengthEncoding),
        };
        if length < least { Err(Malformed::LengthEncoding) } else { Ok(length) }
    }

    /// `opaque x<V>` of at most `max` bytes.
    pub(crate) fn opaque(&mut self, max: u32) -> Result<&'a [u8]> {
        let length = self.length()?;
        if length > max {
            return Err(Malformed::TooLong);
        }
        self.take(usize::try_from(length).map_err(|_| Malformed::TooLong)?)
    }

    /// `T x<V>` of at most `max` items.
    pub(crate) fn list<T>(
        &mut self,
        max: u32,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut inner = Reader::new(self.opaque(u32::MAX)?);
        let mut items = Vec::new();
        let mut count = 0u32;
        while !inner.is_empty() {
            count = count.saturating_add(1);
            if count > max {
                return Err(Malformed::TooLong);
            }
            items.push(item(&mut inner)?);
        }
        Ok(items)
    }

    /// `optional<T>` (`ENC-03`).
    pub(crate) fn optional<T>(
        &mut self,
        item: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        match self.u8()? {
            0 => Ok(None),
            1 => item(self).map(Some),
            _ => Err(Malformed::Presence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opaque(bytes: &[u8]) -> Result<usize> {
        let mut r = Reader::new(bytes);
        let length = r.opaque(1 << 20)?.len();
        r.finish()?;
        Ok(length)
    }

    #[test]
    fn lengths_are_minimal() {
        assert_eq!(opaque(&[0]), Ok(0));
        assert_eq!(opaque(&[0x40, 0]), Err(Malformed::LengthEncoding));
        assert_eq!(opaque(&[0x40, 63]), Err(Malformed::LengthEncoding));
        let mut bytes = alloc::vec![0x40, 64];
        bytes.resize(66, 7);
        assert_eq!(opaque(&bytes), Ok(64));
        let mut bytes = alloc::vec![0x80, 0, 0x3f, 0xff];
        bytes.resize(4 + 0x3fff, 7);
        assert_eq!(opaque(&bytes), Err(Malformed::LengthEncoding));
        let mut bytes = alloc::vec![0x80, 0, 0x40, 0];
        bytes.resize(4 + 0x4000, 7);
        assert_eq!(opaque(&bytes), Ok(0x4000));
        assert_eq!(opaque(&[0xc0, 0, 0, 0, 0, 0, 0, 0]), Err(Malformed::LengthEncoding));
    }

    #[test]
    fn lengths_are_bounded_before_anything_else() {
        assert_eq!(opaque(&[0xbf, 0xff, 0xff, 0xff]), Err(Malformed::TooLong));
        assert_eq!(opaque(&[0x80, 0x10, 0, 0]), Err(Malformed::Truncated));
        assert_eq!(opaque(&[2, 1, 1, 1]), Err(Malformed::TrailingBytes));
        assert_eq!(opaque(&[]), Err(Malformed::Truncated));
    }

    #[test]
    fn presence_is_0_or_1() {
        let read = |byte: u8| Reader::new(&[byte, 5]).optional(Reader::u8);
        assert_eq!(read(0), Ok(None));
        assert_eq!(read(1), Ok(Some(5)));
        assert_eq!(read(2), Err(Malformed::Presence));
    }

    #[test]
    fn lists_are_bounded_by_items_and_bytes() {
        let read = |bytes: &[u8]| Reader::new(bytes).list(2, Reader::u16);
        assert_eq!(read(&[4, 0, 1, 0, 2]), Ok(alloc::vec![1, 2]));
        assert_eq!(read(&[3, 0, 1, 0]), Err(Malformed::Truncated));
        assert_eq!(read(&[6, 0, 1, 0, 2, 0, 3]), Err(Malformed::TooLong));
    }
}
