//! Encodings that are none.

use super::{answer, request};
use crate::vector::{Topic, counting, fields};
use sceau_spec::octets::{ascii, byte, empty, u16_be, u32_be};
use sceau_spec::pairwise::delivery_commit::{
    EMPTY, GONE, KEPT, TAKEN, decode_commit_answer, decode_commit_request,
};
use sceau_spec::pairwise::error::ErrorClass;

const MALFORMED: ErrorClass = ErrorClass::Malformed;

/// Requests.
pub fn requests(t: &mut Topic) {
    let handle = counting(32);
    let head = byte(0).concat(&handle);
    let good = request(&handle, &ascii("one"));
    let mut version = good.clone();
    version[0usize] = 1;
    let cases = [
        (20, "ID-01", "version 1", version, ErrorClass::UnsupportedVersion),
        (21, "ENC-02", "a byte behind it", good.concat(&byte(0)), MALFORMED),
        (22, "ENC-04", "the message lacks a byte", good.slice(0, good.len() - 1), MALFORMED),
        (23, "ENC-04", "the message's length is missing", head.clone(), MALFORMED),
        (24, "ENC-04", "a handle of 31 bytes and no more", head.slice(0, 32), MALFORMED),
        (25, "ENC-04", "a version alone", byte(0), MALFORMED),
        (26, "ENC-04", "no bytes", empty(), MALFORMED),
        (
            27,
            "ENC-01",
            "the message's length in two bytes where one would do",
            head.concat(&u16_be(0x4003)).concat(&ascii("one")),
            MALFORMED,
        ),
        (
            28,
            "ENC-04",
            "the longest length that can be written, with nothing behind it",
            head.concat(&u32_be(0xbfff_ffff)),
            MALFORMED,
        ),
        (29, "ENC-01", "a length of prefix 11", head.concat(&byte(0xc0)), MALFORMED),
    ];
    for (number, clauses, about, bytes, class) in cases {
        let read = decode_commit_request(&bytes);
        let input = fields! { operation: "decode", type: "CommitRequest", bytes: bytes };
        t.refused(number, clauses, about, input, read, class);
    }
}

/// Answers.
pub fn answers(t: &mut Topic) {
    let one = ascii("one");
    let good = answer(TAKEN, &one);
    let mut version = answer(KEPT, &empty());
    version[0usize] = 1;
    let cases = [
        (30, "DS-25", "version 1", version),
        (31, "ENC-02", "a byte behind it", good.concat(&byte(0))),
        (32, "ENC-04", "the message lacks a byte", good.slice(0, good.len() - 1)),
        (33, "ENC-04", "the message's length is missing", good.slice(0, 2)),
        (34, "ENC-04", "a version alone", byte(0)),
        (35, "ENC-04", "no bytes", empty()),
        (36, "DS-25 ENC-05", "state 4", answer(GONE + 1, &empty())),
        (37, "DS-25 ENC-05", "state 255, with a message", answer(255, &one)),
        (38, "DS-25", "empty, with a message", answer(EMPTY, &one)),
        (39, "DS-25", "kept, with a message", answer(KEPT, &one)),
        (40, "DS-25", "gone, with a message", answer(GONE, &one)),
        (41, "DS-25", "taken, without a message", answer(TAKEN, &empty())),
        (
            42,
            "ENC-01",
            "the message's length in two bytes where one would do",
            good.slice(0, 2).concat(&u16_be(0x4003)).concat(&one),
        ),
    ];
    for (number, clauses, about, bytes) in cases {
        let read = decode_commit_answer(&bytes);
        let input = fields! { operation: "decode", type: "CommitAnswer", bytes: bytes };
        t.refused(number, clauses, about, input, read, MALFORMED);
    }
}
