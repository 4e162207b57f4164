//! Published values, as `conformance/vectors/README.md` lists them.

use crate::case::{Outcome, Stop};
use std::collections::BTreeMap;

/// A file of values.
#[derive(Clone, Copy, Debug)]
pub enum File {
    /// `aes256gcmsiv.json`
    Aes256GcmSiv,
    /// `ed25519.json`
    Ed25519,
    /// `hkdf_sha256.json`
    HkdfSha256,
    /// `hmac_sha256.json`
    HmacSha256,
    /// `mlkem768.json`
    MlKem768,
    /// `x25519.json`
    X25519,
}

/// One test: names and values.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct Row(BTreeMap<String, String>);

impl Row {
    /// A value of the row, empty if it has none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

#[derive(serde::Deserialize)]
struct Content {
    groups: BTreeMap<String, Vec<Row>>,
}

/// The rows of a group.
///
/// # Errors
/// The file has no such group; nothing can be said then.
pub fn rows(file: File, group: &str) -> Outcome<Vec<Row>> {
    let text = match file {
        File::Aes256GcmSiv => include_str!("../../vectors/aes256gcmsiv.json"),
        File::Ed25519 => include_str!("../../vectors/ed25519.json"),
        File::HkdfSha256 => include_str!("../../vectors/hkdf_sha256.json"),
        File::HmacSha256 => include_str!("../../vectors/hmac_sha256.json"),
        File::MlKem768 => include_str!("../../vectors/mlkem768.json"),
        File::X25519 => include_str!("../../vectors/x25519.json"),
    };
    let content: Content = serde_json::from_str(text)
        .map_err(|error| Stop::Inconclusive(format!("{file:?}: {error}")))?;
    match content.groups.get(group) {
        Some(rows) if !rows.is_empty() => Ok(rows.clone()),
        _ => Err(Stop::Inconclusive(format!("{file:?} has no rows of {group}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{File, rows};

    #[test]
    fn no_row_is_lost() {
        for (file, group, count) in [
            (File::X25519, "valid", 3),
            (File::X25519, "edge", 45),
            (File::X25519, "non_canonical", 13),
            (File::X25519, "low_order", 14),
            (File::Ed25519, "small_order_key", 8),
            (File::Ed25519, "non_canonical_key", 6),
            (File::Ed25519, "small_order_r", 5),
            (File::Ed25519, "non_canonical_r", 5),
            (File::Ed25519, "large_s", 3),
            (File::Ed25519, "cofactored_only", 3),
            (File::Ed25519, "mixed_order", 2),
            (File::Ed25519, "valid", 22),
            (File::Ed25519, "invalid", 63),
            (File::Aes256GcmSiv, "seal", 44),
            (File::Aes256GcmSiv, "invalid", 34),
            (File::Aes256GcmSiv, "nul", 3),
            (File::HkdfSha256, "valid", 22),
            (File::HkdfSha256, "rfc5869", 3),
            (File::HmacSha256, "valid", 33),
            (File::MlKem768, "keygen", 4),
            (File::MlKem768, "encap", 9),
            (File::MlKem768, "modulus", 12),
            (File::MlKem768, "decap", 9),
            (File::MlKem768, "rejection", 5),
            (File::MlKem768, "strcmp", 1),
            (File::MlKem768, "expanded", 9),
        ] {
            let found = rows(file, group).map(|rows| rows.len());
            assert_eq!(found, Ok(count), "{file:?} {group}");
        }
    }
}
