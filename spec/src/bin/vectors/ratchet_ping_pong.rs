//! Both sides in turn: a DH step with each change of direction.

use crate::conversation::{
    Conversation,
    Side::{I, R},
};
use crate::vector::Topic;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::header::{Header, RatchetMessage, encode_ratchet_message, seal_header};
use sceau_spec::pairwise::suite::dh_public_key;

const NAME: &str = "ratchet-ping-pong";

/// A message of a session's next chain with a chosen header; its body opens under no key.
fn forged(c: &mut Conversation, key: &Octets, header: &Header) -> Octets {
    let session_id = c.initiator.session_id.clone();
    let sealed_header = seal_header(key, &session_id, header);
    encode_ratchet_message(&RatchetMessage { sealed_header, sealed_body: Octets::new(272) })
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new(NAME, "RAT-PP");
    steps(&mut t);
    refusals(&mut t);
    t
}

fn steps(t: &mut Topic) {
    let clauses = "RAT-01 RAT-03 RAT-04 RAT-12 RAT-16";
    let mut c = Conversation::new(t, NAME, 1);
    for turn in ["one", "two", "three"] {
        let ping = c.send(I, turn);
        c.receive(R, &ping);
        let pong = c.send(R, turn);
        c.receive(I, &pong);
    }
    c.valid(t, 1, clauses, "six changes of direction, one message a chain");

    let mut c = Conversation::new(t, NAME, 2);
    for (i, r) in [(2, 1), (1, 3), (3, 2)] {
        for n in 0..i {
            let ping = c.send(I, &format!("ping {n}"));
            c.receive(R, &ping);
        }
        for n in 0..r {
            let pong = c.send(R, &format!("pong {n}"));
            c.receive(I, &pong);
        }
    }
    c.valid(t, 2, clauses, "chains of several messages: pn is the length of the chain before");

    let mut c = Conversation::new(t, NAME, 3);
    let ping = c.send(I, "ping");
    c.receive(R, &ping);
    let pong = c.send(R, "pong");
    let again = c.send(I, "crossing");
    c.receive(I, &pong);
    c.receive(R, &again);
    let ping = c.send(I, "after the step");
    c.receive(R, &ping);
    c.valid(t, 3, clauses, "messages that cross: one of the old chain before the new one");
}

/// A conversation in which both have sent, ready for a step of the responder.
fn settled(t: &Topic, number: u32) -> Conversation {
    let mut c = Conversation::new(t, NAME, number);
    let ping = c.send(I, "ping");
    c.receive(R, &ping);
    let pong = c.send(R, "pong");
    c.receive(I, &pong);
    c
}

fn refusals(t: &mut Topic) {
    // Headers that a peer could seal, which has the next header key.
    let fresh = |t: &Topic, number: u32| dh_public_key(&t.draw(number, "forged", 32));
    let mut case = |number: u32,
                    clauses: &str,
                    about: &str,
                    change: &dyn Fn(&mut Header, &Conversation),
                    class| {
        let mut c = settled(t, number);
        let key = c.responder.next_header_receive.clone();
        let mut header = Header { ratchet_key: fresh(t, number), flags: 0, pn: 1, n: 0 };
        change(&mut header, &c);
        let message = forged(&mut c, &key, &header);
        c.refused(t, number, clauses, about, R, &message, class);
    };
    let malformed = ErrorClass::Malformed;
    case(
        10,
        "RAT-13",
        "the new ratchet key is the peer's present one",
        &|h, c| {
            h.ratchet_key = c.responder.remote_public.clone();
        },
        malformed,
    );
    case(
        11,
        "RAT-13",
        "the new ratchet key is the own present one",
        &|h, c| {
            h.ratchet_key = dh_public_key(&c.responder.ratchet_private);
        },
        malformed,
    );
    case(
        12,
        "RAT-13",
        "the new ratchet key is the own previous one",
        &|h, c| {
            h.ratchet_key = c.responder.previous_public.clone();
        },
        malformed,
    );
    case(
        13,
        "RAT-13 SUI-01",
        "the new ratchet key has small order",
        &|h, _| {
            h.ratchet_key = Octets::new(32);
        },
        ErrorClass::LowOrder,
    );
    case(14, "RAT-16", "pn below what was received", &|h, _| h.pn = 0, malformed);
    case(15, "RAT-14", "a flag that has no meaning", &|h, _| h.flags = 2, malformed);
    case(16, "REP-07", "flag absorbed, and nothing was announced", &|h, _| h.flags = 1, malformed);
    case(
        17,
        "RAT-06 RAT-17",
        "the header opens and the body does not",
        &|_, _| {},
        ErrorClass::Undecryptable,
    );
    case(18, "RAT-07", "pn too far in the old chain", &|h, _| h.pn = 1002, ErrorClass::TooFar);
    case(19, "RAT-07", "n too far in the new chain", &|h, _| h.n = 1001, ErrorClass::TooFar);
    // The present chain.
    let mut case = |number: u32, about: &str, change: &dyn Fn(&mut Header)| {
        let mut c = settled(t, number);
        let chain = c.responder.receiving.clone().expect("it has received");
        let ratchet_key = c.responder.remote_public.clone();
        let mut header = Header { ratchet_key, flags: 0, pn: 1, n: 1 };
        change(&mut header);
        let message = forged(&mut c, &chain.header_key, &header);
        c.refused(t, number, "RAT-13 RAT-14", about, R, &message, malformed);
    };
    case(20, "another ratchet key in the present chain", &|h| h.ratchet_key = Octets::new(32));
    case(21, "other flags in the present chain", &|h| h.flags = 1);
    // The first chain of a session, before which there is none.
    let mut c = Conversation::new(t, NAME, 22);
    let key = c.responder.next_header_receive.clone();
    let ratchet_key = dh_public_key(&c.initiator.ratchet_private);
    let message = forged(&mut c, &key, &Header { ratchet_key, flags: 0, pn: 1, n: 0 });
    c.refused(t, 22, "RAT-16", "pn of 1 before the first chain", R, &message, malformed);
}
