//! The handshake (page *Handshake*): its formats, and the key schedule that both sides share. The two sides stand in
//! `initiate` and `accept`.

mod formats;
mod key_schedule;

pub(crate) use formats::{FIRST_V0, RATCHET_V0, check_prekey_types, parse_first_message};
pub use formats::{FirstMessage, HandshakeMessage, InitiatorIdentity, PskId};
pub(crate) use key_schedule::{
    IdentityKey, KeyMaterial, Outputs, Prologue, Psk, handshake_ref, resumption_psk,
    transcript_hash,
};
