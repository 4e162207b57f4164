//! Points of low order, wherever a peer can put one (`SUI-01`): each DH alone is refused, and nothing changes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::crypto::{
    AeadAlgorithm, AgreementAlgorithm, CryptoProvider, DefaultProvider, Expand, HashAlgorithm,
    KemAlgorithm, Provider, Secret, SignatureAlgorithm,
};
use sceau::error::ProviderFailed;
use sceau::pairwise::AccountParams;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Result<T> = core::result::Result<T, ProviderFailed>;

const P: DefaultProvider = DefaultProvider;

/// The default provider, but that one public key is another than the private one's.
struct Evil {
    point: [u8; 32],
    /// The how manieth key from now on; 0: none.
    at: AtomicUsize,
}

impl Evil {
    fn new(point: [u8; 32]) -> Arc<Self> {
        Arc::new(Self { point, at: AtomicUsize::new(0) })
    }

    fn arm(&self, at: usize) {
        self.at.store(at, Ordering::SeqCst);
    }

    /// Says that the point was given out.
    fn used(&self) -> bool {
        self.at.load(Ordering::SeqCst) == 0
    }
}

impl CryptoProvider for Evil {
    fn agreement_public(
        &self,
        a: AgreementAlgorithm,
        private: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let left = self.at.load(Ordering::SeqCst);
        self.at.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 1 {
            out.copy_from_slice(&self.point);
            return Ok(());
        }
        P.agreement_public(a, private, out)
    }

    fn agree(
        &self,
        a: AgreementAlgorithm,
        private: &[u8],
        public: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        P.agree(a, private, public, out)
    }

    fn hash(&self, a: HashAlgorithm, parts: &[&[u8]], out: &mut [u8]) -> Result<()> {
        P.hash(a, parts, out)
    }

    fn hkdf_extract(
        &self,
        a: HashAlgorithm,
        salt: &[u8],
        ikm: &[&[u8]],
        out: &mut [u8],
    ) -> Result<()> {
        P.hkdf_extract(a, salt, ikm, out)
    }

    fn hkdf_expand(&self, a: HashAlgorithm, prk: &[u8], jobs: &mut [Expand<'_>]) -> Result<()> {
        P.hkdf_expand(a, prk, jobs)
    }

    fn kem_key_pair(&self, a: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Secret)> {
        P.kem_key_pair(a, seed)
    }

    fn kem_check(&self, a: KemAlgorithm, key: &[u8]) -> Result<bool> {
        P.kem_check(a, key)
    }

    fn kem_encapsulate(
        &self,
        a: KemAlgorithm,
        key: &[u8],
        randomness: &[u8],
    ) -> Result<(Vec<u8>, Secret)> {
        P.kem_encapsulate(a, key, randomness)
    }

    fn kem_decapsulate(&self, a: KemAlgorithm, key: &Secret, ciphertext: &[u8]) -> Result<Secret> {
        P.kem_decapsulate(a, key, ciphertext)
    }

    fn signature_public(&self, a: SignatureAlgorithm, private: &[u8]) -> Result<Vec<u8>> {
        P.signature_public(a, private)
    }

    fn sign(&self, a: SignatureAlgorithm, private: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        P.sign(a, private, message)
    }

    fn verify(
        &self,
        a: SignatureAlgorithm,
        public: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        P.verify(a, public, message, signature)
    }

    fn aead_seal(
        &self,
        a: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        P.aead_seal(a, key, nonce, aad, in_out, tag)
    }

    fn aead_open(
        &self,
        a: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &[u8],
    ) -> Result<bool> {
        P.aead_open(a, key, nonce, aad, in_out, tag)
    }
}

/// The u coordinates of order 1, 2, 4 and 8 on curve and twist, reduced and not, each with and without the top bit.
fn points() -> Vec<[u8; 32]> {
    let hex = |text: &str| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap();
    let small = |low: u8| core::array::from_fn(|i| if i == 0 { low } else { 0 });
    let near_p = |low: u8| {
        core::array::from_fn(|i| match i {
            0 => low,
            31 => 0x7f,
            _ => 0xff,
        })
    };
    let points = [
        small(0),
        small(1),
        hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        near_p(0xec),
        near_p(0xed),
        near_p(0xee),
    ];
    let with_top_bit = |mut point: [u8; 32]| {
        point[31] |= 0x80;
        point
    };
    points.into_iter().chain(points.map(with_top_bit)).collect()
}

fn evil_device(seed: u64, evil: &Arc<Evil>) -> Device {
    let mut params = AccountParams::new(1, NOW - DAY, NOW + YEAR);
    params.provider = Provider::Custom(evil.clone());
    Device::with(seed, params)
}

#[test]
fn a_responders_keys() {
    for point in points() {
        // Agreement identity key: DH2. Signed prekey: DH3. One-time prekey: DH4.
        for which in 0..3 {
            let evil = Evil::new(point);
            if which == 0 {
                evil.arm(1);
            }
            let mut b = evil_device(2, &evil);
            evil.arm(which);
            b.publish(2, 2);
            assert!(evil.used());
            let mut a = Device::new(1);
            assert_eq!(class(a.initiate(&b.id(), &b.bundle(Some(2), 4))), "low_order");
            // A one-time prekey that is not used does no harm.
            let without = a.initiate(&b.id(), &b.bundle(None, 4));
            assert_eq!(without.is_ok(), which == 2);
        }
    }
}

#[test]
fn an_initiators_keys() {
    for point in points() {
        // Agreement identity key: DH1. Ephemeral key: DH3. First ratchet key: the ratchet's receiving half.
        for which in 0..3 {
            let (evil, mut b) = (Evil::new(point), Device::new(2));
            b.publish(2, 2);
            if which == 0 {
                evil.arm(1);
            }
            let mut a = evil_device(1, &evil);
            if which == 1 {
                evil.arm(1);
            }
            let made = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap();
            if which == 2 {
                evil.arm(1);
            }
            let out = a.send(&made.session, b"x").unwrap();
            assert!(evil.used());
            assert_eq!(class(b.get(&out)), "low_order", "{which} {point:02x?}");
            // The one-time keys are still there.
            let mut c = Device::new(3);
            let made = c.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap();
            b.get(&c.send(&made.session, b"x").unwrap()).unwrap();
        }
    }
}

#[test]
fn a_new_ratchet_key() {
    for point in points() {
        let (evil, mut b) = (Evil::new(point), Device::new(2));
        b.publish(2, 2);
        let mut a = evil_device(1, &evil);
        let id = session(&mut a, &mut b);
        let before = a.send(&id, b"before").unwrap();
        talk(&mut a, &mut b, &id);
        evil.arm(1);
        talk(&mut b, &mut a, &id);
        assert!(evil.used());
        let out = a.send(&id, b"x").unwrap();
        assert_eq!(class(b.get(&out)), "low_order");
        assert_eq!(class(b.get(&out)), "low_order", "nothing has changed");
        b.get(&before).unwrap();
    }
}
