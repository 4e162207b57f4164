//! Sceau's own vectors of groups (`test-vectors/group`), which the executable specification has made: all of them.

mod basics;
mod delivery;
mod devices;
mod leaves;
mod messages;
mod trees;

use super::crypto::Crypto;
use super::suite::CipherSuite;
use crate::crypto::{Provider, Secret};
use crate::error::Error;
use core::convert::Infallible;
use sceau_test_vectors::{Fields, Vector, folder, load_whole};
use std::collections::VecDeque;
use std::vec::Vec;

/// The topics, and how many vectors each has at the least.
const TOPICS: [(&str, usize); 12] = [
    ("group-capabilities", 39),
    ("group-crypto", 74),
    ("group-delivery", 114),
    ("group-framing", 73),
    ("group-key-schedule", 51),
    ("group-leaf-credential", 78),
    ("group-limits", 12),
    ("group-psk", 21),
    ("group-secret-tree", 48),
    ("group-transcript-hashes", 9),
    ("group-tree", 66),
    ("group-tree-math", 17),
];

/// Runs the vectors of a topic. `run` compares all outputs itself; what it refuses must be what the vector says.
fn run_all(topic: &str, run: impl Fn(&str, &Fields, &Vector) -> Result<(), Error>) {
    let file = load_whole(topic).unwrap();
    let (_, least) = TOPICS.into_iter().find(|(name, _)| *name == topic).unwrap();
    assert!(file.vectors.len() >= least, "{topic}: {} vectors", file.vectors.len());
    for vector in &file.vectors {
        let operation = vector.input.text("operation").unwrap();
        let result = run(operation, &vector.input, vector).map_err(|error| error.class());
        let expected = if vector.valid { Ok(()) } else { Err(vector.error().unwrap()) };
        assert_eq!(result, expected, "{} {}", vector.id, vector.description);
    }
}

#[test]
fn no_topic_is_left_out() {
    let manifest = std::fs::read(folder().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let paths = manifest["files"].as_array().unwrap().iter();
    let paths = paths.filter_map(|entry| entry["path"].as_str());
    let mut topics: Vec<_> =
        paths.filter_map(|path| path.strip_prefix("group/")?.strip_suffix(".json")).collect();
    topics.sort_unstable();
    assert_eq!(topics, TOPICS.map(|(name, _)| name));
}

fn crypto(input: &Fields) -> Crypto {
    let value = u16::try_from(input.u64("cipher_suite").unwrap()).unwrap();
    Crypto::new(&Provider::Default, CipherSuite::from_u16(value).unwrap())
}

fn secret(fields: &Fields, name: &str) -> Secret {
    Secret::from_vec(fields.bytes(name).unwrap())
}

fn number(fields: &Fields, name: &str) -> u32 {
    u32::try_from(fields.u64(name).unwrap()).unwrap()
}

/// Compares an output, or a step where the vector has it.
fn same(vector: &Vector, name: &str, got: &[u8]) {
    let out = vector.out().unwrap();
    let fields = if out.has(name) { out } else { vector.steps.as_ref().unwrap() };
    let expected = fields.bytes(name).unwrap();
    assert_eq!(hex::encode(got), hex::encode(expected), "{} {name}", vector.id);
}

/// Gives the draws of a vector, each of exactly the length that is asked for.
struct Fed(VecDeque<Vec<u8>>);

impl Fed {
    fn new(draws: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(draws.into_iter().collect())
    }
}

impl rand_core::TryRng for Fed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let draw = self.0.pop_front().expect("a draw that the vector does not have");
        assert_eq!(draw.len(), out.len(), "the length of a draw");
        out.copy_from_slice(&draw);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fed {}
