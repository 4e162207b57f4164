//! The bare primitives of each operation.

use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use libcrux_ml_kem::mlkem768;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes of a header of `core`.
const HEADER: usize = 40;
/// Associated data of a header: label, wire format, session id.
const HEADER_AAD: [u8; 49] = [5; 49];
/// Associated data of a body without the caller's: label, wire format, session id, sealed header.
const MESSAGE_AAD: [u8; 108] = [5; 108];
/// Info of an expansion: length, label, no context.
const INFO: [u8; 20] = [7; 20];
/// Info of an expansion with a context of 34 bytes.
const CONTEXT_INFO: [u8; 54] = [7; 54];

/// `N` expansions to 32 bytes from one secret.
fn expand<const N: usize>(secret: &[u8; 32], info: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let hkdf = Hkdf::<Sha256>::from_prk(black_box(secret)).unwrap();
    for _ in 0..N {
        hkdf.expand(black_box(info), &mut out).unwrap();
    }
    out
}

fn extract(salt: &[u8; 32], ikm: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(black_box(salt)), black_box(ikm)).0.into()
}

fn seal(key: &[u8; 32], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
    let cipher = Aes256GcmSiv::new(black_box(&(*key).into()));
    cipher.encrypt_inout_detached(&[0; 12].into(), aad, data.into()).unwrap().into()
}

fn open(key: &[u8; 32], aad: &[u8], data: &mut [u8], tag: [u8; 16]) {
    let cipher = Aes256GcmSiv::new(black_box(&(*key).into()));
    cipher.decrypt_inout_detached(&[0; 12].into(), aad, data.into(), &tag.into()).unwrap();
}

/// Key and nonce of a message, and the next chain key: two expansions of the chain key, two of the
/// message key.
fn message_keys(chain: &[u8; 32]) -> ([u8; 32], [u8; 32]) {
    let message = expand::<2>(chain, &INFO);
    (message, expand::<2>(&message, &INFO))
}

/// A message as the floor has it: sealed header and body with their tags.
#[derive(Clone)]
pub struct Sealed {
    header: [u8; HEADER],
    header_tag: [u8; 16],
    body: Vec<u8>,
    body_tag: [u8; 16],
}

/// `encrypt` of a framed plaintext of `framed` bytes.
#[must_use]
pub fn encrypt(framed: &[u8]) -> Sealed {
    let (_, key) = message_keys(&[1; 32]);
    let (mut header, mut body) = ([3; HEADER], framed.to_vec());
    let header_tag = seal(&[2; 32], &HEADER_AAD, &mut header);
    let body_tag = seal(&key, &MESSAGE_AAD, &mut body);
    Sealed { header, header_tag, body, body_tag }
}

/// `decrypt` of such a message in the current chain.
#[must_use]
pub fn decrypt(sealed: &Sealed) -> Vec<u8> {
    let (mut header, mut body) = (sealed.header, sealed.body.clone());
    open(&[2; 32], &HEADER_AAD, &mut header, sealed.header_tag);
    let (_, key) = message_keys(&[1; 32]);
    open(&key, &MESSAGE_AAD, &mut body, sealed.body_tag);
    body
}

/// `kdf_rk`: an extraction and three expansions.
fn root(dh: [u8; 32]) {
    let prk = extract(&[4; 32], &dh);
    black_box(expand::<3>(&prk, &CONTEXT_INFO));
}

fn agree(private: &StaticSecret, public: &PublicKey) -> [u8; 32] {
    private.diffie_hellman(black_box(public)).to_bytes()
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

    /// Two agreements, a new key pair, two root steps.
    pub fn run(&self) {
        root(agree(&self.private, &self.public));
        black_box(pair(11));
        root(agree(&self.private, &self.public));
    }
}

impl Default for Step {
    fn default() -> Self {
        Self::new()
    }
}

/// A DH step of `decrypt`. The header is tried with the current header key before the next one opens it.
pub fn dh_step(step: &Step) {
    step.run();
    let cipher = Aes256GcmSiv::new(black_box(&[8; 32].into()));
    let mut header = [3; HEADER];
    let tried = cipher.decrypt_inout_detached(
        &[0; 12].into(),
        &HEADER_AAD,
        (&mut header[..]).into(),
        &[0; 16].into(),
    );
    assert!(tried.is_err());
}

fn pair(byte: u8) -> (StaticSecret, PublicKey) {
    let private = StaticSecret::from(black_box([byte; 32]));
    let public = PublicKey::from(&private);
    (private, public)
}

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
}

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

impl Handshake {
    /// Fixed keys.
    #[must_use]
    pub fn new() -> Self {
        let (private, public) = pair(21);
        let signing = SigningKey::from_bytes(&[22; 32]);
        let signed = vec![23; SIGNED];
        let keys = mlkem768::generate_key_pair([24; 64]);
        let (ciphertext, _) = mlkem768::encapsulate(keys.public_key(), [25; 32]);
        Handshake {
            step: Step::new(),
            private,
            public,
            verifying: signing.verifying_key(),
            signature: signing.sign(&signed),
            signed,
            encapsulation: keys.public_key().clone(),
            ciphertext,
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
        for _ in 0..2 {
            black_box(Sha256::digest(black_box([6; REFERENCE])));
        }
    }

    fn agree(&self, n: usize) {
        for _ in 0..n {
            black_box(agree(&self.private, &self.public));
        }
    }

    /// The hashes and derivations of the key schedule, and the sealing of the identity.
    fn schedule(&self, identity: impl FnOnce(&[u8; 32])) {
        black_box(Sha256::digest(black_box([6; PROLOGUE])));
        let secret = extract(&[0; 32], &[6; 64]);
        identity(&expand::<2>(&secret, &CONTEXT_INFO));
        black_box(Sha256::digest(black_box([6; TRANSCRIPT])));
        let secret = extract(&[0; 32], &[6; 224]);
        black_box(expand::<6>(&secret, &CONTEXT_INFO));
        black_box(Sha256::digest(black_box([6; HANDSHAKE])));
    }

    /// The Merkle paths of three keys in a batch of 22: leaves and five nodes each.
    fn paths(&self) {
        for leaf in [39, 39, 1_192] {
            black_box(Sha256::digest(&black_box([6; 1_192])[..leaf]));
            for _ in 0..5 {
                black_box(Sha256::digest(black_box([6; 65])));
            }
        }
    }

    /// `initiate` and `encrypt`: three signatures (list, credential, batch), two references, paths, the KEM key's check, two
    /// key pairs, five agreements and the ratchet's, encapsulation, key schedule, and the message.
    pub fn first_out(&self, framed: &[u8]) {
        self.verify(3);
        self.references();
        self.paths();
        black_box(mlkem768::validate_public_key(&self.encapsulation));
        black_box((pair(31), pair(32)));
        self.agree(5);
        black_box(mlkem768::encapsulate(&self.encapsulation, black_box([33; 32])));
        self.schedule(|key| {
            black_box(seal(key, &[0; 32], &mut [1; IDENTITY]));
        });
        root(agree(&self.private, &self.public));
        black_box(encrypt(framed));
    }

    /// `accept`: the KEM key pair from its seed and decapsulation, the public keys of the signed and the one-time
    /// prekey, of which the state keeps the private ones alone, five agreements, two signatures (list, credential), key
    /// schedule, the ratchet's first step, and the message.
    pub fn first_in(&self, sealed: &Sealed, identity: &[u8], tag: [u8; 16]) {
        let keys = mlkem768::generate_key_pair(black_box([24; 64]));
        black_box(mlkem768::decapsulate(keys.private_key(), black_box(&self.ciphertext)));
        black_box((pair(31), pair(32)));
        self.agree(5);
        self.schedule(|_| open(&[41; 32], &[0; 32], &mut identity.to_vec(), tag));
        self.verify(2);
        self.references();
        self.step.run();
        black_box(decrypt(sealed));
    }

    /// A sealed identity for [`first_in`](Self::first_in), with its tag.
    #[must_use]
    pub fn identity() -> (Vec<u8>, [u8; 16]) {
        let mut identity = vec![1; IDENTITY];
        let tag = seal(&[41; 32], &[0; 32], &mut identity);
        (identity, tag)
    }
}

impl Default for Handshake {
    fn default() -> Self {
        Self::new()
    }
}
