//! The state of a session, and its encoding in a record (State, `SessionState`).

use super::codec::{
    Reader, at_end, finish, read_opaque, read_opaque_of, read_presence, read_u8, read_u16,
    read_u32, read_u64, read_vector, reader, write_opaque,
};
use super::error::{ErrorClass, check};
use super::limits::{MAX_CHAIN_LENGTH, MAX_IDENTITY, MAX_KEY};
use super::suite::{CORE, NH, NK, NPK, NSK};
use crate::octets::{Octets, byte, empty, u16_be, u32_be, u64_be};
use hacspec_lib::*;

/// Role: the own side has initiated.
pub const INITIATOR: u8 = 1;
/// Role: the peer has initiated.
pub const RESPONDER: u8 = 2;

/// Status: sends first messages.
pub const WAITING: u8 = 1;
/// Status: sends and receives.
pub const ESTABLISHED: u8 = 2;
/// Status: receives, and sends when the caller has accepted it.
pub const UNACCEPTED: u8 = 3;
/// Status: receives.
pub const ARCHIVED: u8 = 4;
/// Status: over.
pub const CLOSED: u8 = 5;

/// Absorption: none.
pub const ABSORB_NONE: u8 = 0;
/// Absorption: announced by the own side (`[REP-05]`).
pub const ABSORB_ANNOUNCED: u8 = 1;
/// Absorption: armed, for the next sending step (`[REP-06]`).
pub const ABSORB_ARMED: u8 = 2;
/// Absorption: done (`[REP-07]`).
pub const ABSORB_DONE: u8 = 3;

/// A chain: header key, chain key, number of the next message, flags of its headers.
#[derive(Clone, Debug, Default)]
pub struct ChainState {
    /// HK.
    pub header_key: Octets,
    /// CK.
    pub chain_key: Octets,
    /// N.
    pub next: u32,
    /// Flags in all its headers.
    pub flags: u16,
}

/// The key of a message that was skipped.
#[derive(Clone, Debug, Default)]
pub struct SkippedKey {
    /// Number of the message in its chain.
    pub n: u32,
    /// Time of storing, seconds.
    pub stored_at: u64,
    /// The message key.
    pub message_key: Octets,
}

/// The skipped keys of a chain, in ascending order of number.
#[derive(Clone, Debug, Default)]
pub struct SkippedChain {
    /// HK of the chain.
    pub header_key: Octets,
    /// The keys, at least one.
    pub keys: Seq<SkippedKey>,
}

/// Skipped chains, newest first.
pub type SkippedChains = Seq<SkippedChain>;

/// `SessionState`.
#[derive(Clone, Debug, Default)]
pub struct SessionState {
    /// The suite.
    pub suite: u16,
    /// Initiator or responder.
    pub role: u8,
    /// The status.
    pub status: u8,
    /// Time of making, seconds.
    pub created_at: u64,
    /// Session id.
    pub session_id: Octets,
    /// The peer's account.
    pub peer_account: Octets,
    /// The peer's device.
    pub peer_serial: u64,
    /// Reference to the handshake.
    pub handshake_ref: Octets,
    /// Session whose resumption PSK it was made with; empty: none.
    pub resumed_from: Octets,
    /// Whether it was made with the extension `recovery`: 0 or 1.
    pub recovery: u8,
    /// Exporter secret.
    pub exporter_secret: Octets,
    /// First secret of the post-quantum ratchet.
    pub pq_secret: Octets,
    /// RK.
    pub root_key: Octets,
    /// DHs.
    pub ratchet_private: Octets,
    /// Own previous ratchet public key; empty before the first step.
    pub previous_public: Octets,
    /// DHr; empty: none.
    pub remote_public: Octets,
    /// NHKs.
    pub next_header_send: Octets,
    /// NHKr.
    pub next_header_receive: Octets,
    /// HKs, CKs, Ns.
    pub sending: Option<ChainState>,
    /// HKr, CKr, Nr.
    pub receiving: Option<ChainState>,
    /// PN.
    pub previous_count: u32,
    /// Skipped keys; the current chain's, if it has any, are first.
    pub skipped: SkippedChains,
    /// State of the absorption.
    pub absorb_status: u8,
    /// What is absorbed; empty unless announced or armed.
    pub absorb_secret: Octets,
    /// The loser's session id; empty when there is none.
    pub absorb_session: Octets,
    /// Rotation of the outgoing mailboxes.
    pub rotation_send: u32,
    /// Rotation of the incoming mailboxes.
    pub rotation_receive: u32,
    /// The `HandshakeMessage`, while waiting.
    pub waiting: Option<Octets>,
}

/// A list of sessions, in ascending order of their ids.
pub type Sessions = Seq<SessionState>;

/// `encode(ChainState)`.
pub fn encode_chain(chain: &ChainState) -> Octets {
    write_opaque(&chain.header_key)
        .concat(&write_opaque(&chain.chain_key))
        .concat(&u32_be(chain.next))
        .concat(&u16_be(chain.flags))
}

/// `optional<ChainState>`.
fn encode_optional_chain(chain: &Option<ChainState>) -> Octets {
    match chain {
        Some(chain) => byte(1).concat(&encode_chain(chain)),
        None => byte(0),
    }
}

/// Reads a `ChainState`: no more messages than a chain may have.
pub fn read_chain(r: Reader) -> Result<(ChainState, Reader), ErrorClass> {
    let (header_key, r) = read_opaque_of(r, NK)?;
    let (chain_key, r) = read_opaque_of(r, NH)?;
    let (next, r) = read_u32(r)?;
    let (flags, r) = read_u16(r)?;
    check(next <= MAX_CHAIN_LENGTH && flags <= 1, ErrorClass::Malformed)?;
    Ok((ChainState { header_key, chain_key, next, flags }, r))
}

/// Reads an `optional<ChainState>`.
fn read_optional_chain(r: Reader) -> Result<(Option<ChainState>, Reader), ErrorClass> {
    let (present, r) = read_presence(r)?;
    if present {
        let (chain, r) = read_chain(r)?;
        Ok((Some(chain), r))
    } else {
        Ok((None, r))
    }
}

/// `encode(SkippedKey)`.
pub fn encode_skipped_key(key: &SkippedKey) -> Octets {
    u32_be(key.n).concat_owned(u64_be(key.stored_at)).concat_owned(write_opaque(&key.message_key))
}

/// `encode(SkippedChain)`.
pub fn encode_skipped_chain(chain: &SkippedChain) -> Octets {
    let mut keys = empty();
    for i in 0..chain.keys.len() {
        keys = keys.concat_owned(encode_skipped_key(&chain.keys[i]));
    }
    write_opaque(&chain.header_key).concat_owned(write_opaque(&keys))
}

/// `SkippedChain x<V>`.
fn encode_skipped(chains: &SkippedChains) -> Octets {
    let mut body = empty();
    for i in 0..chains.len() {
        body = body.concat_owned(encode_skipped_chain(&chains[i]));
    }
    write_opaque(&body)
}

/// Reads a `SkippedKey`, whose number a chain has.
pub fn read_skipped_key(r: Reader) -> Result<(SkippedKey, Reader), ErrorClass> {
    let (n, r) = read_u32(r)?;
    let (stored_at, r) = read_u64(r)?;
    let (message_key, r) = read_opaque_of(r, NH)?;
    check(n < MAX_CHAIN_LENGTH, ErrorClass::Malformed)?;
    Ok((SkippedKey { n, stored_at, message_key }, r))
}

/// Reads `SkippedKey x<V>`: not empty, ascending.
fn read_skipped_keys(r: Reader) -> Result<(Seq<SkippedKey>, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut keys = Seq::<SkippedKey>::new(0);
    let mut least = 0u32;
    let bound = inner.bytes.len();
    for _i in 0..bound {
        if !at_end(&inner) {
            let (key, rest) = read_skipped_key(inner)?;
            check(key.n >= least, ErrorClass::Malformed)?;
            least = key.n + 1;
            keys = keys.push_owned(key);
            inner = rest;
        }
    }
    check(keys.len() > 0, ErrorClass::Malformed)?;
    Ok((keys, r))
}

/// Reads a `SkippedChain`.
pub fn read_skipped_chain(r: Reader) -> Result<(SkippedChain, Reader), ErrorClass> {
    let (header_key, r) = read_opaque_of(r, NK)?;
    let (keys, r) = read_skipped_keys(r)?;
    Ok((SkippedChain { header_key, keys }, r))
}

/// Reads `SkippedChain x<V>`.
fn read_skipped(r: Reader) -> Result<(SkippedChains, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut chains = SkippedChains::new(0);
    let bound = inner.bytes.len();
    for _i in 0..bound {
        if !at_end(&inner) {
            let (chain, rest) = read_skipped_chain(inner)?;
            chains = chains.push(&chain);
            inner = rest;
        }
    }
    Ok((chains, r))
}

/// `encode(SessionState)`.
pub fn encode_session(s: &SessionState) -> Octets {
    let waiting = match &s.waiting {
        Some(message) => byte(1).concat(&write_opaque(message)),
        None => byte(0),
    };
    u16_be(s.suite)
        .concat_owned(byte(s.role))
        .concat_owned(byte(s.status))
        .concat_owned(u64_be(s.created_at))
        .concat_owned(write_opaque(&s.session_id))
        .concat_owned(write_opaque(&s.peer_account))
        .concat_owned(u64_be(s.peer_serial))
        .concat_owned(write_opaque(&s.handshake_ref))
        .concat_owned(write_opaque(&s.resumed_from))
        .concat_owned(byte(s.recovery))
        .concat_owned(write_opaque(&s.exporter_secret))
        .concat_owned(write_opaque(&s.pq_secret))
        .concat_owned(write_opaque(&s.root_key))
        .concat_owned(write_opaque(&s.ratchet_private))
        .concat_owned(write_opaque(&s.previous_public))
        .concat_owned(write_opaque(&s.remote_public))
        .concat_owned(write_opaque(&s.next_header_send))
        .concat_owned(write_opaque(&s.next_header_receive))
        .concat_owned(encode_optional_chain(&s.sending))
        .concat_owned(encode_optional_chain(&s.receiving))
        .concat_owned(u32_be(s.previous_count))
        .concat_owned(encode_skipped(&s.skipped))
        .concat_owned(byte(s.absorb_status))
        .concat_owned(write_opaque(&s.absorb_secret))
        .concat_owned(write_opaque(&s.absorb_session))
        .concat_owned(u32_be(s.rotation_send))
        .concat_owned(u32_be(s.rotation_receive))
        .concat_owned(waiting)
}

/// Whether a value that may be missing has its length or is empty.
fn empty_or(x: &Octets, n: usize) -> bool {
    x.len() == 0 || x.len() == n
}

/// Whether the absorption's fields go together.
fn absorb_consistent(s: &SessionState) -> bool {
    let held = s.absorb_status == ABSORB_ANNOUNCED || s.absorb_status == ABSORB_ARMED;
    let secret = if held { NH } else { 0 };
    let session = if s.absorb_status == ABSORB_NONE { 0 } else { 32 };
    s.absorb_status <= ABSORB_DONE
        && s.absorb_secret.len() == secret
        && s.absorb_session.len() == session
}

/// Decodes a `SessionState`, of a known suite (`[STA-04]`).
pub fn decode_session(bytes: &Octets) -> Result<SessionState, ErrorClass> {
    let (suite, r) = read_u16(reader(bytes))?;
    check(suite == CORE, ErrorClass::UnsupportedSuite)?;
    let (role, r) = read_u8(r)?;
    let (status, r) = read_u8(r)?;
    let (created_at, r) = read_u64(r)?;
    let (session_id, r) = read_opaque_of(r, 32)?;
    let (peer_account, r) = read_opaque(r, MAX_KEY)?;
    let (peer_serial, r) = read_u64(r)?;
    let (handshake_ref, r) = read_opaque_of(r, NH)?;
    let (resumed_from, r) = read_opaque(r, 32)?;
    let (recovery, r) = read_u8(r)?;
    let (exporter_secret, r) = read_opaque_of(r, NH)?;
    let (pq_secret, r) = read_opaque_of(r, NH)?;
    let (root_key, r) = read_opaque_of(r, NH)?;
    let (ratchet_private, r) = read_opaque_of(r, NSK)?;
    let (previous_public, r) = read_opaque(r, NPK)?;
    let (remote_public, r) = read_opaque(r, NPK)?;
    let (next_header_send, r) = read_opaque_of(r, NK)?;
    let (next_header_receive, r) = read_opaque_of(r, NK)?;
    let (sending, r) = read_optional_chain(r)?;
    let (receiving, r) = read_optional_chain(r)?;
    let (previous_count, r) = read_u32(r)?;
    let (skipped, r) = read_skipped(r)?;
    let (absorb_status, r) = read_u8(r)?;
    let (absorb_secret, r) = read_opaque(r, NH)?;
    let (absorb_session, r) = read_opaque(r, 32)?;
    let (rotation_send, r) = read_u32(r)?;
    let (rotation_receive, r) = read_u32(r)?;
    let (present, r) = read_presence(r)?;
    let (waiting, r) = if present {
        let (message, r) = read_opaque(r, MAX_IDENTITY + 4096)?;
        (Some(message), r)
    } else {
        (None, r)
    };
    finish(&r)?;
    let s = SessionState {
        suite,
        role,
        status,
        created_at,
        session_id,
        peer_account,
        peer_serial,
        handshake_ref,
        resumed_from,
        recovery,
        exporter_secret,
        pq_secret,
        root_key,
        ratchet_private,
        previous_public,
        remote_public,
        next_header_send,
        next_header_receive,
        sending,
        receiving,
        previous_count,
        skipped,
        absorb_status,
        absorb_secret,
        absorb_session,
        rotation_send,
        rotation_receive,
        waiting,
    };
    check(role == INITIATOR || role == RESPONDER, ErrorClass::Malformed)?;
    check(status >= WAITING && status <= CLOSED, ErrorClass::Malformed)?;
    check(s.waiting.is_some() == (status == WAITING), ErrorClass::Malformed)?;
    check(empty_or(&s.resumed_from, 32) && recovery <= 1, ErrorClass::Malformed)?;
    check(
        empty_or(&s.previous_public, NPK) && empty_or(&s.remote_public, NPK),
        ErrorClass::Malformed,
    )?;
    check(previous_count <= MAX_CHAIN_LENGTH && absorb_consistent(&s), ErrorClass::Malformed)?;
    Ok(s)
}

/// The session of an id, if the list has it.
pub fn find_session(sessions: &Sessions, session_id: &Octets) -> Option<SessionState> {
    let mut found = None;
    for i in 0..sessions.len() {
        if sessions[i].session_id == *session_id {
            found = Some(sessions[i].clone());
        }
    }
    found
}
