//! Fed randomness: every random byte of a run comes from one seed.
//!
//! ```text
//! case_seed = HKDF-Expand(HKDF-Extract("sceau conformance 0", seed), case id, 32)
//! value     = HKDF-Expand(HKDF-Extract("sceau conformance 0 rand", case_seed),
//!                         party || 0x00 || decimal request id || 0x00 || name, length)
//! ```
//!
//! Both with HMAC-SHA-256 (RFC 5869). The twins of a case get the same `case_seed`, so that nothing
//! but the deviation tells them apart. An adapter that is seeded gets `case_seed` and derives
//! `value` itself; one that is fed gets `value`.

use hkdf::Hkdf;
use sha2::Sha256;
use std::io::Read;

/// The seed of a run, or of one case in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// The seed of runs for which none is given: 32 zero bytes.
    pub const DEFAULT: Seed = Seed([0; 32]);

    /// A seed from the operating system.
    ///
    /// # Errors
    /// There is no `/dev/urandom`.
    pub fn fresh() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
        Ok(Seed(seed))
    }

    /// The seed of one case.
    #[must_use]
    pub fn case(&self, id: &str) -> Seed {
        let mut seed = [0; 32];
        expand("sceau conformance 0", &self.0, id.as_bytes(), &mut seed);
        Seed(seed)
    }

    /// One random value of a case.
    #[must_use]
    pub fn value(&self, party: &str, request: u64, name: &str, length: usize) -> Vec<u8> {
        let mut value = vec![0; length];
        let info = format!("{party}\0{request}\0{name}");
        expand("sceau conformance 0 rand", &self.0, info.as_bytes(), &mut value);
        value
    }
}

/// Fills `output`; at most 8160 bytes, and more stay zero.
fn expand(salt: &str, key: &[u8], info: &[u8], output: &mut [u8]) {
    let hkdf = Hkdf::<Sha256>::new(Some(salt.as_bytes()), key);
    let _ = hkdf.expand(info, output);
}

#[cfg(test)]
mod tests {
    use super::Seed;
    use crate::digest::hex;

    #[test]
    fn values_differ_by_every_input() {
        let seed = Seed::DEFAULT.case("META-ECHO-001p");
        let value = seed.value("alice", 1, "ek", 8);
        for other in [
            Seed::DEFAULT.case("META-ECHO-002p").value("alice", 1, "ek", 8),
            seed.value("bob", 1, "ek", 8),
            seed.value("alice", 2, "ek", 8),
            seed.value("alice", 1, "spk", 8),
        ] {
            assert_ne!(value, other);
        }
        assert_eq!(hex(&value), hex(&seed.value("alice", 1, "ek", 16)[..8]));
    }
}
