//! The codec for what client and relay store and carry themselves: TLS presentation language with the
//! variable-length vectors of RFC 9420 §2.1. The protocol's own structures are the library's.

/// Bytes that are no valid encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl From<sceau::Error> for Malformed {
    fn from(_: sceau::Error) -> Self {
        Self
    }
}

impl From<Malformed> for sceau::error::Malformed {
    fn from(_: Malformed) -> Self {
        Self::Value
    }
}

type Result<T> = std::result::Result<T, Malformed>;

/// Reads values from the front of some bytes.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader of all of the bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    /// A `uint8`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// A `uint16`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A `uint32`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A `uint64`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// An `opaque x<V>` of at most `max` bytes.
    ///
    /// # Errors
    /// [`Malformed`] for a longer one, or a length that is not in its shortest form.
    pub fn opaque(&mut self, max: usize) -> Result<&'a [u8]> {
        let first = *self.0.first().ok_or(Malformed)?;
        let (bytes, least) = match first >> 6 {
            0 => (1, 0),
            1 => (2, 64),
            2 => (4, 16_384),
            _ => return Err(Malformed),
        };
        let prefix = self.take(bytes)?;
        let length = prefix
            .iter()
            .skip(1)
            .fold(usize::from(first & 0x3f), |n, byte| (n << 8) | usize::from(*byte));
        if length < least || length > max { Err(Malformed) } else { self.take(length) }
    }

    /// Fails unless everything has been read.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are left over.
    pub fn finish(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Writes values behind each other.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A `uint8`.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// A `uint16`.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// A `uint32`.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// A `uint64`.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// An `opaque x<V>`.
    pub fn opaque(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        match length {
            0..64 => self.u8(u8::try_from(length).unwrap_or(0)),
            64..16_384 => self.u16(u16::try_from(length).unwrap_or(0) | 0x4000),
            _ => self.u32(length | 0x8000_0000),
        };
        self.raw(bytes)
    }
}
