//! Messages, and the ratchet's steps.

use super::{agree, expand, extract, info, open, pair, seal};
use std::hint::black_box;
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes of a header of `core`.
const HEADER: usize = 40;
/// Associated data of a header: label, wire format, session id.
const HEADER_AAD: [u8; 49] = [5; 49];
/// Associated data of a body without the caller's: label, wire format, session id, sealed header.
const MESSAGE_AAD: [u8; 108] = [5; 108];

/// The keys that a chain and its headers begin with.
const CHAIN: [u8; 32] = [1; 32];
const HEADER_KEY: [u8; 32] = [2; 32];

/// The next chain key and the message key.
fn advance(chain: &[u8; 32]) -> [[u8; 32]; 2] {
    expand(chain, [info("chain", 0), info("message", 0)])
}

/// Key and nonce of a message: two expansions of its message key.
fn message_key(message: &[u8; 32]) -> [u8; 32] {
    expand(message, [info("message key", 0), info("message nonce", 0)])[0]
}

/// A message as the floor has it: sealed header and body with their tags.
#[derive(Clone)]
pub struct Sealed {
    header: [u8; HEADER],
    header_tag: [u8; 16],
    body: Vec<u8>,
    body_tag: [u8; 16],
}

/// `encrypt` of a framed plaintext.
#[must_use]
pub fn encrypt(framed: &[u8]) -> Sealed {
    encrypt_at(&CHAIN, framed)
}

/// The same behind a gap.
#[must_use]
pub fn encrypt_behind(skipped: usize, framed: &[u8]) -> Sealed {
    encrypt_at(&(0..skipped).fold(CHAIN, |chain, _| advance(&chain)[0]), framed)
}

fn encrypt_at(chain: &[u8; 32], framed: &[u8]) -> Sealed {
    let [_, message] = advance(chain);
    let (mut header, mut body) = ([3; HEADER], framed.to_vec());
    let header_tag = seal(&HEADER_KEY, &HEADER_AAD, &mut header);
    let body_tag = seal(&message_key(&message), &MESSAGE_AAD, &mut body);
    Sealed { header, header_tag, body, body_tag }
}

/// `decrypt` of such a message in the current chain, behind a gap.
#[must_use]
pub fn decrypt(skipped: usize, sealed: &Sealed) -> Vec<u8> {
    let (mut header, mut body) = (sealed.header, sealed.body.clone());
    assert!(open(&HEADER_KEY, &HEADER_AAD, &mut header, sealed.header_tag));
    let mut chain = CHAIN;
    for _ in 0..skipped {
        let [next, message] = advance(&chain);
        black_box(message);
        chain = next;
    }
    let [_, message] = advance(&chain);
    assert!(open(&message_key(&message), &MESSAGE_AAD, &mut body, sealed.body_tag));
    body
}

/// A header that does not open.
pub fn try_header() {
    assert!(!open(&[8; 32], &HEADER_AAD, &mut [3; HEADER], [0; 16]));
}

/// `kdf_rk`: an extraction and three expansions.
pub(super) fn root(dh: [u8; 32]) {
    // Session id with its length, and flags.
    let infos = ["ratchet root", "ratchet chain", "ratchet header"].map(|label| info(label, 35));
    black_box(expand(&extract(&[4; 32], &dh), infos));
}

/// What a DH step works on.
pub struct Step {
    private: StaticSecret,
    public: PublicKey,
}

impl Step {
    /// Fixed keys.
    #[must_use]
    pub fn new() -> Self {
        let (private, public) = pair(9);
        Self { private, public }
    }

    /// One agreement, and its root step.
    pub(super) fn half(&self) {
        root(agree(&self.private, &self.public));
    }

    /// Two agreements, a new key pair, two root steps.
    pub(super) fn run(&self) {
        self.half();
        black_box(pair(11));
        self.half();
    }

    /// A DH step of `decrypt`. The header is tried with the current header key before the next one opens it.
    pub fn receive(&self) {
        self.run();
        try_header();
    }
}

impl Default for Step {
    fn default() -> Self {
        Self::new()
    }
}
