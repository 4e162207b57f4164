//! An encoding that knows where its lengths, presence bytes, enumerations and extensions stand, so
//! that one of them can be spoilt and all lengths around it still be right.

/// What stands at a place of an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The length of bytes.
    Opaque,
    /// The length of a list of structures.
    Items,
    /// The length of a list of extensions.
    Extensions,
    /// A presence byte.
    Presence,
    /// A version byte.
    Version,
    /// An enumeration of one byte.
    Choice,
}

/// A place of interest.
#[derive(Clone, Debug)]
pub struct Mark {
    /// What stands there.
    pub what: What,
    /// Its first byte.
    pub at: usize,
    /// Bytes that it takes.
    pub size: usize,
    /// A length's value.
    pub length: usize,
    /// The marks of the lengths around it, the innermost last.
    around: Vec<usize>,
}

/// An encoding under construction.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

/// The encoding of a length: the fewest bytes that hold it.
#[must_use]
pub fn length(value: usize) -> Vec<u8> {
    let bytes = (value as u32).to_be_bytes();
    match value {
        0..0x40 => bytes[3..].to_vec(),
        0x40..0x4000 => vec![0x40 | bytes[2], bytes[3]],
        _ => vec![0x80 | bytes[0], bytes[1], bytes[2], bytes[3]],
    }
}

impl Draft {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Draft::default()
    }

    /// The encoding.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The places.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Bytes as they are: integers and arrays of fixed size.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// An `uint8`.
    #[must_use]
    pub fn u8(self, value: u8) -> Self {
        self.raw(&[value])
    }

    /// An `uint16`.
    #[must_use]
    pub fn u16(self, value: u16) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// An `uint32`.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// An `uint64`.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// The version byte.
    #[must_use]
    pub fn version(self) -> Self {
        self.mark(What::Version, 1, 0).u8(0)
    }

    /// An enumeration of one byte.
    #[must_use]
    pub fn choice(self, value: u8) -> Self {
        self.mark(What::Choice, 1, 0).u8(value)
    }

    /// `opaque x<V>`.
    #[must_use]
    pub fn opaque(self, bytes: &[u8]) -> Self {
        let prefix = length(bytes.len());
        self.mark(What::Opaque, prefix.len(), bytes.len()).raw(&prefix).raw(bytes)
    }

    /// `T x<V>`.
    #[must_use]
    pub fn items(self, content: Draft) -> Self {
        self.vector(What::Items, content)
    }

    /// `Extension x<V>`.
    #[must_use]
    pub fn extensions(self, list: &[(u16, &[u8])]) -> Self {
        let content = list.iter().fold(Draft::new(), |d, &(kind, data)| d.u16(kind).opaque(data));
        self.vector(What::Extensions, content)
    }

    /// `optional<T>`.
    #[must_use]
    pub fn optional(self, value: Option<Draft>) -> Self {
        let marked = self.mark(What::Presence, 1, 0);
        match value {
            Some(value) => marked.u8(1).then(value),
            None => marked.u8(0),
        }
    }

    /// A structure inside this one.
    #[must_use]
    pub fn then(mut self, inner: Draft) -> Self {
        let (at, index) = (self.bytes.len(), self.marks.len());
        self.marks.extend(inner.marks.into_iter().map(|mark| Mark {
            at: mark.at + at,
            around: mark.around.iter().map(|outer| outer + index).collect(),
            ..mark
        }));
        self.raw(&inner.bytes)
    }

    /// With `remove` bytes replaced by `insert`, `offset` bytes from a mark, and all lengths around
    /// the mark set right.
    #[must_use]
    pub fn spliced(&self, mark: &Mark, offset: usize, remove: usize, insert: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = mark.at + offset;
        bytes.splice(at..at + remove, insert.iter().copied());
        let (mut gained, mut lost) = (insert.len(), remove);
        for &outer in mark.around.iter().rev() {
            let outer = &self.marks[outer];
            let prefix = length(outer.length + gained - lost);
            (gained, lost) = (gained + prefix.len(), lost + outer.size);
            bytes.splice(outer.at..outer.at + outer.size, prefix);
        }
        bytes
    }

    /// Where the innermost list around a mark ends.
    #[must_use]
    pub fn end(&self, mark: &Mark) -> usize {
        let outer = mark.around.last().map(|&outer| &self.marks[outer]);
        outer.map_or(self.bytes.len(), |outer| outer.at + outer.size + outer.length)
    }

    fn vector(mut self, what: What, content: Draft) -> Self {
        let prefix = length(content.bytes.len());
        let index = self.marks.len();
        self = self.mark(what, prefix.len(), content.bytes.len()).raw(&prefix);
        let at = self.bytes.len();
        self.marks.extend(content.marks.into_iter().map(|mark| {
            let inner = mark.around.iter().map(|outer| outer + index + 1);
            let around = std::iter::once(index).chain(inner).collect();
            Mark { at: mark.at + at, around, ..mark }
        }));
        self.raw(&content.bytes)
    }

    fn mark(mut self, what: What, size: usize, length: usize) -> Self {
        let at = self.bytes.len();
        self.marks.push(Mark { what, at, size, length, around: Vec::new() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, What, length};

    #[test]
    fn lengths_around_a_change_are_set_right() {
        let inner = Draft::new().opaque(&[7; 62]);
        let draft = Draft::new().u8(9).items(inner).u8(8);
        assert_eq!(draft.bytes()[..3], [9, 63, 62]);
        let mark = draft.marks().iter().find(|mark| mark.what == What::Opaque);
        let mark = mark.map(|mark| draft.spliced(mark, 1, 0, &[1, 2]));
        let bytes = mark.unwrap_or_default();
        assert_eq!(bytes[..6], [9, 0x40, 65, 62, 1, 2]);
        assert_eq!((bytes.len(), bytes.last()), (draft.bytes().len() + 3, Some(&8)));
    }

    #[test]
    fn a_length_takes_the_fewest_bytes() {
        assert_eq!(length(63), [63]);
        assert_eq!(length(64), [0x40, 64]);
        assert_eq!(length(16_383), [0x7f, 0xff]);
        assert_eq!(length(16_384), [0x80, 0, 0x40, 0]);
    }
}
