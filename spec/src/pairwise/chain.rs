//! The ratchet's derivations: root, chain and message keys (Ratchet, *Derivations*).

use super::codec::write_opaque;
use super::kdf::expand_with_label;
use super::labels::{
    CHAIN, MESSAGE, MESSAGE_KEY, MESSAGE_NONCE, RATCHET_CHAIN, RATCHET_HEADER, RATCHET_ROOT,
};
use super::suite::{NH, NK, NN, hkdf_extract};
use crate::octets::{Octets, empty, u16_be};

/// What a DH step gives.
#[derive(Clone, Debug, Default)]
pub struct RootOutputs {
    /// RK.
    pub root_key: Octets,
    /// CK.
    pub chain_key: Octets,
    /// NHK.
    pub next_header_key: Octets,
}

/// `encode(RatchetContext)`.
pub fn ratchet_context(session_id: &Octets, flags: u16) -> Octets {
    write_opaque(session_id).concat(&u16_be(flags))
}

// ANCHOR: kdf_rk
/// Next root key, the chain's first key and the next header key, of a DH output and of what is
/// absorbed: empty, or the loser's secret (`[REP-07]`).
pub fn kdf_rk(
    session_id: &Octets,
    root_key: &Octets,
    dh: &Octets,
    absorb: &Octets,
    flags: u16,
) -> RootOutputs {
    let prk = hkdf_extract(root_key, &dh.concat(absorb));
    let context = ratchet_context(session_id, flags);
    RootOutputs {
        root_key: expand_with_label(&prk, RATCHET_ROOT, &context, NH),
        chain_key: expand_with_label(&prk, RATCHET_CHAIN, &context, NH),
        next_header_key: expand_with_label(&prk, RATCHET_HEADER, &context, NK),
    }
}
// ANCHOR_END: kdf_rk

// ANCHOR: kdf_ck
/// The next chain key, and the message key (`[RAT-03]`).
pub fn kdf_ck(chain_key: &Octets) -> (Octets, Octets) {
    let next = expand_with_label(chain_key, CHAIN, &empty(), NH);
    let message_key = expand_with_label(chain_key, MESSAGE, &empty(), NH);
    (next, message_key)
}
// ANCHOR_END: kdf_ck

// ANCHOR: message_key_and_nonce
/// AEAD key and nonce of the one message of a message key (`[RAT-01]`).
pub fn message_key_and_nonce(message_key: &Octets) -> (Octets, Octets) {
    let key = expand_with_label(message_key, MESSAGE_KEY, &empty(), NK);
    let nonce = expand_with_label(message_key, MESSAGE_NONCE, &empty(), NN);
    (key, nonce)
}
// ANCHOR_END: message_key_and_nonce
