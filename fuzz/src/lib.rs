//! What the fuzz targets share: two devices with a session, and bytes that were honest once.

pub mod groups;
#[allow(missing_docs)]
#[path = "../../spec/tests/history/mod.rs"]
pub mod history;
mod scene;

pub use scene::{Altered, AnyFrame, Honest, Scene, honest};

use sceau::Wire;

/// What decodes re-encodes to the same bytes.
pub fn decodes<T: Wire>(bytes: &[u8]) {
    if let Ok(value) = T::from_bytes(bytes) {
        assert_eq!(value.to_bytes(), bytes);
    }
}

/// What decodes is its encoding and zeros behind it.
pub fn decodes_padded<T: Wire>(bytes: &[u8]) {
    if let Ok(value) = T::from_bytes(bytes) {
        let encoding = value.to_bytes();
        let (front, padding) = bytes.split_at(encoding.len());
        assert_eq!(front, encoding);
        assert!(padding.iter().all(|byte| *byte == 0));
    }
}
