//! The key schedule (page *Handshake*, *Key schedule*).
//!
//! ```text
//!  KEM ciphertext ──► SS ─┬────────────► identity_secret ──► key, nonce: seal InitiatorIdentity
//!  EK_i, SPK_r ─────► DH3 ┘                                     │
//!                                                               ▼
//!  SS, DH1 … DH5, psk_input ──► handshake_secret        transcript_hash
//!                                      │                        │
//!                                      └───────────┬────────────┘
//!               root_key, header keys, pq_secret, session_id, exporter_secret
//! ```

use super::formats::{FIRST_V0, IDENTITY_BLOCK, InitiatorIdentity, PskId};
use crate::codec::{Decode, Reader, Wire, Writer};
use crate::crypto::{Provider, Secret, Suite, kdf, labels};
use crate::error::{Error, Malformed, Peer};
use crate::pairwise::credential::Credential;
use crate::pairwise::prekeys::{Prekey, PrekeyBatch};
use crate::pairwise::session::SessionId;
use alloc::vec;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// `handshake_ref = ref_hash("handshake", encode(HandshakeMessage))`, with the suite's hash.
pub(crate) fn handshake_ref(
    provider: &Provider,
    suite: Suite,
    handshake: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(kdf::ref_hash(provider, suite.hash(), labels::HANDSHAKE, handshake)?)
}

/// What both sides know before the initiator is known: hashed into `prologue_hash`.
pub(crate) struct Prologue<'a> {
    pub(crate) suite: Suite,
    pub(crate) responder_credential: &'a Credential,
    pub(crate) batch: &'a PrekeyBatch,
    pub(crate) signed_prekey: &'a Prekey,
    pub(crate) one_time_prekey: Option<&'a Prekey>,
    pub(crate) kem_prekey: &'a Prekey,
    pub(crate) ephemeral_key: &'a [u8],
    pub(crate) kem_ciphertext: &'a [u8],
}

fn write_label(w: &mut Writer, label: &str) {
    w.vector(|w| {
        w.raw(labels::PREFIX.as_bytes());
        w.raw(label.as_bytes());
    });
}

impl Prologue<'_> {
    /// `prologue_hash = Hash(encode(Prologue))`
    pub(crate) fn hash(&self, provider: &Provider) -> Result<Vec<u8>, Error> {
        let mut w = Writer::with_capacity(4096);
        write_label(&mut w, labels::PROLOGUE);
        w.u8(FIRST_V0);
        w.u16(self.suite.to_u16());
        w.raw(self.responder_credential.raw());
        w.raw(self.batch.raw());
        w.item(self.signed_prekey);
        w.optional(self.one_time_prekey, Writer::item);
        w.item(self.kem_prekey);
        w.opaque(self.ephemeral_key);
        w.opaque(self.kem_ciphertext);
        Ok(kdf::hash(provider, self.suite.hash(), &[&w.into_bytes()])?)
    }
}

/// The key that hides the initiator's identity.
pub(crate) struct IdentityKey {
    key: Secret,
    nonce: Secret,
}

impl IdentityKey {
    /// `identity_secret = HKDF-Extract(zeros(Nh), SS || DH3)` and what is expanded from it.
    pub(crate) fn derive(
        provider: &Provider,
        suite: Suite,
        shared: &Secret,
        dh3: &Secret,
        prologue_hash: &[u8],
    ) -> Result<Self, Error> {
        let (hash, aead) = (suite.hash(), suite.aead());
        let secret = kdf::extract_unsalted(provider, hash, &[shared.as_bytes(), dh3.as_bytes()])?;
        let mut key = Secret::zeros(aead.key_len());
        let mut nonce = Secret::zeros(aead.nonce_len());
        let jobs = [(labels::IDENTITY_KEY, key.as_mut()), (labels::IDENTITY_NONCE, nonce.as_mut())];
        kdf::expand_into(provider, hash, secret.as_bytes(), prologue_hash, jobs)?;
        Ok(Self { key, nonce })
    }

    /// `sealed_identity` over the padded identity.
    pub(crate) fn seal(
        self,
        provider: &Provider,
        suite: Suite,
        prologue_hash: &[u8],
        identity: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let padded = identity.len().div_ceil(IDENTITY_BLOCK).saturating_mul(IDENTITY_BLOCK);
        let mut sealed = Vec::with_capacity(padded.saturating_add(suite.aead().tag_len()));
        sealed.extend_from_slice(identity);
        sealed.resize(padded, 0);
        let mut tag = vec![0; suite.aead().tag_len()];
        let (key, nonce) = (self.key.as_bytes(), self.nonce.as_bytes());
        let provider = provider.get();
        provider.aead_seal(suite.aead(), key, nonce, prologue_hash, &mut sealed, &mut tag)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens `sealed_identity` and removes the padding (`HS-12`): the identity and its encoding.
    pub(crate) fn open(
        self,
        provider: &Provider,
        suite: Suite,
        prologue_hash: &[u8],
        sealed: &[u8],
    ) -> Result<(InitiatorIdentity, Vec<u8>), Error> {
        let length = sealed.len().checked_sub(suite.aead().tag_len()).ok_or(Peer::Undecryptable)?;
        let (sealed, tag) = sealed.split_at_checked(length).ok_or(Peer::Undecryptable)?;
        let mut padded = Zeroizing::new(sealed.to_vec());
        let (key, nonce) = (self.key.as_bytes(), self.nonce.as_bytes());
        let provider = provider.get();
        if !provider.aead_open(suite.aead(), key, nonce, prologue_hash, &mut padded, tag)? {
            return Err(Peer::Undecryptable.into());
        }
        let mut r = Reader::new(&padded);
        let identity = InitiatorIdentity::decode(&mut r)?;
        let encoding = r.since(0).to_vec();
        let padding = r.rest();
        let fewest = padding.len() < IDENTITY_BLOCK && padded.len().is_multiple_of(IDENTITY_BLOCK);
        if fewest && padding.iter().all(|byte| *byte == 0) {
            Ok((identity, encoding))
        } else {
            Err(Malformed::Padding.into())
        }
    }
}

/// `transcript_hash = Hash(encode(Transcript))`
pub(crate) fn transcript_hash(
    provider: &Provider,
    suite: Suite,
    prologue_hash: &[u8],
    initiator_identity: &[u8],
    sealed_identity: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut w = Writer::with_capacity(4096);
    write_label(&mut w, labels::TRANSCRIPT);
    w.opaque(prologue_hash);
    w.opaque(initiator_identity);
    w.opaque(sealed_identity);
    Ok(kdf::hash(provider, suite.hash(), &[&w.into_bytes()])?)
}

/// The pre-shared key of a handshake.
pub(crate) struct Psk {
    pub(crate) id: PskId,
    pub(crate) key: Secret,
}

impl Psk {
    pub(crate) fn none() -> Self {
        Self { id: PskId::None, key: Secret::zeros(0) }
    }

    /// `psk_input`: `Nh` bytes, zeros where there is none.
    fn input(&self, provider: &Provider, suite: Suite) -> Result<Secret, Error> {
        let hash = suite.hash();
        if self.id == PskId::None {
            return Ok(Secret::zeros(hash.digest_len()));
        }
        let prk = kdf::extract_unsalted(provider, hash, &[self.key.as_bytes()])?;
        let (context, length) = (self.id.to_bytes(), hash.digest_len());
        Ok(kdf::expand_with_label(provider, hash, &prk, labels::PSK, &context, length)?)
    }
}

/// The outputs of all key agreements, at their positions (`HS-01`).
pub(crate) struct KeyMaterial {
    pub(crate) shared: Secret,
    pub(crate) dh1: Secret,
    pub(crate) dh2: Secret,
    pub(crate) dh3: Secret,
    /// `None` without a one-time prekey: zeros of the same length.
    pub(crate) dh4: Option<Secret>,
    pub(crate) dh5: Secret,
}

/// What a handshake gives to its session.
pub(crate) struct Outputs {
    pub(crate) root_key: Secret,
    pub(crate) initiator_header_key: Secret,
    pub(crate) responder_header_key: Secret,
    pub(crate) pq_secret: Secret,
    pub(crate) session_id: SessionId,
    pub(crate) exporter_secret: Secret,
}

impl KeyMaterial {
    /// `handshake_secret` and everything that is expanded from it, with `transcript_hash` as context
    /// (`HS-02`); consumes the inputs (`HS-03`).
    pub(crate) fn derive(
        self,
        provider: &Provider,
        suite: Suite,
        psk: &Psk,
        transcript_hash: &[u8],
    ) -> Result<Outputs, Error> {
        let hash = suite.hash();
        let psk_input = psk.input(provider, suite)?;
        let dh4 = self.dh4.unwrap_or_else(|| Secret::zeros(suite.agreement().output_len()));
        let ikm = [&self.shared, &self.dh1, &self.dh2, &self.dh3, &dh4, &self.dh5, &psk_input];
        let secret = kdf::extract_unsalted(provider, hash, &ikm.map(Secret::as_bytes))?;
        let mut root_key = Secret::zeros(hash.digest_len());
        let mut initiator_header_key = Secret::zeros(suite.aead().key_len());
        let mut responder_header_key = Secret::zeros(suite.aead().key_len());
        let mut pq_secret = Secret::zeros(hash.digest_len());
        let mut session_id = [0; SessionId::LEN];
        let mut exporter_secret = Secret::zeros(hash.digest_len());
        let jobs = [
            (labels::ROOT, root_key.as_mut()),
            (labels::HEADER_INITIATOR, initiator_header_key.as_mut()),
            (labels::HEADER_RESPONDER, responder_header_key.as_mut()),
            (labels::PQ_RATCHET, pq_secret.as_mut()),
            (labels::SESSION_ID, &mut session_id[..]),
            (labels::EXPORTER, exporter_secret.as_mut()),
        ];
        kdf::expand_into(provider, hash, secret.as_bytes(), transcript_hash, jobs)?;
        Ok(Outputs {
            root_key,
            initiator_header_key,
            responder_header_key,
            pq_secret,
            session_id: SessionId::new(session_id),
            exporter_secret,
        })
    }
}

/// `resumption_psk = expand_with_label(exporter_secret, "resumption psk", session_id, Nh)`
pub(crate) fn resumption_psk(
    provider: &Provider,
    suite: Suite,
    exporter_secret: &Secret,
    session_id: &SessionId,
) -> Result<Psk, Error> {
    let (hash, length) = (suite.hash(), suite.hash().digest_len());
    let (label, context) = (labels::RESUMPTION_PSK, session_id.as_bytes());
    let key = kdf::expand_with_label(provider, hash, exporter_secret, label, context, length)?;
    Ok(Psk { id: PskId::Resumption(context.to_vec()), key })
}
