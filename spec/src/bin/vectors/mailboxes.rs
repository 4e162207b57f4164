//! Mailboxes, envelopes and what they expire.

use crate::vector::{Topic, counting, fields, items, must};
use crate::world::NOW;
use sceau_spec::octets::{Octets, ascii, byte, u32_be, u64_be};
use sceau_spec::pairwise::envelope::{
    Envelope, contact_mailbox, decode_envelope, encode_envelope, envelope_expiry,
    incoming_mailboxes, mailbox_id, mailbox_secret, outgoing_mailbox,
};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::{MAILBOX_PERIOD, default_limits};
use sceau_spec::pairwise::session::{CLOSED, ESTABLISHED, INITIATOR, RESPONDER, SessionState};
use sceau_spec::pairwise::typed_keys::{TypedKey, TypedKeys, account_id};

fn session(exporter_secret: &Octets, session_id: &Octets) -> SessionState {
    SessionState {
        role: INITIATOR,
        status: ESTABLISHED,
        exporter_secret: exporter_secret.clone(),
        session_id: session_id.clone(),
        ..SessionState::default()
    }
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("mailboxes", "ENV-MBX");
    let example = session(&counting(32), &counting(32));
    let drawn = session(&t.draw(2, "exporter_secret", 32), &t.draw(2, "session_id", 32));
    for (number, about, session, direction, rotation, period) in [
        (1, "the text's example", &example, 1, 0, 2950),
        (2, "from initiator to responder", &drawn, 1, 0, NOW / MAILBOX_PERIOD),
        (3, "the other way", &drawn, 2, 0, NOW / MAILBOX_PERIOD),
        (4, "the next period", &drawn, 1, 0, NOW / MAILBOX_PERIOD + 1),
        (5, "another rotation", &drawn, 1, 0x0102_0304, NOW / MAILBOX_PERIOD),
    ] {
        let secret = mailbox_secret(&session.exporter_secret, &session.session_id);
        let context = byte(direction).concat(&u32_be(rotation)).concat(&u64_be(period));
        t.valid(
            number,
            "ENV-01 ENC-09",
            about,
            fields! { operation: "mailbox_id", exporter_secret: session.exporter_secret, session_id: session.session_id, direction: direction, rotation: rotation, period: period },
            fields! { mailbox_secret: secret, mailbox_context: context },
            fields! { mailbox_id: mailbox_id(session, direction, rotation, period) },
        );
    }
    contacts(&mut t);
    lists(&mut t, &drawn);
    envelopes(&mut t);
    t
}

fn contacts(t: &mut Topic) {
    let keys = TypedKeys::new(0).push(&TypedKey { key_type: 1, key: counting(32) });
    let example = account_id(&keys);
    let drawn = t.draw(11, "account_id", 32);
    for (number, about, account, serial) in
        [(10, "the text's example", &example, 1u64), (11, "a serial of 64 bits", &drawn, u64::MAX)]
    {
        t.valid(
            number,
            "ENV-01",
            about,
            fields! { operation: "contact_mailbox", account_id: account, serial: serial },
            fields! {},
            fields! { mailbox_id: contact_mailbox(account, serial) },
        );
    }
}

fn lists(t: &mut Topic, drawn: &SessionState) {
    let limits = default_limits();
    let rotated = SessionState { rotation_receive: 3, rotation_send: 2, ..drawn.clone() };
    let first = SessionState { rotation_receive: 1, rotation_send: 1, ..drawn.clone() };
    let last = SessionState { rotation_receive: u32::MAX, ..drawn.clone() };
    let closed = SessionState { status: CLOSED, ..drawn.clone() };
    for (number, about, session, role, now) in [
        (
            20,
            "an initiator's incoming mailboxes: seven periods of the current rotation and the next",
            drawn,
            INITIATOR,
            NOW,
        ),
        (21, "the responder's", drawn, RESPONDER, NOW),
        (
            22,
            "behind three rotations: those of the second too, and then of the fourth",
            &rotated,
            RESPONDER,
            NOW,
        ),
        (
            23,
            "in the third period of all there is no sixth before",
            drawn,
            INITIATOR,
            2 * MAILBOX_PERIOD,
        ),
        (24, "the last second of a period", drawn, INITIATOR, 2951 * MAILBOX_PERIOD - 1),
        (25, "a closed session has none", &closed, INITIATOR, NOW),
        (26, "behind the first rotation", &first, RESPONDER, NOW),
        (27, "behind the last rotation of all there is no next", &last, INITIATOR, NOW),
    ] {
        let session = SessionState { role, ..session.clone() };
        t.valid(
            number,
            "ENV-01 ENV-02 ENV-04 ENV-05",
            about,
            fields! {
                operation: "incoming", exporter_secret: session.exporter_secret, session_id: session.session_id,
                role: role, status: session.status, rotation_send: session.rotation_send,
                rotation_receive: session.rotation_receive, now: now,
            },
            fields! { period: now / MAILBOX_PERIOD },
            fields! { incoming: items(&incoming_mailboxes(&session, now, &limits)), outgoing: outgoing_mailbox(&session, now) },
        );
    }
}

fn envelopes(t: &mut Topic) {
    let envelope = Envelope {
        mailbox_id: t.draw(30, "mailbox_id", 32),
        expiry: NOW,
        message: ascii("any bytes"),
    };
    let encoded = encode_envelope(&envelope);
    must("decode", decode_envelope(&encoded));
    t.valid(
        30,
        "ENV-06",
        "an envelope",
        fields! { operation: "envelope", mailbox_id: envelope.mailbox_id, expiry: envelope.expiry, message: envelope.message },
        fields! {},
        fields! { envelope: encoded },
    );
    let odd = encode_envelope(&Envelope { expiry: NOW + 1, ..envelope.clone() });
    let mut version = encoded.clone();
    version[0usize] = 1;
    for (number, clauses, about, bytes, class) in [
        (31, "ENV-06", "an expiry that is no full hour", odd, ErrorClass::Malformed),
        (32, "ENC-05", "version 1", version, ErrorClass::UnsupportedVersion),
        (
            33,
            "ENC-02",
            "a byte behind the message",
            encoded.concat(&byte(0)),
            ErrorClass::Malformed,
        ),
        (
            34,
            "LIM-01 ENC-04",
            "a message longer than max_message, of which nothing is there",
            encoded.slice(0, 41).concat(&Octets::from_hex("80120001")),
            ErrorClass::Malformed,
        ),
    ] {
        let read = decode_envelope(&bytes);
        t.refused(
            number,
            clauses,
            about,
            fields! { operation: "decode_envelope", bytes: bytes },
            read,
            class,
        );
    }
    let limits = default_limits();
    let input = |now: u64, seconds: u64, first: bool| fields! { operation: "envelope_expiry", now: now, seconds: seconds, first_message: first };
    for (number, about, now, seconds, first) in [
        (40, "rounded up to a full hour", NOW + 1, 3600u64, false),
        (41, "as long as an envelope may wait", NOW + 1, 2_592_000, false),
        (42, "as long as a first message may wait", NOW, 1_209_600, true),
    ] {
        let expiry = must("expiry", envelope_expiry(now, seconds, first, &limits));
        t.valid(
            number,
            "ENV-06",
            about,
            input(now, seconds, first),
            fields! {},
            fields! { expiry: expiry },
        );
    }
    for (number, about, now, seconds, first) in [
        (43, "an hour too long, rounded", NOW, 2_592_000 + 3601, false),
        (
            44,
            "a first message for longer than prekeys are kept, by rounding",
            NOW + 1,
            1_209_600,
            true,
        ),
    ] {
        let refused = envelope_expiry(now, seconds, first, &limits);
        t.refused(
            number,
            "ENV-06",
            about,
            input(now, seconds, first),
            refused,
            ErrorClass::Malformed,
        );
    }
}
