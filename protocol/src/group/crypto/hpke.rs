//! HPKE in base mode (RFC 9180), as far as RFC 9420 uses it.
//!
//! The `hpke` crate has its own primitives built in; these must come from the device's provider, so
//! that a certified module can stand behind a group. Of a context only its first message and its
//! exporter are ever used.
//!
//! ```text
//! shared_secret, enc = Encap(pkR)
//! key_schedule_context = mode_base || psk_id_hash || info_hash      once for each info: HpkeInfo
//! secret = LabeledExtract(shared_secret, "secret", "")
//! key, base_nonce, exporter_secret = LabeledExpand(secret, ., key_schedule_context, .)
//! ```

use super::Crypto;
use crate::codec::Writer;
use crate::crypto::labels::mls as mls_labels;
use crate::crypto::labels::mls::hpke as labels;
use crate::crypto::{AgreementAlgorithm, Expand, KemAlgorithm, Secret, kdf};
use crate::error::{Error, Malformed, ProviderFailed};
use crate::group::suite::HpkeKem;
use crate::group::types::HpkeCiphertext;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// `mode_base`
const MODE_BASE: u8 = 0;

/// An HPKE key pair.
pub(crate) struct HpkeKeyPair {
    pub(crate) private: Secret,
    pub(crate) public: Vec<u8>,
}

/// `key_schedule_context` of one info: computed once for all recipients.
pub(crate) struct HpkeInfo(Vec<u8>);

/// `suite_id` of the KEM or of HPKE itself.
type SuiteId = Vec<u8>;

impl Crypto {
    fn kem_suite_id(&self) -> SuiteId {
        let [kem, _, _] = self.suite.hpke_ids();
        [&b"KEM"[..], &kem.to_be_bytes()].concat()
    }

    fn hpke_suite_id(&self) -> SuiteId {
        let [kem, kdf, aead] = self.suite.hpke_ids().map(u16::to_be_bytes);
        [&b"HPKE"[..], &kem, &kdf, &aead].concat()
    }

    fn labeled_extract(
        &self,
        suite_id: &[u8],
        salt: &[u8],
        label: &str,
        ikm: &[&[u8]],
    ) -> Result<Secret, ProviderFailed> {
        let mut parts = Vec::with_capacity(ikm.len().saturating_add(3));
        parts.extend([labels::VERSION.as_bytes(), suite_id, label.as_bytes()]);
        parts.extend_from_slice(ikm);
        kdf::extract(&self.provider, self.suite.hash(), salt, &parts)
    }

    fn labeled_expand(
        &self,
        suite_id: &[u8],
        prk: &Secret,
        label: &str,
        info: &[&[u8]],
        length: usize,
    ) -> Result<Secret, ProviderFailed> {
        let mut out = Secret::zeros(length);
        let [high, low] = u16::try_from(length).map_err(|_| ProviderFailed::Size)?.to_be_bytes();
        let head = [high, low];
        let mut parts = Vec::with_capacity(info.len().saturating_add(4));
        parts.extend([&head[..], labels::VERSION.as_bytes(), suite_id, label.as_bytes()]);
        parts.extend_from_slice(info);
        let mut jobs = [Expand { info: &parts, out: out.as_mut() }];
        self.provider.get().hkdf_expand(self.suite.hash(), prk.as_bytes(), &mut jobs)?;
        Ok(out)
    }

    /// `DeriveKeyPair(ikm)` (RFC 9180 §7.1.3; draft-ietf-hpke-pq-04, page *Group suites*).
    pub(crate) fn derive_key_pair(&self, ikm: &Secret) -> Result<HpkeKeyPair, ProviderFailed> {
        match self.suite.kem() {
            HpkeKem::Dh(dh) => self.derive_dh(dh, ikm),
            HpkeKem::Kem(kem) => self.derive_kem(kem, ikm),
        }
    }

    fn derive_dh(
        &self,
        dh: AgreementAlgorithm,
        ikm: &Secret,
    ) -> Result<HpkeKeyPair, ProviderFailed> {
        let id = self.kem_suite_id();
        let prk = self.labeled_extract(&id, &[], labels::DKP_PRK, &[ikm.as_bytes()])?;
        if dh == AgreementAlgorithm::X25519 {
            let private = self.labeled_expand(&id, &prk, labels::SK, &[], dh.private_len())?;
            let public = kdf::agreement_public(&self.provider, dh, &private)?;
            return Ok(HpkeKeyPair { private, public });
        }
        // A candidate outside [1, n-1], which the provider refuses as of a wrong size, happens with
        // probability 2^-32.
        for counter in 0..=u8::MAX {
            let info: [&[u8]; 1] = [&[counter]];
            let private =
                self.labeled_expand(&id, &prk, labels::CANDIDATE, &info, dh.private_len())?;
            match kdf::agreement_public(&self.provider, dh, &private) {
                Ok(public) => return Ok(HpkeKeyPair { private, public }),
                Err(ProviderFailed::Size) => {}
                Err(error) => return Err(error),
            }
        }
        Err(ProviderFailed::Size)
    }

    fn derive_kem(&self, kem: KemAlgorithm, ikm: &Secret) -> Result<HpkeKeyPair, ProviderFailed> {
        // SHAKE256.LabeledDerive(ikm, "DeriveKeyPair", "", Nsk), as draft-ietf-hpke-pq-04 has it
        let id = self.kem_suite_id();
        let mut w = Writer::with_capacity(64);
        w.u16(u16::try_from(labels::DERIVE_KEY_PAIR.len()).map_err(|_| ProviderFailed::Size)?);
        w.raw(labels::DERIVE_KEY_PAIR.as_bytes());
        w.u16(u16::try_from(kem.seed_len()).map_err(|_| ProviderFailed::Size)?);
        let tail = w.into_bytes();
        let mut private = Secret::zeros(kem.seed_len());
        let parts: [&[u8]; 4] = [ikm.as_bytes(), labels::VERSION.as_bytes(), &id, &tail];
        self.provider.get().shake256(&parts, private.as_mut())?;
        let (public, _) = self.provider.get().kem_key_pair(kem, private.as_bytes())?;
        Ok(HpkeKeyPair { private, public })
    }

    /// A fresh key pair from one draw of `Nsk` bytes.
    pub(crate) fn generate_key_pair(
        &self,
        rng: &mut impl CryptoRng,
    ) -> Result<HpkeKeyPair, ProviderFailed> {
        self.derive_key_pair(&kdf::random(rng, self.suite.private_key_len()))
    }

    /// Whether bytes are a public key of the suite's KEM (`GRP-13`).
    pub(crate) fn check_public_key(&self, public: &[u8]) -> Result<bool, ProviderFailed> {
        let provider = self.provider.get();
        if public.len() != self.suite.public_key_len() {
            return Ok(false);
        }
        match self.suite.kem() {
            HpkeKem::Dh(dh) => provider.agreement_check(dh, public),
            HpkeKem::Kem(kem) => provider.kem_check(kem, public),
        }
    }

    /// `EncryptContext` (RFC 9420 §5.1.3) as HPKE's info.
    pub(crate) fn encrypt_context(
        &self,
        label: &str,
        context: &[u8],
    ) -> Result<HpkeInfo, ProviderFailed> {
        self.hpke_info(&kdf::labelled_content([mls_labels::PREFIX, label], context))
    }

    pub(crate) fn hpke_info(&self, info: &[u8]) -> Result<HpkeInfo, ProviderFailed> {
        let id = self.hpke_suite_id();
        let psk_id_hash = self.labeled_extract(&id, &[], labels::PSK_ID_HASH, &[])?;
        let info_hash = self.labeled_extract(&id, &[], labels::INFO_HASH, &[info])?;
        Ok(HpkeInfo([&[MODE_BASE], psk_id_hash.as_bytes(), info_hash.as_bytes()].concat()))
    }

    /// `SealBase(public, info, "", plaintext)`; one draw for the encapsulation.
    pub(crate) fn seal(
        &self,
        public: &[u8],
        info: &HpkeInfo,
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<HpkeCiphertext, Error> {
        let (kem_output, shared) = self.encap(public, rng)?;
        let (key, nonce) = self.key_and_nonce(&shared, info)?;
        let room = plaintext.len().saturating_add(self.suite.aead().tag_len());
        let mut in_out = Vec::with_capacity(room);
        in_out.extend_from_slice(plaintext);
        let ciphertext = self.aead_seal(key.as_bytes(), nonce.as_bytes(), &[], in_out)?;
        Ok(HpkeCiphertext { kem_output, ciphertext })
    }

    /// `OpenBase`; none when it does not authenticate, or the KEM output cannot be one (`GRP-14`).
    pub(crate) fn open(
        &self,
        private: &Secret,
        public: &[u8],
        info: &HpkeInfo,
        sealed: &HpkeCiphertext,
    ) -> Result<Option<Secret>, Error> {
        let Some(shared) = none_if_refused(self.decap(private, public, &sealed.kem_output))? else {
            return Ok(None);
        };
        let (key, nonce) = self.key_and_nonce(&shared, info)?;
        let opened = self.aead_open(key.as_bytes(), nonce.as_bytes(), &[], &sealed.ciphertext)?;
        Ok(opened.map(Secret::from_vec))
    }

    /// `SetupBaseS(public, "")` and `context.export(label, length)` (RFC 9420 §8.3).
    pub(crate) fn export_to(
        &self,
        public: &[u8],
        label: [&str; 2],
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Secret), Error> {
        let (kem_output, shared) = self.encap(public, rng)?;
        Ok((kem_output, self.export(&shared, label)?))
    }

    /// `SetupBaseR(kem_output, private, "")` and `context.export(label, length)`.
    ///
    /// # Errors
    /// [`Malformed::Key`] for a KEM output that cannot be one (`GRP-33`).
    pub(crate) fn export_from(
        &self,
        pair: &HpkeKeyPair,
        kem_output: &[u8],
        label: [&str; 2],
    ) -> Result<Secret, Error> {
        let shared = none_if_refused(self.decap(&pair.private, &pair.public, kem_output))?;
        let shared = shared.ok_or(Malformed::Key)?;
        Ok(self.export(&shared, label)?)
    }

    fn key_schedule(&self, shared: &Secret) -> Result<Secret, ProviderFailed> {
        self.labeled_extract(&self.hpke_suite_id(), shared.as_bytes(), labels::SECRET, &[])
    }

    fn key_and_nonce(
        &self,
        shared: &Secret,
        info: &HpkeInfo,
    ) -> Result<(Secret, Secret), ProviderFailed> {
        let (secret, id) = (self.key_schedule(shared)?, self.hpke_suite_id());
        let aead = self.suite.aead();
        let context: [&[u8]; 1] = [&info.0];
        let key = self.labeled_expand(&id, &secret, labels::KEY, &context, aead.key_len())?;
        let nonce =
            self.labeled_expand(&id, &secret, labels::BASE_NONCE, &context, aead.nonce_len())?;
        Ok((key, nonce))
    }

    fn export(
        &self,
        shared: &Secret,
        [prefix, label]: [&str; 2],
    ) -> Result<Secret, ProviderFailed> {
        let exporter = self.exporter_secret(shared, &self.hpke_info(&[])?)?;
        let id = self.hpke_suite_id();
        let context: [&[u8]; 2] = [prefix.as_bytes(), label.as_bytes()];
        self.labeled_expand(&id, &exporter, labels::SEC, &context, self.nh())
    }

    /// `SetupBaseS(public, info)`: the KEM output; key, base nonce, exporter secret, and what it exports.
    #[cfg(test)]
    pub(crate) fn export_steps(
        &self,
        public: &[u8],
        info: &HpkeInfo,
        exporter_context: &[u8],
        length: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, [Secret; 4]), Error> {
        let (enc, shared) = self.encap(public, rng)?;
        let (key, nonce) = self.key_and_nonce(&shared, info)?;
        let exporter = self.exporter_secret(&shared, info)?;
        let id = self.hpke_suite_id();
        let exported =
            self.labeled_expand(&id, &exporter, labels::SEC, &[exporter_context], length)?;
        Ok((enc, [key, nonce, exporter, exported]))
    }

    fn exporter_secret(&self, shared: &Secret, info: &HpkeInfo) -> Result<Secret, ProviderFailed> {
        let (secret, id) = (self.key_schedule(shared)?, self.hpke_suite_id());
        self.labeled_expand(&id, &secret, labels::EXP, &[&info.0], self.nh())
    }

    fn encap(&self, public: &[u8], rng: &mut impl CryptoRng) -> Result<(Vec<u8>, Secret), Error> {
        if !self.check_public_key(public)? {
            return Err(Malformed::Key.into());
        }
        match self.suite.kem() {
            HpkeKem::Dh(dh) => {
                let ephemeral = self.draw_ephemeral(dh, rng)?;
                let shared = kdf::agree(&self.provider, dh, &ephemeral.private, public);
                let shared = none_if_refused(shared)?.ok_or(Malformed::Key)?; // GRP-14
                let shared = self.dh_shared_secret(&shared, &ephemeral.public, public)?;
                Ok((ephemeral.public, shared))
            }
            HpkeKem::Kem(kem) => {
                let randomness = kdf::random(rng, kem.randomness_len());
                Ok(self.provider.get().kem_encapsulate(kem, public, randomness.as_bytes())?)
            }
        }
    }

    /// The draw of an encapsulation is the private key (page *Group suites*), where any bytes are one.
    fn draw_ephemeral(
        &self,
        dh: AgreementAlgorithm,
        rng: &mut impl CryptoRng,
    ) -> Result<HpkeKeyPair, ProviderFailed> {
        if dh != AgreementAlgorithm::X25519 {
            return self.generate_key_pair(rng);
        }
        let private = kdf::random(rng, dh.private_len());
        let public = kdf::agreement_public(&self.provider, dh, &private)?;
        Ok(HpkeKeyPair { private, public })
    }

    fn decap(&self, private: &Secret, public: &[u8], kem_output: &[u8]) -> Result<Secret, Error> {
        if kem_output.len() != self.suite.kem_output_len() {
            return Err(Malformed::Key.into());
        }
        match self.suite.kem() {
            HpkeKem::Dh(dh) => {
                if !self.provider.get().agreement_check(dh, kem_output)? {
                    return Err(Malformed::Key.into());
                }
                let shared = kdf::agree(&self.provider, dh, private, kem_output)?;
                Ok(self.dh_shared_secret(&shared, kem_output, public)?)
            }
            HpkeKem::Kem(kem) => {
                let (_, key) = self.provider.get().kem_key_pair(kem, private.as_bytes())?;
                Ok(self.provider.get().kem_decapsulate(kem, &key, kem_output)?)
            }
        }
    }

    /// `ExtractAndExpand(dh, kem_context)` (RFC 9180 §4.1).
    fn dh_shared_secret(
        &self,
        dh: &Secret,
        enc: &[u8],
        public: &[u8],
    ) -> Result<Secret, ProviderFailed> {
        let id = self.kem_suite_id();
        let prk = self.labeled_extract(&id, &[], labels::EAE_PRK, &[dh.as_bytes()])?;
        self.labeled_expand(&id, &prk, labels::SHARED_SECRET, &[enc, public], self.nh())
    }
}

/// None for a key or KEM output that cannot be one.
fn none_if_refused(shared: Result<Secret, Error>) -> Result<Option<Secret>, Error> {
    match shared {
        Ok(shared) => Ok(Some(shared)),
        Err(Error::Malformed(_) | Error::Peer(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Provider;
    use crate::group::suite::CipherSuite;
    use std::vec::Vec;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    /// draft-ietf-hpke-pq-04, appendix "Test Vectors", MLKEM768-X25519 with HKDF-SHA256 and
    /// ChaCha20Poly1305: the part that is the KEM's.
    #[test]
    fn the_hybrid_kem_is_that_of_its_test_vector() {
        let crypto = Crypto::new(&Provider::Default, CipherSuite::MlKem768X25519Aes256);
        let ikm = "b86e76a59fabfc87b30cd7b1f7aaa28a834eb64e7a261c197b9a842893fbce56";
        let pair = crypto.derive_key_pair(&Secret::from_vec(bytes(ikm))).unwrap();
        let private = "3ec47fa82dd5689d27c6190e724c74ec8f608df3331ce331929e37b829676630";
        assert_eq!(pair.private.as_bytes(), bytes(private));
        let randomness = "2a1c0a3745fe8a48fb62034d300f54dfe1974a5b2e169e580a8789cb1cf5fd190fc00f3fd899594e01a8b15334b9f3fa03d8de44da86e19f5776850fb689e6c8";
        let kem = KemAlgorithm::MlKem768X25519;
        let provider = Provider::Default;
        let (enc, shared) =
            provider.get().kem_encapsulate(kem, &pair.public, &bytes(randomness)).unwrap();
        let expected = "58200ed1f137bd95a921bb47f6aaecf2395b26f7fd24efd3a5ffae4849e8dea3";
        assert_eq!(shared.as_bytes(), bytes(expected));
        assert_eq!(crypto.decap(&pair.private, &pair.public, &enc).unwrap(), shared);
        // The vector's whole key and ciphertext, by their ends.
        assert_eq!(
            pair.public.get(1184..).unwrap(),
            bytes("f571686619612d7bc8206650c1d2fc9072220e7f4d4f557f15b33dcf32e5c837")
        );
        assert_eq!(
            enc.get(1088..).unwrap(),
            bytes("36b733dfc09b8299a9d7b19e68c09ad82703f9b47d34d1a3cbafe42c73f57d0e")
        );
        assert_eq!((pair.public.len(), enc.len()), (1216, 1120));
    }

    #[test]
    fn what_is_sealed_opens_for_the_right_key_and_context_only() {
        for suite in CipherSuite::ALL {
            let crypto = Crypto::new(&Provider::Default, *suite);
            let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
            let (pair, other) = (
                crypto.generate_key_pair(&mut rng).unwrap(),
                crypto.generate_key_pair(&mut rng).unwrap(),
            );
            let info = crypto.encrypt_context("UpdatePathNode", b"context").unwrap();
            let sealed = crypto.seal(&pair.public, &info, b"secret", &mut rng).unwrap();
            let open = |pair: &HpkeKeyPair, info, sealed: &HpkeCiphertext| {
                crypto.open(&pair.private, &pair.public, info, sealed).unwrap()
            };
            let opened = open(&pair, &info, &sealed).unwrap();
            assert_eq!(opened.as_bytes(), b"secret");
            assert!(open(&other, &info, &sealed).is_none());
            let context = crypto.encrypt_context("UpdatePathNode", b"other").unwrap();
            assert!(open(&pair, &context, &sealed).is_none());
            let mut damaged = sealed.clone();
            damaged.ciphertext[0] ^= 1;
            assert!(open(&pair, &info, &damaged).is_none());
            damaged.kem_output.pop();
            assert!(open(&pair, &info, &damaged).is_none());
            let (kem_output, sent) = crypto.export_to(&pair.public, ["a", "b"], &mut rng).unwrap();
            assert_eq!(crypto.export_from(&pair, &kem_output, ["a", "b"]).unwrap(), sent);
            assert!(crypto.export_from(&pair, &kem_output, ["a", "c"]).unwrap() != sent);
        }
    }
}
