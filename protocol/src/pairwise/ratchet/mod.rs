//! The Double Ratchet with header encryption (page *Ratchet*; Signal, *The Double Ratchet
//! Algorithm*, revision 4, §4).
//!
//! ```text
//!            ┌────────────────── DH step ──────────────────┐
//!  receive   │ NHKr opens a header: a new ratchet_key       │
//!  ────────► │ RK ─► CKr, NHKr ; draw DHs ; RK ─► CKs, NHKs │
//!            └──────────────────────────────────────────────┘
//!  CKr ─► message keys (skipped ones are kept)      CKs ─► message keys, used once
//! ```

pub(crate) mod chain_key;
pub(crate) mod header;
pub(crate) mod message_key;
pub(crate) mod receive;
pub(crate) mod root_key;
pub(crate) mod send;
pub(crate) mod skipped;

use super::handshake::Outputs;
use super::session::SessionId;
use crate::crypto::{Provider, Secret, Suite, kdf};
use crate::error::Error;
use alloc::vec::Vec;
use chain_key::{ReceivingChainKey, SendingChainKey};
pub(crate) use header::HeaderKey;
use root_key::RootKey;
use skipped::Skipped;

/// What every derivation of a session needs.
pub(crate) struct Context<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) suite: Suite,
    pub(crate) session_id: &'a SessionId,
}

/// HKs, CKs, Ns and the flags of the chain.
pub(crate) struct SendingChain {
    pub(crate) header_key: HeaderKey,
    pub(crate) chain_key: SendingChainKey,
    pub(crate) next: u32,
    pub(crate) flags: u16,
}

/// HKr, CKr, Nr and the flags of the chain.
pub(crate) struct ReceivingChain {
    pub(crate) header_key: HeaderKey,
    pub(crate) chain_key: ReceivingChainKey,
    pub(crate) next: u32,
    pub(crate) flags: u16,
}

/// The state of the ratchet.
pub(crate) struct Ratchet {
    /// RK
    pub(crate) root_key: RootKey,
    /// DHs
    pub(crate) private: Secret,
    /// Public key of DHs; not stored, computed when it is first needed.
    pub(crate) public: Option<Vec<u8>>,
    /// The own ratchet public key before DHs; empty before the first step.
    pub(crate) previous_public: Vec<u8>,
    /// DHr; empty: none.
    pub(crate) remote_public: Vec<u8>,
    /// NHKs
    pub(crate) next_header_send: HeaderKey,
    /// NHKr
    pub(crate) next_header_receive: HeaderKey,
    pub(crate) sending: Option<SendingChain>,
    pub(crate) receiving: Option<ReceivingChain>,
    /// PN
    pub(crate) previous_count: u32,
    pub(crate) skipped: Skipped,
}

/// The secrets of a handshake that become the ratchet's.
pub(crate) struct Start {
    pub(crate) root_key: Secret,
    pub(crate) initiator_header_key: Secret,
    pub(crate) responder_header_key: Secret,
}

/// The secrets of a handshake that stay with the session.
pub(crate) struct Kept {
    pub(crate) pq_secret: Secret,
    pub(crate) session_id: SessionId,
    pub(crate) exporter_secret: Secret,
}

impl Outputs {
    /// Parts the outputs into those of the ratchet and those of the session.
    pub(crate) fn split(self) -> (Start, Kept) {
        let Self {
            root_key,
            initiator_header_key,
            responder_header_key,
            pq_secret,
            session_id,
            exporter_secret,
        } = self;
        let start = Start { root_key, initiator_header_key, responder_header_key };
        (start, Kept { pq_secret, session_id, exporter_secret })
    }
}

impl Ratchet {
    /// `ratchet_start_initiator(outputs, SPK_r, ratchet_key)`
    pub(crate) fn start_initiator(
        context: &Context<'_>,
        start: Start,
        signed_prekey: &[u8],
        ratchet_key: Secret,
    ) -> Result<Self, Error> {
        let agreement = context.suite.agreement();
        let dh = kdf::agree(context.provider, agreement, &ratchet_key, signed_prekey)?;
        let outputs = RootKey::new(start.root_key).kdf_rk(context, &dh, None, 0)?;
        Ok(Self {
            root_key: outputs.root_key,
            private: ratchet_key,
            public: None,
            previous_public: Vec::new(),
            remote_public: signed_prekey.to_vec(),
            next_header_send: outputs.next_header_key,
            next_header_receive: HeaderKey::new(start.responder_header_key),
            sending: Some(SendingChain {
                header_key: HeaderKey::new(start.initiator_header_key),
                chain_key: SendingChainKey::new(outputs.chain_key),
                next: 0,
                flags: 0,
            }),
            receiving: None,
            previous_count: 0,
            skipped: Skipped::default(),
        })
    }

    /// `ratchet_start_responder(outputs, SPK_r)`: the signed prekey serves for one DH (`RAT-04`).
    pub(crate) fn start_responder(start: Start, private: Secret, public: Vec<u8>) -> Self {
        Self {
            root_key: RootKey::new(start.root_key),
            private,
            public: Some(public),
            previous_public: Vec::new(),
            remote_public: Vec::new(),
            next_header_send: HeaderKey::new(start.responder_header_key),
            next_header_receive: HeaderKey::new(start.initiator_header_key),
            sending: None,
            receiving: None,
            previous_count: 0,
            skipped: Skipped::default(),
        }
    }
}
