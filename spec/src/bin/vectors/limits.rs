//! Bounds on what is sent: the length of a chain, unanswered first messages, ages, sizes.
//! A session is given in the encoding of its record.

use crate::vector::{Fields, Topic, fields, items, must};
use crate::world::{DAY, NOW};
use sceau_spec::octets::{Octets, ascii, empty, zeros};
use sceau_spec::pairwise::chain::kdf_ck;
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, encode_frame, pad};
use sceau_spec::pairwise::header::{Header, RatchetMessage, encode_ratchet_message, seal_header};
use sceau_spec::pairwise::limits::{default_limits, in_future};
use sceau_spec::pairwise::ratchet::{decrypt, encrypt, seal_body};
use sceau_spec::pairwise::session::{
    ARCHIVED, CLOSED, ChainState, ESTABLISHED, INITIATOR, SessionState, UNACCEPTED, WAITING,
    decode_session, encode_session,
};
use sceau_spec::pairwise::suite::{CORE, dh_public_key};

/// An established session with a chain in each direction.
fn session(t: &Topic) -> SessionState {
    let chain = |name: &str| {
        Some(ChainState {
            header_key: t.draw(0, &format!("{name}_header_key"), 32),
            chain_key: t.draw(0, &format!("{name}_chain_key"), 32),
            next: 0,
            flags: 0,
        })
    };
    SessionState {
        suite: CORE,
        role: INITIATOR,
        status: ESTABLISHED,
        created_at: NOW,
        session_id: t.draw(0, "session_id", 32),
        peer_account: t.draw(0, "peer_account", 32),
        peer_serial: 1,
        handshake_ref: t.draw(0, "handshake_ref", 32),
        exporter_secret: t.draw(0, "exporter_secret", 32),
        pq_secret: t.draw(0, "pq_secret", 32),
        root_key: t.draw(0, "root_key", 32),
        ratchet_private: t.draw(0, "ratchet_private", 32),
        previous_public: dh_public_key(&t.draw(0, "previous", 32)),
        remote_public: dh_public_key(&t.draw(0, "remote", 32)),
        next_header_send: t.draw(0, "next_header_send", 32),
        next_header_receive: t.draw(0, "next_header_receive", 32),
        sending: chain("sending"),
        receiving: chain("receiving"),
        ..SessionState::default()
    }
}

fn at(chain: &Option<ChainState>, next: u32) -> Option<ChainState> {
    chain.clone().map(|chain| ChainState { next, ..chain })
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("limits", "LIM-SES");
    let base = session(&t);
    sending(&mut t, &base);
    receiving(&mut t, &base);
    times(&mut t);
    t
}

fn input(session: &SessionState, data: usize, now: u64) -> Fields {
    must("session", decode_session(&encode_session(session)));
    fields! { operation: "encrypt", session: encode_session(session), body: ascii("hi"), authenticated_data_length: data, now: now }
}

fn sending(t: &mut Topic, base: &SessionState) {
    let limits = default_limits();
    let hi = frame(APPLICATION, &ascii("hi"));
    let next = |n: u32| SessionState { sending: at(&base.sending, n), ..base.clone() };
    let waiting = |n: u32| SessionState {
        status: WAITING,
        waiting: Some(ascii("a HandshakeMessage")),
        ..next(n)
    };
    for (number, clauses, about, session, data, now) in [
        (1, "RAT-02 RAT-16", "the last message of a chain", next(65_535), 0, NOW),
        (
            2,
            "HS-06",
            "the last first message without an answer (`message` is the RatchetMessage within)",
            waiting(999),
            0,
            NOW,
        ),
        (
            3,
            "REP-08 LIM-02",
            "a second before a session is too old",
            next(5),
            0,
            NOW + 90 * DAY - 1,
        ),
        (4, "RAT-14", "as much authenticated data as there may be", next(5), 65_536, NOW),
    ] {
        let (after, message) = must(about, encrypt(&session, &hi, &zeros(data), now, &limits));
        let chain = after.sending.clone().expect("it sends");
        t.valid(
            number,
            clauses,
            about,
            input(&session, data, now),
            fields! {},
            fields! { message: message, next: chain.next, chain_key: chain.chain_key },
        );
    }
    let status = |status: u8| SessionState { status, ..next(5) };
    for (number, clauses, about, session, data, now, class) in [
        (10, "RAT-02 RAT-16", "a message more", next(65_536), 0, NOW, ErrorClass::ChainExhausted),
        (11, "HS-06", "a first message more", waiting(1000), 0, NOW, ErrorClass::Limit),
        (
            12,
            "REP-08 LIM-02",
            "a session that is too old",
            next(5),
            0,
            NOW + 90 * DAY,
            ErrorClass::SessionExpired,
        ),
        (
            13,
            "REP-02",
            "an unaccepted session",
            status(UNACCEPTED),
            0,
            NOW,
            ErrorClass::SessionReplaced,
        ),
        (14, "REP-04", "an archived session", status(ARCHIVED), 0, NOW, ErrorClass::Archived),
        (15, "REP-10", "a closed session", status(CLOSED), 0, NOW, ErrorClass::Closed),
        (
            16,
            "RAT-14",
            "a byte more of authenticated data",
            next(5),
            65_537,
            NOW,
            ErrorClass::Limit,
        ),
        (
            17,
            "REP-02 REP-08",
            "an unaccepted session that is too old: the status comes first",
            status(UNACCEPTED),
            0,
            NOW + 90 * DAY,
            ErrorClass::SessionReplaced,
        ),
    ] {
        t.refused(
            number,
            clauses,
            about,
            input(&session, data, now),
            encrypt(&session, &hi, &zeros(data), now, &limits),
            class,
        );
    }
}

/// A message of a session's present receiving chain.
fn message(session: &SessionState, n: u32) -> Octets {
    let chain = session.receiving.clone().expect("it receives");
    let header = Header { ratchet_key: session.remote_public.clone(), flags: 0, pn: 0, n };
    let sealed_header = seal_header(&chain.header_key, &session.session_id, &header);
    let mut chain_key = chain.chain_key.clone();
    for _ in chain.next..n {
        chain_key = kdf_ck(&chain_key).0;
    }
    let padded = must("pad", pad(&encode_frame(&frame(APPLICATION, &ascii("hi")))));
    let message_key = kdf_ck(&chain_key).1;
    let sealed_body =
        seal_body(&message_key, &session.session_id, &sealed_header, &empty(), &padded);
    encode_ratchet_message(&RatchetMessage { sealed_header, sealed_body })
}

fn receiving(t: &mut Topic, base: &SessionState) {
    let limits = default_limits();
    let next = |n: u32| SessionState { receiving: at(&base.receiving, n), ..base.clone() };
    let input = |session: &SessionState, message: &Octets| fields! { operation: "decrypt", session: encode_session(session), message: message, authenticated_data: empty(), now: NOW };
    for (number, about, from, n) in [
        (20, "the last message of a chain", 65_535, 65_535),
        (21, "the last message of a chain, behind a gap", 65_500, 65_535),
    ] {
        let session = next(from);
        let message = message(&session, n);
        let (after, received) =
            must(about, decrypt(&session, &message, &empty(), &zeros(32), NOW, &limits));
        let chain = after.receiving.expect("it receives");
        t.valid(
            number,
            "RAT-02 RAT-16",
            about,
            input(&session, &message),
            fields! { n: received.header.n },
            fields! { body: received.frame.body, next: chain.next, chain_key: chain.chain_key, skipped: items(&after.skipped).iter().map(|chain| chain.keys.len()).sum::<usize>() },
        );
    }
    for (number, clauses, about, session, n, class) in [
        (
            22,
            "RAT-02 RAT-16",
            "a message behind the last of a chain",
            next(65_536),
            65_536,
            ErrorClass::TooFar,
        ),
        (23, "RAT-02 RAT-16", "the same behind a gap", next(65_500), 65_536, ErrorClass::TooFar),
        (
            24,
            "REP-10",
            "a closed session receives nothing",
            SessionState { status: CLOSED, ..next(0) },
            0,
            ErrorClass::Closed,
        ),
        (
            25,
            "RAT-17",
            "a message of another session",
            SessionState { session_id: zeros(32), ..next(0) },
            0,
            ErrorClass::Undecryptable,
        ),
    ] {
        let of = SessionState { session_id: base.session_id.clone(), ..session.clone() };
        let message = message(&of, n);
        t.refused(
            number,
            clauses,
            about,
            input(&session, &message),
            decrypt(&session, &message, &empty(), &zeros(32), NOW, &limits),
            class,
        );
    }
}

/// When a time is in the future, and how old something is.
fn times(t: &mut Topic) {
    let limits = default_limits();
    for (number, about, time, future) in [
        (30, "as far ahead as clocks may differ", NOW + 300, false),
        (31, "a second more", NOW + 301, true),
        (32, "in the past", NOW - 1, false),
    ] {
        assert_eq!(in_future(time, NOW, &limits), future);
        t.valid(
            number,
            "LIM-02",
            about,
            fields! { operation: "in_future", time: time, now: NOW },
            fields! {},
            fields! { in_future: future },
        );
    }
}
