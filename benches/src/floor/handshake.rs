//! Prekeys and first messages.

use super::message::{Sealed, Step, decrypt, encrypt};
use super::{agree, expand, extract, hash, info, open, pair, seal};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use libcrux_ml_kem::mlkem768;
use std::hint::black_box;
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes of the encoded prologue of `core` with its KEM key and ciphertext, for accounts without an issuer.
const PROLOGUE: usize = 2_786;
/// Bytes of the encoded transcript.
const TRANSCRIPT: usize = 1_009;
/// Bytes that `handshake_ref` hashes.
const HANDSHAKE: usize = 1_693;
/// Bytes of a credential or device list with its label.
const REFERENCE: usize = 232;
/// Bytes of a TBS with its label, as it is signed.
const SIGNED: usize = 170;
/// Bytes of the padded `InitiatorIdentity`.
const IDENTITY: usize = 512;
/// What the key schedule puts out.
const OUTPUTS: [&str; 6] =
    ["root", "header initiator", "header responder", "pq ratchet", "session id", "exporter"];
/// Bytes of the leaf of a prekey in the batch's tree.
const LEAF: usize = 39;
/// Bytes of the leaf of a KEM prekey.
const KEM_LEAF: usize = 1_192;
/// Bytes of an inner node.
const NODE: usize = 65;

/// Keys and values that the floors of the handshake work on.
pub struct Handshake {
    step: Step,
    private: StaticSecret,
    public: PublicKey,
    verifying: VerifyingKey,
    signature: Signature,
    signed: Vec<u8>,
    encapsulation: mlkem768::MlKem768PublicKey,
    ciphertext: mlkem768::MlKem768Ciphertext,
    identity: Vec<u8>,
    identity_tag: [u8; 16],
}

impl Handshake {
    /// Fixed keys.
    #[must_use]
    pub fn new() -> Self {
        let (private, public) = pair(21);
        let signing = SigningKey::from_bytes(&[22; 32]);
        let signed = vec![23; SIGNED];
        let keys = mlkem768::generate_key_pair([24; 64]);
        let (ciphertext, _) = mlkem768::encapsulate(keys.public_key(), [25; 32]);
        let mut identity = vec![1; IDENTITY];
        let identity_tag = seal(&[41; 32], &[0; 32], &mut identity);
        Handshake {
            step: Step::new(),
            private,
            public,
            verifying: signing.verifying_key(),
            signature: signing.sign(&signed),
            signed,
            encapsulation: keys.public_key().clone(),
            ciphertext,
            identity,
            identity_tag,
        }
    }

    fn verify(&self, n: usize) {
        for _ in 0..n {
            let key = VerifyingKey::from_bytes(black_box(self.verifying.as_bytes())).unwrap();
            key.verify_strict(black_box(&self.signed), &self.signature).unwrap();
        }
    }

    /// Account id and `credential_ref`.
    fn references(&self) {
        hash::<REFERENCE>();
        hash::<REFERENCE>();
    }

    fn agree(&self, n: usize) {
        for _ in 0..n {
            black_box(agree(&self.private, &self.public));
        }
    }

    /// The hashes and derivations of the key schedule, and the sealing of the identity.
    fn schedule(&self, identity: impl FnOnce(&[u8; 32])) {
        hash::<PROLOGUE>();
        let secret = extract(&[0; 32], &[6; 64]);
        identity(&expand(&secret, ["identity key", "identity nonce"].map(|l| info(l, 32)))[0]);
        hash::<TRANSCRIPT>();
        let secret = extract(&[0; 32], &[6; 224]);
        black_box(expand(&secret, OUTPUTS.map(|label| info(label, 32))));
        hash::<HANDSHAKE>();
    }

    /// `create_batch` of a signed prekey, a last-resort KEM prekey and so many one-time keys of each: the key pairs, the
    /// tree, one signature.
    pub fn batch(&self, keys: u32) {
        for _ in 0..=keys {
            black_box(pair(31));
            hash::<LEAF>();
            black_box(mlkem768::generate_key_pair(black_box([24; 64])));
            hash::<KEM_LEAF>();
        }
        for _ in 0..2 * keys + 1 {
            hash::<NODE>();
        }
        hash::<REFERENCE>();
        black_box(SigningKey::from_bytes(black_box(&[22; 32])).sign(black_box(&self.signed)));
    }

    /// `verify_bundle`: three signatures (list, credential, batch), two references, the Merkle paths of three keys in a
    /// batch of 22 (a leaf and five nodes each), the KEM key's check.
    pub fn bundle(&self) {
        self.verify(3);
        self.references();
        hash::<LEAF>();
        hash::<LEAF>();
        hash::<KEM_LEAF>();
        for _ in 0..3 * 5 {
            hash::<NODE>();
        }
        black_box(mlkem768::validate_public_key(&self.encapsulation));
    }

    /// `initiate` and `encrypt`: the bundle, two key pairs, five agreements and the ratchet's, encapsulation, key
    /// schedule, and the message.
    pub fn first_out(&self, framed: &[u8]) {
        self.bundle();
        black_box((pair(31), pair(32)));
        self.agree(5);
        black_box(mlkem768::encapsulate(&self.encapsulation, black_box([33; 32])));
        self.schedule(|key| {
            black_box(seal(key, &[0; 32], &mut [1; IDENTITY]));
        });
        self.step.half();
        black_box(encrypt(framed));
    }

    /// `accept`: the KEM key pair from its seed and decapsulation, the public keys of the signed and the one-time
    /// prekey, of which the state keeps the private ones alone, five agreements, two signatures (list, credential), key
    /// schedule, the ratchet's first step, and the message.
    pub fn first_in(&self, sealed: &Sealed) {
        let keys = mlkem768::generate_key_pair(black_box([24; 64]));
        black_box(mlkem768::decapsulate(keys.private_key(), black_box(&self.ciphertext)));
        black_box((pair(31), pair(32)));
        self.agree(5);
        self.schedule(|_| {
            let mut identity = self.identity.clone();
            assert!(open(&[41; 32], &[0; 32], &mut identity, self.identity_tag));
        });
        self.verify(2);
        self.references();
        self.step.run();
        black_box(decrypt(0, sealed));
    }
}

impl Default for Handshake {
    fn default() -> Self {
        Self::new()
    }
}
