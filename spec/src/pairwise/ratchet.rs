//! The Double Ratchet with header encryption (Ratchet): start, sending, receiving, exporter.

use super::chain::{kdf_ck, kdf_rk, message_key_and_nonce};
use super::error::{ErrorClass, check};
use super::frame::{InnerFrame, encode_frame, pad, unpad};
use super::header::{
    FLAG_ABSORBED, Header, RatchetMessage, decode_header, decode_ratchet_message,
    encode_ratchet_message, message_aad, open_header, seal_header,
};
use super::key_schedule::HandshakeOutputs;
use super::limits::{Limits, MAX_CHAIN_LENGTH, age};
use super::session::{
    ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_DONE, ARCHIVED, CLOSED, ChainState, ESTABLISHED,
    SessionState, UNACCEPTED, WAITING,
};
use super::skipped::{bound, expire_skipped, skip_rest, skip_to_message, store, take};
use super::suite::{aead_open, aead_seal, dh, dh_public_key};
use crate::octets::{Octets, empty};

/// What a received message gives.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The frame.
    pub frame: InnerFrame,
    /// The header, as opened.
    pub header: Header,
    /// Whether a DH step has drawn `ratchet_key`.
    pub drew: bool,
}

/// Which header key has opened a header.
#[derive(Clone, Debug)]
enum HeaderKey {
    /// HKr.
    Current,
    /// NHKr.
    Next,
    /// That of an older chain.
    Older(Octets),
}

// ANCHOR: ratchet_start_initiator
/// The initiator's ratchet, of a session that has everything else. `remote` is SPK_r.
pub fn ratchet_start_initiator(
    session: &SessionState,
    outputs: &HandshakeOutputs,
    remote: &Octets,
    ratchet_key: &Octets,
) -> Result<SessionState, ErrorClass> {
    let shared = dh(ratchet_key, remote)?;
    let root = kdf_rk(&outputs.session_id, &outputs.root_key, &shared, &empty(), 0);
    let sending = ChainState {
        header_key: outputs.initiator_header_key.clone(),
        chain_key: root.chain_key,
        next: 0,
        flags: 0,
    };
    Ok(SessionState {
        ratchet_private: ratchet_key.clone(),
        remote_public: remote.clone(),
        root_key: root.root_key,
        next_header_send: root.next_header_key,
        next_header_receive: outputs.responder_header_key.clone(),
        sending: Some(sending),
        receiving: None,
        ..session.clone()
    })
}
// ANCHOR_END: ratchet_start_initiator

// ANCHOR: ratchet_start_responder
/// The responder's ratchet: the signed prekey is its first key, for one DH (`[RAT-04]`).
pub fn ratchet_start_responder(
    session: &SessionState,
    outputs: &HandshakeOutputs,
    signed_prekey: &Octets,
) -> SessionState {
    SessionState {
        ratchet_private: signed_prekey.clone(),
        remote_public: empty(),
        root_key: outputs.root_key.clone(),
        next_header_send: outputs.responder_header_key.clone(),
        next_header_receive: outputs.initiator_header_key.clone(),
        sending: None,
        receiving: None,
        ..session.clone()
    }
}
// ANCHOR_END: ratchet_start_responder

// ANCHOR: may_send
/// Refuses by status, age and bounds (Replacement; `[REP-08]`, `[RAT-02]`, `[HS-06]`), and gives the
/// sending chain.
pub fn may_send(
    session: &SessionState,
    now: u64,
    limits: &Limits,
) -> Result<ChainState, ErrorClass> {
    check(session.status != UNACCEPTED, ErrorClass::SessionReplaced)?;
    check(session.status != ARCHIVED, ErrorClass::Archived)?;
    check(session.status != CLOSED, ErrorClass::Closed)?;
    let old = age(session.created_at, now) >= limits.max_session_age;
    check(!old, ErrorClass::SessionExpired)?;
    let chain = session.sending.clone().ok_or(ErrorClass::Misuse)?;
    check(chain.next < MAX_CHAIN_LENGTH, ErrorClass::ChainExhausted)?;
    let unanswered = session.status == WAITING && chain.next >= limits.max_first_messages;
    check(!unanswered, ErrorClass::Limit)?;
    Ok(chain)
}
// ANCHOR_END: may_send

// ANCHOR: encrypt
/// Seals a frame: a `RatchetMessage`, and the session behind it, which is stored before the message
/// leaves the device (`[RAT-05]`).
/// See also [RAT-16].
pub fn encrypt(
    session: &SessionState,
    frame: &InnerFrame,
    authenticated_data: &Octets,
    now: u64,
    limits: &Limits,
) -> Result<(SessionState, Octets), ErrorClass> {
    let chain = may_send(session, now, limits)?;
    check(authenticated_data.len() <= limits.max_authenticated_data, ErrorClass::Limit)?;
    let padded = pad(&encode_frame(frame))?;
    let (chain_key, message_key) = kdf_ck(&chain.chain_key);
    let header = Header {
        ratchet_key: dh_public_key(&session.ratchet_private),
        flags: chain.flags,
        pn: session.previous_count,
        n: chain.next,
    };
    let sealed_header = seal_header(&chain.header_key, &session.session_id, &header);
    let sealed_body =
        seal_body(&message_key, &session.session_id, &sealed_header, authenticated_data, &padded);
    let sending = Some(ChainState { chain_key, next: chain.next + 1, ..chain });
    let skipped = expire_skipped(&session.skipped, now, limits);
    let message = encode_ratchet_message(&RatchetMessage { sealed_header, sealed_body });
    Ok((SessionState { sending, skipped, ..session.clone() }, message))
}
// ANCHOR_END: encrypt

// ANCHOR: seal_body
/// Seals a padded frame under its message key, bound to its header and the caller's data
/// (`[RAT-14]`).
pub fn seal_body(
    message_key: &Octets,
    session_id: &Octets,
    sealed_header: &Octets,
    authenticated_data: &Octets,
    padded: &Octets,
) -> Octets {
    let (key, nonce) = message_key_and_nonce(message_key);
    aead_seal(&key, &nonce, &message_aad(session_id, sealed_header, authenticated_data), padded)
}
// ANCHOR_END: seal_body

// ANCHOR: try_header_keys
/// Step 2: HKr, NHKr, then the older chains, newest first; the first that opens decides
/// (`[RAT-11]`, `[RAT-17]`).
fn try_header_keys(
    session: &SessionState,
    sealed: &Octets,
) -> Result<(HeaderKey, Octets), ErrorClass> {
    let current = match &session.receiving {
        Some(chain) => open_header(&chain.header_key, &session.session_id, sealed),
        None => None,
    };
    match current {
        Some(header) => Ok((HeaderKey::Current, header)),
        None => match open_header(&session.next_header_receive, &session.session_id, sealed) {
            Some(header) => Ok((HeaderKey::Next, header)),
            None => try_older_keys(session, sealed),
        },
    }
}

/// Step 2, the older chains.
fn try_older_keys(
    session: &SessionState,
    sealed: &Octets,
) -> Result<(HeaderKey, Octets), ErrorClass> {
    let mut opened = Err(ErrorClass::Undecryptable);
    for i in 0..session.skipped.len() {
        if opened.is_err() {
            let key = session.skipped[i].header_key.clone();
            opened = match open_header(&key, &session.session_id, sealed) {
                Some(header) => Ok((HeaderKey::Older(key), header)),
                None => Err(ErrorClass::Undecryptable),
            };
        }
    }
    opened
}
// ANCHOR_END: try_header_keys

// ANCHOR: receive_current
/// Step 3a: a message of the current chain.
/// See also [RAT-10].
fn receive_current(
    session: &SessionState,
    chain: &ChainState,
    header: &Header,
    now: u64,
    limits: &Limits,
) -> Result<(SessionState, Octets), ErrorClass> {
    let same = header.ratchet_key == session.remote_public && header.flags == chain.flags;
    check(same, ErrorClass::Malformed)?;
    if header.n < chain.next {
        let (message_key, skipped) = take(&session.skipped, &chain.header_key, header.n)?;
        Ok((SessionState { skipped, ..session.clone() }, message_key))
    } else {
        let (chain, keys, message_key) = skip_to_message(chain, header.n, now, limits)?;
        let skipped = store(&session.skipped, &chain.header_key, &keys);
        let skipped = bound(&skipped, &chain.header_key, limits);
        Ok((SessionState { skipped, receiving: Some(chain), ..session.clone() }, message_key))
    }
}
// ANCHOR_END: receive_current

// ANCHOR: check_new_key
/// Refuses a new ratchet key that is not new (`[RAT-13]`), a flag that cannot be (`[REP-07]`), and
/// a `pn` below what was received.
fn check_new_key(session: &SessionState, header: &Header) -> Result<(), ErrorClass> {
    let key = header.ratchet_key.clone();
    let known = key == session.remote_public
        || key == session.previous_public
        || key == dh_public_key(&session.ratchet_private);
    check(!known, ErrorClass::Malformed)?;
    let absorbed = header.flags == FLAG_ABSORBED;
    check(!absorbed || session.absorb_status == ABSORB_ANNOUNCED, ErrorClass::Malformed)?;
    let received = match &session.receiving {
        Some(chain) => header.pn >= chain.next,
        None => header.pn == 0,
    };
    check(received, ErrorClass::Malformed)
}
// ANCHOR_END: check_new_key

// ANCHOR: finish_old_chain
/// The skipped keys with those that are left of the current chain, if there is one.
fn finish_old_chain(
    session: &SessionState,
    pn: u32,
    now: u64,
    limits: &Limits,
) -> Result<SessionState, ErrorClass> {
    match &session.receiving {
        Some(chain) => {
            let keys = skip_rest(chain, pn, now, limits)?;
            let skipped = store(&session.skipped, &chain.header_key, &keys);
            Ok(SessionState { skipped, receiving: None, ..session.clone() })
        }
        None => Ok(session.clone()),
    }
}
// ANCHOR_END: finish_old_chain

/// The session without its absorb secret, which has been mixed in (`[REP-07]`).
fn absorb_done(session: &SessionState) -> SessionState {
    SessionState { absorb_status: ABSORB_DONE, absorb_secret: empty(), ..session.clone() }
}

// ANCHOR: receiving_step
/// The receiving half of a DH step: a new receiving chain, and no message of it yet.
pub fn receiving_step(session: &SessionState, header: &Header) -> Result<SessionState, ErrorClass> {
    let absorbed = header.flags == FLAG_ABSORBED;
    let absorb = if absorbed { session.absorb_secret.clone() } else { empty() };
    let shared = dh(&session.ratchet_private, &header.ratchet_key)?;
    let root = kdf_rk(&session.session_id, &session.root_key, &shared, &absorb, header.flags);
    let receiving = ChainState {
        header_key: session.next_header_receive.clone(),
        chain_key: root.chain_key,
        next: 0,
        flags: header.flags,
    };
    let session = if absorbed { absorb_done(session) } else { session.clone() };
    Ok(SessionState {
        root_key: root.root_key,
        next_header_receive: root.next_header_key,
        remote_public: header.ratchet_key.clone(),
        receiving: Some(receiving),
        ..session
    })
}
// ANCHOR_END: receiving_step

// ANCHOR: sending_step
/// The sending half of a DH step, with a freshly drawn ratchet key (`[RAT-12]`).
pub fn sending_step(
    session: &SessionState,
    ratchet_key: &Octets,
) -> Result<SessionState, ErrorClass> {
    let armed = session.absorb_status == ABSORB_ARMED;
    let absorb = if armed { session.absorb_secret.clone() } else { empty() };
    let flags = if armed { FLAG_ABSORBED } else { 0 };
    let shared = dh(ratchet_key, &session.remote_public)?;
    let root = kdf_rk(&session.session_id, &session.root_key, &shared, &absorb, flags);
    let previous_count = match &session.sending {
        Some(chain) => chain.next,
        None => 0,
    };
    let sending = ChainState {
        header_key: session.next_header_send.clone(),
        chain_key: root.chain_key,
        next: 0,
        flags,
    };
    let session = if armed { absorb_done(session) } else { session.clone() };
    Ok(SessionState {
        root_key: root.root_key,
        next_header_send: root.next_header_key,
        previous_public: dh_public_key(&session.ratchet_private),
        ratchet_private: ratchet_key.clone(),
        sending: Some(sending),
        previous_count,
        ..session
    })
}
// ANCHOR_END: sending_step

// ANCHOR: receive_next
/// Step 3b: a DH step. Receiving half, skip to n, sending half.
fn receive_next(
    session: &SessionState,
    header: &Header,
    ratchet_key: &Octets,
    now: u64,
    limits: &Limits,
) -> Result<(SessionState, Octets), ErrorClass> {
    check_new_key(session, header)?;
    let session = finish_old_chain(session, header.pn, now, limits)?;
    let session = receiving_step(&session, header)?;
    let chain = session.receiving.clone().ok_or(ErrorClass::Misuse)?;
    let (chain, keys, message_key) = skip_to_message(&chain, header.n, now, limits)?;
    let skipped = store(&session.skipped, &chain.header_key, &keys);
    let skipped = bound(&skipped, &chain.header_key, limits);
    let session = SessionState { skipped, receiving: Some(chain), ..session };
    Ok((sending_step(&session, ratchet_key)?, message_key))
}
// ANCHOR_END: receive_next

/// Step 3: the session as it is if the body authenticates, and the message key.
fn advance(
    session: &SessionState,
    opened_by: &HeaderKey,
    header: &Header,
    ratchet_key: &Octets,
    now: u64,
    limits: &Limits,
) -> Result<(SessionState, Octets), ErrorClass> {
    match (opened_by, &session.receiving) {
        (HeaderKey::Next, _) => receive_next(session, header, ratchet_key, now, limits),
        (HeaderKey::Current, Some(chain)) => receive_current(session, chain, header, now, limits),
        (HeaderKey::Current, None) => Err(ErrorClass::Undecryptable),
        (HeaderKey::Older(header_key), _) => {
            let (message_key, skipped) = take(&session.skipped, header_key, header.n)?;
            Ok((SessionState { skipped, ..session.clone() }, message_key))
        }
    }
}

// ANCHOR: decrypt
/// Opens a `RatchetMessage`. The session that is given back replaces the old one only if the whole
/// step succeeds, bodies that the library handles included (`[RAT-06]`, `[FRM-05]`).
pub fn decrypt(
    session: &SessionState,
    message: &Octets,
    authenticated_data: &Octets,
    ratchet_key: &Octets,
    now: u64,
    limits: &Limits,
) -> Result<(SessionState, Received), ErrorClass> {
    check(session.status != CLOSED, ErrorClass::Closed)?;
    let message = decode_ratchet_message(message)?;
    let skipped = expire_skipped(&session.skipped, now, limits);
    let session = SessionState { skipped, ..session.clone() };
    let (opened_by, opened) = try_header_keys(&session, &message.sealed_header)?;
    let header = decode_header(&opened)?;
    let (session, message_key) = advance(&session, &opened_by, &header, ratchet_key, now, limits)?;
    let (key, nonce) = message_key_and_nonce(&message_key);
    let aad = message_aad(&session.session_id, &message.sealed_header, authenticated_data);
    let padded =
        aead_open(&key, &nonce, &aad, &message.sealed_body).ok_or(ErrorClass::Undecryptable)?;
    let frame = unpad(&padded)?;
    let drew = match opened_by {
        HeaderKey::Next => true,
        _ => false,
    };
    let session = if session.status == WAITING {
        SessionState { status: ESTABLISHED, waiting: None, ..session }
    } else {
        session
    };
    Ok((session, Received { frame, header, drew }))
}
// ANCHOR_END: decrypt
