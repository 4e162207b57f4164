//! The bare primitives of each operation, in suite 0x0001.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, KeyInit};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes of a leaf node, as a member of Sceau signs it, and of what is hashed for a parent node.
const LEAF: usize = 260;
const BLANK_PARENT: usize = 68;
const PARENT: usize = 136;
/// Bytes of the secrets in a Welcome.
const GROUP_SECRETS: usize = 68;
/// Bytes of a path secret, encrypted to one recipient.
const CIPHERTEXT: usize = 32 + 1 + 48 + 1;

/// To how many bytes a content of this length is padded: the bucket of the protocol.
#[must_use]
pub fn bucket(content: usize) -> usize {
    let small = [256, 512, 1_024, 2_048].into_iter().find(|bucket| content <= *bucket);
    small.unwrap_or_else(|| content.next_multiple_of(4_096))
}

fn expand(secret: &[u8; 32], outputs: &mut [&mut [u8]]) {
    let hkdf = Hkdf::<Sha256>::from_prk(black_box(secret)).unwrap();
    for out in outputs {
        hkdf.expand(black_box(&[7; 20]), out).unwrap();
    }
}

fn extract(salt: &[u8], ikm: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(black_box(salt)), black_box(ikm)).0.into()
}

fn seal(key: &[u8; 16], data: &mut [u8]) -> [u8; 16] {
    let cipher = Aes128Gcm::new(black_box(&(*key).into()));
    cipher.encrypt_inout_detached(&[0; 12].into(), b"", data.into()).unwrap().into()
}

fn open(key: &[u8; 16], data: &mut [u8], tag: [u8; 16]) -> bool {
    let cipher = Aes128Gcm::new(black_box(&(*key).into()));
    cipher.decrypt_inout_detached(&[0; 12].into(), b"", data.into(), &tag.into()).is_ok()
}

/// The key schedule of HPKE, from a shared secret to key and nonce.
fn hpke_keys(shared: &[u8; 32], public: &[u8; 64]) -> [u8; 16] {
    let prk = extract(&[], shared);
    let mut secret = [0; 32];
    Hkdf::<Sha256>::from_prk(&prk).unwrap().expand(public, &mut secret).unwrap();
    let secret = extract(&secret, b"secret");
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    let hkdf = Hkdf::<Sha256>::from_prk(&secret).unwrap();
    hkdf.expand(black_box(&[7; 100]), &mut key).unwrap();
    hkdf.expand(black_box(&[7; 100]), &mut nonce).unwrap();
    key
}

/// `DeriveKeyPair` of X25519.
fn key_pair(ikm: &[u8; 32]) -> (StaticSecret, PublicKey) {
    let prk = extract(&[], ikm);
    let mut private = [0; 32];
    expand(&prk, &mut [&mut private]);
    let private = StaticSecret::from(private);
    let public = PublicKey::from(&private);
    (private, public)
}

fn hpke_seal(public: &PublicKey, data: &mut [u8]) {
    let (private, own) = key_pair(black_box(&[3; 32]));
    let shared = private.diffie_hellman(black_box(public));
    let mut context = [0; 64];
    context[..32].copy_from_slice(own.as_bytes());
    black_box(seal(&hpke_keys(shared.as_bytes(), &context), data));
}

fn hpke_open(private: &StaticSecret, public: &PublicKey, data: &mut [u8]) {
    let shared = private.diffie_hellman(black_box(public));
    black_box(open(&hpke_keys(shared.as_bytes(), &[1; 64]), data, [0; 16]));
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(black_box(bytes)).into()
}

/// Something signed, with its keys.
pub struct Signed {
    key: SigningKey,
    public: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Signed {
    fn new(number: u64, length: usize) -> Self {
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let (key, message) = (SigningKey::from_bytes(&seed), vec![number as u8; length]);
        let signature = key.sign(&message).to_bytes();
        Self { public: key.verifying_key().to_bytes(), key, message, signature }
    }

    /// A signature of each of so many members under its leaf.
    #[must_use]
    pub fn leaves(members: usize) -> Vec<Self> {
        (0..members as u64).map(|number| Self::new(number, LEAF)).collect()
    }

    /// A signed message as long as the content of one with so many bytes, in a group's context.
    #[must_use]
    pub fn content(length: usize) -> Self {
        Self::new(0, length + 190)
    }

    /// A signed commit to so many recipients.
    #[must_use]
    pub fn commit(recipients: usize) -> Self {
        Self::content(600 + recipients * CIPHERTEXT)
    }

    fn verify(&self) {
        let key = VerifyingKey::from_bytes(black_box(&self.public)).unwrap();
        let signature = Signature::from_bytes(black_box(&self.signature));
        key.verify_strict(black_box(&self.message), &signature).unwrap();
    }

    fn sign(&self) {
        black_box(black_box(&self.key).sign(black_box(&self.message)));
    }
}

/// Tree hashes: each leaf, each parent node, blank ones or not.
fn hash_tree(leaves: &[Signed], grown: bool) {
    for leaf in leaves {
        black_box(hash(&leaf.message));
        black_box(hash(&[2; PARENT][..if grown { PARENT } else { BLANK_PARENT }]));
    }
}

/// A newcomer verifies the signature of each leaf, and hashes the tree.
pub fn join(leaves: &[Signed], grown: bool) {
    leaves.iter().for_each(Signed::verify);
    hash_tree(leaves, grown);
}

/// A creator verifies both signatures of each key package, hashes the tree, and encrypts to each newcomer.
pub fn create(leaves: &[Signed]) {
    let public = PublicKey::from([9; 32]);
    for leaf in leaves {
        leaf.verify();
        leaf.verify();
        hpke_seal(&public, &mut [0; GROUP_SECRETS]);
    }
    hash_tree(leaves, false);
}

/// What both sides do with a whole commit beside its signature: it is encrypted or decrypted with its padding, and goes into
/// the transcript.
fn carry(signed: &Signed) {
    let mut body = vec![0; bucket(signed.message.len())];
    black_box(seal(&[1; 16], &mut body));
    black_box(hash(&signed.message));
}

/// A committer signs its leaf and its commit, makes the keys of a path, hashes it, and encrypts to each node of its
/// copath.
pub fn commit(signed: &Signed, leaf: &Signed, path: usize, recipients: usize) {
    let public = PublicKey::from([9; 32]);
    leaf.sign();
    signed.sign();
    carry(signed);
    for _ in 0..=path {
        black_box(key_pair(black_box(&[4; 32])));
        black_box(hash(&[2; PARENT]));
        black_box(hash(&[2; PARENT]));
    }
    for _ in 0..recipients {
        hpke_seal(&public, &mut [0; 32]);
    }
}

/// A member verifies the signatures of leaf and commit, decrypts its path secret, derives the key pair that it shares
/// with the committer (one: they have only the root in common), and hashes the committer's path.
pub fn process(signed: &Signed, leaf: &Signed, path: usize) {
    let (private, public) = (StaticSecret::from([5; 32]), PublicKey::from([9; 32]));
    leaf.verify();
    signed.verify();
    carry(signed);
    hpke_open(&private, &public, &mut [0; 32]);
    black_box(key_pair(black_box(&[4; 32])));
    (0..2 * path).for_each(|_| {
        black_box(hash(&[2; PARENT]));
    });
}

/// A signature; the keys of a generation; content and sender data encrypted.
pub fn encrypt(signed: &Signed, padded: usize) {
    signed.sign();
    let (mut key, mut nonce, mut next) = ([0; 16], [0; 12], [0; 32]);
    expand(&[1; 32], &mut [&mut key, &mut nonce, &mut next]);
    let mut body = vec![0; padded];
    black_box(seal(&key, &mut body));
    expand(&[1; 32], &mut [&mut key, &mut nonce]);
    black_box(seal(&key, &mut [0; 12]));
}

/// The same backwards.
pub fn decrypt(signed: &Signed, padded: usize) {
    let (mut key, mut nonce, mut next) = ([0; 16], [0; 12], [0; 32]);
    expand(&[1; 32], &mut [&mut key, &mut nonce]);
    black_box(open(&key, &mut [0; 12], [0; 16]));
    expand(&[1; 32], &mut [&mut key, &mut nonce, &mut next]);
    let mut body = vec![0; padded];
    black_box(open(&key, &mut body, [0; 16]));
    signed.verify();
}
