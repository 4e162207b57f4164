//! Ids of accounts and records: short, and copied with each message.

use alloc::boxed::Box;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

/// Most bytes that are kept in place: a digest, behind a number.
const SHORT: usize = 36;

/// The bytes of an id, compared as bytes. Those of the usual lengths take no allocation.
#[derive(Clone)]
pub(crate) enum IdBytes {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl IdBytes {
    pub(crate) fn new(id: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..id.len()), u8::try_from(id.len())) {
            (Some(short), Ok(length)) => {
                short.copy_from_slice(id);
                Self::Short { length, bytes }
            }
            _ => Self::Long(id.into()),
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl PartialEq for IdBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for IdBytes {}

impl PartialOrd for IdBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for IdBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_length_compare_as_their_bytes() {
        let all: [&[u8]; 6] = [&[], &[0], &[0; 36], &[0; 37], &[1; 36], &[1; 64]];
        for a in all {
            assert_eq!(IdBytes::new(a).as_slice(), a);
            for b in all {
                assert_eq!(IdBytes::new(a).cmp(&IdBytes::new(b)), a.cmp(b));
                assert_eq!(IdBytes::new(a) == IdBytes::new(b), a == b);
            }
        }
    }
}
