//! Messages that come in the order in which they were sent.

use crate::conversation::{
    Conversation,
    Side::{I, R},
};
use crate::vector::{Topic, counting};
use sceau_spec::octets::{ascii, empty, repeat};
use sceau_spec::pairwise::device::frame;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;

const NAME: &str = "ratchet-in-order";

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new(NAME, "RAT-ORD");
    chains(&mut t);
    refusals(&mut t);
    t
}

/// Chains without a gap.
fn chains(t: &mut Topic) {
    let mut c = Conversation::new(t, NAME, 1);
    for body in ["one", "two", "three"] {
        let message = c.send(I, body);
        c.receive(R, &message);
    }
    let clauses = "RAT-01 RAT-03 RAT-04 RAT-12 RAT-14 RAT-15 ENC-09";
    c.valid(
        t,
        1,
        clauses,
        "the initiator's first chain; the first message makes the responder's DH step",
    );

    let mut c = Conversation::new(t, NAME, 2);
    let first = c.send(I, "hello");
    c.receive(R, &first);
    for body in ["one", "two", "three"] {
        let message = c.send(R, body);
        c.receive(I, &message);
    }
    c.valid(t, 2, clauses, "the responder's first chain");

    let mut c = Conversation::new(t, NAME, 3);
    let data = counting(32);
    let message = c.send_frame(I, &frame(APPLICATION, &ascii("bound")), &data);
    c.receive_with(R, &message, &data);
    let long = frame(APPLICATION, &repeat(0x61, 300));
    let message = c.send_frame(I, &long, &empty());
    c.receive(R, &message);
    c.valid(t, 3, "RAT-14 FRM-01", "authenticated data; a body in the second bucket");
}

/// Messages that are not as they were sent.
fn refusals(t: &mut Topic) {
    let data = counting(32);
    let mut c = Conversation::new(t, NAME, 10);
    let message = c.send_frame(I, &frame(APPLICATION, &ascii("bound")), &data);
    c.refused(
        t,
        10,
        "RAT-14 RAT-17",
        "the receiver lacks the authenticated data",
        R,
        &message,
        ErrorClass::Undecryptable,
    );
    let mut c = Conversation::new(t, NAME, 11);
    let message = c.send(I, "x").slice(0, 1 + 56 + 15);
    c.refused(
        t,
        11,
        "RAT-15",
        "a message too short for a header and a tag",
        R,
        &message,
        ErrorClass::Malformed,
    );
    let mut c = Conversation::new(t, NAME, 12);
    let mut message = c.send(I, "x");
    message[0usize] = 2;
    c.refused(
        t,
        12,
        "RAT-14 ENC-05",
        "the wire format of a first message",
        R,
        &message,
        ErrorClass::Malformed,
    );
    let mut c = Conversation::new(t, NAME, 13);
    let mut message = c.send(I, "x");
    message[40usize] ^= 1;
    c.refused(t, 13, "RAT-17", "a wrong bit in the header", R, &message, ErrorClass::Undecryptable);
    let mut c = Conversation::new(t, NAME, 14);
    let mut message = c.send(I, "x");
    message[80usize] ^= 1;
    c.refused(
        t,
        14,
        "RAT-06 RAT-17",
        "a wrong bit in the body",
        R,
        &message,
        ErrorClass::Undecryptable,
    );
    let mut c = Conversation::new(t, NAME, 15);
    let message = c.send(I, "x");
    let last = message.len() - 1;
    let mut message = message;
    message[last] ^= 0x80;
    c.refused(
        t,
        15,
        "RAT-17 SUI-07",
        "a wrong bit in the last byte of the tag",
        R,
        &message,
        ErrorClass::Undecryptable,
    );
    let mut c = Conversation::new(t, NAME, 16);
    let first = c.send(I, "one");
    let second = c.send(I, "two");
    let mixed = first.slice(0, 57).concat(&second.slice(57, second.len() - 57));
    c.refused(
        t,
        16,
        "RAT-14",
        "the header of one message with the body of another",
        R,
        &mixed,
        ErrorClass::Undecryptable,
    );
    let mut c = Conversation::new(t, NAME, 17);
    let message = c.send(I, "x");
    c.refused(
        t,
        17,
        "RAT-17",
        "the own message comes back",
        I,
        &message,
        ErrorClass::Undecryptable,
    );
    let mut c = Conversation::new(t, NAME, 18);
    let message = c.send(I, "x");
    c.receive(R, &message);
    c.refused(t, 18, "RAT-10", "a message a second time", R, &message, ErrorClass::Duplicate);
}
