//! One commit an epoch: what a relay is asked and answers, and which answers a device refuses.

mod answers;
mod refused;
mod relay;

use crate::vector::{Topic, counting, fields, must};
use sceau_spec::octets::{Octets, ascii, empty, zeros};
use sceau_spec::pairwise::delivery_commit::{
    CommitAnswer, CommitRequest, EMPTY, GONE, KEPT, TAKEN, decode_commit_answer,
    decode_commit_request, encode_commit_answer, encode_commit_request,
};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::MAX_MESSAGE;
use sceau_spec::primitives::sha256;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("delivery-commit", "DS-COM");
    requests(&mut t);
    formats(&mut t);
    longest(&mut t);
    refused::requests(&mut t);
    refused::answers(&mut t);
    answers::read(&mut t);
    relay::steps(&mut t);
    t
}

/// `encode(CommitRequest)`.
fn request(commit_handle: &Octets, message: &Octets) -> Octets {
    let of = CommitRequest { commit_handle: commit_handle.clone(), message: message.clone() };
    encode_commit_request(&of)
}

/// `encode(CommitAnswer)`.
fn answer(state: u8, message: &Octets) -> Octets {
    encode_commit_answer(&CommitAnswer { state, message: message.clone() })
}

fn requests(t: &mut Topic) {
    for (number, about, commit_handle, message) in [
        (1, "a device only asks: the text's example", counting(32), empty()),
        (2, "a message comes: the text's example", counting(32), ascii("one")),
        (3, "a drawn handle", t.draw(3, "commit_handle", 32), t.draw(3, "message", 40)),
        (
            4,
            "a message whose length takes two bytes",
            t.draw(4, "commit_handle", 32),
            t.draw(4, "message", 64),
        ),
    ] {
        let encoded = request(&commit_handle, &message);
        let again = must(about, decode_commit_request(&encoded));
        assert!(again.commit_handle == commit_handle && again.message == message);
        t.valid(
            number,
            "DS-22",
            about,
            fields! { operation: "commit_request", commit_handle: commit_handle, message: message },
            fields! {},
            fields! { commit_request: encoded },
        );
    }
}

fn formats(t: &mut Topic) {
    let drawn = t.draw(14, "message", 64);
    for (number, about, state, message) in [
        (10, "empty: the text's example", EMPTY, empty()),
        (11, "kept: the text's example", KEPT, empty()),
        (12, "taken: the text's example", TAKEN, ascii("one")),
        (13, "gone", GONE, empty()),
        (14, "taken, by a message whose length takes two bytes", TAKEN, drawn),
    ] {
        let encoded = answer(state, &message);
        let again = must(about, decode_commit_answer(&encoded));
        assert!(again.state == state && again.message == message);
        t.valid(
            number,
            "DS-22 DS-25",
            about,
            fields! { operation: "commit_answer", state: state, message: message },
            fields! {},
            fields! { commit_answer: encoded },
        );
    }
}

/// Messages of zeros, as long as one may be and a byte longer, given by their length.
fn longest(t: &mut Topic) {
    let handle = counting(32);
    let (fits, too_long) = (zeros(MAX_MESSAGE), zeros(MAX_MESSAGE + 1));
    let input = |operation: &str, n: usize| {
        let mut input = fields! { operation: operation };
        if operation == "commit_request" {
            input.extend(fields! { commit_handle: handle });
        } else {
            input.extend(fields! { state: TAKEN });
        }
        input.extend(fields! { message_length: n });
        input
    };
    let encoded = request(&handle, &fits);
    must("longest request", decode_commit_request(&encoded));
    t.valid(
        5,
        "DS-23 LIM-01",
        "a message as long as one may be",
        input("commit_request", MAX_MESSAGE),
        fields! {},
        fields! { commit_request_sha256: sha256(&encoded) },
    );
    let encoded = answer(TAKEN, &fits);
    must("longest answer", decode_commit_answer(&encoded));
    t.valid(
        15,
        "DS-25 LIM-01",
        "taken, by a message as long as one may be",
        input("commit_answer", MAX_MESSAGE),
        fields! {},
        fields! { commit_answer_sha256: sha256(&encoded) },
    );
    let class = ErrorClass::Malformed;
    t.refused(
        6,
        "DS-23 LIM-01",
        "a message that is a byte longer, which its decoder refuses",
        input("commit_request", MAX_MESSAGE + 1),
        decode_commit_request(&request(&handle, &too_long)),
        class,
    );
    t.refused(
        16,
        "LIM-01",
        "taken, by a message that is a byte longer, which its decoder refuses",
        input("commit_answer", MAX_MESSAGE + 1),
        decode_commit_answer(&answer(TAKEN, &too_long)),
        class,
    );
}
